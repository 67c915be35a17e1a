"""What every report for a terminal is made of: a console that writes to memory, the first line, aligned rows, faults.

Colour and width are the caller's choice (:class:`goxray.render.options.RenderOptions`), never guessed here.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from goxray.render import story
from goxray.render.columns import GAP
from goxray.render.safe import printable
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from goxray.core.result import Fault
    from goxray.render.columns import Fitted, Piece
    from goxray.render.options import RenderOptions
    from goxray.render.story import Looked
    from goxray.render.words import Lang

    Line = list[tuple[str, str]]  # text and style, piece by piece

MOST_FAULTS = 10
NARROWEST = 40


def make_console(options: RenderOptions) -> Console:
    """Return a console that writes to memory and looks at nothing but the options."""
    return Console(
        file=io.StringIO(),
        width=max(options.width, NARROWEST),
        force_terminal=options.color,
        color_system="standard" if options.color else None,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )


def begin(console: Console, command: str, result: Looked, options: RenderOptions) -> None:
    """Print the stamp of an unverified result and the first line."""
    if result.unverified:
        console.print(Text(story.unverified_line(result, options.lang), style="bold red"))
    console.print(_headline(command, result, options))


def finish(console: Console, options: RenderOptions) -> str:
    """Return what was printed, without blanks at the ends of lines."""
    text = console.file.getvalue() if isinstance(console.file, io.StringIO) else ""
    text = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
    return text.replace("…", "...").replace("·", "-") if options.ascii_only else text


def _headline(command: str, result: Looked, options: RenderOptions) -> Text:
    """Return the first line; a path that would break it in two is cut down to its name."""
    separator = " - " if options.ascii_only else " · "
    for short in (False, True):
        line = Text(separator.join([command, *story.headline(result, options.lang, short=short)]), style="bold")
        if line.cell_len <= options.width:
            break
    return line


def lay_line(mark: str, columns: Sequence[Fitted], pieces: Sequence[Piece]) -> Line:
    """Return one row of a table: the mark in front, then each piece in its column's width."""
    line: Line = [(mark, "")]
    for place, (column, piece) in enumerate(zip(columns, pieces, strict=True)):
        padding = " " * (column.width - piece.width)
        before = (" " * GAP if place else "") + (padding if column.right else "")
        line += [(before, ""), (piece.text, piece.style), (piece.mark, "bold red" if piece.mark.strip() else "")]
        line += [("" if column.right else padding, "")]
    return line


def print_line(console: Console, line: Line, options: RenderOptions) -> None:
    """Print a line of a table; without colours there is nothing that a console would have to work out."""
    if options.color:
        console.print(Text.assemble(*line), no_wrap=True, overflow="crop")
    else:
        console.file.write("".join(text for text, _ in line) + "\n")


def facts_grid() -> Table:
    """Return a grid for facts: label on the left, text that wraps under itself on the right."""
    grid = Table.grid(padding=(0, GAP, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    return grid


def fault_rows(faults: Sequence[Fault], lang: Lang) -> Iterator[tuple[str, RenderableType]]:
    """Yield label and text of the first faults, and how many more there are."""
    for place, fault in enumerate(faults[:MOST_FAULTS]):
        where = f"{fault.addr:#x}  " if fault.addr else ""
        yield (say("faults.label", lang) if place == 0 else ""), Text(where + printable(fault.what), style="red")
    rest = len(faults) - MOST_FAULTS
    if rest > 0:
        yield "", Text(say("faults.more", lang, n=rest), style="dim")


def note_rows(notes: Sequence[str], lang: Lang) -> Iterator[tuple[str, RenderableType]]:
    """Yield label and text of the notes."""
    for place, note in enumerate(notes):
        yield (say("notes.label", lang) if place == 0 else ""), Text(printable(note))
