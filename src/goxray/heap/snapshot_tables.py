"""From what one look at a target found to the tables of a snapshot file.

Whoever takes a look fills a :class:`SnapshotInput`; :func:`snapshot_tables` yields the tables, and
:func:`snapshot_manifest` what stands beside them, both for :func:`goxray.store.snapshot.write_snapshot`.

What must happen inside the freeze: the maps are found and counted (``maps.inspect.Inspector.look``), their parts read
(``maps.parts.map_parts``, before ``build_rows`` uses the census up), the goroutines' words and stacks copied
(``heap.goroutine_rows.read_facts``), and the heap captured. All else can be done when the target runs again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from goxray import __version__
from goxray.core.result import MapTotals
from goxray.core.snapshot_schema import (
    DOMINATORS_FROM,
    DOMINATORS_KEPT,
    PUBLIC_TABLES,
    ROOTS,
    SPANS,
    TABLES_OR_BUCKETS,
    AnyColumn,
    table_of,
)
from goxray.heap.graph import I64, U64, Roots
from goxray.maps.parts import PART_KINDS
from goxray.maps.tables import map_table
from goxray.store.manifest import Manifest

if TYPE_CHECKING:
    from goxray.core.heap_result import Reconcile
    from goxray.core.result import BuildInfo, Consistency, Fault, TargetInfo
    from goxray.goruntime.rootset import RootHolder
    from goxray.goruntime.spans import SpanTable
    from goxray.maps.parts import Parts
    from goxray.maps.rows import MapRows

_SMALL = 1 << 16


@dataclass
class SnapshotInput:
    """Everything that one look found, as a snapshot needs it.

    Attributes:
        target: what was looked at.
        build: how it was built.
        consistency: stopped, racy or core.
        freeze_ms: how long it stood still.
        taken_at: UTC, as :func:`now` gives it.
        heap: the heap's totals.
        maps: one row a map, built with ``detail=True``.
        parts: of the same maps, by ``maps.parts.map_parts``.
        spans: the spans in use.
        tables: whole tables (not cut to a limit) in the columns of core/heap_schema.py, by their names there:
            ``types``, ``owners``, ``dominators`` (at least all that :func:`keep_dominators` keeps), ``suspects``,
            ``collections``, ``fills``, ``rss``; in those of core/snapshot_schema.py: ``roots`` (see
            :func:`root_table`) and ``goroutines`` (see ``heap.goroutine_rows``). Those that are missing here are
            missing in the file.
        reachable_bytes: int64, one a span: bytes of slots whose objects a root reaches; None where not worked out.
        internal: name (with an underscore first) and rows of the tables that only goxray's commands read.
        extra: small plain values for those commands, ready for JSON.
        notes: sentences for the reader.
        faults: what could not be read.
        unverified: nobody has checked the layout of this Go version.
    """

    target: TargetInfo
    build: BuildInfo
    consistency: Consistency
    freeze_ms: float
    taken_at: str
    heap: Reconcile
    maps: MapRows
    parts: Parts
    spans: SpanTable
    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    reachable_bytes: I64 | None = None
    internal: Iterable[tuple[str, pa.Table | Iterable[pa.RecordBatch]]] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unverified: bool = False


def now() -> str:
    """Return this moment as snapshots write it: UTC, RFC 3339, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def snapshot_manifest(found: SnapshotInput) -> Manifest:
    """Return what the snapshot says of itself."""
    rows = found.maps
    return Manifest(
        goxray=__version__,
        taken_at=found.taken_at,
        target=found.target,
        build=found.build,
        consistency=found.consistency,
        freeze_ms=found.freeze_ms,
        unverified=found.unverified,
        heap=found.heap,
        maps=MapTotals(
            maps=len(rows),
            entries=int(rows.entries.sum()),
            slots=int(rows.slots.sum()),
            bytes=int(rows.bytes.sum()),
            wasted_bytes=int(rows.wasted_bytes.sum()),
        ),
        notes=list(found.notes),
        faults=list(found.faults),
        extra=dict(found.extra),
    )


def snapshot_tables(found: SnapshotInput) -> Iterator[tuple[str, pa.Table | Iterable[pa.RecordBatch]]]:
    """Yield the tables of a snapshot in the order of the file; large ones in batches, each made when it is written."""
    yield "maps", map_batches(found.maps)
    yield "tables_or_buckets", part_table(found.parts)
    yield "spans", span_table(found.spans, found.reachable_bytes)
    named = {"objects_by_type": "types"}
    for name in PUBLIC_TABLES:
        given = found.tables.get(named.get(name, name))
        if given is not None:
            yield name, keep_dominators(given) if name == "dominators" else fitted(PUBLIC_TABLES[name], given)
    yield from found.internal


