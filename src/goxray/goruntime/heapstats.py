"""The runtime's own count of live heap bytes, as runtime.ReadMemStats would return it (runtime/mstats.go)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from goxray.goruntime.spans import SpanTable
    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory

_GENERATIONS = 3
"""memstats.heapStats keeps three generations of deltas; their sum is the total."""


def runtime_live_bytes(memory: Memory, layout: RuntimeLayout, memstats: int, mheap: int, spans: SpanTable) -> int:
    """Return HeapAlloc: bytes allocated less bytes freed, plus what the per-P caches have not yet reported.

    ReadMemStats flushes the caches first (mcache.releaseAll); here the slots taken since a span was cached are
    added from allocCount - allocCountBeforeCache of spans whose sweepgen says they are cached.
    """
    delta = layout.size("runtime.heapStatsDelta")
    start = (
        memstats + layout.offset("runtime.mstats", "heapStats") + layout.offset("runtime.consistentHeapStats", "stats")
    )
    raw = np.frombuffer(memory.read(start, _GENERATIONS * delta), dtype=np.uint64).reshape(_GENERATIONS, -1)
    words = raw.sum(axis=0, dtype=np.uint64)
    classes = layout.size_classes

    def word(field: str, count: int = 1) -> NDArray[np.int64]:
        first = layout.offset("runtime.heapStatsDelta", field) // 8
        counters: NDArray[np.int64] = words[first : first + count].view(np.int64)
        return counters

    small = word("smallAllocCount", len(classes)) - word("smallFreeCount", len(classes))
    large = word("largeAlloc") - word("largeFree")
    heap_gen = memory.read_u32(mheap + layout.offset("runtime.mheap", "sweepgen"))
    ahead = spans.sweep_gen - np.uint32(heap_gen)
    cached = (ahead == 1) | (ahead == 3)
    pending = (spans.alloc_count - spans.alloc_before_cache) * spans.elem_size
    return int((small * classes).sum() + large.sum() + pending[cached].sum())
