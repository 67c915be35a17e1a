"""goxray run on a target: in this process, and as the command that users type."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from goxray import api
from goxray.core.result import MapsResult
from tests.harness import served

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
    """Run goxray with these arguments as a shell does, in a fork of a process that has loaded it."""
    return CommandResult(*served.run(arguments, {**os.environ, "COLUMNS": "160", "NO_COLOR": "1"}, COMMAND_SECONDS))


def cpu_of_children() -> float:
    """Return the seconds of processor that this process' ended children took: other work does not make them more."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
