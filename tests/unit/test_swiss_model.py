"""Swiss maps worked out by hand from internal/runtime/maps: map.go (NewMap, growToTable, installTableSplit), table.go.

Hashes are made up so that each key's table, group and control byte are known: the low 7 bits of a hash are H2, the rest
is H1, whose low bits choose the first group and whose top bits choose the table. A table of capacity c takes c * 7 / 8
entries: 14 of 16, 896 of 1024. All tests run on the compiled kernels and on their source.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest

from goxray.model import SwissMap
from goxray.model.builds import build_layout
from goxray.model.gotypes import parse_type
from goxray.model.shapes import map_shape
from goxray.model.swiss import engine, kernels
from goxray.model.swiss import map as maps
from goxray.model.swiss import state as s
from goxray.model.swiss.engine import ASSIGN, DELETE, Work
from goxray.model.swiss.hints import start
from tests.harness.uncompiled import uncompiled

INTS = "map[uint64]uint64"


@pytest.fixture(autouse=True, params=[True, False], ids=["compiled", "source"])
def _either(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.param:
        yield
    else:
        with uncompiled(kernels, engine, maps):
            yield


class Hand:
    """A map whose keys' hashes are given: key k has hash (top << 56) + (h1 << 7) + k % 128."""

    def __init__(self, go: str, hint: int = 0) -> None:
        layout = build_layout(go)
        shape = map_shape(parse_type(INTS, layout), layout)
        self.m = s.empty_store(s.rules(layout, shape), 1, 64 * s.MAX_GROUPS)
        self.m = s.with_room(self.m, 0, 40, 64, 4000)
        tables, capacity = start(hint, shape.unit.unit_size)
        for index in range(tables):
            self.m.directory[index] = kernels.take_table(self.m, capacity, index, tables.bit_length() - 1)
        self.m.scalar[s.DIR_LEN], self.m.scalar[s.DEPTH] = tables, max(0, tables.bit_length() - 1)
        self.hashes: list[int] = []

    def assign(self, h1: int, count: int = 1, top: int = 0) -> list[int]:
        """Assign new keys with one H1; return them."""
        new = list(range(len(self.hashes), len(self.hashes) + count))
        self.hashes += [(top << 56) + (h1 << 7) + k % 128 for k in new]
        self.do(ASSIGN, new)
        return new

    def delete(self, keys: list[int]) -> None:
        """Delete keys."""
        self.do(DELETE, keys)

    def do(self, op: int, keys: list[int]) -> None:
        """Do one operation on each of the keys."""
        kids, found = np.array(keys, np.int64), np.zeros(len(keys), np.int64)
        hashes = np.array([self.hashes[k] for k in keys], np.uint64)
        work = Work(np.full(len(keys), op, np.uint8), hashes, kids, kids, kids, found, 0)
        done = engine.run(self.m, work, 0)[0]
        assert done == len(keys) or (op == DELETE and self.m.scalar[s.USED] == 0)
        assert op == ASSIGN or found.all()

    def rows(self) -> list[str]:
        """What has happened: kinds of events."""
        names = ["small", "table", "grow", "split", "directory", "prune"]
        return [names[kind] for kind in self.m.rows[: self.m.scalar[s.ROWS], 1]]

    def tables(self) -> list[dict[str, int]]:
        """The tables in the directory's order."""
        seen = dict.fromkeys(self.m.directory[: self.m.scalar[s.DIR_LEN]].tolist())
        names = {"index": s.INDEX, "depth": s.LOCAL_DEPTH, "capacity": s.CAPACITY, "used": s.COUNT,
                 "left": s.GROWTH_LEFT}  # fmt: skip
        return [{name: int(self.m.tables[row, column]) for name, column in names.items()} for row in seen]

    def group(self, number: int) -> str:
        """A group of the first table: F full, . empty, x a tombstone."""
        at = 8 * (int(self.m.tables[self.m.directory[0], s.BASE]) + number)
        return "".join({0x80: ".", 0xFE: "x"}.get(c, "F") for c in self.m.ctrl[at : at + 8].tolist())


