"""Results of ``gc phases`` made by hand, for tests of what is written of them."""

from __future__ import annotations

import numpy as np

from goxray.core.phases_result import (
    WINDOWS,
    Cause,
    Cycle,
    Generation,
    IsolatedPhase,
    Outcome,
    PhaseBytes,
    PhaseEvent,
    PhasesResult,
    PhaseWindow,
    WatchedMap,
)
from goxray.core.result import BuildInfo, Fault, TargetInfo
from goxray.core.timeline_result import Interval, Moment, Series, Timeline

MIB = 1 << 20


def event(name: str, at_s: float, resolution_s: float, num_gc: int, least: int | None = None) -> PhaseEvent:
    """Return an event; one without resolution is the runtime's own."""
    source = "poll" if resolution_s else "runtime"
    return PhaseEvent(name, at_s, resolution_s, num_gc, num_gc if least is None else least, source)  # type: ignore[arg-type]


def generation(
    number: int, cause: Cause, outcome: Outcome, events: list[PhaseEvent], figures: PhaseBytes, dead: int | None
) -> Generation:
    """Return a generation with the windows that its events enclose."""
    by_name = {each.name: each for each in events}
    windows = []
    for name, (start, end) in WINDOWS.items():
        if start in by_name and end in by_name:
            a, b = by_name[start], by_name[end]
            resolution = a.resolution_s + b.resolution_s
            least = max(0, b.num_gc_least - a.num_gc)
            windows.append(PhaseWindow(name, start, end, a.at_s, b.at_s, resolution, b.num_gc - a.num_gc_least, least))
    entries = (60_000, 3_000) if cause == "deleted" else (60_000, 0)
    return Generation(
        number, cause, 0xC000123450, outcome, {"header": 1, "directory": 1, "table": 120, "groups": 120}, figures,
        tuple(events), tuple(windows), dead, dead, *entries,
    )  # fmt: skip


def dropped() -> PhasesResult:
    """Return a program whose map grew, was emptied, and was dropped: every window is there."""
    events = [
        event("let go", 1.25, 0.001, 4), event("gc start", 1.5, 0.0, 4), event("mark end", 1.504, 0.0, 5),
        event("reusable", 1.506, 0.0015, 5), event("reused", 2.0, 0.005, 6, 5), event("scavenged", 2.5, 0.01, 6),
        event("out of rss", 2.75, 0.02, 7),
    ]  # fmt: skip
    whole = PhaseBytes(
        blocks=7 * MIB, freed=7 * MIB, alive=0, unswept=0, reused=MIB, kept=0, scavenged=6 * MIB - 8192, in_slots=5120,
        resident_before=7 * MIB, resident=0,
    )  # fmt: skip
    held = PhaseBytes(7 * MIB, 0, 7 * MIB, 0, 0, 0, 0, 0, 7 * MIB, 0)
    outgrown = PhaseBytes(3 * MIB, 3 * MIB, 0, 0, 0, 3 * MIB, 0, 0, 3 * MIB, 3 * MIB)
    generations = (
        generation(
            1, "outgrown", "reusable",
            [event("let go", 0.25, 0.05, 0), event("gc start", 0.3, 0.0, 0), event("mark end", 0.302, 0.0, 1),
             event("reusable", 0.303, 0.001, 1)], outgrown, 1,
        ),
        generation(
            2, "deleted", "held",
            [event("let go", 0.75, 0.001, 2), event("gc start", 0.8, 0.0, 2), event("mark end", 0.801, 0.0, 3)], held,
            None,
        ),
        generation(3, "dropped", "returned", events, whole, 5),
    )  # fmt: skip
    return PhasesResult(
        target=TargetInfo("process", 4242, "/srv/bin/service"),
        build=BuildInfo("go1.27.3", "linux", "amd64"),
        only="all",
        command=("./service", "-n", "60000"),
        environment={},
        settings={"gogc": 100, "memory_limit": (1 << 63) - 1},
        map=WatchedMap(
            "main.cache", "map[int64]main.row", "swiss", 0xC000123450, 368, 0, 7 * MIB, 60_000, ("main.cache",)
        ),
        generations=generations,
        cycles=(Cycle(1, 0.3, 0.0, 0.302, 0.0, True), Cycle(5, 1.5, 0.0, 1.504, 0.0, False)),
        phases=(
            IsolatedPhase(
                "assign", 0.01, 0.6, False, {"entries_added": 60_000.0, "growths": 7.0, "bytes_outgrown": 3.0 * MIB},
                {"cycles": 1.0, "released_bytes": 0.0},
            ),
            IsolatedPhase(
                "gc", 0.3, 1.504, True, {"cycles": 5.0, "forced": 2.0, "seconds_in_cycles": 0.0125},
                {"entries_added": 0.0, "released_bytes": 0.0},
            ),
            IsolatedPhase(
                "release", 1.504, 2.75, True,
                {"freed_bytes": 10.0 * MIB, "scavenged_bytes": 6.0 * MIB, "released_bytes": 6.5 * MIB},
                {"cycles": 0.0, "entries_added": 0.0},
            ),
        ),
        timelines=(
            Timeline(
                "service (4242)", "program start", 1_700_000_000.0,
                series=(Series("rss", "bytes", "proc", np.array([0.0, 3.0]), np.array([2.0 * MIB, 9.0 * MIB])),),
                intervals=(Interval("gc", "cycle", 1.5, 1.504, "counters", {"n": 5}),),
                moments=(Moment("map", "dropped", 1.25, "maps", {"owner": "main.cache"}),),
            ),
        ),
        zero_ns=36_000_000_000_000,
        watched_s=3.0,
        looks=2_950,
        typical_s=0.001,
        longest_s=0.025,
        ended="target ended",
        exit_code=0,
        notes=("the map at 0xc000123450 went on to be held by main.other",),
    )  # fmt: skip


def nothing() -> PhasesResult:
    """Return a watch that met no map, of a build that nobody has verified, with a fault."""
    return PhasesResult(
        target=TargetInfo("process", 77, "/srv/\x1b[31mred"),
        build=BuildInfo("go1.28.0", "linux", "arm64"),
        only="release",
        command=(),
        environment={"GODEBUG": "gcstoptheworld=2,madvdontneed=1"},
        settings={},
        map=None,
        generations=(),
        cycles=(),
        phases=(),
        timelines=(Timeline("red (77)", "first record"),),
        zero_ns=0,
        watched_s=0.5,
        looks=1,
        typical_s=0.0,
        longest_s=0.0,
        ended="no map",
        exit_code=None,
        notes=("nothing \x1b[2J here",),
        faults=(Fault(0xC000, "no such \x07 thing"),),
        unverified=True,
    )
