"""The page of every command that has timelines: one axis that zooms, findings, cross-checks, the same in numbers.

Without a script the whole range is drawn and all words and tables are there; with it the axis zooms and can be read.
``#t=1.5,2.5`` behind the page's address shows that piece of the axis.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, cast

from goxray.core.joined_result import TimelineResult
from goxray.render import timeline_facts as facts
from goxray.render import timeline_join_story as joined
from goxray.render import timeline_story as story
from goxray.render.html import timeline_chart as chart
from goxray.render.html import timeline_tables as tables
from goxray.render.html.markup import both, spans, text
from goxray.render.html.shell import Shell, notes_in, stamp, write_shell
from goxray.render.timeline_axis import axis_of
from goxray.render.words import LANGS

if TYPE_CHECKING:
    from goxray.core.timeline_result import HasTimelines, Timeline, TimelineFinding
    from goxray.render.options import RenderOptions
    from goxray.render.story import Looked
    from goxray.render.timeline_axis import Axis

_STYLES = ("page.css", "timeline.css")
_SCRIPTS = ("page.js", "timeline_draw.js", "timeline.js")
_COMMANDS = {
    "GcTraceResult": "gc read", "WatchResult": "gc watch", "PhasesResult": "gc phases", "TraceResult": "trace",
}  # fmt: skip
_MOST_NAMES = 3
_MARGIN = 0.006  # of the axis
_FEWEST_TILES = 2
_AROUND = 0.15  # of a finding's length is shown on either side of it
_MOMENT = 0.02  # of the axis is shown on either side of a finding that has no length


def write_html(result: HasTimelines, out: BinaryIO, options: RenderOptions) -> None:
    """Write the timelines of a result as one self-contained HTML file in UTF-8."""
    timelines = result.timelines
    axis = _with_margins(axis_of(timelines, compact=True))
    shown = timelines[: chart.MOST_PROCESSES]
    told = "".join(_told(each, f"p{place}", tiles=len(timelines) < 2) for place, each in enumerate(shown))
    found = _findings(timelines, axis)
    drawn = chart.draw(timelines, axis, options.lang)
    rest = "".join(
        tables.draw(each, axis.shifts[place], f"p{place}", named=len(timelines) > 1) for place, each in enumerate(shown)
    )
    notes = result.notes if isinstance(result, TimelineResult) else ()
    said = {lang: joined.notes(timelines, notes, lang) for lang in LANGS}
    if isinstance(result, TimelineResult):
        rest = tables.sources(result) + rest
    stamped = stamp(cast("Looked", result)) if getattr(result, "unverified", False) else ""
    sections = f'<section class="report">{stamped}{told}{drawn}{found}{rest}{notes_in(said)}</section>'
    names = [each.process for each in timelines]
    title = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
    command = _COMMANDS.get(type(result).__name__, "timeline")
    shell = Shell(command, "tl.page.title", title, sections, styles=_STYLES, scripts=_SCRIPTS)
    write_shell(shell, out, options)


def _with_margins(axis: Axis) -> Axis:
    """Return an axis with room for what happens at its very ends; the program's start stays at the edge."""
    margin = (axis.end_s - axis.start_s) * _MARGIN
    return replace(axis, start_s=axis.start_s and axis.start_s - margin, end_s=axis.end_s + margin)


def _told(timeline: Timeline, prefix: str, *, tiles: bool) -> str:
    """Return who the process is, and what there is to say of it in one look; of several, without tiles."""
    chips = {lang: facts.chips(timeline, lang) for lang in LANGS}
    items = "".join(
        f"<li>{spans(dict(zip(LANGS, each, strict=True)))}</li>" for each in zip(*chips.values(), strict=True)
    )
    told = facts.tiles(facts.facts_of(timeline)) if tiles else []
    figures = "".join(
        f'<div class="stat"><dt>{both(key)}</dt><dd>{text(value)}</dd></div>'
        for key, value in (told if len(told) >= _FEWEST_TILES else ())
    )
    return (
        f'<header class="of"><h2 id="{prefix}">{text(timeline.process)}</h2><ul class="chips">{items}</ul></header>'
        f'<p class="story">{spans({lang: facts.tell(timeline, lang) for lang in LANGS})}</p>'
        + (f'<dl class="stats">{figures}</dl>' if figures else "")
    )


def _findings(timelines: tuple[Timeline, ...], axis: Axis) -> str:
    """Return all findings in words, each with a link that zooms the axis to it."""
    items = ""
    for timeline, shift in zip(timelines, axis.shifts, strict=True):
        for finding in story.findings_of(timeline):
            items += _finding(finding, shift, axis, timeline.process if len(timelines) > 1 else "")
    listed = (
        f'<ol class="tl-findings">{items}</ol>' if items else f'<p class="quiet">{both("tl.page.findings.none")}</p>'
    )
    return f'<section class="part" id="findings"><h3>{both("tl.page.findings")}</h3>{listed}</section>'


def _finding(finding: TimelineFinding, shift: float, axis: Axis, process: str) -> str:
    start, end = finding.start_s + shift, finding.end_s + shift
    told = {lang: story.finding_words(replace(finding, start_s=start, end_s=end), lang) for lang in LANGS}
    around = (end - start) * _AROUND if end > start else (axis.end_s - axis.start_s) * _MOMENT
    low, high = max(start - around, axis.start_s), min(end + around, axis.end_s)
    if high <= low:
        low, high = axis.start_s, axis.end_s
    of = f'<span class="quiet">{text(process)}</span> ' if process else ""
    rest = "".join(
        f"<p{kind}>{spans(texts)}</p>"
        for kind, texts in (
            (' class="quiet"', {lang: told[lang].why for lang in LANGS}),
            ("", {lang: told[lang].do for lang in LANGS}),
        )
        if any(texts.values())
    )
    return (
        f'<li class="v-{finding.severity}"><p class="tl-when"><span class="tl-severity">'
        f"{spans({lang: told[lang].severity for lang in LANGS})}</span> {of}"
        f'<a href="#t={low:.6g},{high:.6g}">{spans({lang: told[lang].when for lang in LANGS})}</a></p>'
        f"<p><strong>{spans({lang: told[lang].title for lang in LANGS})}</strong></p>{rest}</li>"
    )
