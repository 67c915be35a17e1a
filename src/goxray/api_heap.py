"""What goxray offers on whole heaps: the analysis, why an object is alive, snapshots. Part of :mod:`goxray.api`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import BadCore, CorruptMemory, GoxrayError, MemoryFault, ProcessGone, StrippedBinary, UsageError
from goxray.core.heap_result import HeapResult, OwnerPath, Reconcile
from goxray.core.heap_schema import HEAP_TABLES
from goxray.core.result import BuildInfo, Fault, TargetInfo
from goxray.goruntime.accounts import Account, read_account
from goxray.goruntime.heapstats import runtime_live_objects, runtime_marked_bytes
from goxray.goruntime.runtime import Runtime
from goxray.heap.analysis import Analysis, analyse
from goxray.heap.collections import find_collections
from goxray.heap.contents import Contents
from goxray.heap.duplicates import duplicates_table
from goxray.heap.goroutine_rows import GoroutineFacts, goroutine_table, read_facts
from goxray.heap.graph import Roots
from goxray.heap.graph_tables import graph_tables, stored_paths
from goxray.heap.heap_tables import HeapTables, rss_rows
from goxray.heap.rss import SpanCensus, rss_table
from goxray.heap.snapshot_tables import SnapshotInput, now, root_table
from goxray.heap.statics import Statics
from goxray.heap.take import RawCapture, take
from goxray.heap.warm import warm_up
from goxray.maps.found import UNKNOWN
from goxray.maps.inspect import Findings, Inspector
from goxray.maps.parts import Parts, map_parts
from goxray.maps.rows import MapRows, build_rows
from goxray.store.snapshot import is_snapshot, open_snapshot
from goxray.target.allocator import give_back
from goxray.target.open import Target, open_target
from goxray.target.residency import Residency, take_residency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from goxray.core.result import Consistency
    from goxray.goruntime.goroutines import Goroutine
    from goxray.goruntime.types import GoType


@dataclass
class HeapLook:
    """What one look at a target's heap has read, and what was worked out of it.

    ``parts`` of maps and ``goroutines`` are there only where a snapshot was asked for, ``contents`` only where equal
    strings were.
    """

    target: TargetInfo
    build: BuildInfo
    consistency: Consistency
    freeze_ms: float
    unverified: bool
    runtime: Runtime
    maps: MapRows
    analysis: Analysis
    reconcile: Reconcile
    account: Account | None
    residency: Residency | None
    parts: Parts | None = None
    goroutines: GoroutineFacts | None = None
    contents: Contents | None = None
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def heap(
    target: str,
    *,
    exe: str | None = None,
    limit: int | None = None,
    freeze: bool = True,
    duplicates: bool = False,
    allow_unverified: bool = False,
    progress: Callable[[str, float], None] | None = None,
) -> HeapResult:
    """Work out who holds the heap of a running Go program, a core dump or a snapshot.

    Args:
        target: a pid, or the path of a core file or snapshot.
        exe: the executable, where the target's own cannot be found.
        limit: at most so many rows of each table; None for all.
        freeze: stop the process while it is read; without, the result is ``racy``.
        duplicates: look for strings with equal contents too, and show them: they may be secrets.
        allow_unverified: read builds whose layout nobody has verified.
        progress: is told what goes on, with the share done, 0 to 1.

    Raises:
        GoxrayError: the target cannot be opened or read; the message says why and the hint what to do.
    """
    tell = progress or (lambda _text, _share: None)
    if is_snapshot(target):
        if duplicates:
            raise UsageError(
                f"{target} is a snapshot, which holds no contents: equal strings cannot be found in it",
                hint="give the pid of the process, or a core dump",
            )
        return _stored(target, limit)
    with look_at(
        target, exe=exe, freeze=freeze, allow_unverified=allow_unverified, tell=tell, contents=duplicates
    ) as look:
        tell("making tables", 0.95)
        tables, paths = heap_tables(look)
    return HeapResult(
        target=look.target,
        build=look.build,
        consistency=look.consistency,
        freeze_ms=look.freeze_ms,
        reconcile=look.reconcile,
        tables={name: whole.slice(0, limit) for name, whole in tables.items()},
        rows_total={name: whole.num_rows for name, whole in tables.items()},
        paths=paths,
        faults=look.faults,
        notes=look.notes,
        unverified=look.unverified,
    )


def _stored(path: str, limit: int | None) -> HeapResult:
    """Return what a snapshot says of its heap."""
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
            tables={name: whole.slice(0, limit) for name, whole in tables.items()},
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
    """Return every table of a look, whole, and the owner paths."""
    made = HeapTables(look.analysis)
    tables = {
        "types": made.types(),
        "owners": made.owners(),
        "dominators": made.dominators(),
        "suspects": made.suspects(),
    }
    tables["collections"], tables["fills"] = find_collections(look.runtime, look.analysis, look.maps).tables()
    if look.contents is not None:
        tables["duplicates"] = duplicates_table(look.analysis, look.contents)
    if look.account is not None:
        census = _census(look.analysis)
        tables["rss"] = rss_rows(rss_table(look.runtime, look.account, look.residency, census))
    return tables, made.paths()


@contextmanager
def look_at(
    target: str,
    *,
    exe: str | None,
    freeze: bool,
    allow_unverified: bool,
    tell: Callable[[str, float], None],
    whole: bool = False,
    contents: bool = False,
) -> Iterator[HeapLook]:
    """Read a target's heap and work it out; the target runs again before the working out begins.

    With ``whole`` the parts of maps and the goroutines are read too, for a snapshot; with ``contents`` strings are
    compared. The target stays open inside the context.
    """
    tell("opening the target", 0.0)
    with open_target(target, exe) as opened:
        try:
            yield _Look(opened, freeze, allow_unverified, tell, whole=whole, contents=contents).done()
        except MemoryFault as fault:
            raise cannot_look(opened, fault) from fault


@dataclass
class _Read:
    """What was read inside the freeze; ``counts`` are the runtime's own: live objects, live bytes, marked bytes."""

    findings: Findings
    raw: RawCapture
    counts: tuple[int | None, int | None, int | None]
    residency: Residency | None
    account: Account
    parts: Parts | None
    goroutines: GoroutineFacts | None


