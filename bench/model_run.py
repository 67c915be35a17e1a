"""``make bench``: the model's assigns a second beside the real map's, and the wall time of a prediction.

Run as ``python -m bench.model_run [--quick]``. Every figure of one line comes from the same run, on one core, as CPU
seconds at their least. Ends with 1 only where the model's map is not the real one: speed is printed, never asserted.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import tempfile
from pathlib import Path

from bench import model_table as table
from bench.measure import Cost, run
from goxray.target import toolchains

VERSIONS = ("1.23.9", "1.27.3")
SIZES = (625_000, 2_500_000, 10_000_000)
QUICK_SIZES = (62_500, 250_000, 1_000_000)
CONTAINER = 500_000
RUNS = 3
WALL_RUNS = 7
SOURCE = Path(__file__).parent / "fills"
PREDICT = ("predict", "map[string]*T", "-n", "1e9", "--go", "1.23,1.27")


def real_fill(executable: Path, entries: int) -> table.Filled:
    """Fill a real map on one core."""
    _, out = run([str(executable), "-n", str(entries), "-runs", str(RUNS)], {**os.environ, "GOMAXPROCS": "1"})
    said = json.loads(out)
    return table.Filled(said["entries"], said["seconds"], said["bytes"])


def model_fill(how: str, version: str, entries: int) -> table.Filled:
    """Fill a map of the model in a process of its own."""
    _, out = run([sys.executable, "-m", "bench.model_fill", how, version, str(entries), str(RUNS)])
    said = json.loads(out)
    return table.Filled(said["entries"], said["seconds"], said["bytes"], said["memory"], said["kind"])


def quickest(arguments: tuple[str, ...]) -> Cost:
    """Run the goxray command several times; return the run with the least wall time."""
    program = "from goxray.ui.cli.main import main; main(prog_name='goxray')"
    command = [sys.executable, "-c", program, *arguments]
    return min((run(command)[0] for _ in range(WALL_RUNS)), key=lambda one: one.wall)


def measure_version(version: str, sizes: tuple[int, ...], directory: Path) -> bool:
    """Measure one Go version, printing as it goes; return whether the model's maps were the real ones."""
    executable = toolchains.install(version).build(SOURCE, directory / f"fills-{version}")
    trials = []
    for entries in sizes:
        trials.append(
            table.ModelTrial(version, model_fill("simulate", version, entries), real_fill(executable, entries))
        )
        print(table.row(trials[-1]), flush=True)
    held = model_fill("container", version, min(CONTAINER, sizes[-1]))
    print(table.verdict_line(trials), table.container_line(version, held), "", sep="\n", flush=True)
    return all(trial.right for trial in trials)


def main() -> int:
    """Run as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="maps of up to a million entries")
    parser.add_argument("--go", action="append", metavar="VERSION", help="only this Go version; may be repeated")
    arguments = parser.parse_args()
    print(
        f"\nthe model of maps: map[uint64]uint64 from nothing by assigning new keys, one core\n"
        f"CPU: the least of {RUNS} fills; memory: what the model's process took for the map\n\n{table.HEADER}",
        flush=True,
    )
    sizes = QUICK_SIZES if arguments.quick else SIZES
    with tempfile.TemporaryDirectory(prefix="goxray-bench-") as directory:
        done = [measure_version(version, sizes, Path(directory)) for version in arguments.go or VERSIONS]
    print(table.predict_line(f"goxray {shlex.join(PREDICT)}", quickest(PREDICT), quickest(("--help",))))
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
