"""The rules on modules, each over at least twenty small go.mod trees: with the fault, and with what looks like it."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from goxray.audit.modules.advisories import Database, read_database
from goxray.audit.modules.cache import ModuleCache
from goxray.audit.modules.plain_file import read_text
from goxray.audit.modules.unit import Loader
from goxray.audit.policy import Allowed, Policy
from goxray.audit.rules import bld005, mod001, mod003, mod004, mod005, mod006
from goxray.core.audit_result import Module
from tests.harness.auditing_modules import HEAD, PSEUDO, binary, found, hits, sums, unit_of

SUMS: dict[str, tuple[dict[str, str], list[tuple[str, int]]]] = {
    "no go.sum": ({"go.mod": HEAD + "require x.org/a v1.0.0\n"}, [("go.sum", 0)]),
    "no go.sum for an indirect one": ({"go.mod": HEAD + "require x.org/a v1.0.0 // indirect\n"}, [("go.sum", 0)]),
    "empty go.sum": ({"go.mod": HEAD + "require x.org/a v1.0.0\n", "go.sum": ""}, [("x.org/a@v1.0.0", 5)]),
    "another version": (
        {"go.mod": HEAD + "require x.org/a v1.1.0\n", "go.sum": sums("x.org/a@v1.0.0")},
        [("x.org/a@v1.1.0", 5)],
    ),
    "another module": (
        {"go.mod": HEAD + "require x.org/a v1.0.0\n", "go.sum": sums("x.org/b@v1.0.0")},
        [("x.org/a@v1.0.0", 5)],
    ),
    "only the go.mod of a direct one": (
        {"go.mod": HEAD + "require x.org/a v1.0.0\n", "go.sum": sums("x.org/a@v1.0.0", whole=False)},
        [("x.org/a@v1.0.0", 5)],
    ),
    "one of two": (
        {"go.mod": HEAD + "require (\n\tx.org/a v1.0.0\n\tx.org/b v1.0.0\n)\n", "go.sum": sums("x.org/a@v1.0.0")},
        [("x.org/b@v1.0.0", 7)],
    ),
    "an indirect one without any line": (
        {"go.mod": HEAD + "require x.org/a v1.0.0 // indirect\n", "go.sum": sums("x.org/b@v1.0.0")},
        [("x.org/a@v1.0.0", 5)],
    ),
    "the replacement": (
        {
            "go.mod": HEAD + "require x.org/a v1.0.0\nreplace x.org/a => y.org/a v1.2.0\n",
            "go.sum": sums("x.org/a@v1.0.0"),
        },
        [("y.org/a@v1.2.0", 5)],
    ),
    "a workspace": ({"go.work": "go 1.21\nuse ./m\n", "m/go.mod": HEAD + "require x.org/a v1.0.0\n"}, [("go.sum", 0)]),
    "nothing required": ({"go.mod": HEAD}, []),
    "all there": ({"go.mod": HEAD + "require x.org/a v1.0.0\n", "go.sum": sums("x.org/a@v1.0.0")}, []),
    "more than needed": (
        {"go.mod": HEAD + "require x.org/a v1.1.0\n", "go.sum": sums("x.org/a@v1.0.0", "x.org/a@v1.1.0")},
        [],
    ),
    "go.mod hashes of versions not selected": (
        {
            "go.mod": HEAD + "require x.org/a v1.1.0\n",
            "go.sum": sums("x.org/a@v1.1.0") + sums("x.org/a@v1.0.0", whole=False),
        },
        [],
    ),
    "only the go.mod of an indirect one": (
        {"go.mod": HEAD + "require x.org/a v1.0.0 // indirect\n", "go.sum": sums("x.org/a@v1.0.0", whole=False)},
        [],
    ),
    "replaced by a directory": ({"go.mod": HEAD + "require x.org/a v1.0.0\nreplace x.org/a => ./a\n"}, []),
    "replaced, with the hash of the replacement": (
        {
            "go.mod": HEAD + "require x.org/a v1.0.0\nreplace x.org/a => y.org/a v1.2.0\n",
            "go.sum": sums("y.org/a@v1.2.0"),
        },
        [],
    ),
    "vendored without go.sum": (
        {"go.mod": HEAD + "require x.org/a v1.0.0\n", "vendor/modules.txt": "# x.org/a v1.0.0\n## explicit\nx.org/a\n"},
        [],
    ),
    "vendored with the go.mod hash": (
        {
            "go.mod": HEAD + "require x.org/a v1.0.0\n",
            "go.sum": sums("x.org/a@v1.0.0", whole=False),
            "vendor/modules.txt": "# x.org/a v1.0.0\n## explicit\nx.org/a\n",
        },
        [],
    ),
    "excluded": ({"go.mod": HEAD + "require x.org/a v1.0.0\nexclude x.org/a v1.0.0\n"}, []),
    "a workspace of modules that require each other": (
        {
            "go.work": "go 1.21\nuse (\n./m\n./n\n)\n",
            "m/go.mod": "module x.org/m\ngo 1.21\nrequire x.org/n v1.0.0\n",
            "n/go.mod": "module x.org/n\ngo 1.21\n",
        },
        [],
    ),
}


@pytest.mark.parametrize("name", SUMS)
def test_go_sum_has_what_is_built(name: str, tmp_path: Path) -> None:
    files, expected = SUMS[name]
    assert found(mod001.RULE, unit_of(tmp_path, files)) == expected


ALLOWED = Policy(
    modules=(
        Allowed("x.org/a", ">=v1.2.0, <v2.0.0", "C-1"),
        Allowed("x.org/all/..."),
        Allowed("x.org/a", "v3.0.0"),
        Allowed("x.org/one", "v1"),
    )
)
LISTED = {
    "x.org/a v1.1.9": True,
    "x.org/a v2.0.0": True,
    "x.org/a v1.2.0-rc.1": True,
    "x.org/a v3.0.1": True,
    "x.org/b v1.0.0": True,
    "x.org/allowed v1.0.0": True,
    "x.org/A v1.3.0": True,
    "x.org/a/v2 v2.0.0": True,
    "x.org/one v2.0.0": True,
    "x.org/one v0.9.0": True,
    "evil.org/x.org/a v1.3.0": True,
    "x.org/a v1.2.0": False,
    "x.org/a v1.99.0": False,
    "x.org/a v1.2.1-0.20240101000000-abcdefabcdef": False,
    "x.org/a v3.0.0": False,
    "x.org/all v0.0.1": False,
    "x.org/all/below v9.0.0": False,
    "x.org/all/below/v2 v2.0.0": False,
    "x.org/one v1.0.0": False,
    "x.org/one v1.50.3": False,
    "x.org/a v1.3.0+incompatible": False,
}


@pytest.mark.parametrize("required", LISTED)
def test_what_is_built_is_on_the_list(required: str, tmp_path: Path) -> None:
    unit = unit_of(tmp_path, {"go.mod": f"{HEAD}require {required}\n"})
    path, _, version = required.partition(" ")
    expected = [(f"{path}@{version}", 5)] if LISTED[required] else []
    assert found(mod003.RULE, unit, ALLOWED) == expected
    assert mod003.RULE.binary is not None
    linked = binary([Module("main", "(devel)", main=True), Module(path, version)])
    assert [hit.text for hit in mod003.RULE.binary(linked, ALLOWED)] == [text for text, _ in expected]
    assert found(mod003.RULE, unit) == [], "without a list everything is allowed"


def test_what_others_brought_along_weighs_less(tmp_path: Path) -> None:
    unit = unit_of(tmp_path, {"go.mod": HEAD + "require x.org/b v1.0.0\nrequire x.org/c v1.0.0 // indirect\n"})
    assert [hit.severity for hit in hits(mod003.RULE, unit, ALLOWED)] == ["high", "medium"]


UNRELEASED: dict[str, tuple[str, list[str]]] = {
    "a directory beside": ("replace x.org/a => ../a\n", ["replace x.org/a"]),
    "a directory below": ("replace x.org/a => ./third_party/a\n", ["replace x.org/a"]),
    "an absolute directory": ("replace x.org/a => /src/a\n", ["replace x.org/a"]),
    "one version by a directory": ("replace x.org/a v1.0.0 => ./a\n", ["replace x.org/a"]),
    "two directories": ("replace (\n\tx.org/a => ./a\n\tx.org/b => ./b\n)\n", ["replace x.org/a", "replace x.org/b"]),
    "a pseudo-version": (f"require x.org/a {PSEUDO}\n", [f"x.org/a@{PSEUDO}"]),
    "one after a tag": (
        "require x.org/a v1.2.4-0.20240131120000-abcdefabcdef\n",
        ["x.org/a@v1.2.4-0.20240131120000-abcdefabcdef"],
    ),
    "one after a candidate": (
        "require x.org/a v1.2.4-rc.1.0.20240131120000-abcdefabcdef\n",
        ["x.org/a@v1.2.4-rc.1.0.20240131120000-abcdefabcdef"],
    ),
    "one that others need": (f"require x.org/a {PSEUDO} // indirect\n", [f"x.org/a@{PSEUDO}"]),
    "a retracted release": ("require x.org/r v1.1.0\n", ["retracted x.org/r@v1.1.0"]),
    "another of the retracted range": ("require x.org/r v1.0.5\n", ["retracted x.org/r@v1.0.5"]),
    "a tag": ("require x.org/a v1.2.3\n", []),
    "a candidate": ("require x.org/a v1.2.3-rc.1\n", []),
    "incompatible": ("require x.org/a v3.0.0+incompatible\n", []),
    "a fork with a tag": ("require x.org/a v1.0.0\nreplace x.org/a => y.org/a v1.0.1\n", []),
    "a pseudo-version that is replaced by a tag": (
        f"require x.org/a {PSEUDO}\nreplace x.org/a => y.org/a v1.0.1\n",
        [],
    ),
    "a release before the retracted range": ("require x.org/r v0.9.0\n", []),
    "a release after it": ("require x.org/r v1.2.0\n", []),
    "nothing": ("", []),
    "a build tag that looks like one": ("require x.org/a v1.2.3-20240131\n", []),
    "a name that looks like a directory": ("require x.org/a v1.0.0\nreplace x.org/a => dir.org/a v1.0.0\n", []),
}


@pytest.mark.parametrize("name", UNRELEASED)
def test_what_is_built_was_released(name: str, tmp_path: Path) -> None:
    text, expected = UNRELEASED[name]
    folder = tmp_path / "cache" / "cache" / "download" / "x.org" / "r" / "@v"
    folder.mkdir(parents=True)
    (folder / "v1.2.0.mod").write_text("module x.org/r\nretract [v1.0.0, v1.1.0] // it loses data\n")
    (folder / "v1.1.0.mod").write_text("module x.org/r\n")
    unit = unit_of(tmp_path, {"go.mod": HEAD + text}, ModuleCache(tmp_path / "cache"))
    assert [text for text, _ in found(mod004.RULE, unit)] == expected


def test_modules_of_a_workspace_may_stand_for_each_other(tmp_path: Path) -> None:
    files = {
        "go.work": "go 1.21\nuse (\n./m\n./n\n)\n",
        "m/go.mod": "module x.org/m\ngo 1.21\nrequire x.org/n v1.0.0\n"
        "replace x.org/n => ../n\nreplace x.org/o => ../o\n",
        "n/go.mod": "module x.org/n\ngo 1.21\n",
    }
    assert [text for text, _ in found(mod004.RULE, unit_of(tmp_path, files))] == ["replace x.org/o"]


def database(folder: Path) -> Database:
    folder.mkdir()
    for name, module, events, severity in (
        ("GO-1", "x.org/a", [{"introduced": "0"}, {"fixed": "1.2.0"}], "CRITICAL"),
        ("GO-2", "x.org/a", [{"introduced": "1.4.0"}, {"fixed": "1.4.2"}], "moderate"),
        ("GO-3", "x.org/b", [{"introduced": "2.0.0"}], ""),
        (
            "GO-4",
            "stdlib",
            [{"introduced": "0"}, {"fixed": "1.21.8"}, {"introduced": "1.22.0-0"}, {"fixed": "1.22.1"}],
            "",
        ),
        ("GO-5", "y.org/fork", [{"introduced": "0"}], "low"),
    ):
        affected = {"package": {"name": module, "ecosystem": "Go"}, "ranges": [{"type": "SEMVER", "events": events}]}
        about = {"id": name, "summary": "bad", "affected": [affected], "database_specific": {"severity": severity}}
        (folder / f"{name}.json").write_text(json.dumps(about))
    return read_database(folder)


KNOWN: dict[str, list[tuple[str, str]]] = {
    "require x.org/a v1.1.9": [("GO-1 x.org/a", "critical")],
    f"require x.org/a {PSEUDO}": [("GO-1 x.org/a", "critical")],
    "require x.org/a v1.2.0-rc.1": [("GO-1 x.org/a", "critical")],
    "require x.org/a v1.4.0": [("GO-2 x.org/a", "medium")],
    "require x.org/a v1.4.1 // indirect": [("GO-2 x.org/a", "medium")],
    "require x.org/b v2.0.0+incompatible": [("GO-3 x.org/b", "high")],
    "require x.org/b v9.1.0+incompatible": [("GO-3 x.org/b", "high")],
    "toolchain go1.21.7": [("stdlib 1.21.7", "low")],
    "toolchain go1.22.0": [("stdlib 1.22.0", "low")],
    "require x.org/c v1.0.0\nreplace x.org/c => y.org/fork v1.0.0": [("GO-5 y.org/fork", "low")],
    "require (\n\tx.org/a v1.1.0\n\tx.org/b v3.0.0+incompatible\n)": [
        ("GO-1 x.org/a", "critical"),
        ("GO-3 x.org/b", "high"),
    ],
    "require x.org/a v1.2.0": [],
    "require x.org/a v1.3.9": [],
    "require x.org/a v1.4.2": [],
    "require x.org/a v1.4.0-rc.1": [],
    "require x.org/b v1.9.9": [],
    "require x.org/aa v1.0.0": [],
    "toolchain go1.21.8": [],
    "toolchain go1.22.1": [],
    "require x.org/a v1.1.0\nreplace x.org/a => x.org/a v1.2.0": [],
    "require x.org/a v1.1.0\nexclude x.org/a v1.1.0": [],
}


@pytest.mark.parametrize("text", KNOWN)
def test_known_vulnerabilities(text: str, tmp_path: Path) -> None:
    unit = unit_of(tmp_path, {"go.mod": f"{HEAD}{text}\n"}, database=database(tmp_path / "db"))
    assert sorted((hit.text, str(hit.severity)) for hit in hits(mod005.RULE, unit)) == KNOWN[text]


def test_an_advisory_that_nobody_reaches_ranks_lower(tmp_path: Path) -> None:
    known = next(database(tmp_path / "db").concerning("x.org/a", "v1.0.0"))
    assert mod005.RULE.binary is not None
    ranks = {}
    for reached in (True, False, None):
        unit = binary([], replace(known, reached=reached))
        (hit,) = mod005.RULE.binary(unit, Policy())
        ranks[reached] = (hit.severity, hit.confidence)
        assert hit.fix is not None and "v1.2.0" in hit.fix.en
    assert ranks == {True: ("critical", "high"), False: ("high", "medium"), None: ("critical", "medium")}


def test_what_the_source_calls_is_not_unreached_in_its_binary(tmp_path: Path) -> None:
    """The compiler may inline a small function so that the function table does not hold its name."""
    known = next(database(tmp_path / "db").concerning("x.org/a", "v1.0.0"))
    source = unit_of(tmp_path, {"go.mod": HEAD})
    assert mod005.RULE.binary is not None
    ranks = {}
    for called in (True, False, None):
        linked = binary([], replace(known, reached=False))
        linked = replace(linked, source=replace(source, advisories=(replace(known, reached=called),)))
        (hit,) = mod005.RULE.binary(linked, Policy())
        ranks[called] = hit.severity
    assert ranks == {True: "critical", False: "high", None: "high"}


def test_the_least_go_that_go_mod_allows_weighs_less(tmp_path: Path) -> None:
    unit = unit_of(tmp_path, {"go.mod": "module m\n\ngo 1.21.3\n"}, database=database(tmp_path / "db"))
    (known,) = unit.advisories
    assert (known.version, known.assumed) == ("1.21.3", True)
    (together,) = hits(mod005.RULE, replace(unit, advisories=(known, replace(known, id="GO-9", reached=False))))
    assert (together.severity, together.confidence, together.text) == ("low", "low", "stdlib 1.21.3")
    assert "2 known vulnerabilities" in together.message.en and "GO-4, GO-9" in together.message.zh
    (named,) = hits(mod005.RULE, replace(unit, advisories=(replace(known, reached=True, by="net/http.Get"),)))
    assert (named.severity, named.confidence) == ("medium", "low") and "net/http.Get" in named.message.en


def test_a_go_line_without_a_release_counts_what_its_last_release_is_open_to(tmp_path: Path) -> None:
    """GO-4 is mended in 1.21.8 and 1.22.1, never in 1.20."""
    told = {}
    for line in ("1.20", "1.21", "1.22", "1.23"):
        (tmp_path / line).mkdir()
        unit = unit_of(
            tmp_path / line, {"go.mod": f"module m\n\ngo {line}\n"}, database=database(tmp_path / line / "db")
        )
        told[line] = [each.version for each in unit.advisories]
    assert told == {"1.20": ["1.20"], "1.21": [], "1.22": [], "1.23": []}


def test_unmaintained_modules(tmp_path: Path) -> None:
    _, rows = mod006.listed()
    looks = [f"{path}x" for path in rows] + [f"example.org/{path}" for path in rows]
    for number, path in enumerate([*rows, *looks]):
        folder = tmp_path / str(number)
        folder.mkdir()
        unit = unit_of(folder, {"go.mod": f"{HEAD}require {path} v1.0.0\n"})
        assert found(mod006.RULE, unit) == ([(path, 5)] if path in rows else [])
    assert len(rows) >= 10 and len(looks) >= 10


def test_an_unsupported_release_is_told_at_its_own_line(tmp_path: Path) -> None:
    texts = {
        "go": ("go.mod", "module m\n\ngo 1.21\n", 3),
        "toolchain": ("go.mod", "module m\n\n// why\ngo 1.21\n\ntoolchain go1.22.1\n", 6),
    }
    for verb, (name, text, line) in texts.items():
        (tmp_path / verb).mkdir()
        (hit,) = hits(bld005.RULE, unit_of(tmp_path / verb, {name: text}))
        assert (hit.place.symbol, hit.place.line) == (verb, line)


def test_there_are_enough_samples() -> None:
    for samples in (SUMS, LISTED, UNRELEASED, KNOWN):
        assert len(samples) >= 20


def test_broken_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module (\n")
    loaded = Loader(tmp_path, ModuleCache(None), Database()).module(tmp_path)
    assert loaded.unit is None
    assert [(each.path, each.status) for each in loaded.unhealthy] == [("go.mod", "failed")]
    (tmp_path / "go.mod").write_text(HEAD)
    (tmp_path / "go.sum").write_bytes(b"\xff\xfe x\n")
    loaded = Loader(tmp_path, ModuleCache(None), Database()).module(tmp_path)
    assert loaded.unit is not None
    assert [(each.path, each.detail) for each in loaded.unhealthy] == [("go.sum", "it is not UTF-8")]
    (tmp_path / "go.mod").unlink()
    os.mkfifo(tmp_path / "go.mod")
    loaded = Loader(tmp_path, ModuleCache(None), Database()).module(tmp_path)
    assert [(each.path, each.detail) for each in loaded.unhealthy] == [("go.mod", "it is no ordinary file")]
    with pytest.raises(OSError, match="has more than"):
        read_text(tmp_path / "go.sum", most=3)
