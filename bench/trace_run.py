"""``make bench``: what an event of ``goxray trace`` costs the program, and what of 100,000 events a second is received.

Run as ``python -m bench.trace_run [--quick]``, as root. A loop that grows small maps runs without a probe, with one
behind the stack check, with all that ``--events map`` sets, and with one on the function's first instruction, which is
never used: the kernel has to single-step it. Times are the loop's own on one core, the least of several runs. Figures
are printed, never asserted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from goxray.target import toolchains
from goxray.target.binary import Binary
from goxray.target.perf_events import Uprobe, Uprobes
from goxray.timeline.uprobes.place import Placed, Program, place_all

VERSIONS = ("1.23.9", "1.27.3")
SOURCE = Path(__file__).parent / "growing"
RUNS = 5
GROWTHS, QUICK_GROWTHS = 200_000, 20_000
WAIT = 0.05


@dataclass(frozen=True)
class Trial:
    """The loop under one set of probes: nanoseconds a growth, hits, records received, reader's CPU seconds."""

    name: str
    each_ns: float
    per_second: float
    hits: int = 0
    received: int = 0
    reader_cpu: float = 0.0


def row(trial: Trial, bare: Trial) -> str:
    """Return one line of the table; an event's cost is what the growth takes more than without a probe."""
    if trial is bare:
        return f"  {trial.name:<44} {trial.each_ns:>8,.0f} ns a growth"
    cost = trial.each_ns - bare.each_ns
    lost = trial.hits - trial.received
    return (
        f"  {trial.name:<44} {trial.each_ns:>8,.0f} ns a growth, an event costs {cost:>7,.0f} ns; "
        f"{trial.per_second:>9,.0f} events/s, {lost:,} of {trial.hits:,} records lost, "
        f"reader {trial.reader_cpu * 1e9 / max(1, trial.received):,.0f} ns CPU a record"
    )


def measured(program: subprocess.Popen[str]) -> tuple[float, float]:
    """Run the loop several times; return its least nanoseconds a growth, and growths a second then."""
    assert program.stdin is not None and program.stdout is not None
    seconds, growths = [], 1
    for _ in range(RUNS):
        program.stdin.write("\n")
        program.stdin.flush()
        said = json.loads(program.stdout.readline())
        seconds.append(said["seconds"])
        growths = said["growths"]
    return min(seconds) * 1e9 / growths, growths / min(seconds)


@contextmanager
def growing(executable: Path, growths: int) -> Iterator[subprocess.Popen[str]]:
    """Start the loop, warm; it ends with the block."""
    command = [str(executable), "-n", str(growths)]
    env = {**os.environ, "GOMAXPROCS": "1"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as program:
        try:
            assert program.stdout is not None
            program.stdout.readline()
            measured(program)
            yield program
        finally:
            program.kill()


def with_probes(name: str, executable: Path, offsets: Sequence[int], program: subprocess.Popen[str]) -> Trial:
    """Measure the loop while a thread receives what the probes tell."""
    over, received = Event(), [0, 0.0]

    def receive() -> None:
        began = resource.getrusage(resource.RUSAGE_THREAD)
        while not over.is_set():
            probes.wait(WAIT)
            received[0] += sum(len(hits.probe) for hits in probes.drain())
        usage = resource.getrusage(resource.RUSAGE_THREAD)
        received[1] = usage.ru_utime + usage.ru_stime - began.ru_utime - began.ru_stime

    with Uprobes([Uprobe(str(executable), offset) for offset in offsets]) as probes:
        probes.enable()
        reader = Thread(target=receive)
        reader.start()
        each, rate = measured(program)
        probes.disable()
        over.set()
        reader.join()
        received[0] += sum(len(hits.probe) for hits in probes.drain())
        return Trial(name, each, rate, sum(probes.counts()), int(received[0]), received[1])


def places(executable: Path) -> list[Placed]:
    """Return the probes that ``--events map`` sets and that the loop meets."""
    binary = Binary(str(executable))
    try:
        return [each for each in place_all(Program(binary), ("map grow",))[0] if each.source.event == "map grow"]
    finally:
        binary.close()


def measure_version(version: str, growths: int, directory: Path) -> None:
    """Measure one Go version, printing as it goes."""
    executable = toolchains.install(version).build(SOURCE, directory / f"growing-{version}")
    placed = places(executable)
    first = placed[0]
    binary = Binary(str(executable))
    entry = first.offset - (first.address - Program(binary).code(first.source.function)[0])
    binary.close()
    print(f"go{version}, {first.source.function}")
    with growing(executable, growths) as program:
        bare = Trial("no probe", *measured(program))
        print(row(bare, bare), flush=True)
        sets = [("behind the stack check", [first.offset])]
        if len(placed) > 1:
            sets.append(("with the probes for its size", [each.offset for each in placed]))
        sets.append(("on the first instruction (never used)", [entry]))
        for name, offsets in sets:
            print(row(with_probes(name, executable, offsets, program), bare), flush=True)


def main() -> None:
    """Measure every version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer growths")
    quick = parser.parse_args().quick
    print("What an event of goxray trace costs the program that is traced")
    if os.geteuid() != 0:
        print("  needs root: not measured")
        return
    with tempfile.TemporaryDirectory() as directory:
        for version in VERSIONS:
            measure_version(version, QUICK_GROWTHS if quick else GROWTHS, Path(directory))


if __name__ == "__main__":
    main()
