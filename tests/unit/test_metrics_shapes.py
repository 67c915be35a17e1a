"""Dumps of metrics in the shapes that people have them in, and what is no dump."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from goxray.timeline.metrics import BadMetrics, is_dump, read
from goxray.timeline.metrics.parse import parse, unix_seconds

if TYPE_CHECKING:
    from pathlib import Path

    from goxray.core.timeline_result import Series, Timeline

LIVE, GOAL, CYCLES = "/gc/heap/live:bytes", "/gc/heap/goal:bytes", "/gc/cycles/total:gc-cycles"
NS = 10**9
START = 1_700_000_000


def made(tmp_path: Path, text: str) -> Timeline:
    """Read a dump with this content."""
    path = tmp_path / "dump.json"
    path.write_text(text)
    return read(path)


def series(timeline: Timeline, name: str) -> Series:
    """Return the timeline's series of that name."""
    return next(each for each in timeline.series if each.name == name)


def points(timeline: Timeline, name: str) -> list[tuple[float, float]]:
    """Return a series' points."""
    found = series(timeline, name)
    return list(zip(found.t_s.tolist(), found.values.tolist(), strict=True))


SAMPLES = [{"time": START + n, LIVE: 100 + n, GOAL: 200 + n} for n in range(3)]
NAMED = [{"name": LIVE, "value": 100}, {"Name": GOAL, "Value": 200}, {"name": "/no/such:thing", "value": 1}]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(SAMPLES),
        json.dumps(SAMPLES, indent=2),
        "\n".join(json.dumps(each) for each in SAMPLES),
        "\n".join(json.dumps(each, indent=1) for each in SAMPLES),
        "\ufeff" + "\r\n".join(json.dumps(each) for each in SAMPLES) + "\r\n",
        "\n".join(
            json.dumps({"ts": each["time"], "metrics": {LIVE: each[LIVE], GOAL: each[GOAL]}}) for each in SAMPLES
        ),
        "".join(
            json.dumps({"@timestamp": each["time"], "runtime": [{"name": LIVE, "value": each[LIVE]}]})
            for each in SAMPLES
        ),
    ],
    ids=["array", "pretty", "lines", "objects", "windows", "nested", "together"],
)
def test_shapes(text: str, tmp_path: Path) -> None:
    assert is_dump(text.encode()[:100])
    timeline = made(tmp_path, text)
    assert points(timeline, "heap_live") == [(0, 100), (1, 101), (2, 102)]
    assert timeline.zero_unix_s == START
    assert timeline.notes == ()


def test_one_sample_of_names_and_values(tmp_path: Path) -> None:
    timeline = made(tmp_path, json.dumps(NAMED))
    assert points(timeline, "heap_live") == [(0, 100)]
    assert points(timeline, "heap_goal") == [(0, 200)]
    assert timeline.notes == (
        "the samples have no time: they are placed one a second, and no speed can be told from them",
        "1 metrics of the runtime have no place on a time axis and are left out",
    )


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (START, START),
        (START + 0.25, START + 0.25),
        (str(START), START),
        (START * 1000 + 5, START + 0.005),
        (START * 10**6, START),
        (START * 10**9, START),
        ("2023-11-14T22:13:20Z", START),
        ("2023-11-14T22:13:20.123456789Z", START + 0.123456),
        ("2023-11-15T06:13:20.5+08:00", START + 0.5),
        ("2023-11-14T22:13:20", START),
        ("yesterday", None),
        (None, None),
        (True, None),
        (-5, None),
        (math.inf, None),
        (math.nan, None),
        (1e40, None),
        ("9999-12-31T23:59:59-12:00", 253402343999),
    ],
)
def test_times(value: Any, seconds: float | None) -> None:
    assert unix_seconds(value) == (seconds if seconds is None else pytest.approx(seconds, abs=1e-6))


def test_histograms_with_infinity_in_any_way(tmp_path: Path) -> None:
    rows = [
        {"time": START, "/gc/pauses:seconds": {"Counts": [0, 5, 0], "Buckets": ["-Inf", 0.001, 0.002, "+Inf"]}},
        {"time": START + 1, "/gc/pauses:seconds": {"Counts": [0, 6, 0], "Buckets": [None, 0.001, 0.002, None]}},
        {"time": START + 2, "/gc/pauses:seconds": {"counts": [1, 6, 0], "buckets": ["-Inf", 0.001, 0.002, "Inf"]}},
        {"time": START + 3, "/gc/pauses:seconds": {"Counts": [1, 6, 0], "Buckets": ["-Inf", 0.001, 0.002, "+Inf"]}},
        {"time": START + 4, "/gc/pauses:seconds": {"Counts": [1, 6, 2], "Buckets": ["-Inf", 0.001, 0.002, "+Inf"]}},
    ]
    timeline = made(tmp_path, json.dumps(rows))
    assert points(timeline, "pause_ms") == [(1, 2), (2, 1), (4, 2)]


