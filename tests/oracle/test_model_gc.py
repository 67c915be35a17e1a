"""Scenarios of ``goxray model gc`` held against the real runtime, which runs the programs that it emits.

Figures are compared as they change from the start of main on: before it the runtime itself starts one or two threads
more in some runs than in others, each of which is worth 5.3 KiB. A run in which it does so later is run again.
What may differ, and why; all else is equal:

- ``OWN_BYTES``, ``OWN_OBJECTS``, ``OWN_PAGES``: what the runtime itself has made at the start of main and lets go of
  later, a few timers, and the span in which the last of those lies.
- ``STACKS``: stacks of workers, and mark work buffers, come out of the heap's pages in spans of 32 KiB.
- ``CACHE``: 64 pages that the processor's page cache hides from the scavenger; how many of them are free differs.
- ``SMALL``: the runtime's own small structures come in chunks of 256 KiB, bitmaps in arenas of 64 KiB: where one of
  them is almost full, some bytes make the difference of one.
- ``CHUNK``: large objects need neighbouring pages. Whether the last one fits where others were depends on the places
  of a few small spans: the heap may be one chunk of 4 MiB larger or smaller.
- The heap's random base (Go 1.26 on) may cost one more chunk of 4 MiB: the predicted range says so.
- An automatic collection begins when the heap reaches a trigger that grows with what the runtime itself has: after n
  of them the garbage that the next one will find has moved by n times the difference of the goals (``moved``), each
  time in whole spans: a collection begins only when a span is taken.
- Go 1.21 cannot stop the world while it sweeps: what is dead and idle there is compared after collections only.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from goxray.core.gc_result import GcRun, GcStep, Span
from goxray.model.gc.answer import model_gc
from goxray.model.gc.emit import RealStep
from goxray.model.heap import classes
from tests.harness.gc_programs import run
from tests.harness.variants import BASELINES, Variant, params

PAGE = 8192
OWN_BYTES, OWN_OBJECTS, OWN_PAGES = 1 << 10, 16, 1
THREADS = 16 << 10
STACK_SPAN = 32 << 10
STACKS = 8 * STACK_SPAN
CACHE = 64 * PAGE
CHUNK = 4 << 20
SMALL = (256 + 64) << 10
NO_GOAL = 1 << 60
RUNS = 3
_COLUMNS = re.compile(r"(\d+)->(\d+)->(\d+) MB, (\d+) MB goal")

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


def predicted(scenario: str, variant: Variant, *, stopped: bool = True) -> GcRun:
    return model_gc(scenario, go=[variant.version], stopped=stopped).runs[0]


def quiet(real: list[RealStep]) -> bool:
    """Whether no thread was started after the start of main: it would bring a stack for the scheduler."""
    stacks = [step.figures["StackInuse"] for step in real]
    return max(stacks) - stacks[0] <= STACK_SPAN


def settled(scenario: str) -> set[int]:
    """The steps after which nothing dead is left: a collection has ended, and nothing has been allocated since."""
    words = [line.partition("#")[0].split() for line in scenario.strip().splitlines()]
    return {number for number, each in enumerate(words, 1) if each[0] in ("gc", "freeosmemory")} | {0}


def spread(step: GcStep, name: str) -> Span:
    value = getattr(step, name)
    return step.ranges.get(name, Span(value, value))


class Comparison:
    """One real run beside its prediction; every method raises AssertionError where they differ."""

    def __init__(self, scenario: str, variant: Variant, real: list[RealStep], model: GcRun) -> None:
        self.real, self.model, self.settled = real, model, settled(scenario)
        self.stopped_sweep = variant.minor > 21
        self.large = CHUNK if "MiB" in scenario.replace("limit 48MiB", "") else 0

    def near(self, step: RealStep, name: str, field: str, allowed: float) -> None:
        """How far a figure has come since the start of main."""
        mine = self.model.steps[step.step]
        change = step.figures[name] - self.real[0].figures[name]
        expected = getattr(mine, field) - getattr(self.model.steps[0], field)
        assert abs(change - expected) <= allowed, (step.step, mine.text, name, change, expected, allowed)

    def within(self, step: RealStep, name: str, field: str, allowed: int) -> None:
        mine = self.model.steps[step.step]
        span = spread(mine, field)
        figure = step.figures[name]
        assert span.low - allowed <= figure <= span.high + allowed, (step.step, mine.text, name, figure, span)

    def live(self) -> None:
        """Objects that live and the spans that they lie in, after each collection."""
        assert abs(self.real[0].figures["HeapAlloc"] - self.model.steps[0].heap_alloc) <= THREADS
        for step in self.real:
            assert step.figures["HeapSys"] == step.figures["HeapInuse"] + step.figures["HeapIdle"]
            if step.step in self.settled:
                self.near(step, "HeapAlloc", "heap_alloc", OWN_BYTES)
                self.near(step, "HeapInuse", "heap_inuse", OWN_PAGES * PAGE)
                self.near(step, "Mallocs", "mallocs", OWN_OBJECTS)
                self.near(step, "Frees", "frees", OWN_OBJECTS)

    def moved(self, step: RealStep) -> float:
        """By how much the automatic collections until a step may have moved what is dead but not yet found."""
        mine = self.model.steps[step.step]
        if mine.heap_goal > NO_GOAL:
            return 0
        return (mine.num_gc + 1) * (abs(step.figures["NextGC"] - mine.heap_goal) + PAGE)

    def dead(self) -> None:
        """What is dead and not yet found: when the collections were."""
        for step in self.real:
            moved = self.moved(step)
            self.near(step, "Mallocs", "mallocs", OWN_OBJECTS)
            self.near(step, "HeapAlloc", "heap_alloc", OWN_BYTES + PAGE + moved)
            self.near(step, "HeapInuse", "heap_inuse", (1 + OWN_PAGES) * PAGE + moved)

    def system(self) -> None:
        """What comes from the system and what went back to it."""
        for step in self.real:
            self.within(step, "HeapSys", "heap_sys", STACKS + self.large)
            self.within(step, "Sys", "sys", SMALL + self.large)
            self.within(step, "HeapReleased", "heap_released", STACKS + CACHE + self.large)

    def goals(self) -> None:
        """The next goal, which the live heap and the runtime's own bytes decide, or the memory limit."""
        for step in self.real:
            mine = self.model.steps[step.step]
            assert step.figures["NumGC"] == mine.num_gc, (step.step, mine.text)
            if step.step in self.settled:
                own = abs(step.figures["HeapAlloc"] - mine.heap_alloc) + OWN_BYTES
                limited = SMALL + STACKS if mine.heap_goal > 1 << 62 else 0
                assert abs(step.figures["NextGC"] - mine.heap_goal) <= max(3 * own, limited), (mine, step.figures)

    def traces(self) -> None:
        """Each collection's four columns; a value next to a whole MiB may print as its neighbour."""
        for step in self.real:
            cycles = [cycle for cycle in self.model.cycles if cycle.step == step.step]
            assert len(step.cycles) == len(cycles), (step.step, step.cycles, [cycle.trace for cycle in cycles])
            for line, cycle in zip(step.cycles, cycles, strict=True):
                values = cycle.trigger, cycle.end, cycle.live, cycle.goal
                assert megabytes(cycle.trace) == [each >> 20 for each in values]
                # What the runtime has more doubles with every collection while all that is allocated is kept.
                own = THREADS << min(cycle.number, 4)
                for shown, value in zip(megabytes(line), values, strict=True):
                    room = STACKS + SMALL if value > NO_GOAL else own
                    assert (value - room) >> 20 <= shown <= (value + room) >> 20, (line, cycle)
                assert ("(forced)" in line) == cycle.forced


def megabytes(trace: str) -> list[int]:
    found = _COLUMNS.search(trace)
    assert found is not None, trace
    return [int(each) for each in found.groups()]


def real_run(scenario: str, variant: Variant, *, stopped: bool = True) -> list[RealStep]:
    """A run in which the runtime started no thread of its own after main had begun, if one of a few is such."""
    real: list[RealStep] = []
    for _ in range(RUNS):
        real = run(scenario, variant, stopped=stopped)
        if quiet(real):
            break
    return real


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
