"""Real Go programs with one trouble each: its rule finds it, and rules of other troubles stay silent."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from goxray.api_gc import gc_read
from goxray.timeline.findings import find
from goxray.timeline.metrics import read
from tests.harness import told_program
from tests.harness.variants import Variant, params

if TYPE_CHECKING:
    from pathlib import Path

    from goxray.core.timeline_result import TimelineFinding

ENDS = (Variant("1.21.13"), Variant("1.27.3"))
MB = 1 << 20
TRIES = 4
BUSY = {"assists-high", "long-stops", "goal-overshoot"}
"""What a machine with more to do than processors adds to any program."""


def by_gctrace(variant: Variant, mode: str, debug: str = "", attempt: int = 0) -> dict[str, TimelineFinding]:
    """Return what is found in the gctrace of a program with that trouble, by rule; of several, the first."""
    text = told_program.trouble(variant.version, mode, debug, attempt).gctrace
    [timeline] = gc_read(io.BytesIO(text.encode())).timelines
    return {finding.rule: finding for finding in reversed(timeline.findings)}


def until_found(rule: str, variant: Variant, mode: str, debug: str = "") -> dict[str, TimelineFinding]:
    """Return the same of the first of some runs in which the rule fires.

    Who waits for whom is the scheduler's choice: on a machine with more to do than processors a program may be spared.
    """
    for attempt in range(TRIES):
        found = by_gctrace(variant, mode, debug, attempt)
        if rule in found:
            break
    return found


def by_looks(variant: Variant, mode: str, tmp_path: Path, attempt: int = 0) -> dict[str, TimelineFinding]:
    """Return what is found in the dumps that a program with that trouble wrote of itself, by rule."""
    path = tmp_path / "looks.jsonl"
    path.write_text(told_program.trouble(variant.version, mode, attempt=attempt).looks)
    return {finding.rule: finding for finding in find(read(path)).findings}


def until_in_looks(rule: str, variant: Variant, mode: str, tmp_path: Path) -> dict[str, TimelineFinding]:
    """Return the same of the first of some runs in whose dumps the rule fires (:func:`until_found`)."""
    for attempt in range(TRIES):
        found = by_looks(variant, mode, tmp_path, attempt)
        if rule in found:
            break
    return found


@pytest.mark.parametrize("variant", params(ENDS))
def test_a_healthy_program_has_no_findings(variant: Variant) -> None:
    assert set(by_gctrace(variant, "healthy")) <= BUSY


@pytest.mark.parametrize("variant", params(ENDS))
def test_assists(variant: Variant) -> None:
    found = until_found("assists-high", variant, "assists")
    assert found["assists-high"].figures["share_percent"] > 5
    assert set(found) <= BUSY


@pytest.mark.parametrize("variant", params(ENDS))
def test_a_limit_full_of_live_heap_is_a_death_spiral(variant: Variant) -> None:
    found = until_found("death-spiral", variant, "limit")
    spiral = found["death-spiral"]
    assert spiral.severity == "serious"
    assert spiral.figures["live_bytes"] >= 48 * MB
    assert abs(spiral.figures["goal_bytes"] - spiral.figures["live_bytes"]) <= 0.05 * spiral.figures["live_bytes"] + MB
    assert set(found) - BUSY <= {"death-spiral", "gc-too-frequent"}


@pytest.mark.parametrize("variant", params(ENDS))
def test_a_low_gogc_is_frequent_and_no_spiral(variant: Variant) -> None:
    found = until_found("gc-too-frequent", variant, "lowgogc")
    assert found["gc-too-frequent"].figures["room_percent"] == pytest.approx(10, abs=4)
    assert set(found) - BUSY == {"gc-too-frequent"}


@pytest.mark.parametrize("variant", params(ENDS))
def test_forced_collections_are_counted(variant: Variant) -> None:
    found = by_gctrace(variant, "forced")
    # A call during a cycle that the heap started waits for that one and may need none of its own (runtime.GC).
    assert 9 <= found["forced-gc"].figures["forced_n"] <= 12
    assert set(found) - BUSY == {"forced-gc"}


@pytest.mark.parametrize("variant", params(ENDS))
def test_a_cache_that_nobody_empties_grows(variant: Variant, tmp_path: Path) -> None:
    found = until_found("growth", variant, "growth")
    assert set(found) - BUSY == {"forced-gc", "growth"}
    assert found["growth"].figures["now_bytes"] == pytest.approx(60 * MB, rel=0.15)
    assert found["growth"].figures["grown_bytes"] == pytest.approx(30 * MB, rel=0.35)

    meets = until_in_looks("growth-meets-limit", variant, "growth", tmp_path)["growth-meets-limit"]
    assert meets.figures["limit_bytes"] == 256 * MB
    speed = meets.figures["per_hour_bytes"] / 3600
    left = 0.97 * 256 * MB - meets.figures["now_bytes"]
    assert left / speed * 0.9 < meets.figures["in_s"] <= left / speed  # some of the limit is no heap
    assert meets.figures["earliest_s"] <= meets.figures["in_s"] <= meets.figures["latest_s"]


@pytest.mark.parametrize("variant", params((ENDS[1],)))
def test_a_tiny_heap(variant: Variant) -> None:
    found = until_found("tiny-heap", variant, "tiny", "gcstoptheworld=1")
    assert found["tiny-heap"].figures["cycles_n"] >= 20
    assert found["tiny-heap"].figures["goal_bytes"] < 8 * MB
    assert set(found) - BUSY == {"tiny-heap"}


@pytest.mark.parametrize("variant", params(ENDS))
def test_large_allocations_pass_the_goal(variant: Variant) -> None:
    found = until_found("goal-overshoot", variant, "overshoot")
    assert found["goal-overshoot"].figures["over_n"] >= 3
    assert found["goal-overshoot"].figures["worst_percent"] > 10
    assert not set(found) & {"death-spiral", "tiny-heap", "forced-gc", "growth", "periodic-gc"}


@pytest.mark.parametrize("variant", params(ENDS))
def test_a_loop_that_cannot_be_stopped_makes_stops_long(variant: Variant) -> None:
    found = until_found("long-stops", variant, "stops", "asyncpreemptoff=1")
    assert found["long-stops"].figures["stops_n"] >= 3
    assert found["long-stops"].figures["longest_ms"] >= 10
    assert "death-spiral" not in found


@pytest.mark.parametrize("variant", params(ENDS))
def test_spans_with_one_object_each_are_fragmentation(variant: Variant, tmp_path: Path) -> None:
    found = by_looks(variant, "fragments", tmp_path)
    finding = found["fragmentation"]
    # 100,000 objects of 1,024 bytes, of which one in sixteen is left: 8 KiB spans that keep half an object each.
    assert finding.figures["unused_bytes"] == pytest.approx(100_000 / 2 * 1024, rel=0.2)
    assert "scavenger-behind" not in found


@pytest.mark.parametrize("variant", params((ENDS[1],)))
def test_without_goal_and_limit_nothing_is_given_back(variant: Variant, tmp_path: Path) -> None:
    found = by_looks(variant, "idle", tmp_path)
    assert found["scavenger-behind"].figures["backed_bytes"] == pytest.approx(96 * MB, rel=0.1)
    assert "fragmentation" not in found


@pytest.mark.parametrize("variant", params((ENDS[1],)))
def test_the_limiter_is_seen(variant: Variant, tmp_path: Path) -> None:
    finding = by_looks(variant, "limiter", tmp_path)["cpu-limiter"]
    assert finding.figures["cycle_n"] > 0
    assert "death-spiral" in until_found("death-spiral", variant, "limiter")
