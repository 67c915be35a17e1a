"""What the judge says does not hang on units, on the order of trials or of arms, and no input makes it raise."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.core.lab_result import VersionVerdict
from goxray.lab.experiment import Figure, Predicate, PredicateKind
from goxray.lab.judge import measured, overall, settled, verdicts
from goxray.lab.judge.intervals import interval
from goxray.lab.observed import Problem
from tests.harness.made_observed import at_least, between, claim, experiment, observed

ALPHA = 0.002
SURE = {"SUPPORTED", "REFUTED"}

seeds = st.integers(0, 2**32 - 1)
counts = st.integers(8, 40)


def noise(seed: int, count: int, spread: float = 0.05) -> list[float]:
    return [float(each) for each in np.exp(np.random.default_rng(seed).normal(0, spread, count))]


def ratio_verdict(first: list[float], second: list[float], value: float) -> VersionVerdict:
    made = experiment(claim(at_least("ns", value, "a", "b")), arms=("a", "b"))
    return verdicts(observed(made, {("a", "", "ns"): first, ("b", "", "ns"): second}))[0]


@settings(max_examples=60, deadline=None)
@given(seeds, counts, st.floats(0.7, 1.4), st.floats(1e-6, 1e6))
def test_units_do_not_matter(seed: int, count: int, level: float, unit: float) -> None:
    values = np.array(noise(seed, count)) * level
    plain, scaled = interval(values, ALPHA), interval(values * unit, ALPHA)
    # The bootstrap draws other blocks for other bytes: it is the one part that may differ, by its own error.
    assert math.isclose(plain.value * unit, scaled.value, rel_tol=1e-9)
    assert math.isclose(plain.low * unit, scaled.low, rel_tol=0.01)
    assert math.isclose(plain.high * unit, scaled.high, rel_tol=0.01)


@settings(max_examples=60, deadline=None)
@given(seeds, counts, st.floats(0.8, 1.3))
def test_arms_the_other_way_round_turn_the_ratio_over(seed: int, count: int, level: float) -> None:
    first, second = [level * each for each in noise(seed, count)], noise(seed + 1, count)
    there = interval(np.array(first) / np.array(second), ALPHA)
    back = interval(np.array(second) / np.array(first), ALPHA)
    assert math.isclose(there.low, 1 / back.high, rel_tol=0.02)
    assert math.isclose(there.high, 1 / back.low, rel_tol=0.02)


@settings(max_examples=60, deadline=None)
@given(seeds, counts, st.floats(0.8, 1.3), st.randoms(use_true_random=False))
def test_the_order_of_trials_never_turns_a_verdict_over(seed: int, count: int, level: float, random: object) -> None:
    first, second = [level * each for each in noise(seed, count)], noise(seed + 1, count)
    order = np.random.default_rng(seed + 2).permutation(count)
    before = ratio_verdict(first, second, 1.0).verdict
    after = ratio_verdict([first[at] for at in order], [second[at] for at in order], 1.0).verdict
    assert {before, after} != SURE


@settings(max_examples=40, deadline=None)
@given(seeds, st.permutations(range(6)))
def test_the_order_of_exact_trials_does_not_matter(seed: int, order: list[int]) -> None:
    values = [float(each) for each in np.random.default_rng(seed).integers(0, 2, 6)]
    made = experiment(claim(between("n", 0, 0.5)), exact=("n",))
    shuffled = [values[at] for at in order]
    assert (
        verdicts(observed(made, {("main", "", "n"): values}))[0].verdict
        == verdicts(observed(made, {("main", "", "n"): shuffled}))[0].verdict
    )


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(10, 40))
def test_more_trials_do_not_widen_wildly(seed: int, count: int) -> None:
    """Twice as many trials of the same noise: at most one and a half times as wide, whatever came first.

    What is added is another draw of the same noise; 12 standard deviations of the first interval's width are allowed
    for by the factor, as the widths of ten trials vary by a third.
    """
    values = np.array(noise(seed, 2 * count))
    short, long = interval(values[:count], ALPHA), interval(values, ALPHA)
    spread = float(np.log(values).std(ddof=1))
    assert math.log(long.high / long.low) <= 1.5 * max(math.log(short.high / short.low), 6 * spread)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30), st.floats(1e-6, 0.1))
def test_an_interval_holds_its_median(values: list[float], alpha: float) -> None:
    found = interval(np.array(values), alpha)
    assert found.low <= found.value <= found.high
    assert found.low <= min(values) or len(values) > 8


any_value = st.none() | st.floats() | st.sampled_from([0.0, 1.0, -1.0, 1e308, -1e308, 5e-324])
any_values = st.lists(any_value, max_size=16)
names = st.sampled_from(["n", "ns", "compiled", "nothing"])
arms = st.sampled_from(["", "a", "b"])
cases = st.sampled_from(["", "x", "y"])
figures = st.builds(Figure, names, arms, cases)
numbers = st.none() | st.floats(-1e9, 1e9)
kinds: st.SearchStrategy[PredicateKind] = st.sampled_from(["equals", "between", "ratio_at_least", "monotone"])


@st.composite
def predicates(draw: st.DrawFn) -> Predicate:
    kind = draw(kinds)
    over = draw(figures) if kind == "ratio_at_least" else draw(st.none() | figures)
    value = draw(numbers)
    if value is None and (kind == "ratio_at_least" or (kind == "equals" and over is None)):
        value = 1.0
    return Predicate(
        kind,
        draw(figures),
        over if kind != "between" else None,
        value,
        draw(st.sampled_from([0.0, 0.1])),
        draw(numbers),
        draw(numbers),
        along=("x", "y"),
        direction=draw(st.sampled_from(["rising", "falling", "not-falling", "not-rising"])),
    )


def test_figures_that_no_trial_has_both_of_are_not_measured() -> None:
    one = claim(Predicate("equals", Figure("n"), Figure("n", case="x")))
    values = {("", "", "n"): [0.0, None], ("", "x", "n"): [None, 0.0]}
    (found,) = verdicts(observed(experiment(one, exact=("*",)), values))
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "not-measured")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(predicates(), min_size=1, max_size=3),
    st.lists(predicates(), max_size=1),
    st.dictionaries(st.tuples(st.sampled_from(["a", "b", ""]), cases, names), any_values, max_size=8),
    st.sampled_from([(), ("*",), ("n",)]),
    st.booleans(),
)
def test_no_input_makes_the_judge_raise(
    made: list[Predicate],
    checks: list[Predicate],
    values: dict[tuple[str, str, str], list[float | None]],
    exact: tuple[str, ...],
    crashed: bool,
) -> None:
    one = claim(*made, checks=checks)
    seen = observed(experiment(one, arms=("a", "b"), exact=exact), values)
    if crashed:
        seen = replace(seen, problems={"a": Problem("crashed", "exit status 2")})
    found = verdicts(seen)
    assert len(found) == 1
    assert (found[0].reason is None) == (found[0].verdict != "INCONCLUSIVE")
    assert bool(found[0].condition and found[0].otherwise) == (found[0].verdict == "CONDITIONAL")
    for each in measured(seen):
        assert math.isfinite(each.low) and math.isfinite(each.median) and math.isfinite(each.high)
        assert each.low <= each.median <= each.high
    assert overall(found)[0].verdict == found[0].verdict
    assert settled(seen, seen.trials) in (True, False)
    assert settled(seen, 1000)
