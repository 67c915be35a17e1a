"""``goxray timeline`` as text, JSON and tables: goldens, the schema, what is drawn in a terminal.

After a change that is meant: ``UPDATE_GOLDEN=1 pytest tests/unit/test_render_timeline.py``, then read the diff.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pyarrow.parquet as pq
import pytest
from timeline_samples import MIB, bare, empty, joined, one

from goxray.core.joined_result import TimelineResult
from goxray.core.timeline_json import BadTimeline, decode, encode
from goxray.core.timeline_result import Series, Timeline
from goxray.render import timeline_picture, write
from goxray.render.options import RenderOptions
from tests.harness.goldens import GOLDEN, reviewed

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "goxray.timeline-1.json"
KINDS = ("series", "interval", "moment", "finding", "check")


def alone() -> TimelineResult:
    """Return one source of one process: the plainest there is."""
    result = joined()
    return replace(result, sources=result.sources[:1], timelines=result.timelines[:1], notes=())


def nothing() -> TimelineResult:
    """Return processes of which next to nothing is known."""
    sources = joined().sources[:1]
    return TimelineResult(sources, (*bare().timelines, *empty().timelines))


CASES: dict[str, tuple[Callable[[], TimelineResult], str, RenderOptions]] = {
    "timeline-80.txt": (joined, "table", RenderOptions(width=80)),
    "timeline-140.txt": (joined, "table", RenderOptions(width=140)),
    "timeline-120-zh.txt": (joined, "table", RenderOptions(width=120, lang="zh")),
    "timeline-100-color.txt": (alone, "table", RenderOptions(width=100, color=True)),
    "timeline-80-ascii.txt": (alone, "table", RenderOptions(width=80, ascii_only=True)),
    "timeline-nothing-80.txt": (nothing, "table", RenderOptions(width=80)),
}


def written(result: TimelineResult, fmt: str, options: RenderOptions | None = None) -> bytes:
    out = io.BytesIO()
    write(result, fmt, out, options or RenderOptions(), "timeline")
    return out.getvalue()


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_reviewed(name: str) -> None:
    make, fmt, options = CASES[name]
    text = written(make(), fmt, options).decode("utf-8")
    assert text == reviewed(name, text)


def test_every_golden_file_has_a_case() -> None:
    assert {path.name for path in GOLDEN.glob("timeline*")} == set(CASES)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140])
def test_it_keeps_within_the_width(width: int) -> None:
    text = written(joined(), "table", RenderOptions(width=width, ascii_only=True)).decode("ascii")
    pictures = [line for line in text.splitlines() if re.fullmatch(r"  [ #o=.x-]+", line)]
    assert len(pictures) >= 20 and max(map(len, pictures)) <= width
    assert "\x1b" not in text


# --- the picture ------------------------------------------------------------------------------------------------------


def series(name: Any, t_s: list[float], values: list[float], *, holds: bool = False) -> Series:
    return Series(name, "bytes", "counters", np.array(t_s), np.array(values), holds)


def test_the_picture_is_in_proportion() -> None:
    heap = series("heap_live", [0.0, 10.0], [0.0, 100.0])  # a straight line from nothing to the top
    goal = series("heap_goal", [0.0, 5.0], [50.0, 100.0], holds=True)
    timeline = Timeline("p", "first record", series=(heap, goal))
    drawn = timeline_picture.draw(timeline, 10, RenderOptions(ascii_only=True))
    assert drawn is not None
    assert [row.rstrip() for row in drawn.lines] == [
        "     -----", "        ##", "       ###", "      ####", "-----#####",
        "    ######", "   #######", "  ########", " #########", " #########",
    ]  # fmt: skip
    assert "top 100 B" in drawn.legend and "0.000 s to 10.00 s" in drawn.legend


def test_each_column_has_the_highest_value_of_its_piece() -> None:
    values = [1.0] * 1000
    values[517] = 80.0
    heap = series("heap_live", [float(t) for t in range(1000)], values)
    drawn = timeline_picture.draw(Timeline("p", "first record", series=(heap,)), 20, RenderOptions(ascii_only=True))
    assert drawn is not None and [row.find("#") for row in drawn.lines[:9]] == [10] * 9


def test_a_limit_far_above_sets_no_scale() -> None:
    heap, limit = series("heap_live", [0.0, 1.0], [MIB, MIB]), series("memory_limit", [0.0], [64.0 * MIB], holds=True)
    drawn = timeline_picture.draw(Timeline("p", "first record", series=(heap, limit)), 20, RenderOptions())
    assert drawn is not None and "↑ memory limit 64.0 MiB" in drawn.legend and "top 1.00 MiB" in drawn.legend


def test_nothing_in_bytes_is_no_picture() -> None:
    for timeline in (bare().timelines[0], empty().timelines[0]):
        assert timeline_picture.draw(timeline, 40, RenderOptions()) is None


# --- JSON -------------------------------------------------------------------------------------------------------------


def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("make", [joined, alone, nothing])
def test_the_shipped_schema_accepts_it(make: Callable[[], TimelineResult]) -> None:
    validator().validate(json.loads(written(make(), "json", RenderOptions(lang="zh"))))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told.pop("sources"),
        lambda told: told.update(schema="goxray.timeline/2"),
        lambda told: told.update(more=1),
        lambda told: told["sources"][0].update(kind="a log"),
        lambda told: told["sources"][0].pop("identity"),
        lambda told: told["processes"][0].update(zero="whenever"),
        lambda told: told["processes"][0]["series"][0].pop("holds"),
        lambda told: told["processes"][0]["series"][0].update(unit="MB"),
        lambda told: told["processes"][0]["intervals"][0].update(end_s=None),
        lambda told: told["processes"][0]["findings"][0].update(severity="bad"),
        lambda told: told["processes"][0]["checks"][0].pop("verdict"),
    ],
)
def test_the_schema_refuses_what_is_not_it(spoil: Any) -> None:
    told = json.loads(written(joined(), "json"))
    spoil(told)
    assert not validator().is_valid(told)


def same(one: Timeline, other: Timeline) -> None:
    assert replace(one, series=()) == replace(other, series=())
    for mine, theirs in zip(one.series, other.series, strict=True):
        assert (mine.name, mine.unit, mine.source, mine.holds) == (
            theirs.name,
            theirs.unit,
            theirs.source,
            theirs.holds,
        )
        np.testing.assert_array_equal(mine.t_s, theirs.t_s)
        np.testing.assert_array_equal(mine.values, theirs.values)


def test_a_timeline_comes_back_as_it_was() -> None:
    for timeline in (*joined().timelines, *bare().timelines, *empty().timelines):
        same(decode(json.loads(json.dumps(encode(timeline)))), timeline)
    told = json.loads(written(joined(), "json"))
    for shown, timeline in zip(told["processes"], joined().timelines, strict=True):
        same(decode(shown), timeline)
    odd = Timeline("p", "first record", series=(series("rss", [0.0, 1.0, 2.0], [1.5, float("nan"), 2.0**62]),))
    same(decode(json.loads(json.dumps(encode(odd)))), odd)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told.pop("series"),
        lambda told: told.update(zero="noon"),
        lambda told: told["series"][0]["values"].pop(),
        lambda told: told["series"][0]["t_s"].__setitem__(0, "x"),
        lambda told: told["intervals"][0].pop("track"),
        lambda told: told.update(moments=[3]),
    ],
)
def test_a_document_that_is_not_one_is_refused(spoil: Any) -> None:
    told = json.loads(json.dumps(encode(one().timelines[0])))
    spoil(told)
    with pytest.raises(BadTimeline, match=r"goxray\.timeline/1"):
        decode(told)


# --- tables -----------------------------------------------------------------------------------------------------------


def test_csv_and_parquet_have_every_fact() -> None:
    result = joined()
    rows = list(csv.DictReader(io.StringIO(written(result, "csv").decode("utf-8"))))
    table = pq.read_table(io.BytesIO(written(result, "parquet")))
    assert table.num_rows == len(rows)
    assert table.schema.metadata[b"schema"] == b"goxray.timeline/1"
    assert list(rows[0]) == table.column_names
    for timeline in result.timelines:
        mine = [row for row in rows if row["process"] == timeline.process]
        count = {kind: sum(row["kind"] == kind for row in mine) for kind in KINDS}
        assert count == {
            "series": sum(len(each.t_s) for each in timeline.series), "interval": len(timeline.intervals),
            "moment": len(timeline.moments), "finding": len(timeline.findings), "check": len(timeline.checks),
        }  # fmt: skip
    goals = [row for row in rows if row["kind"] == "series" and row["name"] == "heap_goal"]
    wanted = next(each for each in result.timelines[0].series if each.name == "heap_goal")
    assert [float(row["value"]) for row in goals][: len(wanted.values)] == wanted.values.tolist()
    assert {row["unit"] for row in goals} == {"bytes"}
    check = next(row for row in rows if row["kind"] == "check" and row["track"] == "differ")
    assert (check["name"], float(check["value"]), check["source"]) == ("rss", 60.0 * MIB, "proc")
    assert json.loads(check["detail"]) == {"other": "cgroup", "other_value": 75.0 * MIB}
    moment = next(row for row in rows if row["kind"] == "moment" and row["name"] == "map grow")
    assert json.loads(moment["detail"]) == {"owner": "main.cache.byUser", "B": 10.0} and moment["end_s"] == ""


def test_values_that_are_none_are_null_in_tables() -> None:
    odd = Timeline("p", "first record", series=(series("rss", [0.0, 1.0], [1.5, float("nan")]),))
    table = pq.read_table(io.BytesIO(written(TimelineResult((), (odd,)), "parquet")))
    assert table.column("value").to_pylist() == [1.5, None]
    assert pq.read_table(io.BytesIO(written(TimelineResult((), ()), "parquet"))).num_rows == 0
