"""Leak suspects in hand-made heaps whose sizes are counted by hand, and trees deeper than any stack."""

from __future__ import annotations

import numpy as np
import pytest

from goxray.core.jit import COMPILED, twin
from goxray.heap import suspects_kernels
from goxray.heap.dominators import dominators
from goxray.heap.graph import I32
from goxray.heap.retained import retained, retained_by_group, tree_order
from goxray.heap.suspects import Suspect, Tree, find_suspects

APP, CACHE, TABLE, SESSION, BYTES, NODE = range(6)
"""Types."""
TYPES = 6
OWNERS = 4


@pytest.fixture(params=["compiled", "plain"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test with compiled kernels and with their plain twins."""
    if request.param == "plain":
        for name, function in list(vars(suspects_kernels).items()):
            if hasattr(function, "py_func"):
                monkeypatch.setattr(suspects_kernels, name, twin(function))


class Heap:
    """A heap made by hand, one object after the other; every object hangs on the one that it is added below."""

    def __init__(self) -> None:
        self.idom: list[int] = []
        self.sizes: list[int] = []
        self.types: list[int] = []
        self.owners: list[int] = []

    def add(self, below: int, size: int, kind: int, owner: int = -1) -> int:
        self.idom.append(below)
        self.sizes.append(size)
        self.types.append(kind)
        self.owners.append(owner)
        return len(self.idom) - 1

    def many(self, count: int, below: int, size: int, kind: int, owner: int = -1) -> list[int]:
        return [self.add(below, size, kind, owner) for _ in range(count)]

    def suspects(self, share: float = 0.1, through: tuple[int, ...] = ()) -> list[Suspect]:
        return find_suspects(self.tree(), TYPES, OWNERS, share, np.isin(np.arange(TYPES), through))

    def tree(self) -> Tree:
        idom, types, owners = (np.array(each, np.int32) for each in (self.idom, self.types, self.owners))
        return tree_of(idom, np.array(self.sizes), types, owners)


def tree_of(idom: I32, sizes: np.ndarray, types: I32, owners: I32) -> Tree:
    held, objects = retained(idom, sizes)
    return Tree(tree_order(idom, objects), held, objects, types, owners)


def test_a_chain_is_one_suspect_that_ends_where_memory_fans_out(kernels: None) -> None:
    heap = Heap()
    app = heap.add(-1, 100, APP, owner=2)
    cache = heap.add(app, 50, CACHE, owner=3)
    table = heap.add(cache, 50, TABLE, owner=3)
    heap.many(7, table, 100, SESSION, owner=3)
    heap.many(5, table, 20, BYTES, owner=3)
    assert heap.suspects() == [
        Suspect("object", app, 2, APP, 1, 1000, 15, 1.0, table, TABLE, 1, 850, 12, SESSION),
    ]


def test_a_fan_is_its_own_accumulation_point(kernels: None) -> None:
    heap = Heap()
    table = heap.add(-1, 100, TABLE, owner=1)
    heap.many(9, table, 60, BYTES)
    heap.many(36, -1, 10, NODE)
    assert heap.suspects() == [
        Suspect("object", table, 1, TABLE, 1, 640, 10, 0.64, table, TABLE, 1, 640, 9, BYTES),
    ]


def test_two_large_ones_are_both_named_and_not_what_both_hang_on(kernels: None) -> None:
    heap = Heap()
    app = heap.add(-1, 10, APP)
    small = heap.add(app, 400, BYTES, owner=0)
    cache = heap.add(app, 90, CACHE, owner=1)
    heap.many(5, cache, 100, SESSION)
    assert [(one.object, one.retained_bytes, one.share, one.point) for one in heap.suspects()] == [
        (cache, 590, 0.59, cache),
        (small, 400, 0.4, small),
    ]


def test_an_object_is_named_where_its_large_children_are_not_most_of_it(kernels: None) -> None:
    heap = Heap()
    table = heap.add(-1, 10, TABLE)
    heap.add(table, 150, BYTES, owner=1)
    heap.add(table, 150, BYTES, owner=2)
    heap.many(69, table, 10, NODE)
    (one,) = heap.suspects()
    assert (one.object, one.retained_bytes, one.point_objects, one.member_type) == (table, 1000, 71, NODE)


def test_below_what_is_passed_over_small_ones_of_one_owner_count_together(kernels: None) -> None:
    heap = Heap()
    app = heap.add(-1, 10, APP)
    first, second = heap.add(app, 310, BYTES, owner=0), heap.add(app, 290, BYTES, owner=1)
    heap.many(39, app, 10, SESSION, owner=2)
    assert [(one.kind, one.object, one.owner, one.count, one.retained_bytes) for one in heap.suspects()] == [
        ("owner", -1, 2, 39, 390),
        ("object", first, 0, 1, 310),
        ("object", second, 1, 1, 290),
    ]


def test_large_elements_of_one_collection_do_not_hide_the_collection(kernels: None) -> None:
    heap = Heap()
    shards = heap.add(-1, 40, TABLE, owner=1)
    for _ in range(8):
        heap.many(12, heap.add(shards, 12, CACHE, owner=1), 9, SESSION, owner=1)
    assert heap.suspects() == [
        Suspect("object", shards, 1, TABLE, 1, 1000, 105, 1.0, shards, TABLE, 1, 1000, 8, CACHE),
    ]


def test_many_small_ones_of_one_owner_are_one_suspect(kernels: None) -> None:
    heap = Heap()
    for _ in range(10):
        session = heap.add(-1, 4, SESSION, owner=3)
        table = heap.add(session, 6, TABLE)
        heap.many(3, table, 10, BYTES)
    heap.many(2, -1, 5, NODE, owner=3)
    heap.many(29, -1, 10, NODE, owner=-1)
    heap.many(30, -1, 10, NODE, owner=1)
    heap.many(3, -1, 3, APP, owner=0)
    first, second = heap.suspects()
    # The tables hold 360 of 410, and the arrays 300 of these 360: that is where it ends, nothing hangs on them.
    assert first == Suspect("owner", -1, 3, SESSION, 12, 410, 52, 410 / 1009, -1, BYTES, 30, 300, 0, -1)
    assert (second.owner, second.type, second.count, second.retained_bytes) == (1, NODE, 30, 300)


@pytest.mark.parametrize(("below", "ends_below"), [(799, False), (800, True)])
def test_four_fifths_in_one_child_lead_on(kernels: None, below: int, ends_below: bool) -> None:
    heap = Heap()
    top = heap.add(-1, 10, APP)
    table = heap.add(top, below - 600, TABLE)
    heap.many(6, table, 100, SESSION)
    heap.many(990 - below, top, 1, NODE)
    (one,) = heap.suspects()
    assert (one.object, one.retained_bytes, one.point) == (top, 1000, table if ends_below else top)


def test_a_large_object_does_not_count_with_the_small_ones_of_its_owner(kernels: None) -> None:
    heap = Heap()
    large = heap.add(-1, 500, BYTES, owner=2)
    heap.many(25, -1, 20, SESSION, owner=2)
    assert [(one.object, one.count, one.retained_bytes, one.type) for one in heap.suspects()] == [
        (-1, 25, 500, SESSION),
        (large, 1, 500, BYTES),
    ]


def test_types_that_are_looked_through_stand_for_what_hangs_on_them(kernels: None) -> None:
    heap = Heap()
    cache = heap.add(-1, 10, CACHE)
    for _ in range(3):
        table = heap.add(cache, 30, TABLE)
        heap.many(3, table, 100, SESSION)
    (seen,) = heap.suspects(0.5)
    assert (seen.point, seen.point_objects, seen.member_type) == (cache, 3, TABLE)
    (through,) = heap.suspects(0.5, through=(TABLE,))
    assert (through.point, through.point_objects, through.member_type) == (cache, 9, SESSION)


def test_nothing_is_suspected_of_little_or_of_what_no_root_reaches(kernels: None) -> None:
    heap = Heap()
    for owner in range(OWNERS):
        heap.many(5, -1, 10, NODE, owner)
    garbage = heap.add(-2, 1000, BYTES, owner=0)
    heap.add(garbage, 1000, BYTES, owner=0)
    heap.idom[-1] = -2
    assert heap.suspects(0.3) == []
    assert Heap().suspects() == []


def test_a_linked_list_is_named_by_its_nodes_not_by_its_end() -> None:
    nodes = 1_000_000
    idom = np.arange(-1, 2 * nodes, dtype=np.int32)
    idom[1 + nodes :] = np.arange(1, nodes + 1)
    sizes = np.full(2 * nodes + 1, 16)
    types = np.full(2 * nodes + 1, NODE, np.int32)
    types[0], types[nodes + 1 :] = APP, BYTES
    owners = np.zeros(2 * nodes + 1, np.int32)
    (one,) = find_suspects(tree_of(idom, sizes, types, owners), TYPES, OWNERS)
    assert (one.object, one.type, one.retained_bytes) == (0, APP, 16 * (2 * nodes + 1))
    assert (one.point, one.point_type, one.point_bytes, one.member_type) == (1, NODE, 32 * nodes, NODE)
    assert nodes - 10 <= one.chain <= nodes


def test_two_million_objects_of_one_owner_take_no_loop_in_python() -> None:
    count = 2_000_000
    idom = np.full(count, -1, np.int32)
    owners = np.arange(count, dtype=np.int32) % 2
    types = np.full(count, BYTES, np.int32)
    found = find_suspects(tree_of(idom, np.full(count, 32), types, owners), TYPES, OWNERS)
    assert [(one.owner, one.count, one.share, one.point_type) for one in found] == [
        (0, count // 2, 0.5, BYTES),
        (1, count // 2, 0.5, BYTES),
    ]


@pytest.mark.skipif(not COMPILED, reason="plain Python takes minutes for that many objects")
def test_chains_of_five_million_objects_overflow_nothing() -> None:
    nodes = 5_000_000
    number = np.random.default_rng(7).permutation(nodes)
    start = np.zeros(nodes + 1, np.uint32)
    target = np.zeros(nodes - 1, np.uint32)
    has_next = np.ones(nodes, np.uint32)
    has_next[number[-1]] = 0
    start[1:] = np.cumsum(has_next)
    target[start[number[:-1]]] = number[1:]
    idom = dominators(start, target, number[:1].astype(np.uint32))
    assert idom[number[0]] == -1
    assert np.array_equal(idom[number[1:]], number[:-1])
    held, objects = retained(idom, np.full(nodes, 8))
    assert np.array_equal(objects[number], np.arange(nodes, 0, -1))
    assert np.array_equal(held, objects.astype(np.int64) * 8)
    order = tree_order(idom, objects)
    assert np.array_equal(order, number)
    group = np.zeros(nodes, np.int32)
    assert retained_by_group(order, held, objects, group, 1).tolist() == [8 * nodes]


def test_numbers_that_do_not_fit_are_refused() -> None:
    heap = Heap()
    heap.add(-1, 10, TYPES)
    with pytest.raises(ValueError, match="numbers up to 6 of 6"):
        heap.suspects()
    with pytest.raises(ValueError, match="a share of 0"):
        heap.suspects(0)
