"""What ``goxray profile`` says of a pprof profile: totals, top functions, and what of it is map memory. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

PROFILE_SCHEMA_ID = "goxray.profile/1"

ProfileSort = Literal["flat", "cum"]
MapMaking = Literal["made", "grown"]


@dataclass(frozen=True)
class ProfileType:
    """One kind of figure: ``total`` is what ``go tool pprof`` calls it, the sum of the samples' absolute figures.

    ``net`` is their plain sum; the two differ only where samples are negative, in a difference of profiles.
    """

    type: str
    unit: str
    total: int
    net: int


@dataclass(frozen=True)
class TopRow:
    """A function (with ``--lines`` a line of it, its ``file`` and ``line``), as ``go tool pprof -top`` adds it up.

    ``flats`` and ``cums`` are its figures of every type, in the order of the result's ``sample_types``: what it
    allocated (or spent, or where goroutines stand) itself, and what it and all below it did.
    """

    function: str
    flats: tuple[int, ...]
    cums: tuple[int, ...]
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class ArraySize:
    """Objects of one size at one site; ``shape`` says what array of a map it is, empty where nothing tells its type.

    ``shape`` is ``buckets`` (``count`` buckets are its own, 2**B, the rest of the array is for overflow; a single one
    may be an overflow bucket), ``groups`` (a table's ``count`` groups), ``directory`` (of ``count`` pointers),
    ``table``, ``header``, ``extra`` or empty. ``bytes`` is what an object takes, a size class or whole pages.
    """

    bytes: int
    inuse_objects: int
    alloc_objects: int
    shape: str = ""
    count: int = 0


@dataclass(frozen=True)
class LiveMaps:
    """Maps that live now and are of a site's type: who owns them, how many there are, what they take."""

    owner: str
    maps: int
    bytes: int


@dataclass(frozen=True)
class MapMemoryRow:
    """Map memory that one line allocated: by a call that made a map, or by writes that let one grow.

    Errors are what sampling may be off by, either way, at 95%; ``seen`` counts the objects that were sampled of what
    lives. ``map_type`` is known where the executable tells it. ``live`` are the maps of that type that were found in
    the process or snapshot, the largest first, and ``live_bytes`` what all of them take.
    """

    function: str
    file: str
    line: int
    how: MapMaking
    inuse_bytes: int
    inuse_error: int
    inuse_objects: int
    alloc_bytes: int
    alloc_error: int
    alloc_objects: int
    seen: int
    sizes: tuple[ArraySize, ...] = ()
    map_type: str = ""
    live: tuple[LiveMaps, ...] = ()
    live_bytes: int | None = None


@dataclass(frozen=True)
class MapTypeSum:
    """The map memory in use of one type: by the profile, and what the maps of that type take that live now.

    ``verdict`` compares the two: ``agree`` (they differ by no more than sampling, the headers of small maps and lines
    whose type nothing tells allow), ``less`` (the profile shows less than lives: maps grew since its last collection
    but one, or grow where no line was seen) or ``more`` (maps have been dropped since); empty where nobody looked.
    """

    map_type: str
    inuse_bytes: int
    inuse_error: int
    maps: int | None = None
    live_bytes: int | None = None
    verdict: Literal["", "agree", "less", "more"] = ""


@dataclass(frozen=True)
class MapMemory:
    """All map memory of a heap profile; ``known`` is false where nothing in the profile or beside it tells it apart.

    ``inuse_total`` is all memory in use with its own error, to compare with. ``types`` has the types that the
    executable tells, the most bytes first. ``looked_at`` names the process or
    snapshot whose maps were looked at, ``live_bytes`` is what all of them take.
    """

    rows: tuple[MapMemoryRow, ...]
    rows_total: int
    known: bool
    inuse_bytes: int
    inuse_error: int
    alloc_bytes: int
    alloc_error: int
    inuse_total: int
    inuse_total_error: int
    types: tuple[MapTypeSum, ...] = ()
    looked_at: str = ""
    live_bytes: int | None = None


@dataclass(frozen=True)
class ProfilePath:
    """Samples of one stack of functions, the outermost first: their figure of the chosen type."""

    frames: tuple[str, ...]
    value: int


@dataclass(frozen=True)
class ProfileNote:
    """A sentence of the catalogue (``p.note.`` and ``id``) with the figures or names that it holds."""

    id: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class ProfileResult:
    """Everything that one run of ``goxray profile`` says.

    ``form`` is ``protobuf`` or ``text``. ``kind`` is what the profile is of: ``heap``, ``allocs``, ``cpu``,
    ``contention`` (mutex and block look alike), or what a count profile calls itself (``goroutine``,
    ``threadcreate``). ``column`` numbers the sample type that is shown. ``time_s`` is when it was taken (Unix time;
    None: not told), ``duration_s`` what time it covers (0: since the program began). ``period`` is in
    ``period_type``'s unit: for a heap profile bytes from one sample to the next. ``top_total`` counts the functions
    that have something in the chosen type. ``mem_stats`` is the tail of a heap profile in text.
    """

    file: str
    base: str
    form: str
    kind: str
    difference: bool
    sample_types: tuple[ProfileType, ...]
    column: int
    sort: ProfileSort
    by_line: bool
    period_type: str
    period_unit: str
    period: int
    time_s: float | None
    duration_s: float
    samples: int
    locations: int
    functions: int
    program: str
    build_id: str
    top: tuple[TopRow, ...]
    top_total: int
    map_memory: MapMemory | None
    paths: tuple[ProfilePath, ...] = ()
    mem_stats: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[ProfileNote, ...] = ()

    @property
    def shown(self) -> ProfileType:
        """The sample type that is shown."""
        return self.sample_types[self.column]
