"""Sampling errors: coverage by simulation of the runtime's sampler, and what stands in no sample."""

from __future__ import annotations

import numpy as np
import pytest

from goxray.timeline.pprof.sampling import SURE, error_of, variances

RATE = 1 << 16
TRIALS = 4000
FEWEST = 0.935
"""Of 4,000 trials 95% cover; fewer than 93.5% in one run in 100,000 (4.3 standard deviations)."""


def trials(sizes: tuple[int, ...], counts: tuple[int, ...], seed: int) -> tuple[float, float]:
    """Sample populations as the runtime does and scale them up; return the share covered and the mean error."""
    random = np.random.default_rng(seed)
    size, count = np.array(sizes, np.float64), np.array(counts)
    chance = -np.expm1(-size / RATE)
    seen = random.binomial(count, chance, (TRIALS, len(sizes)))
    objects = (seen / chance).astype(np.int64)
    space = (seen * size / chance).astype(np.int64)
    truth = float(size @ count)
    errors = np.array(
        [error_of(float(variances(o, s, RATE)[0].sum()), RATE) for o, s in zip(objects, space, strict=True)]
    )
    return float((np.abs(space.sum(axis=1) - truth) <= errors).mean()), float(errors.mean())


@pytest.mark.parametrize(
    ("sizes", "counts"),
    [
        ((48,), (1_000_000,)),  # small objects, some 730 samples
        ((48,), (20_000,)),  # some 15 samples
        ((48,), (3_000,)),  # two samples, or none
        ((48, 4096, 65536, 1 << 20), (10_000, 300, 20, 3)),
        ((65536,), (10,)),  # as large as the rate: most are seen
        ((8 << 20,), (2,)),  # all are seen
    ],
    ids=["many", "some", "few", "mixed", "large", "huge"],
)
def test_the_error_covers_the_truth_in_95_of_100_profiles(sizes: tuple[int, ...], counts: tuple[int, ...]) -> None:
    covered, _ = trials(sizes, counts, seed=len(sizes) * 1000 + counts[0])
    assert covered >= FEWEST


def test_the_error_is_no_wider_than_it_need_be() -> None:
    """Two thirds of it would not cover: the bound could not be halved and still be called one of 95%."""
    covered, error = trials((48,), (1_000_000,), seed=7)
    exact = SURE * (1_000_000 * 48 * RATE) ** 0.5  # the variance of a sum of small objects is rate x bytes
    assert error == pytest.approx(exact, rel=0.08) and covered < 0.98


def test_nothing_seen_leaves_room_for_what_no_sample_hit() -> None:
    nothing = error_of(0.0, RATE)
    assert nothing == pytest.approx(3.84 * RATE, rel=0.01)
    assert np.exp(-nothing / RATE) < 0.05 / 2  # the chance that so many bytes of small objects are all missed


def test_every_object_seen_has_no_error() -> None:
    spread, seen = variances(np.array([3, -2]), np.array([300, -200]), 1)
    assert spread.tolist() == [0.0, 0.0] and seen.tolist() == [3.0, 2.0]
    assert error_of(5.0, 1) == error_of(5.0, 0) == 0.0
