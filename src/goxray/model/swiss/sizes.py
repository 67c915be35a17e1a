"""What each structure of a Swiss map takes from the heap, and what of it the collector looks through.

Sources: internal/runtime/maps/{map,table,group}.go for what is allocated, runtime/malloc.go (mallocgc) and
runtime/mbitmap.go (heapSetTypeNoHeader, heapSetTypeSmallHeader, heapSetTypeLarge) for what that takes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goxray.layout import RuntimeLayout
from goxray.model.shape import ModelShape

I64 = NDArray[np.int64]

HEADER = "internal/runtime/maps.Map"
TABLE = "internal/runtime/maps.table"
GROUPS_REFERENCE = "internal/runtime/maps.groupsReference"
POINTER = 8


@dataclass(frozen=True)
class Cost:
    """One allocation: ``bytes`` as allocated, ``scan`` what mallocgc adds to the heap's scannable bytes for it."""

    bytes: int
    scan: int


def cost(layout: RuntimeLayout, elem_size: int, elem_ptrdata: int, count: int = 1) -> Cost:
    """What an array of ``count`` elems takes.

    ``elem_ptrdata`` is the elem type's PtrBytes, 0 when it has no pointers. An object whose heap bits stand in its span
    counts up to its last pointer, a larger one with all of its slot (runtime/mbitmap.go).
    """
    size = elem_size * count
    if not size:
        return Cost(0, 0)
    if not elem_ptrdata:
        return Cost(layout.alloc_size(size, noscan=True), 0)
    allocated = layout.alloc_size(size, noscan=False)
    if size > layout.const("minSizeForMallocHeader"):
        return Cost(allocated, allocated)
    return Cost(allocated, elem_size * (count - 1) + elem_ptrdata)


class Sizes:
    """The costs of one map type's structures in one build.

    ``groups_bytes`` and ``groups_scan`` (int64[maxTableCapacity / 8 in powers of two]) are those of arrays of
    2^i groups.
    """

    def __init__(self, layout: RuntimeLayout, shape: ModelShape) -> None:
        self._layout = layout
        self.header = cost(layout, layout.size(HEADER), layout.field(HEADER, "dirPtr").offset + POINTER)
        data = layout.field(TABLE, "groups").offset + layout.field(GROUPS_REFERENCE, "data").offset
        self.table = cost(layout, layout.size(TABLE), data + POINTER)
        most = layout.const("maxTableCapacity") // layout.const("MapGroupSlots")
        unit, ptrdata = shape.unit.unit_size, 0 if shape.unit.noscan else shape.unit_ptrdata
        groups = [cost(layout, unit, ptrdata, 1 << i) for i in range(most.bit_length())]
        self.groups_bytes: I64 = np.array([each.bytes for each in groups], np.int64)
        self.groups_scan: I64 = np.array([each.scan for each in groups], np.int64)
        key = cost(layout, shape.full_key_size, shape.full_key_ptrdata) if shape.unit.indirect_key else Cost(0, 0)
        elem = cost(layout, shape.full_elem_size, shape.full_elem_ptrdata) if shape.unit.indirect_elem else Cost(0, 0)
        self.key_object, self.elem_object = key, elem
        """What a key and an elem take that are kept by pointer."""
        self.indirect_bytes = key.bytes + elem.bytes
        """Bytes of the objects that an entry keeps by pointer."""
        self.indirect_objects = int(shape.unit.indirect_key) + int(shape.unit.indirect_elem)
        self._directories: dict[int, Cost] = {}

    def directory(self, length: int) -> Cost:
        """The directory of ``length`` tables."""
        if length not in self._directories:
            self._directories[length] = cost(self._layout, POINTER, POINTER, length)
        return self._directories[length]

    def groups(self, capacity: int) -> Cost:
        """The groups array of a table of ``capacity`` slots."""
        at = (capacity // 8).bit_length() - 1
        return Cost(int(self.groups_bytes[at]), int(self.groups_scan[at]))
