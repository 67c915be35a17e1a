"""The events of one batch, read by a compiled kernel: for traces of more than a few hundred kilobytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.core.jit import bare_kernel, part
from goxray.timeline.exectrace.formats import ENDS, FARTHEST, IN_SYSCALL, NO_GOROUTINE, RUNNING, STARTS, TELLS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LATER = np.uint64(FARTHEST)


@part
def _number(data: NDArray[np.uint8], at: int, end: int) -> tuple[np.uint64, int]:
    """Return an unsigned LEB128 number and where it ends, -1 where it does not."""
    value = np.uint64(0)
    shift = 0
    after = -1
    while at < end and shift <= 63:
        byte = np.uint64(data[at])
        at += 1
        value |= (byte & np.uint64(0x7F)) << np.uint64(shift)
        if byte < 0x80:
            after = at
            break
        shift += 7
    return value, after


@part
def _goroutine(effect: np.uint8, args: NDArray[np.uint64], thread: np.int64, before: np.int64) -> np.int64:
    """Return which goroutine runs on the thread after an event."""
    if effect == STARTS:
        return np.int64(args[1])
    if effect == ENDS:
        return np.int64(NO_GOROUTINE)
    if effect == TELLS and np.int64(args[2]) == thread and (args[3] == RUNNING or args[3] == IN_SYSCALL):
        return np.int64(args[1])
    return before


@bare_kernel
def decode_batch(
    data: NDArray[np.uint8],
    span: NDArray[np.int64],
    numbers: NDArray[np.uint8],
    does: NDArray[np.uint8],
    args: NDArray[np.uint64],
    kinds: NDArray[np.uint8],
    rows: NDArray[np.int64],
    values: NDArray[np.uint64],
) -> tuple[int, int]:
    """Read the events of one batch; return how many rows were written, and where a broken event begins, else -1.

    Args:
        data: uint8: the file.
        span: int64[5]: where the batch's events begin and end, its first time, its thread, and the goroutine that runs
            there before it; the last is changed to the one that runs there after it.
        numbers: uint8[256]: how many numbers follow each kind of event.
        does: uint8[256]: what each kind is for: STARTS, ENDS, TELLS, ROW or 0.
        args: uint64[5]: room for an event's numbers.
        kinds: uint8[rows], written.
        rows: int64[rows, 2], written: when, and which goroutine ran.
        values: uint64[rows, 3], written: the first numbers after the time.
    """
    at, end, now, thread, goroutine = span[0], span[1], span[2], span[3], span[4]
    made = 0
    while at < end:
        begin = at
        kind = data[at]
        count = int(numbers[kind])
        at += 1
        args[:] = np.uint64(0)
        for place in range(count):
            args[place], at = _number(data, at, end)
            if at < 0:
                return made, begin
        now += np.int64(args[0] & _LATER)
        if count == 0 or args[0] > _LATER or now > FARTHEST:
            return made, begin
        effect = does[kind]
        goroutine = _goroutine(effect, args, thread, goroutine)
        if effect >= TELLS:
            kinds[made] = kind
            rows[made, 0] = now
            rows[made, 1] = goroutine
            values[made, 0], values[made, 1], values[made, 2] = args[1], args[2], args[3]
            made += 1
    span[4] = goroutine
    return made, -1
