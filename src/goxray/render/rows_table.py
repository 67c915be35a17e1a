"""Tables of any columns, as the answers to queries are: text, JSON rows, CSV, Parquet and Arrow.

Rows come in batches and go out in batches; only the text, whose columns must be measured first, holds a table whole.
"""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.errors import UsageError
from goxray.render.columns import Pen, Piece
from goxray.render.safe import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa

    from goxray.render.options import RenderOptions

    Row = dict[str, Any]

ROW_FORMATS = ("table", "json", "csv", "parquet", "arrow")
"""The names that ``--format`` takes where any table can come out."""

_SLICE = 65_536
_LEAST_NAME = 16
_EXACT = 1e15


def write_rows(
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    fmt: str,
    out: BinaryIO,
    options: RenderOptions,
    limit: int | None = None,
) -> None:
    """Write rows in the format of that name.

    Args:
        schema: the rows' columns.
        batches: the rows.
        fmt: one of ROW_FORMATS.
        out: where to.
        options: how; only for the text.
        limit: at most so many rows in the text, which says how many there are more; None for all.

    Raises:
        UsageError: no format has that name.
    """
    if fmt == "table":
        _write_text(schema, batches, out, options, limit)
    elif fmt == "json":
        _write_json(schema, batches, out)
    elif fmt == "csv":
        _write_csv(schema, batches, out)
    elif fmt == "parquet":
        _write_parquet(schema, batches, out)
    elif fmt == "arrow":
        _write_arrow(schema, batches, out)
    else:
        raise UsageError(f"no such format: {fmt}", hint=f"one of {', '.join(ROW_FORMATS)}")


def _write_text(
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    out: BinaryIO,
    options: RenderOptions,
    limit: int | None,
) -> None:
    from rich.text import Text

    from goxray.render.terminal import finish, make_console
    from goxray.render.words import say

    rows: list[Row] = []
    count = 0
    for batch in batches:
        count += batch.num_rows
        rows += _rows(batch if limit is None else batch.slice(0, max(limit - len(rows), 0)))
    console = make_console(options)
    for line in text_lines(schema, rows, options):
        console.file.write(line + "\n")
    left = count - len(rows)
    note = say("q.more", options.lang, n=left) if left else say("q.rows", options.lang, n=count)
    console.print(Text(note, style="dim"))
    encoding = "ascii" if options.ascii_only else "utf-8"
    out.write(finish(console, options).encode(encoding, "backslashreplace"))


def _rows(batch: pa.RecordBatch) -> list[Row]:
    """Return rows as values by the place of their column: two columns of an answer may have one name."""
    columns = [column.to_pylist() for column in batch.columns]
    return [{str(place): value for place, value in enumerate(row)} for row in zip(*columns, strict=True)]


def text_lines(schema: pa.Schema, rows: list[Row], options: RenderOptions) -> Iterator[str]:
    """Yield the header and the rows as aligned columns; no column is left out, however narrow the terminal.

    ``rows`` hold values by the place of their column. Numbers stand right, with commas; 64-bit words without sign are
    addresses. Names lose their middle where the width is short.
    """
    from goxray.render.heap_grid import GridColumn, fit
    from goxray.render.terminal import lay_line

    columns = [
        GridColumn(printable(field.name), 0, _cell(str(place), field.type), _is_right(field.type), _least(field.type))
        for place, field in enumerate(schema)
    ]
    room = max(options.width, 1)
    fitted = fit(columns, rows, options, room)
    while len(fitted) < len(columns):
        room += max(room // 8, 1)
        fitted = fit(columns, rows, options, room)
    lines = [[Piece(column.header) for column in fitted]]
    lines += [[column.cells[row] for column in fitted] for row in range(len(rows))]
    for pieces in lines:
        yield "".join(text for text, _ in lay_line("", fitted, pieces)).rstrip()


def _is_right(kind: pa.DataType) -> bool:
    import pyarrow.types as is_

    return bool(is_.is_integer(kind) or is_.is_floating(kind) or is_.is_decimal(kind))


def _least(kind: pa.DataType) -> int:
    """Return the width below which a column is not cut: names can be, figures never."""
    return 0 if _is_right(kind) else _LEAST_NAME


def _cell(place: str, kind: pa.DataType) -> Callable[[Row, Pen], Piece]:
    import pyarrow as pa

    if kind == pa.uint64():
        return lambda row, _: _number(row[place], "#x")
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return lambda row, _: _number(row[place], ",")
    if pa.types.is_floating(kind):
        return lambda row, _: _number(row[place], ".6g")
    return lambda row, _: Piece("-", "dim") if row[place] is None else Piece(printable(_word(row[place])))


def _number(value: Any, form: str) -> Piece:
    if value is None:
        return Piece("-", "dim")
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return Piece(f"{value:,.1f}")
    return Piece(format(value, form))


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return str(_plain(value))


def _plain(value: Any) -> Any:
    """Return a value of a type that JSON does not know as one that it knows: a number or text."""
    if isinstance(value, Decimal):
        return float(value)
    return value.hex() if isinstance(value, bytes) else value if isinstance(value, str) else str(value)


def _write_json(schema: pa.Schema, batches: Iterable[pa.RecordBatch], out: BinaryIO) -> None:
    """Write an array of objects, one a line, with the columns' names as keys."""
    names = [json.dumps(name, ensure_ascii=False) for name in _distinct(schema.names)]
    separator = b"[\n  "
    for batch in batches:
        for start in range(0, batch.num_rows, _SLICE):
            for row in _rows(batch.slice(start, _SLICE)):
                cells = ", ".join(f"{name}: {_json(value)}" for name, value in zip(names, row.values(), strict=True))
                out.write(separator + f"{{{cells}}}".encode("utf-8", "backslashreplace"))
                separator = b",\n  "
    out.write(b"[]\n" if separator.startswith(b"[") else b"\n]\n")


def _distinct(names: list[str]) -> list[str]:
    """Return names of which none comes twice: the second ``x`` is ``x_2``."""
    found: list[str] = []
    for name in names:
        number, made = 2, name
        while made in found:
            number, made = number + 1, f"{name}_{number}"
        found.append(made)
    return found


def _json(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _write_csv(schema: pa.Schema, batches: Iterable[pa.RecordBatch], out: BinaryIO) -> None:
    """Write CSV (RFC 4180 quoting, one header line); absent values are empty."""
    import pyarrow as pa
    from pyarrow import csv

    plain = pa.schema([pa.field(name, _csv_type(kind)) for name, kind in zip(schema.names, schema.types, strict=True)])
    options = csv.WriteOptions(quoting_style="needed", quoting_header="needed")
    with csv.CSVWriter(out, plain, write_options=options) as writer:
        for batch in batches:
            columns = [_csv_column(column, field.type) for column, field in zip(batch.columns, plain, strict=True)]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=plain))


def _csv_type(kind: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    return kind if _is_right(kind) or pa.types.is_boolean(kind) else pa.string()


def _csv_column(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return a column for CSV: names do nothing to a terminal, what nests is written as JSON, no NaN."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(kind):
        values = column.to_pylist()
        return pa.array([None if value is None else printable(_word(value)) for value in values], pa.string())
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_finite(column), column, None)
    return column


def _write_parquet(schema: pa.Schema, batches: Iterable[pa.RecordBatch], out: BinaryIO) -> None:
    from pyarrow import parquet

    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)


def _write_arrow(schema: pa.Schema, batches: Iterable[pa.RecordBatch], out: BinaryIO) -> None:
    import pyarrow as pa

    with pa.ipc.new_file(out, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
