"""What the first run after installation costs beyond later ones.

A first run finds no compiled bytecode: here every run of the first kind gets an empty bytecode directory of its own, in
which the interpreter has to compile goxray and all it imports. That is the worst case, since pip compiles what it
installs. Run as ``python -m bench.first_run``.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path

from bench.measure import goxray_command, run
from bench.programs import build, running

VERSION = "1.27.3"
RUNS = 3
ALLOWED = 2.0


def first_and_later(pid: int) -> tuple[float, float]:
    """Return the wall seconds of a run without any bytecode and of the run after it."""
    with tempfile.TemporaryDirectory(prefix="goxray-first-") as directory:
        env = {**os.environ, "PYTHONPYCACHEPREFIX": directory}
        command = goxray_command(pid, Path(directory) / "maps.json")
        first, _ = run(command, env)
        later, _ = run(command, env)
    return first.wall, later.wall


def main() -> int:
    """Measure and print; speed is not asserted."""
    with (
        tempfile.TemporaryDirectory(prefix="goxray-bench-") as directory,
        running(build(VERSION, Path(directory)), "server", 0) as heap,
    ):
        runs = [first_and_later(heap.pid) for _ in range(RUNS)]
    first = statistics.median(one for one, _ in runs)
    later = statistics.median(one for _, one in runs)
    verdict = "reached" if first - later <= ALLOWED else "missed"
    print(
        f"first run after installation {first:.2f} s, later ones {later:.2f} s: {first - later:+.2f} s "
        f"(to reach: at most {ALLOWED:.0f} s more, {verdict})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
