"""``heap`` as CSV, Parquet and Arrow: each table with the columns and values of the result."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pyarrow as pa
import pytest
from heap_samples import empty_heap, heap, odd_heap
from pyarrow import parquet

from goxray.core.errors import UsageError
from goxray.core.heap_result import HeapResult
from goxray.core.heap_schema import HEAP_TABLES
from goxray.render import write
from goxray.render.options import RenderOptions


def bytes_of(result: HeapResult, fmt: str, table: str | None) -> bytes:
    out = io.BytesIO()
    write(result, fmt, out, RenderOptions(table=table), "heap")
    return out.getvalue()


def read(result: HeapResult, fmt: str, table: str | None) -> pa.Table:
    raw = bytes_of(result, fmt, table)
    if fmt == "parquet":
        return parquet.read_table(io.BytesIO(raw))
    with pa.ipc.open_file(io.BytesIO(raw)) as reader:
        return reader.read_all()


def expected(result: HeapResult, table: str) -> list[dict[str, Any]]:
    stamp = {"unverified": True} if result.unverified else {}
    return [{**row, **stamp} for row in result.tables[table].to_pylist()]


@pytest.mark.parametrize("fmt", ["parquet", "arrow"])
@pytest.mark.parametrize("table", HEAP_TABLES)
@pytest.mark.parametrize("make", [odd_heap, lambda: empty_heap(tables={**empty_heap().tables, **odd_heap().tables})])
def test_binary_files_hold_each_table(make: Any, table: str, fmt: str) -> None:
    result = make()
    read_back = read(result, fmt, table)
    assert read_back.to_pylist() == expected(result, table)
    assert read_back.column_names[: len(HEAP_TABLES[table])] == [column.name for column in HEAP_TABLES[table]]
    assert read_back.schema.metadata[b"schema"] == b"goxray.heap/1"
    report = json.loads(read_back.schema.metadata[b"goxray"])
    assert report["reconcile"]["live_bytes"] == result.reconcile.live_bytes


@pytest.mark.parametrize("table", HEAP_TABLES)
def test_csv_holds_each_table(table: str) -> None:
    result = odd_heap()
    rows = list(csv.reader(io.StringIO(bytes_of(result, "csv", table).decode("utf-8"))))
    assert rows[0] == [*(column.name for column in HEAP_TABLES[table]), "unverified"]
    for row, values in zip(rows[1:], expected(result, table), strict=True):
        for name, cell in zip(rows[0], row, strict=True):
            value = values[name]
            if isinstance(value, str):
                assert cell == value.replace("\x1b", "\\x1b")
            elif isinstance(value, float):
                assert float(cell) == value
            else:
                assert cell == ("" if value is None else str(value).lower()), name


def test_the_owners_are_written_where_nobody_names_a_table() -> None:
    assert bytes_of(heap(), "csv", None) == bytes_of(heap(), "csv", "owners")
    assert read(heap(), "parquet", None).column_names == [column.name for column in HEAP_TABLES["owners"]]


def test_a_table_that_nobody_asked_for_is_an_error() -> None:
    with pytest.raises(UsageError, match="no table duplicates") as caught:
        bytes_of(heap(), "csv", "duplicates")
    assert "rss" in caught.value.hint
