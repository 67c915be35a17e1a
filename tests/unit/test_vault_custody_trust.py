"""Whose signature takes protection away: that a key lies in the vault, and the log has a line of it, is not enough.

Whoever attacks here may write every file of the vault, knows all formats and has a key of his own, but none of the
vault's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from goxray import api_vault
from goxray.core.errors import BadKey, GoxrayError, NotAuthentic
from goxray.vault import canonical, expiry, signed, sm2
from goxray.vault.bundle.format import Content
from goxray.vault.bundle.seal import How, seal
from goxray.vault.custody import journal, keyring, maskkey
from goxray.vault.log.chain import ENTRIES, MARK
from goxray.vault.log.entry import Event
from goxray.vault.retention import (
    TOMBSTONE,
    TOMBSTONE_KIND,
    Period,
    Policy,
    hold_event,
    policy_event,
    seal_event,
)
from tests.unit.custody_vaults import DUE_NS, House, ask, quick_and_timed, rows
from tests.unit.vault_logs import SECOND, HandClock

DAY = 86_400 * SECOND
THEIRS = b"not the owner's words"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[HandClock]:
    with quick_and_timed(monkeypatch) as made:
        yield made


@pytest.fixture
def house(tmp_path: Path, clock: HandClock) -> House:
    return House(tmp_path / "vault", clock)


def planted(house: House, what: str = keyring.ADDED, name: str = "eve", follows: str = "") -> sm2.Private:
    """Put a key into the vault and tell the log of it, as whoever may write to its files can."""
    key = house.keys.new(name, bytearray(THEIRS), datetime(2026, 9, 1, tzinfo=UTC))
    house.vault.log().append(keyring.key_event("li", what, key, follows=follows))
    return house.keys.unlock(key, bytearray(THEIRS))


def released(house: House, bundle: str, private: sm2.Private) -> bool:
    """Release the hold with this key's signature, let the time pass, and say whether the bundle was destroyed."""
    house.vault.log(private).append(hold_event("li", bundle, "court", "closed", release=True), sign=True)
    house.go_to(DUE_NS)
    return rows(api_vault.expire(house.place, ask=ask, key="owner").destroyed) == [(bundle, "destroyed")]


def held(house: House) -> str:
    bundle = house.seal()
    api_vault.hold(house.place, [bundle], ask=ask, case="court", why="an order")
    return bundle


@pytest.mark.parametrize("what", [keyring.NEW, keyring.ADDED, keyring.ROTATED, keyring.RETIRED, "key-passphrase"])
def test_a_planted_key_releases_no_hold(house: House, what: str) -> None:
    bundle = held(house)
    with planted(house, what, follows=house.key.key_id) as private:
        assert not released(house, bundle, private)
    assert house.wrong() == [("log", "")] and rows(api_vault.list_(house.place).bundles) == [(bundle, "held")]


def test_it_does_not_let_itself_in(house: House) -> None:
    bundle = held(house)
    with planted(house) as private:
        for what in (keyring.NEW, keyring.ROTATED):
            event = keyring.key_event("li", what, house.keys.find("eve"), follows=house.key.key_id)
            house.vault.log(private).append(event, sign=True)
        assert not released(house, bundle, private)


def test_it_sets_no_policy_vouches_for_no_clock_and_ends_nothing(house: House) -> None:
    api_vault.policy(house.place, ["default=36m"], ask=ask)
    with planted(house) as private:
        log = house.vault.log(private)
        log.append(policy_event("li", Policy(default=Period(6))), sign=True)
        bundle = house.seal()
        house.clock.wall_ns += 90 * DAY
        stepped = house.vault.log().append(Event("li", "open")).line.entry.sequence
        log.append(Event("li", "clock-accepted", detail={"sequence": stepped}), sign=True)
        state, _ = expiry.state_of(house.place / "log", house.known)
        stone = signed.sign(TOMBSTONE_KIND, {"id": bundle, "object": state.kept[bundle].digest}, private)
        log.append(Event("li", TOMBSTONE, "ok", state.kept[bundle].digest, {"id": bundle, "tombstone": stone}))
    state, _ = expiry.state_of(house.place / "log", house.known)
    assert state.policy.default == Period(36) and not state.accepted and state.kept[bundle].tombstone is None
    assert {kind for kind, _ in house.wrong()} == {"clock", "early", "log", "unsigned"}


