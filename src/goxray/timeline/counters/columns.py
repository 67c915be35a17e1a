"""From looks at a process to rows and columns of numbers."""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.watch_result import WATCH_COLUMNS
from goxray.timeline.counters.pacing import NO_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goxray.timeline.counters.reading import Counters
    from goxray.timeline.counters.sampling import Sample


class Recorder:
    """Keeps samples as rows of numbers: some four hundred bytes each, however long we watch.

    ``phases`` and ``agreement`` have one entry a sample. ``walks`` counts reads of smaps_rollup, of which the longest
    took ``longest_walk_s``; ``limit_at`` is the control group that sets the smallest limit, as last seen.
    """

    def __init__(self, zero_ns: int) -> None:
        """``zero_ns`` is second 0 of the axis on CLOCK_MONOTONIC."""
        self._zero = zero_ns
        self._numbers = array("d")
        self.phases: list[str | None] = []
        self.agreement: list[str] = []
        self.walks, self.longest_walk_s = 0, 0.0
        self.limit_at: str | None = None

    def add(self, sample: Sample) -> dict[str, float | None]:
        """Take a sample; return its numbers by the names of WATCH_COLUMNS."""
        row = row_of(sample, self._zero)
        self._numbers.extend([math.nan if row[name] is None else float(row[name] or 0) for name in WATCH_COLUMNS])
        self.phases.append(phase_of(sample.counters))
        if sample.rollup is not None:
            self.walks += 1
            self.longest_walk_s = max(self.longest_walk_s, sample.rollup.took_s)
        if sample.group is not None:
            self.limit_at = sample.group.limit_at
        self.agreement.append(sample.counters.agreement)  # the last: Ctrl-C may come anywhere
        return row

    def columns(self, last: int | None = None) -> Mapping[str, NDArray[np.float64]]:
        """Return a float64 array for each of WATCH_COLUMNS, of all samples or the last ones; NaN: not known."""
        width, count = len(WATCH_COLUMNS), len(self.agreement)
        first = 0 if last is None else max(count - last, 0)
        table = np.array(self._numbers[first * width : count * width], np.float64).reshape(-1, width)
        return {name: np.ascontiguousarray(table[:, at]) for at, name in enumerate(WATCH_COLUMNS)}


def row_of(sample: Sample, zero_ns: int) -> dict[str, float | None]:
    """Return one sample's numbers by the names of WATCH_COLUMNS; None for the heap's where its books are torn."""
    counters = sample.counters
    heap = _heap(counters)
    if counters.agreement == "torn":
        heap = dict.fromkeys(heap)
    return {"t_s": (counters.at_ns - zero_ns) / 1e9, **heap, **_gc(counters), **_os(sample)}


def phase_of(counters: Counters) -> str | None:
    """What the collector does: its phase, or ``sweep`` while spans of the last cycle wait for the sweeper."""
    return "sweep" if counters.phase == "off" and counters.sweep_done is False else counters.phase


def _heap(counters: Counters) -> dict[str, float | None]:
    raw = counters.raw
    return {
        "heap_live": raw.heap_live,
        "heap_goal": _limit(counters.heap_goal),
        "heap_trigger": _limit(counters.heap_trigger),
        "heap_marked": raw.heap_marked,
        "heap_alloc": counters.heap_alloc,
        "heap_objects": counters.heap_objects,
        "heap_inuse": raw.heap_in_use,
        "heap_idle": counters.heap_idle,
        "heap_released": raw.heap_released,
        "stack_inuse": counters.books.in_stacks,
        "globals": raw.globals_scan,
        "sys": counters.sys,
        "total_alloc": counters.total_alloc,
        "total_free": counters.books.freed,
        "pages_in_use": raw.pages_in_use,
        "pages_swept": raw.pages_swept,
        "released_background": raw.released_bg,
        "released_eager": raw.released_eager,
    }


def _gc(counters: Counters) -> dict[str, float | None]:
    raw = counters.raw
    return {
        "memory_limit": _limit(raw.memory_limit),
        "gogc": raw.gc_percent if raw.gc_percent >= 0 else None,
        "gc_cycles": raw.numgc,
        "gc_forced": raw.numforcedgc,
        "pause_total_ns": raw.pause_total_ns,
        "gc_cpu_percent": 100 * raw.gc_cpu_fraction,
        "assist_cpu_ns": raw.cpu_assist,
        "gc_cpu_ns": raw.cpu_gc,
        "total_cpu_ns": raw.cpu_total,
        "cycle_assist_ns": raw.assist_time,
        "limiter_enabled": raw.limiter_enabled,
        "gomaxprocs": raw.gomaxprocs,
        "goroutines": counters.goroutines,
        "retries": counters.retries,
        "read_us": counters.took_ns / 1e3,
    }


def _os(sample: Sample) -> dict[str, float | None]:
    weight, rollup, group = sample.weight, sample.rollup, sample.group
    return {
        "threads": weight.threads,
        "rss": weight.rss,
        "rss_anon": weight.rss_anon,
        "rss_peak": weight.rss_peak,
        "swap": weight.swap,
        "smaps_rss": rollup.rss if rollup else None,
        "smaps_pss": rollup.pss if rollup else None,
        "smaps_unique": rollup.unique if rollup else None,
        "smaps_huge": rollup.huge if rollup else None,
        "cgroup_current": sample.group_current,
        "cgroup_limit": group.limit if group else None,
        "cgroup_high": group.high if group else None,
        "cgroup_headroom": group.headroom if group else None,
        "cgroup_swap": group.swap if group else None,
        "cgroup_oom_kills": group.oom_kills if group else None,
        "cgroup_limit_hits": group.limit_hits if group else None,
    }


def _limit(value: int) -> int | None:
    return value if 0 <= value < NO_LIMIT else None
