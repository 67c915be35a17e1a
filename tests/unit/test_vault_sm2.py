"""SM2 against the vectors of the standard; libcrypto and the check in pure Python against each other."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.core.errors import BadEncoding, BadKey, NotAuthentic, UsageError
from goxray.vault import sm2, sm2_verify, sm3
from goxray.vault.sm2 import Private, Public

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "gm-vectors.json").read_text())
SIGN, WRAP = VECTORS["sm2_sign"][0], VECTORS["sm2_enc"][0]
POINT = Public(int(SIGN["px"], 16), int(SIGN["py"], 16))
MESSAGE, ID = SIGN["msg"].encode(), SIGN["id"].encode()
SIGNATURE = sm2.signature_from_raw(bytes.fromhex(SIGN["r"] + SIGN["s"]))


def _standards_key() -> Private:
    """The standard's private key, in PKCS #8 written by hand: RFC 5208, and RFC 5915 inside."""
    inner = bytes.fromhex("306b0201010420" + SIGN["d"] + "a144034200") + POINT.point
    algorithm = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")
    return Private.from_pkcs8(bytearray(bytes.fromhex("308187020100") + algorithm + b"\x04\x6d" + inner))


@pytest.fixture(scope="module")
def key() -> Private:
    return sm2.generate()


def test_the_signature_of_the_standard() -> None:
    assert sm2_verify.za(ID, POINT.x, POINT.y).hex() == SIGN["za"]
    assert POINT.verify(MESSAGE, SIGNATURE, ID)
    assert sm2_verify.verify(POINT.x, POINT.y, MESSAGE, int(SIGN["r"], 16), int(SIGN["s"], 16), ID)


def test_the_ciphertext_of_the_standard() -> None:
    with _standards_key() as key:
        assert key.public == POINT
        sealed = bytes.fromhex(WRAP["c1"] + WRAP["c3"] + WRAP["c2"])
        assert key.decrypt(sealed) == WRAP["msg"].encode()


def test_the_default_id_is_the_standards() -> None:
    assert sm2.DEFAULT_ID.decode() == SIGN["id"]
    assert POINT.verify(MESSAGE, SIGNATURE)


def test_the_key_id_by_its_definition() -> None:
    spki = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200" + "04" + SIGN["px"] + SIGN["py"])
    assert POINT.spki() == spki
    assert POINT.key_id == sm3.digest(spki).hex()[:32]
    assert Public.from_spki(spki) == Public.from_pem(POINT.pem()) == POINT
    assert hash(Public.from_spki(spki)) == hash(POINT)


@pytest.mark.parametrize("signer_id", [sm2.DEFAULT_ID, b"x", "丁".encode(), bytes(8190)], ids=range(4))
def test_libcrypto_signs_what_python_verifies(key: Private, signer_id: bytes) -> None:
    for message in (b"", b"a", bytes(1000)):
        made = key.sign(message, signer_id)
        r, s = sm2.signature_numbers(made)
        point = key.public
        assert key.public.verify(message, made, signer_id)
        assert sm2_verify.verify(point.x, point.y, message, r, s, signer_id)
        assert not sm2_verify.verify(point.x, point.y, message, r, s, signer_id + b".")
        assert not key.public.verify(message, made, signer_id[:-1] + b".")
        assert not key.public.verify(message + b"\0", made, signer_id)


