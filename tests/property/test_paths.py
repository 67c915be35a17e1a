"""Shortest paths against plain breadth-first searches with networkx."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goxray.core.jit import twin
from goxray.heap import paths_kernels
from goxray.heap.graph import U32
from goxray.heap.paths import Path, shortest_paths

ROOT = -1
CHECKED = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=["compiled", "plain"], autouse=True)
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test with compiled kernels and with their plain twins."""
    if request.param == "plain":
        for name, function in list(vars(paths_kernels).items()):
            if hasattr(function, "py_func"):
                monkeypatch.setattr(paths_kernels, name, twin(function))


@dataclass
class Asked:
    """A small graph and what is asked of it."""

    objects: int
    edges: list[tuple[int, int]]
    roots: list[int]
    holder: list[int]
    doubtful: list[bool]
    goals: list[int]
    limit: int

    def found(self) -> list[Path]:
        start = np.zeros(self.objects + 1, np.uint32)
        for u, _ in self.edges:
            start[u + 1] += 1
        target = np.array([v for _, v in sorted(self.edges, key=lambda edge: edge[0])], np.uint32)
        roots: U32 = np.array(self.roots, np.uint32)
        return shortest_paths(
            start.cumsum(dtype=np.uint32),
            target,
            roots,
            np.array(self.goals),
            self.limit,
            np.array(self.holder, np.int32),
            np.array(self.doubtful, np.bool_),
        )

    def distances(self, ends: set[int], barred: set[int]) -> dict[int, int]:
        """How many steps each object is from the nearest end, without the barred objects."""
        turned = nx.DiGraph([(v, u) for u, v in self.edges if u not in barred and v not in barred])
        turned.add_nodes_from(ends)
        return dict(nx.multi_source_dijkstra_path_length(turned, ends)) if ends else {}


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    objects = draw(st.integers(1, 30))
    number = st.integers(0, objects - 1)
    roots = draw(st.lists(number, max_size=8))
    each = {"min_size": len(roots), "max_size": len(roots)}
    return Asked(
        objects,
        draw(st.lists(st.tuples(number, number), max_size=3 * objects)),
        roots,
        draw(st.lists(st.integers(0, 4), **each)),
        draw(st.lists(st.booleans(), **each)),
        draw(st.lists(number, min_size=1, max_size=3)),
        draw(st.integers(1, 8)),
    )


def lists(paths: list[Path]) -> list[list[int]]:
    return [path.objects.tolist() for path in paths]


@CHECKED
@given(case=asked())
def test_each_path_is_one_in_the_graph_and_none_is_there_twice(case: Asked) -> None:
    paths = case.found()
    assert len(paths) <= case.limit
    for path, objects in zip(paths, lists(paths), strict=True):
        assert objects[0] == case.roots[path.root]
        assert all(step in case.edges for step in zip(objects, objects[1:], strict=False))
        assert objects[-1] in case.goals
        assert not set(objects[:-1]) & set(case.goals)
        assert len(set(objects)) == len(objects)
    pairs = [(case.holder[path.root], tuple(path.objects.tolist())) for path in paths]
    assert len(set(pairs)) == len(pairs)


@CHECKED
@given(case=asked())
def test_every_holder_that_reaches_a_goal_comes_first_by_a_shortest_path(case: Asked) -> None:
    distance = case.distances(set(case.goals), set())
    nearest: dict[bool, dict[int, int]] = {False: {}, True: {}}
    for root, holder, doubtful in zip(case.roots, case.holder, case.doubtful, strict=True):
        if root in distance:
            best = nearest[doubtful].get(holder, 1 << 30)
            nearest[doubtful][holder] = min(best, distance[root])
    sure = sorted(nearest[False].values())
    doubted = sorted(steps for holder, steps in nearest[True].items() if holder not in nearest[False])
    paths = case.found()
    lengths = [len(path.objects) - 1 for path in paths]
    expected = (sure + doubted)[: case.limit]
    assert lengths[: len(expected)] == expected
    holders = [case.holder[path.root] for path in paths]
    assert len(set(holders[: len(expected)])) == len(expected)
    for path in paths[: len(expected)]:
        assert len(path.objects) - 1 == nearest[case.doubtful[path.root]][case.holder[path.root]]


@CHECKED
@given(case=asked())
def test_where_there_is_room_every_last_step_is_there_by_a_shortest_path(case: Asked) -> None:
    paths = case.found()
    if not paths or len(paths) == case.limit:
        return
    found = lists(paths)
    reached = {objects[-1] for objects in found}
    goals = set(case.goals)
    for u, v in case.edges:
        if v not in reached or u in goals:
            continue
        distance = case.distances({u}, goals)
        rows = [row for row, root in enumerate(case.roots) if root in distance and root not in goals]
        if rows:
            with_step = [objects for objects in found if len(objects) > 1 and objects[-2] == u]
            sure = [distance[case.roots[row]] for row in rows if not case.doubtful[row]]
            assert min(len(objects) - 2 for objects in with_step) <= min(sure, default=len(with_step[0]))


@CHECKED
@given(case=asked())
def test_every_first_object_of_a_sure_root_is_there_where_there_is_room(case: Asked) -> None:
    paths = case.found()
    if len(paths) == case.limit:
        return
    distance = case.distances(set(case.goals), set())
    found = {(case.holder[path.root], int(path.objects[0])) for path in paths}
    for root, holder, doubtful in zip(case.roots, case.holder, case.doubtful, strict=True):
        assert doubtful or root not in distance or (holder, root) in found


@CHECKED
@given(case=asked())
def test_the_same_question_has_the_same_answer(case: Asked) -> None:
    first, second = case.found(), case.found()
    assert [path.root for path in first] == [path.root for path in second]
    assert lists(first) == lists(second)


def test_without_holders_each_root_stands_alone() -> None:
    start, target = np.array([0, 1, 2, 2], np.uint32), np.array([2, 2], np.uint32)
    paths = shortest_paths(start, target, np.array([1, 0], np.uint32), np.array([2]), 9)
    assert [(path.root, path.objects.tolist()) for path in paths] == [(1, [0, 2]), (0, [1, 2])]
    assert shortest_paths(start, target, np.array([], np.uint32), np.array([2]), 9) == []
    with pytest.raises(ValueError, match="a root leads to object 3 of 3"):
        shortest_paths(start, target, np.array([0], np.uint32), np.array([3]), 9)


def test_a_long_list_needs_no_recursion(request: pytest.FixtureRequest) -> None:
    nodes = 3_000 if "plain" in request.node.name else 1_000_000
    start = np.minimum(np.arange(nodes + 1), nodes - 1).astype(np.uint32)
    target = np.arange(1, nodes, dtype=np.uint32)
    (path,) = shortest_paths(start, target, np.array([0], np.uint32), np.array([nodes - 1]), 3)
    assert path.objects.tolist() == list(range(nodes))
