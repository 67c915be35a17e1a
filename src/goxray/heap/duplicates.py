"""Strings that are there more than once, from the contents that were compared while the target stood still."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from goxray.core.heap_schema import DUPLICATES
from goxray.heap.collections import LengthSlots
from goxray.heap.contents import SHOWN
from goxray.heap.heap_tables import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from goxray.heap.analysis import Analysis
    from goxray.heap.contents import Contents
    from goxray.heap.graph import I32, I64


_LONGEST_TOKEN = 48
_LONGEST_VALUE = 256
"""Characters at the end of what was kept that are never shown: a value may have been cut there."""


class Duplicates:
    """The contents that several arrays hold, the most wasted first.

    An array that different strings share counts for the longest of them alone, so that no byte is counted twice.
    ``wasted_bytes`` are those of all arrays but the largest.
    """

    def __init__(self, analysis: Analysis, contents: Contents) -> None:
        number, objects = _held(analysis, contents)
        order = np.lexsort((objects, number))
        number, size = number[order], analysis.objects.sizes(objects[order])
        found, first, count = np.unique(number, return_index=True, return_counts=True)
        total = np.add.reduceat(size, first) if len(first) else size
        wasted = total - np.maximum.reduceat(size, first) if len(first) else size
        rows = np.flatnonzero(count > 1).tolist()
        rows.sort(key=lambda i: (-wasted[i], -count[i], contents.start_of(int(found[i]))[:SHOWN]))
        self._contents = contents
        self._number = found[rows]
        self._figures = {"count": count[rows], "bytes": total[rows], "wasted_bytes": wasted[rows]}

    def __len__(self) -> int:
        """Return how many contents there are more than once."""
        return len(self._number)

    def table(self, limit: int | None = None, mask: Callable[[str], str] | None = None) -> pa.Table:
        """Return the first rows, with the first bytes of each content: masked, and only then cut."""
        number = self._number[:limit]
        return table(
            DUPLICATES,
            {
                "text": [_text(self._contents, each, mask) for each in number.tolist()],
                "length": self._contents.length[number],
                **{name: figures[:limit] for name, figures in self._figures.items()},
            },
        )


def _held(analysis: Analysis, contents: Contents) -> tuple[I32, I64]:
    """Return each array of text whose content others hold too: the content's number and the object's."""
    graph, owner = analysis.graph, analysis.typed.owner
    side = graph.side
    slots = LengthSlots.of(analysis)
    number = np.full(len(side.length_edge), -1, np.int32)
    number[: len(contents.number)] = contents.number
    rooted = np.flatnonzero(side.length_edge >= graph.first_root)
    if len(rooted) and len(contents.root_slot):
        at = graph.slot[side.length_edge[rooted].astype(np.int64) - graph.first_root]
        place = np.minimum(np.searchsorted(contents.root_slot, at), len(contents.root_slot) - 1)
        number[rooted] = np.where(contents.root_slot[place] == at, contents.root_number[place], -1)
    is_text = (slots.slot >= 0) & (owner[slots.source] >= 0)
    is_text[is_text] = slots.text[slots.slot[is_text]] != 0
    chosen = np.flatnonzero(is_text)
    objects = graph.edges.target[side.length_edge[chosen]].astype(np.int64)
    longest = np.lexsort((number[chosen], -side.length[chosen].astype(np.int64), objects))
    objects, chosen = objects[longest], chosen[longest]
    fresh = np.ones(len(objects), np.bool_)
    fresh[1:] = objects[1:] != objects[:-1]
    fresh &= number[chosen] >= 0
    return number[chosen[fresh]], objects[fresh]


def _text(contents: Contents, number: int, mask: Callable[[str], str] | None) -> str:
    """The first bytes of a content; bytes that are no UTF-8 are replaced."""
    length, raw = int(contents.length[number]), contents.start_of(number)
    if mask is None:
        return raw.decode("utf-8", "replace") if length <= SHOWN else raw[:SHOWN].decode("utf-8", "ignore") + "…"
    if length <= len(raw):
        hidden = mask(raw.decode("utf-8", "replace"))
        return hidden if length <= SHOWN else _cut(hidden)
    hidden = mask(raw.decode("utf-8", "ignore"))
    return _cut(hidden[: max(len(hidden) - _LONGEST_VALUE, 0)], "…")


def _cut(text: str, more: str = "") -> str:
    """Cut what is masked to what is shown, and no token in two; ``more`` is at the end of what was cut before."""
    encoded = text.encode()
    if len(encoded) <= SHOWN:
        return text + more
    kept = encoded[:SHOWN].decode("utf-8", "ignore")
    if kept.rfind("[") > kept.rfind("]"):  # half a token would be nobody's
        end = text.find("]", len(kept), len(kept) + _LONGEST_TOKEN) + 1
        kept = text[:end] if end else kept
    return kept + "…" if len(kept) < len(text) else kept + more
