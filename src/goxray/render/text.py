"""A result as text for people: a headline, one sentence that says what it means, the table, and what to know beside it.

Colour and width are the caller's choice (:class:`goxray.render.options.RenderOptions`), never guessed here, so the same
result gives the same bytes in a terminal, a pipe and a test.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from goxray.render import story
from goxray.render.columns import GAP, Piece, fit
from goxray.render.rows import rows_of
from goxray.render.safe import printable
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from goxray.core.result import MapsResult
    from goxray.render.columns import Fitted
    from goxray.render.options import RenderOptions
    from goxray.render.rows import Row
    from goxray.render.words import Lang

    Line = list[tuple[str, str]]  # text and style, piece by piece

_MOST_FAULTS = 10
_NARROWEST = 40
_NO_MARK = "  "  # in front of each row that the sentence does not speak of


def write_table(result: MapsResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_table(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_table(result: MapsResult, options: RenderOptions) -> str:
    """Return the report as text, with terminal colours where the options ask for them."""
    console = make_console(options)
    rows = rows_of(result)
    told = story.tell(result, rows, options.lang)
    if result.unverified:
        console.print(Text(story.unverified_line(result, options.lang), style="bold red"))
    console.print(_headline(result, options))
    console.print(Text(told.text))
    if rows:
        console.print()
        for line in _table(rows, told.marked, result, options):
            _print(console, line, options)
        for note in _below(rows, result, options):
            console.print(Padding(Text(note, style="dim"), (0, 0, 0, len(_NO_MARK))))
    console.print()
    console.print(_facts(result, options))
    text = console.file.getvalue() if isinstance(console.file, io.StringIO) else ""
    text = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
    return _to_ascii(text) if options.ascii_only else text


def make_console(options: RenderOptions) -> Console:
    """Return a console that writes to memory and looks at nothing but the options."""
    return Console(
        file=io.StringIO(),
        width=max(options.width, _NARROWEST),
        force_terminal=options.color,
        color_system="standard" if options.color else None,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )


def _headline(result: MapsResult, options: RenderOptions) -> Text:
    """Return the first line; a path that would break it in two is cut down to its name."""
    separator = " - " if options.ascii_only else " · "
    for short in (False, True):
        line = Text(separator.join(["goxray maps", *story.headline(result, options.lang, short=short)]), style="bold")
        if line.cell_len <= options.width:
            break
    return line


def _table(rows: list[Row], marked: frozenset[int], result: MapsResult, options: RenderOptions) -> Iterator[Line]:
    columns = fit(rows, result.group, options, max(options.width, _NARROWEST) - len(_NO_MARK))
    yield _line(_NO_MARK, columns, [Piece(column.header, "bold dim") for column in columns])
    mark = "> " if options.ascii_only else "▸ "
    for place in range(len(rows)):
        yield _line(mark if place in marked else _NO_MARK, columns, [column.cells[place] for column in columns])


def _line(mark: str, columns: list[Fitted], pieces: list[Piece]) -> Line:
    line: Line = [(mark, "")]
    for place, (column, piece) in enumerate(zip(columns, pieces, strict=True)):
        padding = " " * (column.width - piece.width)
        before = (" " * GAP if place else "") + (padding if column.right else "")
        line += [(before, ""), (piece.text, piece.style), (piece.mark, "bold red" if piece.mark.strip() else "")]
        line += [("" if column.right else padding, "")]
    return line


def _print(console: Console, line: Line, options: RenderOptions) -> None:
    """Print a line of the table; without colours there is nothing that a console would have to work out."""
    if options.color:
        console.print(Text.assemble(*line), no_wrap=True, overflow="crop")
    else:
        console.file.write("".join(text for text, _ in line) + "\n")


def _below(rows: list[Row], result: MapsResult, options: RenderOptions) -> Iterator[str]:
    if result.rows_total > len(rows):
        yield say("table.more", options.lang, n=result.rows_total - len(rows))
    if any(row.full_slots != row.entries for row in rows):
        yield say("table.differ", options.lang)


def _facts(result: MapsResult, options: RenderOptions) -> Table:
    """Return everything below the table: label on the left, text that wraps under itself on the right."""
    lang = options.lang
    grid = Table.grid(padding=(0, GAP, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    grid.add_row(say("totals.label", lang), Text(story.totals_line(result, lang)))
    grid.add_row(say("heap.label", lang), Text(story.heap_line(result, lang)))
    if result.verified_maps is not None:
        key = "verify.bad" if any(fault.violation for fault in result.faults) else "verify.good"
        style = "bold red" if key == "verify.bad" else "green"
        grid.add_row(say("verify.label", lang), Text(say(key, lang, n=result.verified_maps), style=style))
    for label, text in (*_keys(result, lang), *_faults(result, lang), *_notes(result, lang)):
        grid.add_row(label, text)
    return grid


def _keys(result: MapsResult, lang: Lang) -> Iterator[tuple[str, RenderableType]]:
    for place, sample in enumerate(result.keys):
        label = say("keys.label", lang) if place == 0 else ""
        yield label, Text(say("keys.of", lang, owner=printable(sample.owner), addr=f"{sample.addr:#x}"), style="cyan")
        for key, elem in sample.pairs:
            yield "", Text(f"  {printable(key)}: {printable(elem)}")


def _faults(result: MapsResult, lang: Lang) -> Iterator[tuple[str, RenderableType]]:
    for place, fault in enumerate(result.faults[:_MOST_FAULTS]):
        where = f"{fault.addr:#x}  " if fault.addr else ""
        yield (say("faults.label", lang) if place == 0 else ""), Text(where + printable(fault.what), style="red")
    rest = len(result.faults) - _MOST_FAULTS
    if rest > 0:
        yield "", Text(say("faults.more", lang, n=rest), style="dim")


def _notes(result: MapsResult, lang: Lang) -> Iterator[tuple[str, RenderableType]]:
    for place, note in enumerate(result.notes):
        yield (say("notes.label", lang) if place == 0 else ""), Text(printable(note))


def _to_ascii(text: str) -> str:
    return text.replace("…", "...").replace("·", "-")
