"""The page of ``goxray profile``: the sentences, call paths as an icicle, top functions, and map memory by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from goxray.core.heap_result import OwnerPath
from goxray.core.units import format_bytes
from goxray.render import profile_story as story
from goxray.render.html import icicle
from goxray.render.html.markup import attribute, both, spans, text
from goxray.render.html.shell import Shell, notes_in, write_shell
from goxray.render.html.table import count_cell, name_cell, size_cell
from goxray.render.safe import printable
from goxray.render.words import LANGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from goxray.core.profile_result import MapMemory, MapMemoryRow, ProfileResult
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

    Head = tuple[str, bool, dict[str, str]]  # catalogue key, whether it sorts as a number, what the key names

_DEEPEST = 40
_FEW = 8  # tables of so few rows need no filter


def write_html(result: ProfileResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as one self-contained HTML file in UTF-8."""
    name = printable(result.file)
    section = (
        f'<section class="report" id="r0" aria-labelledby="r0-name"><header class="of">'
        f'<h2 id="r0-name">{text(name)}</h2>{_chips(result)}</header>'
        f'<p class="story">{spans({lang: story.tell(result, lang) for lang in LANGS})}</p>'
        f"{_stats(result)}{_paths(result, options.lang)}{_maps(result, options.lang)}{_checks(result, options.lang)}"
        f"{_arrays(result, options.lang)}"
        f"{_top(result, options.lang)}</section>"
    )
    section += notes_in({lang: story.notes(result, lang) for lang in LANGS})
    styles, scripts = ("page.css", "heap.css"), ("page.js", "heap.js")
    write_shell(Shell("profile", "pf.page.title", name, section, styles=styles, scripts=scripts), out, options)


def _chips(result: ProfileResult) -> str:
    told = {lang: story.headline(result, lang)[1:] for lang in LANGS}
    items = "".join(f"<li>{spans({lang: told[lang][at] for lang in LANGS})}</li>" for at in range(len(told[LANGS[0]])))
    return f'<ul class="chips">{items}</ul>'


def _stats(result: ProfileResult) -> str:
    tiles = [(story.figure(kind.net, kind.unit), text(printable(kind.type)), "") for kind in result.sample_types]
    memory = result.map_memory
    if memory is not None and memory.known:
        size = format_bytes(memory.inuse_bytes)
        size += f" ± {format_bytes(memory.inuse_error)}" if memory.inuse_error else ""
        tiles.insert(0, (size, both("pf.page.maps"), "wasted"))
    shown = "".join(f'<div class="stat {kind}"><dt>{name}</dt><dd>{value}</dd></div>' for value, name, kind in tiles)
    return f'<dl class="stats">{shown}</dl>'


def _paths(result: ProfileResult, lang: Lang) -> str:
    shown = result.shown
    paths = [OwnerPath(path.frames, 0, path.value, 0) for path in result.paths]
    drawn = icicle.draw(paths, lang, deepest=_DEEPEST, figure=lambda value: story.figure(value, shown.unit))
    if not drawn:
        return ""
    name = printable(shown.type)
    grown = " " + both("pf.paths.grown") if result.difference else ""
    return _part(
        "paths",
        both("pf.title.paths", type=name),
        f'<p class="quiet">{both("pf.paths.hint", type=name)}{grown}</p><div class="wide">{drawn}</div>',
    )


def _part(name: str, title: str, content: str) -> str:
    return f'<section class="part" aria-labelledby="r0-{name}"><h3 id="r0-{name}">{title}</h3>{content}</section>'


def _maps(result: ProfileResult, lang: Lang) -> str:
    memory = result.map_memory
    if memory is None or not memory.known or not memory.rows:
        return ""
    heads: list[Head] = [("function", False, {}), ("line", False, {}), ("how", False, {}), ("map_type", False, {})]
    heads += [("inuse", True, {}), ("error", True, {}), ("objects", True, {}), ("alloc", True, {})]
    heads += [("live", False, {})] if memory.live_bytes is not None else []
    rows = (_map_cells(row, memory) for row in memory.rows)
    title = both("pf.title.maps", n=len(memory.rows), all=memory.rows_total)
    return _part("maps", title, _table("maps", heads, rows, len(memory.rows), lang))


