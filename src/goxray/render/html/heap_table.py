"""The tables of the heap's page: every row in the file, sortable by any column, readable without the script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goxray.core.heap_schema import HEAP_TABLES
from goxray.render.heap_rows import left_out, part, rows_of
from goxray.render.html.markup import attribute, both, spans, text
from goxray.render.html.table import count_cell, name_cell, share_cell, size_cell
from goxray.render.html.treemap import load_class
from goxray.render.masked import masked
from goxray.render.words import LANGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from goxray.core.heap_result import HeapResult
    from goxray.render.words import Lang

    Row = dict[str, Any]

_FEW = 8  # tables of so few rows need no filter
_FIRST = {
    "suspects": ("owner", "type"),
    "dominators": ("owner", "type"),
    "owners": ("owner",),
    "types": ("type",),
    "collections": ("owner", "type"),
    "duplicates": ("text",),
}
_NAMES = frozenset({"owner", "type", "text"})
_SIZES = frozenset({"bytes", "retained_bytes", "wasted_bytes", "accumulation_bytes"})
_COUNTS = frozenset({"objects", "retained_objects", "count", "used", "capacity", "length"})
_SHARED = {"dominators": "retained_bytes", "owners": "bytes", "types": "bytes"}


@dataclass(frozen=True)
class _Column:
    key: str
    meaning: str
    cell: Callable[[Row], str]
    numeric: bool


def _cell_of(key: str) -> tuple[Callable[[Row], str], bool] | None:
    """Return how a column of the schema is shown, and whether it sorts as a number; None: not in the page."""
    if key in _NAMES:
        return (lambda row: _named(row[key])), False
    if key in _SIZES:
        return (lambda row: size_cell(row[key]) if row[key] is not None else '<td class="n" data-v="-1">-</td>'), True
    if key in _COUNTS:
        return (lambda row: count_cell(row[key] or 0)), True
    if key == "addr":
        return _addr, True
    if key == "kind":
        return (lambda row: f"<td>{text(row[key] or '-')}</td>"), False
    if key == "fill":
        return (lambda row: share_cell(row["fill"], load_class(row["fill"]))), True
    if key == "share":
        return (lambda row: share_cell(row["share"], "h-live")), True
    return None


def _named(value: str | None) -> str:
    return '<td class="name">' + name_cell(value or "-").removeprefix("<td>")


def _addr(row: Row) -> str:
    if row["addr"] is None:
        return '<td class="n" data-v="0">-</td>'
    return f'<td class="n" data-v="{row["addr"]}"><code>{row["addr"]:#x}</code></td>'


def _columns(result: HeapResult, table: str) -> list[_Column]:
    """Return the table's columns, names first and figures in the schema's order, a share of the heap among them."""
    keys = [column.name for column in HEAP_TABLES[table]]
    ordered = [*_FIRST[table], *(key for key in keys if key not in _FIRST[table])]
    columns = []
    for key in ordered:
        how = _cell_of(key)
        if how is not None and not key.startswith("accumulation"):
            columns.append(_Column(key, f"h.meaning.{table}.{key}", *how))
        if _SHARED.get(table) == key:
            columns.append(_Column("share", "h.meaning.suspects.share", _share_of(result, key), True))
    return columns


def _share_of(result: HeapResult, key: str) -> Callable[[Row], str]:
    whole = result.reconcile.reachable_bytes
    return lambda row: share_cell(None if row.get("kind") == "unreachable" else part(row[key], whole), "h-live")


def draw(result: HeapResult, table: str, prefix: str, lang: Lang) -> str:
    """Return the table's section with its filter and what its columns mean; empty where it has no rows."""
    rows = rows_of(result, table)
    if not rows:
        return ""
    columns = _columns(result, table)
    heads = "".join(_head(column, lang) for column in columns)
    body = "".join(f"<tr>{''.join(column.cell(row) for column in columns)}</tr>\n" for row in rows)
    more = left_out(result, table, len(rows))
    below = f'<p class="quiet">{both("page.table.more", n=more)}</p>' if more else ""
    if table == "duplicates" and result.duplicates_masked is not None:
        told = result.duplicates_masked
        below += f'<p class="quiet">{spans({each: masked(told, each) for each in LANGS})}</p>'
    glossary = "".join(
        f"<div><dt>{both(f'h.col.{column.key}')}</dt><dd>{both(column.meaning)}</dd></div>" for column in columns
    )
    name = f"{prefix}-{table}"
    return (
        f'<section class="part" aria-labelledby="{name}"><h3 id="{name}">{both(f"h.title.{table}")}</h3>'
        f'{_tools(len(rows), lang)}<div class="scroll" tabindex="0" role="region" aria-labelledby="{name}">'
        f'<table class="heap" data-sortable><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>{below}'
        f'<details><summary>{both("page.columns")}</summary><dl class="glossary">{glossary}</dl></details></section>'
    )


def _tools(rows: int, lang: Lang) -> str:
    """Return the filter and the count of rows shown; a short table has the place of the count alone."""
    shown = attribute("data-shown", "page.table.shown", lang, shown="{shown}", total="{total}")
    status = f'<span class="quiet" role="status" {shown}></span>'
    if rows <= _FEW:
        return f'<div class="tools few">{status}</div>'
    label = attribute("placeholder", "h.page.filter", lang) + " " + attribute("aria-label", "h.page.filter", lang)
    return f'<div class="tools"><input type="search" data-filter {label}>{status}</div>'


def _head(column: _Column, lang: Lang) -> str:
    kind = ' class="n"' if column.numeric else ""
    meaning = attribute("title", column.meaning, lang)
    return (
        f'<th scope="col"{kind} aria-sort="none"><button type="button" {meaning}>{both(f"h.col.{column.key}")}'
        "</button></th>"
    )
