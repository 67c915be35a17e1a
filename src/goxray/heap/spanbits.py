"""Which slots of the spans hold objects, as bitmaps with ranks, and which objects are dead but not swept yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.spanmarks import mark_words, waiting_spans
from goxray.heap import bit_kernels as kernels
from goxray.heap.graph import I64, U32, U64

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime
    from goxray.goruntime.spans import SpanTable
    from goxray.target.memory import Memory


class SpanBits:
    """The allocated slots of every span.

    ``place`` (int64[S+1]) cuts ``allocated`` (uint64[W], one bit a slot) into spans; ``rank`` (uint32[W]) counts the
    objects before each word; ``total`` is the number of objects. ``unreadable`` spans count as empty above freeindex.
    """

    def __init__(self, runtime: Runtime) -> None:
        spans = runtime.spans
        self.place: I64 = np.concatenate([np.zeros(1, np.int64), np.cumsum(-(-spans.nelems.astype(np.int64) // 64))])
        self.allocated, ok = _read_bits(runtime.memory, spans, self.place, spans.alloc_bits)
        self.unreadable = int((~ok).sum())
        kernels.settle_bits(self.allocated, self.place, spans.nelems, spans.free_index)
        self.rank: U32 = np.zeros(len(self.allocated), np.uint32)
        self.total = kernels.rank_words(self.allocated, self.rank)


def _read_bits(memory: Memory, spans: SpanTable, place: I64, addrs: U64) -> tuple[U64, NDArray[np.bool_]]:
    """Read one bitmap a span, each at its address; which of them could be read."""
    bits = np.zeros(int(place[-1]), np.uint64)
    readable = np.ones(len(spans), np.bool_)
    widths = np.diff(place)
    for width in np.unique(widths).tolist():
        chosen = np.flatnonzero(widths == width)
        if width:
            raw, ok = memory.read_many(addrs[chosen], 8 * width)
            raw[~ok] = 0
            readable[chosen] = ok
            bits[(place[chosen][:, None] + np.arange(width)).reshape(-1)] = raw.view(np.uint64).reshape(-1)
    return bits, readable


def dead_slots(runtime: Runtime, bits: SpanBits) -> tuple[I64, I64]:
    """Count the allocated slots that the last collection left unmarked and that are not swept yet.

    They are what the sweeper will free (:mod:`goxray.goruntime.spanmarks`). Returns objects and bytes for each span.
    """
    spans, waiting = runtime.spans, waiting_spans(runtime)
    objects = np.zeros(len(spans), np.int64)
    for span in np.array_split(waiting, max(1, len(waiting) >> 14)):
        objects[span] = _dead_in(runtime, bits, span)
    return objects, objects * spans.elem_size


def _dead_in(runtime: Runtime, bits: SpanBits, chosen: NDArray[np.int64]) -> I64:
    dead = np.zeros(len(chosen), np.int64)
    widths = np.diff(bits.place)[chosen]
    for width in np.unique(widths).tolist():
        here = np.flatnonzero(widths == width)
        if not width:
            continue
        part = chosen[here]
        marks, ok = mark_words(runtime, part, width)
        own = bits.allocated[bits.place[part][:, None] + np.arange(width)]
        counts = np.bitwise_count(own & ~marks).sum(axis=1, dtype=np.int64)
        dead[here] = np.where(ok, counts, 0)
    return dead
