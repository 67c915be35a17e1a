"""The runtime's own figures of its memory, as runtime.ReadMemStats would return them (runtime/mstats.go)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime
    from goxray.goruntime.spans import SpanTable
    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory

_GENERATIONS = 3
"""memstats.heapStats keeps three generations of deltas; their sum is the total."""
_SYS = ("stacks_sys", "mspan_sys", "mcache_sys", "buckhash_sys", "gcMiscSys", "other_sys")


@dataclass(frozen=True)
class HeapFigures:
    """Bytes as in runtime.MemStats: HeapInuse, HeapIdle, HeapReleased, StackInuse, Sys.

    ``metadata_sys`` is what Sys has beyond the heap, stacks and work buffers.
    """

    heap_inuse: int
    heap_idle: int
    heap_released: int
    stack_inuse: int
    sys: int
    metadata_sys: int


class _Totals:
    """The sums of memstats.heapStats (consistentHeapStats.unsafeRead)."""

    def __init__(self, memory: Memory, layout: RuntimeLayout, memstats: int) -> None:
        self._layout = layout
        start = memstats + layout.offset("runtime.mstats", "heapStats")
        start += layout.offset("runtime.consistentHeapStats", "stats")
        raw = memory.read_array(start, _GENERATIONS * layout.size("runtime.heapStatsDelta"))
        self._words = raw.view(np.uint64).reshape(_GENERATIONS, -1).sum(axis=0, dtype=np.uint64)

    def words(self, field: str, count: int) -> NDArray[np.int64]:
        first = self._layout.offset("runtime.heapStatsDelta", field) // 8
        counters: NDArray[np.int64] = self._words[first : first + count].view(np.int64)
        return counters

    def word(self, field: str) -> int:
        """One counter; 0 where the version has none."""
        return int(self.words(field, 1)[0]) if self._layout.has("runtime.heapStatsDelta", field) else 0

    def living(self) -> NDArray[np.int64]:
        """Objects allocated less objects freed, by size class; class 0 (large objects) is 0 here."""
        count = len(self._layout.size_classes)
        return self.words("smallAllocCount", count) - self.words("smallFreeCount", count)


def heap_figures(memory: Memory, layout: RuntimeLayout, memstats: int) -> HeapFigures:
    """Return the figures now; ``memstats`` is the address of runtime.memstats.

    They are those of the consistent statistics, which with the world stopped are those that ReadMemStats takes from
    gcController (it checks that itself, see doubleCheckReadMemStats).
    """
    totals = _Totals(memory, layout, memstats)
    in_heap, in_stacks = totals.word("inHeap"), totals.word("inStacks")
    in_work = totals.word("inWorkBufs") + totals.word("inPtrScalarBits")
    released = totals.word("released")
    idle = totals.word("committed") - in_heap - in_stacks - in_work + released
    metadata = sum(memory.read_u64(memstats + layout.offset("runtime.mstats", name)) for name in _SYS)
    return HeapFigures(in_heap, idle, released, in_stacks, in_heap + idle + metadata + in_stacks + in_work, metadata)


def runtime_live_bytes(memory: Memory, layout: RuntimeLayout, memstats: int, mheap: int, spans: SpanTable) -> int:
    """Return HeapAlloc: bytes allocated less bytes freed, plus what the per-P caches have not yet reported.

    ReadMemStats flushes the caches first (mcache.releaseAll); here the slots taken since a span was cached are
    added from allocCount - allocCountBeforeCache of spans whose sweepgen says they are cached.
    """
    totals = _Totals(memory, layout, memstats)
    large = totals.word("largeAlloc") - totals.word("largeFree")
    pending, cached = _unreported(memory, layout, mheap, spans)
    small = int((totals.living() * layout.size_classes).sum())
    return small + large + int((pending * spans.elem_size)[cached].sum())


def runtime_live_objects(runtime: Runtime) -> int | None:
    """Return HeapObjects: Mallocs less Frees, as ReadMemStats would give it; None where its counters are not known.

    Blocks of tiny objects count as one object each: ReadMemStats adds the number of tiny objects ever made to both
    Mallocs and Frees, which cancels out.
    """
    memstats = runtime.symbol_or_none("runtime.memstats")
    if memstats is None:
        return None
    totals = _Totals(runtime.memory, runtime.layout, memstats)
    large = totals.word("largeAllocCount") - totals.word("largeFreeCount")
    pending, cached = _unreported(runtime.memory, runtime.layout, runtime.mheap, runtime.spans)
    return int(totals.living().sum()) + large + int(pending[cached].sum())


def runtime_marked_bytes(runtime: Runtime) -> int | None:
    """Return gcController.heapMarked, the bytes that the last collection marked; None where it cannot be found."""
    controller = runtime.symbol_or_none("runtime.gcController")
    if controller is None:
        return None
    return runtime.memory.read_u64(controller + runtime.layout.offset("runtime.gcControllerState", "heapMarked"))


def _unreported(
    memory: Memory, layout: RuntimeLayout, mheap: int, spans: SpanTable
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """(slots taken of each span since it was cached, whether it is cached by a P now)."""
    heap_gen = memory.read_u32(mheap + layout.offset("runtime.mheap", "sweepgen"))
    ahead = spans.sweep_gen - np.uint32(heap_gen)
    return spans.alloc_count - spans.alloc_before_cache, (ahead == 1) | (ahead == 3)
