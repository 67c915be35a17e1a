"""CRY008: keys, salts and passwords that stand in the source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.audit.rules._shared import words
from goxray.core.audit_result import Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import SourceUnit, Value
    from goxray.audit.policy import Policy

_SECRET_AT: dict[str, tuple[int, ...]] = {
    "crypto/aes.NewCipher": (0,),
    "crypto/des.NewCipher": (0,),
    "crypto/des.NewTripleDESCipher": (0,),
    "crypto/rc4.NewCipher": (0,),
    "crypto/hmac.New": (1,),
    "crypto/pbkdf2.Key": (1, 2),
    "golang.org/x/crypto/pbkdf2.Key": (0, 1),
    "golang.org/x/crypto/scrypt.Key": (0, 1),
    "golang.org/x/crypto/argon2.Key": (0, 1),
    "golang.org/x/crypto/argon2.IDKey": (0, 1),
    "golang.org/x/crypto/chacha20poly1305.New": (0,),
    "golang.org/x/crypto/chacha20poly1305.NewX": (0,),
    "github.com/emmansun/gmsm/sm4.NewCipher": (0,),
    "github.com/tjfoc/gmsm/sm4.NewCipher": (0,),
    "github.com/tjfoc/gmsm/sm4.Sm4Cbc": (0,),
    "github.com/tjfoc/gmsm/sm4.Sm4Ecb": (0,),
    "(net/http.Request).SetBasicAuth": (1,),
    "net/url.UserPassword": (1,),
}
"""Which arguments of a function are secret."""

_ONE = frozenset(("password", "passwd", "pwd", "secret", "passphrase"))
_TWO = frozenset(
    (("api", "key"), ("private", "key"), ("secret", "key"), ("access", "key"), ("signing", "key"), ("access", "token"))
    + (("auth", "token"), ("encryption", "key"), ("aes", "key"), ("sm4", "key"), ("hmac", "key"))
)
_ABOUT = frozenset(
    ("field", "name", "header", "env", "path", "file", "url", "uri", "prompt", "label", "param", "flag", "hint", "dir")
    + ("regex", "pattern", "cookie", "message", "msg", "err", "error", "type", "prefix", "suffix", "algorithm", "id")
    + ("column", "query", "format", "policy", "usage", "help", "title", "key_name", "scope", "hash", "var", "kind")
)
_PLACEHOLDER = re.compile(r"[<>{}%\s]|\$\w|\*{3}|x{4}|^your|^/|://|^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$", re.IGNORECASE)
_ENVIRONMENT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
_PEM = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{40}")
_CLASSES = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"[0-9]"), re.compile(r"[^A-Za-z0-9_./:-]"))
_WHOLE = re.compile(r"(\w+)\[:\]")
_SHORTEST = 6


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    told: set[tuple[str, int]] = set()
    for hit in chain(_given(unit), _named(unit), _keys(unit)):
        at = (hit.place.path, hit.place.line)
        if at not in told and not unit.is_test(hit.place):
            told.add(at)
            yield hit


def _given(unit: SourceUnit) -> Iterator[Hit]:
    """Secrets that go to a function of cryptography as constants."""
    for call in unit.calls(*_SECRET_AT):
        for at in _SECRET_AT[call.callee]:
            if at < len(call.args) and (_is_constant(call.args[at]) or _is_whole(unit, call.args[at])):
                yield _hit(call.place, call.callee)
                break


def _is_constant(value: Value) -> bool:
    if value.kind == "constant":
        return isinstance(value.constant, str) and bool(value.constant)
    made = value.literal
    if made is None or not made.type.endswith("]byte") or not made.elements:
        return False
    return all(each.kind == "constant" for each in made.elements)


def _is_whole(unit: SourceUnit, value: Value) -> bool:
    """Whether a value is the whole of an array that is given its bytes once, where it is declared: ``raw[:]``."""
    whole = _WHOLE.fullmatch(value.text)
    given = list(unit.assignments(names=frozenset({whole[1]}))) if whole else []
    return len(given) == 1 and given[0].kind == "define" and _is_constant(given[0].value)


def _named(unit: SourceUnit) -> Iterator[Hit]:
    """Texts that are given to something that is named for a secret."""
    for each in chain(unit.assignments(), unit.constants()):
        if _names_secret(each.target.rpartition(".")[2]) and _looks_secret(each.value):
            yield _hit(each.value.place if each.kind != "define" else each.place, each.target)
    for made in unit.literals("*"):
        for name, value in made.fields.items():
            if _names_secret(name) and _looks_secret(value) and not _renames(name, value):
                yield _hit(value.place, name.strip('"'))


def _keys(unit: SourceUnit) -> Iterator[Hit]:
    for text in unit.strings("PRIVATE KEY"):
        if isinstance(text.constant, str) and _PEM.search(text.constant):
            yield _hit(text.place, "PRIVATE KEY")


def _names_secret(name: str) -> bool:
    found = words(name)
    if not found or _ABOUT.intersection(found):
        return False
    return found[-1] in _ONE or found[-2:] in _TWO


def _looks_secret(value: Value) -> bool:
    """Whether a text is mixed as secrets are; names, placeholders and texts for people are not."""
    text = value.constant
    if not isinstance(text, str) or len(text) < _SHORTEST or value.call is not None:
        return False
    if _ENVIRONMENT.fullmatch(text) or _PLACEHOLDER.search(text):
        return False
    return sum(bool(each.search(text)) for each in _CLASSES) >= 2


def _renames(name: str, value: Value) -> bool:
    """Whether a table gives a name another name: ``"encryptionKey": "encryptionKey1024"``."""
    text = value.constant
    return isinstance(text, str) and text.isidentifier() and text.lower().startswith(name.strip('"`').lower())


def _hit(place: Place, name: str) -> Hit:
    return Hit(
        place,
        Words(
            f"A secret stands in the source ({name}): whoever reads the code or the binary has it.",
            f"源代码中写有秘密({name}):能读到代码或二进制的人都能得到它。",
        ),
        name,
    )


RULE = Rule(
    info=RuleInfo(
        id="CRY008",
        title=Words("key, salt or password in the source", "源代码中的密钥、盐或口令"),
        what=Words(
            "Constants given as keys, salts or passwords to functions of cryptography, mixed texts given to names such "
            "as password or apiKey, and private keys in PEM.",
            "作为密钥、盐或口令传给密码函数的常量,赋给 password、apiKey 等名称的混合文本,以及 PEM 私钥。",
        ),
        why=Words(
            "The secret is in every clone and every binary, and cannot be changed without a release.",
            "该秘密存在于每一份代码副本和二进制中,不发布新版本就无法更换。",
        ),
        fix=Words(
            "Take it from a KMS or from the environment when the program starts.",
            "在程序启动时从密钥管理系统(KMS)或环境变量读取。",
        ),
        clause=level3("8.1.4.8"),
        severity="high",
        evidence=("source",),
        bad='block, err := aes.NewCipher([]byte("0123456789abcdef"))',
        good='key, err := kms.Key(ctx, "orders")\nblock, err := aes.NewCipher(key)',
    ),
    triggers=(b"assw", b"ecret", b"NewCipher", b"hmac.New", b"SetBasicAuth", b"pbkdf2", b"scrypt", b"argon2")
    + (b"piKey", b"PIKey", b"assphrase", b"pwd", b"Pwd", b"PRIVATE KEY", b"chacha20poly1305", b"Sm4", b"AuthToken")
    + (b"authToken", b"ccessToken", b"ccessKey", b"ncryptionKey", b"igningKey", b"rivateKey"),
    source=_source,
)
