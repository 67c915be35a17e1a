"""Every figure that goxray's model predicts beside what was measured: how many agree, and those that do not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.lab_result import Measured
    from goxray.render.words import Lang

NEAR = 0.01
"""The share of a measured figure by which a prediction may lie beside its interval and still agree with it."""


def predicted(measured: Sequence[Measured]) -> list[Measured]:
    """Return the figures that have a prediction to compare with."""
    return [
        each
        for each in measured
        if each.predicted is not None and math.isfinite(each.predicted) and math.isfinite(each.median)
    ]


def off(each: Measured) -> float:
    """Return how far the prediction lies from the median, as a share of it; infinite where nothing was measured."""
    said = each.predicted or 0.0
    if each.median:
        return (said - each.median) / abs(each.median)
    return math.copysign(math.inf, said) if said else 0.0


def agrees(each: Measured) -> bool:
    """Whether the prediction lies in the figure's interval, or as near to the median as makes no difference."""
    said = each.predicted
    return said is not None and (each.low <= said <= each.high or abs(off(each)) <= NEAR)


def model_text(measured: Sequence[Measured], lang: Lang) -> str:
    """Return how many predictions agree; empty where there is none."""
    found = predicted(measured)
    near = sum(agrees(each) for each in found)
    return say("lab.model", lang, n=len(found), near=near, share=f"{NEAR * 100:g}%") if found else ""


def by_figure(measured: Sequence[Measured]) -> dict[tuple[str, str, str, str], dict[str, Measured]]:
    """Return the predicted figures (experiment, name, arm, case) by version; those that disagree most come first."""
    found: dict[tuple[str, str, str, str], dict[str, Measured]] = {}
    for each in predicted(measured):
        found.setdefault((each.experiment, each.name, each.arm, each.case), {})[each.go_version] = each
    worst = {key: max(0.0 if agrees(each) else abs(off(each)) for each in by.values()) for key, by in found.items()}
    return dict(sorted(found.items(), key=lambda item: -worst[item[0]]))
