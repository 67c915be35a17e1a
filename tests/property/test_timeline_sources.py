"""Files of any content: the readers of dumps and traces give a timeline of sound numbers or one clear line."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from goxray.core.errors import TargetError
from goxray.core.timeline_result import SERIES, Timeline
from goxray.timeline import exectrace, metrics
from goxray.timeline.checks import check
from goxray.timeline.findings import find

NAMES = (
    "/gc/heap/live:bytes", "/gc/gomemlimit:bytes", "/gc/cycles/total:gc-cycles", "/gc/pauses:seconds", "time", "ts",
    "memstats", "HeapAlloc", "HeapInuse", "NumGC", "LastGC", "PauseNs", "PauseEnd", "cmdline", "Buckets", "Counts",
    "name", "value", "other",
)  # fmt: skip
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 1 << 70),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from(["+Inf", "-Inf", "x", "", "2024-01-02T03:04:05Z", "1e999", "17", *NAMES]),
    st.integers(0, 1 << 40).map(lambda value: [value] * 256),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
    ),  # fmt: skip
    max_leaves=12,
)
DUMPS = st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8), max_size=5)


def sound(timeline: Timeline) -> None:
    """Assert that a timeline can be drawn and exported, and that rules and checks go through it."""
    for series in timeline.series:
        assert SERIES[series.name] == series.unit
        assert len(series.t_s) == len(series.values) > 0
        assert np.isfinite(series.t_s).all() and np.isfinite(series.values).all()
        assert (np.diff(series.t_s) >= 0).all()
    for interval in timeline.intervals:
        assert math.isfinite(interval.start_s) and interval.start_s <= interval.end_s
    for moment in timeline.moments:
        assert math.isfinite(moment.at_s)
    assert timeline.zero_unix_s is None or 0 <= timeline.zero_unix_s < 1e11
    assert all("\n" not in note for note in timeline.notes)
    find(timeline)
    check(timeline)


def survives(read: Any, path: Path) -> bool:
    """Read a file; return whether something was read. Anything but an error of goxray's own in one line fails."""
    try:
        timeline = read(path)
    except TargetError as error:
        assert "\n" not in str(error)
        return False
    sound(timeline)
    return True


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sources") / "file"


@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(dump=DUMPS, lines=st.booleans(), cut=st.integers(0, 60))
@example(dump=[{"memstats": {"LastGC": -1.0, "HeapAlloc": 1}}], lines=False, cut=1)
@example(dump=[{"time": "1887-05-01T00:00:00Z", "/gc/heap/live:bytes": 1}], lines=True, cut=1)
def test_dumps_of_any_content(scratch: Path, dump: list[dict[str, Any]], lines: bool, cut: int) -> None:
    text = "\n".join(map(json.dumps, dump)) if lines else json.dumps(dump)
    scratch.write_text(text[: len(text) - cut] if cut % 3 == 0 else text)
    survives(metrics.read, scratch)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(minor=st.sampled_from([22, 23, 25, 26]), body=st.binary(max_size=300), batches=st.integers(0, 3))
def test_traces_of_any_content(scratch: Path, minor: int, body: bytes, batches: int) -> None:
    made = b"go 1.%d trace\0\0\0" % minor
    for number in range(batches):
        piece = body[number::3][:100]
        made += bytes([1, 1, number, 40 + number, len(piece)]) + piece
    scratch.write_bytes(made + body[:batches])
    survives(exectrace.read, scratch)


def test_what_is_sound_is_read(scratch: Path) -> None:
    """The property above would hold for readers that refuse everything."""
    scratch.write_text(json.dumps([{"time": 1_700_000_000 + n, "/gc/heap/live:bytes": n} for n in range(3)]))
    assert survives(metrics.read, scratch)
    scratch.write_bytes(b"go 1.22 trace\0\0\0" + bytes([1, 1, 1, 40, 3, 37, 1, 9]))
    assert survives(exectrace.read, scratch)
