"""The predicates over figures: equals, between, ratio_at_least, monotone.

Each is sure only where the figure's whole interval lies on one side of what the claim says.
"""

from __future__ import annotations

import math

import numpy as np

from goxray.core.lab_result import Method, Outcome
from goxray.lab.experiment import Figure, Predicate
from goxray.lab.judge.figures import (
    OF_A_BUILD,
    Seen,
    Series,
    Subject,
    Unsure,
    estimate,
    estimate_values,
    paired,
    ratio,
)
from goxray.lab.judge.findings import Finding, beside, decided, number, part, unsure
from goxray.lab.judge.intervals import F64, Interval
from goxray.lab.observed import Key

_ROUNDING = 1e-9
"""Relative: figures pass through JSON and are divided by each other."""

FIGURES = ("equals", "between", "ratio_at_least", "monotone")
_WORDS = {
    "rising": "rises",
    "falling": "falls",
    "not-falling": "never falls",
    "not-rising": "never rises",
}


def judge_figures(predicate: Predicate, seen: Seen, alpha: float) -> list[Finding]:
    """Return what a predicate over figures comes to, in each case that it leaves open.

    Args:
        predicate: of one of the kinds in ``FIGURES``.
        seen: what was measured.
        alpha: how often each finding may be wrong.
    """
    if predicate.figure is None:
        return []
    if predicate.kind == "monotone":
        return _monotone(predicate, predicate.figure, seen, alpha)
    subjects = seen.subjects(predicate.figure, predicate.over)
    if not subjects:
        why = seen.missing(predicate.figure)
        return [Finding(unsure(predicate, _text(predicate, predicate.figure), why), _method(predicate.figure, seen))]
    open_cases = not (predicate.figure.case and predicate.figure.arm)
    spread = open_cases and len(subjects) > 1
    found = [_one(predicate, subject, seen, alpha, spread) for subject in subjects]
    lacking = seen.unfinished(predicate.figure) if not predicate.figure.case else None
    if lacking is not None:
        rest = unsure(predicate, _text(predicate, predicate.figure), lacking)
        found.append(Finding(rest, found[0].method, "", False))
    return found


def noisy_subjects(predicate: Predicate, seen: Seen) -> int:
    """Return how many decisions over noise a predicate makes: the chance of an error is shared among them."""
    if predicate.figure is None or predicate.kind not in FIGURES:
        return 0
    if predicate.kind == "monotone":
        keys = [key for key in seen.keys(predicate.figure) if key.case in predicate.along]
        return sum(_varies(key, seen) for key in keys)
    subjects = seen.subjects(predicate.figure, predicate.over)
    return sum(_varies(each.key, seen) or _varies(each.over, seen) for each in subjects)


def _varies(key: Key | None, seen: Seen) -> bool:
    series = None if key is None else seen.series(key)
    if series is None:
        return False
    present = series.values[np.isfinite(series.values)]
    return bool(np.any(present != present[0]))


def _one(predicate: Predicate, subject: Subject, seen: Seen, alpha: float, spread: bool) -> Finding:
    series = seen.series(subject.key)
    assert series is not None  # subjects are made of what was measured
    over = None if subject.over is None else seen.series(subject.over)
    figure = Figure(*_named(subject.key))
    text = _text(predicate, figure, subject.over)
    method = _method(figure, seen)
    label = subject.label if spread else ""
    if subject.over is not None and over is None:
        why = seen.missing(Figure(*_named(subject.over)))
        return Finding(unsure(predicate, text, why, subject.key.case), method, label, spread, None, subject.key)
    found, outcome, unit = _judged(predicate, series, over, alpha)
    if isinstance(found, Unsure):
        shown = unsure(predicate, text, found, subject.key.case)
        return Finding(shown, method, label, spread, None, subject.key, None, series.key.name, unit)
    shown = decided(predicate, text, outcome, found, unit, subject.key.case)
    name = f"{subject.key.name} / {_place(subject.over)}" if over is not None and subject.over else subject.key.name
    return Finding(shown, method, label, spread, found, subject.key, subject.over, name, unit)


