"""SQL over the public tables of a snapshot, by DuckDB, in memory and locked up.

A query sees the tables that it names and nothing else: no file, no network, no extension, no variable of this program.
Tables are read column by column as the query needs them.
"""

from __future__ import annotations

import difflib
import os
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import dataset

from goxray.core.errors import BadQuery, GoxrayError, NotInstalled
from goxray.core.snapshot_schema import PUBLIC_TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor
    from types import ModuleType

    from goxray.store.snapshot import Snapshot

_WORD = re.compile(r"\w+")
_PLACE = re.compile(r"^LINE (?P<line>\d+): (?P<text>[^\n]*)\n(?P<mark> *)\^", re.MULTILINE)
_NOT_FOUND = re.compile(r'(?:column "|column named "|Table with name |Function with name )(?P<name>[^"\s]+)')
_KIND = re.compile(r"^[A-Z]\w*( [A-Z]\w*)* Error: ")
_READING = frozenset({"SELECT", "EXPLAIN", "PRAGMA", "CALL", "RELATION"})
_ALL_TABLES = frozenset({"tables", "information_schema", "duckdb_tables", "duckdb_columns"})
_SHARE_OF_RAM = 4
_LEAST_MEMORY = 512 << 20


@dataclass(frozen=True)
class QueryResult:
    """The answer: column names and types in ``schema``, and the rows, which are worked out as they are fetched."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]

    def table(self) -> pa.Table:
        """Fetch all rows."""
        return pa.Table.from_batches(list(self.batches), self.schema)


@contextmanager
def run_query(snapshot: Snapshot, sql: str) -> Iterator[QueryResult]:
    """Answer one SELECT statement over the public tables of a snapshot, while the context lasts.

    Raises:
        BadQuery: the SQL is wrong; the message tells where.
        BadSnapshot: a table that the query names is damaged.
        NotInstalled: there is no DuckDB here.
        GoxrayError: the query needs more memory than it may have.
    """
    duckdb = _duckdb()
    with duckdb.connect(":memory:", config=_config()) as connection, _errors(duckdb, snapshot, sql):
        connection.execute("SET python_enable_replacements=false")
        _check(duckdb, connection, sql)
        for name in tables_named(snapshot, sql):
            connection.register(name, _dataset(snapshot, name))
        connection.execute("SET enable_external_access=false")
        connection.execute("SET lock_configuration=true")
        relation = _relation(duckdb, connection, sql)
        with ThreadPoolExecutor(1) as worker:
            reader = _wait(worker, connection, lambda: pa.RecordBatchReader.from_stream(relation))
            schema = _plain_schema(reader.schema)
            yield QueryResult(schema, _batches(worker, connection, reader, schema))


def _batches(worker: Executor, connection: Any, reader: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    while True:
        batch = _wait(worker, connection, lambda: next(reader, None))
        if batch is None:
            return
        yield _plain_batch(batch, schema)


def _wait(worker: Executor, connection: Any, work: Callable[[], Any]) -> Any:
    """Let DuckDB work in another thread: inside it, it would not hear of Ctrl-C until the answer is there."""
    future = worker.submit(work)
    try:
        return future.result()
    except (KeyboardInterrupt, SystemExit):
        connection.interrupt()
        raise


def _relation(duckdb: ModuleType, connection: Any, sql: str) -> Any:
    try:
        relation = connection.sql(sql)
    except duckdb.Error:
        connection.execute(sql)  # fails alike, and tells where
        raise
    if relation is None:
        raise BadQuery("the query returns no rows", hint="goxray query answers SELECT statements")
    return relation


def tables_named(snapshot: Snapshot, sql: str) -> list[str]:
    """Return the public tables of the snapshot whose names occur in the query; all where it asks what there is."""
    words = {word.lower() for word in _WORD.findall(sql)}
    return [name for name in PUBLIC_TABLES if name in snapshot and (name in words or words & _ALL_TABLES)]


def _duckdb() -> ModuleType:
    try:
        import duckdb
    except ImportError as error:
        raise NotInstalled(
            "goxray query needs the package duckdb, which is not installed", hint="pip install duckdb"
        ) from error
    module: ModuleType = duckdb
    return module


def _config() -> dict[str, Any]:
    """How DuckDB is set up: no extensions, as many threads as this process may use, no spilling to disk."""
    ram = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "threads": len(os.sched_getaffinity(0)),
        "memory_limit": f"{max(ram // _SHARE_OF_RAM, _LEAST_MEMORY) >> 20}MiB",
        "temp_directory": "",
    }


def _dataset(snapshot: Snapshot, name: str) -> Any:
    """Return a table as a data set, of which DuckDB reads the columns that it needs."""
    named = [c.name for c in PUBLIC_TABLES[name] if c.kind == "dictionary"]
    form = dataset.ParquetFileFormat(read_options=dataset.ParquetReadOptions(dictionary_columns=named))
    fragment = form.make_fragment(pa.BufferReader(snapshot.buffer(name)))
    return dataset.FileSystemDataset([fragment], fragment.physical_schema, form)


def _check(duckdb: ModuleType, connection: Any, sql: str) -> None:
    """Let only one statement that reads pass.

    Raises:
        BadQuery: it is none.
    """
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        what = "there is no query" if not statements else f"there are {len(statements)} statements"
        raise BadQuery(what, hint="give one SELECT statement in quotes")
    kind = statements[0].type.name
    if kind not in _READING:
        raise BadQuery(
            f"{kind.replace('_', ' ')} is not for snapshots: they are only read",
            hint="give one SELECT statement in quotes",
        )


def _plain_schema(schema: pa.Schema) -> pa.Schema:
    return pa.schema([pa.field(f.name, _plain_type(f.type)) for f in schema])


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """Sums of integers come as decimals of 38 digits, names as enumerations: whole numbers and strings are meant."""
    if pa.types.is_decimal(kind) and kind.scale == 0:
        return pa.int64()
    if pa.types.is_dictionary(kind):
        return pa.string()
    return kind


def _plain_batch(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = []
    for column, field in zip(batch.columns, schema, strict=True):
        if pa.types.is_decimal(column.type) and field.type == pa.int64():
            try:
                columns.append(column.cast(pa.int64()))
            except pa.ArrowInvalid as error:
                what = f"a number in the column {field.name} needs more than 64 bits"
                raise BadQuery(what, hint="cast it to double in the query") from error
        else:
            columns.append(column.cast(field.type) if column.type != field.type else column)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


@contextmanager
def _errors(duckdb: ModuleType, snapshot: Snapshot, sql: str) -> Iterator[None]:
    """Turn DuckDB's errors into one line that says where in the query, and a hint."""
    try:
        yield
    except duckdb.PermissionException as error:
        raise BadQuery(
            "a query sees the tables of the snapshot and nothing else: no files, no network",
            hint=f"goxray query {snapshot.path} --tables lists the tables",
        ) from error
    except (duckdb.Error, OSError, pa.ArrowException) as error:  # while rows are fetched, Arrow passes errors on
        if "Out of Memory Error" in str(error) or isinstance(error, pa.ArrowMemoryError):
            raise GoxrayError(
                "the query needs more memory than a quarter of this machine's",
                hint="select fewer columns or rows, or group and sort by fewer",
            ) from error
        raise _explained(str(error), snapshot, sql) from error


