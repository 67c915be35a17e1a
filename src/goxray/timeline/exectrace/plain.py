"""The events of one batch, read in plain Python: for small traces, which are read before a kernel would be loaded."""

from __future__ import annotations

from typing import NamedTuple

from goxray.timeline.exectrace.formats import ENDS, FARTHEST, IN_SYSCALL, NO_GOROUTINE, RUNNING, STARTS, TELLS

_WORD = (1 << 64) - 1


class Batched(NamedTuple):
    """What a batch has: as :func:`goxray.timeline.exectrace.kernel.decode_batch` writes it, without the thread.

    ``goroutine`` is the one that runs after it, ``broken`` where an event begins that makes no sense, else -1.
    """

    kinds: list[int]
    rows: list[tuple[int, int]]
    values: list[tuple[int, int, int]]
    goroutine: int
    broken: int


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def decode_plainly(data: bytes, span: tuple[int, int, int, int, int], numbers: list[int], does: list[int]) -> Batched:
    """Read the events of one batch; the arguments are those of the kernel."""
    at, end, now, thread, goroutine = span
    kinds: list[int] = []
    rows: list[tuple[int, int]] = []
    values: list[tuple[int, int, int]] = []
    while at < end:
        begin = at
        kind = data[at]
        args, at = _numbers(data, at + 1, end, numbers[kind])
        if not args or args[0] > FARTHEST or now + args[0] > FARTHEST:
            return Batched(kinds, rows, values, goroutine, begin)
        now += args[0]
        effect = does[kind]
        if effect:
            goroutine = _goroutine(effect, args, thread, goroutine)
            if effect >= TELLS:
                kinds.append(kind)
                rows.append((now, goroutine))
                args += [0, 0, 0]
                values.append((args[1], args[2], args[3]))
    return Batched(kinds, rows, values, goroutine, -1)


def _numbers(data: bytes, at: int, end: int, count: int) -> tuple[list[int], int]:
    """Return that many LEB128 numbers and where they end; no numbers where one is broken."""
    found = []
    for _ in range(count):
        value = shift = 0
        while at < end and shift <= 63:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
        else:
            return [], at
        found.append(value & _WORD)
    return found, at


def _goroutine(effect: int, args: list[int], thread: int, before: int) -> int:
    if effect == STARTS:
        return _signed(args[1])
    if effect == ENDS:
        return NO_GOROUTINE
    if effect == TELLS and _signed(args[2]) == thread and args[3] in (RUNNING, IN_SYSCALL):
        return _signed(args[1])
    return before
