"""``goxray gc phases`` in all its formats: goldens, the schema, widths.

After a change that is meant: ``UPDATE_GOLDEN=1 pytest tests/unit/test_render_phases.py``, then read the diff.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.parquet as parquet
import pytest
from phases_samples import dropped, nothing
from rich.cells import cell_len

from goxray.core.phases_result import PhasesResult
from goxray.render import FORMATS_OF, write
from goxray.render.options import RenderOptions
from goxray.render.phases_story import bar, cycles
from tests.harness.goldens import GOLDEN, reviewed

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "goxray.phases-1.json"
PLAIN = RenderOptions()

CASES: dict[str, tuple[Callable[[], PhasesResult], str, RenderOptions]] = {
    "phases-80.txt": (dropped, "table", RenderOptions(width=80)),
    "phases-140.txt": (dropped, "table", RenderOptions(width=140)),
    "phases-120-zh.txt": (dropped, "table", RenderOptions(width=120, lang="zh")),
    "phases-100-color.txt": (dropped, "table", RenderOptions(width=100, color=True)),
    "phases-nothing-80-ascii.txt": (nothing, "table", RenderOptions(width=80, ascii_only=True)),
    "phases.json": (dropped, "json", PLAIN),
    "phases.csv": (dropped, "csv", PLAIN),
}


def written(result: PhasesResult, fmt: str, options: RenderOptions = PLAIN) -> bytes:
    out = io.BytesIO()
    write(result, fmt, out, options, "phases")
    return out.getvalue()


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_reviewed(name: str) -> None:
    make, fmt, options = CASES[name]
    text = written(make(), fmt, options).decode("utf-8")
    assert text == reviewed(name, text)


def test_every_golden_file_has_a_case() -> None:
    assert {path.name for path in GOLDEN.glob("phases*")} == set(CASES)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_line_is_wider_than_the_terminal(width: int, lang: Any) -> None:
    for make in (dropped, nothing):
        text = written(make(), "table", RenderOptions(width=width, lang=lang)).decode("utf-8")
        assert max(cell_len(line) for line in text.splitlines()) <= width


def test_ascii_terminals_get_ascii_and_no_control_codes() -> None:
    for make in (dropped, nothing):
        text = written(make(), "table", RenderOptions(ascii_only=True)).decode("ascii")
        assert "\\x" not in text.replace("\\x1b", "").replace("\\x07", "")
        assert "\x1b" not in text and "\x07" not in text


@pytest.mark.parametrize("make", [dropped, nothing])
def test_json_keeps_to_its_schema(make: Callable[[], PhasesResult]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(written(make(), "json"))
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["schema"] == "goxray.phases/1"
    assert document.get("unverified", False) == make().unverified


def test_csv_and_parquet_have_a_row_a_window() -> None:
    result = dropped()
    windows = [window for each in result.generations for window in each.windows]
    rows = list(csv.DictReader(io.StringIO(written(result, "csv").decode())))
    assert [row["window"] for row in rows] == [window.name for window in windows]
    assert [float(row["seconds"]) for row in rows] == pytest.approx([window.seconds for window in windows])
    table = parquet.read_table(io.BytesIO(written(result, "parquet")))
    assert table.column("cycles").to_pylist() == [window.cycles for window in windows]
    head = json.loads(table.schema.metadata[b"goxray"])
    assert head["map"]["owner"] == "main.cache"


def test_a_generation_without_windows_has_a_row_too() -> None:
    assert written(nothing(), "csv").decode().count("\n") == 1
    assert "unverified" in written(nothing(), "csv").decode()


@pytest.mark.parametrize("fmt", ["html", "perfetto"])
def test_the_time_axis_can_be_drawn(fmt: str) -> None:
    assert fmt in FORMATS_OF["phases"]
    assert b"main.cache" in written(dropped(), fmt)


def test_bars_lie_inside_the_axis_and_in_order() -> None:
    generation = dropped().generations[2]
    for width in (12, 40, 72):
        for window in generation.windows:
            begin, cells = bar(window, generation.events, width)
            assert begin >= 0 and cells >= 1 and begin + cells <= width
        first, last = generation.window("waiting"), generation.window("leaving")
        assert first is not None and last is not None
        assert bar(first, generation.events, width)[0] == 0
        assert sum(bar(last, generation.events, width)) == width
    # the axis runs from 1.25 s to 2.75 s: 1.5 s is a sixth of it
    waiting = generation.window("waiting")
    assert waiting is not None and bar(waiting, generation.events, 72) == (0, 12)


def test_a_count_that_is_open_is_written_as_two() -> None:
    assert cycles(1, 1) == "1"
    assert cycles(0, 2) == "0-2"
