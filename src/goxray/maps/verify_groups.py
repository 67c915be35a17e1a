"""The invariants inside Swiss tables: control bytes, counts, and where keys stand (internal/runtime/maps/table.go)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from goxray.maps.verify_rules import Flags, Ints, Report, Rule, Tell
from goxray.maps.verify_views import (
    BLOCK,
    SLOTS,
    Bytes,
    SwissGroups,
    SwissMaps,
    SwissTables,
    SwissTally,
    Words,
    pick_known,
)

EMPTY = 0x80
DELETED = 0xFE
"""Control bytes; below EMPTY stand full slots (group.go, ctrlEmpty and ctrlDeleted)."""

_FULL_SHARE = 7  # of eight slots a table fills at most so many (group.go, maxAvgGroupLoad)
_HASH_BITS = 64
_TOP_BITS = np.uint64(0x8080808080808080)
_DELETED_TO_TOP = np.uint64(6)  # the bit that tells deleted from empty, moved to the top of its byte
_H2_BITS = np.uint64(7)
_H2_MASK = np.uint64(0x7F)


@dataclass(frozen=True)
class _Chunk:
    """The groups of one call, row by row: their table, the table's first row, how many slots of each kind."""

    maps: SwissMaps
    tables: SwissTables
    ctrl: Bytes
    table: Ints
    first: Ints
    full: Bytes
    empty: Bytes
    deleted: Bytes

    @classmethod
    def of(cls, maps: SwissMaps, tables: SwissTables, groups: SwissGroups) -> _Chunk:
        """Lay the tables' figures beside their groups."""
        counts = tables.groups[groups.tables]
        table = np.repeat(groups.tables, counts)
        first = np.repeat(np.cumsum(counts) - counts, counts)
        ctrl = np.ascontiguousarray(groups.ctrl)
        word = ctrl.view(np.uint64)[:, 0]
        free = word & _TOP_BITS
        dead = free & word << _DELETED_TO_TOP
        full = np.bitwise_count(free ^ _TOP_BITS)
        return cls(maps, tables, ctrl, table, first, full, np.bitwise_count(free ^ dead), np.bitwise_count(dead))

    def owner(self, rows: Ints) -> Ints:
        """The maps that rows belong to."""
        return self.tables.map[self.table[rows]]

    def place(self, cell: int) -> str:
        """Name a slot, given as row * 8 + slot."""
        row, slot = divmod(cell, SLOTS)
        return f"table {self.tables.number[self.table[row]]} group {row - self.first[row]} slot {slot}"


def check_groups(maps: SwissMaps, tables: SwissTables, groups: SwissGroups, tally: SwissTally, report: Report) -> None:
    """Check the groups of some sound tables, slot by slot and table by table, and count them into ``tally``."""
    chunk = _Chunk.of(maps, tables, groups)
    check_bytes(chunk.ctrl, chunk.tables.map[chunk.table], chunk.place, report)
    mixed = np.flatnonzero((chunk.empty > 0) & (chunk.deleted > 0))
    report.add(
        Rule.MIXED_GROUP,
        mixed,
        chunk.owner(mixed),
        lambda r: (
            chunk.place(r * SLOTS + int((chunk.ctrl[r] == DELETED).argmax())),
            "a tombstone beside an empty slot",
        ),
    )
    full, empty, deleted = (_per_table(chunk, kind) for kind in (chunk.full, chunk.empty, chunk.deleted))
    _check_counts(tables, groups.tables, full, empty, deleted, report)
    known = pick_known(groups.hashes, groups.known, chunk.ctrl < EMPTY)
    if known is not None and groups.hashes is not None:
        ends = chunk.empty > 0
        for start in range(0, known.shape[0], BLOCK):
            cells = np.flatnonzero(known[start : start + BLOCK]) + start * SLOTS
            _check_hashes(chunk, groups.hashes, cells, ends, report)
    owners = tables.map[groups.tables]
    np.add.at(tally.full, owners, full)
    np.add.at(tally.tombstones, owners, deleted)


