"""Exact types by real toolchains: what rules see with them, and what a hostile module cannot make the go command do."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from goxray.api_audit import audit
from goxray.audit.policy import Policy
from goxray.audit.scan import PackageFiles, scan
from goxray.audit.source.files import load
from goxray.audit.source.package import Package
from goxray.audit.source.unit import Unit
from goxray.audit.types import command
from goxray.audit.types import toolchain as finding
from goxray.audit.types.exact import ExactTypes
from goxray.audit.types.gather import exact_types, exact_types_of, places
from goxray.core.audit_result import FileHealth
from goxray.core.errors import ToolchainError
from goxray.target import toolchains
from goxray.ui.cli.main import main

TODAY = date(2026, 11, 22)
NEW, OLD = toolchains.VERSIONS[-1], toolchains.VERSIONS[0]

LIBRARY = """package odd

import (
	"crypto/cipher"
	"hash"
	"net/http"
)

// The package's name is not the last part of its path.

type HTTP = http.Client

type Hasher interface {
	hash.Hash
	Reset2()
}

type Wrapped struct{ *http.Client }

type Box[T any] struct{ value T }

func (b Box[T]) Value() T { return b.value }

func Client() *http.Client { return nil }
func Pair() (int, *http.Client) { return 0, nil }
func NewHasher() Hasher { return nil }
func Boxed() Box[*http.Client] { return Box[*http.Client]{} }
func Pick[T any](from ...T) T { return from[0] }
func AEAD() (cipher.AEAD, error) { return nil, nil }
"""

CALLER = """package main

import "example.com/shop/strange-name"

func main() {
	odd.Client().Get("http://example.com/1")
	_, c := odd.Pair()
	c.Get("http://example.com/2")
	odd.Wrapped{}.Get("http://example.com/3")
	odd.Boxed().Value().Get("http://example.com/4")
	odd.Pick(c).Get("http://example.com/5")
	alias := odd.HTTP{}
	alias.Get("http://example.com/6")
	clients := map[string][]*odd.HTTP{}
	for _, each := range clients["a"] {
		each.Get("http://example.com/7")
	}
	odd.NewHasher().Write(nil)
	odd.NewHasher().Reset2()
	aead, _ := odd.AEAD()
	aead.Seal(nil, nil, nil, nil)
	var any any = c
	switch known := any.(type) {
	case *odd.HTTP:
		known.Get("http://example.com/8")
	case interface{ Get(string) }:
		known.Get("http://example.com/not")
	}
}
"""

DOTTED = """package main

import (
	. "example.com/shop/strange-name"
	. "strings"
)

type http struct{}

func (http) Get(string) {}

func dotted(http http) {
	http.Get("http://example.com/shadow")
	Client().Get("http://example.com/dot")
	_ = ToLower("")
}
"""

TESTS = """package main

import "testing"

func TestIt(t *testing.T) { t.Run("", nil); main() }
"""

OUTSIDE = """package main_test

import (
	"testing"

	"example.com/shop/strange-name"
)

