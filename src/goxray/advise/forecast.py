"""The upgrade forecast: each live map filled again on other Go versions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from goxray.advise.prices import EDGES, Prices, Range, counted, total
from goxray.core.advise_result import Forecast
from goxray.goruntime.types import SLOTS_PER_UNIT
from goxray.layout import VERSIONS
from goxray.model.builds import build_layout, build_name
from goxray.model.closed.chances import mixture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from goxray.advise.evidence import I64, MapGroup
    from goxray.layout import RuntimeLayout
    from goxray.model.shape import ModelShape

_MAYBE_FULLER = 0.75
"""From this share of the most that a map can hold on it has as many slots as its entries need."""

_MANY = 64
_STEPS = 16

_POINTS = 3
"""Numbers of entries that stand for those between two edges, where nothing happens suddenly."""


@dataclass(frozen=True)
class Life:
    """So many maps, and the numbers of entries that they may have held, each with its chance.

    ``outgrown``: they hold less now and have come to rest since; else they hold that many and were filled from empty.
    """

    points: tuple[tuple[int, float], ...]
    count: int
    outgrown: bool = False


def builds(asked: Sequence[str], here: RuntimeLayout) -> list[RuntimeLayout]:
    """Return the builds of a forecast: those asked for, else the newest known of every line but the target's own.

    Raises:
        UsageError: one of them names no build.
        UnsupportedGo: it is not known.
    """
    if asked:
        return [build_layout(text, here.goarch) for text in asked]
    lines = [row.line for row in VERSIONS if row.line != here.version.line]
    return [build_layout(".".join(map(str, line)), here.goarch) for line in lines]


def newest(there: Sequence[RuntimeLayout], here: RuntimeLayout) -> str:
    """Return the name of the newest of these builds that is newer than the target's own; empty for none."""
    newer = [layout for layout in there if layout.version.is_of_later_line(here.version)]
    return f"go{build_name(max(newer, key=lambda layout: layout.version.line))}" if newer else ""


def lives(group: MapGroup, shape: ModelShape, prices: Prices) -> list[Life]:
    """Return what is known of how full the maps of a group once were.

    A map that has more slots than its entries need was fuller once, or made with a hint: maps never shrink. Any number
    of entries that gives so many slots is then as likely as any other. One with tombstones held more than it does now.
    """
    own = _few(own_slots(group))
    found = []
    for slots in np.unique(own).tolist():
        chosen = own == slots
        entries, deleted = group.entries[chosen], group.tombstones[chosen] > 0
        unsure = deleted | (entries < prices.most_entries(slots) * _MAYBE_FULLER)
        if slots > SLOTS_PER_UNIT and unsure.any():
            least, most = prices.entries_of(shape, slots)
            spans = ((least, entries < least), (0, deleted & (entries >= least) & (entries < most)))
            for first, some in spans:
                if some.any():
                    span = (first or int(entries[some].mean()), most)
                    found.append(Life(tuple(_points(prices, shape, slots, span)), int(some.sum()), outgrown=True))
            entries = entries[~spans[0][1] & ~spans[1][1]]
        if slots:
            entries = np.maximum(entries, 1)  # the first write makes the first slots
        found += [Life(((held, 1.0),), count) for held, count in counted(entries)]
    return found


def _few(slots: I64) -> I64:
    """Return numbers of slots as they are, or of very many different ones the nearest sixteenth of an octave."""
    if len(np.unique(slots)) <= _MANY:
        return slots
    near = np.exp2(np.round(np.log2(np.maximum(slots, 1)) * _STEPS) / _STEPS)
    return np.where(slots <= SLOTS_PER_UNIT, slots, np.round(near / SLOTS_PER_UNIT) * SLOTS_PER_UNIT).astype(np.int64)


def _points(prices: Prices, shape: ModelShape, slots: int, span: tuple[int, int]) -> Iterator[tuple[int, float]]:
    """Yield numbers of entries that stand for a span, some between any two edges, each with its chance.

    The chance is the part of the span that it stands for, times the chance that so many entries give those slots.
    """
    least, most = span
    inside = EDGES[(least <= EDGES) & (most > EDGES)]
    cuts = [least, *(inside + 1).tolist(), most + 1]
    found = []
    for first, end in pairwise(cuts):
        for part in range(_POINTS):
            entries = first + (end - first) * (2 * part + 1) // (2 * _POINTS)
            found.append((entries, (end - first) * prices.chance_of(shape, entries, slots)))
    whole = sum(chance for _, chance in found)
    if not whole:
        return (yield (least + most) // 2, 1.0)
    yield from ((entries, chance / whole) for entries, chance in found if chance)


def own_slots(group: MapGroup) -> I64:
    """Return the slots of each map without overflow and old buckets: what its size was chosen for."""
    buckets = group.detail.buckets
    return buckets * SLOTS_PER_UNIT if len(buckets) else group.slots


def forecast(
    groups: Sequence[MapGroup],
    here: Prices,
    there: Sequence[RuntimeLayout],
    tell: Callable[[str, float], None] = lambda _name, _share: None,
) -> Iterator[Forecast]:
    """Yield one row for each type, owner and build; maps of types that are not known are left out.

    ``tell`` is told which build comes next, and the share of builds done.
    """
    known = [(group, shape) for group in groups if group.type and (shape := here.shape_of_map(group.type))]
    told = [(group, lives(group, shape, here)) for group, shape in known]
    for place, layout in enumerate(there):
        tell(f"go{build_name(layout)}", place / len(there))
        prices = Prices(layout)
        for group, run in told:
            assert group.type is not None
            other = prices.shape_of_map(group.type)
            if other is not None:
                yield _row(group, _cost(prices, other, run), layout)


def _cost(prices: Prices, shape: ModelShape, run: list[Life]) -> Range:
    """Bytes of all maps; where it is not known how full they were, over the whole span of what may have been."""
    wanted = []
    for life in run:
        if life.outgrown:
            parts = [(chance, prices.outgrown(shape, entries).bytes) for entries, chance in life.points]
            wanted.append((mixture(parts), life.count))
        else:
            wanted.append((prices.figure(shape, life.points[0][0], 0, "bytes"), life.count))
    return total(wanted)


def _row(group: MapGroup, cost: Range, layout: RuntimeLayout) -> Forecast:
    return Forecast(
        go_version=f"go{build_name(layout)}",
        type=group.name,
        owner=group.owner,
        count=len(group),
        entries=int(group.entries.sum()),
        bytes_now=int(group.bytes.sum()),
        bytes_there=cost.mid,
        low=cost.low,
        high=cost.high,
    )
