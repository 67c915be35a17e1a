"""How long evidence is kept, how it ends, and who can show that it was neither too early nor too late."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from goxray.core.errors import BadLog, ClockStepped, UsageError
from goxray.vault import signed, store
from goxray.vault.expiry import UNPROVEN, Destroyer, audit, expire, present
from goxray.vault.log.chain import ENTRIES, Log
from goxray.vault.log.entry import Event
from goxray.vault.log.verify import verify
from goxray.vault.retention import (
    TOMBSTONE_KIND,
    Period,
    Policy,
    State,
    add_months,
    falls_short,
    hold_event,
    policy_event,
    policy_of,
    seal_event,
)
from tests.unit.vault_logs import SECOND, HandClock, LibraryKey, PeerKey, entries, killed_at

DAY = 86_400 * SECOND


def utc(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        # Counted on a paper calendar.
        ((2026, 8, 31), 6, (2027, 2, 28)),
        ((2027, 8, 31), 6, (2028, 2, 29)),
        ((2026, 8, 28), 6, (2027, 2, 28)),
        ((2026, 8, 29), 6, (2027, 2, 28)),
        ((2027, 8, 29), 6, (2028, 2, 29)),
        ((2026, 2, 28), 6, (2026, 8, 28)),
        ((2028, 2, 29), 6, (2028, 8, 29)),
        ((2026, 1, 1), 6, (2026, 7, 1)),
        ((2026, 12, 31), 6, (2027, 6, 30)),
        ((2026, 3, 31), 6, (2026, 9, 30)),
        ((2026, 5, 31), 6, (2026, 11, 30)),
        ((2026, 7, 31), 6, (2027, 1, 31)),
        ((2026, 10, 31), 6, (2027, 4, 30)),
        ((2028, 2, 29), 12, (2029, 2, 28)),
        ((2026, 11, 22), 1, (2026, 12, 22)),
        ((2026, 12, 1), 13, (2028, 1, 1)),
        ((2099, 8, 31), 6, (2100, 2, 28)),
        ((2026, 11, 22), 120, (2036, 11, 22)),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, tuple) else str(value),
)
def test_months_by_hand(start: tuple[int, int, int], months: int, end: tuple[int, int, int]) -> None:
    assert add_months(date(*start), months) == date(*end)


@pytest.mark.parametrize(
    ("period", "short"),
    [
        (Period(6), False),
        (Period(0, 180), True),
        (Period(0, 181), True),
        (Period(0, 183), True),
        (Period(0, 184), False),
        (Period(5, 30), True),
        (Period(5, 31), False),
        (Period(5), True),
        (Period(7), False),
        (Period(60), False),
    ],
    ids=lambda value: f"{value.months}m{value.days}d" if isinstance(value, Period) else str(value),
)
def test_what_falls_short_of_six_months(period: Period, short: bool) -> None:
    """The longest six months have 184 days, as from 1 March: 31 + 30 + 31 + 30 + 31 + 31; 180 days are never enough."""
    assert (falls_short(period) is not None) == short
    if short:
        with pytest.raises(UsageError, match="falls short of 6 calendar months"):
            Policy({"snapshot": period})
        with pytest.raises(UsageError, match="the class default"):
            Policy(default=period)
    else:
        Policy({"snapshot": period}, period)


def test_180_days_fall_short_from_every_day() -> None:
    days = {(add_months(start, 6) - start).days for start in map(date.fromordinal, range(730_000, 730_000 + 1461))}
    assert days == {181, 182, 183, 184}


@pytest.mark.parametrize(
    ("sealed", "zone", "due"),
    [
        # 31 August 12:00 in China; February ends at 24:00 there, which is 16:00 of 28 February in UTC.
        (utc(2026, 8, 31, 4), 480, utc(2027, 2, 28, 16)),
        # 23:59:59 of 30 August, and 00:00 of 31 August in China.
        (utc(2026, 8, 30, 15, 59, 59), 480, utc(2027, 2, 28, 16)),
        (utc(2026, 8, 27, 15, 59, 59), 480, utc(2027, 2, 27, 16)),
        (utc(2026, 8, 27, 16), 480, utc(2027, 2, 28, 16)),
        (utc(2026, 1, 1), 0, utc(2026, 7, 2)),
        (utc(2026, 1, 1), -300, utc(2026, 7, 1, 5)),
    ],
    ids=["noon", "last-second", "before", "midnight", "utc", "west"],
)
def test_the_last_day_is_kept_whole(sealed: int, zone: int, due: int) -> None:
    assert Policy(zone_minutes=zone).keep_until("snapshot", sealed) == due


def test_the_due_time_holds_for_any_class_and_is_read_back() -> None:
    policy = Policy({"snapshot": Period(12), "trace": Period(6, 10)}, Period(7), 0)
    sealed = utc(2026, 1, 31, 9)
    assert policy.keep_until("snapshot", sealed) == utc(2027, 2, 1)
    assert policy.keep_until("trace", sealed) == utc(2026, 8, 11)
    assert policy.keep_until("else", sealed) == utc(2026, 9, 1)
    assert policy_of(policy.detail()) == policy
    for bad in (0, -1, 1201):
        with pytest.raises(UsageError):
            Period(bad)
    with pytest.raises(UsageError):
        Policy(zone_minutes=15 * 60)


class Vault:
    """A vault whose bundles are seven bytes, for a clock that is set by hand."""

    def __init__(self, place: Path, key: PeerKey | LibraryKey) -> None:
        self.store = store.create(place, "5e" * 16)
        self.hand = HandClock(utc(2026, 8, 31, 4))
        self.key = key
        self.log = Log(self.store.room("log"), signer=key, clock=self.hand)
        self.ends = Destroyer(self.store)

    def there(self) -> list[str]:
        return list(present(self.store))

    def lose(self, name: str) -> None:
        """Take a bundle's file away, as somebody might."""
        self.store.path("bundles", f"{name}.goxs").unlink()

    def seal(self, name: str, kind: str = "snapshot") -> None:
        store.write_new(self.store.path("bundles", f"{name}.goxs"), b"wrapped")
        self.log.append(seal_event("li", name, kind, name.encode().hex().rjust(64, "0")))

    def go_to(self, wall_ns: int) -> None:
        """Let the time pass, as both clocks see it."""
        self.hand.since_ns += wall_ns - self.hand.wall_ns
        self.hand.wall_ns = wall_ns

    def expire(self) -> list[str]:
        return [kept.id for kept in expire(self.log, "wu", self.key.known, self.ends).gone]

    def wrong(self) -> list[tuple[str, str]]:
        found, report = audit(self.log.place, self.there(), self.hand.wall_ns, self.key.known)
        assert report.good
        return [(each.kind, each.id) for each in found]


