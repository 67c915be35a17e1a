"""How long a classic map's bucket array is: the buckets and, behind them, the overflow buckets that come with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout

PREALLOCATED_FROM = 4
"""From this B on overflow buckets come with an array (runtime/map.go, makeBucketArray)."""


def bucket_array(log2: int, unit_size: int, noscan: bool, layout: RuntimeLayout) -> tuple[int, int]:
    """(buckets, buckets with the preallocated overflow area) of an array (runtime/map.go, makeBucketArray)."""
    buckets = total = 1 << log2
    if log2 >= PREALLOCATED_FROM:
        total += 1 << (log2 - PREALLOCATED_FROM)
        size = unit_size * total
        rounded = round_up_size(size, noscan, layout)
        if rounded != size:
            total = rounded // unit_size
    return buckets, total


def round_up_size(size: int, noscan: bool, layout: RuntimeLayout) -> int:
    """Bytes usable in the slot for ``size`` (runtime/msize.go, roundupsize): without the malloc header."""
    slot = layout.alloc_size(size, noscan)
    if noscan or not layout.has_const("mallocHeaderSize"):
        return slot
    small = size <= layout.const("maxSmallSize") - layout.const("mallocHeaderSize")
    headed = small and size > layout.const("minSizeForMallocHeader")
    return slot - layout.const("mallocHeaderSize") if headed else slot
