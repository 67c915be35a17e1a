"""CSV, Parquet and Arrow: the same columns and values as the table, and nothing lost on the way."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from render_samples import figures, grouped, nothing, single, table_of

from goxray.core.result import MapsResult
from goxray.core.schema import columns_for
from goxray.render import write
from goxray.render.options import RenderOptions

Raw = list[dict[str, Any]]


def bytes_of(result: MapsResult, fmt: str) -> bytes:
    out = io.BytesIO()
    write(result, fmt, out, RenderOptions())
    return out.getvalue()


def read(result: MapsResult, fmt: str) -> pa.Table:
    raw = bytes_of(result, fmt)
    if fmt == "parquet":
        return parquet.read_table(io.BytesIO(raw))
    with pa.ipc.open_file(io.BytesIO(raw)) as reader:
        return reader.read_all()


def expected(result: MapsResult) -> Raw:
    stamp = {"unverified": True} if result.unverified else {}
    return [
        {
            **{name: None if isinstance(value, float) and not math.isfinite(value) else value
               for name, value in row.items()},
            **stamp,
        }
        for row in result.table.to_pylist()
    ]  # fmt: skip


@pytest.mark.parametrize("fmt", ["parquet", "arrow"])
@pytest.mark.parametrize("make", [grouped, single, nothing])
def test_binary_files_hold_the_table(make: Any, fmt: str) -> None:
    result = make()
    table = read(result, fmt)
    assert table.to_pylist() == expected(result)
    assert table.column_names[: len(result.table.column_names)] == [c.name for c in columns_for(result.group)]


@pytest.mark.parametrize("make", [grouped, single, nothing])
def test_csv_holds_the_table(make: Any) -> None:
    result = make()
    rows = list(csv.reader(io.StringIO(bytes_of(result, "csv").decode("utf-8"))))
    stamp = ["unverified"] if result.unverified else []
    assert rows[0] == [*result.table.column_names, *stamp]
    for row, values in zip(rows[1:], expected(result), strict=True):
        for name, cell in zip(rows[0], row, strict=True):
            value = values[name]
            if value is None:
                assert cell == "", name
            elif isinstance(value, bool):
                assert cell == "true"
            elif isinstance(value, float):
                assert float(cell) == value
            elif name == "owner":
                assert cell == value.replace("\x1b", "\\x1b")
            else:
                assert cell == str(value), name


@pytest.mark.parametrize("fmt", ["parquet", "arrow"])
def test_metadata_carries_the_rest_of_the_report(fmt: str) -> None:
    result = single()
    metadata = read(result, fmt).schema.metadata
    assert metadata[b"schema"] == b"goxray.maps/1"
    report = json.loads(metadata[b"goxray"])
    assert report["unverified"] is True
    assert report["build"]["go_version"] == "go1.28.0"
    assert report["totals"]["wasted_bytes"] == result.totals.wasted_bytes
    assert [fault["what"] for fault in report["faults"]] == [fault.what for fault in result.faults]
    assert "unverified" not in json.loads(read(grouped(), fmt).schema.metadata[b"goxray"])


def test_chunks_with_dictionaries_of_their_own_make_one_arrow_file() -> None:
    tables = [
        table_of("none", [{"addr": at, "kind": "swiss", "owner": f"main.m{at}", **figures(1, 8, 48, 48)}])
        for at in (1, 2)
    ]
    result = single(table=pa.concat_tables(tables))
    assert [row["owner"] for row in read(result, "arrow").to_pylist()] == ["main.m1", "main.m2"]
