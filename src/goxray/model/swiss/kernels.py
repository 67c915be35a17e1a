"""The algorithms of Go's Swiss maps over the arrays of a Store, step by step as the runtime takes them.

Source: internal/runtime/maps/{map,table,group,runtime,runtime_fast32,runtime_fast64,runtime_faststr}.go. A group never
holds both an empty slot and a tombstone: a delete leaves a tombstone only where no slot is empty, an assign fills the
group's first free slot, and pruning empties all tombstones of a group. So the orders in which generic and fast assigns
look at them come to the same.
"""

from __future__ import annotations

import numpy as np

from goxray.core.jit import bare_kernel
from goxray.model.swiss import state as s
from goxray.model.swiss.state import Store

Number = int | np.signedinteger
Hash = np.uint64

H2 = np.uint64(0x7F)
H1_SHIFT = np.uint64(7)
WORD = np.uint64(64)
ONE = np.uint64(1)


@bare_kernel
def note(m: Store, op: Number, kind: Number, a: Number, b: Number) -> None:
    """Write one event row; the caller has seen to it that there is room."""
    row = m.rows[m.scalar[s.ROWS]]
    row[0], row[1], row[2], row[3] = op, kind, a, b
    m.scalar[s.ROWS] += 1


@bare_kernel
def take_groups(m: Store, count: Number) -> Number:
    """Return the first of ``count`` (a power of two) zeroed groups with empty control words (newGroups, setEmpty)."""
    chain = s.FREE_GROUPS
    while (1 << (chain - s.FREE_GROUPS)) < count:
        chain += 1
    first = np.int64(m.scalar[chain])
    if first >= 0:
        m.scalar[chain] = m.kid[first * s.SLOTS]
    else:
        first = np.int64(m.scalar[s.TOP])
        m.scalar[s.TOP] += count
    for i in range(first * s.SLOTS, (first + count) * s.SLOTS):
        m.ctrl[i] = s.EMPTY
        m.kv[i] = 0
        m.ev[i] = 0
    return first


