"""What each P keeps to itself: objects of its cached spans that no counter has yet, and free goroutines.

runtime.ReadMemStats flushes the caches first (runtime/mcache.go, releaseAll); here what a flush would add is worked
out: of each cached span the slots taken since it was cached, and the tiny objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory

U64 = NDArray[np.uint64]

_MOST_PROCS = 1 << 16
_SPAN_CLASSES = 136
_MOST_SPAN_BYTES = 512


@dataclass(frozen=True)
class Unflushed:
    """What the caches of all Ps have not reported: bytes and objects by size, and tiny objects."""

    nbytes: int
    objects: int
    tiny: int


class Procs:
    """The Ps of a process. Every method raises MemoryFault where the target cannot be read."""

    def __init__(self, memory: Memory, layout: RuntimeLayout) -> None:
        self._memory, self._layout = memory, layout
        self._known: tuple[int, int] = (0, 0)
        self._ps: U64 = np.zeros(0, np.uint64)
        self._mcache = layout.offset("runtime.p", "mcache")
        free = "gFree.n" if layout.has("runtime.p", "gFree.n") else "gFree.size"
        self._free = layout.offset("runtime.p", free)
        self._alloc = layout.offset("runtime.mcache", "alloc")
        self._tiny = layout.offset("runtime.mcache", "tinyAllocs")
        self._first = min(self._alloc, self._tiny)
        self._span = max(self._alloc + 8 * _SPAN_CLASSES, self._tiny + 8) - self._first
        fields = ("allocCount", "allocCountBeforeCache", "elemsize")
        places = [layout.field("runtime.mspan", name) for name in fields]
        self._low = min(place.offset for place in places)
        self._width = max(place.offset + place.size for place in places) - self._low
        assert self._width <= _MOST_SPAN_BYTES
        codes = {2: "<u2", 4: "<u4", 8: "<u8"}
        self._record = np.dtype(
            {
                "names": ["count", "before", "size"],
                "formats": [codes[place.size] for place in places],
                "offsets": [place.offset - self._low for place in places],
                "itemsize": self._width,
            }
        )

    def follow(self, allp: int, count: int) -> None:
        """Take note of where runtime.allp points now."""
        if (allp, count) == self._known or not 0 < count < _MOST_PROCS:
            return
        self._ps = np.array(self._memory.read_words(allp, count), np.uint64)
        self._ps = self._ps[self._ps != 0]
        self._known = allp, count

    def free_goroutines(self) -> int:
        """Dead goroutines that the Ps keep for reuse."""
        records, _ = self._memory.read_many(self._ps + np.uint64(self._free), 4)
        return int(records.view("<i4").sum())

    def unflushed(self) -> Unflushed:
        """What the caches hold back now. Spans that are exchanged meanwhile may be missed: one a P and span class."""
        words, ok = self._memory.gather(self._ps, [self._mcache])
        caches = words[ok & (words[:, 0] != 0), 0]
        if not len(caches):
            return Unflushed(0, 0, 0)
        records, _ = self._memory.read_many(caches + np.uint64(self._first), self._span)
        at = self._alloc - self._first
        spans = np.ascontiguousarray(records[:, at : at + 8 * _SPAN_CLASSES]).view(np.uint64).reshape(-1)
        at = self._tiny - self._first
        tiny = int(np.ascontiguousarray(records[:, at : at + 8]).view(np.uint64).sum())
        spans, times = np.unique(spans[spans != 0], return_counts=True)
        spans = spans[times == 1]  # the empty span stands in for every class without one (runtime.emptymspan)
        raw, _ = self._memory.read_many(spans + np.uint64(self._low), self._width)
        found = raw.reshape(-1).view(self._record)
        pending = np.maximum(found["count"].astype(np.int64) - found["before"].astype(np.int64), 0)
        return Unflushed(int((pending * found["size"].astype(np.int64)).sum()), int(pending.sum()), tiny)
