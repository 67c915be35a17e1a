"""The part of ``make bench`` on ``goxray gc watch``: what watching costs the program that is watched.

Run as ``python -m bench.watch_run [--quick] [--bytes N]`` from the repository. A Go program works on a heap of some GB;
a watcher is stopped (SIGSTOP) and let go (SIGCONT) in turns, so that both arms see the same machine. Compared is the
program's CPU time for a step: who else uses the machine matters little to it. The watcher runs at 10 Hz as users run
it, and as fast as 1 kHz, where many times the cost can be told from noise. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from goxray.target import toolchains

SOURCE = Path(__file__).parent / "watched"
VERSION = "1.27.3"
INTERVALS = ("100ms", "1ms")
PAIRS, QUICK_PAIRS = 150, 12
SECONDS = 0.25
SETTLE = 0.03
_WATCH = "from goxray.ui.cli.main import main; main(prog_name='goxray')"


@dataclass(frozen=True)
class Ratio:
    """CPU time of a step watched, over that unwatched: the median of the pairs, and its 95% interval."""

    median: float
    low: float
    high: float
    pairs: int


def ratio_of(pairs: Sequence[tuple[float, float]]) -> Ratio:
    """Return the median ratio of (watched, unwatched) pairs with the interval that order statistics give.

    The interval runs from the k-th smallest to the k-th largest ratio, with the largest k for which that many or fewer
    of n fair coins fall on one side with less than 2.5%: it asks nothing of how the noise is distributed.
    """
    ratios = sorted(watched / unwatched for watched, unwatched in pairs)
    count, below, k = len(ratios), 0.0, 0
    while below + math.comb(count, k) / 2**count < 0.025:
        below += math.comb(count, k) / 2**count
        k += 1
    first = max(k - 1, 0)
    return Ratio(statistics.median(ratios), ratios[first], ratios[count - 1 - first], count)


class Watched:
    """The program at work."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the watched program ended")
        return line

    def _now(self) -> tuple[int, int]:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        steps, used = self._line().split()
        return int(steps), int(used)

    def step_ns(self, seconds: float) -> float:
        """Return the CPU nanoseconds of a step, over the next seconds."""
        steps, used = self._now()
        time.sleep(seconds)
        later, more = self._now()
        return (more - used) / (later - steps)


@contextmanager
def working(executable: Path, size: int) -> Iterator[Watched]:
    """Start the program; it ends with the block."""
    command = [str(executable), "-bytes", str(size)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Watched(process)
        finally:
            process.kill()


def compare(watched: Watched, interval: str, pairs: int, seconds: float) -> tuple[Ratio, dict[str, float]]:
    """Measure pairs of arms in random order; return the ratio and what the watcher says of its own cost."""
    order = random.Random(1)
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory, "watch.json")
        command = [sys.executable, "-c", _WATCH, "gc", "watch", str(watched.pid), "--interval", interval]
        watcher = subprocess.Popen([*command, "-o", str(output)])
        try:
            time.sleep(2.0)
            measured = [_pair(watched, watcher.pid, order.random() < 0.5, seconds) for _ in range(pairs)]
        finally:
            os.kill(watcher.pid, signal.SIGCONT)
            watcher.send_signal(signal.SIGINT)
            watcher.wait()
        told = json.loads(output.read_text())
    moments = told["samples"]["t_s"]
    apart = statistics.median(later - moment for moment, later in itertools.pairwise(moments))
    cost: dict[str, float] = {**told["cost"], "hertz": 1 / apart}
    return ratio_of(measured), cost


def _pair(watched: Watched, watcher: int, first: bool, seconds: float) -> tuple[float, float]:
    """CPU of a step with the watcher running and stopped, the one or the other ``first``."""
    found = {}
    for running in (first, not first):
        os.kill(watcher, signal.SIGCONT if running else signal.SIGSTOP)
        time.sleep(SETTLE)
        found[running] = watched.step_ns(seconds)
    return found[True], found[False]


def row(interval: str, ratio: Ratio, cost: dict[str, float]) -> str:
    """Return the line of one interval."""
    low, high = 100 * (ratio.low - 1), 100 * (ratio.high - 1)
    smaps = f", smaps_rollup {cost['smaps_ms']:.1f} ms at most" if cost["smaps_ms"] else ""
    change = f"{100 * (ratio.median - 1):+.3f}% CPU a step [{low:+.3f}%, {high:+.3f}%], {ratio.pairs} pairs"
    return (
        f"every {interval:>5} ({cost['hertz']:.0f} Hz): the watched program needs {change}; "
        f"a read {cost['read_us']:.0f} us{smaps}"
    )


def share(ratio: Ratio, hertz: float) -> str:
    """Return the line that says what a fast watcher's cost comes to at 10 Hz: it reads so many times as often."""
    low, middle, high = (100 * (part - 1) * 10 / hertz for part in (ratio.low, ratio.median, ratio.high))
    return f"  of the last, 10 reads in {hertz:.0f} are 10 Hz: {middle:+.4f}% [{low:+.4f}%, {high:+.4f}%]"


def main() -> None:
    """Print a line for each interval, and the bound that the fast one gives for 10 Hz."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--bytes", type=int, default=2 << 30)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    options = parser.parse_args()
    size, pairs = (256 << 20, QUICK_PAIRS) if options.quick else (options.bytes, PAIRS)
    with tempfile.TemporaryDirectory() as directory:
        executable = toolchains.install(VERSION).build(SOURCE, Path(directory, "watched"))
        with working(executable, size) as watched:
            print(f"gc watch on a program of {size / 1e9:.1f} GB (go{VERSION}); to be reached at 10 Hz: under +0.1%")
            for interval in INTERVALS:
                ratio, cost = compare(watched, interval, pairs, options.seconds)
                print(row(interval, ratio, cost), flush=True)
            print(share(ratio, cost["hertz"]))


if __name__ == "__main__":
    main()
