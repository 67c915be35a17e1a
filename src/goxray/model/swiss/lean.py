"""A Swiss map of which only what decides its growth is kept: for maps of many millions of fresh keys.

Keys that are assigned are new to the map and keys that are deleted are in it, so nothing is looked up. A word stands
for an assign: the upper 25 bits of the key's hash (they select the table), 7 bits of H1 (they select one of up to 128
groups), and in the lower 32 bits the number of the operation in its batch; the upper half is what the slot keeps.
Control words shrink to two masks a group: slots that are full, and tombstones. Tables do not depend on each other, so
a batch may be sorted by the upper bits that all tables there tell apart, and runs in cache; what happened when comes
back from the operations' numbers.

Source: internal/runtime/maps/{map,table}.go, as in kernels.py and engine.py, against which tests hold this.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from goxray.core.jit import bare_kernel, part
from goxray.model.swiss import state as s
from goxray.model.swiss.kernels import Number, max_growth_left
from goxray.model.swiss.state import I64, U8, U64

I32 = NDArray[np.int32]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]

GROUP_BITS = 7
DEEPEST = 32 - GROUP_BITS
_OP = np.uint64((1 << 32) - 1)
_HALF = np.uint64(32)
_WORD = np.uint64(64)

# Lean.scalar[...]
L_USED, L_DEPTH, L_TABLES, L_ROWS, L_SMALL, L_TOMBSTONES, L_PRUNES = 0, 1, 2, 3, 4, 5, 6
L_SCALARS = 7
ROWS_AHEAD = 4
NO_GROUP, ONE_GROUP, DIRECTORY = 0, 1, 2
"""Lean.scalar[L_SMALL]: no group yet, one group (in table row 0), or tables."""

# Columns of Lean.tables
T_MASK, T_LEFT, T_DEPTH = 0, 1, 2
T_COLUMNS = 4  # one more than there are: rows then start at multiples of 32 bytes

OK, FULL, TOO_DEEP = 0, 1, 2

ALL = 255
"""The marks of a group whose slots are all full; less where one is empty, more where one is a tombstone."""

FIRST_FREE: U8 = np.array([next((i for i in range(8) if not mask >> i & 1), 8) for mask in range(256)], np.uint8)
"""By mask of full slots: the first that is not, 8 where all are."""

COUNT: U8 = np.array([mask.bit_count() for mask in range(256)], np.uint8)
"""By mask: how many bits it has."""


class Lean(NamedTuple):
    """One map.

    ``directory`` int32[2^depth] of table rows; ``words`` uint32[tables * 1024]; ``marks`` uint16[tables * 128]: in the
    lower byte a bit for each full slot of a group, in the upper one for each tombstone.
    """

    scalar: I64
    directory: I32
    tables: I64
    words: U32
    marks: U16
    first: U8
    bits: U8
    scratch: U32
    rows: I64


@bare_kernel
def l_note(m: Lean, op: Number, kind: Number, a: Number, b: Number) -> None:
    """Write one event row."""
    at = m.scalar[L_ROWS]
    m.rows[at, 0] = op
    m.rows[at, 1] = kind
    m.rows[at, 2] = a
    m.rows[at, 3] = b
    m.scalar[L_ROWS] = at + 1


@bare_kernel
def l_reset(m: Lean, row: Number, mask: Number, depth: Number) -> None:
    """Make a table row an empty table of ``mask`` + 1 groups."""
    m.tables[row, T_MASK] = mask
    m.tables[row, T_LEFT] = max_growth_left((mask + 1) * s.SLOTS)
    m.tables[row, T_DEPTH] = depth
    for g in range(row * s.MAX_GROUPS, row * s.MAX_GROUPS + mask + 1):
        m.marks[g] = 0


@part
def l_move_in(m: Lean, base: Number, mask: Number, word: np.uint32) -> None:
    """Put a kept word into the table whose first group is ``base`` (uncheckedPutSlot), without counting."""
    offset = np.int64(word) & mask
    step = 0
    while m.marks[base + offset] == ALL:
        step += 1
        offset = (offset + step) & mask
    full = np.int64(m.marks[base + offset])
    slot = np.int64(m.first[full])
    m.marks[base + offset] = full | (1 << slot)
    m.words[(base + offset) * s.SLOTS + slot] = word


@bare_kernel
def l_take_out(m: Lean, row: Number) -> Number:
    """Copy a table's live words to scratch in the order of their slots; return how many."""
    count: Number = 0
    base = row * s.MAX_GROUPS
    for g in range(base, base + m.tables[row, T_MASK] + 1):
        full = np.int64(m.marks[g])
        for slot in range(s.SLOTS):
            m.scratch[count] = m.words[g * s.SLOTS + slot]
            count += (full >> slot) & 1
    return count


