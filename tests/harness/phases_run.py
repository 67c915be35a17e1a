"""The Go program ``phases`` (tests/programs/phases) under watch: it goes on only when it has been looked at often."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goxray import api_phases
from goxray.core.phases_result import Generation, PhaseEvent, PhasesResult
from tests.harness import programs
from tests.harness.variants import Variant

_LOOKS, _MANY_LOOKS = 20, 250
_PATIENCE = 30_000
"""Looks until a map that is not found is given up: the test then says what it misses, and does not hang."""


class Partner:
    """Lets the program go on some looks after it has said something; call it at each look.

    After ``find N`` these looks count from when goxray says (``told``) that it watches a map of N entries: where the
    heap has to be searched for the map, looks alone do not tell that it has been.
    """

    def __init__(self, directory: Path) -> None:
        self.said: list[str] = []
        self.arguments = [str(directory / "say"), str(directory / "hear")]
        for name in self.arguments:
            os.mkfifo(name)
        self._from = os.open(self.arguments[0], os.O_RDONLY | os.O_NONBLOCK)
        self._to = os.open(self.arguments[1], os.O_RDWR)
        self._pending = b""
        self._looks = 0
        self._answer_at = -1
        self._awaited = ""
        self._told = ""

    def told(self, text: str, _share: float) -> None:
        """Hear from goxray what it does."""
        self._told = text

    def __call__(self) -> bool:
        """Hear the program, answer it in time; never asks for the end of the watch."""
        self._looks += 1
        with contextlib.suppress(BlockingIOError):
            self._pending += os.read(self._from, 1 << 16)
        if self._answer_at < 0 and b"\n" in self._pending:
            line, _, self._pending = self._pending.partition(b"\n")
            self._hear(line.decode())
        elif self._awaited and self._awaited in self._told:
            self._awaited, self._answer_at = "", self._looks + _MANY_LOOKS
        elif 0 <= self._answer_at <= self._looks:
            self._answer_at, self._awaited = -1, ""
            os.write(self._to, b"\n")
        return False

    def _hear(self, line: str) -> None:
        self.said.append(line)
        if line.startswith("find "):
            self._awaited, self._answer_at = f": {int(line[5:]):,} entries", self._looks + _PATIENCE
        else:
            self._answer_at = self._looks + (_MANY_LOOKS if line == "look well" else _LOOKS)

    def close(self) -> None:
        """Close the pipes."""
        os.close(self._from)
        os.close(self._to)


@dataclass(frozen=True)
class Watched:
    """What goxray saw, and what the program says of itself: a record a step (see ``record`` in main.go)."""

    result: PhasesResult
    records: dict[str, dict[str, Any]]

    def bracket(self, event: PhaseEvent) -> tuple[float, float]:
        """Return the clock values (ns) between which goxray saw an event; 1 µs of the conversion to seconds added."""
        zero = self.result.zero_ns
        return zero + (event.at_s - event.resolution_s) * 1e9 - 1000, zero + event.at_s * 1e9 + 1000

    def overlap(self, event: PhaseEvent, low: int, high: int) -> bool:
        """Whether goxray's bracket and the program's have a time in common."""
        begin, end = self.bracket(event)
        return begin <= high and low <= end

    def generation(self, step: str, *causes: str) -> Generation:
        """Return the generation of these causes that was given up when the program took the step."""
        low, high = self.records[step]["act"]
        found = [
            each
            for each in self.result.generations
            if each.cause in causes and (let_go := each.event("let go")) and self.overlap(let_go, low, high)
        ]
        assert len(found) == 1, (
            step,
            [(g.cause, g.addr, g.event("let go")) for g in self.result.generations[-6:]],
            self.records[step],
        )
        return found[0]


def watch(
    variant: Variant, directory: Path, *steps: str, only: str = "all", which: str = "main.m", min_bytes: int = 0
) -> Watched:
    """Run the program's steps under ``gc phases``."""
    exe = programs.build("phases", programs.Build(variant))
    partner = Partner(directory)
    try:
        result = api_phases.phases(
            command=[str(exe), *partner.arguments, *steps],
            which=which,
            only=only,  # type: ignore[arg-type]
            min_bytes=min_bytes,
            progress=partner.told,
            stop=partner,
        )
    finally:
        partner.close()
    records = [json.loads(line) for line in partner.said if line.startswith("{")]
    return Watched(result, {record["step"]: record for record in records})
