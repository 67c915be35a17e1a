"""From hits to events: sizes join the growth that they belong to, on its goroutine; what is not certain is not told."""

from __future__ import annotations

import numpy as np
import pytest

from goxray.core.errors import UsageError
from goxray.core.trace_result import EVENTS, TraceEvents
from goxray.layout import layout_for
from goxray.target.perf_events import REGISTERS, Hits
from goxray.timeline.uprobes.axis import MOST, timeline_of
from goxray.timeline.uprobes.decode import decode
from goxray.timeline.uprobes.events import DEFAULT_GROUPS, GROUPS, SOURCES, Source, events_of
from goxray.timeline.uprobes.place import Placed

CLASSIC = ("runtime.hashGrow", "runtime.evacuate", "runtime.sysUnusedOS", "runtime.mapclear")
ZERO = 1_000_000


def placed(*functions: str) -> list[Placed]:
    return [Placed(source, 0x401000 + at, at, "") for at, source in enumerate(SOURCES) if source.function in functions]


def where(probes: list[Placed], function: str, where: str = "push") -> int:
    return next(at for at, each in enumerate(probes) if (each.source.function, each.source.where) == (function, where))


class Told:
    """Hits written down by hand: when, which probe, on which goroutine and thread, what its registers hold."""

    def __init__(self, probes: list[Placed]) -> None:
        self.probes = probes
        self.rows: list[tuple[int, int, int, list[int]]] = []

    def hit(self, at: int, function: str, place: str = "push", *, g: int = 1, tid: int = 1, **registers: int) -> None:
        values = [registers.get(name, 0xDEAD_0000_0000_0000) for name in REGISTERS]
        values[REGISTERS.index("r14")] = g
        self.rows.append((at, where(self.probes, function, place), tid, values))

    def grow(self, at: int, header: int, b: int, *, g: int = 1, tid: int = 1, same: bool = False) -> None:
        self.hit(at, "runtime.hashGrow", g=g, tid=tid, rax=0x500000, rbx=header)
        if same:
            self.hit(at + 1, "runtime.hashGrow", "same size", g=g, tid=tid)
        self.hit(at + 2, "runtime.hashGrow", "call", g=g, tid=tid, rbx=0xFF00 | b)

    def events(self, *, whole: bool = True, version: str = "go1.23.9") -> TraceEvents:
        rows = sorted(self.rows)
        hits = Hits(
            probe=np.array([row[1] for row in rows], np.int64),
            at_ns=np.array([ZERO + row[0] for row in rows], np.int64),
            pid=np.ones(len(rows), np.int64),
            tid=np.array([row[2] for row in rows], np.int64),
            ip=np.zeros(len(rows), np.uint64),
            registers=np.array([row[3] for row in rows], np.uint64).reshape(-1, len(REGISTERS)),
        )
        return decode(
            hits,
            self.probes,
            layout_for(version, "amd64", ()),
            zero_ns=ZERO,
            type_name=lambda addr: {0x500000: "map[string]int"}.get(addr, ""),
            whole=whole,
        )


def sizes(events: TraceEvents) -> list[tuple[int, int, int]]:
    return list(zip(events.map.tolist(), events.old_slots.tolist(), events.new_slots.tolist(), strict=True))


def test_growths_that_run_at_once_on_several_goroutines() -> None:
    told = Told(placed(*CLASSIC))
    told.hit(10, "runtime.hashGrow", g=1, tid=1, rax=0x500000, rbx=0xA0)
    told.hit(11, "runtime.hashGrow", g=2, tid=2, rax=0x500000, rbx=0xB0)
    told.hit(12, "runtime.hashGrow", "same size", g=2, tid=2)
    told.hit(13, "runtime.hashGrow", "call", g=1, tid=2, rbx=1)  # preempted, and resumed on the other's thread
    told.hit(14, "runtime.hashGrow", "call", g=2, tid=1, rbx=5)
    told.grow(20, 0xA0, 2)
    assert sizes(told.events()) == [(0xA0, 8, 16), (0xB0, 256, 256), (0xA0, 16, 32)]


def test_what_belongs_to_no_growth_seen() -> None:
    """A trace may begin between the hits of one growth, and hits may be lost."""
    told = Told(placed(*CLASSIC))
    told.hit(1, "runtime.hashGrow", "call", rbx=9)
    told.hit(2, "runtime.hashGrow", rax=0x500000, rbx=0xA0)
    told.grow(5, 0xB0, 3)
    told.hit(9, "runtime.hashGrow", "call", g=7, rbx=4)
    assert sizes(told.events()) == [(0xA0, -1, -1), (0xB0, 32, 64)]


def test_without_every_hit_a_size_before_is_not_certain() -> None:
    told = Told(placed(*CLASSIC))
    told.grow(1, 0xA0, 3)
    assert sizes(told.events(whole=False)) == [(0xA0, -1, 64)]


def test_types_and_times() -> None:
    told = Told(placed(*CLASSIC))
    told.grow(2_500_000_000, 0xA0, 1)
    told.hit(2_600_000_000, "runtime.mapclear", rax=0x1234, rbx=0xA0, tid=44)
    events = told.events()
    assert events.t_s.tolist() == [2.5, 2.6]
    assert [EVENTS[number] for number in events.event] == ["map grow", "clear"]
    assert events.types == ("map[string]int",)
    assert events.type.tolist() == [0, -1]
    assert events.thread.tolist() == [1, 44]


