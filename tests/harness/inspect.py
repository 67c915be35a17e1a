"""goxray run on a target: in this process, and as the command that users type."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from goxray import api
from goxray.core.result import MapsResult

COMMAND_SECONDS = 120


def inspect(target: int | Path, *, exe: Path | None = None, verify: bool = False, allow_unverified: bool = False,
            freeze: bool = True) -> MapsResult:  # fmt: skip
    """Return every map of a process or core, one row each."""
    return api.maps(
        str(target), exe=None if exe is None else str(exe), group="none", verify=verify,
        allow_unverified=allow_unverified, freeze=freeze,
    )  # fmt: skip


@dataclass(frozen=True)
class CommandResult:
    """What a run of the command gave: its exit status and both outputs."""

    status: int
    out: str
    err: str

    def json(self) -> Mapping[str, object]:
        """Return standard output as JSON."""
        value: Mapping[str, object] = json.loads(self.out)
        return value


def command(*arguments: str) -> CommandResult:
    """Run ``python -m goxray`` with these arguments."""
    env = {**os.environ, "COLUMNS": "160", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "goxray", *arguments], capture_output=True, text=True, timeout=COMMAND_SECONDS, env=env
    )
    return CommandResult(done.returncode, done.stdout, done.stderr)
