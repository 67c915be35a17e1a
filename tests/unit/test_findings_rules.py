"""Rules of the timeline on cycles made by hand: each where its threshold lies, and silent on too little."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from goxray.core.timeline_result import Interval, Series, Timeline
from goxray.render.words import CATALOGUE
from goxray.timeline.findings import find
from goxray.timeline.findings.facts import in_bad_windows, stretches, window_sums
from goxray.timeline.findings.registry import all_rules

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


def tight(start: float, *, every: float, lasts: float, live: float, goal: float, count: int = 30) -> list[Interval]:
    """Return cycles with that goal and live heap, in MB."""
    return [
        cycle(
            start + n * every,
            start + n * every + lasts,
            heap_start=(goal - 1) * MB,
            heap_end=goal * MB,
            heap_live=live * MB,
            goal=goal * MB,
            procs=4,
            forced=0,
            assist_cpu_ms=0.0,
        )  # fmt: skip
        for n in range(count)
    ]


def rules(*cycles: Interval) -> set[str]:
    """Return the rules that find something."""
    return {finding.rule for finding in find(Timeline("made", "program start", intervals=cycles)).findings}


def test_room_and_time_decide_what_is_frequent() -> None:
    assert rules(*tight(0, every=0.1, lasts=0.05, live=100, goal=110)) == {"gc-too-frequent"}
    assert rules(*tight(0, every=0.1, lasts=0.05, live=100, goal=130)) == set()  # room enough
    assert rules(*tight(0, every=0.1, lasts=0.01, live=100, goal=110)) == set()  # time enough
    assert rules(*tight(0, every=0.1, lasts=0.05, live=100, goal=110, count=4)) == set()  # too little
    [finding] = found(*tight(0, every=0.1, lasts=0.05, live=100, goal=110), rule="gc-too-frequent")
    assert finding.figures["room_percent"] == pytest.approx(11)  # 10, and gctrace's rounding
    assert finding.figures["busy_percent"] == pytest.approx(51, abs=1)


def test_a_spiral_has_no_room_and_no_rest() -> None:
    spiral = tight(0, every=0.1, lasts=0.09, live=100, goal=101)
    assert rules(*spiral) == {"death-spiral"}
    assert found(*spiral, rule="death-spiral")[0].severity == "serious"
    assert "death-spiral" not in rules(*tight(0, every=0.1, lasts=0.05, live=100, goal=101))
    assert "death-spiral" not in rules(*tight(0, every=0.1, lasts=0.09, live=100, goal=110))
    assert rules(*tight(0, every=0.1, lasts=0.09, live=100, goal=101, count=5)) == set()  # the first has no room known
    forced = [cycle(each.start_s, each.end_s, **{**each.detail, "forced": 1.0}) for each in spiral]  # type: ignore[arg-type]
    assert "death-spiral" not in rules(*forced)


def test_a_spiral_in_the_middle_is_found_where_it_is() -> None:
    calm = {"every": 10.0, "lasts": 0.05, "live": 50, "goal": 100}
    before, after = tight(0, **calm), tight(400, **calm)  # type: ignore[arg-type]
    spiral = tight(320, every=0.1, lasts=0.09, live=98, goal=99)
    [finding] = found(*before, *spiral, *after, rule="death-spiral")
    assert 320 <= finding.start_s <= 320.2 and finding.end_s == pytest.approx(322.99)


def test_cycles_that_a_log_has_lost_say_nothing_of_room() -> None:
    """Between two cycles that do not follow each other the goal was set by another one."""
    cycles = tight(0, every=0.1, lasts=0.09, live=100, goal=101)
    for step, expected in ((1, {"death-spiral"}), (2, set())):
        numbered = [
            cycle(each.start_s, each.end_s, **{**each.detail, "n": 1.0 + step * n})  # type: ignore[arg-type]
            for n, each in enumerate(cycles)
        ]
        assert rules(*numbered) == expected


def test_overshoot_is_past_a_tenth_and_rounding() -> None:
    def ended(past: float) -> list[Interval]:
        made = tight(0, every=1, lasts=0.01, live=50, goal=100)
        return [cycle(each.start_s, each.end_s, **{**each.detail, "heap_end": past * MB}) for each in made]  # type: ignore[arg-type]

    assert rules(*ended(115)) == {"goal-overshoot"}
    assert rules(*ended(111)) == set()
    assert found(*ended(115), rule="goal-overshoot")[0].figures["worst_percent"] == pytest.approx(15)


def test_two_minutes_without_a_cycle_are_periodic() -> None:
    def every(seconds: float, share: float) -> list[Interval]:
        return [
            cycle(
                n * seconds, n * seconds + 0.01, heap_start=share * 100 * MB, goal=100 * MB, heap_live=4 * MB, forced=0
            )
            for n in range(6)
        ]

    [finding] = found(*every(120.05, 0.1), rule="periodic-gc")
    assert (finding.severity, finding.figures["cycles_n"]) == ("note", 5)
    assert finding.figures["every_s"] == pytest.approx(120.04)
    assert not found(*every(119, 0.1), rule="periodic-gc")
    assert not found(*every(120.05, 0.95), rule="periodic-gc")  # it came to its goal
    assert not found(*every(300, 0.1), rule="periodic-gc")
    assert not found(*every(120.05, 0.1)[:3], rule="periodic-gc")


def test_tiny_heaps_need_twenty_a_second() -> None:
    assert rules(*tight(0, every=0.02, lasts=0.0001, live=1, goal=4)) == {"tiny-heap"}
    assert rules(*tight(0, every=0.1, lasts=0.0001, live=1, goal=4)) == set()
    assert rules(*tight(0, every=0.02, lasts=0.0001, live=10, goal=20)) == set()
    severities = [
        found(*tight(0, every=t, lasts=0, live=1, goal=4), rule="tiny-heap")[0].severity for t in (0.02, 0.005)
    ]
    assert severities == ["note", "warning"]


@pytest.mark.parametrize(
    ("ms", "severity"),
    [([9.9] * 9, None), ([12], "note"), ([12, 11, 10.5], "warning"), ([150], "warning"), ([150, 120, 101], "serious")],
    ids=["short", "one", "three", "long", "often"],
)
def test_long_stops(ms: list[float], severity: str | None) -> None:
    stops = tuple(
        Interval("stw", "mark termination", n, n + each / 1e3, "gctrace") for n, each in enumerate(ms)
    )  # fmt: skip
    findings = find(Timeline("made", "program start", intervals=stops)).findings
    assert [each.severity for each in findings] == ([severity] if severity else [])
    series = Series("pause_ms", "ms", "expvar", np.arange(float(len(ms))), np.array(ms))
    findings = find(Timeline("made", "program start", series=(series,))).findings
    assert [each.severity for each in findings] == ([severity] if severity else [])


def memory(**values: list[float]) -> Timeline:
    """Return a timeline with series of MemStats, a look a second, figures in MB; ``gc_cycles`` counts looks."""
    count = len(next(iter(values.values())))
    t_s = np.arange(float(count))
    series = [Series(name, "bytes", "expvar", t_s, np.array(each) * MB) for name, each in values.items()]
    series.append(Series("gc_cycles", "count", "expvar", t_s, t_s, holds=True))
    return Timeline("made", "first record", series=tuple(series))


def test_fragmentation_has_to_stay() -> None:
    kept = memory(heap_inuse=[100.0] * 8, heap_alloc=[50, 60, 70, 55, 52, 60, 70, 58])
    [finding] = find(kept).findings
    assert (finding.rule, finding.figures["unused_bytes"]) == ("fragmentation", 30 * MB)
    assert not find(memory(heap_inuse=[100.0] * 8, heap_alloc=[50, 60, 70, 55, 52, 60, 70, 90])).findings
    assert not find(memory(heap_inuse=[100.0] * 8, heap_alloc=[50, 60, 70, 55, 90, 60, 70, 50])).findings  # 3 looks
    assert not find(memory(heap_inuse=[40.0] * 8, heap_alloc=[28.0] * 8)).findings  # 12 MiB are little


def test_the_scavenger_gets_its_time() -> None:
    def looks(released: list[float]) -> set[str]:
        flat = [[value] * len(released) for value in (100.0, 300.0, 100.0)]
        timeline = memory(heap_inuse=flat[0], heap_idle=flat[1], heap_alloc=flat[2], heap_released=released)
        return {each.rule for each in find(timeline).findings}

    assert looks([0.0] * 8) == {"scavenger-behind"}
    assert looks([0.1 * n for n in range(8)]) == {"scavenger-behind"}  # 0.1 MiB a second: an hour to go
    assert looks([10.0 * n for n in range(8)]) == set()  # done in half a minute
    assert looks([290.0] * 8) == set()  # it has given back
    assert looks([0.0] * 4) == set()  # too little


def test_pages_that_were_never_touched_are_no_memory() -> None:
    flat = {"heap_inuse": 100.0, "heap_idle": 300.0, "heap_alloc": 100.0, "heap_released": 0.0}
    series = {name: [value] * 8 for name, value in flat.items()}
    assert {each.rule for each in find(memory(**series, rss=[405.0] * 8)).findings} == {"scavenger-behind"}
    assert not find(memory(**series, rss=[120.0] * 8)).findings


def test_the_scavenger_keeps_what_the_goal_needs() -> None:
    flat = {"heap_inuse": 100.0, "heap_idle": 300.0, "heap_alloc": 100.0, "heap_released": 0.0, "heap_goal": 380.0}
    assert not find(memory(**{name: [value] * 8 for name, value in flat.items()})).findings


def test_the_limiter() -> None:
    def limited(*values: float) -> Timeline:
        t_s = np.arange(float(len(values)))
        series = Series("gc_limiter_cycle", "count", "metrics", t_s, np.array(values), holds=True)
        return Timeline("made", "first record", series=(series,))

    assert not find(limited(0, 0, 0)).findings
    [finding] = find(limited(0, 0, 17, 17)).findings
    assert (finding.rule, finding.figures["cycle_n"], finding.end_s) == ("cpu-limiter", 17, 2)


def test_every_rule_has_words_that_name_its_own_figures() -> None:
    for rule in all_rules():
        for part in ("title", "why", "do"):
            for text in CATALOGUE[f"tf.{rule.id}.{part}"]:
                named = set(re.findall(r"\{(\w+)\}", text))
                assert named <= set(rule.figures), (rule.id, part)
        assert {name.rpartition("_")[2] for name in rule.figures} <= {"bytes", "ms", "s", "percent", "ratio", "n"}


def test_findings_carry_the_figures_that_their_rule_promises() -> None:
    promised = {rule.id: set(rule.figures) for rule in all_rules()}
    cycles = [*assisted(12, 40.0), *tight(100, every=0.1, lasts=0.09, live=100, goal=101)]
    for finding in find(Timeline("made", "program start", intervals=tuple(cycles))).findings:
        assert set(finding.figures) == promised[finding.rule]


def test_bridges_join_runs() -> None:
    bad = np.array([1, 1, 0, 1, 1, 0, 0, 1], dtype=bool)
    assert [tuple(run) for run in stretches(bad, 2, bridge=1)] == [(0, 4)]
    assert [tuple(run) for run in stretches(bad, 1, bridge=2)] == [(0, 7)]


@pytest.mark.parametrize("page", ["findings.md", "findings.zh-CN.md"])
def test_the_page_on_findings_has_every_rule(page: str) -> None:
    listed = re.findall(r"^\| `([a-z-]+)` \|", (Path(__file__).parents[2] / "docs" / page).read_text(), re.MULTILINE)
    assert sorted(listed) == [rule.id for rule in all_rules()]
