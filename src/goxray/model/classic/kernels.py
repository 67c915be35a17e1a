"""The runtime's operations on a classic map, step by step, over arrays (runtime/map.go and its fast variants).

The fast variants differ from the generic functions only in what deleting leaves in a key (state.F_CLEARS) and in when
an equal key is written again (state.F_UPDATE).

Machine code kept on disk has the kernels of growth.py in it, and is made anew when this file changes, not that one:
what changes there is said here. An overflow bucket that came with the old array keeps what is linked to it (unlink).
"""

from __future__ import annotations

from goxray.core.jit import bare_kernel
from goxray.model.classic import state as st
from goxray.model.classic.growth import evacuated, grow_work, log, new_overflow, top_of

_EXACT_BELOW = 16  # tooManyOverflowBuckets


@bare_kernel
def find(buckets: st.Buckets, first: int, top: int, name: int) -> int:
    """Return row * 8 + slot of a key in a chain, NIL where it is not there."""
    row = first
    while row != st.NIL:
        for i in range(st.SLOTS):
            cell = buckets.tops[row, i]
            if cell == top and buckets.names[row, i] == name:
                return row * st.SLOTS + i
            if cell == st.EMPTY_REST:
                return st.NIL
        row = buckets.links[row]
    return st.NIL


@bare_kernel
def look_up(cur: st.Buckets, old: st.Buckets, head: st.I64, hashed: int, name: int) -> int:
    """Return row * 8 + slot of a key, plus IN_OLD where it still stands in an old bucket; else NIL (mapaccess2)."""
    if head[st.COUNT] == 0:
        return st.NIL
    if head[st.GROWING]:
        mask = (1 << (head[st.LOG2] - (0 if head[st.FLAGS] & st.SAME_SIZE else 1))) - 1
        if not evacuated(old, hashed & mask):
            found = find(old, hashed & mask, top_of(hashed), name)
            return found if found == st.NIL else found + st.IN_OLD
    return int(find(cur, hashed & ((1 << head[st.LOG2]) - 1), top_of(hashed), name))


@bare_kernel
def overflow_limit(log2: int) -> int:
    """Return the noverflow from which on there are too many overflow buckets (tooManyOverflowBuckets)."""
    return 1 << min(log2, _EXACT_BELOW - 1)


