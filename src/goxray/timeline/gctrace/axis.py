"""A log's cycles on the time axis: second 0 is the start of the program, from which the runtime counts ``@``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.core import gctrace_result as g
from goxray.core.timeline_result import Interval, Moment, Series, Timeline
from goxray.timeline.gctrace.summary import clock_us, ends_ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from goxray.core.gctrace_result import GcProcess, Scavenge

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

_MB = float(1 << 20)


def to_timeline(process: GcProcess, rows: Ints, scavenges: Sequence[Scavenge] = ()) -> Timeline:
    """Put one process on the axis.

    Args:
        process: its summary.
        rows: int64[N, WIDTH], its cycles in order.
        scavenges: its scavenger lines, which carry no time: each stands at the end of the cycle before it.
    """
    start: Floats = rows[:, g.T_MS] / 1000.0
    end: Floats = ends_ms(rows) / 1000.0
    return Timeline(
        process=process.name or f"process {process.process}",
        zero="program start",
        zero_unix_s=process.zero_unix_s,
        series=tuple(_series(rows, start, end)),
        intervals=tuple(_intervals(rows, start, end)),
        moments=tuple(_moments(rows, end, scavenges)),
    )


def _series(rows: Ints, start: Floats, end: Floats) -> Iterator[Series]:
    stop = end - rows[:, g.CLOCK + 2] / 1e6
    heap_t = np.stack([start, stop, end], axis=1).ravel()
    heap = rows[:, g.START : g.LIVE + 1].astype(np.float64).ravel() * _MB
    yield Series("heap_live", "bytes", "gctrace", _rising(heap_t), heap)
    known = rows[:, g.GOAL] < g.NO_GOAL_MB
    if known.any():  # the goal of a cycle is set when the one before it ends
        since = np.concatenate([start[:1], np.where(np.diff(rows[:, g.N]) == 1, end[:-1], start[1:])])
        yield Series(
            "heap_goal",
            "bytes",
            "gctrace",
            _rising(since[known]),
            rows[known, g.GOAL].astype(np.float64) * _MB,
            holds=True,
        )
    for name, column in (("stacks", g.STACKS), ("globals", g.GLOBALS)):
        if (rows[:, column] >= 0).all():
            yield Series(name, "bytes", "gctrace", start, rows[:, column].astype(np.float64) * _MB)
    yield Series("gc_cpu_percent", "percent", "gctrace", _rising(end), rows[:, g.PERCENT].astype(np.float64))
    yield Series("gc_cycles", "count", "gctrace", _rising(end), rows[:, g.N].astype(np.float64), holds=True)
    pauses = np.stack([rows[:, g.CLOCK], rows[:, g.CLOCK + 2]], axis=1).ravel() / 1000.0
    yield Series("pause_ms", "ms", "gctrace", _rising(np.stack([start, stop], axis=1).ravel()), pauses)


def _rising(t_s: Floats) -> Floats:
    """Let times never go back: a start is cut down to a millisecond, so that it may lie before the end before it."""
    rising: Floats = np.maximum.accumulate(t_s)
    return rising


def _intervals(rows: Ints, start: Floats, end: Floats) -> Iterator[Interval]:
    took = (clock_us(rows) / 1e6).tolist()
    for row, began, ended, _ in zip(rows.tolist(), start.tolist(), end.tolist(), took, strict=True):
        yield Interval("gc", "cycle", began, ended, "gctrace", _detail(row))
        first = began + row[g.CLOCK] / 1e6
        last = ended - row[g.CLOCK + 2] / 1e6
        yield Interval("stw", "sweep termination", began, first, "gctrace")
        yield Interval("mark", "concurrent mark", first, last, "gctrace")
        yield Interval("stw", "mark termination", last, ended, "gctrace")


def _detail(row: list[int]) -> dict[str, float | str]:
    detail: dict[str, float | str] = {
        "n": row[g.N],
        "assist_cpu_ms": row[g.CPU + 1] / 1000,
        "dedicated_cpu_ms": row[g.CPU + 2] / 1000,
        "idle_cpu_ms": row[g.CPU + 3] / 1000,
        "heap_start": row[g.START] * _MB,
        "heap_end": row[g.END] * _MB,
        "heap_live": row[g.LIVE] * _MB,
        "procs": row[g.PROCS],
    }
    if row[g.FORCED] != g.ABSENT:
        detail["forced"] = row[g.FORCED]
    if row[g.GOAL] < g.NO_GOAL_MB:
        detail["goal"] = row[g.GOAL] * _MB
    return detail


def _moments(rows: Ints, end: Floats, scavenges: Sequence[Scavenge]) -> Iterator[Moment]:
    lines = rows[:, g.LINE]
    for one in scavenges:
        before = int(np.searchsorted(lines, one.line)) - 1
        at = float(end[before]) if before >= 0 else 0.0
        detail: dict[str, float | str] = {name: float(value) for name, value in one.figures.items()}
        yield Moment("scavenge", "scavenge", at, "gctrace", {**detail, "forced": float(one.forced)})
