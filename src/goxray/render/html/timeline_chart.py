"""The chart itself: the axis, and of each process a plot of bytes, strips of other figures, and lanes of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.render.html import timeline_still as still
from goxray.render.html.markup import attribute, both, spans, swatch, text
from goxray.render.html.timeline_data import Packer
from goxray.render.timeline_axis import bounds
from goxray.render.timeline_rows import rows_of_timeline
from goxray.render.timeline_story import series_name, track_name
from goxray.render.words import LANGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.timeline_result import Timeline
    from goxray.render.timeline_axis import Axis
    from goxray.render.timeline_rows import Drawn, Row
    from goxray.render.words import Lang

MOST_PROCESSES = 24
_BUTTONS = (("out", "−"), ("in", "+"), ("left", "←"), ("right", "→"), ("whole", ""))


def draw(timelines: Sequence[Timeline], axis: Axis, lang: Lang) -> str:
    """Return the chart of all processes, and its data."""
    packer = Packer(axis)
    body, place, hints = "", 0, []
    for at, (timeline, shift) in enumerate(zip(timelines[:MOST_PROCESSES], axis.shifts, strict=False)):
        rows, lanes_left = rows_of_timeline(timeline)
        end_s = max(bounds(timeline)[1] + shift, axis.start_s)
        drawn = ""
        for row in rows:
            packer.row(row, place, shift, end_s)
            drawn += _row(row, place, axis, shift, end_s)
            place += 1
        if lanes_left:
            hints.append(both("tl.page.lanes", n=lanes_left))
        name = f"<h4>{text(timeline.process)}</h4>" if len(timelines) > 1 else ""
        label = attribute("aria-label", "tl.page.still", lang, name=timeline.process)
        body += f'<div class="tl-process" role="group" id="p{at}-chart" {label}>{name}{drawn}</div>'
    if len(timelines) > MOST_PROCESSES:
        hints.append(both("tl.page.processes", n=len(timelines) - MOST_PROCESSES))
    if packer.thinned:
        hints.append(both("tl.page.thinned"))
    if not axis.shared:
        hints.insert(0, both("tl.page.apart" if axis.apart else "tl.page.own"))
    said = "".join(f'<p class="quiet">{hint}</p>' for hint in hints)
    return (
        f'<section class="part tl" id="chart"><div class="tl-head"><h3>{both("tl.page.chart")}</h3>{_tools(lang)}</div>'
        f'<p class="quiet tl-hint" hidden>{both("tl.page.hint")}</p>{said}'
        f'<div class="tl-body" tabindex="0" role="group" {attribute("aria-label", "tl.page.label", lang)}>'
        f'<div class="tl-row tl-over" hidden><div class="tl-name">{both("tl.page.whole")}</div><div class="tl-plot" '
        f'{attribute("aria-label", "tl.page.overview", lang)} role="img"></div></div>'
        f'<div class="tl-row tl-axis"><div class="tl-name"></div><div class="tl-plot">{still.axis_drawing(axis)}</div>'
        f'</div>{body}<div class="tl-cross" hidden></div><div class="tl-pick" hidden></div></div>'
        f'<p class="tl-said" role="status"></p><div class="tl-read" aria-hidden="true" hidden></div>'
        f'<script type="application/json" class="tl-data">{packer.json()}</script></section>'
    )


def _tools(lang: Lang) -> str:
    buttons = "".join(
        f'<button type="button" data-do="{name}" {attribute("aria-label", f"tl.page.{name}", lang)}>'
        f"{sign or both(f'tl.page.{name}')}</button>"
        for name, sign in _BUTTONS
    )
    return f'<output class="tl-range"></output><div class="tl-tools" role="group" hidden>{buttons}</div>'


def _row(row: Row, place: int, axis: Axis, shift: float, end_s: float) -> str:
    if row.kind in ("plot", "strip"):
        return _shell(row, place, f"k-{row.kind}", _legend(row), still.plot(row, axis, shift, end_s))
    name = both("tl.page.findings") if row.lane is None else _lane_name(row)
    kind = f"k-lane d{still.depth(row)}"
    return _shell(row, place, kind, name, still.lane(row, axis, shift))


def _shell(row: Row, place: int, kind: str, name: str, drawing: str) -> str:
    return (
        f'<div class="tl-row {kind}" data-row="{place}" data-kind="{row.kind}"><div class="tl-name">{name}</div>'
        f'<div class="tl-plot">{drawing}</div></div>'
    )


def _lane_name(row: Row) -> str:
    lane = row.lane
    assert lane is not None
    name = spans({lang: track_name(lane.track, lang) for lang in LANGS})
    if lane.owner:
        name = f"<code>{text(lane.owner)}</code>"
    return name + (f" <small>{text(lane.source)}</small>" if lane.source else "")


def _legend(row: Row) -> str:
    """Return the names of what is drawn, and behind a fold those of what can be."""
    choice = row.kind == "plot" or len(row.series) > 1
    shown = "".join(_key(each, choice) for each in row.series if each.on)
    hidden = [each for each in row.series if not each.on]
    legend = f'<ul class="tl-legend">{shown}</ul>'
    if hidden:
        keys = "".join(_key(each, choice) for each in hidden)
        more = both("tl.page.keys", n=len(hidden))
        legend += f'<details class="tl-more"><summary>{more}</summary><ul class="tl-legend">{keys}</ul></details>'
    return legend


def _key(each: Drawn, choice: bool) -> str:
    """Return a series' name with its colour: a button that shows and hides it where there are several."""
    source = f" <small>{text(each.series.source)}</small>" if each.label_source else ""
    name = spans({lang: series_name(each.series.name, lang) for lang in LANGS})
    mark = swatch(f"a-{still.color_of(each.series.name)}")
    if not choice:
        return f"<li>{mark}{name}{source}</li>"
    return (
        f'<li><button type="button" aria-pressed="{"true" if each.on else "false"}">{mark}{name}{source}</button></li>'
    )
