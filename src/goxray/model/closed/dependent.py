"""Sums over the arrays that a classic map went through: what one array had much of, the next has more of too.

A bucket that was full shares its entries with the two that it becomes, so their overflow buckets depend on its own.
Arrays further apart share less: a quarter, an eighth.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np

from goxray.goruntime.types import SLOTS_PER_UNIT
from goxray.model.closed.chances import F64, I64, Chances, mixture, normal

_FULLEST = 72
_REACH = 3
"""Arrays that are more doublings apart than this have next to nothing in common: a correlation below 0.004."""

_MOST_PAIRS = 1 << 16


def sum_of_arrays(parts: Sequence[Chances], loads: Sequence[float]) -> Chances:
    """The sum of figures that grow with the overflow buckets of an array and of those twice, four times as long.

    Args:
        parts: the figure of each array, in the order of the arrays.
        loads: the entries of each array for every bucket when it was full, or now.
    """
    whole = parts[0]
    for place in range(1, len(parts)):
        nearest = range(max(0, place - _REACH), place)
        shared = sum(
            correlation(loads[each], loads[place], place - each) * math.sqrt(parts[each].variance) for each in nearest
        )
        whole = _sum(whole, parts[place], shared * math.sqrt(parts[place].variance))
    return whole


@functools.lru_cache(1024)
def correlation(older: float, newer: float, doublings: int) -> float:
    """The correlation of the overflow buckets of an array with those of one ``doublings`` times twice as long.

    The loads are Poisson's, given their sums. A new bucket has 1 / 2^doublings of an old one's entries, and later ones
    of its own.
    """
    common = older / 2**doublings
    if not 0 < common <= newer:
        return 0.0
    chances = _poisson(common)
    before, after = _expected_behind(older - common), _expected_behind(newer - common)
    shared = float(chances @ (before * after)) - float(chances @ before) * float(chances @ after)
    shared -= _slope(older) * _slope(newer) * common
    spread = _variance(older) * _variance(newer)
    return 2 ** (doublings / 2) * shared / math.sqrt(spread) if spread > 0 else 0.0


def _sum(first: Chances, second: Chances, covariance: float) -> Chances:
    """The sum of two figures of this covariance.

    It is as if they were independent in some runs, and in the others went together, the high with the high.
    """
    if covariance <= 0 or len(first.values) == 1 or len(second.values) == 1:
        return first.plus(second)
    if len(first.values) * len(second.values) > _MOST_PAIRS:
        return normal(first.mean + second.mean, first.variance + second.variance + 2 * covariance)
    together = _together(first, second)
    most = (together.variance - first.variance - second.variance) / 2
    share = min(1.0, covariance / most) if most > 0 else 0.0
    return mixture([(1 - share, first.plus(second)), (share, together)])


def _together(first: Chances, second: Chances) -> Chances:
    """The sum of two figures that both have the same rank among all runs."""
    sums = np.cumsum(first.weights), np.cumsum(second.weights)
    edges = np.sort(np.concatenate(sums))  # np.union1d would load numpy.ma, which takes longer than all the rest
    widths = np.diff(edges, prepend=0.0)
    middle = edges - widths / 2
    values = [
        each.values[np.minimum(np.searchsorted(sum_, middle), len(each.values) - 1)]
        for each, sum_ in zip((first, second), sums, strict=True)
    ]
    return Chances.of(values[0] + values[1], widths)


def _behind(loads: I64) -> I64:
    """Overflow buckets of buckets with so many entries."""
    found: I64 = np.maximum(loads - 1, 0) // SLOTS_PER_UNIT
    return found


@functools.lru_cache(64)
def _poisson(load: float) -> F64:
    if load <= 0:
        return np.array([1.0] + [0.0] * (_FULLEST - 1))
    found: F64 = np.exp([k * math.log(load) - load - math.lgamma(k + 1) for k in range(_FULLEST)])
    return found


@functools.lru_cache(64)
def _expected_behind(load: float) -> F64:
    """The mean number of overflow buckets with 0, 1, 2... entries and a Poisson number of others."""
    behind, chances = _behind(np.arange(2 * _FULLEST)), _poisson(load)
    return np.array([chances @ behind[first : first + _FULLEST] for first in range(_FULLEST)])


def _slope(load: float) -> float:
    """How many overflow buckets one more entry makes."""
    loads = np.arange(_FULLEST)
    return float(_poisson(load) @ (_behind(loads) * (loads / load - 1)))


def _variance(load: float) -> float:
    """The variance of a bucket's overflow buckets that the sum of the loads does not explain."""
    chances, behind = _poisson(load), _behind(np.arange(_FULLEST))
    return float(chances @ (behind - chances @ behind) ** 2) - _slope(load) ** 2 * load
