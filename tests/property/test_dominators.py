"""Dominators, retained sizes and cut edges against networkx and against taking things away and marking again.

The kernels run compiled and as plain Python: hosts without numba run the same source uncompiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goxray.core.jit import twin
from goxray.heap import dominators_kernels, retained_kernels
from goxray.heap.dominators import dominators
from goxray.heap.graph import U32
from goxray.heap.retained import (
    dominated_children,
    freed_by_cut,
    predecessors,
    reachable,
    retained,
    retained_by_group,
    tree_order,
)

ROOT = -1
CHECKED = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=["compiled", "plain"], autouse=True)
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run each test with compiled kernels and with their plain twins, called functions included."""
    if request.param == "plain":
        for module in (dominators_kernels, retained_kernels):
            for name, function in list(vars(module).items()):
                if hasattr(function, "py_func"):
                    monkeypatch.setattr(module, name, twin(function))
    yield


@dataclass
class Graph:
    """A small graph as lists, and as the arrays that the kernels take."""

    objects: int
    edges: list[tuple[int, int]]
    roots: list[int]
    sizes: list[int]
    group: list[int]

    @property
    def arrays(self) -> tuple[U32, U32, U32]:
        start = np.zeros(self.objects + 1, np.uint32)
        for u, _ in self.edges:
            start[u + 1] += 1
        target = [v for _, v in sorted(self.edges, key=lambda edge: edge[0])]
        return start.cumsum(dtype=np.uint32), np.array(target, np.uint32), np.array(self.roots, np.uint32)

    def marked(self, without: int | None = None, cut: tuple[int, int] | None = None) -> set[int]:
        """Mark from the roots, without an object or without one edge (from -1: a root word)."""
        left = [(ROOT, r) for r in self.roots] + list(self.edges)
        if cut is not None:
            left.remove(cut)
        seen = {ROOT}
        grown = True
        while grown:
            new = {v for u, v in left if u in seen and v not in seen and v != without}
            seen |= new
            grown = bool(new)
        return seen - {ROOT}

    def lost(self, v: int) -> set[int]:
        """What only v keeps alive, itself included."""
        marked = self.marked()
        return marked - self.marked(without=v) if v in marked else set()

    def bytes(self, objects: set[int]) -> int:
        return sum(self.sizes[v] for v in objects)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs with cycles, duplicate edges, edges to oneself, parts that no root reaches and objects without edges."""
    objects = draw(st.integers(1, 40))
    number = st.integers(0, objects - 1)
    inner = st.sampled_from(draw(st.lists(number, min_size=1, max_size=objects)))
    edges = draw(st.lists(st.tuples(inner, number), max_size=3 * objects))
    if draw(st.booleans()):
        edges = [(min(u, v), max(u, v)) for u, v in edges if u != v]
    if draw(st.booleans()):
        edges += [(i, i + 1) for i in range(objects - 1)]
    return Graph(
        objects,
        edges,
        draw(st.lists(number, max_size=5)),
        draw(st.lists(st.integers(1, 99), min_size=objects, max_size=objects)),
        draw(st.lists(st.integers(-1, 4), min_size=objects, max_size=objects)),
    )


@CHECKED
@given(graph=graphs())
def test_dominators_are_those_of_networkx(graph: Graph) -> None:
    drawn = nx.DiGraph([*graph.edges, *((ROOT, r) for r in graph.roots)])
    drawn.add_node(ROOT)
    expected = nx.immediate_dominators(drawn, ROOT)
    found = dominators(*graph.arrays)
    assert found.dtype == np.int32
    assert found.tolist() == [expected.get(v, -2) for v in range(graph.objects)]


@CHECKED
@given(graph=graphs())
def test_retained_is_what_is_lost_without_the_object(graph: Graph) -> None:
    held, objects = retained(dominators(*graph.arrays), np.array(graph.sizes, np.uint16))
    lost = [graph.lost(v) for v in range(graph.objects)]
    assert held.tolist() == [graph.bytes(each) for each in lost]
    assert objects.tolist() == [len(each) for each in lost]


@CHECKED
@given(graph=graphs())
def test_marked_is_what_the_roots_reach(graph: Graph) -> None:
    assert set(np.flatnonzero(reachable(*graph.arrays)).tolist()) == graph.marked()


@CHECKED
@given(graph=graphs())
def test_cutting_an_edge_frees_what_is_lost_without_it(graph: Graph) -> None:
    start, target, roots = graph.arrays
    idom = dominators(start, target, roots)
    _, objects = retained(idom, np.array(graph.sizes))
    cuts = [*graph.edges, *((ROOT, r) for r in graph.roots)]
    freed = freed_by_cut(start, target, roots, idom, cuts)
    for cut, free in zip(cuts, freed.tolist(), strict=True):
        lost = graph.marked() - graph.marked(cut=cut)
        assert lost == (graph.lost(cut[1]) if free else set())
        assert len(lost) == (objects[cut[1]] if free else 0)


@CHECKED
@given(graph=graphs())
def test_each_subtree_is_a_stretch_of_the_order(graph: Graph) -> None:
    idom = dominators(*graph.arrays)
    _, objects = retained(idom, np.array(graph.sizes))
    order = tree_order(idom, objects).tolist()
    assert len(order) == len(set(order))
    assert set(order) == graph.marked()
    for place, v in enumerate(order):
        assert set(order[place : place + int(objects[v])]) == graph.lost(v)


@CHECKED
@given(graph=graphs())
def test_children_are_those_that_name_the_object(graph: Graph) -> None:
    idom = dominators(*graph.arrays)
    first, child = dominated_children(idom)
    for row in range(graph.objects + 1):
        parent = row if row < graph.objects else ROOT
        assert child[first[row] : first[row + 1]].tolist() == np.flatnonzero(idom == parent).tolist()
    assert len(child) == first[-1]


@CHECKED
@given(graph=graphs())
def test_a_group_retains_what_its_members_retain_once(graph: Graph) -> None:
    idom = dominators(*graph.arrays)
    held, objects = retained(idom, np.array(graph.sizes))
    group = np.array(graph.group, np.int32)
    sums = retained_by_group(tree_order(idom, objects), held, objects, group, 5)
    for number, total in enumerate(sums.tolist()):
        members = (graph.lost(v) for v in range(graph.objects) if graph.group[v] == number)
        assert total == graph.bytes(set().union(*members))


@CHECKED
@given(graph=graphs(), data=st.data())
def test_predecessors_are_all_edges_into_the_objects(graph: Graph, data: st.DataObject) -> None:
    of = data.draw(st.lists(st.integers(0, graph.objects - 1), max_size=5))
    start, target, _ = graph.arrays
    found = predecessors(start, target, np.array(of, np.int64))
    pairs = list(zip(found.source.tolist(), found.target.tolist(), strict=True))
    assert sorted(pairs) == sorted((u, v) for u, v in graph.edges if v in of)
    assert target[found.edge].tolist() == found.target.tolist()
    assert all(start[u] <= e < start[u + 1] for u, e in zip(found.source, found.edge, strict=True))


@pytest.mark.parametrize("density", [0.3, 1.2, 4.0])
@pytest.mark.parametrize("local", [True, False], ids=["near", "anywhere"])
def test_dominators_of_larger_graphs_are_those_of_networkx(density: float, local: bool) -> None:
    rng = np.random.default_rng(int(density * 10) + local)
    nodes = 800
    for _ in range(2):
        inner = np.flatnonzero(rng.random(nodes) < 0.5)
        tree = [(int(rng.choice(inner[inner < max(v, inner[0] + 1)])), v) for v in range(int(inner[0]) + 1, nodes)]
        source = rng.choice(inner, int(nodes * density))
        target = (source + rng.integers(-30, 60, len(source))) % nodes if local else rng.integers(0, nodes, len(source))
        edges = tree + list(zip(source.tolist(), target.tolist(), strict=True))
        graph = Graph(nodes, edges, [int(inner[0]), int(rng.integers(nodes))], [1] * nodes, [0] * nodes)
        expected = nx.immediate_dominators(nx.DiGraph([*edges, *((ROOT, r) for r in graph.roots)]), ROOT)
        assert dominators(*graph.arrays).tolist() == [expected.get(v, -2) for v in range(nodes)]


def test_arrays_that_do_not_fit_are_refused() -> None:
    start, target, roots = np.array([0, 1, 2], np.uint32), np.array([1, 0], np.uint32), np.array([0], np.uint32)
    with pytest.raises(ValueError, match="number of edges"):
        dominators(start, target[:1], roots)
    with pytest.raises(ValueError, match="an edge leads to object 2 of 2"):
        dominators(start, target + 1, roots)
    with pytest.raises(ValueError, match="a root leads to object 2 of 2"):
        reachable(start, target, roots + 2)
    with pytest.raises(ValueError, match="1 sizes for 2 objects"):
        retained(dominators(start, target, roots), np.array([8]))
    with pytest.raises(ValueError, match="no edge leads from 0 to 0"):
        freed_by_cut(start, target, roots, dominators(start, target, roots), [(0, 0)])
