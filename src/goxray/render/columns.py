"""The columns of the text table: what each shows, and which go first when the terminal is narrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from goxray.core.units import format_bytes, format_compact, format_count, format_share
from goxray.render.elide import elide_middle
from goxray.render.safe import printable
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from goxray.core.result import Grouping
    from goxray.render.options import RenderOptions
    from goxray.render.rows import Row

    Cell = Callable[[Row, "Pen"], "Piece"]

GAP = 2
_BAR = 6
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LOW, _MIDDLING = 0.25, 0.5
_ELASTIC = {"owner": (24, 36), "type": (18, 22)}  # cells below which a name is cut in a narrow and in a wide table
_EXTRA = 7  # columns of this rank and up are for terminals that have room for the names first


@dataclass(frozen=True)
class Pen:
    """What the cells need to know of the terminal."""

    ascii_only: bool
    compact: bool  # long counts as 5.24M instead of 5,242,880

    @property
    def ellipsis(self) -> str:
        """The mark that stands for what was left out."""
        return ".." if self.ascii_only else "…"

    def count(self, number: int) -> str:
        """Write a count as wide as there is room for."""
        return format_compact(number) if self.compact else format_count(number)


class Piece(NamedTuple):
    """One cell's text in one style, and a mark behind it that calls for attention."""

    text: str
    style: str = ""
    mark: str = ""

    @property
    def width(self) -> int:
        """Terminal cells that it takes."""
        return cell_len(self.text) + len(self.mark)


@dataclass(frozen=True)
class TextColumn:
    """One column; columns with a higher ``rank`` are left out first when cells run short."""

    key: str
    rank: int
    cell: Cell
    right: bool = True


@dataclass(frozen=True)
class Fitted:
    """A column that has its place: header, width in cells, and one piece a row."""

    key: str
    header: str
    width: int
    right: bool
    cells: tuple[Piece, ...]


def load_style(load: float | None) -> str:
    """Return the colour of a load: red is nearly empty, green is as full as Go fills maps."""
    if load is None:
        return "dim"
    return "red" if load < _LOW else "yellow" if load < _MIDDLING else "green"


def bar(load: float | None, ascii_only: bool) -> str:
    """Return a load as a bar of six cells, an eighth of a cell fine."""
    share = min(max(load or 0.0, 0.0), 1.0)
    if ascii_only:
        full = round(share * _BAR)
        return "#" * full + "." * (_BAR - full)
    eighths = max(round(share * _BAR * 8), 1 if share > 0 else 0)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(_BAR)


def _wasted(row: Row, _: Pen) -> Piece:
    return Piece(format_bytes(row.wasted_bytes), "bold" if row.wasted_bytes else "dim")


def _load(row: Row, pen: Pen) -> Piece:
    return Piece(f"{bar(row.load, pen.ascii_only)}{format_share(row.load):>5}", load_style(row.load))


def _spread(row: Row, _: Pen) -> Piece:
    if row.spread is None or row.count == 1:
        return Piece("")
    known = [format_share(load) for load in row.spread if load is not None]
    return Piece("/".join(known), "dim")


def _entries(row: Row, pen: Pen) -> Piece:
    return Piece(pen.count(row.entries), mark=" " if row.full_slots == row.entries else "!")


COLUMNS = (
    TextColumn("wasted_bytes", 0, _wasted),
    TextColumn("bytes", 1, lambda row, _: Piece(format_bytes(row.bytes))),
    TextColumn("load", 2, _load, right=False),
    TextColumn("entries", 3, _entries),
    TextColumn("slots", 7, lambda row, pen: Piece(pen.count(row.slots))),
    TextColumn("tombstones", 8, lambda row, pen: Piece(pen.count(row.tombstones))),
    TextColumn("rebuilt_bytes", 10, lambda row, _: Piece(format_bytes(row.rebuilt_bytes))),
    TextColumn("indirect_bytes", 9, lambda row, _: Piece(format_bytes(row.indirect_bytes))),
    TextColumn("count", 4, lambda row, pen: Piece(pen.count(row.count))),
    TextColumn("spread", 11, _spread, right=False),
    TextColumn("kind", 12, lambda row, _: Piece(printable(row.kind), "dim"), right=False),
    TextColumn("found_by", 13, lambda row, _: Piece(printable(row.found_by), "dim"), right=False),
    TextColumn("addr", 5, lambda row, _: Piece(f"{row.addr or 0:#x}", "dim")),
    TextColumn("owner", -1, lambda row, _: Piece(printable(row.owner), "cyan"), right=False),
    TextColumn("type", 6, lambda row, _: Piece(printable(row.type)), right=False),
)


