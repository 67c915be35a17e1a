"""The upgrade forecast: each live map filled again on other Go versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goxray.advise.prices import Prices, Range, counted, total
from goxray.core.advise_result import Forecast
from goxray.goruntime.types import SLOTS_PER_UNIT
from goxray.layout import VERSIONS
from goxray.model.builds import build_layout, build_name
from goxray.model.closed.chances import mixture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from goxray.advise.evidence import I64, MapGroup
    from goxray.layout import RuntimeLayout
    from goxray.model.shape import ModelShape

_HALF_FULL = 7 / 16
"""A map that has just grown is half as full as it may be. Tables split one by one, so a little less tells nothing."""

_POINTS = 17
"""Numbers of entries that stand for a span: an octave of them, with the steps at which maps grow."""


@dataclass(frozen=True)
class Life:
    """So many maps that hold ``entries``, or once held between ``entries`` and ``most`` of them."""

    entries: int
    most: int
    count: int


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
    of entries that gives so many slots is then as likely as any other.
    """
    own = own_slots(group)
    most = np.array([prices.most_entries(slots) for slots in own.tolist()], np.int64)
    wide = (own > SLOTS_PER_UNIT) & (group.entries < most * _HALF_FULL)
    found = [Life(entries, entries, count) for entries, count in counted(group.entries[~wide])]
    values, counts = np.unique(own[wide], return_counts=True)
    for slots, count in zip(values.tolist(), counts.tolist(), strict=True):
        least = prices.least_entries(shape, slots)
        found.append(Life(least, max(least, prices.most_entries(slots)), count))
    return found


def own_slots(group: MapGroup) -> I64:
    """Return the slots of each map without overflow and old buckets: what its size was chosen for."""
    buckets = group.detail.buckets
    return buckets * SLOTS_PER_UNIT if len(buckets) else group.slots


def forecast(groups: Sequence[MapGroup], here: Prices, there: Sequence[RuntimeLayout]) -> Iterator[Forecast]:
    """Yield one row for each type, owner and build; maps of types that are not known are left out."""
    known = [(group, shape) for group in groups if group.type and (shape := here.shape_of_map(group.type))]
    told = [(group, lives(group, shape, here)) for group, shape in known]
    for layout in there:
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
        if life.most == life.entries:
            wanted.append((prices.figure(shape, life.entries, 0, "bytes"), life.count))
            continue
        points = np.unique(np.linspace(life.entries, life.most, _POINTS).astype(np.int64)).tolist()
        parts = [(1 / len(points), prices.outgrown(shape, entries).bytes) for entries in points]
        wanted.append((mixture(parts), life.count))
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
