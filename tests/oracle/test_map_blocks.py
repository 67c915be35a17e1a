"""The blocks of single maps (maps/blocks.py, timeline/phases/places.py) against the census of maps and the spans."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from goxray.goruntime.runtime import Runtime
from goxray.maps.blocks import BLOCK_KINDS, GROUPS, HEADER, MapBlocks
from goxray.maps.found import UNKNOWN
from goxray.maps.inspect import Inspector
from goxray.maps.rows import MapRows, build_rows
from goxray.model.closed.rebuilt import Rebuilder
from goxray.target.open import open_target
from goxray.timeline.phases.places import ALIVE, GONE, SLOT_FREE, SLOT_REUSED, UNSWEPT, Heap
from tests.harness.programs import Build
from tests.harness.truth import TruthProgram
from tests.harness.variants import CLASSIC, SWISS, Variant


@pytest.fixture(scope="module", params=[CLASSIC, SWISS], ids=str)
def looked(request: pytest.FixtureRequest) -> Iterator[tuple[Runtime, MapRows]]:
    """A parked program and the rows of all its maps."""
    variant: Variant = request.param
    with TruthProgram(Build(variant)) as running, open_target(str(running.pid)) as target:
        runtime = Runtime(target)
        runtime.globals()
        with target.freeze():
            findings = Inspector(runtime).look(racy=False)
        rows = build_rows(findings, runtime.layout, Rebuilder(runtime.layout), detail=True)
        yield runtime, rows


def test_the_blocks_of_each_map_have_the_bytes_that_the_census_counts(looked: tuple[Runtime, MapRows]) -> None:
    runtime, rows = looked
    heap = Heap(runtime)
    seen = 0
    for row in np.flatnonzero(rows.type_of != UNKNOWN).tolist():
        addr = int(rows.addr[row])
        shape = rows.types[rows.type_of[row]].map_shape
        reader = MapBlocks(runtime, shape.unit_size, shape.noscan)
        words = runtime.memory.read_array(addr, 8 * reader.words).view(np.uint64)
        assert reader.state(words).entries == rows.entries[row]
        blocks = reader.blocks(addr, words, chains=True)
        places = heap.locate(blocks.addr, blocks.kind)
        assert int(places.size.sum()) == rows.bytes[row], (rows.types[rows.type_of[row]].name, BLOCK_KINDS)
        seen += 1
    assert seen > 170


def test_places_are_the_slots_that_the_span_table_knows(looked: tuple[Runtime, MapRows]) -> None:
    runtime, rows = looked
    addrs = np.sort(rows.addr[runtime.spans.locate(rows.addr).span >= 0])
    places = Heap(runtime).locate(addrs, np.full(len(addrs), HEADER, np.uint8))
    known = runtime.spans.locate(addrs)
    base, first = np.unique(known.base, return_index=True)
    assert np.array_equal(places.base, base)
    assert np.array_equal(places.size, known.size[first])
    assert np.array_equal(places.start, runtime.spans.start[known.span[first]])
    assert np.array_equal(places.start + places.index.astype(np.uint64) * places.size.astype(np.uint64), places.base)


def test_addresses_outside_the_heap_are_nowhere(looked: tuple[Runtime, MapRows]) -> None:
    runtime, _ = looked
    far = np.array([8, 1 << 20, (1 << 47) - 8, runtime.mheap], np.uint64)
    assert len(Heap(runtime).locate(np.sort(far), np.full(4, GROUPS, np.uint8))) == 0


def test_a_slot_is_judged_only_once_its_span_was_swept(looked: tuple[Runtime, MapRows]) -> None:
    """The program collects no more: what it holds is alive, or was made since the last sweep, or is not swept."""
    runtime, rows = looked
    heap = Heap(runtime)
    addrs = np.sort(rows.addr[runtime.spans.locate(rows.addr).span >= 0])
    places = heap.locate(addrs, np.full(len(addrs), HEADER, np.uint8))
    now = heap.judge(places, heap.sweep_gen())
    assert set(np.unique(now).tolist()) <= {UNSWEPT, ALIVE, SLOT_REUSED}
    later = heap.judge(places, heap.sweep_gen() + 2)
    assert set(np.unique(later).tolist()) == {UNSWEPT}
    gone = places.take(np.arange(len(places)))
    gone.start[:] += np.uint64(1 << 13)
    assert set(np.unique(heap.judge(gone, heap.sweep_gen())).tolist()) == {GONE}
    assert SLOT_FREE not in now
