"""``goxray diff`` as text for people, and as CSV: what grew most in a sentence, then what changed, row by row.

Up is red and down is green; the signs and the words in the column ``change`` say the same without colours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from rich.padding import Padding
from rich.text import Text

from goxray.core.units import format_bytes
from goxray.render.columns import Pen, Piece
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.safe import printable
from goxray.render.terminal import NARROWEST, facts_grid, finish, lay_line, make_console, note_rows, print_line
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from goxray.core.heap_result import DiffResult, DiffSide
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

    Row = dict[str, Any]

_TABLES = ("owners", "types", "maps")
_DEFAULT = "owners"
_INDENT = "  "
_NAME, _TYPE = 24, 18  # cells below which owners and types are not cut
_UP, _DOWN = "red", "green"


def write_csv(result: DiffResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write one table as CSV: the one that the options name, else owners."""
    from goxray.render.tabular import csv_table

    csv_table(result.tables[options.table or _DEFAULT], out)


def write_table(result: DiffResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_diff(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_diff(result: DiffResult, options: RenderOptions) -> str:
    """Return the report as text; only one table follows the story where ``options.table`` names it."""
    console = make_console(options)
    if result.unverified:
        version = printable(f"{result.before.build.go_version} / {result.after.build.go_version}")
        console.print(Text(say("head.unverified", options.lang, version=version), style="bold red"))
    console.print(Text("goxray diff", style="bold"))
    console.print(Text(tell(result, options.lang)))
    for table in _TABLES if options.table is None else (options.table,):
        _section(console, result, table, options)
    console.print()
    _facts(console, result, options)
    return finish(console, options)


def tell(result: DiffResult, lang: Lang) -> str:
    """Return the sentences that say how the heap changed and which owner changed most."""
    before, after = result.before.live_bytes, result.after.live_bytes
    key = "d.heap.same" if before == after else "d.heap.grew" if after > before else "d.heap.shrank"
    sizes = {"before": format_bytes(before), "after": format_bytes(after)}
    told = say(key, lang, delta=format_bytes(abs(after - before)), **sizes)
    rows = result.tables["owners"].slice(0, 1).to_pylist()
    joint = " " if lang == "en" else ""
    if not rows or rows[0]["change"] == "same":
        return told + joint + say("d.most.same", lang)
    row = rows[0]
    values = {
        "name": printable(row["owner"]),
        "delta": format_bytes(abs(row["bytes_delta"])),
        "before": format_bytes(row["bytes_before"]),
        "after": format_bytes(row["bytes_after"]),
    }
    return told + joint + say(f"d.most.{row['change']}", lang, **values)


def _section(console: Console, result: DiffResult, table: str, options: RenderOptions) -> None:
    """Print the rows that changed under the table's title; nothing where none did."""
    whole = result.tables[table]
    rows = [row for row in whole.to_pylist() if row["change"] != "same"]
    if not rows:
        return
    console.print()
    console.print(Text(say(f"d.title.{table}", options.lang), style="bold underline" if options.color else "bold"))
    fitted = fit(_columns(table, options.lang), rows, options, max(options.width, NARROWEST) - len(_INDENT))
    print_line(console, lay_line(_INDENT, fitted, [Piece(c.header, "bold dim") for c in fitted]), options)
    for place in range(len(rows)):
        print_line(console, lay_line(_INDENT, fitted, [column.cells[place] for column in fitted]), options)
    rest = result.rows_total[table] - len(rows)
    if rest:
        # What is the same comes last: one such row tells that all that are not shown are the same.
        key = "d.more" if len(rows) == whole.num_rows else "d.unchanged"
        console.print(Padding(Text(say(key, options.lang, n=rest), style="dim"), (0, 0, 0, len(_INDENT))))


def _columns(table: str, lang: Lang) -> list[GridColumn]:
    """Return the columns of a table: how its bytes changed first, then what they were and are, who and how many."""

    def head(key: str) -> str:
        return say(f"d.col.{key}", lang)

    counted = "entries" if table == "maps" else "objects"
    columns = [
        GridColumn(head("delta"), 0, _delta("bytes_delta", format_bytes)),
        GridColumn(head("before"), 3, lambda row, _: Piece(format_bytes(row["bytes_before"]), "dim")),
        GridColumn(head("after"), 2, lambda row, _: Piece(format_bytes(row["bytes_after"]))),
        GridColumn(head(counted), 4, _delta(f"{counted}_delta", None)),
        GridColumn(head("now"), 6, lambda row, pen: Piece(pen.count(row[f"{counted}_after"]))),
    ]
    if table == "maps":
        columns.append(GridColumn(head("maps"), 7, _delta("maps_delta", None)))
    columns.append(
        GridColumn(head("change"), 5, lambda row, _: Piece(say(f"d.change.{row['change']}", lang)), right=False)
    )
    if table != "types":
        columns.append(GridColumn(head("owner"), 1, _name("owner", "cyan"), right=False, least=_NAME))
    if table != "owners":
        columns.append(GridColumn(head("type"), 1, _name("type", ""), right=False, least=_TYPE))
    return columns


def _delta(key: str, form: Callable[[int], str] | None) -> Callable[[Row, Pen], Piece]:
    def cell(row: Row, pen: Pen) -> Piece:
        value = row[key]
        if not value:
            return Piece("0", "dim")
        text = form(abs(value)) if form else pen.count(abs(value))
        return Piece(f"{'+' if value > 0 else '-'}{text}", _UP if value > 0 else _DOWN)

    return cell


def _name(key: str, style: str) -> Callable[[Row, Pen], Piece]:
    return lambda row, _: Piece(printable(row[key] or "-"), style)


def _facts(console: Console, result: DiffResult, options: RenderOptions) -> None:
    grid = facts_grid()
    for key, side in (("before", result.before), ("after", result.after)):
        grid.add_row(say(f"d.{key}.label", options.lang), Text(_side(side, options)))
    for label, text in note_rows(result.notes, options.lang):
        grid.add_row(label, text)
    console.print(grid)


def _side(side: DiffSide, options: RenderOptions) -> str:
    lang = options.lang
    separator = " - " if options.ascii_only else " · "
    who = say("head.core", lang) if side.consistency == "core" else f"pid {side.target.pid}"
    build = f"{side.build.go_version} {side.build.goos}/{side.build.goarch}"
    held = say(
        "d.side", lang, bytes=format_bytes(side.live_bytes), objects=side.live_objects, maps=side.maps,
        entries=side.entries,
    )  # fmt: skip
    return separator.join([printable(side.target.exe), who, printable(build), side.taken_at, held])
