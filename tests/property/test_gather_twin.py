"""gather, read_many and stream agree with reading byte by byte, whatever the addresses and wherever the holes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.core.errors import MemoryFault
from goxray.target import coalesce
from tests.harness.plain_memory import PAGE, PlainMemory, gather_plainly

BASE = 0xC000000000
FAR = (1 << 63) - 2 * PAGE
TOP = (1 << 64) - 8


@contextmanager
def small_windows(window: int, run_shift: int, runs: int, block: int, gap: int, tiny: int) -> Iterator[None]:
    """Shrink the sizes, so that a few hundred addresses meet every border that millions would."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coalesce, "WINDOW", window)
        patch.setattr(coalesce, "RUN_SHIFT", run_shift)
        patch.setattr(coalesce, "MAX_RUNS", runs)
        patch.setattr(coalesce, "BLOCK", block)
        patch.setattr(coalesce, "GAP", gap)
        patch.setattr(coalesce, "TINY", tiny)
        yield


@st.composite
def memories(draw: st.DrawFn) -> PlainMemory:
    contents: dict[int, bytes] = {}
    page = 0
    for _ in range(draw(st.integers(1, 5))):
        page += draw(st.integers(0, 3))
        count = draw(st.integers(1, 4))
        contents[BASE + page * PAGE] = random.Random(page).randbytes(count * PAGE)
        page += count
    if draw(st.booleans()):
        contents[PAGE] = random.Random(7).randbytes(PAGE)
    return PlainMemory(contents)


addresses = st.lists(
    st.one_of(
        st.integers(0, 20 * PAGE // 8).map(lambda word: BASE + 8 * word),
        st.integers(-PAGE, 20 * PAGE).map(lambda byte: BASE + byte),
        st.integers(0, 20).map(lambda page: BASE + page * PAGE - 8),
        st.sampled_from([0, 8, PAGE - 8, PAGE, 2 * PAGE - 8, FAR, FAR + 8, TOP, TOP - PAGE]),
    ),
    max_size=120,
)
offset_lists = st.lists(
    st.one_of(st.integers(0, 12).map(lambda word: 8 * word), st.sampled_from([-16, -8, 4, 1000, 5000, 3 * PAGE])),
    min_size=1,
    max_size=5,
)
Limits = tuple[int, int, int, int, int, int]
limits = st.tuples(
    st.sampled_from([512, 4096, 1 << 21]),
    st.sampled_from([8, 10, 19]),
    st.sampled_from([1, 3, 1024]),
    st.sampled_from([5, 64, 1 << 16]),
    st.sampled_from([0, 64, PAGE]),
    st.sampled_from([0, 32, 256]),
)


@settings(max_examples=300, deadline=None)
@given(memories(), addresses, offset_lists, limits, st.booleans())
def test_gather(
    memory: PlainMemory,
    addrs: list[int],
    offsets: list[int],
    sizes: Limits,
    ascending: bool,
) -> None:
    addrs = sorted(addrs) if ascending else addrs
    with small_windows(*sizes):
        words, ok = memory.gather(np.array(addrs, np.uint64), offsets)
    expected_words, expected_ok = gather_plainly(memory, addrs, offsets)
    assert ok.tolist() == expected_ok
    assert words.tolist() == expected_words
    assert words.shape == (len(addrs), len(offsets))


@settings(max_examples=150, deadline=None)
@given(memories(), addresses, st.sampled_from([1, 7, 16, 48, PAGE, PAGE + 24]), limits)
def test_read_many(memory: PlainMemory, addrs: list[int], size: int, sizes: Limits) -> None:
    with small_windows(*sizes):
        records, ok = memory.read_many(np.array(addrs, np.uint64), size)
    assert records.shape == (len(addrs), size)
    for addr, record, good in zip(addrs, records, ok.tolist(), strict=True):
        expected = [memory.byte(addr + index) for index in range(size)]
        assert good == (None not in expected)
        assert record.tolist() == (expected if good else [0] * size)


@settings(max_examples=150, deadline=None)
@given(memories(), st.integers(-PAGE, 10 * PAGE), st.integers(0, 8 * PAGE), st.sampled_from([64, 1000, PAGE, 1 << 22]))
def test_stream(memory: PlainMemory, start: int, size: int, chunk: int) -> None:
    got = bytearray()
    fault = None
    try:
        for at, piece in memory.stream(BASE + start, size, chunk):
            assert at == BASE + start + len(got)
            assert 0 < piece.size <= chunk
            got += piece.tobytes()
    except MemoryFault as error:
        fault = error.addr
    expected = []
    for index in range(size):
        byte = memory.byte(BASE + start + index)
        if byte is None:
            break
        expected.append(byte)
    assert list(got) == expected
    assert fault == (BASE + start + len(expected) if len(expected) < size else None)
