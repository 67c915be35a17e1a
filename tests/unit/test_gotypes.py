"""Go types from text: what is understood, how it is laid out by hand calculation, and errors that say where."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from goxray.core.errors import GoxrayError, NotInstalled, UnsupportedGo, UsageError
from goxray.goruntime.types import Kind
from goxray.model import gotypes_tree
from goxray.model.builds import all_builds, build_layout, build_name
from goxray.model.encode import Iface, canonical, encode
from goxray.model.gotypes import align_of, parse_file, parse_files, parse_type, pointer_bytes, pointer_mask
from goxray.model.hashing import KeyHasher
from goxray.model.shapes import map_shape

LAYOUT = build_layout("1.27")

FILE = """\
// Package shop: a comment.
package shop

import (
	"time"
	ip "net/netip"
	"sync/atomic"
)

const (
	small = 1 << iota // 1
	_
	wide // 4
	name = len("abcé")
)
const total = (wide + 0x10) * 2 % 7

type ID uint64
type Alias = ID

type User struct {
	ID
	*Session
	Name, Nick string `json:"name"`
	seen       time.Time
	_          [3]byte
	flags      [total]bool
	from       ip.Addr
}

type Session struct {
	user  *User
	next  *Session
	count atomic.Int64
}

type (
	Pair[K comparable, V any] struct {
		key K
		val V
	}
	Tree[T any] struct{ left, right *Tree[T]; item T }
	Named Pair[string, *User]
)

func local() { type User int; broken syntax here }

type Loop struct{ again [2]Loop }
type Stringer interface{ String() string }
type Both interface { Stringer; Close() error }
type Nothing interface{ any }
type Handler func(id ID, names ...string) (ok bool, err error)
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("go") / "shop.go"
    path.write_text(FILE)
    return parse_file(path, LAYOUT)


def test_a_struct_of_a_file_lies_as_hand_calculation_says(shop) -> None:
    user = shop["User"]
    assert [(field.name, field.offset, field.type.size, field.embedded) for field in user.fields] == [
        ("ID", 0, 8, True),
        ("Session", 8, 8, True),
        ("Name", 16, 16, False),
        ("Nick", 32, 16, False),
        ("seen", 48, 24, False),
        ("_", 72, 3, False),
        ("flags", 75, 5, False),  # (4 + 16) * 2 % 7 = 5
        ("from", 80, 24, False),
    ]
    assert (user.size, align_of(user), pointer_bytes(user)) == (104, 8, 104)
    words = [at for at, is_set in enumerate(pointer_mask(user)) if is_set]
    assert words == [1, 2, 4, 8, 12]  # Session, Name, Nick, seen.loc, from.z
    assert user.name == "shop.User"


def test_names_of_a_file_are_known_to_type_expressions(shop) -> None:
    assert parse_type("map[Alias][]User", LAYOUT, shop).name == "map[shop.ID][]shop.User"
    assert parse_type("shop.User", LAYOUT, shop).size == 104
    assert parse_type("[wide]int16", LAYOUT, shop).size == 8
    assert parse_type("[name]byte", LAYOUT, shop).size == 5  # é takes two bytes
    pair = parse_type("Pair[string, Alias]", LAYOUT, shop)
    assert (pair.name, pair.size) == ("shop.Pair[string,shop.ID]", 24)
    assert (shop["Named"].size, shop["Named"].fields[1].type.elem.size) == (24, 104)
    tree = parse_type("Tree[int8]", LAYOUT, shop)
    assert tree.fields[0].type.elem.key == tree.key
    assert shop["Session"].fields[1].type.elem.key == shop["Session"].key


def test_interfaces_are_told_apart_by_their_methods(shop) -> None:
    empty = {name: shop[name].length for name in ("Stringer", "Both", "Nothing")}
    assert empty == {"Stringer": 0, "Both": 0, "Nothing": 1}
    assert parse_type("error", LAYOUT).length == 0
    assert parse_type("any", LAYOUT).length == 1
    assert shop["Handler"].kind is Kind.FUNC


