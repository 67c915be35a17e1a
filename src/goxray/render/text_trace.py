"""``goxray trace`` as text for people: what happened how often, which maps grew, each collection, the probes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from rich.padding import Padding
from rich.text import Text

from goxray.core.units import format_bytes, format_count
from goxray.render import trace_story as tale
from goxray.render.columns import Pen, Piece
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.safe import printable
from goxray.render.terminal import NARROWEST, facts_grid, finish, lay_line, make_console, note_rows, print_line
from goxray.render.timeline_story import findings_lines
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from goxray.core.trace_result import TraceResult
    from goxray.render.options import RenderOptions

    Row = dict[str, Any]

_INDENT = "  "
_MOST_ROWS = 15
_NAME_WIDTH = 18


def write_table(result: TraceResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_trace(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_trace(result: TraceResult, options: RenderOptions) -> str:
    """Return the report as text."""
    console = make_console(options)
    if result.unverified:
        line = say("head.unverified", options.lang, version=result.build.go_version)
        console.print(Text(line, style="bold red"))
    console.print(_headline(result, options))
    console.print(Text(tale.tell(result, options.lang)))
    dash = "-" if options.ascii_only else "–"
    _events(console, result, options, dash)
    _types(console, result, options, dash)
    _maps(console, result, options, dash)
    _cycles(console, result, options, dash)
    _findings(console, result, options)
    _probes(console, result, options)
    rows = list(note_rows(tale.notes(result, options.lang), options.lang))
    if rows:
        grid = facts_grid()
        for label, text in rows:
            grid.add_row(label, text)
        console.print()
        console.print(grid)
    return finish(console, options)


def _headline(result: TraceResult, options: RenderOptions) -> Text:
    lang, build = options.lang, result.build
    experiments = f" X:{','.join(build.experiments)}" if build.experiments else ""
    ending = say(f"tr.end.{result.ending}", lang, n=len(result.events))
    spent = say("tr.seconds", lang, s=f"{result.end_s - result.start_s:.1f}")
    parts = [
        "goxray trace",
        f"{printable(result.target.exe.rpartition('/')[2])} (pid {result.target.pid})",
        f"{build.go_version}{experiments} {build.goos}/{build.goarch}",
        f"{spent}, {ending}" if lang == "en" else f"{spent}，{ending}",
    ]
    return Text((" - " if options.ascii_only else " · ").join(parts), style="bold")


def _events(console: Console, result: TraceResult, options: RenderOptions, dash: str) -> None:
    rows = [
        {
            "event": row.event,
            "count": format_count(row.count),
            "rate": tale.rate(row, result),
            "first": tale.seconds(row.first_s, dash),
            "last": tale.seconds(row.last_s, dash),
            "lost": format_count(row.lost),
        }
        for row in tale.event_rows(result)
    ]
    columns = [
        _column("event", 0, options, right=False, style="cyan"),
        _column("count", 1, options),
        _column("rate", 3, options),
        _column("first", 4, options),
        _column("last", 5, options),
        _column("lost", 2, options),
    ]
    _grid(console, "tr.title.events", columns, rows, options)


def _types(console: Console, result: TraceResult, options: RenderOptions, dash: str) -> None:
    shown, total = tale.type_rows(result, _MOST_ROWS)
    rows = [
        {
            "growths": format_count(row.growths),
            "splits": format_count(row.splits),
            "addresses": format_count(row.addresses),
            "type": printable(row.type) or dash,
        }
        for row in shown
    ]
    columns = [
        _column("growths", 0, options),
        *([_column("splits", 4, options)] if _swiss(result) else []),
        _column("addresses", 2, options),
        _column("type", 1, options, right=False, style="green", least=_NAME_WIDTH),
    ]
    _grid(console, "tr.title.types", columns, rows, options, more=total - len(rows))


def _swiss(result: TraceResult) -> bool:
    return any(probe.event == "table split" for probe in result.probes)


def _maps(console: Console, result: TraceResult, options: RenderOptions, dash: str) -> None:
    shown, total = tale.map_rows(result, _MOST_ROWS)
    rows = [
        {
            "map": f"{row.addr:#x}",
            "type": printable(row.type) or dash,
            "owner": printable(row.owner) or dash,
            "growths": format_count(row.growths),
            "splits": format_count(row.splits),
            "slots": _slots(row, options),
        }
        for row in shown
    ]
    columns = [
        _column("map", 1, options, right=False),
        _column("growths", 0, options),
        *([_column("splits", 4, options)] if _swiss(result) else []),
        _column("slots", 2, options),
        _column("type", 5 if result.owners else 3, options, right=False, style="green", least=_NAME_WIDTH),
        *([_column("owner", 3, options, right=False, style="cyan", least=_NAME_WIDTH)] if result.owners else []),
    ]
    _grid(console, "tr.title.maps", columns, rows, options, more=total - len(rows))


def _slots(row: tale.MapRow, options: RenderOptions) -> str:
    """Write the slots before the first growth and behind the last."""
    arrow = " -> " if options.ascii_only else " → "
    return arrow.join(format_count(slots) if slots > 0 else "?" for slots in (row.old_slots, row.new_slots))


def _cycles(console: Console, result: TraceResult, options: RenderOptions, dash: str) -> None:
    every = tale.cycle_rows(result)
    rows = [
        {
            "start": tale.seconds(row.start_s, dash),
            "trigger": say(f"tr.trigger.{row.trigger}", options.lang) if row.trigger else dash,
            "mark": tale.length(row.mark_s, dash),
            "sweep": tale.length(row.sweep_s, dash),
            "scavenged": format_bytes(row.scavenged) if row.scavenged else dash,
        }
        for row in every[:_MOST_ROWS]
    ]
    columns = [
        _column("start", 0, options),
        _column("trigger", 3, options, right=False),
        _column("mark", 1, options),
        _column("sweep", 2, options),
        _column("scavenged", 4, options),
    ]
    _grid(console, "tr.title.cycles", columns, rows, options, more=len(every) - len(rows))


def _findings(console: Console, result: TraceResult, options: RenderOptions) -> None:
    lines = findings_lines(result.timelines, options.lang)
    if not lines:
        return
    _title(console, "tl.title.findings", options)
    for line in lines:
        console.print(Padding(Text(line), (0, 0, 0, len(_INDENT))))


def _title(console: Console, key: str, options: RenderOptions) -> None:
    console.print()
    console.print(Text(say(key, options.lang), style="bold underline" if options.color else "bold"))


def _probes(console: Console, result: TraceResult, options: RenderOptions) -> None:
    rows = [
        {"event": probe.event, "function": probe.function, "at": f"{probe.address:#x}", "place": probe.place}
        for probe in result.probes
    ]
    columns = [
        _column("event", 1, options, right=False, style="cyan"),
        _column("function", 0, options, right=False, least=_NAME_WIDTH),
        _column("at", 2, options, right=False),
        _column("place", 3, options, right=False, style="dim"),
    ]
    _grid(console, "tr.title.probes", columns, rows, options)


def _column(
    name: str,
    rank: int,
    options: RenderOptions,
    *,
    right: bool = True,
    style: str = "",
    least: int = 0,
    label: str = "",
) -> GridColumn:
    def cell(row: Row, _: Pen) -> Piece:
        return Piece(row[name], style)

    shown: Callable[[Row, Pen], Piece] = cell
    return GridColumn(say(f"tr.col.{name}", options.lang), rank, shown, right=right, least=least)


def _grid(
    console: Console, title: str, columns: Sequence[GridColumn], rows: list[Row], options: RenderOptions, more: int = 0
) -> None:
    """Print a table under its title; nothing where there are no rows."""
    if not rows:
        return
    _title(console, title, options)
    fitted = fit(columns, rows, options, max(options.width, NARROWEST) - len(_INDENT))
    print_line(console, lay_line(_INDENT, fitted, [Piece(c.header, "bold dim") for c in fitted]), options)
    for place in range(len(rows)):
        print_line(console, lay_line(_INDENT, fitted, [column.cells[place] for column in fitted]), options)
    if more:
        console.print(Text(_INDENT + say("tr.more", options.lang, n=more), style="dim"))
