"""What a map would cost if its live entries were copied into ``make(map[K]V, entries)`` on the same runtime.

Closed forms of the runtime's own sizing: runtime/map.go (makemap, makeBucketArray, overLoadFactor) and
internal/runtime/maps (NewMap, newTable, the split at maxTableCapacity). Where the hash decides (overflow buckets,
splits) the expected value under a uniform hash is taken.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.maps import classic, swiss
from goxray.maps.units import I64, SLOTS

if TYPE_CHECKING:
    from goxray.goruntime.types import MapShape
    from goxray.layout import RuntimeLayout

_PREALLOCATED_FROM = 4
_TAIL = 1e-12


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
        cost = float(self._alloc(total * shape.unit_size, shape.noscan))
        overflow = buckets * expected_overflow(entries / buckets)
        extra = max(0.0, overflow - spare)
        cost += extra * self._alloc(shape.unit_size, shape.noscan)
        if spare or (shape.noscan and overflow >= 0.5):
            cost += self._alloc(self._layout.size(classic.EXTRA), False)
        if shape.noscan and overflow >= 0.5:
            cost += self._alloc(24, False) + self._alloc(8 * grown_capacity(math.ceil(overflow)), False)
        return cost

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
        over = chance_of_growth(entries / tables, capacity * load // SLOTS, tables)
        table = self._alloc(layout.size(swiss.TABLE), False)

        def cost(slots: int) -> int:
            return table + self._alloc(slots // SLOTS * shape.unit_size, shape.noscan)

        grown = 2 * cost(limit) if capacity >= limit else cost(2 * capacity)
        splits = 1 - (1 - over) ** tables if capacity >= limit else 0.0
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


def expected_overflow(mean: float) -> float:
    """Expected overflow buckets behind one bucket when entries fall on buckets at random (Poisson)."""
    term, cumulative, expected = math.exp(-mean), math.exp(-mean), 0.0
    count = 0
    while 1 - cumulative > _TAIL and count < 1000:
        if count and count % SLOTS == 0:
            expected += 1 - cumulative
        count += 1
        term *= mean / count
        cumulative += term
    return expected


def grown_capacity(length: int) -> int:
    """Capacity of a slice of pointers grown by append one at a time (runtime/slice.go, nextslicecap), not rounded."""
    capacity = 1
    while capacity < length:
        capacity = capacity * 2 if capacity < 256 else capacity + (capacity + 768) // 4
    return capacity


def chance_of_growth(mean: float, most: int, tables: int) -> float:
    """Chance that one of ``tables`` tables gets more than ``most`` entries when hashes fall at random.

    Binomial with the given mean, by the normal approximation with continuity correction; 0 for one table, which
    holds every entry by design.
    """
    variance = mean * (1 - 1 / tables)
    if variance <= 0:
        return 0.0
    return 0.5 * math.erfc((most + 0.5 - mean) / math.sqrt(2 * variance))


def indirect_bytes(shape: MapShape, full_slots: I64, layout: RuntimeLayout) -> NDArray[np.int64]:
    """Heap bytes of the keys and elems that full slots hold by pointer, each in a slot of its own."""
    from goxray.goruntime.dwarf_types import has_pointers

    each = 0
    for indirect, go_type in ((shape.indirect_key, shape.key), (shape.indirect_elem, shape.elem)):
        if indirect:
            each += layout.alloc_size(go_type.size, not has_pointers(go_type))
    return full_slots * each
