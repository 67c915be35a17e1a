"""What the lines of GODEBUG=gctrace=1, scavtrace=1 and gcpacertrace=1 say, whatever Go version printed them.

Plain data only. Cycles are rows of one int64 array, in the units in which the runtime cuts its figures, so that each
line can be written again byte for byte: microseconds for the times of phases, milliseconds for ``@``, MB (2**20) for
sizes. What a version does not print is ABSENT.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from goxray.core.timeline_result import Timeline

GCTRACE_SCHEMA_ID = "goxray.gctrace/1"

ABSENT = -1

# Columns of a cycle's row.
N, T_MS, PERCENT = 0, 1, 2
CLOCK = 3  # sweep termination, mark, mark termination: microseconds
CPU = 6  # sweep termination, assist, dedicated and fractional, idle, mark termination: microseconds
START, END, LIVE, GOAL, STACKS, GLOBALS = 11, 12, 13, 14, 15, 16  # MB
PROCS, FORCED, LEAK_CHECK = 17, 18, 19  # FORCED: ABSENT where the log ends before it could stand
SCAN_CLOCK, SYNC_CLOCK, SCAN_CPU, SYNC_CPU = 20, 21, 22, 23  # two phases that Go 1.5 alone has: microseconds
LINE, PROCESS, JOINED = 24, 25, 26
KEY, LOOSE_KEY = 27, 28  # what stood before the line: as written, and without its digits
WIDTH = 29

NO_GOAL_MB = (1 << 44) - 1
"""What is printed as the goal when there is none (GOGC=off): the greatest uint64, in MB."""

CPU_NAMES = ("sweep_term", "assist", "dedicated", "idle", "mark_term")
CLOCK_NAMES = ("sweep_term", "mark", "mark_term")

Format = Literal["go1.5", "go1.6-1.17", "go1.18+"]


@dataclass(frozen=True)
class Scavenge:
    """One line of the scavenger: ``scvg`` (to Go 1.13, part of gctrace) or ``scav`` (GODEBUG=scavtrace=1, from 1.14).

    ``figures`` has what the line says: ``number`` (scvg's count, scav's generation), ``released_mb`` (this time),
    ``inuse_mb``, ``idle_mb``, ``sys_mb``, ``released_total_mb``, ``consumed_mb``; ``work_kib`` (this time; by the
    background alone where ``eager_kib``, what allocations released, is printed too), ``total_kib`` (what is released
    now), ``util_percent``.
    """

    line: int
    process: int  # -1: more than one may have printed it
    kind: Literal["scvg", "scav"]
    figures: Mapping[str, int]
    forced: bool = False
    controller_reset: bool = False


@dataclass(frozen=True)
class PacerLine:
    """One line of GODEBUG=gcpacertrace=1.

    ``kind``: ``assist`` (at the start of a cycle), ``cycle`` (at its end, to Go 1.18, in the words of the design),
    ``cost`` (at its end, from 1.18) or ``sweep`` (when sweeping is done). ``figures`` are named as the line names them.
    """

    line: int
    process: int
    kind: Literal["assist", "cycle", "cost", "sweep"]
    figures: Mapping[str, float]
    controller_reset: bool = False


@dataclass(frozen=True)
class SetAside:
    """A line that holds a piece of a trace line and cannot be read for certain; ``why`` is a key of the catalogue."""

    line: int
    text: str
    why: str


@dataclass(frozen=True)
class Pauses:
    """The world's stops of a process, two a cycle, as printed; milliseconds. p50 and p99 are nearest ranks."""

    count: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    total_ms: float
    longest_n: int


