"""``make bench``: the scan of ``goxray audit`` beside semgrep, on the source of Go's standard library.

Run as ``python -m bench.audit_run [--quick]``. Both look at the same folders in the same run, one after the other, with
two processes each: non-test files of the standard library, 1, 4 and 16 times as much. Semgrep (from PyPI, installed
once into goxray's cache; left out with a line where it cannot be had) has five rules, written in audit_semgrep.yaml to
say what goxray's rules of the same names say; goxray is run with these five, and with all of its rules. What both find
is compared by rule, file and line. Then the whole standard library, tests included, and once more from memory.
Speed is printed, never asserted; ends with 1 where a run failed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Cost, run
from bench.peers import FETCH_SECONDS, SECONDS, last_line
from goxray.target import toolchains

VERSION = "1.27.3"
RULES = ("CRY001", "LOG005", "NET001", "NET002", "TLS001")
PATTERNS = Path(__file__).with_name("audit_semgrep.yaml")
MEGABYTES, QUICK_MEGABYTES = 1.0, 0.25
STEPS = (1, 4, 16)
WALL, AGAIN = 25.0, 2.0
"""Seconds that the whole library may take on two processors, and taken again."""

HEADER = (
    f"{'MB':>6} {'files':>6} {'5 rules s':>10} {'CPU s':>7} {'MiB':>6} {'all rules s':>12} {'CPU s':>7} "
    f"{'semgrep s':>10} {'CPU s':>7} {'MiB':>6} {'faster':>7} {'all':>6}"
)

Spot = tuple[str, str, int]
"""A rule, a file and a line."""


@dataclass(frozen=True)
class Scan:
    """One run of one tool over one folder."""

    cost: Cost
    seconds: float
    files: int
    megabytes: float
    reused: int
    found: frozenset[Spot]


def sources(root: Path) -> Iterator[Path]:
    """Give the files of the library that are no tests, those with most for the rules to find first."""
    for name in (
        "net",
        "crypto",
        "cmd/go",
        "cmd/vendor",
        "os",
        "log",
        "internal",
        "go",
        "encoding",
        "cmd/link",
        "runtime",
    ):
        for path in sorted((root / name).rglob("*.go")):
            if not path.name.endswith("_test.go") and "testdata" not in path.parts:
                yield path


def copy(root: Path, megabytes: float, place: Path) -> None:
    """Copy so many megabytes of the library; an empty .semgrepignore makes semgrep look at vendored code too."""
    left = megabytes * 1e6
    for path in sources(root):
        target = place / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        left -= path.stat().st_size
        if left <= 0:
            break
    (place / ".semgrepignore").write_text("")


def goxray(folder: Path, *more: str) -> Scan:
    """Scan a folder in a process of its own, which begins two others."""
    cost, told = run([sys.executable, "-m", "bench.audit_scan", str(folder), *more])
    answer = json.loads(told)
    found = frozenset((rule, path, line) for rule, path, line in answer["hits"])
    return Scan(
        cost, float(answer["seconds"]), int(answer["files"]), answer["bytes"] / 1e6, int(answer["reused"]), found
    )


def semgrep(tool: Path, folder: Path) -> Scan:
    """Let semgrep look at a folder.

    Raises:
        RuntimeError: it failed.
    """
    options = ["--metrics=off", "--disable-version-check", "--json", "--quiet", "--jobs=2", "--max-target-bytes=0"]
    command = ["env", "-C", str(folder), "timeout", str(SECONDS), str(tool), "scan", "--config", str(PATTERNS)]
    own = {**os.environ, "HOME": str(folder.parent), "PATH": f"{tool.parent}:{os.environ.get('PATH', '')}"}
    cost, told = run([*command, *options, "--no-git-ignore", "."], own)
    answer = json.loads(told)
    found = frozenset(
        (each["check_id"].rpartition(".")[2], each["path"], each["start"]["line"]) for each in answer["results"]
    )
    return Scan(cost, cost.wall, len(answer["paths"]["scanned"]), 0.0, 0, found)


def installed() -> Path:
    """Return semgrep's executable, installed into a virtual environment of its own where it is not there.

    Raises:
        RuntimeError, OSError, subprocess.SubprocessError: it cannot be had.
    """
    home = toolchains.cache_dir() / "peers" / "semgrep"
    tool = home / "bin" / "semgrep"
    if not tool.exists():
        for command in ([sys.executable, "-m", "venv", str(home)], [str(home / "bin" / "pip"), "install", "semgrep"]):
            done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
            if done.returncode:
                raise RuntimeError(done.stderr or done.stdout)
    return tool


def row(few: Scan, every: Scan, peer: Scan | None) -> str:
    """Return a line of the table; the last two figures are semgrep's wall time over goxray's."""
    ours = (
        f"{few.megabytes:>6.1f} {few.files:>6,} {few.cost.wall:>10.2f} {few.cost.cpu:>7.2f} "
        f"{few.cost.peak_rss / 2**20:>6.0f} {every.cost.wall:>12.2f} {every.cost.cpu:>7.2f}"
    )
    if peer is None:
        return f"{ours} {'-':>10} {'-':>7} {'-':>6} {'-':>7} {'-':>6}"
    return (
        f"{ours} {peer.cost.wall:>10.2f} {peer.cost.cpu:>7.2f} {peer.cost.peak_rss / 2**20:>6.0f} "
        f"{peer.cost.wall / few.cost.wall:>6.1f}x {peer.cost.wall / every.cost.wall:>5.1f}x"
    )


def compared(few: Scan, peer: Scan) -> str:
    """Say by rule what both find, and what one finds alone."""
    lines = [f"{'rule':<8} {'both':>6} {'goxray alone':>13} {'semgrep alone':>14}"]
    for rule in RULES:
        ours, theirs = ({each for each in scan.found if each[0] == rule} for scan in (few, peer))
        lines.append(f"{rule:<8} {len(ours & theirs):>6} {len(ours - theirs):>13} {len(theirs - ours):>14}")
        lines += [f"    goxray alone: {path}:{line}" for _, path, line in sorted(ours - theirs)]
        lines += [f"    semgrep alone: {path}:{line}" for _, path, line in sorted(theirs - ours)]
    return "\n".join(lines)


def beside(root: Path, megabytes: float, tool: Path | None) -> None:
    """Print the table, and what was found in the largest folder."""
    print(HEADER, flush=True)
    costs = []
    for step in STEPS:
        with tempfile.TemporaryDirectory(prefix="goxray-bench-") as directory:
            folder = Path(directory).resolve() / "src"
            copy(root, megabytes * step, folder)
            few, every = goxray(folder, "--rules", ",".join(RULES)), goxray(folder)
            peer = semgrep(tool, folder) if tool is not None else None
        print(row(few, every, peer), flush=True)
        costs.append(every.cost.cpu)
        if step == STEPS[-1] and peer is not None:
            print("", compared(few, peer), sep="\n")
    print(f"\n{STEPS[-1]} times as much source took {costs[-1] / costs[0]:.1f} times the CPU (all rules)")


def whole(root: Path) -> None:
    """Print what the whole library takes, tests included, and what it takes again from memory."""
    with tempfile.TemporaryDirectory(prefix="goxray-bench-") as directory:
        for name, limit in (("whole library", WALL), ("once more", AGAIN)):
            scan = goxray(root, "--cache", directory)
            word = "reached" if scan.cost.wall <= limit else "missed"
            print(
                f"{name}: {scan.files:,} files ({scan.reused:,} from memory), {scan.megabytes:.1f} MB, all rules: "
                f"{scan.cost.wall:.1f} s, "
                f"{scan.cost.cpu:.1f} CPU s, largest process {scan.cost.peak_rss / 2**20:.0f} MiB "
                f"(to reach: {limit:.0f} s on two idle processors: {word})",
                flush=True,
            )


def main() -> int:
    """Measure, print, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="little source: whether it works, not how fast")
    quick = parser.parse_args().quick
    root = toolchains.install(VERSION).root / "src"
    tool = None
    try:
        tool = installed()
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        print(f"semgrep is left out: {last_line(str(error))}")
    beside(root, QUICK_MEGABYTES if quick else MEGABYTES, tool)
    if not quick:
        whole(root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
