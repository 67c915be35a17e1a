"""``goxray diff --format json``: the schema ``goxray.diff/1``, stable in its keys, their order and their meaning.

The rows of each table stand one a line, in the columns of :mod:`goxray.core.heap_schema`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.heap_schema import DIFF_SCHEMA_ID, DIFF_TABLES
from goxray.render.json_maps import encode, json_rows, members

if TYPE_CHECKING:
    from goxray.core.heap_result import DiffResult, DiffSide
    from goxray.render.options import RenderOptions


def write_json(result: DiffResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one JSON object in UTF-8; ``options.table`` leaves the other tables out."""
    stamp = {"unverified": True} if result.unverified else {}
    head = {"schema": DIFF_SCHEMA_ID, **stamp, "before": _side(result.before), "after": _side(result.after)}
    out.write(encode("{\n" + ",\n".join(members(head))))
    chosen = [name for name in DIFF_TABLES if name in result.tables and options.table in (None, name)]
    for name in chosen:
        table = result.tables[name]
        out.write(encode(f',\n  "{name}": ['))
        separator = "\n    "
        for row in json_rows(table):
            out.write(encode(separator + row))
            separator = ",\n    "
        out.write(b"\n  ]" if table.num_rows else b"]")
    after = {"rows_total": {name: result.rows_total[name] for name in chosen}, "notes": list(result.notes)}
    for line in members(after):
        out.write(encode(",\n" + line))
    out.write(b"\n}\n")


def _side(side: DiffSide) -> dict[str, Any]:
    return {
        "target": {"kind": side.target.kind, "pid": side.target.pid, "exe": side.target.exe},
        "build": {
            "go_version": side.build.go_version,
            "goos": side.build.goos,
            "goarch": side.build.goarch,
            "experiments": list(side.build.experiments),
        },
        "consistency": side.consistency,
        "taken_at": side.taken_at,
        "live_objects": side.live_objects,
        "live_bytes": side.live_bytes,
        "maps": side.maps,
        "entries": side.entries,
    }
