"""A vault is made whole: its key, its policy, its log; and nothing is made where that cannot be."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from goxray import api_vault
from goxray.core.errors import BadVault, NotOffered, UsageError, WrongPassphrase
from goxray.core.vault_result import VaultKey
from goxray.vault import keys, libcrypto, store
from tests.harness.memory_disk import memory_disk
from tests.unit.custody_deeds import WHO, Asked, Doom, Home, ask, forked, never, tree


@pytest.fixture
def in_memory() -> Iterator[Path]:
    with memory_disk() as directory:
        yield directory


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "ROUNDS", 1000)


def test_a_new_vault_has_its_key_its_policy_and_a_signed_log(tmp_path: Path) -> None:
    asked = Asked()
    made = api_vault.init(tmp_path / "v", ask=asked, name="archive", keep=["incident=3y", "default=7m"], who=WHO)
    assert asked.wiped and len(asked.given) == 1
    assert [(each.name, each.months, each.days) for each in made.periods] == [("incident", 36, 0), ("default", 7, 0)]
    assert (made.key.name, made.key.own, made.key.state) == ("archive", True, "active")
    home = Home(tmp_path / "v", tmp_path)
    entries = home.entries()
    assert [each.event.what for each in entries] == [
        "log-created",
        "vault-made",
        "key-new",
        "retention-policy",
        "log-head",
    ]
    assert all(each.event.who == WHO and each.event.result == "ok" for each in entries)
    assert (
        entries[1].event.detail["vault"] == made.vault == json.loads((home.vault / "vault.json").read_text())["vault"]
    )
    found = home.verified()
    assert found.good and found.log is not None and found.log.covered == 4
    modes = {stat.S_IMODE(path.stat().st_mode) for path in home.vault.rglob("*")}
    assert modes == {0o700, 0o600}
    assert api_vault.policy(home.vault).periods == made.periods


def test_who_made_it_is_user_and_host_where_nobody_says(tmp_path: Path) -> None:
    api_vault.init(tmp_path / "v", ask=ask)
    assert {each.event.who for each in Home(tmp_path / "v", tmp_path).entries()} == {api_vault.whoever()}


def test_the_users_own_vault_is_the_one_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOXRAY_VAULT", str(tmp_path / "mine"))
    made = api_vault.init(None, ask=ask)
    assert made.place == str(tmp_path / "mine")
    assert api_vault.list_(None).vault == made.vault


def test_a_vault_is_not_made_where_something_is(tmp_path: Path) -> None:
    home = Home.made(tmp_path)
    before = tree(home.vault)
    with pytest.raises(BadVault, match="is a vault already"):
        api_vault.init(home.vault, ask=never)
    assert tree(home.vault) == before
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(BadVault):
        api_vault.init(tmp_path / "full", ask=ask)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("keep", ["default=5m", "incident=180d", "incident", "Incident=12m", "a=12m b"])
def test_a_period_that_falls_short_or_is_none_makes_nothing(tmp_path: Path, keep: str) -> None:
    with pytest.raises(UsageError):
        api_vault.init(tmp_path / "v", ask=never, keep=[keep])
    assert not (tmp_path / "v").exists()


def test_without_a_library_for_sm2_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> libcrypto.Library:
        raise NotOffered("no SM2", hint="install it")

    monkeypatch.setattr(libcrypto, "load", absent)
    with pytest.raises(NotOffered):
        api_vault.init(tmp_path / "v", ask=never)
    assert not (tmp_path / "v").exists()


def test_who_gives_up_at_the_passphrase_leaves_nothing(tmp_path: Path) -> None:
    def gives_up(key: VaultKey) -> bytearray:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        api_vault.init(tmp_path / "v", ask=gives_up)
    assert not (tmp_path / "v").exists()


def test_what_a_run_without_a_key_left_is_taken_up(tmp_path: Path) -> None:
    """Killed behind its directory, or refused for a short passphrase: both are a vault without key and log."""
    place = tmp_path / "v"
    with pytest.raises(UsageError, match="passphrase"):
        api_vault.init(place, ask=lambda key: bytearray(b"short"))
    begun = store.open_(place).id
    made = api_vault.init(place, ask=ask)
    assert made.vault == begun
    assert api_vault.verify(place).good


def test_killed_at_each_step_of_its_making(in_memory: Path) -> None:
    """Another run makes it, or it is there and usable. A policy whose head was cut off is told and does not count."""
    step, taken_up = 0, 0
    while True:
        step += 1
        (in_memory / f"{step}").mkdir()
        home = Home(in_memory / f"{step}" / "v", in_memory)

        def work(step: int = step, home: Home = home) -> None:
            Doom(step).come()
            api_vault.init(home.vault, ask=ask)

        ended = forked(work)
        assert ended in (0, -9) and step < 80, (ended, step)
        if ended == 0:
            break
        try:
            api_vault.init(home.vault, ask=ask)
            taken_up += 1
        except BadVault as error:
            assert "is a vault already" in str(error), step
        found = home.verified()
        assert found.log is not None and found.log.good, step
        assert all(each.kind == "log" and "(retention-policy) does not count" in each.words for each in found.wrong), (
            step
        )
        assert home.opened(home.sealed(), f"{step}.out") == b"evidence"
    assert step > 10 and 0 < taken_up < step - 1


def test_the_new_key_opens_with_the_passphrase_that_was_given_and_no_other(tmp_path: Path) -> None:
    home = Home.made(tmp_path)
    source = home.file("a.txt", b"a")
    with pytest.raises(WrongPassphrase):
        api_vault.seal(home.vault, source, ask=lambda key: bytearray(b"correct horsf"))
    assert api_vault.seal(home.vault, source, ask=ask).bundle.signer == "owner"
