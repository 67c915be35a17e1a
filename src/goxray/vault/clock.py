"""The machine's clock, and whether it can be believed.

What is kept for six months is only as safe as the clock that counts them. A reading is the time of day together with
the time since the machine started (CLOCK_BOOTTIME: it counts sleep, and nobody can set it) and the kernel's name for
that start (/proc/sys/kernel/random/boot_id). Between two readings of one start both clocks must have gone on by the
same time: what differs is a step of the time of day, in either direction. NTP that only speeds or slows the clock
changes both alike and is no step. Between readings of two starts nothing but the order can be held: the time of day
must not go back.

What this cannot see: a clock that was wrong all along, and one that was set forward while the machine was off. Heads of
the log that are kept elsewhere with the time of their arrival (``goxray.vault.log.export``) show both.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

TOLERATED_NS = 5_000_000_000
"""A step that is told of nowhere: a leap second, the first setting after sleep (clock chips count in seconds)."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_SECOND = 1_000_000_000
_TEXT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z")


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the clocks.

    ``wall_ns`` is Unix time; ``since_boot_ns`` is CLOCK_BOOTTIME; ``boot`` names the start of the machine, empty where
    the kernel gives no name.
    """

    wall_ns: int
    boot: str
    since_boot_ns: int


@dataclass(frozen=True, slots=True)
class Step:
    """The time of day was set: by ``by_ns`` forward, or backward where it is negative.

    ``certain`` is False where the machine was started anew in between: then the clock went back by at least that much.
    """

    by_ns: int
    certain: bool

    def __str__(self) -> str:
        seconds = abs(self.by_ns) / _SECOND
        way = "back" if self.by_ns < 0 else "forward"
        return f"the clock was set {way} by {'' if self.certain else 'at least '}{seconds:.1f} s"


Clock = Callable[[], Reading]


def now() -> Reading:
    """Read the clocks."""
    try:
        boot = _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        boot = ""
    boottime = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return Reading(time.time_ns(), boot, time.clock_gettime_ns(boottime))


def step(before: Reading, after: Reading, tolerated_ns: int = TOLERATED_NS) -> Step | None:
    """Say by how much the time of day was set between two readings, or None where by no more than is tolerated."""
    passed = after.wall_ns - before.wall_ns
    if before.boot and before.boot == after.boot:
        by = passed - (after.since_boot_ns - before.since_boot_ns)
        return Step(by, certain=True) if abs(by) > tolerated_ns else None
    return Step(passed, certain=False) if passed < -tolerated_ns else None


def text(wall_ns: int) -> str:
    """Return a time as ``2026-08-31T10:20:30.000000000Z``: its order as text is its order in time.

    Raises:
        ValueError: The year is none of 1970 to 9999.
    """
    seconds, rest = divmod(wall_ns, _SECOND)
    if seconds < 0:
        raise ValueError("a time before 1970")
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("a time after the year 9999") from error
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:09}Z"


def from_text(written: str) -> int:
    """Return the Unix time, in nanoseconds, of a text that ``text`` gave.

    Raises:
        ValueError: It is not such a text.
    """
    matched = _TEXT.fullmatch(written)
    if matched is None:
        raise ValueError(f"not a time: {written!r}")
    whole = datetime.fromisoformat(matched[1] + "+00:00")
    wall_ns = int(whole.timestamp()) * _SECOND + int(matched[2])
    if text(wall_ns) != written:
        raise ValueError(f"not a time: {written!r}")
    return wall_ns
