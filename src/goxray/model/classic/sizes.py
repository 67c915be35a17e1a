"""Sizes and limits of one classic map type in one build: what arrays, overflow buckets and lists cost.

Sources: runtime/map.go (overLoadFactor, makeBucketArray, tooManyOverflowBuckets), later runtime/map_noswiss.go;
runtime/slice.go (growslice, nextslicecap); runtime/msize.go (roundupsize); runtime/malloc.go (mallocgc).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import LayoutUnknown
from goxray.goruntime.types import SLOTS_PER_UNIT

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.model.shape import ModelShape

I64 = NDArray[np.int64]

HEADER = "runtime.hmap"
EXTRA = "runtime.mapextra"

_POINTER = 8
_SLICE_SIZE = 24
_PREALLOCATED_FROM = 4  # b >= 4 in makeBucketArray
_SLOWER_FROM = 256  # threshold in nextslicecap
_MOST_LISTED = 1 << 36


@dataclass(frozen=True)
class BucketArray:
    """An array for 2**B buckets: ``rows`` with the preallocated overflow area, ``bytes`` as allocated."""

    buckets: int
    rows: int
    bytes: int
    scan_bytes: int


class Sizes:
    """All figures of one map type in one build, in bytes as allocated. Raises LayoutUnknown for other kinds of maps."""

    def __init__(self, layout: RuntimeLayout, shape: ModelShape) -> None:
        if layout.map_kind != "classic":
            raise LayoutUnknown(
                f"maps of {layout.version} are not classic ones", hint="use goxray.model.SwissMap for them"
            )
        self.layout = layout
        self.shape = shape
        self.noscan = shape.unit.noscan
        self.unit_size = shape.unit.unit_size
        self.load_num, self.load_den = layout.const("loadFactorNum"), layout.const("loadFactorDen")
        self.header = layout.alloc_size(layout.size(HEADER), False)
        self.header_scan = layout.offset(HEADER, "extra") + _POINTER
        self.extra = layout.alloc_size(layout.size(EXTRA), False)
        self.extra_scan = layout.size(EXTRA)
        self.list_header = layout.alloc_size(_SLICE_SIZE, False)
        self.overflow = layout.alloc_size(self.unit_size, self.noscan)
        self.overflow_scan = scan_size(self.unit_size, shape.unit_ptrdata, layout)
        self.indirect_key = self._indirect(shape.unit.indirect_key, shape.full_key_size, shape.full_key_ptrdata)
        self.indirect_elem = self._indirect(shape.unit.indirect_elem, shape.full_elem_size, shape.full_elem_ptrdata)
        self.lists = _lists(layout)
        self._arrays: dict[int, BucketArray] = {}

    def _indirect(self, kept_by_pointer: bool, size: int, ptrdata: int) -> int:
        return self.layout.alloc_size(size, ptrdata == 0) if kept_by_pointer else 0

    def limit(self, log2: int) -> int:
        """The most entries that 2**log2 buckets take without growing (overLoadFactor)."""
        return max(SLOTS_PER_UNIT, self.load_num * ((1 << log2) // self.load_den))

    def log2_for(self, hint: int) -> int:
        """B of a map made with a hint (makemap): 0 for one whose memory could not be addressed."""
        if hint * self.unit_size > self.layout.const("maxAlloc"):
            return 0
        log2 = 0
        while hint > self.limit(log2):
            log2 += 1
        return log2

    def array(self, log2: int) -> BucketArray:
        """What makeBucketArray makes for 2**log2 buckets."""
        known = self._arrays.get(log2)
        if known is None:
            known = self._arrays[log2] = self._array(log2)
        return known

    def _array(self, log2: int) -> BucketArray:
        buckets = rows = 1 << log2
        if log2 >= _PREALLOCATED_FROM:
            rows += 1 << (log2 - _PREALLOCATED_FROM)
            size = self.unit_size * rows
            rounded = round_up_size(size, self.noscan, self.layout)
            if rounded != size:
                rows = rounded // self.unit_size
        size, ptrdata = rows * self.unit_size, self.shape.unit_ptrdata
        scan = scan_size(size, size - self.unit_size + ptrdata if ptrdata else 0, self.layout)
        return BucketArray(buckets, rows, self.layout.alloc_size(size, self.noscan), scan)


_LISTS: dict[tuple[object, ...], I64] = {}
"""What :func:`_lists` found by build: many seeds ask for the same."""


def _lists(layout: RuntimeLayout) -> I64:
    """Return the arrays that ``*mapextra.overflow`` goes through: int64[N, 3], capacity, bytes, scan size.

    The first stands for none.
    """
    build = (layout.version, layout.goarch, layout.active)
    known = _LISTS.get(build)
    if known is not None:
        return known
    rows = [(0, 0, 0)]
    capacity = 0
    while capacity < _MOST_LISTED:
        asked = 1 if not capacity else 2 * capacity
        if capacity >= _SLOWER_FROM:
            asked = capacity + (capacity + 3 * _SLOWER_FROM) // 4
        capacity = round_up_size(asked * _POINTER, False, layout) // _POINTER
        size = capacity * _POINTER
        rows.append((capacity, layout.alloc_size(size, False), scan_size(size, size, layout)))
    return _LISTS.setdefault(build, np.array(rows, np.int64))


def scan_size(size: int, ptrdata: int, layout: RuntimeLayout) -> int:
    """Bytes that mallocgc adds to the heap's scannable ones for an object whose last pointer ends at ``ptrdata``.

    With malloc headers, from 1.22 on, those that are too large for the span's own heap bits count with all of their
    slot (runtime/mbitmap.go, heapSetType: span.elemsize).
    """
    headed = layout.has_const("minSizeForMallocHeader") and size > layout.const("minSizeForMallocHeader")
    return layout.alloc_size(size, False) if ptrdata and headed else ptrdata


def round_up_size(size: int, noscan: bool, layout: RuntimeLayout) -> int:
    """Bytes usable in the slot for ``size`` (roundupsize): without the malloc header."""
    slot = layout.alloc_size(size, noscan)
    if noscan or not layout.has_const("mallocHeaderSize"):
        return slot
    header = layout.const("mallocHeaderSize")
    headed = layout.const("minSizeForMallocHeader") < size <= layout.const("maxSmallSize") - header
    return slot - header if headed else slot
