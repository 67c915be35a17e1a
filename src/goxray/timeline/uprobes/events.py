"""Which functions of the runtime tell of which event, and what their registers hold: data, chosen by what is there.

A program has classic maps if it has runtime.hashGrow, Swiss maps if it has internal/runtime/maps.(*Map).growToTable;
no version is asked for. Arguments are those of Go's register ABI (target/prologue.py says where it is written down);
each row names its source.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from goxray.core.errors import UsageError

Where = Literal["push", "store", "call", "same size"]
"""Where in the function: at its push %rbp; at the one atomic store of 1; at its call of ``callee``; where it marks a
growth that keeps the size."""

Value = Literal["map", "table", "type", "new_slots", "b", "addr", "bytes", "bucket", "trigger"]


@dataclass(frozen=True)
class Source:
    """One function that tells of an event.

    ``takes`` says what registers hold (REGISTERS of target/perf_events.py). ``fixed`` are values that the runtime's
    constants give: names of the layout's constants times a factor. ``detail`` marks a probe that tells no event of its
    own but what belongs to the one before it on the same goroutine.
    """

    event: str
    function: str
    takes: dict[str, Value] = field(default_factory=dict)
    where: Where = "push"
    callee: str = ""
    detail: bool = False
    fixed: tuple[tuple[str, str, int], ...] = ()


_MAPS = "internal/runtime/maps."

SOURCES = (
    # runtime/map.go (map_noswiss.go): hashGrow(t *maptype, h *hmap), called by every mapassign
    Source("map grow", "runtime.hashGrow", {"rax": "type", "rbx": "map"}),
    # hashGrow calls makeBucketArray(t, h.B+bigger, nil): the new B is in RBX at the call
    Source("map grow", "runtime.hashGrow", {"rbx": "b"}, "call", "runtime.makeBucketArray", detail=True),
    # hashGrow sets sameSizeGrow in h.flags where too many overflow buckets, not the load, are the reason
    Source("map grow", "runtime.hashGrow", {}, "same size", detail=True),
    # internal/runtime/maps/map.go: (m *Map) growToTable(typ), from one group to a table of two
    Source(
        "map grow", f"{_MAPS}(*Map).growToTable", {"rax": "map", "rbx": "type"},
        fixed=(("old_slots", "MapGroupSlots", 1), ("new_slots", "MapGroupSlots", 2)),
    ),
    # internal/runtime/maps/table.go: (t *table) grow(typ, m *Map, newCapacity uint16), only called by rehash
    Source(
        "table grow", f"{_MAPS}(*table).grow", {"rax": "table", "rbx": "type", "rcx": "map", "rdi": "new_slots"},
    ),
    # internal/runtime/maps/table.go: (t *table) split(typ, m *Map), of a table of maxTableCapacity into two of them
    Source(
        "table split", f"{_MAPS}(*table).split", {"rax": "table", "rbx": "type", "rcx": "map"},
        fixed=(("old_slots", "maxTableCapacity", 1), ("new_slots", "maxTableCapacity", 2)),
    ),
    # runtime/map*.go: mapclear(t, m), for clear(m), for loops that delete every key, and for reflect
    Source("clear", "runtime.mapclear", {"rax": "type", "rbx": "map"}),
    # runtime/map.go, map_fast32.go, map_fast64.go, map_faststr.go: evacuate(t *maptype, h *hmap, oldbucket uintptr)
    Source("evacuate", "runtime.evacuate", {"rax": "type", "rbx": "map", "rcx": "bucket"}),
    Source("evacuate", "runtime.evacuate_fast32", {"rax": "type", "rbx": "map", "rcx": "bucket"}),
    Source("evacuate", "runtime.evacuate_fast64", {"rax": "type", "rbx": "map", "rcx": "bucket"}),
    Source("evacuate", "runtime.evacuate_faststr", {"rax": "type", "rbx": "map", "rcx": "bucket"}),
    # runtime/mgcpacer.go: (c *gcControllerState) startCycle(markStartTime, procs, trigger gcTrigger{kind, now, n}),
    # called by gcStart once it has decided to collect and stopped the world
    Source("gc start", "runtime.(*gcControllerState).startCycle", {"rdi": "trigger"}),
    # runtime/mgc.go: gcMarkTermination, called by gcMarkDone once a cycle
    Source("mark end", "runtime.gcMarkTermination"),
    # runtime/mgcsweep.go: sweepone, for the one caller a cycle that finds nothing left, calls scavenger.ready(), which
    # is inlined: scavengerState.sysmonWake.Store(1)
    Source("sweep done", "runtime.sweepone", {}, "store"),
    # runtime/mem_linux.go: sysUnusedOS(v unsafe.Pointer, n uintptr), called through sysUnused by
    # (*pageAlloc).scavengeOne alone
    Source("scavenge", "runtime.sysUnusedOS", {"rax": "addr", "rbx": "bytes"}),
)  # fmt: skip

GROUPS = {
    "map": ("map grow", "table grow", "table split"),
    "gc": ("gc start", "mark end"),
    "sweep": ("sweep done",),
    "scavenge": ("scavenge",),
    "clear": ("clear",),
    "evacuate": ("map grow", "evacuate"),
}
"""What ``--events`` takes, and the events that it stands for. Evacuations are told apart by the growths between."""

DEFAULT_GROUPS = ("map", "gc", "sweep", "scavenge")


def events_of(groups: tuple[str, ...]) -> frozenset[str]:
    """Return the events that groups stand for.

    Raises:
        UsageError: there is no such group, or none was named.
    """
    unknown = [name for name in groups if name not in GROUPS]
    if unknown or not groups:
        what = f"no such events: {unknown[0]!r}" if unknown else "no events named"
        raise UsageError(what, hint=f"--events takes {', '.join(GROUPS)}, separated by commas")
    return frozenset(event for name in groups for event in GROUPS[name])
