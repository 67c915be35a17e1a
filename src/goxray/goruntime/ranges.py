"""Lists of address ranges as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]

_MASK = (1 << 64) - 1


@dataclass(frozen=True)
class Ranges:
    """Ranges of addresses ``[start, end)`` (uint64, one length), ascending and disjoint."""

    start: U64
    end: U64

    @property
    def bytes(self) -> int:
        """Bytes in all of them."""
        return int((self.end - self.start).sum())

    def __len__(self) -> int:
        return len(self.start)

    @classmethod
    def of(cls, start: U64, end: U64) -> Ranges:
        """Sort ranges; where two overlap (memory read while it changed, or damaged) the lower one wins."""
        start, end = np.asarray(start, np.uint64), np.asarray(end, np.uint64)
        order = np.argsort(start, kind="stable")
        start, end = start[order], end[order]
        if len(start) > 1:
            reached = np.maximum.accumulate(end)
            start = start.copy()
            start[1:] = np.maximum(start[1:], reached[:-1])
        keep = start < end
        return cls(start[keep], end[keep])

    @classmethod
    def single(cls, start: int, size: int) -> Ranges:
        """Return one range of ``size`` bytes; none where that is 0 or beyond the address space."""
        if start <= 0 or size <= 0 or start + size > _MASK:
            return NO_RANGES
        return cls(np.array([start], np.uint64), np.array([start + size], np.uint64))

    def holding(self, addrs: U64) -> NDArray[np.bool_]:
        """Which addresses lie in one of the ranges."""
        if not len(self):
            return np.zeros(len(addrs), np.bool_)
        at = np.searchsorted(self.start, addrs, "right") - 1
        inside: NDArray[np.bool_] = (at >= 0) & (addrs < self.end[np.maximum(at, 0)])
        return inside


NO_RANGES = Ranges(np.zeros(0, np.uint64), np.zeros(0, np.uint64))


def union(parts: list[Ranges]) -> Ranges:
    """Return all of the ranges as one list."""
    return Ranges.of(np.concatenate([p.start for p in parts]), np.concatenate([p.end for p in parts]))
