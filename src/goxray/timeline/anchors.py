"""What two sources can be laid onto each other by: when each collection ended, as each of them knows it."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.timeline_result import Interval, Series, Timeline

_TOLERANCE_S = 0.002
"""gctrace prints milliseconds after the start, and phases with three digits (runtime/mgc.go, gcMarkTermination)."""

_SHARE = 0.01
_FINEST_S = 0.0005  # nothing is dated so well that less than this would be worth more
_MOST_OF = 0.8
_TRIED = 8
_ENOUGH_NUMBERS = 3
_ENOUGH_TIMES = 4
_INF = float("inf")
F64 = NDArray[np.float64]

Ends = dict[int, tuple[float, float]]
"""Cycle number to the earliest and the latest second at which it can have ended."""


@dataclass(frozen=True)
class Fit:
    """A shift of one axis against the other under which their collections coincide.

    ``cycles`` were compared; ``error_s`` is how far the shift may be off; ``chance`` is how likely those of another
    process would coincide as well.
    """

    shift_s: float
    error_s: float
    cycles: int
    chance: float


@dataclass(frozen=True)
class Clash:
    """Both sources number their collections and no shift makes them coincide: they tell of different processes."""

    cycles: int


def ends_of(timeline: Timeline) -> Ends:
    """Return when each numbered cycle ended, by all that the timeline has: cycles, ends of marking, a counter."""
    ends: Ends = {}
    for interval in timeline.intervals:
        number = interval.detail.get("n")
        if interval.track == "gc" and interval.name == "cycle" and isinstance(number, int | float):
            slack = _TOLERANCE_S + _SHARE * (interval.end_s - interval.start_s)
            _narrow(ends, int(number), interval.end_s - slack, interval.end_s + slack)
    for moment in timeline.moments:
        number = moment.detail.get("n")
        if moment.name == "mark end" and isinstance(number, int | float):
            _narrow(ends, int(number), moment.at_s - _TOLERANCE_S, moment.at_s + _TOLERANCE_S)
    for series in timeline.series:
        if series.name == "gc_cycles":
            _count(ends, series)
    return ends


def _narrow(ends: Ends, number: int, low: float, high: float) -> None:
    before = ends.get(number, (-_INF, _INF))
    if max(before[0], low) <= min(before[1], high):
        ends[number] = max(before[0], low), min(before[1], high)


def _count(ends: Ends, series: Series) -> None:
    """A counter that was n - 1 and then n or more says between which two looks cycle n ended."""
    last_t, last = -_INF, 0
    for t_s, value in zip(series.t_s.tolist(), series.values.tolist(), strict=True):
        if not np.isfinite(value):
            continue
        number = int(value)
        if number < last:
            return  # the counter began anew: another process
        if last_t == -_INF:
            if number > 0:
                _narrow(ends, number, -_INF, t_s + _TOLERANCE_S)
        else:
            for passed in range(last + 1, number + 1):
                _narrow(ends, passed, last_t - _TOLERANCE_S, t_s + _TOLERANCE_S)
        last_t, last = t_s, number
    if last_t > -_INF:
        _narrow(ends, last + 1, last_t - _TOLERANCE_S, _INF)


def by_numbers(one: Timeline, other: Timeline) -> Fit | Clash | None:
    """Return the shift to add to the other's seconds under which cycles of one number end together.

    A machine that is busy delays a look now and then: one cycle in five may lie outside. None where they have too few
    numbers in common to tell.
    """
    mine, theirs = ends_of(one), ends_of(other)
    windows, sided, at, apart = [], [], [], []
    for number in sorted(mine.keys() & theirs.keys()):
        (early, late), (from_s, to_s) = mine[number], theirs[number]
        if all(np.isfinite(edge) for edge in (early, late, from_s, to_s)):
            windows.append((early - to_s, late - from_s))
            at.append((early + late) / 2)
            apart.append((early + late - from_s - to_s) / 2)
        else:
            sided.append((early - to_s, late - from_s))
    if len(windows) < _ENOUGH_NUMBERS:
        return None
    low, high, count = _common(windows)
    if count < _MOST_OF * len(windows):
        return Clash(len(windows))
    # The cycle before the first look and the one after the last bound the shift from one side.
    for edge_low, edge_high in sided:
        if max(low, edge_low) <= min(high, edge_high):
            low, high = max(low, edge_low), min(high, edge_high)
    inside = [place for place, (from_s, to_s) in enumerate(windows) if from_s <= high and to_s >= low]
    scatter = float(np.ptp([apart[place] for place in inside]))  # the windows may be wider than what is found
    widths = [min(windows[place][1] - windows[place][0], scatter) for place in inside]
    chance = _chance(np.array([at[place] for place in inside]), widths) * comb(len(windows), len(inside))
    return Fit((low + high) / 2, (high - low) / 2, len(inside), min(chance, 1.0))


def _common(windows: Sequence[tuple[float, float]]) -> tuple[float, float, int]:
    """Return the piece that lies in the most windows, and in how many."""
    edges = sorted([(low, -1) for low, _ in windows] + [(high, 1) for _, high in windows])
    best, inside, found = 0, 0, (0.0, 0.0)
    for place, (edge, kind) in enumerate(edges):
        inside -= kind
        if inside > best:
            best, found = inside, (edge, edges[place + 1][0])
    return (*found, best)


def by_times(one: Timeline, other: Timeline) -> Fit | None:
    """Return the one shift under which the cycles of both coincide, whatever their numbers.

    Of the cycles that both can have seen, four in five and at least four must have their counterparts, and no other
    shift may make them coincide: collections at a steady beat say nothing.
    """
    mine, theirs = _starts(one), _starts(other)
    if min(len(mine), len(theirs)) < _ENOUGH_TIMES:
        return None
    longer, shorter = (mine, theirs) if len(mine) >= len(theirs) else (theirs, mine)
    fits = [fit for at in _candidates(longer, shorter) if (fit := _coincide(longer, shorter, at)) is not None]
    if len(fits) != 1:
        return None
    fit = fits[0]
    chance = min(fit.chance * len(longer), 1.0)  # so many places were tried
    return Fit(fit.shift_s if longer is mine else -fit.shift_s, fit.error_s, fit.cycles, chance)


def _starts(timeline: Timeline) -> F64:
    """Return the starts of the cycles of the source that tells of the most; not of those that began before it did."""
    by_source: dict[str, list[Interval]] = {}
    for each in timeline.intervals:
        if each.track == "gc" and each.name == "cycle" and "cut" not in each.detail:
            by_source.setdefault(each.source, []).append(each)
    most: list[Interval] = max(by_source.values(), key=len, default=[])
    return np.sort(np.array([each.start_s for each in most], dtype=np.float64))


def _candidates(longer: F64, shorter: F64) -> list[int]:
    """Return where in the longer list the shorter may begin: two gaps in a row of it occur there.

    Several pairs of gaps are tried, as one of them may have been delayed.
    """
    gaps, wanted = np.diff(longer), np.diff(shorter)
    found: set[int] = set()
    for first in range(min(len(wanted) - 1, _TRIED)):
        near = np.abs(gaps[:-1] - wanted[first]) <= 2 * _TOLERANCE_S
        near &= np.abs(gaps[1:] - wanted[first + 1]) <= 2 * _TOLERANCE_S
        found.update((np.flatnonzero(near) - first).tolist())
    return sorted(at for at in found if at >= 0)


def _coincide(longer: F64, shorter: F64, at: int) -> Fit | None:
    """Return the shift of the shorter's axis if its cycles are the longer's from number ``at`` on.

    Where the longer list ends first, the shorter's last cycles have no counterpart to be compared with.
    """
    shared = min(len(shorter), len(longer) - at)
    apart = longer[at : at + shared] - shorter[:shared]
    inside = np.abs(apart - np.median(apart)) <= _TOLERANCE_S
    count = int(inside.sum())
    if count < max(_ENOUGH_TIMES, _MOST_OF * shared):
        return None
    low, high = float(apart[inside].max()) - _TOLERANCE_S, float(apart[inside].min()) + _TOLERANCE_S
    chance = _chance(shorter[:shared][inside], [float(np.ptp(apart[inside]))] * count) * comb(shared, count)
    return Fit((low + high) / 2, (high - low) / 2, count, min(chance, 1.0))


def _chance(at: F64, widths: Sequence[float]) -> float:
    """Return how likely cycles of a process that has nothing to do with this one would coincide as well.

    Each cycle after the first falls into its window by chance with the window's share of how much gaps differ (their
    median absolute deviation, as a standard deviation). Where gaps hardly differ, coinciding says nothing.
    """
    gaps = np.diff(at)
    spread = 1.4826 * float(np.median(np.abs(gaps - np.median(gaps))))
    if spread <= 0:
        return 1.0
    return float(np.prod([min(1.0, max(width, _FINEST_S) / spread) for width in widths[1:]]))
