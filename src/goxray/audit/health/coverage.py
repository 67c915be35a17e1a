"""Go cover profiles: ``mode:`` lines and blocks, merged as cmd/cover's own reader merges them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from goxray.core.errors import UsageError

_MODES = ("set", "count", "atomic")
_N = "[0-9]{1,20}"
_LINE = re.compile(rf"(?P<name>.+):(?P<l0>{_N})\.(?P<c0>{_N}),(?P<l1>{_N})\.(?P<c1>{_N}) (?P<n>{_N}) (?P<count>{_N})")

Point = tuple[int, int]
"""Line and column (in bytes), both from 1."""


@dataclass
class Block:
    """A basic block: from ``start`` to before ``end``, its number of statements, how often it ran (set: 0 or 1)."""

    start: Point
    end: Point
    statements: int
    count: int


@dataclass
class Profile:
    """A profile: blocks by file as the profile names it (``example.com/app/main.go``), in the order of the text."""

    mode: str = ""
    blocks: dict[str, list[Block]] = field(default_factory=dict)

    @property
    def statements(self) -> tuple[int, int]:
        """Statements that ran, and all: what ``go tool cover -func`` makes its total of."""
        every = [block for blocks in self.blocks.values() for block in blocks]
        return sum(each.statements for each in every if each.count), sum(each.statements for each in every)


def read_profile(text: str, name: str) -> Profile:
    """Read a cover profile; several of the same mode put together count as one.

    The same block twice (packages tested by several tests) is merged: ``set`` by or, ``count`` and ``atomic`` by sum
    (internal/profile of golang.org/x/tools/cover does so).

    Raises:
        UsageError: it has no ``mode:`` line, a line is not understood, modes differ, or blocks contradict each other.
    """
    found = Profile()
    merged: dict[tuple[str, Point, Point], Block] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("mode:"):
            mode = line.removeprefix("mode:").strip()
            if mode not in _MODES or found.mode not in ("", mode):
                raise _wrong(name, number, f"mode {mode[:40]!r} after {found.mode!r}" if found.mode else "unknown mode")
            found.mode = mode
        elif line.strip():
            if not found.mode:
                raise _wrong(name, number, "no 'mode:' line before the first block")
            _take(found, merged, line, name, number)
    if not found.mode:
        raise UsageError(f"{name} is no cover profile: it is empty", hint="go test -coverprofile=cover.out ./...")
    for blocks in found.blocks.values():
        blocks.sort(key=lambda each: (each.start, each.end))
    return found


def _take(found: Profile, merged: dict[tuple[str, Point, Point], Block], line: str, name: str, number: int) -> None:
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise _wrong(name, number, "this line is not understood")
    start, end = (int(parts["l0"]), int(parts["c0"])), (int(parts["l1"]), int(parts["c1"]))
    statements, count = int(parts["n"]), int(parts["count"])
    key = (parts["name"], start, end)
    known = merged.get(key)
    if known is None:
        merged[key] = Block(start, end, statements, count)
        found.blocks.setdefault(parts["name"], []).append(merged[key])
    elif known.statements != statements:
        raise _wrong(name, number, f"the same block has {known.statements} statements elsewhere")
    else:
        known.count = known.count | count if found.mode == "set" else known.count + count


def _wrong(name: str, number: int, why: str) -> UsageError:
    return UsageError(
        f"{name}:{number}: no cover profile: {why}", hint="make one: go test -coverprofile=cover.out ./..."
    )
