"""The used parts of many goroutines' stacks, read at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import MemoryFault
from goxray.goruntime.rootset import I64, U64, Flags

if TYPE_CHECKING:
    from goxray.target.memory import Memory

_WORD = 8
_BULK = 1 << 20
_LEAST = 256


@dataclass(frozen=True)
class Position:
    """A goroutine as the collector needs it: ``[low, high)`` is its stack, ``sp`` and ``pc`` where it stands.

    ``sp`` is 0 where that is not known. ``running`` says that it did not stop by itself: frames at places where maps
    do not hold are searched word by word. ``anywhere`` says that it stands between two instructions: so is its
    innermost frame. ``lr`` is the link register, 0 for none.
    """

    goid: int
    low: int
    high: int
    sp: int
    pc: int
    lr: int = 0
    running: bool = False
    anywhere: bool = False


@dataclass
class Stacks:
    """What was read: stack g's words are ``words[first[g]:]``, from address ``base[g]`` to ``high[g]``.

    ``low`` is the stack's lower bound, below ``base`` for a stack that is used in part; ``first`` is int64, the others
    are uint64. ``goroutines`` are those that could be read; ``unread`` counts the others.
    """

    goroutines: list[Position]
    words: U64
    first: I64
    base: U64
    low: U64
    high: U64
    unread: int

    def at(self, stack: NDArray[np.integer], addrs: U64) -> U64:
        """The words at addresses of the given stacks (uint64), which must be held."""
        number = self.first[stack] + ((addrs - self.base[stack]) >> np.uint64(3)).astype(np.int64)
        found: U64 = self.words[number]
        return found

    def holds(self, stack: NDArray[np.integer], addrs: U64) -> Flags:
        """Which whole words at addresses lie in the part that was read."""
        inside: Flags = (addrs >= self.base[stack]) & (addrs < self.high[stack]) & ((addrs & np.uint64(7)) == 0)
        return inside

    def own(self, stack: NDArray[np.integer], values: U64) -> Flags:
        """Which values point into the stack that holds them."""
        inside: Flags = (values >= self.low[stack]) & (values < self.high[stack])
        return inside

    def at_or_zero(self, stack: NDArray[np.integer], addrs: U64) -> U64:
        """The words at addresses of the given stacks; 0 where that is not held."""
        inside = self.holds(stack, addrs)
        if inside.all():
            return self.at(stack, addrs)
        found = np.zeros(len(addrs), np.uint64)
        found[inside] = self.at(stack[inside], addrs[inside])
        return found

    def one(self, stack: int) -> tuple[memoryview, int, int]:
        """One stack's words, its base and its upper bound, for walks in plain Python."""
        base, high, first = int(self.base[stack]), int(self.high[stack]), int(self.first[stack])
        return self.words[first : first + (high - base) // _WORD].data, base, high


def read_stacks(memory: Memory, goroutines: list[Position]) -> Stacks:
    """Read the used part of each stack, many in one call.

    Stacks are powers of two in size (runtime/stack.go, stackalloc), so what is used is read from their upper end in
    pieces of few sizes.
    """
    low = np.array([g.low for g in goroutines], np.uint64)
    high = np.array([g.high for g in goroutines], np.uint64)
    begin = np.array([g.sp or g.low for g in goroutines], np.uint64) & ~np.uint64(7)
    used = (high - begin).astype(np.int64)
    size = np.maximum(1 << np.ceil(np.log2(np.maximum(used, 1))).astype(np.int64), _LEAST)
    size = np.where((size > _BULK) | (size > (high - low).astype(np.int64)), used, size)
    parts: list[U64] = []
    first = np.full(len(goroutines), -1, np.int64)
    done = 0
    for width in np.unique(size).tolist():
        rows = np.flatnonzero(size == width)
        for part, number in _read(memory, high[rows] - np.uint64(width), width):
            parts.append(part)
            first[rows[number]] = done + np.arange(len(number)) * (width // _WORD)
            done += len(part)
    kept = np.flatnonzero(first >= 0)
    words = np.concatenate(parts) if parts else np.zeros(0, np.uint64)
    base = high[kept] - size[kept].astype(np.uint64)
    chosen = [goroutines[i] for i in kept.tolist()]
    return Stacks(chosen, words, first[kept], base, low[kept], high[kept], len(goroutines) - len(kept))


def _read(memory: Memory, start: U64, width: int) -> list[tuple[U64, I64]]:
    """Read ``width`` bytes from each start: (words one behind the other, which starts they are of)."""
    if width > _BULK:
        parts: list[tuple[U64, I64]] = []
        for number, addr in enumerate(start.tolist()):
            try:
                parts.append((memory.read_array(addr, width).view(np.uint64), np.array([number], np.int64)))
            except MemoryFault:
                continue
        return parts
    raw, ok = memory.read_many(start, width)
    return [(np.ascontiguousarray(raw[ok]).view(np.uint64).reshape(-1), np.flatnonzero(ok))]
