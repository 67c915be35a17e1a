"""Kernels that turn pointers into numbers of objects."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from goxray.core.jit import bare_kernel, kernel, part
from goxray.heap.bit_kernels import popcount
from goxray.heap.graph import I32, I64, U16, U32, U64

_ONE = np.uint64(1)
_WORD_BITS = np.uint64(63)

_KEPT, _LENGTHS, _KEPT_LENGTHS, _DYNAMICS, _KEPT_DYNAMICS, _NUMBER, _WAITING = range(7)
"""Places in the cursors of resolve()."""

CURSORS = 7


class Index(NamedTuple):
    """Where objects are.

    ``by_page`` (int32) is the span of each page from the first span's on; empty where pages are too many. ``spans``
    (uint64[S, 6]) gives each span's start, magic, number of slots, first word of ``slots``, bytes a slot and words of
    its objects' malloc header; magic times an offset is the slot in the upper half, 0 where there is one slot only.
    ``slots`` (uint64[W, 2]) are words of the bitmap of allocated slots, each with the number of objects before it.
    """

    by_page: I32
    spans: U64
    slots: U64


class Block(NamedTuple):
    """What is found of a block of pointers.

    The object's number (int64, -1: none), the bytes from the pointer to its end (int64) and the words from its value's
    start (uint16, 65,535 for more).
    """

    found: I64
    left: I64
    into: U16


class Words(NamedTuple):
    """Pointers as they stand in memory, see heap.capture.RawEdges, and where their objects go.

    ``target`` may be the memory of ``value``: it is filled behind the place being read.
    """

    value: U64
    word: U32
    counts: U32
    target: U32
    into: U16


class Beside(NamedTuple):
    """The words beside pointers, see heap.capture.SideWords."""

    length_edge: U32
    length: U32
    room: U32
    dynamic_edge: U32
    dynamic: U64


@kernel
def span_at(pointer: np.uint64, by_page: I32, spans: U64) -> np.int64:
    """Return the span that an address may lie in, by page where there is an index and by bisection where not."""
    if len(spans) == 0 or pointer < spans[0, 0]:
        return np.int64(-1)
    if len(by_page):
        page = np.int64((pointer - spans[0, 0]) >> np.uint64(13))
        return np.int64(by_page[page]) if page < len(by_page) else np.int64(-1)
    low, high = 0, len(spans)
    while high - low > 1:
        middle = (low + high) >> 1
        if spans[middle, 0] <= pointer:
            low = middle
        else:
            high = middle
    return np.int64(low)


@bare_kernel
def locate_block(pointers: U64, index: Index, block: Block) -> None:
    """Find the objects that a block of pointers point to. The loops are apart so that cache misses overlap."""
    spans, slots, found = index.spans, index.slots, block.found
    for nth in range(len(pointers)):
        found[nth] = span_at(pointers[nth], index.by_page, spans)
    for nth in range(len(pointers)):
        span = found[nth]
        if span < 0:
            continue
        offset = pointers[nth] - spans[span, 0]
        slot = (offset * spans[span, 1]) >> np.uint64(32)
        size = spans[span, 4]
        if slot >= spans[span, 2] or offset >= size * spans[span, 2]:
            found[nth] = -1
            continue
        offset -= slot * size
        lead = min(offset >> np.uint64(3), spans[span, 5])
        block.into[nth] = min((offset >> np.uint64(3)) - lead, np.uint64(65535))
        block.left[nth] = size - offset
        found[nth] = np.int64(((spans[span, 3] + (slot >> np.uint64(6))) << np.uint64(6)) | (slot & _WORD_BITS))
    for nth in range(len(pointers)):
        at = found[nth]
        if at >= 0:
            word, bit = at >> 6, np.uint64(at) & _WORD_BITS
            taken = slots[word, 0]
            if (taken >> bit) & _ONE == np.uint64(0):
                found[nth] = -1
            else:
                found[nth] = np.int64(slots[word, 1]) + popcount(taken & ((_ONE << bit) - _ONE))


@part
def keep_edges(edges: Words, begin: int, size: int, block: Block, cursors: I64) -> None:
    """Move the pointers of a block that point to objects to the front, and count them for their objects.

    The block's ``found`` then says which edge each pointer has become.
    """
    kept, number, waiting = cursors[_KEPT], cursors[_NUMBER], cursors[_WAITING]
    for nth in range(size):
        while waiting == 0:
            number += 1
            waiting = np.int64(edges.counts[number])
            edges.counts[number] = 0
        waiting -= 1
        there = block.found[nth]
        if there >= 0:
            edges.target[kept] = there
            edges.into[kept] = block.into[nth]
            edges.word[kept] = edges.word[begin + nth]
            edges.counts[number] += np.uint32(1)
            block.found[nth] = kept
            kept += 1
    cursors[_KEPT], cursors[_NUMBER], cursors[_WAITING] = kept, number, waiting


@part
def keep_lengths(side: Beside, begin: int, size: int, block: Block, cursors: I64) -> None:
    """Move the lengths of a block's pointers to the front; drop those that cannot belong to what is pointed to."""
    nth, kept = cursors[_LENGTHS], cursors[_KEPT_LENGTHS]
    while nth < len(side.length_edge) and side.length_edge[nth] < begin + size:
        edge = np.int64(side.length_edge[nth]) - begin
        length, room, left = side.length[nth], side.room[nth], block.left[edge]
        if block.found[edge] >= 0 and length <= left:
            side.length_edge[kept] = block.found[edge]
            side.length[kept] = length
            side.room[kept] = room if room <= left else 0
            kept += 1
        nth += 1
    cursors[_LENGTHS], cursors[_KEPT_LENGTHS] = nth, kept


@part
def keep_dynamics(side: Beside, begin: int, size: int, block: Block, cursors: I64) -> None:
    """Move the type words of a block's pointers to the front."""
    nth, kept = cursors[_DYNAMICS], cursors[_KEPT_DYNAMICS]
    while nth < len(side.dynamic_edge) and side.dynamic_edge[nth] < begin + size:
        edge = np.int64(side.dynamic_edge[nth]) - begin
        if block.found[edge] >= 0:
            side.dynamic_edge[kept] = block.found[edge]
            side.dynamic[kept] = side.dynamic[nth]
            kept += 1
        nth += 1
    cursors[_DYNAMICS], cursors[_KEPT_DYNAMICS] = nth, kept


@bare_kernel
def resolve(edges: Words, side: Beside, index: Index, block: Block, cursors: I64) -> tuple[int, int, int]:
    """Turn pointers into object numbers, in place; drop those that point to no object.

    ``length`` and ``room`` that cannot belong to the target (larger than what lies behind the pointer) are dropped
    too. ``block`` is room for any number of pointers at a time, ``cursors`` (int64[CURSORS]) for the state. Returns the
    numbers of edges, of lengths and of type words that are left.
    """
    cursors[:] = 0
    cursors[_NUMBER] = -1
    step = len(block.found)
    for begin in range(0, len(edges.value), step):
        size = min(step, len(edges.value) - begin)
        locate_block(edges.value[begin : begin + size], index, block)
        keep_edges(edges, begin, size, block, cursors)
        keep_lengths(side, begin, size, block, cursors)
        keep_dynamics(side, begin, size, block, cursors)
    return cursors[_KEPT], cursors[_KEPT_LENGTHS], cursors[_KEPT_DYNAMICS]
