"""What things cost in a build: the model's closed forms, as rules and the forecast ask for them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from goxray.advise.evidence import DEVIATIONS
from goxray.core.errors import GoxrayError
from goxray.goruntime.types import SLOTS_PER_UNIT
from goxray.model.closed.life import ClosedForms
from goxray.model.gotypes_make import Member, make_struct, pointer_bytes
from goxray.model.shapes import shape_of

if TYPE_CHECKING:
    from goxray.advise.evidence import I64, MapGroup
    from goxray.goruntime.types import GoType
    from goxray.layout import RuntimeLayout
    from goxray.model.closed.chances import Chances
    from goxray.model.closed.figures import Spread
    from goxray.model.shape import ModelShape

Figure = Literal["bytes", "peak_bytes", "scan_bytes", "total_alloc", "mallocs"]

_PREALLOCATED_FROM = 4
_EXACT_UP_TO = 64
_STEPS = 16
"""Entry counts of many different maps are told apart by sixteenths of an octave: finer than load factors are."""

_MANY = 64

EDGES = np.sort(np.array([load << power for load in (60, 65, 70, 72) for power in range(2, 52)], np.int64) // 10)
"""Entries at which maps of 2**k buckets or groups change: those of some version grow at a load of 6, 6.5 or 7 each,
and a classic map that has grown at 6.5 has moved its last entry, and lets go of its old array, at about 7.2."""
_NEARLY = 0.995
"""Slots of a model map may lack a table of some thousand: those that churn has split."""

_LOW, _HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Range:
    """Bytes: the middle, and the 5th to 95th percentile."""

    mid: int
    low: int
    high: int

    def negative(self) -> Range:
        """Return what to add in order to take this away."""
        return Range(-self.mid, -self.high, -self.low)

    def plus(self, other: Range) -> Range:
        """Return the sum with an independent figure."""
        mid = self.mid + other.mid
        below = math.hypot(self.mid - self.low, other.mid - other.low)
        above = math.hypot(self.high - self.mid, other.high - other.mid)
        return Range(mid, mid - round(below), mid + round(above))


@dataclass(frozen=True)
class Pair:
    """A struct of key and elem: its size in bytes, and whether it holds pointers."""

    size: int
    pointers: bool


class Prices:
    """Predictions for one build. What was asked for once is remembered."""

    def __init__(self, layout: RuntimeLayout) -> None:
        self.layout = layout
        classic = layout.map_kind == "classic"
        self.header = layout.alloc_size(layout.size("runtime.hmap" if classic else "internal/runtime/maps.Map"), False)
        self._shapes: dict[tuple[object, object], ModelShape | None] = {}
        self._forms: dict[ModelShape, ClosedForms] = {}
        self._filled: dict[tuple[ModelShape, int, int], Spread] = {}

    def allocs(self, sizes: I64, *, noscan: bool) -> I64:
        """Bytes of the slots that hold allocations of these sizes."""
        return self.layout.alloc_sizes(sizes, noscan)

    def pair(self, key: GoType, elem: GoType) -> Pair:
        """Return what a struct of both takes."""
        made = make_struct([Member("key", key), Member("elem", elem)])
        return Pair(made.size, pointer_bytes(made) > 0)

    def shape(self, key: GoType, elem: GoType) -> ModelShape | None:
        """Return how the build lays out ``map[key]elem``; None where the types are not known well enough."""
        name = (key.key, elem.key)
        if name not in self._shapes:
            try:
                self._shapes[name] = shape_of(key, elem, self.layout)
            except (GoxrayError, TypeError, ValueError, KeyError, IndexError, RecursionError):
                self._shapes[name] = None
        return self._shapes[name]

    def shape_of_map(self, map_type: GoType) -> ModelShape | None:
        """Return how the build lays out a map type."""
        return self.shape(map_type.map_shape.key, map_type.map_shape.elem)

    def filled(self, shape: ModelShape, entries: int, hint: int = 0) -> Spread:
        """Return the figures of a map made with a hint, into which so many keys were inserted."""
        asked = (shape, entries, hint)
        found = self._filled.get(asked)
        if found is None:
            forms = self._forms.get(shape)
            if forms is None:
                forms = self._forms[shape] = ClosedForms(self.layout, shape)
            found = self._filled[asked] = forms.filled(entries, hint)
        return found

    def sum(self, shape: ModelShape, maps: Iterable[tuple[int, int, int]], figure: Figure = "bytes") -> Range:
        """Return a figure of many maps in sum: ``maps`` are (entries, hint, how many of them)."""
        return total([(self.figure(shape, entries, hint, figure), count) for entries, hint, count in maps if count])

    def figure(self, shape: ModelShape, entries: int, hint: int, figure: Figure) -> Chances:
        """Return one figure of one map as a distribution."""
        chances: Chances = getattr(self.filled(shape, entries, hint), figure)
        return chances

    def rebuilt(self, group: MapGroup) -> Range:
        """Bytes of all maps of a group after their entries were copied into fresh maps made with a hint."""
        shape = None if group.type is None else self.shape_of_map(group.type)
        if shape is None:
            total = int(np.sum(group.rebuilt_bytes))
            return Range(total, total, total)
        return self.sum(shape, ((n, n, count) for n, count in counted(group.entries)))

    def bucket_array(self, shape: ModelShape, log2: int) -> int:
        """Bytes of a classic map's array of ``2**log2`` buckets with its overflow area (makeBucketArray)."""
        buckets = 1 << max(log2, 0)
        if log2 >= _PREALLOCATED_FROM:
            buckets += 1 << (log2 - _PREALLOCATED_FROM)
        return self.layout.alloc_size(buckets * shape.unit.unit_size, shape.unit.noscan)

    def most_entries(self, slots: int) -> int:
        """How many entries a map of so many slots holds before it grows (loadFactorNum; maxAvgGroupLoad)."""
        if slots <= SLOTS_PER_UNIT:
            return slots
        if self.layout.map_kind == "classic":
            num, den = self.layout.const("loadFactorNum"), self.layout.const("loadFactorDen")
            return slots // SLOTS_PER_UNIT * num // den
        return slots * self.layout.const("maxAvgGroupLoad") // SLOTS_PER_UNIT

    def entries_of(self, shape: ModelShape, slots: int) -> tuple[int, int]:
        """How many entries a map of so many slots once had: the fewest and the most that may have led to them.

        A classic map doubles at fixed numbers. The tables of a Swiss map split one by one, so that a number of slots
        that is no power of two tells its entries to a percent or so.
        """
        top = self.most_entries(slots)
        if slots <= SLOTS_PER_UNIT:
            return 0, top
        least = self._first(shape, top + SLOTS_PER_UNIT, lambda there: there.quantile(_HIGH) >= slots * _NEARLY)
        if self.layout.map_kind == "classic":
            return least, max(least, top)
        beyond = self._first(shape, top + SLOTS_PER_UNIT, lambda there: there.quantile(_LOW) > slots)
        return least, max(least, min(beyond - 1, top))

    def chance_of(self, shape: ModelShape, entries: int, slots: int) -> float:
        """Return the chance that so many entries lead to so many slots, to a table or so; 1 for a classic map."""
        if self.layout.map_kind == "classic":
            return 1.0
        there = self.outgrown(shape, entries).slots
        return float(there.weights[np.abs(there.values - slots) <= slots * (1 - _NEARLY)].sum())

    def _first(self, shape: ModelShape, end: int, reached: Callable[[Chances], bool]) -> int:
        """Return the fewest entries, to a thousandth and up to ``end``, for whose slots something holds."""
        low, high = 0, end
        while high - low > max(1, high >> 10):
            middle = (low + high) // 2
            if reached(self.outgrown(shape, middle).slots):
                high = middle
            else:
                low = middle
        return high

    def outgrown(self, shape: ModelShape, entries: int) -> Spread:
        """Return a map that once held so many entries and has come to rest: nothing is left to evacuate."""
        return self.filled(shape, entries, entries if self.layout.map_kind == "classic" else 0)


