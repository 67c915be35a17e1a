"""Results of ``goxray trace`` made by hand, for the tests of what shows them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from goxray.core.result import BuildInfo, TargetInfo
from goxray.core.timeline_result import Timeline, TimelineFinding
from goxray.core.trace_result import EVENTS, ProbeReport, TraceEvents, TraceResult

A, B = 0xC000012340, 0xC000056780
TYPES = ("map[int]int", "map[string]*main.Session")
PUSH = "push %rbp behind the stack check (small frame)"

ROWS: list[dict[str, Any]] = [
    {"event": "map grow", "t_s": 0.25, "map": A, "type": 1, "old_slots": 8, "new_slots": 16},
    {"event": "table grow", "t_s": 0.5, "map": A, "type": 1, "table": 0xC000070000, "old_slots": 16, "new_slots": 32},
    {"event": "gc start", "t_s": 1.0, "trigger": 0},
    {"event": "mark end", "t_s": 1.0125, "thread": 4243},
    {"event": "sweep done", "t_s": 1.5},
    {"event": "scavenge", "t_s": 1.75, "addr": 0xC000400000, "bytes": 65536, "thread": 4244},
    {"event": "scavenge", "t_s": 2.0, "addr": 0xC000500000, "bytes": 8192},
    {
        "event": "table split",
        "t_s": 2.5,
        "map": A,
        "type": 1,
        "table": 0xC000071000,
        "old_slots": 1024,
        "new_slots": 2048,
    },
    {"event": "gc start", "t_s": 121.0, "trigger": 2},
    {"event": "map grow", "t_s": 121.5, "map": B, "type": 0, "old_slots": 8, "new_slots": 16},
    {"event": "clear", "t_s": 130.125, "map": B, "type": -1},
]


def events(rows: list[dict[str, Any]], types: tuple[str, ...] = TYPES) -> TraceEvents:
    def column(name: str, absent: int, kind: Any) -> np.ndarray:
        return np.array([row.get(name, absent) for row in rows], kind)

    return TraceEvents(
        event=np.array([EVENTS.index(row["event"]) for row in rows], np.int8),
        t_s=column("t_s", 0, np.float64),
        thread=column("thread", 4242, np.int32),
        map=column("map", 0, np.uint64),
        table=column("table", 0, np.uint64),
        type=column("type", -1, np.int32),
        old_slots=column("old_slots", -1, np.int64),
        new_slots=column("new_slots", -1, np.int64),
        addr=column("addr", 0, np.uint64),
        bytes=column("bytes", -1, np.int64),
        bucket=column("bucket", -1, np.int64),
        trigger=column("trigger", -1, np.int8),
        types=types,
    )


def probe(event: str, function: str, address: int, place: str = PUSH, **more: Any) -> ProbeReport:
    found = {"hits": sum(row["event"] == event for row in ROWS), "lost": 0, "others": 0, **more}
    return ProbeReport(event, function, address, address - 0x400000, place, **found)


MAPS = "internal/runtime/maps."
PROBES = (
    probe("map grow", f"{MAPS}(*Map).growToTable", 0x4038EA),
    probe("table grow", f"{MAPS}(*table).grow", 0x406C0A),
    probe("table split", f"{MAPS}(*table).split", 0x4069EA),
    probe("clear", "runtime.mapclear", 0x423726),
    probe("gc start", "runtime.(*gcControllerState).startCycle", 0x4330CA),
    probe("mark end", "runtime.gcMarkTermination", 0x42A772, PUSH.replace("small", "large")),
    probe("sweep done", "runtime.sweepone", 0x4376AB, "nop of the inlined call"),
    probe("scavenge", "runtime.sysUnusedOS", 0x427A8A),
)


MADE_UP = TimelineFinding(
    "made-up", "warning", 1.0, 121.0, {"forced_n": 3, "every_s": 40.0},
)  # fmt: skip


def trace_result() -> TraceResult:
    return TraceResult(
        target=TargetInfo("process", 4242, "/srv/sessions/sessiond"),
        build=BuildInfo("go1.27.3", "linux", "amd64"),
        unverified=False,
        zero="program start",
        start_s=-0.5,
        end_s=131.5,
        ending="target ended",
        events=events(ROWS),
        probes=PROBES,
        exit_code=3,
        owners={A: "main.cache.byUser"},
        from_start=True,
        timelines=(Timeline("sessiond", "program start", 1.5e9, findings=(MADE_UP,)),),
    )


def troubled_trace() -> TraceResult:
    """Everything that can be said of a trace that is not whole, of a classic map, with names that are dangerous."""
    rows = [
        {"event": "map grow", "t_s": 5.0 + 0.001 * at, "map": 0xC000000000 + 48 * (at % 17), "type": at % 2,
         "old_slots": -1 if at % 3 else 8, "new_slots": 16}
        for at in range(40)
    ]  # fmt: skip
    rows += [{"event": "evacuate", "t_s": 5.5, "map": 0xC000000000, "type": 0, "bucket": 0}]
    return replace(
        trace_result(),
        target=TargetInfo("process", 7, "/srv/\x1b[31mred"),
        build=BuildInfo("go1.25.9", "linux", "amd64", ("noswissmap",)),
        unverified=True,
        zero="first record",
        ending="count",
        events=events(rows, ("map[main.K\u202e]int", 'map[string]"x"')),
        probes=(
            probe("map grow", "runtime.hashGrow", 0x40D58A, hits=1040, lost=1000, others=5, stopped_at_s=6.25),
            probe(
                "map grow",
                "runtime.hashGrow",
                0x40D5EA,
                "call of runtime.makeBucketArray",
                hits=47,
                lost=7,
                detail=True,
            ),
            probe("evacuate", "runtime.evacuate", 0x41150F, hits=3, lost=2),
            probe("scavenge", "runtime.sysUnusedOS", 0x4182CA),
        ),
        throttled=3,
        exit_code=None,
        owners={},
        notes=("no mark end: runtime.gcMarkTermination: it has no frame: nothing is pushed behind the stack check",),
    )


def empty_trace() -> TraceResult:
    return replace(trace_result(), events=events([]), owners={}, ending="time", exit_code=None)
