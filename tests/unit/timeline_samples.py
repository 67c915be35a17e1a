"""Time axes made by hand, for the tests of what shows and joins them: a service that a map fills, and a second process.

Nothing here comes from goxray: the sawtooth is calculated from a growth rate and GOGC=100.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from goxray.core.joined_result import JoinedSource, JoinNote, SourceKind, TimelineResult
from goxray.core.timeline_result import (
    CrossCheck,
    Interval,
    Moment,
    Series,
    Timeline,
    TimelineFinding,
)

MIB = 1 << 20
START_UNIX_S = 1_763_748_000.25


@dataclass(frozen=True)
class Drawn:
    """A result of any command that has timelines."""

    timelines: tuple[Timeline, ...]


def sawtooth(seconds: float, kept: float, rate: float) -> list[tuple[float, float, float]]:
    """Return (start of a cycle, its end, MiB alive after it) with GOGC=100: the heap grows by ``rate`` MiB a second.

    ``kept`` is the share of what is allocated that stays alive.
    """
    cycles, at, live = [], 0.0, 2.0
    while True:
        grown = max(live, 4.0)  # GOGC=100: as much again as is alive, at least 4 MiB
        at += grown / rate
        if at + 0.01 > seconds:
            return cycles
        live += grown * kept
        cycles.append((at, at + 0.004 + live / 20_000, live))


def process(name: str, seconds: float = 12.0, kept: float = 0.05, rate: float = 180.0) -> Timeline:
    """Return a process of which gctrace, live counters, /proc and uprobes told."""
    cycles = sawtooth(seconds, kept, rate)
    intervals: list[Interval] = []
    for n, (start, end, live) in enumerate(cycles, 1):
        detail = {"n": float(n), "forced": float(n % 7 == 0), "heap_start": live * 1.9 * MIB, "heap_live": live * MIB}
        intervals += [
            Interval("gc", "cycle", start, end, "gctrace", {**detail, "goal": live * 2 * MIB, "procs": 8.0}),
            Interval("stw", "sweep termination", start, start + 0.00003, "gctrace"),
            Interval("mark", "concurrent mark", start + 0.00003, end - 0.00008, "gctrace"),
            Interval("stw", "mark termination", end - 0.00008, end, "gctrace"),
            Interval("sweep", "sweep", end, end + 0.02, "counters"),
        ]
    clock = np.arange(0.0, seconds, 0.1)
    ends = np.array([end for _, end, _ in cycles])
    after = np.array([2.0, *(live for _, _, live in cycles)])
    since = np.searchsorted(ends, clock, side="right")
    begun = np.concatenate([[0.0], ends])[since]
    live_now = (after[since] + (clock - begun) * rate) * MIB
    rss = np.maximum.accumulate(live_now) * 1.15 + 9 * MIB
    goals = np.maximum(after * 2, 4.0) * MIB
    series = (
        Series("heap_live", "bytes", "counters", clock, live_now),
        Series("heap_goal", "bytes", "gctrace", np.concatenate([[0.0], ends]), goals, holds=True),
        Series("rss", "bytes", "proc", clock, rss),
        Series("heap_released", "bytes", "counters", clock, rss * 0.2 * (clock > seconds / 2)),
        Series("memory_limit", "bytes", "counters", clock[:1], np.array([240.0 * MIB]), holds=True),
        Series("cgroup_limit", "bytes", "cgroup", clock[:1], np.array([4096.0 * MIB]), holds=True),
        Series("gc_cpu_percent", "percent", "gctrace", ends, np.linspace(1, 3, len(ends))),
        Series("pause_ms", "ms", "gctrace", ends, np.linspace(0.03, 0.2, len(ends))),
        Series("goroutines", "count", "counters", clock, np.full(len(clock), 24.0)),
    )
    moments = (
        Moment("map", "map grow", seconds * 0.1, "uprobes", {"owner": "main.cache.byUser", "B": 10.0}),
        Moment("map", "map grow", seconds * 0.2, "uprobes", {"owner": "main.cache.byUser", "B": 11.0}),
        Moment("map", "clear", seconds * 0.6, "uprobes", {"owner": "main.cache.byUser"}),
        Moment("scavenge", "scavenge", seconds * 0.7, "gctrace", {"released": 12.0 * MIB}),
        Moment("os", "rss drop", seconds * 0.75, "proc", {"bytes": 11.0 * MIB}),
    )
    windows = (
        Interval("map", "reusable", seconds * 0.62, seconds * 0.7, "maps", {"owner": "main.cache.byUser"}),
        Interval("map", "retained", seconds * 0.7, seconds * 0.75, "maps", {"owner": "main.cache.byUser"}),
    )
    return Timeline(
        process=name,
        zero="program start",
        zero_unix_s=START_UNIX_S,
        series=series,
        intervals=(*intervals, *windows),
        moments=moments,
        findings=(
            TimelineFinding(
                "made up", "warning", seconds * 0.3, seconds * 0.5, {"cycles_n": 12.0, "live_bytes": 30.0 * MIB}
            ),
            TimelineFinding("made up too", "serious", seconds * 0.6, seconds * 0.6, {"gc_percent": 41.5}),
        ),
        checks=(
            CrossCheck("heap_live", "gctrace", "counters", 30.0 * MIB, 30.0 * MIB, "agree"),
            CrossCheck("rss", "proc", "cgroup", 60.0 * MIB, 75.0 * MIB, "differ"),
        ),
        notes=("2 lines were set aside",),
    )


def one() -> Drawn:
    """A service on its own."""
    return Drawn((process("service (pid 4242)"),))


def two() -> Drawn:
    """Two processes whose wall clocks are known; the second starts three seconds after the first and ends later."""
    later = process("worker <b>&", 15.0, 0.02, 90.0)
    return Drawn((process("service (pid 4242)"), _started(later, START_UNIX_S + 3)))


def _started(timeline: Timeline, unix_s: float) -> Timeline:
    return replace(timeline, zero_unix_s=unix_s, findings=(), checks=())


def bare() -> Drawn:
    """One moment, nothing else: no series, no interval, no length."""
    return Drawn((Timeline("p", "first record", moments=(Moment("gc", "gc start", 1.0, "uprobes"),)),))


def empty() -> Drawn:
    """A process of which nothing is known but that it was there."""
    return Drawn((Timeline("p", "first record"),))


def long_run(points: int = 100_000) -> Drawn:
    """As many points as a day of counters has, with one spike of one sample that no picture may lose."""
    clock = np.linspace(0.0, 86_400.0, points)
    values = np.full(points, 100.0 * MIB)
    values[points // 3] = 900.0 * MIB
    starts = np.arange(0.0, 86_000.0, 4.0)
    intervals = tuple(
        Interval("gc", "cycle", float(s), float(s) + 0.01, "gctrace", {"n": float(n)}) for n, s in enumerate(starts, 1)
    )
    series = (
        Series("heap_live", "bytes", "counters", clock, values),
        Series("rss", "bytes", "proc", clock, values * 1.5),
    )
    return Drawn((Timeline("long", "first record", series=series, intervals=intervals),))


def joined() -> TimelineResult:
    """Three sources of one process and one that nothing ties to it, with notes of every kind."""
    service, worker = two().timelines
    log: SourceKind = "gctrace log"
    watch: SourceKind = "goxray.watch/1"
    sources = (
        JoinedSource("logs/gc.log", log, "process 1", 0, "first", "first", 0.0, None, 0, 0.02, 11.9, 900, 400),
        JoinedSource(
            "watch.json", watch, "service (pid 4242)", 0, "cycles", "program start", 0, 0, 70, 0.0, 11.9, 2_400, 31
        ),
        JoinedSource(
            "trace.out", "execution trace", "trace.out", 0, "cycles", "cycle times", 3.25, 0.0015, 18, 3.25, 8.0, 8_700,
            45,
        ),
        JoinedSource(
            "heap.pb.gz", "pprof profile", "heap.pb.gz", 0, "said", "wall clock", 7.5, None, 0, 7.5, 7.5, 2, 1,
        ),
        JoinedSource("b/worker.log", log, "worker <b>&", 1, "own", "first", 0.0, None, 0, 0.1, 15.0, 10, 5),
    )  # fmt: skip
    notes = (
        JoinNote("own", "b/worker.log"),
        JoinNote("clocks differ", "heap.pb.gz", "logs/gc.log", 7.5),
        JoinNote("cycles differ", "watch.json", "logs/gc.log"),
        JoinNote("not aligned", "x.json", "logs/gc.log"),
    )
    return TimelineResult(sources, (service, worker), notes)


MAKERS: dict[str, Callable[[], Drawn]] = {"one": one, "two": two, "bare": bare, "empty": empty}
