"""The page of ``goxray heap``: the story, suspects, who holds what level by level, tables, and where memory goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from goxray.core.heap_result import OwnerPath
from goxray.core.units import format_bytes, format_count
from goxray.render import heap_story
from goxray.render.heap_rows import account_sizes, joined, rows_of
from goxray.render.html import heap_parts, heap_table, icicle
from goxray.render.html.markup import both, spans, text
from goxray.render.html.shell import Shell, chips, fault_items, notes, short, stamp, write_shell
from goxray.render.words import LANGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.heap_result import HeapResult
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

_PREFIX = "r0"


def write_html(result: HeapResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one self-contained HTML file in UTF-8."""
    shell = Shell(
        "heap",
        "h.page.title",
        short(result),
        _section(result, options.lang),
        styles=("page.css", "heap.css"),
        scripts=("page.js", "heap.js"),
    )
    write_shell(shell, out, options)


def _section(result: HeapResult, lang: Lang) -> str:
    story = spans({each: heap_story.tell(result, each) for each in LANGS})
    parts = [
        f'<section class="report" id="{_PREFIX}" aria-labelledby="{_PREFIX}-name">',
        stamp(result),
        f'<header class="of"><h2 id="{_PREFIX}-name">{text(short(result))}</h2>{chips(result)}</header>',
        f'<p class="story">{story}</p>',
        _stats(result),
        _facts(result),
        heap_parts.cards(result, _PREFIX),
        _icicle(result, lang),
        *(heap_table.draw(result, table, _PREFIX, lang) for table in ("dominators", "owners", "types")),
        heap_parts.fills(result, _PREFIX, lang),
        *(heap_table.draw(result, table, _PREFIX, lang) for table in ("collections", "duplicates")),
        heap_parts.account(result, _PREFIX),
        _faults(result),
        notes(result.notes),
        "</section>",
    ]
    return "".join(parts)


def _stats(result: HeapResult) -> str:
    counts = result.reconcile
    sizes, resident = account_sizes(rows_of(result, "rss"))
    suspects = rows_of(result, "suspects", 1)
    shown = [
        (format_bytes(counts.live_bytes), "h.page.stat.live", ""),
        (format_count(counts.live_objects), "h.page.stat.objects", ""),
        (format_bytes(max(counts.live_bytes - counts.reachable_bytes, 0)), "h.page.stat.garbage", ""),
    ]
    if suspects:
        shown.insert(0, (format_bytes(suspects[0]["retained_bytes"] or 0), "h.page.stat.suspects", "wasted"))
    if resident:
        shown.append((format_bytes(sum(sizes)), "h.page.stat.rss", ""))
    if result.consistency == "stopped":
        shown.append((f"{result.freeze_ms:,.1f} ms", "page.stat.freeze", ""))
    tiles = "".join(
        f'<div class="stat {kind}"><dt>{both(key)}</dt><dd>{value}</dd></div>' for value, key, kind in shown
    )
    return f'<dl class="stats">{tiles}</dl>'


def _facts(result: HeapResult) -> str:
    """Return the count beside the runtime's own, the last collection and the roots, as a definition list."""
    told = {lang: heap_story.facts(result, lang) for lang in LANGS}
    items = "".join(
        f"<div><dt>{spans({lang: told[lang][at][0] for lang in LANGS})}</dt>"
        f"<dd>{spans({lang: told[lang][at][1] for lang in LANGS})}</dd></div>"
        for at in range(len(told["en"]))
    )
    return f'<section class="part"><dl class="glossary facts">{items}</dl></section>'


def _icicle(result: HeapResult, lang: Lang) -> str:
    drawn = icicle.draw(_paths(result), lang)
    if not drawn:
        return ""
    return (
        f'<section class="part" aria-labelledby="{_PREFIX}-icicle"><h3 id="{_PREFIX}-icicle">'
        f'{both("h.page.icicle")}</h3><p class="quiet">{both("h.page.icicle.hint")}</p>'
        f'<div class="wide">{drawn}</div></section>'
    )


def _paths(result: HeapResult) -> Sequence[OwnerPath]:
    """Return the owner paths; owners alone where the result has no paths."""
    return joined(result.paths) or [
        OwnerPath((row["owner"],), row["objects"] or 0, row["bytes"] or 0, row["retained_bytes"] or 0)
        for row in rows_of(result, "owners")
        if row["owner"]
    ]


def _faults(result: HeapResult) -> str:
    items = fault_items(result.faults)
    if not items:
        return ""
    return f'<section class="part"><h3>{both("faults.label")}</h3><ul class="faults">{items}</ul></section>'
