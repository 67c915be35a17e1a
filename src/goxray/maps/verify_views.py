"""What the checks of maps look at: headers, tables, groups and buckets as arrays, and the counts carried along.

A batch holds any number of maps; ``map`` columns are indices into it. Large maps are given in parts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goxray.maps.verify_rules import Flags, Ints

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]

SLOTS = 8
"""Slots of a bucket or group (abi.MapBucketCount, abi.MapGroupSlots)."""

BLOCK = 4096
"""Groups or buckets whose keys are checked at a time: the temporaries stay in the processor's cache."""


# ---- Swiss


@dataclass(frozen=True)
class SwissMaps:
    """The headers of a batch of Swiss maps: int64[m] each, the flags bool[m].

    ``has_dir`` tells that dirPtr is not nil; ``tombstone_possible`` is None where the runtime has no such field.
    """

    used: Ints
    dir_len: Ints
    global_depth: Ints
    global_shift: Ints
    has_dir: Flags
    tombstone_possible: Flags | None = None


@dataclass(frozen=True)
class SwissTables:
    """The headers of the tables of a batch, all int64[t].

    ``map`` is the owner's index. ``number`` is the directory index where the table stands first, and ``repeats`` how
    many neighbouring entries hold it; a table that stands in two places apart is given twice. ``index`` is signed (-1:
    stale); ``groups`` is groups.lengthMask + 1.
    """

    map: Ints
    number: Ints
    repeats: Ints
    used: Ints
    capacity: Ints
    growth_left: Ints
    index: Ints
    local_depth: Ints
    groups: Ints


@dataclass(frozen=True)
class SwissGroups:
    """All groups of some tables, table after table in the order of ``tables`` (indices into :class:`SwissTables`).

    ``ctrl`` is uint8[r, 8], r the sum of those tables' groups. ``hashes`` (uint64[r, 8]) are the hashes of the keys in
    full slots, anything elsewhere; None when not computed. ``known`` (bool[r, 8]) tells which to rely on; None: all.
    """

    tables: Ints
    ctrl: Bytes
    hashes: Words | None = None
    known: Flags | None = None


@dataclass(frozen=True)
class SmallGroups:
    """The single groups of maps without a directory: ``map`` int64[k], the rest as in :class:`SwissGroups`."""

    map: Ints
    ctrl: Bytes
    hashes: Words | None = None
    known: Flags | None = None


@dataclass
class SwissTally:
    """Counts over all parts, one element a map: full slots and tombstones (int64[m]).

    ``partly_read`` (bool[m]) is for the caller to set where something of a map could not be read: its sum is then not
    judged.
    """

    full: Ints
    tombstones: Ints
    partly_read: Flags

    @classmethod
    def of(cls, maps: SwissMaps) -> SwissTally:
        """Nothing counted yet."""
        count = maps.used.size
        return cls(np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.bool_))


# ---- classic


@dataclass(frozen=True)
class ClassicMaps:
    """The headers of a batch of classic maps: int64[m] each, the flags bool[m].

    ``b`` is hmap.B; ``has_buckets`` and ``has_old`` tell that the pointer is not nil. ``array_bytes`` and ``old_bytes``
    are the sizes of the heap slots that the two arrays stand in, ``wanted_bytes`` and ``wanted_old_bytes`` what
    makeBucketArray would have asked for with this B; -1 (or no array) where not known, as for an array on a stack.
    """

    count: Ints
    flags: Ints
    b: Ints
    noverflow: Ints
    nevacuate: Ints
    has_buckets: Flags
    has_old: Flags
    array_bytes: Ints | None = None
    wanted_bytes: Ints | None = None
    old_bytes: Ints | None = None
    wanted_old_bytes: Ints | None = None


@dataclass(frozen=True)
class ClassicBuckets:
    """Some buckets with all that is linked to them; every chain is whole within one part. Rows in any order.

    ``map``, ``bucket`` and ``depth`` are int64[r]: the owner, the bucket's number in its array, and the place in its
    chain (0: in the array, 1: first overflow bucket). ``old`` (bool[r]) tells the old array from the present one.
    ``tophash`` is uint8[r, 8]; ``hashes`` and ``known`` as in :class:`SwissGroups`, for cells that hold a key.
    ``cut`` (bool[r]) tells where the chain goes on but could not be followed; None: nowhere.
    """

    map: Ints
    old: Flags
    bucket: Ints
    depth: Ints
    tophash: Bytes
    hashes: Words | None = None
    known: Flags | None = None
    cut: Flags | None = None


@dataclass(frozen=True)
class OverflowLinks:
    """Overflow pointers that are not nil, one element a pointer.

    ``map``, ``bucket`` and ``depth`` (int64[k]) and ``old`` (bool[k]) name the bucket that holds the pointer, ``addr``
    (uint64[k]) is where it leads. ``array`` (uint64[k]) is the address of the bucket array the chain starts in,
    ``buckets`` (int64[k]) its 1 << B regular buckets, ``array_bytes`` (int64[k]) its size; ``bucket_size`` (int64[k]).
    ``slot_start`` (bool[k]) tells that ``addr`` is the start of a heap slot in use that has a bucket's size.
    """

    map: Ints
    old: Flags
    bucket: Ints
    depth: Ints
    addr: Words
    array: Words
    buckets: Ints
    array_bytes: Ints
    bucket_size: Ints
    slot_start: Flags


@dataclass
class ClassicTally:
    """What is carried over all parts, one element a map.

    ``full`` counts cells with a key, ``overflow`` linked overflow buckets of the present array (int64[m]).
    ``partly_read`` (bool[m]) is for the caller to set where something could not be read. ``evacuated`` (int8) holds one
    element for each old bucket of the batch (1: evacuated, 0: not, -1: not seen), map m's from ``first_old[m]`` on.
    """

    full: Ints
    overflow: Ints
    partly_read: Flags
    first_old: Ints
    evacuated: NDArray[np.int8]


def pick_known(hashes: Words | None, known: Flags | None, full: Flags) -> Flags | None:
    """Which full slots have a hash to compare with, bool like ``full``; None where no hashes were computed."""
    if hashes is None:
        return None
    return full if known is None else full & known
