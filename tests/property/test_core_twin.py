"""Reading a core file agrees with reading the same memory byte by byte, whole or cut off."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.core.errors import BadCore, MemoryFault
from goxray.target.core import CoreMemory
from tests.harness.made_core import EHDR, PHDR, Segment, make_core
from tests.harness.plain_memory import PAGE, PlainMemory, gather_plainly

BASE = 0xC000000000


@st.composite
def segment_lists(draw: st.DrawFn) -> list[Segment]:
    segments, page = [], 0
    for _ in range(draw(st.integers(1, 6))):
        page += draw(st.sampled_from([0, 0, 1, 5]))
        count = draw(st.integers(1, 20))
        held = draw(st.sampled_from([count, count, count, 0, count // 2]))
        segments.append(Segment(BASE + page * PAGE, random.Random(page).randbytes(held * PAGE), count * PAGE))
        page += count
    return draw(st.permutations(segments))


@settings(max_examples=120, deadline=None)
@given(
    segment_lists(),
    st.sampled_from([1, 8, PAGE]),
    st.one_of(st.none(), st.floats(0, 1)),
    st.lists(st.integers(-2, 60 * PAGE // 8), max_size=100),
    st.lists(st.sampled_from([0, 8, 24, 1000, PAGE]), min_size=1, max_size=3),
)
def test_cores(segments: list[Segment], align: int, cut: float | None, words: list[int], offsets: list[int]) -> None:
    whole = make_core(segments, align=align)
    size = len(whole) if cut is None else int(len(whole) * cut)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "core"
        path.write_bytes(whole[:size])
        try:
            memory = CoreMemory(str(path))
        except BadCore:
            assert size < EHDR + 2 * PHDR  # not even one segment's header is left
            return
        left = remaining(whole, segments, size)
        twin = PlainMemory(left)
        addrs = [BASE + 8 * word for word in words]
        found, ok = memory.gather(np.array(addrs, np.uint64), offsets)
        expected_words, expected_ok = gather_plainly(twin, addrs, offsets)
        assert ok.tolist() == expected_ok
        assert found.tolist() == expected_words
        records, good = memory.read_many(np.array(addrs, np.uint64), 100)
        for addr, record, readable in zip(addrs, records, good.tolist(), strict=True):
            expected = [twin.byte(addr + index) for index in range(100)]
            assert readable == (None not in expected)
            assert record.tolist() == (expected if readable else [0] * 100)
        for start, content in left.items():
            assert memory.read(start, len(content)) == content
            assert b"".join(piece.tobytes() for _, piece in memory.stream(start, len(content), 5000)) == content
        for region in memory.regions():
            assert region.readable == (twin.byte(region.start) is not None)
            assert region.readable == (twin.byte(region.end - 1) is not None)
        memory.close()


def remaining(whole: bytes, segments: list[Segment], size: int) -> dict[int, bytes]:
    """Return what a file cut after ``size`` bytes still holds, by address."""
    left = {}
    kept = max(0, min(len(segments), (size - EHDR) // PHDR - 1))
    for segment in segments[:kept]:
        at = whole.index(segment.content) if segment.content else 0
        content = whole[at : min(at + len(segment.content), max(size, at))]
        if content:
            left[segment.addr] = content
    return left


def test_of_segments_that_overlap_the_first_wins(tmp_path: Path) -> None:
    path = tmp_path / "core"
    first, second = b"a" * 2 * PAGE, random.Random(1).randbytes(3 * PAGE)
    path.write_bytes(make_core([Segment(BASE + PAGE, second, 3 * PAGE), Segment(BASE, first, 2 * PAGE)]))
    memory = CoreMemory(str(path))
    assert memory.read(BASE, 4 * PAGE) == first + second[PAGE:]
    words, ok = memory.gather(np.array([BASE + 2 * PAGE - 8, BASE + 2 * PAGE + 8], np.uint64), [0])
    assert ok.all()
    assert words.tobytes() == b"a" * 8 + second[PAGE + 8 : PAGE + 16]


def test_a_fault_names_the_first_byte_that_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "core"
    path.write_bytes(make_core([Segment(BASE, b"x" * PAGE, 3 * PAGE), Segment(BASE + 5 * PAGE, b"y" * PAGE, PAGE)]))
    memory = CoreMemory(str(path))
    try:
        list(memory.stream(BASE, 2 * PAGE))
    except MemoryFault as fault:
        assert fault.addr == BASE + PAGE
    else:
        raise AssertionError("memory that the core leaves out was read")