def test_a_bucket_is_evacuated_once_a_growth() -> None:
    told = Told(placed(*CLASSIC))
    calls = [(1, 0xA0, 0), (2, 0xA0, 1), (3, 0xA0, 0), (4, 0xB0, 0), (5, 0xB0, 0)]
    for at, header, bucket in calls:
        told.hit(at, "runtime.evacuate", rax=0x500000, rbx=header, rcx=bucket)
    told.grow(10, 0xA0, 2)
    told.hit(20, "runtime.evacuate", rax=0x500000, rbx=0xA0, rcx=0)
    told.hit(21, "runtime.evacuate", rax=0x500000, rbx=0xA0, rcx=0)
    events = told.events()
    moved = events.event == EVENTS.index("evacuate")
    assert list(zip(events.map[moved].tolist(), events.bucket[moved].tolist(), strict=True)) == [
        (0xA0, 0), (0xA0, 1), (0xB0, 0), (0xA0, 0),
    ]  # fmt: skip


def test_swiss_tables() -> None:
    names = [source.function for source in SOURCES if source.function.startswith("internal/")]
    told = Told(placed(*names))
    small, grow, split = names
    told.hit(1, small, rax=0xA0, rbx=0x500000)
    told.hit(2, grow, rax=0x70, rbx=0x500000, rcx=0xA0, rdi=0xFFFF_0400)  # a uint16: what is above means nothing
    told.hit(3, split, rax=0x71, rbx=0x500000, rcx=0xA0)
    events = told.events(version="go1.27.3")
    assert sizes(events) == [(0xA0, 8, 16), (0xA0, 512, 1024), (0xA0, 1024, 2048)]
    assert events.table.tolist() == [0, 0x70, 0x71]


@pytest.mark.parametrize(("kind", "trigger"), [(0, 0), (1, 1), (2, 2), (9, -1)])
def test_why_a_collection_began(kind: int, trigger: int) -> None:
    function = "runtime.(*gcControllerState).startCycle"
    told = Told(placed(function))
    told.hit(1, function, rdi=kind)
    assert told.events().trigger.tolist() == [trigger]


def test_nothing_at_all() -> None:
    assert len(Told(placed(*CLASSIC)).events()) == 0


def test_groups_of_events() -> None:
    assert events_of(DEFAULT_GROUPS) == {
        "map grow", "table grow", "table split", "gc start", "mark end", "sweep done", "scavenge",
    }  # fmt: skip
    assert {event for group in GROUPS.values() for event in group} == set(EVENTS)
    assert {source.event for source in SOURCES} == set(EVENTS)
    for wrong in (("maps",), (), ("map", "gcs")):
        with pytest.raises(UsageError) as caught:
            events_of(wrong)
        assert "map, gc, sweep, scavenge, clear, evacuate" in caught.value.hint


def test_moments_of_an_axis() -> None:
    told = Told(placed(*CLASSIC, "runtime.(*gcControllerState).startCycle", "runtime.gcMarkTermination"))
    told.grow(1_000_000_000, 0xA0, 1)
    told.hit(2_000_000_000, "runtime.(*gcControllerState).startCycle", rdi=2)
    told.hit(2_250_000_000, "runtime.gcMarkTermination")
    told.hit(3_000_000_000, "runtime.sysUnusedOS", rax=0xC000, rbx=8192)
    line = timeline_of("p", told.events(), {0xA0: "main.cache"}, zero="program start", zero_unix_s=None)
    assert [(m.track, m.name, m.at_s) for m in line.moments] == [
        ("map", "map grow", 1.0), ("gc", "gc start", 2.0), ("mark", "mark end", 2.25), ("scavenge", "scavenge", 3.0),
    ]  # fmt: skip
    assert line.moments[0].detail == {
        "map": "0xa0", "owner": "main.cache", "type": "map[string]int", "old_slots": 8, "new_slots": 16,
    }  # fmt: skip
    assert line.moments[3].detail == {"bytes": 8192}
    assert [(each.track, each.name) for each in line.intervals] == [("gc", "cycle"), ("mark", "concurrent mark")]
    for each in line.intervals:
        assert (each.start_s, each.end_s, each.detail) == (2.0, 2.25, {"forced": 1.0, "trigger": "forced"})


def test_collections_are_numbered_where_the_first_is_known_to_be_the_first() -> None:
    start, mark = "runtime.(*gcControllerState).startCycle", "runtime.gcMarkTermination"
    told = Told(placed(start, mark))
    for at, function in ((1, start), (2, mark), (3, start), (4, start), (5, mark)):  # the end of the second was lost
        told.hit(at, function, rdi=0)
    line = timeline_of("p", told.events(), {}, zero="program start", zero_unix_s=None, numbered=True)
    cycles = [each for each in line.intervals if each.name == "cycle"]
    assert [(each.detail["n"], each.start_s, each.end_s) for each in cycles] == [(1, 1e-9, 2e-9), (3, 4e-9, 5e-9)]


def test_many_moments_are_put_together() -> None:
    told = Told(placed("runtime.sysUnusedOS"))
    for at in range(3 * MOST):
        told.hit(at * 1000, "runtime.sysUnusedOS", rax=0xC000, rbx=4096)
    line = timeline_of("p", told.events(), {}, zero="program start", zero_unix_s=None)
    assert len(line.moments) <= MOST
    assert sum(int(moment.detail["count"]) for moment in line.moments) == 3 * MOST
    assert sum(int(moment.detail["bytes"]) for moment in line.moments) == 3 * MOST * 4096


def test_sources_name_registers_that_are_recorded() -> None:
    for source in SOURCES:
        assert set(source.takes) <= set(REGISTERS), source
        assert isinstance(source, Source)
        assert (source.where == "call") == bool(source.callee)
