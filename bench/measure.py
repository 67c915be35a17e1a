"""Runs a command and reports what it cost, and the benchmark's two readers of a live Go program."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What one process used: CPU and wall seconds, and its peak resident memory in bytes."""

    cpu: float
    wall: float
    peak_rss: int


@dataclass(frozen=True)
class Inspection:
    """One run of ``goxray maps``: what it cost and what it said."""

    cost: Cost
    freeze_ms: float
    maps: int
    entries: int
    live_bytes: int
    faults: int


@dataclass(frozen=True)
class Baseline:
    """One plain sequential read of the same process: what it cost and the bytes it read."""

    cost: Cost
    bytes_read: int


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> tuple[Cost, str]:
    """Run a command to its end in a process of its own; return its cost and its standard output.

    The kernel counts a child's peak memory from the fork on, so this process is kept small: it loads no NumPy.

    Raises:
        RuntimeError: the command failed; the message holds its standard error.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.monotonic()
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=None if env is None else dict(env)
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if child.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}:\n{err.read().decode()}")
        return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024), out.read().decode()


def goxray_command(pid: int, output: Path) -> list[str]:
    """Return the command that the benchmark measures."""
    program = "from goxray.ui.cli.main import main; main(prog_name='goxray')"
    return [sys.executable, "-c", program, "maps", str(pid), "--group", "owner", "--format", "json", "-o", str(output)]


def inspect(pid: int) -> Inspection:
    """Run ``goxray maps PID --group owner --format json`` in a fresh process and read its answer."""
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory) / "maps.json"
        cost, _ = run(goxray_command(pid, output))
        answer = json.loads(output.read_text())
    return Inspection(
        cost=cost,
        freeze_ms=float(answer["freeze_ms"]),
        maps=int(answer["totals"]["maps"]),
        entries=int(answer["totals"]["entries"]),
        live_bytes=int(answer["heap"]["live_bytes"]),
        faults=len(answer["faults"]),
    )


def best_inspection(pid: int, runs: int) -> Inspection:
    """Inspect several times; return the run that took least CPU, with the median freeze of all.

    What else the machine does only ever adds to a run's CPU time (caches, shared cores), so the least is nearest to
    the truth.
    """
    all_runs = [inspect(pid) for _ in range(runs)]
    best = min(all_runs, key=lambda one: one.cost.cpu)
    return replace(best, freeze_ms=statistics.median(one.freeze_ms for one in all_runs))


def best_read(pid: int, runs: int) -> Baseline:
    """Read sequentially several times; return the run that took least CPU."""
    return min((read_sequentially(pid) for _ in range(runs)), key=lambda one: one.cost.cpu)


def read_sequentially(pid: int) -> Baseline:
    """Read the same process's memory once from front to back in a fresh process."""
    script = Path(__file__).with_name("sequential_read.py")
    cost, out = run([sys.executable, str(script), str(pid)])
    return Baseline(cost, int(out))
