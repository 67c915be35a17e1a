"""Collections that the program asked for, and those that the runtime makes because nothing else happened."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from goxray.core.timeline_result import TimelineFinding
from goxray.timeline.findings.facts import Facts
from goxray.timeline.findings.registry import Rule

_FEWEST = 3
_SHARE = 0.2


def _judge(facts: Facts) -> Iterator[TimelineFinding]:
    """Find 3 or more forced cycles that are at least a fifth of all.

    A cycle is forced when ``runtime.GC`` or ``debug.FreeOSMemory`` asked for it (work.userForced, runtime/mgc.go,
    gcStart); the runtime's own cycle after two minutes without one does not count as forced. One call at start or in
    a handler is no trouble: it takes three, and a fifth, for a habit.
    """
    cycles = facts.cycles
    forced = cycles.forced == 1
    count = int(forced.sum())
    if count < _FEWEST or count < _SHARE * len(cycles):
        return
    first, last = np.flatnonzero(forced)[[0, -1]]
    lasted = cycles.end[forced] - cycles.start[forced]
    yield TimelineFinding(
        RULE.id,
        "warning",
        float(cycles.start[first]),
        float(cycles.end[last]),
        {
            "forced_n": count,
            "cycles_n": len(cycles),
            "share_percent": 100 * count / len(cycles),
            "every_s": float(np.diff(cycles.start[forced]).mean()),
            "lasted_ms": 1e3 * float(lasted.sum()),
        },
    )


RULE = Rule("forced-gc", ("forced_n", "cycles_n", "share_percent", "every_s", "lasted_ms"), _judge)
