"""The reader's arithmetic by hand, and its judgement of reads whose parts do not fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from goxray.core.errors import MemoryFault
from goxray.layout import layout_for
from goxray.target.footprint import Weight
from goxray.timeline.counters.columns import row_of
from goxray.timeline.counters.pacing import NO_LIMIT, Pacer
from goxray.timeline.counters.places import Raw
from goxray.timeline.counters.reader import BATCH, TRIES, CounterReader
from goxray.timeline.counters.sampling import Sample
from tests.harness.counting import Counting, build, reading, running
from tests.harness.variants import SWISS

MIB = 1 << 20
MAX = (1 << 64) - 1
OPEN_LIMIT = (1 << 63) - 1
Change = Callable[[int, NDArray[np.uint8]], None]


def raw(**known: int) -> Raw:
    """A controller that has marked 100 MiB of a heap of 120 MiB, GOGC=100, outside of a cycle."""
    plain = {
        "memory_limit": OPEN_LIMIT,
        "gc_percent_heap_goal": 200 * MIB,
        "sweep_dist_min_trigger": 0,
        "triggered": MAX,
        "heap_marked": 100 * MIB,
        "runway": 10 * MIB,
        "heap_free": 5 * MIB,
        "total_alloc": 1000 * MIB,
        "total_free": 880 * MIB,
        "mapped_ready": 150 * MIB,
    }
    return Raw._make([(plain | known).get(name, 0) for name in Raw._fields])


@pytest.fixture
def pacer() -> Pacer:
    return Pacer(layout_for("go1.27.3", "amd64", ()))


def test_goal_by_gogc_and_trigger_by_runway(pacer: Pacer) -> None:
    """The trigger is the goal less the runway, unless that lies outside of 45/64 of the way and the goal less 4 MiB."""
    assert (pacer.goal(raw()), pacer.trigger(raw())) == (200 * MIB, 190 * MIB)
    assert pacer.trigger(raw(runway=80 * MIB)) == 100 * MIB + 100 * MIB // 64 * 45
    assert pacer.trigger(raw(runway=300 * MIB)) == 100 * MIB + 100 * MIB // 64 * 45
    assert pacer.trigger(raw(runway=MIB)) == 196 * MIB
    small = raw(gc_percent_heap_goal=8 * MIB, heap_marked=4 * MIB, runway=0)
    assert pacer.trigger(small) == 4 * MIB + 4 * MIB // 64 * 61


def test_goal_moves_behind_the_point_of_the_start_and_of_the_sweeper(pacer: Pacer) -> None:
    assert pacer.goal(raw(triggered=210 * MIB)) == 210 * MIB + (64 << 10)
    assert pacer.goal(raw(triggered=100 * MIB)) == 200 * MIB
    late = raw(sweep_dist_min_trigger=220 * MIB)
    assert (pacer.goal(late), pacer.trigger(late)) == (220 * MIB, 220 * MIB)


def test_goal_by_the_limit(pacer: Pacer) -> None:
    """Mapped 150, free 5, objects 120: 25 MiB are no heap. Of 175 under a limit of 200 MiB, 3% stay free."""
    left = 175 * MIB
    assert pacer.goal(raw(memory_limit=200 * MIB)) == left - left // 100 * 3
    assert pacer.goal(raw(memory_limit=300 * MIB)) == 200 * MIB
    little = raw(memory_limit=60 * MIB, heap_marked=MIB, mapped_ready=50 * MIB, total_free=980 * MIB)
    assert pacer.goal(little) == 35 * MIB - 35 * MIB // 100 * 3


def test_goal_over_the_limit_is_the_live_heap(pacer: Pacer) -> None:
    assert pacer.goal(raw(memory_limit=90 * MIB)) == 100 * MIB
    assert pacer.trigger(raw(memory_limit=90 * MIB)) == 100 * MIB
    assert pacer.goal(raw(memory_limit=20 * MIB)) == 100 * MIB


def test_headroom_is_a_mebibyte_at_least(pacer: Pacer) -> None:
    """10 MiB left: 3% would be less than 1 MiB. 1.5 MiB left: the goal is the headroom itself."""
    base = {"heap_marked": 1, "heap_free": 0, "mapped_ready": 30 * MIB, "total_alloc": 10 * MIB, "total_free": 0}
    assert pacer.goal(raw(memory_limit=30 * MIB, **base)) == 9 * MIB
    assert pacer.goal(raw(memory_limit=21 * MIB + 512 * 1024, **{**base, "mapped_ready": 21 * MIB})) < 10 * MIB
    tight = {**base, "total_alloc": MIB, "mapped_ready": 20 * MIB}
    assert pacer.goal(raw(memory_limit=20 * MIB + 512 * 1024, **tight)) == MIB


def test_without_gogc_and_limit_nothing_starts_a_cycle(pacer: Pacer) -> None:
    off = raw(gc_percent_heap_goal=MAX)
    assert min(pacer.goal(off), pacer.trigger(off)) >= NO_LIMIT


# ---- reads that do not fit together


class Tampering:
    """Stands before a target's memory and changes what the n-th copy of all ranges brings."""

    def __init__(self, memory: Any, change: Change) -> None:
        self._memory, self._change, self.copies = memory, change, 0

    def read_runs(self, starts: Any, sizes: Any, out: NDArray[np.uint8]) -> list[tuple[int, int]]:
        holes: list[tuple[int, int]] = self._memory.read_runs(starts, sizes, out)
        self._change(self.copies, out)
        self.copies += 1
        return holes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._memory, name)


