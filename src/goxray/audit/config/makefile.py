"""Makefiles: recipe lines as commands, variables as settings."""

from __future__ import annotations

import re

from goxray.audit.config.shell import without_comment

_VARIABLE = re.compile(r"(?:export\s+|override\s+)*([A-Za-z_]\w*)\s*(?::{0,3}|\?|\+)=\s*(.*)")


def read(text: str) -> tuple[dict[str, tuple[str, int]], tuple[tuple[str, int], ...]]:
    """Return the variables with their lines, and the recipes' commands without make's own prefixes (``@ - +``)."""
    variables: dict[str, tuple[str, int]] = {}
    commands = []
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        began, line = at, lines[at]
        recipe = line.startswith("\t")
        whole = without_comment(line).strip()
        at += 1
        while whole.endswith("\\") and at < len(lines):
            whole = whole[:-1].rstrip() + " " + without_comment(lines[at]).strip()
            at += 1
        if recipe and whole:
            commands.append((whole.lstrip("@-+ ").replace("$$", "$"), began + 1))
        elif match := _VARIABLE.match(whole):
            variables[match[1]] = (match[2].strip(), began + 1)
    return variables, tuple(commands)