func TestOutside(t *testing.T) { odd.Client().Head("") }
"""

CGO = 'package odd\n\nimport "C"\n\nfunc FromC() {}\n'


def toolchain(version: str) -> toolchains.Toolchain:
    found = toolchains.find(version)
    assert found is not None, f"Go {version} is not installed: run `make toolchains`"
    return found


def lay(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay(
        tmp_path_factory.mktemp("shop"),
        {
            "go.mod": "module example.com/shop\n\ngo 1.21\n",
            "strange-name/lib.go": LIBRARY,
            "strange-name/c.go": CGO,
            "main.go": CALLER,
            "dotted.go": DOTTED,
            "main_test.go": TESTS,
            "outside_test.go": OUTSIDE,
        },
    )


@pytest.fixture(scope="module")
def exact(shop: Path) -> ExactTypes:
    return exact_types(shop, toolchain=toolchain(NEW))


def package(root: Path, *names: str) -> PackageFiles:
    return PackageFiles(".", root, names, "example.com/shop", "1.21")


def callees(root: Path, name: str, exact: ExactTypes | None) -> list[str]:
    """Name every call of a file, in the order of the text."""
    file = load(root / name, name)
    assert not isinstance(file, FileHealth)
    if exact is not None:
        told = exact.package(root)
        assert told is not None
        file.exact = told.files()[name]
    calls = Unit(Package(".", [file])).calls("*")
    return [call.callee for call in sorted(calls, key=lambda call: (call.place.line, -call.place.column, call.callee))]


GET = "(net/http.Client).Get"
ODD = "example.com/shop/strange-name"


def test_calls_get_the_names_that_only_types_tell(shop: Path, exact: ExactTypes) -> None:
    found = set(callees(shop, "main.go", exact))
    assert found == {
        GET,  # through a result, a second result, an embedded pointer, a generic type and function, an alias, a range
        f"{ODD}.Client", f"{ODD}.Pair", f"({ODD}.Box).Value", f"{ODD}.Boxed", f"{ODD}.Pick",
        "(hash.Hash).Write",  # the library's interface, not the one of this module that embeds it
        f"({ODD}.Hasher).Reset2", f"{ODD}.NewHasher", f"{ODD}.AEAD",
        "(crypto/cipher.AEAD).Seal",
        "(interface).Get",
    }  # fmt: skip
    assert callees(shop, "main.go", exact).count(GET) == 8
    assert GET not in callees(shop, "main.go", None)


def test_dot_imports_and_shadowed_package_names(shop: Path, exact: ExactTypes) -> None:
    assert callees(shop, "dotted.go", exact) == ["(.http).Get", GET, f"{ODD}.Client", "strings.ToLower"]
    guessed = callees(shop, "dotted.go", None)
    assert GET not in guessed and "strings.ToLower" not in guessed


def test_tests_are_told_too(shop: Path, exact: ExactTypes) -> None:
    assert callees(shop, "main_test.go", exact) == [".main", "(testing.T).Run"]
    assert callees(shop, "outside_test.go", exact) == ["(net/http.Client).Head", f"{ODD}.Client"]


def test_a_rule_finds_what_the_source_alone_does_not_say(shop: Path, exact: ExactTypes) -> None:
    def lines(given: ExactTypes | None) -> list[int]:
        (found,) = scan([package(shop, "main.go")], Policy(), exact=given, jobs=1)
        return [hit.place.line for rule, hit in found.hits if rule == "NET005"]

    assert lines(None) == []
    assert lines(exact) == [
        number for number, text in enumerate(CALLER.splitlines(), 1) if "http://" in text and "not" not in text
    ]


def test_literals_of_an_alias_are_those_of_its_type(shop: Path, exact: ExactTypes) -> None:
    def literals(given: ExactTypes | None) -> list[int]:
        (found,) = scan([package(shop, "main.go")], Policy(), exact=given, jobs=1)
        return [hit.place.line for rule, hit in found.hits if rule == "NET002"]

    (line,) = [number for number, text in enumerate(CALLER.splitlines(), 1) if "odd.HTTP{}" in text and "alias" in text]
    assert literals(None) == [] and literals(exact) == [line]


def test_facts_of_another_text_are_not_used(shop: Path, exact: ExactTypes, tmp_path: Path) -> None:
    told = exact.package(shop)
    assert told is not None
    before = (shop / "main.go").read_bytes()
    assert told.files()["main.go"].fits(before)
    assert not told.files()["main.go"].fits(before.replace(b"1", b"9"))
    assert exact.package(tmp_path) is None


def test_every_toolchain_says_the_same(shop: Path, exact: ExactTypes) -> None:
    older = exact_types(shop, toolchain=toolchain(OLD))
    assert older.packages == exact.packages and not older.partial
    assert older.toolchain == f"go{OLD}"
    assert pickle.loads(pickle.dumps(older)) == older


def test_what_the_build_leaves_out_is_told(shop: Path, exact: ExactTypes) -> None:
    (note,) = exact.notes
    assert "1 file is outside the build (cgo" in note.en and "1 个文件" in note.zh
    told = exact.package(shop / "strange-name")
    assert told is not None and set(told.files()) == {"lib.go"}
    assert exact.toolchain == f"go{NEW}"


@pytest.fixture
def fetching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put programs in the way that a download or a tool would run, and settings that would let them."""
    ran = tmp_path / "ran"
    trap = tmp_path / "trap"
    trap.mkdir()
    for name in ("git", "hg", "svn", "pkg-config", "gcc", "cc", "clang", "compile-with"):
        (trap / name).write_text(f'#!/bin/sh\necho "$0 $@" >> {ran}\nexit 1\n')
        (trap / name).chmod(0o755)
    (tmp_path / "env").write_text(f"GOFLAGS=-toolexec={trap}/compile-with\nGOPROXY=direct\nGONOPROXY=*\n")
    monkeypatch.setenv("PATH", f"{trap}:{os.environ['PATH']}")
    monkeypatch.setenv("GOENV", str(tmp_path / "env"))
    monkeypatch.setenv("GOFLAGS", f"-toolexec={trap}/compile-with -mod=mod")
    for name, value in (("GOPRIVATE", "*"), ("GOPROXY", "direct"), ("GOTOOLCHAIN", "auto"), ("CGO_ENABLED", "1")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GOCACHEPROG", str(trap / "compile-with"))
    yield ran


def state(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_nothing_is_run_fetched_or_changed_and_what_can_be_told_is(tmp_path: Path, fetching: Path) -> None:
    root = lay(
        tmp_path / "hostile",
        {
            "go.mod": "module example.com/hostile\n\ngo 1.21\ntoolchain go1.99.9\n\n"
            "require git.example.com/private/thing v1.2.3\n",
            "go.sum": "",
            ".git/config": "[core]\n\tfsmonitor = touch ran\n",
            "a/a.go": '//go:generate touch ran\npackage a\n\nimport (\n\t"net/http"\n\n'
            '\t"git.example.com/private/thing"\n)\n\nfunc f() {\n\tg().Get("")\n\tthing.Do().More()\n'
            "\tundefined()\n}\n\nfunc g() *http.Client { return nil }\n",
            "b/b.go": 'package b\n\n// #cgo pkg-config: evil\n// #cgo CFLAGS: -fplugin=evil.so\nimport "C"\n',
            "c/c.go": "package c\n\nfunc broken( {\n",
            "d/d.go": 'package d\n\nimport "example.com/hostile/d"\n\nvar x = "whole"\n',
        },
    )
    before = state(root)
    found = exact_types(root, toolchain=toolchain(NEW))
    assert state(root) == before
    assert not fetching.exists()
    assert callees(root / "a", "a.go", found)[:2] == [GET, ".g"]
    assert found.partial
    text = " ".join(note.en for note in found.notes)
    assert "packages do not type-check whole" in text and "what the source says" in text
    assert str(root) not in text


def test_a_workspace_is_read_and_its_sums_stay_as_they_are(tmp_path: Path) -> None:
    root = lay(
        tmp_path,
        {
            "go.work": "go 1.21\n\nuse (\n\t./one\n\t./two\n)\n\nreplace example.com/gone => ./three\n",
            "one/go.mod": "module example.com/one\n\ngo 1.21\n\nrequire example.com/gone v1.0.0\n",
            "one/one.go": 'package one\n\nimport (\n\t"example.com/gone"\n\t"example.com/two"\n)\n\n'
            'func f() {\n\ttwo.Client().Get("")\n\tgone.Client().Head("")\n}\n',
            "two/go.mod": "module example.com/two\n\ngo 1.21\n",
            "two/two.go": 'package two\n\nimport "net/http"\n\nfunc Client() *http.Client { return nil }\n',
            "three/go.mod": "module example.com/gone\n\ngo 1.21\n",
            "three/t.go": 'package gone\n\nimport "net/http"\n\nfunc Client() *http.Client { return nil }\n',
        },
    )
    before = state(root)
    found = exact_types_of([root / "one"], str(toolchain(NEW)))
    assert [each for each in callees(root / "one", "one.go", found) if "http" in each] == [
        GET, "(net/http.Client).Head"
    ]  # fmt: skip
    assert found.notes == () and not found.partial and state(root) == before


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a.go": "package a\n"}, "go.mod"),
        ({"go.mod": "module m\n\ngo 1.99\n", "a.go": "package a\n"}, "1.99"),
        ({"go.mod": "modul m\n", "a.go": "package a\n"}, "modul"),
        ({"go.mod": "module m\n\ngo 1.21\n"}, "matched no packages"),
    ],
    ids=["no-module", "newer-go", "broken-module", "empty"],
)
def test_a_module_that_the_go_command_refuses_is_told_in_one_line(
    tmp_path: Path, files: dict[str, str], says: str
) -> None:
    found = exact_types(lay(tmp_path, files), toolchain=toolchain(NEW))
    assert found.packages == {} and found.partial
    (note,) = found.notes
    assert says in note.en and "\n" not in note.en and str(tmp_path) not in note.en


