"""Core dumps tell the same as the process they come from; where memory is missing they say so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from goxray.core.result import MapsResult
from tests.harness import compare, cores
from tests.harness.inspect import command, inspect
from tests.harness.programs import Build
from tests.harness.truth import Truth, TruthMap, TruthProgram
from tests.harness.variants import CLASSIC, SWISS, Variant, params

SETS = ("shapes", "reach", "stacks")
OWN_PAGES = 8192
"""A heap object of at least this size has pages of its own (runtime: spans of one object)."""


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """A directory that is removed at once: cores are large."""
    yield tmp_path
    shutil.rmtree(tmp_path)


@dataclass(frozen=True)
class Dumped:
    """A core of gcore's without the parts that Go had only reserved, and what the program says."""

    core: Path
    truth: Truth


@pytest.fixture(scope="module")
def dumped(variant: Variant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dumped]:
    directory = tmp_path_factory.mktemp("cores")
    with TruthProgram(Build(variant), "-pieces", sets=SETS) as program:
        whole = cores.gcore(program.pid, directory)
        result = inspect(whole)
        truth = program.truth
    parts = cores.segments(whole)
    core = cores.write(whole, cores.without(parts, cores.reservations(parts)), directory / "small")
    whole.unlink()
    check(truth, result)
    yield Dumped(core, truth)
    core.unlink()


def check(truth: Truth, result: MapsResult) -> None:
    rows = compare.rows_of(result)
    assert compare.differences(truth, rows) == []
    assert compare.differences(truth, rows, compare.ownership) == []
    assert compare.listed_twice(rows) == []
    assert result.consistency == "core" and result.freeze_ms == 0.0 and result.target.kind == "core"


@pytest.mark.parametrize("variant", params((Variant("1.21.13"), Variant("1.24.11"))), indirect=True)
def test_a_core_of_gcore_is_as_good_as_the_process(variant: Variant, scratch: Path) -> None:
    with TruthProgram(Build(variant), sets=SETS) as program:
        core = cores.gcore(program.pid, scratch)
        truth, pid = program.truth, program.pid
    result = inspect(core)
    core.unlink()
    check(truth, result)
    assert result.faults == []
    assert result.target.pid == pid


def test_a_core_of_the_kernel_is_as_good_as_the_process(variant: Variant, scratch: Path) -> None:
    program = TruthProgram(Build(variant), sets=SETS)
    try:
        truth = program.start(cwd=scratch)
        result = inspect(cores.kernel_core(program, scratch))
    finally:
        program.stop()
    check(truth, result)
    assert result.faults == []


pair = pytest.mark.parametrize("variant", params((CLASSIC, SWISS)), indirect=True)


@pair
def test_a_core_with_holes_is_the_same(dumped: Dumped, scratch: Path) -> None:
    core, truth = dumped.core, dumped.truth
    holed = cores.with_holes(core, scratch / "core")
    assert holed.stat().st_blocks < core.stat().st_blocks
    check(truth, inspect(holed))


@pair
def test_segments_may_stand_in_any_order(dumped: Dumped, scratch: Path) -> None:
    core, truth = dumped.core, dumped.truth
    check(truth, inspect(cores.write(core, cores.segments(core)[::-1], scratch / "core")))


def shapes_held_by_data(truth: Truth) -> list[TruthMap]:
    """Return the maps whose owners are in the data segment: the path to them lies outside the heap."""
    return [m for m in truth.maps if m.label.startswith("shape ")]


def check_incomplete(truth: Truth, result: MapsResult, missing: list[tuple[int, int]], least: int) -> None:
    """Maps that are all there are exact; the others have a fault, or are exact without what is missing.

    (A map needs no look at the keys and elems that its slots only point to.)
    """
    rows = compare.by_address(compare.rows_of(result))
    faulty = {fault.addr for fault in result.faults}
    there, gone = [], []
    for m in shapes_held_by_data(truth):
        (there if all(cores.present(*piece, missing) for piece in m.pieces) else gone).append(m)
    assert len(there) >= least and len(gone) >= least
    for m in there:
        assert m.addr in rows, m.label
        assert compare.difference(m, rows[m.addr]) == [], m.label
        assert m.addr not in faulty, m.label
    silent = {m.label: compare.difference(m, rows[m.addr]) for m in gone if m.addr not in faulty}
    assert {label: wrong for label, wrong in silent.items() if wrong} == {}
    assert len(gone) - len(silent) >= least


@pair
def test_missing_bodies_of_maps_are_faults_and_nothing_else_suffers(dumped: Dumped, scratch: Path) -> None:
    core, truth = dumped.core, dumped.truth
    large = [piece for m in shapes_held_by_data(truth) for piece in m.pieces if piece[1] >= OWN_PAGES]
    missing = [(addr, addr + size) for addr, size in sorted(set(large))[::2]]
    sparse = cores.write(core, cores.without(cores.segments(core), missing), scratch / "core")
    result = inspect(sparse)
    check_incomplete(truth, result, missing, 5)
    done = command("maps", str(sparse), "--format", "json")
    assert done.status == 4


@pair
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_core_cut_in_the_heap_is_read_as_far_as_it_goes(dumped: Dumped, scratch: Path, share: float) -> None:
    core, truth = dumped.core, dumped.truth
    whole = cores.write(
        core, cores.heap_last(cores.segments(core), shapes_held_by_data(truth)[0].addr), scratch / "whole"
    )
    heap = cores.segments(whole)[-1]
    ends = sorted(max(addr + size for addr, size in m.pieces) for m in shapes_held_by_data(truth))
    kept = ends[int(share * len(ends))] - heap.vaddr
    assert 0 < kept < heap.filesz
    cut = cores.truncate(whole, scratch / "cut", heap.offset + kept)
    result = inspect(cut)
    check_incomplete(truth, result, [(heap.vaddr + kept, heap.vaddr + heap.memsz)], 3)
    assert [note for note in result.notes if "truncated" in note or "missing" in note]


@pair
def test_a_core_cut_anywhere_is_no_crash(dumped: Dumped, scratch: Path) -> None:
    core = dumped.core
    size = core.stat().st_size
    for share in (0.01, 0.1, 0.3, 0.6, 0.95, 0.999):
        cut = cores.truncate(core, scratch / "cut", int(size * share))
        done = command("maps", str(cut), "--format", "json")
        assert done.status in (0, 3, 4), done.err
        assert "Traceback" not in done.err
        if done.status == 3:
            assert "core" in done.err and len(done.err.strip().splitlines()) <= 2
