"""Single reads, and how gather groups what it reads."""

from __future__ import annotations

import numpy as np
import pytest

from goxray.core.errors import MemoryFault
from goxray.target.coalesce import MAX_RUNS, RUN_SHIFT, WINDOW
from tests.harness.plain_memory import PAGE, PlainMemory

BASE = 0xC000000000


def test_scalars_are_little_endian_and_may_be_unaligned() -> None:
    memory = PlainMemory({BASE: bytes(range(1, 101)) + bytes(PAGE - 100)})
    assert memory.read_u8(BASE + 3) == 4
    assert memory.read_u32(BASE + 1) == 0x05040302
    assert memory.read_u64(BASE + 3) == 0x0B0A090807060504
    assert memory.read_words(BASE, 2) == (0x0807060504030201, 0x100F0E0D0C0B0A09)
    assert memory.read(BASE + 98, 4) == b"\x63\x64\0\0"


@pytest.mark.parametrize("addr", [BASE - 1, BASE + PAGE - 3, 0, -8, 1 << 63, (1 << 64) - 4])
def test_a_read_that_touches_unreadable_memory_is_a_fault_that_names_the_range(addr: int) -> None:
    with pytest.raises(MemoryFault) as caught:
        PlainMemory({BASE: bytes(PAGE)}).read(addr, 8)
    assert (caught.value.addr, caught.value.size) == (addr, 8)


def test_strings_end_at_nul_at_the_limit_or_in_a_fault() -> None:
    text = "gö\N{SNOWMAN}".encode()
    memory = PlainMemory({BASE: text + b"\0" + b"x" * (PAGE - len(text) - 1)})
    assert memory.read_cstring(BASE) == "gö\N{SNOWMAN}"
    assert memory.read_cstring(BASE + len(text) + 1, limit=100) == "x" * 100
    assert memory.read_cstring(BASE + 1, 2) == "\N{LATIN SMALL LETTER O WITH DIAERESIS}"
    with pytest.raises(MemoryFault):
        memory.read_cstring(BASE + PAGE - 50)


def test_the_last_bytes_of_a_mapping_can_be_a_string() -> None:
    assert PlainMemory({BASE: b"a" * (PAGE - 3) + b"bc\0"}).read_cstring(BASE + PAGE - 3) == "bc"


def test_neighbours_are_read_together_in_bounded_windows() -> None:
    size = 4 * WINDOW
    memory = PlainMemory({BASE: bytes(size)})
    addrs = np.arange(BASE, BASE + size - 64, 48, dtype=np.uint64)
    _, ok = memory.gather(addrs, [0, 8, 40])
    assert ok.all()
    assert memory.calls <= 4 * size // WINDOW
    assert memory.largest <= WINDOW


def test_one_window_never_has_more_runs_than_a_call_takes() -> None:
    apart = 3 * PAGE
    count = 3 * MAX_RUNS
    memory = PlainMemory({BASE: bytes(count * apart)})
    addrs = np.arange(BASE, BASE + count * apart, apart, dtype=np.uint64)
    _, ok = memory.gather(addrs, [0])
    assert ok.all()
    assert memory.calls == count // MAX_RUNS
    assert memory.largest == 8 * MAX_RUNS


def test_a_wild_offset_does_not_make_a_wide_read() -> None:
    memory = PlainMemory({BASE: bytes(PAGE), BASE + (1 << 30): bytes(PAGE)})
    words, ok = memory.gather(np.array([BASE], np.uint64), [0, 1 << 30])
    assert ok.tolist() == [True]
    assert words.tolist() == [[0, 0]]
    assert memory.largest <= 1 << RUN_SHIFT


def test_addresses_outside_every_mapping_do_not_cost_a_call_each() -> None:
    memory = PlainMemory({BASE: bytes(PAGE)})
    bad = np.arange(1 << 40, (1 << 40) + 50_000 * 3 * PAGE, 3 * PAGE, dtype=np.uint64)
    _, ok = memory.gather(np.concatenate((bad, [np.uint64(BASE)])), [0])
    assert ok.tolist() == [False] * len(bad) + [True]
    assert memory.calls <= 3


@pytest.mark.parametrize("count", [1, 1000])
def test_an_offset_does_not_lead_round_the_end_of_the_address_space(count: int) -> None:
    memory = PlainMemory({PAGE: bytes(PAGE)})
    words, ok = memory.gather(np.full(count, (1 << 64) - 8, np.uint64), [PAGE + 8])
    assert not ok.any()
    words, ok = memory.gather(np.full(count, 8, np.uint64), [-16])
    assert not ok.any()
    words, ok = memory.gather(np.full(count, PAGE + 16, np.uint64), [-16])
    assert ok.all()


def test_no_addresses_and_no_offsets() -> None:
    memory = PlainMemory({BASE: bytes(PAGE)})
    words, ok = memory.gather(np.empty(0, np.uint64), [0, 8])
    assert (words.shape, ok.shape) == ((0, 2), (0,))
    words, ok = memory.gather(np.array([BASE], np.uint64), [])
    assert (words.shape, ok.tolist()) == ((1, 0), [True])
    records, ok = memory.read_many(np.array([BASE], np.uint64), 0)
    assert (records.shape, ok.tolist()) == ((1, 0), [True])


def test_a_stream_may_be_left_early_and_gathered_from_inside() -> None:
    content = np.arange(PAGE, dtype=np.uint64).tobytes()
    memory = PlainMemory({BASE: content})
    outer = bytearray()
    for at, piece in memory.stream(BASE, len(content), 1000):
        memory.gather(np.array([at & ~7], np.uint64), [0])
        for _, inner in memory.stream(BASE, 64, 8):
            assert inner.size == 8
            break
        outer += piece.tobytes()
    assert bytes(outer) == content
