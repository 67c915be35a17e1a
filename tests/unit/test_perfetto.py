"""Trace event JSON against a checker written from the format's published description, not from the writer.

What Perfetto asks beyond that is checked too: complete events of one track nest or follow each other (perfetto.dev's
FAQ: others are dropped or cut), and no two processes share a track's number.
"""

from __future__ import annotations

import io
import json
import math
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from timeline_samples import MAKERS, MIB, Drawn, long_run, one, two

from goxray.core.timeline_result import Interval, Moment, Series, Timeline, TimelineFinding
from goxray.render import write
from goxray.render.options import RenderOptions

METADATA = {
    "process_name": {"name": str}, "thread_name": {"name": str},
    "process_sort_index": {"sort_index": int}, "thread_sort_index": {"sort_index": int},
}  # fmt: skip


def written(result: Drawn) -> dict[str, Any]:
    out = io.BytesIO()
    write(result, "perfetto", out, RenderOptions(), "timeline")

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    told = json.loads(out.getvalue().decode("utf-8"), parse_constant=refuse, parse_float=Decimal)
    assert isinstance(told, dict)
    return told


def check(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Hold a document against the format; return its events."""
    assert set(told) <= {"traceEvents", "displayTimeUnit", "otherData", "stackFrames", "samples", "systemTraceEvents"}
    assert told["displayTimeUnit"] in ("ms", "ns")
    events = told["traceEvents"]
    for event in events:
        assert {"name", "ph", "ts", "pid", "tid"} <= set(event)
        assert isinstance(event["name"], str) and event["name"]
        assert type(event["pid"]) is int and type(event["tid"]) is int
        assert event["pid"] > 0 and event["tid"] >= 0
        assert isinstance(event["ts"], int | Decimal) and not isinstance(event["ts"], bool) and event["ts"] >= 0
        CHECKS[event["ph"]](event)
        json.dumps(event["args"], default=float)
    timed = [event["ts"] for event in events if event["ph"] != "M"]
    assert timed == sorted(timed)
    check_tracks(events)
    return list(events)


def _complete(event: dict[str, Any]) -> None:
    assert isinstance(event["dur"], int | Decimal) and event["dur"] >= 0


def _instant(event: dict[str, Any]) -> None:
    assert event["s"] in ("g", "p", "t") and "dur" not in event


def _counter(event: dict[str, Any]) -> None:
    assert event["args"]
    for name, value in event["args"].items():
        assert isinstance(name, str) and isinstance(value, int | Decimal) and math.isfinite(value)


def _meta(event: dict[str, Any]) -> None:
    wanted = METADATA[event["name"]]
    assert set(event["args"]) == set(wanted)
    assert all(type(event["args"][name]) is kind for name, kind in wanted.items())


CHECKS = {"X": _complete, "i": _instant, "C": _counter, "M": _meta}


def check_tracks(events: list[dict[str, Any]]) -> None:
    """Tracks have a name and belong to one process; their complete events nest."""
    owners = defaultdict(set)
    spans = defaultdict(list)
    named = {(event["pid"], event["tid"]) for event in events if event["name"] == "thread_name"}
    processes = {event["pid"] for event in events if event["name"] == "process_name"}
    for event in events:
        assert event["pid"] in processes
        if event["ph"] in "Xi":
            owners[event["tid"]].add(event["pid"])
            assert (event["pid"], event["tid"]) in named
        if event["ph"] == "X":
            spans[event["tid"]].append((event["ts"], event["ts"] + event["dur"]))
    assert all(len(pids) == 1 for pids in owners.values())
    for ranges in spans.values():
        around: list[Decimal] = []
        for start, end in ranges:
            while around and around[-1] <= start:
                around.pop()
            assert not around or end <= around[-1], "complete events overlap and do not nest"
            around.append(end)


@pytest.mark.parametrize("name", MAKERS)
def test_it_is_what_the_format_s_description_asks_for(name: str) -> None:
    result = MAKERS[name]()
    events = check(written(result))
    count = {kind: sum(event["ph"] == kind for event in events) for kind in "XiC"}
    lines = result.timelines
    assert count["X"] == sum(len(each.intervals) + len(each.findings) for each in lines)
    assert count["i"] == sum(len(each.moments) for each in lines)
    assert count["C"] == sum(len(series.t_s) for each in lines for series in each.series)


def test_every_event_is_where_and_what_it_was() -> None:
    timeline = one().timelines[0]
    told = written(one())
    events = check(told)
    cycles = [event for event in events if event["ph"] == "X" and event["name"] == "cycle"]
    intervals = [each for each in timeline.intervals if each.name == "cycle"]
    assert len(cycles) == len(intervals) > 10
    for event, interval in zip(cycles, intervals, strict=True):
        assert abs(float(event["ts"]) / 1e6 - interval.start_s) < 1e-9
        assert abs(float(event["dur"]) / 1e6 - (interval.end_s - interval.start_s)) < 2e-9
        assert event["args"]["n"] == interval.detail["n"] and event["args"]["source"] == "gctrace"
    goals = [event for event in events if event["ph"] == "C" and event["name"] == "heap_goal"]
    series = next(each for each in timeline.series if each.name == "heap_goal")
    assert [float(event["args"]["bytes"]) for event in goals] == series.values.tolist()
    assert {event["pid"] for event in events} == {4242}
    assert float(told["otherData"]["zero_unix_s"]) == timeline.zero_unix_s


def test_processes_are_put_on_one_axis_by_their_wall_clocks() -> None:
    events = check(written(two()))
    first = {pid: min(e["ts"] for e in events if e["pid"] == pid and e["ph"] == "C") for pid in (4242, 1)}
    assert first == {4242: 0, 1: 3_000_000}
    names = {event["pid"]: event["args"]["name"] for event in events if event["name"] == "process_name"}
    assert names == {4242: "service (pid 4242)", 1: "worker <b>&"}


def test_what_overlaps_stands_on_tracks_of_its_own() -> None:
    intervals = tuple(Interval("map", f"w{n}", float(n), n + 2.5, "maps") for n in range(6))
    nested = (Interval("gc", "outer", 0.0, 4.0, "gctrace"), Interval("gc", "inner", 1.0, 2.0, "gctrace"))
    events = check(written(Drawn((Timeline("p", "first record", intervals=(*intervals, *nested)),))))
    tracks = {event["args"]["name"] for event in events if event["name"] == "thread_name"}
    assert {"map", "map (2)", "map (3)"} <= tracks and "map (4)" not in tracks


def test_times_before_the_program_start_and_odd_values_do_no_harm() -> None:
    values = np.array([1.0, np.nan, np.inf, 2.5 * MIB])
    series = Series("rss", "bytes", "proc", np.array([-2.0, -1.0, 0.0, 1.0]), values)
    again = replace(series, source="cgroup")
    timeline = Timeline(
        "a\x1b[31m", "program start", series=(series, again),
        moments=(Moment("gc", "gc \u202estart", -1.5, "uprobes", {"x": float("nan"), "y": "\x1b", "addr": 2.0**40}),),
        findings=(TimelineFinding("r", "note", -1.0, 0.5, {"v_ratio": float("inf")}),),
    )  # fmt: skip
    told = written(Drawn((timeline,)))
    events = check(told)
    assert [float(e["args"]["bytes"]) for e in events if e["name"] == "rss (proc)"] == [1.0, 2.5 * MIB]
    assert next(e["ts"] for e in events if e["ph"] == "i") == 500_000
    assert float(told["otherData"]["zero_us"]) == 2_000_000
    moment = next(e for e in events if e["ph"] == "i")
    assert moment["args"] == {"source": "uprobes", "y": "\\x1b", "addr": 2**40}


def test_every_point_is_kept() -> None:
    events = check(written(long_run(20_000)))
    assert sum(event["name"] == "heap_live" for event in events) == 20_000
    assert max(event["args"]["bytes"] for event in events if event["name"] == "heap_live") == 900 * MIB


def test_the_checker_can_fail() -> None:
    told = written(one())
    place = next(at for at, e in enumerate(told["traceEvents"]) if e["ph"] == "X")
    for spoil in (
        {"ts": "0"}, {"pid": 1.5}, {"dur": -1}, {"ph": "i"}, {"name": ""}, {"tid": 7}, {"ts": Decimal(10) ** 12},
    ):  # fmt: skip
        events = [dict(event) for event in told["traceEvents"]]
        events[place].update(spoil)
        with pytest.raises((AssertionError, KeyError)):
            check({**told, "traceEvents": events})
