"""What ``goxray trace`` finds: events that the runtime's own functions told of while they ran. Plain data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from goxray.core.result import BuildInfo, TargetInfo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from goxray.core.timeline_result import Timeline

TRACE_SCHEMA_ID = "goxray.trace/1"

EVENTS = (
    "map grow", "table grow", "table split", "clear", "evacuate", "gc start", "mark end", "sweep done", "scavenge",
)  # fmt: skip
"""The names of events. An event's number is its place here.

``map grow``: a map gets a larger or a fresh array of buckets (classic), or leaves its one group for a table (Swiss).
``table grow``: one table of a Swiss map is copied into one of twice the slots. ``table split``: a table of the largest
size becomes two. ``clear``: clear(m), or a loop that deletes every key, was called, on an empty map too. ``evacuate``:
a bucket of the old array is moved (classic). ``gc start``: a collection has begun, the world stands still. ``mark
end``: marking is over, the world stands still. ``sweep done``: no span is left to be swept, once a collection; another
goroutine may still be at its last one. ``scavenge``: a range of free pages is given back to the system.
"""

TRIGGERS = ("heap", "periodic", "forced")
"""Why a collection began (runtime/mgc.go, gcTriggerKind): the heap's size, two minutes without one, runtime.GC()."""

Ending = Literal["target ended", "time", "count", "interrupted"]


@dataclass(frozen=True)
class TraceEvents:
    """Events by time, N of them; what an event does not have is -1 in a signed column and 0 in an unsigned one.

    ``event`` (int8) is a place in EVENTS; ``t_s`` (float64) seconds on the axis of the result; ``thread`` (int32) the
    kernel's thread id. ``map`` and ``table`` (uint64) are addresses of the map's header and, for Swiss maps, of the
    table; ``type`` (int32) is a place in ``types``, which holds Go types. ``old_slots`` and ``new_slots`` (int64) are
    slots before and after: of the whole map for ``map grow``, of the table for ``table grow`` and ``table split``.
    ``addr`` (uint64) and ``bytes`` (int64) are the range that was scavenged, ``bucket`` (int64) the old bucket
    evacuated, ``trigger`` (int8) a place in TRIGGERS.
    """

    event: NDArray[np.int8]
    t_s: NDArray[np.float64]
    thread: NDArray[np.int32]
    map: NDArray[np.uint64]
    table: NDArray[np.uint64]
    type: NDArray[np.int32]
    old_slots: NDArray[np.int64]
    new_slots: NDArray[np.int64]
    addr: NDArray[np.uint64]
    bytes: NDArray[np.int64]
    bucket: NDArray[np.int64]
    trigger: NDArray[np.int8]
    types: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.event)


@dataclass(frozen=True)
class ProbeReport:
    """One probe: for which event, in which function of the runtime, where, and how it fared.

    ``address`` is before relocation, ``offset`` that in the file, ``place`` says what stands there. ``hits`` is how
    often the kernel counted it, in every process that runs the file; ``lost`` of them found the buffer full; ``others``
    came from other processes. ``stopped_at_s`` is when the probe was taken away because its event came too often, None
    if never. ``detail``: the probe tells no event of its own, but the size of one that another probe tells.
    """

    event: str
    function: str
    address: int
    offset: int
    place: str
    hits: int
    lost: int
    others: int
    stopped_at_s: float | None = None
    detail: bool = False


@dataclass(frozen=True)
class TraceResult:
    """Events of one process. ``zero`` says what second 0 is: the runtime's own zero, or the first event.

    ``start_s`` and ``end_s`` are when the probes were set and taken away, on the same axis. ``exit_code`` is that of a
    command that goxray started and that has ended (128 + signal for a killed one). ``from_start``: the probes were
    set before the program began, and no event was lost, so that its first ``gc start`` is its first collection.
    ``owners`` names what holds a map, by address, where that was asked for.
    """

    target: TargetInfo
    build: BuildInfo
    unverified: bool
    zero: Literal["program start", "first record"]
    start_s: float
    end_s: float
    ending: Ending
    events: TraceEvents
    probes: tuple[ProbeReport, ...]
    throttled: int = 0
    exit_code: int | None = None
    from_start: bool = False
    owners: Mapping[int, str] = field(default_factory=dict)
    timelines: tuple[Timeline, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def lost(self) -> int:
        """Events that the kernel could not write down, of all processes that run the file."""
        return sum(probe.lost for probe in self.probes if not probe.detail)
