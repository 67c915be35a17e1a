"""How many overflow buckets hang on the buckets of a fresh classic map, under a uniform hash.

A bucket with k entries has ceil(k / 8) - 1 of them, whatever the order in which the entries came: evacuation packs
them densely (runtime/map.go, evacuate) and an insert takes the first empty cell (mapassign).
"""

from __future__ import annotations

import functools
import math

import numpy as np

from goxray.goruntime.types import SLOTS_PER_UNIT
from goxray.model.closed.chances import DEVIATIONS, F64, I64, Chances, counted

_FULLEST = 72
"""More entries than this in one bucket do not happen: the mean is below seven."""

_EXACT_CELLS = 1 << 16


@functools.lru_cache(4096)
def overflow_chances(entries: int, buckets: int) -> Chances:
    """The number of overflow buckets on ``buckets`` buckets that hold ``entries`` entries together.

    The buckets' loads are Poisson variables given their sum. For few buckets the joint distribution of that sum and
    of the overflow buckets is the convolution of as many single buckets'; for many the number is all but normal, or
    a count of rare events.
    """
    most = most_overflow(entries)
    if most == 0 or buckets == 1:
        return Chances.sure(most)
    loads = np.arange(_FULLEST)
    single = _single(entries / buckets, loads)
    behind = np.maximum(loads - 1, 0) // SLOTS_PER_UNIT
    mean, variance = _moments(single, loads, behind, buckets)
    columns = min(most, int(mean + DEVIATIONS * math.sqrt(variance)) + 2 * SLOTS_PER_UNIT) + _FULLEST // SLOTS_PER_UNIT
    rows = entries + _FULLEST + DEVIATIONS * math.isqrt(entries)
    if rows * columns > _EXACT_CELLS:
        return counted(mean, variance, most)
    return _exact(single, behind, entries, buckets, (rows, columns + 1))


def second_or_later(entries: int, buckets: int) -> float:
    """The mean number of overflow buckets that are not the first on their bucket."""
    loads = np.arange(_FULLEST)
    return buckets * float(_single(entries / buckets, loads) @ np.maximum((loads - 1) // SLOTS_PER_UNIT - 1, 0))


def _single(load: float, loads: I64) -> F64:
    """The chances of each of ``loads`` entries in a bucket that has ``load`` on average."""
    found: F64 = np.exp(loads * math.log(load) - load - np.array([math.lgamma(x + 1) for x in loads]))
    return found


def _exact(single: F64, behind: I64, entries: int, buckets: int, shape: tuple[int, int]) -> Chances:
    grid = np.zeros(shape)
    for load in range(min(_FULLEST, shape[0])):
        if behind[load] < shape[1]:
            grid[load, behind[load]] += single[load]
    spectrum = np.fft.rfft2(grid)
    whole = np.ones_like(spectrum)
    while buckets:
        if buckets & 1:
            whole *= spectrum
        spectrum *= spectrum
        buckets >>= 1
    weights = np.fft.irfft2(whole, shape)[entries]
    weights = np.where(weights > weights.max() * 1e-13, weights, 0.0)
    values = np.arange(len(weights), dtype=np.int64)
    kept = weights > 0
    return Chances(values[kept], weights[kept] / weights.sum())


def most_overflow(entries: int) -> int:
    """The most overflow buckets that so many entries can have: all of them in one bucket."""
    return max(entries - 1, 0) // SLOTS_PER_UNIT


def _moments(single: F64, loads: I64, behind: I64, buckets: int) -> tuple[float, float]:
    """Mean and variance of the overflow buckets, given the sum of the loads."""
    load, mean = float(single @ loads), float(single @ behind)
    shared = float(single @ (loads * behind)) - load * mean
    # to second order: the chance of the sum itself bends the mean (expansion of the conditional expectation)
    third = float(single @ ((loads - load) ** 2 * (behind - mean)))
    bent = -(third - shared) / (2 * load)
    variance = float(single @ (behind - mean) ** 2) - shared**2 / load
    return max(buckets * mean + bent, 0.0), max(buckets * variance, 1e-12)
