"""The end of evidence as people see it: real bundles, their key slots on the disk, tombstones, crashes, the clock."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from goxray import api_vault
from goxray.core.errors import BadKey, BadLog, ClockStepped, GoxrayError, KeyDestroyed, WrongPassphrase
from goxray.core.vault_result import VaultExpired
from goxray.vault import expiry, signed, sm2
from goxray.vault.bundle.destroy import read_slots
from goxray.vault.bundle.format import MAGIC, SLOT_BYTES
from goxray.vault.bundle.open import open_
from goxray.vault.bundle.verify import verify_file
from goxray.vault.log.chain import ENTRIES
from goxray.vault.log.entry import Event
from goxray.vault.log.verify import verify
from tests.harness.memory_disk import memory_disk
from tests.unit.custody_vaults import DUE_NS, ID, House, ask, change, cut, never, quick_and_timed, rows
from tests.unit.vault_logs import SECOND, HandClock, killed_at

DAY = 86_400 * SECOND
SLOTS = "the key slots overwritten with zeros and synced"
REMOVED = SLOTS + "; then the file removed"
LEFT = SLOTS + "; the file with the ciphertext left in place"
WHOLE = "the key slots could not be relied on: the whole file overwritten with random bytes, synced and removed"


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


def expired(house: House, **more: bool) -> VaultExpired:
    return api_vault.expire(house.place, ask=ask, who="wu", **more)


def stones(house: House) -> list[dict]:
    """What the tombstones say, each of which must be signed by the vault's key."""
    found: list[dict] = []

    def take(event: Event) -> None:
        if event.what == "tombstone":
            document = event.detail["tombstone"]
            assert signed.is_good("tombstone", document, house.known)
            found.append(dict(signed.payload_of(document)))

    verify(house.place / "log", log_id=ID, each=lambda placed: take(placed.line.entry.event))
    return found


def slots_in(data: bytes) -> bytes:
    """The key slots of a bundle with one recipient, by the format's page alone."""
    start = len(MAGIC) + 4 + int.from_bytes(data[len(MAGIC) : len(MAGIC) + 4], "big")
    return data[start : start + SLOT_BYTES]


def test_what_is_due_goes_and_the_rest_stays(house: House) -> None:
    first = house.seal()
    house.go_to(house.clock.wall_ns + 30 * DAY)
    later = house.seal()
    house.go_to(DUE_NS - 10 * SECOND)
    done = expired(house)
    assert (done.destroyed, done.held, done.next_due) == ((), (), "2027-02-28T16:00:00Z")
    house.go_to(DUE_NS)
    assert house.wrong() == [("overdue", first)]
    done = expired(house)
    row = done.destroyed[0]
    assert rows(done.destroyed) == [(first, "destroyed")] and (row.name, row.kind) == ("heap.log", "file")
    assert row.due == "2027-02-28T16:00:00Z" and row.ended.startswith("2027-02-28T16:00:")
    assert done.next_due == "2027-03-30T16:00:00Z", "sealed on 30 September: 30 March, and that day is kept whole"
    assert not house.path(first).exists() and house.path(later).exists() and house.wrong() == []
    assert expired(house).destroyed == ()


def test_the_slots_are_zeros_on_the_disk_before_the_file_goes(house: House, tmp_path: Path) -> None:
    """A second name for the file shows what it held when its name in the vault was taken away."""
    bundle = house.seal()
    os.link(house.path(bundle), tmp_path / "seen")
    before = (tmp_path / "seen").read_bytes()
    assert len(set(slots_in(before))) > 50
    house.go_to(DUE_NS)
    expired(house)
    after = (tmp_path / "seen").read_bytes()
    assert slots_in(after) == bytes(SLOT_BYTES)
    assert after == before.replace(slots_in(before), bytes(SLOT_BYTES)), "and nothing else was touched"
    assert not house.path(bundle).exists()


def test_the_tombstone_says_what_was_done_and_what_cannot_be_known(house: House) -> None:
    bundle = house.seal(kind="incident")
    digest = read_slots(house.path(bundle)).digest.hex()
    house.go_to(DUE_NS)
    expired(house)
    stone = stones(house)[0]
    assert stone.pop("at") > stone["due"]
    assert stone == {
        "bytes": SLOT_BYTES,
        "class": "incident",
        "due": "2027-02-28T16:00:00.000000000Z",
        "id": bundle,
        "method": REMOVED,
        "object": digest,
        "sealed": "2026-08-31T04:00:03.000000000Z",
        "unproven": "overwriting cannot be proven on SSDs, copy-on-write file systems, snapshots and backups",
        "who": "wu",
    }


