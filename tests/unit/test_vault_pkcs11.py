"""Keys that stay in a token: they open what OpenSSL sealed for them, and sign only what verifies."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from goxray.core.errors import BadKey, GoxrayError, NotAuthentic, NotOffered, UsageError, WrongPassphrase
from goxray.vault import cryptoki, pkcs11, sm2, sm2_verify
from goxray.vault.bundle.format import Content
from goxray.vault.bundle.open import open_file
from goxray.vault.bundle.seal import How, seal
from goxray.vault.bundle.verify import verify
from goxray.vault.pkcs11 import Token
from tests.harness.soft_token import ECDSA, MAKERS_SM2, P256_CURVE, SoftToken, times

TEXTS = [b"x", b"0123456789abcdef", bytes(32), bytes(range(33)), secrets.token_bytes(200)]


@pytest.fixture
def soft() -> SoftToken:
    made = SoftToken()
    made.make_key("evidence", b"\1")
    return made


def logged_in(soft: SoftToken, pin: bytes = b"1234", **named: str) -> Token:
    return pkcs11.token_of(cryptoki.Library(soft.functions(), "soft"), bytearray(pin), **named)


@pytest.fixture
def token(soft: SoftToken) -> Iterator[Token]:
    with logged_in(soft) as made:
        yield made


def test_the_tokens_own_arithmetic_is_that_of_openssl() -> None:
    """The double is worth something only if its points are right."""
    with sm2.generate() as key:
        number = int.from_bytes(bytes(key.pkcs8())[36:68], "big")
        assert times(number, sm2_verify.G) == (key.public.x, key.public.y)


@pytest.mark.parametrize("form", ["raw", "der", "both"])
@pytest.mark.parametrize("shows", ["apart", "inside"])
def test_it_opens_what_openssl_encrypted(form: str, shows: str) -> None:
    """Sixteen ciphertexts: each sign of y2 comes up, but for one run in 32,768."""
    soft = SoftToken(form=form, shows=shows)
    point = soft.make_key("evidence", b"\1")
    with logged_in(soft) as token:
        key = token.key("evidence")
        assert (key.public.x, key.public.y) == point
        assert key.key_id == key.public.key_id
        for text in [*TEXTS, *(secrets.token_bytes(16) for _ in range(11))]:
            assert key.decrypt(key.public.encrypt(text)) == text
    assert soft.sessions == set()
    assert all(0x011 not in one for one in soft.objects.values()), "no derived secret stays in the token"


def test_a_ciphertext_that_was_changed_or_is_for_another_key(soft: SoftToken, token: Token) -> None:
    key = token.key()
    sealed = key.public.encrypt(b"0123456789abcdef")
    for at in (1, 40, 65, 96, 97, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(NotAuthentic):
            key.decrypt(bytes(changed))
    with sm2.generate() as other, pytest.raises(NotAuthentic, match="wrapped for another key, or changed since"):
        key.decrypt(other.public.encrypt(b"text"))
    for odd in (b"", sealed[:97], sealed[:50], b"\x02" + sealed[1:]):
        with pytest.raises(NotAuthentic):
            key.decrypt(odd)


def test_a_point_beside_the_curve_never_reaches_the_token(soft: SoftToken, token: Token) -> None:
    """The answers to such points tell the private key bit by bit (Biehl, Meyer, Mueller 2000)."""
    key = token.key()
    sealed = bytearray(key.public.encrypt(b"text"))
    sealed[64] ^= 1
    with pytest.raises(NotAuthentic, match="point of the curve"):
        key.decrypt(bytes(sealed))
    assert soft.points == []
    assert "derive" not in soft.calls


def test_a_bundle_opens_by_the_token_and_verifies_without(tmp_path: Path, token: Token) -> None:
    key = token.key("evidence")
    with sm2.generate() as signer:
        source, path = tmp_path / "heap.txt", tmp_path / "heap.goxs"
        source.write_bytes("证据 ".encode() * 1000)
        how = How([key.public], signer)
        with source.open("rb") as content, path.open("wb") as sink:
            seal(content, sink, Content("heap.txt"), how)
        trusted = {signer.key_id: signer.public}
        (tmp_path / "out").mkdir()
        open_file(path, tmp_path / "out", key, trusted)
        assert (tmp_path / "out" / "heap.txt").read_bytes() == source.read_bytes()


@pytest.mark.parametrize("signs", ["raw", "der"])
def test_it_signs_by_the_makers_mechanism(signs: str) -> None:
    soft = SoftToken(signs=signs)
    soft.make_key("evidence", b"\1")
    with logged_in(soft) as token:
        key = token.key(mechanism=MAKERS_SM2)
        for signer_id in (sm2.DEFAULT_ID, "经办人".encode()):
            made = key.sign(b"message", signer_id)
            assert key.public.verify(b"message", made, signer_id)
            assert not key.public.verify(b"another", made, signer_id)
        sink = io.BytesIO()
        seal(io.BytesIO(b"content"), sink, Content("log.txt"), How([key.public], key))
        sink.seek(0)
        verify(sink, {key.key_id: key.public})


@pytest.mark.parametrize(
    ("signs", "mechanism", "told"),
    [
        ("", 0, "signs by a mechanism of its maker, and none was named"),
        ("", MAKERS_SM2, "cannot sign by the mechanism 0x80000301 with this key: soft: C_SignInit: it has not this"),
        ("wrong", MAKERS_SM2, "is no signature of SM2 over SM3's digest"),
        ("raw", ECDSA, "made by the mechanism 0x1041 is no signature of SM2 over SM3's digest"),
    ],
)
def test_what_is_no_signature_of_sm2_is_not_handed_out(signs: str, mechanism: int, told: str) -> None:
    soft = SoftToken(signs=signs)
    soft.make_key("evidence", b"\1")
    with logged_in(soft) as token:
        key = token.key(mechanism=mechanism)
        assert key.signs == bool(mechanism)
        with pytest.raises(NotOffered) as caught:
            key.sign(b"message")
    assert told in str(caught.value)


def test_keys_are_found_by_label_id_or_public_key(soft: SoftToken, token: Token) -> None:
    soft.make_key("second", b"\2")
    soft.make_key("second", b"\3")
    soft.make_key("ecdsa", b"\4", curve=P256_CURVE)
    first, third = token.key("evidence"), token.key(key_id=b"\3")
    assert token.key("second", b"\3").public == third.public != first.public
    found = token.key_for(third.public)
    assert found.decrypt(third.public.encrypt(b"text")) == b"text"
    cases: list[tuple[Callable[[], object], type[GoxrayError], str]] = [
        (lambda: token.key("nobody"), UsageError, "has no private key with the label 'nobody'"),
        (lambda: token.key("second"), UsageError, "has 2 private keys with the label 'second'"),
        (lambda: token.key(), UsageError, "has 4 private keys"),
        (
            lambda: token.key("evidence", b"\2"),
            UsageError,
            "has no private key with the label 'evidence' and the id 02",
        ),
        (lambda: token.key("ecdsa"), BadKey, "is not on the curve of SM2"),
        (lambda: token.key_for(sm2.generate().public), UsageError, "has no private key for"),
    ]
    for ask, kind, told in cases:
        with pytest.raises(kind, match=told):
            ask()


def test_a_key_without_its_public_part_or_its_permission() -> None:
    hidden = SoftToken(shows="nowhere")
    hidden.make_key("evidence", b"\1")
    with logged_in(hidden) as token, pytest.raises(BadKey, match="shows no public key"):
        token.key()
    soft = SoftToken()
    soft.make_key("evidence", b"\1", derives=False)
    with logged_in(soft) as token:
        key = token.key()
        with pytest.raises(NotOffered, match="cannot derive by CKM_ECDH1_DERIVE.*see its attributes CKA_DERIVE"):
            key.decrypt(key.public.encrypt(b"text"))


def test_a_wrong_pin_is_tried_once(soft: SoftToken) -> None:
    """Three wrong ones lock this token, as they do many."""
    for _ in range(2):
        with pytest.raises(WrongPassphrase, match="does not take this PIN"):
            logged_in(soft, b"0000")
    assert soft.calls.count("login") == 2
    assert soft.sessions == set()
    with logged_in(soft):
        pass
    for _ in range(3):
        with pytest.raises(WrongPassphrase, match="does not take this PIN"):
            logged_in(soft, b"0000")
    with pytest.raises(WrongPassphrase, match="locked: too many wrong ones"):
        logged_in(soft)
    with pytest.raises(UsageError, match="wants its PIN"):
        logged_in(soft, b"")


def test_tokens_are_told_apart(soft: SoftToken) -> None:
    """A slot whose token was never set up does not count."""
    for label, serial in (("", ""), ("goxray", ""), ("", "0042")):
        with logged_in(soft, label=label, serial=serial) as token:
            assert token.label == "goxray"
    with pytest.raises(UsageError, match=r"no such token; soft has: 'goxray' \(0042\)"):
        logged_in(soft, label="other")


def test_a_token_that_is_taken_out_or_closed(soft: SoftToken) -> None:
    token = logged_in(soft)
    key = token.key()
    sealed = key.public.encrypt(b"text")
    soft.removed = True
    with pytest.raises(GoxrayError, match="the token was taken out"):
        key.decrypt(sealed)
    soft.removed = False
    token.close()
    token.close()
    with pytest.raises(BadKey, match="the token 'goxray' was closed"):
        key.decrypt(sealed)


def test_what_is_no_library_of_a_token(tmp_path: Path) -> None:
    text = tmp_path / "text.so"
    text.write_text("no library")
    for path in (tmp_path / "missing.so", text, Path("libcrypto.so.3")):
        with pytest.raises(NotOffered, match="cannot be loaded as a library of PKCS #11"):
            pkcs11.open_token(path, bytearray(b"1234"))
    empty = SoftToken().functions()
    empty.functions[62] = None
    with pytest.raises(NotOffered, match="lacks C_DeriveKey"):
        cryptoki.Library(empty, "soft")


def test_the_environment_names_a_token(monkeypatch: pytest.MonkeyPatch, soft: SoftToken) -> None:
    monkeypatch.delenv("GOXRAY_PKCS11", raising=False)
    assert pkcs11.Place.named() is None
    monkeypatch.setenv("GOXRAY_PKCS11", "/opt/token.so")
    monkeypatch.setenv("GOXRAY_PKCS11_TOKEN", "goxray")
    place = pkcs11.Place.named()
    assert place == pkcs11.Place(Path("/opt/token.so"), "goxray", 0)
    monkeypatch.setattr(cryptoki, "load", lambda path: cryptoki.Library(soft.functions(), str(path)))
    with logged_in(soft) as token:
        public = token.key().public
    with place.key(public, bytearray(b"1234")) as key:
        assert key.decrypt(public.encrypt(b"text")) == b"text"
    assert soft.sessions == set()
    monkeypatch.setenv("GOXRAY_PKCS11_SIGNS", "0x80000301")
    assert pkcs11.Place.named() == pkcs11.Place(Path("/opt/token.so"), "goxray", MAKERS_SM2)
    monkeypatch.setenv("GOXRAY_PKCS11_SIGNS", "SM2")
    with pytest.raises(UsageError, match="a mechanism is a number"):
        pkcs11.Place.named()