@given(data=st.data())
@settings(max_examples=40)
def test_both_ways_to_verify_agree_on_changed_signatures(data: st.DataObject) -> None:
    """A changed number, another's key, numbers at the ends of what is allowed: refused by both."""
    odd = [1, 2, sm2_verify.N - 1, int(SIGN["r"], 16), int(SIGN["s"], 16), sm2_verify.N - int(SIGN["r"], 16)]
    numbers = st.one_of(st.sampled_from(odd), st.integers(1, sm2_verify.N - 1))
    r, s = data.draw(numbers), data.draw(numbers)
    made = sm2.signature_from_raw(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    expected = (r, s) == (int(SIGN["r"], 16), int(SIGN["s"], 16))
    assert POINT.verify(MESSAGE, made, ID) is expected
    assert sm2_verify.verify(POINT.x, POINT.y, MESSAGE, r, s, ID) is expected


@pytest.mark.parametrize("at", range(len(SIGNATURE)))
def test_no_byte_of_a_signature_can_be_changed(at: int) -> None:
    for flip in (0x01, 0x80):
        changed = bytearray(SIGNATURE)
        changed[at] ^= flip
        assert not POINT.verify(MESSAGE, bytes(changed), ID)
    assert not POINT.verify(MESSAGE, SIGNATURE[:at], ID)


def test_a_second_encoding_of_a_signature_is_refused() -> None:
    """OpenSSL and Python would both take these numbers; a signature must have one form, or it can be altered."""
    r, s = sm2.signature_numbers(SIGNATURE)
    longer = b"\x30\x81" + SIGNATURE[1:]
    padded = bytes.fromhex("3047") + b"\x02\x22\x00" + SIGNATURE[3:]
    for other in (longer, padded, SIGNATURE + b"\0", b"", b"\x30\x00", b"\x30\x06\x02\x01\x00\x02\x01\x00"):
        assert not POINT.verify(MESSAGE, other, ID)
        with pytest.raises(BadEncoding):
            sm2.signature_numbers(other)
    assert sm2_verify.verify(POINT.x, POINT.y, MESSAGE, r, s, ID)
    assert not sm2_verify.verify(POINT.x, POINT.y, MESSAGE, r + sm2_verify.N, s, ID)
    assert not sm2_verify.verify(POINT.x, POINT.y, MESSAGE, r, s - sm2_verify.N, ID)


def test_the_raw_form_of_a_signature() -> None:
    assert sm2.signature_to_raw(SIGNATURE).hex().upper() == SIGN["r"] + SIGN["s"]
    small = sm2.signature_from_raw((1).to_bytes(32, "big") + (128).to_bytes(32, "big"))
    assert small.hex() == "3007" + "020101" + "02020080"
    for raw in (b"", bytes(64), bytes(63), sm2_verify.N.to_bytes(32, "big") * 2):
        with pytest.raises(BadEncoding):
            sm2.signature_from_raw(raw)


def test_the_arithmetic_of_the_curve() -> None:
    """Multiples of the base point against one another: each case of the addition is met."""
    base = (*sm2_verify.G, 1)
    x = sm2_verify._affine_x

    def times(k: int, m: int = 0) -> int | None:
        return x(sm2_verify._sum_of_products(k, base, m, base))

    assert times(sm2_verify.N) is None and times(1, sm2_verify.N - 1) is None
    assert times(sm2_verify.N + 5) == times(5) == times(2, 3) == times(sm2_verify.N - 5)
    assert times(1) == sm2_verify.G[0] and times(2) == times(1, 1) != times(3)
    d = int(SIGN["d"], 16)
    assert times(d) == POINT.x


@pytest.mark.parametrize("length", [1, 16, 32, 1000])
def test_what_is_encrypted_is_decrypted(key: Private, length: int) -> None:
    text = bytes(range(1, 256)) * 4
    sealed = key.public.encrypt(text[:length])
    assert len(sealed) == 97 + length and sealed[0] == 4
    assert key.decrypt(sealed) == text[:length]
    assert key.public.encrypt(text[:length]) != sealed
    assert sm2.c1c3c2_from_der(sm2.c1c3c2_to_der(sealed)) == sealed


def test_no_byte_of_a_ciphertext_can_be_changed(key: Private) -> None:
    sealed = key.public.encrypt(bytes(16))
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        for broken in (bytes(changed), sealed[:at]):
            with pytest.raises(NotAuthentic):
                key.decrypt(broken)
    with pytest.raises(NotAuthentic, match="wrapped for another key, or changed"):
        key.decrypt(sealed + b"\0")
    with sm2.generate() as other, pytest.raises(NotAuthentic, match="wrapped for another key"):
        other.decrypt(sealed)


def test_damaged_ciphertexts_in_der_are_refused(key: Private) -> None:
    sealed = sm2.c1c3c2_to_der(key.public.encrypt(bytes(16)))
    for broken in (b"", sealed[:-1], sealed + b"\0", b"\x30\x00", sealed[:6] + bytes(4) + sealed[10:]):
        with pytest.raises(BadEncoding):
            sm2.c1c3c2_from_der(broken)


def test_a_key_comes_back_from_its_bytes(key: Private) -> None:
    held = key.pkcs8()
    with Private.from_pkcs8(held) as again:
        assert again.public == key.public and again.key_id == key.key_id == key.public.key_id
        assert key.public.verify(b"m", again.sign(b"m"))


def test_a_private_part_of_another_key_is_refused(key: Private) -> None:
    with sm2.generate() as other:
        held = key.pkcs8()
        held[-65:] = other.public.point
        with pytest.raises(BadKey, match="the private key is"):
            Private.from_pkcs8(held)


@pytest.mark.parametrize("number", [0, sm2_verify.N, sm2_verify.N + 1], ids=["zero", "order", "order+1"])
def test_a_number_that_is_no_key_is_refused(key: Private, number: int) -> None:
    held = key.pkcs8()
    at = held.index(bytes.fromhex("0420")) + 2
    held[at : at + 32] = number.to_bytes(32, "big")
    with pytest.raises(BadKey, match="the private key is"):
        Private.from_pkcs8(held)


def test_keys_of_other_curves_are_refused() -> None:
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec

    other = ec.generate_private_key(ec.SECP256R1())
    held = other.private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption())
    with pytest.raises(BadKey, match="the private key is none of SM2"):
        Private.from_pkcs8(bytearray(held))
    with pytest.raises(BadEncoding, match="curve sm2p256v1"):
        Public.from_spki(other.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo))
    for noise in (b"", b"\x30\x00", bytes(100)):
        with pytest.raises(BadKey, match="the private key is not read by libcrypto"):
            Private.from_pkcs8(bytearray(noise))


