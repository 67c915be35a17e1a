"""From what the predicates of a claim came to, to the verdict on it with one toolchain."""

from __future__ import annotations

import math
from collections.abc import Sequence

from goxray.core.lab_result import Deciding, Measured, Method, Outcome, Part, Reason, Verdict, VersionVerdict
from goxray.lab.experiment import Claim, Figure, Predicate
from goxray.lab.judge.figures import Seen, Unsure, as_seen, estimate, ratio
from goxray.lab.judge.findings import Finding
from goxray.lab.judge.intervals import Interval
from goxray.lab.judge.looks import alpha_of
from goxray.lab.judge.predicates import FIGURES, judge_figures, noisy_subjects
from goxray.lab.judge.speaks import speaks_of
from goxray.lab.judge.texts import judge_text
from goxray.lab.observed import Key, Observed

_STRENGTH: tuple[Method, ...] = ("run", "build", "source")


def verdict_of(claim: Claim, seen: Seen) -> VersionVerdict:
    """Return the verdict on one claim: all its predicates must hold, and be sure."""
    observed = seen.observed
    alpha = alpha_of(observed.experiment, observed.mode) / max(
        1, sum(noisy_subjects(each, seen) for each in (*claim.predicates, *claim.checks))
    )
    checks = [found for each in claim.checks for found in judge(each, seen, alpha)]
    found = [judge(each, seen, alpha) for each in claim.predicates]
    flat = [each for group in found for each in group]
    verdict, reason, detail = _concluded(claim, checks, found)
    holds, fails = _cases(flat) if verdict == "CONDITIONAL" else ((), ())
    return VersionVerdict(
        claim=claim.id,
        experiment=observed.experiment.id,
        go_version=observed.go_version,
        go_line=observed.go_line,
        verdict=verdict,
        method=_method(flat),
        trials=observed.trials,
        source_sha256=observed.source_sha256,
        condition=holds,
        otherwise=fails,
        reason=reason,
        detail=detail,
        deciding=_deciding(claim, flat, seen, alpha),
        parts=tuple(each.part for each in (*flat, *checks)),
        part_only=claim.cannot is not None and bool(claim.predicates),
        spoken_of=speaks_of(claim.speaks_of, observed.go_version),
    )


def judge(predicate: Predicate, seen: Seen, alpha: float) -> list[Finding]:
    """Return what one predicate comes to, in each case that it leaves open."""
    return judge_figures(predicate, seen, alpha) if predicate.kind in FIGURES else judge_text(predicate, seen)


def measured_of(seen: Seen) -> tuple[Measured, ...]:
    """Return every figure with the interval of its median."""
    observed = seen.observed
    alpha = alpha_of(observed.experiment, observed.mode)
    found = []
    for key, sample in seen.samples.items():
        series = seen.series(key)
        if series is None:
            continue
        values = tuple(float(each) for each in series.values if math.isfinite(each))
        came = estimate(series, alpha)
        if isinstance(came, Unsure) or not math.isfinite(came.high - came.low):
            came = as_seen(series)
        found.append(
            Measured(
                experiment=observed.experiment.id,
                go_version=observed.go_version,
                arm=key.arm,
                case=key.case,
                name=key.name,
                unit=sample.unit,
                exact=came.exact,
                values=values,
                median=came.value,
                low=came.low,
                high=came.high,
                predicted=observed.predicted.get(key),
            )
        )
    return tuple(found)


def _concluded(
    claim: Claim, checks: Sequence[Finding], groups: Sequence[Sequence[Finding]]
) -> tuple[Verdict, Reason | None, str]:
    """Return the verdict; where it is none, the reason and the detail. ``groups`` holds what each predicate came to."""
    if not claim.predicates:
        return "INCONCLUSIVE", "cannot", claim.cannot.en if claim.cannot is not None else ""
    for check in checks:
        if check.part.outcome == "fails":
            return "INCONCLUSIVE", "check-failed", f"{check.part.text}: {check.part.evidence}"
        if check.part.outcome == "unsure":
            return _unsure(check.part)
    if any(all(each.part.outcome == "fails" for each in group) for group in groups if group):
        return "REFUTED", None, ""
    found = [each for group in groups for each in group]
    return _by_cases(found)


