"""Cycles, stops of the world, assists and sweeps out of a trace's events."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from goxray.core.timeline_result import Interval
from goxray.timeline.exectrace.formats import (
    ASSIST_ACTIVE,
    ASSIST_BEGIN,
    ASSIST_END,
    GC_ACTIVE,
    GC_BEGIN,
    GC_END,
    HEAP_ALLOC,
    HEAP_GOAL,
    PROCS_CHANGE,
    STW_BEGIN,
    STW_END,
    SWEEP_BEGIN,
    SWEEP_END,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from goxray.timeline.exectrace.told import Told

NO_GOAL = float(1 << 60)
"""Goals from here on are none: Go 1.22 writes such a one while GOGC is off (go.dev/issue/63864)."""

SWEEP_TERMINATION, MARK_TERMINATION = "sweep termination", "mark termination"
_STOPS = {"GC sweep termination": SWEEP_TERMINATION, "GC mark termination": MARK_TERMINATION}
"""The runtime's reasons to stop the world that belong to a cycle (stwReasonStrings, runtime/proc.go)."""


class Assists(NamedTuple):
    """Assists that ended within the trace: float64[N] each, ``start_s`` rising."""

    start_s: NDArray[np.float64]
    lasted_s: NDArray[np.float64]


def find_assists(told: Told) -> Assists:
    """Pair begins and ends by goroutine: one may begin on a thread and end on another.

    EvGCMarkAssistActive says at the start of a generation that one is going on, whether its begin was seen or not.
    """
    rows = told.rows(ASSIST_ACTIVE, ASSIST_BEGIN, ASSIST_END)
    kind = told.kind[rows]
    who = np.where(kind == ASSIST_ACTIVE, told.one[rows].astype(np.int64), told.goroutine[rows])
    known = who > 0
    rows, kind, who = rows[known], kind[known], who[known]
    order = np.argsort(who, kind="stable")
    rows, kind, who = rows[order], kind[order], who[order]
    same = np.concatenate(([False], who[1:] == who[:-1]))[: len(who)]
    open_before = same & np.concatenate(([False], kind[:-1] != ASSIST_END))[: len(who)]
    kept = ~((kind == ASSIST_ACTIVE) & open_before)
    rows, kind, who = rows[kept], kind[kept], who[kept]
    pairs = np.flatnonzero((kind[1:] == ASSIST_END) & (kind[:-1] != ASSIST_END) & (who[1:] == who[:-1]))
    start, end = told.t_s[rows[pairs]], told.t_s[rows[pairs + 1]]
    by_start = np.argsort(start, kind="stable")
    return Assists(start[by_start], (end - start)[by_start])


def find_cycles(told: Told, stops: Sequence[Interval]) -> list[Interval]:
    """Pair begins and ends of cycles. EvGCActive says in each generation that one began before it."""
    assists = find_assists(told)
    found = []
    begin, cut = -1, False
    for row in told.rows(GC_BEGIN, GC_ACTIVE, GC_END).tolist():
        if told.kind[row] == GC_END:
            if begin >= 0:
                found.append(_cycle(told, (begin, row), cut, assists, stops))
            begin = -1
        elif begin < 0 or told.kind[row] == GC_BEGIN:
            begin, cut = row, bool(told.kind[row] == GC_ACTIVE)
    return found


def _cycle(told: Told, rows: tuple[int, int], cut: bool, assists: Assists, stops: Sequence[Interval]) -> Interval:
    begin, end = rows
    start_s, end_s = float(told.t_s[begin]), float(told.t_s[end])
    figures = {
        "heap_start": None if cut else told.last(HEAP_ALLOC, begin),
        "heap_end": told.last(HEAP_ALLOC, end, back=2),
        "heap_live": told.last(HEAP_ALLOC, end),
        "goal": _goal(told.last(HEAP_GOAL, begin)),
        "procs": told.last(PROCS_CHANGE, end),
    }
    detail = {name: figure for name, figure in figures.items() if figure is not None}
    first, last = np.searchsorted(assists.start_s, (start_s, end_s))
    detail |= {"assists": float(last - first), "assist_ms": 1e3 * float(assists.lasted_s[first:last].sum())}
    ended = [stop for stop in stops if stop.name == MARK_TERMINATION and start_s < stop.start_s < end_s]
    if not ended:  # the marking's own value of the heap is written while the world is stopped
        detail = {name: figure for name, figure in detail.items() if name not in ("heap_end", "heap_live")}
    return Interval("gc", "cycle", start_s, end_s, "exec trace", detail | ({"cut": 1.0} if cut else {}))


def _goal(value: float | None) -> float | None:
    """Return a goal; None where the heap's size starts no collection: 0 says so, up to 1.22 a figure beyond reason."""
    return value if value is not None and 0 < value < NO_GOAL else None


def find_stops(told: Told) -> list[Interval]:
    """Pair begins and ends of stops; the world is stopped once at a time. Their reason is the detail ``kind``."""
    found = []
    begin = -1
    for row in told.rows(STW_BEGIN, STW_END).tolist():
        if told.kind[row] == STW_BEGIN:
            begin = row
        elif begin >= 0:
            why = told.stops[begin]
            start_s, end_s = float(told.t_s[begin]), float(told.t_s[row])
            detail = {"kind": why} if why else {}
            found.append(Interval("stw", _STOPS.get(why, "stopped"), start_s, end_s, "exec trace", detail))
            begin = -1
    return found


def find_marks(cycles: Sequence[Interval], stops: Sequence[Interval]) -> list[Interval]:
    """Return the concurrent part of each cycle: from its sweep termination's end to its last mark termination."""
    found = []
    begins = np.array([stop.start_s for stop in stops])
    for cycle in cycles:
        first, last = np.searchsorted(begins, (cycle.start_s, cycle.end_s))
        inside = stops[first:last]
        start = [stop.end_s for stop in inside if stop.name == SWEEP_TERMINATION]
        end = [stop.start_s for stop in inside if stop.name == MARK_TERMINATION]
        if end and (start or "cut" in cycle.detail):
            start_s = start[0] if start else cycle.start_s
            found.append(Interval("mark", "concurrent mark", start_s, end[-1], "exec trace"))
    return found


def find_sweeps(told: Told, cycles: Sequence[Interval]) -> list[Interval]:
    """Return the sweeping after each cycle, from its first sweep's begin to its last one's end, with sums."""
    begins, ends = told.rows(SWEEP_BEGIN), told.rows(SWEEP_END)
    found = []
    edges = [cycle.end_s for cycle in cycles]
    for start_s, end_s in zip([float("-inf"), *edges], [*edges, float("inf")], strict=True):
        of = ends[slice(*np.searchsorted(told.t_s[ends], (start_s, end_s)))]
        first = begins[np.searchsorted(told.t_s[begins], start_s) :][:1]
        if not len(of):
            continue
        detail = {
            "swept_bytes": float(told.one[of].sum()),
            "reclaimed_bytes": float(told.two[of].sum()),
            "sweeps": float(len(of)),
        }
        last_s = float(told.t_s[of[-1]])
        first_s = min([last_s, *told.t_s[first].tolist()])
        found.append(Interval("sweep", "sweep", first_s, last_s, "exec trace", detail))
    return found
