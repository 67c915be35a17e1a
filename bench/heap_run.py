"""The second half of ``make bench``: what ``goxray heap`` costs on whole heaps, beside goref and viewcore.

Run as ``python -m bench.heap_run [--quick]`` from the repository. Ends with 1 only where goxray's count of the heap is
not the runtime's: speed is printed beside what is to be reached, and never asserted.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from bench import heap_table as table
from bench.heap_table import HeapTrial, Look
from bench.measure import run
from bench.peers import Peer, available, last_line
from bench.programs import build, running

VERSIONS = ("1.23.9", "1.27.3")
SHAPES = ("mix", "web")
SIZES = (1 << 28, 1 << 30, 1 << 32)
QUICK_SIZES = (1 << 24, 1 << 26, 1 << 28)
RUNS = 3


def command(pid: int, output: Path) -> list[str]:
    """Return the command that is measured."""
    program = "from goxray.ui.cli.main import main; main(prog_name='goxray')"
    return [sys.executable, "-c", program, "heap", str(pid), "--format", "json", "-o", str(output)]


def look(pid: int) -> Look:
    """Run ``goxray heap PID --format json`` in a fresh process and read its answer."""
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory) / "heap.json"
        cost, _ = run(command(pid, output))
        answer = json.loads(output.read_text())
    counted = answer["reconcile"]
    return Look(
        cost=cost,
        freeze_ms=float(answer["freeze_ms"]),
        live_objects=int(counted["live_objects"]),
        live_bytes=int(counted["live_bytes"]),
        runtime_bytes=int(counted["runtime_live_bytes"]),
        faults=len(answer["faults"]),
    )


def best(pid: int, runs: int) -> Look:
    """Look several times; return the run that took least CPU, with the median freeze of all."""
    looks = [look(pid) for _ in range(runs)]
    least = min(looks, key=lambda one: one.cost.cpu)
    return replace(least, freeze_ms=statistics.median(one.freeze_ms for one in looks))


def measure(version: str, executable: Path, shape: str, size: int, start: Look, peers: list[Peer]) -> HeapTrial:
    """Build one heap, look at it with goxray and, where asked, with the others; print and return the trial."""
    with running(executable, shape, size) as heap:
        trial = HeapTrial(version, shape, heap, best(heap.pid, RUNS), start)
        print(table.row(trial), flush=True)
        for peer in peers:
            try:
                print(table.peer_row(peer.name, trial, peer.measure(heap.pid, executable)), flush=True)
            except (RuntimeError, OSError) as error:
                print(f"         {peer.name} does not read it: {last_line(str(error))}", flush=True)
    return trial


def measure_version(
    version: str, sizes: tuple[int, ...], shapes: tuple[str, ...], peers: list[Peer], directory: Path
) -> bool:
    """Measure one Go version, printing as it goes; return whether every count was the runtime's."""
    executable = build(version, directory)
    with running(executable, "server", 0) as heap:
        look(heap.pid)  # kernels are compiled, or loaded from where an earlier run has put them
        start = best(heap.pid, RUNS)
    print(table.start_line(version, start), table.HEADER, sep="\n", flush=True)
    complete, slopes = True, []
    for shape in shapes:
        # The others take minutes for a GB: they are shown the smallest heap of each shape.
        trials = [measure(version, executable, shape, size, start, peers if size == sizes[0] else []) for size in sizes]
        complete = complete and all(trial.complete for trial in trials)
        slopes.append(table.slope_line(trials))
    print(*slopes, "", sep="\n", flush=True)
    return complete


def main() -> int:
    """Run as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="heaps of 16, 64 and 256 MiB")
    parser.add_argument("--shape", action="append", choices=("one", "small", *SHAPES), help="only this shape")
    parser.add_argument("--go", action="append", metavar="VERSION", help="only this Go version; may be repeated")
    parser.add_argument("--no-peers", action="store_true", help="neither fetch nor run the other tools")
    arguments = parser.parse_args()
    peers, missing = ([], []) if arguments.no_peers else available()
    print(
        f"\ngoxray heap. To reach beyond start-up: at most {table.CPU_ALLOWED:.0f} CPU-s per GB or 20 million objects, "
        f"peak RSS at most {table.RSS_SHARE:.0%} of the heap, exponent 1 (linear)\n"
        f"CPU: the least of {RUNS} runs; frozen: the median\n"
    )
    print(*missing, sep="\n", flush=True)
    sizes = QUICK_SIZES if arguments.quick else SIZES
    shapes = tuple(arguments.shape or SHAPES)
    with tempfile.TemporaryDirectory(prefix="goxray-bench-") as directory:
        done = [measure_version(v, sizes, shapes, peers, Path(directory)) for v in arguments.go or VERSIONS]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
