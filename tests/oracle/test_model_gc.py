"""Scenarios of ``goxray model gc`` held against the real runtime, which runs the programs that it emits.

What is compared, and why a figure may differ:

- ``OWN_BYTES``: the runtime's own few objects. Now and then it starts one thread more before main (m, two g, buffers
  for profiles: 5.4 KiB), and a timer or two more.
- ``OWN_PAGES``: such an object may lie alone in a span that the model does not have.
- ``STACKS``: stacks of threads and workers, and mark work buffers, come out of the heap's pages in spans of 32 KiB.
- ``CACHE``: 64 pages that the processor's page cache hides from the scavenger; how many of them are free differs.
- ``SYS_ERROR``: the runtime's own memory (bitmaps, lists, profiles) is modelled to 1.5% of Sys.
- ``CHUNK``: large objects need neighbouring pages. Whether the last one fits where others were depends on the places
  of a few small spans: the heap may be one chunk of 4 MiB larger or smaller.
- The heap's random base (Go 1.26 on) may cost one more chunk of 4 MiB: the predicted range says so.

All else is equal: the number of collections, the MB columns of every gctrace line, NumGC, HeapAlloc and HeapInuse.
"""

from __future__ import annotations

import re

import pytest

from goxray.core.gc_result import GcRun, GcStep, Span
from goxray.model.gc.answer import model_gc
from goxray.model.gc.emit import RealStep
from tests.harness.gc_programs import run
from tests.harness.variants import BASELINES, Variant, params

PAGE = 8192
OWN_BYTES = 8 << 10
OWN_PAGES = 3
STACKS = 8 * (32 << 10)
CACHE = 64
CHUNK = 4 << 20
SYS_ERROR = 1.5 / 100
NO_GOAL = 1 << 60
_COLUMNS = re.compile(r"(\d+)->(\d+)->(\d+) MB, (\d+) MB goal")

VERSIONS = tuple(each for each in BASELINES if each.minor in (21, 23, 24, 27))
KEEP_AND_GARBAGE = """
alloc keep 4e5 x 64B noscan as users
alloc garbage 2e6 x 32B
gc
drop users
gc
freeosmemory
"""
HOLES = """
alloc keep 2e5 x 64B scan as users     # nine of ten die: their spans stay, and are filled again
alloc garbage 1e6 x 128B scan
gc
drop users 90%
gc
alloc keep 1e5 x 64B scan as more
alloc garbage 20 x 3MiB
gc
drop users
gc
freeosmemory
"""
SETTINGS = """
gogc 50
alloc keep 3e5 x 24B as small
alloc garbage 5e5 x 8B          # tiny: two to a block
alloc keep 2000 x 5000B scan
gogc 200
alloc garbage 3e5 x 100B
gc
gogc off
alloc garbage 2e5 x 704B scan
gc
"""
LIMIT = """
memlimit 64MiB
gogc off
alloc keep 100 x 256KiB
alloc garbage 1e6 x 128B
gc
"""


def predicted(scenario: str, variant: Variant, *, stopped: bool = True) -> GcRun:
    return model_gc(scenario, go=[variant.version], stopped=stopped).runs[0]


def settled(scenario: str) -> set[int]:
    """The steps after which nothing dead is left: a collection has ended, and nothing has been allocated since."""
    words = [line.partition("#")[0].split() for line in scenario.strip().splitlines()]
    return {number for number, each in enumerate(words, 1) if each[0] in ("gc", "freeosmemory")} | {0}


def spread(step: GcStep, name: str) -> Span:
    value = getattr(step, name)
    return step.ranges.get(name, Span(value, value))


def within(step: GcStep, name: str, real: int, tolerance: int) -> None:
    allowed = spread(step, name)
    assert allowed.low - tolerance <= real <= allowed.high + tolerance, (step.step, step.text, name, real, allowed)


def compare_settled(real: RealStep, step: GcStep) -> None:
    """The figures after a collection: live objects and their spans, and where all other memory is."""
    figures = real.figures
    assert abs(figures["HeapAlloc"] - step.heap_alloc) <= OWN_BYTES, (step.text, figures, step)
    assert abs(figures["HeapInuse"] - step.heap_inuse) <= OWN_PAGES * PAGE, (step.text, figures, step)
    assert figures["HeapSys"] == figures["HeapInuse"] + figures["HeapIdle"]


def megabytes(trace: str) -> list[int]:
    found = _COLUMNS.search(trace)
    assert found is not None, trace
    return [int(each) for each in found.groups()]


def compare_cycles(real: list[RealStep], run_: GcRun) -> None:
    """Each collection's four columns; a value next to a whole MiB may print as its neighbour."""
    for step in real:
        cycles = [cycle for cycle in run_.cycles if cycle.step == step.step]
        assert len(step.cycles) == len(cycles), (step.step, step.cycles, [cycle.trace for cycle in cycles])
        for line, cycle in zip(step.cycles, cycles, strict=True):
            assert megabytes(cycle.trace) == [each >> 20 for each in (cycle.trigger, cycle.end, cycle.live, cycle.goal)]
            # What the runtime has more doubles with every collection while all that is allocated is kept.
            slack = OWN_BYTES << min(cycle.number, 4)
            for shown, value in zip(megabytes(line), (cycle.trigger, cycle.end, cycle.live, cycle.goal), strict=True):
                # With GOGC=off the goal is what the limit leaves after the runtime's own memory.
                room = int(SYS_ERROR * run_.steps[cycle.step].sys) if value > NO_GOAL else slack
                assert (value - room) >> 20 <= shown <= (value + room) >> 20, (line, cycle)
            assert ("(forced)" in line) == cycle.forced


