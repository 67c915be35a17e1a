"""The graph that goxray captures is the runtime's own: every object and pointer of its heap dump, to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.harness import cores, heap_graph
from tests.harness.heap_dump import HeapDump
from tests.harness.heap_graph import Graph, captured
from tests.harness.heap_truth import HeapProgram, HeapTruth
from tests.harness.programs import Build
from tests.harness.variants import SWISS, Variant

MAIN = 1
"""The goroutine that blocks in another call now than when the dump was written."""


def assert_reached(graph: Graph, dump: HeapDump) -> None:
    """All that a collection has just left over is reached from the roots, by the runtime's pointers and by ours."""
    found = heap_graph.reached(dump, graph.roots)
    left = [f"{dump.addr[i]:#x} ({dump.size[i]} bytes)" for i in np.flatnonzero(~found)[:8].tolist()]
    assert (int((~found).sum()), left) == (0, [])


@pytest.fixture(scope="module")
def program(variant: Variant) -> Iterator[HeapProgram]:
    with HeapProgram(Build(variant)) as running:
        yield running


@pytest.fixture(scope="module")
def truth(program: HeapProgram) -> HeapTruth:
    return program.truth


@pytest.fixture(scope="module")
def graph(program: HeapProgram) -> Graph:
    return captured(program.pid)


def test_the_dump_is_what_memstats_says(truth: HeapTruth) -> None:
    counted = (len(truth.dump.addr), int(truth.dump.size.sum()))
    assert counted == (truth.ready["heap_objects"], truth.ready["heap_alloc"])
    assert counted[0] > 250_000 and len(truth.dump.edges[0]) > 250_000


def test_every_object_that_the_program_made_is_in_the_dump(truth: HeapTruth) -> None:
    known = set(truth.dump.addr.tolist())
    header = 8  # of an object with a malloc header, the program knows the address behind it
    found = [r["label"] for r in truth.of("object") if not {r["addr"], r["addr"] - header} & known]
    assert found == []


def test_live_objects_are_the_runtimes_own_count(graph: Graph, truth: HeapTruth) -> None:
    counted = (len(graph.addr), int(graph.size.sum()))
    assert counted == (truth.ready["heap_objects"], truth.ready["heap_alloc"])
    assert (graph.runtime_objects, graph.runtime_bytes) == counted


def test_every_object_is_that_of_the_dump(graph: Graph, truth: HeapTruth) -> None:
    assert heap_graph.object_differences(graph, truth.dump) == []


def test_every_pointer_is_that_of_the_dump(graph: Graph, truth: HeapTruth) -> None:
    assert heap_graph.edge_differences(graph, truth.dump) == []


def test_nothing_is_unreadable(graph: Graph) -> None:
    assert (graph.capture.unreadable, graph.capture.notes) == (0, [])


def test_every_pointer_in_global_variables_is_a_root_and_nothing_else_there(graph: Graph, truth: HeapTruth) -> None:
    assert heap_graph.global_root_differences(graph, truth.dump) == []


def test_every_pointer_in_a_frame_is_a_root(graph: Graph, truth: HeapTruth) -> None:
    assert len({frame.goid for frame in truth.dump.frames}) > 40
    assert heap_graph.frame_differences(graph, truth.dump, MAIN) == []


def test_what_the_collector_kept_is_reached(graph: Graph, truth: HeapTruth) -> None:
    assert graph.roots.notes == []
    assert_reached(graph, truth.dump)


def test_the_program_slept_meanwhile(program: HeapProgram, truth: HeapTruth, graph: Graph) -> None:
    assert program.count() == truth.ready


def test_a_core_holds_the_same(program: HeapProgram, truth: HeapTruth, tmp_path: Path) -> None:
    core = cores.gcore(program.pid, tmp_path)
    found = captured(core)
    core.unlink()
    assert heap_graph.object_differences(found, truth.dump) == []
    assert heap_graph.edge_differences(found, truth.dump) == []
    assert (found.runtime_objects, found.runtime_bytes) == (truth.ready["heap_objects"], truth.ready["heap_alloc"])


def test_garbage_is_live_until_it_is_collected(variant: Variant) -> None:
    with HeapProgram(Build(variant), "-few") as program:
        before = captured(program.pid)
        left = program.leave_garbage()
        gone = {r["addr"] for r in left.of("gone")}
        after = captured(program.pid)
        (said,) = left.of("garbage")
        assert len(after.addr) - len(before.addr) == said["objects"] + 1 == len(gone)
        assert int(after.size.sum()) == left.ready["heap_alloc"] == after.runtime_bytes
        assert len(after.addr) == left.ready["heap_objects"] == after.runtime_objects
        new = set(after.addr.tolist()) - set(before.addr.tolist())
        assert {addr if addr in new else addr - 8 for addr in gone} == new
        unreached = heap_graph.unreached(after)
        assert {addr if addr in unreached else addr - 8 for addr in gone} == unreached
        again = program.collect()
        last = captured(program.pid)
        assert heap_graph.object_differences(last, again.dump) == []
        assert heap_graph.edge_differences(last, again.dump) == []


LINKED = (
    Build(SWISS, ldflags="-s -w"), Build(SWISS, ldflags="-w"), Build(SWISS, pie=True), Build(SWISS, cgo=True),
    Build(Variant("1.21.13"), ldflags="-s -w"), Build(Variant("1.23.9"), ldflags="-s -w"),
    Build(Variant("1.22.10", ("noallocheaders",))), Build(Variant("1.26.6", ("nogreenteagc",))),
    Build(Variant("1.27.3"), ldflags="-s -w", pie=True),
)  # fmt: skip


RUNS = 3
"""On a crowded machine a goroutine of the runtime's own is now and then late: it takes a pointer out between the dump
and the look, about once in a hundred runs. What goxray gets wrong is wrong in every run."""


def what_differs(how: Build) -> list[str]:
    with HeapProgram(how, "-few") as program:
        truth = program.truth
        found = captured(program.pid)
        assert program.count() == truth.ready
    assert heap_graph.object_differences(found, truth.dump) == []
    assert (found.runtime_objects, found.runtime_bytes) == (truth.ready["heap_objects"], truth.ready["heap_alloc"])
    return heap_graph.edge_differences(found, truth.dump)


@pytest.mark.parametrize("how", LINKED, ids=str)
def test_other_builds_are_as_exact(how: Build) -> None:
    different = [what_differs(how)]
    while different[-1] and len(different) < RUNS:
        different.append(what_differs(how))
    assert different[-1] == [], different
