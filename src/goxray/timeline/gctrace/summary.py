"""What a person wants to know of a process first: how often, how long, how much, all from the lines as printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.core import gctrace_result as g
from goxray.core.gctrace_result import Format, GcProcess, Pauses, Telling
from goxray.timeline.gctrace.prefix import clock_of, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from goxray.timeline.gctrace.reader import Read

    Ints = NDArray[np.int64]


_KINDS = 6


def sum_up(read: Read) -> tuple[GcProcess, ...]:
    """Return the processes of a log, in the order in which their first cycles stand there."""
    count = int(read.rows[:, g.PROCESS].max()) if len(read.rows) else 0
    restarts: dict[int, int] = {}
    for piece in read.pieces:
        if piece.restart_of is not None:
            restarts[piece.process] = piece.restart_of
    periodic = np.bincount([p for _, p in read.periodic if p > 0], minlength=count + 1)
    return tuple(
        _process(read, process, rows, restarts.get(process), int(periodic[process]))
        for process, rows in by_process(read.rows, count)
    )


def by_process(rows: Ints, count: int) -> Iterator[tuple[int, Ints]]:
    """Yield each process' number and its cycles in order; of one process alone they are not copied."""
    if count == 1:
        yield 1, rows
        return
    order = np.argsort(rows[:, g.PROCESS], kind="stable")
    bounds = np.searchsorted(rows[order, g.PROCESS], np.arange(1, count + 2)).tolist()
    for process in range(1, count + 1):
        yield process, rows[order[bounds[process - 1] : bounds[process]]]


def telling(rows: Ints, most: int) -> tuple[Telling, ...]:
    """Choose the cycles that say most, in the log's order: the first and last, then the worst of each kind in turn."""
    if not len(rows) or most <= 0:
        return ()
    chosen: dict[int, list[str]] = {}
    ranked = {"first": [0], "last": [len(rows) - 1]}
    for why, figures in _figures(rows):
        top = np.argsort(-figures, kind="stable")[: max(most // _KINDS, 1)]
        ranked[why] = top[figures[top] > 0].tolist()
    for place in range(most):
        for why, cycles in ranked.items():
            if place < len(cycles) and (len(chosen) < most or cycles[place] in chosen):
                chosen.setdefault(cycles[place], []).append(why)
        if len(chosen) >= most:
            break
    longest = np.argsort(-np.maximum(rows[:, g.CLOCK], rows[:, g.CLOCK + 2]), kind="stable")
    for i in longest[: 2 * most].tolist():
        if len(chosen) < most:
            chosen.setdefault(i, [])
    return tuple(Telling(tuple(rows[i].tolist()), tuple(why)) for i, why in sorted(chosen.items()))


def _figures(rows: Ints) -> Iterator[tuple[str, Ints]]:
    yield "stop", np.maximum(rows[:, g.CLOCK], rows[:, g.CLOCK + 2])
    yield "heap", rows[:, g.START : g.LIVE + 1].max(axis=1)
    yield "assist", rows[:, g.CPU + 1]
    yield "mark", clock_us(rows)
    yield "goal", rows[:, g.END] - rows[:, g.GOAL]
    grew = np.zeros(len(rows), np.int64)
    grew[1:] = np.where(np.diff(rows[:, g.PROCESS]) == 0, np.diff(rows[:, g.LIVE]), 0)
    yield "growth", grew


def ends_ms(rows: Ints) -> NDArray[np.float64]:
    """Return when each cycle ended, in milliseconds since the program's start: float64[N]."""
    return rows[:, g.T_MS] + clock_us(rows) / 1000


def clock_us(rows: Ints) -> Ints:
    """Return how long each cycle took, from the first stop to the end of the last: int64[N], microseconds."""
    extra = np.where(rows[:, g.SCAN_CLOCK] >= 0, rows[:, g.SCAN_CLOCK] + rows[:, g.SYNC_CLOCK], 0)
    total: Ints = rows[:, g.CLOCK : g.CLOCK + 3].sum(axis=1) + extra
    return total


def cpu_us(rows: Ints) -> dict[str, int]:
    """Return the sums of each kind of CPU time, by CPU_NAMES (Go 1.5's scan with the dedicated work), microseconds."""
    sums = {name: int(rows[:, g.CPU + place].sum()) for place, name in enumerate(g.CPU_NAMES)}
    old = rows[rows[:, g.SCAN_CPU] >= 0]
    sums["dedicated"] += int(old[:, g.SCAN_CPU].sum() + old[:, g.SYNC_CPU].sum())
    return sums


def _process(read: Read, process: int, rows: Ints, restart_of: int | None, periodic: int) -> GcProcess:
    numbers = int(rows[:, g.N].min()), int(rows[:, g.N].max())
    goals = rows[rows[:, g.GOAL] < g.NO_GOAL_MB, g.GOAL]
    line, prefix = read.prefixes.get(int(rows[0, g.KEY]), (0, b""))
    clock = clock_of(prefix) if line == rows[0, g.LINE] else None
    _, usual = read.prefixes.get(_most_frequent(rows[:, g.KEY]), (0, b""))
    return GcProcess(
        process=process,
        name=name_of(usual),
        format=_format(rows[0]),
        restart_of=restart_of,
        lines=(int(rows[0, g.LINE]), int(rows[-1, g.LINE])),
        numbers=numbers,
        cycles=len(rows),
        missing=numbers[1] - numbers[0] + 1 - len(rows),
        forced=int((rows[:, g.FORCED] == 1).sum()),
        periodic=periodic,
        span_s=(int(rows[0, g.T_MS]) / 1000, float(ends_ms(rows[-1:])[0]) / 1000),
        gc_cpu_percent=int(rows[-1, g.PERCENT]),
        cpu_ms={name: us / 1000 for name, us in cpu_us(rows).items()},
        pauses=_pauses(rows),
        live_mb=(int(rows[:, g.LIVE].min()), int(rows[:, g.LIVE].max())),
        peak_mb=int(rows[:, g.START : g.LIVE + 1].max()),
        goal_mb=(int(goals.min()), int(goals.max())) if len(goals) else None,
        procs=int(rows[-1, g.PROCS]),
        zero_unix_s=None if clock is None else clock - float(ends_ms(rows[:1])[0]) / 1000,
    )


def _most_frequent(keys: Ints) -> int:
    if (keys == keys[0]).all():
        return int(keys[0])
    values, counts = np.unique(keys, return_counts=True)
    return int(values[np.argmax(counts)])


def _format(row: Ints) -> Format:
    if row[g.SCAN_CLOCK] != g.ABSENT:
        return "go1.5"
    return "go1.6-1.17" if row[g.STACKS] == g.ABSENT else "go1.18+"


def _pauses(rows: Ints) -> Pauses:
    stops = np.concatenate([rows[:, g.CLOCK], rows[:, g.CLOCK + 2]])
    ordered = np.sort(stops)
    longest = int(np.argmax(stops)) % len(rows)

    def rank(share: float) -> float:
        return int(ordered[max(int(np.ceil(share * len(ordered))) - 1, 0)]) / 1000

    return Pauses(
        len(stops), rank(0.5), rank(0.99), int(ordered[-1]) / 1000, int(stops.sum()) / 1000, int(rows[longest, g.N])
    )
