"""A running program, told of by its log, its execution trace, its profile and goxray's own look, on one axis."""

from __future__ import annotations

import io
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goxray import api
from goxray.core.joined_result import TimelineResult
from goxray.render import write
from goxray.render.options import RenderOptions
from tests.harness.programs import Build, build
from tests.harness.variants import Variant

# Go 1.22's traces have no wall clock, those of 1.25 on do: the two ways to lay a trace onto an axis.
VERSIONS = ("1.22.10", "1.27.3")


TRIES = 4
JOINED = ["cycles", "cycles"]


@dataclass(frozen=True)
class Run:
    """A run that is over: the directory with its files, and what the program knew."""

    directory: Path
    truth: dict[str, Any]

    def offsets(self) -> Any:
        """Return the wall clock at the runtime's zero as each collection has it: PauseEnd less gctrace's time."""
        log = api.gc_read(str(self.directory / "gc.log")).timelines[0]
        ended = np.array([each.end_s for each in log.intervals if each.track == "gc"])
        return np.array(self.truth["pause_ends"]) / 1e9 - ended

    @property
    def calm(self) -> bool:
        """Whether the machine gave the program its processors: two clocks of one event were read together."""
        offsets = self.offsets()
        return bool((np.abs(offsets - np.median(offsets)) < 0.001).mean() > 0.9)

    def identities(self) -> list[str | None]:
        """Return by what the watch and the trace were found to be of the log's process."""
        by = {Path(source.path).name: source for source in self.timeline("gc.log", "watch.json", "trace.out").sources}
        return [by[name].identity for name in ("watch.json", "trace.out")]

    def timeline(self, *names: str, same_process: bool = False) -> TimelineResult:
        return api.timeline([str(self.directory / name) for name in names], same_process=same_process)


def run_once(version: str, directory: Path) -> Run:
    """Let the program run under a watch; it begins its work when the first sample has been taken."""
    program = build("joined", Build(Variant(version)))
    environment = {**os.environ, "GODEBUG": "gctrace=1", "GOMAXPROCS": "2"}
    with open(directory / "gc.log", "wb") as log, subprocess.Popen(
        [str(program), str(directory), "5", "wait"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        env=environment,
    ) as process:  # fmt: skip
        try:
            begun = False

            def begin(_: object) -> None:
                nonlocal begun
                if not begun and process.stdin is not None:
                    begun = True
                    process.stdin.write(b"go\n")
                    process.stdin.flush()

            watched = api.watch(str(process.pid), interval=0.02, duration=60, on_sample=begin)
            said = process.stdout.read() if process.stdout is not None else b""
            assert process.wait(60) == 0
        finally:
            process.kill()
    out = io.BytesIO()
    write(watched, "json", out, RenderOptions(), "watch")
    (directory / "watch.json").write_bytes(out.getvalue())
    return Run(directory, json.loads(said))


@pytest.fixture(
    scope="module", params=[pytest.param(v, marks=pytest.mark.xdist_group(f"joined-{v}")) for v in VERSIONS]
)
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run in which the machine gave the program its processors, or else the last of TRIES."""
    for _ in range(TRIES):
        found = run_once(request.param, tmp_path_factory.mktemp("joined"))
        if found.calm and found.identities() == JOINED:
            break
    return found


def ends(result: TimelineResult, source: str) -> Any:
    return np.array(
        sorted(
            each.end_s
            for each in result.timelines[0].intervals
            if each.track == "gc" and each.name == "cycle" and each.source == source
        )
    )


def test_all_sources_are_found_to_be_one_process(ran: Run) -> None:
    """On a busy machine clocks are read late, and nothing may be claimed; what is claimed is right all the same."""
    result = ran.timeline("gc.log", "watch.json", "trace.out")
    by = {Path(source.path).name: source for source in result.sources}
    if ran.calm:
        assert ran.identities() == JOINED
        assert len(result.timelines) == 1 and by["watch.json"].aligned == "program start"
    log = ends(result, "gctrace")
    assert len(log) == ran.truth["num_gc"]
    for name, source in (("watch.json", "counters"), ("trace.out", "exec trace")):
        if by[name].process == by["gc.log"].process:
            apart = np.abs(ends(result, source)[:, None] - log[None, :]).min(axis=1)
            assert len(apart) >= 2 and np.median(apart) < 0.0025, name


def test_places_on_the_axis_are_where_the_program_says_they_are(ran: Run) -> None:
    result = ran.timeline("gc.log", "watch.json", "trace.out", "heap.pb.gz", "metrics.jsonl", same_process=True)
    zero = float(np.median(ran.offsets()))
    by = {Path(source.path).name: source for source in result.sources}
    for name, before, after in (("heap.pb.gz", "profile", "profiled"), ("trace.out", "trace", "traced")):
        if by[name].process == 0:
            clock = ran.truth["clock"]
            assert clock[before] - zero - 0.02 <= by[name].shift_s <= clock[after] - zero + 0.02, name
    assert by["heap.pb.gz"].process == by["metrics.jsonl"].process == 0 or not ran.calm
    unix = result.timelines[0].zero_unix_s
    assert unix is not None and abs(unix - zero) < 0.05


def test_another_run_of_the_same_program_is_another_process(ran: Run, tmp_path: Path) -> None:
    """The other run's collections come at other times: its trace must not be laid onto this run's log."""
    program = build("joined", Build(Variant(VERSIONS[0])))
    with open(tmp_path / "gc.log", "wb") as log:
        subprocess.run(
            [str(program), str(tmp_path), "11"], stdout=subprocess.DEVNULL, stderr=log, check=True, timeout=60,
            env={**os.environ, "GODEBUG": "gctrace=1", "GOMAXPROCS": "2"},
        )  # fmt: skip
    result = api.timeline([str(ran.directory / "gc.log"), str(tmp_path / "trace.out")])
    assert [source.process for source in result.sources] == [0, 1]
    assert [note.name for note in result.notes] == ["own"]
