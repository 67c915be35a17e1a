"""CRY004: ECB, constant IVs, nonces that are used again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.audit.rules._shared import words
from goxray.core.audit_result import Confidence, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import Assignment, Call, SourceUnit, Value
    from goxray.audit.policy import Policy

_MODES = ("NewCBCEncrypter", "NewCBCDecrypter", "NewCFBEncrypter", "NewCFBDecrypter", "NewCTR", "NewOFB")
_WITH_IV = tuple(f"crypto/cipher.{name}" for name in _MODES)
_SEAL = "(crypto/cipher.AEAD).Seal"
_ECB = (
    "github.com/emmansun/gmsm/cipher.NewECBEncrypter",
    "github.com/emmansun/gmsm/cipher.NewECBDecrypter",
    "github.com/tjfoc/gmsm/sm4.Sm4Ecb",
)
_BLOCK = ("(crypto/cipher.Block).Encrypt", "(crypto/cipher.Block).Decrypt")
_OTHER_MODES = frozenset(("cbc", "ctr", "cfb", "ofb", "gcm", "ccm", "xts", "cmac", "mac", "wrap", "ige", "ocb", "siv"))
_MIXES = re.compile(r"\^|XORBytes|\bxor", re.IGNORECASE)
_LOOKING = frozenset(("builtin.len", "builtin.cap", "builtin.append", "builtin.string", *_WITH_IV))


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    for call in unit.calls(*_ECB):
        if not unit.is_test(call.place):
            yield Hit(call.place, _ECB_SAYS, call.callee)
    yield from _by_hand(unit)
    given: list[Assignment] | None = None
    every: list[Call] | None = None
    for call in unit.calls(*_WITH_IV, _SEAL):
        if unit.is_test(call.place) or len(call.args) < 2:
            continue
        vector = call.args[1]
        if _is_constant(vector):
            yield Hit(call.place, _CONSTANT, f"{call.callee} {vector.text}")
        elif _is_fresh(vector):
            given = list(unit.assignments()) if given is None else given
            every = list(unit.calls("*")) if every is None else every
            yield from _of_variable(call, vector, every, given)


def _by_hand(unit: SourceUnit) -> Iterator[Hit]:
    """Blocks that go through the cipher one by one, unless the function builds another mode of them."""
    texts = {f"({each.receiver}).{each.name}" if each.receiver else each.name: each.text for each in unit.functions()}
    for call in unit.calls(*_BLOCK):
        chained = _OTHER_MODES.intersection(words(call.function)) or _MIXES.search(texts.get(call.function, ""))
        if call.loop and not chained and not unit.is_test(call.place):
            yield Hit(call.place, _ECB_SAYS, f"{call.callee} in {call.function}", "medium")


def _is_constant(vector: Value) -> bool:
    if vector.kind == "constant":
        return isinstance(vector.constant, str)
    made = vector.literal
    return made is not None and made.type.endswith("]byte") and all(each.kind == "constant" for each in made.elements)


def _is_fresh(vector: Value) -> bool:
    return vector.call is not None and vector.call.callee == "builtin.make"


def _of_variable(call: Call, vector: Value, every: list[Call], given: list[Assignment]) -> Iterator[Hit]:
    """A slice made here: nobody fills it (then it is zero), or it is filled once and used in a loop."""
    name = vector.text.partition("[")[0]
    fills = [
        each.loop
        for each in every
        if each.function == call.function and each.callee not in _LOOKING and each.place != call.place
        if any(name in arg.names and arg.text.partition("[")[0] == name for arg in each.args)
        if not each.callee.endswith((".Seal", ".Open"))
    ]
    own = [each for each in given if each.function == call.function]
    fills += [each.loop for each in own if each.index is not None and each.target.partition("[")[0] == name]
    made_in_loop = any(each.loop and each.target == name and each.kind == "define" for each in own)
    if not fills:
        yield Hit(call.place, _CONSTANT, f"{call.callee} {name}", _sure(made_in_loop))
    elif call.loop and not any(fills) and not made_in_loop:
        yield Hit(call.place, _AGAIN, f"{call.callee} {name}")


def _sure(in_loop: bool) -> Confidence:
    return "medium" if in_loop else "high"


_ECB_SAYS = Words(
    "Blocks are encrypted one by one (ECB): equal blocks of text give equal blocks of ciphertext.",
    "逐块加密(ECB):相同的明文块得到相同的密文块。",
)
_CONSTANT = Words(
    "The IV or nonce is constant: equal texts give equal ciphertexts, and with CTR or GCM the texts can be worked out.",
    "IV 或 nonce 是固定值:相同明文得到相同密文,在 CTR、GCM 下明文还可被还原。",
)
_AGAIN = Words(
    "One nonce is used for every turn of the loop: with CTR or GCM the texts can be worked out.",
    "循环中反复使用同一个 nonce:在 CTR、GCM 下明文可被还原。",
)

RULE = Rule(
    info=RuleInfo(
        id="CRY004",
        title=Words("ECB, constant IV or nonce used again", "ECB、固定 IV 或 nonce 重用"),
        what=Words(
            "Block ciphers applied block by block, IVs and nonces that are constants or never filled, and nonces made "
            "outside the loop that seals with them.",
            "逐块使用分组密码,IV、nonce 为常量或从未填充,以及在循环外生成、在循环内加密使用的 nonce。",
        ),
        why=Words(
            "Such ciphertexts show which texts are equal. SM4-GCM keeps GHASH (RFC 8998): a nonce used twice gives "
            "away its authentication key too.",
            "这样的密文会暴露明文是否相同。SM4-GCM 仍使用 GHASH(RFC 8998),nonce 用两次还会泄露其鉴别密钥。",
        ),
        fix=Words(
            "Use GCM with a random nonce for every message, kept next to the ciphertext.",
            "使用 GCM,每条消息用一个随机 nonce,并与密文一同保存。",
        ),
        clause=level3("8.1.4.8"),
        severity="high",
        evidence=("source",),
        bad='stream := cipher.NewCTR(block, []byte("0123456789abcdef"))',
        good="nonce := make([]byte, aead.NonceSize())\n_, err := rand.Read(nonce)\n"
        "sealed := aead.Seal(nonce, nonce, text, nil)",
    ),
    triggers=(b"crypto/cipher", b"gmsm/"),
    source=_source,
)