@pytest.mark.parametrize(
    "histogram",
    [
        {"Counts": [1, 2], "Buckets": [0, 1]},
        {"Counts": [-1], "Buckets": [0, 1]},
        {"Counts": [1.5], "Buckets": [0, 1]},
        {"Counts": [1, 1], "Buckets": [0, None, 1]},
        {"Counts": "many", "Buckets": [0, 1]},
        {"Counts": [1], "Buckets": [0, {}]},
    ],
    ids=["short", "negative", "broken", "hole", "text", "object"],
)
def test_bad_histograms_are_set_aside(histogram: Any, tmp_path: Path) -> None:
    timeline = made(tmp_path, json.dumps({LIVE: 1, "/gc/pauses:seconds": histogram}))
    assert timeline.notes[-1] == "1 names are no metrics of the runtime and are left out: /gc/pauses:seconds"


def memstats(count: int, start_ns: int = START * NS, **more: Any) -> dict[str, Any]:
    """Return MemStats after that many cycles, one a second, cycle n with a pause of n microseconds."""
    ring, ends = [0] * 256, [0] * 256
    for n in range(1, count + 1):
        ring[(n + 255) % 256], ends[(n + 255) % 256] = n * 1000, start_ns + n * NS
    return {
        "HeapAlloc": 50, "NumGC": count, "PauseNs": ring, "PauseEnd": ends, "LastGC": start_ns + count * NS, **more,
    }  # fmt: skip


def test_rings_join_without_a_gap_or_twice(tmp_path: Path) -> None:
    rows = [{"cmdline": ["/usr/bin/shop", "-v"], "memstats": memstats(count), "requests": 7} for count in (3, 200, 400)]
    timeline = made(tmp_path, "\n".join(map(json.dumps, rows)))
    assert timeline.process == "shop"
    assert timeline.zero_unix_s == START + 1
    assert points(timeline, "pause_ms") == [(n - 1, n / 1000) for n in range(1, 401)]
    assert points(timeline, "gc_cycles") == [(2, 3), (199, 200), (399, 400)]
    assert [each.detail["n"] for each in timeline.moments] == list(range(1, 401))
    assert timeline.notes == (
        "the samples have no time of their own: each is placed at the end of its last collection",
        "1 names are no metrics of the runtime and are left out: requests",
    )


def test_cycles_that_the_ring_has_lost_are_counted(tmp_path: Path) -> None:
    timeline = made(tmp_path, json.dumps([{"memstats": memstats(count)} for count in (10, 400)]))
    assert len(timeline.moments) == 10 + 256
    assert timeline.notes[-1] == "134 collections between samples are not told of: MemStats keeps the last 256"


def test_a_restart_begins_anew(tmp_path: Path) -> None:
    later = START * NS + 100 * NS
    rows = [
        {"time": START + 9, **memstats(8)},
        {"time": START + 111, **memstats(5, later)},
        {"time": START + 113, **memstats(7, later)},
    ]
    timeline = made(tmp_path, json.dumps(rows))
    assert [each.at_s for each in timeline.moments if each.name == "restart"] == [110]
    ends = [each for each in timeline.moments if each.name == "mark end"]
    assert [each.detail["n"] for each in ends] == [*range(1, 9), *range(1, 8)]
    assert timeline.notes == ("the counters begin again 1 times: the dump is of 2 processes",)


def test_what_has_no_limit_has_no_series_of_one(tmp_path: Path) -> None:
    row = {LIVE: 1, GOAL: (1 << 64) - 1, "/gc/gomemlimit:bytes": (1 << 63) - 1, "/gc/gogc:percent": (1 << 64) - 1}
    timeline = made(tmp_path, json.dumps([{"time": START, **row}]))
    assert {each.name for each in timeline.series} == {"heap_live"}


def test_samples_without_a_time_among_others_stand_between_them(tmp_path: Path) -> None:
    rows = [{"time": START, LIVE: 1}, {LIVE: 2}, {"time": START + 4, LIVE: 3}]
    timeline = made(tmp_path, json.dumps(rows))
    assert points(timeline, "heap_live") == [(0, 1), (2, 2), (4, 3)]
    assert timeline.notes == ("some samples have no time; they are placed between their neighbours",)