# Hints. NewMap: hint * 8 / 7 slots, ceil(slots / 1024) tables rounded up to a power of two, slots / tables each rounded
# up to a power of two:
#     9 -> 10 slots -> 16;   14 -> 16;   15 -> 17 -> 32;   28 -> 32;   29 -> 33 -> 64;   896 -> 1024;
#   897 -> 1025 slots -> 2 tables of 512;   1792 -> 2048 -> 2 of 1024;
#  1793 -> 2049 -> 3, so 4 tables of 2049 / 4 = 512;   2700 -> 3085 -> 4 of 771, so 1024.
@pytest.mark.parametrize(
    ("hint", "tables", "capacity"),
    [
        (0, 0, 0), (8, 0, 0), (9, 1, 16), (14, 1, 16), (15, 1, 32), (28, 1, 32), (29, 1, 64), (896, 1, 1024),
        (897, 2, 512), (1792, 2, 1024), (1793, 4, 512), (2700, 4, 1024),
    ],
)  # fmt: skip
def test_hints(hint: int, tables: int, capacity: int) -> None:
    assert start(hint, 136) == (tables, capacity)
    figures = SwissMap(INTS, hint=hint).figures()
    assert (figures.detail["tables"], figures.slots) == (tables, tables * capacity)
    assert figures.detail["growth_left"] == tables * capacity * 7 // 8


def test_a_hint_that_no_memory_can_hold_counts_as_none() -> None:
    """2^41 * 8 / 7 slots take 2^32 tables of 1024 slots, 128 groups of 136 bytes each: more than 2^48 bytes."""
    assert start(1 << 41, 136) == (0, 0)


# What uint64s take. Map: used, seed, dirPtr, dirLen of 8 bytes, four bytes, clearSeq: 48. A group: control word and
# 8 * (8 + 8): 136, in the class of 144. table: three uint16, a byte, index, data, lengthMask: 32. Groups of
# 2, 4, .. 128: 272 -> 288, 544 -> 576, 1088 -> 1152, 2176 -> 2304, 4352 -> 4864, 8704 -> 9472, 17408 -> 18432.
# A directory of one: 8, of two: 16.
@pytest.mark.parametrize(
    ("entries", "held", "taken", "mallocs", "left"),
    [
        (0, 48, 48, 1, 0),
        (8, 48 + 144, 48 + 144, 2, 0),
        (9, 48 + 32 + 288 + 8, 48 + 144 + 32 + 288 + 8, 5, 14 - 9),
        (14, 48 + 32 + 288 + 8, 48 + 144 + 32 + 288 + 8, 5, 0),
        (15, 48 + 32 + 576 + 8, 48 + 144 + 32 + 288 + 8 + 32 + 576, 7, 28 - 15),
        (29, 48 + 32 + 1152 + 8, 48 + 144 + 8 + 3 * 32 + 288 + 576 + 1152, 9, 56 - 29),
        (
            897,
            48 + 16 + 2 * (32 + 18432),
            48 + 144 + 8 + 7 * 32 + 288 + 576 + 1152 + 2304 + 4864 + 9472 + 18432 + 2 * (32 + 18432) + 16,
            2 + 3 + 6 * 2 + 4 + 1,
            2 * 896 - 897,
        ),
    ],
)
def test_bytes_while_growing(entries: int, held: int, taken: int, mallocs: int, left: int) -> None:
    tested = SwissMap(INTS, "1.27", rng=random.Random(entries))
    tested.assign_many(np.arange(entries))
    figures = tested.figures()
    assert (figures.bytes, figures.total_alloc, figures.mallocs) == (held, taken, mallocs)
    assert figures.detail["growth_left"] == left


@pytest.mark.parametrize(("go", "grows"), [("1.24", True), ("1.26", True), ("1.27", False)])
def test_a_known_key_in_a_full_small_map(go: str, grows: bool) -> None:
    """Up to 1.26 runtime_mapassign lets a full group grow before it looks for the key; 1.27 looks first."""
    hand = Hand(go)
    hand.assign(0, 8)
    hand.do(ASSIGN, [3])
    assert hand.rows() == (["small", "table"] if grows else ["small"])
    assert hand.m.scalar[s.USED] == 8


