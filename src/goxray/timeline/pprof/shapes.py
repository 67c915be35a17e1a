"""What array of a map an object of some size is, where the map's type is known.

Sources: runtime/map.go (makeBucketArray: from B = 4 on a sixteenth more buckets for overflow) for classic maps;
internal/runtime/maps (table.go: capacity, up to 1024 slots; group.go) for Swiss ones. Sizes are what the allocator
rounds them up to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from goxray.goruntime.types import MapShape
    from goxray.layout import RuntimeLayout

_LARGEST_B = 40
_OVERFLOW_FROM = 4
_SLOTS = 8
_TABLE_SLOTS = 1024
_POINTER = 8


class Shape(NamedTuple):
    """``what`` it is (see :class:`goxray.core.profile_result.ArraySize`), and how many units are the map's own."""

    what: str
    units: int


NOTHING = Shape("", 0)


def shapes_of(shape: MapShape, layout: RuntimeLayout) -> dict[int, Shape]:
    """Return what objects of a map type are by the bytes that they take.

    Where two take as much, the first of these counts: the arrays of which a map has most, then the headers, and
    directories last, of which each map has one.
    """
    found: dict[int, Shape] = {}
    for size, array in _classic(shape, layout) if shape.kind == "classic" else _swiss(shape, layout):
        found.setdefault(size, array)
    return found


def _classic(shape: MapShape, layout: RuntimeLayout) -> list[tuple[int, Shape]]:
    rows = []
    for b in range(_LARGEST_B):
        units = (1 << b) + ((1 << (b - _OVERFLOW_FROM)) if b >= _OVERFLOW_FROM else 0)
        rows.append((layout.alloc_size(units * shape.unit_size, shape.noscan), Shape("buckets", 1 << b)))
    return rows + _headers((("runtime.hmap", "header"), ("runtime.mapextra", "extra")), layout)


def _swiss(shape: MapShape, layout: RuntimeLayout) -> list[tuple[int, Shape]]:
    most = _TABLE_SLOTS // _SLOTS
    counts = [1 << power for power in range(most.bit_length())]
    rows = [(layout.alloc_size(count * shape.unit_size, shape.noscan), Shape("groups", count)) for count in counts]
    rows += _headers((("internal/runtime/maps.Map", "header"), ("internal/runtime/maps.table", "table")), layout)
    return rows + [(layout.alloc_size(_POINTER << power, False), Shape("directory", 1 << power)) for power in range(25)]


def _headers(structs: tuple[tuple[str, str], ...], layout: RuntimeLayout) -> list[tuple[int, Shape]]:
    return [
        (layout.alloc_size(layout.size(name), False), Shape(what, 1))
        for name, what in structs
        if layout.has_struct(name)
    ]
