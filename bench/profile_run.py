"""``make bench``: ``goxray profile`` beside ``go tool pprof -top``, on made-up heap profiles of up to 50 MB.

Run as ``python -m bench.profile_run [--quick]``. Both read the same file in the same run, one after the other, in
processes of their own: the least wall and CPU seconds of three runs, and the peak memory. The kernels are compiled
before; a small profile, for which goxray compiles nothing, comes first. Their totals are compared; ends with 1 only
where they differ: speed is printed, never asserted.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import made_profile
from bench.measure import Cost, run
from goxray.target import toolchains

VERSION = "1.23.9"  # carries the pprof tool built, which toolchains from 1.25 on do not
SMALL, SIZES = 3_000, (33_000, 132_000, 528_000)  # samples: 0.2, 2.5, 10 and 50 MB
RUNS = 3
HEADER = (
    f"{'MB':>6} {'packed':>7} {'goxray s':>9} {'CPU s':>7} {'MiB':>6} "
    f"{'pprof s':>9} {'CPU s':>7} {'MiB':>6} {'wall':>6} {'CPU':>6}"
)


@dataclass(frozen=True)
class Trial:
    """One file read by both: its bytes, and what each cost."""

    size: int
    packed: bool
    ours: Cost
    theirs: Cost

    def row(self) -> str:
        """The line of the table; the last two figures are goxray's share of pprof's time."""
        ours, theirs = self.ours, self.theirs
        return (
            f"{self.size / 1e6:>6.1f} {'gzip' if self.packed else '-':>7} "
            f"{ours.wall:>9.2f} {ours.cpu:>7.2f} {ours.peak_rss / 2**20:>6.0f} "
            f"{theirs.wall:>9.2f} {theirs.cpu:>7.2f} {theirs.peak_rss / 2**20:>6.0f} "
            f"{ours.wall / theirs.wall:>6.2f} {ours.cpu / theirs.cpu:>6.2f}"
        )


def goxray(file: Path) -> tuple[Cost, int]:
    """Run ``goxray profile`` several times; return the least wall time and the total."""
    out = file.with_suffix(".json")
    program = "from goxray.ui.cli.main import main; main(prog_name='goxray')"
    command = [sys.executable, "-c", program, "profile", str(file), "--format", "json", "-o", str(out)]
    costs = [run(command)[0] for _ in range(RUNS)]
    return min(costs, key=lambda one: one.wall), int(json.loads(out.read_text())["totals"]["inuse_space"])


def pprof(file: Path, directory: Path) -> tuple[Cost, int]:
    """Run ``go tool pprof -top`` several times; return the least wall time and the total."""
    toolchain = toolchains.install(VERSION)
    command = [str(toolchain.go), "tool", "pprof", "-top", "-unit=b", str(file)]
    env = toolchain.environment(extra={"PPROF_TMPDIR": str(directory), "HOME": str(directory)})
    runs = [run(command, env) for _ in range(RUNS)]
    told = re.search(r"of (\d+)B total", runs[0][1])
    return min((cost for cost, _ in runs), key=lambda one: one.wall), int(told[1]) if told else -1


def main() -> int:
    """Run as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="profiles of up to 3 MB")
    arguments = parser.parse_args()
    print(
        f"\ngoxray profile beside go tool pprof -top (Go {VERSION}), the least of {RUNS} runs each\n\n{HEADER}",
        flush=True,
    )
    same, last = True, None
    with tempfile.TemporaryDirectory(prefix="goxray-bench-") as name:
        directory = Path(name)
        warm = directory / "warm.pb"
        made_profile.write(warm, SIZES[1])
        goxray(warm)
        for samples in (SMALL, *SIZES[: 1 if arguments.quick else None]):
            raw = made_profile.made(samples)
            for packed in (False, True):
                file = directory / f"{samples}.pb{'.gz' if packed else ''}"
                file.write_bytes(gzip.compress(raw, 6) if packed else raw)
                (ours, our_total), (theirs, their_total) = goxray(file), pprof(file, directory)
                last = Trial(len(raw), packed, ours, theirs)
                same &= our_total == their_total
                print(last.row(), flush=True)
                file.unlink()
    if last is not None:
        ratio = last.ours.wall / last.theirs.wall
        verdict = "reached" if ratio <= 1 else "missed"
        print(f"the largest takes {ratio:.2f} of pprof's time (to reach: at most 1.00, {verdict})")
    print("totals agree" if same else "TOTALS DIFFER")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