def test_what_has_no_size_and_what_is_not_there(shop) -> None:
    line = 1 + [each.startswith("type Loop ") for each in FILE.splitlines()].index(True)
    with pytest.raises(UsageError, match=rf"shop\.go:{line}:6: Loop holds itself"):
        shop["Loop"]
    with pytest.raises(KeyError):
        shop["Nobody"]
    assert "Pair" not in shop and "User" in list(shop)


@pytest.mark.parametrize(
    ("text", "size", "align", "pointers"),
    [
        ("struct{ a int8; b int64; c int16 }", 24, 8, 0),
        ("struct{ a int64; e struct{} }", 16, 8, 0),
        ("struct{ e struct{}; a int64 }", 8, 8, 0),
        ("struct{ a int32; e [0]int64 }", 16, 8, 0),
        ("struct{ e [0]*int }", 0, 8, 0),
        ("struct{}", 0, 1, 0),
        ("struct{ a complex64; b bool }", 12, 4, 0),
        ("[3]struct{ a int8; s string }", 72, 8, 64),
        ("[0]string", 0, 8, 0),
        ("interface{ M() }", 16, 8, 16),
        ("[]int", 24, 8, 8),
        ("func(int) error", 8, 8, 8),
        ("<-chan int", 8, 8, 8),
        ("uintptr", 8, 8, 0),
        ("unsafe.Pointer", 8, 8, 8),
        ("(*(int))", 8, 8, 8),
        ("[1e1]byte", 10, 1, 0),
        ("['a']byte", 97, 1, 0),
        ("[0b11 + 0o17]uint16", 36, 2, 0),
        ("[-7/2 + 4]byte", 1, 1, 0),
        ("[^-9 &^ 8]byte", 0, 1, 0),
        ("sync.Mutex", 8, 4, 0),
        ("atomic.Pointer[int]", 8, 8, 8),
        ("uuid.UUID", 16, 1, 0),
    ],
)
def test_sizes(text: str, size: int, align: int, pointers: int) -> None:
    go_type = parse_type(text, LAYOUT)
    assert (go_type.size, align_of(go_type), pointer_bytes(go_type)) == (size, align, pointers)


@pytest.mark.parametrize(
    ("text", "error", "hint"),
    [
        ("map[string", "'map[string', column 11", "write a type as Go does"),
        ("struct{ a int b int }", "column 15", "write a type"),
        ("map[string]T", "column 12: the type T is not declared", "--types FILE.go"),
        ("map[string]pkg.T", "column 12: the type pkg.T is not declared", "--types FILE.go"),
        ("struct{\n\ta int\n\tb T\n}", "line 3, column 4: the type T", "--types"),
        ("[N]int", "column 2: the constant N is not declared", "--types FILE.go"),
        ("[-1]int", "column 2: -1 is no length", ""),
        ("[1/0]int", "column 2: division by zero", ""),
        ("[1<<9999]int", "a shift by 9999", ""),
        ("[1.5]int", "1.5 is no whole number", ""),
        ("[f(2)]int", "is too much for a constant", ""),
        ("[\"a\"]int", "whole number", ""),
        ("[1<<60]int", "larger than the address space", ""),
        ("struct{ a int; a int }", "column 16: field a is declared twice", ""),
        ("interface{ ~int }", "is a constraint", ""),
        ("Pair[int]", "the type Pair is not declared", "--types"),
        ("atomic.Pointer", "Pointer needs 1 type arguments, here are 0", ""),
        ("int; string", "column 6: one Go type is expected", ""),
        ("", "a Go type is missing", "write a type"),
        ("[" * 3000 + "]int", "column", ""),
    ],
)  # fmt: skip
def test_errors_say_what_where_and_what_to_do(text: str, error: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_type(text, LAYOUT).map_shape  # noqa: B018
    assert error in str(raised.value)
    assert hint in raised.value.hint
    assert "\n" not in str(raised.value)


def test_what_lies_behind_pointers_needs_no_declaration() -> None:
    for text in ("map[string]*T", "*T", "[]T", "chan T", "func(T) U", "map[string][]T", "struct{ p *pkg.T }"):
        assert parse_type(text, LAYOUT).size in (8, 24)
    with pytest.raises(UsageError, match="column 2: the type T is not declared"):
        parse_type("*T", LAYOUT).elem  # noqa: B018


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("map[[]int]int", r"\[\]int cannot be the key of a map: it is a slice"),
        ("map[struct{ a [2]map[int]int }]int", r"its field a\.elem is a map"),
        ("map[func()]int", "it is a func"),
    ],
)
def test_keys_that_go_refuses(text: str, error: str) -> None:
    with pytest.raises(UsageError, match=error):
        map_shape(parse_type(text, LAYOUT), LAYOUT)


