"""Which mspans can be believed: in a damaged core, or read while the program runs, some cannot.

What follows counts on spans: a slot's number comes from its address, arrays are sized by what spans claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout

_ADDRESSES = 1 << 48
_RESERVED = 256
"""The most bytes at a span's end that hold no slots: pointer bits and inline marks (runtime/mheap.go, initSpan)."""


def believable(columns: dict[str, NDArray[Any]], layout: RuntimeLayout) -> NDArray[np.bool_]:
    """Return bool[N] for spans sorted by address: whether their fields agree with each other and with their class.

    Spans of small objects have the pages and slots that runtime/sizeclasses.go gives their class; those of one large
    object have one slot, no larger than their pages (smaller in a user arena). No two spans share a page.
    """
    page = layout.const("pageSize")
    start, pages = columns["startAddr"], columns["npages"].astype(np.int64)
    size, count = columns["elemsize"].astype(np.int64), columns["nelems"].astype(np.int64)
    number = columns["spanclass"].astype(np.int64) >> 1
    known = number < len(layout.size_classes)
    safe = np.where(known, number, 0)
    room = np.clip(pages, 0, _ADDRESSES // page) * page
    slots = np.maximum(size, 1)
    small = (size == layout.size_classes[safe]) & (pages == layout.class_pages[safe])
    small &= (count <= room // slots) & (count >= (room - _RESERVED) // slots) & (count > 0)
    large = (count == 1) & (size > 0) & (size <= room)
    sound: NDArray[np.bool_] = known & np.where(number > 0, small, large)
    sound &= (start % np.uint64(page) == 0) & (start > 0) & (start < np.uint64(_ADDRESSES)) & (pages > 0)
    sound &= room < _ADDRESSES - np.minimum(start, np.uint64(_ADDRESSES)).astype(np.int64)
    for name in ("freeindex", "allocCount"):
        value = columns[name].astype(np.int64)
        sound &= (value >= 0) & (value <= count)
    return _apart(start, room, sound)


def _apart(start: NDArray[np.uint64], size: NDArray[np.int64], sound: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Leave out spans that begin inside one before them: one of the two has a wrong address, nobody knows which."""
    chosen = np.flatnonzero(sound)
    ends = start[chosen] + size[chosen].astype(np.uint64)
    reach = np.maximum.accumulate(ends) if len(ends) else ends
    inside = np.zeros(len(chosen), np.bool_)
    inside[1:] = start[chosen][1:] < reach[:-1]
    inside[:-1] |= inside[1:]
    sound[chosen[inside]] = False
    return sound
