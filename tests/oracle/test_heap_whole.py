"""What goxray says of a heap is what the program that made it knows: counts, types, owners, what hangs on what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.harness import cores
from tests.harness.heap_look import Look, looking
from tests.harness.heap_truth import HeapProgram, HeapTruth, Record
from tests.harness.programs import Build
from tests.harness.variants import CLASSIC, SWISS, Variant, params


@pytest.fixture(scope="module")
def program(variant: Variant) -> Iterator[HeapProgram]:
    with HeapProgram(Build(variant)) as running:
        yield running


@pytest.fixture(scope="module")
def truth(program: HeapProgram) -> HeapTruth:
    return program.truth


@pytest.fixture(scope="module")
def look(program: HeapProgram) -> Iterator[Look]:
    with looking(program.pid) as seen:
        yield seen


def assert_reconciled(look: Look, truth: HeapTruth) -> None:
    """Right after a collection all counts are one: found, the runtime's, reached."""
    said = look.raw.reconcile
    counted = (truth.ready["heap_objects"], truth.ready["heap_alloc"])
    assert (said.live_objects, said.live_bytes) == counted
    assert (said.runtime_live_objects, said.runtime_live_bytes) == counted
    assert (said.reachable_objects, said.reachable_bytes) == counted


def test_everything_is_reconciled(look: Look, truth: HeapTruth) -> None:
    assert_reconciled(look, truth)
    assert (look.raw.faults, look.raw.notes, look.raw.consistency) == ([], [], "stopped")


def test_a_sleeping_program_has_no_doubtful_roots(look: Look) -> None:
    assert look.raw.reconcile.roots > 500
    assert look.raw.reconcile.conservative_roots == 0


def type_of(record: Record) -> str:
    """Return the type that a record's object has in the tables."""
    return f"[...]{record['type']}" if record["what"] == "array" else str(record["type"])


def test_objects_have_their_types(look: Look, truth: HeapTruth) -> None:
    known = [r for r in truth.of("object") if r["type"]]
    assert len(known) > 500
    wrong = [(r["label"], seen, type_of(r)) for r in known if (seen := look.at(r["addr"]).type) != type_of(r)]
    assert wrong == []


def test_types_that_are_not_known_are_not_made_up(look: Look, truth: HeapTruth) -> None:
    nameless = [r for r in truth.of("object") if not r["type"]]
    assert nameless
    assert {look.at(r["addr"]).type for r in nameless} <= {"? (24 bytes)", "main.leaf"}
    made = {r["label"]: (r, look.at(r["addr"]).type) for r in truth.of("made")}
    reflected = [
        (r["type"], seen)
        for label, (r, seen) in made.items()
        if label.startswith(("array of", "struct of")) and r["bytes"] >= 16  # smaller ones share a block with others
    ]
    assert [pair for pair in reflected if pair[1] != pair[0] and not pair[1].startswith("? (")] == []
    held, _ = made["struct behind a field"][0], made["array behind an element"]
    assert look.at(held["addr"]).type in ("main.gap", "? (80 bytes)"), (
        "a pointer to one field tells nothing of the rest"
    )


def test_objects_have_their_owners(look: Look, truth: HeapTruth) -> None:
    records = truth.of("object")
    wrong = [(r["label"], seen, r["owner"]) for r in records if (seen := look.at(r["addr"]).owner) != r["owner"]]
    assert wrong == []
    assert {look.at(r["addr"]).kind for r in records} == {"global"}


def test_what_only_goroutines_hold_is_theirs(look: Look, truth: HeapTruth) -> None:
    frameless = ("captured by a defer in a loop", "argument of a panic")  # held by the runtime's records of the call
    wrong = []
    for record in truth.of("held"):
        seen = look.at(record["addr"])
        function = "" if record["label"] in frameless else record["function"]
        if seen.kind != "goroutine" or function not in seen.owner:
            wrong.append((record["label"], seen.owner, seen.kind, record["function"]))
    assert wrong == []


def test_finalizers_and_cleanups_hold_what_they_capture(look: Look, truth: HeapTruth, variant: Variant) -> None:
    kinds = ("finalizer", "cleanup") if variant.minor >= 24 else ("finalizer",)
    for kind in kinds:
        assert {look.at(r["addr"]).kind for r in truth.of(kind)} == {kind}
    if variant.minor >= 24:
        weakly = {look.at(r["addr"]).owner for r in truth.of("weak")}
        assert weakly == {"main.gWeakTo[...]"}, "a weak pointer holds nothing"


def test_retained_sizes_by_construction(look: Look, truth: HeapTruth) -> None:
    records = truth.of("retained")
    assert len(records) > 60
    wrong = []
    for record in records:
        seen = look.at(record["addr"])
        if (seen.held_objects, seen.held_bytes) != (record["objects"], record["bytes"]):
            wrong.append((record["label"], (seen.held_objects, seen.held_bytes), (record["objects"], record["bytes"])))
    assert wrong == []


def test_tables_add_up(look: Look, truth: HeapTruth) -> None:
    tables = look.tables()
    for name in ("types", "owners"):
        rows = [row for row in tables[name] if row.get("kind") != "unreachable"]
        assert sum(_number(row["objects"]) for row in rows) == truth.ready["heap_objects"], name
        assert sum(_number(row["bytes"]) for row in rows) == truth.ready["heap_alloc"], name
    nodes = {str(row["type"]): row for row in tables["types"]}["main.node"]
    # 100,000 in the chain, 1,000 on each of three stacks, three behind static ones, four in a circle
    assert (nodes["objects"], nodes["bytes"]) == (103_007, 103_007 * 16)


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


