"""Execution traces of real programs on every Go version that writes them, against what Go's own reader finds."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from goxray.timeline.exectrace import read
from goxray.timeline.exectrace.decode import Decoder
from goxray.timeline.exectrace.wire import BadTrace, read_wire
from tests.harness import told_program
from tests.harness.variants import BASELINES, Variant, params

if TYPE_CHECKING:
    from pathlib import Path

    from goxray.core.timeline_result import Interval, Series, Timeline
    from tests.harness.told_program import Line

TRACED = tuple(variant for variant in BASELINES if variant.minor >= 22)
FLIGHTS = tuple(variant for variant in BASELINES if variant.minor >= 25)
UNIT_S = 64e-9
_VALUE = re.compile(r"(?:Value\{)?Uint64\((\d+)\)")


def number(text: str) -> int:
    """Return the number in a value as Go's reader prints it."""
    match = _VALUE.search(text)
    assert match, text
    return int(match[1])


def series(timeline: Timeline, name: str) -> Series:
    """Return the timeline's series of that name."""
    return next(each for each in timeline.series if each.name == name)


def on(timeline: Timeline, track: str) -> list[Interval]:
    """Return the timeline's intervals on a track."""
    return [each for each in timeline.intervals if each.track == track]


class Truth:
    """What Go's reader found in a trace, in seconds since the trace's first event as goxray counts them."""

    def __init__(self, trace: Path) -> None:
        wire = read_wire(trace)
        self.zero_ns = 64 * min(batch.units for each in wire.generations for batch in each.batches)
        self.lines = told_program.read_by_go(trace)
        self.moved = {self.at(line) for line in self.lines if line.moved}

    def at(self, line: Line) -> float:
        """Return when it was."""
        return (line.time - self.zero_ns) / 1e9

    def metric(self, name: str) -> list[tuple[float, int]]:
        """Return a metric's values in order of time."""
        found = [line for line in self.lines if line.what == "metric" and line.name == name]
        return [(self.at(line), number(line.rest[0])) for line in found]

    def ranges(self, name: str) -> list[tuple[float, float, Line]]:
        """Return begin, end and the line of the end of the ranges of which both are in the trace."""
        begun: dict[str, float] = {}
        found = []
        for line in self.lines:
            if not line.name.startswith(name) or line.what not in ("RangeBegin", "RangeActive", "RangeEnd"):
                continue
            scope = line.rest[0] if line.rest else ""
            if line.what == "RangeEnd":
                found.append((begun.pop(scope), self.at(line), line))
            else:
                begun.setdefault(scope, self.at(line))
        return sorted(found)


def same_times(ours: list[float], theirs: list[float], truth: Truth) -> None:
    """Compare times. Go's reader never shows an event before one that it takes for its cause, nor two at one time.

    Such an event it moves to 1 ns behind the last one that it has shown (internal/trace/reader.go, ReadEvent), however
    late that is: a thread may be off its processor between reading the clock and doing what it is about to trace. What
    stands in the trace is the time that we show. So each event that was not moved is at its very time, and of the
    others each is no later than where it was moved to.
    """
    assert len(ours) == len(theirs)
    own = Counter(round(t / UNIT_S) for t in ours)
    stayed = Counter(round(t / UNIT_S) for t in theirs if t not in truth.moved)
    assert stayed <= own
    assert stayed.total() >= len(theirs) // 2, "there is enough to compare"
    moved = sorted(t for t in theirs if t in truth.moved)
    assert all(before <= t / UNIT_S + 1 for before, t in zip(sorted((own - stayed).elements()), moved, strict=True))


@pytest.mark.parametrize("variant", params(TRACED))
def test_every_event_is_found_at_its_time(variant: Variant) -> None:
    trace = told_program.run_once(variant.version).trace
    timeline, truth = read(trace), Truth(trace)
    assert timeline.notes == ()

    heap = truth.metric("/memory/classes/heap/objects:bytes")
    live = series(timeline, "heap_live")
    same_times(live.t_s.tolist(), [t for t, _ in heap], truth)
    assert Counter(live.values.tolist()) == Counter(value for _, value in heap)
    goals = [(t, value) for t, value in truth.metric("/gc/heap/goal:bytes") if 0 < value < 1 << 60]
    goal = series(timeline, "heap_goal")
    same_times(goal.t_s.tolist(), [t for t, _ in goals], truth)
    assert goal.values.tolist() == [value for _, value in goals]
    procs = truth.metric("/sched/gomaxprocs:threads")
    assert series(timeline, "procs").values.tolist() == [value for _, value in procs]

    cycles = truth.ranges("GC concurrent mark phase")
    assert len(cycles) >= 4
    same_times([each.start_s for each in on(timeline, "gc")], [start for start, _, _ in cycles], truth)
    same_times([each.end_s for each in on(timeline, "gc")], [end for _, end, _ in cycles], truth)
    stops = truth.ranges("stop-the-world")
    same_times([each.start_s for each in on(timeline, "stw")], [start for start, _, _ in stops], truth)
    same_times([each.end_s for each in on(timeline, "stw")], [end for _, end, _ in stops], truth)
    assert [f"stop-the-world ({each.detail['kind']})" for each in on(timeline, "stw")] == [x[2].name for x in stops]


