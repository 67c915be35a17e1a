"""Writers of the vault's log are killed at every step, power is cut at every byte: nothing told to be done is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from goxray.vault.log.chain import ENTRIES, MARK, Log
from goxray.vault.log.entry import CREATED, TORN, from_line
from goxray.vault.log.mark import SLOT
from goxray.vault.log.verify import verify
from goxray.vault.log.walk import SEPARATOR
from tests.unit.vault_logs import LibraryKey, event, filled, killed_at, restore, state

MOST_STEPS = 60


@pytest.fixture(scope="module")
def key() -> LibraryKey:
    return LibraryKey()


def whole_entries(place: Path) -> list[str]:
    """The objects of the events in a log, in order; what makes no entry is left out."""
    found = []
    for raw in (place / ENTRIES).read_bytes().splitlines(keepends=True):
        if raw.startswith(b'{"bytes":') and not raw.endswith(SEPARATOR):
            entry = from_line(raw).entry
            if entry.event.what == "seal":
                found.append(entry.event.object)
    return found


def check_goes_on(place: Path, before: bytes, must: list[int], may: int, key: LibraryKey) -> None:
    """After a crash: no fault, what was there is there, the next writer tells of what is torn and goes on."""
    there = (place / ENTRIES).read_bytes() if (place / ENTRIES).exists() else b""
    assert there.startswith(before), "a log never shrinks and never changes"
    if there and (place / MARK).exists():
        assert verify(place, keys=key.known).good
    made = Log(place, signer=key, interval=5).append(event(99))
    now = (place / ENTRIES).read_bytes()
    assert now.startswith(there)
    report = verify(place, keys=key.known)
    assert report.good and report.marks_lost == () and all(torn.told for torn in report.torn)
    found = whole_entries(place)
    assert found in ([f"{n:064x}" for n in [*must, 99]], [f"{n:064x}" for n in [*must, may, 99]])
    if made.torn is not None:
        assert made.torn.start >= len(before) and (made.torn.start, made.torn.end) in {
            (torn.start, torn.end) for torn in report.torn
        }
    assert Log(place, signer=key, interval=5).append(event(100)).torn is None


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("count", "steps"), [(0, 15), (3, 13)], ids=["new", "old"])
def test_a_writer_killed_at_every_step(tmp_path: Path, count: int, steps: int, share: float, key: LibraryKey) -> None:
    """A new log, and one where the event is followed by a head.

    An event takes nine steps: lock, mark, entries and directory opened, the directory synced, the line written and
    synced, the mark written and synced. A head takes four more; a new log has a mark before all (two) and a line that
    begins it (four).
    """
    torn = 0
    for step in range(1, MOST_STEPS):
        place = tmp_path / f"log-{step}"
        filled(place, count, signer=key, interval=5)
        before = (place / ENTRIES).read_bytes() if count else b""
        killed = killed_at(step, share, lambda place=place: Log(place, signer=key, interval=5).append(event(50)))
        if not killed:
            assert whole_entries(place)[-1] == f"{50:064x}"
            break
        check_goes_on(place, before, list(range(count)), 50, key)
        torn += b"#\n" in (place / ENTRIES).read_bytes()
    assert step == steps + 1
    assert (torn > 0) == (0 < share < 1)


def test_killed_again_while_telling_of_a_torn_line(tmp_path: Path, key: LibraryKey) -> None:
    """A second crash at each step of the writer who closes the torn line of the first."""
    for step in range(1, MOST_STEPS):
        place = tmp_path / f"log-{step}"
        filled(place, 3, signer=key, interval=5)
        before = (place / ENTRIES).read_bytes()
        with (place / ENTRIES).open("ab") as file:
            file.write(b'{"bytes":381,"digest":"00')
        if not killed_at(step, 0.5, lambda place=place: Log(place, signer=key, interval=5).append(event(50))):
            break
        check_goes_on(place, before, [0, 1, 2], 50, key)
    assert step == 9 + 4 + 4 + 1, "the torn line is told of (four steps more), and a head is due"


@pytest.fixture
def without_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost here but what the test takes away, so nothing need reach a disk."""
    monkeypatch.setattr(os, "fsync", lambda number: None)


