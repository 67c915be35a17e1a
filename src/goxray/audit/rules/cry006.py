"""CRY006: SM2 signatures without the signer's ID, or with one that is not the agreed one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import SM2_USE
from goxray.core.audit_result import RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import Call, SourceUnit, Value
    from goxray.audit.policy import Policy

_NEW = "github.com/emmansun/gmsm/sm2"
_OLD = "github.com/tjfoc/gmsm/sm2"

_ID_AT = {
    f"({_NEW}.PrivateKey).SignWithSM2": 1,
    f"{_NEW}.VerifyASN1WithSM2": 1,
    f"{_NEW}.VerifyWithSM2": 1,
    f"{_NEW}.SignWithSM2": 3,
    f"{_NEW}.NewSM2SignerOption": 1,
    f"{_NEW}.CalculateSM2Hash": 2,
    f"{_OLD}.Sm2Sign": 2,
    f"{_OLD}.Sm2Verify": 2,
    f"({_OLD}.PublicKey).Sm3Digest": 1,
}
"""Where each function takes the ID (documentation of both packages)."""

_OPTIONS_AT = {f"{_NEW}.SignASN1": 3, f"({_NEW}.PrivateKey).Sign": 2}
"""Signing without options takes the bytes given for a digest that is already made, with no ID in it."""


def _source(unit: SourceUnit, policy: Policy) -> Iterator[Hit]:
    for call in unit.calls(*_ID_AT):
        at = _ID_AT[call.callee]
        if at < len(call.args) and not unit.is_test(call.place):
            yield from _of_id(call, call.args[at], policy.signer_id)
    for call in unit.calls(*_OPTIONS_AT):
        at = _OPTIONS_AT[call.callee]
        if at < len(call.args) and call.args[at].kind == "nil" and not unit.is_test(call.place):
            yield Hit(call.place, _WITHOUT, f"{call.callee} nil")


def _of_id(call: Call, given: Value, agreed: str) -> Iterator[Hit]:
    empty = given.literal is not None and not given.literal.elements and not given.literal.fields
    if given.kind == "nil" or given.constant == "" or empty:
        yield Hit(call.place, _WITHOUT, f"{call.callee} {given.text}")
    elif isinstance(given.constant, str) and agreed and given.constant != agreed:
        yield Hit(call.place, _other(given.constant, agreed), f"{call.callee} {given.constant}")


_WITHOUT = Words(
    "No signer ID is given to SM2: a package's default or a bare digest is signed, and the other side may refuse it.",
    "SM2 未给出签名者 ID:实际采用库的默认值或直接对摘要签名,对方可能无法验签。",
)


def _other(found: str, agreed: str) -> Words:
    return Words(
        f"The SM2 signer ID {found!r} is not the agreed one ({agreed!r}): signatures will not verify elsewhere.",
        f"SM2 签名者 ID {found!r} 与约定的 {agreed!r} 不一致:签名在别处将无法通过验证。",
    )


RULE = Rule(
    info=RuleInfo(
        id="CRY006",
        title=Words("SM2 signer ID missing or another one", "SM2 签名者 ID 缺失或不一致"),
        what=Words(
            "SM2 signing and verifying with a nil or empty ID, with one that is not the policy's, or without options.",
            "SM2 签名、验签时 ID 为 nil 或空、与策略不一致,或未给出选项。",
        ),
        why=Words(
            "The ID goes into the value Z that is hashed before the message; both sides must use the same one.",
            "ID 参与计算在消息之前杂凑的 Z 值,双方必须一致。",
        ),
        fix=Words(
            "Give the ID explicitly; the usual one is 1234567812345678.",
            "显式给出 ID;通常为 1234567812345678。",
        ),
        clause=SM2_USE,
        severity="medium",
        evidence=("source",),
        bad="sig, err := key.SignWithSM2(rand.Reader, nil, message)",
        good='sig, err := key.SignWithSM2(rand.Reader, []byte("1234567812345678"), message)',
    ),
    triggers=(b"gmsm/sm2",),
    source=_source,
)