def test_samples_are_put_in_order(tmp_path: Path) -> None:
    timeline = made(tmp_path, json.dumps(SAMPLES[::-1]))
    assert points(timeline, "heap_live") == [(0, 100), (1, 101), (2, 102)]
    assert timeline.notes == ("the samples are not in the order of their times",)


def test_torn_lines_are_set_aside_with_their_numbers(tmp_path: Path) -> None:
    lines = [
        json.dumps(SAMPLES[0]),
        '{"time": 17',
        "2026/01/02 starting",
        json.dumps(SAMPLES[1]),
        '{"user": 1}',
        "x",
        "y",
    ]
    timeline = made(tmp_path, "\n".join(lines))
    assert points(timeline, "heap_live") == [(0, 100), (1, 101)]
    assert timeline.notes == (
        "line 2 is set aside: no JSON",
        "line 3 is set aside: no JSON",
        "line 5 is set aside: neither runtime/metrics nor expvar",
        "2 more lines are set aside",
    )


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("", 1, "nothing there"),
        ("\n\n", 1, "nothing there"),
        ("\n\nnot json at all\n", 3, "no JSON"),
        ('{"a": 1}', 1, "neither runtime/metrics nor expvar"),
        ("[1, 2, 3]", 1, "neither runtime/metrics nor expvar"),
        ("17", 1, "no JSON"),
        ('{"x": ', 1, "no JSON"),
        ("[" * 100_000, 1, "no JSON"),
        ('{"/gc/heap/live:bytes": "much"}', 1, "neither runtime/metrics nor expvar"),
        ('{"/gc/heap/live:bytes": true}', 1, "neither runtime/metrics nor expvar"),
    ],
    ids=["empty", "blank", "text", "object", "numbers", "number", "cut", "deep", "words", "truth"],
)
def test_what_is_no_dump_gets_one_line(text: str, line: int, why: str, tmp_path: Path) -> None:
    with pytest.raises(BadMetrics) as error:
        made(tmp_path, text)
    path = tmp_path / "dump.json"
    assert str(error.value) == f"{path}:{line}: no sample of runtime/metrics or expvar: {why}"
    assert "/debug/vars" in error.value.hint


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadMetrics, match="cannot read .*none.json: No such file"):
        read(tmp_path / "none.json")


PROMETHEUS = """# HELP go_memstats_heap_alloc_bytes Number of heap bytes allocated.
# TYPE go_memstats_heap_alloc_bytes gauge
go_memstats_heap_alloc_bytes {alloc} {ms}
go_memstats_next_gc_bytes 8.388608e+06 {ms}
go_gc_duration_seconds{{quantile="0.5"}} 4.2e-05
go_gc_duration_seconds{{quantile="1"}} 0.003
go_gc_duration_seconds_count 12
go_goroutines 9
go_info{{version="go1.27.3"}} 1
process_resident_memory_bytes 1e+07
"""


def test_prometheus_text(tmp_path: Path) -> None:
    text = "".join(PROMETHEUS.format(alloc=2.5e6 + n, ms=(START + n) * 1000) for n in range(2))
    assert is_dump(text.encode()[:100])
    timeline = made(tmp_path, text)
    assert points(timeline, "heap_alloc") == [(0, 2.5e6), (1, 2.5e6 + 1)]
    assert points(timeline, "heap_goal") == [(0, 8 << 20), (1, 8 << 20)]
    assert points(timeline, "gc_cycles") == [(0, 12), (1, 12)]
    assert points(timeline, "goroutines") == [(0, 9), (1, 9)]
    assert points(timeline, "rss") == [(0, 1e7), (1, 1e7)]


def test_what_is_a_dump() -> None:
    assert (
        is_dump(b'\n {"a"') and is_dump(b"[") and is_dump(b"# HELP go_goroutines x") and is_dump(b"go_goroutines 7\n")
    )
    for other in (b"", b"gc 1 @0.1s", b"go 1.22 trace\0\0\0", b"\x1f\x8b", b"heap profile: 1: 2", b"# a comment"):
        assert not is_dump(other)


def test_samples_keep_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "dump.json"
    path.write_text("\n\n" + "\n".join(json.dumps(each, indent=1) for each in SAMPLES))
    assert [sample.line for sample in parse(path).samples] == [3, 8, 13]
