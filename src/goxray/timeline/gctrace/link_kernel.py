"""Cycles linked to the ones before them, compiled: see :func:`goxray.timeline.gctrace.link.link`, its slow twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.core import gctrace_result as g
from goxray.core.jit import bare_kernel
from goxray.timeline.gctrace import link as slow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_N, _T, _START, _LIVE, _GOAL, _PROCS = g.N, g.T_MS, g.START, g.LIVE, g.GOAL, g.PROCS
_STACKS, _SCAN = g.STACKS, g.SCAN_CLOCK
_ANY, _TWICE, _FOLLOWS, _LARGEST = slow.ANY, slow.TWICE, 1, slow.LARGEST
_SHRANK, _OTHER_PROCS, _MOST_APART = slow.SHRANK, slow.OTHER_PROCS, slow.MOST_APART


@bare_kernel
def _strain(rows: Ints, last: int, i: int) -> int:
    """Return how badly cycle ``i`` fits behind ``last``."""
    strain = abs(rows[i, _START] - rows[last, _GOAL]) if rows[last, _GOAL] < _LARGEST else rows[i, _START]
    strain = min(strain, _MOST_APART)
    strain += abs(rows[i, _GOAL] - 2 * rows[last, _LIVE]) if rows[i, _GOAL] < _LARGEST else 0
    if rows[i, _START] < rows[last, _LIVE]:
        strain += _SHRANK
    if rows[i, _PROCS] != rows[last, _PROCS]:
        strain += _OTHER_PROCS
    return int(strain)


@bare_kernel
def _same(rows: Ints, a: int, b: int) -> bool:
    """Return whether two lines say the same."""
    column = 0
    while column <= _PROCS and rows[a, column] == rows[b, column]:
        column += 1
    return column > _PROCS


@bare_kernel
def _relation(rows: Ints, keys: Ints, last: int, i: int) -> int:
    """Return whether cycle ``i`` can follow ``last`` (_FOLLOWS), is that line again (_TWICE), or neither (0)."""
    if keys[i] != keys[last] and keys[i] != _ANY and keys[last] != _ANY:
        return 0
    if rows[i, _N] == rows[last, _N] and rows[i, _T] == rows[last, _T] and _same(rows, last, i):
        return _TWICE
    if rows[i, _N] != rows[last, _N] + 1 or rows[i, _T] < rows[last, _T]:
        return 0
    same_form = (rows[i, _STACKS] < 0) == (rows[last, _STACKS] < 0) and (rows[i, _SCAN] < 0) == (rows[last, _SCAN] < 0)
    return _FOLLOWS if same_form else 0


@bare_kernel
def _free(tails: Ints, used: int) -> int:
    """Return a place for one more open chain: a new one, or that of the chain that has been silent for longest."""
    if used < len(tails):
        return used
    oldest = 0
    for slot in range(1, used):
        if tails[slot, 0] < tails[oldest, 0]:
            oldest = slot
    return oldest


@bare_kernel
def link(rows: Ints, keys: Ints, chain: Ints, tails: Ints) -> int:
    """Link each cycle to the one before it; return the number of chains.

    Args:
        rows: int64[N, WIDTH], the cycles in the log's order.
        keys: int64[N], what stands before each; _ANY fits all.
        chain: int64[N], filled with the chain of each cycle, _TWICE for a line that came before.
        tails: int64[M, 2], room for the last cycle of each open chain and its number.
    """
    chains, used = 0, 0
    for i in range(len(rows)):
        best, least = -1, 0
        twice = False
        for slot in range(used):
            relation = _relation(rows, keys, tails[slot, 0], i)
            twice = twice or relation == _TWICE
            if relation == _FOLLOWS:
                strain = _strain(rows, tails[slot, 0], i) if used > 1 else 0
                if best < 0 or strain < least:
                    best, least = slot, strain
        if twice:
            chain[i] = _TWICE
            continue
        if best < 0:
            best = _free(tails, used)
            used = min(used + 1, len(tails))
            tails[best, 1] = chains
            chains += 1
        tails[best, 0] = i
        chain[i] = tails[best, 1]
    return chains
