"""CRY007: CBC without anything that notices changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.core.audit_result import RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import SourceUnit
    from goxray.audit.policy import Policy

_CBC = ("crypto/cipher.NewCBCEncrypter", "github.com/tjfoc/gmsm/sm4.Sm4Cbc")
_PROTECTING = (
    "crypto/hmac.New",
    "crypto/ed25519.Sign",
    "crypto/rsa.SignPSS",
    "crypto/rsa.SignPKCS1v15",
    "crypto/ecdsa.SignASN1",
    "(crypto/cipher.AEAD).Seal",
    "(github.com/emmansun/gmsm/sm2.PrivateKey).SignWithSM2",
    "github.com/emmansun/gmsm/sm2.SignASN1",
    "github.com/emmansun/gmsm/cbcmac.*",
)

_MESSAGE = Words(
    "CBC without authentication: nobody notices a changed ciphertext, and padding errors give the text away.",
    "CBC 未做完整性鉴别:密文被篡改无人察觉,填充错误还会泄露明文。",
)


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    uses = [(call.place, call.callee) for call in unit.calls(*_CBC)]
    uses += [(use.place, use.text) for use in unit.references(*_CBC)]
    uses = [each for each in uses if not unit.is_test(each[0])]
    if not uses or any(not unit.is_test(call.place) for call in unit.calls(*_PROTECTING)):
        return
    for place, name in uses:
        yield Hit(place, _MESSAGE, name, "medium")


RULE = Rule(
    info=RuleInfo(
        id="CRY007",
        title=Words("CBC without authentication", "CBC 未做完整性鉴别"),
        what=Words(
            "CBC encryption in a package that computes no HMAC, no signature and seals nothing with an AEAD.",
            "所在的包既不计算 HMAC、签名,也不使用 AEAD,却采用 CBC 加密。",
        ),
        why=Words(
            "CBC hides the text and protects it against no change; padding oracles then read it.",
            "CBC 只提供机密性,不提供完整性;填充预言攻击可借此还原明文。",
        ),
        fix=Words(
            "Use GCM, or add an HMAC over IV and ciphertext and check it first.",
            "改用 GCM,或对 IV 与密文计算 HMAC 并先行校验。",
        ),
        clause=level3("8.1.4.7"),
        severity="medium",
        evidence=("source",),
        bad="mode := cipher.NewCBCEncrypter(block, iv)",
        good="aead, err := cipher.NewGCM(block)",
    ),
    triggers=(b"NewCBCEncrypter", b"Sm4Cbc"),
    source=_source,
)
