"""Dockerfiles: RUN commands, ENV and ARG settings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from goxray.audit.config.shell import unquoted, without_comment

_INSTRUCTION = re.compile(r"([A-Za-z]+)\s+(.*)", re.DOTALL)
_PAIR = re.compile(r"([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|\S*)")
_RUNS = frozenset({"RUN", "CMD", "ENTRYPOINT"})


def instructions(text: str) -> Iterator[tuple[str, str, int]]:
    """Give (instruction in capitals, its text with continued lines joined, line)."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        began, whole = at, without_comment(lines[at]).strip()
        at += 1
        while whole.endswith("\\") and at < len(lines):
            more = without_comment(lines[at]).strip()
            at += 1
            whole = whole[:-1].rstrip() + " " + more if more else whole
        match = _INSTRUCTION.match(whole)
        if match:
            yield match[1].upper(), match[2].strip(), began + 1


def read(text: str) -> tuple[dict[str, tuple[str, int]], tuple[tuple[str, int], ...]]:
    """Return the settings of ENV and ARG, and the commands of RUN, CMD and ENTRYPOINT."""
    environment: dict[str, tuple[str, int]] = {}
    commands = []
    for name, rest, line in instructions(text):
        if name in ("ENV", "ARG"):
            environment |= {key: (value, line) for key, value in _pairs(rest)}
        elif name in _RUNS:
            commands.append((rest, line))
    return environment, tuple(commands)


def _pairs(rest: str) -> list[tuple[str, str]]:
    """Read ``A=1 B="2"`` and the old form ``A 1``."""
    found = [(match[1], unquoted(match[2])) for match in _PAIR.finditer(rest)]
    name, _, value = rest.partition(" ")
    return found or ([(name, unquoted(value))] if value else [])
