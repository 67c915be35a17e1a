"""What a map would cost if its live entries were copied into ``make(map[K]V, entries)`` on the same runtime.

Closed forms of the runtime's own sizing: runtime/map.go (makemap, makeBucketArray, overLoadFactor) and
internal/runtime/maps (NewMap, newTable, the split at maxTableCapacity). Where the hash decides (overflow buckets,
splits) the expected value under a uniform hash is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.maps import classic, swiss
from goxray.maps.chance import chance_of_growth, overflow_chances
from goxray.maps.units import I64, SLOTS

if TYPE_CHECKING:
    from goxray.goruntime.types import MapShape
    from goxray.layout import RuntimeLayout

_PREALLOCATED_FROM = 4
_POINTER = 8
_SLICE_SIZE = 24
_SLOWER_FROM = 256


class Rebuilder:
    """``rebuilt_bytes`` for one build; results are remembered by (shape, entries)."""

    def __init__(self, layout: RuntimeLayout) -> None:
        self._layout = layout
        self._known: dict[tuple[int, bool, int], int] = {}
        self._header = layout.alloc_size(
            layout.size(classic.HEADER if layout.map_kind == "classic" else swiss.HEADER), False
        )

    def bytes(self, shape: MapShape, entries: I64) -> I64:
        """Expected bytes of maps of this shape, rebuilt with ``entries`` (int64[N]) each."""
        values, inverse = np.unique(entries, return_inverse=True)
        sizes = [self._one(shape, int(n)) for n in values.tolist()]
        return np.array(sizes, np.int64)[inverse] if sizes else np.zeros(0, np.int64)

    def _one(self, shape: MapShape, entries: int) -> int:
        key = (shape.unit_size, shape.noscan, entries)
        known = self._known.get(key)
        if known is None:
            below = self._classic(shape, entries) if shape.kind == "classic" else self._swiss(shape, entries)
            known = self._known[key] = self._header + round(below)
        return known

    def _alloc(self, size: int, noscan: bool) -> int:
        return self._layout.alloc_size(size, noscan)

    def _classic(self, shape: MapShape, entries: int) -> float:
        if entries <= 0:
            return 0.0
        log2 = bucket_bits(entries, self._layout)
        if log2 == 0:
            return float(self._alloc(shape.unit_size, shape.noscan))
        buckets, total = bucket_array(log2, shape.unit_size, shape.noscan, self._layout)
        spare = total - buckets
        numbers, chances = overflow_chances(entries, log2)
        extra = self._layout.alloc_size(self._layout.size(classic.EXTRA), False)
        cost = self._alloc(shape.unit_size, shape.noscan) * np.maximum(0, numbers - spare)
        if shape.noscan:
            cost = cost + self._kept_alive(numbers) + np.where((numbers > 0) | (spare > 0), extra, 0)
        elif spare:
            cost = cost + extra
        return self._alloc(total * shape.unit_size, shape.noscan) + float(cost @ chances)

    def _kept_alive(self, numbers: I64) -> I64:
        """Bytes of the slice that holds a pointer-free map's overflow buckets (runtime/map.go, createOverflow)."""
        capacities, sizes = appended(int(numbers.max()), self._layout)
        array = sizes[np.searchsorted(capacities, numbers)]
        return np.where(numbers > 0, array + self._alloc(_SLICE_SIZE, False), 0)

    def _swiss(self, shape: MapShape, entries: int) -> float:
        if entries <= 0:
            return 0.0
        if entries <= SLOTS:
            return float(self._alloc(shape.unit_size, shape.noscan))
        layout = self._layout
        load = layout.const("maxAvgGroupLoad")
        limit = layout.const("maxTableCapacity")
        target = entries * SLOTS // load
        tables = 1 << (-(-target // limit) - 1).bit_length()
        capacity = 1 << (max(SLOTS, target // tables) - 1).bit_length()
        over, any_over = chance_of_growth(entries, tables, capacity * load // SLOTS)
        table = self._alloc(layout.size(swiss.TABLE), False)

        def cost(slots: int) -> int:
            return table + self._alloc(slots // SLOTS * shape.unit_size, shape.noscan)

        grown = 2 * cost(limit) if capacity >= limit else cost(2 * capacity)
        splits = any_over if capacity >= limit else 0.0
        directory = (1 - splits) * self._alloc(8 * tables, False) + splits * self._alloc(16 * tables, False)
        return directory + tables * ((1 - over) * cost(capacity) + over * grown)


def bucket_bits(entries: int, layout: RuntimeLayout) -> int:
    """B for a hint, as makemap chooses it (runtime/map.go, overLoadFactor)."""
    num, den = layout.const("loadFactorNum"), layout.const("loadFactorDen")
    log2 = 0
    while entries > SLOTS and entries > num * ((1 << log2) // den):
        log2 += 1
    return log2


def bucket_array(log2: int, unit_size: int, noscan: bool, layout: RuntimeLayout) -> tuple[int, int]:
    """(buckets, buckets with the preallocated overflow area) of an array (runtime/map.go, makeBucketArray)."""
    buckets = total = 1 << log2
    if log2 >= _PREALLOCATED_FROM:
        total += 1 << (log2 - _PREALLOCATED_FROM)
        size = unit_size * total
        rounded = round_up_size(size, noscan, layout)
        if rounded != size:
            total = rounded // unit_size
    return buckets, total


def round_up_size(size: int, noscan: bool, layout: RuntimeLayout) -> int:
    """Bytes usable in the slot for ``size`` (runtime/msize.go, roundupsize): without the malloc header."""
    slot = layout.alloc_size(size, noscan)
    if noscan or not layout.has_const("mallocHeaderSize"):
        return slot
    small = size <= layout.const("maxSmallSize") - layout.const("mallocHeaderSize")
    headed = small and size > layout.const("minSizeForMallocHeader")
    return slot - layout.const("mallocHeaderSize") if headed else slot


def appended(most: int, layout: RuntimeLayout) -> tuple[I64, I64]:
    """Capacities, and the bytes of their arrays, that a slice of pointers goes through when ``most`` are appended.

    One at a time: runtime/slice.go, growslice and nextslicecap; what an array's slot has room for is used.
    """
    capacities, sizes = [1], [layout.alloc_size(_POINTER, False)]
    while capacities[-1] < most:
        last = capacities[-1]
        grown = _POINTER * (2 * last if last < _SLOWER_FROM else last + (last + 3 * _SLOWER_FROM) // 4)
        capacities.append(round_up_size(grown, False, layout) // _POINTER)
        sizes.append(layout.alloc_size(grown, False))
    return np.array(capacities, np.int64), np.array(sizes, np.int64)


def indirect_bytes(shape: MapShape, full_slots: I64, layout: RuntimeLayout) -> NDArray[np.int64]:
    """Heap bytes of the keys and elems that full slots hold by pointer, each in a slot of its own."""
    from goxray.goruntime.dwarf_types import has_pointers

    each = 0
    for indirect, go_type in ((shape.indirect_key, shape.key), (shape.indirect_elem, shape.elem)):
        if indirect:
            each += layout.alloc_size(go_type.size, not has_pointers(go_type))
    return full_slots * each
