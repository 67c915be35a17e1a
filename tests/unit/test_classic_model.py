"""Classic maps worked out by hand from runtime/map.go: makemap, hashGrow, growWork, evacuate, mapdelete.

Hashes are made up so that each key's bucket is known: it is the hash's low bits; the top byte is the cell's mark.
All tests run on the compiled kernels and on their source.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from goxray.model import ClassicMap
from goxray.model.builds import build_layout
from goxray.model.classic import growth, kernels
from goxray.model.classic import state as st
from goxray.model.classic.machine import Machine
from goxray.model.classic.sizes import Sizes
from goxray.model.classic.state import ASSIGN, DELETE, Work
from goxray.model.figures import Event
from goxray.model.gotypes import parse_type
from goxray.model.shapes import map_shape
from tests.harness.uncompiled import uncompiled

INTS = "map[uint64]uint64"


@pytest.fixture(autouse=True, params=[True, False], ids=["compiled", "source"])
def _either(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.param:
        yield
    else:
        with uncompiled(kernels, growth):
            yield


class Hand:
    """A map whose keys' hashes are given; all have the mark 200."""

    def __init__(self, go: str = "1.23", hint: int = 0) -> None:
        layout = build_layout(go)
        self.events: list[Event] = []
        sizes = Sizes(layout, map_shape(parse_type(INTS, layout), layout))
        self.machine = Machine(sizes, hint, sink=self.events.append)
        self.hashes: list[int] = []

    def assign(self, low: int, count: int = 1) -> list[int]:
        """Assign new keys whose hashes have these low bits; return them."""
        new = list(range(len(self.hashes), len(self.hashes) + count))
        self.hashes += [low] * count
        self.do(ASSIGN, new)
        return new

    def delete(self, keys: list[int]) -> None:
        """Delete keys."""
        self.do(DELETE, keys)

    def do(self, op: int, keys: list[int]) -> None:
        """Do one operation on each of the keys."""
        names = np.array(keys, np.int64)
        hashes = np.array([(200 << 56) + self.hashes[k] for k in keys], np.uint64).view(np.int64)
        work = Work(np.full(len(keys), op, np.uint8), hashes, names, names + 1, names + 1, np.zeros_like(names))
        done = 0
        while done < len(keys):
            done = self.machine.run(work, done)
        self.machine.flush()

    def told(self, *kinds: str) -> list[tuple[str, int]]:
        """Events of these kinds, each with its count."""
        return [(event.kind, event.count) for event in self.events if event.kind in kinds]

    def word(self, at: int) -> int:
        """A word of the map's header."""
        return int(self.machine.head[at])

    def chain(self, bucket: int) -> str:
        """The cells of a bucket and its overflow buckets: F full, x emptyOne, . emptyRest."""
        buckets, out = self.machine.cur.buckets, []
        while bucket >= 0:
            out.append("".join({0: ".", 1: "x"}.get(cell, "F") for cell in buckets.tops[bucket].tolist()))
            bucket = int(buckets.links[bucket])
        return " ".join(out)


# Hints. overLoadFactor: count > 8 and count > loadFactorNum * (2^B / 2). loadFactorNum is (8 * 13 / 16) * 2 = 12 in
# 1.21, where the division comes too early, and 2 * 8 * 13 / 16 = 13 from 1.22 on. The most entries of B = 0, 1, 2 ..
# are 8, 12, 24, 48, 96 and 8, 13, 26, 52, 104. A million: 12 * 2^(B-1) and 13 * 2^(B-1) reach it with B - 1 = 17.
# 1700000 lies between 12 * 2^17 = 1572864 and 13 * 2^17 = 1703936.
@pytest.mark.parametrize(
    ("hint", "in_1_21", "later"),
    [
        (0, 0, 0), (8, 0, 0), (9, 1, 1), (12, 1, 1), (13, 2, 1), (14, 2, 2), (24, 2, 2), (25, 3, 2), (26, 3, 2),
        (27, 3, 3), (96, 4, 4), (97, 5, 4), (104, 5, 4), (105, 5, 5), (1_000_000, 18, 18), (1_700_000, 19, 18),
    ],
)  # fmt: skip
def test_hints(hint: int, in_1_21: int, later: int) -> None:
    for go, log2 in (("1.21", in_1_21), ("1.22", later), ("1.25:noswissmap", later)):
        layout = build_layout(go)
        assert Sizes(layout, map_shape(parse_type(INTS, layout), layout)).log2_for(hint) == log2


def test_too_many_overflow_buckets() -> None:
    """tooManyOverflowBuckets: as many as buckets, 2^15 at most."""
    assert [kernels.overflow_limit(log2) for log2 in (0, 1, 4, 15, 16, 20)] == [1, 2, 16, 1 << 15, 1 << 15, 1 << 15]


