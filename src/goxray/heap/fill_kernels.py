"""Kernels over lengths and capacities: how full slices and strings are, by what holds them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from goxray.core.jit import bare_kernel, kernel, part
from goxray.heap.graph import I32, I64, U8, U16, U32, U64
from goxray.heap.typing_kernels import slot_at_word, slot_size

COUNT, USED, CAPACITY, BYTES, WASTED = range(5)
"""Columns of the sums."""

BINS = 10
"""Fill ratios are counted in tenths."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_TINY = 16
_COUNTED = np.uint32(0xFFFFFFFF)


@kernel
def bin_of(used: Any, capacity: Any) -> int:
    """Return the tenth that a fill ratio falls into; exactly full is in the last."""
    return int(min(used * BINS // max(capacity, 1), BINS - 1))


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


class Lengths(NamedTuple):
    """Edges with a length.

    ``source`` (uint32) is the object each starts from, ``slots`` (int32) what find_slots() says, ``target`` (uint32)
    what *every* edge points to; the others are as in heap.capture.SideWords.
    """

    source: U32
    slots: I32
    edge: U32
    length: U32
    room: U32
    target: U32


class Kinds(NamedTuple):
    """Slots: the bytes of one element (int64), and which are strings (uint8)."""

    element: I64
    text: U8


class Where(NamedTuple):
    """What tells the bytes of an object's slot, see typing_kernels.slot_size()."""

    first: I64
    blocks: I32
    elem: I64


class Sums(NamedTuple):
    """Rows by owner and slot.

    ``keys`` (uint64, a power of two, 0 for empty) and ``rows`` (int32) are an open-addressed table of them;
    ``row_key`` (uint64) is (owner + 1) << 32 | slot + 1, ``sums`` int64[rows, 5]. ``bins`` is int64[2, BINS, 3]: count,
    bytes and waste of slices and of strings by tenth.
    """

    keys: U64
    rows: I32
    row_key: U64
    sums: I64
    bins: I64


@part
def row_of(table: Sums, key: np.uint64, known: int) -> int:
    """Return the row of a key, ``known`` for a new one; -1 when the table is too small."""
    mask = np.uint64(len(table.keys) - 1)
    at = (key * _SPREAD) >> np.uint64(32) & mask
    while table.keys[at] != np.uint64(0) and table.keys[at] != key:
        at = (at + np.uint64(1)) & mask
    row = known
    if table.keys[at] != np.uint64(0):
        row = int(table.rows[at])
    elif 2 * known >= len(table.keys) or known >= len(table.sums):
        row = -1
    else:
        table.keys[at] = key
        table.rows[at] = known
        table.row_key[known] = key
    return row


@part
def figures_of(used: Any, room: Any, size: Any, there: Any, step: Any, text: Any, seen: U32) -> Any:
    """Return capacity, bytes and waste of one slice or string of ``used`` elements; a capacity of -1: it counts not.

    The array of a string counts for the first that is met: ``seen`` is then set to its largest value. Arrays of up to
    16 bytes may be shared with other small objects (runtime/malloc.go, mallocgcTiny): what is unused is no waste.
    """
    capacity, bytes_, wasted = max(room, used), np.int64(0), np.int64(0)
    if text:
        capacity = used if used > 0 else np.int64(-1)
        if used > 0 and seen[there] != _COUNTED:
            bytes_ = size
            if size > _TINY:
                capacity = max(used, size)
                wasted = size - np.int64(seen[there])
            seen[there] = _COUNTED
    elif capacity * step > size:
        capacity = np.int64(-1)
    else:
        bytes_, wasted = capacity * step, (capacity - used) * step
    return capacity, bytes_, wasted


@bare_kernel
def add_up(lengths: Lengths, owner: I32, kinds: Kinds, where: Where, seen: U32, table: Sums) -> int:
    """Add every slice and string to the row of its owner and slot; return the rows, -1 when the table is too small.

    ``owner`` (int32[N]) are the objects' owners, ``seen`` is from cover() and is used up.
    """
    count = 0
    for nth in range(len(lengths.edge)):
        slot, number = lengths.slots[nth], np.int64(lengths.source[nth])
        if slot < 0 or owner[number] < 0:
            continue
        there, used = np.int64(lengths.target[lengths.edge[nth]]), np.int64(lengths.length[nth])
        size = slot_size(there, where.first, where.blocks, where.elem)
        step, text = kinds.element[slot], kinds.text[slot]
        capacity, bytes_, wasted = figures_of(used, np.int64(lengths.room[nth]), size, there, step, text, seen)
        if capacity < 0:
            continue
        row = row_of(table, np.uint64(((np.int64(owner[number]) + 1) << 32) | (slot + 1)), count)
        if row < 0:
            return -1
        count = max(count, row + 1)
        sums, tenth = table.sums[row], table.bins[text, bin_of(used, capacity)]
        sums[COUNT] += 1
        sums[USED] += used
        sums[CAPACITY] += capacity
        sums[BYTES] += bytes_
        sums[WASTED] += wasted
        tenth[0] += 1
        tenth[1] += bytes_
        tenth[2] += wasted
    return count
