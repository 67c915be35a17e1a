"""Events of the collector and the heap out of a trace's batches, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from goxray.timeline.exectrace.formats import (
    EFFECTS,
    GO_STATUS,
    GO_STATUS_STACK,
    IN_SYSCALL,
    MAX_BATCH,
    RUNNING,
    UNKNOWN,
    numbers_of,
    purposes,
)
from goxray.timeline.exectrace.plain import decode_plainly

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from goxray.timeline.exectrace.formats import Format
    from goxray.timeline.exectrace.wire import Batch, Generation, WireTrace

SMALL = 1 << 20
"""Bytes of a file from which on the compiled kernel is worth loading."""

_ROWS = MAX_BATCH // 2 + 1

Span = tuple[int, int, int, int, int]
"""Where a batch's events begin and end in the file, its first time, its thread, and the goroutine that runs there."""


class Events(NamedTuple):
    """Events of one generation, by thread and within a thread by time: N rows.

    ``kind`` uint8[N] (see formats), ``units`` int64[N] of the trace's clock, ``goroutine`` int64[N] (0: none, -1: not
    known), ``one`` and ``two`` uint64[N]: the first numbers after the time.
    """

    kind: NDArray[np.uint8]
    units: NDArray[np.int64]
    goroutine: NDArray[np.int64]
    one: NDArray[np.uint64]
    two: NDArray[np.uint64]


class Piece(NamedTuple):
    """Events of one batch: ``kinds`` uint8[N]; ``rows`` int64[N, 2]: when, which goroutine; ``values`` uint64[N, 3].

    ``goroutine`` is the one that runs after it, ``broken`` where an event begins that makes no sense, else -1.
    """

    kinds: NDArray[np.uint8]
    rows: NDArray[np.int64]
    values: NDArray[np.uint64]
    goroutine: int
    broken: int


def plain_reader(data: bytes, trace_format: Format) -> Callable[[Span], Piece]:
    """Return a function that reads a batch in plain Python."""
    numbers, does = numbers_of(trace_format).tolist(), purposes().tolist()

    def read(span: Span) -> Piece:
        kinds, rows, values, goroutine, broken = decode_plainly(data, span, numbers, does)
        return Piece(
            np.array(kinds, dtype=np.uint8),
            np.array(rows, dtype=np.int64).reshape(-1, 2),
            np.array(values, dtype=np.uint64).reshape(-1, 3),
            goroutine,
            broken,
        )

    return read


def compiled_reader(data: bytes, trace_format: Format) -> Callable[[Span], Piece]:
    """Return a function that reads a batch by the kernel."""
    from goxray.timeline.exectrace.kernel import decode_batch

    content = np.frombuffer(data, dtype=np.uint8)
    numbers, does, args = numbers_of(trace_format), purposes(), np.zeros(5, dtype=np.uint64)
    kinds = np.zeros(_ROWS, dtype=np.uint8)
    rows = np.zeros((_ROWS, 2), dtype=np.int64)
    values = np.zeros((_ROWS, 3), dtype=np.uint64)

    def read(span: Span) -> Piece:
        state = np.array(span, dtype=np.int64)
        made, broken = decode_batch(content, state, numbers, does, args, kinds, rows, values)
        return Piece(kinds[:made].copy(), rows[:made].copy(), values[:made].copy(), int(state[4]), broken)

    return read


class Decoder:
    """Reads the batches of a trace's generations; which goroutine runs on a thread is kept from one to the next."""

    def __init__(self, trace: WireTrace) -> None:
        reader = plain_reader if len(trace.data) < SMALL else compiled_reader
        self._read = reader(trace.data, trace.format)
        self._running: dict[int, int] = {}
        self.broken = 0
        """Batches of which the rest was set aside because an event in them makes no sense."""

    def events(self, generation: Generation) -> Events:
        """Return a generation's events."""
        pieces = [self._batch(batch) for batch in generation.batches]
        if not pieces:
            return Events(*(np.zeros(0, dtype=kind) for kind in ("u1", "i8", "i8", "u8", "u8")))
        kinds = np.concatenate([piece.kinds for piece in pieces])
        rows = np.concatenate([piece.rows for piece in pieces])
        values = np.concatenate([piece.values for piece in pieces])
        sizes = [len(piece.kinds) for piece in pieces]
        threads = np.repeat(np.array([batch.thread for batch in generation.batches], dtype=np.int64), sizes)
        goroutines = _told_elsewhere(kinds, rows[:, 1], values, threads)
        wanted = ~np.isin(kinds, list(EFFECTS))
        return Events(kinds[wanted], rows[wanted, 0], goroutines[wanted], values[wanted, 0], values[wanted, 1])

    def _batch(self, batch: Batch) -> Piece:
        before = self._running.get(batch.thread, UNKNOWN)
        piece = self._read((batch.start, batch.end, batch.units, batch.thread, before))
        self._running[batch.thread] = piece.goroutine if piece.broken < 0 else UNKNOWN
        self.broken += piece.broken >= 0
        return piece


def _told_elsewhere(
    kinds: NDArray[np.uint8], goroutines: NDArray[np.int64], values: NDArray[np.uint64], threads: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return goroutines, those filled in that their thread does not know: another may say who runs where."""
    unknown = np.flatnonzero(goroutines == UNKNOWN)
    if not len(unknown):
        return goroutines
    tells = np.isin(kinds, (GO_STATUS, GO_STATUS_STACK)) & np.isin(values[:, 2], (RUNNING, IN_SYSCALL))
    runs = dict(zip(values[tells, 1].tolist(), values[tells, 0].tolist(), strict=True))
    filled = goroutines.copy()
    filled[unknown] = [runs.get(thread, UNKNOWN) for thread in threads[unknown].tolist()]
    return filled
