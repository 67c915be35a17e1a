"""SM2 and SM4 in both directions with three foreign implementations: the openssl command, tongsuopy and gmalg."""

from __future__ import annotations

import secrets
import subprocess
from pathlib import Path

import gmalg
import pytest

from goxray.core.errors import NotAuthentic
from goxray.vault import sm2, sm4

MESSAGE = "把三万行日志当作证据 ".encode() + bytes(range(256))
IDS = [sm2.DEFAULT_ID, b"alice@bank.example", "经办人".encode()]


def _openssl(*arguments: str | Path) -> bytes:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the message, and a key of goxray's and one of openssl's, each as files."""
    folder = tmp_path_factory.mktemp("interop")
    (folder / "message").write_bytes(MESSAGE)
    with sm2.generate() as ours:
        (folder / "ours.key").write_bytes(ours.pkcs8())
        (folder / "ours.pem").write_text(ours.public.pem())
    _openssl("genpkey", "-algorithm", "SM2", "-outform", "DER", "-out", folder / "foreign.key")
    _openssl("pkey", "-inform", "DER", "-in", folder / "foreign.key", "-pubout", "-out", folder / "foreign.pem")
    return folder


def _private(place: Path, name: str) -> sm2.Private:
    return sm2.Private.from_pkcs8(bytearray((place / f"{name}.key").read_bytes()))


def _number(place: Path, name: str) -> bytes:
    """The 32 bytes of the private number, as openssl prints them."""
    words = _openssl("pkey", "-inform", "DER", "-in", place / f"{name}.key", "-noout", "-text").decode()
    digits = words.split("priv:")[1].split("pub:")[0]
    return bytes.fromhex("".join(digits.split()).replace(":", "")).rjust(32, b"\0")


@pytest.mark.parametrize("name", ["ours", "foreign"])
def test_keys_are_read_by_the_other_side(place: Path, name: str) -> None:
    public = sm2.Public.from_pem((place / f"{name}.pem").read_text())
    with _private(place, name) as key:
        assert key.public == public
    told = _openssl("pkey", "-inform", "DER", "-in", place / f"{name}.key", "-pubout", "-outform", "DER")
    assert told == public.spki()


@pytest.mark.parametrize("signer_id", IDS, ids=range(3))
def test_openssl_verifies_what_goxray_signs(place: Path, signer_id: bytes) -> None:
    with _private(place, "ours") as key:
        (place / "signature").write_bytes(key.sign(MESSAGE, signer_id))
    asked = [
        "pkeyutl",
        "-verify",
        "-rawin",
        "-digest",
        "sm3",
        "-in",
        place / "message",
        "-sigfile",
        place / "signature",
    ]
    asked += ["-pubin", "-inkey", place / "ours.pem", "-pkeyopt"]
    assert b"Verified Successfully" in _openssl(*asked, f"distid:{signer_id.decode()}")
    with pytest.raises(AssertionError):
        _openssl(*asked, "distid:somebody else")


@pytest.mark.parametrize("signer_id", IDS, ids=range(3))
def test_goxray_verifies_what_openssl_signs(place: Path, signer_id: bytes) -> None:
    made = _openssl(
        *("pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-in", place / "message", "-keyform", "DER"),
        *("-inkey", place / "foreign.key", "-pkeyopt", f"distid:{signer_id.decode()}"),
    )
    public = sm2.Public.from_pem((place / "foreign.pem").read_text())
    assert public.verify(MESSAGE, made, signer_id)
    assert not public.verify(MESSAGE, made, b"somebody else")


def test_openssl_opens_what_goxray_wraps(place: Path) -> None:
    text = secrets.token_bytes(16)
    public = sm2.Public.from_pem((place / "foreign.pem").read_text())
    (place / "wrapped").write_bytes(sm2.c1c3c2_to_der(public.encrypt(text)))
    asked = ["pkeyutl", "-decrypt", "-keyform", "DER", "-in", place / "wrapped", "-inkey"]
    assert _openssl(*asked, place / "foreign.key") == text
    with pytest.raises(AssertionError):
        _openssl(*asked, place / "ours.key")


def test_goxray_opens_what_openssl_wraps(place: Path) -> None:
    asked = ["pkeyutl", "-encrypt", "-pubin", "-inkey", place / "ours.pem", "-in", place / "message"]
    sealed = sm2.c1c3c2_from_der(_openssl(*asked))
    with _private(place, "ours") as key:
        assert key.decrypt(sealed) == MESSAGE
    with _private(place, "foreign") as other, pytest.raises(NotAuthentic):
        other.decrypt(sealed)


@pytest.mark.parametrize("signer_id", IDS, ids=range(3))
def test_gmalg_and_goxray_verify_each_other(place: Path, signer_id: bytes) -> None:
    with _private(place, "ours") as key:
        peer = gmalg.SM2(sk=_number(place, "ours"), uid=signer_id, pk=key.public.point)
        raw = sm2.signature_to_raw(key.sign(MESSAGE, signer_id))
        assert peer.verify(MESSAGE, raw[:32], raw[32:])
        assert not peer.verify(MESSAGE + b"\0", raw[:32], raw[32:])
        made = sm2.signature_from_raw(b"".join(peer.sign(MESSAGE)))
        assert key.public.verify(MESSAGE, made, signer_id)
        assert not key.public.verify(MESSAGE, made, signer_id + b".")


def test_gmalg_and_goxray_open_what_the_other_wraps(place: Path) -> None:
    with _private(place, "ours") as key:
        peer = gmalg.SM2(sk=_number(place, "ours"), pk=key.public.point)
        assert peer.decrypt(key.public.encrypt(MESSAGE)) == MESSAGE
        assert key.decrypt(peer.encrypt(MESSAGE)) == MESSAGE


def test_tongsuo_and_goxray_verify_each_other(place: Path) -> None:
    """Tongsuo's Python peer signs under the default ID alone."""
    pytest.importorskip("tongsuopy", reason="tongsuopy is published for x86-64 alone")
    from tongsuopy.crypto import exceptions, hashes, serialization
    from tongsuopy.crypto.asymciphers import ec

    peer = serialization.load_der_private_key((place / "ours.key").read_bytes(), None)
    other = serialization.load_pem_public_key((place / "foreign.pem").read_bytes())
    way = ec.ECDSA(hashes.SM3())
    made = peer.sign(MESSAGE, way)
    with _private(place, "ours") as ours, _private(place, "foreign") as foreign:
        assert ours.public.verify(MESSAGE, made)
        assert not foreign.public.verify(MESSAGE, made)
        other.verify(foreign.sign(MESSAGE), MESSAGE, way)
        with pytest.raises(exceptions.InvalidSignature):
            other.verify(ours.sign(MESSAGE), MESSAGE, way)
        with pytest.raises(exceptions.InvalidSignature):
            other.verify(foreign.sign(MESSAGE, b"another ID"), MESSAGE, way)


def test_tongsuo_and_goxray_open_what_the_other_seals() -> None:
    pytest.importorskip("tongsuopy", reason="tongsuopy is published for x86-64 alone")
    from tongsuopy.crypto.ciphers import Cipher, modes
    from tongsuopy.crypto.ciphers.algorithms import SM4

    key, nonce, aad = secrets.token_bytes(16), secrets.token_bytes(12), b"additional"
    sealed = sm4.seal(key, nonce, aad, MESSAGE)
    reader = Cipher(SM4(key), modes.GCM(nonce, sealed[-16:])).decryptor()
    reader.authenticate_additional_data(aad)
    assert reader.update(sealed[:-16]) + reader.finalize() == MESSAGE
    writer = Cipher(SM4(key), modes.GCM(nonce)).encryptor()
    writer.authenticate_additional_data(aad)
    made = writer.update(MESSAGE) + writer.finalize()
    assert sm4.open_(key, nonce, aad, made + writer.tag) == MESSAGE