DUE_NS = utc(2027, 2, 28, 16)
"""When what was sealed on 31 August 2026, noon in China, may go."""


@pytest.fixture(scope="module")
def key() -> PeerKey:
    return PeerKey()


@pytest.fixture
def vault(tmp_path: Path, key: PeerKey) -> Vault:
    made = Vault(tmp_path / "vault", key)
    made.seal("a")
    made.seal("b")
    return made


def test_nothing_goes_before_the_end_of_february_and_all_after(vault: Vault) -> None:
    vault.go_to(utc(2026, 8, 31, 4) + 180 * DAY)
    assert vault.expire() == [] and vault.wrong() == []
    vault.go_to(DUE_NS - 2 * SECOND)
    assert vault.expire() == [], "a second before"
    vault.go_to(DUE_NS)
    assert vault.wrong() == [("overdue", "a"), ("overdue", "b")]
    assert vault.expire() == ["a", "b"] and vault.there() == []
    assert vault.wrong() == [] and vault.expire() == []


def test_the_tombstone_stands_by_itself(vault: Vault) -> None:
    vault.go_to(DUE_NS)
    vault.expire()
    documents = [
        line.entry.event.detail["tombstone"]
        for line in entries(vault.log.place)
        if line.entry.event.what == "tombstone"
    ]
    assert len(documents) == 2
    for document, name in zip(documents, "ab", strict=True):
        assert signed.is_good(TOMBSTONE_KIND, document, vault.key.known)
        assert not signed.is_good("log head", document, vault.key.known), "of one kind alone"
        payload = signed.payload_of(document)
        assert (payload["id"], payload["due"], payload["bytes"]) == (name, "2027-02-28T16:00:00.000000000Z", 7)
        assert payload["unproven"] == UNPROVEN and "SSD" in UNPROVEN
        assert not signed.is_good(TOMBSTONE_KIND, {**document, "payload": {**payload, "id": "c"}}, vault.key.known)
    report = verify(vault.log.place, keys=vault.key.known)
    assert report.covered >= max(
        line.entry.sequence for line in entries(vault.log.place) if line.entry.event.what == "tombstone"
    )


