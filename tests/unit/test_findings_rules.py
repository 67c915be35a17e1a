"""Rules of the timeline on cycles made by hand: each where its threshold lies, and silent on too little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from goxray.core.timeline_result import Interval, Timeline
from goxray.timeline.findings import find
from goxray.timeline.findings.facts import in_bad_windows, stretches, window_sums

if TYPE_CHECKING:
    from goxray.core.timeline_result import TimelineFinding

MB = 1 << 20


def cycle(start: float, end: float, **detail: float) -> Interval:
    """Return a cycle of gctrace."""
    return Interval("gc", "cycle", start, end, "gctrace", detail)


def found(*cycles: Interval, rule: str) -> list[TimelineFinding]:
    """Return what a rule finds on these cycles."""
    timeline = find(Timeline("made", "program start", intervals=cycles))
    return [finding for finding in timeline.findings if finding.rule == rule]


def assisted(count: int, assist_cpu_ms: float, first: int = 0) -> list[Interval]:
    """Return cycles a second apart that mark for 100 ms on 4 processors."""
    return [
        cycle(n, n + 0.1, procs=4, assist_cpu_ms=assist_cpu_ms, heap_live=100 * MB, goal=200 * MB, forced=0)
        for n in range(first, first + count)
    ]


def test_assists_are_a_share_of_the_cpu_while_marking() -> None:
    [finding] = found(*assisted(12, 40.0), rule="assists-high")
    assert finding.severity == "warning"
    assert finding.figures["share_percent"] == pytest.approx(100 * 40 / 400)
    assert finding.figures["assist_cpu_ms"] == pytest.approx(480)
    assert (finding.start_s, finding.end_s) == (0, 11.1)
    assert found(*assisted(12, 120.0), rule="assists-high")[0].severity == "serious"


def test_few_assists_are_silent() -> None:
    assert not found(*assisted(12, 19.0), rule="assists-high")
    assert not found(*assisted(2, 400.0), rule="assists-high")


def test_assists_are_found_in_the_stretch_that_has_them() -> None:
    cycles = [*assisted(50, 0.0), *assisted(20, 200.0, first=50), *assisted(50, 0.0, first=70)]
    [finding] = found(*cycles, rule="assists-high")
    assert 41 <= finding.start_s <= 50 and 69 <= finding.end_s <= 79
    assert finding.figures["share_percent"] > 5


def test_forced_cycles_are_counted() -> None:
    cycles = [cycle(n, n + 0.1, forced=float(n % 2)) for n in range(10)]
    [finding] = found(*cycles, rule="forced-gc")
    assert finding.figures["forced_n"] == 5
    assert finding.figures["share_percent"] == 50
    assert finding.figures["every_s"] == pytest.approx(2)
    assert finding.figures["lasted_ms"] == pytest.approx(500)
    assert not found(*[cycle(n, n + 0.1, forced=float(n < 2)) for n in range(4)], rule="forced-gc")
    assert not found(*[cycle(n, n + 0.1, forced=float(n % 6 == 0)) for n in range(24)], rule="forced-gc")


def test_an_empty_timeline_has_no_findings() -> None:
    assert find(Timeline("made", "first record")).findings == ()


def test_stretches_are_the_longest_runs_in_order() -> None:
    bad = np.array([1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1], dtype=bool)
    assert [tuple(run) for run in stretches(bad, 2)] == [(2, 3), (5, 7), (9, 12)]
    assert stretches(np.zeros(3, dtype=bool)) == []


def test_windows() -> None:
    assert window_sums(np.array([1.0, 2.0, np.nan, 4.0]), 2).tolist() == [3, 2, 4]
    assert in_bad_windows(np.array([False, True, False]), 2, 4).tolist() == [False, True, True, False]
