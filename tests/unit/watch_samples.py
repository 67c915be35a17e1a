"""Made recordings of ``gc watch``: figures are plain, so that what is printed can be worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from goxray.core.result import BuildInfo, TargetInfo
from goxray.core.timeline_result import Timeline, TimelineFinding
from goxray.core.watch_result import WATCH_COLUMNS, WatchCost, WatchCycle, WatchGroup, WatchResult
from goxray.timeline.counters.axis import timeline_of

MIB = 1 << 20
COUNT = 21


def columns() -> dict[str, NDArray[np.float64]]:
    """Two seconds at 10 Hz: the heap rises from 10 to 20 MiB and falls back at each cycle, RSS rises and stays."""
    at = np.arange(COUNT)
    made = {name: np.full(COUNT, math.nan) for name in WATCH_COLUMNS}
    made["t_s"] = 5.0 + at / 10
    made["heap_live"] = (10.0 + at % 11) * MIB
    made["heap_goal"] = np.full(COUNT, 21.0 * MIB)
    made["heap_alloc"] = made["heap_live"] - 4096
    made["heap_objects"] = 1000.0 + at
    made["heap_inuse"] = made["heap_live"] + MIB
    made["heap_idle"] = np.full(COUNT, 8.0 * MIB)
    made["heap_released"] = np.full(COUNT, 2.0 * MIB)
    made["stack_inuse"] = np.full(COUNT, 512.0 * 1024)
    made["sys"] = np.full(COUNT, 40.0 * MIB)
    made["rss"] = np.minimum(20.0 + at, 32.0) * MIB
    made["rss_anon"] = made["rss"] - 3 * MIB
    made["swap"] = np.zeros(COUNT)
    made["smaps_pss"][::10] = made["rss"][::10] - MIB
    made["cgroup_current"] = made["rss"] + MIB
    made["cgroup_limit"] = np.full(COUNT, 64.0 * MIB)
    made["released_background"] = np.array([0.0] * 5 + [MIB] * 5 + [3 * MIB] + [4 * MIB] * 10)
    made["released_eager"] = np.zeros(COUNT)
    made["gogc"] = np.full(COUNT, 100.0)
    made["gc_cycles"] = 7.0 + at // 11
    made["gc_forced"] = np.full(COUNT, 3.0)
    made["goroutines"] = np.full(COUNT, 12.0)
    made["threads"] = np.full(COUNT, 6.0)
    made["gc_cpu_percent"] = np.full(COUNT, 1.5)
    made["retries"] = np.zeros(COUNT)
    made["read_us"] = np.full(COUNT, 120.0)
    return made


def cycles() -> tuple[WatchCycle, ...]:
    """One of which the end alone is known, and one seen whole."""
    whole = WatchCycle(
        n=8,
        end_s=6.1,
        pause_ms=0.25,
        seen="whole",
        forced=False,
        start_s=6.05,
        mark_s=6.0501,
        mark_term_s=6.0999,
        heap_start=20 * MIB,
        heap_end=21 * MIB,
        heap_live=10 * MIB,
        goal=21 * MIB,
        assist_cpu_ms=1.5,
        dedicated_cpu_ms=24.0,
        idle_cpu_ms=3.0,
        procs=4,
    )
    return WatchCycle(n=7, end_s=5.5, pause_ms=0.125, seen="end"), whole


def recording() -> WatchResult:
    """A service with a limit, watched for two seconds."""
    made, seen = columns(), cycles()
    phases = ("off",) * 16 + ("mark", "mark", "sweep", "sweep", "off")
    timeline = timeline_of("service (4242)", made, seen, (True, 1.8e9), (), phases)
    finding = TimelineFinding("growth-example", "warning", 5.0, 7.0, {"rise_bytes": 12 * MIB})
    return WatchResult(
        target=TargetInfo("process", 4242, "/srv/service"),
        build=BuildInfo("go1.27.3", "linux", "amd64"),
        interval_s=0.1,
        elapsed_s=2.0,
        ended="asked",
        columns=made,
        phases=phases,
        agreement=("exact",) * 20 + ("within a batch",),
        cycles=seen,
        cycles_before=6,
        cycles_lost=0,
        group=WatchGroup(2, "/kubepods/pod1/app", False, "/kubepods/pod1"),
        cost=WatchCost(1.25, 120.0, 4.5, 3, 2, 1, 0, 0),
        timelines=(replace(timeline, findings=(finding,)),),
        notes=["control groups above this container cannot be seen: their limits are not known"],
    )


def stripped() -> WatchResult:
    """One sample of a program without symbols whose GOGC is off; the process ended."""
    made = {name: values[:1] for name, values in columns().items()}
    for name in ("heap_goal", "gogc", "goroutines", "cgroup_current", "cgroup_limit"):
        made[name] = np.array([math.nan])
    return replace(
        recording(),
        ended="process ended",
        elapsed_s=0.01,
        columns=made,
        phases=(None,),
        agreement=("torn",),
        cycles=(),
        group=None,
        cost=WatchCost(2.0, 800.0, None, 0, 15, 0, 1, 4),
        timelines=(Timeline("service (4242)", "first record"),),
        unverified=True,
        notes=["not found in this program without symbols: runtime.sched, runtime.gcphase"],
    )
