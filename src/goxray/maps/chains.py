"""Long chains: lists whose nodes lead to nodes of the same type, a hundred thousand steps deep.

Walking them step by step costs a bulk read for each node. Instead the pointers of every slot of the node's size
class are read at once and the chain is followed among them; only slots that a node's own pointer leads to are taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.maps.units import I64, U64

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

_SPANS_AT_ONCE = 256
_HEADER = 8


@dataclass(frozen=True)
class Link:
    """A pointer at ``offset`` of each node to the next. One in an interface counts only behind one of ``words``.

    Those are type or itab words (uint64), which stand 8 bytes before the pointer; None for a plain pointer.
    """

    offset: int
    words: U64 | None = None


class _Slots:
    """The slots of the spans of one size class, numbered in address order."""

    def __init__(self, runtime: Runtime, size: int, lead: int) -> None:
        spans = runtime.spans
        self._spans = spans
        self.size, self.lead = size, lead
        self.chosen = np.flatnonzero((spans.elem_size == size) & ((spans.span_class & 1) == 0))
        counts = spans.nelems[self.chosen]
        self.first = np.cumsum(counts) - counts
        self.total = int(counts.sum())
        self._place = np.full(len(spans), -1, np.int64)
        self._place[self.chosen] = np.arange(len(self.chosen))

    def numbers(self, addrs: U64) -> NDArray[np.int32]:
        """The slot that each address is the object of; -1 for any other address."""
        located = self._spans.locate(addrs)
        place = np.where(located.span >= 0, self._place[located.span], -1)
        exact = (place >= 0) & (addrs - located.base == self.lead)
        place = np.maximum(place, 0)
        within = (located.base - self._spans.start[self.chosen[place]]).astype(np.int64) // self.size
        return np.where(exact, self.first[place] + within, -1).astype(np.int32)

    def addresses(self, numbers: I64) -> U64:
        """The addresses of the objects in slots."""
        place = np.searchsorted(self.first, numbers, side="right") - 1
        offset = (numbers - self.first[place]) * self.size + self.lead
        return self._spans.start[self.chosen[place]] + offset.astype(np.uint64)


def reach_alike(runtime: Runtime, size: int, ways: Sequence[Link], addrs: U64) -> U64:
    """Return ``addrs`` and all that is reached from them through the pointers ``ways``, object to object.

    All objects are of one type of ``size`` bytes, allocated one by one. Sorted, each once; addresses outside the
    size class's slots are returned as they are.
    """
    layout = runtime.layout
    slot = layout.alloc_size(size, False)
    headed = layout.has_const("mallocHeaderSize") and size > layout.const("minSizeForMallocHeader")
    slots = _Slots(runtime, slot, _HEADER if headed else 0)
    if not slots.total:
        return addrs
    start = slots.numbers(addrs)
    links = _links(runtime, slots, ways)
    reached = bytearray(slots.total)
    views = [memoryview(link.data) for link in links]
    waiting = start[start >= 0].tolist()
    for number in waiting:
        reached[number] = 1
    while waiting:
        number = waiting.pop()
        for view in views:
            behind = view[number]
            if behind >= 0 and not reached[behind]:
                reached[behind] = 1
                waiting.append(behind)
    found = slots.addresses(np.flatnonzero(np.frombuffer(reached, np.uint8)))
    return np.sort(np.concatenate([addrs[start < 0], found]))


def _links(runtime: Runtime, slots: _Slots, ways: Sequence[Link]) -> list[NDArray[np.int32]]:
    """For each way, the number of the slot that each slot's pointer there leads to (int32, -1 for none)."""
    links = [np.full(slots.total, -1, np.int32) for _ in ways]
    spans = runtime.spans
    counts, pages = spans.nelems[slots.chosen], spans.pages[slots.chosen]
    for count, page_count in np.unique(np.stack([counts, pages]), axis=1).T.tolist():
        alike = np.flatnonzero((counts == count) & (pages == page_count))
        for first in range(0, len(alike), _SPANS_AT_ONCE):
            part = alike[first : first + _SPANS_AT_ONCE]
            raw, ok = runtime.memory.read_many(spans.start[slots.chosen[part]], page_count * spans.page_size)
            raw[~ok] = 0
            words = raw[:, : count * slots.size].reshape(len(part), count, slots.size)
            at = slots.first[part][:, None] + np.arange(count)
            for link, way in zip(links, ways, strict=True):
                link[at] = _behind(slots, words, way)
    return links


def _behind(slots: _Slots, contents: NDArray[np.uint8], way: Link) -> NDArray[np.int32]:
    """The slot that each slot's pointer leads to; ``contents`` is uint8[spans, slots, bytes of a slot]."""

    def column(offset: int) -> U64:
        return np.ascontiguousarray(contents[:, :, offset : offset + 8]).view(np.uint64).reshape(-1)

    numbers = slots.numbers(column(way.offset + slots.lead))
    if way.words is not None:
        numbers[~np.isin(column(way.offset + slots.lead - 8), way.words)] = -1
    return numbers.reshape(contents.shape[:2])