def test_a_hold_wins_until_the_last_one_is_released(vault: Vault) -> None:
    for hold in ("case-1", "case-2"):
        vault.log.append(hold_event("wu", "a", hold, "a court wants it"))
    vault.go_to(DUE_NS)
    assert vault.expire() == ["b"] and vault.wrong() == []
    vault.log.append(hold_event("wu", "a", "case-1", "closed", release=True), sign=True)
    assert vault.expire() == [] and vault.wrong() == []
    vault.log.append(hold_event("wu", "a", "case-2", "closed", release=True), sign=True)
    assert vault.wrong() == [("overdue", "a")]
    assert vault.expire() == ["a"] and vault.wrong() == []


def test_a_longer_policy_lengthens_what_is_kept_and_a_shorter_one_does_not_shorten(vault: Vault) -> None:
    vault.log.append(policy_event("wu", Policy({"snapshot": Period(12)})), sign=True)
    vault.seal("c")
    vault.log.append(policy_event("wu", Policy()), sign=True)
    vault.seal("d")
    vault.go_to(DUE_NS)
    assert vault.expire() == ["d"]
    vault.go_to(utc(2027, 8, 31, 15, 59, 50))
    assert vault.expire() == []
    vault.go_to(utc(2027, 8, 31, 16))
    assert vault.expire() == ["a", "b", "c"] and vault.wrong() == []


def test_the_verifier_sees_what_was_done_wrong(vault: Vault, key: PeerKey) -> None:
    for name in ("c", "d", "e", "f"):
        vault.seal(name)
    digest = {name: name.encode().hex().rjust(64, "0") for name in "abcdef"}

    def tombstone(name: str, by: PeerKey, about: str | None = None) -> None:
        payload = {"id": about or name, "object": digest[about or name]}
        document = signed.sign(TOMBSTONE_KIND, payload, by)
        vault.log.append(Event("wu", "tombstone", "ok", digest[name], {"id": name, "tombstone": document}))

    tombstone("a", key)
    vault.lose("a")
    vault.log.append(hold_event("wu", "b", "case-1", "a court wants it"))
    vault.lose("c")
    store.write_new(vault.store.path("bundles", "z.goxs"), b"")
    vault.go_to(DUE_NS)
    tombstone("b", key)
    vault.lose("b")
    tombstone("d", PeerKey(name=key.public.key_id))
    vault.lose("d")
    tombstone("e", key)
    tombstone("f", key, about="e")
    vault.lose("f")
    assert sorted(vault.wrong()) == [
        ("early", "a"),
        ("held", "b"),
        ("missing", "c"),
        ("missing", "d"),
        ("missing", "f"),
        ("stranger", "z"),
        ("there", "e"),
        ("unsigned", "d"),
        ("unsigned", "f"),
    ]


