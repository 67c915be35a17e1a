"""Sets of addresses that stay small for few and cheap for many."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from goxray.maps.units import U64

_RECENT = 4096

T = TypeVar("T", np.uint64, np.int64, np.int32)


def distinct(values: NDArray[T]) -> NDArray[T]:
    """The values, sorted, each once.

    Sorting beats numpy's hashed unique, which many aligned addresses slow to a crawl.
    """
    ordered = np.sort(values)
    if len(ordered) < 2:
        return ordered
    keep = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=keep[1:])
    return ordered if keep.all() else ordered[keep]


class AddressSet:
    """A growing set of addresses: a few recent ones, and sorted blocks of growing size that are merged now and then.

    Eight bytes an address; adding one address costs the same whatever the set holds.
    """

    def __init__(self) -> None:
        self._blocks: list[U64] = []
        self._recent: set[int] = set()

    def add(self, addrs: U64) -> NDArray[np.bool_]:
        """Add ``addrs`` (sorted, without repeats); return which of them are new."""
        new = np.ones(len(addrs), np.bool_)
        for block in self._blocks:
            new &= ~member(addrs, block)
        if len(addrs) >= _RECENT:
            self._flush()
            new &= ~member(addrs, self._blocks[-1]) if self._blocks else new
            self._push(addrs[new])
            return new
        if self._recent:
            for index in np.flatnonzero(new).tolist():
                new[index] = int(addrs[index]) not in self._recent
        self._recent.update(addrs[new].tolist())
        if len(self._recent) > _RECENT:
            self._flush()
        return new

    def _flush(self) -> None:
        if self._recent:
            self._push(np.sort(np.fromiter(self._recent, np.uint64, len(self._recent))))
            self._recent.clear()

    def _push(self, block: U64) -> None:
        """Add a sorted block; blocks of like size are merged, so that there are never many."""
        while self._blocks and len(self._blocks[-1]) < 2 * len(block):
            block = np.sort(np.concatenate([self._blocks.pop(), block]), kind="stable")
        if len(block):
            self._blocks.append(block)


def member(addrs: U64, among: U64) -> NDArray[np.bool_]:
    """Which of ``addrs`` stand in ``among`` (sorted, without repeats)."""
    return find(addrs, among) >= 0


def find(addrs: U64, among: U64) -> NDArray[np.int64]:
    """Position of each address in ``among`` (sorted, without repeats), -1 where it is not there."""
    if not len(among):
        return np.full(len(addrs), -1, np.int64)
    position = np.searchsorted(among, addrs)
    position[position == len(among)] = 0
    return np.where(among[position] == addrs, position, -1)


class Frontier:
    """Addresses waiting to be visited: added in any order, drained sorted and without repeats."""

    def __init__(self) -> None:
        self._parts: list[U64] = []
        self._count = 0

    def add(self, addrs: U64) -> None:
        """Add addresses, in any order, repeats allowed."""
        if not len(addrs):
            return
        self._parts.append(addrs)
        self._count += len(addrs)
        if len(self._parts) > 1 and self._count > self._limit:
            self._compact()

    @property
    def _limit(self) -> int:
        return max(1 << 20, 2 * len(self._parts[0]))

    def _compact(self) -> None:
        merged = distinct(np.concatenate(self._parts))
        self._parts, self._count = [merged], len(merged)

    def drain(self) -> U64:
        """Return all addresses, sorted, each once."""
        if not self._parts:
            return np.zeros(0, np.uint64)
        self._compact()
        return self._parts[0]
