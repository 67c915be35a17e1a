"""The columns of what ``goxray heap``, ``why`` and ``diff`` write: one home, stable names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.core.schema import Column, arrow_type

if TYPE_CHECKING:
    import pyarrow as pa

HEAP_SCHEMA_ID = "goxray.heap/1"
WHY_SCHEMA_ID = "goxray.why/1"
DIFF_SCHEMA_ID = "goxray.diff/1"

_HELD = Column("retained_bytes", "int64", "bytes that would go with it: it and all that only it keeps alive")

TYPES = (
    Column("type", "dictionary", "the objects' Go type; [...] before it for the array behind a slice"),
    Column("objects", "int64", "allocated objects of the type that a root reaches"),
    Column("bytes", "int64", "bytes of their heap slots"),
    _HELD,
)

OWNERS = (
    Column("owner", "dictionary", "what holds the objects, as a Go expression where one exists"),
    Column("kind", "dictionary", "global, goroutine, finalizer, runtime or unreachable"),
    Column("objects", "int64", "objects first reached this way"),
    Column("bytes", "int64", "bytes of their heap slots"),
    _HELD,
)

DOMINATORS = (
    Column("addr", "uint64", "the object's address"),
    Column("type", "dictionary", "its Go type"),
    Column("owner", "dictionary", "what holds it"),
    Column("bytes", "int64", "bytes of its own slot"),
    _HELD,
    Column("retained_objects", "int64", "objects that would go with it, itself included"),
)

SUSPECTS = (
    Column("kind", "dictionary", "object: one object; owner: many objects held the same way"),
    Column("owner", "dictionary", "what holds the memory"),
    Column("type", "dictionary", "type of the object, or of the objects"),
    Column("addr", "uint64", "address of the object; null for a class of owner"),
    Column("count", "int64", "objects that are suspected together; 1 for one object"),
    _HELD,
    Column("retained_objects", "int64", "objects that would go with it"),
    Column("share", "float64", "retained_bytes / all reachable bytes, 0 to 1"),
    Column("accumulation_owner", "dictionary", "where the memory piles up below the suspect, as a Go expression"),
    Column("accumulation_type", "dictionary", "type of the object where it piles up"),
    Column("accumulation_addr", "uint64", "address of that object; null where there are many"),
    Column("accumulation_bytes", "int64", "bytes retained by that object"),
    Column("accumulation_objects", "int64", "objects that hang directly on that object"),
    Column("accumulation_member_type", "dictionary", "the commonest type of those, by retained bytes"),
)

COLLECTIONS = (
    Column("kind", "dictionary", "map, slice, chan or string"),
    Column("type", "dictionary", "the collections' Go type"),
    Column("owner", "dictionary", "what holds them"),
    Column("count", "int64", "collections in the row"),
    Column("used", "int64", "elements in use: entries, len, queued; bytes of strings"),
    Column("capacity", "int64", "elements there is room for: slots, cap; bytes of the arrays that strings keep"),
    Column("bytes", "int64", "bytes of the collections' own arrays as allocated"),
    Column("wasted_bytes", "int64", "bytes of the unused part (maps: as `goxray maps` has it)"),
    Column("fill", "float64", "used / capacity; null without capacity"),
)

FILLS = (
    Column("kind", "dictionary", "map, slice, chan or string"),
    Column("fill_from", "float64", "fill ratio from ..."),
    Column("fill_to", "float64", "... to below (1.0 included in the last)"),
    Column("count", "int64", "collections that are so full"),
    Column("bytes", "int64", "bytes of their arrays"),
    Column("wasted_bytes", "int64", "bytes of their unused parts"),
)

DUPLICATES = (
    Column("text", "string", "the content, shortened; masked where duplicates_masked is there; shown only on request"),
    Column("length", "int64", "bytes of the content"),
    Column("count", "int64", "distinct arrays that hold this content"),
    Column("bytes", "int64", "bytes of their heap slots"),
    Column("wasted_bytes", "int64", "bytes of all but one of them"),
)

RSS = (
    Column("category", "dictionary", "what the memory is; see docs/heap.md"),
    Column("bytes", "int64", "bytes of address space in the category"),
    Column("resident_bytes", "int64", "bytes of it in RAM; they add up to the Rss of smaps. Null for a core"),
)

HEAP_TABLES: dict[str, tuple[Column, ...]] = {
    "types": TYPES,
    "owners": OWNERS,
    "dominators": DOMINATORS,
    "suspects": SUSPECTS,
    "collections": COLLECTIONS,
    "fills": FILLS,
    "duplicates": DUPLICATES,
    "rss": RSS,
}

DIFF_OWNERS = (
    Column("owner", "dictionary", "what holds the objects, in both"),
    Column("change", "dictionary", "grew, shrank, came, went or same"),
    Column("objects_before", "int64", "objects in the first"),
    Column("objects_after", "int64", "objects in the second"),
    Column("objects_delta", "int64", "after - before"),
    Column("bytes_before", "int64", "bytes in the first"),
    Column("bytes_after", "int64", "bytes in the second"),
    Column("bytes_delta", "int64", "after - before"),
)
DIFF_TYPES = (Column("type", "dictionary", "the objects' Go type, in both"), *DIFF_OWNERS[1:])
DIFF_MAPS = (
    Column("owner", "dictionary", "what holds the maps, in both"),
    Column("type", "dictionary", "the maps' Go type, in both"),
    Column("change", "dictionary", "grew, shrank, came, went or same (by entries, then bytes)"),
    *(
        Column(f"{what}_{when}", "int64", f"{what} {meaning}")
        for what in ("maps", "entries", "bytes")
        for when, meaning in (("before", "in the first"), ("after", "in the second"), ("delta", "after - before"))
    ),
)

DIFF_TABLES: dict[str, tuple[Column, ...]] = {"owners": DIFF_OWNERS, "types": DIFF_TYPES, "maps": DIFF_MAPS}


def arrow_schema(columns: tuple[Column, ...], schema_id: str) -> pa.Schema:
    """Return the Arrow schema of one of these tables."""
    import pyarrow as pa

    fields = [pa.field(c.name, arrow_type(c.kind), metadata={b"meaning": c.meaning.encode()}) for c in columns]
    return pa.schema(fields, metadata={b"schema": schema_id.encode()})