class _Look:
    def __init__(
        self,
        target: Target,
        freeze: bool,
        allow_unverified: bool,
        tell: Callable[[str, float], None],
        *,
        whole: bool,
        contents: bool,
    ) -> None:
        self._whole, self._contents = whole, contents
        self._target = target
        self._freeze = freeze
        self._tell = tell
        self._runtime = Runtime(target, allow_unverified=allow_unverified)
        self._inspector = Inspector(self._runtime)

    def done(self) -> HeapLook:
        """Take the look."""
        runtime, target = self._runtime, self._target
        self._tell("learning the program's types", 0.02)
        runtime.globals()
        statics = Statics(runtime)
        warm_up(contents=self._contents)
        if target.kind == "process":
            self._inspector.rehearse()
        freeze_ms = 0.0
        if self._freeze:
            with target.freeze() as frozen:
                read = self._read(statics)
            freeze_ms = frozen.ms
        else:
            read = self._read(statics)
        give_back()
        headers = map_headers(read.findings)
        rows = build_rows(read.findings, runtime.layout, self._inspector.rebuilder, detail=self._whole)
        notes = [*target.notes, *read.findings.notes, *read.raw.notes, *read.raw.roots.roots.notes]
        contents = read.raw.contents
        analysis = analyse(runtime, read.raw, headers, self._tell)
        return HeapLook(
            contents=contents,
            target=TargetInfo(target.kind, target.pid, target.exe),
            build=_build(target),
            consistency=self._consistency(),
            freeze_ms=round(freeze_ms, 3),
            unverified=not runtime.layout.verified,
            runtime=runtime,
            maps=rows,
            analysis=analysis,
            reconcile=_reconcile(analysis, read.counts),
            account=read.account,
            residency=read.residency,
            parts=read.parts,
            goroutines=read.goroutines,
            notes=notes + read.account.notes + (read.residency.explained() if read.residency else []),
        )

    def _read(self, statics: Statics) -> _Read:
        """Everything that needs the target's memory at one moment."""
        runtime, target = self._runtime, self._target
        findings = self._inspector.look(racy=target.kind == "process" and not self._freeze, progress=self._tell)
        self._tell("copying pointers", 0.4)
        raw = take(
            runtime, statics, lambda done: self._tell("copying pointers", 0.4 + 0.2 * done), contents=self._contents
        )
        return _Read(
            findings=findings,
            raw=raw,
            counts=(runtime_live_objects(runtime), runtime.live_bytes(), runtime_marked_bytes(runtime)),
            residency=take_residency(target.pid) if target.kind == "process" and target.pid else None,
            account=read_account(runtime),
            parts=map_parts(runtime, findings) if self._whole else None,
            goroutines=read_facts(runtime, _goroutines(runtime)) if self._whole else None,
        )

    def _consistency(self) -> Consistency:
        if self._target.kind == "core":
            return "core"
        return "stopped" if self._freeze else "racy"


