"""``goxray profile`` as text for people: the sentences, totals, top functions, and map memory by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from rich.padding import Padding
from rich.text import Text

from goxray.core.units import format_bytes, format_count
from goxray.render import profile_story as story
from goxray.render.columns import Pen, Piece
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.safe import printable
from goxray.render.terminal import NARROWEST, facts_grid, finish, lay_line, make_console, note_rows, print_line
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from goxray.core.profile_result import MapMemory, ProfileResult
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

    Row = dict[str, Any]

_INDENT = "  "
_NAME_WIDTH = 24
_TYPE_WIDTH = 14

_STATS = ("HeapAlloc", "HeapInuse", "HeapIdle", "HeapReleased", "HeapSys", "HeapObjects", "NextGC", "NumGC", "Sys")
_COUNTS = frozenset({"HeapObjects", "NumGC"})


def write_table(result: ProfileResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_profile(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_profile(result: ProfileResult, options: RenderOptions) -> str:
    """Return the report as text."""
    console = make_console(options)
    separator = " - " if options.ascii_only else " · "
    console.print(Text(separator.join(["goxray profile", *story.headline(result, options.lang)]), style="bold"))
    console.print(Text(_ascii(story.tell(result, options.lang), options)))
    _totals(console, result, options)
    _top(console, result, options)
    if result.map_memory is not None and result.map_memory.known:
        _maps(console, result, result.map_memory, options)
    _stats(console, result, options)
    said = [_ascii(note, options) for note in story.notes(result, options.lang)]
    if said:
        grid = facts_grid()
        for label, text in note_rows(said, options.lang):
            grid.add_row(label, text)
        console.print()
        console.print(grid)
    return finish(console, options)


def _ascii(text: str, options: RenderOptions) -> str:
    return text.replace("±", "+-").replace("µ", "u") if options.ascii_only else text


def _title(console: Console, text: str, options: RenderOptions) -> None:
    console.print()
    console.print(Text(text, style="bold underline" if options.color else "bold"))


def _table(console: Console, columns: Sequence[GridColumn], rows: Sequence[Row], options: RenderOptions) -> None:
    fitted = fit(columns, rows, options, max(options.width, NARROWEST) - len(_INDENT))
    print_line(console, lay_line(_INDENT, fitted, [Piece(each.header, "bold dim") for each in fitted]), options)
    for at in range(len(rows)):
        print_line(console, lay_line(_INDENT, fitted, [column.cells[at] for column in fitted]), options)


def _column(
    key: str, rank: int, lang: Lang, style: str = "", *, right: bool = True, least: int = 0, **values: str
) -> GridColumn:
    name = values.pop("name", key)

    def cell(row: Row, _: Pen) -> Piece:
        return Piece(row[name], style)

    return GridColumn(say(f"pf.col.{key}", lang, **values), rank, cell, right, least)


def _totals(console: Console, result: ProfileResult, options: RenderOptions) -> None:
    _title(console, say("pf.title.totals", options.lang), options)
    rows = [
        {
            "type": printable(kind.type),
            "total": _ascii(story.figure(kind.total, kind.unit), options),
            "net": _ascii(story.figure(kind.net, kind.unit), options),
        }
        for kind in result.sample_types
    ]
    columns = [_column("type", 0, options.lang, "cyan", right=False), _column("total", 1, options.lang)]
    if any(kind.net != kind.total for kind in result.sample_types):
        columns.append(_column("net", 2, options.lang))
    _table(console, columns, rows, options)


def _top(console: Console, result: ProfileResult, options: RenderOptions) -> None:
    lang, shown, at = options.lang, result.shown, result.column
    key = "pf.title.lines" if result.by_line else "pf.title.top"
    _title(console, say(key, lang, type=printable(shown.type), n=len(result.top), all=result.top_total), options)
    if not result.top:
        console.print(Padding(Text(say("pf.empty.top", lang), style="dim"), (0, 0, 0, len(_INDENT))))
        return
    other = story.sibling(result)
    flats = [row.flats[at] for row in result.top]
    rows = [
        {
            "flat": _ascii(story.figure(row.flats[at], shown.unit), options),
            "flat_share": story.share(row.flats[at], shown.total),
            "sum_share": story.share(so_far, shown.total),
            "cum": _ascii(story.figure(row.cums[at], shown.unit), options),
            "cum_share": story.share(row.cums[at], shown.total),
            "other": ""
            if other is None
            else _ascii(story.figure(row.flats[other], result.sample_types[other].unit), options),
            "function": printable(row.function),
            "line": f"{printable(row.file.rpartition('/')[2])}:{row.line}" if row.line else "",
        }
        for row, so_far in zip(result.top, story.running(flats), strict=True)
    ]
    columns = [
        _column("flat", 1, lang, "bold"),
        _column("flat_share", 3, lang),
        _column("sum_share", 5, lang, "dim"),
        _column("cum", 2, lang),
        _column("cum_share", 4, lang),
    ]
    if other is not None:
        columns.append(_column("other", 6, lang, "dim", type=printable(result.sample_types[other].type)))
    if result.by_line:
        columns.append(_column("line", 0, lang, right=False))
    columns.append(_column("function", -1, lang, "cyan", right=False, least=_NAME_WIDTH))
    _table(console, columns, rows, options)


def _maps(console: Console, result: ProfileResult, memory: MapMemory, options: RenderOptions) -> None:
    lang = options.lang
    _title(console, say("pf.title.maps", lang, n=len(memory.rows), all=memory.rows_total), options)
    if not memory.rows:
        console.print(Padding(Text(say("pf.empty.top", lang), style="dim"), (0, 0, 0, len(_INDENT))))
        return
    rows = [
        {
            "inuse": format_bytes(row.inuse_bytes),
            "error": format_bytes(row.inuse_error) if row.inuse_error else "",
            "objects": format_count(row.inuse_objects),
            "alloc": format_bytes(row.alloc_bytes),
            "how": say(f"pf.how.{row.how}", lang),
            "map_type": printable(row.map_type),
            "line": story.place(row),
            "function": printable(row.function),
            "live_bytes": "" if row.live_bytes is None else format_bytes(row.live_bytes),
        }
        for row in memory.rows
    ]
    cell: Callable[..., GridColumn] = _column
    columns = [
        cell("inuse", 1, lang, "bold"),
        *([cell("error", 2, lang, "dim")] if any(row["error"] for row in rows) else []),
        cell("objects", 6, lang),
        cell("alloc", 3, lang),
        cell("how", 5, lang, "dim", right=False),
        cell("line", 0, lang, right=False),
        *([cell("map_type", 4, lang, right=False, least=_TYPE_WIDTH)] if any(row["map_type"] for row in rows) else []),
        *([cell("live_bytes", 2, lang)] if memory.live_bytes is not None else []),
        cell("function", -1, lang, "cyan", right=False, least=_NAME_WIDTH),
    ]
    _table(console, [_plain(column, options) for column in columns], rows, options)
    _arrays(console, memory, options)
    _live(console, memory, options)


def _plain(column: GridColumn, options: RenderOptions) -> GridColumn:
    return GridColumn(_ascii(column.header, options), column.rank, column.cell, column.right, column.least)


def _arrays(console: Console, memory: MapMemory, options: RenderOptions) -> None:
    """Say which arrays the first lines' memory is: those whose sizes hold most of it."""
    lang = options.lang
    rows = []
    for row in memory.rows:
        rows += [
            {
                "line": story.place(row),
                "objects": format_count(size.inuse_objects),
                "size": format_bytes(size.bytes),
                "shape": story.shape(size, lang),
            }
            for size in story.main_sizes(row, memory)
        ]
    if not rows:
        return
    _title(console, say("pf.title.arrays", lang), options)
    columns = [
        _column("line", 0, lang, right=False),
        _column("objects", 1, lang),
        _column("size", 2, lang),
        _column("shape", 3, lang, right=False, least=_NAME_WIDTH),
    ]
    _table(console, columns, rows, options)


