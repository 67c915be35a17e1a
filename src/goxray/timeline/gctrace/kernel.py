"""Cycles' lines read by the million: one pass over a block's bytes. :mod:`.shapes` is the slow twin, and says more.

What the kernel reads is what :func:`goxray.timeline.gctrace.shapes.read_gc` reads where a line stands whole at its
line's end; every other line with a piece of a trace in it is only pointed at, for the slow reader to look at.
Buffers end in PADDING zero bytes, so that nothing is read past their end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.core import gctrace_result as g
from goxray.core.jit import bare_kernel, part
from goxray.timeline.gctrace.prefix_kernel import keys_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Ints = NDArray[np.int64]

PADDING = 64
SHORTEST = 72
"""No cycle's line is shorter: a block of bytes has room for so many rows."""

_N, _T, _PERCENT, _CLOCK, _CPU, _START, _GOAL = g.N, g.T_MS, g.PERCENT, g.CLOCK, g.CPU, g.START, g.GOAL
_STACKS, _GLOBALS, _PROCS, _FORCED, _LEAKS = g.STACKS, g.GLOBALS, g.PROCS, g.FORCED, g.LEAK_CHECK
_SCAN_CLOCK, _SYNC_CLOCK, _SCAN_CPU, _SYNC_CPU = g.SCAN_CLOCK, g.SYNC_CLOCK, g.SCAN_CPU, g.SYNC_CPU
_LINE, _PROCESS, _JOINED, _KEY, _LOOSE, _NO_GOAL = g.LINE, g.PROCESS, g.JOINED, g.KEY, g.LOOSE_KEY, g.NO_GOAL_MB
_LARGEST_MB, _LARGEST_US = 1 << 43, 9_000_000_000_000_000
_BAD = -1
_LF, _CR, _SPACE, _DOT, _PLUS, _SLASH, _ZERO, _NINE = 10, 13, 32, 46, 43, 47, 48, 57
_G = 103
_LETTERS = np.zeros(256, np.bool_)
_LETTERS[np.frombuffer(b"gvkuM(pG", np.uint8)] = True
"""The letters at which :func:`_marked` looks closer."""

_LEAKS_TEXT = b" (checking for goroutine leaks)"


@part
def _is(buf: Bytes, at: int, text: bytes) -> bool:
    """Return whether the text stands there."""
    place = 0
    while place < len(text) and buf[at + place] == text[place]:
        place += 1
    return place == len(text)


@bare_kernel
def _uint(buf: Bytes, at: int, most: int, out: Ints, column: int) -> int:
    """Read a number without needless zeros, of at most ``most`` digits; return where it ends, _BAD for none."""
    start = at
    value = 0
    while _ZERO <= buf[at] <= _NINE and at - start <= most:
        value = value * 10 + (int(buf[at]) - _ZERO)
        at += 1
    out[column] = value
    if at == start or at - start > most or (buf[start] == _ZERO and at - start > 1):
        return _BAD
    return at


@bare_kernel
def _ms(buf: Bytes, at: int, out: Ints, column: int) -> int:
    """Read a time as fmtNSAsMS prints it, in microseconds; return where it ends, _BAD for none."""
    at = _uint(buf, at, 15, out, column)
    if at == _BAD:
        return _BAD
    whole = out[column]
    out[column] = whole * 1000
    if whole >= 10:
        return at
    if buf[at] != _DOT:
        return at if whole == 0 else _BAD
    at += 1
    start = at
    value = 0
    while _ZERO <= buf[at] <= _NINE and at - start < 4:
        value = value * 10 + (int(buf[at]) - _ZERO)
        at += 1
    digits = at - start
    if whole > 0:
        out[column] += value * 100
        return at if digits == 1 else _BAD
    out[column] = value * 10 if digits == 2 else value
    if (digits == 2 and value >= 10) or (digits == 3 and 0 < value < 100):
        return at
    return _BAD