def test_the_ciphertext_may_stay_and_opens_for_nobody(house: House) -> None:
    bundle = house.seal(b"names of customers")
    assert expiry.present(house.vault.store) == (bundle,)
    house.go_to(DUE_NS)
    assert rows(expired(house, keep_ciphertext=True).destroyed) == [(bundle, "destroyed")]
    assert expiry.present(house.vault.store) == () and house.wrong() == []
    assert verify_file(house.path(bundle), house.known).front.destroyed == 1
    with pytest.raises(KeyDestroyed), house.path(bundle).open("rb") as source:
        open_(source, BytesIO(), house.private, house.known)
    assert stones(house)[0]["method"] == LEFT
    assert expired(house).destroyed == () and house.path(bundle).exists()


def test_a_copy_of_what_was_destroyed_opens_for_nobody_here(house: House, tmp_path: Path) -> None:
    bundle = house.seal(b"names of customers")
    data = house.path(bundle).read_bytes()
    house.go_to(DUE_NS)
    expired(house)
    (tmp_path / "out").mkdir()
    elsewhere = tmp_path / "copy.goxs"
    for path in (house.path(bundle), elsewhere):
        path.write_bytes(data)
        path.chmod(0o600)
    for asked in (bundle, str(elsewhere)):
        with pytest.raises(KeyDestroyed, match=rf"{bundle} was destroyed 2027-02-28 \(entry \d+ of the log\)"):
            api_vault.open_(house.place, asked, tmp_path / "out", ask=ask, who="wu")
    assert list((tmp_path / "out").iterdir()) == []
    assert [result for result, _ in house.words("open")] == ["key-destroyed"] * 2
    assert house.wrong() == [("there", bundle)]


def damage(house: House, bundle: str, how: str) -> None:
    path = house.path(bundle)
    if how == "magic":
        change(path, 0, b"X")
    elif how == "length":
        change(path, 8, b"\xff\xff\xff\xff")
    elif how == "header":
        change(path, 12, b"[")
    elif how == "cut":
        cut(path, 600)
    elif how == "empty":
        cut(path, 0)
    else:
        data = path.read_bytes()
        change(path, data.index(b'"file"') + 1, b"fake")


