"""The vault's log is cut, edited, reordered, replayed and rewritten: each time it shows, and where."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from goxray.core.errors import BadLog
from goxray.vault import signed, sm2
from goxray.vault.log import export
from goxray.vault.log.chain import ENTRIES, HEAD_KIND, MARK, Log
from goxray.vault.log.entry import Entry, Event, from_line, to_line
from goxray.vault.log.verify import Report, verify
from goxray.vault.log.walk import Fault
from tests.unit.vault_logs import LibraryKey, PeerKey, entries, event, filled, lines, restore, state

AT = "2026-08-29T10:40:03.000000000Z"


@pytest.fixture(scope="module")
def key() -> PeerKey:
    return PeerKey()


@pytest.fixture
def log(tmp_path: Path, key: PeerKey) -> Log:
    """Eight entries: created, three events, a head over entry 4, three events."""
    return filled(tmp_path / "log", 6, signer=key, interval=4)


def put(log: Log, changed: list[bytes]) -> None:
    (log.place / ENTRIES).write_bytes(b"".join(changed))


def start_of(raws: list[bytes], number: int) -> int:
    return sum(map(len, raws[: number - 1]))


def told(report: Report) -> list[tuple[str, int, int]]:
    return [(fault.kind, fault.first, fault.last) for fault in report.faults]


def test_untouched(log: Log, key: PeerKey) -> None:
    report = verify(log.place, keys=key.known)
    assert report.good and report.entries == 8 and report.covered == 4 and not report.torn


@pytest.mark.parametrize("lost", [1, 2])
def test_every_cut_within_the_last_two_entries_is_located(log: Log, lost: int) -> None:
    raws = lines(log.place)
    whole = b"".join(raws)
    first = len(raws) - lost + 1
    start = start_of(raws, first)
    for size in range(start, start + len(raws[first - 1])):
        (log.place / ENTRIES).write_bytes(whole[:size])
        (fault,) = verify(log.place).faults
        assert (fault.kind, fault.first, fault.last, fault.start, fault.end) == ("truncated", first, 8, start, size)
    with pytest.raises(BadLog, match=f"cut off: it ends at byte {size} and was written to byte {len(whole)}, entry 8"):
        log.append(event(9))
    assert (log.place / ENTRIES).read_bytes() == whole[:size]


def holds(fault: Fault, number: int, at: int, raws: list[bytes]) -> bool:
    """Whether a fault names the entry and its bytes; a changed newline joins the line with the one behind it."""
    start = start_of(raws, number)
    joined = at == start + len(raws[number - 1]) - 1
    ends = {start_of(raws, number + 1)} | ({start_of(raws, number + 2)} if joined else set())
    last = number + 1 if joined and number < len(raws) else number
    return (fault.kind, fault.first, fault.last, fault.start) == ("edited", number, last, start) and fault.end in ends


def test_every_byte_edited_is_located(tmp_path: Path, key: PeerKey) -> None:
    """One bit of each byte, another one from byte to byte; the log is created, two events, a head, an event."""
    log = filled(tmp_path / "log", 3, signer=key, interval=3)
    raws = lines(log.place)
    assert len(raws) == 5
    whole = bytearray(b"".join(raws))
    at = 0
    for number, raw in enumerate(raws, 1):
        for _ in raw:
            bit = 1 << at % 8
            whole[at] ^= bit
            (log.place / ENTRIES).write_bytes(whole)
            whole[at] ^= bit
            (fault,) = verify(log.place).faults
            assert holds(fault, number, at, raws), (number, at, fault)
            at += 1
    assert at == len(whole)


def test_an_edit_of_the_last_entry_stops_the_next_writer(log: Log) -> None:
    raws = lines(log.place)
    raws[-1] = raws[-1].replace(b'"who":"li"', b'"who":"wu"')
    put(log, raws)
    with pytest.raises(BadLog, match="entry 8, bytes .* was changed"):
        log.append(event(9))


@pytest.mark.parametrize("number", range(1, 9))
def test_an_entry_taken_out(log: Log, number: int) -> None:
    raws = lines(log.place)
    start = start_of(raws, number)
    del raws[number - 1]
    put(log, raws)
    (fault,) = verify(log.place).faults
    assert (fault.first, fault.last, fault.start) == (number, number, start)
    assert fault.kind == ("missing" if number < 8 else "truncated")


@pytest.mark.parametrize(("first", "last"), [(2, 3), (3, 6), (1, 7)])
def test_several_taken_out_are_one_fault(log: Log, first: int, last: int) -> None:
    raws = lines(log.place)
    put(log, raws[: first - 1] + raws[last:])
    assert told(verify(log.place)) == [("missing", first, last)]


@pytest.mark.parametrize("number", range(1, 8))
def test_two_swapped(log: Log, number: int) -> None:
    raws = lines(log.place)
    raws[number - 1], raws[number] = raws[number], raws[number - 1]
    put(log, raws)
    assert told(verify(log.place)) == [("moved", number, number)]


def test_moved_far(log: Log) -> None:
    raws = lines(log.place)
    put(log, [*raws[:2], *raws[5:], *raws[2:5]])
    assert told(verify(log.place)) == [("moved", 3, 3), ("moved", 4, 4), ("moved", 5, 5)]


def test_one_twice(log: Log) -> None:
    raws = lines(log.place)
    put(log, [*raws[:5], raws[2], *raws[5:]])
    (fault,) = verify(log.place).faults
    assert (fault.kind, fault.first, fault.start) == ("repeated", 3, start_of(raws, 6))


def test_bytes_put_in(log: Log) -> None:
    raws = lines(log.place)
    put(log, [*raws[:5], b"hello\n", *raws[5:]])
    (fault,) = verify(log.place).faults
    assert (fault.kind, fault.start, fault.end) == ("foreign", start_of(raws, 6), start_of(raws, 6) + 6)


def forged(raw: bytes, change: Callable[[Entry], Entry]) -> bytes:
    return to_line(change(from_line(raw).entry))[0]


def by(who: str) -> Callable[[Entry], Entry]:
    return lambda entry: dataclasses.replace(entry, event=dataclasses.replace(entry.event, who=who))


@pytest.mark.parametrize("number", [2, 3, 5, 7])
def test_one_entry_forged_with_its_digest(log: Log, number: int) -> None:
    """The forger knows the format: the entry's own digest is right, but the one behind it follows another."""
    raws = lines(log.place)
    raws[number - 1] = forged(raws[number - 1], by("wu"))
    put(log, raws)
    found = told(verify(log.place))
    assert ("rewritten", number, number + 1) in found
    assert {kind for kind, _, _ in found} <= {"rewritten", "head"}