@bare_kernel
def _head(buf: Bytes, at: int, out: Ints) -> int:
    """Read from behind ``gc`` and its space to the first time."""
    at = _uint(buf, at, 10, out, _N)
    if at == _BAD or out[_N] == 0 or not _is(buf, at, b" @"):
        return _BAD
    at = _uint(buf, at + 2, 15, out, _T)
    if at == _BAD or buf[at] != _DOT:
        return _BAD
    for place in range(1, 4):
        if not _ZERO <= buf[at + place] <= _NINE:
            return _BAD
        out[_T] = out[_T] * 10 + (int(buf[at + place]) - _ZERO)
    if not _is(buf, at + 4, b"s "):
        return _BAD
    at = _uint(buf, at + 6, 18, out, _PERCENT)
    if at == _BAD or buf[at] != 37:
        return _BAD
    at += 1
    out[_LEAKS] = 0
    if buf[at] == _SPACE and _is(buf, at, _LEAKS_TEXT):
        out[_LEAKS] = 1
        at += len(_LEAKS_TEXT)
    return at + 2 if _is(buf, at, b": ") else _BAD


@bare_kernel
def _listed(buf: Bytes, at: int, out: Ints, first: int, signs: bytes) -> int:
    """Read times that these signs separate into columns from ``first`` on."""
    at = _ms(buf, at, out, first)
    for place in range(len(signs)):
        if at == _BAD or buf[at] != signs[place]:
            return _BAD
        at = _ms(buf, at + 1, out, first + place + 1)
    return at


@bare_kernel
def _times(buf: Bytes, at: int, out: Ints) -> int:
    """Read the clock and CPU times, of Go 1.5 or later."""
    out[_SCAN_CLOCK] = out[_SYNC_CLOCK] = out[_SCAN_CPU] = out[_SYNC_CPU] = -1
    at = _listed(buf, at, out, _CLOCK, b"++")
    if at == _BAD:
        return _BAD
    old = buf[at] == _PLUS
    if old:
        out[_SCAN_CLOCK], out[_SYNC_CLOCK] = out[_CLOCK + 1], out[_CLOCK + 2]
        at = _listed(buf, at + 1, out, _CLOCK + 1, b"+")
    if at == _BAD or not _is(buf, at, b" ms clock, "):
        return _BAD
    at += 11
    if old:
        at = _listed(buf, at, out, _CPU, b"++")
        if at == _BAD or buf[at] != _PLUS:
            return _BAD
        out[_SCAN_CPU], out[_SYNC_CPU] = out[_CPU + 1], out[_CPU + 2]
        at = _listed(buf, at + 1, out, _CPU + 1, b"//+")
    else:
        at = _listed(buf, at, out, _CPU, b"+//+")
    return at + 9 if at != _BAD and _is(buf, at, b" ms cpu, ") else _BAD


@bare_kernel
def _sizes(buf: Bytes, at: int, out: Ints) -> int:
    """Read the heap's sizes and the rest up to P."""
    at = _uint(buf, at, 18, out, _START)
    if at == _BAD or not _is(buf, at, b"->"):
        return _BAD
    at = _uint(buf, at + 2, 18, out, _START + 1)
    if at == _BAD or not _is(buf, at, b"->"):
        return _BAD
    at = _uint(buf, at + 2, 18, out, _START + 2)
    if at == _BAD or not _is(buf, at, b" MB, "):
        return _BAD
    at = _uint(buf, at + 5, 18, out, _GOAL)
    if at == _BAD or not _is(buf, at, b" MB goal, "):
        return _BAD
    at = _uint(buf, at + 10, 18, out, _PROCS)
    out[_STACKS] = out[_GLOBALS] = -1
    if at != _BAD and _is(buf, at, b" MB stacks, "):
        out[_STACKS] = out[_PROCS]
        at = _uint(buf, at + 12, 18, out, _GLOBALS)
        if at == _BAD or not _is(buf, at, b" MB globals, "):
            return _BAD
        at = _uint(buf, at + 13, 18, out, _PROCS)
    if at == _BAD or out[_PROCS] == 0 or out[_PROCS] > 9_999_999_999 or not _is(buf, at, b" P"):
        return _BAD
    return at + 2


@part
def _grain(us: int) -> int:
    """See :func:`goxray.timeline.gctrace.shapes.grain`."""
    return 1 if us < 100 else 10 if us < 1000 else 100 if us < 10_000 else 1000


