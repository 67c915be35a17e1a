"""Scenarios of ``goxray model gc`` held against the real runtime, which runs the programs that it emits.

``tests/harness/gc_compare.py`` says what is compared, and which differences have which cause.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from goxray.model.heap import classes
from tests.harness.gc_compare import (
    CACHE,
    CHUNK,
    NO_GOAL,
    OWN_BYTES,
    OWN_PAGES,
    PAGE,
    RUNS,
    SMALL,
    STACKS,
    Comparison,
    predicted,
    real_run,
    spread,
)
from tests.harness.gc_programs import run
from tests.harness.variants import BASELINES, Variant, params

VERSIONS = tuple(each for each in BASELINES if each.minor in (21, 23, 24, 27))

OBJECTS = """
alloc keep 3e5 x 5B as five                # tiny: three to a block
alloc keep 1e5 x 12B as twelve
alloc keep 50001 x 1B as one
alloc keep 20000 x 704B scan as headed     # a malloc header from Go 1.22 on: the next size class
alloc keep 20000 x 704B as bare
alloc keep 3000 x 32760B scan as edge      # the last size that is small with a header
alloc keep 50 x 40000B as large
alloc keep 20 x 1MiB scan as larger
gc
drop five 50%                              # a block lives as long as one of its objects
drop headed 90%
drop large 50%
gc
drop one 95%
drop edge 98%
alloc keep 1e4 x 704B scan as again
gc
freeosmemory
"""
HOLES = """
alloc keep 1e5 x 64B scan as first
alloc keep 1e5 x 64B scan as second
alloc keep 30000 x 2KiB as pairs
alloc garbage 2e6 x 128B scan
gc
drop first 90%
drop second 10%
drop pairs 50%                             # every second of four in a span
gc
alloc keep 1e4 x 64B scan as more          # goes to the spans that have been in their list longest: first's
alloc keep 5000 x 2KiB as others
gc
drop first
gc
drop second
drop pairs
gc
freeosmemory
"""
SETTINGS = """
gogc 50
alloc keep 3e5 x 24B as small
alloc garbage 5e5 x 8B
alloc keep 2000 x 5000B scan
alloc garbage 1e6 x 96B
gc
gogc 200
alloc garbage 1e6 x 100B
gc
gogc off
alloc garbage 2e5 x 704B scan
gc
"""
LIMIT = """
memlimit 48MiB
alloc keep 2e5 x 128B as base
alloc garbage 2e6 x 96B
gc
gogc off
alloc garbage 1e6 x 96B
gc
drop base
gc
"""
ALL = {"objects": OBJECTS, "holes": HOLES, "settings": SETTINGS, "limit": LIMIT}


@pytest.mark.parametrize("name", ["objects", "holes", "settings"])
@pytest.mark.parametrize("variant", params(VERSIONS))
def test_collections_and_the_heap_are_the_runtimes_own(variant: Variant, name: str) -> None:
    scenario = ALL[name]
    real, model = real_run(scenario, variant), predicted(scenario, variant)
    assert len(real) == len(model.steps) > 10
    both = Comparison(scenario, variant, real, model)
    both.live()
    both.goals()
    both.traces()
    if both.stopped_sweep:
        both.dead()
        both.system()


@pytest.mark.parametrize("variant", params(BASELINES))
def test_the_memory_limit_starts_collections(variant: Variant) -> None:
    """Its goal is what the limit leaves after the runtime's own memory; the heap's base may change the count by one."""
    real, model = real_run(LIMIT, variant), predicted(LIMIT, variant)
    both = Comparison(LIMIT, variant, real, model)
    both.live()
    counts = [(step.figures["NumGC"], spread(model.steps[step.step], "num_gc")) for step in real]
    assert all(span.low - 1 <= count <= span.high + 1 for count, span in counts), counts
    assert counts[-1][0] >= 20
    unlimited = predicted(LIMIT.replace("memlimit 48MiB", "memlimit off"), variant).steps[4]
    assert model.steps[4].num_gc >= unlimited.num_gc + 3, "the limit bites"
    for step in real:
        mine = model.steps[step.step]
        both.within(step, "Sys", "sys", SMALL)
        if step.step in both.settled and mine.heap_goal > CHUNK:
            low, high = spread(mine, "heap_goal").low, spread(mine, "heap_goal").high
            assert low - SMALL - STACKS <= step.figures["NextGC"] <= high + SMALL + STACKS, (mine, step.figures)


@pytest.mark.parametrize("variant", params(VERSIONS))
def test_free_os_memory_leaves_what_the_page_cache_hides(variant: Variant) -> None:
    real, model = real_run(HOLES, variant)[-1].figures, predicted(HOLES, variant).steps[-1]
    assert 0 <= real["HeapIdle"] - real["HeapReleased"] <= CACHE
    assert 0 <= model.heap_idle - model.heap_released <= CACHE


@pytest.mark.parametrize("variant", params(VERSIONS))
def test_a_program_that_is_not_stopped_settles_alike(variant: Variant) -> None:
    """When marking ends is the scheduler's affair; what is alive after a forced collection is not."""
    real, model = real_run(OBJECTS, variant, stopped=False), predicted(OBJECTS, variant, stopped=False)
    Comparison(OBJECTS, variant, real, model).live()


