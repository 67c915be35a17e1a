"""The tables of ``goxray heap`` for terminals: the columns of each, and the two that are drawings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goxray.core.units import format_bytes, format_share
from goxray.render.columns import Pen, Piece, bar, load_style
from goxray.render.heap_grid import GridColumn
from goxray.render.heap_rows import account_sizes, part
from goxray.render.heap_story import category
from goxray.render.safe import printable
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from goxray.core.heap_result import HeapResult
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

    Row = dict[str, Any]
    Cell = Callable[[Row, Pen], Piece]

_LEVELS = "▁▂▃▄▅▆▇█"
_ASCII_LEVELS = "12345678"
_BIN = 2  # cells for one bin of the histogram
_NAME, _TYPE = 24, 18  # cells below which owners and types are not cut
_HALF, _TRACE = 0.5, 1e-9
_LEAST_BAR, _MOST_BAR, _BESIDE_BAR = 12, 48, 62


def _size(key: str) -> Cell:
    return lambda row, _: Piece("-" if row[key] is None else format_bytes(row[key]), "" if row[key] else "dim")


def _strong(key: str) -> Cell:
    return lambda row, _: Piece(format_bytes(row[key] or 0), "bold" if row[key] else "dim")


def _count(key: str) -> Cell:
    return lambda row, pen: Piece(pen.count(row[key] or 0))


def _name(key: str, style: str = "") -> Cell:
    return lambda row, _: Piece(printable(row[key] or "-"), style)


def _addr(row: Row, _: Pen) -> Piece:
    return Piece("-" if row["addr"] is None else f"{row['addr']:#x}", "dim")


def _share(of: Callable[[Row], float | None]) -> Cell:
    def cell(row: Row, pen: Pen) -> Piece:
        share = of(row)
        if pen.compact:
            return Piece(format_share(share), "magenta" if share else "dim")
        return Piece(f"{bar(share, pen.ascii_only)}{format_share(share):>5}", "magenta" if share else "dim")

    return cell


def _fill(row: Row, pen: Pen) -> Piece:
    return Piece(f"{bar(row['fill'], pen.ascii_only)}{format_share(row['fill']):>5}", load_style(row["fill"]))


def columns_of(table: str, result: HeapResult, lang: Lang) -> list[GridColumn]:
    """Return the columns of one of the plain tables, in their order."""

    def head(key: str) -> str:
        return say(f"h.col.{key}", lang)

    def of(key: str) -> Cell:
        return _share(lambda row: None if _garbage(row) else part(row[key], result.reconcile.reachable_bytes))

    type_ = GridColumn(head("type"), 2, _name("type"), right=False, least=_TYPE)
    owner = GridColumn(head("owner"), 1, _name("owner", "cyan"), right=False, least=_NAME)
    held = GridColumn(head("retained_bytes"), 0, _strong("retained_bytes"))
    kept = GridColumn(head("retained_objects"), 6, _count("retained_objects"))
    addr = GridColumn(head("addr"), 3, _addr)
    size = GridColumn(head("bytes"), 2, _size("bytes"))
    kind = GridColumn(head("kind"), 8, _name("kind", "dim"), right=False)
    objects = GridColumn(head("objects"), 3, _count("objects"))
    wasted = GridColumn(head("wasted_bytes"), 0, _strong("wasted_bytes"))
    count = GridColumn(head("count"), 3, _count("count"))
    shares = {
        key: GridColumn(head("share"), 4, of(key), right=False) for key in ("bytes", "retained_bytes", "wasted_bytes")
    }
    first = {"owner": owner, "type": GridColumn(head("type"), 1, _name("type"), right=False, least=_NAME)}
    return {
        "suspects": [held, shares["retained_bytes"], kept, count, addr, owner, type_],
        "dominators": [held, shares["retained_bytes"], kept, _ranked(size, 8), addr, owner, type_],
        "owners": [held, shares["retained_bytes"], _ranked(size, 2), objects, kind, first["owner"]],
        "types": [_bold(size), shares["bytes"], objects, _ranked(held, 5), first["type"]],
        "collections": [
            wasted,
            _ranked(size, 7),
            GridColumn(head("fill"), 3, _fill, right=False),
            GridColumn(head("used"), 8, _count("used")),
            GridColumn(head("capacity"), 9, _count("capacity")),
            _ranked(count, 6),
            _ranked(kind, 5),
            owner,
            _ranked(type_, 4),
        ],
        "duplicates": [
            wasted,
            size,
            count,
            GridColumn(head("length"), 4, _count("length")),
            GridColumn(head("text"), 1, _name("text"), right=False, least=_NAME),
        ],
    }[table]


def _garbage(row: Row) -> bool:
    return row.get("kind") == "unreachable"


def _ranked(column: GridColumn, rank: int) -> GridColumn:
    return GridColumn(column.header, rank, column.cell, column.right, column.least)


def _bold(size: GridColumn) -> GridColumn:
    return GridColumn(size.header, 0, _strong("bytes"))


def histogram(rows: Sequence[Row], options: RenderOptions) -> tuple[list[GridColumn], list[Row]]:
    """Return fills as one row a kind: a curve of bytes from empty to full, totals, and what is under half full."""
    lang = options.lang
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        kinds.setdefault(row["kind"] or "", []).append(row)
    bins = max((len(each) for each in kinds.values()), default=0)
    low, high = say("h.fill.axis", lang).upper(), say("h.fill.axis.full", lang).upper()
    axis = low + " " * max(bins * _BIN - _cells(low) - _cells(high), 1) + high
    folded = [_folded(kind, each, options.ascii_only) for kind, each in kinds.items()]
    columns = [
        GridColumn(say("h.col.kind", lang), 0, _name("kind", "bold"), right=False),
        GridColumn(axis, 1, lambda row, _: Piece(row["curve"], "cyan"), right=False),
        GridColumn(say("h.col.count", lang), 2, _count("count")),
        GridColumn(say("h.col.bytes", lang), 3, _size("bytes")),
        GridColumn(say("h.col.wasted_bytes", lang), 4, _strong("wasted_bytes")),
        GridColumn(say("h.fill.half", lang), 5, _count("half")),
        GridColumn(say("h.fill.half.bytes", lang), 6, _size("half_bytes")),
    ]
    return columns, [row for row in folded if row["count"]]


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _folded(kind: str, rows: Sequence[Row], ascii_only: bool) -> Row:
    ordered = sorted(rows, key=lambda row: row["fill_from"] or 0.0)
    most = max((row["bytes"] or 0 for row in ordered), default=0)
    half = [row for row in ordered if (row["fill_to"] or 0.0) <= _HALF + _TRACE]
    return {
        "kind": kind,
        "curve": "".join(_level(row["bytes"] or 0, most, ascii_only) * _BIN for row in ordered),
        "count": sum(row["count"] or 0 for row in ordered),
        "bytes": sum(row["bytes"] or 0 for row in ordered),
        "wasted_bytes": sum(row["wasted_bytes"] or 0 for row in ordered),
        "half": sum(row["count"] or 0 for row in half),
        "half_bytes": sum(row["bytes"] or 0 for row in half),
    }


def _level(size: int, most: int, ascii_only: bool) -> str:
    """Return one character as high as size / most; what is there at all never looks like nothing."""
    levels = _ASCII_LEVELS if ascii_only else _LEVELS
    if size <= 0:
        return "." if ascii_only else "·"
    return levels[max(-(-size * len(levels) // most) - 1, 0)]


def account(rows: Sequence[Row], options: RenderOptions, cut: bool) -> tuple[list[GridColumn], list[Row]]:
    """Return the account of memory as rows whose bars begin where the one before ends, and the total below them.

    ``cut`` tells that a limit has left rows out: then the total is not that of the process.
    """
    lang = options.lang
    sizes, resident = account_sizes(list(rows))
    width = min(max(options.width - _BESIDE_BAR, _LEAST_BAR), _MOST_BAR)
    bars = stairs(sizes, width, "#" if options.ascii_only else "█")
    shown: list[Row] = [
        {**row, "category": category(row["category"] or "-", lang), "bar": drawn, "share": part(size, sum(sizes))}
        for row, drawn, size in zip(rows, bars, sizes, strict=True)
    ]
    total: Row = {
        "category": say("h.rss.shown" if cut else "h.rss.total", lang),
        "bytes": sum(row["bytes"] or 0 for row in rows),
    }
    total["resident_bytes"] = sum(sizes) if resident else None
    total |= {"bar": ("#" if options.ascii_only else "█") * (width if sum(sizes) else 0), "share": None, "total": True}
    sized = GridColumn(say("h.col.bytes", lang), 3 if resident else 0, _size("bytes"))
    columns = [
        *([GridColumn(say("h.col.resident_bytes", lang), 0, _strong("resident_bytes"))] if resident else []),
        GridColumn("", 4, lambda row, _: Piece("" if row["share"] is None else format_share(row["share"]), "dim")),
        sized,
        GridColumn("", 5, lambda row, _: Piece(row["bar"], "dim" if "total" in row else "magenta"), right=False),
        GridColumn(say("h.col.category", lang), 1, _category, right=False, least=_NAME),
    ]
    return columns, [*shown, total]


def _category(row: Row, _: Pen) -> Piece:
    return Piece(row["category"], "bold" if "total" in row else "")


def stairs(sizes: Sequence[int], width: int, block: str) -> list[str]:
    """Return a bar for each size, each beginning where the one before ends; together they are ``width`` long.

    What is too little for a block is a thin mark where it belongs.
    """
    whole = sum(sizes)
    if not whole:
        return [""] * len(sizes)
    tick = "|" if block.isascii() else "▏"
    drawn, before = [], 0
    for size in sizes:
        begin, end = round(before * width / whole), round((before + size) * width / whole)
        mark = tick if size and begin == end else ""
        drawn.append(" " * min(begin, width - len(mark)) + (block * (end - begin) or mark))
        before += size
    return drawn
