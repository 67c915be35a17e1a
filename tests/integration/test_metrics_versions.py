"""Dumps that real programs of every Go version wrote of themselves: each value where the program had it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from goxray.timeline.metrics import read
from tests.harness import told_program
from tests.harness.variants import BASELINES, Variant, params

if TYPE_CHECKING:
    from goxray.core.timeline_result import Series, Timeline


def series(timeline: Timeline, name: str) -> Series:
    """Return the timeline's series of that name."""
    return next(each for each in timeline.series if each.name == name)


@pytest.mark.parametrize("variant", params(BASELINES))
def test_metrics_are_those_of_the_program(variant: Variant) -> None:
    told = told_program.run_once(variant.version)
    timeline = read(told.directory / "metrics.jsonl")
    metrics = [each["metrics"] for each in told.truth]
    for name, metric in (
        ("heap_goal", "/gc/heap/goal:bytes"),
        ("heap_objects", "/gc/heap/objects:objects"),
        ("heap_alloc", "/memory/classes/heap/objects:bytes"),
        ("sys", "/memory/classes/total:bytes"),
        ("gc_cycles", "/gc/cycles/total:gc-cycles"),
        ("gc_forced_cycles", "/gc/cycles/forced:gc-cycles"),
        ("goroutines", "/sched/goroutines:goroutines"),
        ("procs", "/sched/gomaxprocs:threads"),
        ("heap_live", "/gc/heap/live:bytes"),
        ("gogc", "/gc/gogc:percent"),
    ):
        assert series(timeline, name).values.tolist() == [float(each[metric]) for each in metrics], name
    # What MemStats has by name (runtime/mstats.go, readmemstats_m) is a sum here.
    heap = "/memory/classes/heap/"
    for name, one, other in (("heap_inuse", "objects", "unused"), ("heap_idle", "free", "released")):
        parts = [each[f"{heap}{one}:bytes"] + each[f"{heap}{other}:bytes"] for each in metrics]
        assert series(timeline, name).values.tolist() == parts, name
    inuse = series(timeline, "heap_inuse").values.tolist()
    assert inuse == pytest.approx([each["HeapInuse"] for each in told.truth], abs=1 << 20)  # read a moment later
    cpu = series(timeline, "gc_cpu_percent").values.tolist()
    compared = 0
    for value, each in zip(cpu, told.truth, strict=True):
        if each["metrics"]["/gc/cycles/total:gc-cycles"] == each["NumGC"]:  # no collection between the two readings
            assert value == pytest.approx(100 * each["GCCPUFraction"], rel=1e-9)
            compared += 1
    assert compared
    assert timeline.zero_unix_s is not None
    at = [timeline.zero_unix_s + t for t in series(timeline, "sys").t_s]
    assert at == pytest.approx([each["unix_ns"] / 1e9 for each in told.truth], abs=0.5)
    assert not [each for each in timeline.series if each.name == "memory_limit"]  # the program has none
    longest = series(timeline, "pause_ms").values
    assert 0 < longest.max() < 10_000


@pytest.mark.parametrize("variant", params(BASELINES))
def test_memstats_are_those_of_the_program(variant: Variant) -> None:
    told = told_program.run_once(variant.version)
    timeline = read(told.directory / "expvar.jsonl")
    for name, field in (
        ("heap_alloc", "HeapAlloc"),
        ("heap_inuse", "HeapInuse"),
        ("heap_idle", "HeapIdle"),
        ("heap_released", "HeapReleased"),
        ("heap_objects", "HeapObjects"),
        ("stacks", "StackInuse"),
        ("sys", "Sys"),
        ("heap_goal", "NextGC"),
        ("gc_cycles", "NumGC"),
        ("gc_forced_cycles", "NumForcedGC"),
    ):
        assert series(timeline, name).values.tolist() == [each[field] for each in told.truth], name
    cpu = [100 * each["GCCPUFraction"] for each in told.truth]
    assert series(timeline, "gc_cpu_percent").values.tolist() == pytest.approx(cpu)


@pytest.mark.parametrize("variant", params(BASELINES))
def test_pauses_stand_where_the_ring_has_them(variant: Variant) -> None:
    told = told_program.run_once(variant.version)
    timeline = read(told.directory / "expvar.jsonl")
    ends = [each for each in timeline.moments if each.name == "mark end"]
    assert [each.detail["n"] for each in ends] == list(range(1, told.truth[-1]["NumGC"] + 1))
    assert sum(float(each.detail["pause_ms"]) for each in ends) == pytest.approx(told.truth[-1]["PauseTotalNs"] / 1e6)
    by_n = {each.detail["n"]: each for each in ends}
    assert timeline.zero_unix_s is not None
    for each in told.truth:
        last = by_n[each["NumGC"]]
        assert last.at_s + timeline.zero_unix_s == pytest.approx(each["LastGC"] / 1e9, abs=1e-6)
        assert last.detail["pause_ms"] == each["LastPauseNs"] / 1e6
    pauses = series(timeline, "pause_ms")
    assert pauses.t_s.tolist() == [each.at_s for each in ends]
    assert pauses.values.tolist() == [each.detail["pause_ms"] for each in ends]
    assert timeline.process == f"go{variant.version}"  # the executable's name: cmdline
    assert "each is placed at the end of its last collection" in timeline.notes[0]
