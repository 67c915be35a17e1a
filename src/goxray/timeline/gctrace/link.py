"""Each cycle linked to the one before it in its process: by the counter, the times, the form, and the heap.

A process counts its cycles 1, 2, 3 (``memstats.numgc``) at times that only grow, and prints one form of line. Where
several fit, the one is chosen whose heap and goal are nearest: a heap begins a cycle near the goal that the last one
set, no smaller than what it left, and with GOGC=100 its goal is twice that.
"""

from __future__ import annotations

from collections.abc import Sequence

from goxray.core import gctrace_result as g

ANY = -1
"""A key that fits all."""

TWICE = -2
"""The chain of a line that came before."""

LARGEST = 1 << 43  # goals above are none
MOST_APART, OTHER_PROCS, SHRANK = 1 << 40, 1 << 49, 1 << 50
_SAYS = g.PROCS + 1  # columns of what a line says

Row = Sequence[int]


def link(rows: Sequence[Row], keys: Sequence[int], room: int) -> tuple[list[int], int]:
    """Return the chain of each cycle, TWICE for a line that came before, and the number of chains.

    Args:
        rows: the cycles in the log's order, as rows of WIDTH columns.
        keys: what stands before each.
        room: so many chains are open at once at the most; then the one that has been silent for longest ends.
    """
    chain: list[int] = []
    open_chains: list[tuple[int, int]] = []  # last cycle, number
    chains = 0
    for i, row in enumerate(rows):
        best, least, twice = -1, 0, False
        for slot, (last, _) in enumerate(open_chains):
            if not _one_key(keys[last], keys[i]):
                continue
            twice = twice or rows[last][:_SAYS] == row[:_SAYS]
            if _follows(rows[last], row):
                strain = _strain(rows[last], row)
                if best < 0 or strain < least:
                    best, least = slot, strain
        if twice:
            chain.append(TWICE)
            continue
        if best < 0:
            best = _open(open_chains, room, chains)
            chains += 1
        number = open_chains[best][1]
        open_chains[best] = (i, number)
        chain.append(number)
    return chain, chains


def _open(open_chains: list[tuple[int, int]], room: int, number: int) -> int:
    """Make a place for one more chain and return it."""
    if len(open_chains) < room:
        open_chains.append((-1, number))
        return len(open_chains) - 1
    place = min(range(room), key=lambda slot: open_chains[slot][0])
    open_chains[place] = (-1, number)
    return place


def _one_key(one: int, other: int) -> bool:
    return one == other or ANY in (one, other)


def _follows(last: Row, row: Row) -> bool:
    return (
        row[g.N] == last[g.N] + 1
        and row[g.T_MS] >= last[g.T_MS]
        and (row[g.STACKS] < 0) == (last[g.STACKS] < 0)
        and (row[g.SCAN_CLOCK] < 0) == (last[g.SCAN_CLOCK] < 0)
    )


def _strain(last: Row, row: Row) -> int:
    """Return how badly a cycle fits behind another: 0 is best; a heap that shrank between them is worst."""
    apart = abs(row[g.START] - last[g.GOAL]) if last[g.GOAL] < LARGEST else row[g.START]
    strain = min(apart, MOST_APART)
    if row[g.GOAL] < LARGEST:
        strain += abs(row[g.GOAL] - 2 * last[g.LIVE])
    if row[g.START] < last[g.LIVE]:
        strain += SHRANK
    if row[g.PROCS] != last[g.PROCS]:
        strain += OTHER_PROCS
    return strain
