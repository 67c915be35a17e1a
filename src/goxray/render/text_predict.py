"""``goxray predict`` as text for people: the answer in a sentence, versions side by side, how they grow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from rich.padding import Padding
from rich.text import Text

from goxray.core.units import format_bytes, format_count, format_share
from goxray.render.columns import Pen, Piece, bar, load_style
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.predict_story import (
    Growth,
    growths,
    held_at,
    how,
    last_step,
    name_versions,
    of_step,
    span,
    tell,
    told_notes,
    what,
)
from goxray.render.safe import printable
from goxray.render.terminal import NARROWEST, facts_grid, finish, lay_line, make_console, note_rows, print_line
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from goxray.core.predict_result import PredictResult
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

    Row = dict[str, Any]
    Cell = Callable[[Row, Pen], Piece]

_INDENT = "  "
_LEVELS = "▁▂▃▄▅▆▇█"
_ASCII_LEVELS = "_.:-=+*#"
_MOST_STEPS = 8
_LEAST_PICTURE, _MOST_PICTURE = 20, 60
_BAR = 24


def write_table(result: PredictResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_predict(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_predict(result: PredictResult, options: RenderOptions) -> str:
    """Return the report as text."""
    console = make_console(options)
    first = result.results[0]
    separator = " - " if options.ascii_only else " · "
    head = separator.join(["goxray predict", printable(first.type), f"linux/{first.goarch}"])
    console.print(Text(head, style="bold"))
    console.print(Text(printable(tell(result, options.lang))))
    _results(console, result, options)
    grown = growths(result)
    _picture(console, result, grown, options)
    for growth in grown:
        _growth(console, result, growth, options)
    _notes(console, result, options)
    return finish(console, options)


def _title(console: Console, text: str, options: RenderOptions) -> None:
    console.print()
    console.print(Text(text, style="bold underline" if options.color else "bold"))


def _grid(console: Console, columns: list[GridColumn], rows: list[Row], options: RenderOptions) -> None:
    fitted = fit(columns, rows, options, max(options.width, NARROWEST) - len(_INDENT))
    print_line(console, lay_line(_INDENT, fitted, [Piece(each.header, "bold dim") for each in fitted]), options)
    for place in range(len(rows)):
        print_line(console, lay_line(_INDENT, fitted, [each.cells[place] for each in fitted]), options)


def _results(console: Console, result: PredictResult, options: RenderOptions) -> None:
    rows: list[Row] = []
    for step in range(last_step(result) + 1):
        for place, each in enumerate(of_step(result, step)):
            load = each.n / each.slots if each.slots else None
            rows.append({"it": each, "step": "" if place else each.step_text, "load": load, "of": step})
    console.print()
    _grid(console, _columns(result, options.lang), rows, options)


def _columns(result: PredictResult, lang: Lang) -> list[GridColumn]:
    def head(key: str) -> str:
        return say(f"p.col.{key}", lang)

    def size(name: str, style: str = "") -> Cell:
        return lambda row, _: Piece(format_bytes(getattr(row["it"], name)), style)

    def count(name: str) -> Cell:
        return lambda row, pen: Piece(pen.count(getattr(row["it"], name)))

    columns = [
        GridColumn(head("go"), 0, lambda row, _: Piece(row["it"].go_version, "cyan"), right=False),
        GridColumn(head("entries"), 1, count("n")),
        GridColumn(head("bytes"), 0, size("bytes", "bold")),
        GridColumn(head("peak"), 1, size("peak_bytes")),
        GridColumn(head("load"), 3, _load),
        GridColumn(head("slots"), 9, count("slots")),
        GridColumn(head("mallocs"), 4, count("mallocs")),
        GridColumn(head("total"), 7, size("total_alloc")),
        GridColumn(head("scan"), 2, size("scan_bytes")),
        GridColumn(head("how"), 8, lambda row, _: Piece(how(row["it"], lang), "dim"), right=False),
    ]
    if any(span(each) for each in result.results):
        columns.insert(3, GridColumn(head("range"), 6, lambda row, _: Piece(span(row["it"]), "dim")))
    if any(each.indirect_bytes for each in result.results):
        columns.insert(-1, GridColumn(head("indirect"), 7, size("indirect_bytes")))
    if last_step(result):
        columns.insert(0, GridColumn(head("step"), 1, _step, right=False, least=12))
    return columns


def _step(row: Row, _: Pen) -> Piece:
    return Piece(printable(row["step"]), "bold")


def _load(row: Row, pen: Pen) -> Piece:
    return Piece(f"{bar(row['load'], pen.ascii_only)}{format_share(row['load']):>5}", load_style(row["load"]))


def _picture(console: Console, result: PredictResult, grown: list[Growth], options: RenderOptions) -> None:
    """Draw what is held while the map is filled, one line for all versions that grow alike."""
    if not grown or grown[0].entries < 2:
        return
    _title(console, say("p.title.picture", options.lang, entries=format_count(grown[0].entries)), options)
    most = max(max(step.bytes for step in growth.steps) for growth in grown)
    names = [name_versions(growth.versions, _versions(result), options.lang) for growth in grown]
    indent = max(len(name) for name in names)
    width = min(max(options.width - indent - 16, _LEAST_PICTURE), _MOST_PICTURE)
    levels = _ASCII_LEVELS if options.ascii_only else _LEVELS
    for name, growth in zip(names, grown, strict=True):
        drawn = "".join(
            levels[min(len(levels) - 1, held_at(growth, (at + 1) / width * growth.entries) * len(levels) // (most + 1))]
            for at in range(width)
        )
        line = [(_INDENT, ""), (name.ljust(indent), "cyan"), ("  ", ""), (drawn, "magenta"), ("  ", "")]
        print_line(console, [*line, (format_bytes(growth.bytes), "bold")], options)


def _versions(result: PredictResult) -> list[str]:
    return list(dict.fromkeys(each.go_version for each in result.results))


def _growth(console: Console, result: PredictResult, growth: Growth, options: RenderOptions) -> None:
    lang = options.lang
    versions = name_versions(growth.versions, _versions(result), lang)
    _title(console, say("p.title.growth", lang, versions=versions), options)
    steps = growth.steps[-_MOST_STEPS:]
    most = max(step.peak_bytes for step in steps)
    rows: list[Row] = [{"it": step, "most": most} for step in steps]
    columns = [
        GridColumn(say("p.col.at", lang), 0, lambda row, pen: Piece(pen.count(row["it"].entries))),
        GridColumn(say("p.col.what", lang), 1, lambda row, _: Piece(what(row["it"], lang)), right=False),
        GridColumn(say("p.col.after", lang), 0, lambda row, _: Piece(format_bytes(row["it"].bytes))),
        GridColumn(say("p.col.peak", lang), 0, lambda row, _: Piece(format_bytes(row["it"].peak_bytes), "bold")),
        GridColumn("", 3, _bars, right=False),
    ]
    _grid(console, columns, rows, options)
    left = len(growth.steps) - len(steps)
    if left:
        console.print(Padding(Text(say("p.more", lang, n=left), style="dim"), (0, 0, 0, len(_INDENT))))


def _bars(row: Row, pen: Pen) -> Piece:
    """What is held after the step as a full bar, what is held besides at the peak as a light one."""
    full, light = ("#", "-") if pen.ascii_only else ("█", "░")
    held = max(round(row["it"].bytes / row["most"] * _BAR), 1)
    peak = max(round(row["it"].peak_bytes / row["most"] * _BAR), held)
    return Piece((full * held + light * (peak - held)).ljust(_BAR), "magenta")


def _notes(console: Console, result: PredictResult, options: RenderOptions) -> None:
    grid = facts_grid()
    for label, text in note_rows(told_notes(result, options.lang), options.lang):
        grid.add_row(label, text)
    if grid.row_count:
        console.print()
        console.print(grid)
