"""Bills of materials for the interfaces: what a module, a workspace, a binary or a running program is made of."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from goxray import api_binary
from goxray.core.errors import BadModuleFile, UsageError
from goxray.core.sbom_result import BillOfMaterials

__all__ = ["sbom"]

_HINT = "name a directory with a go.mod or go.work, a Go binary or the pid of a running program"
_LATEST = 253402300799  # the last second of the year 9999, beyond which ISO 8601 has no plain form
_DIGITS = len(str(_LATEST))


def sbom(target: str | Path | int, *, epoch: str | None = None) -> BillOfMaterials:
    """Return what a target is made of. Nothing is run or fetched; the user's module cache is read where there is one.

    Args:
        target: a directory with a go.mod or go.work (or the file itself), a Go binary, or the pid of a running program
            (an int, or digits that name no file).
        epoch: seconds since 1970 that the document says it was made at, as ``SOURCE_DATE_EPOCH`` has them; without any
            it says nothing of time.

    Raises:
        UsageError: the target is none of these, or ``epoch`` is no number of seconds.
        BadModuleFile: its go.mod, go.work, go.sum or vendor/modules.txt is not understood.
        NotAGoProgram: an executable that no Go build made.
        TargetError: it cannot be read; there is no such process.
    """
    from goxray.audit.modules.bill import bill_of_binary
    from goxray.audit.modules.cache import ModuleCache

    told = _timestamp(epoch)
    place = Path(str(target))
    if place.is_dir() or place.name in ("go.mod", "go.work"):
        return replace(_of_source(place), timestamp=told)
    if not isinstance(target, int) and not os.path.lexists(place) and not str(target).isdecimal():
        raise UsageError(f"{target}: there is no such file or directory", hint=_HINT)
    return replace(bill_of_binary(api_binary.unit_of(target), ModuleCache.of_user()), timestamp=told)


def _of_source(place: Path) -> BillOfMaterials:
    from goxray.audit.modules.advisories import Database
    from goxray.audit.modules.bill import bill_of_source
    from goxray.audit.modules.cache import ModuleCache
    from goxray.audit.modules.unit import Loader
    from goxray.audit.walk import Choice, walk

    directory = (place if place.is_dir() else place.parent).resolve()
    works = place.name == "go.work" or (place.is_dir() and (directory / "go.work").is_file())
    if not works and not (directory / "go.mod").is_file():
        raise UsageError(f"{place}: there is no go.mod and no go.work", hint=_HINT)
    cache = ModuleCache.of_user()
    loader = Loader(directory, cache, Database())
    loaded = loader.workspace(directory) if works else loader.module(directory)
    if loaded.unit is None or loaded.unhealthy:
        first = loaded.unhealthy[0]
        at = ":" if first.detail[:1].isdigit() else ": "  # a line's number stands right behind the file's name
        told = f"{first.path}{at}{first.detail.strip()}"
        raise BadModuleFile(told, hint="mend the file: without it nobody knows what is built")
    roots = [directory, *(each for each in loaded.places if not each.is_relative_to(directory))]
    walked = walk(roots, Choice()).packages
    return bill_of_source(loaded.unit, loaded, walked, directory, cache)


def _timestamp(epoch: str | None) -> str:
    if epoch is None:
        return ""
    if not (len(epoch) <= _DIGITS and epoch.isascii() and epoch.isdecimal() and int(epoch) <= _LATEST):
        raise UsageError(f"SOURCE_DATE_EPOCH is {epoch!r}", hint="it is a number of seconds since 1970")
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
