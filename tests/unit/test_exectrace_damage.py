"""Execution traces that are cut, damaged or something else: one clear line, or what is whole and a note on the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from goxray.timeline.exectrace import is_trace, read
from goxray.timeline.exectrace.decode import compiled_reader, plain_reader
from goxray.timeline.exectrace.formats import FORMATS
from goxray.timeline.exectrace.wire import BadTrace, Damage, number_at

CYCLE = 1 << 22
HZ = 15_625_000


def number(value: int) -> bytes:
    """Write an unsigned LEB128 number."""
    made = bytearray()
    while value >= 0x80:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])


def event(kind: int, *numbers: int) -> bytes:
    """Write an event."""
    return bytes([kind]) + b"".join(number(each) for each in numbers)


def batch(generation: int, thread: int, units: int, *events: bytes) -> bytes:
    """Write a batch."""
    content = b"".join(events)
    return bytes([1]) + b"".join(number(each) for each in (generation, thread, units, len(content))) + content


def header(minor: int) -> bytes:
    """Write a trace's first bytes."""
    return b"go 1.%d trace\0\0\0" % minor


def sync(minor: int, generation: int, units: int) -> bytes:
    """Write the batch that tells of the clock."""
    rate = event(8, HZ)
    if minor < 25:
        return batch(generation, 0, units, rate)
    return batch(generation, 0, units, bytes([50]), rate, event(51, 0, 64 * units, 1_700_000_000, 500_000_000))


def small_trace(minor: int) -> bytes:
    """Write a trace of two generations: in each one cycle with an assist of 100 units, and a heap of 1000 and 600."""
    made = header(minor)
    for generation in (1, 2):
        start = generation * CYCLE

        strings = batch(
            generation, 1, start, bytes([4]),
            bytes([5]) + number(1) + number(20) + b"GC sweep termination",
            bytes([5]) + number(2) + number(19) + b"GC mark termination",
        )  # fmt: skip
        made += sync(minor, generation, start) + strings
        made += batch(
            generation, 7, start,
            event(16, 0, 5, 1),  # goroutine 5 starts
            event(37, 10, 1000), event(38, 10, 4 << 20), event(29, 80, 2 * generation, 0),
            event(26, 10, 1, 0), event(27, 40),
            event(35, 50, 0), event(36, 100),
            event(26, 700, 2, 0), event(37, 5, 600), event(30, 5, 2 * generation + 1), event(27, 15),
        )  # fmt: skip
        made += bytes([52]) if minor >= 26 else b""
    return made


@pytest.fixture
def write(tmp_path: Path) -> object:
    """Write bytes to a file and return its path."""

    def written(content: bytes) -> Path:
        path = tmp_path / "trace.out"
        path.write_bytes(content)
        return path

    return written


@pytest.mark.parametrize("minor", sorted(FORMATS))
def test_a_trace_made_by_hand(minor: int, write: object) -> None:
    timeline = read(write(small_trace(minor)))  # type: ignore[operator]
    assert timeline.notes == ()
    assert timeline.zero_unix_s == (1_700_000_000.5 if minor >= 25 else None)
    first, second = (each for each in timeline.intervals if each.track == "gc")
    assert [first.start_s * HZ, first.end_s * HZ] == pytest.approx([100, 1010])
    assert second.start_s * HZ == pytest.approx(CYCLE + 100)
    assert (first.detail["heap_start"], first.detail["heap_end"], first.detail["heap_live"]) == (1000, 1000, 600)
    assert (first.detail["goal"], first.detail["assists"]) == (4 << 20, 1)
    assert first.detail["assist_ms"] == pytest.approx(100 / HZ * 1e3)
    [mark, _] = (each for each in timeline.intervals if each.track == "mark")
    assert [mark.start_s * HZ, mark.end_s * HZ] == pytest.approx([150, 1000])
    assert [each.name for each in timeline.intervals if each.track == "stw"] == [
        "sweep termination",
        "mark termination",
    ] * 2
    pauses = next(each for each in timeline.series if each.name == "pause_ms")
    assert pauses.values.tolist() == pytest.approx([(40 + 25) / HZ * 1e3] * 2)


