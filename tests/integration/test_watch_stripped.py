"""The collector's variables of a program without symbols: found by shape, at rest and in motion, or left out."""

from __future__ import annotations

import pytest

from goxray.goruntime.locate_gc import GcLocator
from goxray.goruntime.runtime import Runtime
from goxray.target.open import open_target
from tests.harness.counting import as_told, build, reading, running
from tests.harness.variants import Variant, params

VARIANTS = (Variant("1.21.13"), Variant("1.24.11"), Variant("1.27.3"))
NAMES = ("runtime.gcController", "runtime.work", "runtime.allp", "runtime.sweep", "runtime.sched")
UNKNOWN = {
    "runtime.scavenge",
    "runtime.gcCPULimiter",
    "runtime.gcphase",
    "runtime.gomaxprocs",
    "runtime.runtimeInitTime",
}


@pytest.mark.parametrize("variant", params(VARIANTS))
def test_shapes_lead_to_the_symbols_or_nowhere(variant: Variant) -> None:
    with running(build(variant)) as program, open_target(str(program.pid)) as target:
        runtime = Runtime(target)
        locator = GcLocator(runtime)
        symbols = {name: runtime.symbol(name) for name in NAMES}
        assert {name: locator.find(name) for name in NAMES} == symbols
        length = locator.find("runtime.allglen")
        assert length is not None
        assert runtime.memory.read_u64(length) == runtime.memory.read_u64(runtime.symbol("runtime.allglen"))
        program.ask("b")
        for name in NAMES:
            found = [locator.find(name) for _ in range(5)]
            assert set(found) <= {symbols[name], None}
            assert symbols[name] in found
        assert locator.find("runtime.gcphase") is None


@pytest.mark.parametrize("variant", params(VARIANTS))
def test_what_is_found_is_right_and_the_rest_is_left_out(variant: Variant) -> None:
    with running(build(variant, ldflags="-s -w")) as program, reading(program.pid) as reader:
        assert set(reader.missing) == UNKNOWN
        assert reader.init_ns is None
        told, counters = program.still(reader)
        read = as_told(counters)
        left_out = {"/gc/limiter/last-enabled:gc-cycle", "/sched/gomaxprocs:threads"}
        shared = (told.keys() & read.keys()) - left_out
        assert len(shared) > 50
        assert {name: read[name] for name in shared} == {name: told[name] for name in shared}
        assert all(read[name] is None for name in left_out)
        assert (counters.phase, counters.sweep_done) == ("off", True)


def test_work_shows_after_the_first_cycle() -> None:
    exe = build(ldflags="-s -w")
    with running(exe, "fresh", env={"GOGC": "off"}) as program, reading(program.pid) as reader:
        first = reader.read()
        assert "runtime.work" in reader.missing
        assert (first.raw.numgc, first.raw.cycles, first.phase) == (0, None, None)
        program.ask("g")
        reader.read()
        second = reader.read()
        assert (second.raw.numgc, second.raw.cycles, second.phase) == (1, 1, "off")
        assert second.raw.t_end == second.raw.last_gc_nanotime
