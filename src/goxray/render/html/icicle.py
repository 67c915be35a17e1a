"""The icicle: owner paths as blocks below blocks, width for bytes, as inline SVG that the script lets grow.

Each block's width is what its objects and all below them take, so a row is never wider than the one above it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zlib import crc32

from goxray.core.units import format_bytes, format_share
from goxray.render.elide import elide_middle
from goxray.render.html.markup import attribute, number, text
from goxray.render.safe import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from goxray.core.heap_result import OwnerPath
    from goxray.render.words import Lang

WIDTH = 1200
_ROW, _CELL, _PAD = 26, 7.4, 6
_DEEPEST = 12
_LEAST = 1.5  # blocks narrower than this are told together as one
_TINTS = 4


@dataclass
class Block:
    """What is held at one place: its own bytes and, after :func:`tree`, with all below it.

    ``label`` is what the name adds to that of the block above, ``.byUser`` below ``main.store``.
    """

    name: str
    label: str = ""
    own: int = 0
    bytes: int = 0
    below: dict[str, Block] = field(default_factory=dict)


@dataclass(frozen=True)
class Placed:
    """A block with its place in the drawing; ``more`` counts the blocks that it stands for, 0 for itself alone."""

    block: Block
    depth: int
    x: float
    width: float
    more: int = 0


def tree(paths: Sequence[OwnerPath]) -> Block:
    """Return the paths as a tree whose root holds all of them."""
    root = Block("")
    for path in paths:
        at = root
        at.bytes += path.bytes
        for frame in path.frames:
            if frame not in at.below:
                at.below[frame] = Block(frame, _label(frame, at.name))
            at = at.below[frame]
            at.bytes += path.bytes
        at.own += path.bytes
    return root


def _label(name: str, above: str) -> str:
    rest = name.removeprefix(above) if above else name
    return rest if rest != name and rest[:1] in (".", "[", " ") else name


def place(root: Block, deepest: int = _DEEPEST) -> list[Placed]:
    """Lay the tree out: the largest block of each row first, what is too narrow to see gathered at its end."""
    if root.bytes <= 0:
        return []
    return list(_placed(root, 0, 0.0, WIDTH / root.bytes, deepest))


def _placed(block: Block, depth: int, x: float, scale: float, deepest: int) -> Iterator[Placed]:
    yield Placed(block, depth, x, block.bytes * scale)
    if depth == deepest:
        return
    at = x
    small = Block("")
    count = 0
    for child in sorted(block.below.values(), key=lambda each: -each.bytes):
        if child.bytes * scale < _LEAST:
            small.bytes += child.bytes
            count += 1
            continue
        yield from _placed(child, depth + 1, at, scale, deepest)
        at += child.bytes * scale
    if small.bytes * scale >= _LEAST:
        yield Placed(small, depth + 1, at, small.bytes * scale, count)


def draw(
    paths: Sequence[OwnerPath], lang: Lang, *, deepest: int = _DEEPEST, figure: Callable[[int], str] = format_bytes
) -> str:
    """Return the drawing; empty where nothing is held. ``figure`` writes what widths stand for, if not bytes."""
    root = tree(paths)
    placed = place(root, deepest)
    if not placed:
        return ""
    height = (max(each.depth for each in placed) + 1) * _ROW
    blocks = "".join(_block(each, root.bytes, lang, figure, first=at == 0) for at, each in enumerate(placed))
    return (
        f'<svg class="icicle" viewBox="0 0 {WIDTH} {height}" role="list" data-roving data-icicle data-pad="{_PAD}" '
        f'data-cell="{_CELL}">{blocks}</svg>'
    )


def _block(placed: Placed, whole: int, lang: Lang, figure: Callable[[int], str], first: bool) -> str:
    block = placed.block
    share = format_share(block.bytes / whole)
    if placed.more:
        label = attribute("aria-label", "h.page.icicle.rest", lang, n=placed.more)
        name, kind = "", "rest"
    elif placed.depth == 0:
        label = attribute("aria-label", "h.page.icicle.root", lang, bytes=figure(block.bytes))
        name, kind = figure(block.bytes), "i-all"
    else:
        figures = {"bytes": figure(block.bytes), "share": share, "own": figure(block.own)}
        label = attribute("aria-label", "h.page.icicle.tip", lang, name=block.name, **figures)
        name, kind = f"{printable(block.label)}  {figure(block.bytes)}", f"i{crc32(block.name.encode()) % _TINTS}"
    x, y = placed.x, placed.depth * _ROW
    cells = int((placed.width - 2 * _PAD) / _CELL)
    shown = text(elide_middle(name, cells)) if cells >= 4 and name else ""
    where = f'data-x="{placed.x:.3f}" data-w="{placed.width:.3f}" data-d="{placed.depth}" data-name="{text(name)}"'
    return (
        f'<g role="listitem" class="block {kind}" data-tip tabindex="{0 if first else -1}" {where} {label}>'
        f'<rect x="{number(x)}" y="{y}" width="{number(max(placed.width - 1, 0.5))}" height="{_ROW - 1}" rx="2"/>'
        f'<text x="{number(x + _PAD)}" y="{y + 17}">{shown}</text></g>'
    )