def check_bytes(ctrl: Bytes, owner: Ints, place: Callable[[int], str], report: Report) -> None:
    """Check that control bytes (uint8[r, 8], ``owner`` int64[r]) are empty, deleted or full."""
    at = np.flatnonzero((ctrl > EMPTY) & (ctrl != DELETED))
    report.add(
        Rule.CONTROL_BYTE,
        at,
        owner[at // SLOTS],
        lambda c: (place(c), f"control byte {int(ctrl.reshape(-1)[c]):#04x} is neither empty, deleted nor full"),
    )


def h2_words(control: int, hashed: int) -> str:
    """Tell a control byte that does not match its key's hash."""
    return f"control byte {control:#04x}, but the key's hash {hashed:#018x} ends in {hashed & int(_H2_MASK):#04x}"


def _per_table(chunk: _Chunk, kind: Bytes) -> Ints:
    """How many slots of a kind each table of the chunk has, from how many each group has."""
    starts = np.flatnonzero(chunk.first == np.arange(chunk.first.size))
    if not starts.size:
        return np.zeros(0, np.int64)
    sums: Ints = np.add.reduceat(kind.astype(np.int64), starts)
    return sums


def _check_counts(tables: SwissTables, chosen: Ints, full: Ints, empty: Ints, deleted: Ints, report: Report) -> None:
    """Compare used and growthLeft with what was counted (table.go, maxGrowthLeft and tombstones)."""
    owner, used, left = tables.map[chosen], tables.used[chosen], tables.growth_left[chosen]
    capacity = tables.capacity[chosen]
    # A table of one group keeps one slot empty as well, so that a search ends: 7 of 8 either way.
    wanted = capacity * _FULL_SHARE // SLOTS - full - deleted

    def place(i: int) -> str:
        return f"table {tables.number[chosen[i]]}"

    report.add_where(
        Rule.TABLE_USED, used != full, owner, lambda i: (place(i), f"used is {used[i]}, full slots are {full[i]}")
    )
    report.add_where(
        Rule.GROWTH_LEFT,
        left != wanted,
        owner,
        lambda i: (
            place(i),
            f"growthLeft is {left[i]}; capacity {capacity[i]}, {full[i]} full slots and {deleted[i]} tombstones leave "
            f"{wanted[i]}",
        ),
    )
    report.add_where(Rule.NO_EMPTY_SLOT, empty == 0, owner, lambda i: (place(i), "no slot is empty"))


def _check_hashes(chunk: _Chunk, hashes: Words, cells: Ints, ends: Flags, report: Report) -> None:
    """Check where the keys in ``cells`` stand; a slot is told by the first rule it breaks.

    ``ends`` (bool[r]) tells which groups have an empty slot.
    """
    rows = cells // SLOTS
    hashed, control = hashes.reshape(-1), chunk.ctrl.reshape(-1)
    of_cell = hashed[cells]
    elsewhere = _in_other_table(chunk, rows, of_cell)
    at = np.flatnonzero(elsewhere)
    report.add(Rule.WRONG_TABLE, cells[at], chunk.owner(rows[at]), _other_table(chunk, hashed))
    mismatch = ~elsewhere & (control[cells] != (of_cell & _H2_MASK))
    at = np.flatnonzero(mismatch)
    report.add(
        Rule.H2,
        cells[at],
        chunk.owner(rows[at]),
        lambda c: (chunk.place(c), h2_words(int(control[c]), int(hashed[c]))),
    )
    good = ~elsewhere & ~mismatch
    if good.all():
        _check_probes(chunk, cells, of_cell, ends, report)
    else:
        _check_probes(chunk, cells[good], of_cell[good], ends, report)


def _in_other_table(chunk: _Chunk, rows: Ints, hashed: Words) -> Flags:
    """Which keys' hashes do not select the table they stand in (map.go, directoryIndex).

    Tables whose own figures are out of order are left to the rules on headers.
    """
    tables = chunk.tables
    depth = chunk.maps.global_depth[tables.map]
    usable = (tables.local_depth > 0) & (tables.local_depth <= depth) & (depth < _HASH_BITS) & (tables.index >= 0)
    shift = np.where(usable, _HASH_BITS - tables.local_depth, _HASH_BITS - 1).astype(np.uint64)
    prefix = (np.where(usable, tables.index, 0) >> np.where(usable, depth - tables.local_depth, 0)).astype(np.uint64)
    table = chunk.table[rows]
    if not usable.any():
        return np.zeros(rows.size, np.bool_)
    wrong: Flags = usable[table] & (hashed >> shift[table] != prefix[table])
    return wrong


def _other_table(chunk: _Chunk, hashed: Words) -> Tell:
    def tell(cell: int) -> tuple[str, str]:
        depth = int(chunk.maps.global_depth[chunk.tables.map[chunk.table[cell // SLOTS]]])
        value = int(hashed[cell])
        return chunk.place(cell), f"the key's hash {value:#018x} leads to directory {value >> (_HASH_BITS - depth)}"

    return tell


def _check_probes(chunk: _Chunk, cells: Ints, hashed: Words, ends: Flags, report: Report) -> None:
    """Walk from each key's first group to its own; no group on the way may have an empty slot.

    The i-th step goes i groups further, modulo the table's groups (table.go, probeSeq).
    """
    rows = cells // SLOTS
    first = chunk.first[rows]
    mask = (chunk.tables.groups - 1)[chunk.table[rows]]
    at = (hashed >> _H2_BITS).astype(np.int64) & mask
    away = np.flatnonzero(first + at != rows)
    cells, rows, first, mask, at = cells[away], rows[away], first[away], mask[away], at[away]
    step = 0
    while cells.size:
        stuck = ends[first + at]
        if stuck.any():
            lost = cells[stuck]
            ended = dict(zip(lost.tolist(), at[stuck].tolist(), strict=True))
            report.add(Rule.PROBE, lost, chunk.owner(rows[stuck]), _ended(chunk, ended))
        step += 1
        at = (at + step) & mask
        on = ~stuck & (first + at != rows)
        cells, rows, first, mask, at = cells[on], rows[on], first[on], mask[on], at[on]


def _ended(chunk: _Chunk, ended: dict[int, int]) -> Tell:
    return lambda c: (chunk.place(c), f"a search for the key ends before it, at an empty slot of group {ended[c]}")
