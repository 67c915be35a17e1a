"""What the drawings of a time axis show, in rows from top to bottom, and which figures they begin with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from goxray.core.timeline_result import TRACKS
from goxray.render.timeline_axis import lanes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.timeline_result import Series, Source, Timeline, TimelineFinding
    from goxray.render.timeline_axis import Lane

MOST_MAP_LANES = 12
LIMITS = frozenset({"memory_limit", "cgroup_limit"})
"""Series that are drawn as lines one must not cross; far above all others they do not set the scale."""

STICKS = frozenset({"pause_ms"})
"""Series of things that happen now and then: drawn as sticks, for there is nothing between two of them."""

_FIRST = ("heap_live", "heap_goal", "rss", "heap_idle", "heap_released", "map_bytes", "memory_limit", "cgroup_limit")
_INSTEAD = {"heap_live": ("heap_alloc", "heap_inuse"), "rss": ("rss_anon", "cgroup_current", "sys")}
_AREAS = frozenset({"heap_live", "heap_alloc", "map_bytes"})
_SOURCES: tuple[Source, ...] = (
    "counters", "uprobes", "proc", "cgroup", "maps", "exec trace", "gctrace", "metrics", "expvar", "profile"
)  # fmt: skip
_COLORS = {
    "waiting": 4, "marking": 2, "sweeping": 3, "free until reused": 7, "free until scavenged": 5, "leaving": 6,
    "map grow": 5, "table grow": 5, "table split": 7, "clear": 1, "delete": 1, "dropped": 1, "reused": 0,
}  # fmt: skip
_ENDS = frozenset({"gc start", "mark end"})
_MOST_OF = 0.8
_NO_LIMIT = float(1 << 60)


@dataclass(frozen=True)
class Drawn:
    """A series in a drawing: ``on`` from the start, ``label`` needs its source beside its name."""

    series: Series
    on: bool
    area: bool
    limit: bool
    label_source: bool


@dataclass(frozen=True)
class Row:
    """One row: a plot of bytes, a strip of one other figure, a lane of events, or the findings."""

    kind: Literal["findings", "plot", "strip", "lane"]
    series: tuple[Drawn, ...] = ()
    lane: Lane | None = None
    findings: tuple[TimelineFinding, ...] = ()


def rows_of_timeline(timeline: Timeline) -> tuple[list[Row], int]:
    """Return the rows of one process, and how many lanes of maps are left out because there are too many."""
    rows = []
    if timeline.findings:
        found = sorted(timeline.findings, key=lambda each: (each.start_s, -each.end_s))
        rows.append(Row("findings", findings=tuple(found)))
    drawn = _plotted(timeline.series)
    if drawn:
        rows.append(Row("plot", drawn))
    lanes = lanes_of(timeline)
    rows += _strips(timeline.series, has_cycles=any(lane.track == "gc" for lane in lanes))
    maps = [lane for lane in lanes if lane.owner]
    dropped = maps[MOST_MAP_LANES:]
    rows += [Row("lane", lane=_without_ends(lane)) for lane in lanes if lane not in dropped]
    return rows, len(dropped)


def _without_ends(lane: Lane) -> Lane:
    """Return a lane without the moments that are only the ends of its intervals."""
    if not lane.intervals:
        return lane
    return replace(lane, moments=tuple(each for each in lane.moments if each.name not in _ENDS))


def has_values(series: Series) -> bool:
    """Return whether a series has a point that can be drawn: "no limit" is none."""
    return bool((np.isfinite(series.values) & (np.abs(series.values) < _NO_LIMIT)).any())


def best_first(found: Sequence[Series]) -> list[Series]:
    """Return series of one name, the one to believe first: of those that cover about the most time, by its source."""
    covered = [float(each.t_s[-1] - each.t_s[0]) if len(each.t_s) else 0.0 for each in found]
    short = {id(each): covers < _MOST_OF * max(covered) for each, covers in zip(found, covered, strict=True)}
    return sorted(found, key=lambda each: (short[id(each)], _SOURCES.index(each.source), -len(each.t_s)))


def _plotted(all_series: Sequence[Series]) -> tuple[Drawn, ...]:
    by_name: dict[str, list[Series]] = {}
    for series in all_series:
        if series.unit == "bytes" and has_values(series):
            by_name.setdefault(series.name, []).append(series)
    wanted = set()
    for name in _FIRST:
        found = next((each for each in (name, *_INSTEAD.get(name, ())) if each in by_name), None)
        if found is not None:
            wanted.add(found)
    if not wanted - LIMITS:
        wanted |= set(by_name)
    order = sorted(by_name, key=lambda name: (name not in wanted, _FIRST.index(name) if name in _FIRST else 99))
    drawn = [
        Drawn(series, _begins(series, name in wanted, place), name in _AREAS, name in LIMITS, len(by_name[name]) > 1)
        for name in order
        for place, series in enumerate(best_first(by_name[name]))
    ]
    return tuple(sorted(drawn, key=lambda each: not each.on))


def _begins(series: Series, wanted: bool, place: int) -> bool:
    """Return whether a series is drawn from the start: the first of those that are wanted, and what profiles say."""
    return wanted and (place == 0 or series.source == "profile")


def _strips(all_series: Sequence[Series], *, has_cycles: bool) -> list[Row]:
    by_name: dict[str, list[Series]] = {}
    for series in all_series:
        if series.unit != "bytes" and has_values(series) and not (series.name == "gc_cycles" and has_cycles):
            by_name.setdefault(series.name, []).append(series)
    rows = []
    for found in by_name.values():
        if all(len(np.unique(each.values)) < 2 and len(each.t_s) > 1 for each in found):
            continue  # a figure that never changes is told in the table
        told = best_first(found)
        rows.append(
            Row("strip", tuple(Drawn(each, at == 0, False, False, len(told) > 1) for at, each in enumerate(told)))
        )
    return rows


def lane_color(track: str, name: str) -> int:
    """Return the colour, 0 to 7, of what has that name in a lane: the same in every drawing."""
    if name in _COLORS:
        return _COLORS[name]
    return TRACKS.index(track) if track in TRACKS and track != "map" else sum(name.encode()) % 8
