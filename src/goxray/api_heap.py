"""What goxray offers on whole heaps: the analysis, why an object is alive, snapshots. Part of :mod:`goxray.api`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.api_look import HeapLook, look_at
from goxray.core.errors import UsageError
from goxray.core.heap_result import HeapResult, OwnerPath
from goxray.core.heap_schema import HEAP_TABLES
from goxray.heap.analysis import Analysis
from goxray.heap.contents import MASKED, SHOWN
from goxray.heap.goroutine_rows import goroutine_table
from goxray.heap.graph import Roots
from goxray.heap.graph_tables import graph_tables, stored_paths
from goxray.heap.heap_tables import HeapTables, rss_rows
from goxray.heap.rss import SpanCensus, rss_table
from goxray.heap.snapshot_tables import SnapshotInput, now, root_table
from goxray.store.snapshot import is_snapshot, open_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from goxray.vault.mask.shown import Shown


_WHOLE = frozenset({"rss", "fills"})


def heap(
    target: str,
    *,
    exe: str | None = None,
    limit: int | None = None,
    freeze: bool = True,
    duplicates: bool = False,
    allow_unverified: bool = False,
    mask: Sequence[str] | None = ("all",),
    mask_key: bytes | bytearray | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> HeapResult:
    """Work out who holds the heap of a running Go program, a core dump or a snapshot.

    Args:
        target: a pid, or the path of a core file or snapshot.
        exe: the executable, where the target's own cannot be found.
        limit: at most so many rows of each table; None for all.
        freeze: stop the process while it is read; without, the result is ``racy``.
        duplicates: look for strings with equal contents too, and show them, masked: the rest may still be secrets.
        allow_unverified: read builds whose layout nobody has verified.
        mask: what is masked in strings that are shown, as ``goxray mask`` takes it; None shows them as they are.
        mask_key: the key for their tokens; None takes a random one that nobody keeps.
        progress: is told what goes on, with the share done, 0 to 1.

    Raises:
        GoxrayError: the target cannot be opened or read; the message says why and the hint what to do.
    """
    tell = progress or (lambda _text, _share: None)
    if is_snapshot(target):
        return _stored(target, limit, duplicates)
    masking = _masking(mask, mask_key) if duplicates else None
    kept = 0 if not duplicates else SHOWN if masking is None else MASKED
    with look_at(target, exe=exe, freeze=freeze, allow_unverified=allow_unverified, tell=tell, contents=kept) as look:
        tell("making tables", 0.95)
        tables, rows_total, paths = _shown(look, limit, masking)
    return HeapResult(
        target=look.target,
        build=look.build,
        consistency=look.consistency,
        freeze_ms=look.freeze_ms,
        reconcile=look.reconcile,
        tables=tables,
        rows_total=rows_total,
        paths=paths,
        faults=look.faults,
        notes=look.notes,
        unverified=look.unverified,
        duplicates_masked=None if masking is None else masking.told,
    )


def _shown(
    look: HeapLook, limit: int | None, masking: Shown | None
) -> tuple[dict[str, pa.Table], dict[str, int], list[OwnerPath]]:
    """Return every table, cut, how many rows each has, and the owner paths. Only strings that are shown are masked."""
    tables, paths = heap_tables(look)
    rows = {name: whole.num_rows for name, whole in tables.items()}
    if look.duplicates is not None:
        rows["duplicates"] = len(look.duplicates)
        tables["duplicates"] = look.duplicates.table(limit, None if masking is None else masking.text)
    order = [name for name in HEAP_TABLES if name in tables]
    return {name: _cut(name, tables[name], limit) for name in order}, {name: rows[name] for name in order}, paths


def _masking(what: Sequence[str] | None, key: bytes | bytearray | None) -> Shown | None:
    """Return what masks strings that are shown; None shows them as they are."""
    if what is None:
        return None
    from goxray.vault.mask.shown import Shown

    return Shown(what, key)


def _cut(name: str, whole: pa.Table, limit: int | None) -> pa.Table:
    """Cut a table to the first rows; an account and a histogram mean nothing unless they are whole."""
    return whole if name in _WHOLE else whole.slice(0, limit)


def _stored(path: str, limit: int | None, duplicates: bool) -> HeapResult:
    """Return what a snapshot says of its heap."""
    if duplicates:
        raise UsageError(
            f"{path} is a snapshot, which holds no contents: equal strings cannot be found in it",
            hint="give the pid of the process, or a core dump",
        )
    stored = {"types": "objects_by_type"}
    with open_snapshot(path) as opened:
        manifest = opened.manifest
        tables = {n: opened.table(stored.get(n, n)) for n in HEAP_TABLES if stored.get(n, n) in opened}
        paths = stored_paths(opened) if "_paths" in opened else []
        return HeapResult(
            target=manifest.target,
            build=manifest.build,
            consistency=manifest.consistency,
            freeze_ms=manifest.freeze_ms,
            reconcile=manifest.heap,
            tables={name: _cut(name, whole, limit) for name, whole in tables.items()},
            rows_total={name: whole.num_rows for name, whole in tables.items()},
            paths=paths,
            faults=list(manifest.faults),
            notes=list(manifest.notes),
            unverified=manifest.unverified,
        )


def snapshot_input(
    target: str,
    *,
    exe: str | None,
    freeze: bool,
    allow_unverified: bool,
    progress: Callable[[str, float], None] | None,
) -> SnapshotInput:
    """Take a whole look at a process or core, as a snapshot keeps it.

    Raises:
        GoxrayError: the target cannot be opened or read.
    """
    tell = progress or (lambda _text, _share: None)
    taken = now()
    with look_at(target, exe=exe, freeze=freeze, allow_unverified=allow_unverified, tell=tell, whole=True) as look:
        assert look.parts is not None and look.goroutines is not None
        tables, paths = heap_tables(look)
        tables["goroutines"] = goroutine_table(look.runtime, look.goroutines)
        tables["roots"] = _roots(look)
        census = _census(look.analysis)
        return SnapshotInput(
            target=look.target,
            build=look.build,
            consistency=look.consistency,
            freeze_ms=look.freeze_ms,
            taken_at=taken,
            heap=look.reconcile,
            maps=look.maps,
            parts=look.parts,
            spans=look.runtime.spans,
            tables=tables,
            reachable_bytes=census.reachable,
            internal=graph_tables(look.analysis, paths),
            notes=look.notes,
            faults=look.faults,
            unverified=look.unverified,
        )


def _roots(look: HeapLook) -> pa.Table:
    """The table ``roots`` of a snapshot."""
    graph, analysis = look.analysis.graph, look.analysis
    edges = graph.edges
    target = edges.target[graph.first_root :]
    counts = np.diff(edges.start[graph.objects :].astype(np.int64)).astype(np.int64)
    holder = np.repeat(np.arange(len(graph.holders)), counts).astype(np.int32)
    roots = Roots(target, edges.into[graph.first_root :], graph.slot, holder, graph.conservative)
    kinds = analysis.names.type_of[target].astype(np.int64)
    return root_table(roots, graph.holders, analysis.objects.addrs(target), kinds, analysis.names.types)


def heap_tables(look: HeapLook) -> tuple[dict[str, pa.Table], list[OwnerPath]]:
    """Return every table of a look but that of equal strings, whole, and the owner paths."""
    made = HeapTables(look.analysis)
    tables = {
        "types": made.types(),
        "owners": made.owners(),
        "dominators": made.dominators(),
        "suspects": made.suspects(),
    }
    tables["collections"], tables["fills"] = look.collections.tables()
    if look.account is not None:
        census = _census(look.analysis)
        tables["rss"] = rss_rows(rss_table(look.runtime, look.account, look.residency, census))
    return tables, made.paths()


def _census(analysis: Analysis) -> SpanCensus:
    """Count what fills the spans."""
    objects = analysis.objects
    live = analysis.reached_by_span() * objects.elem_size
    whole = np.diff(objects.first) * objects.elem_size
    return SpanCensus(live, whole - live, analysis.capture.dead_bytes, objects, analysis.reached)
