"""Which packages a module's packages lead to: imports followed through vendor directories and the module cache."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from goxray.audit.facts import ModuleUnit
from goxray.audit.modules.cache import ModuleCache
from goxray.audit.modules.replacing import stands_for
from goxray.audit.scanned import PackageFiles
from goxray.core.audit_result import Module

_BLOCK = re.compile(rb"^import\s*\(([^)]*)\)", re.MULTILINE)
_SINGLE = re.compile(rb'^import\s+(?:[\w.]+\s+)?["`]([^"`\n]+)["`]', re.MULTILINE)
_QUOTED = re.compile(rb'^[ \t]*(?:[\w.]+[ \t]+)?["`]([^"`\n]+)["`]', re.MULTILINE)
_AHEAD = 256 << 10
"""Imports stand at the beginning of a file; nobody writes longer comments before them."""

_MOST_PACKAGES = 50_000


@dataclass
class Imports:
    """``importers`` gives the packages that import a package, ``own`` are the module's own packages.

    ``whole`` is false where a package's source is not on this machine, so that more may be imported than is known.
    Files of all systems count, tests do not. The standard library's own imports are not followed.
    """

    importers: dict[str, set[str]] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    whole: bool = True

    def by_own(self, package: str) -> bool:
        """Whether the module's own code imports a package."""
        return bool(self.importers.get(package, set()) & self.own)

    def by_others(self, package: str) -> bool:
        """Whether a dependency imports a package."""
        return bool(self.importers.get(package, set()) - self.own)


def is_standard(package: str) -> bool:
    """Whether an import path is the standard library's: its first element has no dot."""
    return "." not in package.partition("/")[0]


def imports_of(unit: ModuleUnit, packages: Iterable[PackageFiles], directory: Path, cache: ModuleCache) -> Imports:
    """Follow the imports of a module's packages.

    Args:
        unit: the module or workspace.
        packages: the packages that the audit's walk found; those of other modules are passed over.
        directory: where its go.mod or go.work lies.
        cache: the user's module cache.
    """
    mine = {unit.module, *unit.workspace} - {""}
    alone = None if unit.workspace else directory.resolve()
    own = {
        each.import_path: each
        for each in packages
        if _below(each.import_path, mine) and (alone is None or _module_around(each.directory) in (alone, None))
    }
    found = Imports(own=frozenset(own))
    places = _Places(unit, directory, cache)
    waiting = [(path, list(_of_files(each.directory, each.files))) for path, each in sorted(own.items())]
    while waiting and len(found.importers) < _MOST_PACKAGES:
        importer, imported = waiting.pop()
        for path in imported:
            known = path in found.importers or path in own
            found.importers.setdefault(path, set()).add(importer)
            if known or is_standard(path):
                continue
            place = places.of(path)
            if place is None:
                found.whole = found.whole and _below(path, mine)
            else:
                waiting.append((path, list(_of_files(place, _names(place)))))
    return found


def _below(path: str, modules: Iterable[str]) -> bool:
    return any(path == each or path.startswith(f"{each}/") for each in modules)


def _module_around(directory: Path) -> Path | None:
    """Return the nearest directory with a go.mod: a module below another one is not part of it."""
    resolved = directory.resolve()
    return next((each for each in (resolved, *resolved.parents) if (each / "go.mod").is_file()), None)


class _Places:
    """Finds the directory of an import path: in vendor, else in the module that has it."""

    def __init__(self, unit: ModuleUnit, directory: Path, cache: ModuleCache) -> None:
        self._vendor = directory / "vendor" if unit.vendored is not None else None
        self._modules: Mapping[str, Module] = {each.path: each for each in unit.selected}
        self._directory = directory
        self._cache = cache

    def of(self, package: str) -> Path | None:
        if ".." in package.split("/"):
            return None
        if self._vendor is not None:
            found = self._vendor / package
            return found if found.is_dir() else None
        path = package
        while path:
            module = self._modules.get(path)
            if module is not None:
                root = self._root(module)
                place = root / package[len(path) :].lstrip("/") if root is not None else None
                if place is not None and place.is_dir():
                    return place
            path = path.rpartition("/")[0]
        return None

    def _root(self, module: Module) -> Path | None:
        if module.replaced_by and " " not in module.replaced_by:
            return self._directory / module.replaced_by
        return self._cache.source(*stands_for(module))


def _names(directory: Path) -> list[str]:
    try:
        return sorted(each.name for each in directory.iterdir() if each.suffix == ".go" and each.is_file())
    except OSError:
        return []


def _of_files(directory: Path, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if name.endswith(".go") and not name.endswith("_test.go"):
            try:
                with open(directory / name, "rb") as file:
                    text = file.read(_AHEAD)
            except OSError:
                continue
            yield from _imported(text)


def _imported(text: bytes) -> Iterator[str]:
    for block in _BLOCK.findall(text):
        for path in _QUOTED.findall(block):
            yield path.decode("utf-8", "replace")
    for path in _SINGLE.findall(text):
        yield path.decode("utf-8", "replace")
