"""What goxray offers to programs: the same facade that its own interfaces use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Literal

import numpy as np

from goxray.api_snapshot import diff, query, refuse_for_snapshot, snapshot, tables
from goxray.core.errors import MemoryFault
from goxray.core.result import Fault, Grouping, HeapTotals, MapsResult, MapTotals, TargetInfo
from goxray.goruntime.runtime import Runtime
from goxray.maps.inspect import Findings, Inspector
from goxray.maps.keys import masked, sample_keys
from goxray.maps.pictures import take_pictures
from goxray.maps.rows import MapRows, build_rows
from goxray.maps.stored import stored_rows
from goxray.maps.tables import group_table, make_groups, map_table, sort_keys
from goxray.maps.verify import verify_maps
from goxray.model.closed.rebuilt import Rebuilder
from goxray.store.snapshot import is_snapshot, open_snapshot
from goxray.target.allocator import give_back
from goxray.target.open import Target, cannot_look, open_target

if TYPE_CHECKING:
    import pyarrow as pa

    from goxray import api_lab as lab
    from goxray.api_advise import advise
    from goxray.api_audit import audit, baseline_text, rules
    from goxray.api_binary import binary
    from goxray.api_gc import gc_read, gc_run
    from goxray.api_heap import heap
    from goxray.api_model import layout, model_gc, predict
    from goxray.api_phases import phases
    from goxray.api_profile import profile
    from goxray.api_sbom import sbom
    from goxray.api_timeline import timeline
    from goxray.api_trace import trace
    from goxray.api_watch import watch
    from goxray.api_why import why
    from goxray.core.result import Consistency, KeySample, MapPicture
    from goxray.vault.mask.shown import Shown

__all__ = [
    "MapsRequest", "Progress", "Sorting", "advise", "audit", "baseline_text", "binary", "diff", "gc_read", "gc_run",
    "heap", "is_snapshot", "lab", "layout", "maps", "model_gc", "phases", "predict", "profile", "query", "rules",
    "sbom", "snapshot", "tables", "timeline", "trace", "watch", "why",
]  # fmt: skip

_LAZY = {
    "advise": "goxray.api_advise",
    "audit": "goxray.api_audit",
    "baseline_text": "goxray.api_audit",
    "binary": "goxray.api_binary",
    "gc_read": "goxray.api_gc",
    "gc_run": "goxray.api_gc",
    "heap": "goxray.api_heap",
    "layout": "goxray.api_model",
    "model_gc": "goxray.api_model",
    "phases": "goxray.api_phases",
    "predict": "goxray.api_model",
    "profile": "goxray.api_profile",
    "rules": "goxray.api_audit",
    "sbom": "goxray.api_sbom",
    "timeline": "goxray.api_timeline",
    "trace": "goxray.api_trace",
    "watch": "goxray.api_watch",
    "why": "goxray.api_why",
}


def __getattr__(name: str) -> object:
    """Import what loads a compiler only when it is asked for: counting maps needs none."""
    if name == "lab":
        return import_module("goxray.api_lab")
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


Progress = Callable[[str, float], None]
Sorting = Literal["wasted", "bytes", "entries", "load"]

_MAX_FAULTS = 10_000


@dataclass(frozen=True)
class MapsRequest:
    """What to show of the maps found, and how to look; see :func:`maps`."""

    group: Grouping = "owner"
    sort: Sorting = "wasted"
    limit: int | None = None
    min_bytes: int = 0
    freeze: bool = True
    verify: bool = False
    show_keys: int = 0
    allow_unverified: bool = False
    pictures: int = 0
    mask: Sequence[str] | None = ("all",)
    mask_key: bytes | bytearray | None = field(default=None, repr=False)


def maps(
    target: str,
    *,
    exe: str | None = None,
    group: Grouping = "owner",
    sort: Sorting = "wasted",
    limit: int | None = None,
    min_bytes: int = 0,
    freeze: bool = True,
    verify: bool = False,
    show_keys: int = 0,
    allow_unverified: bool = False,
    pictures: int = 0,
    mask: Sequence[str] | None = ("all",),
    mask_key: bytes | bytearray | None = None,
    progress: Progress | None = None,
) -> MapsResult:
    """Find and count every map of a running Go program or core dump.

    Args:
        target: a pid, the path of a core file, or of a snapshot.
        exe: the executable, where the target's own cannot be found.
        group: one row an owner, a type, or a map.
        sort: the figure that the first row has most of (least, for load).
        limit: at most so many rows; None for all.
        min_bytes: leave out rows of fewer bytes.
        freeze: stop the process while it is read; without, the result is ``racy``.
        verify: recompute every map's invariants; what breaks them is listed under faults.
        show_keys: show so many keys and elems of each listed map, masked.
        allow_unverified: read builds whose layout nobody has verified.
        pictures: draw so many of the emptiest large maps.
        mask: what is masked in keys and elems that are shown, as ``goxray mask`` takes it; None shows them as they are.
        mask_key: the key for their tokens; None takes a random one that nobody keeps.
        progress: is told what goes on, with the share done, 0 to 1.

    Raises:
        GoxrayError: the target cannot be opened or read; the message says why and the hint what to do.
    """
    request = MapsRequest(
        group, sort, limit, min_bytes, freeze, verify, show_keys, allow_unverified, pictures, mask, mask_key
    )
    if is_snapshot(target):
        return _maps_of_snapshot(target, request, exe)
    tell = progress or (lambda _text, _share: None)
    tell("opening the target", 0.0)
    with open_target(target, exe) as opened:
        try:
            return _Look(opened, request, tell).result()
        except MemoryFault as fault:
            raise cannot_look(opened, fault) from fault


class _Look:
    """One look at a target: what is read while it stands still, and what is made of it afterwards."""

    def __init__(self, target: Target, request: MapsRequest, tell: Progress) -> None:
        self._target = target
        self._request = request
        self._masking = _masking(request)
        self._tell = tell
        self._runtime = Runtime(target, allow_unverified=request.allow_unverified)
        self._inspector = Inspector(self._runtime)
        self._rebuilder = Rebuilder(self._runtime.layout)
        self._pictures: list[MapPicture] = []
        self._keys: list[KeySample] = []
        self._violations: list[Fault] = []
        self._rows: MapRows | None = None
        self._verified: int | None = None

    def result(self) -> MapsResult:
        """Take the look."""
        runtime, request = self._runtime, self._request
        runtime.globals()
        if self._target.kind == "process":
            self._tell("learning the program's types", 0.05)
            self._inspector.rehearse()
        freeze_ms = 0.0
        if request.freeze:
            with self._target.freeze() as freeze:
                findings, live = self._read()
            freeze_ms = freeze.ms
        else:
            findings, live = self._read()
        faults = self._violations + findings.faults()
        rows = self._rows if self._rows is not None else self._build_rows(findings)
        give_back()
        table, total = _table(rows, request)
        notes = [*self._target.notes, *findings.notes]
        if len(faults) > _MAX_FAULTS:
            notes.append(f"{len(faults):,} faults were found; the first {_MAX_FAULTS:,} are listed")
        return MapsResult(
            target=TargetInfo(self._target.kind, self._target.pid, self._target.exe),
            build=self._target.build(),
            consistency=self._consistency(),
            freeze_ms=round(freeze_ms, 3),
            heap=HeapTotals(runtime.spans.live_bytes, live),
            totals=_totals(rows),
            group=request.group,
            table=table,
            faults=faults[:_MAX_FAULTS],
            notes=notes,
            pictures=self._pictures,
            keys=self._keys if self._masking is None else masked(self._keys, self._masking.text),
            keys_masked=None if self._masking is None else self._masking.told,
            verified_maps=self._verified,
            unverified=not runtime.layout.verified,
            rows_total=total,
        )

    def _read(self) -> tuple[Findings, int | None]:
        """Everything that needs the target's memory."""
        request = self._request
        racy = self._target.kind == "process" and not request.freeze
        findings = self._inspector.look(racy=racy, progress=self._tell)
        if request.verify:
            self._tell("verifying invariants", 0.97)
            self._violations, self._verified = verify_maps(self._runtime, findings)
        if request.pictures:
            self._pictures = take_pictures(findings, request.pictures)
        if request.show_keys:
            self._rows = self._build_rows(findings)
            chosen, whole = _chosen(self._rows, request), self._masking is not None
            self._keys = sample_keys(self._runtime, findings, self._rows, chosen, request.show_keys, whole=whole)
        return findings, self._runtime.live_bytes()

    def _build_rows(self, findings: Findings) -> MapRows:
        detail = self._request.group == "none" or self._request.show_keys > 0
        return build_rows(findings, self._runtime.layout, self._rebuilder, detail=detail)

    def _consistency(self) -> Consistency:
        if self._target.kind == "core":
            return "core"
        return "stopped" if self._request.freeze else "racy"