@pytest.mark.parametrize("minor", sorted(FORMATS))
def test_every_cut_is_survived_and_what_is_whole_is_read(minor: int, write: object) -> None:
    whole = small_trace(minor)
    second = 16 + len(whole[16:]) // 2  # both generations are as long
    cycles = []
    for size in range(16, len(whole)):
        try:
            timeline = read(write(whole[:size]))  # type: ignore[operator]
        except BadTrace as error:
            assert size < second
            assert "holds no events" in str(error)
            continue
        cycles.append(sum(each.track == "gc" for each in timeline.intervals))
        if size > second:
            only_the_mark_of_the_end_lacks = minor >= 26 and size == len(whole) - 1
            assert cycles[-1] == 1 + only_the_mark_of_the_end_lacks
        if minor >= 26 and size != second:
            assert timeline.notes
    assert {0, 1} <= set(cycles)


def test_what_is_cut_is_said(write: object) -> None:
    whole = small_trace(26)
    [note] = read(write(whole[:-40])).notes  # type: ignore[operator]
    assert "cannot be read: a batch of" in note and "is cut off after" in note
    [note] = read(write(whole[:-1])).notes  # type: ignore[operator]
    assert note == "the trace was cut off before the end of generation 2"


def test_a_damaged_batch_costs_its_own_rest_only(write: object) -> None:
    whole = small_trace(25)
    at = whole.index(event(37, 10, 1000))
    damaged = whole[:at] + b"\xee" + whole[at + 1 :]
    timeline = read(write(damaged))  # type: ignore[operator]
    assert sum(each.track == "gc" for each in timeline.intervals) == 1
    assert timeline.notes == ("1 batches of events are damaged; what follows the damage in each is left out",)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is no Go execution trace"),
        (b"\x7fELF" + bytes(60), "is no Go execution trace"),
        (b"gc 1 @0.008s 3%: 0.1+1+0.1 ms clock", "is no Go execution trace"),
        (header(21) + bytes(40), "goxray reads those of Go 1.22 and later"),
        (header(99) + bytes(40), "format 1.99, which this goxray does not know"),
        (header(22), "holds no events: it ends after its header"),
        (header(26) + b"\x07", "no batch begins with 7"),
        (header(22) + b"\x01\x00\x01\x01\x00", "a batch of no generation"),
        (header(22) + b"\x01\x01\x01\x01" + number(70_000), "a batch of 70,000 bytes, where 65,536 is the most"),
        (header(22) + b"\x01" + b"\xff" * 11, "a number without end"),
        (header(22) + b"\x01" + b"\xff" * 9 + b"\x02", "a number of more than 64 bits"),
    ],
    ids=["empty", "elf", "gctrace", "old", "new", "header", "batch", "generation", "size", "endless", "bits"],
)
def test_bad_files_get_one_line(content: bytes, says: str, write: object) -> None:
    with pytest.raises(BadTrace) as error:
        read(write(content))  # type: ignore[operator]
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadTrace, match="cannot read .*none.out: No such file"):
        read(tmp_path / "none.out")


def test_traces_are_known_by_their_head() -> None:
    assert is_trace(header(21)) and is_trace(header(26) + b"more")
    assert not is_trace(b"go 1.26 tracer\0\0\0") and not is_trace(b"")


@pytest.mark.parametrize("value", [0, 1, 127, 128, (1 << 63) - 1, (1 << 64) - 1])
def test_numbers(value: int) -> None:
    written = number(value)
    assert number_at(written, 0, len(written)) == (value, len(written))
    with pytest.raises(Damage):
        number_at(written[:-1], 0, len(written) - 1)


@pytest.mark.parametrize("minor", sorted(FORMATS))
def test_both_decoders_read_noise_alike(minor: int) -> None:
    random = np.random.default_rng(minor)
    known = np.array([16, 20, 25, 26, 29, 35, 36, 37, 38, 45, 48, 128, 0, 255], dtype=np.uint8)
    compared = 0
    for length in (0, 1, 7, *random.integers(50, 900, 60).tolist()):
        noise = random.integers(0, 256, length, dtype=np.uint8)
        tame = random.random(length) < 0.6
        noise[tame] = random.integers(0, 3, int(tame.sum()), dtype=np.uint8)
        at = random.random(length) < 0.3
        noise[at] = random.choice(known, int(at.sum()))
        data = noise.tobytes()
        for begin in range(0, min(length, 40)):
            span = (begin, length, 1000, 2, 9)
            one, other = plain_reader(data, FORMATS[minor])(span), compiled_reader(data, FORMATS[minor])(span)
            for ours, twins in zip(one[:3], other[:3], strict=True):
                np.testing.assert_array_equal(ours, twins)
            assert one.broken == other.broken
            assert one.broken >= 0 or one.goroutine == other.goroutine
            compared += len(one.kinds)
    assert compared > 100
