"""Runs of units, slots by mask and sums by owner agree with loops in plain Python, wherever the pieces are cut."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from goxray.maps.units import HIGH, SLOTS, Occupancy, Units, runs, slot_addresses, sum_by

addresses = st.integers(0, 1 << 47)
masks = st.lists(st.booleans(), min_size=SLOTS, max_size=SLOTS)


def word(slots: list[bool]) -> int:
    """A mask with 0x80 in the byte of each chosen slot."""
    return int.from_bytes(bytes(0x80 if chosen else 0 for chosen in slots), "little")


def units_of(chosen: list[tuple[int, int, list[bool], list[bool]]]) -> Units:
    owner, addr, full, dead = zip(*chosen, strict=True) if chosen else ((), (), (), ())
    return Units(
        np.array(owner, np.int64), np.array(addr, np.uint64), np.array([word(m) for m in full], np.uint64),
        np.array([word(m) for m in dead], np.uint64), np.zeros(len(chosen), np.uint64),
    )  # fmt: skip


units_lists = st.lists(st.tuples(st.integers(0, 5), addresses, masks, masks), max_size=20).map(
    lambda chosen: sorted(chosen, key=lambda unit: unit[0])
)


@given(st.lists(st.tuples(addresses, st.integers(0, 40)), max_size=12), st.integers(1, 400), st.integers(1, 50))
def test_runs(spans: list[tuple[int, int]], step: int, chunk: int) -> None:
    expected = [(i, start + k * step) for i, (start, count) in enumerate(spans) for k in range(count)]
    starts = np.array([start for start, _ in spans], np.uint64)
    counts = np.array([count for _, count in spans], np.int64)
    found = []
    for run, addr in runs(starts, counts, step, chunk):
        assert 0 < len(run) == len(addr) <= chunk
        found += list(zip(run.tolist(), addr.tolist(), strict=True))
    assert found == expected


@given(units_lists, st.integers(0, 5000), st.integers(0, 300))
def test_slot_addresses(chosen: list[tuple[int, int, list[bool], list[bool]]], offset: int, stride: int) -> None:
    units = units_of(chosen)
    expected = [
        (row, addr + offset + slot * stride)
        for row, (_, addr, full, _) in enumerate(chosen)
        for slot in range(SLOTS)
        if full[slot]
    ]
    row, addr = slot_addresses(units, units.full, offset, stride)
    assert list(zip(row.tolist(), addr.tolist(), strict=True)) == expected
    every, _ = slot_addresses(units, np.full(len(chosen), HIGH), offset, stride)
    assert len(every) == SLOTS * len(chosen)


@given(st.lists(units_lists, max_size=4))
def test_occupancy_counts_what_the_masks_say(parts: list[list[tuple[int, int, list[bool], list[bool]]]]) -> None:
    counted = Occupancy.zeros(6)
    for part in parts:
        counted.add(units_of(part))
    for owner in range(6):
        own = [unit for part in parts for unit in part if unit[0] == owner]
        assert counted.full_slots[owner] == sum(sum(full) for _, _, full, _ in own)
        assert counted.tombstones[owner] == sum(sum(dead) for _, _, _, dead in own)
    assert counted.slots.sum() == counted.bytes.sum() == 0


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-1000, 1000)), max_size=40))
def test_sum_by(pairs: list[tuple[int, int]]) -> None:
    pairs.sort(key=lambda pair: pair[0])
    total = np.arange(10, dtype=np.int64)
    sum_by(total, np.array([o for o, _ in pairs], np.int64), np.array([v for _, v in pairs], np.int64))
    assert total.tolist() == [i + sum(v for o, v in pairs if o == i) for i in range(10)]