def total(wanted: Sequence[tuple[Chances, int]]) -> Range:
    """Return the sum of independent figures, each so many times."""
    if len(wanted) == 1 and wanted[0][1] == 1:
        only = wanted[0][0]
        return Range(only.median, only.quantile(0.05), only.quantile(0.95))
    mean = sum(chances.mean * count for chances, count in wanted)
    apart = DEVIATIONS * math.sqrt(sum(chances.variance * count for chances, count in wanted))
    return Range(round(mean), round(mean - apart), round(mean + apart))


def counted(entries: I64) -> list[tuple[int, int]]:
    """Return the numbers of entries of many maps, each with how many maps have about so many.

    Few different numbers stand as they are; of many those over 64 are put together with their nearest.
    """
    values, counts = np.unique(entries, return_counts=True)
    if len(values) <= _MANY:
        return list(zip(values.tolist(), counts.tolist(), strict=True))
    small = values <= _EXACT_UP_TO
    found = list(zip(values[small].tolist(), counts[small].tolist(), strict=True))
    large, many = values[~small], counts[~small]
    place = np.floor(np.log2(large) * _STEPS).astype(np.int64) * 2 * len(EDGES)
    place += np.searchsorted(EDGES, large)
    for bin_ in np.unique(place).tolist():
        inside = place == bin_
        found.append((round(float(np.average(large[inside], weights=many[inside]))), int(many[inside].sum())))
    return found