STEADY = "alloc keep 4e5 x 128B as base\ngc\nalloc garbage 5e6 x 96B\ngc"
SLICE = 10 << 20
"""Bytes that a program may allocate before the only processor comes to the collector's worker: 10 ms at 1 GB/s."""


@pytest.mark.parametrize("variant", params(VERSIONS))
def test_a_program_that_is_not_stopped_collects_as_often(variant: Variant) -> None:
    """Up to a time slice a collection. On a busy machine the worker waits longer, but not in each of a few runs."""
    model = predicted(STEADY, variant, stopped=False)
    before, after = spread(model.steps[2], "num_gc"), spread(model.steps[3], "num_gc")
    room = model.steps[2].heap_goal - model.steps[2].live
    fewest, most = after.low - before.low, after.high - before.high
    assert 5 <= fewest <= most <= 15
    found = []
    for _ in range(RUNS):
        real = run(STEADY, variant, stopped=False)
        found.append(real[3].figures["NumGC"] - real[2].figures["NumGC"])
        assert found[-1] <= most + 1
        if found[-1] >= fewest * room // (room + SLICE):
            return
    pytest.fail(f"{found} collections, of {fewest} at least")


# --- the comparison notices a model that is wrong ---------------------------------------------------------------------


def wrong(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    made = classes.SpanClasses.__init__

    def init(self: classes.SpanClasses, layout: object) -> None:
        made(self, layout)  # type: ignore[arg-type]
        if how == "no malloc headers":
            self.header = 0
        if how == "no span rounding":
            self.all = [replace(each, nelems=each.nelems + 1) if each.elem_size > 1024 else each for each in self.all]
        if how == "no tiny blocks":
            self.max_tiny = 0

    monkeypatch.setattr(classes.SpanClasses, "__init__", init)


@pytest.mark.parametrize("how", ["no malloc headers", "no span rounding", "no tiny blocks"])
def test_the_comparison_notices(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = VERSIONS[-1]
    real = real_run(OBJECTS, variant)
    Comparison(OBJECTS, variant, real, predicted(OBJECTS, variant)).live()
    wrong(monkeypatch, how)
    with pytest.raises(AssertionError):
        Comparison(OBJECTS, variant, real, predicted(OBJECTS, variant)).live()


def test_the_comparison_notices_a_goal_that_is_2_percent_off(monkeypatch: pytest.MonkeyPatch) -> None:
    from goxray.model.gc.pacer import Pacer

    variant = VERSIONS[-1]
    real = real_run(SETTINGS, variant)
    Comparison(SETTINGS, variant, real, predicted(SETTINGS, variant)).goals()
    commit = Pacer.commit

    def more(self: Pacer, heap_live: int, sweep_done: bool) -> None:
        commit(self, heap_live, sweep_done)
        if self.percent_goal < NO_GOAL:
            self.percent_goal += self.percent_goal // 50

    monkeypatch.setattr(Pacer, "commit", more)
    with pytest.raises(AssertionError):
        Comparison(SETTINGS, variant, real, predicted(SETTINGS, variant)).goals()


# --- maps -------------------------------------------------------------------------------------------------------------

MAPS = """
map users map[string]int 2e5
gc
delete users 95%
gc
insert users 100050
gc
clear users
gc
insert users 50025
delete users 50%
gc
drop users
gc
map users2 map[string]int 2e5
"""
HASHED_BYTES, HASHED_SPANS = 2 / 100, 10 / 100
"""Of live bytes, and of the spans of the full map. The hash seed decides how many overflow buckets a classic map has.

Group arrays of 27264 bytes lie three to a span: which of them split before and after a collection decides how many
spans keep a hole, from 11 to 16 of a hundred for as long as the map lives.
"""


@pytest.mark.parametrize("variant", params(VERSIONS))
def test_a_maps_memory_is_used_again(variant: Variant) -> None:
    """A dropped map's pages are free after the next collection, and the next map needs no more than it did."""
    real, model = real_run(MAPS, variant), predicted(MAPS, variant)
    both = Comparison(MAPS, variant, real, model)
    for step in real:
        if step.step in both.settled:
            mine = model.steps[step.step]
            both.near(step, "HeapAlloc", "heap_alloc", OWN_BYTES + HASHED_BYTES * mine.heap_alloc)
            spans = HASHED_SPANS * model.steps[2].heap_inuse if 0 < step.step < 13 else 0
            both.near(step, "HeapInuse", "heap_inuse", OWN_PAGES * PAGE + spans)
    assert real[13].figures["HeapInuse"] < 1 << 20, "nothing is left of a map that was dropped"
    assert real[-1].figures["HeapSys"] <= real[13].figures["HeapSys"] + CHUNK
    assert model.steps[-1].heap_sys <= model.steps[13].heap_sys + CHUNK


# --- the background scavenger -----------------------------------------------------------------------------------------

SCAVENGED = "alloc keep 24 x 1MiB as big; gc; drop big; gc; gc" + 6 * "; sleep 400ms"
HUGE_PAGE = 2 << 20


@pytest.mark.parametrize("variant", params(VERSIONS[-2:]))
def test_the_background_scavenger_stops_at_its_goal(variant: Variant) -> None:
    """Once it has begun it ends at the goal, up to a huge page and the page cache.

    It begins when sysmon wakes it, which itself sleeps beside an idle program until the world has been stopped: hence
    several sleeps with a look at the figures between them.
    """
    for _ in range(RUNS):
        real, model = run(SCAVENGED, variant, stopped=False), predicted(SCAVENGED, variant, stopped=False)
        dropped, slept, mine = real[4].figures, real[-1].figures, model.steps[-1]
        assert dropped["HeapReleased"] < 12 << 20, "chunks that were full a collection ago are left alone"
        allowed = spread(mine, "heap_released")
        assert allowed.low - STACKS - CACHE <= slept["HeapReleased"] <= allowed.high + STACKS + CACHE
        if slept["HeapReleased"] - dropped["HeapReleased"] > HUGE_PAGE:
            low = mine.released_at_goal - HUGE_PAGE - CACHE - STACKS
            more = spread(mine, "heap_idle").high - mine.heap_idle
            assert low <= slept["HeapReleased"] <= mine.released_at_goal + more + HUGE_PAGE + STACKS
            return
    pytest.fail("the scavenger never began in three runs")
