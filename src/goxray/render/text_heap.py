"""``goxray heap`` as text for people: the story in sentences first, then one compact table for each question."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from rich.padding import Padding
from rich.text import Text

from goxray.render import heap_story
from goxray.render.columns import Piece
from goxray.render.heap_grid import fit
from goxray.render.heap_rows import left_out, rows_of
from goxray.render.heap_tables import account, columns_of, histogram
from goxray.render.masked import masked
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
    from typing import Any

    from rich.console import Console

    from goxray.core.heap_result import HeapResult
    from goxray.render.heap_grid import GridColumn
    from goxray.render.options import RenderOptions

    Row = dict[str, Any]

_ORDER = ("suspects", "dominators", "owners", "types", "collections", "fills", "duplicates", "rss")
_MOST_TOLD = 5  # suspects of which sentences speak; the table has the others
_INDENT = "  "


def write_table(result: HeapResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_heap(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_heap(result: HeapResult, options: RenderOptions) -> str:
    """Return the report as text; only one table follows the story where ``options.table`` names it."""
    console = make_console(options)
    begin(console, "goxray heap", result, options)
    console.print(Text(heap_story.tell(result, options.lang)))
    console.print()
    _facts(console, result, options)
    for table in _ORDER if options.table is None else (options.table,):
        _section(console, result, table, options)
    _faults(console, result, options)
    return finish(console, options)


def _facts(console: Console, result: HeapResult, options: RenderOptions) -> None:
    lang = options.lang
    grid = facts_grid()
    told = heap_story.suspects(result, lang)
    for place, (keeps, piles) in enumerate(told[:_MOST_TOLD], 1):
        sentences = Text(keeps, style="bold")
        sentences.append((" " if lang == "en" else "") + piles, style="not bold")
        grid.add_row(say("h.suspect.label", lang, n=place), sentences)
    if not told and "suspects" in result.tables and result.reconcile.reachable_objects:
        grid.add_row(say("h.suspect.none.label", lang), Text(say("h.suspect.none", lang)))
    for label, text in heap_story.facts(result, lang):
        grid.add_row(label, Text(text))
    console.print(grid)


def _section(console: Console, result: HeapResult, table: str, options: RenderOptions) -> None:
    """Print one table under its title; nothing where it has no rows."""
    rows = rows_of(result, table)
    columns, shown = _laid_out(result, table, rows, options)
    if not shown:
        return
    console.print()
    console.print(Text(say(f"h.title.{table}", options.lang), style="bold underline" if options.color else "bold"))
    fitted = fit(columns, shown, options, max(options.width, NARROWEST) - len(_INDENT))
    header = lay_line(_INDENT, fitted, [Piece(column.header, "bold dim") for column in fitted])
    print_line(console, header, options)
    for place in range(len(shown)):
        print_line(console, lay_line(_INDENT, fitted, [column.cells[place] for column in fitted]), options)
    more = left_out(result, table, len(rows))
    below = [say("h.more", options.lang, n=more)] if more else []
    if table == "suspects":
        below.append(heap_story.next_step(result, options.lang))
    if table == "duplicates" and result.duplicates_masked is not None:
        below.append(masked(result.duplicates_masked, options.lang))
    for note in filter(None, below):
        console.print(Padding(Text(note, style="dim"), (0, 0, 0, len(_INDENT))))


def _laid_out(
    result: HeapResult, table: str, rows: list[Row], options: RenderOptions
) -> tuple[list[GridColumn], list[Row]]:
    if table == "fills":
        return histogram(rows, options)
    if table == "rss":
        return account(rows, options, left_out(result, table, len(rows)) > 0) if rows else ([], [])
    return columns_of(table, result, options.lang), rows


def _faults(console: Console, result: HeapResult, options: RenderOptions) -> None:
    grid = facts_grid()
    for label, text in (*fault_rows(result.faults, options.lang), *note_rows(result.notes, options.lang)):
        grid.add_row(label, text)
    if grid.row_count:
        console.print()
        console.print(grid)
