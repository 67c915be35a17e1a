"""``goxray gc phases --format csv`` and ``parquet``: one row a window; a generation without windows has one row too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.phases_result import PHASES_SCHEMA_ID
from goxray.render.json_phases import document
from goxray.render.tabular import csv_table, parquet_table

if TYPE_CHECKING:
    import pyarrow as pa

    from goxray.core.phases_result import PhasesResult
    from goxray.render.options import RenderOptions

_COLUMNS = {
    "generation": "int64", "cause": "string", "addr": "uint64", "bytes": "int64", "outcome": "string",
    "found_dead_by": "int64", "window": "string", "from": "string", "to": "string", "start_s": "float64",
    "end_s": "float64", "seconds": "float64", "resolution_s": "float64", "cycles": "int64", "cycles_least": "int64",
}  # fmt: skip


def write_csv(result: PhasesResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the windows as CSV."""
    del options
    csv_table(table(result), out)


def write_parquet(result: PhasesResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the windows as a Parquet file."""
    del options
    parquet_table(table(result), out)


def table(result: PhasesResult) -> pa.Table:
    """Return the windows of all generations; the rest of the report is in the schema's metadata."""
    import pyarrow as pa

    columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    for generation in result.generations:
        about = {
            "generation": generation.number, "cause": generation.cause, "addr": generation.addr,
            "bytes": generation.bytes.blocks, "outcome": generation.outcome, "found_dead_by": generation.found_dead_by,
        }  # fmt: skip
        windows: list[dict[str, Any]] = [
            {
                "window": each.name, "from": each.start, "to": each.end, "start_s": each.start_s, "end_s": each.end_s,
                "seconds": each.seconds, "resolution_s": each.resolution_s, "cycles": each.cycles,
                "cycles_least": each.cycles_least,
            }
            for each in generation.windows
        ]  # fmt: skip
        for window in windows or [{}]:
            for name, column in columns.items():
                column.append((about | window).get(name))
    if result.unverified:
        columns["unverified"] = [True] * len(columns["window"])
    types = {"int64": pa.int64(), "uint64": pa.uint64(), "float64": pa.float64(), "string": pa.string()}
    arrays = [pa.array(column, types.get(_COLUMNS.get(name, ""), pa.bool_())) for name, column in columns.items()]
    made = pa.table(arrays, names=list(columns))
    head = {name: value for name, value in document(result).items() if name not in ("generations", "cycles")}
    return made.replace_schema_metadata({"schema": PHASES_SCHEMA_ID, "goxray": json.dumps(head).encode("utf-8")})
