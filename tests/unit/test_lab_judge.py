"""The judge on observations made by hand: each kind of predicate, each verdict, each reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goxray.core.lab_result import Part, VersionVerdict
from goxray.lab.experiment import Claim, Figure, Predicate
from goxray.lab.judge import looks, measured, overall, settled, verdicts
from goxray.lab.observed import BuildOutcome, Key, Observed, Problem, Sample
from tests.harness.made_observed import WORDS, Values, at_least, between, claim, experiment, observed

NOISE = [1.0, 1.02, 0.99, 1.01, 0.98, 1.03, 1.0, 0.97, 1.01, 0.99]
"""Ten trials of a figure of about 1, with about 2% of noise."""


def times(factor: float) -> list[float]:
    return [factor * each for each in NOISE]


def verdict(
    made: Claim, values: Values, exact: tuple[str, ...] = (), arms: tuple[str, ...] = ("main",)
) -> VersionVerdict:
    return verdicts(observed(experiment(made, arms=arms, exact=exact), values))[0]


def test_an_exact_figure_decides_after_two_trials() -> None:
    made = claim(between("bytes", 8192, 8320))
    assert verdict(made, {("main", "", "bytes"): [8208, 8208]}, ("bytes",)).verdict == "SUPPORTED"
    refuted = verdict(made, {("main", "", "bytes"): [40960, 40960]}, ("bytes",))
    assert refuted.verdict == "REFUTED"
    assert refuted.deciding is not None
    assert (refuted.deciding.value, refuted.deciding.low, refuted.deciding.high) == (40960, 40960, 40960)
    once = verdict(made, {("main", "", "bytes"): [8208]}, ("bytes",))
    assert (once.verdict, once.reason) == ("INCONCLUSIVE", "few-trials")


def test_an_exact_figure_that_differs_is_noise() -> None:
    made = claim(between("bytes", 8192, 8320))
    few = verdict(made, {("main", "", "bytes"): [8208, 9000]}, ("bytes",))
    assert (few.verdict, few.reason) == ("INCONCLUSIVE", "few-trials")
    many = verdict(made, {("main", "", "bytes"): [8208, 9000] * 5}, ("bytes",))
    assert (many.verdict, many.reason) == ("INCONCLUSIVE", "noise")


def test_noise_needs_eight_trials() -> None:
    made = claim(between("ns", 10, None))
    assert verdict(made, {("main", "", "ns"): times(100)[:7]}).reason == "few-trials"
    assert verdict(made, {("main", "", "ns"): times(100)[:8]}).verdict == "SUPPORTED"


def test_a_boundary_inside_the_interval_is_not_decided() -> None:
    found = verdict(claim(between("ns", 1.0, None)), {("main", "", "ns"): NOISE})
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "noise")
    assert found.deciding is not None and found.deciding.low < 1 < found.deciding.high


def test_a_ratio_is_taken_trial_by_trial() -> None:
    drift = [1.3**trial for trial in range(10)]  # the machine gets slower and slower, for both arms alike
    slow, fast = [1.1 * d * n for d, n in zip(drift, NOISE, strict=True)], drift
    values = {("slow", "", "ns"): slow, ("fast", "", "ns"): fast}
    found = verdict(claim(at_least("ns", 1.0, "slow", "fast")), values, arms=("slow", "fast"))
    assert found.verdict == "SUPPORTED"
    assert found.deciding is not None and found.deciding.unit == "x"
    assert found.deciding.value == pytest.approx(1.1, rel=0.02)
    assert verdict(claim(at_least("ns", 2.0, "slow", "fast")), values, arms=("slow", "fast")).verdict == "REFUTED"


def test_a_case_left_open_is_judged_in_each() -> None:
    made = claim(Predicate("equals", Figure("objects"), value=1))
    values = {("main", case, "objects"): [count, count] for case, count in (("small", 1), ("large", 2), ("huge", 3))}
    found = verdict(made, values, ("*",))
    assert found.verdict == "CONDITIONAL"
    assert (found.condition, found.otherwise) == (("small",), ("large", "huge"))
    assert {(part.case, part.outcome) for part in found.parts} == {
        ("small", "holds"),
        ("large", "fails"),
        ("huge", "fails"),
    }


def test_cases_that_all_fail_refute() -> None:
    made = claim(Predicate("equals", Figure("objects"), value=7))
    values = {("main", case, "objects"): [1, 1] for case in ("small", "large")}
    assert verdict(made, values, ("*",)).verdict == "REFUTED"


def test_one_case_that_is_not_sure_leaves_the_claim_open() -> None:
    made = claim(between("ns", 1.0, None))
    found = verdict(made, {("main", "a", "ns"): times(5), ("main", "b", "ns"): NOISE})
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "noise")


def test_all_predicates_must_hold() -> None:
    values = {("main", "", "a"): [1, 1], ("main", "", "b"): [5, 5]}
    assert verdict(claim(between("a", 0, 2), between("b", 4, 6)), values, ("*",)).verdict == "SUPPORTED"
    assert verdict(claim(between("a", 0, 2), between("b", 0, 2)), values, ("*",)).verdict == "REFUTED"
    missing = claim(between("a", 0, 2), between("c", 0, 2))
    assert verdict(missing, values, ("*",)).reason == "not-measured"
    refuted = claim(between("c", 0, 2), between("b", 0, 2))
    assert verdict(refuted, values, ("*",)).verdict == "REFUTED"


def test_a_predicate_that_fails_in_all_its_cases_refutes() -> None:
    values = {("main", case, "a"): [1, 1] for case in ("x", "y")} | {("main", case, "b"): [9, 9] for case in ("u", "v")}
    made = claim(Predicate("equals", Figure("a"), value=1), Predicate("equals", Figure("b"), value=1))
    assert verdict(made, values, ("*",)).verdict == "REFUTED"
    partly = verdict(made, {**values, ("main", "u", "b"): [1, 1]}, ("*",))
    assert (partly.verdict, partly.condition, partly.otherwise) == ("CONDITIONAL", ("x", "y", "u"), ("v",))


def test_a_check_that_fails_stops_the_judge() -> None:
    values = {("main", "", "a"): [1, 1], ("main", "", "cycles"): [0, 0]}
    made = claim(between("a", 0, 2), checks=(between("cycles", 1, None),))
    found = verdict(made, values, ("*",))
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "check-failed")


def test_what_cannot_be_tested_says_so() -> None:
    nothing = verdict(claim(cannot=WORDS), {})
    assert (nothing.verdict, nothing.reason, nothing.method) == ("INCONCLUSIVE", "cannot", "none")
    partly = verdict(claim(between("a", 0, 2), cannot=WORDS), {("main", "", "a"): [1, 1]}, ("*",))
    assert (partly.verdict, partly.part_only) == ("SUPPORTED", True)


@pytest.mark.parametrize(
    ("direction", "figures", "wanted"),
    [
        ("rising", (1, 2, 3), "SUPPORTED"),
        ("rising", (1, 2, 2), "REFUTED"),
        ("not-falling", (1, 2, 2), "SUPPORTED"),
        ("not-falling", (0, 0, -1), "REFUTED"),
        ("falling", (3, 1, 0), "SUPPORTED"),
        ("not-rising", (3, 3, 4), "REFUTED"),
    ],
)
def test_monotone_over_exact_figures(direction: str, figures: tuple[float, ...], wanted: str) -> None:
    cases = ("a", "b", "c")
    made = claim(Predicate("monotone", Figure("n"), along=cases, direction=direction))
    values = {("main", case, "n"): [value, value] for case, value in zip(cases, figures, strict=True)}
    assert verdict(made, values, ("*",)).verdict == wanted


def test_monotone_over_noise() -> None:
    cases = ("a", "b", "c")
    made = claim(Predicate("monotone", Figure("ns"), along=cases, direction="rising"))
    turned = {"a": NOISE, "b": NOISE[3:] + NOISE[:3], "c": times(2)}
    clear = {"a": NOISE, "b": times(1.5), "c": times(2)}
    assert verdict(made, {("main", c, "ns"): v for c, v in clear.items()}).verdict == "SUPPORTED"
    assert verdict(made, {("main", c, "ns"): v for c, v in turned.items()}).reason == "noise"


def test_figures_that_are_equal_to_each_other() -> None:
    same = Predicate("equals", Figure("n", "a"), Figure("n", "b"))
    values = {("a", "", "n"): [4, 4], ("b", "", "n"): [4, 4]}
    assert verdict(claim(same), values, ("*",), ("a", "b")).verdict == "SUPPORTED"
    assert verdict(claim(same), {**values, ("b", "", "n"): [0, 0]}, ("*",), ("a", "b")).verdict == "REFUTED"
    near = replace(same, tolerance=0.3)
    assert verdict(claim(near), {**values, ("b", "", "n"): [5, 5]}, ("*",), ("a", "b")).verdict == "SUPPORTED"


def test_a_ratio_to_nothing() -> None:
    made = claim(at_least("n", 2, "a", "b"))
    values = {("a", "", "n"): [4, 4], ("b", "", "n"): [0, 0]}
    assert verdict(made, values, ("*",), ("a", "b")).verdict == "SUPPORTED"
    nothing = {("a", "", "n"): [0, 0], ("b", "", "n"): [0, 0]}
    assert verdict(made, nothing, ("*",), ("a", "b")).reason == "not-measured"


def test_a_ratio_to_what_is_sometimes_nothing() -> None:
    made = claim(at_least("n", 2, "a", "b"))
    values = {("a", "", "n"): times(100), ("b", "", "n"): [0.0, 1.0] * 5}
    found = verdict(made, values, arms=("a", "b"))
    assert (found.verdict, found.deciding) == ("SUPPORTED", None)  # 50 times as much or infinitely more
    assert verdict(claim(at_least("n", 1000, "a", "b")), values, arms=("a", "b")).reason == "noise"


def with_texts(seen: Observed, **texts: str) -> Observed:
    return replace(seen, texts={key.replace("_", ":"): text for key, text in texts.items()})


def part(seen: Observed) -> Part:
    return verdicts(seen)[0].parts[0]


def test_texts_hold_a_pattern_or_do_not() -> None:
    there = experiment(claim(Predicate("present", where="stderr:main", pattern=r"^WARNING: DATA RACE")))
    text = "goroutine 1\nWARNING: DATA RACE\nWARNING: DATA RACE\n"
    found = verdicts(with_texts(observed(there, {}), stderr_main=text))[0]
    assert found.verdict == "SUPPORTED"
    assert found.deciding is not None and (found.deciding.name, found.deciding.value) == ("matches", 2)
    assert verdicts(with_texts(observed(there, {}), stderr_main="fine"))[0].verdict == "REFUTED"
    none = experiment(claim(Predicate("absent", where="stderr:main", pattern="RACE")))
    assert verdicts(with_texts(observed(none, {}), stderr_main="fine"))[0].verdict == "SUPPORTED"
    hung = replace(observed(none, {}), problems={"main": Problem("timed-out", "20 s")})
    assert verdicts(with_texts(hung, stderr_main="fine"))[0].reason == "timed-out"


@pytest.mark.parametrize(
    ("value", "ok", "reason", "wanted"),
    [
        (None, True, None, "SUPPORTED"),
        (None, False, None, "REFUTED"),
        (0.0, False, None, "SUPPORTED"),
        (0.0, True, None, "REFUTED"),
        (None, None, "no-tool", "INCONCLUSIVE"),
    ],
)
def test_compiles(value: float | None, ok: bool | None, reason: str | None, wanted: str) -> None:
    made = experiment(claim(Predicate("compiles", value=value, build="main")))
    built = BuildOutcome("main", ok, "x.go:3: undefined: y", reason=reason)
    found = verdicts(replace(observed(made, {}), builds={"main": built}))[0]
    assert (found.verdict, found.method) == (wanted, "build")


def test_a_missing_figure_says_why() -> None:
    made = experiment(claim(between("n", 0, 1)), exact=("*",))
    crashed = replace(observed(made, {}), trials=2, problems={"main": Problem("crashed", "exit status 2")})
    assert verdicts(crashed)[0].reason == "crashed"
    failed = replace(observed(made, {}), builds={"main": BuildOutcome("main", False, "main.go:1: oops")})
    assert (verdicts(failed)[0].reason, "oops" in verdicts(failed)[0].detail) == ("build-failed", True)


def test_cases_after_a_crash_are_not_taken_for_all() -> None:
    made = experiment(claim(between("n", 0, 2)), exact=("*",))
    seen = observed(made, {("main", "a", "n"): [1, 1], ("main", "", "exit_status"): [2, 2]})
    assert verdicts(seen)[0].verdict == "SUPPORTED"
    crashed = replace(seen, problems={"main": Problem("crashed", "exit status 2")})
    assert verdicts(crashed)[0].reason == "crashed"


def test_measured_tells_every_figure() -> None:
    seen = observed(experiment(claim(between("ns", 0, 2))), {("main", "", "ns"): [*NOISE, None]})
    seen = replace(seen, predicted={Key("main", "", "ns"): 1.5})
    (found,) = measured(seen)
    assert found.values == tuple(NOISE)
    assert found.low < found.median < found.high
    assert found.predicted == 1.5


def test_looks_and_when_to_stop() -> None:
    noisy = experiment(claim(between("ns", 1.0, None)))
    assert looks(noisy, "quick")[0] >= 8
    first, last = looks(noisy, "quick")[0], looks(noisy, "quick")[-1]
    clear = {("main", "", "ns"): times(5)[:first]}
    assert settled(observed(noisy, clear), first)
    assert not settled(observed(noisy, {("main", "", "ns"): NOISE[:first]}), first)
    assert settled(observed(noisy, {("main", "", "ns"): NOISE}), last)
    exact = experiment(claim(between("n", 0, 2)), exact=("n",))
    assert looks(exact, "quick")[0] == 2


def test_exact_figures_are_tried_again_where_that_costs_nothing() -> None:
    exact = experiment(claim(between("n", 0, 2)), exact=("n",))
    values: Values = {("main", "", "n"): [1, 1], ("main", "", "wall_s"): [0.01, 0.01]}
    assert not settled(observed(exact, values), 2)
    assert settled(observed(exact, {**values, ("main", "", "wall_s"): [3.0, 3.0]}), 2)


def on(version: str, came: str, **more: object) -> VersionVerdict:
    made = VersionVerdict("T000-01", "made", version, "1.21", came, "run", 2, "ab" * 32)
    return replace(made, **more)


def test_versions_that_agree() -> None:
    (found,) = overall([on("1.27.3", "REFUTED"), on("1.9.1", "REFUTED"), on("1.21.13", "REFUTED")])
    assert (found.verdict, found.fails_on) == ("REFUTED", ("1.9.1", "1.21.13", "1.27.3"))


def test_versions_that_differ_are_the_condition() -> None:
    (found,) = overall([on("1.21.13", "SUPPORTED"), on("1.24.11", "REFUTED")])
    assert (found.verdict, found.holds_on, found.fails_on) == ("CONDITIONAL", ("1.21.13",), ("1.24.11",))


def test_a_version_that_is_not_sure_is_named() -> None:
    (found,) = overall([on("1.21.13", "SUPPORTED"), on("1.24.11", "INCONCLUSIVE", reason="noise")])
    assert (found.verdict, found.unsure_on, found.reason) == ("SUPPORTED", ("1.24.11",), "noise")
    (nothing,) = overall([on("1.21.13", "INCONCLUSIVE", reason="noise")])
    assert (nothing.verdict, nothing.reason) == ("INCONCLUSIVE", "noise")


def test_versions_that_a_claim_does_not_speak_of_do_not_count() -> None:
    (found,) = overall([on("1.21.13", "REFUTED", spoken_of=False), on("1.24.11", "SUPPORTED")])
    assert (found.verdict, found.fails_on) == ("SUPPORTED", ("1.21.13",))
    (none,) = overall([on("1.21.13", "REFUTED", spoken_of=False)])
    assert (none.verdict, none.reason) == ("INCONCLUSIVE", "other-versions")


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("", "1.21 1.22 1.23 1.24"),
        ("all versions", "1.21 1.22 1.23 1.24"),
        (">=1.22", "1.22 1.23 1.24"),
        ("<=1.20", ""),
        ("Go 1.22", "1.22"),
        ("1.21-1.23", "1.21 1.22 1.23"),
        (">=1.22 <1.24", "1.22 1.23"),
        ("1.21, 1.24", "1.21 1.24"),
        ("1.23+", "1.23 1.24"),
        (">1.22.5", "1.23 1.24"),
        ("bucket maps (up to Go 1.23)", "1.21 1.22 1.23"),
        ("from Go 1.22 until 1.23", "1.22 1.23"),
        ("before Go 1.22", "1.21"),
        ("since 1.24", "1.24"),
    ],
)
def test_which_versions_a_claim_speaks_of(text: str, spoken: str) -> None:
    made = experiment(claim(between("n", 0, 2), speaks_of=text), exact=("n",))
    values: Values = {("main", "", "n"): [1, 1]}
    found = [
        version
        for version in ("1.21", "1.22", "1.23", "1.24")
        if verdicts(observed(made, values, go_version=f"{version}.9"))[0].spoken_of
    ]
    assert " ".join(found) == spoken


def test_a_sample_without_any_value_was_not_measured() -> None:
    made = experiment(claim(between("n", 0, 2)), exact=("n",))
    key = Key("main", "", "n")
    seen = replace(observed(made, {}), trials=2, samples={key: Sample(key, "1", True, (None, None))})
    assert verdicts(seen)[0].reason == "not-measured"
    assert measured(seen) == ()
