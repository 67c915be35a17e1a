"""Overflow buckets, growth and evacuation of a classic map over arrays (runtime/map.go)."""

from __future__ import annotations

from goxray.core.jit import bare_kernel
from goxray.model.classic import state as st

_LOOKED_AHEAD = 1024  # advanceEvacuationMark
_EXACT_BELOW = 16  # incrnoverflow
_HIGH_BITS = 56


@bare_kernel
def log(head: st.I64, fixed: st.I64, logged: st.I64, kind: int, what: int, size: int, count: int) -> None:
    """Write one row of the log, where one is kept."""
    if fixed[st.F_LOGS]:
        row = head[st.LOGGED]
        logged[row, 0] = head[st.OP]
        logged[row, 1] = kind
        logged[row, 2] = what
        logged[row, 3] = size
        logged[row, 4] = count
        head[st.LOGGED] = row + 1


@bare_kernel
def take(head: st.I64, fixed: st.I64, logged: st.I64, what: int, size: int) -> None:
    """Count one allocation of the map's own structure."""
    head[st.BYTES] += size
    head[st.PEAK] = max(head[st.PEAK], head[st.BYTES])
    head[st.MALLOCS] += 1
    head[st.TOTAL] += size
    log(head, fixed, logged, st.LOG_ALLOC, what, size, 1)


@bare_kernel
def drop(head: st.I64, fixed: st.I64, logged: st.I64, what: int, size: int, count: int) -> None:
    """Count ``count`` objects, ``size`` bytes in all, that the map lets go of."""
    if count:
        head[st.BYTES] -= size
        log(head, fixed, logged, st.LOG_FREE, what, size, count)


@bare_kernel
def draw(rng: st.I64) -> int:
    """Return the next 32 random bits of a linear congruential generator modulo 2**64."""
    rng[0] = rng[0] * 6364136223846793005 + 1442695040888963407
    return int((rng[0] >> 32) & 0xFFFFFFFF)


@bare_kernel
def top_of(hashed: int) -> int:
    """The cell of a full slot (tophash)."""
    top = (hashed >> _HIGH_BITS) & 0xFF
    return top + st.MIN_TOPHASH if top < st.MIN_TOPHASH else top


@bare_kernel
def evacuated(buckets: st.Buckets, row: int) -> bool:
    """Whether the contents of an old bucket have moved."""
    top = buckets.tops[row, 0]
    return bool(st.EMPTY_ONE < top < st.MIN_TOPHASH)


@bare_kernel
def has_list(head: st.I64, fixed: st.I64, logged: st.I64) -> None:
    """Make mapextra and the list of overflow buckets where they are missing (createOverflow)."""
    if not head[st.HAS_EXTRA]:
        head[st.HAS_EXTRA] = 1
        take(head, fixed, logged, st.IS_EXTRA, fixed[st.F_EXTRA])
    if head[st.LISTED] == st.NIL:
        head[st.LISTED] = 0
        head[st.STEP] = 0
        take(head, fixed, logged, st.IS_LIST, fixed[st.F_LIST])


@bare_kernel
def count_overflow(head: st.I64, fixed: st.I64, logged: st.I64, lists: st.I64, rng: st.I64) -> None:
    """Count an overflow bucket (incrnoverflow), and list it where buckets hold no pointers."""
    if head[st.LOG2] < _EXACT_BELOW or draw(rng) & ((1 << (head[st.LOG2] - (_EXACT_BELOW - 1))) - 1) == 0:
        head[st.NOVERFLOW] += 1
    if fixed[st.F_NOSCAN]:
        has_list(head, fixed, logged)
        step = head[st.STEP]
        if head[st.LISTED] == lists[step, 0]:
            take(head, fixed, logged, st.IS_LIST, lists[step + 1, 1])
            drop(head, fixed, logged, st.IS_LIST, lists[step, 1], 1 if step else 0)
            head[st.STEP] = step + 1
        head[st.LISTED] += 1


