"""The table of the page: every row in the file, sortable by any column, readable without the script."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goxray.core.units import format_bytes, format_count, format_share
from goxray.render.html.markup import attribute, both, number, text
from goxray.render.html.treemap import load_class

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from goxray.core.result import Grouping
    from goxray.render.rows import Row
    from goxray.render.words import Lang

_BAR = 60
_BREAK = re.compile(r"(?<=[./])(?=[\w(])")


@dataclass(frozen=True)
class _Column:
    key: str
    cell: Callable[[Row], str]
    numeric: bool = True


def count_cell(value: int) -> str:
    """Return a count as a cell that sorts by its value."""
    return f'<td class="n" data-v="{value}">{format_count(value)}</td>'


def size_cell(value: int) -> str:
    """Return a size as a cell that sorts by its bytes and tells them on demand."""
    return f'<td class="n" data-v="{value}" title="{format_count(value)} B">{format_bytes(value)}</td>'


def name_cell(value: str) -> str:
    """Return a foreign name as a cell."""
    # Long names break behind a dot or a slash, where the reader expects it.
    return f"<td><code>{_BREAK.sub('<wbr>', text(value))}</code></td>"


def share_cell(share: float | None, kind: str) -> str:
    """Return a share 0..1 as a cell with a bar in the colour of that style class; ``-`` where there is none."""
    if share is None:
        return '<td class="n" data-v="-1">-</td>'
    width = number(min(max(share, 0.0), 1.0) * _BAR)
    bar = (
        f'<svg class="bar" viewBox="0 0 {_BAR} 8" aria-hidden="true"><rect class="track" width="{_BAR}" height="8"/>'
        f'<rect class="{kind}" width="{width}" height="8"/></svg>'
    )
    return f'<td class="n load" data-v="{share:.6f}">{bar}{format_share(share)}</td>'


def _spread(row: Row) -> str:
    loads = [load for load in row.spread or () if load is not None]
    if row.count == 1 or not loads:
        return '<td class="n quiet" data-v="-1"></td>'
    return f'<td class="n quiet" data-v="{loads[0]:.6f}">{" / ".join(format_share(load) for load in loads)}</td>'


def _entries(row: Row) -> str:
    if row.entries == row.full_slots:
        return count_cell(row.entries)
    differ = f'<span class="differ" title="{format_count(row.full_slots)}">!</span>'
    return f'<td class="n" data-v="{row.entries}">{differ}{format_count(row.entries)}</td>'


_COLUMNS = (
    _Column("owner", lambda row: name_cell(row.owner or "-"), numeric=False),
    _Column("type", lambda row: name_cell(row.type or "-"), numeric=False),
    _Column("addr", lambda row: f'<td class="n" data-v="{row.addr or 0}"><code>{row.addr or 0:#x}</code></td>'),
    _Column("count", lambda row: count_cell(row.count)),
    _Column("wasted_bytes", lambda row: size_cell(row.wasted_bytes)),
    _Column("bytes", lambda row: size_cell(row.bytes)),
    _Column("rebuilt_bytes", lambda row: size_cell(row.rebuilt_bytes)),
    _Column("indirect_bytes", lambda row: size_cell(row.indirect_bytes)),
    _Column("load", lambda row: share_cell(row.load, load_class(row.load))),
    _Column("spread", _spread),
    _Column("entries", _entries),
    _Column("slots", lambda row: count_cell(row.slots)),
    _Column("tombstones", lambda row: count_cell(row.tombstones)),
    _Column("kind", lambda row: f"<td>{text(row.kind)}</td>", numeric=False),
    _Column("found_by", lambda row: f"<td>{text(row.found_by)}</td>", numeric=False),
)


def _shown(rows: Sequence[Row], group: Grouping) -> list[_Column]:
    """Return the columns that say something about these rows, the group's own name first."""
    silent = {
        "addr": group != "none",
        "count": group == "none",
        "spread": all(row.count == 1 for row in rows),
        "indirect_bytes": not any(row.indirect_bytes for row in rows),
        "kind": len({row.kind for row in rows}) < 2,
    }
    columns = [column for column in _COLUMNS if not silent.get(column.key, False)]
    return sorted(columns, key=lambda column: column.key != "type") if group == "type" else columns


def draw(rows: Sequence[Row], marked: frozenset[int], group: Grouping, prefix: str, lang: Lang) -> str:
    """Return the table with its filter; rows have the ids ``{prefix}-row-N``, the marked ones a mark."""
    columns = _shown(rows, group)
    heads = "".join(_head(column, lang) for column in columns)
    body = "".join(_body(rows, marked, columns, prefix))
    filter_label = attribute("placeholder", "page.table.filter", lang)
    aria_label = attribute("aria-label", "page.table.filter", lang)
    shown = attribute("data-shown", "page.table.shown", lang, shown="{shown}", total="{total}")
    return (
        f'<div class="tools"><input type="search" data-filter {filter_label} {aria_label}>'
        f'<span class="quiet" role="status" {shown}></span></div>'
        f'<div class="scroll" tabindex="0" role="region" aria-labelledby="{prefix}-table">'
        f'<table data-sortable><thead><tr><th class="mark"></th>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _head(column: _Column, lang: Lang) -> str:
    kind = ' class="n"' if column.numeric else ""
    meaning = attribute("title", f"meaning.{column.key}", lang)
    button = f'<button type="button" {meaning}>{both(f"col.{column.key}")}</button>'
    return f'<th scope="col"{kind} aria-sort="none">{button}</th>'


def _body(rows: Sequence[Row], marked: frozenset[int], columns: list[_Column], prefix: str) -> Iterable[str]:
    for place, row in enumerate(rows):
        mark, kind = ("▸", ' class="marked"') if place in marked else ("", "")
        cells = "".join(column.cell(row) for column in columns)
        yield f'<tr id="{prefix}-row-{place}"{kind}><td class="mark">{mark}</td>{cells}</tr>\n'


def glossary(rows: Sequence[Row], group: Grouping) -> str:
    """Return what each shown column means, as a definition list."""
    return "".join(
        f"<div><dt>{both(f'col.{column.key}')}</dt><dd>{both(f'meaning.{column.key}')}</dd></div>"
        for column in _shown(rows, group)
    )