def _explained(message: str, snapshot: Snapshot, sql: str) -> BadQuery:
    """Return what DuckDB says as an error of ours: its first line, the place, and similar names."""
    hint = f"goxray query {snapshot.path} --tables lists tables and columns"
    first = _KIND.sub("", message.split("\n", 1)[0]).rstrip("!.")
    missing = _NOT_FOUND.search(first)
    name = missing["name"].lower() if missing else ""
    if name in PUBLIC_TABLES and name not in snapshot:
        return BadQuery(f"{snapshot.path} has no table {name}", hint=hint)
    found = _PLACE.search(message)
    where = f" (line {found['line']}, column {_column(found, sql)})" if found else ""
    similar = _similar(name, message, first) if name else ""
    return BadQuery(f"{first}{where}", hint=f"did you mean {similar}? {hint}" if similar else hint)


def _column(found: re.Match[str], sql: str) -> int:
    """The place of the caret in its line of the query, counted from 1.

    DuckDB shows a part of a long line between dots, and puts the caret by terminal cells.
    """
    cells = len(found["mark"]) - len(f"LINE {found['line']}: ")
    before = ""
    for letter in found["text"]:
        if cells <= 0:
            break
        before += letter
        cells -= 2 if unicodedata.east_asian_width(letter) in "WF" else 1
    shown = found["text"]
    whole = sql.splitlines()[int(found["line"]) - 1]
    lead = 3 if shown.startswith("...") and not whole.startswith("...") else 0
    part = shown[lead:].removesuffix("...")
    return max(whole.find(part), 0) + len(before) - lead + 1


def _similar(name: str, message: str, first: str) -> str:
    """Return the names that the query could mean: ours that look alike, else what DuckDB proposes."""
    if first.startswith("Table"):
        known = list(PUBLIC_TABLES)
    elif "column" in first:
        known = sorted({c.name for columns in PUBLIC_TABLES.values() for c in columns})
    else:
        proposed = re.findall(r'Did you mean "(\w+)"', message)
        return proposed[0] if proposed else ""
    return " or ".join(difflib.get_close_matches(name, known, n=2))
