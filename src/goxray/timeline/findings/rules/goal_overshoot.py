"""The heap goes past its goal while it is marked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from goxray.core.timeline_result import TimelineFinding
from goxray.timeline.findings.facts import Facts, in_bad_windows, stretches, window_sums
from goxray.timeline.findings.pressure import SMALLEST
from goxray.timeline.findings.registry import Rule

_WINDOW = 10
_FEWEST = 3
_SHARE = 0.2
_PAST = 0.1


def _judge(facts: Facts) -> Iterator[TimelineFinding]:
    """Find 3 cycles, a fifth of 10 neighbours or more, that ended over 10% above their goal.

    The pacer starts a cycle so that it ends at the goal; assists hold the heap there. 10% is what the scavenger keeps
    above the goal (retainExtraPercent, runtime/mgcscavenge.go): beyond it the process grows past its plan. Goals below
    8 MiB do not count: the pacer's figures are coarse there. Cycles that were forced do not count either.
    """
    cycles = facts.cycles
    size = min(_WINDOW, len(cycles))
    if size < _FEWEST:
        return
    past = cycles.heap_end - cycles.goal
    over = (past - cycles.rounding > _PAST * cycles.goal) & (cycles.goal >= SMALLEST) & (cycles.forced != 1)
    bad = window_sums(over.astype(np.float64), size) >= max(_FEWEST, _SHARE * size)
    for stretch in stretches(in_bad_windows(bad, size, len(cycles)), _FEWEST):
        of = stretch.cycles
        worst = int(np.nanargmax(np.where(over[of], past[of] / cycles.goal[of], 0.0))) + stretch.first
        yield TimelineFinding(
            RULE.id,
            "warning",
            float(cycles.start[stretch.first]),
            float(cycles.end[stretch.last]),
            {
                "over_n": int(over[of].sum()),
                "cycles_n": stretch.size,
                "worst_percent": 100 * float(past[worst] / cycles.goal[worst]),
                "peak_bytes": float(cycles.heap_end[worst]),
                "goal_bytes": float(cycles.goal[worst]),
            },
        )


RULE = Rule("goal-overshoot", ("over_n", "cycles_n", "worst_percent", "peak_bytes", "goal_bytes"), _judge)
