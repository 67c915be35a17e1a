"""What ``goxray gc watch`` records: the runtime's counters over time, and the cycles that ran meanwhile. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from goxray.core.result import BuildInfo, Fault, TargetInfo
    from goxray.core.timeline_result import Timeline

WATCH_SCHEMA_ID = "goxray.watch/1"

ColumnKind = Literal["seconds", "bytes", "count", "percent", "ns", "us"]
Ended = Literal["asked", "process ended", "interrupted"]

WATCH_COLUMNS: Mapping[str, ColumnKind] = {
    "t_s": "seconds",
    "heap_live": "bytes",
    "heap_goal": "bytes",
    "heap_trigger": "bytes",
    "heap_marked": "bytes",
    "heap_alloc": "bytes",
    "heap_objects": "count",
    "heap_inuse": "bytes",
    "heap_idle": "bytes",
    "heap_released": "bytes",
    "stack_inuse": "bytes",
    "globals": "bytes",
    "sys": "bytes",
    "total_alloc": "bytes",
    "total_free": "bytes",
    "memory_limit": "bytes",
    "gogc": "percent",
    "gc_cycles": "count",
    "gc_forced": "count",
    "pause_total_ns": "ns",
    "gc_cpu_percent": "percent",
    "assist_cpu_ns": "ns",
    "gc_cpu_ns": "ns",
    "total_cpu_ns": "ns",
    "cycle_assist_ns": "ns",
    "limiter_enabled": "count",
    "pages_in_use": "count",
    "pages_swept": "count",
    "released_background": "bytes",
    "released_eager": "bytes",
    "gomaxprocs": "count",
    "goroutines": "count",
    "threads": "count",
    "rss": "bytes",
    "rss_anon": "bytes",
    "rss_peak": "bytes",
    "swap": "bytes",
    "smaps_rss": "bytes",
    "smaps_pss": "bytes",
    "smaps_unique": "bytes",
    "smaps_huge": "bytes",
    "cgroup_current": "bytes",
    "cgroup_limit": "bytes",
    "cgroup_high": "bytes",
    "cgroup_headroom": "bytes",
    "cgroup_swap": "bytes",
    "cgroup_oom_kills": "count",
    "cgroup_limit_hits": "count",
    "retries": "count",
    "read_us": "us",
}
"""The numbers of each sample and their units, in the order in which tables have them."""


@dataclass(frozen=True)
class WatchCycle:
    """One collection that ended while we watched; seconds on the axis, bytes, CPU milliseconds.

    ``seen`` says how much of it the runtime still knew at the next sample: ``whole`` (the figures of its gctrace line)
    or its ``end`` alone, from the ring of pauses: then all but ``n``, ``end_s`` and ``pause_ms`` is None. ``forced`` is
    None where it cannot be told which of several cycles between two samples was.
    """

    n: int
    end_s: float
    pause_ms: float
    seen: Literal["whole", "end"]
    forced: bool | None = None
    start_s: float | None = None
    mark_s: float | None = None
    mark_term_s: float | None = None
    heap_start: int | None = None
    heap_end: int | None = None
    heap_live: int | None = None
    goal: int | None = None
    assist_cpu_ms: float | None = None
    dedicated_cpu_ms: float | None = None
    idle_cpu_ms: float | None = None
    procs: int | None = None


@dataclass(frozen=True)
class WatchGroup:
    """The memory control group of the process.

    ``whole`` is False where groups above it are out of sight, as from inside a container. ``limit_at`` is the group
    that sets the smallest limit, None where none does.
    """

    version: int
    path: str
    whole: bool
    limit_at: str | None


@dataclass(frozen=True)
class WatchCost:
    """What the watching cost goxray itself, and how well it went.

    ``own_cpu_percent`` is goxray's CPU time over the watched time. ``read_us`` is the median time of a read of the
    counters, ``smaps_ms`` the longest walk of smaps_rollup, None where there was none. ``retried`` counts reads that
    were repeated, ``within_batch`` samples whose books agreed within one batch of allocation only, ``torn`` those whose
    books did not agree, and ``missed`` moments that passed while goxray had no processor.
    """

    own_cpu_percent: float
    read_us: float
    smaps_ms: float | None
    smaps_reads: int
    retried: int
    within_batch: int
    torn: int
    missed: int


@dataclass(frozen=True)
class WatchResult:
    """Everything that was recorded.

    ``columns`` has a float64 array for each of WATCH_COLUMNS, one value a sample, NaN for what is not known or does not
    apply (a goal where GOGC is off) and for the heap's figures of torn samples. ``phases`` says of each sample what the
    collector did: ``off``, ``mark``, ``mark termination`` or ``sweep``, None where it cannot be told; ``agreement`` how
    well its parts fit together (``exact``, ``within a batch``, ``torn``). ``cycles_before`` is the number of cycles
    before the first sample, ``cycles_lost`` how many ran that nothing tells of any more.
    """

    target: TargetInfo
    build: BuildInfo
    interval_s: float
    elapsed_s: float
    ended: Ended
    columns: Mapping[str, NDArray[np.float64]]
    phases: tuple[str | None, ...]
    agreement: tuple[str, ...]
    cycles: tuple[WatchCycle, ...]
    cycles_before: int
    cycles_lost: int
    group: WatchGroup | None
    cost: WatchCost
    timelines: tuple[Timeline, ...]
    unverified: bool = False
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
