"""The columns of every table goxray writes: one home, stable names.

pyarrow is imported only when a schema is asked for, so that ``import goxray`` stays light.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

ArrowKind = Literal["uint64", "int64", "int32", "float64", "string", "dictionary"]

MAPS_SCHEMA_ID = "goxray.maps/1"


@dataclass(frozen=True)
class Column:
    """One column: its stable name, Arrow type and meaning (with the unit)."""

    name: str
    kind: ArrowKind
    meaning: str


_IDENTITY = (
    Column("kind", "dictionary", "classic or swiss"),
    Column("type", "dictionary", "the map's Go type"),
    Column("key", "dictionary", "the key's Go type"),
    Column("elem", "dictionary", "the elem's Go type"),
)

_FIGURES = (
    Column("entries", "int64", "the header's own count (count / used)"),
    Column("full_slots", "int64", "slots found full by scanning"),
    Column("slots", "int64", "all slots the map owns now"),
    Column("tombstones", "int64", "Swiss: deleted control bytes; classic: emptyOne cells"),
    Column("load", "float64", "entries / slots; null without slots"),
    Column("bytes", "int64", "heap bytes of the map's own structure as allocated"),
    Column("indirect_bytes", "int64", "heap bytes of keys and elems stored by pointer (over 128 bytes)"),
    Column("rebuilt_bytes", "int64", "expected bytes after copying into make(map[K]V, entries)"),
    Column("wasted_bytes", "int64", "max(0, bytes - rebuilt_bytes)"),
)

_HELD = (
    Column("owner", "dictionary", "what holds the map, as a Go expression where one exists"),
    Column("found_by", "dictionary", "typed, structural or both"),
)

CLASSIC_DETAIL = (
    Column("B", "int64", "log2 of the bucket count (hmap.B)"),
    Column("buckets", "int64", "buckets in the current array, overflow areas left out"),
    Column("overflow_buckets", "int64", "overflow buckets linked to current and unevacuated old buckets"),
    Column("noverflow", "int64", "hmap.noverflow: approximate from B = 16 up"),
    Column("old_buckets", "int64", "old buckets not yet evacuated"),
    Column("nevacuate", "int64", "hmap.nevacuate: old buckets below it are evacuated"),
)

SWISS_DETAIL = (
    Column("tables", "int64", "distinct tables behind the directory"),
    Column("groups", "int64", "groups of eight slots over all tables"),
    Column("dir_len", "int64", "Map.dirLen: 0 for a small map"),
    Column("global_depth", "int64", "Map.globalDepth: log2 of the directory's length"),
    Column("growth_left", "int64", "sum of table.growthLeft"),
    Column("small", "int64", "1 when dirPtr is one group (no directory)"),
)

MAP_COLUMNS = (
    Column("addr", "uint64", "address of the map's header"),
    *_IDENTITY,
    *_FIGURES,
    *_HELD,
    *CLASSIC_DETAIL,
    *SWISS_DETAIL,
)
"""``--group none``: one row a map. Detail columns of the other kind are null."""

GROUP_COLUMNS = (
    Column("count", "int64", "maps in the group"),
    *_IDENTITY,
    *_FIGURES,
    Column("load_min", "float64", "the emptiest map's load"),
    Column("load_median", "float64", "the median map's load"),
    Column("load_max", "float64", "the fullest map's load"),
    *_HELD,
)
"""``--group owner|type``: one row a group; figures are sums, ``load`` is sum(entries) / sum(slots).

Identity and held columns hold the common value, or ``(mixed)`` where members differ.
"""

MIXED = "(mixed)"


def columns_for(group: str) -> tuple[Column, ...]:
    """Return the columns of ``goxray maps`` for ``--group`` owner, type or none."""
    return MAP_COLUMNS if group == "none" else GROUP_COLUMNS


def arrow_type(kind: ArrowKind) -> pa.DataType:
    """Return the Arrow type of a kind of column."""
    import pyarrow as pa

    return {
        "uint64": pa.uint64(),
        "int64": pa.int64(),
        "int32": pa.int32(),
        "float64": pa.float64(),
        "string": pa.string(),
        "dictionary": pa.dictionary(pa.int32(), pa.string()),
    }[kind]


def maps_schema(group: str) -> pa.Schema:
    """Return the Arrow schema of ``goxray maps`` for ``--group`` owner, type or none."""
    import pyarrow as pa

    fields = [
        pa.field(column.name, arrow_type(column.kind), metadata={b"meaning": column.meaning.encode()})
        for column in columns_for(group)
    ]
    return pa.schema(fields, metadata={b"schema": MAPS_SCHEMA_ID.encode()})