def test_what_is_below_a_module_is_told_by_that_module(shop: Path) -> None:
    below = shop / "strange-name"
    assert places([below / "lib.go", shop], [shop]) == [shop, below]
    found = exact_types(below, toolchain=toolchain(NEW))
    assert list(found.packages) == [str(below)] and not found.partial


def test_a_pipe_with_a_go_files_name_does_not_make_anybody_wait(tmp_path: Path) -> None:
    lay(tmp_path, {"go.mod": "module m\n\ngo 1.21\n"})
    os.mkfifo(tmp_path / "pipe.go")
    found = exact_types(tmp_path, toolchain=toolchain(NEW))
    assert "pipe.go is no regular file" in found.notes[0].en and found.partial


def test_a_source_that_takes_the_type_checkers_memory_costs_its_own_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_MOST_MEMORY", 300 << 20)
    doubled = "".join(f"const s{n} = s{n - 1} + s{n - 1}\n" for n in range(1, 48))
    root = lay(
        tmp_path,
        {
            "go.mod": "module m\n\ngo 1.21\n",
            "a/a.go": "package a\n\nfunc f() { g() }\n\nfunc g() {}\n",
            "z/z.go": f'package z\n\nconst s0 = "0123456789abcdef"\n{doubled}\nvar x [len(s47)]byte\n',
        },
    )
    found = exact_types(root, toolchain=toolchain(OLD))  # newer ones know a limit themselves
    assert callees(root / "a", "a.go", found) == [".g"]
    assert found.partial and "the type checker: " in found.notes[-1].en and found.package(root / "z") is None


