"""Files of any size that are gone through once: they do not push everything else out of the machine's memory.

The kernel keeps what is read and written in its page cache, for somebody who will read it again. Nobody will, and
where the cache fills the memory, making room costs more than copying (measured with 2 GB on a machine of 24 GB: 7 s
against 2 s). So every piece that was passed is given back, and what was written goes to the disk while the next piece
is made, so that the sync at the end is short.
"""

from __future__ import annotations

import io
import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

PIECE = 64 << 20
"""Bytes after which a piece is passed: large against the cost of a sync, small against memory."""


class Passing(io.FileIO):
    """A file that is read once, from front to back."""

    def __init__(self, number: int) -> None:
        super().__init__(number, "rb")
        self._at = 0
        self._passed = 0

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer as far as possible and return how far; 0 at the end."""
        got = super().readinto(buffer) or 0
        self._count(got)
        return got

    def read(self, size: int | None = -1, /) -> bytes:
        """Return at most so many bytes; none at the end."""
        data = super().read(-1 if size is None else size) or b""
        self._count(len(data))
        return data

    def _count(self, got: int) -> None:
        self._at += got
        if self._at - self._passed >= PIECE:
            _forget(self.fileno(), self._passed, self._at - self._passed)
            self._passed = self._at


class Leaving(io.FileIO):
    """A file that is written once, from front to back.

    A piece that the disk does not take is told by the next ``write`` or by ``settle``: the kernel tells it once only.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number, "wb")
        self._at = 0
        self._passed = 0
        self._syncing: Future[None] | None = None
        self._worker = ThreadPoolExecutor(1)

    def write(self, data: Any, /) -> int:
        """Write as much as is taken and return how much.

        Raises:
            OSError: It cannot be written, or what was written before did not reach the disk.
        """
        done = super().write(data)
        self._at += done
        if self._at - self._passed >= PIECE:
            self._wait()
            self._syncing = self._worker.submit(_sync, self.fileno(), self._passed, self._at - self._passed)
            self._passed = self._at
        return done

    def settle(self) -> None:
        """Wait until the disk has everything.

        Raises:
            OSError: It does not.
        """
        self._wait()
        os.fsync(self.fileno())

    def close(self) -> None:
        """Close it; what is under way ends first, since its file is named by a number that would be given away."""
        with suppress(OSError):
            self._wait()
        self._worker.shutdown()
        super().close()

    def _wait(self) -> None:
        syncing, self._syncing = self._syncing, None
        if syncing is not None:
            syncing.result()


def _sync(number: int, start: int, length: int) -> None:
    os.fdatasync(number)
    _forget(number, start, length)


def _forget(number: int, start: int, length: int) -> None:
    with suppress(OSError):  # a file system that takes no advice
        os.posix_fadvise(number, start, length, os.POSIX_FADV_DONTNEED)
