"""A log masked as a stream: pieces of whole lines, masked by several processes, written in the order they came."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Protocol

from goxray.core.errors import GoxrayError
from goxray.vault.mask.masker import MAX_LINE, Masker
from goxray.vault.mask.rules import Rules
from goxray.vault.mask.stats import Stats

PIECE = 1 << 18
"""Bytes that are masked at once: large against the cost of handing them over, small against memory."""
_AHEAD = 4


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

    ``workers`` is the number of processes: 1 masks in this one, 0 takes one for each processor. Memory does not grow
    with the input: a line longer than ``max_line`` bytes is dropped while it is read.

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
    workers = workers or len(os.sched_getaffinity(0))
    pieces = _pieces(source, max_line, total)
    if workers == 1:
        masker.stats = total
        for piece in pieces:
            yield mask_piece(masker, piece)
        return
    for done, stats in _shared_out(pieces, workers, rules, key, max_line):
        total.add(stats)
        yield done


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
    pieces: Iterator[bytes], workers: int, rules: Rules, key: bytes, max_line: int
) -> Iterator[tuple[bytes, Stats]]:
    """Give pieces to processes, a few ahead of what was written."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(rules, key, max_line))
    waiting: deque[Future[tuple[bytes, Stats]]] = deque()
    try:
        for piece in pieces:
            with _uninterrupted():
                waiting.append(pool.submit(_work, piece))
            if len(waiting) >= workers * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise GoxrayError(
            "a process that masks ended before its time; what is written so far is masked, the rest is missing",
            hint="look for a lack of memory, or mask in one process",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
