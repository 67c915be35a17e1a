"""What all drawings of time axes share: one axis for several processes, lanes, rows without overlap, fewer points.

Nothing is measured here; where a drawing has room for fewer points than there are, the lowest and the highest of each
piece of the axis stay.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.timeline_result import TRACKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from goxray.core.timeline_result import Interval, Moment, Timeline

_FAR = 5.0  # times the longest process: an axis so long that hardly anything is on it
_NEAR = 0.25  # of what is known: so much of nothing may stand before it to show the program's start
_NO_LIMIT = float(1 << 60)  # GOGC=off and no GOMEMLIMIT are the largest numbers that there are


@dataclass(frozen=True)
class Axis:
    """The axis that the timelines of one result share.

    ``shifts[i]`` is added to a second of timeline i. ``shared`` is false where the places of different processes must
    not be compared, because nothing tells how their clocks lie to each other: each then begins at its own zero.
    ``zero_unix_s`` is the wall clock at the axis' zero. ``apart``: their places are known, and so far from each other
    that nothing could be seen of them on one axis.
    """

    start_s: float
    end_s: float
    shifts: tuple[float, ...]
    shared: bool
    zero_unix_s: float | None
    apart: bool = False


@dataclass(frozen=True)
class Lane:
    """What is drawn in one lane: a track, of one source where several tell of it, of one map where it has an owner."""

    track: str
    source: str
    owner: str
    intervals: tuple[Interval, ...]
    moments: tuple[Moment, ...]


def axis_of(timelines: Sequence[Timeline], *, compact: bool = False) -> Axis:
    """Return the axis of these timelines: by their wall clocks where all are known.

    ``compact``: processes that ran far from each other begin at their own zeros, so that something can be seen.
    """
    zeros = [each.zero_unix_s for each in timelines]
    known = [zero for zero in zeros if zero is not None]
    base = min(known) if known and len(known) == len(zeros) else None
    shifts = tuple(zero - base if zero is not None and base is not None else 0.0 for zero in zeros)
    spans = [bounds(each) for each in timelines]
    start, end = _ends(spans, shifts)
    longest = max((high - low for low, high in spans if low <= high), default=0.0)
    apart = compact and 0 < longest * _FAR < end - start and any(shifts)
    if apart:
        shifts, base = tuple(0.0 for _ in shifts), None
        start, end = _ends(spans, shifts)
    if all(each.zero == "program start" for each in timelines) and 0.0 < start <= _NEAR * (end - start):
        start = 0.0
    if end <= start:
        start, end = start - 0.5, start + 0.5
    return Axis(start, end, shifts, len(timelines) < 2 or base is not None, base, apart)


def _ends(spans: Sequence[tuple[float, float]], shifts: Sequence[float]) -> tuple[float, float]:
    """Return the first and the last second of all timelines that tell of any."""
    edges = [(low + shift, high + shift) for (low, high), shift in zip(spans, shifts, strict=True) if low <= high]
    return min((low for low, _ in edges), default=0.0), max((high for _, high in edges), default=1.0)


def bounds(timeline: Timeline) -> tuple[float, float]:
    """Return the first and the last second that a timeline tells of; (inf, -inf) where it tells of none."""
    low, high = float("inf"), float("-inf")
    for series in timeline.series:
        if len(series.t_s):
            low, high = min(low, float(series.t_s[0])), max(high, float(series.t_s[-1]))
    for interval in timeline.intervals:
        low, high = min(low, interval.start_s), max(high, interval.end_s)
    for moment in timeline.moments:
        low, high = min(low, moment.at_s), max(high, moment.at_s)
    return low, high


def lanes_of(timeline: Timeline) -> list[Lane]:
    """Return the lanes of a timeline: in the order of the tracks, then as their sources and owners are met."""
    held: dict[tuple[str, str, str], tuple[list[Interval], list[Moment]]] = {}
    for interval in timeline.intervals:
        held.setdefault(_lane_key(interval), ([], []))[0].append(interval)
    for moment in timeline.moments:
        held.setdefault(_lane_key(moment), ([], []))[1].append(moment)
    order = sorted(held, key=lambda key: TRACKS.index(key[0]) if key[0] in TRACKS else len(TRACKS))
    sources: dict[tuple[str, str], set[str]] = {}
    for track, source, owner in held:
        sources.setdefault((track, owner), set()).add(source)
    return [
        Lane(
            track,
            source if len(sources[track, owner]) > 1 else "",
            owner,
            tuple(sorted(held[track, source, owner][0], key=lambda each: (each.start_s, -each.end_s))),
            tuple(sorted(held[track, source, owner][1], key=lambda each: each.at_s)),
        )
        for track, source, owner in order
    ]


def _lane_key(thing: Interval | Moment) -> tuple[str, str, str]:
    """All that befalls one map is in one lane, whoever tells of it and whatever it is: only its owner parts it."""
    owner = str(thing.detail.get("owner", ""))
    return ("map", "", owner) if owner else (thing.track, thing.source, "")


def rows_of(ranges: Sequence[tuple[float, float]]) -> list[int]:
    """Return a row for each range, the lowest free one, so that no two ranges in a row overlap; they may touch.

    The ranges are sorted by their start.
    """
    busy: list[tuple[float, int]] = []  # end and row of what is still going on
    free: list[int] = []
    rows = []
    for start, end in ranges:
        while busy and busy[0][0] <= start:
            heapq.heappush(free, heapq.heappop(busy)[1])
        row = heapq.heappop(free) if free else len(busy)
        rows.append(row)
        heapq.heappush(busy, (end, row))
    return rows


def thinned(
    t_s: NDArray[np.float64], values: NDArray[np.float64], most: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return at most about ``most`` points: of each piece of the axis the first, lowest, highest and last.

    Values that are not finite, or so large that they stand for "no limit", are left out.
    """
    known = np.isfinite(values) & np.isfinite(t_s) & (np.abs(values) < _NO_LIMIT)
    if not known.all():
        t_s, values = t_s[known], values[known]
    if len(t_s) <= most:
        return t_s, values
    pieces = max(most // 4, 1)
    width = (t_s[-1] - t_s[0]) / pieces or 1.0
    place = np.minimum(((t_s - t_s[0]) / width).astype(np.int64), pieces - 1)
    order = np.lexsort((values, place))  # by piece, then by value
    first = np.flatnonzero(np.diff(place, prepend=-1))
    last = np.append(first[1:], len(t_s)) - 1
    kept = np.unique(np.concatenate([first, last, order[first], order[last]]))
    return t_s[kept], values[kept]
