"""How many of a Swiss map's tables get more entries than they hold, under a uniform hash.

The tables are chosen by the hash's upper bits (internal/runtime/maps/map.go, directoryIndex): those of one depth share
the entries like cells of equal chance.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from goxray.model.closed.chances import F64, I64, Chances

CERTAIN = 8.2
"""Standard deviations beyond which no table of millions is."""

_EXACT_CELLS = 16
_WINDOW = 10
_POINTS = 200


@functools.lru_cache(4096)
def above_chances(entries: int, cells: int, limit: int) -> Chances:
    """How many of ``cells`` equally likely cells get more than ``limit`` of the entries."""
    if cells == 1:
        return Chances.sure(int(entries > limit))
    mean = entries / cells
    deviation = math.sqrt(mean * (1 - 1 / cells))
    if mean + CERTAIN * deviation < limit + 1 or entries <= limit:
        return Chances.sure(0)
    if mean - CERTAIN * deviation > limit:
        return Chances.sure(cells)
    loads = np.arange(max(0, int(mean - 14 * deviation)), int(max(mean, limit) + 14 * deviation) + 2)
    logs = loads * math.log(mean) - mean - np.array([math.lgamma(k + 1) for k in loads.tolist()])
    single: F64 = np.exp(logs)
    if cells <= _EXACT_CELLS:
        return _exact(loads, single, entries, cells, limit)
    return _given_the_sum(loads, single, entries, cells, limit)


def expected_above(entries: int, cells: int, limit: int) -> float:
    """The mean of :func:`above_chances`, without the rest of it: each cell's load is binomial."""
    if cells == 1 or entries <= limit:
        return float(cells * (entries > limit))
    share = 1 / cells
    mean, deviation = entries * share, math.sqrt(entries * share * (1 - share))
    if abs(mean - limit) > CERTAIN * deviation + 1:
        return float(cells * (mean > limit))
    first = limit + 1
    log = math.lgamma(entries + 1) - math.lgamma(first + 1) - math.lgamma(entries - first + 1)
    log += first * math.log(share) + (entries - first) * math.log1p(-share)
    loads = np.arange(first, min(entries, int(max(mean, first) + 12 * deviation) + 8))
    ratios = (entries - loads) / (loads + 1) * (share / (1 - share))
    return cells * math.exp(log) * (1 + float(np.cumprod(ratios).sum()))


def _exact(loads: I64, single: F64, entries: int, cells: int, limit: int) -> Chances:
    """Poisson loads given their sum, by their generating functions."""
    size = 1 << (entries + 2 * int(loads[-1])).bit_length()
    below, above = np.zeros(size), np.zeros(size)
    over = loads > limit
    below[loads[~over]], above[loads[over]] = single[~over], single[over]
    low, high = np.fft.fft(below), np.fft.fft(above)
    turn = np.exp(2j * np.pi * ((np.arange(size) * entries) % size) / size)
    powers = [turn]
    for _ in range(cells):
        powers.append(powers[-1] * high)
    weights = np.zeros(cells + 1)
    rest = np.ones(size, np.complex128)
    for number in range(cells, -1, -1):
        weights[number] = max((powers[number] * rest).real.mean(), 0.0) * math.comb(cells, number)
        rest = rest * low
    weights = np.where(weights > weights.max() * 1e-11, weights, 0.0)
    kept = np.flatnonzero(weights)
    return Chances(kept.astype(np.int64), weights[kept] / weights.sum())


def _given_the_sum(loads: I64, single: F64, entries: int, cells: int, limit: int) -> Chances:
    """The binomial number of independent cells, weighed by how well their loads add up to the entries."""
    over = loads > limit
    share = float(single[over].sum() / single.sum())
    if share <= 0 or share >= 1:
        return Chances.sure(cells if share >= 1 else 0)
    low, low_variance = _moments(loads[~over], single[~over])
    high, high_variance = _moments(loads[over], single[over])
    middle, deviation = cells * share, math.sqrt(cells * share * (1 - share))
    first, last = max(0, int(middle - _WINDOW * deviation) - 8), min(cells, int(middle + _WINDOW * deviation) + 8)
    step = max(1, int(deviation / _POINTS))
    values = np.arange(first, last + 1, step, dtype=np.int64)
    chosen = np.array([_choose_log(cells, k) for k in values.tolist()])
    logs = chosen + values * math.log(share) + (cells - values) * math.log1p(-share)
    spread = values * high_variance + (cells - values) * low_variance
    apart = entries - (values * high + (cells - values) * low)
    logs -= apart * apart / (2 * spread) + np.log(spread) / 2
    weights = np.exp(logs - logs.max())
    return Chances(values, weights / weights.sum())


def _choose_log(cells: int, number: int) -> float:
    return math.lgamma(cells + 1) - math.lgamma(number + 1) - math.lgamma(cells - number + 1)


def _moments(values: I64, weights: F64) -> tuple[float, float]:
    total = weights.sum()
    mean = float(values @ weights / total)
    return mean, float((values - mean) ** 2 @ weights / total)


@functools.lru_cache(4096)
def entries_for(cells: int, limit: int, expected: float) -> int:
    """About how many entries let ``expected`` of the cells get more than ``limit``."""
    share = min(max(expected / cells, 1e-15), 1 - 1e-15)
    deviations = _normal_quantile(1 - share)
    spread = 1 - 1 / cells
    # limit + 1/2 = mean + deviations * sqrt(mean * spread)
    root = (-deviations * math.sqrt(spread) + math.sqrt(deviations**2 * spread + 4 * (limit + 0.5))) / 2
    return max(limit + 1, round(cells * root * root))


def _normal_quantile(chance: float) -> float:
    low, high = -9.0, 9.0
    for _ in range(60):
        middle = (low + high) / 2
        if 0.5 * math.erfc(-middle / math.sqrt(2)) < chance:
            low = middle
        else:
            high = middle
    return low
