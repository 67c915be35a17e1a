"""Which span holds an address, asked of the heap's own index, and what became of a block in its span.

Source: runtime/mheap.go (mheap.arenas, heapArena.spans, mspan.sweepgen), runtime/mgcsweep.go (sweepLocked.sweep),
runtime/malloc.go (mallocgcLarge).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
Flags = NDArray[np.bool_]

_MASK = (1 << 64) - 1
_FIELDS: dict[str, type[np.generic]] = {
    "startAddr": np.uint64, "npages": np.int64, "nelems": np.int64, "elemsize": np.int64, "freeindex": np.int64,
    "allocBits": np.uint64, "sweepgen": np.uint32, "state": np.uint8,
}  # fmt: skip
_SPAN = "runtime.mspan"
UNSWEPT, ALIVE, SLOT_FREE, SLOT_REUSED, GONE = range(5)


@dataclass(frozen=True)
class Places:
    """Where blocks lie: arrays of one length.

    ``base`` (uint64) is the slot's start, ``size`` (int64) its bytes, ``span`` (uint64) the mspan's address, ``index``
    (int64) the slot's number in it; ``start`` (uint64) and ``pages`` (int64) are the span's own. ``kind`` (uint8) is
    what the caller says of the block.
    """

    base: U64
    size: I64
    span: U64
    index: I64
    start: U64
    pages: I64
    kind: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.base)

    def take(self, chosen: Any) -> Places:
        """Return the chosen rows."""
        return Places(**{name: column[chosen] for name, column in vars(self).items()})

    def joined(self, more: Places) -> Places:
        """Return these and others."""
        return Places(**{name: np.concatenate((column, vars(more)[name])) for name, column in vars(self).items()})

    @classmethod
    def none(cls) -> Places:
        """Return no places."""
        words, figures = np.zeros(0, np.uint64), np.zeros(0, np.int64)
        return cls(words, figures, words, figures, words, figures, np.zeros(0, np.uint8))


class Heap:
    """The heap's index of spans, read anew at each question."""

    def __init__(self, runtime: Runtime) -> None:
        layout = runtime.layout
        self._memory = runtime.memory
        self.page = layout.page_size
        self._arenas = runtime.mheap + layout.offset("runtime.mheap", "arenas")
        self._spans_at = layout.offset("runtime.heapArena", "spans")
        self._l2_bits = layout.const("arenaL2Bits")
        self._l1 = layout.const("arenaL1Bits") > 0
        self._arena_bytes = layout.const("heapArenaBytes")
        self._base_offset = np.uint64(layout.const("arenaBaseOffset") & _MASK)
        self._sweep_gen = runtime.mheap + layout.offset("runtime.mheap", "sweepgen")
        self._num_gc = runtime.symbol("runtime.memstats") + layout.offset("runtime.mstats", "numgc")
        self._in_use = layout.const("mSpanInUse")
        self._span_bytes = layout.size(_SPAN)
        offset, width = layout.offset, layout.field_size
        self._at = {name: (offset(_SPAN, name), 1 if name == "state" else width(_SPAN, name)) for name in _FIELDS}

    def sweep_gen(self) -> int:
        """Return mheap_.sweepgen now."""
        return self._memory.read_u32(self._sweep_gen)

    def moment(self) -> tuple[int, int]:
        """Return the clock (CLOCK_MONOTONIC, ns) after whatever was read, and the cycles complete by then."""
        num_gc = self._memory.read_u32(self._num_gc)
        return time.monotonic_ns(), num_gc

    def locate(self, addrs: U64, kinds: NDArray[np.uint8]) -> Places:
        """Return the slots that hold addresses, each once; those that are in no span of objects are left out."""
        spans = self._spans_of(addrs)
        kept = spans != 0
        addrs, spans, kinds = addrs[kept], spans[kept], kinds[kept]
        fields, ok = self._read(spans)
        size = np.maximum(fields["elemsize"], 1)
        ok &= (fields["state"] == self._in_use) & (fields["elemsize"] > 0) & (addrs >= fields["startAddr"])
        index = (addrs - np.minimum(fields["startAddr"], addrs)).astype(np.int64) // size
        ok &= index < fields["nelems"]
        base = fields["startAddr"] + (index * size).astype(np.uint64)
        places = Places(base, fields["elemsize"], spans, index, fields["startAddr"], fields["npages"], kinds).take(ok)
        _, first = np.unique(places.base, return_index=True)
        return places.take(first)

    def judge(self, places: Places, sweep_gen: int) -> NDArray[np.uint8]:
        """Say what became of blocks in the sweep of generation ``sweep_gen`` (uint8, one a block).

        UNSWEPT: nothing yet. ALIVE: the cycle found it reachable. SLOT_FREE, SLOT_REUSED: it did not, and its slot of
        a span that is still in use is free, or taken again. GONE: the span was given back to the heap's free pages.

        Ask only of blocks that were allocated before that generation's marking ended: the allocation bits of a swept
        span are the mark bits of the cycle (mspan.sweepgen is the heap's, or 3 more while a P caches the span), and
        allocating from it moves freeindex only. So a large object that survived has its bit set; one that has come to
        lie in the same place since has not.
        """
        spans, inverse = np.unique(places.span, return_inverse=True)
        fields, ok = self._read(spans)
        fields = {name: column[inverse.reshape(-1)] for name, column in fields.items()}
        same = ok[inverse.reshape(-1)] & (fields["state"] == self._in_use) & (fields["startAddr"] == places.start)
        same &= (fields["elemsize"] == places.size) & (fields["npages"] == places.pages)
        ahead = fields["sweepgen"] - np.uint32(sweep_gen)
        swept = (ahead == 0) | (ahead == 3)
        bit = self._allocated(fields["allocBits"], places.index, same & swept)
        taken = places.index < fields["freeindex"]
        verdict = np.where(bit, ALIVE, np.where(taken, SLOT_REUSED, SLOT_FREE))
        verdict = np.where(swept, verdict, UNSWEPT)
        found: NDArray[np.uint8] = np.where(same, verdict, GONE).astype(np.uint8)
        return found

    def _allocated(self, bits: U64, index: I64, wanted: Flags) -> Flags:
        found = np.zeros(len(bits), np.bool_)
        chosen = np.flatnonzero(wanted)
        at = bits[chosen] + (index[chosen] // 8).astype(np.uint64)
        raw, ok = self._memory.read_many(at, 1)
        found[chosen] = ok & ((raw[:, 0] >> (index[chosen] % 8).astype(np.uint8)) & 1 == 1)
        found[chosen[~ok]] = True
        return found

    def _spans_of(self, addrs: U64) -> U64:
        """The mspan that each address's page belongs to or last belonged to; 0 outside the heap."""
        place = addrs - self._base_offset
        arena = place // np.uint64(self._arena_bytes)
        second = arena & np.uint64((1 << self._l2_bits) - 1)
        first = (arena >> np.uint64(self._l2_bits)) if self._l1 else np.zeros(len(addrs), np.uint64)
        tables, ok = self._memory.gather(np.uint64(self._arenas) + np.uint64(8) * first, [0])
        arenas, ok2 = self._memory.gather(np.where(ok, tables[:, 0], 0) + np.uint64(8) * second, [0])
        page = (place % np.uint64(self._arena_bytes)) // np.uint64(self.page)
        good = ok & ok2 & (arenas[:, 0] != 0) & (tables[:, 0] != 0)
        spans = np.zeros(len(addrs), np.uint64)
        at = arenas[good, 0] + np.uint64(self._spans_at) + np.uint64(8) * page[good]
        words, there = self._memory.gather(at, [0])
        spans[good] = np.where(there, words[:, 0], 0)
        return spans

    def _read(self, spans: U64) -> tuple[dict[str, NDArray[Any]], Flags]:
        raw, ok = self._memory.read_many(spans, self._span_bytes)
        columns = {}
        for name, (offset, width) in self._at.items():
            cut = np.ascontiguousarray(raw[:, offset : offset + width])
            columns[name] = cut.view(f"<u{width}").reshape(-1).astype(_FIELDS[name])
        return columns, ok