def _live(console: Console, memory: MapMemory, options: RenderOptions) -> None:
    """Say which maps live now that are of these lines' types: the largest owners of each."""
    lang = options.lang
    _checks(console, memory, options)
    by_type = {row.map_type: row.live for row in memory.rows if row.live}
    rows = [
        {
            "map_type": printable(name),
            "live_bytes": format_bytes(each.bytes),
            "maps": format_count(each.maps),
            "owner": printable(each.owner),
        }
        for name, live in by_type.items()
        for each in live
    ]
    if not rows:
        return
    _title(console, say("pf.title.live", lang, target=printable(memory.looked_at)), options)
    columns = [
        _column("map_type", 2, lang, right=False, least=_TYPE_WIDTH),
        _column("live_bytes", 0, lang, "bold"),
        _column("maps", 1, lang),
        _column("owner", -1, lang, "cyan", right=False, least=_NAME_WIDTH),
    ]
    _table(console, columns, rows, options)


def _checks(console: Console, memory: MapMemory, options: RenderOptions) -> None:
    """Say whether the profile and the maps themselves agree on what each type takes."""
    lang = options.lang
    rows = [
        {
            "map_type": printable(each.map_type),
            "inuse": format_bytes(each.inuse_bytes),
            "error": format_bytes(each.inuse_error) if each.inuse_error else "",
            "live_bytes": format_bytes(each.live_bytes or 0),
            "maps": format_count(each.maps or 0),
            "verdict": say(f"pf.verdict.{each.verdict}", lang),
        }
        for each in memory.types
        if each.verdict
    ]
    if not rows:
        return
    _title(console, say("pf.title.checks", lang), options)
    columns = [
        _column("map_type", -1, lang, "cyan", right=False, least=_TYPE_WIDTH),
        _column("inuse", 0, lang, "bold"),
        *([_column("error", 3, lang, "dim")] if any(row["error"] for row in rows) else []),
        _column("live_bytes", 1, lang, "bold"),
        _column("maps", 4, lang),
        _column("verdict", 2, lang, right=False),
    ]
    _table(console, [_plain(column, options) for column in columns], rows, options)


def _stats(console: Console, result: ProfileResult, options: RenderOptions) -> None:
    told = [(name, result.mem_stats[name]) for name in _STATS if name in result.mem_stats]
    if not told:
        return
    _title(console, say("pf.title.stats", options.lang), options)
    rows = [
        {"type": name, "total": format_count(value) if name in _COUNTS else format_bytes(value)} for name, value in told
    ]
    columns = [_column("type", 0, options.lang, "cyan", right=False), _column("total", 1, options.lang)]
    _table(console, columns, rows, options)