@bare_kernel
def take_table(m: Store, capacity: Number, index: Number, depth: Number) -> Number:
    """Return a new table's row (newTable)."""
    row = np.int64(m.scalar[s.FREE_TABLE])
    if row >= 0:
        m.scalar[s.FREE_TABLE] = m.tables[row, s.LINK]
    else:
        row = np.int64(m.scalar[s.TABLES])
        m.scalar[s.TABLES] += 1
    m.tables[row, s.BASE] = take_groups(m, capacity // s.SLOTS)
    m.tables[row, s.CAPACITY] = capacity
    m.tables[row, s.COUNT] = 0
    m.tables[row, s.GROWTH_LEFT] = max_growth_left(capacity)
    m.tables[row, s.LOCAL_DEPTH] = depth
    m.tables[row, s.INDEX] = index
    m.tables[row, s.STATE] = s.LIVE
    return row


@bare_kernel
def max_growth_left(capacity: Number) -> Number:
    """How many entries an empty table takes before it grows (table.maxGrowthLeft)."""
    return capacity - 1 if capacity <= s.SLOTS else capacity * 7 // 8


@bare_kernel
def free_table(m: Store, row: Number) -> None:
    """Give a table and its groups to whoever needs the next ones."""
    first = m.tables[row, s.BASE]
    chain = s.FREE_GROUPS
    while (1 << (chain - s.FREE_GROUPS)) * s.SLOTS < m.tables[row, s.CAPACITY]:
        chain += 1
    m.kid[first * s.SLOTS] = m.scalar[chain]
    m.scalar[chain] = first
    m.tables[row, s.STATE] = s.UNUSED
    m.tables[row, s.LINK] = m.scalar[s.FREE_TABLE]
    m.scalar[s.FREE_TABLE] = row


@bare_kernel
def retire(m: Store, row: Number) -> None:
    """Mark a table that has been replaced; an iterator may still look at it."""
    m.tables[row, s.INDEX] = -1
    m.tables[row, s.STATE] = s.RETIRED
    if m.scalar[s.KEPT] == 0:
        free_table(m, row)


@bare_kernel
def free_retired(m: Store) -> None:
    """Give back all that was kept for iterators."""
    for row in range(m.scalar[s.TABLES]):
        if m.tables[row, s.STATE] == s.RETIRED:
            free_table(m, row)


@bare_kernel
def first_free(m: Store, group: Number) -> Number:
    """The first slot of a group that is empty or deleted, -1 where all are full (matchEmptyOrDeleted, first)."""
    for i in range(group * s.SLOTS, (group + 1) * s.SLOTS):
        if m.ctrl[i] >= s.EMPTY:
            return i
    return -1


@bare_kernel
def has_empty(m: Store, group: Number) -> bool:
    """Whether a group has an empty slot (matchEmpty)."""
    empty = False
    for i in range(group * s.SLOTS, (group + 1) * s.SLOTS):
        empty |= m.ctrl[i] == s.EMPTY
    return empty


@bare_kernel
def match(m: Store, group: Number, h: Hash, kid: Number) -> Number:
    """The slot of a group that holds the key, -1 where none does (matchH2 and Key.Equal)."""
    if m.rules[s.REFLEXIVE] == 0 and kid == s.ODD:
        return -1
    h2 = np.uint8(h & H2)
    for i in range(group * s.SLOTS, (group + 1) * s.SLOTS):
        if m.ctrl[i] == h2 and m.kid[i] == kid:
            return i
    return -1


@bare_kernel
def table_of(m: Store, h: Hash) -> Number:
    """The table row that a hash selects (directoryIndex, directoryAt)."""
    if m.scalar[s.DIR_LEN] == 1:
        return np.int64(m.directory[0])
    return np.int64(m.directory[np.int64(h >> (WORD - np.uint64(m.scalar[s.DEPTH])))])


@bare_kernel
def move_in(m: Store, row: Number, h: Hash, old: Number) -> None:
    """Put the entry of slot ``old`` into a table that has room and lacks the key (uncheckedPutSlot)."""
    mask = m.tables[row, s.CAPACITY] // s.SLOTS - 1
    base = m.tables[row, s.BASE]
    offset = np.int64(h >> H1_SHIFT) & mask
    step = 0
    while True:
        i = first_free(m, base + offset)
        if i >= 0:
            break
        step += 1
        offset = (offset + step) & mask
    m.ctrl[i] = np.uint8(h & H2)
    m.hash[i] = h
    m.kid[i] = m.kid[old]
    m.kv[i] = m.kv[old]
    m.ev[i] = m.ev[old]
    m.tables[row, s.GROWTH_LEFT] -= 1
    m.tables[row, s.COUNT] += 1


@bare_kernel
def rehashed(m: Store, slot: Number) -> Hash:
    """The hash of the key in a slot: what it was, or a new random one for a key not equal to itself (f64hash)."""
    if m.rules[s.REFLEXIVE] != 0 or m.kid[slot] != s.ODD:
        return np.uint64(m.hash[slot])
    x = np.uint64(m.scalar[s.RANDOM])
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    m.scalar[s.RANDOM] = np.int64(x)
    return x * np.uint64(0x2545F4914F6CDD1D)


@bare_kernel
def grow_to_small(m: Store, op: Number) -> None:
    """Allocate the one group of a small map (Map.growToSmall)."""
    m.scalar[s.SMALL] = take_groups(m, 1)
    note(m, op, s.ROW_SMALL, 0, s.SLOTS)


@bare_kernel
def grow_to_table(m: Store, op: Number) -> Number:
    """Turn a small map into one with a table of 16 slots (Map.growToTable)."""
    row = take_table(m, 2 * s.SLOTS, 0, 0)
    small = m.scalar[s.SMALL]
    for i in range(small * s.SLOTS, (small + 1) * s.SLOTS):
        if m.ctrl[i] < s.EMPTY:
            move_in(m, row, rehashed(m, i), i)
    m.directory[0] = row
    m.scalar[s.DIR_LEN] = 1
    m.scalar[s.DEPTH] = 0
    m.scalar[s.SMALL] = -1  # its group stays as it is: an iterator may still look at it
    note(m, op, s.ROW_TABLE, 0, 2 * s.SLOTS)
    return row


@bare_kernel
def replace(m: Store, row: Number) -> None:
    """Put a table into all directory slots that are its own (Map.replaceTable)."""
    first = m.tables[row, s.INDEX]
    for i in range(first, first + (1 << (m.scalar[s.DEPTH] - m.tables[row, s.LOCAL_DEPTH]))):
        m.directory[i] = row


@bare_kernel
def grow(m: Store, row: Number, op: Number) -> None:
    """Replace a table by one of twice the capacity (table.grow)."""
    old = m.tables[row, s.CAPACITY]
    new = take_table(m, 2 * old, m.tables[row, s.INDEX], m.tables[row, s.LOCAL_DEPTH])
    first = m.tables[row, s.BASE] * s.SLOTS
    for i in range(first, first + old):
        if m.ctrl[i] < s.EMPTY:
            move_in(m, new, rehashed(m, i), i)
    replace(m, new)
    retire(m, row)
    note(m, op, s.ROW_GROW, old, 2 * old)


@bare_kernel
def double_directory(m: Store, op: Number) -> None:
    """Make room for twice as many tables (Map.installTableSplit)."""
    length = m.scalar[s.DIR_LEN]
    for i in range(length - 1, -1, -1):
        row = m.directory[i]
        m.directory[2 * i] = row
        m.directory[2 * i + 1] = row
        if m.tables[row, s.INDEX] == i:
            m.tables[row, s.INDEX] = 2 * i
    m.scalar[s.DIR_LEN] = 2 * length
    m.scalar[s.DEPTH] += 1
    note(m, op, s.ROW_DIRECTORY, length, 2 * length)


@bare_kernel
def split(m: Store, row: Number, op: Number) -> None:
    """Replace a table by two that share its keys by their hashes' next bit (table.split, Map.installTableSplit)."""
    depth = m.tables[row, s.LOCAL_DEPTH] + 1
    left = take_table(m, s.MAX_CAPACITY, -1, depth)
    right = take_table(m, s.MAX_CAPACITY, -1, depth)
    shift = WORD - np.uint64(depth)
    first = m.tables[row, s.BASE] * s.SLOTS
    for i in range(first, first + m.tables[row, s.CAPACITY]):
        if m.ctrl[i] < s.EMPTY:
            h = rehashed(m, i)
            half = left if (h >> shift) & ONE == 0 else right
            move_in(m, half, h, i)
    note(m, op, s.ROW_SPLIT, m.tables[row, s.CAPACITY], depth)
    if depth - 1 == m.scalar[s.DEPTH]:
        double_directory(m, op)
    m.tables[left, s.INDEX] = m.tables[row, s.INDEX]
    replace(m, left)
    m.tables[right, s.INDEX] = m.tables[left, s.INDEX] + (1 << (m.scalar[s.DEPTH] - depth))
    replace(m, right)
    retire(m, row)


@bare_kernel
def mark_needed(m: Store, base: Number, mask: Number, group: Number, low: Hash, high: Hash) -> tuple[Hash, Hash]:
    """Add to the needed groups (bits of two words) those in which probes for keys of ``group`` meet tombstones."""
    for i in range((base + group) * s.SLOTS, (base + group + 1) * s.SLOTS):
        if m.ctrl[i] >= s.EMPTY or (m.rules[s.REFLEXIVE] == 0 and m.kid[i] == s.ODD):
            continue
        offset = np.int64(m.hash[i] >> H1_SHIFT) & mask
        step = 0
        while offset != group:
            if first_free(m, base + offset) >= 0:
                bit = ONE << np.uint64(offset & 63)
                if offset < 64:
                    low |= bit
                else:
                    high |= bit
            step += 1
            offset = (offset + step) & mask
    return low, high


@bare_kernel
def empty_tombstones(m: Store, base: Number, mask: Number, low: Hash, high: Hash, really: bool) -> int:
    """Count the tombstones of the groups that are not needed; ``really`` make them empty slots."""
    count = 0
    for group in range(mask + 1):
        if not needed(low, high, group):
            for i in range((base + group) * s.SLOTS, (base + group + 1) * s.SLOTS):
                if m.ctrl[i] >= s.EMPTY:
                    count += 1
                    if really:
                        m.ctrl[i] = s.EMPTY
    return count


@bare_kernel
def prune(m: Store, row: Number, op: Number) -> None:
    """Empty the tombstones that no probe has to pass, where that gives 10% of the slots (table.pruneTombstones)."""
    capacity = m.tables[row, s.CAPACITY]
    if (capacity * 7 // 8 - m.tables[row, s.COUNT] - m.tables[row, s.GROWTH_LEFT]) * 10 < capacity:
        return
    base, mask = m.tables[row, s.BASE], capacity // s.SLOTS - 1
    low, high = np.uint64(0), np.uint64(0)
    for group in range(mask + 1):
        low, high = mark_needed(m, base, mask, group, low, high)
        if has_empty(m, base + group):
            bit = ONE << np.uint64(group & 63)
            if group < 64:
                low |= bit
            else:
                high |= bit
    count = empty_tombstones(m, base, mask, low, high, False)
    if count * 10 < capacity:
        return
    empty_tombstones(m, base, mask, low, high, True)
    m.tables[row, s.GROWTH_LEFT] += count
    note(m, op, s.ROW_PRUNE, count, capacity)


@bare_kernel
def needed(low: Hash, high: Hash, group: Number) -> bool:
    """Whether a group is among the needed ones."""
    word = low if group < 64 else high
    return bool((word >> np.uint64(group & 63)) & ONE)