@bare_kernel
def _doubtful(out: Ints) -> bool:
    """See :func:`goxray.timeline.gctrace.shapes.doubt`."""
    for column in range(_CLOCK, _CPU + 5):
        if out[column] >= _LARGEST_US:
            return True
    for column in range(_SCAN_CLOCK, _SYNC_CPU + 1):
        if out[column] >= _LARGEST_US:
            return True
    for column in range(_START, _GOAL + 1):
        if out[column] >= _LARGEST_MB and not (column == _GOAL and out[column] == _NO_GOAL):
            return True
    low, high = 1, out[_PROCS]
    for stop in range(2):
        clock, cpu = out[_CLOCK + 2 * stop], out[_CPU + 4 * stop]
        if cpu:
            low = max(low, cpu // (clock + _grain(clock)) + 1)
        if clock:
            high = min(high, (cpu + _grain(cpu) - 1) // clock)
    return bool(low > high)


@bare_kernel
def read_cycle(buf: Bytes, start: int, out: Ints) -> int:
    """Read the cycle's line that begins at ``start`` and ends its line; return where its newline stands, else -1."""
    at = _head(buf, start + 3, out)
    if at != _BAD:
        at = _times(buf, at, out)
    if at != _BAD:
        at = _sizes(buf, at, out)
    if at == _BAD:
        return _BAD
    out[_FORCED] = 0
    if _is(buf, at, b" (forced)"):
        out[_FORCED] = 1
        at += 9
    if buf[at] == _CR:
        at += 1
    if buf[at] != _LF or _doubtful(out):
        return _BAD
    out[_JOINED] = 0
    out[_PROCESS] = -1
    return at


@part
def _marked(buf: Bytes, at: int) -> bool:
    """Return whether something that only a trace line has stands there; it is told by its rarest letter."""
    c = buf[at]
    if c == _G:
        return _is(buf, at, b"gc") and 49 <= buf[at + 3 if buf[at + 2] == _SPACE else at + 2] <= 57
    if c == 118:  # v
        return (at >= 2 and _is(buf, at - 2, b"scvg")) or (at >= 3 and _is(buf, at - 3, b"scav "))
    if c == 107:  # k
        return buf[at + 1] == 44 and at >= 8 and _is(buf, at - 8, b" ms clock, ")
    if c == 117:  # u
        return buf[at + 1] == 44 and at >= 6 and _is(buf, at - 6, b" ms cpu, ")
    if c == 77:  # M
        return buf[at + 1] == 66 and at >= 1 and _is(buf, at - 1, b" MB goal, ")
    if c == 40:  # (
        ends = buf[at + 8] == _LF or (buf[at + 8] == _CR and buf[at + 9] == _LF)
        return ends and at >= 1 and _is(buf, at - 1, b" (forced)")
    if c == 112:  # p
        return buf[at + 1] == 97 and _is(buf, at, b"pacer: ")
    return _is(buf, at, b"GC forced")


@bare_kernel
def scan(buf: Bytes, end: int, rows: Ints, odd: Ints, state: Ints) -> None:
    """Read a block of whole lines, or as much of it as there is room for what is found.

    Args:
        buf: the bytes, PADDING zero bytes behind them.
        end: where the lines end.
        rows: int64[N, WIDTH], filled with the cycles found.
        odd: int64[M, 3], filled with line number, start and end (without newline) of lines that need a closer look.
        state: position and line number to go on from, both moved on; then the number of rows and of odd lines.
    """
    at, line, found, strange = state[0], state[1], state[2], state[3]
    start = at
    while at < end and found < len(rows) and strange < len(odd):
        marked = False
        while at < end and buf[at] != _LF:
            if _LETTERS[buf[at]] and not marked and _marked(buf, at):
                marked = True
                stop = read_cycle(buf, at, rows[found]) if buf[at] == _G and buf[at + 2] == _SPACE else _BAD
                if stop != _BAD:
                    rows[found, _LINE] = line
                    rows[found, _KEY], rows[found, _LOOSE] = keys_of(buf, start, at)
                    found += 1
                    at = stop
                    marked = False
                    break
            at += 1
        if marked:
            odd[strange, 0], odd[strange, 1], odd[strange, 2] = line, start, at
            strange += 1
        at += 1
        line += 1
        start = at
    state[0], state[1], state[2], state[3] = at, line, found, strange