@pytest.mark.parametrize("how", ["magic", "length", "header", "cut", "empty", "other-header"])
def test_a_damaged_bundle_is_overwritten_whole(house: House, how: str) -> None:
    bundle = house.seal(b"names of customers")
    damage(house, bundle, how)
    house.go_to(DUE_NS)
    assert house.wrong() == [("overdue", bundle)], "nobody can say that the key is not in it"
    size = house.path(bundle).stat().st_size
    before = house.path(bundle).read_bytes()
    with house.path(bundle).open("rb") as seen:
        assert rows(expired(house).destroyed) == [(bundle, "destroyed")]
        after = seen.read()
    assert len(after) == size
    assert sum(one == two for one, two in zip(before, after, strict=True)) < max(size // 20, 1)
    assert (stones(house)[0]["method"], stones(house)[0]["bytes"]) == (WHOLE, size)
    assert not house.path(bundle).exists() and house.wrong() == []


def test_a_damaged_bundle_with_a_second_name_is_left_and_told(house: House, tmp_path: Path) -> None:
    bundle = house.seal()
    damage(house, bundle, "magic")
    os.link(house.path(bundle), tmp_path / "copy")
    house.go_to(DUE_NS)
    with pytest.raises(GoxrayError, match="nothing destroyed; .* its content may stand elsewhere too") as caught:
        expired(house)
    assert caught.value.exit_code == 4
    (tmp_path / "copy").unlink()
    assert rows(expired(house).destroyed) == [(bundle, "destroyed")] and house.wrong() == []


def test_another_bundle_in_its_place_is_not_touched(house: House) -> None:
    """Else a file that is renamed would let expiry destroy what is to be kept."""
    due, other = house.seal(), house.seal()
    house.go_to(house.clock.wall_ns + 90 * DAY)
    kept = house.seal()
    os.replace(house.path(kept), house.path(due))
    before = house.path(due).read_bytes()
    house.go_to(DUE_NS)
    with pytest.raises(GoxrayError, match=f"1 destroyed; {due} is due and not destroyed: .* another bundle, {kept}"):
        expired(house)
    assert house.path(due).read_bytes() == before
    assert [result for result, _ in house.words("expire")] == ["bad-bundle"]
    assert sorted(house.wrong()) == sorted([("overdue", due), ("missing", kept)])
    os.replace(house.path(due), house.path(kept))
    assert house.wrong() == [("missing", due)] and not house.path(other).exists()


@pytest.mark.parametrize("how", ["link", "directory"])
def test_what_is_no_file_is_not_followed(house: House, tmp_path: Path, how: str) -> None:
    bundle = house.seal()
    house.path(bundle).rename(tmp_path / "elsewhere")
    before = (tmp_path / "elsewhere").read_bytes()
    if how == "link":
        house.path(bundle).symlink_to(tmp_path / "elsewhere")
    else:
        house.path(bundle).mkdir()
    house.go_to(DUE_NS)
    with pytest.raises(GoxrayError, match="nothing destroyed"):
        expired(house)
    assert (tmp_path / "elsewhere").read_bytes() == before and house.wrong() == [("missing", bundle)]


def test_a_key_that_was_lost_before_stays_told(house: House) -> None:
    """A tombstone does not make up for what vanished: it says so itself."""
    gone, zeroed = house.seal(), house.seal()
    house.path(gone).unlink()
    data = house.path(zeroed).read_bytes()
    change(house.path(zeroed), data.index(slots_in(data)), bytes(SLOT_BYTES))
    assert house.wrong() == [("missing", gone), ("missing", zeroed)]
    house.go_to(DUE_NS)
    expired(house)
    assert [stone["method"] for stone in stones(house)] == [
        "nothing: the file was gone before the end began",
        "the key slots were zeros before the end began; they were overwritten with zeros again and synced; "
        "then the file removed",
    ]
    assert house.wrong() == [("missing", gone), ("missing", zeroed)]


@pytest.mark.parametrize("keep", [False, True], ids=["remove", "keep"])
def test_killed_at_every_step_the_next_run_finishes(in_memory: Path, clock: HandClock, keep: bool) -> None:
    """The log never lacks the beginning of an end whose key is gone, and never has two tombstones for one."""
    seen = set()
    first = House(in_memory / "vault", clock)
    bundle = first.seal()
    for step in range(1, 120):
        house = first.copy(in_memory / f"vault-{step}")
        killed = killed_at(step, 0.5, lambda house=house: expired(house, keep_ciphertext=keep))
        house.go_to(DUE_NS + 60 * SECOND)
        before = house.wrong()
        assert before in ([("overdue", bundle)], [("unfinished", bundle)], [])
        there = bundle in expiry.present(house.vault.store)
        assert there or before != [("overdue", bundle)]
        seen.add((bool(before) and before[0][0], there, house.path(bundle).exists()))
        if before:
            assert rows(expired(house, keep_ciphertext=keep).destroyed) == [(bundle, "destroyed")]
        assert house.wrong() == [] and house.path(bundle).exists() == keep
        assert expiry.present(house.vault.store) == () and len(stones(house)) == 1
        shutil.rmtree(house.place)
        if not killed:
            break
    assert 20 < step < 119
    assert {("overdue", True, True), ("unfinished", True, True), ("unfinished", False, True)} <= seen
    assert (("unfinished", False, False) in seen) != keep, "killed between the file's end and the tombstone"


def test_killed_at_every_step_over_a_damaged_bundle(in_memory: Path, clock: HandClock) -> None:
    first = House(in_memory / "vault", clock)
    bundle = first.seal()
    damage(first, bundle, "magic")
    for step in range(1, 120):
        house = first.copy(in_memory / f"vault-{step}")
        killed = killed_at(step, 0.5, lambda house=house: expired(house))
        house.go_to(DUE_NS + 60 * SECOND)
        if house.wrong():
            assert rows(expired(house).destroyed) == [(bundle, "destroyed")]
        assert house.wrong() == [] and len(stones(house)) == 1 and not house.path(bundle).exists()
        if not killed:
            break
    assert 20 < step < 119


def test_the_clock_set_forward_destroys_nothing_until_somebody_vouches(house: House) -> None:
    bundle = house.seal()
    house.clock.wall_ns = DUE_NS
    with pytest.raises(ClockStepped, match="forward by 15681.* s since the last entry"):
        api_vault.expire(house.place, ask=never, dry_run=True)
    with pytest.raises(ClockStepped, match=r"forward by 15681.* s before entry 7 of the log") as caught:
        expired(house)
    assert "accept-clock 7 --why" in caught.value.hint
    assert [result for result, _ in house.words("expire")] == ["clock-stepped"]
    with pytest.raises(ClockStepped, match="before entry 7"):
        expired(house)
    assert expiry.present(house.vault.store) == (bundle,) and ("clock", "") in house.wrong()
    api_vault.log_accept_clock(house.place, 7, "the chip had stopped", ask=ask)
    assert rows(expired(house).destroyed) == [(bundle, "destroyed")] and house.wrong() == []


def test_the_clock_set_back_destroys_nothing(house: House) -> None:
    bundle = house.seal()
    house.go_to(DUE_NS)
    house.log.append(Event("li", "note"), sign=True)
    house.clock.wall_ns -= 2 * 3600 * SECOND
    with pytest.raises(ClockStepped, match=r"set back by 7200.0 s before entry 9"):
        expired(house)
    house.clock.boot, house.clock.wall_ns = "boot-2", house.clock.wall_ns - DAY
    with pytest.raises(ClockStepped, match="set back by 7200.0 s before entry 9"):
        expired(house)
    assert [(step.entry, step.by_s < 0, step.certain, step.accepted) for step in log(house).steps] == [
        (9, True, True, False),
        (11, True, False, False),
    ]
    api_vault.log_accept_clock(house.place, 9, "NTP came back", ask=ask)
    with pytest.raises(ClockStepped, match="at least .* before entry 11"):
        expired(house)
    assert expiry.present(house.vault.store) == (bundle,)


def log(house: House) -> api_vault.LogVerified:
    return api_vault.log_verify(house.place)


def test_a_word_for_the_clock_that_nobody_signed_does_not_count(house: House) -> None:
    house.seal()
    house.clock.wall_ns = DUE_NS
    house.log.append(Event("li", "note"), sign=True)
    house.vault.log().append(Event("eve", "clock-accepted", detail={"sequence": 7, "why": "trust me"}))
    with pytest.raises(ClockStepped, match="before entry 7"):
        expired(house)
    assert [step.accepted for step in log(house).steps] == [False]
    assert sorted(kind for kind, _ in house.wrong()) == ["clock", "log", "overdue"]


def test_nothing_is_destroyed_by_a_log_with_faults(house: House) -> None:
    bundle = house.seal()
    house.go_to(DUE_NS)
    entries = house.place / "log" / ENTRIES
    entries.write_bytes(entries.read_bytes().replace(b'"months":6', b'"months":5', 1))
    for more in ({"dry_run": True}, {}):
        with pytest.raises(BadLog, match="nothing is destroyed while the log is not whole: entry 3: changed"):
            expired(house, **more)
    assert expiry.present(house.vault.store) == (bundle,)


def test_a_wrong_passphrase_destroys_nothing_and_is_told(house: House) -> None:
    bundle = house.seal()
    house.go_to(DUE_NS)
    with pytest.raises(WrongPassphrase):
        api_vault.expire(house.place, ask=lambda key: bytearray(b"another one"))
    assert [result for result, _ in house.words("expire")] == ["wrong-passphrase"]
    assert house.wrong() == [("overdue", bundle)]


def test_a_dry_run_asks_nobody_and_writes_nothing(house: House) -> None:
    bundle, held = house.seal(name="a.log"), house.seal(name="b.log")
    api_vault.hold(house.place, [held], ask=ask, case="c", why="an order")
    house.go_to(DUE_NS)
    before = (house.place / "log" / ENTRIES).read_bytes()
    done = api_vault.expire(house.place, ask=never, dry_run=True)
    assert rows(done.destroyed) == [(bundle, "due")] and rows(done.held) == [(held, "held")]
    assert done.dry_run and done.next_due == ""
    assert (house.place / "log" / ENTRIES).read_bytes() == before
    assert expiry.present(house.vault.store) == tuple(sorted((bundle, held)))


def test_a_key_of_which_the_log_does_not_know_stops_the_end(house: House) -> None:
    """A file put into the store: what its key signs would count, so nothing goes until somebody looked at it."""
    bundle = house.seal()
    house.go_to(DUE_NS)
    put = house.keys.add("court", sm2.generate().public, datetime(2026, 9, 1, tzinfo=UTC))
    with pytest.raises(BadKey, match=f"no entry of the log says how the key {put.key_id} .court. came here"):
        expired(house)
    assert [result for result, _ in house.words("expire")] == ["bad-key"] and house.wrong() == [("overdue", bundle)]
    api_vault.keys_retire(house.place, put.key_id, ask=ask)
    assert rows(expired(house).destroyed) == [(bundle, "destroyed")]
