"""``make bench``: ``goxray gc read`` beside a plain regular expression, on logs of gctrace lines and of other text.

Run as ``python -m bench.gctrace_run [--quick]``. Each log is read by both in the same run, one after the other, in
processes of their own; the kernels are compiled before. The baseline (bench.gctrace_regex) is what a script of ten
lines does: one expression for one form of the line, a dict a cycle, no look at anything else. Compared is the CPU time
of reading, so that other load on the machine matters little. Cycles must agree: ends with 1 where they do not. Speed
is printed, never asserted.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.measure import run

LINES, QUICK_LINES = 125_000, 20_000
STEPS = (1, 4, 16)
WANTED = 500_000
RUNS = 3
TALK = b'2026-11-21T18:00:00.000Z level=info msg="request served" path=/api/v1/users/%d took=%dms status=200 bytes=%d\n'
HEADER = (
    f"{'log':<8} {'lines':>10} {'MB':>7} {'goxray lines/s':>15} {'s':>7} {'MiB':>6} "
    f"{'regex lines/s':>14} {'s':>7} {'MiB':>6} {'faster':>7}"
)

_TIMED = """
import json, resource, sys, time
{prepare}
best = None
for _ in range({runs}):
    began = time.process_time()
    cycles, aside = read(sys.argv[1])
    spent = time.process_time() - began
    best = spent if best is None else min(best, spent)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps([best, peak, cycles, aside]))
"""

OURS = """
from goxray import api_gc
def read(path):
    result = api_gc.gc_read(path)
    return len(result.rows), result.set_aside_total
"""

REGEX = "from bench.gctrace_regex import read"


@dataclass(frozen=True)
class Cost:
    """What reading a log took: the least CPU seconds of the runs, and the process' peak memory in bytes."""

    seconds: float
    peak: int
    cycles: int
    aside: int


def trace(lines: int) -> Iterator[bytes]:
    """Yield a log of that many cycles, as Go 1.18 and later print them on 8 processors."""
    for n in range(1, lines + 1):
        at, stop, percent = n * 734, 10 + n % 89, n % 7
        cpu = f"0.{8 * stop // 10:02}" if 8 * stop >= 100 else f"0.0{8 * stop:02}"
        yield (
            f"gc {n} @{at // 1000}.{at % 1000:03}s {percent}%: 0.18+{24 + n % 30}+0.0{stop} ms clock, "
            f"1.4+0.27/49/121+{cpu} ms cpu, {259 + n % 100}->{262 + n % 100}->{125 + n % 50} MB, "
            f"{265 + n % 100} MB goal, 0 MB stacks, 1 MB globals, 8 P{' (forced)' if n % 10 == 0 else ''}\n"
        ).encode()


def talk(lines: int) -> Iterator[bytes]:
    """Yield a log of other text, with a cycle every thousand lines."""
    cycles = trace(lines // 1000 + 1)
    for n in range(lines):
        yield next(cycles) if n % 1000 == 0 else TALK % (n, n % 300, n * 17)


def write(path: Path, log: Iterator[bytes]) -> None:
    """Write a log line by line: a child's peak memory counts from what this process had when it was forked."""
    with open(path, "wb") as out:
        out.writelines(log)


def cost(prepare: str, path: Path) -> Cost:
    """Read a log in a process of its own."""
    _, told = run([sys.executable, "-c", _TIMED.format(prepare=prepare, runs=RUNS), str(path)])
    return Cost(*json.loads(told))


def row(name: str, lines: int, size: int, ours: Cost, theirs: Cost) -> str:
    """Return a line of the table; the last figure is the baseline's time over goxray's."""
    return (
        f"{name:<8} {lines:>10,} {size / 1e6:>7.1f} {lines / ours.seconds:>15,.0f} {ours.seconds:>7.2f} "
        f"{ours.peak / 2**20:>6.0f} {lines / theirs.seconds:>14,.0f} {theirs.seconds:>7.2f} "
        f"{theirs.peak / 2**20:>6.0f} {theirs.seconds / ours.seconds:>6.1f}x"
    )


def verdict(rates: list[float]) -> str:
    """Say whether the issue's figure is reached on the largest logs."""
    least = min(rates)
    word = "reached" if least >= WANTED else "missed"
    return f"least of the largest logs: {least:,.0f} lines/s on one core (wanted {WANTED:,}: {word})"


def main() -> int:
    """Measure, print the table, and compare what was read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small logs: whether it works, not how fast")
    lines = QUICK_LINES if parser.parse_args().quick else LINES
    wrong = 0
    rates: list[float] = []
    print(HEADER, flush=True)
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory) / "gc.log"
        write(place, trace(20_000))
        cost(OURS, place)  # compiles the kernels
        for name, make in (("gctrace", trace), ("other", talk)):
            for step in STEPS:
                count = lines * step
                write(place, make(count))
                ours, theirs = cost(OURS, place), cost(REGEX, place)
                print(row(name, count, place.stat().st_size, ours, theirs), flush=True)
                wrong += ours.cycles != theirs.cycles or ours.aside != 0
                if step == STEPS[-1]:
                    rates.append(count / ours.seconds)
    print(verdict(rates))
    if wrong:
        print(f"{wrong} logs were read differently", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
