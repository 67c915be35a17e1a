"""Which of the runtime's variables are read, and how one read of a few ranges becomes numbers.

The variables are runtime.gcController (runtime/mgcpacer.go), runtime.memstats (runtime/mstats.go), runtime.work and
runtime.gcphase (runtime/mgc.go), runtime.mheap_ (runtime/mheap.go), runtime.sweep (runtime/mgcsweep.go),
runtime.scavenge (runtime/mgcscavenge.go), runtime.gcCPULimiter (runtime/mgclimit.go), runtime.sched and
runtime.allglen (runtime/proc.go).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout

_NEAR = 192
"""Fields closer than this many bytes are read in one piece: a piece of its own costs more than the bytes between."""
_CODES = {("u", 1): "B", ("u", 4): "I", ("u", 8): "Q", ("i", 4): "i", ("i", 8): "q", ("f", 8): "d"}


class Raw(NamedTuple):
    """The words of one read, under the runtime's names; None where the program lacks the variable or goxray its place.

    Times are nanoseconds of CLOCK_MONOTONIC (runtime.nanotime) unless the name says unix.
    """

    gc_percent: int
    memory_limit: int
    runway: int
    gc_percent_heap_goal: int
    sweep_dist_min_trigger: int
    triggered: int
    last_heap_goal: int
    heap_live: int
    heap_scan: int
    last_stack_scan: int
    globals_scan: int
    heap_marked: int
    assist_time: int
    dedicated_mark_time: int
    fractional_mark_time: int
    idle_mark_time: int
    heap_in_use: int
    heap_released: int
    heap_free: int
    total_alloc: int
    total_free: int
    mapped_ready: int
    stacks_sys: int
    mspan_sys: int
    mcache_sys: int
    buckhash_sys: int
    gc_misc_sys: int
    other_sys: int
    last_gc_unix: int
    last_gc_nanotime: int
    pause_total_ns: int
    numgc: int
    numforcedgc: int
    gc_cpu_fraction: float
    sweepgen: int | None
    pages_in_use: int | None
    pages_swept: int | None
    span_inuse: int | None
    cache_inuse: int | None
    released_bg: int | None
    released_eager: int | None
    phase: int | None
    cycles: int | None
    user_forced: int | None
    maxprocs: int | None
    stwprocs: int | None
    t_sweep_term: int | None
    t_mark: int | None
    t_mark_term: int | None
    t_end: int | None
    heap0: int | None
    heap1: int | None
    heap2: int | None
    cpu_assist: int | None
    cpu_dedicated: int | None
    cpu_idle_mark: int | None
    cpu_pause: int | None
    cpu_gc: int | None
    cpu_scavenge_assist: int | None
    cpu_scavenge_bg: int | None
    cpu_scavenge: int | None
    cpu_idle: int | None
    cpu_user: int | None
    cpu_total: int | None
    sweep_state: int | None
    scavenge_percent_goal: int | None
    scavenge_limit_goal: int | None
    limiter_enabled: int | None
    limiter_last_cycle: int | None
    all_gs: int | None
    free_gs: int | None
    free_gs_no_stack: int | None
    system_gs: int | None
    gomaxprocs: int | None
    allp: int | None
    allp_len: int | None
    init_time: int | None


_CONTROLLER = ("runtime.gcController", "runtime.gcControllerState")
_STATS = ("runtime.memstats", "runtime.mstats")
_WORK = ("runtime.work", "runtime.workType")
_HEAP = ("runtime.mheap_", "runtime.mheap")
_SCHED = ("runtime.sched", "runtime.schedt")

_SOURCES: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]] = {
    _CONTROLLER: {
        "gc_percent": ("i gcPercent",),
        "memory_limit": ("i memoryLimit",),
        "runway": ("u runway",),
        "gc_percent_heap_goal": ("u gcPercentHeapGoal",),
        "sweep_dist_min_trigger": ("u sweepDistMinTrigger",),
        "triggered": ("u triggered",),
        "last_heap_goal": ("u lastHeapGoal",),
        "heap_live": ("u heapLive",),
        "heap_scan": ("u heapScan",),
        "last_stack_scan": ("u lastStackScan",),
        "globals_scan": ("u globalsScan",),
        "heap_marked": ("u heapMarked",),
        "assist_time": ("i assistTime",),
        "dedicated_mark_time": ("i dedicatedMarkTime",),
        "fractional_mark_time": ("i fractionalMarkTime",),
        "idle_mark_time": ("i idleMarkTime",),
        "heap_in_use": ("u heapInUse",),
        "heap_released": ("u heapReleased",),
        "heap_free": ("u heapFree",),
        "total_alloc": ("u totalAlloc",),
        "total_free": ("u totalFree",),
        "mapped_ready": ("u mappedReady",),
    },
    _STATS: {
        "stacks_sys": ("u stacks_sys",),
        "mspan_sys": ("u mspan_sys",),
        "mcache_sys": ("u mcache_sys",),
        "buckhash_sys": ("u buckhash_sys",),
        "gc_misc_sys": ("u gcMiscSys",),
        "other_sys": ("u other_sys",),
        "last_gc_unix": ("u last_gc_unix",),
        "last_gc_nanotime": ("u last_gc_nanotime",),
        "pause_total_ns": ("u pause_total_ns",),
        "numgc": ("u numgc",),
        "numforcedgc": ("u numforcedgc",),
        "gc_cpu_fraction": ("f gc_cpu_fraction",),
    },
    _HEAP: {
        "sweepgen": ("u sweepgen",),
        "pages_in_use": ("u pagesInUse",),
        "pages_swept": ("u pagesSwept",),
        "span_inuse": ("u spanalloc.inuse",),
        "cache_inuse": ("u cachealloc.inuse",),
        "released_bg": ("u pages.scav.releasedBg",),
        "released_eager": ("u pages.scav.releasedEager",),
    },
    _WORK: {
        "cycles": ("u cycles",),
        "user_forced": ("u userForced",),
        "maxprocs": ("i maxprocs",),
        "stwprocs": ("i stwprocs",),
        "t_sweep_term": ("i tSweepTerm",),
        "t_mark": ("i tMark",),
        "t_mark_term": ("i tMarkTerm",),
        "t_end": ("i tEnd",),
        "heap0": ("u heap0",),
        "heap1": ("u heap1",),
        "heap2": ("u heap2",),
        "cpu_assist": ("i cpuStats.GCAssistTime", "i cpuStats.gcAssistTime"),
        "cpu_dedicated": ("i cpuStats.GCDedicatedTime", "i cpuStats.gcDedicatedTime"),
        "cpu_idle_mark": ("i cpuStats.GCIdleTime", "i cpuStats.gcIdleTime"),
        "cpu_pause": ("i cpuStats.GCPauseTime", "i cpuStats.gcPauseTime"),
        "cpu_gc": ("i cpuStats.GCTotalTime", "i cpuStats.gcTotalTime"),
        "cpu_scavenge_assist": ("i cpuStats.ScavengeAssistTime", "i cpuStats.scavengeAssistTime"),
        "cpu_scavenge_bg": ("i cpuStats.ScavengeBgTime", "i cpuStats.scavengeBgTime"),
        "cpu_scavenge": ("i cpuStats.ScavengeTotalTime", "i cpuStats.scavengeTotalTime"),
        "cpu_idle": ("i cpuStats.IdleTime", "i cpuStats.idleTime"),
        "cpu_user": ("i cpuStats.UserTime", "i cpuStats.userTime"),
        "cpu_total": ("i cpuStats.TotalTime", "i cpuStats.totalTime"),
    },
    ("runtime.sweep", "runtime.sweepdata"): {"sweep_state": ("u active.state",)},
    ("runtime.scavenge", "runtime.scavenge"): {
        "scavenge_percent_goal": ("u gcPercentGoal",),
        "scavenge_limit_goal": ("u memoryLimitGoal",),
    },
    ("runtime.gcCPULimiter", "runtime.gcCPULimiterState"): {
        "limiter_enabled": ("u enabled",),
        "limiter_last_cycle": ("u lastEnabledCycle",),
    },
    _SCHED: {
        "free_gs": ("i gFree.n", "i gFree.stack.size"),
        "free_gs_no_stack": ("i gFree.noStack.size",),
        "system_gs": ("i ngsys",),
    },
}
_PLAIN: Mapping[str, tuple[str, int, str]] = {
    "phase": ("runtime.gcphase", 0, "I"),
    "gomaxprocs": ("runtime.gomaxprocs", 0, "i"),
    "all_gs": ("runtime.allglen", 0, "Q"),
    "allp": ("runtime.allp", 0, "Q"),
    "allp_len": ("runtime.allp", 8, "Q"),
    "init_time": ("runtime.runtimeInitTime", 0, "q"),
}
"""Variables that are no structs: address, offset, struct code."""

VARIABLES = tuple(dict.fromkeys([variable for variable, _ in _SOURCES] + [row[0] for row in _PLAIN.values()]))
"""Everything that a read looks for by name."""


@dataclass(frozen=True)
class _Spot:
    """One number: its place in memory and its struct code."""

    addr: int
    code: str

    @property
    def end(self) -> int:
        return self.addr + struct.calcsize("<" + self.code)


def _spots(layout: RuntimeLayout, found: Mapping[str, int | None]) -> dict[str, _Spot]:
    spots = {}
    for (variable, struct_name), fields in _SOURCES.items():
        base = found[variable]
        for name, candidates in fields.items():
            for kind, path in (candidate.split() for candidate in candidates):
                if base is not None and layout.has(struct_name, path):
                    field = layout.field(struct_name, path)
                    spots[name] = _Spot(base + field.offset, _CODES[kind, field.size])
                    break
    for name, (variable, offset, code) in _PLAIN.items():
        base = found[variable]
        if base is not None:
            spots[name] = _Spot(base + offset, code)
    return spots


class Plan:
    """The ranges to read and how to cut them up, made once for a process.

    ``starts`` and ``sizes`` are the ranges. :meth:`cut` takes their bytes, one behind the other; ``places`` tells where
    among them the ranges stand that were wanted whole. ``addrs`` has the address of each number.
    """

    def __init__(self, layout: RuntimeLayout, found: Mapping[str, int | None], extra: Mapping[str, tuple[int, int]]):
        """``found`` has the address of each of VARIABLES; ``extra`` are ranges (address, bytes) wanted whole."""
        spots = _spots(layout, found)
        pieces = sorted([(spot.addr, spot.end) for spot in spots.values()] + [(a, a + n) for a, n in extra.values()])
        merged: list[tuple[int, int]] = []
        for low, high in pieces:
            if merged and low - merged[-1][1] <= _NEAR:
                merged[-1] = merged[-1][0], max(high, merged[-1][1])
            else:
                merged.append((low, high))
        self.starts = np.array([low for low, _ in merged], np.uint64)
        self.sizes = np.array([high - low for low, high in merged], np.int64)
        self.size = int(self.sizes.sum())
        self._merged = merged
        self._format = struct.Struct("<" + self._code(spots))
        order = sorted(spots, key=lambda name: spots[name].addr)
        rank = {name: at for at, name in enumerate(order)}
        self._index = tuple(rank.get(name, len(order)) for name in Raw._fields)
        self.addrs = {name: spot.addr for name, spot in spots.items()}
        self.places = {name: self._at(addr) for name, (addr, _) in extra.items()}

    def _at(self, addr: int) -> int:
        """Where the byte at ``addr`` stands in the bytes read."""
        before = 0
        for low, high in self._merged:
            if low <= addr < high:
                return before + addr - low
            before += high - low
        raise KeyError(addr)

    def _code(self, spots: Mapping[str, _Spot]) -> str:
        code, at = "", 0
        for spot in sorted(spots.values(), key=lambda each: each.addr):
            here = self._at(spot.addr)
            code += f"{here - at}x{spot.code}"
            at = here + struct.calcsize("<" + spot.code)
        return code

    def cut(self, data: NDArray[np.uint8]) -> Raw:
        """Return the numbers of one read; ``data`` is uint8, at least ``size`` long."""
        values = (*self._format.unpack_from(data.data), None)
        return Raw._make([values[at] for at in self._index])
