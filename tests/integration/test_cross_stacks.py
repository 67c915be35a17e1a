"""In cores of crashes every frame of every goroutine lies where the runtime's own traceback says.

Goroutines are running behind a signal handler, preempted between two instructions, stopped by a fault in a function
with and without a frame; on this machine and on those that keep return addresses in a register.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from goxray.goruntime.runtime import Runtime
from goxray.target.open import open_target
from tests.harness import cross
from tests.harness.programs import Build
from tests.harness.variants import BASELINES, Variant

LEAST = {"preempted": 7, "running": 1}
"""Goroutines whose stacks are printed, by the mode of the program ``dying``."""

CASES = [
    pytest.param(variant, goarch, id=f"{variant}-{goarch or 'native'}", marks=pytest.mark.xdist_group(f"{variant}"))
    for variant in BASELINES
    for goarch in ("", *cross.MACHINES)
]


@pytest.mark.parametrize("mode", ["preempted", "running"])
@pytest.mark.parametrize(("variant", "goarch"), CASES)
def test_frames_lie_where_the_traceback_says(variant: Variant, goarch: str, mode: str, tmp_path: Path) -> None:
    how = Build(variant, goarch=goarch)

    def run(fresh: Path) -> cross.Dead:
        if mode == "preempted":
            return cross.dead(how, "dying", mode, directory=fresh)
        # nothing is preempted by signals, so that main still runs when SIGQUIT comes
        return cross.dead(how, "dying", mode, directory=fresh, kill=True, after=0.2, godebug="asyncpreemptoff=1")

    dead = cross.insist(run, tmp_path)
    printed = cross.printed_stacks(dead.traceback)
    with open_target(str(dead.core), str(dead.exe)) as target:
        runtime = Runtime(target)
        least = runtime.layout.const("MinFrameSize")
        goroutines = {goroutine.goid: goroutine for goroutine in runtime.goroutines()}
        frames = {goid: runtime.unwinder.frames(goroutine) for goid, goroutine in goroutines.items()}
    shutil.rmtree(tmp_path)
    seen = {goid: [cross.PrintedFrame(f.start, f.argp - least, f.pc) for f in frames[goid]] for goid in printed}
    assert seen == printed
    assert len(printed) >= LEAST[mode]
    assert [frame.function for frame in frames[1]][-3:] == ["main.main", "runtime.main", "runtime.goexit"]
    main = goroutines[1]
    assert main.thread and main.sp in main.registers and main.pc in main.registers
    if mode == "preempted":
        trapped = {frame.function.removeprefix("main.") for each in frames.values() for frame in each if frame.trapped}
        assert {"spinAlone", "faultingLeaf", "faultingFrame"} <= trapped and trapped & {"spinCalling", "leaf"}
    for each in frames.values():
        for frame in each:
            assert frame.unwound
            assert frame.start <= frame.varp <= frame.end and frame.entry <= frame.pc
