"""One time axis: what maps, the collector, the scavenger and the process did, whoever told of it. Plain data only.

Every reader of the timeline (gctrace, live counters, uprobes, metrics, execution traces, phases) turns what it read
into a :class:`Timeline`; findings, pictures and exports know only this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TIMELINE_SCHEMA_ID = "goxray.timeline/1"

Unit = Literal["bytes", "count", "percent", "ms"]
Source = Literal[
    "gctrace", "counters", "uprobes", "profile", "metrics", "expvar", "exec trace", "proc", "cgroup", "maps"
]
Verdict = Literal["agree", "explained", "differ"]
Severity = Literal["note", "warning", "serious"]
Detail = Mapping[str, float | str]


@dataclass(frozen=True)
class Series:
    """One figure over time: ``values[i]`` (float64[N], in ``unit``) was seen at ``t_s[i]`` (float64[N], rising).

    Names are those of SERIES. ``holds`` says that a value stays until the next one (a goal, a limit); else a line
    between two points is as good a guess as any.
    """

    name: str
    unit: Unit
    source: Source
    t_s: NDArray[np.float64]
    values: NDArray[np.float64]
    holds: bool = False


@dataclass(frozen=True)
class Interval:
    """Something that lasted from ``start_s`` to ``end_s``. ``track`` groups what belongs together (see TRACKS)."""

    track: str
    name: str
    start_s: float
    end_s: float
    source: Source
    detail: Detail = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """Something that happened at ``at_s``."""

    track: str
    name: str
    at_s: float
    source: Source
    detail: Detail = field(default_factory=dict)


@dataclass(frozen=True)
class TimelineFinding:
    """Something that a reader should know: ``rule`` is its stable id (its words stand in the catalogue under it).

    It holds from ``start_s`` to ``end_s``; ``figures`` are the numbers that its words name.
    """

    rule: str
    severity: Severity
    start_s: float
    end_s: float
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class CrossCheck:
    """Two independent sources on one figure: ``agree``, ``explained`` (``why`` is the catalogue's id) or ``differ``.

    ``figures`` are the numbers that the explanation names (a sampling error, a lag in cycles).
    """

    figure: str
    one: Source
    other: Source
    value: float
    other_value: float
    verdict: Verdict
    why: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Timeline:
    """Everything known of one process on one axis, in seconds.

    ``zero`` says what second 0 is: the start of the program (the runtime's own zero, which gctrace counts from) or the
    first record. ``zero_unix_s`` is the wall clock then, None where nothing tells it. ``process`` names the process
    for people.
    """

    process: str
    zero: Literal["program start", "first record"]
    zero_unix_s: float | None = None
    series: tuple[Series, ...] = ()
    intervals: tuple[Interval, ...] = ()
    moments: tuple[Moment, ...] = ()
    findings: tuple[TimelineFinding, ...] = ()
    checks: tuple[CrossCheck, ...] = ()
    notes: tuple[str, ...] = ()


class HasTimelines(Protocol):
    """A result that can be drawn on a time axis: one timeline a process."""

    @property
    def timelines(self) -> tuple[Timeline, ...]:
        """The timelines, in the order in which their processes were met."""
        ...


SERIES: Mapping[str, Unit] = {
    "heap_live": "bytes",
    "heap_goal": "bytes",
    "heap_trigger": "bytes",
    "heap_alloc": "bytes",
    "heap_inuse": "bytes",
    "heap_idle": "bytes",
    "heap_released": "bytes",
    "heap_objects": "count",
    "map_bytes": "bytes",
    "map_entries": "count",
    "stacks": "bytes",
    "globals": "bytes",
    "sys": "bytes",
    "memory_limit": "bytes",
    "gogc": "percent",
    "gc_cpu_percent": "percent",
    "gc_cycles": "count",
    "gc_forced_cycles": "count",
    "gc_limiter_cycle": "count",
    "procs": "count",
    "goroutines": "count",
    "rss": "bytes",
    "rss_anon": "bytes",
    "swap": "bytes",
    "cgroup_current": "bytes",
    "cgroup_limit": "bytes",
    "pause_ms": "ms",
}
"""The names of series and their units. ``heap_live`` is gcController.heapLive, or what a cycle left alive.

``gc_limiter_cycle`` is the last cycle in which the limiter of the collector's CPU time was on, 0 for never; ``procs``
is GOMAXPROCS.
"""

TRACKS = ("gc", "stw", "mark", "sweep", "scavenge", "map", "os")
"""Tracks, in the order in which they are drawn. Of one map: ``map``, its owner in the detail ``owner``.

Interval names on ``gc``: ``cycle`` (details: ``n``, ``forced`` 0 or 1, ``assist_cpu_ms``, ``dedicated_cpu_ms``,
``idle_cpu_ms``, ``heap_start``, ``heap_end``, ``heap_live``, ``goal`` in bytes, ``procs``; those that are known). On
``stw``: ``sweep termination``, ``mark termination``, ``stopped``. On ``mark``: ``concurrent mark``. On ``sweep``:
``sweep``. On ``scavenge``: ``scavenge`` (detail ``released`` in bytes).

Moments: ``gc start``, ``mark end``, ``sweep done``, ``scavenge``, ``map grow``, ``table grow``, ``table split``,
``clear``, ``delete``, ``dropped``, ``reused``, ``rss drop``.
"""

_PID = re.compile(r"\bpid[ =:]*(\d{1,9})\b|\((\d{1,9})\)$")


def pid_in(process: str) -> int | None:
    """Return the pid that a process' name tells: ``service (4242)``, ``pid 4242``; None where it tells none."""
    match = _PID.search(process)
    return int(match[1] or match[2]) if match else None
