"""``goxray trace -- CMD``: from the program's first instruction to its end, on every Go version."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from tests.harness import traced
from tests.harness.speaking import Speaker
from tests.harness.variants import BASELINES, params

STATUS = 7


@dataclass
class Run:
    """A whole life of the program: what it said, what its runtime printed, what goxray wrote, and the status."""

    said: list[dict[str, Any]]
    printed: str
    report: dict[str, Any]
    status: int

    def times(self, event: str) -> list[float]:
        """When an event happened."""
        return [row["t_s"] for row in self.report["events"] if row["event"] == event]


@pytest.fixture(scope="module", params=params(BASELINES))
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The program of each version, started by goxray."""
    folder = tmp_path_factory.mktemp("command")
    errors, report = folder / "stderr", folder / "report.json"
    goxray = (sys.executable, "-m", "goxray", "trace", "-o", str(report), "--", traced.build(request.param))
    with traced.running(*goxray, errors=errors, GODEBUG="scavtrace=1") as program:
        said = [program.tell(command) for command in ("alloc 4", "release 24", "gc 2")]
        traced.settle(program)
        said.append(program.tell("gc 1"))
        status = leave(program)
    return Run(said, errors.read_text(), json.loads(report.read_text()), status)


def leave(program: Speaker) -> int:
    """Tell the program to end, and return the status of what was started."""
    process = program.process
    assert process.stdin is not None
    process.stdin.write(f"exit {STATUS}\n")
    process.stdin.flush()
    return process.wait(60)


def test_the_status_is_the_commands_own(run: Run) -> None:
    assert run.status == STATUS
    assert run.report["exit_code"] == STATUS
    assert run.report["ending"] == "target ended"


def test_every_collection_of_the_programs_life_is_there(run: Run) -> None:
    own = 1  # main collects once before it listens
    cycles = own + sum(said["NumGC"] for said in run.said)
    assert len(run.times("gc start")) == len(run.times("mark end")) == cycles
    assert run.report["counts"]["gc start"] == cycles
    assert not any(run.report["lost"].values())


def test_sweeping_is_done_once_a_collection(run: Run) -> None:
    """Before the first one there is nothing to sweep (runtime/mgc.go, gcinit)."""
    marks, sweeps = run.times("mark end"), run.times("sweep done")
    assert len(sweeps) == len(marks)
    assert all(mark < sweep for mark, sweep in zip(marks, sweeps, strict=True))


def test_scavenged_bytes_are_those_that_the_runtime_prints(run: Run) -> None:
    """scavtrace prints what the scavengers gave back since it printed last, and what each forced run did.

    The last line comes when the last collection's sweep is done; what is given back after that, it does not print.
    """
    found = re.findall(r"^scav (\d+) KiB work \(bg\), (\d+) KiB work \(eager\)", run.printed, re.MULTILINE)
    printed = sum(int(background) + int(eager) for background, eager in found)
    last = run.times("sweep done")[-1]
    told = [row for row in run.report["events"] if row["event"] == "scavenge" and row["t_s"] < last]
    assert sum(row["bytes"] for row in told) == printed << 10
    assert printed >= 16 << 10
    assert all(int(row["addr"], 16) % 4096 == 0 for row in told)


def test_the_axis_begins_with_the_program(run: Run) -> None:
    assert run.report["zero"] == "program start"
    assert run.report["start_s"] < 0 < run.report["events"][-1]["t_s"] <= run.report["end_s"]
