"""What ``goxray heap``, ``why`` and ``diff`` find: the values that flow from the analysis to the renderers.

Plain data only. The tables' columns are described in :mod:`goxray.core.heap_schema`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from goxray.core.result import BuildInfo, Consistency, Fault, Masked, TargetInfo

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Reconcile:
    """goxray's own count of the heap against the runtime's.

    ``live_*`` are the allocated slots found in the spans and ``runtime_live_*`` what runtime.ReadMemStats gives as
    Mallocs - Frees and HeapAlloc; None where its counters cannot be read. ``reachable_*`` are what the graph reaches
    from the roots: right after a collection they are the same; later what lies between them is garbage.
    ``runtime_marked_bytes`` is what the last collection marked (gcController.heapMarked). ``conservative_roots``
    counts the root words for which no precise map exists, of ``roots`` in all.
    """

    live_objects: int
    live_bytes: int
    runtime_live_objects: int | None
    runtime_live_bytes: int | None
    reachable_objects: int
    reachable_bytes: int
    runtime_marked_bytes: int | None
    roots: int
    conservative_roots: int


@dataclass(frozen=True)
class OwnerPath:
    """Objects by owner path, for flame graphs: ``frames`` from the root to the leaf, their own and retained bytes."""

    frames: tuple[str, ...]
    objects: int
    bytes: int
    retained_bytes: int


@dataclass
class HeapResult:
    """Everything ``goxray heap`` knows about one target at one moment.

    ``tables`` holds each table of ``HEAP_TABLES``, sorted, the most important row first, cut to the limit asked for;
    ``rows_total`` how many rows each would have without it. ``duplicates`` is there only where asked for;
    ``duplicates_masked`` is None where it is not, or where its texts are shown as they are.
    """

    target: TargetInfo
    build: BuildInfo
    consistency: Consistency
    freeze_ms: float
    reconcile: Reconcile
    tables: dict[str, pa.Table]
    rows_total: dict[str, int]
    paths: list[OwnerPath] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unverified: bool = False
    duplicates_masked: Masked | None = None


@dataclass(frozen=True)
class WhyStep:
    """One object on a path: ``expr`` is the Go expression that denotes it, ``via`` what the step adds (``.next``).

    ``freed_bytes`` and ``freed_objects`` would be freed if the edge into this object were cut, and only that edge.
    """

    addr: int
    type: str
    expr: str
    via: str
    bytes: int
    retained_bytes: int
    freed_bytes: int
    freed_objects: int


@dataclass(frozen=True)
class WhyPath:
    """A shortest path from one root: ``kind`` is global, goroutine, finalizer, register or runtime.

    ``root`` is the root in words (``main.cache``, ``goroutine 18: main.serve (stack)``); ``conservative`` tells that
    the root word may be no pointer at all. ``steps`` lead from the first object to the one asked for.
    """

    kind: str
    root: str
    conservative: bool
    steps: tuple[WhyStep, ...]


@dataclass
class WhyResult:
    """Why objects are alive: for ``asked`` (an address or a type) the objects that matched and paths to them.

    ``subject_*`` describe the object (``subject_addr`` is None where a type was asked for); ``objects`` and ``bytes``
    count all that matched. No path and ``reachable`` false: it is garbage that no collection has freed yet.
    """

    target: TargetInfo
    build: BuildInfo
    consistency: Consistency
    freeze_ms: float
    asked: str
    subject_addr: int | None
    subject_type: str
    objects: int
    bytes: int
    retained_bytes: int
    reachable: bool
    paths: list[WhyPath] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unverified: bool = False


@dataclass(frozen=True)
class DiffSide:
    """One side of a comparison: what it was, when, and its totals."""

    target: TargetInfo
    build: BuildInfo
    consistency: Consistency
    taken_at: str
    live_objects: int
    live_bytes: int
    maps: int
    entries: int


@dataclass
class DiffResult:
    """What changed from ``before`` to ``after``; ``tables`` as in ``DIFF_TABLES``, the largest change first."""

    before: DiffSide
    after: DiffSide
    tables: dict[str, pa.Table]
    rows_total: dict[str, int]
    notes: list[str] = field(default_factory=list)
    unverified: bool = False
