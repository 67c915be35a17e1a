"""The bytes of a file that may lie about itself: reads are short where the file ends, and never large."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from goxray.core.errors import BadBinary, TargetError

MOST = 256 << 20
"""Bytes read at once at most; the largest table of functions of a known program has a quarter of it."""

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Content:
    """A file, or a part of one (a machine's part of a universal Mach-O file): ``size`` bytes from ``base``."""

    fd: int
    shown: str
    size: int
    base: int = 0

    def at(self, offset: int, size: int) -> bytes:
        """Return the bytes there, fewer where the file ends before.

        Raises:
            BadBinary: more than :data:`MOST` bytes are asked for and are there.
        """
        size = min(size, self.size - offset)
        if offset < 0 or size <= 0:
            return b""
        if size > MOST:
            raise BadBinary(f"{self.shown} holds a table of {size >> 20} MiB, which no Go program has")
        return os.pread(self.fd, size, self.base + offset)

    def held(self, offset: int, size: int) -> int:
        """Return how many of the bytes that a header claims are in the file."""
        return max(0, min(size, self.size - offset))

    def find(self, wanted: bytes, start: int, end: int, align: int = 1) -> int:
        """Return where bytes first lie at a multiple of ``align`` from ``start``, -1 where they do not."""
        overlap = len(wanted) - 1
        end = min(end, self.size)
        at = start
        while at < end:
            data = self.at(at, min(_CHUNK + overlap, end - at))
            place = data.find(wanted)
            while place >= 0 and (at + place - start) % align:
                place = data.find(wanted, place + 1)
            if place >= 0:
                return at + place
            at += _CHUNK
        return -1

    def part(self, offset: int, size: int) -> Content:
        """Return a part as a file of its own."""
        if offset < 0 or offset >= self.size:
            raise BadBinary(f"{self.shown} is cut off: a part of it begins behind its end")
        return Content(self.fd, self.shown, min(size, self.size - offset), self.base + offset)

    def sha256(self) -> str:
        """Return the hash of the content in hexadecimal."""
        digest = hashlib.sha256()
        for chunk in self._chunks():
            digest.update(chunk)
        return digest.hexdigest()

    def _chunks(self) -> Iterator[bytes]:
        for at in range(0, self.size, _CHUNK):
            yield self.at(at, _CHUNK)


@contextmanager
def opened(path: Path, shown: str) -> Iterator[Content]:
    """Open a file for reading; pipes and devices are not waited for.

    Raises:
        TargetError: it cannot be opened or is no regular file.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise TargetError(f"cannot open {shown}: {error.strerror}") from None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            what = "a directory" if stat.S_ISDIR(status.st_mode) else "no regular file"
            raise TargetError(f"{shown} is {what}", hint="name an executable file")
        try:
            yield Content(fd, shown, status.st_size)
        except OSError as error:
            raise TargetError(f"cannot read {shown}: {error.strerror}") from None
    finally:
        os.close(fd)
