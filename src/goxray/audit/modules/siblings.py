"""Which modules stand beside a module in the workspace around it."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from goxray.audit.modules.gomod import GoMod, read_gomod
from goxray.audit.modules.plain_file import read_text
from goxray.core.errors import BadModuleFile


def siblings(directory: Path, root: Path) -> frozenset[str]:
    """Return the paths of the other modules of the nearest go.work above a module that uses it.

    Args:
        directory: where the module's go.mod lies.
        root: no go.work above this directory counts.
    """
    for each in (directory, *directory.parents):
        work = each / "go.work"
        if work.is_file():
            status = work.stat()
            members = dict(_members(work, status.st_mtime_ns, status.st_size))
            inside = members.pop(os.path.realpath(directory), None)
            return frozenset(members.values()) - {"", inside or ""} if inside is not None else frozenset()
        if each == root:
            break
    return frozenset()


@lru_cache(maxsize=8)
def _members(work: Path, _changed: int, _size: int) -> tuple[tuple[str, str], ...]:
    """Return (directory, module path) of a workspace's modules; what cannot be read is told where it is audited."""
    read = _read(work)
    found = []
    for use in read.uses if read is not None else ():
        place = os.path.realpath(work.parent / use)
        member = _read(Path(place) / "go.mod")
        found.append((place, member.module if member is not None else ""))
    return tuple(found)


def _read(path: Path) -> GoMod | None:
    try:
        return read_gomod(read_text(path), str(path))
    except (OSError, UnicodeDecodeError, BadModuleFile):
        return None
