"""``goxray gc phases`` as text for people: what the map gave up, and a picture of the windows of each of these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from rich.cells import cell_len
from rich.padding import Padding
from rich.text import Text

from goxray.core.units import format_bytes
from goxray.render import phases_story as story
from goxray.render.columns import Pen, Piece
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.safe import printable
from goxray.render.terminal import (
    NARROWEST,
    facts_grid,
    fault_rows,
    finish,
    lay_line,
    make_console,
    note_rows,
    print_line,
)
from goxray.render.timeline_story import at, findings_lines, lasting
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from goxray.core.phases_result import Generation, PhasesResult
    from goxray.render.options import RenderOptions

    Row = dict[str, Any]

_INDENT = "  "
_WIDEST = 72
_LEAST_BAR = 12
_STYLES = {"waiting": "yellow", "marking": "red", "sweeping": "magenta", "leaving": "cyan"}


def write_table(result: PhasesResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_phases(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_phases(result: PhasesResult, options: RenderOptions) -> str:
    """Return the report as text."""
    console = make_console(options)
    _head(console, result, options)
    if result.generations:
        _title(console, say("ph.title.generations", options.lang), options)
        _generations(console, result, options)
        shown = story.detailed(result.generations)
        for generation in shown:
            _one(console, generation, options)
        rest = len(result.generations) - len(shown)
        if rest:
            console.print()
            console.print(Text(_INDENT + say("ph.more", options.lang, n=rest), style="dim"))
    elif result.map is not None:
        console.print(Text(say("ph.none.generation", options.lang)))
    if result.map is not None:
        _phases(console, result, options)
    _facts(console, result, options)
    text = finish(console, options)
    return text.replace("µ", "u") if options.ascii_only else text


def _head(console: Console, result: PhasesResult, options: RenderOptions) -> None:
    lang, dot = options.lang, " - " if options.ascii_only else " · "
    build = result.build
    if result.unverified:
        console.print(Text(f"UNVERIFIED: {build.go_version}", style="bold red"))
    name = printable(result.target.exe.rpartition("/")[2])
    parts = ["goxray gc phases", name, f"pid {result.target.pid}", f"{build.go_version} {build.goos}/{build.goarch}"]
    console.print(Text(dot.join(parts), style="bold"))
    console.print(
        Text(
            say(
                "ph.head.watched", lang, lasts=lasting(result.watched_s), typical=lasting(round(result.typical_s, 5)),
                longest=lasting(result.longest_s),
            ),
            style="dim",
        )
    )  # fmt: skip
    if result.map is None:
        console.print(Text(say("ph.none.map", lang)))
        return
    watched = result.map
    told = say(
        "ph.map", lang, owner=printable(watched.owner), type=printable(watched.type), kind=watched.kind,
        bytes=format_bytes(watched.most_bytes), entries=story.count(watched.most_entries),
    )  # fmt: skip
    console.print(Text(told))


def _title(console: Console, title: str, options: RenderOptions) -> None:
    console.print()
    console.print(Text(title, style="bold underline" if options.color else "bold"))


def _generations(console: Console, result: PhasesResult, options: RenderOptions) -> None:
    rows = [_generation_row(generation, options) for generation in result.generations]
    names = (
        ("number", 0), ("cause", 0), ("at", 2), ("bytes", 1), ("blocks", 5), ("cycles", 1), ("reusable", 2),
        ("rss", 3), ("outcome", 1),
    )  # fmt: skip
    columns = [
        GridColumn(say(f"ph.col.{name}", options.lang), rank, _cell(name), right=name not in ("cause", "outcome"))
        for name, rank in names
    ]
    _grid(console, columns, rows, options)


def _generation_row(generation: Generation, options: RenderOptions) -> Row:
    lang, dash = options.lang, "-" if options.ascii_only else "–"
    window = generation.window("until reusable")
    let_go = generation.event("let go")
    return {
        "number": str(generation.number),
        "cause": say(f"ph.cause.{generation.cause}", lang),
        "at": at(let_go.at_s) if let_go else dash,
        "bytes": format_bytes(generation.bytes.blocks),
        "blocks": story.count(story.blocks(generation)),
        "cycles": story.cycles(window.cycles_least, window.cycles) if window else dash,
        "reusable": story.until(generation, "until reusable") or dash,
        "rss": story.until(generation, "until out of rss") or dash,
        "outcome": say(f"ph.outcome.{generation.outcome}", lang),
    }


def _cell(name: str) -> Callable[[Row, Pen], Piece]:
    style = "cyan" if name in ("cause", "outcome") else ""
    return lambda row, _: Piece(row[name], style)


def _grid(console: Console, columns: list[GridColumn], rows: list[Row], options: RenderOptions) -> None:
    fitted = fit(columns, rows, options, max(options.width, NARROWEST) - len(_INDENT))
    print_line(console, lay_line(_INDENT, fitted, [Piece(c.header.upper(), "bold dim") for c in fitted]), options)
    for place in range(len(rows)):
        print_line(console, lay_line(_INDENT, fitted, [column.cells[place] for column in fitted]), options)


def _one(console: Console, generation: Generation, options: RenderOptions) -> None:
    lang = options.lang
    title = say(
        "ph.title.blocks", lang, n=generation.number, cause=say(f"ph.cause.{generation.cause}", lang),
        bytes=format_bytes(generation.bytes.blocks), blocks=story.count(story.blocks(generation)),
    )  # fmt: skip
    _title(console, title, options)
    if generation.windows:
        _picture(console, generation, options)
    for sentence in story.tell(generation, lang):
        console.print(Padding(Text(sentence), (0, 0, 0, len(_INDENT))))


def _picture(console: Console, generation: Generation, options: RenderOptions) -> None:
    """Draw each window as a bar on the axis from the generation's first event to its last."""
    lang = options.lang
    names = [say(f"ph.window.{window.name}", lang) for window in generation.windows]
    wide = max(cell_len(name) for name in names)
    lasts = [_lasts(window.seconds, window.resolution_s, options) for window in generation.windows]
    counts = [story.cycles(window.cycles_least, window.cycles) for window in generation.windows]
    tail = max(map(len, lasts)) + max(map(len, counts)) + 6
    room = max(options.width, NARROWEST) - len(_INDENT) - wide - tail - 4
    width = min(room, _WIDEST)
    sign = "#" if options.ascii_only else "█"
    for window, name, long, count in zip(generation.windows, names, lasts, counts, strict=True):
        line = Text(_INDENT + name + " " * (wide - cell_len(name)) + "  ")
        if width >= _LEAST_BAR:
            begin, cells = story.bar(window, generation.events, width)
            line.append(" " * begin)
            line.append(sign * cells, style=_STYLES.get(window.name, "green"))
            line.append(" " * (width - begin - cells + 2))
        line.append(f"{long:>{max(map(len, lasts))}}  {count} GC")
        console.print(line, no_wrap=True, overflow="crop")


