"""The treemap: a tile for each owner (or type), area for bytes, colour for load, as inline SVG.

The layout is the squarified treemap of Bruls, Huizing and van Wijk (2000): rows are filled while that brings tiles
nearer to squares, so that areas can be compared by eye.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from goxray.core.units import format_bytes, format_share
from goxray.render.elide import elide_middle
from goxray.render.html.markup import attribute, both, number, text
from goxray.render.safe import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.result import MapsResult
    from goxray.render.rows import Row
    from goxray.render.words import Lang

WIDTH, HEIGHT = 1200, 400
MOST_TILES = 60
_FEW = 4  # fewer tiles than this need half the height
_CELL, _LINE, _PAD = 7.9, 18, 8  # a character's width and a line's height in the label's font, and the tile's padding
LOAD_STEPS = (0.1, 0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Tile:
    """One tile: what it stands for, its figures, and the row of the table it leads to (None: several or none)."""

    name: str
    bytes: int
    wasted_bytes: int
    load: float | None
    row: int | None
    more: int = 0


@dataclass(frozen=True)
class Box:
    """A rectangle in the drawing's units."""

    x: float
    y: float
    width: float
    height: float


def load_class(load: float | None) -> str:
    """Return the style class of a load: ``l0`` (nearly empty) to ``l4`` (full), ``lx`` without slots."""
    if load is None:
        return "lx"
    return f"l{sum(load >= step for step in LOAD_STEPS)}"


def tiles_of(result: MapsResult, rows: Sequence[Row]) -> list[Tile]:
    """Return the largest tiles first; everything that is not drawn on its own shares the last one."""
    grouped: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        grouped.setdefault(row.type if result.group == "type" else row.owner, []).append(place)
    tiles = [_tile(name, [rows[place] for place in places], places) for name, places in grouped.items()]
    tiles = sorted((tile for tile in tiles if tile.bytes > 0), key=lambda tile: -tile.bytes)
    drawn, left = tiles[:MOST_TILES], tiles[MOST_TILES:]
    rest_bytes = result.totals.bytes - sum(tile.bytes for tile in drawn)
    hidden = max(result.rows_total - len(rows), 0)
    if rest_bytes > 0 and (left or hidden):
        wasted = result.totals.wasted_bytes - sum(tile.wasted_bytes for tile in drawn)
        drawn.append(Tile("", rest_bytes, max(wasted, 0), None, None, more=len(left) + hidden))
    return drawn


def _tile(name: str, rows: Sequence[Row], places: Sequence[int]) -> Tile:
    slots = sum(row.slots for row in rows)
    return Tile(
        name=name,
        bytes=sum(row.bytes for row in rows),
        wasted_bytes=sum(row.wasted_bytes for row in rows),
        load=sum(row.entries for row in rows) / slots if slots else None,
        row=places[0],
    )


def squarify(areas: Sequence[float], box: Box) -> list[Box]:
    """Return a box for each area, in the given order, that together fill ``box``; areas are positive, largest first."""
    total = sum(areas)
    if not areas or total <= 0:
        return []
    scale = box.width * box.height / total
    boxes: list[Box] = []
    start = 0
    while start < len(areas):
        side = min(box.width, box.height)
        end = start + 1
        while end < len(areas) and _worst(areas[start : end + 1], side, scale) <= _worst(areas[start:end], side, scale):
            end += 1
        row, box = _lay(areas[start:end], box, scale)
        boxes += row
        start = end
    return boxes


def _worst(areas: Sequence[float], side: float, scale: float) -> float:
    """Return the greatest aspect ratio among tiles of these areas laid along ``side``."""
    thickness = sum(areas) * scale / side
    if thickness == 0:
        return float("inf")
    lengths = [area * scale / thickness for area in areas]
    return max(max(thickness / length, length / thickness) if length else float("inf") for length in lengths)


def _lay(areas: Sequence[float], box: Box, scale: float) -> tuple[list[Box], Box]:
    """Lay one row of tiles along the shorter side; return them and what is left of the box."""
    tall = box.width >= box.height
    side = box.height if tall else box.width
    thickness = sum(areas) * scale / side if side else 0.0
    boxes = []
    at = 0.0
    for area in areas:
        length = area * scale / thickness if thickness else 0.0
        if tall:
            boxes.append(Box(box.x, box.y + at, thickness, length))
        else:
            boxes.append(Box(box.x + at, box.y, length, thickness))
        at += length
    if tall:
        return boxes, Box(box.x + thickness, box.y, max(box.width - thickness, 0.0), box.height)
    return boxes, Box(box.x, box.y + thickness, box.width, max(box.height - thickness, 0.0))


def draw(tiles: Sequence[Tile], prefix: str, lang: Lang) -> str:
    """Return the treemap as SVG; tiles are links to rows ``{prefix}-row-N`` of the table."""
    height = HEIGHT if len(tiles) >= _FEW else HEIGHT // 2
    boxes = squarify([float(tile.bytes) for tile in tiles], Box(0, 0, WIDTH, height))
    parts = [f'<svg class="treemap" viewBox="0 0 {WIDTH} {height}" role="list" data-roving>']
    first = True
    for tile, box in zip(tiles, boxes, strict=True):
        if box.width >= 1 and box.height >= 1:
            parts.append(_drawn(tile, box, prefix, lang, first))
            first = False
    parts.append("</svg>")
    return "".join(parts)


def _drawn(tile: Tile, box: Box, prefix: str, lang: Lang, first: bool) -> str:
    load = format_share(tile.load)
    if tile.more:
        label = attribute("aria-label", "page.treemap.rest", lang, n=tile.more)
    else:
        figures = {"bytes": format_bytes(tile.bytes), "load": load, "wasted": format_bytes(tile.wasted_bytes)}
        label = attribute("aria-label", "page.treemap.tip", lang, name=tile.name, **figures)
    kind = "rest" if tile.more else load_class(tile.load)
    rect = (
        f'<rect x="{number(box.x + 1)}" y="{number(box.y + 1)}" rx="3" '
        f'width="{number(max(box.width - 2, 0.5))}" height="{number(max(box.height - 2, 0.5))}"/>'
    )
    inner = rect + _label(tile, box, load)
    focus = f'tabindex="{0 if first else -1}"'
    if tile.row is None:
        return f'<g role="listitem" class="tile {kind}" data-tip {focus} {label}>{inner}</g>'
    link = f'href="#{prefix}-row-{tile.row}"'
    return f'<g role="listitem"><a class="tile {kind}" data-tip {focus} {link} {label}>{inner}</a></g>'


def _label(tile: Tile, box: Box, load: str) -> str:
    """Return name and figures where the tile has room for them."""
    cells = int((box.width - 2 * _PAD) / _CELL)
    if cells < 5 or box.height < _LINE + _PAD:
        return ""
    x, y = number(box.x + _PAD), box.y + _PAD + 11
    if tile.more:
        words = both("page.treemap.rest", n=tile.more, tag="tspan")
        return f'<text x="{x}" y="{number(y)}">{words}</text>'
    lines = [f'<text class="name" x="{x}" y="{number(y)}">{text(elide_middle(printable(tile.name), cells))}</text>']
    figures = f"{format_bytes(tile.bytes)} · {load}"
    if box.height >= 2 * _LINE + _PAD and cell_len(figures) <= cells:
        lines.append(f'<text x="{x}" y="{number(y + _LINE)}">{text(figures)}</text>')
    return "".join(lines)
