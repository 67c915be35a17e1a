"""The whole heap of linux/arm64 and linux/loong64 programs, read from cores that an emulator made, is the runtime's."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from goxray.target.open import open_target
from tests.harness import cross, heap_graph
from tests.harness.heap_graph import Graph, captured
from tests.harness.heap_truth import HeapProgram, HeapTruth
from tests.harness.inspect import command
from tests.harness.programs import Build
from tests.harness.variants import SWISS, Variant

MAIN = 1
"""The goroutine that wrote the dump: by the end it is in another call."""

VERSIONS = (Variant("1.21.13"), Variant("1.22.10"), Variant("1.25.5"), SWISS)
"""The layouts of pointer bits: arena bitmaps, in-span bitmaps and headers, and both kinds of marks of today."""

BUILDS = (
    *(Build(variant, goarch=goarch) for variant in VERSIONS for goarch in cross.MACHINES),
    *(cross.stripped(Build(SWISS, goarch=goarch)) for goarch in cross.MACHINES),
)


class CrossHeapProgram(HeapProgram):
    """The program ``heaptruth`` of another machine, emulated."""

    def __init__(self, how: Build, *flags: str, cwd: Path) -> None:
        super().__init__(how, *flags, cwd=cwd)
        self._command = [cross.emulator(how.goarch), *self._command]

    def crash(self) -> None:
        """Let the program abort; the emulator writes its core."""
        cross.quit_by_signal(self._process)


@dataclass(frozen=True)
class Case:
    """A core, its executable, what the program had said, and the graph in the core."""

    how: Build
    core: Path
    exe: Path
    truth: HeapTruth
    graph: Graph


def die(how: Build, directory: Path) -> Case:
    with CrossHeapProgram(how, "-few", cwd=directory) as program:
        truth = program.truth
        program.crash()
    core = cross.guest_core(directory, program.exe)
    return Case(how, core, program.exe, truth, captured(core, program.exe))


def params(builds: tuple[Build, ...]) -> list[object]:
    return [pytest.param(how, id=str(how), marks=pytest.mark.xdist_group(str(how))) for how in builds]


@pytest.fixture(scope="module", params=params(BUILDS))
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    directory = tmp_path_factory.mktemp("cross-heap")
    yield cross.insist(lambda fresh: die(request.param, fresh), directory)
    shutil.rmtree(directory)


def test_live_objects_are_the_runtimes_own_count(case: Case) -> None:
    graph, ready = case.graph, case.truth.ready
    assert (len(graph.addr), int(graph.size.sum())) == (ready["heap_objects"], ready["heap_alloc"])
    assert (graph.runtime_objects, graph.runtime_bytes) == (ready["heap_objects"], ready["heap_alloc"])


_LOST = re.compile(r"'0x([0-9a-f]+) \(\d+ bytes\) word (\d+) -> 0x([0-9a-f]+) \+ (\d+) words'")


def overwritten(case: Case, text: str) -> bool:
    """Whether the core holds something else in each of these few words than the dump had there.

    Between the dump and its end an emulated program has time to wake up and park again.
    """
    rows = [(int(a, 16), int(word), int(b, 16), int(into)) for a, word, b, into in _LOST.findall(text)]
    if not text.startswith(f"missing: {len(rows)} "):
        return False
    with open_target(str(case.core), str(case.exe)) as target:
        return all(target.memory.read_u64(a + 8 * word) != b + 8 * into for a, word, b, into in rows)


def test_every_object_and_pointer_is_that_of_the_dump(case: Case) -> None:
    assert heap_graph.object_differences(case.graph, case.truth.dump) == []
    different = heap_graph.edge_differences(case.graph, case.truth.dump)
    assert [text for text in different if not overwritten(case, text)] == []
    assert (case.graph.capture.unreadable, case.graph.capture.notes) == (0, [])


def test_every_root_is_that_of_the_dump(case: Case) -> None:
    dump = case.truth.dump
    assert len({frame.goid for frame in dump.frames}) > 40
    assert heap_graph.global_root_differences(case.graph, dump) == []
    assert heap_graph.frame_differences(case.graph, dump, MAIN) == []


def test_what_the_collector_kept_is_reached(case: Case) -> None:
    dump = case.truth.dump
    # a goroutine may run behind the signal handler that ended the program: at most its stack is searched word by word
    assert [note for note in case.graph.roots.notes if not note.startswith("1 goroutine stack")] == []
    lost = np.flatnonzero(~heap_graph.reached(dump, case.graph.roots))
    assert [f"{dump.addr[i]:#x} ({dump.size[i]} bytes)" for i in lost[:8].tolist()] == []


@pytest.mark.parametrize("case", params(tuple(how for how in BUILDS if how.variant == SWISS)), indirect=True)
def test_every_command_reads_the_core(case: Case, tmp_path: Path) -> None:
    exe = ("--exe", str(case.exe))
    heap = command("heap", str(case.core), *exe, "--format", "json")
    assert heap.status == 0, heap.err
    reconcile = json.loads(heap.out)["reconcile"]
    ready = case.truth.ready
    assert (reconcile["live_objects"], reconcile["live_bytes"]) == (ready["heap_objects"], ready["heap_alloc"])
    biggest = json.loads(heap.out)["dominators"][0]["addr"]
    why = command("why", str(case.core), str(biggest), *exe, "--format", "json")
    assert why.status == 0 and json.loads(why.out)["paths"], why.err
    kept = tmp_path / "kept.gox"
    snapshot = command("snapshot", str(case.core), *exe, "-o", str(kept))
    assert snapshot.status == 0, snapshot.err
    query = command("query", str(kept), "SELECT sum(objects) AS n FROM objects_by_type", "--format", "json")
    assert query.status == 0 and str(ready["heap_objects"]) in query.out, query.err
    same = command("diff", str(kept), str(kept), "--format", "json")
    assert same.status == 0, same.err
