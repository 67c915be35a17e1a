"""Quantiles of Student's and the binomial distribution, exact enough for tails of one in a hundred thousand.

The standard library has the normal distribution only. Both are closed sums for whole degrees of freedom and trials.
"""

from __future__ import annotations

import math
from functools import cache


@cache
def student_quantile(alpha: float, freedom: int) -> float:
    """Return the t that Student's |T| exceeds with the chance ``alpha``, with so many degrees of freedom (at least 1).

    Found by halving: the chance itself is a finite sum for whole degrees of freedom (Abramowitz and Stegun, 26.7.3-4).
    """
    low, high = 0.0, 1.0
    while student_tail(high, freedom) > alpha and high < 1e12:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if student_tail(middle, freedom) > alpha else (low, middle)
    return high


def student_tail(t: float, freedom: int) -> float:
    """Return the chance of |T| > t for ``freedom`` degrees of freedom, t >= 0."""
    angle = math.atan2(t, math.sqrt(freedom))
    sine, square = math.sin(angle), math.cos(angle) ** 2
    if freedom % 2:
        term, total = math.cos(angle), 0.0
        for order in range(2, freedom, 2):
            total += term
            term *= square * order / (order + 1)
        inside = 2 / math.pi * (angle + sine * total)
    else:
        term, total = 1.0, 0.0
        for order in range(1, freedom, 2):
            total += term
            term *= square * order / (order + 1)
        inside = sine * total
    return max(0.0, 1 - inside)


@cache
def sign_rank(trials: int, alpha: float) -> int:
    """Return the greatest k such that [k-th smallest, k-th greatest] holds the median but for a chance of ``alpha``.

    The k-th smallest of n exceeds the median when fewer than k values lie below it: a binomial chance with one half,
    whatever the distribution of the values is. 1 (the whole range) where even that promises less than ``alpha``.
    """
    term = 0.5**trials
    below, rank = 0.0, 1
    for k in range(trials // 2):
        below += term * math.comb(trials, k)
        if 2 * below > alpha:
            break
        rank = k + 1
    return rank