def _judged(
    predicate: Predicate, series: Series, over: Series | None, alpha: float
) -> tuple[Interval | Unsure, Outcome, str]:
    """Return the interval to show, what it says, and its unit."""
    if predicate.kind == "ratio_at_least" and over is not None:
        found = ratio(series, over, alpha)
        return found, _within(found, predicate.value, None), "x"
    if predicate.kind == "between":
        found = estimate(series, alpha, judged=True)
        return found, _within(found, predicate.low, predicate.high), series.unit
    if over is not None:
        return _equal_figures(predicate, series, over, alpha)
    found = estimate(series, alpha, judged=True)
    value = predicate.value if predicate.value is not None else math.nan
    reach = predicate.tolerance * abs(value)
    return found, _within(found, value - reach, value + reach), series.unit


def _equal_figures(
    predicate: Predicate, first: Series, second: Series, alpha: float
) -> tuple[Interval | Unsure, Outcome, str]:
    """Return whether two figures are equal within the tolerance, paired; the ratio is shown where there is one.

    Both margins are looked at, ``tolerance * |b| + (a - b)`` and the same with ``b - a``: neither may be below 0. That
    needs no division, so that a figure of 0 can be held against another.
    """
    a, b, exact, settled = paired(first, second)
    room = (predicate.tolerance + _ROUNDING) * np.maximum(np.abs(b), np.abs(a) * _ROUNDING)
    outcome: Outcome = "holds"
    for margin in (room + (a - b), room - (a - b)):
        if exact and len(a) and not (np.all(a == a[0]) and np.all(b == b[0])) and np.all(margin >= 0):
            continue  # both change from trial to trial, and together
        found = estimate_values(margin, exact, settled, alpha)
        if isinstance(found, Unsure):
            return found, "unsure", first.unit
        outcome = beside(outcome, "holds" if found.low >= 0 else "fails" if found.high < 0 else "unsure")
    shown = ratio(first, second, alpha)
    if not isinstance(shown, Unsure):
        return shown, outcome, "x"
    return estimate(first, alpha), outcome, first.unit


def _within(found: Interval | Unsure, low: float | None, high: float | None) -> Outcome:
    if isinstance(found, Unsure):
        return "unsure"
    least = -math.inf if low is None else low - abs(low) * _ROUNDING
    most = math.inf if high is None else high + abs(high) * _ROUNDING
    if least <= found.low and found.high <= most:
        return "holds"
    return "fails" if found.high < least or found.low > most else "unsure"


def _monotone(predicate: Predicate, figure: Figure, seen: Seen, alpha: float) -> list[Finding]:
    arms = _arms(figure, predicate.along, seen)
    if not arms:
        why = seen.missing(Figure(figure.measure, figure.arm, predicate.along[0]))
        return [Finding(unsure(predicate, _text(predicate, figure), why), _method(figure, seen))]
    return [_along(predicate, Figure(figure.measure, arm, ""), seen, alpha, len(arms) > 1) for arm in arms]


def _arms(figure: Figure, along: tuple[str, ...], seen: Seen) -> list[str]:
    keys = seen.keys(Figure(figure.measure, figure.arm, ""))
    return list(dict.fromkeys(key.arm for key in keys if key.case in along))


