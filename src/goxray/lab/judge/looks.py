"""After how many trials the judge looks, how often it may be wrong at each look, and when it has seen enough.

A run that stops as soon as a claim looks decided looks several times, and each look is another chance to be wrong. The
looks are fixed before the first trial, and the chance is shared equally among them (Bonferroni): whatever made the run
stop, a clear verdict or the budget's end, all looks together are wrong at most as often as they may be.
"""

from __future__ import annotations

from collections.abc import Iterable

from goxray.core.lab_result import VersionVerdict
from goxray.lab.experiment import Arm, Experiment, Figure, Run
from goxray.lab.judge.figures import LEAST_EXACT, OF_A_BUILD
from goxray.lab.observed import Key, Mode, Observed, Sample

ALPHA = 0.005
"""How often a claim whose truth lies on the boundary may get a verdict that is sure, over all looks and predicates."""

_NOISY: dict[Mode, tuple[int, ...]] = {"quick": (10, 20, 40), "normal": (10, 20, 40), "thorough": (20, 40, 80)}
_EXACT: dict[Mode, tuple[int, ...]] = {"quick": (2, 4, 8), "normal": (4, 8), "thorough": (8, 16)}
_LEAST_NOISY = 40
"""The least that a plan for noise ends with, whatever the experiment says: with fewer trials too little is found.

With fourteen an interval of so high a level still reaches to the outermost trials, so that one outlier decides; with
forty it does not. Most runs need ten only, and the budget ends those whose trials take long; eight are judged then.
"""

_EXACT_OF_AN_ARM = frozenset({"exit_status"})
_SPARE_S = {"quick": 1.0, "normal": 5.0, "thorough": 30.0}
"""Seconds that may go into more trials of a program whose figures are declared exact: is that declaration true?"""

_CURABLE = frozenset({"noise", "few-trials"})


def looks(experiment: Experiment, mode: Mode) -> tuple[int, ...]:
    """Return the numbers of trials after which the judge looks; the last is the most that are run.

    Experiments all of whose judged figures are exact need few: two that agree settle it, more are only run where they
    cost next to nothing, because a declaration can be wrong. All others are looked at after ten for the first time, and
    planned for at least forty.
    """
    run = experiment.run
    if run is None:
        return (1,)
    exact = all_exact(experiment)
    plan = (_EXACT if exact else _NOISY)[mode]
    wanted = run.quick if mode == "quick" else run.thorough if mode == "thorough" else 0
    if not wanted:
        return plan
    most = max(wanted, LEAST_EXACT if exact else _LEAST_NOISY)
    return (*(each for each in plan if each < most and 1.3 * each <= most), most)


def alpha_of(experiment: Experiment, mode: Mode) -> float:
    """Return how often one look at a claim may be wrong."""
    return ALPHA / len(looks(experiment, mode))


def all_exact(experiment: Experiment) -> bool:
    """Whether every figure that a claim is judged by is declared exact, or is one of a build or the source."""
    run = experiment.run
    if run is None or "*" in run.exact:
        return True
    known = {*run.exact, *OF_A_BUILD, *_EXACT_OF_AN_ARM, *(each.name for each in experiment.sources)}
    return all(figure.measure in known for figure in _figures(experiment))


def enough(observed: Observed, verdicts: Iterable[VersionVerdict], look: int) -> bool:
    """Return whether the runner may stop at a look: more trials would change nothing, or are not worth their time."""
    plan = looks(observed.experiment, observed.mode)
    if look >= plan[-1]:
        return True
    found = tuple(verdicts)
    if any(each.verdict == "INCONCLUSIVE" and each.reason in _CURABLE for each in found):
        return False
    run = observed.experiment.run
    if run is None or all(each.verdict == "INCONCLUSIVE" for each in found):
        return True
    if all_exact(observed.experiment):
        later = next(each for each in plan if each > look)
        return (later - look) * _seconds_a_trial(observed, run) > _SPARE_S[observed.mode]
    return observed.mode != "thorough" or all(_tight(each, run) for each in found)


def _tight(verdict: VersionVerdict, run: Run) -> bool:
    shown = verdict.deciding
    if shown is None or verdict.verdict == "INCONCLUSIVE":
        return True
    return shown.high - shown.low <= 2 * run.tight * abs(shown.value)


def _seconds_a_trial(observed: Observed, run: Run) -> float:
    """Return what a trial takes: arms that share a process share its time."""
    shared: dict[tuple[object, ...], float] = {}
    for arm in run.arms:
        problem = observed.problems.get(arm.name)
        cut_off = problem is not None and problem.reason == "timed-out"
        took = run.timeout_s if cut_off else _longest(observed.samples.get(Key(arm.name, "", "wall_s")))
        process = _process(arm)
        shared[process] = max(shared.get(process, 0.0), took)
    return sum(shared.values())


def _process(arm: Arm) -> tuple[object, ...]:
    return arm.build, tuple(sorted(arm.env.items())), arm.args, arm.name if arm.separate else ""


def _longest(sample: Sample | None) -> float:
    values = [each for each in sample.values if each is not None] if sample is not None else []
    return max(values, default=0.0)


def _figures(experiment: Experiment) -> Iterable[Figure]:
    for claim in experiment.claims:
        for each in (*claim.predicates, *claim.checks):
            yield from (figure for figure in (each.figure, each.over) if figure is not None)
        yield from (figure for figure in (claim.decided_by, claim.decided_over) if figure is not None)
