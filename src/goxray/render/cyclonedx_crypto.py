"""Cryptography as CycloneDX's cryptographic assets: an algorithm's kind of primitive and its object identifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.render.safe import printable

if TYPE_CHECKING:
    from goxray.core.sbom_result import CryptoPart

_PRIMITIVES = {
    "AES": "block-cipher",
    "Argon2": "kdf",
    "Blowfish": "block-cipher",
    "CAST5": "block-cipher",
    "ChaCha20": "stream-cipher",
    "ChaCha20-Poly1305": "ae",
    "DES": "block-cipher",
    "DSA": "signature",
    "ECDH": "key-agree",
    "ECDSA": "signature",
    "Ed25519": "signature",
    "HMAC": "mac",
    "MD4": "hash",
    "MD5": "hash",
    "ML-DSA": "signature",
    "ML-KEM": "kem",
    "RC4": "stream-cipher",
    "RIPEMD-160": "hash",
    "RSA": "pke",
    "SHA-1": "hash",
    "SHA-256": "hash",
    "SHA-3": "hash",
    "SHA-512": "hash",
    "SM2": "pke",
    "SM3": "hash",
    "SM4": "block-cipher",
    "SM9": "pke",
    "TEA": "block-cipher",
    "Twofish": "block-cipher",
    "XTEA": "block-cipher",
    "ZUC": "stream-cipher",
    "bcrypt": "kdf",
    "scrypt": "kdf",
}
_IDENTIFIERS = {
    "Ed25519": "1.3.101.112",
    "MD5": "1.2.840.113549.2.5",
    "RC4": "1.2.840.113549.3.4",
    "RSA": "1.2.840.113549.1.1.1",
    "SHA-1": "1.3.14.3.2.26",
    "SHA-256": "2.16.840.1.101.3.4.2.1",
    "SHA-512": "2.16.840.1.101.3.4.2.3",
    "SM2": "1.2.156.10197.1.301",
    "SM3": "1.2.156.10197.1.401",
    "SM4": "1.2.156.10197.1.104",
    "SM9": "1.2.156.10197.1.302",
}
"""Object identifiers: RFC 8410, RFC 8017, RFC 3279, FIPS 180, GM/T 0006."""

_PLATFORMS = {
    "386": "x86_32",
    "amd64": "x86_64",
    "arm": "armv7-a",
    "arm64": "armv8-a",
    "ppc64": "ppc64",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
}


def crypto_ref(name: str) -> str:
    """Return what an algorithm or library is called inside the document."""
    return printable(f"crypto:{name}")


def crypto_component(part: CryptoPart, arch: str) -> dict[str, object]:
    """Return the component of an algorithm, or of a library of cryptography that is no Go.

    It says that the code is there; whether it is used it does not say.
    """
    found: dict[str, object] = {"type": "cryptographic-asset", "bom-ref": crypto_ref(part.name), "name": part.name}
    if part.library:
        return {"type": "library", "bom-ref": crypto_ref(part.name), "name": printable(part.name)}
    algorithm = {
        "primitive": _PRIMITIVES.get(part.name, "unknown"),
        "executionEnvironment": "software-plain-ram",
        "implementationPlatform": _PLATFORMS.get(arch, "other") if arch else "generic",
    }
    properties: dict[str, object] = {"assetType": "algorithm", "algorithmProperties": algorithm}
    if part.name in _IDENTIFIERS:
        properties["oid"] = _IDENTIFIERS[part.name]
    found["cryptoProperties"] = properties
    found["properties"] = [{"name": "goxray:package", "value": printable(each)} for each in part.packages]
    return found