def test_files_with_errors(tmp_path: Path) -> None:
    bad = tmp_path / "bad.go"
    bad.write_text("package p\n\ntype A struct {\n\ta int b int\n}\n")
    with pytest.raises(UsageError, match=r"bad\.go:4:\d+: this is not Go"):
        parse_file(bad, LAYOUT)
    bad.write_text("package p\ntype A int\ntype A int\n")
    with pytest.raises(UsageError, match=r"bad\.go:3:6: type A is declared twice, first at .*bad\.go:2:6"):
        parse_file(bad, LAYOUT)
    bad.write_text("type A int\n")
    with pytest.raises(UsageError, match="no package clause"):
        parse_file(bad, LAYOUT)
    with pytest.raises(UsageError, match="No such file"):
        parse_file(tmp_path / "none.go", LAYOUT)
    bad.write_text("package p\ntype A = B\ntype B = A\n")
    with pytest.raises(UsageError):
        parse_file(bad, LAYOUT)["A"]


def test_packages_beside_each_other_and_directories(tmp_path: Path) -> None:
    (tmp_path / "a.go").write_text('package a\nimport "example.com/x/b"\ntype A struct { one b.B; n int8 }\n')
    (tmp_path / "b.go").write_text("package b\ntype B struct { p *int; C }\ntype C [4]int32\n")
    declared = parse_files([tmp_path / "a.go", tmp_path / "b.go"], LAYOUT)
    assert (declared["A"].size, list(declared)) == (32, ["A"])
    package = tmp_path / "pkg"
    package.mkdir()
    (package / "one.go").write_text("package pkg\ntype One [n]Two\n")
    (package / "two.go").write_text("package pkg\nconst n = 3\ntype Two int16\n")
    (package / "two_test.go").write_text("package pkg\ntype Two int64\n")
    assert parse_file(package, LAYOUT)["One"].size == 6


def test_a_type_of_the_library_follows_the_version() -> None:
    sizes = {build: parse_type("time.Timer", build_layout(build)).size for build in ("1.21", "1.22", "1.23", "1.27")}
    assert sizes == {"1.21": 80, "1.22": 80, "1.23": 16, "1.27": 16}


def test_builds_by_their_short_names() -> None:
    assert build_name(build_layout("1.23")) == "1.23.9"
    assert build_name(build_layout("go1.24.3")) == "1.24.3"
    assert build_layout("1.25:noswissmap").map_kind == "classic"
    assert all_builds() == (
        "1.21", "1.22", "1.23", "1.24", "1.24:noswissmap", "1.25", "1.25:noswissmap", "1.26", "1.27",
        "1.27:mapsplitgroup",
    )  # fmt: skip
    with pytest.raises(UsageError, match="not a Go build"):
        build_layout("latest")
    with pytest.raises(UnsupportedGo):
        build_layout("1.26:mapsplitgroup")


def test_without_the_parser_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    gotypes_tree._parser.cache_clear()
    monkeypatch.setitem(sys.modules, "tree_sitter_go", None)
    with pytest.raises(NotInstalled, match="tree-sitter"):
        parse_type("int", LAYOUT)
    gotypes_tree._parser.cache_clear()


# ---- values


def value_type(text: str):
    return parse_type(text, LAYOUT)