def _lasts(seconds: float, resolution: float, options: RenderOptions) -> str:
    mark = "+-" if options.ascii_only else "±"
    return lasting(seconds) if not resolution else f"{lasting(seconds)} {mark}{lasting(resolution)}"


def _phases(console: Console, result: PhasesResult, options: RenderOptions) -> None:
    _title(console, say("ph.title.phases", options.lang), options)
    grid = facts_grid()
    for phase in result.phases:
        when = "" if phase.start_s is None or phase.end_s is None else f"{at(phase.start_s)} - {at(phase.end_s)}  "
        grid.add_row(
            _INDENT + say(f"ph.phase.{phase.name}", options.lang), Text(when + story.phase_line(phase, options.lang))
        )
    console.print(grid)


def _facts(console: Console, result: PhasesResult, options: RenderOptions) -> None:
    lang = options.lang
    grid = facts_grid()
    if result.settings:
        grid.add_row(say("ph.setting", lang), Text(story.settings(result.settings)))
    if result.environment:
        grid.add_row(say("ph.environment", lang), Text(" ".join(f"{k}={v}" for k, v in result.environment.items())))
    grid.add_row(say("ph.ended", lang), Text(say(f"ph.ended.{result.ended}", lang)))
    if result.exit_code is not None:
        grid.add_row(say("ph.status", lang), Text(str(result.exit_code)))
    for line in findings_lines(result.timelines, lang):
        grid.add_row("", Text(line))
    for label, text in fault_rows(result.faults, lang):
        grid.add_row(label, text)
    for label, text in note_rows(story.notes(result, lang), lang):
        grid.add_row(label, text)
    console.print()
    console.print(grid)
