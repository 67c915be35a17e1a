"""The axis that drawings share: shifts, lanes, rows, and points that may be left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from timeline_samples import MIB, bare, empty, long_run, one, two

from goxray.core.timeline_result import Interval, Timeline
from goxray.render.timeline_axis import axis_of, lanes_of, rows_of, thinned


def test_one_process_keeps_its_own_axis() -> None:
    axis = axis_of(one().timelines)
    assert axis.shifts == (0.0,) and axis.shared
    assert axis.start_s == 0.0 and 11.8 < axis.end_s <= 12.1


def test_several_are_joined_by_wall_clock_or_not_at_all() -> None:
    timelines = two().timelines
    axis = axis_of(timelines)
    assert axis.shifts == (0.0, 3.0) and axis.shared and axis.zero_unix_s == timelines[0].zero_unix_s
    unknown = (timelines[0], replace(timelines[1], zero_unix_s=None))
    axis = axis_of(unknown)
    assert axis.shifts == (0.0, 0.0) and not axis.shared and axis.zero_unix_s is None


def test_processes_far_apart_can_be_seen() -> None:
    one, other = two().timelines
    far = (one, replace(other, zero_unix_s=(one.zero_unix_s or 0) + 900))
    assert axis_of(far).end_s > 900 and not axis_of(far).apart
    axis = axis_of(far, compact=True)
    assert axis.apart and not axis.shared and axis.shifts == (0.0, 0.0) and axis.end_s < 16
    assert not axis_of((one, other), compact=True).apart


def test_an_axis_always_has_a_length() -> None:
    for result in (bare(), empty()):
        axis = axis_of(result.timelines)
        assert axis.end_s > axis.start_s
    assert axis_of(()).end_s > axis_of(()).start_s


def test_lanes_are_parted_by_track_source_and_map() -> None:
    lanes = lanes_of(one().timelines[0])
    assert [(lane.track, lane.source, lane.owner) for lane in lanes] == [
        ("gc", "", ""), ("stw", "", ""), ("mark", "", ""), ("sweep", "", ""), ("scavenge", "", ""),
        ("map", "", "main.cache.byUser"), ("os", "", ""),
    ]  # fmt: skip
    again = (Interval("gc", "cycle", 1, 2, "exec trace"), Interval("gc", "cycle", 0, 2, "gctrace"))
    lanes = lanes_of(Timeline("p", "first record", intervals=again))
    assert [(lane.track, lane.source) for lane in lanes] == [("gc", "exec trace"), ("gc", "gctrace")]


RANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=40)


@given(RANGES)
def test_rows_are_as_few_as_overlaps_demand(drawn: list[tuple[int, int]]) -> None:
    ranges = sorted((float(start), float(start + size)) for start, size in drawn)
    rows = rows_of(ranges)
    for at, (start, end) in enumerate(ranges):
        for other in range(at):
            assert rows[at] != rows[other] or ranges[other][1] <= start, (ranges, rows, end)
    # As many rows as ranges that are open at the start of one: no layout has fewer.
    deepest = max((sum(s <= at < e or (s == e == at) for s, e in ranges) for at, _ in ranges), default=0)
    assert max(rows, default=-1) + 1 <= max(deepest, 1 if ranges else 0)


@given(st.integers(1, 3000), st.integers(4, 400), st.integers(0, 2**32 - 1))
def test_thinning_keeps_extremes_ends_and_order(points: int, most: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    t_s = np.sort(random.random(points)) * 100
    values = random.normal(size=points)
    kept_t, kept = thinned(t_s, values, most)
    assert len(kept) <= max(most, 4)
    assert kept.min() == values.min() and kept.max() == values.max()
    assert kept_t[0] == t_s[0] and kept_t[-1] == t_s[-1]
    assert (np.diff(kept_t) >= 0).all() and set(kept_t.tolist()) <= set(t_s.tolist())


def test_a_spike_of_one_sample_survives() -> None:
    series = long_run(100_000).timelines[0].series[0]
    _, values = thinned(series.t_s, series.values, 1000)
    assert values.max() == 900 * MIB and len(values) <= 1000


def test_values_without_meaning_are_left_out() -> None:
    t_s, values = thinned(np.arange(4.0), np.array([1.0, np.nan, 2.0**63, 3.0]), 100)
    assert t_s.tolist() == [0.0, 3.0] and values.tolist() == [1.0, 3.0]
