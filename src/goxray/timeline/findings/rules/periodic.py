"""The runtime collects every two minutes because nothing else does: the service is idle."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from goxray.core.timeline_result import TimelineFinding
from goxray.timeline.findings.facts import Facts, stretches
from goxray.timeline.findings.registry import Rule

_PERIOD = 120.0
_LATE = 75.0
_FAR_FROM_GOAL = 0.9
_FEWEST = 3


def _judge(facts: Facts) -> Iterator[TimelineFinding]:
    """Find 3 cycles in a row that began 120 to 195 s after the one before ended, far from their goal and not forced.

    sysmon starts a cycle when the last one is over forcegcperiod, 2 minutes, ago; it looks up to 60 s later when the
    program sleeps (runtime/proc.go, sysmon). Far from the goal is under 90% of it.
    """
    cycles = facts.cycles
    if len(cycles) <= _FEWEST:
        return
    apart = np.full(len(cycles), np.nan)
    apart[1:] = cycles.start[1:] - cycles.end[:-1]
    waited = (apart >= _PERIOD - 1e-3) & (apart <= _PERIOD + _LATE) & cycles.follows
    periodic = waited & ~(cycles.heap_start >= _FAR_FROM_GOAL * cycles.goal) & (cycles.forced != 1)
    for stretch in stretches(periodic, _FEWEST):
        yield TimelineFinding(
            RULE.id,
            "note",
            float(cycles.end[stretch.first - 1]),
            float(cycles.end[stretch.last]),
            {"cycles_n": stretch.size, "every_s": float(apart[stretch.cycles].mean())},
        )


RULE = Rule("periodic-gc", ("cycles_n", "every_s"), _judge)
