"""Overflow buckets of one array and of the next: how far they go together, against thrown balls."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from goxray.model.closed.chances import Chances
from goxray.model.closed.dependent import correlation, sum_of_arrays
from goxray.model.closed.overflow import overflow_chances

RUNS = 20_000
BUCKETS = 64
LIMIT = 416
"""Entries of 64 buckets that are full."""


def behind(loads: NDArray[np.int64]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = (np.maximum(loads - 1, 0) // 8).sum(axis=1)
    return found


def thrown(doublings: int, entries: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Overflow buckets of 64 full buckets, and of the longer array once it has so many entries."""
    random = np.random.default_rng(doublings + entries)
    old = random.multinomial(LIMIT, [1 / BUCKETS] * BUCKETS, RUNS)
    split = old
    for _ in range(doublings):
        upper = random.binomial(split, 0.5)
        split = np.concatenate([split - upper, upper], axis=1)
    new = random.multinomial(entries - LIMIT, [1 / split.shape[1]] * split.shape[1], RUNS)
    return behind(old), behind(split + new)


@pytest.mark.parametrize(("doublings", "entries"), [(1, 832), (1, 520), (2, 1664)])
def test_the_correlation_is_that_of_balls_thrown_into_buckets(doublings: int, entries: int) -> None:
    old, new = thrown(doublings, entries)
    said = correlation(LIMIT / BUCKETS, entries / (BUCKETS << doublings), doublings)
    assert said == pytest.approx(np.corrcoef(old, new)[0, 1], abs=4 / np.sqrt(RUNS) + 0.01)
    assert said > 0.03


def test_the_sum_is_distributed_as_that_of_balls_thrown_into_buckets() -> None:
    old, new = thrown(1, 832)
    parts = overflow_chances(LIMIT, BUCKETS), overflow_chances(832, 2 * BUCKETS)
    said = sum_of_arrays(parts, (6.5, 6.5))
    assert said.weights.sum() == pytest.approx(1)
    assert said.mean == pytest.approx(parts[0].mean + parts[1].mean)
    assert said.variance == pytest.approx(float((old + new).var()), rel=0.04)
    assert said.variance > 1.08 * (parts[0].variance + parts[1].variance)
    for share in (0.05, 0.5, 0.95):
        assert abs(said.quantile(share) - np.quantile(old + new, share)) <= 1


def test_what_is_sure_and_what_is_huge_adds_up_as_well() -> None:
    sure, some = Chances.sure(7), overflow_chances(LIMIT, BUCKETS)
    assert sum_of_arrays((sure, some), (0.0, 6.5)).mean == pytest.approx(7 + some.mean)
    huge = overflow_chances(6_815_744, 1 << 20), overflow_chances(13_631_488, 1 << 21)
    said = sum_of_arrays(huge, (6.5, 6.5))
    assert said.mean == pytest.approx(huge[0].mean + huge[1].mean)
    assert said.variance == pytest.approx(1.11 * (huge[0].variance + huge[1].variance), rel=0.01)
