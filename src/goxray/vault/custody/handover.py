"""Content that one thread writes and another one reads: a pipe within the process, so that nothing of it is on disk.

A pipe of the kernel would do, but for two things: a child process that is forked meanwhile keeps its end open, and a
writer learns only that the reader is gone, not why.
"""

from __future__ import annotations

import io
import threading
from collections import deque
from typing import Any

from goxray.core.errors import GoxrayError

LIMIT = 4 << 20
"""Bytes that wait to be read at most."""

_PIECE = 1 << 20


class Handover(io.RawIOBase):
    """The writing end, with ``readinto`` for the reader's thread. Memory does not grow with what goes through."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: deque[memoryview] = deque()
        self._size = 0
        self._ended = False
        self._cut: GoxrayError | None = None
        self._left: GoxrayError | None = None
        self._change = threading.Condition()

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, data: Any, /) -> int:
        """Hand over as much of a piece as is taken at once, and return how much; waits while there is enough to read.

        Raises:
            GoxrayError: The reader gave up; with its words.
        """
        with memoryview(data) as given, given.cast("B") as view:
            piece = memoryview(bytes(view[:_PIECE]))
        with self._change:
            while self._size and self._size + len(piece) > LIMIT and not self._done:
                self._change.wait()
            if self._left is not None and self._cut is None and not self._ended:
                raise GoxrayError(str(self._left), hint=self._left.hint)
            if not self._done and len(piece):
                self._pieces.append(piece)
                self._size += len(piece)
                self._change.notify_all()
        return len(piece)

    @property
    def _done(self) -> bool:
        return self._ended or self._cut is not None or self._left is not None

    def end(self) -> None:
        """Say that all was written."""
        with self._change:
            self._ended = True
            self._change.notify_all()

    def cut(self, error: GoxrayError) -> None:
        """Let the reader fail: the writer did."""
        with self._change:
            self._cut = self._cut or error
            self._change.notify_all()

    def leave(self, error: GoxrayError) -> None:
        """Let the writer fail: the reader did."""
        with self._change:
            self._left = error
            self._pieces.clear()
            self._change.notify_all()

    def fill(self, buffer: memoryview) -> int:
        """Give the reader what is there, at most as much as fits; waits while there is nothing; 0 at the end.

        Raises:
            GoxrayError: The writer failed.
        """
        with self._change:
            while not self._pieces and not self._ended and self._cut is None:
                self._change.wait()
            if self._cut is not None:
                raise self._cut
            if not self._pieces:
                return 0
            piece = self._pieces.popleft()
            count = min(len(piece), len(buffer))
            if count < len(piece):
                self._pieces.appendleft(piece[count:])
            self._size -= count
            self._change.notify_all()
        buffer[:count] = piece[:count]
        return count


class Outlet:
    """The reading end of a ``Handover``, as sealing wants it."""

    def __init__(self, handover: Handover) -> None:
        self._handover = handover

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill the buffer as far as possible and return how far; 0 at the end."""
        return self._handover.fill(buffer)