@pytest.mark.parametrize("variant", params(TRACED))
def test_sweeps_and_assists_add_up(variant: Variant) -> None:
    trace = told_program.run_once(variant.version).trace
    timeline, truth = read(trace), Truth(trace)
    sweeps = truth.ranges("GC incremental sweep")
    assert len(sweeps) > 20
    for place, name in ((1, "swept_bytes"), (2, "reclaimed_bytes")):
        assert sum(float(each.detail[name]) for each in on(timeline, "sweep")) == sum(
            number(line.rest[place]) for _, _, line in sweeps
        )
    assert sum(float(each.detail["sweeps"]) for each in on(timeline, "sweep")) == len(sweeps)

    assists = truth.ranges("GC mark assist")
    assert len(assists) > 5
    for cycle in on(timeline, "gc"):
        of = [(start, end) for start, end, _ in assists if cycle.start_s <= start < cycle.end_s]
        assert cycle.detail["assists"] == len(of)
        assert float(cycle.detail["assist_ms"]) == pytest.approx(
            1e3 * sum(b - a for a, b in of), abs=0.1 + 1e-2 * len(of)
        )


@pytest.mark.parametrize("variant", params(TRACED))
def test_both_decoders_read_the_same(variant: Variant, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = read_wire(told_program.run_once(variant.version).trace)
    read_by = []
    for small in (0, 1 << 40):
        monkeypatch.setattr("goxray.timeline.exectrace.decode.SMALL", small)
        decoder = Decoder(wire)
        read_by.append([column for each in wire.generations for column in decoder.events(each)])
        assert decoder.broken == 0
    for ours, twins in zip(*read_by, strict=True):
        np.testing.assert_array_equal(ours, twins)


@pytest.mark.parametrize("variant", params(TRACED))
def test_cycles_are_those_of_gctrace(variant: Variant) -> None:
    done = told_program.run_once(variant.version)
    cycles = on(read(done.trace), "gc")
    lines = re.findall(r"^gc (\d+) @.* (\d+)->(\d+)->(\d+) MB, (\d+) MB goal,.*?(\(forced\))?$", done.gctrace, re.M)
    while lines and len(lines) > len(cycles):  # those before and after the trace
        sizes = [[int(x) for x in line[1:5]] for line in lines[: len(cycles)]]
        if [row[2] for row in sizes] == [int(cycle.detail["heap_live"]) >> 20 for cycle in cycles]:
            break
        lines = lines[1:]
    assert len(lines) >= len(cycles)
    compared = 0
    for line, cycle in zip(lines, cycles, strict=False):
        start, end, live, goal = (int(x) for x in line[1:5])
        assert int(cycle.detail["heap_live"]) >> 20 == live
        assert int(cycle.detail["heap_end"]) >> 20 == end
        assert abs((int(cycle.detail["heap_start"]) >> 20) - start) <= 1  # others allocate between event and reading
        if "goal" in cycle.detail and float(cycle.detail["goal"]) > float(cycle.detail["heap_start"]):
            assert int(cycle.detail["goal"]) >> 20 == goal
            compared += 1
        elif "goal" in cycle.detail:  # begun past its goal, which is then raised to where it began (heapGoalInternal)
            assert goal >= int(cycle.detail["goal"]) >> 20
    assert compared > 3


@pytest.mark.parametrize("variant", params((TRACED[0], TRACED[-1])))
def test_a_real_trace_survives_cuts_and_damage(variant: Variant, tmp_path: Path) -> None:
    whole = told_program.run_once(variant.version).trace.read_bytes()
    path = tmp_path / "trace.out"
    cycles = [(each.start_s, each.end_s) for each in on(read(told_program.run_once(variant.version).trace), "gc")]
    found = []
    for part in (3, 2, 1.5, 1.25, 1.02):
        path.write_bytes(whole[: int(len(whole) / part)])
        try:
            timeline = read(path)
        except BadTrace as error:  # the first batch is as long as that
            assert "is cut off after" in str(error)
            continue
        assert timeline.notes  # it says what is missing
        cut = [(each.start_s, each.end_s) for each in on(timeline, "gc")]
        found.append(len(cut))
        assert len(cut) <= len(cycles)
    assert found[-1] > 0
    random = np.random.default_rng(variant.minor)
    read_all = 0
    for _ in range(6):
        damaged = bytearray(whole)
        for at in random.integers(16, len(whole), 3).tolist():
            damaged[at] ^= int(random.integers(1, 256))
        path.write_bytes(damaged)
        try:
            read_all += bool(read(path).intervals)
        except BadTrace as error:
            assert "\n" not in str(error)
    assert read_all > 0


@pytest.mark.parametrize("variant", params(FLIGHTS))
def test_a_flight_recorders_trace_is_read_with_its_wall_clock(variant: Variant) -> None:
    done = told_program.run_once(variant.version)
    timeline, truth = read(done.flight), Truth(done.flight)
    assert timeline.notes == ()
    heap = truth.metric("/memory/classes/heap/objects:bytes")
    same_times(series(timeline, "heap_live").t_s.tolist(), [t for t, _ in heap], truth)
    assert len(on(timeline, "gc")) == len(truth.ranges("GC concurrent mark phase"))
    clock = next(line for line in truth.lines if line.what == "clock")
    traced, wall = int(clock.name), int(clock.rest[1])
    assert timeline.zero_unix_s == pytest.approx((wall - (traced - truth.zero_ns)) / 1e9, abs=1e-6)
    assert timeline.zero_unix_s == pytest.approx(done.truth[-1]["unix_ns"] / 1e9, abs=60)


@pytest.mark.parametrize("variant", params((TRACED[-1],)))
def test_events_of_experiments_do_no_harm(variant: Variant, tmp_path: Path) -> None:
    """GODEBUG=traceallocfree=1 adds an event for each object, and batches in a form of their own."""
    trace = told_program.run(variant.version, tmp_path, "traceallocfree=1").trace
    timeline, truth = read(trace), Truth(trace)
    assert trace.stat().st_size > 1 << 20  # the kernel reads it, not its twin
    assert timeline.notes == ()
    heap = truth.metric("/memory/classes/heap/objects:bytes")
    same_times(series(timeline, "heap_live").t_s.tolist(), [t for t, _ in heap], truth)
    swept = truth.ranges("GC incremental sweep")
    assert sum(float(each.detail["sweeps"]) for each in on(timeline, "sweep")) == len(swept)
    assert sum(float(each.detail["assists"]) for each in on(timeline, "gc")) <= len(truth.ranges("GC mark assist"))


def test_gos_own_test_traces_read_alike(tmp_path: Path) -> None:
    """Odd orders, threads that come and go, generations that touch each other: as Go's reader has them."""
    read_by_both = events = 0
    for test in told_program.go_test_traces():
        trace = told_program.to_binary(test, tmp_path / f"{test.stem}.out")
        try:
            truth = Truth(trace)
        except (told_program.Refused, BadTrace):
            continue  # made to be refused; that nothing fails over damage is looked at elsewhere
        timeline = read(trace)
        assert timeline.notes == (), test.name
        heap = truth.metric("/memory/classes/heap/objects:bytes")
        found = [each for each in timeline.series if each.name == "heap_live"]
        assert Counter(found[0].values.tolist() if found else []) == Counter(value for _, value in heap), test.name
        stops = truth.ranges("stop-the-world")
        same_times([each.start_s for each in on(timeline, "stw")], [start for start, _, _ in stops], truth)
        cycles = truth.ranges("GC concurrent mark phase")
        same_times([each.end_s for each in on(timeline, "gc")], [end for _, end, _ in cycles], truth)
        swept = sum(number(line.rest[1]) for _, _, line in truth.ranges("GC incremental sweep"))
        assert sum(float(each.detail["swept_bytes"]) for each in on(timeline, "sweep")) == swept, test.name
        read_by_both += 1
        events += len(heap) + len(stops) + len(cycles)
    assert read_by_both >= 15
    assert events > 100


@pytest.mark.parametrize("variant", params((Variant("1.21.13"),)))
def test_an_older_format_is_refused(variant: Variant) -> None:
    with pytest.raises(BadTrace, match=r"execution trace of Go 1\.21's format; goxray reads those of Go 1\.22"):
        read(told_program.run_once(variant.version).trace)
