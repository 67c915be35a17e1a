"""What ``goxray gc phases`` says: what became of one map's memory, step by step. Plain data only.

Times are seconds of the runtime's own clock since the program's start (see Timeline). An event that two looks at the
program enclose has ``at_s``, when it was first seen, and ``resolution_s``, how much earlier it may have been; one that
the runtime dated itself has resolution 0. Counts of cycles are the runtime's own counter (memstats.numgc).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from goxray.core.result import BuildInfo, Fault, TargetInfo
    from goxray.core.timeline_result import Timeline

PHASES_SCHEMA_ID = "goxray.phases/1"

Only = Literal["all", "assign", "gc", "release"]
PhaseName = Literal["assign", "gc", "release"]
Cause = Literal["dropped", "replaced", "outgrown", "cleared", "emptied", "deleted", "found dead"]
Outcome = Literal["waiting", "marked", "held", "reusable", "reused", "scavenged", "returned"]

EVENTS = ("let go", "gc start", "mark end", "reusable", "reused", "scavenged", "out of rss")
"""The events of a generation, in the order in which they can come; ``reused`` may come after, or instead of, the last
two."""

WINDOWS = {
    "waiting": ("let go", "gc start"),
    "marking": ("gc start", "mark end"),
    "sweeping": ("mark end", "reusable"),
    "free until reused": ("reusable", "reused"),
    "free until scavenged": ("reusable", "scavenged"),
    "leaving": ("scavenged", "out of rss"),
    "until reusable": ("let go", "reusable"),
    "until out of rss": ("let go", "out of rss"),
}
"""The windows and the events that they lie between."""


@dataclass(frozen=True)
class PhaseEvent:
    """Something that happened to a generation of blocks.

    ``num_gc`` is the number of cycles completed then (memstats.numgc); ``num_gc_least`` is lower where a cycle was
    completed between the two looks and nothing tells which came first. ``source``: ``runtime`` where the runtime wrote
    down the time, ``poll`` where two looks enclose it, ``inferred`` where only cycles do.
    """

    name: str
    at_s: float
    resolution_s: float
    num_gc: int
    num_gc_least: int
    source: Literal["runtime", "poll", "inferred"]


@dataclass(frozen=True)
class PhaseWindow:
    """The time between two events; ``cycles`` were completed in it, at least ``cycles_least``."""

    name: str
    start: str
    end: str
    start_s: float
    end_s: float
    resolution_s: float
    cycles: int
    cycles_least: int

    @property
    def seconds(self) -> float:
        """How long it lasted, give or take the resolution."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class PhaseBytes:
    """What has become of a generation's memory, in bytes.

    ``blocks`` in all, of which ``alive`` were found reachable by the last sweep and ``unswept`` not yet looked at by
    one; ``freed`` are reusable or were. Of the pages that went back to the heap, ``reused`` are in a span again,
    ``scavenged`` are given back to the OS, ``kept`` are free and still backed; ``in_slots`` bytes are slots of spans
    that others keep in use. ``resident_before`` and ``resident`` are what of the generation's pages was in RAM when it
    was let go, and of those of its pages that nothing uses in the end.
    """

    blocks: int
    freed: int
    alive: int
    unswept: int
    reused: int
    kept: int
    scavenged: int
    in_slots: int
    resident_before: int
    resident: int


@dataclass(frozen=True)
class Generation:
    """Blocks that a map gave up together: the whole map, its old arrays, or all that it holds while it is empty.

    ``parts`` counts the blocks by kind. ``found_dead_by`` is the cycle whose marking did not reach them, counted as
    gctrace counts (gc N), None while there is none; ``found_dead_least`` is lower where two cycles are possible.
    ``entries_before`` and ``entries_after`` are the map's, around the event.
    """

    number: int
    cause: Cause
    addr: int
    outcome: Outcome
    parts: Mapping[str, int]
    bytes: PhaseBytes
    events: tuple[PhaseEvent, ...]
    windows: tuple[PhaseWindow, ...]
    found_dead_by: int | None
    found_dead_least: int | None
    entries_before: int
    entries_after: int

    def event(self, name: str) -> PhaseEvent | None:
        """Return the event of that name."""
        return next((event for event in self.events if event.name == name), None)

    def window(self, name: str) -> PhaseWindow | None:
        """Return the window of that name."""
        return next((window for window in self.windows if window.name == name), None)


@dataclass(frozen=True)
class Cycle:
    """One collection that was seen: ``start_s`` is work.tSweepTerm, ``end_s`` the end of mark termination.

    Resolutions as for events; ``end_s`` is None while it runs.
    """

    n: int
    start_s: float
    start_resolution_s: float
    end_s: float | None
    end_resolution_s: float
    forced: bool


@dataclass(frozen=True)
class IsolatedPhase:
    """One of the three phases by itself: when it was at work, what it did, and what of the others fell into it.

    ``figures`` and ``others`` are counts and bytes by name; the phase was ``isolated`` if all of ``others`` are 0.
    ``start_s`` is None where it never came.
    """

    name: PhaseName
    start_s: float | None
    end_s: float | None
    isolated: bool
    figures: Mapping[str, float]
    others: Mapping[str, float]


@dataclass(frozen=True)
class WatchedMap:
    """The map that was watched: what it was when it was found, and at its largest."""

    owner: str
    type: str
    kind: Literal["classic", "swiss"]
    addr: int
    bytes: int
    entries: int
    most_bytes: int
    most_entries: int
    held_by: tuple[str, ...]


@dataclass(frozen=True)
class PhasesResult:
    """Everything ``goxray gc phases`` saw.

    ``settings`` are the collector's own at the start and ``environment`` what goxray added to the command's;
    ``exit_code`` is the command's, None where goxray started none or it has not ended. ``ended`` says why the watch
    ended. ``zero_ns`` is CLOCK_MONOTONIC at second 0, to join what the program itself logs. ``looks`` is how often the
    program was looked at, every ``typical_s``; ``longest_s`` passed between two looks at most.
    """

    target: TargetInfo
    build: BuildInfo
    only: Only
    command: tuple[str, ...]
    environment: Mapping[str, str]
    settings: Mapping[str, int]
    map: WatchedMap | None
    generations: tuple[Generation, ...]
    cycles: tuple[Cycle, ...]
    phases: tuple[IsolatedPhase, ...]
    timelines: tuple[Timeline, ...]
    zero_ns: int
    watched_s: float
    looks: int
    typical_s: float
    longest_s: float
    ended: Literal["complete", "time", "stopped", "target ended", "no map"]
    exit_code: int | None
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    unverified: bool = False
