"""Which sources tell of one process, and how their axes lie: known truth in, the join's answer against it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.core.timeline_result import Interval, Moment, Series, Timeline, TimelineFinding
from goxray.timeline.anchors import Clash, Fit, by_numbers, by_times, ends_of
from goxray.timeline.join import Input, Joined, join, moved


def beat(seed: int, count: int = 30, steady: bool = False) -> list[tuple[float, float]]:
    """Return start and end of collections of a process, in its own seconds."""
    random = np.random.default_rng(seed)
    gaps = np.full(count, 0.5) if steady else random.uniform(0.02, 0.9, count)
    starts = np.cumsum(gaps)
    return list(zip(starts.tolist(), (starts + random.uniform(0.001, 0.01, count)).tolist(), strict=True))


def log(cycles: list[tuple[float, float]], name: str = "process 1") -> Timeline:
    """Return what a gctrace log tells: starts cut to milliseconds."""
    intervals = []
    for n, (start, end) in enumerate(cycles, 1):
        told = int(start * 1000) / 1000
        intervals.append(Interval("gc", "cycle", told, told + end - start, "gctrace", {"n": float(n)}))
    return Timeline(name, "program start", intervals=tuple(intervals))


def trace(cycles: list[tuple[float, float]], first: int, last: int, begin: float) -> Timeline:
    """Return what an execution trace tells that began at second ``begin``: no numbers."""
    found = [Interval("gc", "cycle", start - begin, end - begin, "exec trace") for start, end in cycles[first:last]]
    return Timeline("trace.out", "first record", intervals=tuple(found))


def counters(cycles: list[tuple[float, float]], begin: float, end: float, step: float = 0.1) -> Timeline:
    """Return what a look at the counter of cycles every ``step`` seconds tells, in seconds since ``begin``."""
    clock = np.arange(begin, end, step)
    counted = np.searchsorted(np.array([ended for _, ended in cycles]), clock, side="right").astype(float)
    series = Series("gc_cycles", "count", "counters", clock - begin, counted, holds=True)
    return Timeline("service (4242)", "first record", series=(series,))


def joined(*timelines: Timeline, **how: object) -> Joined:
    return join([Input(f"f{at}", each) for at, each in enumerate(timelines)], **how)  # type: ignore[arg-type]


def test_both_from_the_program_s_start_share_second_zero() -> None:
    cycles = beat(1)
    watched = replace(counters(cycles, 0.0, 15.0), zero="program start")
    result = joined(log(cycles), watched)
    assert len(result.timelines) == 1
    assert [(p.identity, p.aligned, p.shift_s) for p in result.placed] == [
        ("first", "first", 0.0), ("cycles", "program start", 0.0),
    ]  # fmt: skip
    assert result.timelines[0].process == "service (4242)"  # the name that says which process


def test_a_counter_is_laid_on_by_the_numbers_of_collections() -> None:
    cycles = beat(2, 60)
    result = joined(log(cycles), counters(cycles, 7.3, 20.0))
    placed = result.placed[1]
    assert (placed.identity, placed.aligned) == ("cycles", "cycle numbers")
    assert placed.error_s is not None and placed.error_s < 0.05
    assert abs(placed.shift_s - 7.3) <= placed.error_s
    series = next(each for each in result.timelines[0].series if each.source == "counters")
    assert series.t_s[0] == pytest.approx(7.3, abs=placed.error_s)


def test_a_trace_is_laid_on_by_the_times_of_collections() -> None:
    cycles = beat(3, 40)
    result = joined(log(cycles), trace(cycles, 11, 29, cycles[11][0] - 0.25))
    placed = result.placed[1]
    assert (placed.identity, placed.aligned, placed.cycles) == ("cycles", "cycle times", 18)
    assert placed.shift_s == pytest.approx(cycles[11][0] - 0.25, abs=0.0025)
    # The same for the other order of the files, and for a trace that is longer than the log.
    assert joined(trace(cycles, 11, 29, cycles[11][0] - 0.25), log(cycles)).placed[0].shift_s == placed.shift_s
    longer = joined(log(cycles[:12]), trace(cycles, 0, 40, 0.0)).placed[1]
    assert longer.aligned == "cycle times" and abs(longer.shift_s) < 0.0025


def test_collections_at_a_steady_beat_say_nothing() -> None:
    cycles = beat(4, steady=True)
    result = joined(log(cycles), trace(cycles, 5, 15, 2.0))
    assert len(result.timelines) == 2
    assert [note.name for note in result.notes] == ["own"]
    assert by_times(log(cycles), trace(cycles, 5, 15, 2.0)) is None
    fit = by_numbers(log(cycles), counters(cycles, 3.0, 12.0))
    assert isinstance(fit, Fit) and fit.chance > 0.1  # an axis could be told, a process not


@pytest.mark.parametrize("seed", range(8))
def test_another_process_is_not_taken_for_this_one(seed: int) -> None:
    mine, other = beat(2 * seed, 60), beat(2 * seed + 1, 60)
    assert isinstance(by_numbers(log(mine), log(other)), Clash)
    assert by_times(log(mine), trace(other, 5, 40, 1.0)) is None
    assert len(joined(log(mine), log(other), counters(other, 3.0, 20.0)).timelines) == 2
    assert [p.process for p in joined(log(mine), log(other), counters(other, 3.0, 20.0)).placed] == [0, 1, 1]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 20), st.integers(0, 25))
def test_a_shift_that_is_told_is_right_and_within_its_error(seed: int, begin: float, first: int) -> None:
    cycles = beat(seed, 60)
    for other in (counters(cycles, begin, begin + 12), trace(cycles, first, first + 14, begin)):
        placed = joined(log(cycles), other).placed[1]
        if placed.process == 0:
            assert placed.error_s is not None and abs(placed.shift_s - begin) <= placed.error_s + 1e-9


def test_most_that_belong_together_are_found() -> None:
    found = [
        joined(log(c), trace(c, 20, 34, 1.0)).placed[1].process == 0 for c in (beat(s, 60) for s in range(100, 140))
    ]
    assert sum(found) >= 38  # two gaps that two milliseconds do not tell apart may come up
    found = [joined(log(c), counters(c, 9.0, 21.0)).placed[1].process == 0 for c in (beat(s, 60) for s in range(40))]
    assert sum(found) >= 38


def test_a_pid_that_both_name_is_enough_and_two_that_differ_are_too_much() -> None:
    cycles = beat(5)
    named = replace(log(cycles), process="service (pid 4242)")
    watched = replace(counters(cycles, 0.0, 3.0), zero="program start", series=())
    assert joined(named, watched).placed[1].identity == "pid"
    other = replace(counters(cycles, 0.0, 15.0), process="service (4243)", zero="program start")
    assert len(joined(named, other).timelines) == 2
    later = (replace(named, zero_unix_s=100.0), replace(watched, zero_unix_s=200.0))
    assert len(joined(*later).timelines) == 2, "the pid was given to another process: it started at another time"


def test_what_cannot_be_aligned_keeps_its_axis_and_says_so() -> None:
    cycles = beat(6)
    named = replace(log(cycles), process="service (pid 4242)")
    lone = Timeline("service (4242)", "first record", moments=(Moment("map", "clear", 1.0, "uprobes"),))
    result = joined(named, lone)
    assert len(result.timelines) == 2 and result.placed[1].identity == "own"
    assert [(note.name, note.path, note.other) for note in result.notes] == [("not aligned", "f1", "f0")]
    result = joined(named, lone, offsets={"f1": 2.5})
    assert len(result.timelines) == 1 and result.timelines[0].moments[0].at_s == 3.5
    assert (result.placed[1].aligned, result.placed[1].shift_s) == ("given", 2.5)


def test_the_caller_can_say_that_it_is_one_process() -> None:
    cycles = beat(7)
    lone = Timeline("heap.pb.gz", "first record", 1000.0, moments=(Moment("os", "profile", 0.0, "profile"),))
    clocked = replace(log(cycles), zero_unix_s=990.0)
    assert len(joined(clocked, lone).timelines) == 2
    result = joined(clocked, lone, same_process=True)
    assert (result.placed[1].identity, result.placed[1].aligned) == ("said", "wall clock")
    assert result.timelines[0].moments[0].at_s == 10.0


def test_a_source_is_laid_onto_one_that_was_laid_on_before() -> None:
    cycles = beat(8, 40)
    lone = Timeline("heap.pb.gz", "first record", 1000.0, moments=(Moment("os", "profile", 0.0, "profile"),))
    clocked = replace(trace(cycles, 4, 30, 2.0), zero_unix_s=995.0)
    result = joined(lone, log(cycles), clocked, same_process=True)
    assert len(result.timelines) == 1
    assert result.timelines[0].moments[0].at_s == pytest.approx(2.0 + 5.0, abs=0.0025)
    assert result.timelines[0].zero_unix_s == pytest.approx(993.0, abs=0.0025)


def test_collections_are_believed_before_a_clock_that_contradicts_them() -> None:
    cycles = beat(9, 60)
    clocked = replace(log(cycles), zero_unix_s=1000.0)
    watched = replace(counters(cycles, 5.0, 18.0), zero_unix_s=1005.8)
    result = joined(clocked, watched)
    placed = result.placed[1]
    assert placed.aligned == "cycle numbers" and abs(placed.shift_s - 5.0) < 0.05
    assert result.notes == ()  # a log's clock may be cut to whole seconds
    far = joined(clocked, replace(watched, zero_unix_s=1012.0))
    assert far.placed[1].aligned == "cycle numbers" and [note.name for note in far.notes] == ["clocks differ"]
    traced = replace(trace(cycles, 20, 40, 3.0), zero_unix_s=1003.7)
    placed = joined(clocked, traced).placed[1]
    assert placed.aligned == "cycle times" and placed.shift_s == pytest.approx(3.0, abs=0.0025)
    right = joined(clocked, replace(watched, zero_unix_s=1005.001)).placed[1]
    assert (right.aligned, right.shift_s) == ("wall clock", pytest.approx(5.001))


def test_processes_of_one_log_stay_apart() -> None:
    cycles = beat(10)
    result = join([Input("a.log", log(cycles)), Input("a.log", log(cycles, "process 2"))])
    assert len(result.timelines) == 2 and result.notes == ()


def test_what_two_inputs_have_from_one_source_is_there_once() -> None:
    cycles = beat(11)
    both = joined(log(cycles), log(cycles)).timelines[0]
    assert len(both.intervals) == len(cycles)
    watched = replace(counters(cycles, 0.0, 6.0), zero="program start")
    later = replace(counters(cycles, 0.0, 12.0), zero="program start")
    again = joined(watched, later)
    assert len(again.timelines) == 1
    (series,) = again.timelines[0].series
    assert len(series.t_s) == 120 and (np.diff(series.t_s) > 0).all()


def test_moving_an_axis_moves_all_of_it() -> None:
    timeline = Timeline(
        "p", "first record", 50.0,
        series=(Series("rss", "bytes", "proc", np.array([0.0, 1.0]), np.array([1.0, 2.0])),),
        intervals=(Interval("gc", "cycle", 1.0, 2.0, "gctrace"),), moments=(Moment("os", "x", 3.0, "proc"),),
        findings=(TimelineFinding("r", "note", 4.0, 5.0),),
    )  # fmt: skip
    told = moved(timeline, 10.0)
    assert told.zero_unix_s == 40.0 and told.series[0].t_s.tolist() == [10.0, 11.0]
    assert (told.intervals[0].start_s, told.intervals[0].end_s, told.moments[0].at_s) == (11.0, 12.0, 13.0)
    assert (told.findings[0].start_s, told.findings[0].end_s) == (14.0, 15.0)


def test_a_counter_that_begins_anew_is_not_counted_on() -> None:
    series = Series("gc_cycles", "count", "counters", np.arange(5.0), np.array([3.0, 4.0, 6.0, 1.0, 2.0]))
    ends = ends_of(Timeline("p", "first record", series=(series,)))
    assert set(ends) == {3, 4, 5, 6}
    assert ends[4] == pytest.approx((-0.002, 1.002)) and ends[5] == ends[6] == pytest.approx((0.998, 2.002))


def test_nothing_to_join() -> None:
    assert joined().timelines == ()


def test_a_look_that_was_delayed_breaks_nothing() -> None:
    cycles = beat(12, 60)
    late = [(start + 0.03, end + 0.03) if n in (21, 27) else (start, end) for n, (start, end) in enumerate(cycles)]
    placed = joined(log(cycles), trace(late, 20, 34, 1.0)).placed[1]
    assert (placed.process, placed.cycles) == (0, 12) and placed.shift_s == pytest.approx(1.0, abs=0.0025)
    numbered = replace(log(late), zero="first record")
    placed = joined(log(cycles), numbered).placed[1]
    assert (placed.process, placed.aligned, placed.cycles) == (0, "cycle numbers", 58)
    assert abs(placed.shift_s) <= placed.error_s  # type: ignore[operator]
    # Every second one is another matter: that is no delay.
    odd = [(start + 0.03 * (n % 2), end + 0.03 * (n % 2)) for n, (start, end) in enumerate(cycles)]
    assert isinstance(by_numbers(log(cycles), log(odd)), Clash)


def test_two_that_count_from_their_start_must_coincide_without_a_shift() -> None:
    cycles = beat(13, 40)
    later = [(start + 0.4, end + 0.4) for start, end in cycles]  # a twin that was slow to begin
    result = joined(log(cycles), log(later))
    assert len(result.timelines) == 2 and [note.name for note in result.notes] == ["own"]


def test_what_ends_before_it_starts_is_left_out() -> None:
    torn = Interval("gc", "cycle", 2.0, 1.5, "counters", {"n": 3.0})
    whole = Interval("gc", "cycle", 3.0, 3.0, "gctrace")
    both = Timeline("p", "first record", intervals=(torn, whole))
    assert [each.start_s for each in joined(both).timelines[0].intervals] == [3.0]
