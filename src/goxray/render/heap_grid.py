"""Tables of any columns in the width that there is: counts shrink first, then columns go, then names lose their middle.

What :mod:`goxray.render.columns` does for the one table of ``goxray maps``, for tables whose columns are given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from goxray.render.columns import GAP, Fitted, Pen, Piece
from goxray.render.elide import elide_middle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from goxray.render.options import RenderOptions

    Row = dict[str, Any]


@dataclass(frozen=True)
class GridColumn:
    """One column; those with a higher ``rank`` are left out first when cells run short.

    ``least`` is the width below which a name is not cut in its middle; 0: never cut.
    """

    header: str
    rank: int
    cell: Callable[[Row, Pen], Piece]
    right: bool = True
    least: int = 0


def fit(columns: Sequence[GridColumn], rows: Sequence[Row], options: RenderOptions, room: int) -> list[Fitted]:
    """Choose columns and widths for ``room`` cells."""
    loose = [_measure(column, rows, options, compact=False) for column in columns]
    tight = [_measure(column, rows, options, compact=True) for column in columns]
    order = sorted(range(len(columns)), key=lambda at: columns[at].rank)
    for keep in range(len(columns), 0, -1):
        kept = sorted(order[:keep])
        for measured in (loose, tight):
            if sum(_least(columns[at], measured[at]) for at in kept) + GAP * (keep - 1) <= room:
                return _stretch(kept, columns, measured, options, room)
    return _stretch(sorted(order[:1]), columns, tight, options, room)


def _measure(column: GridColumn, rows: Sequence[Row], options: RenderOptions, compact: bool) -> Fitted:
    pen = Pen(options.ascii_only, compact)
    cells = tuple(column.cell(row, pen) for row in rows)
    header = column.header.upper()
    width = max([cell_len(header), *(cell.width for cell in cells)])
    return Fitted(column.header, header, width, column.right, cells)


def _least(column: GridColumn, fitted: Fitted) -> int:
    return min(fitted.width, max(column.least, cell_len(fitted.header))) if column.least else fitted.width


def _stretch(
    kept: Sequence[int], columns: Sequence[GridColumn], measured: Sequence[Fitted], options: RenderOptions, room: int
) -> list[Fitted]:
    """Share what is left among the columns that can be cut, the one with less to show first."""
    widths = {at: _least(columns[at], measured[at]) for at in kept}
    spare = room - sum(widths.values()) - GAP * (len(kept) - 1)
    elastic = sorted((at for at in kept if columns[at].least), key=lambda at: measured[at].width)
    for place, at in enumerate(elastic):
        extra = min(max(spare, 0) // (len(elastic) - place), measured[at].width - widths[at])
        widths[at] += extra
        spare -= extra
    if len(kept) == 1:
        widths = {at: min(width, room) for at, width in widths.items()}
    mark = Pen(options.ascii_only, compact=False).ellipsis
    return [_narrow(measured[at], max(widths[at], 1), mark) for at in kept]


def _narrow(column: Fitted, width: int, mark: str) -> Fitted:
    if column.width <= width:
        return column
    cells = tuple(
        cell if cell.width <= width else cell._replace(text=elide_middle(cell.text, width, mark))
        for cell in column.cells
    )
    return Fitted(column.key, elide_middle(column.header, width, mark), width, column.right, cells)
