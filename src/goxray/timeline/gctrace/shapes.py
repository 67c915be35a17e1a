"""The one form in which the runtime prints each trace line, as expressions, and how a cycle's line is written again.

Sources: runtime/mgc.go (``gc``: ``gc`` in Go 1.5, ``gcMarkTermination`` from 1.6), ``itoaDiv`` and ``fmtNSAsMS`` for
its numbers. Three forms of the line exist: Go 1.5 has five clock and seven CPU times
(two more phases), 1.6 to 1.17 three and five, 1.18 on also the stacks and globals that were scanned; 1.26 on may say
``(checking for goroutine leaks)``. A number that the runtime does not write so (``0.0``, ``012``, ``1.25`` ms) is none.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from goxray.core import gctrace_result as g

if TYPE_CHECKING:
    from collections.abc import Sequence

U = rb"(0|[1-9]\d{0,17})"
_MS = rb"(0|0\.0(?:0[1-9]|[1-9]\d)|0\.[1-9]\d|[1-9]\.\d|[1-9]\d{1,14})"

_CLOCK3 = b"%b\\+%b\\+%b" % (_MS, _MS, _MS)
_CPU5 = b"%b\\+%b/%b/%b\\+%b" % (_MS, _MS, _MS, _MS, _MS)
_CLOCK5 = b"%b\\+%b\\+%b\\+%b\\+%b" % (_MS, _MS, _MS, _MS, _MS)
_CPU7 = b"%b\\+%b\\+%b\\+%b/%b/%b\\+%b" % (_MS, _MS, _MS, _MS, _MS, _MS, _MS)

LEAKS = b" (checking for goroutine leaks)"
_HEAD = rb"gc ([1-9]\d{0,9}) @(0|[1-9]\d{0,14})\.(\d{3})s " + U + rb"%( \(checking for goroutine leaks\))?: "
_TIMES = b"(?:%b ms clock, %b|%b ms clock, %b) ms cpu, " % (_CLOCK3, _CPU5, _CLOCK5, _CPU7)
_SIZES = b"%b->%b->%b MB, %b MB goal, (?:%b MB stacks, %b MB globals, )?" % (U, U, U, U, U, U)
_PROCS = rb"([1-9]\d{0,9}) P"

GC = re.compile(_HEAD + _TIMES + _SIZES + _PROCS)
"""A cycle's line up to its P."""

FORCED = b" (forced)"
START_OF_GC = re.compile(rb"gc (?=[1-9])")
"""Where a cycle's line may begin."""

_LARGEST_MB = 1 << 43
_LARGEST_US = 9_000_000_000_000_000  # what a difference of two times below zero would be printed as is greater

WRAPPED = "a figure that fell below zero and wrapped around"
TIMES = "its clock and CPU times do not belong together"


def read_gc(text: bytes, start: int = 0) -> tuple[list[int], int] | None:
    """Read the cycle's line that begins at ``start``: its row (forced: no) and where its P ends; None: it is none."""
    match = GC.match(text, start)
    if match is None:
        return None
    f = match.groups()
    row = [g.ABSENT] * g.WIDTH
    row[g.N] = int(f[0])
    row[g.T_MS] = int(f[1]) * 1000 + int(f[2])
    row[g.PERCENT] = int(f[3])
    row[g.LEAK_CHECK] = int(f[4] is not None)
    if f[5] is not None:
        row[g.CLOCK : g.CLOCK + 3] = map(as_us, f[5:8])
        row[g.CPU : g.CPU + 5] = map(as_us, f[8:13])
    else:
        c = list(map(as_us, f[13:25]))
        row[g.CLOCK : g.CLOCK + 3] = c[0], c[3], c[4]
        row[g.SCAN_CLOCK], row[g.SYNC_CLOCK] = c[1], c[2]
        row[g.CPU : g.CPU + 5] = c[5], *c[8:12]
        row[g.SCAN_CPU], row[g.SYNC_CPU] = c[6], c[7]
    row[g.START : g.GOAL + 1] = map(int, f[25:29])
    if f[29] is not None:
        row[g.STACKS], row[g.GLOBALS] = int(f[29]), int(f[30])
    row[g.PROCS] = int(f[31])
    row[g.FORCED] = row[g.JOINED] = 0
    return row, match.end()


