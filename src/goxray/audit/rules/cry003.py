"""CRY003: secrets made with math/rand."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import CRYPTO_APPLICATION
from goxray.audit.rules._shared import words
from goxray.core.audit_result import RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import Assignment, Call, SourceUnit
    from goxray.audit.policy import Policy

_DRAWING = ("Read", "Int", "Intn", "IntN", "N", "Int31", "Int31n", "Int32", "Int32N", "Int63", "Int63n", "Int64")
_MORE = ("Int64N", "Uint32", "Uint32N", "Uint64", "Uint64N", "UintN", "Perm", "Float64")
_CALLS = tuple(
    pattern
    for package in ("math/rand", "math/rand/v2")
    for name in _DRAWING + _MORE
    for pattern in (f"{package}.{name}", f"({package}.Rand).{name}")
)
_SECRET = frozenset(
    ("token", "secret", "password", "passwd", "pwd", "nonce", "salt", "otp", "iv", "credential", "passphrase", "csrf")
)
_PAIRS = frozenset(
    (first, "key") for first in ("api", "session", "private", "secret", "encryption", "signing", "aes", "sm4", "hmac")
) | {("session", "id"), ("verification", "code"), ("verify", "code"), ("sms", "code"), ("auth", "code")}
_HARMLESS = frozenset(("bucket", "limiter", "count", "index", "position", "tokenizer", "len", "size", "delay"))


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    draws = [call for call in unit.calls(*_CALLS) if not unit.is_test(call.place)]
    if not draws:
        return
    given = [each for each in unit.assignments() if _may_be_secret(each.target)]
    for call in draws:
        name = _secret_of(call, given) or _field_of(call, unit)
        if name:
            yield Hit(call.place, _message(name), f"{call.callee} {name}")
    helpers = {f".{call.function}" for call in draws if call.function and not _is_secret(call.function)}
    for each in given:
        made = each.value.call
        if made is not None and made.callee in helpers and _is_secret(each.target) and not unit.is_test(each.place):
            yield Hit(each.place, _message(each.target), f"{made.callee} {each.target}", "medium")


def _secret_of(call: Call, given: list[Assignment]) -> str:
    """Return the secret that a draw makes: what it fills, what it is assigned to, what its function is named for."""
    names = call.args[0].names if call.callee.endswith(".Read") and call.args else frozenset()
    filled = [name for name in names if _is_secret(name) or name.lower() == "key"]
    if filled:
        return min(filled)
    around = [each for each in given if _holds(each, call)]
    for each in around:
        if _is_secret(each.target.partition("[")[0]):
            return each.target
    function = call.function.rpartition(".")[2]
    return function if _is_secret(function) and words(function)[0] not in ("test", "benchmark") else ""


def _field_of(call: Call, unit: SourceUnit) -> str:
    """Return the secret field of a struct literal that a draw stands in: ``session{Token: rand.Int63()}``."""
    for made in unit.literals("*"):
        if made.place.path != call.place.path or not made.place.line <= call.place.line <= made.place.end_line:
            continue
        for name, value in made.fields.items():
            starts = (value.place.line, value.place.column) <= (call.place.line, call.place.column)
            if starts and call.place.line <= value.place.end_line and name.isidentifier() and _is_secret(name):
                return name
    return ""


def _holds(given: Assignment, call: Call) -> bool:
    place, at = given.place, call.place
    starts = (place.line, place.column) <= (at.line, at.column)
    return place.path == at.path and starts and at.line <= place.end_line and call.function == given.function


@lru_cache(maxsize=1 << 12)
def _may_be_secret(target: str) -> bool:
    """Whether what is assigned to, whole or without an index, is named for a secret."""
    return _is_secret(target) or _is_secret(target.partition("[")[0])


def _is_secret(name: str) -> bool:
    found = words(name)
    if _HARMLESS.intersection(found):
        return False
    return bool(_SECRET.intersection(found)) or any(pair in _PAIRS for pair in zip(found, found[1:], strict=False))


def _message(name: str) -> Words:
    return Words(
        f"{name} comes from math/rand, whose numbers can be foretold.",
        f"{name} 由 math/rand 生成,其输出可以被预测。",
    )


RULE = Rule(
    info=RuleInfo(
        id="CRY003",
        title=Words("secret from math/rand", "用 math/rand 生成秘密"),
        what=Words(
            "Numbers of math/rand that become tokens, keys, salts, nonces, passwords or codes, by the names there.",
            "从周围的命名判断,math/rand 的输出被用作令牌、密钥、盐、随机数、口令或验证码。",
        ),
        why=Words(
            "math/rand is made for simulations; from some of its numbers the next ones can be worked out.",
            "math/rand 面向模拟计算;由若干输出可以推算出后续输出。",
        ),
        fix=Words("Use crypto/rand.", "改用 crypto/rand。"),
        clause=CRYPTO_APPLICATION,
        severity="high",
        evidence=("source",),
        bad="token := rand.Int63()",
        good="token := make([]byte, 32)\n_, err := rand.Read(token) // crypto/rand",
    ),
    triggers=(b"math/rand",),
    source=_source,
)
