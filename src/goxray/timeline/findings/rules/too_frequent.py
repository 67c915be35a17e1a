"""Collections come often because the goal leaves little room above what is live."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from goxray.core.timeline_result import TimelineFinding
from goxray.timeline.findings.facts import Facts, Stretch, in_bad_windows, stretches, window_sums
from goxray.timeline.findings.pressure import busy_share, room_share, spiralling
from goxray.timeline.findings.registry import Rule

_WINDOW = 10
_FEWEST = 5
_LITTLE = 0.25
_OFTEN = 0.2


def _judge(facts: Facts) -> Iterator[TimelineFinding]:
    """Find 5 cycles or more, whose goal left under 25% above live heap, and which ran over 20% of the time.

    GOGC=100 leaves 100%: with a quarter of that the same allocation takes four times as many cycles. While a cycle
    runs, it takes 25% of the processors (gcBackgroundUtilization, runtime/mgcpacer.go): at 20% of the time, 5% of the
    machine. Cycles that the program forced do not count, and what is a spiral is told as one.
    """
    cycles = facts.cycles
    size = min(_WINDOW, len(cycles))
    if size < _FEWEST:
        return
    tight = (room_share(cycles) < _LITTLE) & ~spiralling(cycles)
    tight_most = window_sums(tight.astype(np.float64), size) > size / 2
    bad = tight_most & (busy_share(cycles, size) > _OFTEN)
    for stretch in stretches(in_bad_windows(bad, size, len(cycles)) & tight, _FEWEST, bridge=2):
        yield _finding(facts, stretch)


def _finding(facts: Facts, stretch: Stretch) -> TimelineFinding:
    cycles = facts.cycles
    of = stretch.cycles
    start, end = float(cycles.start[stretch.first]), float(cycles.end[stretch.last])
    return TimelineFinding(
        RULE.id,
        "warning",
        start,
        end,
        {
            "cycles_n": stretch.size,
            "every_s": (end - start) / stretch.size,
            "busy_percent": 100 * float((cycles.end[of] - cycles.start[of]).sum()) / (end - start),
            "room_percent": 100 * max(0.0, float(np.median(room_share(cycles)[of]))),
            "live_bytes": float(np.median(cycles.live[of])),
        },
    )


RULE = Rule("gc-too-frequent", ("cycles_n", "every_s", "busy_percent", "room_percent", "live_bytes"), _judge)
