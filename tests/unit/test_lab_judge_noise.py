"""How often the judge is wrong about noise, and that it finds what is there.

Seeds are fixed: the counts are the same in each run. What they would be with other seeds is said beside them.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from goxray.lab.judge import looks
from goxray.lab.judge.student import sign_rank, student_quantile, student_tail
from goxray.lab.observed import Mode
from tests.harness.noisy_claims import FAMILIES, Family, Rng, false_verdict, judged, normal, pair

CLAIMS = 1000
EACH = -(-CLAIMS // len(FAMILIES))


def rng(*seed: int) -> Rng:
    return np.random.default_rng([0x1AB, *seed])


@cache
def wrong(mode: Mode, each: int) -> dict[str, int]:
    return {
        name: sum(false_verdict(judged(family, rng(at, trial), mode), 1.0) for trial in range(each))
        for at, (name, family) in enumerate(FAMILIES.items())
    }


def test_of_a_thousand_claims_about_noise_fewer_than_one_in_a_hundred_is_judged() -> None:
    found = wrong("quick", EACH)
    assert EACH * len(FAMILIES) >= CLAIMS
    # Over many thousand claims it is one in a thousand: ten of a thousand are not reached by chance.
    assert sum(found.values()) < CLAIMS / 100, found


def test_more_looks_do_not_make_more_false_verdicts() -> None:
    assert len(looks(FAMILIES["pair"].made, "normal")) > 1
    found = wrong("normal", 15)
    assert sum(found.values()) < 15 * len(FAMILIES) / 100, found


@pytest.mark.parametrize("effect", [0.9, 0.98, 1.02, 1.1])
def test_off_the_boundary_a_verdict_does_not_contradict_the_truth(effect: float) -> None:
    found = {
        name: sum(false_verdict(judged(family, rng(at, trial), "quick", effect), effect) for trial in range(4))
        for at, (name, family) in enumerate(FAMILIES.items())
        if "coin" not in name  # a coin that falls on heads in 55 of 100 is 1 more often than not
    }
    assert sum(found.values()) == 0, found


@pytest.mark.parametrize(("effect", "wanted"), [(1.1, "SUPPORTED"), (1 / 1.1, "REFUTED")])
def test_a_tenth_is_found_in_noise_of_a_fiftieth(effect: float, wanted: str) -> None:
    """Both arms have 2% of noise; with 98% power fewer than 188 of 200 come once in 10,000 runs."""
    family = pair(normal(0.02))
    found = [judged(family, rng(99, trial), "quick", effect).verdict for trial in range(200)]
    assert found.count(wanted) > 190


def test_a_careless_judge_is_often_wrong_about_the_same_claims() -> None:
    """The families are hard enough: the plain 95% bootstrap, looked at until it says something, is wrong everywhere."""
    names = ("normal", "very alike", "pair", "skewed")
    found = {
        name: sum(careless(FAMILIES[name], rng(at, trial)) for trial in range(60)) for at, name in enumerate(names)
    }
    assert all(count > 60 * 0.05 for count in found.values()), found


def careless(family: Family, draw: Rng) -> bool:
    values = list(family.draw(draw, 20, 1.0).values())
    ratios = values[0] / values[1] if len(values) == 2 else values[0]
    for look in (5, 10, 14, 20):
        resampled = draw.choice(ratios[:look], (400, look))
        low, high = np.quantile(np.median(resampled, axis=1), [0.025, 0.975])
        if low > 1 or high < 1:
            return True
    return False


@pytest.mark.parametrize(
    ("chance", "freedom", "wanted"),
    # Student's distribution, two-sided: the tables of Fisher and Yates.
    [(0.05, 1, 12.706), (0.05, 9, 2.262), (0.01, 7, 3.499), (0.001, 3, 12.924), (0.001, 30, 3.646), (0.05, 120, 1.980)],
)
def test_quantiles_of_student(chance: float, freedom: int, wanted: float) -> None:
    assert student_quantile(chance, freedom) == pytest.approx(wanted, abs=6e-4)
    assert student_tail(student_quantile(chance, freedom), freedom) == pytest.approx(chance, rel=1e-6)


@pytest.mark.parametrize(
    ("trials", "alpha", "rank"),
    # 2 (C(n,0) + ... + C(n,k-1)) / 2^n: for 10 trials 0.00195, 0.0215, 0.109; for 20 0.0118 at rank 5, 0.0414 at 6.
    [
        (10, 0.05, 2),
        (10, 0.01, 1),
        (10, 0.001, 1),
        (8, 0.05, 1),
        (8, 0.08, 2),
        (20, 0.05, 6),
        (20, 0.02, 5),
        (9, 0.2, 3),
    ],
)
def test_ranks_of_the_sign_test(trials: int, alpha: float, rank: int) -> None:
    assert sign_rank(trials, alpha) == rank
