"""``goxray profile --format csv`` and ``parquet``: the top functions, or with ``--table maps`` the map memory.

Parquet files carry the rest of the report as metadata, as those of ``goxray maps`` do.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.errors import UsageError
from goxray.core.profile_result import PROFILE_SCHEMA_ID
from goxray.render.json_profile import header
from goxray.render.tabular import csv_table, parquet_table

if TYPE_CHECKING:
    import pyarrow as pa

    from goxray.core.profile_result import ProfileResult
    from goxray.render.options import RenderOptions

TABLES = ("top", "maps")
"""The tables, the first where nobody says."""


def write_csv(result: ProfileResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the table as CSV (RFC 4180 quoting, one header line)."""
    csv_table(_table(result, options), out)


def write_parquet(result: ProfileResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the table as a Parquet file, compressed with zstd."""
    metadata = {"schema": PROFILE_SCHEMA_ID, "goxray": json.dumps(header(result)).encode("utf-8")}
    parquet_table(_table(result, options).replace_schema_metadata(metadata), out)


def _table(result: ProfileResult, options: RenderOptions) -> pa.Table:
    if options.table == "maps":
        if result.map_memory is None:
            raise UsageError("only heap profiles have map memory", hint="leave out --table")
        return _maps(result)
    return _top(result)


def _top(result: ProfileResult) -> pa.Table:
    import pyarrow as pa

    text, number = pa.string(), pa.int64()
    rows = result.top
    columns: dict[str, Any] = {
        "function": pa.array([row.function for row in rows], text),
        "file": pa.array([row.file for row in rows], text),
        "line": pa.array([row.line for row in rows], number),
        "flat": pa.array([row.flats[result.column] for row in rows], number),
        "cum": pa.array([row.cums[result.column] for row in rows], number),
    }
    for at, kind in enumerate(result.sample_types):
        columns[f"flat_{kind.type}"] = pa.array([row.flats[at] for row in rows], number)
        columns[f"cum_{kind.type}"] = pa.array([row.cums[at] for row in rows], number)
    return pa.table(columns)


def _maps(result: ProfileResult) -> pa.Table:
    import pyarrow as pa

    rows = result.map_memory.rows if result.map_memory is not None else ()
    texts = ("function", "file", "how", "map_type")
    numbers = (
        "line", "inuse_bytes", "inuse_error", "inuse_objects", "alloc_bytes", "alloc_error", "alloc_objects", "seen",
        "live_bytes",
    )  # fmt: skip
    kinds = {**dict.fromkeys(texts, pa.string()), **dict.fromkeys(numbers, pa.int64())}
    return pa.table({name: pa.array([getattr(row, name) for row in rows], kind) for name, kind in kinds.items()})