def _wanted(rows: Sequence[Row], group: Grouping) -> list[TextColumn]:
    """Return the columns that say something about these rows."""
    silent = {
        "addr": group != "none",
        "count": group == "none" or all(row.count == 1 for row in rows),
        "spread": all(row.spread is None or row.count == 1 for row in rows),
        "indirect_bytes": not any(row.indirect_bytes for row in rows),
        "tombstones": not any(row.tombstones for row in rows),
        "kind": len({row.kind for row in rows}) < 2,
    }
    ranks = {"owner": 6, "type": -1} if group == "type" else {}
    return [
        TextColumn(column.key, ranks.get(column.key, column.rank), column.cell, column.right)
        for column in COLUMNS
        if not silent.get(column.key, False)
    ]


def fit(rows: Sequence[Row], group: Grouping, options: RenderOptions, room: int) -> list[Fitted]:
    """Choose columns and widths for ``room`` cells: counts shrink first, then the columns of the highest rank go."""
    wanted = _wanted(rows, group)
    loose = [_measure(column, rows, options, compact=False) for column in wanted]
    tight = [_measure(column, rows, options, compact=True) for column in wanted]
    order = sorted(range(len(wanted)), key=lambda at: wanted[at].rank)
    for keep in range(len(wanted), 1, -1):
        kept = sorted(order[:keep])
        wide = any(wanted[at].rank >= _EXTRA for at in kept)
        for measured in (loose, tight):
            chosen = [measured[at] for at in kept]
            if sum(_least(column, wide) for column in chosen) + GAP * (keep - 1) <= room:
                return _stretch(chosen, room, options)
    return _stretch([tight[at] for at in sorted(order[:2])], room, options)


def _measure(column: TextColumn, rows: Sequence[Row], options: RenderOptions, compact: bool) -> Fitted:
    pen = Pen(options.ascii_only, compact)
    cells = tuple(column.cell(row, pen) for row in rows)
    header = say(f"col.{column.key}", options.lang).upper()
    if column.key == "entries":
        header += " "  # the place of the mark behind each count
    width = max([cell_len(header), *(cell.width for cell in cells)])
    return Fitted(column.key, header, width, column.right, cells)


def _least(column: Fitted, wide: bool) -> int:
    if column.key not in _ELASTIC:
        return column.width
    return min(column.width, _ELASTIC[column.key][wide])


def _stretch(columns: list[Fitted], room: int, options: RenderOptions) -> list[Fitted]:
    """Share what is left among the elastic columns, the one with less to show first, and elide to that width."""
    widths = {column.key: _least(column, wide=False) for column in columns}
    spare = room - sum(widths.values()) - GAP * (len(columns) - 1)
    elastic = sorted((column for column in columns if column.key in _ELASTIC), key=lambda column: column.width)
    for place, column in enumerate(elastic):
        share = max(spare, 0) // (len(elastic) - place)
        extra = min(share, column.width - widths[column.key])
        widths[column.key] += extra
        spare -= extra
    ellipsis = Pen(options.ascii_only, compact=False).ellipsis
    return [_narrow(column, max(widths[column.key], 1), ellipsis) for column in columns]


def _narrow(column: Fitted, width: int, ellipsis: str) -> Fitted:
    if column.width <= width:
        return column
    cells = tuple(
        cell if cell.width <= width else cell._replace(text=elide_middle(cell.text, width, ellipsis))
        for cell in column.cells
    )
    return Fitted(column.key, elide_middle(column.header, width, ellipsis), width, column.right, cells)