def _along(predicate: Predicate, figure: Figure, seen: Seen, alpha: float, spread: bool) -> Finding:
    """Return whether a figure goes one way through the cases: each neighbouring pair is judged by itself, paired."""
    text, method = _text(predicate, figure), _method(figure, seen)
    label = figure.arm if spread else ""
    keys = [Key(figure.arm, case, figure.measure) for case in predicate.along]
    outcome: Outcome = "holds"
    evidence = []
    why = Unsure("noise", "")
    first = seen.series(keys[0])
    for key, following in zip(keys, keys[1:], strict=False):
        a, b = seen.series(key), seen.series(following)
        if a is None or b is None:
            why = seen.missing(Figure(*_named(key if a is None else following)))
            return Finding(unsure(predicate, text, why), method, label, spread, None, keys[0], None, figure.measure)
        step = _step(a, b, alpha)
        if isinstance(step, Unsure):
            return Finding(unsure(predicate, text, step), method, label, spread, None, keys[0], None, figure.measure)
        outcome = beside(outcome, _direction(step, predicate.direction))
        evidence.append(f"{following.case}: {number(step.value, 'x')}")
    name = f"{figure.measure} from {predicate.along[0]} to {predicate.along[-1]}"
    last = seen.series(keys[-1])
    whole = ratio(last, first, alpha) if first is not None and last is not None else None
    shown = whole if isinstance(whole, Interval) else None
    came = ", ".join([f"{predicate.along[0]}: 1x", *evidence])
    made = part(predicate, text, outcome, came)
    if outcome == "unsure":
        made = unsure(predicate, text, Unsure("noise", came))
    return Finding(made, method, label, spread, shown, keys[-1], keys[0], name, "x")


def _step(first: Series, second: Series, alpha: float) -> Interval | Unsure:
    """Return how a figure goes on from one case to the next: as a ratio, or 1 more than the difference's sign.

    Figures that are 0 or below have no ratio: then 2 stands for more, 0 for less and 1 for the same, by the interval of
    the difference.
    """
    a, b, exact, settled = paired(first, second)
    if len(a) and np.all(a > 0) and np.all(b > 0):
        return estimate_values(b / a, exact, settled, alpha)
    difference: F64 = b - a
    found = estimate_values(difference, exact, settled, alpha)
    if isinstance(found, Unsure):
        return found
    signs = [1 + float(np.sign(each)) for each in (found.value, found.low, found.high)]
    return Interval(signs[0], signs[1], signs[2], found.trials)


def _direction(step: Interval, direction: str) -> Outcome:
    more, less = step.low > 1 + _ROUNDING, step.high < 1 - _ROUNDING
    same = abs(step.low - 1) <= _ROUNDING and abs(step.high - 1) <= _ROUNDING
    not_less, not_more = step.low >= 1 - _ROUNDING, step.high <= 1 + _ROUNDING
    holds, fails = {
        "rising": (more, less or same),
        "falling": (less, more or same),
        "not-falling": (not_less, less),
        "not-rising": (not_more, more),
    }[direction]
    return "holds" if holds else "fails" if fails else "unsure"


def _method(figure: Figure, seen: Seen) -> Method:
    if figure.measure in OF_A_BUILD | {"build_s"} and not _printed(figure, seen):
        return "build"
    if any(each.name == figure.measure for each in seen.observed.experiment.sources):
        return "source"
    return "run"


def _printed(figure: Figure, seen: Seen) -> bool:
    """Whether a figure that is called like one of a build has a case: then the program printed it."""
    return any(key.case for key in seen.keys(figure))


def _named(key: Key) -> tuple[str, str, str]:
    return key.name, key.arm, key.case


def _place(key: Key) -> str:
    where = ", ".join(each for each in (key.arm, key.case) if each)
    return f"{key.name} ({where})" if where else key.name


def _text(predicate: Predicate, figure: Figure, over: Key | None = None) -> str:
    """Return a predicate in the program's terms."""
    name = _place(Key(figure.arm, figure.case, figure.measure))
    if over is None and predicate.over is not None:
        over = Key(predicate.over.arm, predicate.over.case, predicate.over.measure)
    against = _place(over) if over is not None else ""
    if predicate.kind == "monotone":
        return f"{name} {_WORDS[predicate.direction]} along {', '.join(predicate.along)}"
    if predicate.kind == "ratio_at_least":
        return f"{name} / {against} >= {number(predicate.value or 0.0)}"
    if predicate.kind == "equals":
        near = f" within {number(100 * predicate.tolerance)}%" if predicate.tolerance else ""
        return f"{name} = {against or number(predicate.value or 0.0)}{near}"
    low = "" if predicate.low is None else f"{number(predicate.low)} <= "
    high = "" if predicate.high is None else f" <= {number(predicate.high)}"
    return f"{low}{name}{high}"
