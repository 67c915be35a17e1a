"""Which words of small heap objects hold pointers, as the runtime itself recorded it.

From Go 1.22 on, spans of objects up to 512 bytes keep one bit a word at their end, before the inline mark bits
where Green Tea put those (runtime/mbitmap.go, spanHeapBitsRange); before, the bits lie in the heap arena's own
bitmap (Go 1.21's runtime/mbitmap.go, heapBitsForAddr).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from goxray.goruntime.spans import SpanTable
    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory

_WORD = 8
_INLINE_MARKS = "runtime.spanInlineMarkBits"
_LEAST_INLINE = 16


_ARENA_BITMAPS = ("bitmap", "heapArenaPtrScalar.bitmap")


def arena_bitmap(layout: RuntimeLayout) -> str | None:
    """Return the field of runtime.heapArena that holds pointer bits; None where the build keeps them elsewhere.

    Go 1.21 has it, and Go 1.22 without malloc headers (GOEXPERIMENT=noallocheaders, runtime/mbitmap_noallocheaders.go).
    """
    return next((name for name in _ARENA_BITMAPS if layout.has("runtime.heapArena", name)), None)


def span_pointer_bits(
    memory: Memory,
    layout: RuntimeLayout,
    mheap: int,
    spans: SpanTable,
    chosen: NDArray[np.int64],
    contents: NDArray[np.uint8],
) -> NDArray[np.bool_]:
    """Return bool[len(chosen), words of a span]: whether each word of the ``chosen`` spans holds a pointer.

    All chosen spans have the same size and hold objects with pointers of at most 512 bytes. ``contents`` are
    their bytes (uint8[len(chosen), span size]), which the newer layouts carry the bits in.
    """
    span_size = contents.shape[1]
    width = span_size // _WORD // 8
    if arena_bitmap(layout):
        raw = _arena_bits(memory, layout, mheap, spans.start[chosen], width)
    else:
        end = int(span_bits_end(layout, spans.elem_size[chosen[:1]], np.array([span_size]))[0])
        raw = np.ascontiguousarray(contents[:, end - width : end])
    return np.unpackbits(raw, axis=1, bitorder="little").astype(np.bool_)


def _arena_bits(
    memory: Memory, layout: RuntimeLayout, mheap: int, start: NDArray[np.uint64], width: int
) -> NDArray[np.uint8]:
    """Read the arena bitmap's bytes for spans at ``start``: uint8[len(start), width]."""
    raw, ok = memory.read_many(arena_bits_at(memory, layout, mheap, start), width)
    raw[~ok] = 0
    return raw


def arena_bits_at(memory: Memory, layout: RuntimeLayout, mheap: int, start: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return where the arena bitmap's bytes for heap addresses (multiples of 512) stand, a bit a word."""
    arena_bytes = layout.const("heapArenaBytes")
    base = layout.const("arenaBaseOffset") & ((1 << 64) - 1)
    index = ((start - np.uint64(base)) // np.uint64(arena_bytes)).astype(np.int64)
    table = memory.read_u64(mheap + layout.offset("runtime.mheap", "arenas"))
    known, inverse = np.unique(index, return_inverse=True)
    arenas, _ = memory.gather((table + known * _WORD).astype(np.uint64), [0])
    within = (start % np.uint64(arena_bytes)) // np.uint64(_WORD * 8)
    field = layout.offset("runtime.heapArena", arena_bitmap(layout) or _ARENA_BITMAPS[0])
    at: NDArray[np.uint64] = arenas[inverse, 0] + np.uint64(field) + within
    return at


def span_bits_end(
    layout: RuntimeLayout, elem_size: NDArray[np.int64], span_size: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return how many bytes behind a span's start its own pointer bits end (layouts that keep them there)."""
    if "greenteagc" not in layout.active:
        return span_size
    return np.where(elem_size >= _LEAST_INLINE, span_size - layout.size(_INLINE_MARKS), span_size)
