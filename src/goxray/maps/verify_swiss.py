"""The invariants of Swiss maps, on arrays (internal/runtime/maps: map.go, table.go, group.go, table_debug.go).

The order of work for one batch of maps::

    tally = SwissTally.of(maps)
    check_maps(maps, report)                                     headers
    sound = check_tables(maps, tables, max_capacity, report)     table headers; only sound ones have readable groups
    check_groups(maps, tables, groups, tally, report)            some sound tables at a time (verify_groups)
    check_small(small, tally, report)                            the single groups of small maps
    check_totals(maps, tally, report)

The tally is all that is carried from call to call.
"""

from __future__ import annotations

import numpy as np

from goxray.maps.verify_groups import DELETED, EMPTY, check_bytes, check_groups, h2_words
from goxray.maps.verify_rules import Flags, Report, Rule
from goxray.maps.verify_views import SLOTS, SmallGroups, SwissMaps, SwissTables, SwissTally, pick_known

__all__ = ["check_groups", "check_maps", "check_small", "check_tables", "check_totals"]

_HASH_BITS = 64
_MAX_DEPTH = 48  # a directory of 2^48 entries fits no address space; keeps shifts defined


def check_maps(maps: SwissMaps, report: Report) -> None:
    """Check the headers alone: small maps' bounds, and dirLen against globalDepth and globalShift."""
    own = np.arange(maps.used.size)
    small = maps.dir_len == 0
    holds = np.where(maps.has_dir, SLOTS, 0)
    report.add_where(
        Rule.SMALL_MAP,
        small & ((maps.used < 0) | (maps.used > holds)),
        own,
        lambda i: ("header", f"used is {maps.used[i]}; without a directory this map holds at most {holds[i]}"),
    )
    depth = maps.global_depth
    large_fits = (depth >= 0) & (depth < _MAX_DEPTH) & maps.has_dir
    large_fits &= maps.dir_len == np.int64(1) << np.clip(depth, 0, _MAX_DEPTH)
    large_fits &= maps.global_shift == _HASH_BITS - depth
    small_fits = (depth == 0) & (maps.global_shift == 0)
    report.add_where(
        Rule.DIRECTORY_SIZE,
        ~np.where(small, small_fits, large_fits),
        own,
        lambda i: (
            "header",
            f"dirLen {maps.dir_len[i]}, globalDepth {depth[i]}, globalShift {maps.global_shift[i]} do not go together"
            + ("" if maps.has_dir[i] else "; dirPtr is nil"),
        ),
    )


def check_tables(maps: SwissMaps, tables: SwissTables, max_capacity: int, report: Report) -> Flags:
    """Check table headers and where the tables stand in the directories.

    A table of local depth l under global depth g stands 1 << (g - l) times, side by side, from its index on
    (map.go, replaceTable and installTableSplit).

    Args:
        maps: the batch.
        tables: every readable table of it.
        max_capacity: slots beyond which a table is split instead of doubled (table.go, maxTableCapacity).
        report: gets what is broken.

    Returns:
        bool[t]: the table's size makes sense, so its groups can be read and checked.
    """

    def place(i: int) -> str:
        return f"table {tables.number[i]}"

    capacity = tables.capacity
    sound: Flags = (capacity >= SLOTS) & (capacity <= max_capacity) & (capacity & (capacity - 1) == 0)
    sound &= tables.groups == capacity // SLOTS
    report.add_where(
        Rule.TABLE_SIZE,
        ~sound,
        tables.map,
        lambda i: (place(i), f"capacity {capacity[i]} with {tables.groups[i]} groups"),
    )
    depth = maps.global_depth[tables.map]
    shallow = (tables.local_depth >= 0) & (tables.local_depth <= depth)
    report.add_where(
        Rule.TABLE_DEPTH,
        ~shallow,
        tables.map,
        lambda i: (place(i), f"localDepth {tables.local_depth[i]} under globalDepth {depth[i]}"),
    )
    span = np.int64(1) << np.where(shallow, np.minimum(depth - tables.local_depth, _MAX_DEPTH), 0)
    report.add_where(
        Rule.DIRECTORY_TABLE,
        shallow & ((tables.index != tables.number) | (tables.repeats != span)),
        tables.map,
        lambda i: (
            place(i),
            f"index {tables.index[i]} and localDepth {tables.local_depth[i]} want {span[i]} directory entries from "
            f"there on; it stands {tables.repeats[i]} times from {tables.number[i]} on",
        ),
    )
    return sound


def check_small(small: SmallGroups, tally: SwissTally, report: Report) -> None:
    """Check the single groups of maps without a directory, and count them into ``tally``.

    Such a map has no probe sequence: a delete leaves an empty slot (map.go, deleteSmall).
    """
    full = small.ctrl < EMPTY
    deleted = small.ctrl == DELETED

    def place(cell: int) -> str:
        return f"slot {cell % SLOTS}"

    check_bytes(small.ctrl, small.map, place, report)
    at = np.flatnonzero(deleted)
    report.add(
        Rule.SMALL_TOMBSTONE, at, small.map[at // SLOTS], lambda c: (place(c), "a tombstone in a map of one group")
    )
    known = pick_known(small.hashes, small.known, full)
    if known is not None and small.hashes is not None:
        hashed, control = small.hashes.reshape(-1), small.ctrl.reshape(-1)
        at = np.flatnonzero(known)
        at = at[control[at] != (hashed[at] & np.uint64(0x7F))]
        report.add(Rule.H2, at, small.map[at // SLOTS], lambda c: (place(c), h2_words(int(control[c]), int(hashed[c]))))
    np.add.at(tally.full, small.map, full.sum(axis=1))
    np.add.at(tally.tombstones, small.map, deleted.sum(axis=1))


def check_totals(maps: SwissMaps, tally: SwissTally, report: Report) -> None:
    """Check what only all groups of a map together tell: Map.used and Map.tombstonePossible."""
    own = np.arange(maps.used.size)
    report.add_where(
        Rule.MAP_USED,
        ~tally.partly_read & (maps.used != tally.full),
        own,
        lambda i: ("header", f"used is {maps.used[i]}, full slots are {tally.full[i]}"),
    )
    if maps.tombstone_possible is not None:
        report.add_where(
            Rule.TOMBSTONE_FLAG,
            ~maps.tombstone_possible & (tally.tombstones > 0),
            own,
            lambda i: ("header", f"tombstonePossible is false with {tally.tombstones[i]} tombstones"),
        )
