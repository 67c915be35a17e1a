"""The page of ``goxray maps``: one section a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from goxray.core.units import format_bytes, format_count, format_share
from goxray.render import story
from goxray.render.html import picture, table, treemap
from goxray.render.html.markup import attribute, both, number, spans, swatch, text
from goxray.render.html.shell import Shell, chips, fault_items, notes, short, stamp, write_shell
from goxray.render.rows import rows_of
from goxray.render.words import LANGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.result import MapsResult
    from goxray.render.options import RenderOptions
    from goxray.render.rows import Row
    from goxray.render.words import Lang

_WIDTH = 1200


def write_html(result: MapsResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write one result as one self-contained HTML file in UTF-8."""
    write_page([result], out, options)


def write_page(results: Sequence[MapsResult], out: BinaryIO, options: RenderOptions) -> None:
    """Write several results, each a section of the same page, as one self-contained HTML file in UTF-8."""
    sections = "".join(_section(result, f"r{place}", options.lang) for place, result in enumerate(results))
    names = ", ".join(dict.fromkeys(short(result) for result in results))
    write_shell(Shell("maps", "page.title", names, sections, _reports(results, options.lang)), out, options)


def _reports(results: Sequence[MapsResult], lang: Lang) -> str:
    """Return the links between the sections; none where there is one section."""
    if len(results) < 2:
        return ""
    links = "".join(
        f'<a href="#r{place}">{text(short(result))} <small>{text(result.build.go_version)}</small></a>'
        for place, result in enumerate(results)
    )
    return f'<nav class="reports" {attribute("aria-label", "page.reports", lang)}>{links}</nav>'


def _section(result: MapsResult, prefix: str, lang: Lang) -> str:
    rows = rows_of(result)
    told = {each: story.tell(result, rows, each) for each in LANGS}
    marked = told[lang].marked
    parts = [
        f'<section class="report" id="{prefix}" aria-labelledby="{prefix}-name">',
        stamp(result),
        f'<header class="of"><h2 id="{prefix}-name">{text(short(result))}</h2>{chips(result)}</header>',
        f'<p class="story">{spans({each: told[each].text for each in LANGS})}</p>',
        _stats(result),
        _divide(result, prefix),
    ]
    if rows:
        parts += [_treemap(result, rows, prefix, lang), _table(result, rows, marked, prefix, lang)]
    parts += [_pictures(result, prefix, lang), _keys(result), _faults(result), notes(result.notes)]
    parts.append("</section>")
    return "".join(parts)


def _stats(result: MapsResult) -> str:
    totals = result.totals
    load = format_share(totals.entries / totals.slots if totals.slots else None)
    shown = [
        (format_bytes(totals.wasted_bytes), "page.stat.wasted", "wasted"),
        (format_bytes(totals.bytes), "page.stat.bytes", ""),
        (load, "page.stat.load", ""),
        (format_count(totals.maps), "page.stat.maps", ""),
        (format_bytes(result.heap.live_bytes), "page.stat.heap", ""),
    ]
    if result.consistency == "stopped":
        shown.append((f"{result.freeze_ms:,.1f} ms", "page.stat.freeze", ""))
    tiles = "".join(
        f'<div class="stat {kind}"><dt>{both(key)}</dt><dd>{value}</dd></div>' for value, key, kind in shown
    )
    return f'<dl class="stats">{tiles}</dl>'


def _divide(result: MapsResult, prefix: str) -> str:
    """Return the bar that divides the live heap, and the line that reconciles it with the runtime's figure."""
    wasted = result.totals.wasted_bytes
    rebuilt = max(result.totals.bytes - wasted, 0)
    rest = max(result.heap.live_bytes - result.totals.bytes, 0)
    whole = wasted + rebuilt + rest
    lines = "".join(
        f"<p>{spans({lang: line(result, lang) for lang in LANGS})}</p>" for line in (story.totals_line, story.heap_line)
    )
    if not whole:
        return f'<section class="part">{lines}</section>'
    at = 0.0
    rects, legend = [], []
    for kind, size in (("wasted", wasted), ("rebuilt", rebuilt), ("rest", rest)):
        width = size / whole * _WIDTH
        rects.append(f'<rect class="h-{kind}" x="{number(at)}" width="{number(width)}" height="28"/>')
        share = format_share(size / whole)
        legend.append(f"<li>{swatch(f'h-{kind}')}{both(f'page.divide.{kind}')} {format_bytes(size)} ({share})</li>")
        at += width
    return (
        f'<section class="part" aria-labelledby="{prefix}-heap"><h3 id="{prefix}-heap">{both("page.divide")}</h3>'
        f'<svg class="divide" viewBox="0 0 {_WIDTH} 28" preserveAspectRatio="none" aria-hidden="true">{"".join(rects)}'
        f'</svg><ul class="legend">{"".join(legend)}</ul><div class="quiet">{lines}</div></section>'
    )


