"""Keyed tokens: the same value of the same kind gives the same token under one key, and nothing without that key.

A plain hash of a telephone number is found by trying all numbers, so there is no unkeyed form. Whoever holds the key
can still try them all: what is masked this way is de-identified (去标识化, GB/T 37964), not anonymous. The key is to
be kept apart from the masked log, and destroyed when joining is no longer needed.
"""

from __future__ import annotations

import re
from binascii import hexlify

from cryptography.hazmat.primitives import hashes, hmac

from goxray.core.errors import UsageError
from goxray.vault import sm3

KEY_BYTES = 16
"""The shortest key that is taken, in bytes."""
ID_LETTERS = 8
TOKEN_LETTERS = 24
_TOKEN_BYTES = TOKEN_LETTERS // 2
SHAPE = re.compile(rf"\[[a-z]+/[a-p]{{{ID_LETTERS}}}/[a-p]{{{TOKEN_LETTERS}}}\]")
"""What a token looks like: ``[kind/key id/token]``."""

# Sixteen letters and no digit: no detector takes a token for a number.
_LETTERS = bytes.maketrans(b"0123456789abcdef", b"abcdefghijklmnop")


class Tokens:
    """Makes tokens under one key: 96 bits of HMAC-SM3, with a key of its own for each kind of value.

    The key of a kind is HMAC-SM3(key, "goxray mask 1" || 0 || kind); the key's id is the first 32 bits of that of the
    kind "", which is no kind. A telephone number and an order number of the same digits have different tokens.

    Raises:
        UsageError: the key is shorter than ``KEY_BYTES``.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise UsageError(
                f"the key for masking has {len(key)} bytes, {KEY_BYTES} are the least",
                hint="make one of 32 random bytes and keep it apart from the masked log",
            )
        self._key = bytes(key)
        self._kinds: dict[str, tuple[hmac.HMAC, str]] = {}
        self.key_id = hexlify(self._key_of("")[: ID_LETTERS // 2]).translate(_LETTERS).decode()

    def token(self, kind: str, value: str) -> str:
        """Return the token of a value in its canonical form (two spellings of one value share it)."""
        begun, head = self._kinds.get(kind) or self._begin(kind)
        mac = begun.copy()  # begun with its key: half the time of a new one
        mac.update(value.encode("utf-8", "surrogatepass"))
        return f"{head}{hexlify(mac.finalize()[:_TOKEN_BYTES]).translate(_LETTERS).decode()}]"

    def _begin(self, kind: str) -> tuple[hmac.HMAC, str]:
        begun = self._kinds[kind] = hmac.HMAC(self._key_of(kind), hashes.SM3()), f"[{kind}/{self.key_id}/"
        return begun

    def _key_of(self, kind: str) -> bytes:
        return sm3.mac(self._key, [b"goxray mask 1\0", kind.encode()])