# hmap: 48 bytes. A bucket of uint64s: 8 + 8 * 16 + 8 = 144 bytes. From B = 4 on 2^(B-4) overflow buckets come with the
# array: 17 * 144 = 2448, and the rest of its class of 2688 takes one more bucket: 2688 / 144 = 18; mapextra: overflow,
# oldoverflow, nextOverflow: 24. Arrays of B = 0 .. 3: 144, 288, 576, 1152 bytes. A hint of 53 gives B = 4 (52 < 53).
@pytest.mark.parametrize(
    ("hint", "held", "mallocs", "rows"),
    [(0, 48, 1, 0), (8, 48, 1, 0), (9, 48 + 288, 2, 2), (27, 48 + 1152, 2, 8), (53, 48 + 2688 + 24, 3, 18)],
)
def test_bytes_of_hints(hint: int, held: int, mallocs: int, rows: int) -> None:
    hand = Hand(hint=hint)
    figures = ClassicMap(INTS, "1.23", hint=hint).figures()
    assert (figures.bytes, figures.mallocs, hand.word(st.OWN)) == (held, mallocs, rows)
    assert figures.bytes == hand.word(st.BYTES)


@pytest.mark.parametrize(("go", "limit"), [("1.21", 12), ("1.23", 13)])
def test_growth_by_load(go: str, limit: int) -> None:
    """The ninth entry doubles one bucket, the 13th of 1.21 or the 14th of later versions doubles two."""
    hand = Hand(go)
    for n in range(limit + 1):
        hand.assign(n)
    assert hand.told("grow") == [("grow", 1), ("grow", 2)]
    grown_at = [event.op for event in hand.events if event.kind == "grow"]
    assert grown_at == [8, limit]


def test_each_assign_and_delete_moves_two_old_buckets() -> None:
    """B = 3, 52 entries; the 53rd makes 16 buckets of 8 and then runs growWork for its own.

    Its hash ends in 5: old bucket 5 goes, then the lowest that is left, 0; the mark stands at 1. An assign to 13 has
    old bucket 5 too, gone already, so only 1 goes. A delete from bucket 2: 2 itself; the mark comes past 1 and 2 to 3,
    which goes too, as the lowest; the mark is 4. An access moves nothing. An assign to 7: 7 and 4, the mark passes 5 to
    6. One to 6: 6, the mark passes 7: all 8 are gone and so is the old array.
    """
    hand = Hand(hint=27)
    keys = [hand.assign(n % 8)[0] for n in range(52)]
    assert hand.word(st.LOG2) == 3 and not hand.told("grow")
    moved = []

    def step() -> tuple[list[int], int]:
        new = [count for _, count in hand.told("evacuate")][len(moved) :]
        moved.extend(new)
        return new, hand.word(st.NEVACUATE)

    hand.assign(5)
    assert hand.told("grow") == [("grow", 4)]
    assert step() == ([5, 0], 1)
    hand.assign(13)
    assert step() == ([1], 2)
    hand.delete(keys[2:3])
    assert step() == ([2, 3], 4)
    hand.do(st.ACCESS, keys[6:7])
    assert step() == ([], 4)
    hand.assign(7)
    assert step() == ([7, 4], 6)
    assert hand.word(st.GROWING) == 1
    hand.assign(6)
    assert step()[0] == [6]
    assert hand.word(st.GROWING) == 0
    freed = [event.bytes for event in hand.events if event.kind == "free" and event.what == "bucket array"]
    assert freed == [1152]


def test_a_bucket_is_shared_by_the_next_bit() -> None:
    """Old bucket 0 of two holds hashes 0 and 2: bit 1 sends 2 to bucket 2, in the order in which they stood."""
    hand = Hand(hint=9)
    for n in (0, 2, 0, 0, 2):
        hand.assign(n)
    hand.assign(1, 8)
    hand.assign(0)
    assert hand.told("grow") == [("grow", 2)]
    names = hand.machine.cur.buckets.names
    assert (hand.chain(0), hand.chain(2)) == ("FFFF....", "FF......")
    assert names[0, :4].tolist() == [0, 2, 3, 13] and names[2, :2].tolist() == [1, 4]


def test_growth_to_the_same_size() -> None:
    """B = 2: four overflow buckets are too many. Nine keys into a bucket make one, eight of them go again.

    After four buckets 4 entries are left in 8 buckets. The next new key, of bucket 2, makes 4 new buckets: old bucket 2
    goes, then 0. One more, of bucket 3: 3, then 1, and the mark passes 2 and 3 to the end. Each has one or two keys at
    its front, no overflow bucket is left.
    """
    hand = Hand(hint=14)
    for bucket in range(4):
        hand.delete(hand.assign(bucket, 9)[:8])
        assert (hand.word(st.NOVERFLOW), hand.chain(bucket)) == (bucket + 1, "xxxxxxxx F.......")
    hand.assign(2)
    assert hand.told("same size grow") == [("same size grow", 2)]
    assert (hand.word(st.LOG2), hand.word(st.NOVERFLOW), hand.word(st.NEVACUATE)) == (2, 0, 1)
    assert hand.word(st.FLAGS) & st.SAME_SIZE
    hand.assign(3)
    assert [count for _, count in hand.told("evacuate")] == [2, 0, 3, 1]
    assert not hand.word(st.GROWING) and not hand.word(st.FLAGS) & st.SAME_SIZE
    assert [hand.chain(n) for n in range(4)] == ["F.......", "F.......", "FF......", "FF......"]
    assert not hand.told("grow")


