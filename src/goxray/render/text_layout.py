"""``goxray layout`` as text for people: what a type takes, where its fields lie, and how they would lie better."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, BinaryIO

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from goxray.core.units import format_bytes
from goxray.render.columns import Pen, Piece
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.layout_picture import POINTER, letters, padding_mark, picture
from goxray.render.safe import printable
from goxray.render.terminal import NARROWEST, facts_grid, finish, lay_line, make_console, note_rows, print_line
from goxray.render.words import say

if TYPE_CHECKING:
    from rich.console import Console

    from goxray.core.layout_result import FieldLayout, LayoutResult, TypeLayout
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

    Row = dict[str, Any]

_INDENT = "  "
_GAP = 6
_LARGE = 32 << 10  # bytes above which an object has pages of its own (runtime/sizeclasses.go, _MaxSmallSize)
_MILLION = 1_000_000


def write_table(result: LayoutResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_layout(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_layout(result: LayoutResult, options: RenderOptions) -> str:
    """Return the report as text: one section a type, in which builds that differ stand one under another."""
    console = make_console(options)
    first = True
    for (_, is_map), group in groupby(result.types, lambda each: (each.type, each.unit is not None)):
        if not first:
            console.print()
        first = False
        same = list(group)
        if is_map:
            _map_section(console, same, options)
        else:
            for place, each in enumerate(same):
                if place:
                    console.print()
                _section(console, each, options)
    grid = facts_grid()
    for label, text in note_rows(result.notes, options.lang):
        grid.add_row(label, text)
    if result.notes:
        console.print(grid)
    return finish(console, options)


def _head(console: Console, each: TypeLayout, options: RenderOptions, builds: Sequence[str]) -> None:
    separator = " - " if options.ascii_only else " · "
    versions = ", ".join(f"go{build}" for build in builds)
    console.print(Text(separator.join(["goxray layout", f"{versions} linux/{each.goarch}"]), style="bold"))


def _section(console: Console, each: TypeLayout, options: RenderOptions) -> None:
    _head(console, each, options, each.go_versions)
    console.print(Text(tell(each, options.lang)))
    if each.fields:
        console.print()
        _fields(console, each.fields, options)
    if each.size and each.fields:
        console.print()
        _picture(console, each, options)
    console.print()
    grid = facts_grid()
    for label, text in facts(each, options.lang):
        grid.add_row(label, Text(printable(text)))
    console.print(grid)
    if each.better is not None:
        console.print()
        for line in _code(each.type, each.better.fields):
            console.print(Padding(Text(printable(line)), (0, 0, 0, len(_INDENT))))


def tell(each: TypeLayout, lang: Lang) -> str:
    """Return the sentences that say what a value takes."""
    name = printable(each.type)
    if not each.size:
        return say("l.story.nothing", lang, type=name)
    if each.kind != "struct":
        return say("l.story.plain", lang, type=name, n=each.size)
    if each.padding:
        own = each.size - each.padding
        told = say("l.story.struct", lang, type=name, size=each.size, used=own, padding=each.padding)
    else:
        told = say("l.story.packed", lang, type=name, n=each.size)
    if each.inner_padding:
        told += (" " if lang == "en" else "") + say("l.story.inner", lang, n=each.inner_padding)
    return told


def facts(each: TypeLayout, lang: Lang) -> list[tuple[str, str]]:
    """Return label and text of what stands under the fields: the heap, the collector, the better order."""
    rows = [(say("l.heap.label", lang), _heap(each, lang))]
    scan = say("l.scan", lang, pointer_bytes=each.pointer_bytes) if each.pointer_bytes else say("l.scan.none", lang)
    rows.append((say("l.scan.label", lang), scan))
    if each.kept:
        rows.append((say("l.better.label", lang), say("l.better.host", lang)))
    elif each.better is not None:
        rows += _better(each, lang)
    elif each.fields:
        rows.append((say("l.better.label", lang), say("l.better.none", lang)))
    if each.blank_bytes and each.better is not None:
        rows.append(("", say("l.better.blank", lang, n=each.blank_bytes)))
    return rows


def _heap(each: TypeLayout, lang: Lang) -> str:
    if not each.size:
        return say("l.heap.none", lang)
    if each.tiny:
        return say("l.heap.tiny", lang, bytes=each.heap_bytes)
    key = "l.heap.pages" if each.heap_bytes > _LARGE else "l.heap.header" if each.malloc_header else "l.heap"
    return say(key, lang, bytes=each.heap_bytes, size=each.size, header=each.malloc_header, waste=each.class_waste)


def _better(each: TypeLayout, lang: Lang) -> list[tuple[str, str]]:
    better = each.better
    assert better is not None
    rows = []
    if better.saved_bytes:
        values = {"size": better.size, "before": each.size, "heap": better.heap_bytes, "heap_before": each.heap_bytes}
        rows.append(say("l.better", lang, **values))
    if better.saved_pointer_bytes:
        rows.append(say("l.better.scan", lang, pointers=better.pointer_bytes, pointers_before=each.pointer_bytes))
    if better.saved_bytes:
        saved, slice_saved = better.saved_heap_bytes * _MILLION, better.saved_bytes * _MILLION
        rows.append(say("l.better.million", lang, saved=format_bytes(saved), slice=format_bytes(slice_saved)))
    label = say("l.better.label", lang)
    return [(label if place == 0 else "", text) for place, text in enumerate(rows)]


# ---- fields


def _fields(console: Console, fields: Sequence[FieldLayout], options: RenderOptions) -> None:
    marks = letters([field.name for field in fields])
    rows: list[Row] = [{"mark": mark, "field": field} for mark, field in zip(marks, fields, strict=True)]
    _table(console, _columns(options.lang), rows, options)


def _columns(lang: Lang) -> list[GridColumn]:
    def number(key: str) -> Callable[[Row, Pen], Piece]:
        return lambda row, pen: Piece(pen.count(getattr(row["field"], key)))

    def padding(row: Row, pen: Pen) -> Piece:
        value = row["field"].padding
        return Piece(pen.count(value), "yellow") if value else Piece("0", "dim")

    def pointers(row: Row, pen: Pen) -> Piece:
        count = len(row["field"].pointer_words)
        return Piece(pen.count(count), "cyan") if count else Piece("0", "dim")

    def head(key: str) -> str:
        return say(f"l.col.{key}", lang)

    return [
        GridColumn(head("offset"), 0, number("offset")),
        GridColumn(head("size"), 0, number("size")),
        GridColumn(head("align"), 3, number("align")),
        GridColumn(head("padding"), 1, padding),
        GridColumn(head("pointers"), 2, pointers),
        GridColumn(" ", 0, lambda row, _: Piece(row["mark"], "bold"), right=False),
        GridColumn(head("field"), 0, lambda row, _: Piece(printable(row["field"].name)), right=False, least=12),
        GridColumn(head("type"), 1, lambda row, _: Piece(printable(row["field"].type)), right=False, least=18),
    ]


def _table(console: Console, columns: list[GridColumn], rows: list[Row], options: RenderOptions) -> None:
    fitted = fit(columns, rows, options, max(options.width, NARROWEST) - len(_INDENT))
    print_line(console, lay_line(_INDENT, fitted, [Piece(c.header, "bold dim") for c in fitted]), options)
    for place in range(len(rows)):
        print_line(console, lay_line(_INDENT, fitted, [column.cells[place] for column in fitted]), options)


def _picture(console: Console, each: TypeLayout, options: RenderOptions) -> None:
    """Print the bytes of a value, and beside them how they would lie in the better order."""
    lang = options.lang
    marks = letters([field.name for field in each.fields])
    now = picture(each.fields, marks, each.size, options)
    table = Table.grid(padding=(0, _GAP, 0, 0))
    table.add_column(no_wrap=True)
    if each.better is None:
        for line in now:
            table.add_row(line)
    else:
        then = picture(each.better.fields, [marks[at] for at in each.better.order], each.better.size, options)
        table.add_column(no_wrap=True)
        table.add_row(Text(say("l.picture.now", lang), style="dim"), Text(say("l.picture.better", lang), style="dim"))
        for place in range(max(len(now), len(then))):
            table.add_row(*(side[place] if place < len(side) else "" for side in (now, then)))
    console.print(Padding(table, (0, 0, 0, len(_INDENT))))
    key = say("l.picture.key", lang, padding=padding_mark(options), pointer=POINTER)
    console.print(Padding(Text(key, style="dim"), (0, 0, 0, len(_INDENT))))


def _code(name: str, fields: Sequence[FieldLayout]) -> list[str]:
    """Return the fields in their better order as the type's own package writes them, names padded as gofmt does."""
    own = re.match(r"(\w+\.)\w+$", name)
    types = [re.sub(rf"(?<![\w./]){re.escape(own[1])}", "", field.type) if own else field.type for field in fields]
    width = max((len(field.name) for field in fields if not field.embedded), default=0)
    lines = [
        each if field.embedded else f"{field.name:<{width}} {each}" for each, field in zip(types, fields, strict=True)
    ]
    return ["struct {", *(f"    {line}" for line in lines), "}"]


