"""The drawings of the heap's page: suspects as cards, how full collections are, and the account of memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goxray.core.units import format_bytes, format_count, format_share
from goxray.render import heap_story
from goxray.render.heap_rows import account_sizes, left_out, part, rows_of
from goxray.render.html.markup import attribute, both, number, spans, swatch, text
from goxray.render.words import LANGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.heap_result import HeapResult
    from goxray.render.words import Lang

    Row = dict[str, Any]

_WIDTH = 1200
_BIN_WIDTH, _BIN_HEIGHT, _GAP = 26, 96, 3
_MOST_CARDS = 12

# What a kind of memory is drawn in: objects in teal, what could be given back in warm colours, Go's own in the shades
# between, everything else in grey.
_COLORS = {
    "live objects": "m-live",
    "unreachable objects, not yet collected": "m-garbage",
    "dead objects, not yet swept": "m-dead",
    "free slots in spans in use": "m-slots",
    "span tails": "m-slots",
    "free pages, not returned": "m-free",
    "free pages, returned to the OS": "m-none",
    "goroutine stacks": "m-stack",
    "free stacks": "m-stack",
    "thread stacks": "m-stack",
    "program text and read-only data": "m-program",
    "program data and bss": "m-program",
    "reserved address space": "m-none",
}


def cards(result: HeapResult, prefix: str) -> str:
    """Return a card for each suspect: how much of the heap it keeps, two sentences, and the command to go on with."""
    rows = rows_of(result, "suspects", _MOST_CARDS)
    told = {lang: heap_story.suspects(result, lang) for lang in LANGS}
    if not rows:
        return ""
    drawn = "".join(_card(result, row, [told[lang][at] for lang in LANGS]) for at, row in enumerate(rows))
    return (
        f'<section class="suspects" aria-labelledby="{prefix}-cards"><h3 id="{prefix}-cards">'
        f'{both("h.title.suspects")}</h3><div class="cards">{drawn}</div></section>'
    )


def _card(result: HeapResult, row: Row, told: Sequence[tuple[str, str]]) -> str:
    share = row["share"] or 0.0
    keeps = spans({lang: told[at][0] for at, lang in enumerate(LANGS)})
    piles = spans({lang: told[at][1] for at, lang in enumerate(LANGS)})
    command = text(heap_story.why_command(result, row))
    after = f'<p class="quiet next">{both("h.page.why")} <code>{command}</code></p>' if command else ""
    bar = (
        f'<svg class="held" viewBox="0 0 {_WIDTH} 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" width="{_WIDTH}" height="10"/><rect class="h-wasted" height="10" '
        f'width="{number(min(max(share, 0.0), 1.0) * _WIDTH)}"/></svg>'
    )
    return (
        f'<article class="card"><p class="big">{format_share(row["share"])}'
        f" <small>{format_bytes(row['retained_bytes'] or 0)}</small></p>{bar}"
        f'<p class="keeps">{keeps}</p><p>{piles}</p>{after}</article>'
    )


def fills(result: HeapResult, prefix: str, lang: Lang) -> str:
    """Return a histogram for each kind of collection, from empty to full."""
    kinds: dict[str, list[Row]] = {}
    for row in rows_of(result, "fills"):
        kinds.setdefault(row["kind"] or "-", []).append(row)
    figures = "".join(
        _histogram(kind, sorted(rows, key=lambda row: row["fill_from"] or 0.0), lang)
        for kind, rows in kinds.items()
        if any(row["count"] for row in rows)
    )
    if not figures:
        return ""
    return (
        f'<section class="part" aria-labelledby="{prefix}-fills"><h3 id="{prefix}-fills">{both("h.title.fills")}</h3>'
        f'<p class="quiet">{both("h.page.fill.hint")}</p><div class="fills">{figures}</div></section>'
    )


def _histogram(kind: str, rows: Sequence[Row], lang: Lang) -> str:
    most = max(row["bytes"] or 0 for row in rows) or 1
    bars = "".join(_bar(kind, row, at, most, lang) for at, row in enumerate(rows))
    width = len(rows) * _BIN_WIDTH
    height = _BIN_HEIGHT + 18
    axis = "".join(
        f'<text class="axis {anchor}" x="{number(x)}" y="{height - 3}">{label}</text>'
        for x, anchor, label in ((0, "start", "0%"), (width / 2, "middle", "50%"), (width, "end", "100%"))
    )
    words = {
        "kind": kind,
        "count": format_count(sum(row["count"] or 0 for row in rows)),
        "bytes": format_bytes(sum(row["bytes"] or 0 for row in rows)),
        "wasted": format_bytes(sum(row["wasted_bytes"] or 0 for row in rows)),
    }
    return (
        f'<figure class="fill"><svg viewBox="0 0 {width} {height}" role="list" data-roving>{bars}'
        f'<path class="track" d="M0 {_BIN_HEIGHT}h{width}v1h-{width}z"/>{axis}</svg>'
        f"<figcaption>{both('h.page.fill.label', **words)}</figcaption></figure>"
    )


def _bar(kind: str, row: Row, at: int, most: int, lang: Lang) -> str:
    """Return one bar: as high as its bytes, from the ground up what is unused; a trace is never invisible."""
    size, wasted = row["bytes"] or 0, row["wasted_bytes"] or 0
    tall = max(size / most * (_BIN_HEIGHT - 4), 2.0) if row["count"] else 0.0
    strong = tall * min(wasted / size, 1.0) if size else 0.0
    x, width = at * _BIN_WIDTH, _BIN_WIDTH - _GAP
    label = attribute(
        "aria-label",
        "h.page.fill.bin",
        lang,
        kind=kind,
        low=format_share(row["fill_from"]),
        high=format_share(row["fill_to"]),
        count=format_count(row["count"] or 0),
        bytes=format_bytes(size),
        wasted=format_bytes(wasted),
    )
    return (
        f'<g role="listitem" data-tip tabindex="{-1 if at else 0}" {label}>'
        f'<rect class="hit" x="{x}" width="{width}" height="{_BIN_HEIGHT}"/>'
        f'<rect class="b-size" x="{x}" y="{number(_BIN_HEIGHT - tall)}" width="{width}" height="{number(tall)}"/>'
        f'<rect class="b-waste" x="{x}" y="{number(_BIN_HEIGHT - strong)}" width="{width}" height="{number(strong)}"/>'
        "</g>"
    )


def account(result: HeapResult, prefix: str) -> str:
    """Return the account of memory: one bar divided among its rows, and the rows with their figures."""
    rows = rows_of(result, "rss")
    if not rows:
        return ""
    sizes, resident = account_sizes(rows)
    whole = sum(sizes)
    at, rects = 0.0, []
    for row, size in zip(rows, sizes, strict=True):
        width = (part(size, whole) or 0.0) * _WIDTH
        rects.append(f'<rect class="{_color(row)}" x="{at:.2f}" width="{width:.2f}" height="34"/>')
        at += width
    body = "".join(_line(row, size, whole, resident) for row, size in zip(rows, sizes, strict=True))
    hint = both("h.page.rss.hint" if resident else "h.page.rss.hint.core")
    cut = left_out(result, "rss", len(rows)) > 0
    total = f"<td>{both('h.rss.shown' if cut else 'h.rss.total')}</td>"
    total += f'<td class="n">{format_bytes(whole)}</td>' if resident else ""
    total += f'<td class="n"></td><td class="n">{format_bytes(sum(row["bytes"] or 0 for row in rows))}</td>'
    first = f'<th scope="col" class="n">{both("h.col.resident_bytes")}</th>' if resident else ""
    return (
        f'<section class="part" aria-labelledby="{prefix}-rss"><h3 id="{prefix}-rss">{both("h.title.rss")}</h3>'
        f'<p class="quiet">{hint}</p><svg class="divide" viewBox="0 0 {_WIDTH} 34" preserveAspectRatio="none" '
        f'aria-hidden="true">{"".join(rects)}</svg><div class="scroll plain"><table class="account"><thead><tr>'
        f'<th scope="col">{both("h.col.category")}</th>{first}<th scope="col" class="n">{both("h.col.share")}</th>'
        f'<th scope="col" class="n">{both("h.col.bytes")}</th></tr></thead><tbody>{body}</tbody>'
        f"<tfoot><tr>{total}</tr></tfoot></table></div></section>"
    )


def _color(row: Row) -> str:
    name = row["category"] or ""
    return _COLORS.get(name, "m-meta" if name.startswith("runtime metadata") else "m-other")


def _line(row: Row, size: int, whole: int, resident: bool) -> str:
    name = spans({lang: heap_story.category(row["category"] or "-", lang) for lang in LANGS})
    first = f'<td class="n">{format_bytes(row["resident_bytes"] or 0)}</td>' if resident else ""
    share = format_share(part(size, whole)) if size else "-"
    return (
        f'<tr><td>{swatch(_color(row))}{name}</td>{first}<td class="n">{share}</td>'
        f'<td class="n">{format_bytes(row["bytes"] or 0)}</td></tr>'
    )
