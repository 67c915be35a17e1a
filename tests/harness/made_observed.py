"""Observations of experiments that never ran, for tests of the judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from goxray.core.words import Words
from goxray.lab.experiment import Arm, Claim, Experiment, Figure, Predicate, Run
from goxray.lab.observed import Key, Mode, Observed, Sample

WORDS = Words("a claim", "一个说法")
Values = Mapping[tuple[str, str, str], Sequence[float | None]]


def claim(
    *predicates: Predicate,
    checks: Sequence[Predicate] = (),
    speaks_of: str = "",
    cannot: Words | None = None,
    decided_by: Figure | None = None,
    decided_over: Figure | None = None,
) -> Claim:
    """Return a claim that these predicates decide."""
    return Claim(
        "T000-01", "1", WORDS, WORDS, predicates, tuple(checks), decided_by, decided_over, speaks_of, cannot, cannot
    )


def experiment(*claims: Claim, arms: Sequence[str] = ("main",), exact: Sequence[str] = ()) -> Experiment:
    """Return an experiment that consists of these claims; no folder belongs to it."""
    run = Run(arms=tuple(Arm(name) for name in arms), exact=tuple(exact))
    return Experiment("made", "sync", WORDS, WORDS, Path("/nowhere"), claims, run)


def observed(
    made: Experiment, values: Values, mode: Mode = "quick", go_version: str = "1.24.11", unit: str = "1"
) -> Observed:
    """Return what a run would have found: values by (arm, case, name), one a trial."""
    exact = made.run.exact if made.run else ()
    samples = {
        Key(*key): Sample(Key(*key), unit, key[2] in exact or "*" in exact, tuple(each)) for key, each in values.items()
    }
    trials = max((len(each) for each in values.values()), default=0)
    return Observed(made, go_version, "1.24", "ab" * 32, mode, trials, None, samples)


def between(measure: str, low: float | None, high: float | None, arm: str = "", case: str = "") -> Predicate:
    """Return the predicate ``low <= measure <= high``."""
    return Predicate("between", Figure(measure, arm, case), low=low, high=high)


def at_least(measure: str, value: float, upper: str, lower: str) -> Predicate:
    """Return the predicate that one arm's figure is so many times that of another."""
    return Predicate("ratio_at_least", Figure(measure, upper), Figure(measure, lower), value=value)
