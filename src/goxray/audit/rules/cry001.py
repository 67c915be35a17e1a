"""CRY001: MD5, SHA-1, DES and RC4."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import CRYPTO_APPLICATION
from goxray.core.audit_result import Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import BinaryUnit, SourceUnit, Value
    from goxray.audit.policy import Policy

_PACKAGES = {"crypto/md5": "MD5", "crypto/sha1": "SHA-1", "crypto/des": "DES", "crypto/rc4": "RC4"}
_NAMES = {
    "crypto.MD5": "MD5",
    "crypto.SHA1": "SHA-1",
    "crypto.MD5SHA1": "MD5 and SHA-1",
    "crypto/md5.New": "MD5",
    "crypto/md5.Sum": "MD5",
    "crypto/sha1.New": "SHA-1",
    "crypto/sha1.Sum": "SHA-1",
    "crypto/des.NewCipher": "DES",
    "crypto/des.NewTripleDESCipher": "DES",
    "crypto/rc4.NewCipher": "RC4",
    "crypto/x509.MD5WithRSA": "MD5",
    "crypto/x509.SHA1WithRSA": "SHA-1",
    "crypto/x509.DSAWithSHA1": "SHA-1",
    "crypto/x509.ECDSAWithSHA1": "SHA-1",
    "crypto/tls.PKCS1WithSHA1": "SHA-1",
    "crypto/tls.ECDSAWithSHA1": "SHA-1",
    "crypto/tls.TLS_RSA_WITH_RC4_128_SHA": "RC4",
    "crypto/tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA": "DES",
    "crypto/tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA": "RC4",
    "crypto/tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA": "RC4",
    "crypto/tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA": "DES",
}

_WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455 section 1.3: the handshake's answer is a SHA-1 over this text, and protects nothing."""


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    told = set()
    for hit in _uses(unit):
        at = (hit.place.path, hit.place.line, hit.text)
        if at not in told:
            told.add(at)
            yield hit


def _uses(unit: SourceUnit) -> Iterator[Hit]:
    for call in unit.calls(*(f"{package}.*" for package in _PACKAGES)):
        algorithm = _PACKAGES[call.callee.rpartition(".")[0]]
        excused = algorithm == "SHA-1" and _shakes_hands(unit, call.place)
        if not unit.is_test(call.place) and not excused:
            yield Hit(call.place, _used(algorithm), call.callee)
    for use in unit.references(*_NAMES):
        algorithm = next(_NAMES[name] for name in _NAMES if name.endswith(f".{use.text.rpartition('.')[2]}"))
        if use.text.rpartition(".")[2] in ("New", "Sum", "NewCipher"):
            algorithm = _of_package(unit, use.text, use.place)
        excused = algorithm == "SHA-1" and _shakes_hands(unit, use.place)
        if not unit.is_test(use.place) and not excused and not _told_apart(unit, use):
            yield Hit(use.place, _used(algorithm), use.text)


def _told_apart(unit: SourceUnit, use: Value) -> bool:
    """Whether an algorithm is only compared with: ``h == crypto.SHA1``, ``case crypto.SHA1:``. That uses nothing."""
    place = use.place
    around = next((each for each in unit.functions() if _within(place, each.place)), None)
    if around is None:
        return False
    line = around.text.split("\n")[place.line - around.place.line].encode()
    before, behind = line[: place.column - 1].rstrip(), line[place.column - 1 + len(use.text.encode()) :].lstrip()
    labels = line.lstrip().startswith(b"case ") and b":" not in before
    return labels or before.endswith((b"==", b"!=")) or behind.startswith((b"==", b"!="))


def _within(place: Place, whole: Place) -> bool:
    return place.path == whole.path and whole.line <= place.line <= whole.end_line


def _shakes_hands(unit: SourceUnit, place: Place) -> bool:
    """Whether the file holds the text of WebSocket's handshake."""
    return any(each.constant == _WEBSOCKET and each.place.path == place.path for each in unit.strings(_WEBSOCKET))


def _of_package(unit: SourceUnit, text: str, place: Place) -> str:
    """Tell which package ``md5.New`` (as written, perhaps by an alias) belongs to."""
    local = text.partition(".")[0]
    for each in unit.imports():
        if each.place.path == place.path and each.path in _PACKAGES and local in (each.name, each.path.split("/")[1]):
            return _PACKAGES[each.path]
    return "MD5, SHA-1, DES or RC4"


def _binary(unit: BinaryUnit, _policy: Policy) -> Iterator[Hit]:
    """crypto/tls links all four whatever versions it is told to speak: linked does not mean used."""
    linked = {name.rpartition("/")[0] + "/" + name.rpartition("/")[2].partition(".")[0] for name in unit.functions}
    for package in sorted(linked & set(_PACKAGES)):
        yield Hit(Place(unit.path, symbol=package), _linked(_PACKAGES[package]), package, "low", "info")


def _used(algorithm: str) -> Words:
    return Words(
        f"{algorithm} is used: it is broken and no approved algorithm.",
        f"使用了 {algorithm}:该算法已被攻破,不属于国家密码管理部门认可的算法。",
    )


def _linked(algorithm: str) -> Words:
    return Words(
        f"{algorithm} is linked into the binary, which does not say that it is used (crypto/tls links it by itself).",
        f"二进制中链接了 {algorithm},但并不说明它被使用(crypto/tls 自身就会链接它)。",
    )


RULE = Rule(
    info=RuleInfo(
        id="CRY001",
        title=Words("MD5, SHA-1, DES or RC4", "MD5、SHA-1、DES 或 RC4"),
        what=Words(
            "Calls into crypto/md5, crypto/sha1, crypto/des and crypto/rc4, their functions given away as values, and "
            "signature algorithms and cipher suites that rest on them. In binaries: these packages linked.",
            "对 crypto/md5、crypto/sha1、crypto/des、crypto/rc4 的调用,把其函数当作值传递,"
            "以及依赖它们的签名算法和密码套件。二进制中:链接了这些包。",
        ),
        why=Words(
            "Collisions of MD5 and SHA-1 and keys of DES and RC4 streams are found in practice.",
            "MD5、SHA-1 的碰撞以及 DES、RC4 的破解在实践中均已可行。",
        ),
        fix=Words(
            "Use SM3 (GB/T 32905) for hashes and SM4 (GB/T 32907) for ciphers.",
            "杂凑改用 SM3(GB/T 32905),加密改用 SM4(GB/T 32907)。",
        ),
        clause=CRYPTO_APPLICATION,
        severity="high",
        evidence=("source", "binary"),
        bad="sum := md5.Sum(data)",
        good="sum := sm3.Sum(data)",
    ),
    triggers=(b"crypto",),
    source=_source,
    binary=_binary,
)
