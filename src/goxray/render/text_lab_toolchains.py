"""``goxray lab toolchains`` as text: a row a toolchain, then those of goxray's that are not here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from rich.padding import Padding
from rich.text import Text

from goxray.render.columns import Piece
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.safe import printable
from goxray.render.terminal import NARROWEST, finish, lay_line, make_console, print_line
from goxray.render.words import say

if TYPE_CHECKING:
    from goxray.core.lab_result import ToolchainInfo, ToolchainList
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

    Row = dict[str, Any]

_INDENT = "  "
_PLACE = 24  # cells of a path that are always shown


def write_table(result: ToolchainList, out: BinaryIO, options: RenderOptions) -> None:
    """Write the toolchains as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    encoding = "ascii" if options.ascii_only else "utf-8"
    out.write(render_toolchains(result, options).encode(encoding, "backslashreplace"))


def render_toolchains(result: ToolchainList, options: RenderOptions) -> str:
    """Return the toolchains as text, with terminal colours where the options ask for them."""
    console, lang = make_console(options), options.lang
    here = sum(bool(each.root) for each in result.toolchains)
    number = {0: ".none", 1: ".one"}.get(here, "")
    console.print(Text(say(f"lab.tc.headline{number}", lang, n=here), style="bold"))
    columns = [
        GridColumn(say("lab.tc.version", lang), 0, lambda row, _: Piece(printable(row["it"].version), "cyan"), False),
        GridColumn(say("lab.tc.found", lang), 1, lambda row, _: _source(row["it"], lang), False),
        GridColumn(say("lab.tc.known", lang), 2, lambda row, _: _verified(row["it"], lang), False),
        GridColumn(say("lab.tc.root", lang), 3, lambda row, _: Piece(printable(row["it"].root)), False, _PLACE),
    ]
    rows: list[Row] = [{"it": each} for each in result.toolchains]
    if rows:
        room = max(options.width, NARROWEST) - len(_INDENT)
        fitted = fit(columns, rows, options, room)
        console.print()
        print_line(console, lay_line(_INDENT, fitted, [Piece(each.header, "bold dim") for each in fitted]), options)
        for place in range(len(rows)):
            print_line(console, lay_line(_INDENT, fitted, [column.cells[place] for column in fitted]), options)
    console.print()
    for told in _closing(result, lang):
        console.print(Padding(Text(told, style="dim"), (0, 0, 0, len(_INDENT))))
    return finish(console, options)


def _source(each: ToolchainInfo, lang: Lang) -> Piece:
    if not each.root:
        return Piece(say("lab.tc.missing", lang), "yellow")
    return Piece(say(f"lab.tc.source.{each.source}", lang))


def _verified(each: ToolchainInfo, lang: Lang) -> Piece:
    return Piece(say("lab.tc.yes", lang), "green") if each.verified else Piece(say("lab.tc.no", lang), "yellow")


def _closing(result: ToolchainList, lang: Lang) -> list[str]:
    """Return what the columns mean, and what to do next."""
    told = [say("lab.tc.legend", lang)]
    there = [each.version for each in result.toolchains if each.root]
    missing = [each.version for each in result.toolchains if not each.root]
    if there:
        told.append(say("lab.tc.use", lang, version=printable(there[-1])))
    if missing:
        told.append(say("lab.tc.hint", lang, version=missing[-1]))
    return told
