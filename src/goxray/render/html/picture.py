"""A look inside one map: a cell for each group or bucket, coloured by its full slots, tombstones as a strip."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from goxray.render.html.markup import attribute, both, number, swatch, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.result import MapPicture
    from goxray.render.words import Lang

WIDTH, _TALLEST = 1200, 380
_SIZES = (40, 32, 24, 20, 16, 12, 10, 8, 6, 5, 4, 3)
SLOTS = 8
_OVER = SLOTS + 1  # the class of buckets that hold more than eight, thanks to overflow buckets


def cell_size(cells: int) -> int:
    """Return the greatest side of a cell with which that many fit the drawing."""
    for size in _SIZES:
        if math.ceil(cells / (WIDTH // size)) * size <= _TALLEST:
            return size
    return _SIZES[-1]


def level(full: float) -> int:
    """Return the colour class 0..8 of a cell, 9 when it holds more than eight; a trace never looks empty."""
    if full > SLOTS:
        return _OVER
    return max(round(full), 1) if full > 0 else 0


def draw(picture: MapPicture, lang: Lang) -> str:
    """Return the picture as a figure: heading, drawing, legend.

    Cells of one colour are one path, so that thousands of them stay a handful of elements.
    """
    cells = len(picture.full)
    explain = both(f"page.inside.{picture.kind}")
    if picture.fold > 1:
        explain += " " + both("page.inside.fold", n=picture.fold)
    return (
        '<figure class="inside"><figcaption>'
        f"<h3><code>{text(picture.owner)}</code></h3>"
        f'<p><code>{text(picture.type)}</code> <span class="quiet">{picture.addr:#x}</span></p><p>{explain}</p>'
        f"</figcaption>{_drawing(picture, cells, lang)}{_legend(picture)}</figure>"
    )


def _drawing(picture: MapPicture, cells: int, lang: Lang) -> str:
    if not cells:
        return ""
    size = cell_size(cells)
    across = WIDTH // size
    height = math.ceil(cells / across) * size
    label = attribute(
        "aria-label",
        "page.inside.label",
        lang,
        cells=f"{cells:,}",
        full=f"{sum(picture.full) / cells:.1f}",
        tombstones=f"{sum(picture.tombstones) / cells:.1f}",
    )
    tip = attribute("data-cell", "page.cell", lang, cell="{cell}", full="{full}", tombstones="{tombstones}")
    # The values for the script's tip, in tenths: nothing but whole numbers, so a script element needs no escaping.
    tenths = {"full": _tenths(picture.full), "tombstones": _tenths(picture.tombstones)}
    values = json.dumps(tenths, separators=(",", ":"))
    paths = _paths(picture, size, across)
    return (
        f'<svg class="cells" viewBox="0 0 {across * size} {height}" role="img" data-size="{size}" '
        f'data-across="{across}" data-fold="{picture.fold}" {tip} {label}>{paths}</svg>'
        f'<script type="application/json">{values}</script>'
    )


def _paths(picture: MapPicture, size: int, across: int) -> str:
    gap = 1 if size > 4 else 0
    side = size - gap
    levels: dict[int, list[str]] = {}
    strips: list[str] = []
    for place, (full, tombstones) in enumerate(zip(picture.full, picture.tombstones, strict=True)):
        x, y = place % across * size, place // across * size
        levels.setdefault(level(full), []).append(f"M{x} {y}h{side}v{side}h-{side}z")
        if tombstones > 0:
            strip = max(side * min(tombstones, SLOTS) / SLOTS, 0.8)
            strips.append(f"M{x} {number(y + side - strip)}h{side}v{number(strip)}h-{side}z")
    drawn = [f'<path class="f{at}" d="{"".join(path)}"/>' for at, path in sorted(levels.items())]
    if strips:
        drawn.append(f'<path class="tomb" d="{"".join(strips)}"/>')
    return "".join(drawn)


def _legend(picture: MapPicture) -> str:
    items = [f'<li class="of">{both("page.legend.full")}</li>']
    items += [f"<li>{swatch(f'f{at}')}{at}</li>" for at in range(SLOTS + 1)]
    if any(full > SLOTS for full in picture.full):
        items.append(f"<li>{swatch(f'f{_OVER}')}{both('page.legend.over')}</li>")
    strip = '<path class="tomb" d="M0 9h14v5h-14z"/>'
    items.append(f"<li>{swatch('f0', strip)}{both('page.legend.tombstones')}</li>")
    return f'<ul class="legend">{"".join(items)}</ul>'


def _tenths(values: Sequence[float]) -> list[int]:
    return [round(value * 10) for value in values]
