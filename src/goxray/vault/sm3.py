"""SM3 (GB/T 32905-2016): digests, HMAC, keys from passphrases. The algorithm is that of ``cryptography``."""

from __future__ import annotations

import hmac as _standard
from collections.abc import Iterable

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

DIGEST_BYTES = 32
BLOCK_BYTES = 64


class Digest:
    """An SM3 digest over bytes that come piece by piece."""

    def __init__(self, data: bytes | bytearray | memoryview = b"") -> None:
        self._hash = hashes.Hash(hashes.SM3())
        self._hash.update(data)

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """Take more bytes in."""
        self._hash.update(data)

    def digest(self) -> bytes:
        """Return the 32 bytes of the digest of all so far; more may follow."""
        return self._hash.copy().finalize()


def digest(*parts: bytes | bytearray | memoryview) -> bytes:
    """Return the digest, 32 bytes, of the parts one after the other."""
    made = Digest()
    for part in parts:
        made.update(part)
    return made.digest()


def mac(key: bytes | bytearray, parts: Iterable[bytes | bytearray | memoryview]) -> bytes:
    """Return the HMAC-SM3 (GB/T 15852.2, RFC 2104 with SM3), 32 bytes, of the parts one after the other."""
    made = hmac.HMAC(key, hashes.SM3())
    for part in parts:
        made.update(part)
    return made.finalize()


def same(left: bytes, right: bytes) -> bool:
    """Compare two digests or MACs in a time that does not tell where they differ."""
    return _standard.compare_digest(left, right)


def key_from(passphrase: bytes | bytearray, salt: bytes, rounds: int, length: int) -> bytes:
    """Derive ``length`` bytes from a passphrase by PBKDF2 (RFC 8018, 5.2; GM/T 0091) with HMAC-SM3."""
    return PBKDF2HMAC(algorithm=hashes.SM3(), length=length, salt=salt, iterations=rounds).derive(passphrase)