@dataclass(frozen=True)
class GcProcess:
    """One process of the log, numbered from 1.

    Processes are told apart by what stands before their lines, and by their counters, times and heaps.
    ``restart_of`` is the process that ended before this one began at cycle 1, None where there is none. ``missing`` are
    cycles that the counter passed without a line. ``periodic`` are lines ``GC forced`` (no cycle for two minutes).
    ``span_s`` are the start of its first cycle and the end of its last. ``gc_cpu_percent`` is the last one printed:
    of all CPU time since the start. ``cpu_ms`` are sums, by CPU_NAMES. ``zero_unix_s`` is the wall clock at its start,
    where a time with its zone (RFC 3339) stands before its first line, which is printed when a cycle ends: as exact as
    whoever wrote the time was quick.
    """

    process: int
    name: str
    format: Format
    restart_of: int | None
    lines: tuple[int, int]
    numbers: tuple[int, int]
    cycles: int
    missing: int
    forced: int
    periodic: int
    span_s: tuple[float, float]
    gc_cpu_percent: int
    cpu_ms: Mapping[str, float]
    pauses: Pauses
    live_mb: tuple[int, int]
    peak_mb: int
    goal_mb: tuple[int, int] | None
    procs: int
    zero_unix_s: float | None = None


@dataclass(frozen=True)
class Telling:
    """A cycle that a reader should see, ``row`` as in the result's rows.

    ``why``: ``first``, ``last``, ``stop`` (among the longest stops), ``mark`` (among the longest cycles), ``assist``
    (most CPU time of assists), ``heap`` (most heap), ``goal`` (furthest over its goal), ``growth`` (what lives
    grew most).
    """

    row: tuple[int, ...]
    why: tuple[str, ...]


@dataclass(frozen=True)
class GcTraceResult:
    """Everything that a log says of Go's collectors.

    ``rows`` is int64[cycles, WIDTH], in the log's order, see the columns above. ``lines`` and ``bytes`` are what was
    read; ``set_aside_total`` counts those that ``set_aside`` has no more room for. ``command`` and ``exit_code`` are of
    ``gc run``. ``limit`` is how many cycles a table for people shows. Where one process was asked for
    (``asked_process``), ``processes``, cycles, scavenges and pacer lines are its own alone.
    """

    source: str
    lines: int
    bytes: int
    rows: NDArray[np.int64]
    scavenges: tuple[Scavenge, ...]
    pacer: tuple[PacerLine, ...]
    set_aside: tuple[SetAside, ...]
    set_aside_total: int
    processes: tuple[GcProcess, ...]
    make_timelines: Callable[[], tuple[Timeline, ...]] = field(repr=False)
    command: tuple[str, ...] = ()
    exit_code: int | None = None
    notes: tuple[str, ...] = ()
    limit: int = 12
    asked_process: int | None = None
    telling: tuple[Telling, ...] = ()

    @cached_property
    def timelines(self) -> tuple[Timeline, ...]:
        """One timeline a process, with findings; made when somebody first asks."""
        return self.make_timelines()

    def cycles(self) -> Iterator[dict[str, Any]]:
        """Yield each cycle as the schema has it; None is what its version does not print."""
        for start in range(0, len(self.rows), 4096):
            yield from map(as_cycle, self.rows[start : start + 4096].tolist())


def as_cycle(row: list[int]) -> dict[str, Any]:
    """Return one row of a cycle array in the schema's names and units."""
    cycle: dict[str, Any] = {
        "n": row[N],
        "t_s": row[T_MS] / 1000,
        "cpu_percent": row[PERCENT],
        "clock_ms": [us / 1000 for us in row[CLOCK : CLOCK + 3]],
        "cpu_ms": [us / 1000 for us in row[CPU : CPU + 5]],
        "heap_start_mb": row[START],
        "heap_end_mb": row[END],
        "heap_live_mb": row[LIVE],
        "goal_mb": row[GOAL],
        "stacks_mb": _or_none(row[STACKS]),
        "globals_mb": _or_none(row[GLOBALS]),
        "procs": row[PROCS],
        "forced": None if row[FORCED] == ABSENT else bool(row[FORCED]),
        "line": row[LINE],
        "process": row[PROCESS],
    }
    for name, column in (
        ("scan_clock_ms", SCAN_CLOCK),
        ("sync_clock_ms", SYNC_CLOCK),
        ("scan_cpu_ms", SCAN_CPU),
        ("sync_cpu_ms", SYNC_CPU),
    ):
        cycle[name] = None if row[column] == ABSENT else row[column] / 1000
    cycle["leak_check"] = bool(row[LEAK_CHECK])
    return cycle


def _or_none(value: int) -> int | None:
    return None if value == ABSENT else value
