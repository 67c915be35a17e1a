"""``goxray trace`` as text, JSON, CSV, Parquet and pictures: goldens, the schema, what the tables add up.

After a change that is meant: ``UPDATE_GOLDEN=1 pytest tests/unit/test_render_trace.py``, then read the diff.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import pyarrow.parquet as pq
import pytest
from trace_samples import A, B, empty_trace, events, trace_result, troubled_trace

from goxray.core.trace_result import TraceResult
from goxray.render import trace_story, write
from goxray.render.options import RenderOptions
from goxray.timeline.uprobes.axis import timeline_of
from tests.harness.goldens import GOLDEN, reviewed

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/goxray.trace-1.json").read_text("utf-8"))

CASES: dict[str, tuple[Callable[[], TraceResult], str, RenderOptions]] = {
    "uprobes-80.txt": (trace_result, "table", RenderOptions(width=80)),
    "uprobes-140.txt": (trace_result, "table", RenderOptions(width=140)),
    "uprobes-120-zh.txt": (trace_result, "table", RenderOptions(width=120, lang="zh")),
    "uprobes-100-color.txt": (trace_result, "table", RenderOptions(width=100, color=True)),
    "uprobes-troubled-100-ascii.txt": (troubled_trace, "table", RenderOptions(width=100, ascii_only=True)),
    "uprobes-troubled-80-zh.txt": (troubled_trace, "table", RenderOptions(width=80, lang="zh")),
    "uprobes-empty-80.txt": (empty_trace, "table", RenderOptions(width=80)),
    "uprobes.json": (trace_result, "json", RenderOptions()),
    "uprobes.csv": (trace_result, "csv", RenderOptions()),
}


def written(result: TraceResult, fmt: str, options: RenderOptions) -> bytes:
    out = io.BytesIO()
    write(result, fmt, out, options, "trace")
    return out.getvalue()


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_reviewed(name: str) -> None:
    make, fmt, options = CASES[name]
    text = written(make(), fmt, options).decode("utf-8")
    assert text == reviewed(name, text)


def test_every_golden_file_has_a_case() -> None:
    assert {path.name for path in GOLDEN.glob("uprobes*")} == set(CASES)


@pytest.mark.parametrize("make", [trace_result, troubled_trace, empty_trace], ids=lambda make: make.__name__)
def test_json_keeps_the_schema(make: Callable[[], TraceResult]) -> None:
    document = json.loads(written(make(), "json", RenderOptions()))
    jsonschema.validate(document, SCHEMA)
    assert len(document["events"]) == sum(document["counts"].values())


@pytest.mark.parametrize("width", [40, 60, 80])
def test_lines_keep_within_the_width(width: int) -> None:
    for make in (trace_result, troubled_trace):
        text = written(make(), "table", RenderOptions(width=width, ascii_only=True)).decode("ascii")
        assert max(map(len, text.splitlines())) <= width


def test_names_from_the_target_do_nothing_to_a_terminal() -> None:
    for fmt in ("table", "csv"):
        text = written(troubled_trace(), fmt, RenderOptions()).decode("utf-8")
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_parquet_has_the_columns_of_csv_and_the_rest_of_the_report() -> None:
    table = pq.read_table(io.BytesIO(written(trace_result(), "parquet", RenderOptions())))
    header = written(trace_result(), "csv", RenderOptions()).decode("utf-8").splitlines()[0]
    assert table.column_names == header.replace('"', "").split(",")
    rows = table.to_pylist()
    assert rows[0]["owner"] == "main.cache.byUser"
    assert (rows[0]["map"], rows[2]["map"]) == (A, None)
    assert rows[2]["trigger"] == "heap"
    about = json.loads(table.schema.metadata[b"goxray"])
    assert about["counts"]["scavenge"] == 2
    assert pq.read_table(io.BytesIO(written(troubled_trace(), "parquet", RenderOptions())))["unverified"].to_pylist()[0]


def test_slots_of_a_map_are_what_its_tables_gained() -> None:
    rows, total = trace_story.map_rows(trace_result(), 10)
    assert total == 2
    assert [(row.addr, row.growths, row.splits, row.old_slots, row.new_slots) for row in rows] == [
        (A, 3, 1, 8, 16 + 16 + 1024), (B, 1, 0, 8, 16),
    ]  # fmt: skip
    grown = [{"event": "table grow", "t_s": 1.0, "map": A, "type": 0, "old_slots": 64, "new_slots": 128}]
    ((row,), _) = trace_story.map_rows(replace(trace_result(), events=events(grown)), 10)
    assert (row.old_slots, row.new_slots) == (-1, -1), "what other tables it has is not known"


def test_growth_by_type() -> None:
    rows, total = trace_story.type_rows(trace_result(), 10)
    assert total == 2
    assert [(row.type, row.growths, row.splits, row.addresses) for row in rows] == [
        ("map[string]*main.Session", 3, 1, 1), ("map[int]int", 1, 0, 1),
    ]  # fmt: skip
    (first,), total = trace_story.type_rows(troubled_trace(), 1)
    assert (total, first.growths, first.addresses) == (2, 20, 17)


def test_a_map_at_an_address_used_again_starts_anew() -> None:
    grown = {"event": "map grow", "map": A, "type": 0, "old_slots": 8, "new_slots": 16}
    table = {"event": "table grow", "map": A, "type": 0, "old_slots": 16, "new_slots": 32}
    rows = [{**grown, "t_s": 1.0}, {**table, "t_s": 2.0}, {**grown, "t_s": 3.0}]
    ((row,), _) = trace_story.map_rows(replace(trace_result(), events=events(rows)), 10)
    assert (row.growths, row.new_slots) == (3, 16)


def test_collections_and_what_follows_them() -> None:
    first, second = trace_story.cycle_rows(trace_result())
    assert (first.start_s, first.trigger, first.scavenged) == (1.0, "heap", 65536 + 8192)
    assert first.mark_s == pytest.approx(0.0125)
    assert first.sweep_s == pytest.approx(0.4875)
    assert (second.trigger, second.mark_s, second.sweep_s, second.scavenged) == ("forced", None, None, 0)


def test_lost_sizes_are_no_lost_events() -> None:
    assert troubled_trace().lost == 1000 + 2
    assert trace_result().lost == 0


@pytest.mark.parametrize("fmt", ["html", "perfetto"])
def test_pictures(fmt: str) -> None:
    result = trace_result()
    line = timeline_of("sessiond", result.events, result.owners, zero="program start", zero_unix_s=None)
    text = written(replace(result, timelines=(line,)), fmt, RenderOptions()).decode("utf-8")
    assert "table split" in text
    assert "main.cache.byUser" in text
