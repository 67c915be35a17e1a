"""Runs operations over a Store: assign, delete, find, clear, in bulk and in the order that they come.

Source: internal/runtime/maps/{map,table,runtime}.go.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from goxray.core.jit import bare_kernel
from goxray.model.swiss import state as s
from goxray.model.swiss.kernels import (
    H1_SHIFT,
    H2,
    Hash,
    Number,
    first_free,
    grow,
    grow_to_small,
    grow_to_table,
    has_empty,
    match,
    max_growth_left,
    prune,
    split,
    table_of,
)
from goxray.model.swiss.state import I64, U8, U64, Store

ASSIGN, DELETE, ACCESS = 0, 1, 2

DONE, NO_ROOM, EMPTIED = 0, 1, 2
"""Why :func:`run` came back: all is done, the arrays are full, or the last entry went and the map wants a new seed."""

ROWS_PER_OP = 8


@bare_kernel
def find(m: Store, h: Hash, kid: Number) -> Number:
    """The slot that holds a key, -1 where the map lacks it (getWithKey, getWithKeySmall)."""
    if m.scalar[s.USED] == 0:
        return -1
    if m.scalar[s.DIR_LEN] == 0:
        return match(m, m.scalar[s.SMALL], h, kid)
    row = table_of(m, h)
    base, mask = m.tables[row, s.BASE], m.tables[row, s.CAPACITY] // s.SLOTS - 1
    offset = np.int64(h >> H1_SHIFT) & mask
    step = 0
    while True:
        i = match(m, base + offset, h, kid)
        if i >= 0 or has_empty(m, base + offset):
            return i
        step += 1
        offset = (offset + step) & mask


@bare_kernel
def overwrite(m: Store, i: Number, kv: Number, ev: Number) -> None:
    """Assign to an entry that is there: its elem, and its key where the type asks for that (NeedKeyUpdate)."""
    if m.rules[s.UPDATES_KEY] != 0:
        if m.rules[s.KEY_BY_POINTER] != 0:
            m.key_object[m.kv[i]] = kv
        else:
            m.kv[i] = kv
    if m.rules[s.ELEM_BY_POINTER] != 0:
        m.elem_object[m.ev[i]] = ev
    else:
        m.ev[i] = ev


@bare_kernel
def fill(m: Store, i: Number, h: Hash, kid: Number, kv: Number, ev: Number) -> None:
    """Write a new entry into a slot, with objects of their own for what is kept by pointer."""
    if m.rules[s.KEY_BY_POINTER] != 0:
        new = m.scalar[s.KEYS_BY_POINTER]
        m.key_object[new] = kv
        m.kv[i] = new
        m.scalar[s.KEYS_BY_POINTER] += 1
    else:
        m.kv[i] = kv
    if m.rules[s.ELEM_BY_POINTER] != 0:
        new = m.scalar[s.ELEMS_BY_POINTER]
        m.elem_object[new] = ev
        m.ev[i] = new
        m.scalar[s.ELEMS_BY_POINTER] += 1
    else:
        m.ev[i] = ev
    m.ctrl[i] = np.uint8(h & H2)
    m.hash[i] = h
    m.kid[i] = kid
    m.scalar[s.USED] += 1


@bare_kernel
def assign_small(m: Store, h: Hash, kid: Number, kv: Number, ev: Number, op: Number) -> Number:
    """Assign while the map is one group; return the slot, -1 where it has grown to a table and must go on there."""
    if m.scalar[s.SMALL] < 0:
        grow_to_small(m, op)
    small = m.scalar[s.SMALL]
    full = m.scalar[s.USED] == s.SLOTS
    if not full or m.rules[s.FINDS_FIRST] != 0:
        i = match(m, small, h, kid)
        if i >= 0:
            overwrite(m, i, kv, ev)
            return i
    if full:
        grow_to_table(m, op)
        return -1
    i = first_free(m, small)
    fill(m, i, h, kid, kv, ev)
    return i


@bare_kernel
def assign_in(m: Store, row: Number, h: Hash, kid: Number, kv: Number, ev: Number, op: Number) -> Number:
    """Assign in a table (runtime_mapassign, table.PutSlot); return the slot, -1 where the table had to grow first."""
    base, mask = m.tables[row, s.BASE], m.tables[row, s.CAPACITY] // s.SLOTS - 1
    offset = np.int64(h >> H1_SHIFT) & mask
    step = 0
    deleted: Number = -1
    while True:
        i = match(m, base + offset, h, kid)
        if i >= 0:
            overwrite(m, i, kv, ev)
            return i
        i = first_free(m, base + offset)
        if i >= 0 and m.ctrl[i] == s.EMPTY:
            break
        if i >= 0 and deleted < 0:
            deleted = i
        step += 1
        offset = (offset + step) & mask
    if deleted >= 0:
        i = deleted
        m.tables[row, s.GROWTH_LEFT] += 1
    if m.tables[row, s.GROWTH_LEFT] == 0 and m.rules[s.PRUNES] != 0:
        prune(m, row, op)
    if m.tables[row, s.GROWTH_LEFT] == 0:
        if 2 * m.tables[row, s.CAPACITY] <= s.MAX_CAPACITY:
            grow(m, row, op)
        else:
            split(m, row, op)
        return -1
    fill(m, i, h, kid, kv, ev)
    m.tables[row, s.GROWTH_LEFT] -= 1
    m.tables[row, s.COUNT] += 1
    return i


@bare_kernel
def has_room(m: Store) -> bool:
    """Whether the next growth, and the entry after it, fit into the arrays."""
    scalar = m.scalar
    return bool(
        scalar[s.TOP] + 2 * s.MAX_GROUPS <= len(m.ctrl) // s.SLOTS
        and scalar[s.TABLES] + 2 <= len(m.tables)
        and 2 * scalar[s.DIR_LEN] <= len(m.directory)
        and scalar[s.ROWS] + ROWS_PER_OP <= len(m.rows)
        and scalar[s.KEYS_BY_POINTER] < len(m.key_object)
        and scalar[s.ELEMS_BY_POINTER] < len(m.elem_object)
    )


@bare_kernel
def assign(m: Store, h: Hash, kid: Number, kv: Number, ev: Number, op: Number) -> bool:
    """Assign an elem to a key (runtime_mapassign and its fast kinds); return False where the arrays are too small.

    Nothing is written then but what had grown before. Where all keys of a table fall into one half, a split is
    followed by the next one, so room for one is looked for each time.
    """
    if m.scalar[s.DIR_LEN] == 0 and has_room(m) and assign_small(m, h, kid, kv, ev, op) >= 0:
        return True
    while has_room(m):
        if assign_in(m, table_of(m, h), h, kid, kv, ev, op) >= 0:
            return True
    return False


@bare_kernel
def delete(m: Store, h: Hash, kid: Number) -> bool:
    """Delete a key; return whether it was there (Map.Delete, deleteSmall, table.Delete)."""
    i = find(m, h, kid)
    if i < 0:
        return False
    m.scalar[s.USED] -= 1
    if m.rules[s.CLEARS_KEY] != 0:
        m.kv[i] = 0
    m.ev[i] = 0
    if m.scalar[s.DIR_LEN] == 0:
        m.ctrl[i] = s.EMPTY
        return True
    row = table_of(m, h)
    m.tables[row, s.COUNT] -= 1
    if has_empty(m, i // s.SLOTS):
        m.ctrl[i] = s.EMPTY
        m.tables[row, s.GROWTH_LEFT] += 1
    else:
        m.ctrl[i] = s.DELETED
        m.scalar[s.TOMBSTONES] = 1
    return True


class Work(NamedTuple):
    """N operations in their order: ASSIGN, DELETE or ACCESS, the key's hash and identity, the values' numbers.

    ``found`` gets the slot of an ACCESS, -1 where the map lacks the key, and for a DELETE 1 where the key was there.
    ``first_op`` is the number of operation 0 in event rows.
    """

    ops: U8
    hashes: U64
    identities: I64
    keys: I64
    elems: I64
    found: I64
    first_op: int


@bare_kernel
def run(m: Store, work: Work, start: int) -> tuple[int, int]:
    """Do the operations from ``start`` on; return how far it came and why."""
    for n in range(start, len(work.ops)):
        h, kid = work.hashes[n], work.identities[n]
        if work.ops[n] == ACCESS:
            work.found[n] = find(m, h, kid)
        elif work.ops[n] == DELETE:
            work.found[n] = delete(m, h, kid)
            if work.found[n] and m.scalar[s.USED] == 0:
                return n + 1, EMPTIED
        elif not assign(m, h, kid, work.keys[n], work.elems[n], work.first_op + n):
            return n, NO_ROOM
    return len(work.ops), DONE


@bare_kernel
def zero_group(m: Store, group: Number) -> None:
    """Zero a group (typedmemclr, setEmpty)."""
    for i in range(group * s.SLOTS, (group + 1) * s.SLOTS):
        m.ctrl[i] = s.EMPTY
        m.kv[i] = 0
        m.ev[i] = 0


@bare_kernel
def clear_table(m: Store, row: Number) -> None:
    """table.Clear: what it zeroes depends on the version; all control words become empty."""
    capacity = m.tables[row, s.CAPACITY]
    left = max_growth_left(capacity)
    rule = m.rules[s.CLEARING]
    if rule != s.CLEARS_ALL and m.tables[row, s.COUNT] == 0 and m.tables[row, s.GROWTH_LEFT] == left:
        return
    mask = capacity // s.SLOTS - 1
    test = rule == s.CLEARS_FULL
    if rule == s.CLEARS_SPARSE:
        test = m.tables[row, s.COUNT] * 4 <= mask or m.rules[s.SPARSE_ALWAYS] != 0
    base = m.tables[row, s.BASE]
    for group in range(base, base + mask + 1):
        full = False
        for i in range(group * s.SLOTS, (group + 1) * s.SLOTS):
            full |= m.ctrl[i] < s.EMPTY
        if full or not test:
            zero_group(m, group)
        else:
            for i in range(group * s.SLOTS, (group + 1) * s.SLOTS):
                m.ctrl[i] = s.EMPTY
    m.tables[row, s.COUNT] = 0
    m.tables[row, s.GROWTH_LEFT] = left


@bare_kernel
def clear(m: Store) -> bool:
    """Empty the map (Map.Clear); return False where the runtime returns at once and keeps the seed."""
    # tombstonePossible came together with the rule to look at it: a build without it never sets it here.
    looks = m.rules[s.CLEARING] != s.CLEARS_ALL and m.scalar[s.TOMBSTONES] != 0
    if m.scalar[s.USED] == 0 and not looks:
        return False
    if m.scalar[s.DIR_LEN] == 0:
        zero_group(m, m.scalar[s.SMALL])
    else:
        last = -1
        for i in range(m.scalar[s.DIR_LEN]):
            if m.directory[i] != last:
                last = m.directory[i]
                clear_table(m, last)
        m.scalar[s.TOMBSTONES] = 0
    m.scalar[s.USED] = 0
    m.scalar[s.CLEAR_SEQ] += 1
    return True
