"""Next to nothing is live, so the goal is the least one, and cycles run many times a second."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from goxray.core.timeline_result import TimelineFinding
from goxray.timeline.findings.facts import MIB, Facts, in_bad_windows, stretches, window_sums
from goxray.timeline.findings.registry import Rule

_WINDOW = 20
_SMALL = 8 * MIB
_OFTEN = 20.0
_VERY_OFTEN = 100.0


def _judge(facts: Facts) -> Iterator[TimelineFinding]:
    """Find 20 cycles or more with a goal under 8 MiB at 20 a second or more.

    The least goal is 4 MiB times GOGC/100 (defaultHeapMinimum, runtime/mgc.go) plus stacks and globals: however little
    lives, each 4 MiB allocated start a cycle. A cycle has its fixed price, two stops of the world and waking the
    workers, some 100 µs: at 20 a second it begins to show, at 100 it is 1%.
    """
    cycles = facts.cycles
    size = _WINDOW
    if len(cycles) < size:
        return
    small = (cycles.goal < _SMALL) & (cycles.forced != 1)
    took = np.maximum(cycles.start[size - 1 :] - cycles.start[: len(cycles) - size + 1], 1e-9)
    bad = (window_sums(small.astype(np.float64), size) == size) & ((size - 1) / took >= _OFTEN)
    for stretch in stretches(in_bad_windows(bad, size, len(cycles)), size):
        start, end = float(cycles.start[stretch.first]), float(cycles.start[stretch.last])
        rate = (stretch.size - 1) / (end - start)
        yield TimelineFinding(
            RULE.id,
            "warning" if rate >= _VERY_OFTEN else "note",
            start,
            end,
            {
                "cycles_n": stretch.size,
                "per_second_n": rate,
                "live_bytes": float(np.median(cycles.live[stretch.cycles])),
                "goal_bytes": float(np.median(cycles.goal[stretch.cycles])),
            },
        )


RULE = Rule("tiny-heap", ("cycles_n", "per_second_n", "live_bytes", "goal_bytes"), _judge)
