"""``goxray why`` as text for people: each path from its root as a chain, with what a cut would free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from rich.cells import cell_len
from rich.padding import Padding
from rich.text import Text

from goxray.core.units import format_bytes
from goxray.render import why_story
from goxray.render.columns import GAP
from goxray.render.elide import elide_middle
from goxray.render.safe import printable
from goxray.render.terminal import (
    NARROWEST,
    begin,
    facts_grid,
    fault_rows,
    finish,
    make_console,
    note_rows,
    print_line,
)
from goxray.render.words import say

if TYPE_CHECKING:
    from rich.console import Console

    from goxray.core.heap_result import WhyPath, WhyResult, WhyStep
    from goxray.render.options import RenderOptions
    from goxray.render.terminal import Line

_SIZE = 10  # cells of the column of retained bytes
_STEP = 2  # cells that each level goes in
_DEEPEST = 10  # levels after which a chain goes straight down; fewer where the terminal is narrow
_TYPE = 10  # cells below which types are left out


@dataclass(frozen=True)
class _Row:
    """One line of a chain, so many cells further in; ``step`` is None where steps are left out."""

    indent: int
    step: WhyStep | None
    name: str
    cut: str
    last: bool


def write_table(result: WhyResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the answer as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_why(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_why(result: WhyResult, options: RenderOptions) -> str:
    """Return the answer as text, with terminal colours where the options ask for them."""
    console = make_console(options)
    begin(console, "goxray why", result, options)
    console.print(Text(why_story.tell(result, options.lang)))
    for place, path in enumerate(result.paths, 1):
        _path(console, path, place, len(result.paths), options)
    grid = facts_grid()
    for label, text in (*fault_rows(result.faults, options.lang), *note_rows(result.notes, options.lang)):
        grid.add_row(label, text)
    if grid.row_count:
        console.print()
        console.print(grid)
    return finish(console, options)


def _path(console: Console, path: WhyPath, number: int, of: int, options: RenderOptions) -> None:
    lang = options.lang
    console.print()
    title = Text(say("w.path", lang, n=number, of=of), style="dim")
    title.append("  ").append(why_story.root_line(path, lang), style="not dim bold")
    console.print(title)
    if path.conservative:
        console.print(Padding(Text(say("w.conservative", lang), style="yellow"), (0, 0, 0, _STEP)))
    header = say("w.col.retained", lang).upper()
    print_line(console, [(" " * max(_SIZE - cell_len(header), 0) + header, "bold dim")], options)
    rows = _rows(path, options)
    room = max(options.width, NARROWEST) - _SIZE - GAP
    name_width, type_width = _widths(rows, room)
    for row in rows:
        print_line(console, _line(row, name_width, type_width, options), options)


def _rows(path: WhyPath, options: RenderOptions) -> list[_Row]:
    steps = path.steps
    cuts = why_story.marked(steps)
    deepest = min(_DEEPEST, max(options.width, NARROWEST) // 12)
    rows = []
    for depth, place in enumerate(why_story.shown(steps)):
        indent = _STEP * min(depth, deepest)
        if place is None:
            left = len(steps) - why_story.HEAD - why_story.TAIL
            rows.append(_Row(indent, None, say("w.folded", options.lang, n=left), "", False))
            continue
        step = steps[place]
        cut = say("w.cut", options.lang, bytes=format_bytes(step.freed_bytes)) if place in cuts else ""
        rows.append(_Row(indent, step, why_story.adds(step, place), cut, place == len(steps) - 1))
    return rows


def _indent(row: _Row, ascii_only: bool) -> str:
    if row.indent == 0:
        return ""
    return " " * (row.indent - _STEP) + ("`-" if ascii_only else "└ ")


def _widths(rows: list[_Row], room: int) -> tuple[int, int]:
    """Return the cells for expressions and for types; the notes on cuts are never shortened."""
    names = max((row.indent + cell_len(row.name) for row in rows if row.step), default=0)
    types = max((cell_len(_type(row)) + cell_len(_addr(row)) for row in rows), default=0)
    cuts = max((cell_len(row.cut) + GAP for row in rows if row.cut), default=0)
    room -= cuts + GAP
    if names + types <= room:
        return names, types
    type_width = min(types, max(room - names, room // 3))
    if type_width < _TYPE:
        return min(names, room + GAP), 0
    return min(names, room - type_width), type_width


def _type(row: _Row) -> str:
    return "" if row.step is None else printable(row.step.type or "-")


def _addr(row: _Row) -> str:
    return f" {row.step.addr:#x}" if row.step is not None and row.last else ""


def _line(row: _Row, name_width: int, type_width: int, options: RenderOptions) -> Line:
    indent = _indent(row, options.ascii_only)
    if row.step is None:
        return [(" " * (_SIZE + GAP), ""), (indent, "dim"), (f"({row.name})", "dim")]
    mark = ".." if options.ascii_only else "…"
    name = elide_middle(row.name, max(name_width - cell_len(indent), 1), mark)
    addr = _addr(row) if cell_len(_addr(row)) + _TYPE // 2 <= type_width else ""
    kind = elide_middle(_type(row), type_width - cell_len(addr), mark)
    line: Line = [
        (format_bytes(row.step.retained_bytes).rjust(_SIZE) + " " * GAP, "bold" if row.cut else ""),
        (indent, "dim"),
        (name, "bold cyan" if row.last else "cyan"),
        (" " * (max(name_width - cell_len(indent) - cell_len(name), 0) + (GAP if type_width else 0)), ""),
        (kind, ""),
        (addr, "dim"),
    ]
    if row.cut:
        line += [(" " * (max(type_width - cell_len(kind) - cell_len(addr), 0) + GAP), ""), (row.cut, "bold green")]
    return line
