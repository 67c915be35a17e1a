"""``goxray gc watch --format csv`` and ``parquet``: one row a sample, the columns of the JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

from goxray.core.watch_result import WATCH_COLUMNS, WATCH_SCHEMA_ID
from goxray.render.json_watch import column, header
from goxray.render.tabular import csv_table, parquet_table

if TYPE_CHECKING:
    import pyarrow as pa

    from goxray.core.watch_result import WatchResult
    from goxray.render.options import RenderOptions


def write_csv(result: WatchResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the samples as CSV; absent values are empty."""
    del options
    csv_table(table(result), out)


def write_parquet(result: WatchResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the samples as a Parquet file; what stands before the samples in the JSON is its metadata."""
    del options
    parquet_table(table(result), out)


def table(result: WatchResult) -> pa.Table:
    """Return the samples as an Arrow table."""
    import pyarrow as pa

    kinds = {"bytes": pa.int64(), "count": pa.int64(), "ns": pa.int64()}
    columns = {
        name: pa.array(column(result, name), kinds.get(kind, pa.float64())) for name, kind in WATCH_COLUMNS.items()
    }
    columns["phase"] = pa.array(result.phases, pa.string())
    columns["agreement"] = pa.array(result.agreement, pa.string())
    if result.unverified:
        columns["unverified"] = pa.array([True] * len(result.phases), pa.bool_())
    report = {**header(result), "notes": list(result.notes)}
    return pa.table(columns).replace_schema_metadata({"schema": WATCH_SCHEMA_ID, "goxray": json.dumps(report)})
