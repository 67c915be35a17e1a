"""CRY002: algorithms other than SM2, SM3, SM4 where the gm profile asks for those."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import CRYPTO_APPLICATION
from goxray.core.audit_result import RuleInfo, Severity
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import SourceUnit, Value
    from goxray.audit.policy import Policy

_SYMMETRIC = {
    "crypto/aes.NewCipher": "AES",
    "golang.org/x/crypto/chacha20poly1305.New": "ChaCha20-Poly1305",
    "golang.org/x/crypto/chacha20poly1305.NewX": "ChaCha20-Poly1305",
    "golang.org/x/crypto/blake2b.New256": "BLAKE2b",
    "golang.org/x/crypto/blake2b.Sum256": "BLAKE2b",
    "golang.org/x/crypto/sha3.New256": "SHA-3",
    "golang.org/x/crypto/sha3.Sum256": "SHA-3",
    "crypto/sha3.New256": "SHA-3",
    "crypto/sha3.Sum256": "SHA-3",
    "crypto/sha256.New": "SHA-256",
    "crypto/sha256.Sum256": "SHA-256",
    "crypto/sha256.New224": "SHA-224",
    "crypto/sha256.Sum224": "SHA-224",
    "crypto/sha512.New": "SHA-512",
    "crypto/sha512.Sum512": "SHA-512",
    "crypto/sha512.New384": "SHA-384",
    "crypto/sha512.Sum384": "SHA-384",
}
_PUBLIC = {
    "crypto/rsa.GenerateKey": "RSA",
    "crypto/rsa.SignPKCS1v15": "RSA",
    "crypto/rsa.SignPSS": "RSA",
    "crypto/rsa.EncryptOAEP": "RSA",
    "crypto/rsa.EncryptPKCS1v15": "RSA",
    "crypto/rsa.DecryptOAEP": "RSA",
    "crypto/rsa.DecryptPKCS1v15": "RSA",
    "crypto/ecdsa.GenerateKey": "ECDSA",
    "crypto/ecdsa.Sign": "ECDSA",
    "crypto/ecdsa.SignASN1": "ECDSA",
    "crypto/ed25519.GenerateKey": "Ed25519",
    "crypto/ed25519.Sign": "Ed25519",
    "crypto/ecdh.X25519": "X25519",
    "crypto/ecdh.P256": "ECDH on P-256",
}
_HASHES = tuple(name for name in _SYMMETRIC if name.startswith(("crypto/sha", "golang.org/x/crypto/sha3")))


def _source(unit: SourceUnit, policy: Policy) -> Iterator[Hit]:
    if policy.profile != "gm":
        return
    for call in unit.calls(*_SYMMETRIC, *_PUBLIC):
        if not unit.is_test(call.place):
            public = call.callee in _PUBLIC
            name = _PUBLIC[call.callee] if public else _SYMMETRIC[call.callee]
            severity: Severity = "medium" if public else "low"
            yield Hit(call.place, _message(name), call.callee, severity=severity)
    for use in unit.references(*_HASHES):
        if not unit.is_test(use.place):
            yield Hit(use.place, _message(_hash_of(use)), use.text, severity="low")


def _hash_of(use: Value) -> str:
    return "SHA-2 or SHA-3" if use.text.partition(".")[0] not in ("sha256", "sha512") else "SHA-2"


def _message(name: str) -> Words:
    return Words(
        f"{name} is used, and the gm profile asks for SM algorithms.",
        f"使用了 {name},而 gm 配置要求采用商用密码算法。",
    )


RULE = Rule(
    info=RuleInfo(
        id="CRY002",
        title=Words("algorithm other than SM2, SM3, SM4", "非商用密码(SM 系列)算法"),
        what=Words(
            "AES, ChaCha20, SHA-2, SHA-3, BLAKE2, RSA, ECDSA, Ed25519 and ECDH under the gm profile.",
            "在 gm 配置下使用 AES、ChaCha20、SHA-2、SHA-3、BLAKE2、RSA、ECDSA、Ed25519 或 ECDH。",
        ),
        why=Words(
            "An assessment of cryptography counts approved algorithms only. (sm2p256v1 is not P-256.)",
            "密评只认可经批准的算法。(sm2p256v1 并不是 P-256。)",
        ),
        fix=Words(
            "Use SM4 (GB/T 32907) for AES, SM3 (GB/T 32905) for SHA-2, SM2 (GB/T 32918) for RSA and ECDSA.",
            "以 SM4(GB/T 32907)代替 AES,以 SM3(GB/T 32905)代替 SHA-2,以 SM2(GB/T 32918)代替 RSA 和 ECDSA。",
        ),
        clause=CRYPTO_APPLICATION,
        severity="medium",
        evidence=("source",),
        bad="block, err := aes.NewCipher(key)",
        good="block, err := sm4.NewCipher(key)",
        profiles=("gm",),
    ),
    triggers=(b"crypto/",),
    source=_source,
)