@pytest.mark.parametrize("scenario", [KEEP_AND_GARBAGE, HOLES, SETTINGS], ids=["keep", "holes", "settings"])
@pytest.mark.parametrize("variant", params(VERSIONS))
def test_collections_and_the_heap_are_the_runtimes_own(variant: Variant, scenario: str) -> None:
    real, model = run(scenario, variant), predicted(scenario, variant)
    assert len(real) == len(model.steps) > 5
    compare_cycles(real, model)
    for step in real:
        mine = model.steps[step.step]
        assert step.figures["NumGC"] == mine.num_gc
        if step.step in settled(scenario):
            compare_settled(step, mine)
        if variant.minor > 21:  # which sweeps beside the program here, so that idle memory comes back later
            large = CHUNK if "MiB" in scenario else 0
            within(mine, "heap_sys", step.figures["HeapSys"], STACKS + large)
            within(mine, "heap_released", step.figures["HeapReleased"], STACKS + CACHE * PAGE + large)


@pytest.mark.parametrize("variant", params(VERSIONS))
def test_free_os_memory_leaves_what_the_page_cache_hides(variant: Variant) -> None:
    real = run(KEEP_AND_GARBAGE, variant)[-1].figures
    mine = predicted(KEEP_AND_GARBAGE, variant).steps[-1]
    assert 0 <= real["HeapIdle"] - real["HeapReleased"] <= CACHE * PAGE
    assert 0 <= mine.heap_idle - mine.heap_released <= CACHE * PAGE


@pytest.mark.parametrize("variant", params(VERSIONS))
def test_a_program_that_is_not_stopped_settles_alike(variant: Variant) -> None:
    """When marking ends is the scheduler's affair; what is alive after a forced collection is not."""
    real, model = run(HOLES, variant, stopped=False), predicted(HOLES, variant, stopped=False)
    for step in real:
        if step.step in settled(HOLES):
            compare_settled(step, model.steps[step.step])
            assert step.figures["HeapSys"] >= spread(model.steps[step.step], "heap_sys").low - STACKS


@pytest.mark.parametrize("variant", params(VERSIONS[1:]))
def test_the_memory_limit_sets_the_goal(variant: Variant) -> None:
    """The goal is what the limit leaves after the runtime's own memory, which the model knows to 1.5% of all."""
    real, model = run(LIMIT, variant), predicted(LIMIT, variant)
    limit = 64 << 20
    assert [step.figures["NumGC"] for step in real] == [step.num_gc for step in model.steps]
    assert real[-1].figures["NumGC"] >= 3
    for step, mine in zip(real[2:], model.steps[2:], strict=True):
        assert abs(step.figures["NextGC"] - mine.heap_goal) <= SYS_ERROR * limit
        assert abs(step.figures["Sys"] - mine.sys) <= SYS_ERROR * limit + (CHUNK if "sys" in mine.ranges else 0)
    compare_settled(real[-1], model.steps[-1])


MAPS = """
map users map[string]int 2e5
gc
delete users 95%
gc
insert users 1e5
gc
clear users
gc
drop users
gc
map users2 map[string]int 2e5
"""


@pytest.mark.parametrize("variant", params(VERSIONS))
def test_a_maps_memory_is_used_again(variant: Variant) -> None:
    """A dropped map's pages are free after the next collection, and the next map needs no more than it did.

    Overflow buckets of classic maps, and which tables of Swiss maps split next to which, depend on the hash seed: 2%
    of the bytes, 12% of the spans.
    """
    real, model = run(MAPS, variant), predicted(MAPS, variant)
    for step in real:
        if step.step in settled(MAPS):
            mine, figures = model.steps[step.step], step.figures
            assert abs(figures["HeapAlloc"] - mine.heap_alloc) <= OWN_BYTES + 0.02 * mine.heap_alloc, (mine, figures)
            assert abs(figures["HeapInuse"] - mine.heap_inuse) <= OWN_PAGES * PAGE + 0.12 * mine.heap_inuse
    dropped = real[10].figures, model.steps[10]
    assert dropped[0]["HeapInuse"] < 1 << 20 and dropped[1].heap_inuse < 1 << 20
    assert real[-1].figures["HeapSys"] <= real[10].figures["HeapSys"] + CHUNK
    assert model.steps[-1].heap_sys <= model.steps[10].heap_sys + CHUNK


SCAVENGED = "alloc keep 24 x 1MiB as big; gc; drop big; gc; gc" + 6 * "; sleep 400ms"
HUGE_PAGE = 2 << 20


@pytest.mark.parametrize("variant", params(VERSIONS[-2:]))
def test_the_background_scavenger_stops_at_its_goal(variant: Variant) -> None:
    """Once it has begun it ends at the goal, up to a huge page and the page cache.

    It begins when sysmon wakes it, which itself sleeps beside an idle program until the world has been stopped: hence
    several sleeps with a look at the figures between them.
    """
    for _ in range(3):
        real, model = run(SCAVENGED, variant, stopped=False), predicted(SCAVENGED, variant, stopped=False)
        dropped, slept, mine = real[4].figures, real[-1].figures, model.steps[-1]
        assert dropped["HeapReleased"] < 12 << 20, "chunks that were full a collection ago are left alone"
        within(mine, "heap_released", slept["HeapReleased"], STACKS + CACHE * PAGE)
        if slept["HeapReleased"] - dropped["HeapReleased"] > HUGE_PAGE:
            low = mine.released_at_goal - HUGE_PAGE - CACHE * PAGE - STACKS
            more = spread(mine, "heap_idle").high - mine.heap_idle
            assert low <= slept["HeapReleased"] <= mine.released_at_goal + more + HUGE_PAGE + STACKS
            return
    pytest.fail("the scavenger never began in three runs")
