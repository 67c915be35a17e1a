"""One look at a target's heap: what is read while it stands still, and what is worked out when it runs again."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import CorruptMemory, MemoryFault, StrippedBinary
from goxray.core.heap_result import Reconcile
from goxray.core.result import BuildInfo, Fault, TargetInfo
from goxray.goruntime.accounts import Account, read_account
from goxray.goruntime.heapstats import runtime_live_objects, runtime_marked_bytes
from goxray.goruntime.runtime import Runtime
from goxray.heap.analysis import Analysis, analyse
from goxray.heap.collections import Collections, find_collections
from goxray.heap.duplicates import Duplicates
from goxray.heap.goroutine_rows import GoroutineFacts, read_facts
from goxray.heap.statics import Statics
from goxray.heap.take import RawCapture, take
from goxray.heap.warm import warm_up
from goxray.maps.found import UNKNOWN
from goxray.maps.inspect import Findings, Inspector
from goxray.maps.parts import Parts, map_parts
from goxray.maps.rows import MapRows, build_rows
from goxray.model.closed.rebuilt import Rebuilder
from goxray.target.allocator import give_back
from goxray.target.open import Target, cannot_look, open_target
from goxray.target.residency import Residency, take_residency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from goxray.core.result import Consistency
    from goxray.goruntime.goroutines import Goroutine
    from goxray.goruntime.types import GoType


_TOLERATED = 64 << 10


@dataclass
class HeapLook:
    """What one look at a target's heap has read, and what was worked out of it.

    ``parts`` of maps and ``goroutines`` are there only where a snapshot was asked for, ``duplicates`` only where
    equal strings were.
    """

    target: TargetInfo
    build: BuildInfo
    consistency: Consistency
    freeze_ms: float
    unverified: bool
    runtime: Runtime
    maps: MapRows
    analysis: Analysis
    collections: Collections
    reconcile: Reconcile
    account: Account | None
    residency: Residency | None
    parts: Parts | None = None
    goroutines: GoroutineFacts | None = None
    duplicates: Duplicates | None = None
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


@contextmanager
def look_at(
    target: str,
    *,
    exe: str | None,
    freeze: bool,
    allow_unverified: bool,
    tell: Callable[[str, float], None],
    whole: bool = False,
    contents: int = 0,
    words: bool = False,
    detail: bool = False,
) -> Iterator[HeapLook]:
    """Read a target's heap and work it out; the target runs again before the working out begins.

    With ``whole`` the parts of maps and the goroutines are read too, for a snapshot; with ``contents`` strings are
    compared and so many bytes of each kept; with ``words`` the analysis keeps where in its object each pointer stands;
    with ``detail`` the rows of maps have the columns of their kind (as they do with ``whole``). The target stays open
    inside the context.
    """
    tell("opening the target", 0.0)
    with open_target(target, exe) as opened:
        try:
            look = _Look(opened, freeze, allow_unverified, tell, whole=whole, contents=contents, words=words)
            yield look.done(detail=detail or whole)
        except MemoryFault as fault:
            raise cannot_look(opened, fault) from fault


@dataclass
class _Read:
    """What was read inside the freeze; ``counts`` are the runtime's own: live objects, live bytes, marked bytes."""

    findings: Findings | None
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
        contents: int,
        words: bool,
    ) -> None:
        self._whole, self._contents, self._words = whole, contents, whole or words
        self._target = target
        self._freeze = freeze
        self._tell = tell
        self._runtime = Runtime(target, allow_unverified=allow_unverified)
        self._inspector = Inspector(self._runtime)
        self._rebuilder = Rebuilder(self._runtime.layout)

    def done(self, *, detail: bool = False) -> HeapLook:
        """Take the look."""
        runtime, target = self._runtime, self._target
        self._tell("learning the program's types", 0.02)
        runtime.globals()
        statics = Statics(runtime)
        warm_up(contents=self._contents > 0)
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
        assert read.findings is not None
        headers = map_headers(read.findings)
        faults = [*read.findings.faults(), *self._lost(read)]
        rows = build_rows(read.findings, runtime.layout, self._rebuilder, detail=detail)
        notes = [*target.notes, *read.findings.notes, *read.raw.notes, *read.raw.roots.roots.notes]
        contents, read.findings = read.raw.contents, None
        analysis = analyse(runtime, read.raw, headers, self._tell)
        collections = find_collections(runtime, analysis, rows)
        equal = Duplicates(analysis, contents) if contents is not None else None
        if not self._words:
            analysis.forget_words()
        self._tell("working out dominators", 0.8)
        analysis.dominate()
        reconcile = _reconcile(analysis, read.counts)
        return HeapLook(
            duplicates=equal,
            collections=collections,
            target=TargetInfo(target.kind, target.pid, target.exe),
            build=target.build(),
            consistency=self._consistency(),
            freeze_ms=round(freeze_ms, 3),
            unverified=not runtime.layout.verified,
            runtime=runtime,
            maps=rows,
            analysis=analysis,
            reconcile=reconcile,
            faults=faults + self._mismatch(reconcile),
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

    def _lost(self, read: _Read) -> list[Fault]:
        """What of the heap could not be read or makes no sense: what is counted is too little."""
        lost = [Fault(0, what) for what in read.raw.lost]
        if self._runtime.spans.unsound:
            lost.append(Fault(0, f"{self._runtime.spans.unsound} spans make no sense or could not be read"))
        return lost

    def _mismatch(self, reconcile: Reconcile) -> list[Fault]:
        """Whether the runtime counts another heap than the one found; while a program runs they may differ a little."""
        found, known = reconcile.live_bytes, reconcile.runtime_live_bytes
        if known is None or abs(found - known) <= max(_TOLERATED, found >> 10):
            return []
        what = (
            f"the spans hold {found:,} bytes of objects, but the runtime counts {known:,}: memory is damaged or missing"
        )
        return [] if self._consistency() == "racy" else [Fault(0, what)]

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
