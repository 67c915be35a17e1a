"""Do two samples come from one distribution? Tests that hold for figures with many ties, with their exact chances.

The null hypothesis is that all values, real and modelled, were drawn from one distribution: then every way of telling
which of them are the real ones is as likely as any other, whatever the distribution is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from math import erfc, gcd, sqrt

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_ROUNDING = 1e-9


def ks_distance(first: I64, second: I64) -> tuple[int, int]:
    """Return Kolmogorov and Smirnov's greatest distance between two empirical distributions, as a fraction (a, b)."""
    n, m = len(first), len(second)
    values = np.unique(np.concatenate([first, second]))
    below_first = np.searchsorted(np.sort(first), values, side="right")
    below_second = np.searchsorted(np.sort(second), values, side="right")
    scale = n * m // gcd(n, m)
    steps = np.abs(below_first * (scale // n) - below_second * (scale // m))
    return int(steps.max()), scale


@cache
def ks_chance(n: int, m: int, distance: int) -> float:
    """Return the chance of a distance of at least ``distance`` / lcm(n, m) between samples of one continuous law.

    Counted exactly over the ways in which the two samples can lie among each other. With ties the true chance is
    smaller: a test that goes by this one errs to the side of the null hypothesis.
    """
    scale = n * m // gcd(n, m)
    a, b = scale // n, scale // m
    inside = np.zeros(m + 1)
    for i in range(n + 1):
        for j in range(m + 1):
            if i == 0 and j == 0:
                inside[0] = 1.0
                continue
            up = inside[j] * i / (i + j) if i else 0.0
            left = inside[j - 1] * j / (i + j) if j else 0.0
            inside[j] = up + left if abs(i * a - j * b) < distance else 0.0
    return max(0.0, 1.0 - float(inside[m]))


def ks_p(first: I64, second: I64) -> float:
    """Return the chance of samples at least so far apart, by :func:`ks_chance`."""
    distance, _ = ks_distance(first, second)
    return ks_chance(len(first), len(second), distance)


def midranks(values: F64 | I64) -> F64:
    """Return the ranks from 1, equal values sharing the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean: F64 = last - (counts - 1) / 2
    return mean[inverse]


def rank_z(first: I64, second: I64, *, spread: bool = False) -> float | None:
    """Return how many standard deviations the ranks of ``first`` lie above what chance gives; None where all is equal.

    A row is one map, or whatever was drawn; its columns are values that belong together, like one figure after each
    step of a map's life, and may hang on each other in any way. One column may be given flat. The ranks of each column
    are standardised and added up along the rows: each row has one score. Mean and variance are those of these scores
    over all ways of telling which rows are the first's (Wilcoxon, where there is one column), so they are exact with
    ties, and however alike the columns are. With ``spread`` values are ranked by their distance from the median of
    both: then it finds other widths.
    """
    n, m = len(first), len(second)
    scores: F64 = np.zeros(n + m)
    for column in np.concatenate([first, second]).astype(np.float64).reshape(n + m, -1).T:
        ranks = midranks(np.abs(column - np.median(column)) if spread else column)
        deviation = float(ranks.std())
        if deviation:
            scores += (ranks - ranks.mean()) / deviation
    # What is left of columns that cancel each other out, or that never vary, is rounding.
    if float(np.abs(scores).max()) < _ROUNDING:
        return None
    variance = n * m / (n + m) * float(scores.var(ddof=1))
    return float(scores[:n].sum()) / sqrt(variance)


def normal_p(z: float) -> float:
    """Return the chance that a normal variable lies at least so far from 0."""
    return erfc(abs(z) / sqrt(2))


@dataclass
class Pool:
    """Many pairs of samples, judged together: small departures that all go one way add up.

    The pairs must be independent of each other. What hangs together, like the figures of the same maps after each of
    their steps, is one pair with a column for each.
    """

    place: list[float] = field(default_factory=list)
    width: list[float] = field(default_factory=list)

    def add(self, first: I64, second: I64) -> None:
        """Add one pair, rows and columns as in :func:`rank_z`."""
        for into, spread in ((self.place, False), (self.width, True)):
            z = rank_z(first, second, spread=spread)
            if z is not None:
                into.append(z)

    def z(self) -> dict[str, float]:
        """Return the sums of both kinds in standard deviations."""
        return {name: sum(zs) / sqrt(len(zs)) for name, zs in (("place", self.place), ("width", self.width)) if zs}