def test_points_beside_the_curve_are_refused() -> None:
    for x, y in ((0, 0), (1, 1), (POINT.x, POINT.y + 1), (POINT.x + sm2_verify.P, POINT.y), (POINT.x, -POINT.y)):
        with pytest.raises(BadKey, match="no point of the curve"):
            Public(x, y)
    for point in (b"", b"\x02" + POINT.point[1:33], POINT.point + b"\0", b"\x05" + POINT.point[1:]):
        with pytest.raises(BadEncoding, match="no uncompressed point"):
            Public.from_point(point)


def test_ids_and_texts_that_cannot_be_are_refused(key: Private) -> None:
    for signer_id in (b"", bytes(8191)):
        with pytest.raises(UsageError, match="1 to 8190 bytes, not"):
            key.sign(b"", signer_id)
        with pytest.raises(UsageError, match="1 to 8190 bytes, not"):
            key.public.verify(b"", SIGNATURE, signer_id)
    with pytest.raises(UsageError, match="one byte or more"):
        key.public.encrypt(b"")


def test_a_closed_key_does_nothing_more() -> None:
    key = sm2.generate()
    sealed = key.public.encrypt(b"x")
    key.close()
    key.close()
    for act in (lambda: key.sign(b""), lambda: key.decrypt(sealed), key.pkcs8):
        with pytest.raises(BadKey, match="was closed"):
            act()
    assert not key.public.verify(b"", SIGNATURE)


def test_a_private_key_does_not_show_itself(key: Private) -> None:
    held = key.pkcs8()
    number = bytes(held[36:68])
    assert int.from_bytes(number, "big") > 0
    assert repr(key) == str(key) == f"Private({key.key_id})"
    assert number.hex() not in repr(vars(key)) and str(int.from_bytes(number, "big")) not in repr(vars(key))
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="neither copied nor pickled"):
            act(key)
