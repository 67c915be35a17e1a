"""The tables of a snapshot file: the public ones, which ``goxray query`` offers, and the internal ones.

Public tables are stable: a column keeps its name, its type and its meaning. The names of internal tables begin with an
underscore; they hold the object graph as :mod:`goxray.heap.graph` has it and may change with the format's number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from goxray.core.heap_schema import COLLECTIONS, DOMINATORS, FILLS, OWNERS, RSS, SUSPECTS, TYPES
from goxray.core.schema import MAP_COLUMNS, ArrowKind, Column, arrow_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

SNAPSHOT_SCHEMA_ID = "goxray.snapshot/1"
SNAPSHOT_SUFFIX = ".gox"

DOMINATORS_KEPT = 10_000
"""The table ``dominators`` holds at least so many objects, those that retain most."""

DOMINATORS_FROM = 64 << 10
"""The table ``dominators`` holds every object that retains at least so many bytes."""


@dataclass(frozen=True)
class StoredColumn:
    """A column of a type that only snapshots use; otherwise as :class:`goxray.core.schema.Column`."""

    name: str
    kind: Literal["bool", "uint16", "uint32"]
    meaning: str


AnyColumn = Column | StoredColumn

TABLES_OR_BUCKETS = (
    Column("map", "uint64", "address of the header of the map that it belongs to (maps.addr)"),
    Column("addr", "uint64", "address of the table, the one group or the bucket array; null for overflow"),
    Column(
        "kind",
        "dictionary",
        "Swiss: table, or group (a small map has just one); classic: current, old, overflow (all that are linked)",
    ),
    Column("units", "int64", "groups or buckets of eight slots; old: those not yet evacuated"),
    Column("slots", "int64", "slots in them"),
    Column("used", "int64", "slots found full by scanning; in a Swiss table, the table's own count (table.used)"),
    Column("tombstones", "int64", "Swiss: deleted control bytes; classic: emptyOne cells"),
    Column("growth_left", "int64", "table.growthLeft: inserts before the table grows; null for all but tables"),
    Column("local_depth", "int64", "table.localDepth; null for all but tables"),
    Column("directory_slots", "int64", "directory slots that lead to the table; null for all but tables"),
    Column("bytes", "int64", "heap bytes of it as allocated: table and groups, or the bucket array"),
)

ROOTS = (
    Column("kind", "dictionary", "global, goroutine, finalizer, cleanup, register or runtime"),
    Column("text", "dictionary", "the root in words: a global's name, a goroutine and its function"),
    Column("slot", "uint64", "address of the word that holds the pointer; null for a register"),
    Column("addr", "uint64", "address of the object that it points to"),
    Column("type", "dictionary", "that object's Go type"),
    StoredColumn("conservative", "bool", "nothing says that the word is a pointer: it may be a number"),
)

SPANS = (
    Column("start", "uint64", "address of the first byte"),
    Column("pages", "int64", "pages of 8 KiB"),
    Column("elem_size", "int64", "bytes of a slot"),
    Column("nelems", "int64", "slots"),
    Column("allocated", "int64", "slots that hold an object"),
    Column("free", "int64", "slots that hold none: nelems - allocated"),
    Column("span_class", "int64", "size class x 2, plus 1 for noscan; classes 0 and 1 are large objects"),
    StoredColumn("noscan", "bool", "its objects hold no pointers"),
    Column("state", "dictionary", "in use: holds heap objects"),
    Column("live_bytes", "int64", "allocated x elem_size"),
    Column("reachable_bytes", "int64", "bytes of slots whose objects a root reaches; null where not worked out"),
)

GOROUTINES = (
    Column("goid", "int64", "the goroutine's number"),
    Column("status", "dictionary", "idle, runnable, running, syscall, waiting, preempted, copystack or dead"),
    Column("function", "dictionary", "the innermost function outside the runtime; null where the stack is unknown"),
    Column("wait_reason", "dictionary", "why it waits, in the runtime's words; null where it does not or is stripped"),
    Column("start_function", "dictionary", "the function that the go statement called"),
    Column("stack_bytes", "int64", "bytes of its stack as allocated"),
)

PUBLIC_TABLES: dict[str, tuple[AnyColumn, ...]] = {
    "maps": MAP_COLUMNS,
    "tables_or_buckets": TABLES_OR_BUCKETS,
    "objects_by_type": TYPES,
    "owners": OWNERS,
    "dominators": DOMINATORS,
    "roots": ROOTS,
    "spans": SPANS,
    "goroutines": GOROUTINES,
    "suspects": SUSPECTS,
    "collections": COLLECTIONS,
    "fills": FILLS,
    "rss": RSS,
}

ABOUT: dict[str, str] = {
    "maps": "one row a map: what `goxray maps --group none` shows",
    "tables_or_buckets": "what maps are made of: one row a Swiss table, or a classic map's bucket array",
    "objects_by_type": "reachable objects and their bytes by Go type",
    "owners": "reachable objects and their bytes by what holds them",
    "dominators": "the objects that keep most alive: the biggest 10,000, and all that retain 64 KiB or more",
    "roots": "every word outside the heap that points to an object",
    "spans": "the runs of pages that hold heap objects of one size",
    "goroutines": "every goroutine that has a stack",
    "suspects": "objects and classes of owner that retain 10% or more of the heap",
    "collections": "maps, slices, channels and strings by type and owner: how full they are",
    "fills": "collections by how full they are",
    "rss": "what the resident memory of the process consists of",
}
"""What each public table holds, in one line."""

ALWAYS = ("maps", "tables_or_buckets")
"""The public tables that no snapshot lacks."""


def public_schema(name: str) -> pa.Schema:
    """Return the Arrow schema of a public table."""
    return stored_schema(PUBLIC_TABLES[name])


def stored_schema(columns: tuple[AnyColumn, ...]) -> pa.Schema:
    """Return the Arrow schema of a table of a snapshot."""
    import pyarrow as pa

    fields = [pa.field(c.name, _type(c.kind), metadata={b"meaning": c.meaning.encode()}) for c in columns]
    return pa.schema(fields, metadata={b"schema": SNAPSHOT_SCHEMA_ID.encode()})


def _type(kind: ArrowKind | Literal["bool", "uint16", "uint32"]) -> pa.DataType:
    import pyarrow as pa

    if kind == "bool":
        return pa.bool_()
    if kind == "uint16":
        return pa.uint16()
    if kind == "uint32":
        return pa.uint32()
    return arrow_type(kind)


def table_of(columns: tuple[AnyColumn, ...], values: Mapping[str, pa.Array]) -> pa.Table:
    """Return a table in these columns; those without values are null."""
    import pyarrow as pa

    schema = stored_schema(columns)
    count = max((len(array) for array in values.values()), default=0)
    arrays = [values[f.name] if f.name in values else pa.nulls(count, f.type) for f in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


@dataclass(frozen=True)
class TableInfo:
    """A public table of a snapshot: what it holds, how many rows, and its columns."""

    name: str
    about: str
    rows: int
    columns: tuple[AnyColumn, ...]