CORES = tuple(Variant(version) for version in ("1.21.13", "1.23.9", "1.24.11", "1.26.6", "1.27.3"))
"""Of each layout of the heap one; cores of 1.22 and 1.25 are read in tests/integration/test_cross_heap.py."""


@pytest.mark.parametrize("variant", params(CORES), indirect=True)
def test_a_core_says_the_same(program: HeapProgram, truth: HeapTruth, tmp_path: Path) -> None:
    core = cores.gcore(program.pid, tmp_path)
    with looking(core) as seen:
        assert_reconciled(seen, truth)
        for record in truth.of("retained")[:50]:
            assert seen.at(record["addr"]).held_bytes == record["bytes"]
    core.unlink()


def test_garbage_is_told_from_what_is_held(variant: Variant) -> None:
    with HeapProgram(Build(variant), "-few", dump=False) as program:
        left = program.leave_garbage()
        with looking(program.pid) as seen:
            said = seen.raw.reconcile
            gone = {seen.number(r["addr"]) for r in left.of("gone")}
            assert said.live_objects - said.reachable_objects == len(gone)
            assert not seen.raw.analysis.reached[sorted(gone)].any()
            assert said.live_bytes == left.ready["heap_alloc"]
            rows = [row for row in seen.tables()["owners"] if row["kind"] == "unreachable"]
            sizes = seen.raw.analysis.sizes
            assert [(r["objects"], r["bytes"]) for r in rows] == [(len(gone), int(sizes[sorted(gone)].sum()))]


@pytest.mark.parametrize("variant", params((CLASSIC, SWISS)), indirect=True)
def test_dominators_of_a_real_heap_are_those_of_networkx(variant: Variant) -> None:
    with HeapProgram(Build(variant), "-few", dump=False) as program, looking(program.pid) as seen:
        expected, count = _held(seen), seen.raw.analysis.graph.objects
        assert count > 40_000
        np.testing.assert_array_equal(seen.raw.analysis.held[:count], expected[:count])


def _held(seen: Look) -> NDArray[np.int64]:
    """Return the bytes that each node of the graph retains, as networkx has the dominators."""
    analysis = seen.raw.analysis
    edges, sizes = analysis.graph.edges, analysis.sizes
    graph, root = nx.DiGraph(), len(sizes)
    graph.add_nodes_from(range(len(sizes)))
    sources = np.repeat(np.arange(len(sizes)), np.diff(edges.start.astype(np.int64)).astype(np.int64))
    graph.add_edges_from(zip(sources.tolist(), edges.target.tolist(), strict=True))
    graph.add_edges_from((root, holder) for holder in analysis.graph.roots.tolist())
    tree = nx.DiGraph((up, node) for node, up in nx.immediate_dominators(graph, root).items() if up not in (None, node))
    held: NDArray[np.int64] = np.append(sizes, 0)
    for node in reversed(list(nx.topological_sort(tree))):
        for up in tree.predecessors(node):
            held[up] += held[node]
    return held


LINKED = (
    Build(SWISS, ldflags="-s -w"), Build(SWISS, ldflags="-w"), Build(SWISS, pie=True), Build(CLASSIC, ldflags="-s -w"),
    Build(Variant("1.21.13"), ldflags="-s -w"), Build(SWISS, ldflags="-s -w", pie=True),
    Build(Variant("1.24.11"), ldflags="-s -w"), Build(SWISS, cgo=True),
)  # fmt: skip


@pytest.mark.parametrize("how", LINKED, ids=str)
def test_other_builds_count_as_exactly(how: Build) -> None:
    with HeapProgram(how, "-few", dump=False) as program, looking(program.pid) as seen:
        assert_reconciled(seen, program.truth)
        if "-s" in how.ldflags:  # without symbols roots have no names: what a global holds is told by its place
            owners = {seen.at(r["addr"]).owner for r in program.truth.of("object")}
            assert all(owner and "main.g" not in owner for owner in owners)
        wrong = [r["label"] for r in program.truth.of("held") if seen.at(r["addr"]).kind != "goroutine"]
        assert wrong == []


@pytest.mark.parametrize("variant", params((Variant("1.23.9"), Variant("1.24.11"))), indirect=True)
def test_what_package_unique_leaves_behind_is_little(variant: Variant) -> None:
    with HeapProgram(Build(variant), "-few", "-unique", dump=False) as program, looking(program.pid) as seen:
        said = seen.raw.reconcile
        assert said.live_bytes == said.runtime_live_bytes == program.truth.ready["heap_alloc"]
        # Up to Go 1.24 it makes closures for its own look through its maps during each collection.
        assert 0 <= said.live_objects - said.reachable_objects <= 32


@pytest.mark.parametrize("variant", params((Variant("1.21.13"), CLASSIC, SWISS)), indirect=True)
def test_a_goroutine_that_never_calls_holds_its_object(variant: Variant) -> None:
    with HeapProgram(Build(variant), "-few", "-spin", dump=False) as program, looking(program.pid) as seen:
        (record,) = [r for r in program.truth.of("held") if r["label"] == "in a loop without calls"]
        assert seen.at(record["addr"]).kind in ("goroutine", "register")
        said = seen.raw.reconcile
        assert said.live_objects == program.truth.ready["heap_objects"]
        assert said.live_objects - said.reachable_objects <= 8, "the scheduler's own, while one goroutine runs"