def test_probes_go_on_by_triangular_numbers() -> None:
    """Eight groups; keys of group 6 fill 6, 6 + 1 = 7, 7 + 2 = 9 = 1 and 1 + 3 = 4, one after the other."""
    hand = Hand("1.27", 56)
    hand.assign(6, 25)
    assert [hand.group(n).count("F") for n in range(8)] == [0, 8, 0, 0, 1, 0, 8, 8]


def test_a_delete_leaves_a_tombstone_only_in_a_full_group() -> None:
    """Two groups take 14. Group 0 is full with 8, group 1 has 3: growthLeft 14 - 11 = 3.

    A delete in group 1 gives a slot back: 4 are left. One in group 0 leaves a tombstone: still 4. A new key of group 0
    passes it, ends at group 1's empty slots and takes the tombstone: growthLeft + 1 - 1 = 4.
    """
    hand = Hand("1.27", 14)
    zero, one = hand.assign(0, 8), hand.assign(1, 3)
    assert hand.tables() == [{"index": 0, "depth": 0, "capacity": 16, "used": 11, "left": 3}]
    hand.delete(one[1:2])
    assert (hand.group(1), hand.tables()[0]["left"]) == ("F.F.....", 4)
    hand.delete(zero[5:6])
    assert (hand.group(0), hand.tables()[0]["left"]) == ("FFFFFxFF", 4)
    hand.assign(0)
    assert (hand.group(0), hand.tables()[0]["left"]) == ("FFFFFFFF", 4)


@pytest.mark.parametrize("go", ["1.24", "1.25", "1.27"])
def test_tombstones_are_pruned_or_the_table_grows(go: str) -> None:
    """Group 0 has 8 keys, group 1 has 6: nothing left. 7 deletes in group 0: 7 tombstones, no empty slot there.

    A new key of group 1 meets an empty slot at once and no tombstone. From 1.25 on 7 of 16 slots are worth a look, no
    key of the table passes group 0: all 7 become empty, 7 are left, and 6 after the assign. 1.24 grows to 32 slots
    without looking: 28 - 8 = 20 are left.
    """
    hand = Hand(go, 14)
    zero = hand.assign(0, 8)
    hand.assign(1, 6)
    hand.delete(zero[1:])
    assert (hand.group(0), hand.group(1), hand.tables()[0]["left"]) == ("Fxxxxxxx", "FFFFFF..", 0)
    hand.assign(1)
    if go == "1.24":
        assert hand.rows() == ["grow"]
        assert hand.tables() == [{"index": 0, "depth": 0, "capacity": 32, "used": 8, "left": 20}]
    else:
        assert hand.rows() == ["prune"]
        assert (hand.group(0), hand.group(1), hand.tables()[0]["left"]) == ("F.......", "FFFFFFF.", 6)


def test_tombstones_that_a_probe_passes_stay() -> None:
    """A ninth key of group 0 stands in group 1 and needs group 0's tombstones: nothing is won, the table grows."""
    hand = Hand("1.27", 14)
    zero = hand.assign(0, 9)
    hand.assign(1, 5)
    hand.delete(zero[1:8])
    hand.assign(1)
    assert hand.rows() == ["grow"]
    assert hand.tables()[0] == {"index": 0, "depth": 0, "capacity": 32, "used": 8, "left": 20}


def test_too_few_tombstones_are_not_worth_it() -> None:
    """One tombstone of 16 slots is less than 10%, two are more."""
    for gone, event in ((1, "grow"), (2, "prune")):
        hand = Hand("1.27", 14)
        zero = hand.assign(0, 8)
        hand.assign(1, 6)
        hand.delete(zero[:gone])
        hand.assign(1)
        assert hand.rows() == [event]


