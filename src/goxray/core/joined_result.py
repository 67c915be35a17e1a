"""What ``goxray timeline`` says: which sources tell of which process, how their axes were joined. Plain data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from goxray.core.timeline_result import Timeline

SourceKind = Literal[
    "gctrace log", "goxray.gctrace/1", "goxray.watch/1", "goxray.trace/1", "goxray.phases/1", "goxray.timeline/1",
    "runtime/metrics", "expvar", "execution trace", "pprof profile",
]  # fmt: skip
Aligned = Literal["first", "program start", "wall clock", "cycle numbers", "cycle times", "given"]
Identity = Literal["first", "said", "pid", "cycles", "own"]


@dataclass(frozen=True)
class JoinedSource:
    """One process as one source tells of it, and its place in the whole.

    ``process`` is a place in ``timelines``. ``identity`` says why it is taken for that process: it is the ``first``
    that tells of it, the caller ``said`` so, both name the same ``pid``, the collections of both coincide
    (``cycles``), or nothing does and it is on its ``own``. ``aligned`` says how its axis was laid onto that process'
    axis: both begin at the program's start, by their wall clocks, by the numbers or the times of collections, by an
    offset that was given; ``shift_s`` was added to its seconds, known to within ``error_s`` (None: not told), and
    ``cycles`` collections were compared. ``start_s`` and ``end_s`` are what it covers on the joined axis, None for a
    source without a time.
    """

    path: str
    kind: SourceKind
    told: str
    process: int
    identity: Identity
    aligned: Aligned
    shift_s: float
    error_s: float | None
    cycles: int
    start_s: float | None
    end_s: float | None
    points: int
    events: int


@dataclass(frozen=True)
class JoinNote:
    """A sentence of the catalogue (``tl.join.<name>``) and the names that it mentions."""

    name: str
    path: str = ""
    other: str = ""
    shift_s: float = 0.0


@dataclass(frozen=True)
class TimelineResult:
    """Everything that the sources say, one timeline a process."""

    sources: tuple[JoinedSource, ...]
    timelines: tuple[Timeline, ...]
    notes: tuple[JoinNote, ...] = ()
