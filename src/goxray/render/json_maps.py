"""``--format json``: the schema ``goxray.maps/1``, stable in its keys, their order and their meaning.

The header is pretty, the maps stand one a line, so that the output can be read, searched and compared line by line.
Rows are written a slice of the table at a time: two million maps need no second copy in memory.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.schema import CLASSIC_DETAIL, MAPS_SCHEMA_ID, SWISS_DETAIL
from goxray.render.masked import masked_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from goxray.core.result import MapsResult
    from goxray.render.options import RenderOptions
    from goxray.render.story import Looked

_SLICE = 65_536
_DETAIL = {
    "classic": tuple(column.name for column in CLASSIC_DETAIL),
    "swiss": tuple(column.name for column in SWISS_DETAIL),
}
_NESTED = frozenset(name for names in _DETAIL.values() for name in names)


def write_json(result: MapsResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one JSON object in UTF-8; ``options`` change nothing, the format has no language."""
    del options
    before = {
        "schema": MAPS_SCHEMA_ID,
        **({"unverified": True} if result.unverified else {}),
        **header(result),
    }
    lines = members(before)
    out.write(encode("{\n" + ",\n".join(lines) + ',\n  "maps": ['))
    separator = "\n    "
    for row in json_rows(result.table):
        out.write(encode(separator + row))
        separator = ",\n    "
    out.write(b"\n  ]" if result.table.num_rows else b"]")
    for line in members(_after(result)):
        out.write(encode(",\n" + line))
    out.write(b"\n}\n")


def header(result: MapsResult) -> dict[str, Any]:
    """Return what the JSON says before the maps, ready for ``json.dumps``."""
    totals = result.totals
    return {
        **about(result),
        "heap": {
            "live_bytes": result.heap.live_bytes,
            "runtime_live_bytes": result.heap.runtime_live_bytes,
        },
        "totals": {
            "maps": totals.maps,
            "entries": totals.entries,
            "slots": totals.slots,
            "bytes": totals.bytes,
            "wasted_bytes": totals.wasted_bytes,
        },
    }


def about(result: Looked) -> dict[str, Any]:
    """Return what was looked at and how, as every command's JSON has it."""
    target, build = result.target, result.build
    return {
        "target": {"kind": target.kind, "pid": target.pid, "exe": target.exe},
        "build": {
            "go_version": build.go_version,
            "goos": build.goos,
            "goarch": build.goarch,
            "experiments": list(build.experiments),
        },
        "consistency": result.consistency,
        "freeze_ms": round(result.freeze_ms, 3),
    }


def _after(result: MapsResult) -> dict[str, Any]:
    """Return what follows the maps; all but the faults appear only where there is something to say."""
    after: dict[str, Any] = {"faults": [{"addr": fault.addr, "what": fault.what} for fault in result.faults]}
    if result.rows_total > result.table.num_rows:
        after["rows_total"] = result.rows_total
    if result.verified_maps is not None:
        after["verified_maps"] = result.verified_maps
    if result.keys:
        after["keys"] = [
            {
                "addr": sample.addr,
                "owner": sample.owner,
                "pairs": [{"key": key, "elem": elem} for key, elem in sample.pairs],
            }
            for sample in result.keys
        ]
    if result.keys_masked is not None:
        after["keys_masked"] = masked_json(result.keys_masked)
    if result.notes:
        after["notes"] = list(result.notes)
    return after


def json_rows(table: pa.Table) -> Iterator[str]:
    """Yield one JSON object a row: the table's columns, with the detail of a single map nested under ``detail``."""
    for start in range(0, table.num_rows, _SLICE):
        yield from _slice_rows(table.slice(start, _SLICE).combine_chunks())


def _slice_rows(table: pa.Table) -> list[str]:
    """Build the objects of a slice column by column: text pieces that one call then joins row by row."""
    import pyarrow.compute as pc

    pieces: list[Any] = []
    for place, name in enumerate(name for name in table.column_names if name not in _NESTED):
        pieces += [("{" if place == 0 else ", ") + f"{json.dumps(name)}: ", fragments(table.column(name))]
    if _NESTED & set(table.column_names):
        pieces += [', "detail": ', _detail(table)]
    joined = pc.binary_join_element_wise(*pieces, "}", "")
    rows: list[str] = joined.to_pylist()
    return rows


def _detail(table: pa.Table) -> pa.ChunkedArray:
    """Return the nested detail of each row: the columns of the row's own kind, ``small`` as a truth value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = table.column("kind").cast(pa.string())
    detail = pa.scalar("{}")
    for name, columns in _DETAIL.items():
        pieces: list[Any] = []
        for place, column in enumerate(columns):
            values = table.column(column)
            values = pc.not_equal(values, 0) if column == "small" else values
            pieces += [("{" if place == 0 else ", ") + f"{json.dumps(column)}: ", fragments(values)]
        detail = pc.if_else(pc.fill_null(pc.equal(kind, name), False), _join(pieces), detail)
    return detail


def _join(pieces: list[Any]) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(*pieces, "}", "")


def fragments(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as JSON fragments: numbers, quoted strings, ``null`` for what is absent or not a number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(column.type):
        column = column.dictionary_encode()
    if pa.types.is_dictionary(column.type):
        return pa.chunked_array([_quoted(chunk) for chunk in column.chunks], pa.string())
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_finite(column), column, None)
    return pc.fill_null(column.cast(pa.string()), "null")


def _quoted(chunk: pa.DictionaryArray) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    words = pa.array([json.dumps(word, ensure_ascii=False) for word in chunk.dictionary.to_pylist()], pa.string())
    return pc.fill_null(words.take(chunk.indices), "null")


def members(values: dict[str, Any]) -> list[str]:
    """Return each member of the outermost object as text, lists of objects with one object a line."""
    lines = []
    for name, value in values.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            items = ",\n    ".join(json.dumps(item, ensure_ascii=False) for item in value)
            lines.append(f"  {json.dumps(name)}: [\n    {items}\n  ]")
        else:
            lines.append(f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False, allow_nan=False)}")
    return lines


def encode(text: str) -> bytes:
    """Return the text in UTF-8, whatever it holds."""
    # Lone surrogates come from names that are not UTF-8; a backslash escape is how JSON itself writes them.
    return text.encode("utf-8", "backslashreplace")
