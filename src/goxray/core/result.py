"""What ``goxray maps`` finds: the values that flow from the inspection to the renderers.

Plain data only: nothing here reads a target or formats output. The columns of ``MapsResult.table``
are described in :mod:`goxray.core.schema`; their meaning is fixed in the project's design notes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

Consistency = Literal["stopped", "racy", "core"]
Grouping = Literal["owner", "type", "none"]


@dataclass(frozen=True)
class TargetInfo:
    """What was looked at. ``pid`` is None for a core whose notes name no process."""

    kind: Literal["process", "core"]
    pid: int | None
    exe: str


@dataclass(frozen=True)
class BuildInfo:
    """How the target was built; ``experiments`` are the GOEXPERIMENT names that differ from the baseline."""

    go_version: str
    goos: str
    goarch: str
    experiments: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeapTotals:
    """Bytes in allocated heap slots, counted from the spans and by the runtime's own statistics.

    ``live_bytes`` sums allocCount x elemsize over mspans in use (runtime/mheap.go).
    ``runtime_live_bytes`` is what runtime.ReadMemStats would return as HeapAlloc; None where it cannot be read.
    """

    live_bytes: int
    runtime_live_bytes: int | None


@dataclass(frozen=True)
class MapTotals:
    """Sums over every map found, whatever is shown."""

    maps: int
    entries: int
    slots: int
    bytes: int
    wasted_bytes: int


@dataclass(frozen=True)
class Fault:
    """One thing that could not be read or that breaks an invariant; ``addr`` is the map header's address (0: none).

    ``violation`` tells an invariant that ``--verify`` found broken from what could not be read or counted.
    """

    addr: int
    what: str
    violation: bool = False


@dataclass(frozen=True)
class MapPicture:
    """How full one map is, group by group (Swiss) or bucket by bucket (classic), for drawing.

    ``full`` and ``tombstones`` are counts 0..8 (or more, where overflow buckets hang on a bucket) per cell, in
    memory order. Large maps are folded: each cell then stands for ``fold`` neighbours and holds their mean.
    """

    addr: int
    kind: Literal["classic", "swiss"]
    type: str
    owner: str
    fold: int
    full: tuple[float, ...]
    tombstones: tuple[float, ...]


@dataclass(frozen=True)
class KeySample:
    """Keys and elems of one map, shown only because the user asked with ``--show-keys``."""

    addr: int
    owner: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Masked:
    """How contents that are shown were masked: by which rules, under which key, and whether somebody ``kept`` it."""

    rules: tuple[str, ...]
    key_id: str
    kept: bool


@dataclass
class MapsResult:
    """Everything ``goxray maps`` knows about one target at one moment.

    ``table`` holds the rows to show (grouped, sorted, limited) in the columns that
    :func:`goxray.core.schema.maps_schema` gives for ``group``. ``totals`` counts all maps, shown or not.
    ``freeze_ms`` is how long the target stood still, 0.0 for cores and ``--no-freeze``.
    ``keys_masked`` is None where no keys are shown, or where they are shown as they are.
    ``notes`` are sentences for the reader (what was not read, what to do); ``unverified`` stamps every output.
    """

    target: TargetInfo
    build: BuildInfo
    consistency: Consistency
    freeze_ms: float
    heap: HeapTotals
    totals: MapTotals
    group: Grouping
    table: pa.Table
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pictures: list[MapPicture] = field(default_factory=list)
    keys: list[KeySample] = field(default_factory=list)
    keys_masked: Masked | None = None
    verified_maps: int | None = None
    unverified: bool = False
    rows_total: int = 0
