"""What a predicate came to: one finding for each case that it was judged in."""

from __future__ import annotations

import math
from dataclasses import dataclass

from goxray.core.lab_result import Method, Outcome, Part, Reason
from goxray.lab.experiment import Predicate
from goxray.lab.judge.figures import Unsure
from goxray.lab.judge.intervals import Interval
from goxray.lab.observed import Key

_UNITS = {"1": "", "": "", "text": "", "x": "x"}


@dataclass(frozen=True)
class Finding:
    """One predicate in one case. ``spread``: the predicate names no case, and was judged in several.

    ``label`` names that case. ``interval`` is the figure's in ``unit`` (``x`` for a ratio), ``key`` and ``name`` say
    which, ``over`` what it is a ratio to; None where the predicate is about a text.
    """

    part: Part
    method: Method
    label: str = ""
    spread: bool = False
    interval: Interval | None = None
    key: Key | None = None
    over: Key | None = None
    name: str = ""
    unit: str = "1"


def part(predicate: Predicate, text: str, outcome: Outcome, evidence: str, case: str = "") -> Part:
    """Return a part that is sure."""
    return Part(predicate.kind, text, outcome, evidence, case, None, predicate.says)


def unsure(predicate: Predicate, text: str, why: Unsure, case: str = "") -> Part:
    """Return a part that decides nothing."""
    return Part(predicate.kind, text, "unsure", why.detail, case, why.reason, predicate.says)


def decided(predicate: Predicate, text: str, outcome: Outcome, found: Interval, unit: str, case: str = "") -> Part:
    """Return the part of a figure: unsure means that its interval lies on both sides."""
    reason: Reason | None = "noise" if outcome == "unsure" else None
    return Part(predicate.kind, text, outcome, spelled(found, unit), case, reason, predicate.says)


def spelled(found: Interval, unit: str) -> str:
    """Return a figure in words: ``8,208 bytes`` or ``1.12x (1.09 to 1.15, 10 trials)``."""
    trials = f"{found.trials} trial{'s' * (found.trials != 1)}"
    if found.exact:
        return f"{number(found.value, unit)} ({trials})"
    return f"{number(found.value, unit)} ({number(found.low)} to {number(found.high)}, {trials})"


def number(value: float, unit: str = "1") -> str:
    """Return a number as evidence shows it, with its unit."""
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        shown = f"{int(value):,}"
    else:
        shown = f"{value:,.4g}"
    word = _UNITS.get(unit, f" {unit}")
    return f"{shown}{word}"


def beside(first: Outcome, second: Outcome) -> Outcome:
    """Return what two things that must both hold come to."""
    if "fails" in (first, second):
        return "fails"
    return "unsure" if "unsure" in (first, second) else "holds"
