"""How full slices and strings are: sums, bins and waste worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from goxray.heap import fill_kernels as kernels
from goxray.heap.fill_kernels import Kinds, Lengths, Sums, Where

SLICE_OF_8, SLICE_OF_24, STRING = range(3)
KINDS = Kinds(np.array([8, 24, 1], np.int64), np.array([0, 0, 1], np.uint8))
# Objects: 0 and 1 are the holders (owners 5 and 6), 2 is held by nobody, the others are arrays of these sizes.
SIZES = [32, 32, 32, 64, 48, 16, 1024]
A64, A48, A16, A1024 = 3, 4, 5, 6
OWNER = np.array([5, 6, -1, 0, 0, 0, 0], np.int32)
WHERE = Where(np.arange(len(SIZES) + 1, dtype=np.int64), np.zeros(1, np.int32), np.array(SIZES, np.int64))


def added(rows: list[tuple[int, int, int, int, int]], room: int = 8) -> Any:
    """Add up (holder, slot, array, length, room) rows; return rows by (owner, slot) and the bins, or None."""
    source, slots, target, length, capacity = (list(column) for column in zip(*rows, strict=True))
    edge = np.arange(len(rows), dtype=np.uint32)
    targets = np.array(target, np.uint32)
    lengths = np.array(length, np.uint32)
    seen = np.zeros(len(SIZES), np.uint32)
    text = np.array([slot == STRING for slot in slots], np.uint8)
    kernels.cover(targets, edge, lengths, text, *WHERE, seen)
    sums = Sums(
        np.zeros(2 * room, np.uint64),
        np.zeros(2 * room, np.int32),
        np.zeros(room, np.uint64),
        np.zeros((room, 5), np.int64),
        np.zeros((2, kernels.BINS, 3), np.int64),
    )
    given = Lengths(
        np.array(source, np.uint32), np.array(slots, np.int32), edge, lengths, np.array(capacity, np.uint32), targets
    )
    count = kernels.add_up(given, OWNER, KINDS, WHERE, seen, sums)
    if count < 0:
        return None
    keys = [((key >> 32) - 1, (key & 0xFFFFFFFF) - 1) for key in sums.row_key[:count].tolist()]
    return SimpleNamespace(rows=dict(zip(keys, sums.sums[:count].tolist(), strict=True)), bins=sums.bins)


def binned(bins: Any) -> dict[int, list[int]]:
    return {tenth: row for tenth, row in enumerate(bins.tolist()) if any(row)}


def test_slices() -> None:
    found = added(
        [
            (0, SLICE_OF_8, A64, 2, 8),  # 16 of 64 bytes: 48 wasted, a quarter full
            (0, SLICE_OF_8, A64, 8, 8),  # full
            (1, SLICE_OF_24, A48, 1, 2),  # 24 of 48
            (1, SLICE_OF_8, A1024, 0, 128),  # empty
        ]
    )
    assert found.rows == {
        (5, SLICE_OF_8): [2, 10, 16, 128, 48],
        (6, SLICE_OF_24): [1, 1, 2, 48, 24],
        (6, SLICE_OF_8): [1, 0, 128, 1024, 1024],
    }
    assert binned(found.bins[0]) == {0: [1, 1024, 1024], 2: [1, 64, 48], 5: [1, 48, 24], 9: [1, 64, 0]}
    assert binned(found.bins[1]) == {}


def test_a_capacity_that_cannot_be_is_left_out_and_none_means_the_length() -> None:
    found = added(
        [
            (0, SLICE_OF_8, A64, 2, 9),  # 72 bytes do not fit into 64
            (0, SLICE_OF_8, A64, 3, 0),  # no capacity was read: full as far as is known
        ]
    )
    assert found.rows == {(5, SLICE_OF_8): [1, 3, 3, 24, 0]}
    assert binned(found.bins[0]) == {9: [1, 24, 0]}


def test_what_nothing_reaches_and_what_is_no_slice_counts_not() -> None:
    found = added([(2, SLICE_OF_8, A64, 1, 8), (0, -1, A64, 1, 8), (0, SLICE_OF_8, A64, 8, 8)])
    assert found.rows == {(5, SLICE_OF_8): [1, 8, 8, 64, 0]}


def test_strings_that_share_an_array_count_its_bytes_once() -> None:
    """100 and 300 of 1,024 bytes are used: the rest is waste of the first that is met."""
    found = added([(0, STRING, A1024, 100, 0), (1, STRING, A1024, 300, 0)])
    assert found.rows == {(5, STRING): [1, 100, 1024, 1024, 624], (6, STRING): [1, 300, 300, 0, 0]}
    assert binned(found.bins[1]) == {0: [1, 1024, 624], 9: [1, 0, 0]}


def test_strings_that_overlap_use_no_more_than_there_is() -> None:
    found = added([(0, STRING, A64, 60, 0), (0, STRING, A64, 50, 0)])
    assert found.rows == {(5, STRING): [2, 110, 114, 64, 0]}


def test_small_arrays_may_be_shared_with_anything_and_waste_nothing() -> None:
    """The allocator packs what is below 16 bytes and holds no pointers into slots of 16 (runtime/malloc.go)."""
    found = added([(0, STRING, A16, 5, 0), (0, STRING, A48, 0, 9)])
    assert found.rows == {(5, STRING): [1, 5, 5, 16, 0]}
    assert binned(found.bins[1]) == {9: [1, 16, 0]}


def test_a_table_that_is_too_small_says_so() -> None:
    rows = [(0, SLICE_OF_8, A64, 1, 8), (1, SLICE_OF_8, A64, 1, 8), (0, SLICE_OF_24, A48, 1, 2)]
    assert added(rows, room=2) is None
    assert len(added(rows, room=4).rows) == 3


@pytest.mark.parametrize(("used", "capacity", "tenth"), [(0, 5, 0), (1, 10, 1), (99, 1000, 0), (9, 10, 9), (10, 10, 9)])
def test_tenths(used: int, capacity: int, tenth: int) -> None:
    assert kernels.bin_of(used, capacity) == tenth


def test_slots_of_lengths() -> None:
    """An object of two values of three words; the second word of each is a slice, the first is none."""
    source, edge = np.zeros(4, np.uint32), np.array([0, 1, 3, 4], np.uint32)
    kernels.owners_of_edges(np.array([0, 2, 2, 5], np.uint32), edge, source)
    assert source.tolist() == [0, 0, 2, 2]
    slots = np.zeros(4, np.int32)
    kernels.find_slots(
        source, edge, np.array([1, 4, 0, 0, 1], np.uint32), np.array([0, -1, -1], np.int32), np.zeros(3, np.uint16),
        np.array([2, 0, 0], np.uint8), np.array([3], np.int32), np.zeros(1, np.int64), np.array([7, 2, -1], np.int32),
        np.array([0, 0, 1, 0, 0, 0, 0, 0], np.uint8), slots,
    )  # fmt: skip
    assert slots.tolist() == [2, 2, -1, -1]
