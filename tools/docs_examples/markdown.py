"""Finds the commands in a Markdown document, and puts new output under them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^( *)(`{3,}|~{3,})\s*(\S*)\s*$")
_INLINE = re.compile(r"`(goxray [^`]*\bPID\b[^`]*)`")
PROMPT = "$ "
ELISION = "..."


@dataclass(frozen=True)
class Command:
    """One command of a document: its text, the line it stands on (from 1), and the output shown under it."""

    text: str
    line: int
    shown: tuple[str, ...]


def commands(document: str) -> list[Command]:
    """Return every command in the ``console`` blocks of a document, in order.

    Raises:
        ValueError: a block is not closed, or output stands before the first command of its block.
    """
    found: list[Command] = []
    lines = document.splitlines()
    for start, end in _console_blocks(lines):
        at = start
        while at < end:
            if not lines[at].startswith(PROMPT):
                raise ValueError(f"line {at + 1}: output without a command")
            after = at + 1
            while after < end and not lines[after].startswith(PROMPT):
                after += 1
            shown = tuple(lines[at + 1 : after])
            found.append(Command(lines[at].removeprefix(PROMPT), at + 1, shown))
            at = after
    return found


def inline_commands(document: str, pid: str) -> list[Command]:
    """Return the commands of running text and tables, such as ```goxray maps PID```, with a real pid for ``PID``."""
    return [
        Command(re.sub(r"\bPID\b", pid, text), number, ())
        for number, line in enumerate(document.splitlines(), 1)
        for text in _INLINE.findall(line)
    ]


def _console_blocks(lines: list[str]) -> list[tuple[int, int]]:
    """Return the index of the first line inside each console block and of the fence that closes it."""
    blocks = []
    opened: tuple[str, bool, int] | None = None
    for at, line in enumerate(lines):
        fence = _FENCE.match(line)
        if fence is None:
            continue
        if opened is None:
            opened = (fence[2], fence[3] == "console", at + 1)
        elif fence[2].startswith(opened[0]) and not fence[3]:
            if opened[1]:
                blocks.append((opened[2], at))
            opened = None
    if opened is not None:
        raise ValueError(f"line {opened[2]}: a fenced block that is never closed")
    return blocks


def with_output(document: str, outputs: dict[int, str]) -> str:
    """Return the document with new output under the commands on the given lines.

    A command under which nothing is shown stays without; an output that was cut with ``...`` at its end is cut after
    the same number of lines again.
    """
    lines = document.splitlines()
    for command in reversed(commands(document)):
        if command.line not in outputs or not command.shown:
            continue
        fresh = outputs[command.line].rstrip("\n").splitlines()
        if command.shown[-1].strip() == ELISION and len(fresh) >= len(command.shown):
            fresh = [*fresh[: len(command.shown) - 1], ELISION]
        lines[command.line : command.line + len(command.shown)] = fresh
    return "\n".join(lines) + "\n"
