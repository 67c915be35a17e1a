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
    from goxray.heap.analysis import Analysis
    from goxray.heap.contents import Contents
    from goxray.heap.graph import I32, I64


def duplicates_table(analysis: Analysis, contents: Contents) -> pa.Table:
    """Return the contents that several arrays hold, the most wasted first.

    An array that different strings share counts for the longest of them alone, so that no byte is counted twice.
    ``wasted_bytes`` are those of all arrays but the largest.
    """
    number, objects = _held(analysis, contents)
    order = np.lexsort((objects, number))
    number, size = number[order], analysis.objects.sizes(objects[order])
    found, first, count = np.unique(number, return_index=True, return_counts=True)
    total = np.add.reduceat(size, first) if len(first) else size
    wasted = total - np.maximum.reduceat(size, first) if len(first) else size
    texts = [_text(contents, n) for n in found.tolist()]
    rows = [i for i in range(len(found)) if count[i] > 1]
    rows.sort(key=lambda i: (-wasted[i], -count[i], texts[i]))
    return table(
        DUPLICATES,
        {
            "text": [texts[i] for i in rows],
            "length": contents.length[found[rows]],
            "count": count[rows],
            "bytes": total[rows],
            "wasted_bytes": wasted[rows],
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


def _text(contents: Contents, number: int) -> str:
    """The first bytes of a content; bytes that are no UTF-8 are replaced."""
    length = int(contents.length[number])
    raw = contents.shown[number, : min(length, SHOWN)].tobytes()
    if length <= SHOWN:
        return raw.decode("utf-8", "replace")
    return raw.decode("utf-8", "ignore") + "…"
