"""What ``goxray predict`` says: one result for each Go version and step. Plain data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PREDICT_SCHEMA_ID = "goxray.predict/1"


@dataclass(frozen=True)
class GrowthStep:
    """One moment at which a map grows while it is filled: at ``entries`` entries it comes to ``bytes`` bytes.

    ``peak_bytes`` is the most held around that moment, the old array included; ``what`` says what grows, as
    ``buckets 2^12 -> 2^13`` or ``tables 8 -> 16``.
    """

    entries: int
    what: str
    bytes: int
    peak_bytes: int


@dataclass(frozen=True)
class Prediction:
    """One map type on one Go version after one step.

    ``step`` is its number from 0, ``step_text`` what it does. ``n`` is the number of entries afterwards. ``exact``
    says that every run has these ``bytes``; else they depend on the hash's seed, and are the median, with ``low`` to
    ``high`` the 5th to 95th percentile. Other figures are medians where they depend on the seed, which some do (a
    classic map's slots and allocations) where ``bytes`` does not; see :class:`goxray.model.figures.MapFigures`.
    ``how`` names where the figures come from: closed form or ``K seeds``.
    """

    go_version: str
    goarch: str
    kind: str
    type: str
    step: int
    step_text: str
    n: int
    hint: int
    exact: bool
    bytes: int
    low: int
    high: int
    indirect_bytes: int
    peak_bytes: int
    scan_bytes: int
    mallocs: int
    total_alloc: int
    slots: int
    how: str
    detail: Mapping[str, int] = field(default_factory=dict)
    growth: tuple[GrowthStep, ...] = ()


@dataclass(frozen=True)
class PredictResult:
    """Everything that one run of ``goxray predict`` says. ``notes`` are sentences for the reader."""

    results: tuple[Prediction, ...]
    notes: tuple[str, ...] = ()
