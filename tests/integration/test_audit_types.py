"""Exact types by real toolchains: what rules see with them, and what a hostile module cannot make the go command do."""

from __future__ import annotations

import pickle
import subprocess
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from goxray.api_audit import audit
from goxray.audit.policy import Policy
from goxray.audit.scan import PackageFiles, scan
from goxray.audit.types import toolchain as finding
from goxray.audit.types.exact import ExactTypes
from goxray.audit.types.gather import exact_types, places
from goxray.target import toolchains
from goxray.ui.cli.main import main
from tests.harness.exact_types import callees, lay, toolchain

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

CGO = 'package odd\n\nimport "C"\n\nfunc FromC() {}\n'


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
            "onlytests/x_test.go": "package onlytests\n",
        },
    )


@pytest.fixture(scope="module")
def exact(shop: Path) -> ExactTypes:
    return exact_types(shop, toolchain=toolchain(NEW))


def package(root: Path, *names: str) -> PackageFiles:
    return PackageFiles(".", root, names, "example.com/shop", "1.21")


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


def test_tests_are_left_to_the_source(shop: Path, exact: ExactTypes) -> None:
    told = exact.package(shop)
    assert told is not None and set(told.files()) == {"main.go", "dotted.go"}


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


def test_the_type_checker_is_written_as_gofmt_has_it() -> None:
    gofmt = toolchain(NEW).root / "bin" / "gofmt"
    sources = sorted(finding.SUPPORT.glob("*.go"))
    said = subprocess.run([gofmt, "-l", *sources], capture_output=True, text=True, timeout=60, check=True)
    assert len(sources) >= 5 and said.stdout == ""


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


def test_what_is_below_a_module_is_told_by_that_module(shop: Path) -> None:
    below = shop / "strange-name"
    assert places([below / "lib.go", shop], [shop]) == [shop, below]
    found = exact_types(below, toolchain=toolchain(NEW))
    assert list(found.packages) == [str(below)] and not found.partial


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