def test_without_a_toolchain_one_line_says_so_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchains, "everywhere", lambda: [])
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("GOROOT", raising=False)
    with pytest.raises(ToolchainError, match="^--types needs a Go toolchain, and this machine has none$") as raised:
        exact_types_of([])
    assert raised.value.exit_code == 3
    assert "--go" in raised.value.hint and "PATH" in raised.value.hint


def test_the_whole_audit_sees_more_with_types(shop: Path) -> None:
    def plain_http(types: bool, go: str = "") -> tuple[str, list[int]]:
        result = audit([shop], cache=False, jobs=1, today=TODAY, types=types, go=go)
        found = [each.place.line for each in result.findings if each.rule == "NET005" and each.place.path == "main.go"]
        return result.toolchain, found

    assert plain_http(False) == ("", [])
    assert plain_http(True, str(toolchain(NEW).root)) == (
        f"go{NEW}",
        [number for number, text in enumerate(CALLER.splitlines(), 1) if "http://" in text and "not" not in text],
    )


def test_the_command_without_a_toolchain_ends_with_3_and_the_way_out(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolchains, "everywhere", lambda: [])
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("GOROOT", raising=False)
    said = CliRunner().invoke(main, ["audit", str(shop), "--types", "--no-cache"])
    assert said.exit_code == 3 and said.stdout == ""
    first, second = said.stderr.splitlines()
    assert first == "goxray: --types needs a Go toolchain, and this machine has none"
    assert second.startswith("hint: install Go and put it on PATH, name one (--go GOROOT)")


def test_the_toolchain_is_the_named_one_then_goroot_then_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    new, old = toolchain(NEW), toolchain(OLD)
    monkeypatch.setenv("GOROOT", str(old.root))
    monkeypatch.setenv("PATH", str(new.root / "bin"))
    assert finding.chosen().version == OLD
    assert finding.chosen("1.22").version.startswith("1.22.")
    assert finding.chosen(str(new.go)).version == NEW
    assert finding.chosen(str(new.root)).version == NEW
    monkeypatch.setenv("GOROOT", str(tmp_path))
    assert finding.chosen().version == NEW
    with pytest.raises(ToolchainError, match="is no Go toolchain"):
        finding.chosen(str(tmp_path))
