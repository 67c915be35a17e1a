"""SM4 against the vectors of the standard and of RFC 8998, and against a second implementation."""

from __future__ import annotations

import hmac
import json
from pathlib import Path

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from gmalg import SM3, SM4
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.core.errors import BadKey, NotAuthentic, NotOffered
from goxray.vault import sm4
from goxray.vault.secrets import wipe
from goxray.vault.sm4 import Suite

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "gm-vectors.json").read_text())
KEY, NONCE, AAD = bytes(range(16)), bytes(range(100, 112)), b"order, end and bundle"
SUITES = pytest.mark.parametrize("suite", list(Suite), ids=lambda suite: suite.name)


class _Hash:
    """The second implementation's SM3 in the shape that the standard library's HMAC takes."""

    digest_size, block_size, name = 32, 64, "sm3"

    def __init__(self, data: bytes = b"") -> None:
        self._all = bytes(data)

    def update(self, data: bytes) -> None:
        self._all += data

    def copy(self) -> _Hash:
        return _Hash(self._all)

    def digest(self) -> bytes:
        other = SM3()
        other.update(self._all)
        return bytes(other.value())


def _mac(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, _Hash).digest()


def _times(left: int, right: int) -> int:
    """Multiply in the field of GCM, bit by bit (NIST SP 800-38D, algorithm 1)."""
    total, shifted = 0, left
    for bit in range(127, -1, -1):
        if right >> bit & 1:
            total ^= shifted
        shifted = (shifted >> 1) ^ (0xE1 << 120 if shifted & 1 else 0)
    return total


def _counted(key: bytes, nonce: bytes, first: int, text: bytes) -> bytes:
    block, made = SM4(key), bytearray()
    for at in range(0, len(text), 16):
        stream = block.encrypt(nonce + (first + at // 16).to_bytes(4, "big"))
        made += bytes(one ^ two for one, two in zip(text[at : at + 16], stream, strict=False))
    return bytes(made)


def _gcm(key: bytes, nonce: bytes, aad: bytes, text: bytes) -> bytes:
    """SM4-GCM by its definition over the second implementation's block cipher."""
    cipher = _counted(key, nonce, 2, text)
    subkey = int.from_bytes(SM4(key).encrypt(bytes(16)), "big")
    padded = b"".join(part + bytes(-len(part) % 16) for part in (aad, cipher))
    padded += (8 * len(aad)).to_bytes(8, "big") + (8 * len(cipher)).to_bytes(8, "big")
    total = 0
    for at in range(0, len(padded), 16):
        total = _times(total ^ int.from_bytes(padded[at : at + 16], "big"), subkey)
    return cipher + _counted(key, nonce, 1, total.to_bytes(16, "big"))


def _ctr_hmac(key: bytes, nonce: bytes, aad: bytes, text: bytes) -> bytes:
    """The stand-in suite by its description over the second implementation."""
    cipher = _counted(_mac(key, b"goxray SM4-CTR")[:16], nonce, 0, text)
    lengths = len(aad).to_bytes(8, "big") + len(cipher).to_bytes(8, "big")
    return cipher + _mac(_mac(key, b"goxray HMAC-SM3"), nonce + aad + cipher + lengths)


@pytest.mark.parametrize("vector", VECTORS["sm4_gcm"], ids=lambda vector: vector["src"])
def test_the_vector_of_the_rfc(vector: dict[str, str]) -> None:
    key, nonce, aad, text = (bytes.fromhex(vector[name]) for name in ("key", "iv", "aad", "pt"))
    sealed = sm4.seal(key, nonce, aad, text)
    assert sealed.hex() == vector["ct"] + vector["tag"]
    assert sm4.open_(key, nonce, aad, sealed) == text


@pytest.mark.parametrize("vector", VECTORS["sm4"], ids=lambda vector: vector["src"])
def test_the_block_ciphers_below_are_the_standards(vector: dict[str, str]) -> None:
    """Both the library's and the second implementation's; the million rounds of A.2 for the library alone."""
    key, block, rounds = bytes.fromhex(vector["key"]), bytes.fromhex(vector["pt"]), int(vector.get("iterations", 1))
    if rounds == 1:
        assert SM4(key).encrypt(block).hex() == vector["ct"]
    encryptor = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()
    for _ in range(rounds):
        block = encryptor.update(block)
    assert block.hex() == vector["ct"]


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 100])
def test_both_suites_are_what_their_definitions_say(length: int) -> None:
    text = bytes(range(1, length + 1))
    for suite, twin in ((Suite.GCM, _gcm), (Suite.CTR_HMAC, _ctr_hmac)):
        assert sm4.seal(KEY, NONCE, AAD, text, suite) == twin(KEY, NONCE, AAD, text)
        assert sm4.open_(KEY, NONCE, AAD, twin(KEY, NONCE, AAD, text), suite) == text