def test_entries_without_sense_are_told(vault: Vault) -> None:
    vault.log.append(seal_event("li", "a", "snapshot", "0" * 64))
    vault.log.append(hold_event("wu", "nobody", "case-1", "a court wants it"))
    vault.log.append(hold_event("wu", "b", "case-9", "closed", release=True), sign=True)
    vault.log.append(
        Event("wu", "retention-policy", detail=dict(Policy().detail(), default={"days": 180, "months": 0})), sign=True
    )
    vault.log.append(Event("wu", "seal", detail={"id": "x"}))
    found, _ = audit(vault.log.place, ["a", "b"], vault.hand.wall_ns, vault.key.known)
    assert [(each.kind, each.sequence) for each in found] == [("log", number) for number in (4, 5, 6, 8, 10)]
    assert "180 days" in found[3].words and "falls short" in found[3].words


def test_a_clock_set_forward_destroys_nothing(vault: Vault) -> None:
    vault.hand.wall_ns = DUE_NS
    with pytest.raises(ClockStepped, match="set forward by 15681"):
        vault.expire()
    vault.log.append(Event("li", "note"))
    with pytest.raises(ClockStepped, match="before entry 4"):
        vault.expire()
    assert vault.there() == ["a", "b"]
    assert ("clock", "") in vault.wrong()
    vault.log.append(Event("wu", "clock-accepted", detail={"sequence": 4, "why": "the chip had stopped"}), sign=True)
    assert vault.expire() == ["a", "b"] and vault.wrong() == []


def test_a_clock_set_back_destroys_nothing(vault: Vault) -> None:
    vault.go_to(DUE_NS)
    vault.log.append(Event("li", "note"))
    vault.hand.boot, vault.hand.wall_ns = "boot-2", DUE_NS - DAY
    with pytest.raises(ClockStepped, match="set back by at least"):
        vault.expire()


def test_nothing_is_destroyed_by_a_log_with_faults_or_without_a_key(vault: Vault) -> None:
    vault.go_to(DUE_NS)
    with pytest.raises(UsageError, match="needs a key"):
        expire(dataclasses.replace(vault.log, signer=None), "wu", {}, vault.ends)
    path = vault.log.place / ENTRIES
    path.write_bytes(path.read_bytes().replace(b'"who":"li"', b'"who":"wu"', 1))
    with pytest.raises(BadLog, match="nothing is destroyed"):
        vault.expire()
    assert vault.there() == ["a", "b"]


def test_killed_at_every_step_of_an_expiry(tmp_path: Path) -> None:
    """Whatever was killed where: the next run finishes, and the verifier is content."""
    key = LibraryKey()
    for step in range(1, 100):
        vault = Vault(tmp_path / f"vault-{step}", key)
        vault.seal("a")
        vault.go_to(DUE_NS)
        killed = killed_at(step, 0.5, vault.expire)
        vault.go_to(vault.hand.wall_ns + 60 * SECOND)
        before = vault.wrong()
        assert before in ([("overdue", "a")], [("unfinished", "a")], [])
        if before:
            assert vault.expire() == ["a"]
        assert vault.wrong() == [] and vault.there() == []
        stones = [line for line in read_whole(vault) if line.entry.event.what == "tombstone"]
        assert len(stones) == 1
        if not killed:
            break
    assert 20 < step < 99


def read_whole(vault: Vault) -> list:
    found = []
    verify(vault.log.place, each=lambda placed: found.append(placed.line))
    return found


def test_the_state_is_that_of_the_log_alone(vault: Vault) -> None:
    state = State()
    for line in entries(vault.log.place):
        state.take(line.entry)
    assert sorted(state.kept) == ["a", "b"] and state.kept["a"].due_ns == DUE_NS
    assert not state.kept["a"].may_go(DUE_NS - 1) and state.kept["a"].may_go(DUE_NS)
