"""A real run of a scenario of ``goxray model gc`` beside its prediction.

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

from goxray.core.gc_result import GcRun, GcStep, Span
from goxray.model.gc.answer import model_gc
from goxray.model.gc.emit import RealStep
from tests.harness.gc_programs import run
from tests.harness.variants import Variant

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