# ---- maps


def _map_section(console: Console, layouts: Sequence[TypeLayout], options: RenderOptions) -> None:
    lang = options.lang
    separator = " - " if options.ascii_only else " · "
    console.print(Text(f"goxray layout{separator}linux/{layouts[0].goarch}", style="bold"))
    console.print(Text(say("l.story.map", lang, type=printable(layouts[0].type))))
    console.print()
    _table(console, _unit_columns(lang), [{"layout": each, "unit": each.unit} for each in layouts], options)
    console.print()
    console.print(Padding(Text(say("l.unit.key", lang), style="dim"), (0, 0, 0, len(_INDENT))))


def release_lines(builds: Sequence[str]) -> str:
    """Return builds in few words: release lines that follow one another as a range, ``1.21-1.23, 1.25:noswissmap``."""
    lines: list[tuple[int, int, str]] = []
    for build in builds:
        version, _, experiments = build.partition(":")
        major, minor = version.split(".")[:2]
        lines.append((int(major), int(minor), experiments))
    ranges: list[list[tuple[int, int, str]]] = []
    for line in sorted(lines, key=lambda line: (line[2], line)):
        last = ranges[-1][-1] if ranges else None
        if last is not None and (line[0], line[1] - 1, line[2]) == last:
            ranges[-1].append(line)
        else:
            ranges.append([line])
    return ", ".join(_range(each) for each in ranges)


