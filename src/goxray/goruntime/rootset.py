"""The roots found so far: arrays of pointers with the holder of each (:class:`GcRoots`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from goxray.goruntime.spans import SpanTable
    from goxray.target.memory import Memory

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
Flags = NDArray[np.bool_]
HolderKind = Literal["global", "goroutine", "finalizer", "cleanup", "register", "runtime"]


@dataclass(frozen=True, slots=True)
class RootHolder:
    """What holds a root: ``text`` as a person reads it (``main.cache``, ``goroutine 18: main.serve (stack)``).

    ``pc`` is a frame's program counter (0 for all else), ``goid`` a goroutine (0 for none), ``addr`` the start of the
    global or of the frame and ``size`` its bytes (0 where there is no such place).
    """

    kind: HolderKind
    text: str
    pc: int = 0
    goid: int = 0
    addr: int = 0
    size: int = 0


@dataclass
class GcRoots:
    """Every pointer into the heap that the collector starts from; arrays of one length R.

    ``value`` (uint64) is the pointer, interior ones as they stand; ``slot`` (uint64) the address of the word that holds
    it, 0 for a register; ``holder`` (int32) indexes ``holders``; ``conservative`` (bool) says that no pointer map
    vouched for the word: it only looks like a pointer to an allocated object.

    ``from_objects`` (uint64[F]) are addresses of heap objects whose children are roots but not they themselves (objects
    with finalizers: runtime/mheap.go, gcScanFinalizer), ``from_holder`` (int32[F]) the holder of those children.
    ``notes`` are sentences about what could not be read or is known to be inexact.
    """

    value: U64
    slot: U64
    holder: I32
    conservative: Flags
    holders: list[RootHolder]
    notes: list[str]
    from_objects: U64
    from_holder: I32

    def __len__(self) -> int:
        return len(self.value)


@dataclass
class RootBuilder:
    """Collects roots; words that do not point into a heap span are left out.

    A conservative word must point to an allocated slot, as runtime/mgcmark.go, scanConservative asks.
    """

    memory: Memory
    spans: SpanTable
    holders: list[RootHolder] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _parts: list[tuple[U64, U64, I32, Flags]] = field(default_factory=list)
    _objects: list[tuple[U64, I32]] = field(default_factory=list)

    def hold(self, holder: RootHolder) -> int:
        """Add a holder; returns its number."""
        self.holders.append(holder)
        return len(self.holders) - 1

    def in_heap(self, values: U64, conservative: bool = False) -> I64:
        """Positions of those values (uint64[N]) that point into a heap span, for conservative ones to a taken slot."""
        if not len(self.spans) or not len(values):
            return np.zeros(0, np.int64)
        near = np.flatnonzero((values >= self.spans.start[0]) & (values < self.spans.end[-1]))
        located = self.spans.locate(values[near])
        inside = located.span >= 0
        found = near[inside]
        if conservative and len(found):
            found = found[self._taken(located.span[inside], located.base[inside])]
        return found

    def _taken(self, span: I64, base: U64) -> Flags:
        """Which slots are allocated: below freeindex, or with their bit set (runtime/mbitmap.go, isFree)."""
        index = ((base - self.spans.start[span]) // self.spans.elem_size[span].astype(np.uint64)).astype(np.int64)
        raw, ok = self.memory.read_many(self.spans.alloc_bits[span] + (index // 8).astype(np.uint64), 1)
        bit = (raw[:, 0] >> (index % 8).astype(np.uint8)) & 1
        taken: Flags = (index < self.spans.free_index[span]) | (ok & (bit != 0))
        return taken

    def add(self, values: U64, slots: U64, holders: I32, conservative: bool = False) -> None:
        """Add roots known to point into the heap (see :meth:`in_heap`)."""
        doubted = np.full(len(values), conservative, np.bool_)
        self._parts.append((values, slots, holders.astype(np.int32), doubted))

    def add_words(self, values: U64, slots: U64, holder: RootHolder, conservative: bool = False) -> None:
        """Add those of ``values`` that point into the heap, all of one holder, which is made only if there is one."""
        kept = self.in_heap(values, conservative)
        if len(kept):
            number = np.full(len(kept), self.hold(holder), np.int32)
            self.add(values[kept], slots[kept], number, conservative)

    def add_objects(self, addrs: U64, holders: I32) -> None:
        """Add heap objects whose children are roots."""
        self._objects.append((addrs, holders.astype(np.int32)))

    def done(self) -> GcRoots:
        """Everything collected."""
        self.add(np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.int32))
        self.add_objects(np.zeros(0, np.uint64), np.zeros(0, np.int32))
        return GcRoots(
            value=np.concatenate([part[0] for part in self._parts]),
            slot=np.concatenate([part[1] for part in self._parts]),
            holder=np.concatenate([part[2] for part in self._parts]),
            conservative=np.concatenate([part[3] for part in self._parts]),
            holders=self.holders,
            notes=self.notes,
            from_objects=np.concatenate([part[0] for part in self._objects]),
            from_holder=np.concatenate([part[1] for part in self._objects]),
        )


def expand(counts: I64) -> tuple[I64, I64]:
    """Rows and places of a ragged table: for counts (2, 0, 3) rows 0 0 2 2 2 and places 0 1 0 1 2 (int64)."""
    rows = np.repeat(np.arange(len(counts)), counts)
    ends = np.cumsum(counts)
    places = np.arange(len(rows)) - np.repeat(ends - counts, counts)
    return rows, places
