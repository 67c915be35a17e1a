"""The statistics that the oracle tests rely on, against brute force and against known laws."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from tests.harness.two_samples import Pool, ks_chance, ks_distance, ks_p, midranks, normal_p, rank_z


def every_split(values: list[int], n: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """All ways of telling which ``n`` of the values are the first sample's."""
    found = []
    for chosen in combinations(range(len(values)), n):
        first = np.array([values[i] for i in chosen])
        second = np.array([v for i, v in enumerate(values) if i not in chosen])
        found.append((first, second))
    return found


@pytest.mark.parametrize(("n", "m"), [(3, 4), (4, 4), (2, 7), (5, 3)])
def test_the_chance_of_a_distance_is_its_share_among_all_splits(n: int, m: int) -> None:
    distances = [ks_distance(*split)[0] for split in every_split(list(range(n + m)), n)]
    for distance in set(distances):
        share = sum(d >= distance for d in distances) / len(distances)
        assert ks_chance(n, m, distance) == pytest.approx(share)


@pytest.mark.parametrize("values", [[1, 1, 1, 2, 2, 3, 9], [0, 0, 0, 0, 0, 0, 5], [1, 2, 3, 4, 5, 6, 7]])
def test_with_ties_a_chance_is_never_underestimated(values: list[int]) -> None:
    chances = [ks_p(*split) for split in every_split(values, 3)]
    for chance in set(chances):
        assert sum(p <= chance for p in chances) / len(chances) <= chance + 1e-12


@pytest.mark.parametrize("values", [[1, 1, 1, 2, 2, 3, 9], [4, 4, 0, 0, 0, 0, 5]])
@pytest.mark.parametrize("spread", [False, True])
def test_rank_z_has_mean_0_and_variance_1_over_all_splits(values: list[int], spread: bool) -> None:
    zs = np.array([rank_z(*split, spread=spread) for split in every_split(values, 3)], np.float64)
    assert zs.mean() == pytest.approx(0, abs=1e-12)
    assert (zs**2).mean() == pytest.approx(1)


def test_equal_values_share_their_ranks_and_say_nothing_alone() -> None:
    assert midranks(np.array([7, 3, 7, 1])).tolist() == [3.5, 2, 3.5, 1]
    assert rank_z(np.array([5, 5]), np.array([5])) is None
    pool = Pool()
    pool.add(np.array([5, 5]), np.array([5]))
    assert pool.z() == {}


def test_one_law_is_not_called_two_and_two_are_not_called_one() -> None:
    random = np.random.default_rng(7)
    same, shifted, wider = Pool(), Pool(), Pool()
    for _ in range(200):
        same.add(random.poisson(9, 30), random.poisson(9, 60))
        shifted.add(random.poisson(9.6, 30), random.poisson(9, 60))
        wider.add(
            np.rint(random.normal(50, 13, 30)).astype(np.int64), np.rint(random.normal(50, 10, 60)).astype(np.int64)
        )
    assert all(normal_p(z) > 1e-4 for z in same.z().values())
    assert normal_p(shifted.z()["place"]) < 1e-9
    assert normal_p(wider.z()["width"]) < 1e-9
    assert normal_p(wider.z()["place"]) > 1e-4
