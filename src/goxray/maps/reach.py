"""Long chains of untyped objects: what can be reached among the objects of a few span classes, all at once.

Step by step a list of a hundred thousand nodes takes as many bulk reads. Here the pointers of all objects of the
classes that the last steps went through are read once, and the chain is followed among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.maps.object_masks import largest_masked, object_masks
from goxray.maps.units import I64, U64

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

Flags = NDArray[np.bool_]

_SPANS_AT_ONCE = 256
_PIECE = 512
"""Pointer bits are read for so many bytes at a time."""
_LARGEST = 1 << 15
"""Larger objects have spans of their own: too many of these bits for one read."""
_MOST_WORDS = 1 << 28


class Reach:
    """The objects of the span classes ``classes`` as a graph; see :meth:`follow`."""

    def __init__(self, runtime: Runtime, classes: Iterable[int]) -> None:
        self._runtime = runtime
        spans = runtime.spans
        chosen = np.flatnonzero(np.isin(spans.span_class, np.array(sorted(classes), np.uint8)))
        words = np.cumsum(spans.nelems[chosen] * (spans.elem_size[chosen] // 8))
        self._chosen = chosen[words < _MOST_WORDS]
        counts = spans.nelems[self._chosen].astype(np.int64)
        self._first = np.cumsum(counts) - counts
        self.total = int(counts.sum())
        self._place = np.full(len(spans), -1, np.int64)
        self._place[self._chosen] = np.arange(len(self._chosen))
        self._reached = bytearray(self.total)
        starts, targets = self._edges()
        self._starts, self._targets = memoryview(starts.data), memoryview(targets.data)

    def _numbers(self, addrs: U64) -> NDArray[np.int64]:
        """The object that each address lies in; -1 outside the classes."""
        spans = self._runtime.spans
        located = spans.locate(addrs)
        place = np.where(located.span >= 0, self._place[located.span], -1)
        safe = np.maximum(place, 0)
        if not len(self._chosen):
            return place
        start, size = spans.start[self._chosen[safe]], spans.elem_size[self._chosen[safe]]
        within = (located.base - start).astype(np.int64) // size
        return np.where(place >= 0, self._first[safe] + within, -1)

    def _edges(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Where each object's targets start (int64[N + 1]), and the targets (int32)."""
        counts = np.zeros(self.total + 1, np.int64)
        parts = [np.zeros(0, np.int32)]
        for source, target in self._pairs():
            counts[1:] += np.bincount(source, minlength=self.total)
            parts.append(target.astype(np.int32))
        return np.cumsum(counts), np.concatenate(parts)

    def _pairs(self) -> Iterator[tuple[I64, I64]]:
        spans, memory = self._runtime.spans, self._runtime.memory
        low = min(bound for m in self._runtime.modules for bound in m.types)
        high = max(bound for m in self._runtime.modules for each in m.data for bound in each)
        for span, pointers in self._masks():
            count, size = int(spans.nelems[span]), int(spans.elem_size[span])
            raw, _ = memory.read_many(spans.start[span : span + 1], count * size)
            words = raw.view(np.uint64).reshape(count, -1)
            likely = words >= np.uint64(1 << 16)
            if pointers is not None:
                likely &= pointers[: words.size].reshape(words.shape)
            row, column = np.nonzero(likely)
            value, before = words[row, column], np.where(column > 0, words[row, np.maximum(column - 1, 0)], 0)
            boxed = (before >= np.uint64(low)) & (
                before < np.uint64(high)
            )  # an interface's: it is followed by its type
            target = np.where(boxed, -1, self._numbers(value))
            held = np.flatnonzero(target >= 0)
            yield self._first[self._place[span]] + row[held], target[held]

    def _masks(self) -> Iterator[tuple[int, Flags | None]]:
        """The chosen spans, each with the pointer bits of its words (bool); None where objects have none."""
        runtime, spans = self._runtime, self._runtime.spans
        largest = min(largest_masked(runtime), _LARGEST)
        for first in range(0, len(self._chosen), _SPANS_AT_ONCE):
            some = self._chosen[first : first + _SPANS_AT_ONCE]
            pieces = np.where(spans.elem_size[some] <= largest, spans.pages[some] * (spans.page_size // _PIECE), 0)
            begin = np.cumsum(pieces) - pieces
            span = np.repeat(some, pieces)
            piece = (np.arange(len(span)) - np.repeat(begin, pieces)).astype(np.uint64)
            masks = object_masks(runtime, spans.start[span] + piece * np.uint64(_PIECE), span, _PIECE)
            for number, at, count in zip(some.tolist(), begin.tolist(), pieces.tolist(), strict=True):
                yield number, masks[at : at + count].reshape(-1) if count else None

    def follow(self, addrs: U64) -> U64:
        """Return the addresses of all objects that the ones at ``addrs`` lead to and that no call before has met."""
        waiting = [n for n in self._numbers(addrs).tolist() if n >= 0]
        found: list[int] = []
        reached, starts, targets = self._reached, self._starts, self._targets
        while waiting:
            number = waiting.pop()
            for at in range(starts[number], starts[number + 1]):
                behind = targets[at]
                if not reached[behind]:
                    reached[behind] = 1
                    found.append(behind)
                    waiting.append(behind)
        numbers = np.array(found, np.int64)
        place = np.searchsorted(self._first, numbers, side="right") - 1
        spans, span = self._runtime.spans, self._chosen[place]
        return spans.start[span] + ((numbers - self._first[place]) * spans.elem_size[span]).astype(np.uint64)
