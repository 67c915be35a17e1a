"""How long evidence is kept, as people set it: what is taken, what falls short, who may shorten nothing backwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from goxray import api_vault
from goxray.core.errors import BadLog, UsageError, WrongPassphrase
from goxray.core.vault_result import KeepPeriod
from goxray.vault.custody.policies import parse
from goxray.vault.log.chain import ENTRIES
from goxray.vault.log.verify import verify
from goxray.vault.retention import Period, Policy, policy_event
from tests.unit.custody_vaults import DUE_NS, ID, House, ask, never, quick_and_timed, rows, utc
from tests.unit.vault_logs import HandClock, killed_at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[HandClock]:
    with quick_and_timed(monkeypatch) as made:
        yield made


@pytest.fixture
def house(tmp_path: Path, clock: HandClock) -> House:
    return House(tmp_path / "vault", clock)


@pytest.mark.parametrize(
    ("text", "months", "days"),
    [
        ("12m", 12, 0),
        ("3y", 36, 0),
        ("6m10d", 6, 10),
        ("1y6m", 18, 0),
        ("1y2m3d", 14, 3),
        ("200d", 0, 200),
        ("006m", 6, 0),
    ],
)
def test_periods_as_people_write_them(text: str, months: int, days: int) -> None:
    assert parse(text) == Period(months, days)


@pytest.mark.parametrize(
    "text", ["", "12", "m", "12M", "6m 10d", "10d6m", "-6m", "6.5m", "6months", "0m", "99999m", "６m"]
)
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(UsageError, match="period"):
        parse(text)


def test_the_policy_is_shown_without_a_secret(house: House) -> None:
    shown = api_vault.policy(house.place)
    assert (shown.periods, shown.zone_minutes, shown.entry) == ((KeepPeriod("default", 6),), 480, 0)


def test_a_policy_is_set_and_signed(house: House) -> None:
    done = api_vault.policy(house.place, ["incident=3y", "audit=6m10d"], ask=ask, who="wu")
    named = (KeepPeriod("audit", 6, 10), KeepPeriod("incident", 36), KeepPeriod("default", 6))
    assert (done.periods, done.entry) == (named, 5)
    done = api_vault.policy(house.place, ["default=12m", "audit=200d"], ask=ask, who="wu")
    named = (KeepPeriod("audit", 0, 200), KeepPeriod("incident", 36), KeepPeriod("default", 12))
    assert done.periods == named == api_vault.policy(house.place).periods == api_vault.list_(house.place).periods
    report = verify(house.place / "log", log_id=ID, keys=house.known)
    assert {5, 7} <= {point.sequence for point in report.heads}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["incident=180d"], "the class incident falls short of 6 calendar months: .* 180 days"),
        (["default=5m30d"], "the class default falls short"),
        (["incident"], "'incident' is no class and its period"),
        (["Incident=12m"], "is no class"),
        (["=12m"], "is no class"),
        (["a/b=12m"], "is no class"),
        (["a=12m", "a=13m"], "the class a is there twice"),
        (["a=12m", "b=x"], "'x' is no period"),
    ],
)
def test_a_change_that_will_not_do_asks_nobody(house: House, changes: list[str], words: str) -> None:
    before = (house.place / "log" / ENTRIES).read_bytes()
    with pytest.raises(UsageError, match=words):
        api_vault.policy(house.place, changes, ask=never)
    assert (house.place / "log" / ENTRIES).read_bytes() == before


def test_a_change_needs_somebody_to_ask(house: House) -> None:
    with pytest.raises(UsageError, match="somebody has to be asked"):
        api_vault.policy(house.place, ["a=12m"])
    with pytest.raises(WrongPassphrase):
        api_vault.policy(house.place, ["a=12m"], ask=lambda key: bytearray(b"another one"))
    assert [result for result, _ in house.words("retention-policy")] == ["ok", "wrong-passphrase"]
    assert api_vault.policy(house.place).periods == (KeepPeriod("default", 6),)


def test_longer_lengthens_what_is_kept_and_shorter_shortens_nothing(house: House) -> None:
    before = house.seal(kind="incident")
    api_vault.policy(house.place, ["incident=12m"], ask=ask)
    between = house.seal(kind="incident")
    api_vault.policy(house.place, ["incident=6m"], ask=ask)
    after = house.seal(kind="incident")
    assert {row.id: row.due for row in api_vault.list_(house.place).bundles} == {
        before: "2027-08-31T16:00:00Z",
        between: "2027-08-31T16:00:00Z",
        after: "2027-02-28T16:00:00Z",
    }
    house.go_to(DUE_NS)
    assert rows(api_vault.expire(house.place, ask=ask).destroyed) == [(after, "destroyed")]
    house.go_to(utc(2027, 8, 31, 16))
    assert [row.id for row in api_vault.expire(house.place, ask=ask).destroyed] == [before, between]
    assert house.wrong() == []


def test_a_policy_that_nobody_signed_does_not_count(house: House) -> None:
    """A good entry that somebody without a key appends, before a bundle is sealed that it should shorten."""
    api_vault.policy(house.place, ["default=12m"], ask=ask)
    house.vault.log().append(policy_event("eve", Policy()))
    assert api_vault.policy(house.place).periods == (KeepPeriod("default", 12),)
    bundle = house.seal()
    assert api_vault.list_(house.place).bundles[0].due == "2027-08-31T16:00:00Z"
    house.go_to(DUE_NS)
    assert house.wrong() == [("log", "")]
    done = api_vault.expire(house.place, ask=ask)
    assert done.destroyed == () and done.next_due == "2027-08-31T16:00:00Z" and house.path(bundle).exists()


def test_a_policy_signed_by_somebody_else_does_not_count(house: House, tmp_path: Path, clock: HandClock) -> None:
    """A signed head right behind, by a key that the vault does not know."""
    other = House(tmp_path / "other", clock)
    api_vault.policy(house.place, ["default=12m"], ask=ask)
    house.vault.log(other.private).append(policy_event("eve", Policy()), sign=True)
    assert api_vault.policy(house.place).periods == (KeepPeriod("default", 12),)
    checked = api_vault.log_verify(house.place)
    assert checked.unknown_keys == (other.key.key_id,) and house.wrong() == [("log", "")]


def test_an_edited_policy_is_located_and_nothing_rests_on_it(house: House) -> None:
    entries = house.place / "log" / ENTRIES
    entries.write_bytes(entries.read_bytes().replace(b'"months":6', b'"months":1', 1))
    for act in (
        lambda: api_vault.policy(house.place),
        lambda: api_vault.policy(house.place, ["a=12m"], ask=ask),
    ):
        with pytest.raises(BadLog, match=r"the policy stands in it: entry 3: changed, bytes \d+ to \d+"):
            act()
    assert not api_vault.list_(house.place).log_good
    shown = api_vault.log_show(house.place)
    assert [entry.sequence for entry in shown.entries] == [1, 2]
    assert shown.fault is not None and (shown.fault.kind, shown.fault.entry) == ("edited", 3)


def test_a_policy_killed_at_every_step_is_set_by_doing_it_again(tmp_path: Path, clock: HandClock) -> None:
    """Cut off before its head it does not count, which is told until it is done again."""
    first, seen = House(tmp_path / "vault", clock), set()
    for step in range(1, 60):
        house = first.copy(tmp_path / f"vault-{step}")
        killed = killed_at(step, 0.5, lambda house=house: api_vault.policy(house.place, ["default=12m"], ask=ask))
        periods = api_vault.policy(house.place).periods
        wrong = house.wrong()
        assert periods in ((KeepPeriod("default", 6),), (KeepPeriod("default", 12),))
        assert not wrong or (wrong == [("log", "")] and periods == (KeepPeriod("default", 6),))
        seen.add((periods[0].months, bool(wrong)))
        if periods[0].months == 6:
            assert api_vault.policy(house.place, ["default=12m"], ask=ask).periods == (KeepPeriod("default", 12),)
        assert house.wrong() == [] and api_vault.log_verify(house.place).good
        if not killed:
            break
    assert 10 < step < 59 and seen == {(6, False), (6, True), (12, False)}
