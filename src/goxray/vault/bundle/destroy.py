"""Destroys the data key of a bundle where it is: its slots become zeros, and what needs no secret still verifies.

Overwriting cannot be proven on an SSD, which may keep the old block, nor does it reach copies and backups.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from goxray.core.errors import BadBundle, UsageError
from goxray.vault import sm3
from goxray.vault.bundle.chunks import read_exactly
from goxray.vault.bundle.format import HEADER_LIMIT, MAGIC, SLOT_BYTES, Header, decode_header


@dataclass(frozen=True)
class Slots:
    """The key slots of a bundle, where they stand in its file.

    Attributes:
        header: The header before them.
        digest: SM3 of all before them, 32 bytes: what the log names the bundle by.
        start: The first byte of the first one.
        live: How many are not zeros.
    """

    header: Header
    digest: bytes
    start: int
    live: int

    @property
    def size(self) -> int:
        """Bytes of all slots together."""
        return SLOT_BYTES * len(self.header.recipients)


def read_slots(path: Path) -> Slots:
    """Find the key slots of a bundle; whether they are the ones that were sealed is not looked at.

    Raises:
        UsageError: The file cannot be read.
        BadBundle: It is no bundle, or ends before its slots do.
    """
    with _opened(path, os.O_RDONLY, "read") as file:
        return _found(file)


def destroy_keys(path: Path) -> Header:
    """Overwrite every key slot of the bundle with zeros, on disk; more than once does no harm.

    A power cut on the way leaves slots that are zeros, whole, or (one of them) neither; doing it again ends it.

    Returns:
        The header, for the tombstone.

    Raises:
        UsageError: The file cannot be changed.
        BadBundle: It is no bundle.
    """
    with _opened(path, os.O_RDWR, "change") as file:
        slots = _found(file)
        done = 0
        while done < slots.size:
            done += os.pwrite(file.fileno(), bytes(slots.size - done), slots.start + done)
        os.fsync(file.fileno())
    return slots.header


@contextmanager
def _opened(path: Path, way: int, verb: str) -> Iterator[BinaryIO]:
    """Open a plain file, unbuffered; a link is not followed."""
    try:
        number = os.open(path, way | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(number, "r+b" if way == os.O_RDWR else "rb", buffering=0) as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise UsageError(f"cannot {verb} {path}: it is no plain file")
            yield file
    except OSError as error:
        raise UsageError(f"cannot {verb} {path}: {error.strerror}") from None


def _found(file: BinaryIO) -> Slots:
    front = read_exactly(file, len(MAGIC) + 4, "within its first bytes: it is no sealed bundle")
    length = int.from_bytes(front[len(MAGIC) :], "big")
    if not front.startswith(MAGIC) or not 2 <= length <= HEADER_LIMIT:
        raise BadBundle("this is no sealed bundle: it begins otherwise")
    text = read_exactly(file, length, "within its header")
    header, start = decode_header(text), file.tell()
    slots = read_exactly(file, SLOT_BYTES * len(header.recipients), "within its key slots")
    live = sum(any(slots[at : at + SLOT_BYTES]) for at in range(0, len(slots), SLOT_BYTES))
    return Slots(header, sm3.digest(front, text), start, live)
