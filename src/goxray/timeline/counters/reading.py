"""One read of the runtime's counters, and the figures of runtime.MemStats that follow from it (runtime/mstats.go)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.timeline.counters.places import Raw
    from goxray.timeline.counters.procs import Unflushed

Phase = Literal["off", "mark", "mark termination"]
Agreement = Literal["exact", "within a batch", "torn"]
U64 = NDArray[np.uint64]

PAUSES = 256
"""Pauses that the runtime remembers (runtime.mstats, pause_ns)."""
_GENERATIONS = 3


@dataclass(frozen=True)
class Books:
    """memstats.heapStats: the sums of its three generations (runtime/mstats.go, consistentHeapStats.unsafeRead).

    ``allocated`` and ``freed`` are bytes, ``mallocs`` and ``frees`` objects, without what the Ps' caches hold back and
    without tiny objects, whose number is ``tiny``.
    """

    committed: int
    released: int
    in_heap: int
    in_stacks: int
    in_work: int
    tiny: int
    allocated: int
    freed: int
    mallocs: int
    frees: int


@dataclass(frozen=True)
class Counters:
    """One read. Bytes unless a name says otherwise; names with the runtime's meaning, see runtime.MemStats.

    ``at_ns`` is CLOCK_MONOTONIC of the target in the middle of the read, ``took_ns`` how long it took with all its
    ``retries``. ``agreement`` says how well the heap's books agreed: to the byte, within one batch of allocation for
    each P, or not at all after TRIES reads. ``unflushed`` is None where caches were not asked for or cannot be found:
    then ``heap_alloc`` lags by what they hold. ``heap_goal`` and ``heap_trigger`` are pacing.NO_LIMIT or more where
    there is none. ``phase`` is runtime.gcphase; while it is off, ``sweep_done`` tells whether spans wait for the
    sweeper.
    """

    at_ns: int
    took_ns: int
    retries: int
    agreement: Agreement
    raw: Raw
    books: Books
    unflushed: Unflushed | None
    goroutines: int | None
    heap_goal: int
    heap_trigger: int
    phase: Phase | None
    sweep_done: bool | None
    pauses: U64
    """pause_ns and pause_end (Unix nanoseconds): uint64[2, PAUSES]; cycle n stands at (n + PAUSES - 1) % PAUSES."""

    @property
    def heap_alloc(self) -> int:
        """Bytes of objects, reachable or not yet swept (HeapAlloc)."""
        return self.books.allocated - self.books.freed + (self.unflushed.nbytes if self.unflushed else 0)

    @property
    def total_alloc(self) -> int:
        """Bytes ever allocated (TotalAlloc)."""
        return self.books.allocated + (self.unflushed.nbytes if self.unflushed else 0)

    @property
    def heap_objects(self) -> int:
        """Objects, tiny ones counted by the block (HeapObjects)."""
        return self.books.mallocs - self.books.frees + (self.unflushed.objects if self.unflushed else 0)

    @property
    def mallocs(self) -> int:
        """Objects ever allocated, tiny ones counted one by one and once more by the block (Mallocs)."""
        extra = self.unflushed.objects + self.unflushed.tiny if self.unflushed else 0
        return self.books.mallocs + self.books.tiny + extra

    @property
    def frees(self) -> int:
        """Objects ever freed; tiny ones count as freed at once (Frees)."""
        return self.books.frees + self.books.tiny + (self.unflushed.tiny if self.unflushed else 0)

    @property
    def heap_idle(self) -> int:
        """Heap memory in no span: free or returned (HeapIdle)."""
        return self.raw.heap_free + self.raw.heap_released

    @property
    def heap_sys(self) -> int:
        """Address space that the heap has taken (HeapSys)."""
        return self.raw.heap_in_use + self.heap_idle

    @property
    def gc_sys(self) -> int:
        """The collector's own memory (GCSys)."""
        return self.raw.gc_misc_sys + self.books.in_work

    @property
    def stack_sys(self) -> int:
        """Goroutine stacks and the threads' own (StackSys)."""
        return self.books.in_stacks + self.raw.stacks_sys

    @property
    def sys(self) -> int:
        """All memory that the runtime has taken from the system (Sys)."""
        raw = self.raw
        return (
            self.heap_sys + self.stack_sys + self.gc_sys
            + raw.mspan_sys + raw.mcache_sys + raw.buckhash_sys + raw.other_sys
        )  # fmt: skip

    def pause(self, cycle: int) -> tuple[int, int]:
        """(nanoseconds of pause, end in Unix nanoseconds) of a cycle among the last PAUSES."""
        ns, end = self.pauses[:, (cycle + PAUSES - 1) % PAUSES].tolist()
        return int(ns), int(end)


class Bookkeeper:
    """Adds up memstats.heapStats of one build."""

    def __init__(self, layout: RuntimeLayout) -> None:
        self.size = _GENERATIONS * layout.size("runtime.heapStatsDelta")
        self._classes = layout.size_classes.astype(np.uint64)
        self._count = len(self._classes)
        known = layout.struct("runtime.heapStatsDelta").fields
        self._at = {name: field.offset // 8 for name, field in known.items()}

    def books(self, data: NDArray[np.uint8]) -> Books:
        """Return the sums; ``data`` (uint8) begins with the three generations."""
        words = data[: self.size].view(np.uint64).reshape(_GENERATIONS, -1).sum(axis=0, dtype=np.uint64)
        single: list[int] = words.view(np.int64).tolist()
        at = self._at
        made = words[at["smallAllocCount"] : at["smallAllocCount"] + self._count]
        freed = words[at["smallFreeCount"] : at["smallFreeCount"] + self._count]
        bits = single[at["inPtrScalarBits"]] if "inPtrScalarBits" in at else 0
        return Books(
            committed=single[at["committed"]],
            released=single[at["released"]],
            in_heap=single[at["inHeap"]],
            in_stacks=single[at["inStacks"]],
            in_work=single[at["inWorkBufs"]] + bits,
            tiny=single[at["tinyAllocCount"]],
            allocated=single[at["largeAlloc"]] + int(made @ self._classes),
            freed=single[at["largeFree"]] + int(freed @ self._classes),
            mallocs=single[at["largeAllocCount"]] + int(made.sum()),
            frees=single[at["largeFreeCount"]] + int(freed.sum()),
        )


def disagreement(raw: Raw, books: Books) -> int:
    """Return by how many bytes gcController's figures and those of memstats.heapStats differ at most.

    With the world stopped none of them differ (runtime.readmemstats_m, doubleCheckReadMemStats).
    """
    kept = books.committed - books.in_stacks - books.in_work
    return max(
        abs(books.in_heap - raw.heap_in_use),
        abs(books.released - raw.heap_released),
        abs(kept - raw.heap_in_use - raw.heap_free),
        abs(books.allocated - raw.total_alloc),
        abs(books.freed - raw.total_free),
    )
