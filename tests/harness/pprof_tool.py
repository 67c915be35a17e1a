"""``go tool pprof -top`` as a judge: what it says of a profile, taken apart to plain numbers."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from goxray.target import toolchains

PREBUILT = "1.24.11"
"""The newest toolchain that carries the pprof tool built; later ones build it when it is first asked for."""

_ROW = re.compile(
    r"^\s*(-?\d+)(?:B|ns)?\s+-?\S+%\s+-?\S+%\s+(-?\d+)(?:B|ns)?\s+-?\S+%\s+(.+?)(?: \((?:partial-)?inline\))?\s*$"
)
_TOTAL = re.compile(r"of (-?\d+)(?:B|ns)? total")
_UNITS = {"bytes": ["-unit=b"], "nanoseconds": ["-unit=ns"]}


@dataclass(frozen=True)
class Top:
    """Its total, and the rows in its order: name, flat, cumulative."""

    total: int
    rows: tuple[tuple[str, int, int], ...]


def top(directory: Path, index: str, unit: str, *files: str | Path, version: str = PREBUILT) -> Top:
    """Run it offline, with settings of its own, so that nothing is scaled, cut or left out.

    Args:
        directory: where it may keep things.
        index: the sample type.
        unit: that type's unit.
        files: options, then the executable where names are to be looked up in it, then the profile.
        version: the toolchain whose tool is asked.
    """
    toolchain = toolchains.install(version)
    options = ["-top", "-nodefraction=0", "-nodecount=100000", f"-sample_index={index}", *_UNITS.get(unit, [])]
    done = subprocess.run(
        [str(toolchain.go), "tool", "pprof", *options, *map(str, files)],
        capture_output=True,
        text=True,
        timeout=120,
        env=toolchain.environment(extra={"PPROF_TMPDIR": str(directory), "HOME": str(directory)}),
        cwd=directory,
    )
    assert done.returncode == 0, done.stderr
    rows = [(match[3], int(match[1]), int(match[2])) for match in map(_ROW.match, done.stdout.splitlines()) if match]
    total = _TOTAL.search(done.stdout)
    return Top(int(total[1]) if total else 0, tuple(rows))
