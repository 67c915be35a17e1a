"""``goxray gc read`` and ``gc run`` as text for people: the story, each process, the most telling cycles, findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from rich.padding import Padding
from rich.text import Text

from goxray.core import gctrace_result as g
from goxray.core.units import format_count
from goxray.render import gctrace_story as story
from goxray.render.columns import Pen, Piece
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.safe import printable
from goxray.render.terminal import NARROWEST, facts_grid, finish, lay_line, make_console, note_rows, print_line
from goxray.render.timeline_story import findings_lines, lasting
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from goxray.core.gctrace_result import GcProcess, GcTraceResult
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

    Row = Any

_INDENT = "  "
_NAME, _WHY = 12, 14
_MOST_ASIDE, _MOST_FINDINGS = 5, 8
_ROOMY = 120
_MOST_PROCESSES = 20


def write_table(result: GcTraceResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_gctrace(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_gctrace(result: GcTraceResult, options: RenderOptions) -> str:
    """Return the report as text."""
    console = make_console(options)
    lang = options.lang
    separator = " - " if options.ascii_only else " · "
    command = "goxray gc run" if result.command else "goxray gc read"
    console.print(
        Text(separator.join([command, printable(result.source)]), style="bold", no_wrap=True, overflow="ellipsis")
    )
    console.print(Text(story.tell(result, lang)))
    if len(result.processes) > 1:
        _title(console, say("gt.title.processes", lang), options)
        _grid(console, _process_columns(lang), story.worst(result.processes, _MOST_PROCESSES), options)
        _rest(console, "gt.processes.more", len(result.processes) - _MOST_PROCESSES, lang)
    elif result.processes:
        _facts(console, result, result.processes[0], options)
    if result.telling:
        _title(console, say("gt.title.cycles", lang), options)
        _grid(console, _cycle_columns(result, options), result.telling, options)
    _findings(console, result, options)
    _aside(console, result, options)
    _notes(console, result, options)
    text = finish(console, options)
    return text.replace("µ", "u") if options.ascii_only else text


def _title(console: Console, text: str, options: RenderOptions) -> None:
    console.print()
    console.print(Text(text, style="bold underline" if options.color else "bold"))


def _grid(console: Console, columns: list[GridColumn], rows: Sequence[Row], options: RenderOptions) -> None:
    fitted = fit(columns, rows, options, max(options.width, NARROWEST) - len(_INDENT))
    print_line(console, lay_line(_INDENT, fitted, [Piece(c.header, "bold dim") for c in fitted]), options)
    for place in range(len(rows)):
        print_line(console, lay_line(_INDENT, fitted, [column.cells[place] for column in fitted]), options)


def _plain(write: Callable[[Row], str], style: str = "") -> Callable[[Row, Pen], Piece]:
    return lambda row, _: Piece(write(row), style)


def _count(row: Row, pen: Pen) -> Piece:
    return Piece(pen.count(row.cycles))


def _process_columns(lang: Lang) -> list[GridColumn]:
    def head(name: str) -> str:
        return say(f"gt.col.{name}", lang)

    def name(one: Row) -> str:
        after = "" if one.restart_of is None else say("gt.restart", lang, process=one.restart_of)
        return printable(" ".join(part for part in (one.name, f"({after})" if after else "") if part))

    return [
        GridColumn(head("process"), 0, _plain(lambda one: str(one.process), "dim")),
        GridColumn(head("name"), 6, _plain(name, "cyan"), right=False, least=_NAME),
        GridColumn(head("cycles"), 1, _count),
        GridColumn(head("span"), 5, _plain(lambda one: lasting(one.span_s[1] - one.span_s[0]))),
        GridColumn(head("cpu"), 3, _plain(lambda one: f"{one.gc_cpu_percent}%")),
        GridColumn(head("p50"), 8, _plain(lambda one: story.ms(one.pauses.p50_ms))),
        GridColumn(head("p99"), 7, _plain(lambda one: story.ms(one.pauses.p99_ms))),
        GridColumn(head("max"), 2, _plain(lambda one: story.ms(one.pauses.max_ms), "bold")),
        GridColumn(head("live"), 4, _plain(lambda one: story.mb(one.live_mb[1]))),
        GridColumn(head("peak"), 4, _plain(lambda one: story.mb(one.peak_mb))),
        GridColumn(head("goal"), 9, _plain(lambda one: story.goals(one, lang))),
    ]


def _cycle_columns(result: GcTraceResult, options: RenderOptions) -> list[GridColumn]:
    lang = options.lang
    most = 3 if options.width >= _ROOMY else 1

    def head(name: str) -> str:
        return say(f"gt.col.{name}", lang)

    def why(one: Row) -> str:
        said = [say(f"gt.why.{name}", lang) for name in one.why[:most]]
        return (", " if lang == "en" else "、").join(
            [*([say("gt.forced", lang)] if one.row[g.FORCED] == 1 else []), *said]
        )

    def heap(one: Row) -> str:
        return f"{one.row[g.START]}->{one.row[g.END]}->{one.row[g.LIVE]} MB"

    columns = [
        GridColumn(head("n"), 0, _plain(lambda one: str(one.row[g.N]))),
        GridColumn(head("t"), 3, _plain(lambda one: f"{one.row[g.T_MS] / 1000:.3f}s", "dim")),
        GridColumn(head("stop"), 1, _plain(lambda one: story.stops(one.row), "bold")),
        GridColumn(head("mark"), 4, _plain(lambda one: story.ms(one.row[g.CLOCK + 1] / 1000))),
        GridColumn(head("assist"), 5, _plain(lambda one: story.ms(one.row[g.CPU + 1] / 1000))),
        GridColumn(head("heap"), 1, _plain(heap)),
        GridColumn(head("goal"), 3, _plain(lambda one: story.goal(one.row[g.GOAL], lang))),
        GridColumn(head("line"), 6, _plain(lambda one: str(one.row[g.LINE]), "dim")),
        GridColumn(head("why"), 2, _plain(why, "cyan"), right=False, least=_WHY),
    ]
    if len(result.processes) > 1:
        columns.insert(0, GridColumn(head("process"), 2, _plain(lambda one: str(one.row[g.PROCESS]), "dim")))
    return columns


def _facts(console: Console, result: GcTraceResult, process: GcProcess, options: RenderOptions) -> None:
    grid = facts_grid()
    for label, text in story.facts(result, process, options.lang):
        grid.add_row(label, Text(text))
    console.print()
    console.print(grid)


def _findings(console: Console, result: GcTraceResult, options: RenderOptions) -> None:
    lines = findings_lines(result.timelines, options.lang, _MOST_FINDINGS)
    if not lines:
        return
    _title(console, say("gt.title.findings", options.lang), options)
    for line in lines:
        console.print(Padding(Text(line), (0, 0, 0, len(_INDENT))))


def _aside(console: Console, result: GcTraceResult, options: RenderOptions) -> None:
    if not result.set_aside_total:
        return
    lang = options.lang
    _title(console, say("gt.title.aside", lang, n=result.set_aside_total), options)
    for one in result.set_aside[:_MOST_ASIDE]:
        line = say("gt.aside.line", lang, line=format_count(one.line))
        console.print(Padding(Text.assemble((line, "bold"), f"  {say(one.why, lang)}"), (0, 0, 0, len(_INDENT))))
        said = Text(printable(one.text), style="dim", no_wrap=True, overflow="ellipsis")
        console.print(Padding(said, (0, 0, 0, 2 * len(_INDENT))))
    _rest(console, "gt.aside.more", result.set_aside_total - min(len(result.set_aside), _MOST_ASIDE), lang)


def _rest(console: Console, key: str, rest: int, lang: Lang) -> None:
    """Say how many more there are."""
    if rest > 0:
        console.print(Padding(Text(say(key, lang, n=rest), style="dim"), (0, 0, 0, len(_INDENT))))


def _notes(console: Console, result: GcTraceResult, options: RenderOptions) -> None:
    grid = facts_grid()
    for label, text in note_rows(story.notes(result, options.lang), options.lang):
        grid.add_row(label, text)
    if grid.row_count:
        console.print()
        console.print(grid)