def _range(lines: Sequence[tuple[int, int, str]]) -> str:
    (major, first, experiments), (_, last, _) = lines[0], lines[-1]
    told = f"{major}.{first}" if len(lines) == 1 else f"{major}.{first}-{major}.{last}"
    return f"{told}:{experiments}" if experiments else told


def _unit_columns(lang: Lang) -> list[GridColumn]:
    def head(key: str) -> str:
        return say(f"l.col.{key}", lang)

    def place(of: str) -> Callable[[Row, Pen], Piece]:
        def cell(row: Row, _: Pen) -> Piece:
            unit = row["unit"]
            at = say("l.unit.at", lang, offset=getattr(unit, f"{of}s_off"), stride=getattr(unit, f"{of}_stride"))
            return Piece(say("l.unit.indirect", lang, at=at) if getattr(unit, f"indirect_{of}") else at)

        return cell

    def number(key: str) -> Callable[[Row, Pen], Piece]:
        return lambda row, pen: Piece(pen.count(getattr(row["unit"], key)))

    return [
        GridColumn(head("builds"), 0, lambda row, _: Piece(release_lines(row["layout"].go_versions)), right=False),
        GridColumn(head("kind"), 1, lambda row, _: Piece(say(f"l.unit.{row['unit'].kind}", lang)), right=False),
        GridColumn(head("unit"), 0, number("size")),
        GridColumn(head("slot"), 3, lambda row, _: Piece(f"{row['unit'].size / 8:.1f}")),
        GridColumn(head("padding"), 2, number("padding")),
        GridColumn(head("key"), 2, place("key")),
        GridColumn(head("elem"), 2, place("elem")),
        GridColumn(head("scan"), 1, number("pointer_bytes")),
        GridColumn(head("heap"), 4, number("heap_bytes")),
        GridColumn(head("fast"), 5, lambda row, _: Piece(row["unit"].fast or say("l.unit.generic", lang)), right=False),
    ]
