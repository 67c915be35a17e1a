"""A timeline in one look: cycles, peaks, pauses; what tables and pages say first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.units import format_bytes, format_count
from goxray.render.timeline_axis import bounds
from goxray.render.timeline_rows import best_first, has_values
from goxray.render.timeline_story import lasting
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.timeline_result import Interval, Series, Timeline
    from goxray.render.words import Lang


@dataclass(frozen=True)
class Peak:
    """A series' highest and last value; ``once``: it has only one."""

    highest: float
    last: float
    once: bool = False


@dataclass(frozen=True)
class Facts:
    """What a timeline says in one look; None where nothing tells. Seconds, bytes and counts.

    ``pauses_s`` is the sum of all times in which the world was stopped, ``longest_s`` the longest one.
    """

    lasts_s: float
    cycles: int
    forced: int
    heap: Peak | None
    goal: Peak | None
    rss: Peak | None
    released: Peak | None
    pauses_s: float | None
    longest_s: float | None


def facts_of(timeline: Timeline) -> Facts:
    """Take a look at a timeline. Where several sources tell the same, one of them is believed (see best_first)."""
    start, end = bounds(timeline)
    cycles = cycles_of(timeline)
    stops = _one_source([each for each in timeline.intervals if each.track == "stw"])
    pauses = [each.end_s - each.start_s for each in stops]
    return Facts(
        lasts_s=max(end - start, 0.0),
        cycles=len(cycles) or _counted(timeline.series),
        forced=sum(each.detail.get("forced") in (1, 1.0, True) for each in cycles),
        heap=_peak(timeline.series, "heap_live", "heap_alloc", "heap_inuse"),
        goal=_peak(timeline.series, "heap_goal"),
        rss=_peak(timeline.series, "rss", "rss_anon"),
        released=_peak(timeline.series, "heap_released"),
        pauses_s=sum(pauses) if pauses else None,
        longest_s=max(pauses) if pauses else None,
    )


def cycles_of(timeline: Timeline) -> list[Interval]:
    """Return the collections as the source has them that tells of the most."""
    return _one_source([each for each in timeline.intervals if each.track == "gc" and each.name == "cycle"])


def _one_source(intervals: Sequence[Interval]) -> list[Interval]:
    """Return the intervals of the source that tells of the most, without what a look from outside has mixed up."""
    by_source: dict[str, list[Interval]] = {}
    for each in intervals:
        if each.end_s < each.start_s:
            continue
        by_source.setdefault(each.source, []).append(each)
    return max(by_source.values(), key=len, default=[])


def _counted(all_series: Sequence[Series]) -> int:
    """Return how many cycles a counter saw pass."""
    found = [each for each in all_series if each.name == "gc_cycles" and len(each.values)]
    return int(max((each.values[-1] - each.values[0] for each in found), default=0))


def _peak(all_series: Sequence[Series], *names: str) -> Peak | None:
    for name in names:
        found = best_first([each for each in all_series if each.name == name and has_values(each)])
        if found:
            values = found[0].values[np.isfinite(found[0].values) & (np.abs(found[0].values) < 1 << 60)]
            return Peak(float(values.max()), float(values[-1]), len(values) == 1)
    return None


def tiles(facts: Facts) -> list[tuple[str, str]]:
    """Return the figures worth a tile: their key in the catalogue and their text."""
    known = [
        ("tl.stat.heap", facts.heap and format_bytes(facts.heap.highest)),
        ("tl.stat.goal", facts.goal and format_bytes(facts.goal.last)),
        ("tl.stat.rss", facts.rss and format_bytes(facts.rss.highest)),
        ("tl.stat.released", facts.released and format_bytes(facts.released.last)),
        ("tl.stat.cycles", format_count(facts.cycles) if facts.cycles else None),
        ("tl.stat.longest", lasting(facts.longest_s) if facts.longest_s is not None else None),
    ]
    return [(key, text) for key, text in known if text]


def tell(timeline: Timeline, lang: Lang) -> str:
    """Return the sentences that sum a process up."""
    facts = facts_of(timeline)
    lasts = lasting(facts.lasts_s)
    if facts.cycles:
        told = [say("tl.told.cycles", lang, n=facts.cycles, lasts=lasts, every=lasting(facts.lasts_s / facts.cycles))]
        if facts.forced:
            told.append(say("tl.told.forced", lang, n=facts.forced))
    else:
        told = [say("tl.told.quiet", lang, lasts=lasts)] if facts.lasts_s > 0 else []
    for key, peak in (("tl.told.heap", facts.heap), ("tl.told.rss", facts.rss)):
        if peak is not None:
            highest, last = format_bytes(peak.highest), format_bytes(peak.last)
            form = "" if highest != last else ".once" if peak.once else ".same"
            more = {"last": last} if form else {"highest": highest, "last": last}
            told.append(say(f"{key}{form}", lang, **more))
    if facts.pauses_s is not None and facts.longest_s is not None:
        told.append(say("tl.told.pauses", lang, all=lasting(facts.pauses_s), longest=lasting(facts.longest_s)))
    return (" " if lang == "en" else "").join(told)


def chips(timeline: Timeline, lang: Lang) -> list[str]:
    """Return what a reader must know of the axis: its length, its zero, the wall clock then, who told."""
    start, end = bounds(timeline)
    told = [lasting(end - start)] if end > start else []
    told.append(say("tl.zero.start" if timeline.zero == "program start" else "tl.zero.first", lang))
    if timeline.zero_unix_s is not None:
        told.append(say("tl.zero.clock", lang, clock=clock(timeline.zero_unix_s)))
    return [*told, *sources_of(timeline)]


def sources_of(timeline: Timeline) -> list[str]:
    """Return who told of a process, in the order in which they are met."""
    told: list[str] = [each.source for each in timeline.series]
    told += [each.source for each in timeline.intervals]
    told += [each.source for each in timeline.moments]
    return list(dict.fromkeys(told))


def clock(unix_s: float) -> str:
    """Write a wall clock time in UTC, to the millisecond."""
    from datetime import datetime

    try:
        when = datetime.fromtimestamp(unix_s, UTC)
    except (OverflowError, OSError, ValueError):
        return f"{unix_s:.3f}"
    return when.strftime("%Y-%m-%d %H:%M:%S.") + f"{when.microsecond // 1000:03d} UTC"