@SUITES
@given(text=st.binary(max_size=80), aad=st.binary(max_size=40), data=st.data())
@settings(max_examples=60)
def test_no_byte_can_be_changed(suite: Suite, text: bytes, aad: bytes, data: st.DataObject) -> None:
    sealed = sm4.seal(KEY, NONCE, aad, text, suite)
    assert len(sealed) == len(text) + suite.tag_bytes
    assert sm4.open_(KEY, NONCE, aad, bytearray(sealed), suite) == text
    assert sm4.open_secret(KEY, NONCE, aad, sealed, suite) == text
    at = data.draw(st.integers(0, len(sealed) - 1))
    changed = bytearray(sealed)
    changed[at] ^= data.draw(st.integers(1, 255))
    for broken in (bytes(changed), sealed[:at], sealed + b"\0"):
        for way in (sm4.open_, sm4.open_secret):
            with pytest.raises(NotAuthentic):
                way(KEY, NONCE, aad, broken, suite)


@SUITES
def test_key_nonce_and_additional_bytes_are_bound(suite: Suite) -> None:
    sealed = sm4.seal(KEY, NONCE, AAD, b"text", suite)
    for key, nonce, aad in ((KEY[::-1], NONCE, AAD), (KEY, NONCE[::-1], AAD), (KEY, NONCE, AAD + b"\0")):
        with pytest.raises(NotAuthentic, match="the tag does not fit"):
            sm4.open_(key, nonce, aad, sealed, suite)


def test_additional_bytes_and_text_cannot_change_places() -> None:
    """HMAC over a mere concatenation would take the text's first byte as the last of the additional bytes."""
    sealed = sm4.seal(KEY, NONCE, b"ab", b"text", Suite.CTR_HMAC)
    with pytest.raises(NotAuthentic):
        sm4.open_(KEY, NONCE, b"ab" + sealed[:1], sealed[1:], Suite.CTR_HMAC)


def test_a_secret_can_be_wiped() -> None:
    text = sm4.open_secret(bytearray(KEY), NONCE, AAD, sm4.seal(bytearray(KEY), NONCE, AAD, b"secret"))
    held = text.obj
    assert text == b"secret" and isinstance(held, bytearray)
    wipe(text)
    assert not any(held)


def test_one_suite_does_not_open_the_other() -> None:
    for made, asked in ((Suite.GCM, Suite.CTR_HMAC), (Suite.CTR_HMAC, Suite.GCM)):
        with pytest.raises(NotAuthentic):
            sm4.open_(KEY, NONCE, AAD, sm4.seal(KEY, NONCE, AAD, bytes(64), made), asked)


@SUITES
def test_wrong_lengths_are_refused(suite: Suite) -> None:
    for key, nonce, what in ((KEY[1:], NONCE, "key of SM4 has 16"), (KEY, NONCE + b"\0", "nonce has 12")):
        with pytest.raises(BadKey, match=what):
            sm4.seal(key, nonce, AAD, b"", suite)
        with pytest.raises(BadKey, match=what):
            sm4.open_(key, nonce, AAD, bytes(64), suite)


def test_what_the_library_lacks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library without GCM seals with the other suite; one without SM4 says what to install."""

    def absent(*_: object) -> None:
        raise UnsupportedAlgorithm("not here")

    sm4.offered.cache_clear()
    try:
        assert sm4.best() is Suite.GCM
        with monkeypatch.context() as patch:
            sm4.offered.cache_clear()
            patch.setattr(sm4.modes, "GCM", absent)
            assert sm4.best() is Suite.CTR_HMAC
            with pytest.raises(NotOffered, match="offers no SM4-GCM-SM3-SM2") as told:
                sm4.seal(KEY, NONCE, AAD, b"")
            assert "wheel" in told.value.hint
            patch.setattr(sm4, "SM4", absent)
            sm4.offered.cache_clear()
            with pytest.raises(NotOffered, match="offers no SM4$"):
                sm4.best()
    finally:
        sm4.offered.cache_clear()