@pytest.mark.usefixtures("without_sync")
def test_power_cut_at_every_byte_of_a_line(tmp_path: Path, key: LibraryKey) -> None:
    """The line is there up to a byte, and the mark is not; or as many zero bytes as it would have had."""
    log = filled(tmp_path / "log", 3)
    old = state(log.place)
    log.append(event(50))
    line = (log.place / ENTRIES).read_bytes()[len(old[0]) :]
    ends = [line[:size] for size in range(len(line) + 1)] + [bytes(len(line)), line[:100] + bytes(len(line) - 100)]
    for end in ends:
        restore(log.place, (old[0] + end, old[1]))
        report = verify(log.place)
        assert report.good
        lost = end not in (b"", line)
        assert [(torn.start, torn.end, torn.told) for torn in report.torn] == (
            [(len(old[0]), len(old[0]) + len(end), False)] if lost else []
        )
        made = Log(log.place).append(event(99))
        assert (made.torn is not None) == lost
        told = [
            from_line(raw).entry.event
            for raw in (log.place / ENTRIES).read_bytes()[len(old[0]) :].split(b"\n")
            for raw in [raw + b"\n"]
            if raw.startswith(b'{"bytes":') and b'"what":"log-torn"' in raw and not raw.endswith(SEPARATOR)
        ]
        assert [event.detail for event in told] == ([{"start": len(old[0]), "bytes": len(end)}] if lost else [])
        assert all(event.what == TORN for event in told)
        after = verify(log.place)
        assert after.good and [torn.told for torn in after.torn] == [True] * lost
        assert whole_entries(log.place) == [f"{n:064x}" for n in [0, 1, 2, *([50] if end == line else []), 99]]


@pytest.mark.usefixtures("without_sync")
@pytest.mark.parametrize("size", [*range(0, 513, 32), 2048])
def test_power_cut_while_the_mark_is_written(tmp_path: Path, size: int) -> None:
    """One slot is torn at a byte; the other one stands, and the line behind it is found again."""
    log = filled(tmp_path / "log", 3)
    old = state(log.place)
    log.append(event(50))
    new = state(log.place)
    at = next(at for at in (0, SLOT) if old[1][at : at + 2048] != new[1][at : at + 2048])
    torn = (
        new[1][:at]
        + new[1][at : at + size]
        + old[1][at + size : at + 2048].ljust(2048 - size, b"\0")
        + new[1][at + 2048 :]
    )
    restore(log.place, (new[0], torn))
    assert verify(log.place).good
    made = Log(log.place).append(event(99))
    assert made.torn is None and not made.mark_lost
    assert verify(log.place).good
    assert whole_entries(log.place) == [f"{n:064x}" for n in [0, 1, 2, 50, 99]]


@pytest.mark.usefixtures("without_sync")
def test_the_first_line_torn_is_told_by_the_line_that_begins_the_log(tmp_path: Path) -> None:
    log = filled(tmp_path / "log", 0)
    log.append(event(1))
    first = (log.place / ENTRIES).read_bytes().splitlines(keepends=True)[0]
    (log.place / MARK).unlink()
    (log.place / ENTRIES).unlink()
    assert killed_at(10**6, 0, lambda: None) is False
    for size in (1, 50, len(first) - 1):
        place = tmp_path / f"log-{size}"
        place.mkdir(mode=0o700)
        step = next(s for s in range(1, MOST_STEPS) if write_dies(place, s, size / len(first)))
        assert step
        made = Log(place).append(event(2))
        assert made.torn is not None and made.line.entry.sequence == 2
        raws = (place / ENTRIES).read_bytes().splitlines(keepends=True)
        begun = from_line(raws[1]).entry
        assert begun.event.what == CREATED and begun.event.object == made.torn.digest and begun.sequence == 1
        assert verify(place).good


def write_dies(place: Path, step: int, share: float) -> bool:
    """Kill a writer at a step; say whether a part of a line is all that it left."""
    for name in (ENTRIES, MARK):
        (place / name).unlink(missing_ok=True)
    killed_at(step, share, lambda: Log(place).append(event(1)))
    there = (place / ENTRIES).read_bytes() if (place / ENTRIES).exists() else b""
    return bool(there) and not there.endswith(b"\n")


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = filled(tmp_path / "log", 2)
    before = (log.place / ENTRIES).read_bytes()
    real = os.write
    left = [100]

    def full(number: int, data: bytes) -> int:
        if not left[0]:
            raise OSError(28, "No space left on device")
        done = real(number, bytes(data)[: left[0]])
        left[0] -= done
        return done

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(Exception, match="No space left on device"):
        log.append(event(5))
    monkeypatch.undo()
    made = log.append(event(6))
    assert made.torn is not None and (made.torn.start, made.torn.end) == (len(before), len(before) + 100)
    assert verify(log.place).good
    assert whole_entries(log.place) == [f"{n:064x}" for n in [0, 1, 6]]