@bare_kernel
def new_overflow(
    cur: st.Buckets, head: st.I64, fixed: st.I64, logged: st.I64, lists: st.I64, rng: st.I64, row: int
) -> int:
    """Link a new overflow bucket to a row and return its own (newoverflow)."""
    found = int(head[st.NEXT])
    if found != st.NIL:
        if cur.links[found] == st.NIL:
            head[st.NEXT] = found + 1
        else:
            cur.links[found] = st.NIL
            head[st.NEXT] = st.NIL
    else:
        found = int(head[st.USED])
        head[st.USED] = found + 1
        take(head, fixed, logged, st.IS_OVERFLOW, fixed[st.F_OVERFLOW])
    count_overflow(head, fixed, logged, lists, rng)
    cur.links[row] = found
    return found


@bare_kernel
def unlink(old: st.Buckets, head: st.I64, fixed: st.I64, logged: st.I64, bucket: int) -> None:
    """Let go of an evacuated bucket's keys, elems and overflow buckets (the end of evacuate).

    An overflow bucket that came with the array is not cleared: it keeps those that are linked to it.
    """
    apart = 0
    row = old.links[bucket]
    while row >= head[st.OLD_OWN]:
        apart += 1
        row = old.links[row]
    old.links[bucket] = st.NIL
    if fixed[st.F_CONTENT]:
        for i in range(st.SLOTS):
            old.keys[bucket, i] = 0
            old.elems[bucket, i] = 0
    head[st.OLD_APART] -= apart
    drop(head, fixed, logged, st.IS_OVERFLOW, apart * fixed[st.F_OVERFLOW], apart)


@bare_kernel
def advance(old: st.Buckets, head: st.I64, fixed: st.I64, logged: st.I64, lists: st.I64, count: int) -> None:
    """Move the mark over evacuated buckets; at the end let the old ones go (advanceEvacuationMark)."""
    at = head[st.NEVACUATE] + 1
    stop = min(at + _LOOKED_AHEAD, count)
    while at != stop and evacuated(old, at):
        at += 1
    head[st.NEVACUATE] = at
    if at == count:
        finish(head, fixed, logged, lists)


@bare_kernel
def finish(head: st.I64, fixed: st.I64, logged: st.I64, lists: st.I64) -> None:
    """Let go of the old buckets when all are evacuated (the end of advanceEvacuationMark)."""
    head[st.GROWING] = 0
    head[st.FLAGS] &= ~st.SAME_SIZE
    drop(head, fixed, logged, st.IS_OVERFLOW, head[st.OLD_APART] * fixed[st.F_OVERFLOW], head[st.OLD_APART])
    head[st.OLD_APART] = 0
    drop(head, fixed, logged, st.IS_ARRAY, head[st.OLD_BYTES], 1)
    drop_old_list(head, fixed, logged, lists)


@bare_kernel
def drop_old_list(head: st.I64, fixed: st.I64, logged: st.I64, lists: st.I64) -> None:
    """Let go of ``*extra.oldoverflow``."""
    if head[st.OLD_LISTED] != st.NIL:
        step = head[st.OLD_STEP]
        drop(head, fixed, logged, st.IS_LIST, lists[step, 1], 1 if step else 0)
        drop(head, fixed, logged, st.IS_LIST, fixed[st.F_LIST], 1)
        head[st.OLD_LISTED] = st.NIL


@bare_kernel
def decide(head: st.I64, fixed: st.I64, rng: st.I64, old: st.Buckets, row: int, i: int, newbit: int) -> int:
    """Say whether a key goes to the upper half; keys unlike themselves are hashed anew (evacuate)."""
    if head[st.FLAGS] & st.SAME_SIZE:
        return 0
    if old.names[row, i] >= 0 or fixed[st.F_REFLEXIVE]:
        return 1 if old.hashes[row, i] & newbit else 0
    hashed = draw(rng) << 32 | draw(rng)
    if head[st.FLAGS] & st.ITERATOR:
        top = old.tops[row, i]
        old.hashes[row, i] = hashed
        old.tops[row, i] = top_of(hashed)  # overwritten by the mark once the new cell has it
        return int(top & 1)
    return 1 if hashed & newbit else 0