def test_an_added_key_counts_for_bundles_alone(house: House, tmp_path: Path) -> None:
    """Somebody else's, added in due form by its public part: it may sign bundles, and release nothing."""
    bundle = held(house)
    with sm2.generate() as private:
        (tmp_path / "court.pem").write_text(private.public.pem())
        api_vault.keys_add(house.place, "court", tmp_path / "court.pem")
        assert private.key_id in house.known
        assert not released(house, bundle, private)


def test_a_second_key_counts_when_the_first_lets_it_in(house: House) -> None:
    bundle = held(house)
    api_vault.keys_new(house.place, "second", ask=ask)
    api_vault.hold(house.place, [bundle], ask=ask, case="court", why="closed", release=True, key="second")
    house.go_to(DUE_NS)
    assert rows(api_vault.expire(house.place, ask=ask, key="second").destroyed) == [(bundle, "destroyed")]
    assert house.wrong() == []


@pytest.mark.parametrize("act", ["rotate", "retire"])
def test_a_key_that_was_taken_out_of_use_releases_nothing_more(house: House, act: str) -> None:
    """Its private part may be in other hands: that is why one takes it out of use."""
    bundle = held(house)
    if act == "rotate":
        api_vault.keys_rotate(house.place, "owner", ask=ask)
    else:
        api_vault.keys_new(house.place, "second", ask=ask)
        api_vault.keys_retire(house.place, "owner", ask=ask)
    house.vault.log(house.private).append(hold_event("li", bundle, "court", "closed", release=True), sign=True)
    house.go_to(DUE_NS)
    assert rows(api_vault.expire(house.place, ask=ask).held) == [(bundle, "held")]


def test_who_retired_the_last_key_makes_another(house: House) -> None:
    bundle = held(house)
    api_vault.keys_retire(house.place, "owner", ask=ask)
    api_vault.keys_new(house.place, "second", ask=ask)
    api_vault.hold(house.place, [bundle], ask=ask, case="court", why="closed", release=True)
    assert house.wrong() == [] and rows(api_vault.list_(house.place).bundles) == [(bundle, "kept")]


def test_deeds_with_a_key_that_does_not_count_are_refused(house: House) -> None:
    bundle = held(house)
    planted(house).close()

    def words(key: object) -> bytearray:
        return bytearray(THEIRS)

    before = (house.place / "log" / ENTRIES).read_bytes()
    house.go_to(DUE_NS)
    for act in (
        lambda: api_vault.policy(house.place, ["a=12m"], ask=words, key="eve"),
        lambda: api_vault.hold(house.place, [bundle], ask=words, case="court", why="w", release=True, key="eve"),
        lambda: api_vault.expire(house.place, ask=words, key="eve"),
    ):
        with pytest.raises(BadKey, match="does not count here"):
            act()
    after = (house.place / "log" / ENTRIES).read_bytes()
    assert after.startswith(before) and after.count(b'"result":"bad-key"') == 3 and house.path(bundle).exists()


def test_who_names_a_key_trusts_it_by_itself(house: House) -> None:
    """An auditor was given the second key's id: what it signed is good, whoever let it in."""
    bundle = held(house)
    api_vault.keys_new(house.place, "second", ask=ask)
    api_vault.hold(house.place, [bundle], ask=ask, case="court", why="closed", release=True, key="second")
    second = house.keys.find("second")
    named = {second.key_id: second.public}
    state, _ = journal.checked(house.vault, named, named=True)
    assert not state.kept[bundle].holds
    found = api_vault.verify(house.place, trust=[second.key_id])
    assert not [each for each in found.wrong if "release" in each.words]


