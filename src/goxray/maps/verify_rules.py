"""The invariants of Go's maps, and how a broken one is told.

The rules stand on the runtime's own source: what each operation leaves behind, and for Swiss tables also its debug
check (internal/runtime/maps/table_debug.go, checkInvariants). Checking is done on arrays that the caller has read, by
:mod:`goxray.maps.verify_swiss` and :mod:`goxray.maps.verify_classic`. One batch may hold many maps; every array that
speaks of a map does so by its index in the batch.

None of the rules holds while the runtime is inside a write to the map (``hashWriting``, ``Map.writing``), nor for
memory that was not read at one moment; :class:`Report` leaves out the maps it is told to ignore.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

LIMIT = 16
"""Violations told for one map; more are only counted."""

Tell = Callable[[int], tuple[str, str]]
"""Gives the slot and the words for one broken element."""


class Rule(StrEnum):
    """What must hold. The value is the rule's stable name; the remark says when it is broken."""

    # Swiss: the map
    SMALL_MAP = "small-map"  # a map without a directory claims more entries than one group holds
    DIRECTORY_SIZE = "directory-size"  # dirLen, globalDepth and globalShift do not go together
    DIRECTORY_TABLE = "directory-table"  # a table stands elsewhere in the directory than its index and depth say
    MAP_USED = "map-used"  # Map.used is not the number of full slots
    TOMBSTONE_FLAG = "tombstone-flag"  # tombstones exist, Map.tombstonePossible denies it
    # Swiss: a table
    TABLE_SIZE = "table-size"  # capacity is no power of two, out of range, or not eight times the groups
    TABLE_DEPTH = "table-depth"  # localDepth exceeds globalDepth
    TABLE_USED = "table-used"  # table.used is not the number of full slots
    GROWTH_LEFT = "growth-left"  # table.growthLeft is not what capacity, full slots and tombstones leave
    NO_EMPTY_SLOT = "no-empty-slot"  # no empty slot: a search for an absent key would never end
    # Swiss: a slot
    CONTROL_BYTE = "control-byte"  # neither empty, deleted nor full
    SMALL_TOMBSTONE = "small-tombstone"  # a small map has no probe sequence, so nothing to keep with a tombstone
    MIXED_GROUP = "mixed-group"  # tombstone beside an empty slot: a delete there leaves an empty slot instead
    H2 = "h2"  # the control byte is not the low seven bits of the key's hash
    WRONG_TABLE = "wrong-table"  # the hash's top bits select another table: the key cannot be found
    PROBE = "probe"  # an empty slot on the way ends the search before it reaches the key
    # classic: the map
    FLAGS = "flags"  # bits that no map has, or same-size growth without old buckets
    BUCKETS = "buckets"  # B does not go with the bucket array
    EVACUATION = "evacuation"  # nevacuate, oldbuckets and the states of old buckets do not go together
    COUNT = "count"  # hmap.count is not the number of full cells
    NOVERFLOW = "noverflow"  # hmap.noverflow is exact below B = 16, and is not
    OVERFLOW_ADDRESS = "overflow-address"  # an overflow bucket where none can be
    OVERFLOW_SHARED = "overflow-shared"  # an overflow bucket is linked twice: chains meet or run in a circle
    # classic: a cell
    TOPHASH_STATE = "tophash-state"  # an evacuated mark outside evacuated buckets, or another one inside
    EMPTY_REST = "empty-rest"  # something follows a cell that says nothing follows
    EMPTY_ONE = "empty-one"  # the last cell before the empty rest is marked emptyOne instead of emptyRest
    TOPHASH = "tophash"  # the mark is not the top byte of the key's hash
    WRONG_BUCKET = "wrong-bucket"  # the hash's low bits select another bucket: the key cannot be found


@dataclass(frozen=True)
class Violation:
    """One broken invariant.

    ``map`` is the map's index in the batch; ``slot`` names the place (``table 2 group 5 slot 3``,
    ``bucket 7 overflow 1 slot 0``, ``header``); ``what`` says in words what stands there and what should.
    """

    map: int
    slot: str
    rule: Rule
    what: str


@dataclass
class Report:
    """Collects what the checks find, over as many calls as it takes.

    ``maps`` is the batch's size, ``limit`` how many violations of one map are told; ``total`` (int64[maps]) counts
    them all. Maps with ``ignore`` (bool[maps]) set are passed over.
    """

    maps: int
    limit: int = LIMIT
    ignore: Flags | None = None
    violations: list[Violation] = field(default_factory=list)
    total: Ints = field(init=False)

    def __post_init__(self) -> None:
        """Start with nothing found."""
        self.total = np.zeros(self.maps, np.int64)

    def add(self, rule: Rule, at: Ints, owners: Ints, tell: Tell) -> None:
        """Record violations at the elements ``at`` (int64[k]) of whatever was checked.

        ``owners`` (int64[k]) are the indices of the maps they are in. ``tell`` is called with an element of ``at``, for
        those within the limit only.
        """
        if self.ignore is not None:
            heard = ~self.ignore[owners]
            at, owners = at[heard], owners[heard]
        if not at.size:
            return
        order = np.argsort(owners, kind="stable")
        at, owners = at[order], owners[order]
        rank = np.arange(owners.size) - np.searchsorted(owners, owners, side="left")
        for i in np.flatnonzero(rank + self.total[owners] < self.limit).tolist():
            slot, what = tell(int(at[i]))
            self.violations.append(Violation(int(owners[i]), slot, rule, what))
        self.total += np.bincount(owners, minlength=self.maps)

    def add_where(self, rule: Rule, broken: Flags, owners: Ints, tell: Tell) -> None:
        """Record a violation wherever ``broken`` (bool[n]) is set; ``owners`` is int64[n], ``tell`` gets the index."""
        at = np.flatnonzero(broken)
        if at.size:
            self.add(rule, at, owners[at], tell)