def test_a_rewritten_end_shows_against_the_anchor_alone(log: Log, key: PeerKey) -> None:
    """What no head covers can be rewritten by whoever may write the files: this is what anchors are for."""
    anchor = export.read(verify(log.place, keys=key.known).anchor())
    raws = lines(log.place)
    changed = raws[:6]
    previous = from_line(raws[5]).digest
    for raw in raws[6:]:
        entry = dataclasses.replace(by("wu")(from_line(raw).entry), previous=previous)
        line, previous = to_line(entry)
        changed.append(line)
    put(log, changed)
    assert told(verify(log.place, keys=key.known)) == [("rewritten", 1, 8)], "the mark knows the last entry"
    (log.place / MARK).unlink()
    assert told(verify(log.place, keys=key.known)) == [("mark", 0, 0)]
    Log(log.place).append(event(1))
    report = verify(log.place, keys=key.known)
    assert report.good and report.marks_lost == (9,), "the loss of the mark is told for ever"
    (fault,) = verify(log.place, keys=key.known, anchors=[anchor]).faults
    assert (fault.kind, fault.first, fault.last) == ("anchor", 5, 8)


def test_what_a_head_covers_cannot_be_rewritten(log: Log, key: PeerKey) -> None:
    raws = lines(log.place)
    changed, previous = raws[:1], from_line(raws[0]).digest
    for raw in raws[1:]:
        line, previous = to_line(dataclasses.replace(by("wu")(from_line(raw).entry), previous=previous))
        changed.append(line)
    put(log, changed)
    assert ("head", 5, 5) in told(verify(log.place, keys=key.known))
    forger = PeerKey(name=key.public.key_id)
    document = signed.sign(
        HEAD_KIND,
        {
            "log": log.log_id or "x",
            "at": "2026-08-29T10:40:03.000000000Z",
            "digest": from_line(changed[3]).digest,
            "sequence": 4,
        },
        forger,
    )
    previous = from_line(changed[3]).digest
    head = from_line(changed[4]).entry
    again = dataclasses.replace(
        head, previous=previous, event=dataclasses.replace(head.event, detail={"head": document})
    )
    changed[4] = to_line(again)[0]
    put(log, changed)
    (fault,) = [fault for fault in verify(log.place, keys=key.known).faults if fault.kind == "head"]
    assert "not signed by the key" in fault.words


def test_an_older_log_put_back(log: Log, key: PeerKey) -> None:
    """Entries alone: the mark shows it. Entries and mark: only the anchor does, and that is said."""
    old = state(log.place)
    for number in range(10, 13):
        log.append(event(number), sign=number == 11)
    newer = state(log.place)
    anchor = export.read(verify(log.place, keys=key.known).anchor())
    count = len(entries(log.place))
    restore(log.place, (old[0], newer[1]))
    assert told(verify(log.place)) == [("truncated", 9, count)]
    with pytest.raises(BadLog, match="cut off"):
        log.append(event(20))
    restore(log.place, (newer[0], old[1]))
    assert told(verify(log.place)) == [("mark", 9, count)]
    restore(log.place, old)
    assert verify(log.place, keys=key.known).good
    (fault,) = verify(log.place, keys=key.known, anchors=[anchor]).faults
    assert (fault.kind, fault.first) == ("truncated", 9) and "older copy" in fault.words
    restore(log.place, newer)
    report = verify(log.place, keys=key.known, anchors=[anchor])
    assert report.good and report.met == len(anchor.points)


