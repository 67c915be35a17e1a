"""The statistics that the oracle tests rely on, against brute force and against known laws."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from tests.harness.two_samples import Pool, ks_chance, ks_distance, ks_p, midranks, normal_p, rank_z

Rows = list[int] | list[list[int]]


def every_split(values: Rows, n: int) -> list[tuple[np.ndarray, np.ndarray]]:
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


LIVES = [[3, 3, 0], [1, 1, 9], [4, 4, 9], [1, 2, 9], [5, 5, 9], [9, 9, 9], [2, 2, 9]]
"""Three figures each of seven maps: two that hang together, and one that nearly never varies."""


@pytest.mark.parametrize("values", [[1, 1, 1, 2, 2, 3, 9], [4, 4, 0, 0, 0, 0, 5], LIVES])
@pytest.mark.parametrize("spread", [False, True])
def test_rank_z_has_mean_0_and_variance_1_over_all_splits(values: Rows, spread: bool) -> None:
    zs = np.array([rank_z(*split, spread=spread) for split in every_split(values, 3)], np.float64)
    assert zs.mean() == pytest.approx(0, abs=1e-12)
    assert (zs**2).mean() == pytest.approx(1)


def test_equal_values_share_their_ranks_and_say_nothing_alone() -> None:
    assert midranks(np.array([7, 3, 7, 1])).tolist() == [3.5, 2, 3.5, 1]
    assert rank_z(np.array([5, 5]), np.array([5])) is None
    pool = Pool()
    pool.add(np.array([5, 5]), np.array([5]))
    assert pool.z() == {}


def test_a_column_said_twice_and_columns_that_never_vary_change_nothing() -> None:
    first, second = np.array([3, 8, 8, 1]), np.array([8, 2, 5, 0, 0])
    for spread in (False, True):
        alone = rank_z(first, second, spread=spread)
        assert alone is not None
        for columns in (2, 6):
            same = (np.repeat(each[:, None], columns, axis=1) for each in (first, second))
            assert rank_z(*same, spread=spread) == pytest.approx(alone)
        flat = (np.column_stack([np.full(len(each), 7), each]) for each in (first, second))
        assert rank_z(*flat, spread=spread) == pytest.approx(alone)


def test_columns_that_cancel_each_other_out_say_nothing() -> None:
    first, second = np.array([[1, 9], [4, 6], [5, 5]]), np.array([[8, 2], [0, 10]])
    assert rank_z(first, second) is None
    assert rank_z(first, second, spread=True) is not None


STEPS = 6


def lived(random: np.random.Generator, maps: int, stays: float) -> np.ndarray:
    """A figure of maps after each of their steps: each step it stays as it was with a chance, or is drawn anew."""
    figures = random.poisson(9, (maps, STEPS))
    for step in range(1, STEPS):
        same = random.random(maps) < stays
        figures[same, step] = figures[same, step - 1]
    return figures


@pytest.mark.parametrize("stays", [1.0, 0.8, 0.0])
def test_steps_of_the_same_maps_are_one_witness(stays: float) -> None:
    """Right models are off by one standard deviation, however alike the steps of a life are.

    One that takes each step for a witness of its own is off by the root of 6 where the figure never changes: it would
    call one right model in a hundred wrong by a limit that is meant for one in ten thousand millions.
    """
    random = np.random.default_rng(11)
    once: dict[str, list[float]] = {"place": [], "width": []}
    each: dict[str, list[float]] = {"place": [], "width": []}
    for _ in range(200):
        together, apart = Pool(), Pool()
        for _ in range(10):
            real, model = lived(random, 20, stays), lived(random, 20, stays)
            together.add(real, model)
            for step in range(STEPS):
                apart.add(real[:, step], model[:, step])
        for name in once:
            once[name].append(together.z()[name])
            each[name].append(apart.z()[name])
    deviations = {name: (float(np.std(once[name])), float(np.std(each[name]))) for name in once}
    # The deviation of 200 draws is itself off by 5%: 0.8 to 1.2 is four times that.
    assert all(0.8 < right < 1.2 for right, _ in deviations.values()), deviations
    if stays == 1.0:
        assert all(2.0 < wrong < 2.9 for _, wrong in deviations.values()), deviations
    if stays == 0.0:
        assert all(0.8 < wrong < 1.2 for _, wrong in deviations.values()), deviations


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
