"""A classic map of which only what its figures depend on is kept: for maps of many millions of fresh keys.

Keys that are assigned are new to the map and keys that are deleted are in it, so assigning looks nothing up. A cell
keeps the lower half of its key's hash, which selects the bucket up to B = 31; to a delete, keys that agree in it are
alike. Instead of tophash cells a row has a mask of those that are full: an empty one before the last full
one of its chain is emptyOne, one behind it emptyRest. Rows are those of :mod:`goxray.model.classic.state`, handed out
in the same order, and the head is the same.

Source: runtime/map.go, as in kernels.py and growth.py, against which tests hold this.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from goxray.core.jit import bare_kernel, part
from goxray.model.classic import state as st
from goxray.model.classic.growth import count_overflow, drop, finish, take
from goxray.model.classic.kernels import overflow_limit, too_full

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
Number = int | np.signedinteger

ALL = 255
MOVED = -3
"""Link of a bucket whose contents have moved to the new array."""

_KEPT = (1 << 32) - 1
_LOOKED_AHEAD = 1024
_AHEAD = 16

FIRST_FREE: U8 = np.array([next((i for i in range(8) if not mask >> i & 1), 8) for mask in range(256)], np.uint8)
"""By mask of full cells: the first that is not, 8 where all are."""

COUNT: U8 = np.array([mask.bit_count() for mask in range(256)], np.uint8)
LENGTH: U8 = np.array([mask.bit_length() for mask in range(256)], np.uint8)
"""By mask: how many cells are full, and the place behind the last full one."""


class Rows(NamedTuple):
    """One generation of buckets.

    ``words`` uint32[N, 8]: the lower halves of hashes; ``marks`` uint8[N]: a bit for each full cell; ``links``
    int32[N]: the next row, NIL, SENTINEL or MOVED.
    """

    words: U32
    marks: U8
    links: I32


def new_rows(rows: int, capacity: int) -> Rows:
    """Empty buckets: ``rows`` of an array, with room for ``capacity`` rows in all; all links are nil."""
    room = max(rows, capacity)
    return Rows(np.empty((room, st.SLOTS), np.uint32), np.zeros(room, np.uint8), np.full(room, st.NIL, np.int32))


def with_room(rows: Rows, capacity: int) -> Rows:
    """Copy buckets to arrays with room for more rows."""
    wider = new_rows(0, capacity)
    count = len(rows.links)
    wider.words[:count], wider.marks[:count], wider.links[:count] = rows
    return wider


@bare_kernel
def l_overflow(
    cur: Rows, head: st.I64, fixed: st.I64, logged: st.I64, lists: st.I64, rng: st.I64, row: Number
) -> Number:
    """Link a new overflow bucket to a row and return its own (newoverflow)."""
    found = np.int64(head[st.NEXT])
    if found != st.NIL:
        if cur.links[found] == st.NIL:
            head[st.NEXT] = found + 1
        else:
            cur.links[found] = st.NIL
            head[st.NEXT] = st.NIL
    else:
        found = np.int64(head[st.USED])
        head[st.USED] = found + 1
        take(head, fixed, logged, st.IS_OVERFLOW, fixed[st.F_OVERFLOW])
    count_overflow(head, fixed, logged, lists, rng)
    cur.links[row] = found
    return found


@bare_kernel
def l_behind(cur: Rows, head: st.I64, fixed: st.I64, logged: st.I64, lists: st.I64, rng: st.I64, row: Number) -> Number:
    """Return the first row behind a full one that has an empty cell, a new one where all are full."""
    rows = 1
    while cur.marks[row] == ALL:
        rows += 1
        if cur.links[row] == st.NIL:
            head[st.LONGEST] = max(head[st.LONGEST], rows)
            return np.int64(l_overflow(cur, head, fixed, logged, lists, rng, row))
        row = np.int64(cur.links[row])
    return row


@part
def l_put(cur: Rows, row: Number, word: Number) -> None:
    """Write a new key into the first empty cell of a row."""
    full = np.int64(cur.marks[row])
    cur.words[row, np.int64(FIRST_FREE[full])] = word
    cur.marks[row] = full | (full + 1)


@bare_kernel
def l_fill(
    cur: Rows, head: st.I64, fixed: st.I64, logged: st.I64, lists: st.I64, rng: st.I64, hashes: U64, start: Number,
    stop: Number,
) -> Number:  # fmt: skip
    """Assign new keys to a map that does not grow; return how far it came.

    That is short of ``stop`` where there are too many overflow buckets, or the next one might find no room.
    """
    mask = (1 << head[st.LOG2]) - 1
    most = overflow_limit(head[st.LOG2])
    for n in range(start, stop):
        word = np.int64(hashes[n]) & _KEPT
        row = word & mask
        if cur.marks[row] == ALL:
            row = np.int64(max(cur.links[row], row))
        if cur.marks[row] == ALL:
            if head[st.USED] == len(cur.links):
                return n
            row = np.int64(l_behind(cur, head, fixed, logged, lists, rng, word & mask))
            l_put(cur, row, word)
            if head[st.NOVERFLOW] >= most:
                return n + 1
        else:
            l_put(cur, row, word)
    return stop


@part
def l_split(old: Rows, row: Number, shift: Number, doubles: Number, low: U32, high: U32, at: Number) -> Number:
    """Copy the words of a row that have the new bit clear to ``low``, the others to ``high``, from ``at`` on.

    ``at`` holds both places, the higher in its upper half. each word is written to both sides and stays on the one
    whose place moves on; after the eighth place comes the first again.
    """
    full = np.int64(old.marks[row])
    low_at, high_at = at & _KEPT, at >> 32
    for i in range(st.SLOTS):
        word = old.words[row, i]
        here = (full >> i) & 1
        upper = (np.int64(word) >> shift) & doubles
        low[low_at & 7] = word
        high[high_at & 7] = word
        high_at += here & upper
        low_at += here & (1 - upper)
    return low_at | (high_at << 32)


@bare_kernel
def l_unlink(head: st.I64, fixed: st.I64, logged: st.I64, apart: int) -> None:
    """Let go of overflow buckets of an evacuated one (the end of evacuate, see growth.unlink)."""
    head[st.OLD_APART] -= apart
    drop(head, fixed, logged, st.IS_OVERFLOW, apart * fixed[st.F_OVERFLOW], apart)


@bare_kernel
def l_move_chain(
    cur: Rows, old: Rows, head: st.I64, fixed: st.I64, logged: st.I64, lists: st.I64, rng: st.I64, bucket: Number,
    shift: Number, doubles: Number,
) -> None:  # fmt: skip
    """Move what stands in an old bucket and its overflow buckets, and let go of these where buckets have pointers."""
    low, high = np.int64(bucket), np.int64(bucket + (doubles << shift))
    row, apart, held = np.int64(bucket), np.int64(0), np.int64(old.links[bucket]) < head[st.OLD_OWN]
    while row != st.NIL:
        full = np.int64(old.marks[row])
        for i in range(st.SLOTS):
            if (full >> i) & 1 == 0:
                continue
            word = np.int64(old.words[row, i])
            if (word >> shift) & doubles:
                if cur.marks[high] == ALL:
                    high = np.int64(l_overflow(cur, head, fixed, logged, lists, rng, high))
                l_put(cur, high, word)
            else:
                if cur.marks[low] == ALL:
                    low = np.int64(l_overflow(cur, head, fixed, logged, lists, rng, low))
                l_put(cur, low, word)
        if row >= head[st.OLD_OWN] and not held:
            apart += 1
        row = np.int64(old.links[row])
    if not fixed[st.F_NOSCAN]:
        l_unlink(head, fixed, logged, int(apart))


@part
def l_touch(cur: Rows, old: Rows, hashes: U64, start: Number, count: Number, doubles: Number) -> Number:
    """Read what the next operations will need, so that it comes to the cache all at once; return its sum."""
    total = np.int64(0)
    for n in range(start, min(start + _AHEAD, len(hashes))):
        row = np.int64(hashes[n]) & (count - 1)
        total += np.int64(old.words[row, 0]) + np.int64(old.links[row]) + np.int64(old.marks[row])
        total += np.int64(cur.words[row, 0]) + np.int64(cur.words[row + doubles * count, 0])
    return total


@part
def l_evacuate(
    cur: Rows, old: Rows, head: st.I64, fixed: st.I64, logged: st.I64, lists: st.I64, rng: st.I64, bucket: Number,
    shift: Number, doubles: Number, spare: U32,
) -> None:  # fmt: skip
    """Move an old bucket if that is still to be done (evacuate).

    The usual one has two rows at most, and fewer than eight keys for either side: that goes at once.
    """
    link = np.int64(old.links[bucket])
    if link != MOVED:
        low, high_row = cur.words[bucket], bucket + (doubles << shift)
        high = cur.words[high_row] if doubles else spare
        at = l_split(old, bucket, shift, doubles, low, high, np.int64(0))
        many = False
        if link != st.NIL:
            at = l_split(old, link, shift, doubles, low, high, at)
            many = bool(old.links[link] != st.NIL or max(at & _KEPT, at >> 32) >= st.SLOTS)
        if many:
            l_move_chain(cur, old, head, fixed, logged, lists, rng, bucket, shift, doubles)
        else:
            cur.marks[high_row] = (1 << (at >> 32)) - 1
            cur.marks[bucket] = (1 << (at & _KEPT)) - 1
            if link >= head[st.OLD_OWN] and not fixed[st.F_NOSCAN]:
                l_unlink(head, fixed, logged, 1)
        old.links[bucket] = MOVED


@part
def l_advance(old: Rows, head: st.I64, count: Number) -> Number:
    """Move the mark over evacuated buckets and return it (advanceEvacuationMark)."""
    mark = np.int64(head[st.NEVACUATE]) + 1
    stop = min(mark + _LOOKED_AHEAD, count)
    while mark != stop and old.links[mark] == MOVED:
        mark += 1
    head[st.NEVACUATE] = mark
    return mark


@bare_kernel
def l_growing(
    cur: Rows, old: Rows, head: st.I64, fixed: st.I64, logged: st.I64, lists: st.I64, rng: st.I64, hashes: U64,
    deletes: bool, start: Number, spare: U32,
) -> Number:  # fmt: skip
    """Assign or delete keys while the map grows; return how far it came (growWork).

    The operation that ends the growth is not among those done: only its evacuation is.
    """
    doubles = np.int64(0 if head[st.FLAGS] & st.SAME_SIZE else 1)
    shift = np.int64(head[st.LOG2] - doubles)
    mask, count = (1 << head[st.LOG2]) - 1, np.int64(1 << shift)
    mark = np.int64(head[st.NEVACUATE])
    for n in range(start, len(hashes)):
        if (n - start) % _AHEAD == 0:
            spare[0] = l_touch(cur, old, hashes, n, count, doubles)
        if head[st.USED] + 2 * head[st.LONGEST] + 2 > len(cur.links):
            return n
        word = np.int64(hashes[n]) & _KEPT
        bucket = word & (count - 1)
        for _ in range(2):  # the hash's own bucket, then the one at the mark
            l_evacuate(cur, old, head, fixed, logged, lists, rng, bucket, shift, doubles, spare)
            if bucket == mark:
                mark = np.int64(l_advance(old, head, count))
            bucket = np.int64(mark)
            if mark == count:
                finish(head, fixed, logged, lists)
                return n
        row = word & mask
        if deletes:
            l_take_out(cur, row, word)
            head[st.COUNT] -= 1
            continue
        if cur.marks[row] == ALL:
            row = np.int64(max(cur.links[row], row))
        if cur.marks[row] == ALL:
            row = np.int64(l_behind(cur, head, fixed, logged, lists, rng, word & mask))
        l_put(cur, row, word)
        head[st.COUNT] += 1
    return len(hashes)


@bare_kernel
def l_take_out(cur: Rows, row: Number, word: Number) -> None:
    """Empty a cell of a chain that holds a word (mapdelete).

    Of several it is the first or the last, as the highest bit of the word says, which no bucket's number has: either is
    as likely.
    """
    last, found = (word >> 31) & 1, np.int64(-1)
    while row >= 0:
        full = np.int64(cur.marks[row])
        for i in range(st.SLOTS):
            if (full >> i) & 1 and cur.words[row, i] == word:
                found = np.int64(row * st.SLOTS + i)
                if not last:
                    break
        row = np.int64(cur.links[row]) if last or found < 0 else np.int64(st.NIL)
    if found >= 0:
        cur.marks[found // st.SLOTS] = np.int64(cur.marks[found // st.SLOTS]) & ~(1 << (found % st.SLOTS))


@bare_kernel
def l_still(
    cur: Rows, head: st.I64, fixed: st.I64, logged: st.I64, lists: st.I64, rng: st.I64, hashes: U64, deletes: bool,
    start: Number,
) -> Number:  # fmt: skip
    """Assign or delete keys while the map does not grow; return how far it came, and why in head[REASON]."""
    if deletes:
        mask = (1 << head[st.LOG2]) - 1
        for n in range(start, len(hashes)):
            word = np.int64(hashes[n]) & _KEPT
            l_take_out(cur, word & mask, word)
        head[st.COUNT] -= len(hashes) - start
        return len(hashes)
    if too_full(head, fixed):
        head[st.REASON] = st.WANTS_GROWTH
        return start
    limit = max(st.SLOTS, fixed[st.F_LOAD_NUM] * ((1 << head[st.LOG2]) // fixed[st.F_LOAD_DEN]))
    stop = min(np.int64(len(hashes)), start + limit - head[st.COUNT])
    at = np.int64(l_fill(cur, head, fixed, logged, lists, rng, hashes, start, stop))
    head[st.COUNT] += at - start
    return at


@bare_kernel
def l_run(
    cur: Rows, old: Rows, head: st.I64, fixed: st.I64, logged: st.I64, lists: st.I64, rng: st.I64, hashes: U64,
    deletes: bool, start: int, spare: U32,
) -> int:  # fmt: skip
    """Assign new keys by their hashes, or delete keys, from number ``start`` on.

    Returns how many are done, and the reason to stop in head[REASON], as kernels.run does. ``spare`` uint32[8] is there
    to be written to.
    """
    n = np.int64(start)
    head[st.REASON] = st.WANTS_FIRST if head[st.OWN] == 0 else st.DONE
    while n < len(hashes) and head[st.REASON] == st.DONE:
        if head[st.USED] + 2 * head[st.LONGEST] + 2 > len(cur.links):
            head[st.REASON] = st.WANTS_ROOM
        elif head[st.GROWING]:
            n = np.int64(l_growing(cur, old, head, fixed, logged, lists, rng, hashes, deletes, n, spare))
        else:
            n = np.int64(l_still(cur, head, fixed, logged, lists, rng, hashes, deletes, n))
    if not deletes:
        objects = (1 if fixed[st.F_KEY] else 0) + (1 if fixed[st.F_ELEM] else 0)
        head[st.MALLOCS] += (n - start) * objects
        head[st.TOTAL] += (n - start) * (fixed[st.F_KEY] + fixed[st.F_ELEM])
    return int(n)


@bare_kernel
def l_count(rows: Rows, buckets: int, out: st.I64) -> None:
    """Count the buckets whose contents have not moved, their overflow buckets and emptyOne cells: ``out`` int64[3]."""
    out[:] = 0
    for bucket in range(buckets):
        if rows.links[bucket] == MOVED:
            continue
        out[0] += 1
        row, behind = np.int64(bucket), np.int64(0)
        while True:
            full = np.int64(rows.marks[row])
            if full:
                out[2] += behind + np.int64(LENGTH[full]) - np.int64(COUNT[full])
                behind = np.int64(0)
            behind += st.SLOTS - np.int64(LENGTH[full])
            if rows.links[row] < 0:
                break
            row = np.int64(rows.links[row])
            out[1] += 1
