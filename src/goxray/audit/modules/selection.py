"""Minimal version selection, as far as it can be worked out offline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from goxray.audit.modules.cache import ModuleCache
from goxray.audit.modules.gomod import GoMod
from goxray.audit.modules.versions import lists_everything, newer
from goxray.core.audit_result import Module

_MOST_MODULES = 20_000


@dataclass
class Selection:
    """The build list. ``complete`` is false where a dependency's go.mod was needed and is not on this machine."""

    modules: tuple[Module, ...] = ()
    complete: bool = True
    missing: list[str] = field(default_factory=list)


def select(mains: Iterable[GoMod]) -> Selection:
    """Return the build list of one main module, or of a workspace's, from their own requirements alone.

    From ``go 1.17`` on a go.mod lists every module that its packages need, so that the newest requirement of each path
    is the selected version. A requirement on an excluded version does not count (Go modules reference, "exclude").
    """
    return _select(tuple(mains), ModuleCache(None))


def select_with(mains: Iterable[GoMod], cache: ModuleCache) -> Selection:
    """Return the build list, with the requirements of dependencies where older modules leave theirs out."""
    return _select(tuple(mains), cache)


def _select(mains: tuple[GoMod, ...], cache: ModuleCache) -> Selection:
    chosen: dict[str, str] = {}
    wanted_by: dict[str, dict[str, list[str]]] = {}
    indirect: dict[str, bool] = {}
    found = Selection()
    excluded = {each for main in mains for each in main.excludes}
    own = {main.module for main in mains}
    waiting = [(main.module, main) for main in mains]
    seen: set[tuple[str, str]] = set()
    whole = all(lists_everything(main.go) for main in mains)
    while waiting and len(seen) < _MOST_MODULES:
        name, module = waiting.pop()
        for each in module.requirements:
            if (each.path, each.version) in excluded or each.path in own:
                continue
            wanted_by.setdefault(each.path, {}).setdefault(each.version, []).append(name)
            if name in own:
                indirect[each.path] = indirect.get(each.path, True) and each.indirect
            if each.path not in chosen or newer(each.version, chosen[each.path]):
                chosen[each.path] = each.version
            if not whole and (each.path, each.version) not in seen:
                seen.add((each.path, each.version))
                below = cache.gomod(*_replaced(each.path, each.version, mains))
                if below is None:
                    found.complete = False
                    found.missing.append(f"{each.path}@{each.version}")
                else:
                    waiting.append((f"{each.path}@{each.version}", below))
    found.modules = tuple(
        Module(
            path=path,
            version=version,
            indirect=indirect.get(path, True),
            replaced_by=_spelled(*_replaced(path, version, mains), path, version),
            wanted_by=tuple(sorted(wanted_by[path][version])),
        )
        for path, version in sorted(chosen.items())
    )
    return found


def _replaced(path: str, version: str, mains: tuple[GoMod, ...]) -> tuple[str, str]:
    """Return what stands for a module: a replacement of this very version goes before one of all versions."""
    general = (path, version)
    for main in mains:
        for each in main.replaces:
            if each.path == path and each.version == version:
                return each.new_path, each.new_version
            if each.path == path and not each.version:
                general = (each.new_path, each.new_version)
    return general


def _spelled(new_path: str, new_version: str, path: str, version: str) -> str:
    if (new_path, new_version) == (path, version):
        return ""
    return f"{new_path} {new_version}".strip()
