"""The memory control group of a process: what it uses, and the limits that hold for it, up the tree (v1 and v2).

Source: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst. A process may use no more than the smallest
limit among its group and all groups above it. Groups above the mount that is seen here (in a container) stay unknown.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_UNLIMITED = 1 << 62
"""v1 writes "no limit" as the largest number of whole pages, a little under 2**63."""
_ESCAPED = re.compile(r"\\([0-7]{3})")
_FILES = {
    2: ("memory.current", "memory.max", "memory.high", "memory.swap.current", "memory.swap.max"),
    1: ("memory.usage_in_bytes", "memory.limit_in_bytes", "memory.soft_limit_in_bytes", "", ""),
}


@dataclass(frozen=True)
class GroupMemory:
    """What a group's files say, in bytes; None where there is no such file or no limit.

    ``current`` and ``swap`` are of the process's own group. ``limit`` is the smallest maximum up the tree and
    ``limit_at`` the group that sets it; ``high`` (v2) is the smallest threshold for throttling. ``headroom`` is what
    may be taken before some group meets its limit. ``oom_kills`` and ``limit_hits`` count events of the own group:
    processes killed, and times that its limit was met.
    """

    current: int | None
    limit: int | None
    limit_at: str | None
    high: int | None
    headroom: int | None
    swap: int | None
    swap_limit: int | None
    oom_kills: int | None
    limit_hits: int | None


class MemoryGroup:
    """The memory group of a process: ``version`` 1 or 2, ``path`` as the kernel names it."""

    def __init__(self, version: int, path: str, levels: list[Path], whole: bool) -> None:
        """``levels`` are the directories from the process's own group up; ``whole`` says that the last is the root."""
        self.version, self.path, self.levels, self.whole = version, path, levels, whole

    def current(self) -> int | None:
        """Bytes charged to the process's own group now; one small file."""
        return _number(self.levels[0] / _FILES[self.version][0])

    def read(self) -> GroupMemory:
        """Read all levels."""
        usage, most, high, swap, swap_most = _FILES[self.version]
        limits = [(_limit(level / most), _number(level / usage), level) for level in self.levels]
        known = [(limit, used, level) for limit, used, level in limits if limit is not None]
        smallest = min(known, key=lambda row: row[0], default=None)
        thresholds = [] if self.version == 1 else [_limit(level / high) for level in self.levels]
        own = self.levels[0]
        kills, hits = self._events(own)
        return GroupMemory(
            current=limits[0][1],
            limit=smallest[0] if smallest else None,
            limit_at=self._name(smallest[2]) if smallest else None,
            high=min((value for value in thresholds if value is not None), default=None),
            headroom=min((max(limit - used, 0) for limit, used, _ in known if used is not None), default=None),
            swap=_number(own / swap) if swap else None,
            swap_limit=_limit(own / swap_most) if swap_most else None,
            oom_kills=kills,
            limit_hits=hits,
        )

    def _name(self, level: Path) -> str:
        """The kernel's name of a level: the own group's path, shortened once for each step up."""
        steps = self.levels.index(level)
        parts = [part for part in self.path.split("/") if part]
        return "/" + "/".join(parts[: len(parts) - steps])

    def _events(self, own: Path) -> tuple[int | None, int | None]:
        if self.version == 2:
            events = _pairs(own / "memory.events")
            return events.get("oom_kill"), events.get("max")
        return _pairs(own / "memory.oom_control").get("oom_kill"), _number(own / "memory.failcnt")


def memory_group(pid: int, proc: str = "/proc") -> MemoryGroup | None:
    """Find the memory group of a process by /proc/PID/cgroup and our own mounts; None where it cannot be seen.

    ``proc`` is another place for /proc, for tests.
    """
    try:
        lines = Path(f"{proc}/{pid}/cgroup").read_text().splitlines()
        mounts = Path(f"{proc}/self/mountinfo").read_text().splitlines()
    except OSError:
        return None
    rows = [line.split(":", 2) for line in lines if line.count(":") >= 2]
    first = next((path for _, controllers, path in rows if "memory" in controllers.split(",")), None)
    unified = next((path for number, _, path in rows if number == "0"), None)
    version, path = (1, first) if first is not None else (2, unified)
    if path is None:
        return None
    for root, point in _mounts(mounts, version):
        found = _levels(path, root, point)
        if found:
            return MemoryGroup(version, path, found, root == "/")
    return None


def _mounts(lines: list[str], version: int) -> list[tuple[str, str]]:
    """(root inside the hierarchy, mount point) of each mount of the memory hierarchy."""
    found = []
    for line in lines:
        before, _, after = line.partition(" - ")
        fields, kind = before.split(), after.split()
        if len(fields) < 5 or len(kind) < 3:
            continue
        if (version == 2 and kind[0] == "cgroup2") or (
            version == 1 and kind[0] == "cgroup" and "memory" in kind[2].split(",")
        ):
            found.append((_plain(fields[3]), _plain(fields[4])))
    return found


def _levels(path: str, root: str, point: str) -> list[Path]:
    """The directories of a group and those above it, as far as this mount shows them."""
    if path == root or path.startswith(root.rstrip("/") + "/"):
        rest = path[len(root.rstrip("/")) :].strip("/")
    else:
        return []
    own = Path(point, rest) if rest else Path(point)
    if ".." in own.parts or not own.is_dir():
        return []
    levels = [own]
    while str(levels[-1]) != point:
        levels.append(levels[-1].parent)
    return levels


def _plain(text: str) -> str:
    """A path of mountinfo without its octal escapes."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), text)


def _text(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(descriptor, 4096).decode()
    except OSError:
        return ""
    finally:
        os.close(descriptor)


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _limit(path: Path) -> int | None:
    value = _number(path)
    return value if value is not None and value < _UNLIMITED else None


def _pairs(path: Path) -> dict[str, int]:
    rows = [line.split() for line in _text(path).splitlines()]
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}