def test_values_become_the_bytes_that_go_has() -> None:
    placed: list[bytes] = []

    def place(data: bytes) -> int:
        placed.append(data)
        return 0x1000 * len(placed)

    rows = encode(
        value_type("struct{ a int8; s string; f float32; b [2]bool }"), [(-2, "hé", 1.5, [True, False])], place
    )
    assert rows.tobytes() == (
        b"\xfe"
        + bytes(7)
        + (0x1000).to_bytes(8, "little")
        + (3).to_bytes(8, "little")
        + b"\x00\x00\xc0\x3f\x01\x00\x00\x00"
    )
    assert placed == ["hé".encode()]
    one = encode(value_type("any"), [Iface(value_type("*int"), 0xC000)], place, type_word=lambda t, empty: 0x77)
    assert one.tobytes() == (0x77).to_bytes(8, "little") + (0xC000).to_bytes(8, "little")
    two = encode(value_type("[]int16"), [[1, -1], None], place)
    assert placed[-1] == b"\x01\x00\xff\xff"
    assert two[1].tobytes() == bytes(24)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("int8", 128), ("uint16", -1), ("uint64", 1 << 64), ("int", "1"), ("int", True), ("int", 1.0), ("bool", 2),
        ("string", 5), ("[2]int", [1]), ("struct{ a int }", (1, 2)), ("struct{ a int }", {"b": 1}), ("*int", -1),
        ("any", 5), ("[2]byte", b"abc"), ("float64", "x"),
    ],
)  # fmt: skip
def test_values_of_another_type_are_refused(text: str, value: object) -> None:
    with pytest.raises(UsageError, match="no value of|does not fit|has no field"):
        encode(value_type(text), [value], lambda data: 1)


def test_equality_is_gos() -> None:
    def same(text: str, one: object, two: object) -> bool:
        first, second = canonical(value_type(text), one), canonical(value_type(text), two)
        return first is not None and first == second

    assert same("float64", 0.0, -0.0) and not same("float64", float("nan"), float("nan"))
    assert same("float32", 0.1, 0.1000000001)
    assert same("struct{ a int; _ int }", (1, 2), (1, 3)) and same("struct{ a int }", (0,), {})
    assert not same("struct{ a float64; s string }", (float("nan"), "x"), (float("nan"), "x"))
    assert same("[2]byte", b"ab", [97, 98]) and same("string", "é", "é".encode())
    ints = Iface(value_type("int"), 1), Iface(value_type("int8"), 1), Iface(value_type("int"), 1)
    assert not same("any", ints[0], ints[1]) and same("any", ints[0], ints[2]) and same("any", None, None)


def test_what_cannot_be_hashed_is_said_in_gos_words() -> None:
    hasher = KeyHasher(value_type("any"), LAYOUT)
    bad = Iface(value_type("[]int"), [1])
    for ask in (lambda: hasher.hash_one(bad, 1), lambda: canonical(hasher.key_type, bad)):
        with pytest.raises(GoxrayError, match=r"^hash of unhashable type \[\]int$"):
            ask()


def test_a_nan_hashes_anew_each_time() -> None:
    hasher = KeyHasher(value_type("struct{ f float64; n int }"), LAYOUT)
    assert len({hasher.hash_one((float("nan"), 1), 7) for _ in range(8)}) == 8
    assert hasher.hash_one((0.0, 1), 7) == hasher.hash_one((-0.0, 1), 7)


def test_a_length_beyond_the_reader_hinders_no_other_type(tmp_path: Path) -> None:
    path = tmp_path / "a.go"
    path.write_text(
        "package p\n"
        'import "unsafe"\n'
        'const pi, prefix, text = 3.14, `ab`, prefix + "cd" + prefix\n'
        "type Padded struct { n int64; _ [64 - unsafe.Sizeof(int64(0))]byte }\n"
        "type Plain struct { a int64; b int8 }\n"
        "type Round [pi]byte\n"
        "type Long [len(text)]byte\n"
        "type Mixed [text + 1]byte\n"
    )
    declared = parse_file(path, LAYOUT)
    assert declared["Plain"].size == 16
    assert declared["Long"].size == 6
    assert parse_type("map[string]*Padded", LAYOUT, declared).size == 8
    with pytest.raises(UsageError, match="a.go:4:39: .*unsafe.Sizeof.* is too much for a constant here"):
        declared["Padded"].size  # noqa: B018
    with pytest.raises(UsageError, match="a.go:3:26: 3.14 is no whole number"):
        declared["Round"].size  # noqa: B018
    with pytest.raises(UsageError, match="a.go:8:13: a whole number is expected here"):
        declared["Mixed"].size  # noqa: B018
