"""What the kernel says a process weighs: /proc/PID/status at every look, /proc/PID/smaps_rollup now and then.

status takes no lock of the target's memory. smaps_rollup walks its page tables under the lock that mmap and munmap
want: it is read seldom, and the more seldom the longer it takes.
"""

from __future__ import annotations

import os
import re
import select
import time
from dataclasses import dataclass
from pathlib import Path

from goxray.core.errors import ProcessGone

_FIELDS = re.compile(rb"^(VmHWM|VmRSS|RssAnon|VmSwap|Threads):\s+(\d+)", re.MULTILINE)
_ROLLUP = re.compile(rb"^(Rss|Pss|Anonymous|AnonHugePages|Swap|Private_Clean|Private_Dirty):\s+(\d+) kB", re.MULTILINE)
SHARE = 1000
"""smaps_rollup is read again after this many times what the last read took: one part in a thousand."""
SELDOM = 1.0
"""And after this many seconds at the earliest."""


@dataclass(frozen=True)
class Weight:
    """Bytes in RAM and swapped out, and threads. The kernel's counters of RSS lag by some pages for each CPU."""

    rss: int
    rss_anon: int
    rss_peak: int
    swap: int
    threads: int


@dataclass(frozen=True)
class Rollup:
    """Exact bytes by a walk of the page tables. ``unique`` is what no other process shares; ``took_s`` the walk."""

    rss: int
    pss: int
    anonymous: int
    huge: int
    swap: int
    unique: int
    took_s: float


class Footprint:
    """Weighs a process again and again; tells when it has ended. Close it, or use it in a ``with``."""

    def __init__(self, pid: int, *, smaps: bool = True) -> None:
        """Without ``smaps`` its page tables are never walked."""
        self.pid, self.smaps = pid, smaps
        try:
            self._status = os.open(f"/proc/{pid}/status", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            raise ProcessGone(f"process {pid} ended while it was being read") from None
        self._poll = select.poll()
        try:
            self._life: int | None = os.pidfd_open(pid)
            self._poll.register(self._life, select.POLLIN)
        except OSError:  # an old kernel, or one that forbids it: reads of status tell
            self._life = None
        self._rollup_due = 0.0
        self.clock_offset_ns = clock_offset_ns(pid)

    def wait(self, seconds: float) -> bool:
        """Sleep, but no longer than the process lives; True when it has ended."""
        if self._life is None:
            time.sleep(max(seconds, 0.0))
            return False
        return bool(self._poll.poll(max(seconds, 0.0) * 1000))

    def weigh(self) -> Weight:
        """Read status.

        Raises:
            ProcessGone: the process has ended.
        """
        try:
            found = {key: int(value) for key, value in _FIELDS.findall(os.pread(self._status, 8192, 0))}
        except OSError:
            found = {}
        if b"VmRSS" not in found:
            raise ProcessGone(f"process {self.pid} ended while it was being read")
        bytes_ = {key: value << 10 for key, value in found.items()}
        return Weight(
            bytes_[b"VmRSS"], bytes_.get(b"RssAnon", 0), bytes_.get(b"VmHWM", 0), bytes_.get(b"VmSwap", 0),
            found.get(b"Threads", 0),
        )  # fmt: skip

    def rollup(self) -> Rollup | None:
        """Walk the page tables if that is due; None where it is not, or not allowed."""
        begin = time.monotonic()
        if not self.smaps or begin < self._rollup_due:
            return None
        try:
            text = Path(f"/proc/{self.pid}/smaps_rollup").read_bytes()
        except OSError:
            self._rollup_due = begin + SELDOM
            return None
        took = time.monotonic() - begin
        self._rollup_due = begin + max(SELDOM, SHARE * took)
        found = {key: int(value) << 10 for key, value in _ROLLUP.findall(text)}
        unique = found.get(b"Private_Clean", 0) + found.get(b"Private_Dirty", 0)
        return Rollup(
            found.get(b"Rss", 0), found.get(b"Pss", 0), found.get(b"Anonymous", 0), found.get(b"AnonHugePages", 0),
            found.get(b"Swap", 0), unique, took,
        )  # fmt: skip

    def close(self) -> None:
        """Release the descriptors."""
        os.close(self._status)
        if self._life is not None:
            os.close(self._life)

    def __enter__(self) -> Footprint:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def clock_offset_ns(pid: int, proc: str = "/proc") -> int:
    """Return how far the process's CLOCK_MONOTONIC is ahead of ours, in nanoseconds: time namespaces may differ.

    ``proc`` is another place for /proc, for tests. Source: time_namespaces(7).
    """

    def offset(where: str) -> int:
        try:
            rows = [line.split() for line in Path(f"{proc}/{where}/timens_offsets").read_text().splitlines()]
        except OSError:
            return 0
        return next((int(row[1]) * 10**9 + int(row[2]) for row in rows if row[0] == "monotonic"), 0)

    return offset(str(pid)) - offset("self")