def test_empty_cells_at_the_end_fold() -> None:
    """emptyOne becomes emptyRest where nothing follows, and so do those before it, across overflow buckets."""
    hand = Hand(hint=14)
    keys = hand.assign(0, 10)
    assert hand.chain(0) == "FFFFFFFF FF......"
    for key, cells in (
        (8, "FFFFFFFF xF......"),  # the overflow bucket's second cell follows
        (6, "FFFFFFxF xF......"),
        (7, "FFFFFFxx xF......"),  # the last cell of its bucket, but the next bucket is not empty
        (9, "FFFFFF.. ........"),  # nothing follows: all four fold, back into the bucket before
        (0, "xFFFFF.. ........"),
        (5, "xFFFF... ........"),
    ):
        hand.delete(keys[key : key + 1])
        assert hand.chain(0) == cells
    hand.assign(0)
    assert hand.chain(0) == "FFFFF... ........"
    assert hand.machine.cur.buckets.names[0, 0] == 10


def test_evacuation_leaves_no_holes_and_frees_what_hung_on_a_bucket() -> None:
    """Buckets of strings have pointers: an evacuated bucket lets go of its overflow bucket at once."""
    layout = build_layout("1.23")
    events: list[Event] = []
    sizes = Sizes(layout, map_shape(parse_type("map[string]uint64", layout), layout))
    machine = Machine(sizes, 9, sink=events.append)
    names = np.arange(14, dtype=np.int64)
    work = Work(np.zeros(14, np.uint8), names * 0, names, names + 1, names + 1, names * 0)
    assert machine.run(work) == 14
    machine.flush()
    # 13 keys in bucket 0 of 2 with one overflow bucket; the 14th grows the map: all go to bucket 0 of 4, with one too.
    # A bucket of strings takes 8 + 8 * 24 + 8 = 208 bytes, arrays of 2 and 4 take 416 and 832 (in the class of 896).
    told = [(e.kind, e.what, e.bytes) for e in events if e.kind in ("alloc", "free", "evacuate")]
    over = ("overflow bucket", 208)
    assert told == [
        ("alloc", "bucket array", 416), ("alloc", *over), ("alloc", "bucket array", 896), ("alloc", *over),
        ("free", *over), ("evacuate", "old bucket", 0), ("evacuate", "old bucket", 0), ("free", "bucket array", 416),
    ]  # fmt: skip


def test_what_hangs_on_a_bucket_of_the_array_is_freed_with_it() -> None:
    """Evacuation clears the bucket alone: overflow buckets behind one that came with the array stay linked to that."""
    layout = build_layout("1.23")
    events: list[Event] = []
    sizes = Sizes(layout, map_shape(parse_type("map[string]uint64", layout), layout))
    machine = Machine(sizes, 53, sink=events.append)

    def assign(first: int, count: int) -> list[tuple[str, str, int, int]]:
        names = np.arange(first, first + count, dtype=np.int64)
        assert machine.run(Work(np.zeros(count, np.uint8), names * 0, names, names + 1, names + 1, names * 0)) == count
        machine.flush()
        told = [(e.kind, e.what, e.bytes, e.count) for e in events if e.kind in ("alloc", "free")]
        events.clear()
        return told

    # A hint of 53 gives 16 buckets of 208 bytes and one more, 3536, in the class of 4096: 4088 bytes behind the malloc
    # header take 19. 104 keys in bucket 0 have 12 overflow buckets, of which 3 came with the array.
    over = ("overflow bucket", 208, 1)
    made = [("alloc", "bucket array", 4096, 1), ("alloc", "mapextra", 24, 1)]
    assert assign(0, 104) == [*made, *[("alloc", *over)] * 9]
    # The next one grows the map to 32 buckets and 2 more, 7072 in the class of 8192, where 8184 bytes take 39: 7 are
    # spare. All keys go to bucket 0 again: 13 overflow buckets. Buckets 0 and 1 are evacuated, then one for each key.
    assert assign(104, 1) == [("alloc", "bucket array", 8192, 1), *[("alloc", *over)] * 6]
    assert assign(105, 13) == [("alloc", *over)]  # 118 keys: 14 overflow buckets
    assert int(machine.head[st.OLD_APART]) == 9
    assert assign(118, 1) == [("free", "overflow bucket", 9 * 208, 9), ("free", "bucket array", 4096, 1)]
