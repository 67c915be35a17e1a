"""SM4 (GB/T 32907-2016) that also authenticates. The algorithm is that of ``cryptography``.

Two suites. GCM (GB/T 36624, RFC 8998) is the first choice. Where the library's OpenSSL lacks it (before 3.1, or built
without it), SM4-CTR with HMAC-SM3 stands in: encrypted first, then authenticated, each with a key of its own. A bundle
names its suite, and both suites can be opened wherever the library offers them.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import cast

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from goxray.core.errors import BadKey, NotAuthentic, NotOffered
from goxray.vault import sm3
from goxray.vault.secrets import wipe

KEY_BYTES = 16
NONCE_BYTES = 12
LIMIT_BYTES = (1 << 36) - 32
"""Longest text under one nonce: the counter of GCM has 32 bits (NIST SP 800-38D, 5.2.1.1), that of CTR here as well."""

Octets = bytes | bytearray | memoryview
"""What is taken as bytes; named so that both functions say the same."""


class Suite(StrEnum):
    """How text is encrypted and authenticated; the value is the name that a bundle's header carries."""

    GCM = "SM4-GCM-SM3-SM2"
    CTR_HMAC = "SM4-CTR-HMAC-SM3-SM2"

    @property
    def tag_bytes(self) -> int:
        """Length of the tag behind the ciphertext."""
        return 16 if self is Suite.GCM else sm3.DIGEST_BYTES


@cache
def offered(suite: Suite) -> bool:
    """Say whether the library on this machine has what the suite needs. It is asked by using it once."""
    key, text = bytes(KEY_BYTES), b"asked"
    try:
        nonce = bytes(NONCE_BYTES)
        return _open(suite, key, nonce, b"", _seal(suite, key, nonce, b"", text)) == text
    except UnsupportedAlgorithm:
        return False


def best() -> Suite:
    """Return the suite to seal with here: GCM where it is offered, else SM4-CTR with HMAC-SM3.

    Raises:
        NotOffered: The library has no SM4 at all.
    """
    for suite in Suite:
        if offered(suite):
            return suite
    raise _absent("SM4")


def seal(key: Octets, nonce: bytes, aad: bytes, data: Octets, suite: Suite = Suite.GCM) -> bytes:
    """Encrypt and authenticate.

    Args:
        key: 16 bytes.
        nonce: 12 bytes that this key never saw before.
        aad: Bytes that are authenticated and not encrypted.
        data: The text, at most ``LIMIT_BYTES``.
        suite: How.

    Returns:
        The ciphertext, as long as the text, and the tag of ``suite.tag_bytes`` behind it.

    Raises:
        BadKey: Key, nonce or text has a wrong length.
        NotOffered: The library lacks the suite.
    """
    _check(key, nonce, len(data))
    try:
        return _seal(suite, key, nonce, aad, data)
    except UnsupportedAlgorithm:
        raise _absent(suite.value) from None


def open_(key: Octets, nonce: bytes, aad: bytes, sealed: Octets, suite: Suite = Suite.GCM) -> bytes:
    """Check the tag and decrypt; nothing of the text is returned unless the tag fits.

    Args:
        key: 16 bytes, as for ``seal``.
        nonce: 12 bytes, as for ``seal``.
        aad: As for ``seal``.
        sealed: Ciphertext and tag.
        suite: How it was sealed.

    Returns:
        The text.

    Raises:
        NotAuthentic: The tag does not fit: key, nonce, additional bytes, ciphertext or tag is another.
        BadKey: Key or nonce has a wrong length.
        NotOffered: The library lacks the suite.
    """
    _check(key, nonce, len(sealed) - suite.tag_bytes)
    if len(sealed) < suite.tag_bytes:
        raise _short(len(sealed), suite)
    try:
        return _open(suite, key, nonce, aad, sealed)
    except UnsupportedAlgorithm:
        raise _absent(suite.value) from None


