"""Release lines of Go and how long each was supported, from a dated table."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from goxray.audit.modules.versions import release_line

_TABLE = Path(__file__).parent / "go_releases.toml"


@dataclass(frozen=True)
class ReleaseLine:
    """``1.25`` with the day of its first release and the day its support ended (ISO; empty while it lasts)."""

    line: str
    released: str
    ended: str


@cache
def release_lines() -> tuple[str, dict[str, ReleaseLine]]:
    """Return the table's date (ISO) and its rows by line, oldest first."""
    raw = tomllib.loads(_TABLE.read_text("utf-8"))
    rows = (ReleaseLine(each["line"], each["released"], each["ended"]) for each in raw["release"])
    return raw["date"], {each.line: each for each in rows}


def line_of(version: str) -> ReleaseLine | None:
    """Return the row of a version (``go1.21.13``, ``1.21``); None for development versions and lines yet unknown."""
    return release_lines()[1].get(release_line(version))


def supported() -> tuple[str, ...]:
    """Return the lines that were supported on the table's date, oldest first."""
    return tuple(each.line for each in release_lines()[1].values() if not each.ended)
