"""The same in numbers: cross-checks in full view; series, collections and events behind a fold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.core.units import format_count
from goxray.render import timeline_join_story as joined
from goxray.render import timeline_story as story
from goxray.render.html.markup import both, spans, text
from goxray.render.timeline_rows import has_values
from goxray.render.words import LANGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from goxray.core.joined_result import TimelineResult
    from goxray.core.timeline_result import CrossCheck, Interval, Moment, Series, Timeline

_MOST = 500
_QUIET_TRACKS = frozenset({"gc", "stw", "mark", "sweep"})
_CYCLE = ("heap_start", "heap_end", "heap_live", "goal")


def draw(timeline: Timeline, shift: float, prefix: str, *, named: bool) -> str:
    """Return the tables of a process; ``named`` says whose they are. Times are on the axis of the page."""
    name = f" <small>{text(timeline.process)}</small>" if named else ""
    parts = [
        ("tl.page.series", _series(timeline.series)),
        ("tl.page.cycles", _cycles(timeline.intervals, shift)),
        ("tl.page.events", _events(timeline, shift)),
    ]
    inside = "".join(f"<h4>{both(title)}</h4>{table}" for title, table in parts if table)
    folded = (
        f'<section class="part"><h3 id="{prefix}-numbers">{both("tl.page.tables")}{name}</h3><details><summary>'
        f"{both('tl.page.show')}</summary>{inside}</details></section>"
        if inside
        else ""
    )
    return _checks(timeline.checks, name) + folded


def sources(result: TimelineResult) -> str:
    """Return the sources and how they were joined."""
    heads = [(f"tl.col.{name}", False) for name in ("path", "kind", "process", "covers")]
    heads += [("tl.col.shift", True), ("tl.col.aligned", False), ("tl.col.points", True), ("tl.col.events", True)]
    rows = [
        (
            f"<code>{text(source.path)}</code>",
            text(source.kind),
            text(result.timelines[source.process].process),
            text(joined.covers(source)),
            text(joined.shift(source)),
            spans({lang: joined.aligned(source, lang) for lang in LANGS}),
            format_count(source.points),
            format_count(source.events),
        )
        for source in result.sources[:_MOST]
    ]
    table = _table(heads, rows, len(result.sources) - _MOST)
    return f'<section class="part"><h3>{both("tl.title.sources")}</h3>{table}</section>'


def _table(heads: Sequence[tuple[str, bool]], rows: Iterable[Sequence[str]], left: int = 0) -> str:
    """Return a table; a head is its key and whether its column holds numbers. ``left`` rows are not shown."""
    kinds = [' class="n"' if right else "" for _, right in heads]
    top = "".join(f'<th scope="col"{kind}>{both(key)}</th>' for (key, _), kind in zip(heads, kinds, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in rows
    )
    more = f'<p class="quiet">{both("tl.page.more", n=left)}</p>' if left > 0 else ""
    return (
        f'<div class="scroll plain"><table class="tl-table"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'
        f"</div>{more}"
    )


def _checks(checks: Sequence[CrossCheck], name: str) -> str:
    if not checks:
        return ""
    heads = [("tl.col.figure", False), ("tl.col.here", True), ("tl.col.there", True)]
    heads += [("tl.col.verdict", False), ("tl.col.why", False)]
    rows = [
        (
            spans({lang: story.check_figure(check, lang) for lang in LANGS}),
            f"{text(story.check_value(check, check.value))} <small>{text(check.one)}</small>",
            f"{text(story.check_value(check, check.other_value))} <small>{text(check.other)}</small>",
            f'<span class="tl-{check.verdict}">{both(f"tl.verdict.{check.verdict}")}</span>',
            spans({lang: story.check_why(check, lang) for lang in LANGS}),
        )
        for check in checks
    ]
    return f'<section class="part"><h3>{both("tl.page.checks")}{name}</h3>{_table(heads, rows)}</section>'


def _series(all_series: Sequence[Series]) -> str:
    heads = [("tl.col.figure", False), ("tl.col.source", False), ("tl.col.points", True)]
    heads += [("tl.col.least", True), ("tl.col.most", True), ("tl.col.last", True)]
    rows = []
    for each in all_series:
        values = each.values[np.isfinite(each.values)] if has_values(each) else np.empty(0)
        figures = [values.min(), values.max(), values[-1]] if len(values) else [np.nan] * 3
        rows.append(
            (
                spans({lang: story.series_name(each.name, lang) for lang in LANGS}),
                text(each.source),
                format_count(len(each.t_s)),
                *(text(story.in_unit(float(value), each.unit)) for value in figures),
            )
        )
    return _table(heads, rows) if rows else ""


def _cycles(intervals: Sequence[Interval], shift: float) -> str:
    found = [each for each in intervals if each.track == "gc" and each.name == "cycle"]
    if not found:
        return ""
    known = [name for name in _CYCLE if any(name in each.detail for each in found)]
    heads = [("tl.col.n", True), ("tl.col.start", True), ("tl.col.lasts", True)]
    heads += [(f"tl.col.{name}", True) for name in known] + [("tl.col.source", False)]
    rows = [
        (
            _number(each.detail.get("n")) + (f" ({both('tl.forced')})" if each.detail.get("forced") == 1 else ""),
            text(story.at(each.start_s + shift)),
            text(story.lasting(each.end_s - each.start_s)),
            *(text(_detail(name, each.detail.get(name))) for name in known),
            text(each.source),
        )
        for each in found[:_MOST]
    ]
    return _table(heads, rows, len(found) - _MOST)


def _number(value: float | str | None) -> str:
    return format_count(int(value)) if isinstance(value, int | float) else ""


def _detail(name: str, value: float | str | None) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return story.in_unit(value, story.detail_unit(name))


def _events(timeline: Timeline, shift: float) -> str:
    found: list[tuple[float, float, Interval | Moment]] = [
        (each.start_s, each.end_s, each) for each in timeline.intervals if each.track not in _QUIET_TRACKS
    ]
    found += [(each.at_s, each.at_s, each) for each in timeline.moments]
    if not found:
        return ""
    found.sort(key=lambda each: each[:2])
    heads = [("tl.col.start", True), ("tl.col.lasts", True), ("tl.col.track", False), ("tl.col.what", False)]
    heads += [("tl.col.detail", False), ("tl.col.source", False)]
    rows = [
        (
            text(story.at(start + shift)),
            text(story.lasting(end - start)) if end > start else "",
            spans({lang: story.track_name(each.track, lang) for lang in LANGS}),
            text(each.name),
            text(", ".join(f"{name} {_detail(name, value)}" for name, value in each.detail.items())),
            text(each.source),
        )
        for start, end, each in found[:_MOST]
    ]
    return _table(heads, rows, len(found) - _MOST)
