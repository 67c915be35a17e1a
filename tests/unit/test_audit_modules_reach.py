"""Advisories by what is reached: names and imports of source, functions of a binary."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from goxray.audit.facts import Advisory, BinaryUnit, ModuleUnit
from goxray.audit.modules.advisories import Database, read_database
from goxray.audit.modules.cache import ModuleCache
from goxray.audit.modules.imports import imports_of
from goxray.audit.modules.reach import advisories_of, in_binary, in_source, parted, split, wanted
from goxray.audit.modules.unit import Loader
from goxray.audit.policy import Policy
from goxray.audit.rules import mod005
from goxray.audit.scan import PackageFiles, scan
from goxray.core.audit_result import BinaryFacts, Module

GOMOD = """\
module example.org/app

go 1.21

require (
	x.org/lib v1.0.0
	x.org/other v1.0.0
	gopkg.in/yaml.v3 v3.0.0
)
"""
MAIN = """\
package main

import (
	"net/http"

	{imports}
)

func main() {{
	{body}
}}
"""


def database(folder: Path, *known: tuple[str, str, Sequence[Mapping[str, object]]]) -> Database:
    folder.mkdir()
    for name, module, imports in known:
        affected = {
            "package": {"name": module, "ecosystem": "Go"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
            "ecosystem_specific": {"imports": imports},
        }
        about = {"id": name, "summary": "s", "modified": "2026-11-01T00:00:00Z", "affected": [affected]}
        (folder / f"{name}.json").write_text(json.dumps(about))
    return read_database(folder)


LIB: list[dict[str, object]] = [{"path": "x.org/lib/pkg", "symbols": ["Do", "Client.Run"]}]
YAML: list[dict[str, object]] = [{"path": "gopkg.in/yaml.v3", "symbols": ["Unmarshal", "Decoder.Decode"]}]
KNOWN: tuple[tuple[str, str, list[dict[str, object]]], ...] = (
    ("GO-LIB", "x.org/lib", LIB),
    ("GO-WHOLE", "x.org/lib", [{"path": "x.org/lib/old"}]),
    ("GO-YAML", "gopkg.in/yaml.v3", YAML),
    ("GO-STD", "stdlib", [{"path": "net/http", "symbols": ["Server.Serve", "ListenAndServe"]}]),
    ("GO-NOWHERE", "x.org/other", []),
)

# What the main package imports and does, and what is reached by it (None: nobody can tell).
SOURCES: dict[str, tuple[str, str, dict[str, bool | None]]] = {
    "a function is called": ('"x.org/lib/pkg"', "pkg.Do()", {"GO-LIB": True, "GO-WHOLE": False, "GO-YAML": False}),
    "a function is mentioned": ('p "x.org/lib/pkg"', "f := p.Do; f()", {"GO-LIB": True}),
    "a method is called": ('"x.org/lib/pkg"', "c := pkg.Client{}; c.Run()", {"GO-LIB": True}),
    "a method through a pointer": ('"x.org/lib/pkg"', "c := &pkg.Client{}; c.Run()", {"GO-LIB": True}),
    "a method, and nobody can tell whose": ('"x.org/lib/pkg"', "unknown(pkg.X).Run()", {"GO-LIB": None}),
    "another function of the package": ('"x.org/lib/pkg"', "pkg.Safe()", {"GO-LIB": False}),
    "another package of the module": ('"x.org/lib/more"', "more.Do()", {"GO-LIB": None, "GO-NOWHERE": False}),
    "a whole package": ('_ "x.org/lib/old"', "", {"GO-WHOLE": True, "GO-LIB": False}),
    "the standard library": ('"fmt"', "http.ListenAndServe(fmt.Sprint(), nil)", {"GO-STD": True}),
    "the standard library without it": ('"fmt"', "fmt.Println(http.StatusOK)", {"GO-STD": None}),
    "a path with a dot": ('"gopkg.in/yaml.v3"', "yaml.Unmarshal(nil, nil)", {"GO-YAML": True}),
    "a path with a dot, not called": ('"gopkg.in/yaml.v3"', "yaml.Marshal(nil)", {"GO-YAML": False}),
    "a module without packages told": ('"x.org/other"', "other.X()", {"GO-NOWHERE": None}),
    "nothing": ("", "", {"GO-LIB": False, "GO-WHOLE": False, "GO-NOWHERE": False}),
}


def tree(tmp_path: Path, imports: str, body: str) -> tuple[ModuleUnit, list[PackageFiles], ModuleCache]:
    """A module beside a module cache whose package ``x.org/lib/more`` calls on ``x.org/lib/pkg`` itself."""
    cache = tmp_path / "cache"
    for path, text in {
        "x.org/lib@v1.0.0/pkg/a.go": "package pkg\n",
        "x.org/lib@v1.0.0/old/a.go": "package old\n",
        "x.org/lib@v1.0.0/more/a.go": 'package more\n\nimport "x.org/lib/pkg"\n\nfunc Do() { pkg.Do() }\n',
        "x.org/lib@v1.0.0/more/a_test.go": 'package more\n\nimport _ "x.org/lib/old"\n',
        "x.org/other@v1.0.0/a.go": "package other\n",
        "gopkg.in/yaml.v3@v3.0.0/a.go": "package yaml\n",
    }.items():
        (cache / path).parent.mkdir(parents=True, exist_ok=True)
        (cache / path).write_text(text)
    root = tmp_path / "app"
    root.mkdir()
    (root / "go.mod").write_text(GOMOD)
    (root / "main.go").write_text(MAIN.format(imports=imports, body=body))
    files = PackageFiles(".", root, ("main.go",), "example.org/app", "1.21")
    loaded = Loader(root, ModuleCache(cache), database(tmp_path / "db", *KNOWN)).module(root)
    assert loaded.unit is not None
    return loaded.unit, [files], ModuleCache(cache)


@pytest.mark.parametrize("name", SOURCES)
def test_what_source_reaches(name: str, tmp_path: Path) -> None:
    imports, body, expected = SOURCES[name]
    unit, packages, cache = tree(tmp_path, imports, body)
    scans = list(scan(packages, Policy(), jobs=1, wanted=wanted([unit])))
    followed = imports_of(unit, packages, packages[0].directory, cache)
    assert followed.whole
    marked = in_source(unit, scans, followed)
    reached = {each.id: each.reached for each in marked.advisories}
    assert {each: reached[each] for each in expected} == expected


def test_what_is_not_on_this_machine_leaves_the_answer_open(tmp_path: Path) -> None:
    unit, packages, _ = tree(tmp_path, '"x.org/lib/pkg"', "pkg.Safe()")
    followed = imports_of(unit, packages, packages[0].directory, ModuleCache(None))
    assert not followed.whole and followed.by_own("x.org/lib/pkg")
    scans = list(scan(packages, Policy(), jobs=1, wanted=wanted([unit])))
    assert {each.reached for each in in_source(unit, scans, followed).advisories} == {None}


def test_vendored_packages_are_followed(tmp_path: Path) -> None:
    unit, packages, _ = tree(tmp_path, '"x.org/lib/more"', "more.Do()")
    root = packages[0].directory
    for path, text in {"more": '\nimport (\n\tp "x.org/lib/pkg" // why\n)\n', "pkg": ""}.items():
        (root / "vendor" / "x.org/lib" / path).mkdir(parents=True)
        (root / "vendor" / "x.org/lib" / path / "a.go").write_text(f"package {path}\n{text}")
    (root / "vendor" / "modules.txt").write_text("# x.org/lib v1.0.0\n## explicit\nx.org/lib/more\n")
    loaded = Loader(root, ModuleCache(None), Database()).module(root)
    assert loaded.unit is not None
    followed = imports_of(loaded.unit, packages, root, ModuleCache(None))
    assert followed.whole and followed.by_others("x.org/lib/pkg") and not followed.by_own("x.org/lib/pkg")


# Names as the linker writes them (cmd/internal/objabi, PathToPrefix) and as advisories do.
TABLE = {
    "x.org/lib/pkg.Do": ("x.org/lib/pkg", "Do"),
    "x.org/lib/pkg.(*Client).Run": ("x.org/lib/pkg", "Client.Run"),
    "x.org/lib/pkg.Client.Run-fm": ("x.org/lib/pkg", "Client.Run"),
    "x.org/lib/pkg.(*Client).Run.func1": ("x.org/lib/pkg", "Client.Run.func1"),
    "x.org/lib/pkg.(*List[...]).Add": ("x.org/lib/pkg", "List.Add"),
    "slices.SortFunc[go.shape.[]x.org/lib.T,go.shape.int]": ("slices", "SortFunc"),
    "gopkg.in/yaml%2ev3.(*Decoder).Decode": ("gopkg.in/yaml.v3", "Decoder.Decode"),
    "main.main": ("main", "main"),
    "type:.eq.x.org/lib.T": ("", ""),
    "go:buildid": ("", ""),
    "_cgo_init": ("", ""),
}


def test_names_of_the_function_table() -> None:
    assert {each: parted(each) for each in TABLE} == TABLE
    assert split("gopkg.in/yaml.v3.Decoder.Decode", "gopkg.in/yaml.v3") == ("gopkg.in/yaml.v3", "Decoder.Decode")
    assert split("x.org/lib/pkg.Client.Run", "x.org/lib") == ("x.org/lib/pkg", "Client.Run")
    assert split("net/http.Server.Serve", "stdlib") == ("net/http", "Server.Serve")


BASE = ("main.main", "runtime.main")
BINARIES: dict[str, tuple[tuple[str, ...], dict[str, bool | None]]] = {
    "a function": ((*BASE, "x.org/lib/pkg.Do"), {"GO-LIB": True, "GO-YAML": False}),
    "its closure": ((*BASE, "x.org/lib/pkg.Do.func2.1"), {"GO-LIB": True}),
    "a method": ((*BASE, "x.org/lib/pkg.(*Client).Run"), {"GO-LIB": True}),
    "a value's method": ((*BASE, "x.org/lib/pkg.Client.Run"), {"GO-LIB": True}),
    "another method": ((*BASE, "x.org/lib/pkg.(*Client).Runs"), {"GO-LIB": False}),
    "another package's": ((*BASE, "x.org/lib/pkg2.Do", "y.org/x.org/lib/pkg.Do"), {"GO-LIB": False}),
    "a whole package": ((*BASE, "x.org/lib/old.init"), {"GO-WHOLE": True, "GO-LIB": False}),
    "an escaped path": ((*BASE, "gopkg.in/yaml%2ev3.Unmarshal"), {"GO-YAML": True}),
    "the standard library": ((*BASE, "net/http.(*Server).Serve"), {"GO-STD": True}),
    "the standard library without it": ((*BASE, "net/http.(*Client).Do"), {"GO-STD": False}),
    "no packages told": ((*BASE, "x.org/other/sub.X"), {"GO-NOWHERE": None}),
    "no packages told, none linked": (BASE, {"GO-NOWHERE": False}),
    "no table": ((), {"GO-LIB": None, "GO-STD": None, "GO-NOWHERE": None}),
    "scrambled": (("a1b2.c3d4", "runtime.main"), {"GO-LIB": None}),
}


def linked(*functions: str, goos: str = "linux", go: str = "go1.24.3") -> BinaryUnit:
    modules = tuple(Module(path, "v1.0.0") for path in ("x.org/lib", "x.org/other"))
    modules += (Module("app", "(devel)", main=True), Module("gopkg.in/yaml.v3", "v3.0.0"))
    facts = BinaryFacts("app", "elf", "amd64", goos, go, "app", modules, {})
    return BinaryUnit("app", facts, frozenset(functions), {})


@pytest.mark.parametrize("name", BINARIES)
def test_what_a_binary_links(name: str, tmp_path: Path) -> None:
    functions, expected = BINARIES[name]
    marked = in_binary(linked(*functions), database(tmp_path / "db", *KNOWN))
    reached = {each.id: each.reached for each in marked.advisories}
    assert {each: reached[each] for each in expected} == expected


def test_advisories_of_one_system(tmp_path: Path) -> None:
    windows: list[dict[str, object]] = [{"path": "x.org/lib/pkg", "symbols": ["Do"], "goos": ["windows"]}]
    known = database(tmp_path / "db", ("GO-WIN", "x.org/lib", windows))
    for goos, reached in (("linux", False), ("windows", True)):
        (found,) = in_binary(linked(*BASE, "x.org/lib/pkg.Do", goos=goos), known).advisories
        assert found.reached is reached and found.goos == ("windows",)


def test_the_go_that_built_a_binary_decides(tmp_path: Path) -> None:
    known = database(tmp_path / "db", ("GO-STD", "stdlib", []))
    ids = {
        go: len(advisories_of(linked(go=go).facts, known)) for go in ("go1.24.3", "devel go1.28-abc", "", "go1.22rc1")
    }
    assert ids == {"go1.24.3": 1, "devel go1.28-abc": 0, "": 0, "go1.22rc1": 1}


def test_old_tables_do_not_name_what_was_inlined(tmp_path: Path) -> None:
    """Up to Go 1.15 the functions' own names alone are found: another one of the package leaves the answer open."""
    known = database(tmp_path / "db", KNOWN[0])
    told = {}
    for go in ("go1.15.15", "go1.16"):
        for other in ("x.org/lib/pkg.Safe", "x.org/other.Safe"):
            told[go, other] = in_binary(linked(*BASE, other, go=go), known).advisories[0].reached
    assert [each for each, reached in told.items() if reached is None] == [("go1.15.15", "x.org/lib/pkg.Safe")]


def test_a_reached_function_is_named(tmp_path: Path) -> None:
    marked = in_binary(linked(*BASE, "x.org/lib/pkg.Do"), database(tmp_path / "db", *KNOWN[:1]))
    assert mod005.RULE.binary is not None
    (hit,) = mod005.RULE.binary(marked, Policy())
    assert (hit.severity, hit.confidence) == ("high", "high")
    assert "x.org/lib/pkg.Do" in hit.message.en and "x.org/lib/pkg.Do" in hit.message.zh


def test_advisories_without_a_symbol_ask_for_no_name() -> None:
    told = Advisory("GO-1", (), "", "x.org/lib", "v1.0.0", "", ("x.org/lib/old.*", "x.org/lib/pkg.Do"), "")
    facts = BinaryFacts("app", "elf", "amd64", "linux", "go1.27.3", "app", (), {})
    assert wanted([BinaryUnit("app", facts, frozenset(), {}, (told,))]) == {"x.org/lib/pkg.Do"}
