"""The state of a classic map as arrays: what the kernels read and write.

Rows are buckets: first the array's (preallocated overflow buckets included), then overflow buckets of their own in the
order of their allocation. Words are int64 throughout, hashes too: the same 64 bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]

SLOTS = 8
POINTER = 8

EMPTY_REST, EMPTY_ONE, EVACUATED_X, EVACUATED_Y, EVACUATED_EMPTY, MIN_TOPHASH = range(6)
"""States of a cell (runtime/map.go)."""

ITERATOR, OLD_ITERATOR, SAME_SIZE = 1, 2, 8
"""Bits of hmap.flags; hashWriting never stands outside of an operation."""

NO_NAME = -1
"""The name of keys that the map has never seen."""

NIL, SENTINEL = -1, -2
"""Links of a bucket that lead to no row: none, and the mark of the last preallocated bucket (makeBucketArray)."""


class Buckets(NamedTuple):
    """One generation of buckets.

    ``tops`` uint8[N, 8]; ``hashes`` int64[N, 8]; ``names`` int64[N, 8]: keys with one name are equal, a negative name
    is equal to nothing; ``keys`` and ``elems`` int64[N, 8] (or [0, 8] where nobody asks): which key and elem bytes
    stand in the slot, 0 for zeros, a negative key for one whose string pointer was cleared; ``links`` int64[N]: the
    next row.
    """

    tops: U8
    hashes: I64
    names: I64
    keys: I64
    elems: I64
    links: I64


(
    COUNT, FLAGS, LOG2, NOVERFLOW, NEVACUATE, GROWING, NEXT, USED, OWN, OLD_OWN, OLD_APART, HAS_EXTRA, LISTED, STEP,
    OLD_LISTED, OLD_STEP, OLD_BYTES, BYTES, PEAK, MALLOCS, TOTAL, LONGEST, OP, LOGGED, DELETED, REASON, HEAD_WORDS,
) = range(27)  # fmt: skip
"""Words of the head.

COUNT to NEVACUATE are hmap's; GROWING: oldbuckets is not nil; NEXT: the row of nextOverflow or NIL; USED: rows in use;
OWN and OLD_OWN: rows of the arrays themselves; OLD_APART: overflow buckets outside of the old array that still hang on
it; LISTED: length of ``*extra.overflow`` or NIL without one, STEP its place in the table of capacities, OLD_ the same
of ``oldoverflow``; OLD_BYTES: the old array's; BYTES and PEAK: held now, and the most so far; MALLOCS and TOTAL as in
MemStats; LONGEST: no chain has more rows; OP: operations done; LOGGED: rows of the log in use; DELETED: slots emptied
since the last growth began; REASON: why :func:`kernels.run` stopped.
"""

(
    F_LOAD_NUM, F_LOAD_DEN, F_NOSCAN, F_OVERFLOW, F_EXTRA, F_LIST, F_KEY, F_ELEM, F_UPDATE, F_CLEARS, F_REFLEXIVE,
    F_CONTENT, F_LOGS, FIXED_WORDS,
) = range(14)  # fmt: skip
"""Words that never change: load factor, whether buckets hold no pointers, bytes of what is allocated (overflow bucket,
mapextra, slice header, indirect key and elem), whether assigning writes an equal key again, what deleting does to the
key (KEEPS, ZEROES, CLEARS_STRING), whether each key equals itself, whether keys and elems are kept, whether events are.
"""

KEEPS, ZEROES, CLEARS_STRING = range(3)

DONE, WANTS_FIRST, WANTS_GROWTH, WANTS_ROOM, WANTS_LOG, WANTS_SEED = range(6)
"""Why :func:`kernels.run` stopped: all done; the first bucket is to be made; growth is to begin; more rows, or a longer
log, are needed (all before the operation); the map was emptied and gets a new seed (after it)."""

ASSIGN, DELETE, ACCESS = range(3)
"""Operations."""

LOG_ALLOC, LOG_FREE, LOG_EVACUATE = range(3)
IS_OVERFLOW, IS_EXTRA, IS_LIST, IS_ARRAY, IS_INDIRECT_KEY, IS_INDIRECT_ELEM, IS_OLD_BUCKET = range(7)
"""Rows of the log are (operation, kind, what, bytes, count)."""


class Work(NamedTuple):
    """Operations to be done in order, columns of one length.

    ``ops`` uint8; ``hashes`` and ``names`` of the keys; ``keys`` and ``elems`` to be written (length 0 where nobody
    asks); ``found`` receives the elem of each access, or NIL.
    """

    ops: U8
    hashes: I64
    names: I64
    keys: I64
    elems: I64
    found: I64


IN_OLD = 1 << 60
"""Added to row * 8 + slot of a place in the old buckets."""


def new_buckets(rows: int, capacity: int, content: bool) -> Buckets:
    """Zeroed buckets: ``rows`` of an array, with room for ``capacity`` rows in all; all links are nil."""
    room = max(rows, capacity)
    hashes = np.zeros((room, SLOTS), np.int64)
    kept = room if content else 0
    return Buckets(
        np.zeros((room, SLOTS), np.uint8),
        hashes,
        np.zeros((room, SLOTS), np.int64) if content else hashes,
        np.zeros((kept, SLOTS), np.int64),
        np.zeros((kept, SLOTS), np.int64),
        np.full(room, NIL, np.int64),
    )


def with_room(buckets: Buckets, capacity: int) -> Buckets:
    """Copy buckets to arrays with room for more rows."""
    content = bool(len(buckets.keys))
    wider = new_buckets(0, capacity, content)
    count = len(buckets.links)
    wider.tops[:count], wider.hashes[:count], wider.links[:count] = buckets.tops, buckets.hashes, buckets.links
    if content:
        wider.names[:count], wider.keys[:count], wider.elems[:count] = buckets.names, buckets.keys, buckets.elems
    return wider
