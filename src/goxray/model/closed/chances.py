"""A figure that the hash decides: the values that it may have and the chance of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

DEVIATIONS = 9
"""Values further than this many standard deviations from the mean are left out."""

_POINTS = 100
"""Values to a standard deviation, where each one would be too many."""

_NORMAL_FROM = 100.0
"""From this variance on a count is taken to be normal."""

_MOST_VALUES = 4096
_NEGLIGIBLE = 1e-18


@dataclass(frozen=True)
class Chances:
    """``values`` (int64[N], ascending) and their ``weights`` (float64[N], the sum is 1)."""

    values: I64
    weights: F64

    @staticmethod
    def sure(value: int) -> Chances:
        """A figure that every run has."""
        return Chances(np.array([value], np.int64), np.ones(1))

    @staticmethod
    def of(values: I64, weights: F64) -> Chances:
        """Sort, join equal values, drop those without weight; the weights need not add up to 1."""
        if values.size == 1:
            return Chances(values.reshape(-1).astype(np.int64), np.ones(1))
        if values.ndim == 1 and (values[1:] > values[:-1]).all() and (weights > 0).all():
            return Chances(values.astype(np.int64), weights / weights.sum())
        distinct, where = np.unique(values, return_inverse=True)
        total = np.bincount(where.reshape(-1), weights=weights.reshape(-1))
        possible = total > 0
        return Chances(distinct[possible].astype(np.int64), total[possible] / total.sum())

    @cached_property
    def mean(self) -> float:
        """The expected value."""
        return float(self.values @ self.weights)

    @cached_property
    def variance(self) -> float:
        """The variance."""
        apart = self.values - self.mean
        return float((apart * apart) @ self.weights)

    def quantile(self, share: float) -> int:
        """The least value that the figure does not exceed with this chance."""
        if len(self.values) == 1:
            return int(self.values[0])
        at = int(np.searchsorted(np.cumsum(self.weights), share - 1e-12))
        return int(self.values[min(at, len(self.values) - 1)])

    @property
    def median(self) -> int:
        """The value in the middle."""
        return self.quantile(0.5)

    def map(self, function: Callable[[I64], I64]) -> Chances:
        """The distribution of a function of this figure."""
        return Chances.of(np.asarray(function(self.values), np.int64), self.weights)

    def plus(self, other: Chances) -> Chances:
        """The distribution of the sum with an independent figure; a normal one where exact sums would be too many."""
        if len(self.values) == 1 or len(other.values) == 1:
            values = (self.values[:, None] + other.values).reshape(-1)
            return Chances(values, (self.weights[:, None] * other.weights).reshape(-1))
        if len(self.values) * len(other.values) > _MOST_VALUES * 16:
            return normal(self.mean + other.mean, self.variance + other.variance)
        both = Chances.of(self.values[:, None] + other.values, self.weights[:, None] * other.weights)
        if len(both.values) <= _MOST_VALUES:
            return both
        return normal(both.mean, both.variance)


def mixture(parts: Sequence[tuple[float, Chances]]) -> Chances:
    """The distribution of a figure that is drawn from each part with the chance in front of it."""
    kept = [(chance, part) for chance, part in parts if chance > _NEGLIGIBLE] or list(parts)
    if len(kept) == 1:
        return kept[0][1]
    values = np.concatenate([part.values for _, part in kept])
    return Chances.of(values, np.concatenate([chance * part.weights for chance, part in kept]))


def normal(mean: float, variance: float) -> Chances:
    """A normal figure on whole numbers; of many values only every so manyth stands for its neighbours."""
    deviation = math.sqrt(max(variance, 1e-12))
    step = max(1, int(deviation / _POINTS))
    reach = math.ceil(DEVIATIONS * deviation / step)
    middle = round(mean)
    values = middle + step * np.arange(-reach, reach + 1, dtype=np.int64)
    weights = np.exp(-(((values - mean) / deviation) ** 2) / 2)
    if not weights.sum():
        return Chances.sure(middle)
    return Chances(values, weights / weights.sum())


def counted(mean: float, variance: float, most: int) -> Chances:
    """A count of rare or common events, 0 to ``most``, of this mean and variance.

    Few events: the binomial distribution that has both, which is Poisson's where they are equal. Many: the normal one.
    """
    mean = min(max(mean, 0.0), float(most))
    if mean < 1e-12 or most == 0:
        return Chances.sure(0)
    if variance >= _NORMAL_FROM:
        found = normal(mean, variance)
        inside = (found.values >= 0) & (found.values <= most)
        return Chances.of(found.values[inside], found.weights[inside])
    single = min(max(1 - variance / mean, 0.0), 1 - 1e-9)
    trials = mean / single if single > 1e-9 else math.inf
    top = min(most, math.ceil(min(trials, mean + 40 + 12 * math.sqrt(mean))))
    values = np.arange(top + 1, dtype=np.int64)
    logs = [_binomial_log(int(k), trials, single, mean) for k in values]
    weights = np.exp(np.array(logs) - max(logs))
    return Chances(values, weights / weights.sum())


def _binomial_log(k: int, trials: float, single: float, mean: float) -> float:
    """The logarithm of a binomial probability whose number of trials need not be whole, up to a constant."""
    if math.isinf(trials) or trials > 1e12:
        return k * math.log(mean) - math.lgamma(k + 1)
    left = trials - k
    if left <= -1:
        return -math.inf
    return k * math.log(single) + max(left, 0.0) * math.log1p(-single) - math.lgamma(k + 1) - math.lgamma(left + 1)
