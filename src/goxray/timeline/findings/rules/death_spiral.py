"""The memory limit leaves no room: cycle follows cycle, and each frees next to nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from goxray.core.timeline_result import TimelineFinding
from goxray.timeline.findings.facts import Facts, stretches
from goxray.timeline.findings.pressure import spiralling
from goxray.timeline.findings.registry import Rule

_FEWEST = 5


def _judge(facts: Facts) -> Iterator[TimelineFinding]:
    """Find cycles that pressure.spiralling names: back to back, the goal at what is live.

    GOGC alone never sets such a goal: it leaves GOGC percent. The runtime then spends up to half of the processors on
    collecting before its limiter gives up on the limit (limitUtilization, runtime/mgclimit.go).
    """
    cycles = facts.cycles
    for stretch in stretches(spiralling(cycles), _FEWEST, bridge=_FEWEST):
        of = stretch.cycles
        start, end = float(cycles.start[stretch.first]), float(cycles.end[stretch.last])
        freed = np.nan_to_num(cycles.heap_end[of] - cycles.live[of])
        yield TimelineFinding(
            RULE.id,
            "serious",
            start,
            end,
            {
                "cycles_n": stretch.size,
                "busy_percent": 100 * float((cycles.end[of] - cycles.start[of]).sum()) / (end - start),
                "live_bytes": float(np.median(cycles.live[of])),
                "goal_bytes": float(np.median(cycles.goal[of])),
                "freed_bytes": float(np.median(freed)),
            },
        )


RULE = Rule("death-spiral", ("cycles_n", "busy_percent", "live_bytes", "goal_bytes", "freed_bytes"), _judge)
