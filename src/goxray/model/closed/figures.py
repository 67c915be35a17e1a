"""The figures of a map as distributions: :class:`goxray.model.figures.MapFigures` before one run is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from goxray.core.predict_result import GrowthStep
from goxray.layout.data import MapKind
from goxray.model.closed.chances import Chances


@dataclass(frozen=True)
class Spread:
    """All figures after one step. ``exact``: no run can differ, by the algorithm itself and not by mere likelihood.

    That is about bytes and allocations: slots of a classic map may still differ by overflow buckets that its array has
    room for.
    ``growth`` is how the map grew in this step. Units and meanings are those of MapFigures.
    """

    kind: MapKind
    entries: int
    exact: bool
    bytes: Chances
    peak_bytes: Chances
    scan_bytes: Chances
    mallocs: Chances
    total_alloc: Chances
    slots: Chances
    indirect_bytes: int
    detail: Mapping[str, int] = field(default_factory=dict)
    growth: tuple[GrowthStep, ...] = ()
