"""Shell text: commands with continuation lines joined, and the variables that it sets."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SETTING = re.compile(r"(?:export\s+|declare\s+-x\s+)?([A-Za-z_][A-Za-z0-9_]*)=(\"[^\"]*\"|'[^']*'|[^\s;&|]*)\s*")
_HERE = re.compile(r"<<-?\s*([\"']?)([A-Za-z_]\w*)\1")


def commands(text: str, first: int = 1) -> tuple[tuple[str, int], ...]:
    """Return the commands of a shell text with the lines they begin on, the text's own first line being ``first``.

    Lines that end with a backslash or a pipe are joined with the next. Comments and the bodies of here-documents are
    left out. A line with several commands stays one: rules look for what stands together.
    """
    return tuple(_commands(text.splitlines(), first))


def settings(command: str) -> dict[str, str]:
    """Return the variables that a command sets: ``A=1 B=2 go build``, ``export A=1``, ``go env -w A=1``."""
    found = {}
    for part in re.split(r"&&|\|\||;|\|", command):
        rest = re.sub(r"^(?:sudo\s+|env\s+)+", "", part.strip())
        rest = re.sub(r"^go\s+env\s+-w\s+", "", rest)
        while match := _SETTING.match(rest):
            found[match[1]] = unquoted(match[2])
            rest = re.sub(r"^export\s+", "", rest[match.end() :])
    return found


def unquoted(text: str) -> str:
    """Return a text without one pair of quotes around it."""
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def without_comment(line: str) -> str:
    """Return a shell line without the comment at its end."""
    quote = ""
    for at, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "#" and (at == 0 or line[at - 1] in " \t"):
            return line[:at].rstrip()
    return line.rstrip()


def _commands(lines: list[str], first: int) -> Iterator[tuple[str, int]]:
    at = 0
    while at < len(lines):
        began, whole = at, without_comment(lines[at]).strip()
        at += 1
        while whole.endswith(("\\", "|", "&&")) and at < len(lines):
            whole = whole.removesuffix("\\").rstrip() + " " + without_comment(lines[at]).strip()
            at += 1
        here = _HERE.search(whole)
        if here is not None:
            at = next((end + 1 for end in range(at, len(lines)) if lines[end].strip() == here[2]), at)
        if whole:
            yield whole, began + first
