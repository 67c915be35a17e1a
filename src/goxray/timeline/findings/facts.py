"""What rules judge: the cycles of a timeline as arrays, and its series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from goxray.core.timeline_result import Interval, Series, Source, Timeline

MIB = 1 << 20
_DETAILS = ("n", "forced", "heap_start", "heap_end", "heap_live", "goal", "assist_cpu_ms", "dedicated_cpu_ms", "procs")
_ROUNDED: tuple[Source, ...] = ("gctrace",)


@dataclass(frozen=True)
class Cycles:
    """GC cycles in the order of their starts: float64[N] each, NaN where a source does not tell.

    Seconds (``start``, ``end``, ``mark``: how long it marked concurrently, the whole cycle where that is not told
    apart), bytes (``heap_start``, ``heap_end``, ``live``, ``goal``), milliseconds of CPU (``assist``, ``dedicated``).
    ``follows`` (bool[N]) says that the one before is the very last one before it.
    ``rounding`` is by how many bytes a size may be too small: gctrace cuts to whole MiB (``work.heap0>>20``,
    runtime/mgc.go, gcMarkTermination).
    """

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    mark: NDArray[np.float64]
    forced: NDArray[np.float64]
    heap_start: NDArray[np.float64]
    heap_end: NDArray[np.float64]
    live: NDArray[np.float64]
    goal: NDArray[np.float64]
    assist: NDArray[np.float64]
    dedicated: NDArray[np.float64]
    procs: NDArray[np.float64]
    follows: NDArray[np.bool_]
    rounding: float

    def __len__(self) -> int:
        return len(self.start)

    @property
    def headroom(self) -> NDArray[np.float64]:
        """Return by how many bytes each cycle's goal was above what the cycle before it left alive; NaN for the first.

        The goal that a cycle is measured against was set when the one before it ended. Where cycles are missing in
        between, as their numbers tell, it is NaN too.
        """
        room = np.full(len(self), np.nan)
        room[1:] = self.goal[1:] - self.live[:-1]
        return np.where(self.follows, room, np.nan)


class Stretch(NamedTuple):
    """Cycles ``first`` to ``last``, both included."""

    first: int
    last: int

    @property
    def cycles(self) -> slice:
        """Return the stretch as a slice of arrays over cycles."""
        return slice(self.first, self.last + 1)

    @property
    def size(self) -> int:
        """Return how many cycles it has."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class Facts:
    """A timeline as rules need it."""

    timeline: Timeline
    cycles: Cycles

    @classmethod
    def of(cls, timeline: Timeline) -> Facts:
        """Take a timeline apart. Where several sources tell of cycles, the one that tells of the most is believed."""
        return cls(timeline, _cycles(timeline))

    def series(self, *names: str) -> Series | None:
        """Return the first of the named series that the timeline has; of several sources, the one with most points."""
        for name in names:
            found = [series for series in self.timeline.series if series.name == name and len(series.t_s)]
            if found:
                return max(found, key=lambda series: len(series.t_s))
        return None

    def at(self, name: str, times: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Return a series' latest value at each time, NaN before its first point; None without such a series."""
        series = self.series(name)
        return None if series is None else held(series, times)

    def cycles_between(self, start_s: float, end_s: float) -> int | None:
        """Return how many collections ended in that time; None where nothing tells."""
        if len(self.cycles):
            ends = self.cycles.end
            return int(((ends > start_s) & (ends <= end_s)).sum())
        series = self.series("gc_cycles")
        if series is None:
            return None
        first, last = held(series, np.array([start_s, end_s]))
        return int(last - first) if first <= last else None


def held(series: Series, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the latest value at each time, NaN before the first point."""
    place = np.searchsorted(series.t_s, times, side="right") - 1
    return np.where(place >= 0, series.values[np.maximum(place, 0)], np.nan)


def _cycles(timeline: Timeline) -> Cycles:
    by_source: dict[Source, list[Interval]] = {}
    for interval in timeline.intervals:
        if interval.track == "gc" and interval.name == "cycle":
            by_source.setdefault(interval.source, []).append(interval)
    told = max(by_source.values(), key=lambda cycles: (len(cycles), len(cycles[0].detail)), default=[])
    told = sorted(told, key=lambda cycle: cycle.start_s)
    start = np.array([cycle.start_s for cycle in told], dtype=np.float64)
    end = np.array([cycle.end_s for cycle in told], dtype=np.float64)
    detail = {name: np.array([_number(cycle, name) for cycle in told], dtype=np.float64) for name in _DETAILS}
    source = told[0].source if told else "gctrace"
    _fill(timeline, source, detail, start, end)
    return Cycles(
        start, end, _marking(timeline, source, start, end), detail["forced"], detail["heap_start"], detail["heap_end"],
        detail["heap_live"], detail["goal"], detail["assist_cpu_ms"], detail["dedicated_cpu_ms"], detail["procs"],
        _follows(detail["n"]), float(MIB if source in _ROUNDED else 0),
    )  # fmt: skip


def _follows(n: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which cycles come right after the one before them: by their numbers, or all where those are not told."""
    return np.concatenate([[False], ~(np.diff(n) != 1) | np.isnan(np.diff(n))])[: len(n)]


def _number(cycle: Interval, name: str) -> float:
    value = cycle.detail.get(name)
    return float(value) if isinstance(value, int | float) else float("nan")


def _fill(
    timeline: Timeline,
    source: Source,
    detail: dict[str, NDArray[np.float64]],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
) -> None:
    """Take what a cycle lacks from the same source's series: the goal at its start, what was left alive at its end."""
    for name, series_name, times in (("goal", "heap_goal", start), ("heap_live", "heap_live", end)):
        series = next((s for s in timeline.series if s.name == series_name and s.source == source and len(s.t_s)), None)
        if series is not None and series.holds:
            detail[name] = np.where(np.isnan(detail[name]), held(series, times), detail[name])


def _marking(
    timeline: Timeline, source: Source, start: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how long each cycle marked: of its interval on the track ``mark``, else all of it."""
    lasted = end - start
    marks = [i for i in timeline.intervals if i.track == "mark" and i.source == source]
    if len(start) and marks:
        begin = np.array([mark.start_s for mark in marks])
        place = np.searchsorted(start, begin, side="right") - 1
        inside = (place >= 0) & (begin <= end[place])
        lengths = np.array([mark.end_s for mark in marks]) - begin
        lasted[place[inside]] = lengths[inside]
    return lasted


def stretches(bad: NDArray[np.bool_], at_least: int = 1, bridge: int = 0) -> list[Stretch]:
    """Return the runs of True of at least that many cycles, the three longest, in order.

    Runs with at most ``bridge`` cycles between them are one.
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], bad, [False])).astype(np.int8)))
    runs: list[Stretch] = []
    for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if runs and first - runs[-1].last - 1 <= bridge:
            runs[-1] = Stretch(runs[-1].first, after - 1)
        else:
            runs.append(Stretch(first, after - 1))
    return sorted(sorted((run for run in runs if run.size >= at_least), key=lambda run: -run.size)[:3])


def in_bad_windows(bad: NDArray[np.bool_], size: int, total: int) -> NDArray[np.bool_]:
    """Return which of ``total`` cycles lie in a bad window; ``bad[i]`` judges the window of cycles i to i+size-1."""
    covered = np.zeros(total + 1, dtype=np.int64)
    at = np.flatnonzero(bad)
    np.add.at(covered, at, 1)
    np.add.at(covered, at + size, -1)
    return np.cumsum(covered[:-1]) > 0


def window_sums(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return the sum of each window of ``size`` neighbours: float64[N - size + 1]; what is NaN counts as 0."""
    running = np.concatenate(([0.0], np.cumsum(np.nan_to_num(values))))
    return running[size:] - running[:-size]
