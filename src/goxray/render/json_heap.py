"""``goxray heap --format json``: the schema ``goxray.heap/1``, stable in its keys, their order and their meaning.

The rows of each table stand one a line, in the columns of :mod:`goxray.core.heap_schema`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.heap_schema import HEAP_SCHEMA_ID, HEAP_TABLES
from goxray.render.json_maps import about, encode, json_rows, members
from goxray.render.masked import masked_json

if TYPE_CHECKING:
    from goxray.core.heap_result import HeapResult
    from goxray.render.options import RenderOptions


def write_json(result: HeapResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one JSON object in UTF-8; ``options`` change nothing, the format has no language."""
    del options
    stamp = {"unverified": True} if result.unverified else {}
    out.write(encode("{\n" + ",\n".join(members({"schema": HEAP_SCHEMA_ID, **stamp, **header(result)}))))
    for name in HEAP_TABLES:
        if name in result.tables:
            _write_table(result, name, out)
    after: dict[str, Any] = {
        "rows_total": {name: result.rows_total.get(name, table.num_rows) for name, table in result.tables.items()},
        "faults": [{"addr": fault.addr, "what": fault.what} for fault in result.faults],
    }
    if result.duplicates_masked is not None:
        after["duplicates_masked"] = masked_json(result.duplicates_masked)
    if result.notes:
        after["notes"] = list(result.notes)
    for line in members(after):
        out.write(encode(",\n" + line))
    out.write(b"\n}\n")


def _write_table(result: HeapResult, name: str, out: BinaryIO) -> None:
    table = result.tables[name]
    out.write(encode(f',\n  "{name}": ['))
    separator = "\n    "
    for row in json_rows(table):
        out.write(encode(separator + row))
        separator = ",\n    "
    out.write(b"\n  ]" if table.num_rows else b"]")


def header(result: HeapResult) -> dict[str, Any]:
    """Return what the JSON says before the tables, ready for ``json.dumps``."""
    return {**about(result), "reconcile": asdict(result.reconcile)}
