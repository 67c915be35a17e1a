"""SM3 against the vectors of the standard and a second implementation."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

import pytest
from gmalg import SM3

from goxray.vault import sm3

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "gm-vectors.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["sm3"], ids=lambda vector: vector["src"])
def test_the_standards_digests(vector: dict[str, str]) -> None:
    text = bytes.fromhex(vector["msg_hex"])
    assert sm3.digest(text).hex() == vector["digest"]
    pieces = sm3.Digest()
    for at in range(len(text)):
        pieces.update(text[at : at + 1])
    assert pieces.digest().hex() == vector["digest"]


def test_a_digest_goes_on_after_it_was_asked() -> None:
    made = sm3.Digest(b"a")
    assert made.digest() == sm3.digest(b"a")
    made.update(b"bc")
    assert made.digest() == sm3.digest(b"abc") == sm3.digest(b"ab", b"", b"c")


@pytest.mark.parametrize("vector", VECTORS["hmac_sm3"], ids=lambda vector: vector["mac"][:8])
def test_the_mac_of_the_vectors(vector: dict[str, str]) -> None:
    key, text = bytes.fromhex(vector["key"]), bytes.fromhex(vector["msg_hex"])
    assert sm3.mac(key, [text]).hex() == vector["mac"]
    assert sm3.same(sm3.mac(key, [text[:1], text[1:]]), bytes.fromhex(vector["mac"]))
    assert not sm3.same(sm3.mac(key, [text]), sm3.mac(key, [text + b"\0"]))


@pytest.mark.parametrize("length", [0, 1, 55, 56, 63, 64, 65, 128, 1000])
def test_the_digest_is_that_of_another_implementation(length: int) -> None:
    text = bytes(range(256)) * 4
    other = SM3()
    other.update(text[:length])
    assert sm3.digest(text[:length]) == other.value()


def test_the_key_derivation_by_its_definition() -> None:
    """PBKDF2 of one block, spelled out: the sum of the MACs of the MACs, RFC 8018, 5.2."""
    passphrase, salt, rounds = b"correct horse", b"salt-salt", 7

    def mac(data: bytes) -> bytes:
        padded = passphrase.ljust(64, b"\0")
        inner = sm3.digest(bytes(byte ^ 0x36 for byte in padded), data)
        return sm3.digest(bytes(byte ^ 0x5C for byte in padded), inner)

    last = mac(salt + (1).to_bytes(4, "big"))
    total = int.from_bytes(last, "big")
    for _ in range(rounds - 1):
        last = mac(last)
        total ^= int.from_bytes(last, "big")
    assert sm3.key_from(passphrase, salt, rounds, 16) == total.to_bytes(32, "big")[:16]
    if "sm3" in hashlib.algorithms_available:
        assert mac(b"x") == hmac.new(passphrase, b"x", "sm3").digest()