def _map_cells(row: MapMemoryRow, memory: MapMemory) -> str:
    cells = [
        _named(row.function),
        f"<td>{text(story.place(row))}</td>",
        f"<td>{both(f'pf.how.{row.how}')}</td>",
        _named(row.map_type or "-"),
        size_cell(row.inuse_bytes),
        size_cell(row.inuse_error),
        count_cell(row.inuse_objects),
        size_cell(row.alloc_bytes),
    ]
    if memory.live_bytes is not None:
        cells.append(f"<td>{spans({lang: story.live(row, lang) for lang in LANGS})}</td>")
    return "".join(cells)


def _named(value: str) -> str:
    return '<td class="name">' + name_cell(value).removeprefix("<td>")


def _checks(result: ProfileResult, lang: Lang) -> str:
    """Return the table that compares the profile with the maps that live, by type."""
    types = [each for each in result.map_memory.types if each.verdict] if result.map_memory is not None else []
    if not types:
        return ""
    rows = (
        f"{_named(each.map_type)}{size_cell(each.inuse_bytes)}{size_cell(each.inuse_error)}"
        f"{size_cell(each.live_bytes or 0)}{count_cell(each.maps or 0)}<td>{both(f'pf.verdict.{each.verdict}')}</td>"
        for each in types
    )
    heads: list[Head] = [("map_type", False, {}), ("inuse", True, {}), ("error", True, {}), ("live_bytes", True, {})]
    heads += [("maps", True, {}), ("verdict", False, {})]
    return _part("checks", both("pf.title.checks"), _table("checks", heads, rows, len(types), lang))


def _arrays(result: ProfileResult, lang: Lang) -> str:
    memory = result.map_memory
    if memory is None or not memory.known:
        return ""
    sized = [(row, size) for row in memory.rows for size in story.main_sizes(row, memory)]
    if not sized:
        return ""
    rows = (
        f"<td>{text(story.place(row))}</td>{count_cell(size.inuse_objects)}{size_cell(size.bytes)}"
        f"<td>{spans({each: story.shape(size, each) for each in LANGS})}</td>"
        for row, size in sized
    )
    heads: list[Head] = [("line", False, {}), ("objects", True, {}), ("size", True, {}), ("shape", False, {})]
    return _part("arrays", both("pf.title.arrays"), _table("arrays", heads, rows, len(sized), lang))


def _top(result: ProfileResult, lang: Lang) -> str:
    if not result.top:
        return ""
    heads: list[Head] = [("function", False, {})]
    heads += [("line", False, {})] if result.by_line else []
    for column in story.columns(result):
        name = printable(result.sample_types[column].type)
        heads += [("flat_of", True, {"type": name}), ("cum_of", True, {"type": name})]
    key = "pf.title.lines" if result.by_line else "pf.title.top"
    title = both(key, type=printable(result.shown.type), n=len(result.top), all=result.top_total)
    rows = (_top_cells(result, at) for at in range(len(result.top)))
    return _part("top", title, _table("top", heads, rows, len(result.top), lang))


def _top_cells(result: ProfileResult, at: int) -> str:
    row = result.top[at]
    cells = [_named(row.function)]
    if result.by_line:
        cells.append(f"<td>{text(printable(row.file.rpartition('/')[2]))}:{row.line}</td>")
    for column in story.columns(result):
        unit = result.sample_types[column].unit
        cells += [
            f'<td class="n" data-v="{value}">{text(story.figure(value, unit))}</td>'
            for value in (row.flats[column], row.cums[column])
        ]
    return "".join(cells)


def _table(name: str, heads: Sequence[Head], rows: Iterable[str], count: int, lang: Lang) -> str:
    """Return a table that sorts by any column, with a filter where it is long."""
    head = "".join(
        f'<th scope="col"{" class=n" if numeric else ""} aria-sort="none">'
        f'<button type="button">{both(f"pf.col.{key}", **values)}</button></th>'
        for key, numeric, values in heads
    )
    body = "".join(f"<tr>{row}</tr>\n" for row in rows)
    shown = attribute("data-shown", "page.table.shown", lang, shown="{shown}", total="{total}")
    label = attribute("placeholder", "h.page.filter", lang) + " " + attribute("aria-label", "h.page.filter", lang)
    field = f'<input type="search" data-filter {label}>' if count > _FEW else ""
    few = "" if count > _FEW else " few"
    return (
        f'<div class="tools{few}">{field}<span class="quiet" role="status" {shown}></span></div>'
        f'<div class="scroll" tabindex="0" role="region" aria-labelledby="r0-{name}">'
        f'<table class="heap" data-sortable><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )
