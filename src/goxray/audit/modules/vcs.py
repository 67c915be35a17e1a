"""Which commit a directory of a git repository is at, read from git's files; no program is run."""

from __future__ import annotations

import re
from pathlib import Path

from goxray.audit.modules.plain_file import read_text

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def revision(directory: Path) -> str:
    """Return the commit that is checked out (hex), empty where nobody can tell: no repository, nothing committed yet.

    Changes that are not committed are not looked for.
    """
    place = _git_directory(directory)
    if place is None:
        return ""
    head = _text(place / "HEAD")
    if not head.startswith("ref:"):
        return head if _COMMIT.fullmatch(head) else ""
    name = head.removeprefix("ref:").strip()
    if not name.startswith("refs/") or ".." in name.split("/"):
        return ""
    shared = _text(place / "commondir")
    homes = [place, *([place / shared] if shared else [])]
    for home in homes:
        found = _text(home / name)
        if _COMMIT.fullmatch(found):
            return found
    return next((found for home in homes if (found := _packed(home, name))), "")


def _git_directory(directory: Path) -> Path | None:
    """Return the .git of the repository around; a worktree's and a submodule's is a file that names it."""
    for each in (directory, *directory.parents):
        found = each / ".git"
        if found.is_dir():
            return found
        if found.is_file():
            told = _text(found)
            place = each / told.removeprefix("gitdir:").strip()
            return place if told.startswith("gitdir:") and place.is_dir() else None
    return None


def _packed(home: Path, name: str) -> str:
    for line in _text(home / "packed-refs").splitlines():
        commit, _, ref = line.partition(" ")
        if ref == name and _COMMIT.fullmatch(commit):
            return commit
    return ""


def _text(path: Path) -> str:
    try:
        return read_text(path).strip()
    except (OSError, UnicodeDecodeError):
        return ""