@bare_kernel
def too_full(head: st.I64, fixed: st.I64) -> bool:
    """Whether the next new entry makes the map grow (overLoadFactor, tooManyOverflowBuckets)."""
    log2, count = head[st.LOG2], head[st.COUNT] + 1
    if count > st.SLOTS and count > fixed[st.F_LOAD_NUM] * ((1 << log2) // fixed[st.F_LOAD_DEN]):
        return True
    return bool(head[st.NOVERFLOW] >= overflow_limit(log2))


@bare_kernel
def free_cell(cur: st.Buckets, head: st.I64, first: int) -> int:
    """Return row * 8 + slot of the first empty cell of a chain; ``-2 - last row`` where all are full."""
    row, rows = first, 1
    while True:
        for i in range(st.SLOTS):
            if cur.tops[row, i] <= st.EMPTY_ONE:
                return row * st.SLOTS + i
        if cur.links[row] == st.NIL:
            head[st.LONGEST] = max(head[st.LONGEST], rows + 1)
            return -2 - row
        row = cur.links[row]
        rows += 1


@bare_kernel
def put(
    cur: st.Buckets, head: st.I64, fixed: st.I64, logged: st.I64, place: int, hashed: int, name: int, key: int
) -> None:
    """Write a new entry's cell and key."""
    row, i = place // st.SLOTS, place % st.SLOTS
    cur.tops[row, i] = top_of(hashed)
    cur.hashes[row, i] = hashed
    cur.names[row, i] = name
    if fixed[st.F_CONTENT]:
        cur.keys[row, i] = key
    if fixed[st.F_KEY]:
        head[st.MALLOCS] += 1
        head[st.TOTAL] += fixed[st.F_KEY]
        log(head, fixed, logged, st.LOG_ALLOC, st.IS_INDIRECT_KEY, fixed[st.F_KEY], 1)
    if fixed[st.F_ELEM]:
        head[st.MALLOCS] += 1
        head[st.TOTAL] += fixed[st.F_ELEM]
        log(head, fixed, logged, st.LOG_ALLOC, st.IS_INDIRECT_ELEM, fixed[st.F_ELEM], 1)
    head[st.COUNT] += 1


@bare_kernel
def assign(
    cur: st.Buckets, old: st.Buckets, head: st.I64, fixed: st.I64, logged: st.I64, lists: st.I64, rng: st.I64,
    hashed: int, name: int, key: int, elem: int,
) -> int:  # fmt: skip
    """Set one entry; return DONE, or WANTS_GROWTH before anything was written (mapassign)."""
    if head[st.GROWING]:
        grow_work(cur, old, head, fixed, logged, lists, rng, hashed)
    bucket = hashed & ((1 << head[st.LOG2]) - 1)
    place = find(cur, bucket, top_of(hashed), name)
    if place != st.NIL:
        if fixed[st.F_CONTENT] and fixed[st.F_UPDATE]:
            cur.keys[place // st.SLOTS, place % st.SLOTS] = key
    else:
        if not head[st.GROWING] and too_full(head, fixed):
            return st.WANTS_GROWTH
        place = free_cell(cur, head, bucket)
        if place < 0:
            place = new_overflow(cur, head, fixed, logged, lists, rng, -2 - place) * st.SLOTS
        put(cur, head, fixed, logged, place, hashed, name, key)
    if fixed[st.F_CONTENT]:
        cur.elems[place // st.SLOTS, place % st.SLOTS] = elem
    return st.DONE


@bare_kernel
def fold(cur: st.Buckets, first: int, row: int, i: int) -> None:
    """Turn emptyOne cells at the end of a chain into emptyRest, from this one backwards (the end of mapdelete)."""
    if i == st.SLOTS - 1:
        after = cur.links[row]
        if after != st.NIL and cur.tops[after, 0] != st.EMPTY_REST:
            return
    elif cur.tops[row, i + 1] != st.EMPTY_REST:
        return
    while True:
        cur.tops[row, i] = st.EMPTY_REST
        if i == 0:
            if row == first:
                return
            before = first
            while cur.links[before] != row:
                before = cur.links[before]
            row, i = before, st.SLOTS - 1
        else:
            i -= 1
        if cur.tops[row, i] != st.EMPTY_ONE:
            return


@bare_kernel
def delete(
    cur: st.Buckets,
    old: st.Buckets,
    head: st.I64,
    fixed: st.I64,
    logged: st.I64,
    lists: st.I64,
    rng: st.I64,
    hashed: int,
    name: int,
) -> int:
    """Take one entry out; return DONE, or WANTS_SEED where it was the last (mapdelete)."""
    if head[st.COUNT] == 0:
        return st.DONE
    if head[st.GROWING]:
        grow_work(cur, old, head, fixed, logged, lists, rng, hashed)
    bucket = hashed & ((1 << head[st.LOG2]) - 1)
    place = find(cur, bucket, top_of(hashed), name)
    if place == st.NIL:
        return st.DONE
    row, i = place // st.SLOTS, place % st.SLOTS
    if fixed[st.F_CONTENT]:
        if fixed[st.F_CLEARS] == st.ZEROES:
            cur.keys[row, i] = 0
        elif fixed[st.F_CLEARS] == st.CLEARS_STRING:
            cur.keys[row, i] = -cur.keys[row, i]
        cur.elems[row, i] = 0
    cur.tops[row, i] = st.EMPTY_ONE
    head[st.DELETED] += 1
    fold(cur, bucket, row, i)
    if fixed[st.F_KEY]:
        log(head, fixed, logged, st.LOG_FREE, st.IS_INDIRECT_KEY, fixed[st.F_KEY], 1)
    if fixed[st.F_ELEM]:
        log(head, fixed, logged, st.LOG_FREE, st.IS_INDIRECT_ELEM, fixed[st.F_ELEM], 1)
    head[st.COUNT] -= 1
    return st.WANTS_SEED if head[st.COUNT] == 0 else st.DONE


@bare_kernel
def obstacle(cur: st.Buckets, head: st.I64, fixed: st.I64, logged: st.I64, op: int) -> int:
    """Say what an operation lacks: the first bucket, rows, or room in the log; DONE for nothing."""
    if head[st.OWN] == 0:
        return st.WANTS_FIRST if op == st.ASSIGN else st.DONE
    rows = 2 * head[st.LONGEST] + 2
    if head[st.USED] + rows > len(cur.links):
        return st.WANTS_ROOM
    if fixed[st.F_LOGS] and head[st.LOGGED] + 6 * rows + 16 > len(logged):
        return st.WANTS_LOG
    return st.DONE


@bare_kernel
def access(cur: st.Buckets, old: st.Buckets, head: st.I64, fixed: st.I64, hashed: int, name: int) -> int:
    """Return the elem of a key, NIL where there is none (mapaccess2)."""
    place = look_up(cur, old, head, hashed, name)
    if place == st.NIL or not fixed[st.F_CONTENT]:
        return place
    if place >= st.IN_OLD:
        return int(old.elems[(place - st.IN_OLD) // st.SLOTS, place % st.SLOTS])
    return int(cur.elems[place // st.SLOTS, place % st.SLOTS])


@bare_kernel
def run(
    cur: st.Buckets,
    old: st.Buckets,
    head: st.I64,
    fixed: st.I64,
    logged: st.I64,
    lists: st.I64,
    rng: st.I64,
    work: st.Work,
    start: int,
) -> int:
    """Do operations from number ``start`` on; return how many are done, and the reason to stop in head[REASON].

    An operation that meets an obstacle is not among those done: see to what it wants and go on from it.
    """
    for nth in range(start, len(work.ops)):
        op, hashed, name = work.ops[nth], work.hashes[nth], work.names[nth]
        if op == st.ACCESS:
            work.found[nth] = access(cur, old, head, fixed, hashed, name)
            head[st.OP] += 1
            continue
        reason = obstacle(cur, head, fixed, logged, op)
        if reason == st.DONE:
            if op == st.DELETE:
                reason = delete(cur, old, head, fixed, logged, lists, rng, hashed, name)
            elif fixed[st.F_CONTENT]:
                key, elem = work.keys[nth], work.elems[nth]
                reason = assign(cur, old, head, fixed, logged, lists, rng, hashed, name, key, elem)
            else:
                reason = assign(cur, old, head, fixed, logged, lists, rng, hashed, name, name, name)
        head[st.REASON] = reason
        if reason == st.DONE:
            head[st.OP] += 1
        elif reason == st.WANTS_SEED:
            head[st.OP] += 1
            return nth + 1
        else:
            return nth
    head[st.REASON] = st.DONE
    return len(work.ops)
