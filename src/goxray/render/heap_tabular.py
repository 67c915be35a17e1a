"""``goxray heap --format csv``, ``parquet`` and ``arrow``: one of the report's tables, same columns and names in each.

``options.table`` names it, ``owners`` where nobody says. Parquet and Arrow files carry the rest of the report as
metadata, as those of ``goxray maps`` do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from goxray.core.errors import UsageError
from goxray.core.heap_schema import HEAP_SCHEMA_ID
from goxray.render.json_heap import header
from goxray.render.tabular import arrow_table, csv_table, dressed, parquet_table

if TYPE_CHECKING:
    import pyarrow as pa

    from goxray.core.heap_result import HeapResult
    from goxray.render.options import RenderOptions

DEFAULT = "owners"


def write_csv(result: HeapResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the table as CSV (RFC 4180 quoting, one header line); absent values are empty."""
    csv_table(_table(result, options), out)


def write_parquet(result: HeapResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the table as a Parquet file, compressed with zstd."""
    parquet_table(_table(result, options), out)


def write_arrow(result: HeapResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the table as an Arrow IPC file (the random-access format, not the stream)."""
    arrow_table(_table(result, options), out)


def _table(result: HeapResult, options: RenderOptions) -> pa.Table:
    name = options.table or DEFAULT
    if name not in result.tables:
        raise UsageError(f"this report has no table {name}", hint=f"one of {', '.join(result.tables)}")
    return dressed(result.tables[name], HEAP_SCHEMA_ID, result, header(result))
