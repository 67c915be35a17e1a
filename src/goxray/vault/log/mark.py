"""The mark: how far the log was written and synced, kept beside it.

Two slots, written in turn, each with its own digest: whichever write a power cut tears, the other slot stands. The
log is synced before the mark moves, so bytes behind the mark are the end of a write that was cut short, or of one
that was never told to be done; a log shorter than its mark was cut off by somebody.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from goxray.core.errors import BadLog
from goxray.vault import canonical, sm3
from goxray.vault.log.entry import whole

SLOT = 4096
"""Bytes from slot to slot: a disk's largest sector, so that tearing one leaves the other alone."""

_PREFIX = b"goxray vault log mark 1\0"
_KEYS = {"digest", "end", "head", "log", "sequence", "start"}


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the log stands.

    ``sequence`` and ``digest`` are those of the last entry (0 and the log's birth where there is none); its line is
    the bytes ``start`` to ``end``; ``head`` is the number of the last entry that is a signed head, 0 for none.
    """

    log_id: str
    sequence: int
    digest: str
    start: int
    end: int
    head: int


def write(number: int, mark: Mark) -> None:
    """Write the mark into the open file's next slot and sync it."""
    body = canonical.encode(
        {
            "digest": mark.digest,
            "end": mark.end,
            "head": mark.head,
            "log": mark.log_id,
            "sequence": mark.sequence,
            "start": mark.start,
        }
    )
    slot = body + b"\n" + sm3.digest(_PREFIX, body).hex().encode() + b"\n"
    slot = slot.ljust(SLOT // 2, b"\0")
    at = SLOT * (mark.sequence % 2)
    if os.pwrite(number, slot, at) != len(slot):
        raise BadLog("the mark beside the log cannot be written whole", hint="free some space on this file system")
    os.fsync(number)


def read(number: int) -> Mark | None:
    """Return the newest mark of an open file, or None where neither slot holds one."""
    found = [mark for mark in (_slot(os.pread(number, SLOT // 2, at)) for at in (0, SLOT)) if mark is not None]
    return max(found, key=lambda mark: mark.sequence, default=None)


def _slot(raw: bytes) -> Mark | None:
    body, _, rest = raw.partition(b"\n")
    if rest[:65] != sm3.digest(_PREFIX, body).hex().encode() + b"\n":
        return None
    try:
        value = canonical.decode(body)
        if not isinstance(value, dict) or value.keys() != _KEYS:
            return None
        numbers = [whole(value[key]) for key in ("sequence", "start", "end", "head")]
    except ValueError:
        return None
    log_id, digest = value["log"], value["digest"]
    if not isinstance(log_id, str) or not isinstance(digest, str):
        return None
    return Mark(log_id, numbers[0], digest, *numbers[1:])
