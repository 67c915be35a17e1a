"""What the wire format of execution traces is made of: kinds of events, and which of them each format has.

Facts from internal/trace (event/go122/event.go up to Go 1.24, tracev2/events.go from 1.25 on; runtime/traceevent.go
writes them). Kinds were only ever added, so one table serves all formats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

EVENT_BATCH: Final = 1
STACKS: Final = 2
STRINGS: Final = 4
STRING: Final = 5
CPU_SAMPLES: Final = 6
FREQUENCY: Final = 8
PROCS_CHANGE: Final = 9
GO_CREATE_SYSCALL: Final = 15
GO_START: Final = 16
GO_DESTROY: Final = 17
GO_DESTROY_SYSCALL: Final = 18
GO_STOP: Final = 19
GO_BLOCK: Final = 20
GO_SYSCALL_END_BLOCKED: Final = 24
GO_STATUS: Final = 25
STW_BEGIN: Final = 26
STW_END: Final = 27
GC_ACTIVE: Final = 28
GC_BEGIN: Final = 29
GC_END: Final = 30
SWEEP_ACTIVE: Final = 31
SWEEP_BEGIN: Final = 32
SWEEP_END: Final = 33
ASSIST_ACTIVE: Final = 34
ASSIST_BEGIN: Final = 35
ASSIST_END: Final = 36
HEAP_ALLOC: Final = 37
HEAP_GOAL: Final = 38
GO_SWITCH: Final = 45
GO_SWITCH_DESTROY: Final = 46
GO_STATUS_STACK: Final = 48
EXPERIMENTAL_BATCH: Final = 49
SYNC: Final = 50
CLOCK_SNAPSHOT: Final = 51
END_OF_GENERATION: Final = 52

MAX_BATCH: Final = 64 << 10
"""Bytes of a batch's events at most (MaxBatchSize); the header of each batch says how many it has."""

UNITS_PER_SECOND: Final = 15_625_000
"""The clock's units where a trace is cut before it says them: nanotime / 64 (traceTimeDiv, runtime/tracetime.go)."""

NO_GOROUTINE: Final = 0
UNKNOWN: Final = -1
"""In the place of a goroutine's number: none runs on the thread; not known which one does."""

RUNNING: Final = 2
IN_SYSCALL: Final = 3
"""States in which a goroutine is on a thread (GoStatus, tracev2/events.go)."""

FARTHEST: Final = (1 << 62) - 1
"""No clock goes further; times beyond are damage."""

STARTS: Final = 1
ENDS: Final = 2
TELLS: Final = 3
ROW: Final = 4
EFFECTS = {
    **dict.fromkeys((GO_START, GO_SWITCH, GO_SWITCH_DESTROY, GO_CREATE_SYSCALL), STARTS),
    **dict.fromkeys((GO_STOP, GO_BLOCK, GO_DESTROY, GO_DESTROY_SYSCALL, GO_SYSCALL_END_BLOCKED), ENDS),
    **dict.fromkeys((GO_STATUS, GO_STATUS_STACK), TELLS),
}
"""What an event does to its thread: a goroutine begins to run, none runs any more, or it tells which one runs where."""

_TIMED = {
    9: 3, 10: 3, 11: 1, 12: 4, 13: 3, 14: 4, 15: 2, 16: 3, 17: 1, 18: 1, 19: 3, 20: 3, 21: 4, 22: 3, 23: 1, 24: 1,
    25: 4, 26: 3, 27: 1, 28: 2, 29: 3, 30: 2, 31: 2, 32: 2, 33: 3, 34: 2, 35: 2, 36: 1, 37: 2, 38: 2, 39: 2, 40: 5,
    41: 3, 42: 4, 43: 4, 44: 5, 45: 3, 46: 3, 47: 4, 48: 5,
    128: 4, 129: 4, 130: 2, 131: 3, 132: 3, 133: 2, 134: 3, 135: 3, 136: 2,
}  # fmt: skip
"""Numbers that follow the byte of each kind of event with a time, the time itself counted; 128 on: experiments."""


@dataclass(frozen=True)
class Format:
    """One format. ``sync`` begins the batch that says what the clock's units are; its kind has no number before 1.25.

    ``last_event`` is the last kind without experiment, ``marks_ends`` whether the end of a generation is written.
    """

    last_event: int
    sync: int
    marks_ends: bool
    experiments: bool


FORMATS = {
    22: Format(44, FREQUENCY, False, False),
    23: Format(EXPERIMENTAL_BATCH, FREQUENCY, False, True),
    25: Format(CLOCK_SNAPSHOT, SYNC, False, True),
    26: Format(END_OF_GENERATION, SYNC, True, True),
}
"""By the number in a trace's first line, ``go 1.26 trace``; Go 1.24 writes 23, Go 1.27 writes 26."""

OLD_FORMATS = (5, 7, 8, 9, 10, 11, 19, 21)
"""Formats of Go before 1.22, which are another language altogether (internal/trace/internal/tracev1)."""


def numbers_of(trace_format: Format) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """Return how many numbers follow each kind of event: uint8[256], 0 for what has no place in a batch of events."""
    table = np.zeros(256, dtype=np.uint8)
    for kind, numbers in _TIMED.items():
        if kind <= trace_format.last_event or (kind >= 128 and trace_format.experiments):
            table[kind] = numbers
    return table


def purposes() -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """Return what each kind of event is for: uint8[256] of STARTS, ENDS, TELLS, ROW (a timeline is made of it) or 0."""
    table = np.zeros(256, dtype=np.uint8)
    table[[*range(STW_BEGIN, HEAP_GOAL + 1), PROCS_CHANGE]] = ROW
    table[list(EFFECTS)] = list(EFFECTS.values())
    return table
