"""A result as text for people: a headline, one sentence that says what it means, the table, and what to know beside it.

Colour and width are the caller's choice (:class:`goxray.render.options.RenderOptions`), never guessed here, so the same
result gives the same bytes in a terminal, a pipe and a test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from rich.padding import Padding
from rich.text import Text

from goxray.render import story
from goxray.render.columns import Piece, fit
from goxray.render.masked import masked
from goxray.render.rows import rows_of
from goxray.render.safe import printable
from goxray.render.terminal import (
    NARROWEST,
    begin,
    facts_grid,
    fault_rows,
    finish,
    lay_line,
    make_console,
    note_rows,
    print_line,
)
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType
    from rich.table import Table

    from goxray.core.result import MapsResult
    from goxray.render.options import RenderOptions
    from goxray.render.rows import Row
    from goxray.render.terminal import Line
    from goxray.render.words import Lang

_NO_MARK = "  "  # in front of each row that the sentence does not speak of


def write_table(result: MapsResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_table(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_table(result: MapsResult, options: RenderOptions) -> str:
    """Return the report as text, with terminal colours where the options ask for them."""
    console = make_console(options)
    rows = rows_of(result)
    told = story.tell(result, rows, options.lang)
    begin(console, "goxray maps", result, options)
    console.print(Text(told.text))
    if rows:
        console.print()
        for line in _table(rows, told.marked, result, options):
            print_line(console, line, options)
        for note in _below(rows, result, options):
            console.print(Padding(Text(note, style="dim"), (0, 0, 0, len(_NO_MARK))))
    console.print()
    console.print(_facts(result, options))
    return finish(console, options)


def _table(rows: list[Row], marked: frozenset[int], result: MapsResult, options: RenderOptions) -> Iterator[Line]:
    columns = fit(rows, result.group, options, max(options.width, NARROWEST) - len(_NO_MARK))
    yield lay_line(_NO_MARK, columns, [Piece(column.header, "bold dim") for column in columns])
    mark = "> " if options.ascii_only else "▸ "
    for place in range(len(rows)):
        yield lay_line(mark if place in marked else _NO_MARK, columns, [column.cells[place] for column in columns])


def _below(rows: list[Row], result: MapsResult, options: RenderOptions) -> Iterator[str]:
    if result.rows_total > len(rows):
        yield say("table.more", options.lang, n=result.rows_total - len(rows))
    if any(row.full_slots != row.entries for row in rows):
        yield say("table.differ", options.lang)


def _facts(result: MapsResult, options: RenderOptions) -> Table:
    """Return everything below the table: label on the left, text that wraps under itself on the right."""
    lang = options.lang
    grid = facts_grid()
    grid.add_row(say("totals.label", lang), Text(story.totals_line(result, lang)))
    grid.add_row(say("heap.label", lang), Text(story.heap_line(result, lang)))
    if result.verified_maps is not None:
        key = "verify.bad" if any(fault.violation for fault in result.faults) else "verify.good"
        style = "bold red" if key == "verify.bad" else "green"
        grid.add_row(say("verify.label", lang), Text(say(key, lang, n=result.verified_maps), style=style))
    for label, text in (*_keys(result, lang), *fault_rows(result.faults, lang), *note_rows(result.notes, lang)):
        grid.add_row(label, text)
    return grid


def _keys(result: MapsResult, lang: Lang) -> Iterator[tuple[str, RenderableType]]:
    for place, sample in enumerate(result.keys):
        label = say("keys.label", lang) if place == 0 else ""
        yield label, Text(say("keys.of", lang, owner=printable(sample.owner), addr=f"{sample.addr:#x}"), style="cyan")
        for key, elem in sample.pairs:
            yield "", Text(f"  {printable(key)}: {printable(elem)}")
    if result.keys_masked is not None:
        yield "", Text(masked(result.keys_masked, lang), style="dim")