def _by_cases(found: Sequence[Finding]) -> tuple[Verdict, Reason | None, str]:
    """Return what predicates come to none of which fails everywhere."""
    plain = [each.part for each in found if not each.spread]
    if any(each.outcome == "fails" for each in plain):
        return "REFUTED", None, ""
    cases = _by_case(found)
    outcomes = set(cases.values())
    if outcomes == {"fails"}:
        return "REFUTED", None, ""
    lacking = [each for each in plain if each.outcome == "unsure"]
    if lacking:
        return _unsure(lacking[0])
    if {"holds", "fails"} <= outcomes:
        left = [case for case, outcome in cases.items() if outcome == "unsure"]
        return "CONDITIONAL", None, f"not sure: {', '.join(left)}" if left else ""
    if "unsure" in outcomes:
        return _unsure(next(each.part for each in found if each.spread and each.part.outcome == "unsure"))
    return "SUPPORTED", None, ""


def _unsure(part: Part) -> tuple[Verdict, Reason | None, str]:
    return "INCONCLUSIVE", part.reason, f"{part.text}: {part.evidence}"


def _by_case(found: Sequence[Finding]) -> dict[str, Outcome]:
    """Return what each case comes to in which predicates were judged that name none: all of them must hold there."""
    cases: dict[str, Outcome] = {}
    for each in found:
        if not each.spread:
            continue
        before = cases.get(each.label, "holds")
        here = each.part.outcome
        both = (before, here)
        cases[each.label] = "fails" if "fails" in both else "unsure" if "unsure" in both else "holds"
    return cases


def _cases(found: Sequence[Finding]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    cases = _by_case(found)
    holds = tuple(case for case, outcome in cases.items() if outcome == "holds")
    return holds, tuple(case for case, outcome in cases.items() if outcome == "fails")


def _method(found: Sequence[Finding]) -> Method:
    """Return the strongest thing that decided; of findings that decide nothing what would have."""
    sure = {each.method for each in found if each.part.outcome != "unsure"}
    for method in _STRENGTH:
        if method in (sure or {each.method for each in found}):
            return method
    return "none"


def _deciding(claim: Claim, found: Sequence[Finding], seen: Seen, alpha: float) -> Deciding | None:
    if claim.decided_by is not None:
        return _chosen(claim.decided_by, claim.decided_over, found, seen, alpha)
    # What refutes it is what a reader wants to see; else the first predicate's.
    ordered = sorted(found, key=lambda each: each.part.outcome != "fails")
    shown = next((each for each in ordered if each.interval is not None), None)
    if shown is None or shown.interval is None:
        return None
    predicted = None
    if shown.key is not None and shown.unit != "x":
        predicted = seen.observed.predicted.get(shown.key)
    elif shown.key is not None and shown.over is not None:
        predicted = _predicted_ratio(shown.key, shown.over, seen.observed)
    key = shown.key or Key("", "", "")
    return _made(shown.name, shown.interval, shown.unit, key, predicted)


def _chosen(figure: Figure, over: Figure | None, found: Sequence[Finding], seen: Seen, alpha: float) -> Deciding | None:
    subjects = seen.subjects(figure, over)
    if not subjects:
        return None
    # Of several cases the one that fails, where a predicate failed in one of them.
    bad = {each.key.case for each in found if each.part.outcome == "fails" and each.key is not None}
    subject = next((each for each in subjects if each.key.case in bad), subjects[0])
    first = seen.series(subject.key)
    if first is None:
        return None
    if subject.over is None:
        came, unit, name = estimate(first, alpha), first.unit, figure.measure
        predicted = seen.observed.predicted.get(subject.key)
    else:
        second = seen.series(subject.over)
        if second is None:
            return None
        came, unit = ratio(first, second, alpha), "x"
        name = f"{figure.measure} / {_place(subject.over, subject.key)}"
        predicted = _predicted_ratio(subject.key, subject.over, seen.observed)
    if isinstance(came, Unsure):
        return _made(name, as_seen(first), unit, subject.key, predicted) if subject.over is None else None
    return _made(name, came, unit, subject.key, predicted)


def _place(over: Key, key: Key) -> str:
    """Return the lower figure's name with what tells it from the upper one."""
    differs = [mine for mine, other in ((over.arm, key.arm), (over.case, key.case)) if mine != other]
    return f"{over.name} ({', '.join(differs)})" if differs else over.name


def _predicted_ratio(key: Key, over: Key, observed: Observed) -> float | None:
    first, second = observed.predicted.get(key), observed.predicted.get(over)
    return first / second if first is not None and second else None


def _made(name: str, found: Interval, unit: str, key: Key, predicted: float | None) -> Deciding | None:
    if not all(math.isfinite(each) for each in (found.value, found.low, found.high)):
        return None  # a ratio over 0 is no figure that a report can draw
    return Deciding(name, found.value, found.low, found.high, unit, key.arm, key.case, predicted)