def _masking(request: MapsRequest) -> Shown | None:
    """Return what masks keys and elems that are shown; None where none are, or as they are."""
    if not request.show_keys or request.mask is None:
        return None
    from goxray.vault.mask.shown import Shown

    return Shown(request.mask, request.mask_key)


def _chosen(rows: MapRows, request: MapsRequest) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The numbers of the rows to show with ``--group none``, in order."""
    order = sort_keys(rows.entries, rows.slots, rows.bytes, rows.wasted_bytes, request.sort)
    order = order[rows.bytes[order] >= request.min_bytes]
    return order[: request.limit]


def _table(rows: MapRows, request: MapsRequest) -> tuple[pa.Table, int]:
    """The table to show and the number of rows that it would have without the limit."""
    if request.group == "none":
        return map_table(rows, _chosen(rows, request)), int((rows.bytes >= request.min_bytes).sum())
    groups = make_groups(rows, request.group)
    order = groups.sorted_by(request.sort)
    order = order[groups.figures["bytes"][order] >= request.min_bytes]
    return group_table(rows, request.group, groups, order[: request.limit]), len(order)


def _maps_of_snapshot(path: str, request: MapsRequest, exe: str | None) -> MapsResult:
    """The same as of the target from which the snapshot was taken, as far as it needs no memory contents."""
    asked = {"--exe": exe is not None, "--no-freeze": not request.freeze, "--verify": request.verify}
    refuse_for_snapshot(path, {**asked, "--show-keys": request.show_keys > 0})
    with open_snapshot(path) as opened:
        manifest = opened.manifest
        rows = stored_rows(opened.table("maps"))
    table, total = _table(rows, request)
    return MapsResult(
        target=manifest.target,
        build=manifest.build,
        consistency=manifest.consistency,
        freeze_ms=manifest.freeze_ms,
        heap=HeapTotals(manifest.heap.live_bytes, manifest.heap.runtime_live_bytes),
        totals=manifest.maps,
        group=request.group,
        table=table,
        faults=manifest.faults,
        notes=[f"from the snapshot {path}, taken at {manifest.taken_at}", *manifest.notes],
        unverified=manifest.unverified,
        rows_total=total,
    )


def _totals(rows: MapRows) -> MapTotals:
    return MapTotals(
        maps=len(rows),
        entries=int(rows.entries.sum()),
        slots=int(rows.slots.sum()),
        bytes=int(rows.bytes.sum()),
        wasted_bytes=int(rows.wasted_bytes.sum()),
    )
