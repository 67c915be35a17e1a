"""Which slots the last mark has found alive, in the spans that still wait for the sweeper.

When marking ends, mheap.sweepgen grows by two, and every span is two behind until it is swept: its allocBits still say
what was allocated before, its gcmarkBits what is alive. What they do not mark is dead, whatever its memory says, and
what it points to may be swept and in other use already (runtime/mheap.go, mspan.sweepgen; runtime/mgc.go, gcSweep;
runtime/mgcsweep.go, sweepLocked.sweep). What is allocated while marking goes on is marked (runtime/malloc.go).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

_INLINE = "runtime.spanInlineMarkBits"
_BEHIND = 2


def waiting_spans(runtime: Runtime) -> I64:
    """Return the numbers of the spans that wait for the sweeper (mspan.sweepgen is mheap.sweepgen - 2), rising."""
    at = runtime.mheap + runtime.layout.offset("runtime.mheap", "sweepgen")
    return np.flatnonzero(np.uint32(runtime.memory.read_u32(at)) - runtime.spans.sweep_gen == _BEHIND)


def mark_words(runtime: Runtime, chosen: I64, width: int) -> tuple[U64, NDArray[np.bool_]]:
    """Read the marks of spans of at most 64 x ``width`` slots, those that Green Tea keeps in the span included.

    Returns uint64[len(chosen), width], one bit a slot, and which spans' marks could be read (bool[len(chosen)]).
    """
    raw, ok = runtime.memory.read_many(runtime.spans.mark_bits[chosen], 8 * width)
    marks: U64 = raw.view(np.uint64).reshape(len(chosen), width)
    if "greenteagc" in runtime.layout.active:
        marks = marks | _inline_marks(runtime, chosen, width)
    return marks, ok


def found_dead(runtime: Runtime, addrs: U64) -> NDArray[np.bool_]:
    """Which of the allocated objects at ``addrs`` the last mark has found dead and nobody has swept yet (bool[N]).

    Where marks cannot be read nothing counts as dead.
    """
    spans = runtime.spans
    dead = np.zeros(len(addrs), np.bool_)
    waits = np.zeros(len(spans), np.bool_)
    waits[waiting_spans(runtime)] = True
    if not waits.any():
        return dead
    located = spans.locate(addrs)
    here = np.flatnonzero(located.span >= 0)
    here = here[waits[located.span[here]]]
    chosen, row = np.unique(located.span[here], return_inverse=True)
    slot = (located.base[here] - spans.start[located.span[here]]).astype(np.int64) // located.size[here]
    widths = -(-spans.nelems[chosen].astype(np.int64) // 64)
    for width in np.unique(widths).tolist():
        alike = np.flatnonzero(widths == width)
        marks, ok = mark_words(runtime, chosen[alike], width)
        place = np.full(len(chosen), -1, np.int64)
        place[alike] = np.arange(len(alike))
        mine = np.flatnonzero(place[row] >= 0)
        at, bit = place[row[mine]], slot[mine]
        marked = (marks[at, bit >> 6] >> (bit & 63).astype(np.uint64)) & np.uint64(1)
        dead[here[mine]] = ok[at] & (marked == 0)
    return dead


def _inline_marks(runtime: Runtime, chosen: I64, width: int) -> U64:
    """Read the marks that Green Tea keeps at the end of spans of small objects (runtime/mgcmark_greenteagc.go)."""
    spans, layout = runtime.spans, runtime.layout
    small = (spans.elem_size[chosen] >= 16) & (spans.elem_size[chosen] <= layout.const("minSizeForMallocHeader"))
    found = np.zeros((len(chosen), width), np.uint64)
    at = spans.end[chosen] - np.uint64(layout.size(_INLINE)) + np.uint64(layout.offset(_INLINE, "marks"))
    size = layout.field_size(_INLINE, "marks")
    raw, ok = runtime.memory.read_many(at[small], size)
    raw[~ok] = 0
    padded = np.zeros((int(small.sum()), 8 * width), np.uint8)
    keep = min(size, 8 * width)
    padded[:, :keep] = raw[:, :keep]
    found[small] = padded.view(np.uint64)
    return found