def _goroutines(runtime: Runtime) -> list[Goroutine]:
    """Return the goroutines; none where the list of them cannot be read, which the notes of the look say."""
    try:
        return runtime.goroutines()
    except (CorruptMemory, MemoryFault, StrippedBinary):
        return []


def map_headers(findings: Findings) -> list[tuple[GoType, NDArray[np.uint64]]]:
    """Return the maps found that have a known type: each type with its headers' addresses."""
    found = findings.found
    kinds = found.type_of[findings.listed]
    addrs = found.headers.addr[findings.listed]
    return [(found.types[kind], addrs[kinds == kind]) for kind in np.unique(kinds[kinds != UNKNOWN]).tolist()]


def _census(analysis: Analysis) -> SpanCensus:
    """Count what fills the spans."""
    objects = analysis.objects
    live = analysis.reached_by_span() * objects.elem_size
    whole = np.diff(objects.first) * objects.elem_size
    return SpanCensus(live, whole - live, analysis.capture.dead_bytes, objects, analysis.reached)


def _reconcile(analysis: Analysis, runtimes: tuple[int | None, int | None, int | None]) -> Reconcile:
    objects, reached = analysis.objects, analysis.reached_by_span()
    counts = np.diff(objects.first)
    return Reconcile(
        live_objects=len(objects),
        live_bytes=int((counts * objects.elem_size).sum()),
        runtime_live_objects=runtimes[0],
        runtime_live_bytes=runtimes[1],
        reachable_objects=int(reached.sum()),
        reachable_bytes=int((reached * objects.elem_size).sum()),
        runtime_marked_bytes=runtimes[2],
        roots=len(analysis.graph.slot),
        conservative_roots=int(analysis.graph.conservative.sum()),
    )


def _build(target: Target) -> BuildInfo:
    binary = target.binary
    return BuildInfo(binary.go_version, binary.goos, binary.arch, tuple(binary.experiments))


def cannot_look(target: Target, fault: MemoryFault) -> GoxrayError:
    """Say what it means that memory which every Go program needs cannot be read."""
    if target.kind == "core":
        return BadCore(
            f"the core lacks the runtime's own data ({fault}): it is truncated, or was written without that memory",
            hint="write it again with enough disk space and ulimit -c unlimited; " + " ".join(target.notes),
        )
    return ProcessGone(f"process {target.pid} cannot be read any more ({fault})", hint="has it ended, or called exec?")
