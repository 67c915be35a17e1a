"""How millions of addresses become few large reads: sorting, runs, windows, and where the holes fall.

Pure functions over arrays; :mod:`goxray.target.memory` does the reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Hole = tuple[int, int]

WINDOW = 2 << 20  # bytes of one window: it stays in the processor's cache between the copy and the indexing
RUN_SHIFT = 19  # one coalesced run stays inside 512 KiB, so that windows can be cut between runs
MAX_RUNS = 1024  # runs per window: IOV_MAX of process_vm_readv(2)
GAP = 4096  # two addresses this close are read as one run: the page in between is cheaper than another run
BLOCK = 1 << 16  # addresses whose temporaries live at one time
SPLIT = 2048  # fields further apart than this are gathered as separate clusters
TINY = 256  # below this, one call without sorting is fastest
ADDRESS_LIMIT = 1 << 63  # no user space lies above; keeps sums of addresses free of overflow


@dataclass(frozen=True)
class Plan:
    """Sorted records cut into runs: run ``r`` holds records ``first[r]:first[r + 1]`` and reads ``sizes[r]`` bytes."""

    first: Ints
    starts: Words
    sizes: Ints
    ends: Ints  # running sum of sizes


@dataclass(frozen=True)
class Cluster:
    """Offsets that are read together: ``span`` bytes from ``shift`` (modulo 2**64) past each address.

    ``steps`` pairs each column of the result with the word of the span that it gets.
    """

    shift: np.uint64
    span: int
    steps: tuple[tuple[int, int], ...]
    steps_in_order: Ints


@lru_cache(maxsize=256)
def clusters(offsets: tuple[int, ...]) -> tuple[Cluster, ...]:
    """The columns in groups inside which no two neighbouring offsets lie further apart than SPLIT.

    Empty if the offsets are not congruent modulo 8: then no address makes all of them aligned.
    """
    if len({offset & 7 for offset in offsets}) != 1:
        return ()
    ascending = sorted(range(len(offsets)), key=offsets.__getitem__)
    groups = [[ascending[0]]]
    for column in ascending[1:]:
        if offsets[column] - offsets[groups[-1][-1]] > SPLIT:
            groups.append([])
        groups[-1].append(column)
    return tuple(_cluster(group, offsets) for group in groups)


def _cluster(columns: list[int], offsets: tuple[int, ...]) -> Cluster:
    low = offsets[columns[0]]
    steps = {column: (offsets[column] - low) >> 3 for column in columns}
    return Cluster(
        shift=np.uint64(low & (2**64 - 1)),
        span=offsets[columns[-1]] - low + 8,
        steps=tuple(steps.items()),
        steps_in_order=np.array([steps[column] for column in sorted(steps)], np.int64),
    )


def order(addrs: Words) -> Ints | None:
    """The permutation that sorts the addresses; None if they are sorted already."""
    if addrs.size < 2 or bool((addrs[1:] >= addrs[:-1]).all()):
        return None
    return np.argsort(addrs)


def blocks(
    addrs: Words, order: Ints | None, shift: np.uint64, *, align: bool, span: int, ok: Flags
) -> Iterator[tuple[slice | Ints, Words]]:
    """Sorted start addresses, BLOCK at a time, with the rows they belong to; impossible ones are marked and left out.

    ``shift`` is added to every address; where that leaves the address space the row is marked too.
    """
    limit = np.uint64(ADDRESS_LIMIT - span)
    for first in range(0, addrs.size, BLOCK):
        last = min(first + BLOCK, addrs.size)
        rows: slice | Ints = slice(first, last) if order is None else order[first:last]
        given = addrs[rows]
        base = given + shift
        bad = (base >= limit) | (given >= limit)
        if align:
            bad |= (base & np.uint64(7)) != 0
        if bad.any():
            index = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
            ok[index[bad]] = False
            rows, base = index[~bad], base[~bad]
        if base.size:
            yield rows, base  # still ascending: what had wrapped round was marked and left out


def part_of(rows: slice | Ints, part: slice) -> slice | Ints:
    """The rows of a part of a block."""
    if isinstance(rows, slice):
        return slice(rows.start + part.start, rows.start + part.stop)
    return rows[part]


def plan(base: Words, span: int) -> Plan:
    """Cut ascending records of ``span`` bytes into runs to be read as one piece each."""
    cut = (base[1:] - base[:-1]) > np.uint64(span + GAP)
    pages = base >> np.uint64(RUN_SHIFT)
    cut |= pages[1:] != pages[:-1]
    first = np.empty(int(np.count_nonzero(cut)) + 2, np.int64)
    first[0] = 0
    first[-1] = base.size
    first[1:-1] = np.flatnonzero(cut) + 1
    starts = base[first[:-1]]
    sizes = (base[first[1:] - 1] - starts).astype(np.int64) + span
    return Plan(first, starts, sizes, np.cumsum(sizes))


def touched(at: Ints, size: int, holes: list[Hole]) -> Flags:
    """Which of the ranges ``[at, at + size)`` overlap a hole (holes ascending, disjoint)."""
    lows = np.array([low for low, _ in holes], np.int64)
    highs = np.array([high for _, high in holes], np.int64)
    first = np.searchsorted(highs, at, "right")
    inside = first < lows.size
    found: Flags = np.zeros(at.size, np.bool_)
    found[inside] = lows[first[inside]] < at[inside] + size
    return found