@lru_cache(1 << 14)
def as_us(text: bytes) -> int:
    """Return a time that fmtNSAsMS printed (milliseconds) in microseconds."""
    whole, _, part = text.partition(b".")
    return int(whole) * 1000 + (int(part.ljust(3, b"0")) if part else 0)


def format_us(us: int) -> str:
    """Print a time as runtime.fmtNSAsMS does: whole milliseconds from 10 on, else two digits and at most 3 decimals."""
    if us >= 10_000:
        return str(us // 1000)
    decimals = 3
    while us >= 100:
        us //= 10
        decimals -= 1
    return f"{us / 10**decimals:.{decimals}f}" if us else "0"


def format_gc(row: Sequence[int]) -> str:
    """Write a cycle's line again, as the runtime printed it."""
    clock = [format_us(us) for us in row[g.CLOCK : g.CLOCK + 3]]
    cpu = [format_us(us) for us in row[g.CPU : g.CPU + 5]]
    if row[g.SCAN_CLOCK] != g.ABSENT:
        clock[1:1] = [format_us(row[g.SCAN_CLOCK]), format_us(row[g.SYNC_CLOCK])]
        cpu[0] += f"+{format_us(row[g.SCAN_CPU])}+{format_us(row[g.SYNC_CPU])}"
    leaks = LEAKS.decode() if row[g.LEAK_CHECK] else ""
    more = f"{row[g.STACKS]} MB stacks, {row[g.GLOBALS]} MB globals, " if row[g.STACKS] != g.ABSENT else ""
    heap = f"{row[g.START]}->{row[g.END]}->{row[g.LIVE]} MB, {row[g.GOAL]} MB goal, {more}"
    return (
        f"gc {row[g.N]} @{row[g.T_MS] // 1000}.{row[g.T_MS] % 1000:03}s {row[g.PERCENT]}%{leaks}: {'+'.join(clock)}"
        f" ms clock, {cpu[0]}+{cpu[1]}/{cpu[2]}/{cpu[3]}+{cpu[4]} ms cpu, {heap}{row[g.PROCS]} P"
        f"{FORCED.decode() if row[g.FORCED] == 1 else ''}"
    )


def doubt(row: Sequence[int]) -> str:
    """Return why a line of the right form is not to be trusted; empty when it is.

    The CPU times of both stops are their clock times by one number of processors, which is at most P
    (``work.stwprocs`` in mgc.go): two lines whose pieces went together by chance hardly ever obey.
    """
    sizes = row[g.START : g.GOAL]
    us = [*row[g.CLOCK : g.CPU + 5], *row[g.SCAN_CLOCK : g.SYNC_CPU + 1]]
    no_goal = row[g.GOAL] == g.NO_GOAL_MB
    if max(us) >= _LARGEST_US or max(sizes) >= _LARGEST_MB or (row[g.GOAL] >= _LARGEST_MB and not no_goal):
        return WRAPPED
    low, high = 1, row[g.PROCS]
    for clock, cpu in ((row[g.CLOCK], row[g.CPU]), (row[g.CLOCK + 2], row[g.CPU + 4])):
        low = max(low, cpu // (clock + grain(clock)) + 1 if cpu else 1)
        if clock:
            high = min(high, (cpu + grain(cpu) - 1) // clock)
    return "" if low <= high else TIMES


def grain(us: int) -> int:
    """Return by how much less than the next printable time a printed time can be off: a time in [us, us + grain)."""
    if us < 100:
        return 1
    if us < 1000:
        return 10
    return 100 if us < 10_000 else 1000