@bare_kernel
def l_grow(m: Lean, row: Number, op: Number) -> None:
    """Grow a table (table.grow), or make one (growToTable) where the row holds the group of a small map."""
    count = l_take_out(m, row)
    old = (m.tables[row, T_MASK] + 1) * s.SLOTS
    mask = 2 * m.tables[row, T_MASK] + 1
    l_reset(m, row, mask, m.tables[row, T_DEPTH])
    for i in range(count):
        l_move_in(m, row * s.MAX_GROUPS, mask, m.scratch[i])
    m.tables[row, T_LEFT] -= count
    if m.scalar[L_SMALL] == DIRECTORY:
        l_note(m, op, s.ROW_GROW, old, 2 * old)
    else:
        m.scalar[L_SMALL] = DIRECTORY
        l_note(m, op, s.ROW_TABLE, 0, 2 * old)


@bare_kernel
def l_split(m: Lean, row: Number, op: Number) -> None:
    """Split a table (table.split): the left half stays in the row."""
    count = l_take_out(m, row)
    old = (m.tables[row, T_MASK] + 1) * s.SLOTS
    depth = m.tables[row, T_DEPTH] + 1
    shift = 32 - depth
    right = m.scalar[L_TABLES]
    m.scalar[L_TABLES] = right + 1
    l_reset(m, row, s.MAX_GROUPS - 1, depth)
    l_reset(m, right, s.MAX_GROUPS - 1, depth)
    left_base, apart = row * s.MAX_GROUPS, (right - row) * s.MAX_GROUPS
    rights: Number = 0
    for i in range(count):
        word = m.scratch[i]
        bit = (np.int64(word) >> shift) & 1
        rights += bit
        l_move_in(m, left_base + bit * apart, s.MAX_GROUPS - 1, word)
    m.tables[row, T_LEFT] -= count - rights
    m.tables[right, T_LEFT] -= rights
    l_note(m, op, s.ROW_SPLIT, old, depth)


@bare_kernel
def l_install(m: Lean, row: Number, word: np.uint64) -> None:
    """Point the right half's directory slots to it, doubling the directory where it is not deep enough."""
    depth = m.tables[row, T_DEPTH]
    if depth > m.scalar[L_DEPTH]:
        for i in range((1 << m.scalar[L_DEPTH]) - 1, -1, -1):
            m.directory[2 * i + 1] = m.directory[i]
            m.directory[2 * i] = m.directory[i]
        m.scalar[L_DEPTH] += 1
    each = 1 << (m.scalar[L_DEPTH] - depth)
    first = np.int64(word >> (_WORD - np.uint64(depth))) | 1
    for i in range(first * each, (first + 1) * each):
        m.directory[i] = m.scalar[L_TABLES] - 1


@bare_kernel
def l_needed(m: Lean, row: Number) -> Number:
    """Mark in scratch (as 0 or 1 a group) the groups whose tombstones probes need; return how many others hold."""
    base, mask = row * s.MAX_GROUPS, m.tables[row, T_MASK]
    for group in range(mask + 1):
        m.scratch[group] = np.uint32(m.marks[base + group] < ALL)
    for group in range(mask + 1):
        for slot in range(s.SLOTS):
            if (m.marks[base + group] >> slot) & 1 == 0:
                continue
            offset = np.int64(m.words[(base + group) * s.SLOTS + slot]) & mask
            step = 0
            while offset != group:
                if m.marks[base + offset] != ALL:
                    m.scratch[offset] = 1
                step += 1
                offset = (offset + step) & mask
    count = 0
    for group in range(mask + 1):
        if m.scratch[group] == 0:
            count += int(m.bits[m.marks[base + group] >> 8])
    return count