def open_secret(key: Octets, nonce: bytes, aad: bytes, sealed: Octets, suite: Suite = Suite.GCM) -> memoryview:
    """Check the tag and decrypt what is secret itself, as ``open_`` does, into memory that can be wiped.

    Returns:
        The text, writable: hand it to ``secrets.wipe`` when it is done with.

    Raises:
        NotAuthentic: As for ``open_``.
        BadKey: As for ``open_``.
        NotOffered: As for ``open_``.
    """
    view = memoryview(sealed)
    length = len(view) - suite.tag_bytes
    _check(key, nonce, length)
    if length < 0:
        raise _short(len(view), suite)
    made = bytearray(length + KEY_BYTES)
    try:
        decryptor = _authentic(suite, key, nonce, aad, view)
        decryptor.update_into(view[:length], made)
        decryptor.finalize()
    except InvalidTag:
        wipe(made)
        raise _unfit() from None
    except UnsupportedAlgorithm:
        raise _absent(suite.value) from None
    return memoryview(made)[:length]


def _check(key: Octets, nonce: bytes, length: int) -> None:
    if len(key) != KEY_BYTES:
        raise BadKey(f"a key of SM4 has {KEY_BYTES} bytes, not {len(key)}")
    if len(nonce) != NONCE_BYTES:
        raise BadKey(f"a nonce has {NONCE_BYTES} bytes, not {len(nonce)}")
    if length > LIMIT_BYTES:
        raise BadKey(f"{length} bytes are too many under one nonce: at most {LIMIT_BYTES}")


def _absent(name: str) -> NotOffered:
    return NotOffered(
        f"the installed cryptography package offers no {name}",
        hint="install the package's wheel of version 44 or later, which brings its own OpenSSL with SM4",
    )


def _seal(suite: Suite, key: Octets, nonce: bytes, aad: bytes, data: Octets) -> bytes:
    if suite is Suite.GCM:
        encryptor = Cipher(_cipher(key), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(aad)
        return b"".join((encryptor.update(data), encryptor.finalize(), encryptor.tag))
    secret, authentic = _two_keys(key)
    stream = Cipher(_cipher(secret), modes.CTR(nonce + bytes(4))).encryptor()
    text = stream.update(data) + stream.finalize()
    return text + _tag(authentic, nonce, aad, text)


def _open(suite: Suite, key: Octets, nonce: bytes, aad: bytes, sealed: Octets) -> bytes:
    view = memoryview(sealed)
    decryptor = _authentic(suite, key, nonce, aad, view)
    plain = decryptor.update(view[: -suite.tag_bytes])
    try:
        return plain + decryptor.finalize()
    except InvalidTag:
        raise _unfit() from None


def _authentic(suite: Suite, key: Octets, nonce: bytes, aad: bytes, sealed: memoryview) -> CipherContext:
    """Return what decrypts: GCM checks the tag when it is finalized, the other suite's is checked here, before."""
    text, tag = sealed[: -suite.tag_bytes], bytes(sealed[-suite.tag_bytes :])
    if suite is Suite.GCM:
        decryptor = Cipher(_cipher(key), modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(aad)
        return decryptor
    secret, authentic = _two_keys(key)
    if not sm3.same(_tag(authentic, nonce, aad, text), tag):
        raise _unfit()
    return Cipher(_cipher(secret), modes.CTR(nonce + bytes(4))).decryptor()


def _cipher(key: Octets) -> SM4:
    """Return the block cipher. It takes any bytes, though it only declares ``bytes``: a copy could not be wiped."""
    return SM4(cast(bytes, key))


def _two_keys(key: Octets) -> tuple[bytes, bytes]:
    """Return the key that encrypts and the key that authenticates: HMAC-SM3 of two names under the one key."""
    held = bytes(key)
    return sm3.mac(held, [b"goxray SM4-CTR"])[:KEY_BYTES], sm3.mac(held, [b"goxray HMAC-SM3"])


def _tag(key: bytes, nonce: bytes, aad: bytes, text: Octets) -> bytes:
    """Return the HMAC over nonce, additional bytes and ciphertext; their lengths at the end keep them apart."""
    return sm3.mac(key, [nonce, aad, text, len(aad).to_bytes(8, "big"), len(text).to_bytes(8, "big")])


def _short(length: int, suite: Suite) -> NotAuthentic:
    return NotAuthentic(f"{length} bytes are too short for a sealed text: its tag alone has {suite.tag_bytes}")


def _unfit() -> NotAuthentic:
    return NotAuthentic("the tag does not fit: the sealed bytes were changed, or this is not their key")
