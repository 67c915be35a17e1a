"""CRY009: authentication codes compared in a time that tells how much of them was right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import CRYPTO_APPLICATION
from goxray.audit.rules._shared import words_of
from goxray.core.audit_result import Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import SourceUnit, Value
    from goxray.audit.policy import Policy

_COMPARING = ("bytes.Equal", "bytes.Compare", "reflect.DeepEqual", "strings.EqualFold", "strings.Compare") + (
    "slices.Equal",
    "slices.Compare",
)
_ENCODING = frozenset(("encoding/hex.EncodeToString", "(encoding/base64.Encoding).EncodeToString", "?.EncodeToString"))
_WRAPPING = frozenset(("builtin.string", "strings.ToLower", "strings.ToUpper", "fmt.Sprintf"))
_WORDS = frozenset(("mac", "hmac"))
_NOT_CODES = frozenset(("int", "bool", "error", "hash.Hash", "net.HardwareAddr"))
_DEEPEST = 6


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    makers = {f".{each.name}" for each in unit.functions() if not each.receiver and _makes_code(each.text)}
    for pair in unit.comparisons():
        if _either(unit, pair.left, pair.right, makers):
            yield _hit(pair.place, f"{pair.left.text} {pair.op} {pair.right.text}")
    for call in unit.calls(*_COMPARING):
        if len(call.args) == 2 and _either(unit, call.args[0], call.args[1], makers):
            yield _hit(call.place, f"{call.callee}({call.args[0].text}, {call.args[1].text})")


def _hit(place: Place, text: str) -> Hit:
    return Hit(place, _MESSAGE, text)


def _makes_code(text: str) -> bool:
    """Whether a function makes a code and hands it out; one that compares it itself is looked at by itself."""
    return "hmac.New(" in text and ".Sum(" in text and "Equal(" not in text and "==" not in text


def _either(unit: SourceUnit, left: Value, right: Value, makers: set[str]) -> bool:
    if unit.is_test(left.place) or any(side.kind in ("constant", "nil") for side in (left, right)):
        return False
    if left.type in _NOT_CODES or right.type in _NOT_CODES:
        return False
    return _is_code(left, makers) or _is_code(right, makers)


def _is_code(value: Value, makers: set[str], depth: int = 0) -> bool:
    call = value.call
    if call is not None and depth < _DEEPEST:
        if call.callee in makers:
            return True
        if call.callee == "builtin.len":
            return False
        if call.callee.endswith(").Sum") and call.receiver is not None:
            made = call.receiver.call
            return made is not None and made.callee in ("crypto/hmac.New", "crypto/hmac.NewHMAC")
        if call.callee in _ENCODING or call.callee in _WRAPPING:
            return any(_is_code(each, makers, depth + 1) for each in call.args)
    named = words_of({value.text.partition("[")[0].rpartition(".")[2]})
    return value.kind in ("variable", "parameter", "call") and "(" not in value.text and bool(_WORDS & named)


_MESSAGE = Words(
    "An authentication code is compared byte by byte until the first difference: the time tells how much was right.",
    "消息鉴别码逐字节比较并在首个差异处返回:耗时会泄露已猜中的长度。",
)

RULE = Rule(
    info=RuleInfo(
        id="CRY009",
        title=Words("MAC compared by == or bytes.Equal", "用 == 或 bytes.Equal 比较 MAC"),
        what=Words(
            "Results of an HMAC, and values named mac or hmac in packages that use crypto/hmac, compared with ==, "
            "bytes.Equal, reflect.DeepEqual and the like.",
            "用 ==、bytes.Equal、reflect.DeepEqual 等比较 HMAC 的结果,"
            "或在使用 crypto/hmac 的包中比较名为 mac、hmac 的值。",
        ),
        why=Words(
            "The comparison ends at the first difference; from its time an attacker finds a valid code byte by byte.",
            "比较在首个不同字节处结束,攻击者可借助耗时逐字节猜出合法的鉴别码。",
        ),
        fix=Words("Compare with hmac.Equal.", "改用 hmac.Equal 比较。"),
        clause=CRYPTO_APPLICATION,
        severity="medium",
        evidence=("source",),
        bad="if bytes.Equal(mac.Sum(nil), given) {",
        good="if hmac.Equal(mac.Sum(nil), given) {",
    ),
    triggers=(b"crypto/hmac",),
    source=_source,
)