@pytest.mark.parametrize("lie", ["earlier", "other-class", "other-digest"])
def test_a_log_that_was_written_anew_destroys_nothing_early(house: House, lie: str) -> None:
    """Cut back to a head with its mark, and the seal written again by hand: the bundle itself says otherwise."""
    api_vault.policy(house.place, ["incident=36m"], ask=ask)
    old = {name: (house.place / "log" / name).read_bytes() for name in (ENTRIES, MARK)}
    if lie != "other-class":
        house.go_to(DUE_NS - 30 * DAY)
    began = house.clock.wall_ns
    bundle = house.seal(kind="incident" if lie == "other-class" else "default")
    state, _ = expiry.state_of(house.place / "log", house.known)
    digest = state.kept[bundle].digest
    for name, data in old.items():
        (house.place / "log" / name).write_bytes(data)
    house.go_to(began - (0 if lie == "other-class" else 60 * DAY))
    if lie == "other-digest":
        digest = "0" * 64
    house.vault.log().append(seal_event("li", bundle, "default", digest))
    house.go_to(began + 130 * DAY if lie != "other-class" else DUE_NS)
    before = house.path(bundle).read_bytes()
    with pytest.raises(GoxrayError, match="is left as it is: its header says") as caught:
        api_vault.expire(house.place, ask=ask)
    assert caught.value.exit_code == 4 and house.path(bundle).read_bytes() == before
    house.go_to(began + 1200 * DAY)
    if lie == "earlier":
        assert rows(api_vault.expire(house.place, ask=ask).destroyed) == [(bundle, "destroyed")], "due by both"


@pytest.mark.parametrize("told_by", ["nobody", "line", "itself"])
def test_a_planted_key_gets_no_masking_key_and_gives_none(house: House, told_by: str) -> None:
    """Who has the masking key can try all telephone numbers against the tokens."""
    with api_vault.masking_key(house.place, ask=ask, key="owner") as secret:
        before = bytes(secret)
    key = house.keys.new("eve", bytearray(THEIRS), datetime(2026, 9, 1, tzinfo=UTC))
    file = house.place / "keys" / "masking.json"
    with house.keys.unlock(key, bytearray(THEIRS)) as private:
        if told_by != "nobody":
            signer = private if told_by == "itself" else None
            house.vault.log(signer).append(keyring.key_event("li", keyring.NEW, key), sign=signer is not None)
        with api_vault.masking_key(house.place, ask=ask, key="owner") as secret:
            assert bytes(secret) == before
        assert key.key_id.encode() not in file.read_bytes()
        wrapped = {house.key.key_id: house.key.public.encrypt(bytes(32)).hex()}
        payload = {"format": 1, "keys": wrapped, "vault": house.vault.store.id}
        good = file.read_bytes()
        file.write_bytes(canonical.encode(signed.sign(maskkey.KIND, payload, private)) + b"\n")
    with pytest.raises(NotAuthentic), api_vault.masking_key(house.place, ask=ask, key="owner"):
        pass
    file.write_bytes(good)
    api_vault.keys_rotate(house.place, "owner", ask=ask)
    with api_vault.masking_key(house.place, ask=ask, key="owner") as secret:
        assert bytes(secret) == before


@pytest.mark.parametrize("told_by", ["nobody", "line", "itself"])
def test_a_bundle_that_a_planted_key_signed_is_not_taken_up(house: House, tmp_path: Path, told_by: str) -> None:
    key = house.keys.new("eve", bytearray(THEIRS), datetime(2026, 9, 1, tzinfo=UTC))
    with house.keys.unlock(key, bytearray(THEIRS)) as private:
        if told_by != "nobody":
            signer = private if told_by == "itself" else None
            house.vault.log(signer).append(keyring.key_event("li", keyring.NEW, key), sign=signer is not None)
        body = BytesIO()
        made = seal(BytesIO(b"made up"), body, Content("made-up.log"), How([house.key.public], private))
    house.path(made.header.bundle.hex()).write_bytes(body.getvalue())
    (tmp_path / "real.log").write_bytes(b"real")
    real = api_vault.seal(house.place, tmp_path / "real.log", ask=ask, key="owner").bundle.id
    assert dict(rows(api_vault.list_(house.place).bundles)) == {real: "kept", made.header.bundle.hex(): "stranger"}
