"""Legal holds as people set and release them: which bundle is meant, what is refused, what a hold keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from goxray import api_vault
from goxray.core.errors import BadLog, KeyDestroyed, UsageError, WrongPassphrase
from goxray.vault import expiry
from goxray.vault.log.chain import ENTRIES
from goxray.vault.log.entry import Event
from goxray.vault.log.verify import verify
from goxray.vault.retention import DUE, hold_event
from tests.harness.memory_disk import memory_disk
from tests.unit.custody_vaults import DUE_NS, House, ask, cut, never, quick_and_timed, rows
from tests.unit.vault_logs import SECOND, HandClock, killed_at


@pytest.fixture
def in_memory() -> Iterator[Path]:
    with memory_disk() as directory:
        yield directory


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[HandClock]:
    with quick_and_timed(monkeypatch) as made:
        yield made


@pytest.fixture
def house(tmp_path: Path, clock: HandClock) -> House:
    return House(tmp_path / "vault", clock)


def held(house: House, *bundles: str, case: str = "court-17", release: bool = False) -> list[tuple[str, str]]:
    done = api_vault.hold(house.place, bundles, ask=ask, case=case, why="an order", release=release, who="wu")
    assert (done.hold, done.why, done.released) == (case, "an order", release)
    assert len(done.entries) == len(done.bundles)
    return rows(done.bundles)


def test_a_hold_wins_until_its_last_case_is_released(house: House) -> None:
    kept, other = house.seal(), house.seal()
    assert held(house, kept) == held(house, kept, case="court-18") == [(kept, "held")]
    house.go_to(DUE_NS)
    done = api_vault.expire(house.place, ask=ask)
    assert rows(done.destroyed) == [(other, "destroyed")] and rows(done.held) == [(kept, "held")]
    assert done.held[0].holds == ("court-17", "court-18") and house.wrong() == []
    assert held(house, kept, release=True) == [(kept, "held")]
    assert api_vault.expire(house.place, ask=ask).destroyed == ()
    assert held(house, kept, case="court-18", release=True) == [(kept, "due")]
    assert house.wrong() == [("overdue", kept)]
    assert rows(api_vault.expire(house.place, ask=ask).destroyed) == [(kept, "destroyed")]
    assert house.wrong() == []


def test_each_hold_is_signed(house: House) -> None:
    one, two = house.seal(), house.seal()
    done = api_vault.hold(house.place, [two, one], ask=ask, case="c", why="an order", who="wu")
    heads = {
        point.sequence for point in verify(house.place / "log", log_id=house.vault.store.id, keys=house.known).heads
    }
    assert [each.id for each in done.bundles] == [two, one] and set(done.entries) <= heads
    assert house.words("hold") == [("ok", "an order")] * 2


def test_which_bundle_is_meant(house: House) -> None:
    one, two = house.seal(name="heap.log"), house.seal(name="trace.log")
    assert held(house, one[:8], case="a") == [(one, "held")]
    assert held(house, one + ".goxs", case="b") == [(one, "held")]
    assert held(house, "trace.log", case="c") == [(two, "held")]
    assert held(house, one, one[:10], "heap.log", case="d") == [(one, "held")], "named three times, held once"
    house.seal(name="trace.log")
    with pytest.raises(UsageError, match="'trace.log' stands for 2 bundles"):
        held(house, "trace.log")
    for unknown in (one[:7], "0" * 32, "no.log", "../keys", ""):
        with pytest.raises(UsageError, match="no bundle"):
            held(house, unknown)


def test_digits_that_stand_for_two_bundles(house: House) -> None:
    for more in ("a", "b"):
        name = "12345678" + more * 24
        (house.place / "bundles" / f"{name}.goxs").write_bytes(b"")
        house.log.append(sealed(name))
    with pytest.raises(UsageError, match="'12345678' stands for 2 bundles"):
        held(house, "12345678")
    assert held(house, "12345678a") == [("12345678" + "a" * 24, "damaged")]


def sealed(name: str) -> Event:
    return Event("li", "seal", "ok", "0" * 64, {"class": "default", "id": name})


def test_what_makes_no_sense_changes_nothing(house: House) -> None:
    one, two = house.seal(), house.seal()
    held(house, one)
    before = (house.place / "log" / ENTRIES).read_bytes()
    refused = [
        ("has no hold 'court-17'", [one, two], {"case": "court-17", "why": "w", "release": True}),
        ("no bundle", [one, "0" * 32], {"case": "c", "why": "w"}),
        ("no bundle is named", [], {"case": "c", "why": "w"}),
        ("needs --why", [one], {"case": "c", "why": " "}),
        ("needs --case", [one], {"case": "", "why": "w"}),
        ("needs --why, of 1 to 2000", [one], {"case": "c", "why": "w" * 2001}),
    ]
    for words, bundles, more in refused:
        with pytest.raises(UsageError, match=words):
            api_vault.hold(house.place, bundles, ask=ask, **more)
    assert (house.place / "log" / ENTRIES).read_bytes() == before


def test_a_stranger_is_not_held(house: House) -> None:
    (house.place / "bundles" / f"{'ab' * 16}.goxs").write_bytes(b"")
    with pytest.raises(UsageError, match="never sealed here"):
        held(house, "ab" * 16)


def test_a_wrong_passphrase_holds_nothing_and_is_told(house: House) -> None:
    bundle = house.seal()
    with pytest.raises(WrongPassphrase):
        api_vault.hold(house.place, [bundle], ask=lambda key: bytearray(b"another one"), case="c", why="w", who="eve")
    assert [result for result, _ in house.words("hold")] == ["wrong-passphrase"]
    assert house.wrong() == [] and api_vault.list_(house.place).bundles[0].state == "kept"


def test_a_hold_between_the_beginning_of_an_end_and_its_tombstone(house: House) -> None:
    """While the key is there, the hold stops the end; when it is gone, there is nothing to hold."""
    stopped, gone = house.seal(), house.seal()
    house.go_to(DUE_NS)
    for bundle in (stopped, gone):
        digest = digest_of(house, bundle)
        house.log.append(Event("wu", DUE, "ok", digest, {"found": "keys", "id": bundle}))
    house.path(gone).unlink()
    assert held(house, stopped)[0][0] == stopped
    with pytest.raises(KeyDestroyed, match=f"the end of {gone} began in entry .* and its data key is gone"):
        held(house, gone)
    assert house.words("hold")[-1][0] == "key-destroyed"
    assert house.wrong() == [("unfinished", gone)], "the other one is held, and its key is there"
    done = api_vault.expire(house.place, ask=ask)
    assert [row.id for row in done.destroyed] == [gone] and [row.id for row in done.held] == [stopped]
    assert house.wrong() == [] and stopped in expiry.present(house.vault.store)
    held(house, stopped, release=True)
    assert house.wrong() == [("unfinished", stopped)]
    assert [row.id for row in api_vault.expire(house.place, ask=ask).destroyed] == [stopped]
    assert house.wrong() == []
    with pytest.raises(KeyDestroyed, match="was destroyed in entry"):
        held(house, stopped)


def digest_of(house: House, bundle: str) -> str:
    state, _ = expiry.state_of(house.place / "log", house.known)
    return state.kept[bundle].digest


def test_a_hold_on_a_key_that_went_before_the_tombstone_is_no_way_out(house: House) -> None:
    """Written into the log by somebody who is not stopped by goxray: the verifier goes on telling."""
    bundle = house.seal()
    house.go_to(DUE_NS)
    house.log.append(Event("wu", DUE, "ok", digest_of(house, bundle), {"found": "keys", "id": bundle}))
    house.path(bundle).unlink()
    house.log.append(hold_event("eve", bundle, "c", "so that nobody asks"))
    assert house.wrong() == [("unfinished", bundle)]


def test_a_release_without_a_signed_head_does_not_count(house: House) -> None:
    """Whoever knows the format can append a good entry: it frees nothing, and the verifier says where it is."""
    bundle = house.seal()
    held(house, bundle)
    house.vault.log().append(hold_event("eve", bundle, "court-17", "closed", release=True))
    house.go_to(DUE_NS)
    assert house.wrong() == [("log", "")]
    house.log.append(Event("li", "note"), sign=True)
    assert house.wrong() == [("log", "")], "a head further down covers it, and is not its own"
    assert rows(api_vault.expire(house.place, ask=ask).held) == [(bundle, "held")]
    assert api_vault.list_(house.place).bundles[0].holds == ("court-17",)


def test_no_hold_is_set_or_released_in_a_log_with_faults(house: House) -> None:
    bundle = house.seal()
    held(house, bundle)
    entries = house.place / "log" / ENTRIES
    entries.write_bytes(entries.read_bytes().replace(b'"who":"wu"', b'"who":"li"', 1))
    with pytest.raises(BadLog, match="entry 7: changed"):
        held(house, bundle, release=True)
    cut(entries, entries.stat().st_size - 1)
    with pytest.raises(BadLog):
        held(house, bundle, case="c")


def test_a_dry_run_says_what_is_held_without_asking(house: House) -> None:
    bundle = house.seal()
    held(house, bundle)
    house.go_to(DUE_NS + 9 * SECOND)
    done = api_vault.expire(house.place, ask=never, dry_run=True)
    assert (done.destroyed, rows(done.held), done.dry_run) == ((), [(bundle, "held")], True)


@pytest.mark.parametrize("release", [False, True], ids=["hold", "release"])
def test_killed_at_every_step_it_is_done_by_doing_it_again(in_memory: Path, clock: HandClock, release: bool) -> None:
    """A hold counts from its entry on; a release only with its head: until then the bundle stays held."""
    first = House(in_memory / "vault", clock)
    bundle = first.seal()
    if release:
        held(first, bundle)
    seen = set()
    for step in range(1, 80):
        house = first.copy(in_memory / f"vault-{step}")
        killed = killed_at(step, 0.5, lambda house=house: held(house, bundle, release=release))
        is_held = api_vault.list_(house.place).bundles[0].state == "held"
        wrong = [kind for kind, _ in house.wrong()]
        assert wrong == (["overdue"] if not is_held else ["log"] if "log" in wrong else [])
        seen.add((is_held, "log" in wrong))
        if is_held == release:
            held(house, bundle, release=release)
        assert house.wrong() == ([("overdue", bundle)] if release else []) and api_vault.log_verify(house.place).good
        if not killed:
            break
    assert 10 < step < 79
    assert seen == ({(True, False), (True, True), (False, False)} if release else {(False, False), (True, False)})
