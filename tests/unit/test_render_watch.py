"""``goxray gc watch`` in all its formats: goldens, the schema, what the charts draw.

After a change that is meant: ``UPDATE_GOLDEN=1 pytest tests/unit/test_render_watch.py``, then read the diff.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pyarrow.parquet as parquet
import pytest
from rich.cells import cell_len
from watch_samples import COUNT, MIB, columns, recording, stripped

from goxray.core.watch_result import WATCH_COLUMNS, WatchResult
from goxray.render import FORMATS_OF, write
from goxray.render.options import RenderOptions
from goxray.render.watch_chart import draw, held, in_bins, sparkline
from goxray.timeline.counters.axis import timeline_of
from tests.harness.goldens import GOLDEN, reviewed

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "goxray.watch-1.json"
PLAIN = RenderOptions()

CASES: dict[str, tuple[Callable[[], WatchResult], str, RenderOptions]] = {
    "watch-80.txt": (recording, "table", RenderOptions(width=80)),
    "watch-120.txt": (recording, "table", RenderOptions(width=120)),
    "watch-100-zh.txt": (recording, "table", RenderOptions(width=100, lang="zh")),
    "watch-100-color.txt": (recording, "table", RenderOptions(width=100, color=True)),
    "watch-stripped-80-ascii.txt": (stripped, "table", RenderOptions(width=80, ascii_only=True)),
    "watch.json": (recording, "json", PLAIN),
}


def written(result: WatchResult, fmt: str, options: RenderOptions = PLAIN) -> bytes:
    out = io.BytesIO()
    write(result, fmt, out, options, "watch")
    return out.getvalue()


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_reviewed(name: str) -> None:
    make, fmt, options = CASES[name]
    text = written(make(), fmt, options).decode("utf-8")
    assert text == reviewed(name, text)


def test_every_golden_file_has_a_case() -> None:
    assert {path.name for path in GOLDEN.glob("watch*")} == set(CASES)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_line_is_wider_than_the_terminal(width: int, lang: Any) -> None:
    for make in (recording, stripped):
        text = written(make(), "table", RenderOptions(width=width, lang=lang)).decode("utf-8")
        assert max(cell_len(line) for line in text.splitlines()) <= width


def test_ascii_terminals_get_ascii() -> None:
    written(recording(), "table", RenderOptions(ascii_only=True)).decode("ascii")


@pytest.mark.parametrize("make", [recording, stripped])
def test_json_keeps_to_its_schema(make: Callable[[], WatchResult]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(written(make(), "json"))
    jsonschema.validate(document, schema)
    assert set(schema["properties"]["samples"]["required"]) == {*WATCH_COLUMNS, "phase", "agreement"}
    lengths = {len(values) for values in document["samples"].values()}
    assert lengths == {len(make().phases)}
    assert document.get("unverified", False) == make().unverified


def test_json_has_whole_numbers_and_null_for_what_is_not_known() -> None:
    samples = json.loads(written(recording(), "json"))["samples"]
    assert samples["heap_live"][:3] == [10 * MIB, 11 * MIB, 12 * MIB]
    assert all(type(value) is int for value in samples["heap_live"])
    assert samples["smaps_pss"][:2] == [19 * MIB, None]
    assert samples["memory_limit"] == [None] * COUNT
    assert samples["t_s"][1] == pytest.approx(5.1)


def test_tables_have_the_columns_of_the_json() -> None:
    samples = json.loads(written(recording(), "json"))["samples"]
    rows = list(csv.DictReader(io.StringIO(written(recording(), "csv").decode("utf-8"))))
    table = parquet.read_table(io.BytesIO(written(recording(), "parquet")))
    assert list(rows[0]) == table.column_names == list(samples)
    for name, values in samples.items():
        assert table.column(name).to_pylist() == values
        assert [row[name] == "" for row in rows] == [value is None for value in values]
    assert [int(row["rss"]) for row in rows] == samples["rss"]
    head = json.loads(table.schema.metadata[b"goxray"])
    assert (table.schema.metadata[b"schema"], head["target"]["pid"]) == (b"goxray.watch/1", 4242)
    stamped = parquet.read_table(io.BytesIO(written(stripped(), "parquet")))
    assert stamped.column("unverified").to_pylist() == [True]


@pytest.mark.parametrize("fmt", ["html", "perfetto"])
def test_axes_are_drawn_by_the_views_of_the_timeline(fmt: str) -> None:
    assert fmt in FORMATS_OF["watch"]
    text = written(recording(), fmt).decode("utf-8")
    assert "service (4242)" in text and "heap_live" in text


def test_names_from_a_target_do_nothing_to_a_terminal() -> None:
    bad = replace(recording(), target=replace(recording().target, exe="/srv/\x1b[31mred"))
    text = written(bad, "table").decode("utf-8")
    assert "\x1b" not in text


# ---- the axis


def test_sweeping_and_scavenging_last_from_sample_to_sample() -> None:
    """Unswept spans were met at 6.8 and 6.9 s; bytes were given back before 5.5, and before 6.0 and 6.1 s."""
    (timeline,) = recording().timelines
    found = [(each.name, each.start_s, each.end_s, dict(each.detail)) for each in timeline.intervals]
    sweep = [each for each in found if each[0] == "sweep"]
    assert [(name, round(start, 3), round(end, 3)) for name, start, end, _ in sweep] == [("sweep", 6.8, 7.0)]
    gone = [(round(start, 3), round(end, 3), detail) for name, start, end, detail in found if name == "scavenge"]
    assert gone == [(5.4, 5.5, {"released": MIB}), (5.9, 6.1, {"released": 3 * MIB})]


def test_a_counter_that_begins_anew_gives_nothing_back() -> None:
    """GODEBUG=scavtrace=1 takes away from the counters what it has printed."""
    made = columns()
    made["released_background"][10:] = 0
    line = timeline_of("p", made, (), (True, None))
    assert [each.detail["released"] for each in line.intervals if each.name == "scavenge"] == [MIB]


# ---- charts


def test_bins_hold_the_largest_value() -> None:
    t_s = np.array([0.0, 0.4, 0.6, 1.0, 2.0, 4.0])
    values = np.array([1.0, 3.0, 2.0, math.nan, 7.0, 5.0])
    found = in_bins(t_s, values, 4, (0.0, 4.0))
    assert found[[0, 2, 3]].tolist() == [3.0, 7.0, 5.0]
    assert math.isnan(found[1])
    assert held(found).tolist() == [3.0, 3.0, 7.0, 5.0]


def test_nothing_known_draws_nothing() -> None:
    empty = in_bins(np.array([1.0]), np.array([math.nan]), 3, (0.0, 2.0))
    assert np.isnan(held(empty)).all()
    assert draw(empty, empty, 2, PLAIN).rows == ("   ", "   ")
    assert sparkline(empty, PLAIN) == "   "


def test_columns_and_the_line_over_them() -> None:
    """Two rows up to 8: 8 fills both, 4 one, 6 one and a half, 0 none; a line at 8 shows where a column leaves room."""
    bars, line = np.array([8.0, 4.0, 6.0, 0.0]), np.array([8.0, 8.0, math.nan, 4.0])
    chart = draw(bars, line, 2, PLAIN)
    assert chart.rows == ("█─▄─", "███ ")
    assert chart.top == 8.0
    assert draw(bars, line, 2, RenderOptions(ascii_only=True)).rows == ("#-#-", "### ")


def test_a_limit_far_above_everything_does_not_flatten_the_columns() -> None:
    chart = draw(np.array([1.0, 2.0]), np.array([100.0, 100.0]), 2, PLAIN)
    assert (chart.top, chart.rows) == (2.0, (" █", "██"))


def test_a_sparkline_runs_from_the_lowest_to_the_highest() -> None:
    assert sparkline(np.array([0.0, 7.0, math.nan, 3.5]), PLAIN) == "▁█ ▅"
    assert sparkline(np.array([5.0, 5.0]), PLAIN) == "▁▁"
