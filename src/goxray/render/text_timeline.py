"""``goxray timeline`` as text for people: the sources and how they were joined, each process over time, findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from rich.padding import Padding
from rich.text import Text

from goxray.render import timeline_facts as facts
from goxray.render import timeline_join_story as joined
from goxray.render import timeline_picture as picture
from goxray.render import timeline_story as story
from goxray.render.columns import Pen, Piece
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.safe import printable
from goxray.render.terminal import NARROWEST, facts_grid, finish, lay_line, make_console, note_rows, print_line
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from goxray.core.joined_result import JoinedSource, TimelineResult
    from goxray.core.timeline_result import Timeline
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

    Row = dict[str, Any]

_INDENT = "  "
_WIDEST = 110
_MOST_SOURCES = 30
_MOST_PROCESSES = 8
_PATH_WIDTH = 16
_REASON_WIDTH = 44


def write_table(result: TimelineResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_timeline(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_timeline(result: TimelineResult, options: RenderOptions) -> str:
    """Return the report as text."""
    console = make_console(options)
    _sources(console, result, options)
    for timeline in result.timelines[:_MOST_PROCESSES]:
        console.print()
        _process(console, timeline, options)
    rest = len(result.timelines) - _MOST_PROCESSES
    if rest > 0:
        console.print()
        _quiet(console, say("tl.page.processes", options.lang, n=rest))
    grid = facts_grid()
    told = list(note_rows(joined.notes(result.timelines, result.notes, options.lang), options.lang))
    for label, text in told:
        grid.add_row(label, text)
    if told:
        console.print()
        console.print(grid)
    return _plain(finish(console, options), options)


def _plain(text: str, options: RenderOptions) -> str:
    if not options.ascii_only:
        return text
    for sign, plain in (("–", "-"), ("±", "+-"), ("µ", "u"), ("↑", "^")):
        text = text.replace(sign, plain)
    return text


def _title(console: Console, key: str, options: RenderOptions) -> None:
    console.print()
    console.print(Text(say(key, options.lang), style="bold underline" if options.color else "bold"))


def _quiet(console: Console, text: str) -> None:
    console.print(Padding(Text(text, style="dim"), (0, 0, 0, len(_INDENT))))


def _sources(console: Console, result: TimelineResult, options: RenderOptions) -> None:
    separator = " - " if options.ascii_only else " · "
    names = [printable(each.process) for each in result.timelines]
    shown = [*names[:3], "…"] if len(names) > 3 else names
    console.print(Text(separator.join(["goxray timeline", *shown]), style="bold"))
    _title(console, "tl.title.sources", options)
    several = len(result.timelines) > 1
    names = joined.short_names(result)
    rows = [
        _row(each, name, result, options.lang)
        for each, name in zip(result.sources[:_MOST_SOURCES], names, strict=False)
    ]
    fitted = fit(_columns(rows, options.lang, several), rows, options, max(options.width, NARROWEST) - len(_INDENT))
    print_line(console, lay_line(_INDENT, fitted, [Piece(each.header, "bold dim") for each in fitted]), options)
    for place in range(len(rows)):
        print_line(console, lay_line(_INDENT, fitted, [column.cells[place] for column in fitted]), options)
    rest = len(result.sources) - _MOST_SOURCES
    if rest > 0:
        _quiet(console, say("tl.more.sources", options.lang, n=rest))


def _row(source: JoinedSource, name: str, result: TimelineResult, lang: Lang) -> Row:
    return {
        "path": printable(name),
        "kind": source.kind,
        "process": printable(result.timelines[source.process].process),
        "covers": joined.covers(source),
        "shift": joined.shift(source),
        "aligned": joined.aligned(source, lang),
        "points": source.points,
        "events": source.events,
    }


def _columns(rows: Sequence[Row], lang: Lang, several: bool) -> list[GridColumn]:
    def cell(name: str, style: str = "") -> Callable[[Row, Pen], Piece]:
        return lambda row, _: Piece(row[name], style)

    def count(name: str) -> Callable[[Row, Pen], Piece]:
        return lambda row, pen: Piece(pen.count(row[name]))

    def head(name: str) -> str:
        return say(f"tl.col.{name}", lang)

    columns = [
        GridColumn(head("path"), -1, cell("path", "cyan"), right=False, least=_PATH_WIDTH),
        GridColumn(head("kind"), 4, cell("kind"), right=False),
        GridColumn(head("process"), 1, cell("process"), right=False, least=_PATH_WIDTH),
        GridColumn(head("covers"), 3, cell("covers"), right=False),
        GridColumn(head("shift"), 2, cell("shift"), right=True),
        GridColumn(head("aligned"), 0, cell("aligned"), right=False, least=_REASON_WIDTH),
        GridColumn(head("points"), 6, count("points")),
        GridColumn(head("events"), 5, count("events")),
    ]
    silent = {head("process")} if not several else set()
    if not any(row["shift"] for row in rows):
        silent.add(head("shift"))
    return [column for column in columns if column.header not in silent]


def _process(console: Console, timeline: Timeline, options: RenderOptions) -> None:
    separator = " - " if options.ascii_only else " · "
    chips = facts.chips(timeline, options.lang)
    console.print(Text(separator.join([printable(timeline.process), *chips]), style="bold"))
    told = facts.tell(timeline, options.lang)
    if told:
        console.print(Text(told))
    width = min(max(options.width, NARROWEST) - len(_INDENT), _WIDEST)
    drawn = picture.draw(timeline, width, options)
    if drawn is not None:
        _title(console, "tl.title.picture", options)
        for line in drawn.lines:
            console.print(Text((_INDENT + line).rstrip()), soft_wrap=True)
        console.print(Padding(Text("  ".join(drawn.legend), style="dim"), (0, 0, 0, len(_INDENT))))
    for key, lines in (
        ("tl.title.findings", story.findings_lines([timeline], options.lang)),
        ("tl.title.checks", story.check_lines([timeline], options.lang)),
    ):
        if lines:
            _title(console, key, options)
            for line in lines:
                console.print(Padding(Text(line), (0, 0, 0, len(_INDENT))))