@bare_kernel
def copy_slot(cur: st.Buckets, to: int, at: int, old: st.Buckets, row: int, i: int, content: int) -> None:
    """Copy one slot to another bucket."""
    cur.tops[to, at] = old.tops[row, i]
    cur.hashes[to, at] = old.hashes[row, i]
    cur.names[to, at] = old.names[row, i]
    if content:
        cur.keys[to, at] = old.keys[row, i]
        cur.elems[to, at] = old.elems[row, i]


@bare_kernel
def move_chain(
    cur: st.Buckets,
    old: st.Buckets,
    head: st.I64,
    fixed: st.I64,
    logged: st.I64,
    lists: st.I64,
    rng: st.I64,
    bucket: int,
    newbit: int,
) -> None:
    """Move what stands in an old bucket and its overflow buckets (the loop of evacuate)."""
    low, low_at = bucket, 0
    high, high_at = bucket + newbit, 0
    row = bucket
    while row != st.NIL:
        for i in range(st.SLOTS):
            if old.tops[row, i] <= st.EMPTY_ONE:
                old.tops[row, i] = st.EVACUATED_EMPTY
                continue
            upper = decide(head, fixed, rng, old, row, i, newbit)
            if upper:
                if high_at == st.SLOTS:
                    high = new_overflow(cur, head, fixed, logged, lists, rng, high)
                    high_at = 0
                copy_slot(cur, high, high_at, old, row, i, fixed[st.F_CONTENT])
                high_at += 1
            else:
                if low_at == st.SLOTS:
                    low = new_overflow(cur, head, fixed, logged, lists, rng, low)
                    low_at = 0
                copy_slot(cur, low, low_at, old, row, i, fixed[st.F_CONTENT])
                low_at += 1
            old.tops[row, i] = st.EVACUATED_X + upper
        row = old.links[row]


@bare_kernel
def evacuate(
    cur: st.Buckets,
    old: st.Buckets,
    head: st.I64,
    fixed: st.I64,
    logged: st.I64,
    lists: st.I64,
    rng: st.I64,
    bucket: int,
) -> None:
    """Move one old bucket, if that is still to be done, and the mark (evacuate)."""
    count = 1 << (head[st.LOG2] - (0 if head[st.FLAGS] & st.SAME_SIZE else 1))
    if not evacuated(old, bucket):
        move_chain(cur, old, head, fixed, logged, lists, rng, bucket, count)
        if not head[st.FLAGS] & st.OLD_ITERATOR and not fixed[st.F_NOSCAN]:
            unlink(old, head, fixed, logged, bucket)
        log(head, fixed, logged, st.LOG_EVACUATE, st.IS_OLD_BUCKET, 0, bucket)
    if bucket == head[st.NEVACUATE]:
        advance(old, head, fixed, logged, lists, count)


@bare_kernel
def grow_work(
    cur: st.Buckets,
    old: st.Buckets,
    head: st.I64,
    fixed: st.I64,
    logged: st.I64,
    lists: st.I64,
    rng: st.I64,
    hashed: int,
) -> None:
    """Evacuate the old bucket of a hash, and one more (growWork)."""
    mask = (1 << (head[st.LOG2] - (0 if head[st.FLAGS] & st.SAME_SIZE else 1))) - 1
    evacuate(cur, old, head, fixed, logged, lists, rng, hashed & mask)
    if head[st.GROWING]:
        evacuate(cur, old, head, fixed, logged, lists, rng, head[st.NEVACUATE])
