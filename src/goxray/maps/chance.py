"""What the hash decides in a fresh map, as chances under a uniform hash: overflow buckets, tables that outgrow."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from goxray.maps.units import I64, SLOTS

F64 = NDArray[np.float64]

_FULLEST = 64
"""More entries than this in one bucket do not happen: the mean is below seven."""

_EXACT_CELLS = 1 << 16
_DEVIATIONS = 9


@functools.lru_cache(1024)
def overflow_chances(entries: int, log2: int) -> tuple[I64, F64]:
    """How many overflow buckets hang on 2^log2 buckets that hold ``entries``: (numbers, the chance of each).

    The buckets' loads are Poisson variables given their sum. For few buckets the joint distribution of that sum and
    of the overflow buckets is the 2^log2-fold convolution of a single bucket's; for many the number is all but normal.
    """
    loads = np.arange(_FULLEST)
    logs = loads * math.log(entries / 2**log2) - entries / 2**log2 - np.array([math.lgamma(x + 1) for x in loads])
    single: F64 = np.exp(logs)
    behind = np.maximum(loads - 1, 0) // SLOTS
    mean, deviation = _moments(single, loads, behind, 1 << log2)
    spread = _DEVIATIONS * deviation
    rows, most = entries + _FULLEST + _DEVIATIONS * math.isqrt(entries), int(mean + spread) + 2 * SLOTS
    if rows * most > _EXACT_CELLS:
        numbers = np.arange(max(0, int(mean - spread)), int(mean + spread) + 2)
        chances = np.exp(-(((numbers - mean) / deviation) ** 2) / 2)
        return numbers, chances / chances.sum()
    grid = np.zeros((rows, most))
    grid[loads, behind] = single
    spectrum = np.fft.fft2(grid)
    for _ in range(log2):
        spectrum *= spectrum
    chances = np.fft.ifft2(spectrum)[entries].real.clip(0)
    return np.arange(most), chances / chances.sum()


def _moments(single: F64, loads: I64, behind: I64, buckets: int) -> tuple[float, float]:
    """Mean and standard deviation of the overflow buckets, given the sum of the loads."""
    load, mean = float(single @ loads), float(single @ behind)
    shared = float(single @ (loads * behind)) - load * mean
    # to second order: the chance of the sum itself bends the mean (expansion of the conditional expectation)
    third = float(single @ ((loads - load) ** 2 * (behind - mean)))
    bent = -(third - shared) / (2 * load)
    variance = float(single @ (behind - mean) ** 2) - shared**2 / load
    return buckets * mean + bent, math.sqrt(max(buckets * variance, 1e-9))


def chance_of_growth(entries: int, tables: int, most: int) -> tuple[float, float]:
    """Chances that a given one, and that any, of ``tables`` tables gets more than ``most`` of the entries.

    A table's share is binomial: by the normal approximation with continuity correction. Tables are taken to be
    independent, but for two, of which the one has what the other has not.
    """
    if tables == 1:
        return 0.0, 0.0
    mean = entries / tables
    deviation = math.sqrt(mean * (1 - 1 / tables))
    one = 0.5 * math.erfc((most + 0.5 - mean) / deviation / math.sqrt(2))
    if tables == 2:
        return one, min(1.0, 2 * one)
    return one, 1 - (1 - one) ** tables
