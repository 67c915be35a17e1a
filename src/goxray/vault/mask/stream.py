"""A log masked as a stream: pieces of whole lines, masked by several processes, written in the order they came."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain
from typing import Protocol

from goxray.core.errors import GoxrayError
from goxray.vault.mask.masker import MAX_LINE, Masker
from goxray.vault.mask.rules import Rules
from goxray.vault.mask.stats import Stats

PIECE = 1 << 18
"""Bytes that are masked at once: large against the cost of handing them over, small against memory."""
_SMALL = PIECE // 8
"""A smaller piece tells of a source that is slower than one process: it is masked at once, and nothing waits."""
_ALONE = PIECE
"""Bytes that are masked in this process alone: before another one has started, it is done."""
_AHEAD, _HELD = 10, 64
"""Pieces that each process has before it; and that wait for an earlier one while the processes start."""


class Source(Protocol):
    """What is read from: a binary file or pipe."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""


class Sink(Protocol):
    """What is written to."""

    def write(self, data: bytes, /) -> object:
        """Take all of the bytes."""


def run(source: Source, sink: Sink, rules: Rules, key: bytes, *, workers: int = 0, max_line: int = MAX_LINE) -> Stats:
    """Mask each line of ``source`` and write it to ``sink``; return what was counted.

    ``workers`` is the number of processes that mask: 1 is this one, 0 takes one for each processor. Memory does not
    grow with the input: a line longer than ``max_line`` bytes is dropped while it is read.

    Raises:
        UsageError: the key is too short.
        GoxrayError: a process ended before its time.
        OSError: reading or writing failed.
    """
    total = Stats()
    for part in parts(source, rules, key, total, workers=workers, max_line=max_line):
        sink.write(part)
    return total


def parts(
    source: Source, rules: Rules, key: bytes, total: Stats, *, workers: int = 0, max_line: int = MAX_LINE
) -> Iterator[bytes]:
    """Yield what ``run`` writes, for whoever pulls; ``total`` counts while it goes on. Raises the same errors."""
    masker = Masker(rules, key, max_line)
    masker.stats = total
    workers = workers or len(os.sched_getaffinity(0))
    pieces = _pieces(source, max_line, total)
    held: list[bytes] = []
    for piece in pieces:
        held.append(piece)
        if workers == 1 or len(piece) < _SMALL:
            yield b"".join(mask_piece(masker, each) for each in held)
            held = []
        elif sum(map(len, held)) > _ALONE:
            yield from _shared_out(chain(held, pieces), masker, workers, (rules, key, max_line))
            held = []
    for piece in held:
        yield mask_piece(masker, piece)


def mask_piece(masker: Masker, piece: bytes) -> bytes:
    """Mask a piece of whole lines. Blank lines stay; the last line has an end where it had one."""
    lines = piece.split(b"\n")
    last = lines.pop()
    out = []
    for line in lines:
        masked = masker.line(line) if line else line
        if masked is not None:
            out.append(masked)
    out.append(b"")
    if last:
        out[-1] = masker.line(last) or b""
    return b"\n".join(out)


def _pieces(source: Source, max_line: int, total: Stats) -> Iterator[bytes]:
    """Yield whole lines; a line that is too long is skipped and counted."""
    read = getattr(source, "read1", source.read)
    held: list[bytes] = []
    size, skipping = 0, False
    while data := read(PIECE):
        cut = data.rfind(b"\n") + 1
        if not cut:
            if not skipping:
                held.append(data)
                size += len(data)
            if size > max_line:
                held, size, skipping = [], 0, True
            continue
        begin = 0
        if skipping:
            begin, skipping = data.index(b"\n") + 1, False
            _too_long(total)
        if cut > begin or held:
            yield b"".join((*held, data[begin:cut]))
        held, size = [data[cut:]], len(data) - cut
    if skipping:
        _too_long(total)
    elif size:
        yield b"".join(held)


def _too_long(total: Stats) -> None:
    total.lines += 1
    total.dropped["too long"] += 1


_mine: list[Masker] = []
"""The masker of a worker process: made once, so that it knows what it saw before."""


def _begin(rules: Rules, key: bytes, max_line: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for the process that began this one
    _mine.append(Masker(rules, key, max_line))


def _work(piece: bytes) -> tuple[bytes, Stats]:
    masker = _mine[0]
    masker.stats = Stats()
    return mask_piece(masker, piece), masker.stats


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold interrupts back: a process that begins here never sees one, also not before it is ready to ignore them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _shared_out(
    pieces: Iterator[bytes], masker: Masker, workers: int, settings: tuple[Rules, bytes, int]
) -> Iterator[bytes]:
    """Mask pieces in other processes and yield them in order; this one masks what they cannot take while they start.

    After that it only reads, hands over and writes: a process that masks as well is late to hand over, and the others
    wait for it (measured with two processors: 92,000 lines a second that way, 117,000 this way).
    """
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=settings)
    waiting: deque[bytes | Future[tuple[bytes, Stats]]] = deque()
    begun = False
    try:
        for piece in pieces:
            slow = len(piece) < _SMALL
            begun = begun or any(isinstance(each, Future) and each.done() for each in waiting)
            if slow or (not begun and _under_way(waiting) >= workers * _AHEAD):
                waiting.append(mask_piece(masker, piece))
            else:
                with _uninterrupted():
                    waiting.append(pool.submit(_work, piece))
            most = workers * (_AHEAD if begun else _HELD)
            while waiting and (slow or _ready(waiting[0]) or len(waiting) >= most):
                yield _taken(waiting.popleft(), masker.stats)
        while waiting:
            yield _taken(waiting.popleft(), masker.stats)
    except BrokenProcessPool as error:
        raise GoxrayError(
            "a process that masks ended before its time; what is written so far is masked, the rest is missing",
            hint="look for a lack of memory, or mask in one process",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _under_way(waiting: Iterable[bytes | Future[tuple[bytes, Stats]]]) -> int:
    return sum(not _ready(each) for each in waiting)


def _ready(done: bytes | Future[tuple[bytes, Stats]]) -> bool:
    return not isinstance(done, Future) or done.done()


def _taken(done: bytes | Future[tuple[bytes, Stats]], total: Stats) -> bytes:
    if not isinstance(done, Future):
        return done
    part, stats = done.result()
    total.add(stats)
    return part