def map_batches(rows: MapRows) -> Iterator[pa.RecordBatch]:
    """Yield the table ``maps`` in batches, in the rows' own order: millions of maps are not held twice."""
    columns = PUBLIC_TABLES["maps"]
    for first in range(0, max(len(rows), 1), _SMALL):
        chosen = np.arange(first, min(first + _SMALL, len(rows)))
        table = fitted(columns, map_table(rows, chosen))
        yield table.to_batches()[0] if table.num_rows else _empty(columns)


def _empty(columns: tuple[AnyColumn, ...]) -> pa.RecordBatch:
    schema = table_of(columns, {}).schema
    return pa.RecordBatch.from_arrays([pa.nulls(0, f.type) for f in schema], schema=schema)


def fitted(columns: tuple[AnyColumn, ...], table: pa.Table) -> pa.Table:
    """Return a table with these columns in this order and nothing else; columns that it lacks are null."""
    return table_of(columns, {c.name: table.column(c.name) for c in columns if c.name in table.column_names})


def keep_dominators(table: pa.Table) -> pa.Table:
    """Return the rows of a table of dominators, sorted by what they retain, that a snapshot keeps."""
    import pyarrow.compute as pc

    large = pc.sum(pc.greater_equal(table.column("retained_bytes"), DOMINATORS_FROM)).as_py() or 0
    return fitted(PUBLIC_TABLES["dominators"], table.slice(0, max(large, DOMINATORS_KEPT)))


def part_table(parts: Parts) -> pa.Table:
    """Return the table ``tables_or_buckets``."""
    only = {
        name: pa.array(getattr(parts, name), mask=getattr(parts, name) < 0)
        for name in ("growth_left", "local_depth", "directory_slots")
    }
    plain = {name: pa.array(getattr(parts, name)) for name in ("map", "units", "slots", "used", "tombstones", "bytes")}
    kinds = pa.DictionaryArray.from_arrays(pa.array(parts.kind.astype(np.int32)), pa.array(PART_KINDS))
    addr = pa.array(parts.addr, mask=parts.addr == 0)
    return table_of(TABLES_OR_BUCKETS, {**plain, **only, "kind": kinds, "addr": addr})


def span_table(spans: SpanTable, reachable_bytes: I64 | None = None) -> pa.Table:
    """Return the table ``spans``: those that hold heap objects, by address."""
    taken = spans.alloc_count.astype(np.int64)
    size = spans.elem_size.astype(np.int64)
    plain = {
        "start": spans.start,
        "pages": spans.pages.astype(np.int64),
        "elem_size": size,
        "nelems": spans.nelems.astype(np.int64),
        "allocated": taken,
        "free": spans.nelems.astype(np.int64) - taken,
        "span_class": spans.span_class.astype(np.int64),
        "noscan": (spans.span_class & 1).astype(np.bool_),
        "live_bytes": taken * size,
    }
    if reachable_bytes is not None:
        plain["reachable_bytes"] = reachable_bytes
    state = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(spans), np.int32)), pa.array(["in use"]))
    return table_of(SPANS, {**{name: pa.array(column) for name, column in plain.items()}, "state": state})


def root_table(roots: Roots, holders: list[RootHolder], addrs: U64, type_of: I64, type_names: list[str]) -> pa.Table:
    """Return the table ``roots``.

    Args:
        roots: the root words that point to objects.
        holders: what ``roots.holder`` indexes.
        addrs: uint64[R], the address of each root's object.
        type_of: int64[R], the number of its type, -1 where that is not known.
        type_names: the types' names.
    """
    kinds, texts = ([getattr(holder, name) for holder in holders] for name in ("kind", "text"))
    return table_of(
        ROOTS,
        {
            "kind": _named(roots.holder.astype(np.int64), kinds),
            "text": _named(roots.holder.astype(np.int64), texts),
            "slot": pa.array(roots.slot, mask=roots.slot == 0),
            "addr": pa.array(addrs),
            "type": _named(type_of, type_names),
            "conservative": pa.array(roots.conservative),
        },
    )


def _named(index: I64, names: list[str]) -> pa.Array:
    """Return a column of names, each once in its dictionary; a negative index is null."""
    known: dict[str, int] = {}
    numbers = np.array([known.setdefault(name, len(known)) for name in names] or [0], np.int32)
    codes = pa.array(numbers[np.maximum(index, 0)], mask=index < 0)
    return pa.DictionaryArray.from_arrays(codes, pa.array(list(known), pa.string()))
