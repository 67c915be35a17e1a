"""More facts of Go source: constants of the library, settled package variables, declared constants, long chains."""

from __future__ import annotations

from goxray.audit.facts import SourceUnit
from goxray.audit.source.files import parsed
from goxray.audit.source.package import Package
from goxray.audit.source.unit import Unit


def unit(*texts: str) -> SourceUnit:
    return Unit(Package("p", [parsed(text.encode(), f"p/f{number}.go") for number, text in enumerate(texts)]))


def test_constants_of_the_library_are_folded_unless_shadowed() -> None:
    seen = unit(
        """package p
import ("crypto/tls"; clock "time"; "crypto/aes")
const oldest = tls.VersionTLS10
func use(...any) {}
func f() { use(oldest, uint16(tls.VersionTLS12), 5 * clock.Second, aes.BlockSize, tls.NoSuchName) }
type fake struct { VersionTLS12 int }
func g(tls fake) { use(tls.VersionTLS12) }
"""
    )
    first, second = seen.calls(".use")
    assert [arg.constant for arg in first.args] == [0x0301, 0x0303, 5 * 10**9, 16, None]
    assert [arg.constant for arg in second.args] == [None]


def test_package_variables_have_a_value_only_where_nobody_can_change_it() -> None:
    seen = unit(
        """package p
var settled = []byte("a")
var written = "b"
var pointed = "c"
var Exported = "d"
func use(...any) {}
func f() { use(settled, written, pointed, Exported) }
""",
        "package p\nfunc g() { written = `x`; use(&pointed) }\n",
    )
    call = next(seen.calls(".use"))
    assert [arg.constant for arg in call.args] == ["a", None, None, None]


def test_constants_are_given_where_they_are_declared() -> None:
    seen = unit('package p\nconst a, b = "x", 1 << 3\nconst (\n\tc = a + "y"\n\td\n)\nfunc f() { const e = 2 }\n')
    found = [(each.target, each.value.constant, each.function) for each in seen.constants()]
    assert found == [("a", "x", ""), ("b", 8, ""), ("c", "xy", ""), ("e", 2, "f")]


def test_a_chain_of_calls_is_followed_to_the_maker_of_its_receiver() -> None:
    seen = unit(
        """package p
import ("crypto/hmac"; "crypto/sha256"; "encoding/base64")
func f(key []byte, given string) bool {
	h := hmac.New(sha256.New, key)
	sum := h.Sum(nil)
	text := base64.StdEncoding.EncodeToString(sum)
	return given == text
}
"""
    )
    (pair,) = seen.comparisons()
    encode = pair.right.call
    assert encode is not None and encode.callee == "(encoding/base64.Encoding).EncodeToString"
    code = encode.args[0].call
    assert code is not None and code.callee == "(hash.Hash).Sum" and code.receiver is not None
    made = code.receiver.call
    assert made is not None and made.callee == "crypto/hmac.New"


def test_assignments_to_a_field_are_given_alone() -> None:
    seen = unit(
        "package p\nvar Timeout int\nfunc f(c, d *T) { Timeout = 1; c.Timeout = 2; d.inner.Timeout = 3; c.Other = 4 }\n"
    )
    assert [each.target for each in seen.assignments(field="Timeout")] == ["c.Timeout", "d.inner.Timeout"]


def test_places_know_their_column_in_bytes_and_as_editors_count() -> None:
    """Before the call: three bytes and one unit for each of two characters, four bytes and two units for the last."""
    seen = unit('package p\nimport "os"\nfunc f() {\n\tos.Exit(1)\n/* 中文😀 */ os.Exit(2)\n}\n')
    places = [(call.place.line, call.place.column, call.place.utf16) for call in seen.calls("*")]
    assert places == [(4, 2, 0), (5, 18, 12)]
