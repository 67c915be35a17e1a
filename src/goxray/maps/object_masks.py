"""Which words of single heap objects hold pointers, where the runtime keeps one bit a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.headerbits import arena_bitmap, arena_bits_at, span_bits_end
from goxray.maps.units import I64, U64

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

_WORD = 8
_BITS_A_BYTE = 8


def largest_masked(runtime: Runtime) -> int:
    """Slots of at most so many bytes have a bit a word; larger objects have their type recorded instead."""
    layout = runtime.layout
    if arena_bitmap(layout):
        return 1 << 47
    return layout.const("minSizeForMallocHeader")


def object_masks(runtime: Runtime, base: U64, span: I64, size: int) -> NDArray[np.bool_]:
    """Return bool[N, size / 8]: the pointer bits of the objects at ``base`` in the spans numbered ``span``.

    ``size`` is in bytes, at most the slot's; the slots must not be larger than :func:`largest_masked` says, and their
    spans hold pointers. Bits that cannot be read are False.
    """
    layout, spans = runtime.layout, runtime.spans
    if arena_bitmap(layout):
        at = arena_bits_at(runtime.memory, layout, runtime.mheap, base)
        bit = (base // np.uint64(_WORD)).astype(np.int64)
    else:
        span_bytes = spans.pages[span].astype(np.int64) * spans.page_size
        end = span_bits_end(layout, spans.elem_size[span], span_bytes)
        width = span_bytes // _WORD // _BITS_A_BYTE
        bit = (base - spans.start[span]).astype(np.int64) // _WORD
        at = spans.start[span] + (end - width + bit // _BITS_A_BYTE).astype(np.uint64)
    words = size // _WORD
    raw, ok = runtime.memory.read_many(at, -(-(words + _BITS_A_BYTE - 1) // _BITS_A_BYTE))
    raw[~ok] = 0
    bits = np.unpackbits(raw, axis=1, bitorder="little").astype(np.bool_)
    found = np.zeros((len(base), words), np.bool_)
    shift = bit % _BITS_A_BYTE
    for step in range(_BITS_A_BYTE):
        here = shift == step
        if here.any():
            found[here] = bits[here, step : step + words]
    return found
