"""A recipient's key that stays in a token opens bundles of a vault; the log tells of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from goxray import api_vault
from goxray.core.errors import BadKey, UsageError, WrongPassphrase
from goxray.core.vault_result import VaultKey
from goxray.vault import cryptoki, keys, sm2
from tests.harness.soft_token import MAKERS_SM2, SoftToken

PASSPHRASE, PIN = b"correct horse battery", b"1234"


def ask(key: VaultKey) -> bytearray:
    return bytearray(PASSPHRASE if key.own or not key.id else PIN)


@pytest.fixture
def soft(monkeypatch: pytest.MonkeyPatch) -> SoftToken:
    monkeypatch.setattr(keys, "ROUNDS", 1000)
    made = SoftToken(signs="raw")
    monkeypatch.setattr(cryptoki, "load", lambda path: cryptoki.Library(made.functions(), str(path)))
    monkeypatch.setenv("GOXRAY_PKCS11", "/opt/token.so")
    return made


@pytest.fixture
def sealed(tmp_path: Path, soft: SoftToken) -> str:
    """A vault, and in it a bundle for the token's key alone; its id."""
    place = tmp_path / "vault"
    api_vault.init(place, ask=ask)
    card = sm2.Public(*soft.make_key("card", b"\1"))
    (tmp_path / "card.pem").write_text(card.pem())
    api_vault.keys_add(place, "card", tmp_path / "card.pem", ca=None, who="")
    (tmp_path / "app.log").write_text("what was seen\n")
    return api_vault.seal(place, tmp_path / "app.log", ask=ask, recipients=["card"]).bundle.id


@pytest.mark.parametrize("mechanism", [0, MAKERS_SM2])
def test_it_opens_by_the_token(
    tmp_path: Path, soft: SoftToken, sealed: str, mechanism: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOXRAY_PKCS11_SIGNS", hex(mechanism))
    (tmp_path / "out").mkdir()
    api_vault.open_(tmp_path / "vault", sealed, tmp_path / "out", ask=ask)
    assert (tmp_path / "out" / "app.log").read_text() == "what was seen\n"
    assert soft.sessions == set()
    told = [(one.what, one.result) for one in api_vault.log_show(tmp_path / "vault").entries]
    assert told.count(("open", "ok")) == 1
    assert ("sign" in soft.calls) == (told[-1] == ("log-head", "ok")) == bool(mechanism)
    assert api_vault.log_verify(tmp_path / "vault").faults == ()


def test_without_the_token_it_stays_shut(
    tmp_path: Path, soft: SoftToken, sealed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(WrongPassphrase, match="does not take this PIN"):
        api_vault.open_(tmp_path / "vault", sealed, tmp_path / "out", ask=lambda key: bytearray(b"0000"))
    soft.objects.clear()
    with pytest.raises(UsageError, match="has no private key for"):
        api_vault.open_(tmp_path / "vault", sealed, tmp_path / "out", ask=ask)
    monkeypatch.delenv("GOXRAY_PKCS11")
    with pytest.raises(BadKey, match="not sealed for a key whose private part is here"):
        api_vault.open_(tmp_path / "vault", sealed, tmp_path / "out", ask=ask)
    assert list((tmp_path / "out").iterdir()) == []
