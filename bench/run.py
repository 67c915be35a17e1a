"""``make bench``: CPU, freeze, memory and linearity of ``goxray maps`` on heaps of three shapes and three sizes.

Run as ``python -m bench.run [--quick]`` from the repository. Ends with 1 only where goxray's answer is incomplete:
speed is printed beside what is to be reached, and never asserted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bench import table
from bench.measure import best_inspection, best_read, inspect
from bench.programs import build, running

VERSIONS = ("1.23.9", "1.27.3")
SHAPES = ("one", "small", "mix")
SIZES = (1 << 28, 1 << 30, 1 << 32)
QUICK_SIZES = (1 << 24, 1 << 26, 1 << 28)
START_RUNS = 5
RUNS = 3


def start_up(version: str, executable: Path) -> table.StartUp:
    """Measure what goxray and the plain read cost on a program whose heap is next to nothing."""
    with running(executable, "server", 0) as heap:
        inspect(heap.pid)  # warms the page cache: the first run is measured by first_run.py
        found = best_inspection(heap.pid, START_RUNS)
        read = best_read(heap.pid, START_RUNS)
    return table.StartUp(version, found.cost.cpu, found.freeze_ms, found.cost.peak_rss, read.cost.cpu)


def measure(start: table.StartUp, executable: Path, shape: str, size: int) -> table.Trial:
    """Build one heap, read it with goxray and plainly, and return both."""
    with running(executable, shape, size) as heap:
        return table.Trial(start, shape, heap, best_inspection(heap.pid, RUNS), best_read(heap.pid, RUNS))


def measure_version(version: str, sizes: tuple[int, ...], shapes: tuple[str, ...], directory: Path) -> bool:
    """Measure one Go version, printing as it goes; return whether every answer was complete."""
    executable = build(version, directory)
    start = start_up(version, executable)
    print(table.start_line(start), table.HEADER, sep="\n", flush=True)
    complete = True
    slopes = []
    for shape in shapes:
        trials = []
        for size in sizes:
            trials.append(measure(start, executable, shape, size))
            print(table.row(trials[-1]), flush=True)
        complete = complete and all(trial.complete for trial in trials)
        slopes.append(table.slope_line(trials))
    print(*slopes, "", sep="\n", flush=True)
    return complete


def main() -> int:
    """Run the benchmark as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="heaps of 16, 64 and 256 MiB")
    parser.add_argument("--shape", action="append", choices=SHAPES, help="only this shape; may be repeated")
    parser.add_argument("--go", action="append", metavar="VERSION", help="only this Go version; may be repeated")
    arguments = parser.parse_args()
    sizes = QUICK_SIZES if arguments.quick else SIZES
    shapes = tuple(arguments.shape or SHAPES)
    print(
        f"to reach: at most {table.CPU_PER_GB} CPU-s per GB beyond start-up, peak RSS at most "
        f"{table.RSS_BASE / table.MB:.0f} MB + {table.RSS_SHARE:.0%} of the heap, exponent 1 (linear)\n"
        f"CPU: the least of {RUNS} runs ({START_RUNS} for start-up); frozen: the median\n"
    )
    with tempfile.TemporaryDirectory(prefix="goxray-bench-") as directory:
        done = [measure_version(version, sizes, shapes, Path(directory)) for version in arguments.go or VERSIONS]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
