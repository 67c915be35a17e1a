"""From what was measured to verdicts: intervals, predicates, the verdict on each version and over all of them.

No verdict is written anywhere: each is what the predicates of a claim come to on the figures of a run. A figure that is
noise decides only where its whole interval lies on one side of what the claim says.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from goxray.core.lab_result import Measured, OverallVerdict, VersionVerdict
from goxray.lab.judge.figures import Seen
from goxray.lab.judge.looks import enough, looks
from goxray.lab.judge.overall import overall_of
from goxray.lab.judge.verdict import measured_of, verdict_of
from goxray.lab.observed import Observed

__all__ = ["looks", "measured", "overall", "settled", "verdicts"]


def verdicts(observed: Observed) -> tuple[VersionVerdict, ...]:
    """Return the verdict on each claim of the experiment, in their order."""
    seen = Seen.of(observed)
    with np.errstate(all="ignore"):  # a program may print any number; what is too large is told as such
        return tuple(verdict_of(claim, seen) for claim in observed.experiment.claims)


def measured(observed: Observed) -> tuple[Measured, ...]:
    """Return every figure with its median, the interval of that and what the model says of it."""
    with np.errstate(all="ignore"):
        return measured_of(Seen.of(observed))


def overall(verdicts: Sequence[VersionVerdict]) -> tuple[OverallVerdict, ...]:
    """Return the verdict over all versions on each claim, in the order in which the claims first appear."""
    claims: dict[str, list[VersionVerdict]] = {}
    for each in verdicts:
        claims.setdefault(each.claim, []).append(each)
    return tuple(overall_of(each) for each in claims.values())


def settled(observed: Observed, look: int) -> bool:
    """Return whether the runner may stop after ``look`` trials, one of those that :func:`looks` names."""
    return enough(observed, verdicts(observed), look)
