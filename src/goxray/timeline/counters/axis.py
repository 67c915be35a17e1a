"""From columns and cycles to the common time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.timeline_result import SERIES, Interval, Moment, Series, Source, Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from goxray.core.watch_result import WatchCycle

F64 = NDArray[np.float64]

_COUNTED: Mapping[str, tuple[str, bool]] = {
    "heap_live": ("heap_live", False),
    "heap_goal": ("heap_goal", True),
    "heap_trigger": ("heap_trigger", True),
    "heap_alloc": ("heap_alloc", False),
    "heap_inuse": ("heap_inuse", False),
    "heap_idle": ("heap_idle", False),
    "heap_released": ("heap_released", False),
    "heap_objects": ("heap_objects", False),
    "stacks": ("stack_inuse", False),
    "globals": ("globals", True),
    "sys": ("sys", False),
    "memory_limit": ("memory_limit", True),
    "gogc": ("gogc", True),
    "gc_cpu_percent": ("gc_cpu_percent", True),
    "gc_cycles": ("gc_cycles", True),
    "goroutines": ("goroutines", False),
}
_WEIGHED: Mapping[str, tuple[str, bool]] = {
    "rss": ("rss", False),
    "rss_anon": ("rss_anon", False),
    "swap": ("swap", False),
}
_GROUPED: Mapping[str, tuple[str, bool]] = {
    "cgroup_current": ("cgroup_current", False),
    "cgroup_limit": ("cgroup_limit", True),
}
_SOURCES: tuple[tuple[Source, Mapping[str, tuple[str, bool]]], ...] = (
    ("counters", _COUNTED), ("proc", _WEIGHED), ("cgroup", _GROUPED)
)  # fmt: skip


def timeline_of(
    process: str,
    columns: Mapping[str, F64],
    cycles: Sequence[WatchCycle],
    zero: tuple[bool, float | None],
    notes: Sequence[str] = (),
    phases: Sequence[str | None] = (),
) -> Timeline:
    """Return everything on one axis.

    Sweeping and scavenging are seen as far as the samples tell: their edges are those of samples.

    Args:
        process: its name for people.
        columns: those of WatchResult.
        cycles: the cycles seen.
        zero: whether second 0 is the program's start, and the wall clock then.
        notes: what the reader should know of the source.
        phases: those of WatchResult.
    """
    intervals, moments = _cycles(cycles)
    intervals += _sweeps(columns["t_s"], phases) + _scavenges(columns)
    return Timeline(
        process=process,
        zero="program start" if zero[0] else "first record",
        zero_unix_s=zero[1],
        series=(*_series(columns), *_pauses(cycles)),
        intervals=tuple(intervals),
        moments=tuple(moments),
        notes=tuple(notes),
    )


def _series(columns: Mapping[str, F64]) -> list[Series]:
    found = []
    for source, table in _SOURCES:
        for name, (column, holds) in table.items():
            values = columns[column]
            known = np.isfinite(values)
            if known.any():
                found.append(Series(name, SERIES[name], source, columns["t_s"][known], values[known], holds))
    return found


def _pauses(cycles: Sequence[WatchCycle]) -> list[Series]:
    if not cycles:
        return []
    ends = np.array([cycle.end_s for cycle in cycles])
    return [Series("pause_ms", "ms", "counters", ends, np.array([cycle.pause_ms for cycle in cycles]))]


def _cycles(cycles: Sequence[WatchCycle]) -> tuple[list[Interval], list[Moment]]:
    intervals, moments = [], []
    for cycle in cycles:
        moments.append(Moment("gc", "mark end", cycle.end_s, "counters", {"n": cycle.n, "pause_ms": cycle.pause_ms}))
        start, mark, term = cycle.start_s, cycle.mark_s, cycle.mark_term_s
        if start is None or mark is None or term is None:
            continue
        moments.append(Moment("gc", "gc start", start, "counters", {"n": cycle.n}))
        intervals += [
            Interval("gc", "cycle", start, cycle.end_s, "counters", _detail(cycle)),
            Interval("stw", "sweep termination", start, mark, "counters", {"n": cycle.n}),
            Interval("mark", "concurrent mark", mark, term, "counters", {"n": cycle.n}),
            Interval("stw", "mark termination", term, cycle.end_s, "counters", {"n": cycle.n}),
        ]
    return intervals, sorted(moments, key=lambda moment: moment.at_s)


def _sweeps(t_s: F64, phases: Sequence[str | None]) -> list[Interval]:
    """Runs of samples that met unswept spans, each up to the first sample behind it that met none."""
    sweeping = np.array([phase == "sweep" for phase in phases], np.int8)
    edges = np.flatnonzero(np.diff(sweeping, prepend=0, append=0))
    last = len(t_s) - 1
    return [
        Interval("sweep", "sweep", float(t_s[first]), float(t_s[min(behind, last)]), "counters")
        for first, behind in edges.reshape(-1, 2).tolist()
    ]


def _scavenges(columns: Mapping[str, F64]) -> list[Interval]:
    """Runs of samples between which pages were given back, with the bytes (mheap.pages.scav)."""
    t_s = columns["t_s"]
    risen = np.diff(columns["released_background"] + columns["released_eager"])
    working = np.nan_to_num(risen) > 0
    edges = np.flatnonzero(np.diff(working.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    return [
        Interval(
            "scavenge", "scavenge", float(t_s[first]), float(t_s[behind]), "counters",
            {"released": float(risen[first:behind].sum())},
        )
        for first, behind in edges.tolist()
    ]  # fmt: skip


def _detail(cycle: WatchCycle) -> dict[str, float | str]:
    known = {
        "n": cycle.n,
        "forced": None if cycle.forced is None else int(cycle.forced),
        "assist_cpu_ms": cycle.assist_cpu_ms,
        "dedicated_cpu_ms": cycle.dedicated_cpu_ms,
        "idle_cpu_ms": cycle.idle_cpu_ms,
        "heap_start": cycle.heap_start,
        "heap_end": cycle.heap_end,
        "heap_live": cycle.heap_live,
        "goal": cycle.goal,
        "procs": cycle.procs,
    }
    return {name: value for name, value in known.items() if value is not None}
