"""``--format csv``, ``parquet`` and ``arrow``: the table itself, same columns and names in each.

What the table's rows cannot say goes into the schema's metadata of Parquet and Arrow files: ``schema`` is the format's
name, ``goxray`` a JSON object with target, build, totals and faults as ``--format json`` has them. A result that nobody
has verified carries one more column, ``unverified``, because CSV has no other place where the stamp survives.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.schema import MAPS_SCHEMA_ID
from goxray.render.json_maps import header
from goxray.render.safe import printable

if TYPE_CHECKING:
    import pyarrow as pa

    from goxray.core.result import MapsResult
    from goxray.render.options import RenderOptions
    from goxray.render.story import Reported


def write_csv(result: MapsResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the table as CSV (RFC 4180 quoting, one header line); absent values are empty."""
    del options
    csv_table(plain(result), out)


def csv_table(table: pa.Table, out: BinaryIO) -> None:
    """Write any table as CSV."""
    import pyarrow as pa
    from pyarrow import csv

    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            table = table.set_column(place, field.name, table.column(place).dictionary_encode())
        if pa.types.is_string(field.type) or pa.types.is_dictionary(field.type):
            table = table.set_column(place, field.name, _printable(table.column(place)))
    csv.write_csv(table, out, csv.WriteOptions(quoting_style="needed", quoting_header="needed"))


def _printable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return names as plain strings that do nothing to a terminal: CSV is looked at with ``less`` as often as not."""
    import pyarrow as pa

    chunks = [
        pa.array(
            [None if word is None else printable(word) for word in chunk.dictionary.to_pylist()], pa.string()
        ).take(chunk.indices)
        for chunk in column.chunks
    ]
    return pa.chunked_array(chunks, pa.string())


def write_parquet(result: MapsResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the table as a Parquet file, compressed with zstd."""
    del options
    parquet_table(plain(result), out)


def parquet_table(table: pa.Table, out: BinaryIO) -> None:
    """Write any table as a Parquet file, compressed with zstd."""
    from pyarrow import parquet

    parquet.write_table(table, out, compression="zstd")


def write_arrow(result: MapsResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the table as an Arrow IPC file (the random-access format, not the stream)."""
    del options
    arrow_table(plain(result), out)


def arrow_table(table: pa.Table, out: BinaryIO) -> None:
    """Write any table as an Arrow IPC file."""
    import pyarrow as pa

    # An IPC file holds one dictionary a column, the chunks of a table may each have their own.
    table = table.unify_dictionaries()
    with pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table)


def plain(result: MapsResult) -> pa.Table:
    """Return the table as it is written: NaN as null, the stamp as a column, the rest of the report as metadata."""
    return dressed(result.table, MAPS_SCHEMA_ID, result, header(result))


def dressed(table: pa.Table, schema_id: str, result: Reported, head: dict[str, Any]) -> pa.Table:
    """Return any table of a result as it is written; ``head`` is what the JSON of the result says first."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            column = table.column(place)
            table = table.set_column(place, field, pc.if_else(pc.is_finite(column), column, None))
    if result.unverified:
        table = table.append_column("unverified", pa.array([True] * table.num_rows, pa.bool_()))
    report = {
        **({"unverified": True} if result.unverified else {}),
        **head,
        "faults": [{"addr": fault.addr, "what": fault.what} for fault in result.faults],
        "notes": list(result.notes),
    }
    return table.replace_schema_metadata({"schema": schema_id, "goxray": json.dumps(report).encode("utf-8")})