@pytest.fixture(scope="module")
def program() -> Iterator[Counting]:
    with running(build(SWISS)) as started:
        yield started


@pytest.fixture
def reader(program: Counting) -> Iterator[CounterReader]:
    with reading(program.pid) as made:
        program.still(made)
        yield made


def between(reader: Any, change: Change) -> Tampering:
    """Put a tamperer between a reader and its target."""
    reader._memory = Tampering(reader._memory, change)
    memory: Tampering = reader._memory
    return memory


def add(reader: CounterReader, field: str, amount: int, until: int) -> Tampering:
    """Make the first ``until`` copies show a field larger than it is."""
    spots = reader._plan
    ends = np.cumsum(spots.sizes)
    at = spots.addrs[field]
    run = next(i for i, (low, size) in enumerate(zip(spots.starts, spots.sizes, strict=True)) if low <= at < low + size)
    place = reader._lead + int(ends[run] - spots.sizes[run]) + at - int(spots.starts[run])

    def change(copy: int, out: NDArray[np.uint8]) -> None:
        if copy < until:
            word = out[place : place + 8].view(np.uint64)
            word += np.uint64(amount)

    return between(reader, change)


@pytest.mark.xdist_group("watch-busy")
@pytest.mark.parametrize("field", ["heap_in_use", "heap_released", "heap_free", "total_alloc", "total_free"])
def test_books_that_disagree_are_read_again(reader: CounterReader, field: str) -> None:
    truth = reader.read()
    memory = add(reader, field, 8192, until=3)
    found = reader.read()
    assert (found.agreement, found.retries, memory.copies) == ("exact", 3, 4)
    assert found.raw == truth.raw and found.books == truth.books


@pytest.mark.xdist_group("watch-busy")
def test_a_small_difference_that_stays_is_within_a_batch(reader: CounterReader) -> None:
    add(reader, "total_free", BATCH, until=TRIES)
    found = reader.read()
    assert (found.agreement, found.retries) == ("within a batch", TRIES // 2)


@pytest.mark.xdist_group("watch-busy")
def test_a_large_difference_that_stays_is_torn(reader: CounterReader) -> None:
    memory = add(reader, "heap_in_use", 1 << 30, until=1 << 20)
    found = reader.read()
    assert (found.agreement, found.retries, memory.copies) == ("torn", TRIES - 1, TRIES)
    assert reader.read(patient=False).agreement == "torn"
    weight = Weight(rss=1, rss_anon=1, rss_peak=1, swap=0, threads=1)
    row = row_of(Sample(found, weight, None, None, None), 0)
    assert row["heap_inuse"] is row["heap_goal"] is row["sys"] is None
    assert (row["gc_cycles"], row["rss"]) == (found.raw.numgc, 1)


@pytest.mark.xdist_group("watch-busy")
def test_a_cycle_that_moves_on_meanwhile_is_noticed(reader: CounterReader) -> None:
    """The words around the ranges: copied first they say one thing, copied last another."""

    def change(copy: int, out: NDArray[np.uint8]) -> None:
        if copy < 2:
            out[-1] ^= 1

    between(reader, change)
    found = reader.read()
    assert (found.agreement, found.retries) == ("exact", 2)


@pytest.mark.xdist_group("watch-busy")
def test_memory_that_is_gone_is_an_error(reader: CounterReader) -> None:
    reader._starts = reader._starts + np.uint64(1 << 46)
    with pytest.raises(MemoryFault):
        reader.read()
