"""What things cost in one build: the model's predictions, as rules ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goxray.goruntime.types import SLOTS_PER_UNIT
from goxray.model.gotypes_make import Member, make_struct, pointer_bytes
from goxray.model.shapes import unit_of

if TYPE_CHECKING:
    from goxray.advise.evidence import I64, MapGroup
    from goxray.goruntime.types import GoType
    from goxray.layout import RuntimeLayout

_PREALLOCATED_FROM = 4


@dataclass(frozen=True)
class Range:
    """Bytes: the middle, and the 5th to 95th percentile."""

    mid: int
    low: int
    high: int


@dataclass(frozen=True)
class Pair:
    """A struct of key and elem: its size in bytes, and whether it holds pointers."""

    size: int
    pointers: bool


class Prices:
    """Predictions for one build."""

    def __init__(self, layout: RuntimeLayout) -> None:
        self.layout = layout
        classic = layout.map_kind == "classic"
        self.header = layout.alloc_size(layout.size("runtime.hmap" if classic else "internal/runtime/maps.Map"), False)

    def allocs(self, sizes: I64, *, noscan: bool) -> I64:
        """Bytes of the slots that hold allocations of these sizes."""
        return self.layout.alloc_sizes(sizes, noscan)

    def pair(self, key: GoType, elem: GoType) -> Pair:
        """Return what a struct of both takes."""
        made = make_struct([Member("key", key), Member("elem", elem)])
        return Pair(made.size, pointer_bytes(made) > 0)

    def unit(self, map_type: GoType) -> int:
        """Bytes of a map type's unit here: a bucket or group."""
        shape = map_type.map_shape
        return unit_of(shape.key, shape.elem, self.layout).unit_size

    def bucket_array(self, map_type: GoType, log2: int) -> int:
        """Bytes of a classic map's array of ``2**log2`` buckets with its overflow area (makeBucketArray)."""
        shape = unit_of(map_type.map_shape.key, map_type.map_shape.elem, self.layout)
        buckets = 1 << max(log2, 0)
        if log2 >= _PREALLOCATED_FROM:
            buckets += 1 << (log2 - _PREALLOCATED_FROM)
        return self.layout.alloc_size(buckets * shape.unit_size, shape.noscan)

    def most_entries(self, kind: str, slots: int) -> int:
        """How many entries a map of so many slots is for: where it would grow."""
        if kind == "classic":
            num, den = self.layout.const("loadFactorNum"), self.layout.const("loadFactorDen")
            return max(slots // SLOTS_PER_UNIT * num // den, min(slots, SLOTS_PER_UNIT))
        if slots <= SLOTS_PER_UNIT:
            return slots
        return slots * self.layout.const("maxAvgGroupLoad") // SLOTS_PER_UNIT

    def rebuilt(self, group: MapGroup) -> Range:
        """Bytes of all maps of a group after their entries were copied into fresh maps."""
        total = int(np.sum(group.rebuilt_bytes))
        return Range(total, total, total)