@bare_kernel
def l_prune(m: Lean, row: Number, op: Number) -> None:
    """Empty tombstones that no probe needs where that pays (table.pruneTombstones)."""
    base, capacity = row * s.MAX_GROUPS, (m.tables[row, T_MASK] + 1) * s.SLOTS
    dead = 0
    for g in range(base, base + m.tables[row, T_MASK] + 1):
        dead += int(m.bits[m.marks[g] >> 8])
    if dead * 10 < capacity:
        return
    count = l_needed(m, row)
    if count * 10 < capacity:
        return
    for group in range(capacity // s.SLOTS):
        if m.scratch[group] == 0:
            m.marks[base + group] &= ALL
    m.tables[row, T_LEFT] += count
    l_note(m, op, s.ROW_PRUNE, count, capacity)


@bare_kernel
def l_assign_small(m: Lean, words: U64, start: Number) -> Number:
    """Assign new keys until the map has tables; return how far it came."""
    for n in range(start, len(words)):
        op = np.int64(words[n] & _OP)
        if m.scalar[L_SMALL] == NO_GROUP:
            m.scalar[L_SMALL] = ONE_GROUP
            m.scalar[L_TABLES] = 1
            l_reset(m, 0, 0, 0)
            l_note(m, op, s.ROW_SMALL, 0, s.SLOTS)
        if m.marks[0] == ALL:
            m.directory[0] = 0
            l_grow(m, 0, op)
        if m.scalar[L_SMALL] == DIRECTORY:
            return n
        l_move_in(m, 0, 0, np.uint32(words[n] >> _HALF))
    return len(words)


@part
def l_free_group(m: Lean, base: Number, mask: Number, word: np.uint64) -> Number:
    """Where a new key goes: the first group on its way with a tombstone (as -1 - group), or with an empty slot."""
    offset: Number = np.int64(word >> _HALF) & mask
    step = 0
    found: Number = np.int64(0)
    while m.marks[base + offset] >= ALL:
        if found == 0 and m.marks[base + offset] > ALL:
            found = -1 - offset
        step += 1
        offset = (offset + step) & mask
    return offset if found == 0 else found


@bare_kernel
def l_put(m: Lean, word: np.uint64, row: Number, group: Number) -> None:
    """Put a new key into the first free slot of a group that has one."""
    at = row * s.MAX_GROUPS + group
    slot = np.int64(m.first[m.marks[at] & ALL])
    m.marks[at] = np.uint16((np.int64(m.marks[at]) | (1 << slot)) & ~(256 << slot))
    m.words[at * s.SLOTS + slot] = np.uint32(word >> _HALF)


@bare_kernel
def l_widen(m: Lean, word: np.uint64, row: Number) -> int:
    """Make room in a table whose growthLeft is 0: prune, grow or split; return OK, FULL or TOO_DEEP."""
    op = np.int64(word & _OP)
    if m.scalar[L_PRUNES] != 0:
        l_prune(m, row, op)
        if m.tables[row, T_LEFT] > 0:
            return OK
    if 2 * m.tables[row, T_MASK] + 1 < s.MAX_GROUPS:
        l_grow(m, row, op)
        return OK
    if m.tables[row, T_DEPTH] == DEEPEST:
        return TOO_DEEP
    if 2 << m.scalar[L_DEPTH] > len(m.directory) or m.scalar[L_TABLES] >= len(m.tables):
        return FULL
    l_split(m, row, op)
    l_install(m, row, word)
    return OK


@bare_kernel
def l_assign_all(m: Lean, words: U64, start: int) -> tuple[Number, int]:
    """Assign new keys, uint64[N], from ``start`` on; return how far it came and why it stopped."""
    n = np.int64(start)
    if m.scalar[L_SMALL] != DIRECTORY:
        n = np.int64(l_assign_small(m, words, start))
    why = OK
    while n < len(words):
        word = words[n]
        depth = m.scalar[L_DEPTH]
        row = np.int64(m.directory[np.int64(word >> (_WORD - np.uint64(depth)))]) if depth else np.int64(0)
        group = l_free_group(m, row * s.MAX_GROUPS, m.tables[row, T_MASK], word)
        if group < 0:
            l_put(m, word, row, -1 - group)
        elif m.tables[row, T_LEFT] > 0:
            m.tables[row, T_LEFT] -= 1
            at = row * s.MAX_GROUPS + group
            full = np.int64(m.marks[at])
            slot = np.int64(m.first[full])
            m.marks[at] = full | (1 << slot)
            m.words[at * s.SLOTS + slot] = np.uint32(word >> _HALF)
        else:
            why = l_widen(m, word, row)
            if m.scalar[L_ROWS] + ROWS_AHEAD >= len(m.rows):
                why = FULL
            if why != OK:
                break
            continue
        n += 1
    m.scalar[L_USED] += n - start
    return n, why


@bare_kernel
def sort_by_table(raw: U64, bits: int, counts: I64, out: U64) -> None:
    """Number the hashes uint64[N] of a batch in their lowest bits and sort them, stably, by their upper ``bits``.

    ``counts`` is int64[2^bits]; ``out`` gets the words.
    """
    if bits == 0:
        for i in range(len(raw)):
            out[i] = (raw[i] & ~_OP) | np.uint64(i)
        return
    shift = _WORD - np.uint64(bits)
    counts[:] = 0
    for i in range(len(raw)):
        counts[np.int64(raw[i] >> shift)] += 1
    at = 0
    for i in range(len(counts)):
        at, counts[i] = at + counts[i], at
    for i in range(len(raw)):
        part = np.int64(raw[i] >> shift)
        out[counts[part]] = (raw[i] & ~_OP) | np.uint64(i)
        counts[part] += 1


@bare_kernel
def l_delete(m: Lean, count: int, state: np.uint64) -> None:
    """Delete ``count`` live keys, each set of them equally likely (selection sampling over the slots).

    The order of deletes makes no difference: in a group that has an empty slot all become empty, in a full one all
    become tombstones. Random numbers are those of splitmix64 from ``state`` on.
    """
    need, rest = count, m.scalar[L_USED]
    for row in range(m.scalar[L_TABLES]):
        base = row * s.MAX_GROUPS
        for g in range(base, base + m.tables[row, T_MASK] + 1):
            marks = np.int64(m.marks[g])
            gone = 0
            for slot in range(s.SLOTS):
                if (marks >> slot) & 1 == 0:
                    continue
                state += np.uint64(0x9E3779B97F4A7C15)
                z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                z ^= z >> np.uint64(31)
                if (z >> np.uint64(11)) * (1.0 / (1 << 53)) * rest < need:
                    need -= 1
                    gone |= 1 << slot
                rest -= 1
            if marks < ALL or m.scalar[L_SMALL] != DIRECTORY:
                m.tables[row, T_LEFT] += np.int64(m.bits[gone])
            elif gone:
                marks |= gone << 8
                m.scalar[L_TOMBSTONES] = 1
            m.marks[g] = np.uint16(marks & ~gone)
    m.scalar[L_USED] -= count


@bare_kernel
def l_clear(m: Lean) -> None:
    """Empty all tables."""
    for row in range(m.scalar[L_TABLES]):
        l_reset(m, row, m.tables[row, T_MASK], m.tables[row, T_DEPTH])
    m.scalar[L_USED] = 0
    m.scalar[L_TOMBSTONES] = 0


@bare_kernel
def l_count(m: Lean, out: I64) -> None:
    """Sum up slots, tombstones, growthLeft and the least local depth of all tables: ``out`` int64[4]."""
    out[:] = 0
    out[3] = DEEPEST
    for row in range(m.scalar[L_TABLES]):
        out[0] += (m.tables[row, T_MASK] + 1) * s.SLOTS
        for g in range(row * s.MAX_GROUPS, row * s.MAX_GROUPS + m.tables[row, T_MASK] + 1):
            out[1] += np.int64(m.bits[m.marks[g] >> 8])
        out[2] += m.tables[row, T_LEFT]
        out[3] = min(out[3], m.tables[row, T_DEPTH])
