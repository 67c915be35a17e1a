"""A timeline out of an execution trace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.timeline_result import SERIES, Series, Timeline
from goxray.timeline.exectrace.cycles import NO_GOAL, find_cycles, find_marks, find_stops, find_sweeps
from goxray.timeline.exectrace.formats import HEAP_ALLOC, HEAP_GOAL, PROCS_CHANGE, UNITS_PER_SECOND
from goxray.timeline.exectrace.told import tell
from goxray.timeline.exectrace.wire import read_wire

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from goxray.core.timeline_result import Interval
    from goxray.timeline.exectrace.told import Told
    from goxray.timeline.exectrace.wire import WireTrace

_NS = 10**9
_SLOWEST, _FASTEST = 1_000, 10**11
_FARTHEST_UNIX = 1e11
"""Rates of clocks, and wall clocks in seconds, beyond which a figure is damage."""


def read(path: str | os.PathLike[str]) -> Timeline:
    """Read an execution trace: cycles, stops of the world, assists, sweeps, the heap and its goal, GOMAXPROCS.

    Second 0 is the trace's first event; from Go 1.25 on the wall clock is known. A cycle lasts from EvGCBegin to
    EvGCEnd, which lies in its mark termination; ``heap_live`` is what it marked, ``heap_end`` the heap right before
    that (gcController.resetLive, runtime/mgcpacer.go). ``assist_ms`` is how long goroutines were in assists, waiting
    included: that is not gctrace's CPU time. ``swept_bytes`` and ``reclaimed_bytes`` of a sweep are the sums of its
    EvGCSweepEnd. What began before the trace has the detail ``cut``.

    Raises:
        BadTrace: the file cannot be read, is no execution trace of Go 1.22 or later, or holds no events at all.
    """
    wire = read_wire(path)
    units_per_second, notes = _clock_rate(wire)
    zero = min((batch.units for each in wire.generations for batch in each.batches), default=0)
    told = tell(wire, zero, units_per_second)
    if told.broken:
        notes.append(f"{told.broken} batches of events are damaged; what follows the damage in each is left out")
    stops = find_stops(told)
    cycles = find_cycles(told, stops)
    return Timeline(
        Path(path).name,
        "first record",
        _zero_unix(wire, zero, units_per_second),
        _series(told, cycles, stops),
        (*cycles, *find_marks(cycles, stops), *stops, *find_sweeps(told, cycles)),
        notes=(*wire.notes, *notes),
    )


def _clock_rate(wire: WireTrace) -> tuple[int, list[str]]:
    told = [generation.units_per_second for generation in wire.generations]
    known = [rate for rate in told if _SLOWEST <= rate <= _FASTEST]
    if known:
        return known[0], []
    return UNITS_PER_SECOND, ["the trace is cut off before it says its clock's rate: 64 ns, as on Linux, is assumed"]


def _zero_unix(wire: WireTrace, zero: int, units_per_second: int) -> float | None:
    for generation in wire.generations:
        if generation.clock is not None:
            units, _, wall = generation.clock
            at = wall / _NS - (units - zero) / units_per_second
            return at if 0 <= at < _FARTHEST_UNIX else None
    return None


def _series(told: Told, cycles: Sequence[Interval], stops: Sequence[Interval]) -> tuple[Series, ...]:
    made = [
        _of_events(told, "heap_live", HEAP_ALLOC, holds=False),
        _of_events(told, "heap_goal", HEAP_GOAL, holds=True),
        _of_events(told, "procs", PROCS_CHANGE, holds=True),
        _pauses(cycles, stops),
    ]
    return tuple(series for series in made if len(series.t_s))


def _of_events(told: Told, name: str, kind: int, *, holds: bool) -> Series:
    rows = told.rows(kind)
    rows = rows[(told.one[rows] > 0) & (told.one[rows] < NO_GOAL)]
    return Series(name, SERIES[name], "exec trace", told.t_s[rows], told.one[rows].astype(np.float64), holds)


def _pauses(cycles: Sequence[Interval], stops: Sequence[Interval]) -> Series:
    """Return how long each whole cycle stopped the world, at the end of its mark termination."""
    begins = np.array([stop.start_s for stop in stops])
    times: list[float] = []
    lengths: list[float] = []
    for cycle in cycles:
        inside = stops[slice(*np.searchsorted(begins, (cycle.start_s, cycle.end_s)))]
        of_gc = [stop for stop in inside if stop.name != "stopped"]
        if of_gc and "cut" not in cycle.detail:
            times.append(of_gc[-1].end_s)
            lengths.append(1e3 * sum(stop.end_s - stop.start_s for stop in of_gc))
    return Series("pause_ms", "ms", "exec trace", _array(times), _array(lengths))


def _array(values: list[float]) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)
