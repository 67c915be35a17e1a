"""Goroutines that allocate have to help marking: requests wait while they do the collector's work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.timeline_result import TimelineFinding
from goxray.timeline.findings.facts import Facts, in_bad_windows, stretches, window_sums
from goxray.timeline.findings.registry import Rule

if TYPE_CHECKING:
    from goxray.timeline.findings.facts import Stretch

_WINDOW = 10
_FEWEST = 3
_WARNING = 0.05
_SERIOUS = 0.25
_LEAST_MS = 5.0


def _judge(facts: Facts) -> Iterator[TimelineFinding]:
    """Find where assists take over 5% of the CPU time that was there while marking, over 10 cycles (3 at least).

    Half of the cycles have to be so: one cycle while the heap is built at start has many.

    The pacer plans for none in a steady state: gcGoalUtilization equals gcBackgroundUtilization, 25%
    (runtime/mgcpacer.go). Up to Go 1.17 it planned for 5% of assists, hence that threshold; from 25% on assists take
    more than the background workers' own share. Less than 5 ms of CPU in all is noise.
    """
    cycles = facts.cycles
    size = min(_WINDOW, len(cycles))
    if size < _FEWEST:
        return
    there = cycles.mark * 1e3 * cycles.procs
    known = ~np.isnan(there) & ~np.isnan(cycles.assist)
    there, assist = np.where(known, there, 0.0), np.where(known, cycles.assist, 0.0)
    worked, room = window_sums(assist, size), window_sums(there, size)
    often = window_sums((assist > _WARNING * there).astype(np.float64), size) >= size / 2
    bad = (worked > _WARNING * room) & (worked >= _LEAST_MS) & often
    for stretch in stretches(in_bad_windows(bad, size, len(cycles)), _FEWEST, bridge=size):
        yield _finding(facts, stretch, float(assist[stretch.cycles].sum()), float(there[stretch.cycles].sum()))


def _finding(facts: Facts, stretch: Stretch, assist: float, there: float) -> TimelineFinding:
    cycles = facts.cycles
    share = assist / there
    return TimelineFinding(
        RULE.id,
        "serious" if share > _SERIOUS else "warning",
        float(cycles.start[stretch.first]),
        float(cycles.end[stretch.last]),
        {"share_percent": 100 * share, "assist_cpu_ms": assist, "cycles_n": stretch.size},
    )


RULE = Rule("assists-high", ("share_percent", "assist_cpu_ms", "cycles_n"), _judge)
