"""What ``goxray model gc`` says: the heap after each step of a scenario, and every collection. Plain data only."""

from __future__ import annotations

from dataclasses import dataclass, field

GC_SCHEMA_ID = "goxray.model-gc/1"


@dataclass(frozen=True)
class Span:
    """A figure that depends on timing: what it is at least and at most. ``low == high`` where it does not."""

    low: int
    high: int


@dataclass(frozen=True)
class GcStep:
    """The heap after one step, as runtime.ReadMemStats would tell it; all bytes.

    ``step`` counts from 0, the start of main. ``heap_goal`` is MemStats.NextGC, ``live`` what the last collection
    found alive. ``released_at_goal`` is HeapReleased when the background scavenger has reached its goal, which it does
    given time. ``ranges`` holds the figures (by field name) that depend on timing, for a collector that works while
    the program allocates.
    """

    step: int
    text: str
    heap_alloc: int
    heap_inuse: int
    heap_idle: int
    heap_released: int
    heap_sys: int
    sys: int
    heap_goal: int
    live: int
    num_gc: int
    mallocs: int
    frees: int
    released_at_goal: int = 0
    ranges: dict[str, Span] = field(default_factory=dict)


@dataclass(frozen=True)
class GcCycle:
    """One collection: the heap when it began (``trigger``), when marking ended, what was alive, the goal then; bytes.

    ``step`` is the step during which it ran. ``trace`` is the line of GODEBUG=gctrace=1, with ``?`` for every time.
    ``next_goal`` is the goal that it sets.
    """

    number: int
    step: int
    forced: bool
    trigger: int
    end: int
    live: int
    goal: int
    next_goal: int
    stack_bytes: int
    globals_bytes: int
    trace: str


@dataclass(frozen=True)
class GcMoment:
    """One point of the picture: the heap and its goal after ``allocated`` bytes have been allocated in all."""

    allocated: int
    heap: int
    goal: int
    step: int


@dataclass(frozen=True)
class GcRun:
    """The scenario on one Go version. ``fewest_cycles`` to ``most_cycles`` bounds the number of collections."""

    go_version: str
    goarch: str
    steps: tuple[GcStep, ...]
    cycles: tuple[GcCycle, ...]
    picture: tuple[GcMoment, ...]
    fewest_cycles: int
    most_cycles: int


@dataclass(frozen=True)
class GcResult:
    """Everything that one run of ``goxray model gc`` says. ``notes`` names sentences of the catalogue (``g.note.``)."""

    scenario: tuple[str, ...]
    runs: tuple[GcRun, ...]
    notes: tuple[str, ...] = ()