def test_another_log_put_in_its_place(log: Log, tmp_path: Path, key: PeerKey) -> None:
    anchor = export.read(verify(log.place, keys=key.known).anchor())
    log_id = anchor.log_id
    other = filled(tmp_path / "other", 6, signer=key, interval=4)
    mark = (log.place / MARK).read_bytes()
    restore(log.place, state(other.place))
    assert "replaced" in {kind for kind, _, _ in told(verify(log.place, log_id=log_id))}
    assert "replaced" in {kind for kind, _, _ in told(verify(log.place, anchors=[anchor]))}
    with pytest.raises(BadLog, match="another vault"):
        Log(log.place, log_id=log_id).append(event(1))
    (log.place / MARK).write_bytes(mark)
    assert not verify(log.place).good
    with pytest.raises(BadLog):
        log.append(event(1))


def test_a_head_of_another_log_is_none_of_this_one(log: Log, tmp_path: Path, key: PeerKey) -> None:
    payload = {
        "log": "f" * 32,
        "at": "2026-08-29T10:40:03.000000000Z",
        "sequence": 8,
        "digest": entries(log.place)[-1].digest,
    }
    head = signed.sign(HEAD_KIND, payload, key)
    last = entries(log.place)[-1]
    line = to_line(Entry(9, last.digest, last.entry.at, Event("li", "log-head", "ok", last.digest, {"head": head})))[0]
    put(log, [*lines(log.place), line])
    assert told(verify(log.place, keys=key.known)) == [("head", 9, 9)]


@pytest.mark.parametrize(
    ("key_name", "value"),
    [
        ("signature", ""),
        ("signature", "00" * 70),
        ("signature", "zz"),
        ("signature", "ab" * 9000),
        ("signer_id", "ab" * 9000),
        ("signer_id", ""),
        ("signer_id", "31"),
        ("signer_id", 5),
        ("payload", []),
        ("payload", {"log": "x"}),
    ],
    ids=range(10),
)
def test_a_head_that_is_hostile_is_a_fault_and_no_crash(tmp_path: Path, key_name: str, value: object) -> None:
    """With the real SM2, in a line whose own digest is right."""
    private = LibraryKey()
    place = filled(tmp_path / "log", 3, signer=private, interval=3).place
    raws = lines(place)
    head = from_line(raws[3]).entry
    document = {**head.event.detail["head"], key_name: value}
    changed = dataclasses.replace(head, event=dataclasses.replace(head.event, detail={"head": document}))
    (place / ENTRIES).write_bytes(b"".join([*raws[:3], to_line(changed)[0], *raws[4:]]))
    assert ("head", 4, 4) in told(verify(place, keys=private.known))


def test_anchors_are_read_strictly(log: Log, key: PeerKey) -> None:
    data = verify(log.place, keys=key.known).anchor()
    anchor = export.read(data)
    assert [point.sequence for point in anchor.points] == [4, 8]
    for bad in (
        b"",
        data[:-2],
        data + b" ",
        data.replace(b"anchor 1", b"anchor 2"),
        data.replace(b'"log":"', b'"log":"0', 1),
    ):
        with pytest.raises(BadLog):
            export.read(bad)
    at = data.index(b'"signature":"') + 20
    forged_anchor = export.read(data[:at] + (b"0" if data[at : at + 1] != b"0" else b"1") + data[at + 1 :])
    assert told(verify(log.place, keys=key.known, anchors=[forged_anchor])) == [("anchor", 4, 4)]


def test_a_log_with_faults_is_not_exported(log: Log) -> None:
    put(log, lines(log.place)[:-1])
    with pytest.raises(BadLog, match="no head of this log is exported"):
        verify(log.place).anchor()


def test_signed_with_libcrypto(tmp_path: Path) -> None:
    private = sm2.generate()
    place = tmp_path / "log"
    place.mkdir(mode=0o700)
    log = Log(place, signer=private, signer_id=b"bank-7")
    log.append(event(1), sign=True)
    known = {private.public.key_id: private.public}
    report = verify(place, keys=known)
    assert report.good and report.covered == 2
    head = lines(place)[2]
    assert bytes.fromhex(head[head.index(b'"signer_id":"') + 13 :].split(b'"')[0].decode()) == b"bank-7"
    stranger = sm2.generate()
    assert told(verify(place, keys={private.public.key_id: stranger.public})) == [("head", 3, 3)]
