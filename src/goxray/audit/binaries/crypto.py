"""Cryptography whose code is linked into a program, which does not say that it is used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from goxray.audit.binaries.image import Image
from goxray.audit.binaries.versions import numbers

_BY_PACKAGE = {
    "crypto/aes": "AES",
    "crypto/des": "DES",
    "crypto/dsa": "DSA",
    "crypto/ecdh": "ECDH",
    "crypto/ecdsa": "ECDSA",
    "crypto/ed25519": "Ed25519",
    "crypto/hmac": "HMAC",
    "crypto/md5": "MD5",
    "crypto/mlkem": "ML-KEM",
    "crypto/rc4": "RC4",
    "crypto/rsa": "RSA",
    "crypto/sha1": "SHA-1",
    "crypto/sha256": "SHA-256",
    "crypto/sha3": "SHA-3",
    "crypto/sha512": "SHA-512",
    "golang.org/x/crypto/argon2": "Argon2",
    "golang.org/x/crypto/bcrypt": "bcrypt",
    "golang.org/x/crypto/blowfish": "Blowfish",
    "golang.org/x/crypto/cast5": "CAST5",
    "golang.org/x/crypto/chacha20": "ChaCha20",
    "golang.org/x/crypto/chacha20poly1305": "ChaCha20-Poly1305",
    "golang.org/x/crypto/md4": "MD4",
    "golang.org/x/crypto/ripemd160": "RIPEMD-160",
    "golang.org/x/crypto/scrypt": "scrypt",
    "golang.org/x/crypto/sha3": "SHA-3",
    "golang.org/x/crypto/tea": "TEA",
    "golang.org/x/crypto/twofish": "Twofish",
    "golang.org/x/crypto/xtea": "XTEA",
}
_INNER = {"aes": "AES", "des": "DES", "ecdsa": "ECDSA", "ecdh": "ECDH", "ed25519": "Ed25519", "hmac": "HMAC"}
_INNER |= {"mlkem": "ML-KEM", "mldsa": "ML-DSA", "rsa": "RSA", "sha256": "SHA-256", "sha3": "SHA-3"}
_INNER |= {"sha512": "SHA-512"}
_NATIONAL = {"sm2": "SM2", "sm3": "SM3", "sm4": "SM4", "sm9": "SM9", "zuc": "ZUC"}

_BORING = "_Cfunc__goboringcrypto_"
_VERSION = re.compile(rb"OpenSSL (\d+\.\d+\.\d+[a-z]*)(?:-[\w.+-]+)? +\d+ [A-Z][a-z]{2} \d{4}")
_TONGSUO = re.compile(rb"(?:Tongsuo|BabaSSL) (\d+\.\d+\.\d+[\w.-]*)")
_ALONE = re.compile(rb"(?<=\0)([3-9]\.\d{1,2}\.\d{1,3})(?=\0)")
_PROVIDER = b"OpenSSL Default Provider\0"
_ASSEMBLY = b"CRYPTOGAMS by <appro@openssl.org>"
_LIBRARIES = re.compile(r"^lib(?:crypto|ssl)(?:[-.]|$)")
_CHUNK, _OVERLAP = 1 << 20, 128


def package_of(function: str) -> str:
    """Return the import path of a function's package; ``%2e`` in the table stands for a dot of the last element."""
    head, slash, tail = function.partition("[")[0].rpartition("/")
    return _plain(head + slash + tail.partition(".")[0])


@cache
def _plain(package: str) -> str:
    return re.sub(r"%([0-9a-fA-F]{2})", lambda match: chr(int(match[1], 16)), package)


def packages(names: Iterable[str]) -> frozenset[str]:
    """Return the packages of functions. Names that the compiler made up (``type:.eq.T``) have none."""
    found = {package_of(name) for name in names}
    return frozenset(each for each in found if each and ":" not in each)


def linked_crypto(image: Image, names: frozenset[str], *, foreign: bool) -> tuple[str, ...]:
    """Return algorithms and libraries of cryptography by name, sorted.

    OpenSSL is ``OpenSSL 3.2.1 (static)`` where its own texts are in the file, ``OpenSSL (libcrypto.so.3)``
    where the library is asked for, with the newest symbol version where the file tells it:
    ``OpenSSL >= 3.2.0 (libcrypto.so.3)``. ``foreign`` is false for programs that hold Go code alone.
    """
    found = set(_of_packages(packages(names)))
    found |= set(_libraries(image))
    if any(_BORING in name for name in names):
        found.add("BoringCrypto")  # whose assembly is OpenSSL's
    elif foreign:
        found |= set(_static(image))
    return tuple(sorted(found))


def algorithms(linked: Iterable[str]) -> frozenset[str]:
    """Return the algorithms that packages implement, by name."""
    return frozenset(_of_packages(linked))


def _of_packages(linked: Iterable[str]) -> Iterator[str]:
    for package in linked:
        plain = package.removeprefix("vendor/")
        if "/vendor/" in plain:
            plain = plain.rpartition("/vendor/")[2]
        if plain in _BY_PACKAGE:
            yield _BY_PACKAGE[plain]
        elif plain.startswith("crypto/internal/fips140/"):
            inner = plain.split("/")[3]
            if inner in _INNER:
                yield _INNER[inner]
        else:
            last = plain.rpartition("/")[2]
            if last in _NATIONAL and "/" in plain:
                yield _NATIONAL[last]


def _libraries(image: Image) -> Iterator[str]:
    versions = [each.rpartition("OPENSSL_")[2] for each in image.linkage.needs if ":OPENSSL_" in each]
    newest = max(versions, key=numbers, default="")
    for library in image.linkage.libraries:
        name = library.rpartition("/")[2]
        if _LIBRARIES.match(name):
            yield f"OpenSSL >= {newest} ({name})" if newest and name.startswith("libcrypto") else f"OpenSSL ({name})"


def _static(image: Image) -> Iterator[str]:
    """Give the libraries of C whose own texts lie in the file's data.

    A program that asks OpenSSL for its version holds it beside the name. Others of 3.x hold the name of the default
    provider, and the version alone as a text of C: told where there is one such text.
    """
    told, alone, provider, assembly = set[str](), set[str](), False, False
    for data in _chunks(image):
        provider = provider or _PROVIDER in data
        assembly = assembly or _ASSEMBLY in data
        told |= {f"OpenSSL {match[1].decode()} (static)" for match in _VERSION.finditer(data)}
        told |= {f"Tongsuo {match[1].decode()} (static)" for match in _TONGSUO.finditer(data)}
        alone |= {match[1].decode() for match in _ALONE.finditer(data)}
    if told:
        yield from told
    elif provider:
        yield f"OpenSSL {alone.pop()} (static)" if len(alone) == 1 else "OpenSSL (static)"
    elif assembly:
        yield "OpenSSL or a fork of it (static)"


def _chunks(image: Image) -> Iterator[bytes]:
    for begin, end in image.spans():
        for at in range(begin, end, _CHUNK):
            yield image.content.at(at, min(_CHUNK + _OVERLAP, end - at))
