"""Stacks are cut into the frames that the runtime itself prints."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from goxray.goruntime.goroutines import Frame, Goroutine
from goxray.goruntime.runtime import Runtime
from goxray.target.open import open_target
from tests.harness.programs import Build, build
from tests.harness.speaking import Speaker, speaking
from tests.harness.variants import BASELINES, Variant, params

Stacks = dict[int, tuple[Goroutine, list[Frame]]]

MOST_FRAMES = 60
_SHAPE = re.compile(r"\[go\.shape\..*\]")

pytestmark = pytest.mark.parametrize("variant", params(BASELINES), indirect=True)


@pytest.fixture(scope="module")
def program(variant: Variant) -> Iterator[Speaker]:
    with speaking(build("parked", Build(variant))) as running:
        yield running


@pytest.fixture(scope="module")
def stacks(program: Speaker) -> Stacks:
    with open_target(str(program.pid), None) as target:
        runtime = Runtime(target)
        with target.freeze():
            return {g.goid: (g, runtime.unwinder.frames(g)) for g in runtime.goroutines()}


def as_printed(frames: list[Frame]) -> list[str]:
    """The functions as a traceback prints them: panic for gopanic, else nothing of the runtime's own, no wrappers."""
    names = [_SHAPE.sub("[...]", frame.function).replace("runtime.gopanic", "panic") for frame in frames]
    return [name for name in names if name and not name.startswith("runtime.") and not name.endswith("-fm")]


def test_frames_are_those_that_the_runtime_prints(program: Speaker, stacks: Stacks) -> None:
    said: dict[str, list[str]] = program.said["stacks"]
    assert len(said) == 13 and max(map(len, said.values())) > MOST_FRAMES
    seen = {goid: as_printed(stacks[int(goid)][1]) for goid in said}
    assert seen == said


def test_frames_lie_one_behind_the_other(stacks: Stacks) -> None:
    for goroutine, frames in stacks.values():
        assert goroutine.stack_lo <= goroutine.sp == frames[0].start
        assert [frame.end for frame in frames[:-1]] == [frame.start for frame in frames[1:]]
        assert goroutine.sp < frames[-1].end <= goroutine.stack_hi


def test_every_stack_ends_where_goroutines_do(stacks: Stacks) -> None:
    for goid, (_, frames) in stacks.items():
        names = [frame.function for frame in frames if frame.function]
        assert names[-1] in ("runtime.goexit", "runtime.main"), goid
