"""What the rules of growth share: is it growth at all, of which figures, and towards which limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from goxray.timeline.findings.facts import held
from goxray.timeline.findings.trend import FEWEST, binned, fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from goxray.timeline.findings.facts import Facts
    from goxray.timeline.findings.trend import Line

_LEAST_RISE = 0.05
_KEEPS = 1 / 3
_LOOKS = 3
_CYCLES = 3
_GOAL_UNDER_LIMIT = 0.97
"""memoryLimitHeapGoal keeps 3% of the limit free (memoryLimitHeapGoalHeadroomPercent, runtime/mgcpacer.go)."""


class Rising(NamedTuple):
    """Figures that rise: the line through their later half, when that begins, and how many points it has."""

    line: Line
    since_s: float
    points: int


class Limit(NamedTuple):
    """A limit for live heap (what the collector can still do) or for the process (what the kernel allows)."""

    bytes: float
    room: float
    of_process: bool


def rising(t_s: NDArray[np.float64], values: NDArray[np.float64]) -> Rising | None:
    """Return the rise that goes on now, None where there is none to be sure of.

    The later half of the time is fitted: a program fills its caches when it starts. It must rise beyond doubt (0.5%),
    by 5% of its level at least, and the last quarter must go on at a third of that speed or more.
    """
    known = ~np.isnan(values)
    t_s, values = t_s[known], values[known]
    if len(t_s) < 2 * FEWEST:
        return None
    since = (t_s[0] + t_s[-1]) / 2
    later = t_s >= since
    line = fit(*binned(t_s[later], values[later]))
    if line is None or not line.rises():
        return None
    lasts = line.origin_s - since
    last = t_s >= t_s[-1] - lasts / 2
    recent = np.polyfit(t_s[last] - t_s[-1], values[last], 1)[0] if last.sum() > 2 and np.ptp(t_s[last]) > 0 else 0.0
    if line.slope * lasts < _LEAST_RISE * line.level or recent < _KEEPS * line.slope:
        return None
    return Rising(line, float(since), int(later.sum()))


def live_heap(facts: Facts) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return what cycles left alive: by themselves, by the series of it, else by the heap between them.

    Between collections the heap is anything from what is live to the goal: of HeapAlloc the least look between two
    collections is taken, and the least of three such, since a look may come late. That the heap grows from one
    collection to the next is no growth; without a count of collections nothing is said.
    """
    cycles = facts.cycles
    if np.count_nonzero(~np.isnan(cycles.live)) >= 2 * FEWEST:
        return cycles.end, cycles.live
    series = facts.series("heap_live")
    if series is not None and series.holds:
        new = np.concatenate([[True], np.diff(series.values) != 0])
        return series.t_s[new], series.values[new]
    series = facts.series("heap_alloc")
    count = None if series is None else facts.at("gc_cycles", series.t_s)
    if series is None or count is None:
        return None
    begins = np.flatnonzero(np.concatenate([[True], np.diff(count) != 0]))[::_LOOKS]
    return series.t_s[begins[:-1]], np.minimum.reduceat(series.values, begins)[:-1]  # the last may not be over


def process_size(facts: Facts) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return what the process weighs: as its cgroup counts it, else RSS.

    None where fewer than 3 collections ended in the later half: a heap on its way to its goal is no growth.
    """
    series = facts.series("cgroup_current", "rss")
    if series is None:
        return None
    first, last = float(series.t_s[0]), float(series.t_s[-1])
    ended = facts.cycles_between((first + last) / 2, last)
    return None if ended is not None and ended < _CYCLES else (series.t_s, series.values)


def heap_limit(facts: Facts) -> Limit | None:
    """Return how much live heap GOMEMLIMIT leaves: less what is no heap, less the 3% that the pacer keeps free."""
    series = facts.series("memory_limit")
    if series is None:
        return None
    limit = float(series.values[-1])
    outside = 0.0
    at = series.t_s[-1:]
    parts = [facts.at(name, at) for name in ("sys", "heap_inuse", "heap_idle")]
    if all(part is not None and not np.isnan(part).any() for part in parts):
        sys, inuse, idle = (float(part[0]) for part in parts if part is not None)
        outside = max(0.0, sys - inuse - idle)
    return Limit(limit, max(0.0, (limit - outside) * _GOAL_UNDER_LIMIT), False)


def process_limit(facts: Facts) -> Limit | None:
    """Return the cgroup's limit."""
    series = facts.series("cgroup_limit")
    if series is None:
        return None
    limit = float(held(series, series.t_s[-1:])[0])
    return Limit(limit, limit, True)
