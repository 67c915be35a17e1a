"""The program's own variables as words, read piece by piece, and the shape tests of :mod:`goxray.goruntime.locate`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory

U64 = NDArray[np.uint64]
Range = tuple[int, int]

_WORD = 8
_RECORD = 4096
_WINDOW = 8 << 20
_CLASSES = 136
"""Span classes (runtime.numSpanClasses): 68 size classes, with and without pointers."""
_GENERATIONS = 3


def words_of(memory: Memory, start: int, end: int) -> U64:
    """The words in ``[start, end)``; 0 where they cannot be read. ``start`` and ``end`` are multiples of 8."""
    at = np.arange(start, end, _RECORD, dtype=np.uint64)
    whole = (end - start) // _RECORD
    raw, _ = memory.read_many(at[:whole], _RECORD)
    parts = [raw.reshape(-1).view(np.uint64)]
    rest = (end - start) - whole * _RECORD
    if rest:
        tail, _ = memory.read_many(at[whole:], rest)
        parts.append(tail.reshape(-1).view(np.uint64))
    return np.concatenate(parts)


def windows(memory: Memory, ranges: list[Range], overlap: int) -> Iterator[tuple[int, U64]]:
    """Yield (address, words) of pieces of ``ranges``; each piece goes on ``overlap`` bytes into the next one."""
    for low, high in ranges:
        low, high = -(-low // _WORD) * _WORD, high // _WORD * _WORD
        for start in range(low, high, _WINDOW):
            yield start, words_of(memory, start, min(high, start + _WINDOW + overlap))


def span_class_ladders(words: U64, layout: RuntimeLayout) -> NDArray[np.int64]:
    """Positions (int64, in words) where a runtime.mheap could start: each of its mcentrals names its own class.

    ``mheap_.central`` is an array of padded mcentrals, one a span class; mheap.init writes the class into each
    (runtime/mheap.go, runtime/mcentral.go).
    """
    central = layout.field("runtime.mheap", "central")
    stride = central.size // _CLASSES
    first = central.offset + layout.offset("runtime.mheap.central", "mcentral")
    first += layout.offset("runtime.mcentral", "spanclass")
    size = layout.size("runtime.mheap")
    raw = words.view(np.uint8)
    count = (len(raw) - size) // _WORD + 1
    if count <= 0:
        return np.zeros(0, np.int64)
    at = np.arange(count, dtype=np.int64) * _WORD
    for number in (135, 134, 1, 2, *range(3, 134), 0):
        at = at[raw[at + first + number * stride] == number]
        if not len(at):
            break
    return at // _WORD


def heap_stats(words: U64, layout: RuntimeLayout, in_heap: int) -> NDArray[np.int64]:
    """Positions (int64, in words) where a runtime.consistentHeapStats could start, the likeliest first.

    The three generations of counters add up to ``in_heap`` bytes of spans, and for every size class at least as much
    was allocated as freed (runtime/mstats.go).
    """
    step = layout.size("runtime.heapStatsDelta") // _WORD
    count = len(words) - _GENERATIONS * step + 1
    if count <= 0:
        return np.zeros(0, np.int64)

    def total(at: NDArray[np.int64], field: str, index: int = 0) -> NDArray[np.int64]:
        first = layout.offset("runtime.heapStatsDelta", field) // _WORD + index
        summed = words[at + first] + words[at + first + step] + words[at + first + 2 * step]
        return summed.view(np.int64)

    at = np.arange(count, dtype=np.int64)
    off = np.abs(total(at, "inHeap") - in_heap)
    slack = max(in_heap // 64, 1 << 20)
    at = at[(off <= slack) & (total(at, "inHeap") > 0)]  # where nothing stands is no small heap either
    at = at[(total(at, "committed") >= total(at, "inHeap")) & (total(at, "committed") < 1 << 47)]
    at = at[(total(at, "largeAlloc") >= total(at, "largeFree")) & (total(at, "largeFree") >= 0)]
    for index in range(len(layout.size_classes)):
        made, freed = total(at, "smallAllocCount", index), total(at, "smallFreeCount", index)
        at = at[(made >= freed) & (freed >= 0) & (made < 1 << 47)]
    return at[np.argsort(np.abs(total(at, "inHeap") - in_heap), kind="stable")]


def live_by_class(words: U64, at: int, layout: RuntimeLayout) -> NDArray[np.int64]:
    """Live objects of each small size class, by counters at position ``at`` (int64, one a class)."""
    step = layout.size("runtime.heapStatsDelta") // _WORD
    size = len(layout.size_classes)

    def column(field: str) -> NDArray[np.int64]:
        first = at + layout.offset("runtime.heapStatsDelta", field) // _WORD
        return sum((words[first + i * step : first + i * step + size].view(np.int64) for i in range(_GENERATIONS)),
                   np.zeros(size, np.int64))  # fmt: skip

    return column("smallAllocCount") - column("smallFreeCount")
