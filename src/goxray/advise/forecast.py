"""The upgrade forecast: each live map filled again on other Go versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goxray.advise.prices import Prices, Range, counted
from goxray.core.advise_result import Forecast
from goxray.goruntime.types import SLOTS_PER_UNIT
from goxray.layout import VERSIONS
from goxray.model.builds import build_layout, build_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from goxray.advise.evidence import I64, MapGroup
    from goxray.layout import RuntimeLayout
    from goxray.model.shape import ModelShape

_HALF_FULL = 7 / 16
"""A map that has just grown is half as full as it may be. Tables split one by one, so a little less tells nothing."""


@dataclass(frozen=True)
class Life:
    """So many maps that hold, or ``once`` held, so many entries."""

    entries: int
    once: bool
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


def lives(group: MapGroup, shape: ModelShape, prices: Prices) -> list[Life]:
    """Return what is known of how full the maps of a group once were.

    A map that has more slots than its entries need was fuller once, or made with a hint: maps never shrink. It is then
    made again with the fewest entries that give so many slots.
    """
    own = own_slots(group)
    most = np.array([prices.most_entries(slots) for slots in own.tolist()], np.int64)
    wide = (own > SLOTS_PER_UNIT) & (group.entries < most * _HALF_FULL)
    found = [Life(entries, False, count) for entries, count in counted(group.entries[~wide])]
    values, counts = np.unique(own[wide], return_counts=True)
    for slots, count in zip(values.tolist(), counts.tolist(), strict=True):
        found.append(Life(prices.least_entries(shape, slots), True, count))
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
    classic = prices.layout.map_kind == "classic"
    return prices.sum(shape, ((life.entries, life.entries if life.once and classic else 0, life.count) for life in run))


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