def _treemap(result: MapsResult, rows: Sequence[Row], prefix: str, lang: Lang) -> str:
    tiles = treemap.tiles_of(result, rows)
    if not tiles:
        return ""
    title = "page.treemap.type" if result.group == "type" else "page.treemap.owner"
    drawn = sum(1 for tile in tiles if not tile.more)
    hint = both("page.treemap.hint", n=drawn) if drawn < len(tiles) else both("page.treemap.all")
    bounds = ["0", *(format_share(step) for step in treemap.LOAD_STEPS), "100%"]
    steps = "".join(
        f"<li>{swatch(f'l{at}')}{low}-{high}</li>"
        for at, (low, high) in enumerate(zip(bounds, bounds[1:], strict=False))
    )
    legend = f'<ul class="legend"><li class="of">{both("page.legend.load")}</li>{steps}'
    legend += f"<li>{swatch('lx')}{both('page.legend.empty')}</li></ul>"
    return (
        f'<section class="part" aria-labelledby="{prefix}-tree"><h3 id="{prefix}-tree">{both(title)}</h3>'
        f'<p class="quiet">{hint}</p>{treemap.draw(tiles, prefix, lang)}{legend}</section>'
    )


def _table(result: MapsResult, rows: Sequence[Row], marked: frozenset[int], prefix: str, lang: Lang) -> str:
    hint = both("page.table.hint") + (" " + both("page.table.marked") if marked else "")
    more = ""
    if result.rows_total > len(rows):
        more = f'<p class="quiet">{both("page.table.more", n=result.rows_total - len(rows))}</p>'
    return (
        f'<section class="part" aria-labelledby="{prefix}-table">'
        f'<h3 id="{prefix}-table">{both(f"page.table.{result.group}")}</h3>'
        f'<p class="quiet">{hint}</p>{table.draw(rows, marked, result.group, prefix, lang)}{more}'
        f'<details><summary>{both("page.columns")}</summary><dl class="glossary">'
        f"{table.glossary(rows, result.group)}</dl></details></section>"
    )


def _pictures(result: MapsResult, prefix: str, lang: Lang) -> str:
    if not result.pictures:
        return ""
    drawn = "".join(picture.draw(each, lang) for each in result.pictures)
    return (
        f'<section class="part" aria-labelledby="{prefix}-inside"><h3 id="{prefix}-inside">{both("page.inside")}</h3>'
        f"{drawn}</section>"
    )


def _keys(result: MapsResult) -> str:
    parts = []
    for sample in result.keys:
        pairs = "".join(
            f"<div><dt><code>{text(key)}</code></dt><dd><code>{text(elem)}</code></dd></div>"
            for key, elem in sample.pairs
        )
        head = f'<code>{text(sample.owner)}</code> <span class="quiet">{sample.addr:#x}</span>'
        parts.append(f'<details><summary>{head}</summary><dl class="glossary">{pairs}</dl></details>')
    return f'<section class="part"><h3>{both("keys.label")}</h3>{"".join(parts)}</section>' if parts else ""


def _faults(result: MapsResult) -> str:
    verified = ""
    if result.verified_maps is not None:
        key = "verify.bad" if any(fault.violation for fault in result.faults) else "verify.good"
        verified = f"<p>{both(key, n=result.verified_maps)}</p>"
    items = fault_items(result.faults)
    if not items and not verified:
        return ""
    listed = f'<ul class="faults">{items}</ul>' if items else ""
    title = "faults.label" if items else "verify.label"
    return f'<section class="part"><h3>{both(title)}</h3>{verified}{listed}</section>'
