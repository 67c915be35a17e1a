"""Kernels over lengths and capacities: how full slices and strings are, by what holds them."""

from __future__ import annotations

import numpy as np

from goxray.core.jit import kernel
from goxray.heap.graph import I32, I64, U8, U16, U32, U64
from goxray.heap.typing_kernels import slot_at_word, slot_size

COUNT, USED, CAPACITY, BYTES, WASTED = range(5)
"""Columns of the sums."""

BINS = 10
"""Fill ratios are counted in tenths."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_TINY = 16


@kernel
def bin_of(used: int, capacity: int) -> int:
    """Return the tenth that a fill ratio falls into; exactly full is in the last."""
    return min(used * BINS // max(capacity, 1), BINS - 1)


@kernel
def cover(
    target: U32, length_edge: U32, length: U32, text_edge: U8, first: I64, blocks: I32, elem: I64, seen: U32
) -> None:
    """Add up, for each array of text, the bytes that strings use of it (``seen``, uint32[N], at most the array)."""
    for nth in range(len(length_edge)):
        if text_edge[nth]:
            there = np.int64(target[length_edge[nth]])
            size = slot_size(there, first, blocks, elem)
            seen[there] = min(np.int64(seen[there]) + np.int64(length[nth]), size)


@kernel
def owners_of_edges(start: U32, length_edge: U32, source: U32) -> None:
    """Write the object that each of some edges (ascending) starts from."""
    number = 0
    for nth in range(len(length_edge)):
        edge = length_edge[nth]
        while start[number + 1] <= edge:
            number += 1
        source[nth] = number


@kernel
def find_slots(
    source: U32,
    length_edge: U32,
    word: U32,
    type_of: I32,
    phase: U16,
    shape: U8,
    words: I32,
    place: I64,
    slot_at: I32,
    lengthy: U8,
    slots: I32,
) -> None:
    """Write the slot of each edge with a length, -1 where the slot is no slice or string."""
    for nth in range(len(length_edge)):
        number = np.int64(source[nth])
        own = type_of[number]
        slots[nth] = -1
        if own >= 0:
            offset = np.int64(word[length_edge[nth]]) - np.int64(phase[number])
            slot = slot_at_word(offset, shape[number], place[own], words[own], slot_at)
            if slot >= 0 and lengthy[slot]:
                slots[nth] = slot


@kernel
def add_up(
    source: U32,
    slots: I32,
    length_edge: U32,
    length: U32,
    room: U32,
    target: U32,
    owner: I32,
    element: I64,
    text: U8,
    seen: U32,
    first: I64,
    blocks: I32,
    elem: I64,
    keys: U64,
    rows: I32,
    row_key: U64,
    sums: I64,
    bins: I64,
) -> int:
    """Add every slice and string to the row of its owner and slot; return the rows, -1 when the table is too small.

    ``element`` (int64) is the bytes of one element by slot, ``text`` (uint8) which slots are strings. ``seen`` is from
    cover(), and is set to its largest value once the array's waste is counted. ``bins`` is int64[2, BINS, 3]: count,
    bytes and waste of slices and of strings by tenth.
    """
    mask = np.uint64(len(keys) - 1)
    count = 0
    for nth in range(len(length_edge)):
        slot = slots[nth]
        number = np.int64(source[nth])
        if slot < 0 or owner[number] < 0:
            continue
        there = np.int64(target[length_edge[nth]])
        used = np.int64(length[nth])
        size = slot_size(there, first, blocks, elem)
        if text[slot]:
            if used == 0:
                continue
            capacity, bytes_, wasted = used, np.int64(0), np.int64(0)
            if seen[there] != np.uint32(0xFFFFFFFF):
                bytes_ = size
                capacity = max(used, size) if size > _TINY else used
                wasted = size - np.int64(seen[there]) if size > _TINY else np.int64(0)
                seen[there] = np.uint32(0xFFFFFFFF)
        else:
            capacity = max(np.int64(room[nth]), used)
            step = element[slot]
            if capacity * step > size:
                continue
            bytes_, wasted = capacity * step, (capacity - used) * step
        key = np.uint64(((np.int64(owner[number]) + 1) << 32) | (slot + 1))
        at = (key * _SPREAD) >> np.uint64(32) & mask
        while keys[at] != np.uint64(0) and keys[at] != key:
            at = (at + np.uint64(1)) & mask
        if keys[at] == np.uint64(0):
            if 2 * count >= len(keys) or count >= len(sums):
                return -1
            keys[at] = key
            rows[at] = count
            row_key[count] = key
            count += 1
        row = rows[at]
        sums[row, COUNT] += 1
        sums[row, USED] += used
        sums[row, CAPACITY] += capacity
        sums[row, BYTES] += bytes_
        sums[row, WASTED] += wasted
        tenth = bin_of(used, capacity)
        bins[text[slot], tenth, 0] += 1
        bins[text[slot], tenth, 1] += bytes_
        bins[text[slot], tenth, 2] += wasted
    return count