def test_pruning_a_large_table() -> None:
    """112 of 128 groups are filled with 8 keys each: 896, nothing is left. Two keys do not stand in their own group.

    The ninth key of group 100 has gone on to 101. The ninth of group 90 has gone on by 1, 2, 3, .. along full groups:
    91, 93, 96, 100, 105, and to 111, which had a slot.
    When all but one key of each of the groups 0 to 89 go, 90 * 7 = 630 tombstones are there. Nothing passes those
    groups, and a key of group 120 meets none of them: all 630 become empty. When those of 90 to 100 go too, the groups
    that the two keys pass keep theirs: 90, 91, 93, 96 and 100 (105 has none). The other 6 give 42 more.
    """
    for more, pruned in ((0, 630), (11, 630 + 42)):
        hand = Hand("1.27", 896)
        keys = {group: hand.assign(group, 8) for group in range(100)}
        keys[100] = hand.assign(100, 9)
        hand.assign(101, 7)
        for group in range(102, 111):
            hand.assign(group, 8)
        hand.assign(111, 7)
        hand.assign(90)
        assert [hand.group(n).count("F") for n in (90, 100, 101, 105, 111, 112)] == [8, 8, 8, 8, 8, 0]
        assert hand.tables()[0]["left"] == 0
        for group in range(90 + more):
            hand.delete(keys[group][1:8])
        hand.assign(120)
        assert hand.rows() == ["prune"]
        assert hand.m.rows[0, 2] == pruned
        assert hand.tables()[0]["left"] == pruned - 1
        if more:
            kept = [n for n in range(101) if "x" in hand.group(n)]
            assert kept == [90, 91, 93, 96, 100]


def test_a_full_table_of_1024_splits_by_the_next_bit() -> None:
    """896 keys, 500 with the hash's top bit 0 and 396 with 1; the 897th has 0: tables of 501 and 396 entries, and a
    directory of two. 395 keys more fill the first; the next one splits it by the second bit, which is 0 for all that it
    has and 1 for the new one: the directory doubles, the second table takes two of its slots.
    """
    hand = Hand("1.27", 896)
    for n in range(500):
        hand.assign(n)
    for n in range(396):
        hand.assign(n, top=0x80)
    assert hand.tables() == [{"index": 0, "depth": 0, "capacity": 1024, "used": 896, "left": 0}]
    hand.assign(500)
    assert hand.rows() == ["split", "directory"]
    right = {"index": 1, "depth": 1, "capacity": 1024, "used": 396, "left": 500}
    assert hand.tables() == [{"index": 0, "depth": 1, "capacity": 1024, "used": 501, "left": 395}, right]
    for n in range(395):
        hand.assign(501 + n)
    assert hand.m.scalar[s.DIR_LEN] == 2
    hand.assign(7, top=0x40)
    assert hand.m.scalar[s.DIR_LEN] == 4 and hand.m.scalar[s.DEPTH] == 2
    assert hand.tables() == [
        {"index": 0, "depth": 2, "capacity": 1024, "used": 896, "left": 0},
        {"index": 1, "depth": 2, "capacity": 1024, "used": 1, "left": 895},
        {**right, "index": 2},
    ]


def test_a_split_goes_on_until_the_keys_part() -> None:
    """897 keys that differ from the fourth bit on only: three splits leave empty tables, the fourth parts the keys.

    Depths 1, 2, 3 give an empty right half each; 448 keys have the fourth bit 1, 448 and the new one have 0. Table
    capacities stay 1024, and the directory has 2^4 entries.
    """
    hand = Hand("1.27", 896)
    for n in range(448):
        hand.assign(n)
        hand.assign(n, top=0x10)
    hand.assign(448)
    assert hand.rows() == ["split", "directory"] * 4
    assert hand.m.scalar[s.DIR_LEN] == 16
    parts = [(each["index"], each["depth"], each["used"]) for each in hand.tables()]
    assert parts == [(0, 4, 449), (1, 4, 448), (2, 3, 0), (4, 2, 0), (8, 1, 0)]
