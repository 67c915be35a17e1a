"""A module or workspace on disk as the facts that rules see."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from goxray.audit.facts import Advisory, ModuleUnit, SumLine
from goxray.audit.modules.advisories import Database
from goxray.audit.modules.cache import ModuleCache
from goxray.audit.modules.gomod import GoMod, read_gomod
from goxray.audit.modules.plain_file import read_text
from goxray.audit.modules.replacing import Replacements, Root, stands_for
from goxray.audit.modules.selection import Selection, select_with
from goxray.audit.modules.siblings import siblings
from goxray.audit.modules.sums import modules_of, read_gosum, read_vendor
from goxray.audit.modules.vcs import revision
from goxray.audit.modules.vendor import vendor_differences
from goxray.audit.modules.versions import go_order, names_a_release, newer, release_line
from goxray.core.audit_result import FileHealth, Module
from goxray.core.errors import BadModuleFile

T = TypeVar("T")

_LAST = ".99999"
"""Behind a release line it is later than every release of it."""


@dataclass
class Loaded:
    """What a directory's module files gave: the unit, None where its go.mod is not understood, and what went wrong."""

    unit: ModuleUnit | None = None
    unhealthy: list[FileHealth] = field(default_factory=list)
    incomplete: tuple[str, ...] = ()
    """Dependencies whose go.mod was needed and is not on this machine."""
    selection: Selection = field(default_factory=Selection)
    places: tuple[Path, ...] = ()
    """The directories of the main modules."""


@dataclass(frozen=True)
class Loader:
    """Reads modules below ``root``; ``database`` and ``cache`` may be empty."""

    root: Path
    cache: ModuleCache
    database: Database

    def module(self, directory: Path) -> Loaded:
        """Return the module whose go.mod lies in a directory.

        Where a go.work above (below the audited root) uses it, the workspace's other modules stand for themselves, as
        the go command has it: they are no dependencies.
        """
        found = Loaded()
        gomod = self._read(directory / "go.mod", read_gomod, found)
        if gomod is None:
            return found
        found = self._made(found, directory, gomod, Replacements((Root(gomod, directory),)))
        beside = siblings(directory, self.root)
        if found.unit is not None and beside:
            kept = tuple(each for each in found.unit.selected if each.path not in beside)
            replaces = tuple(each for each in found.unit.replaces if each.path not in beside)
            advisories = tuple(each for each in found.unit.advisories if each.module not in beside)
            found.unit = replace(found.unit, selected=kept, replaces=replaces, advisories=advisories)
        return found

    def workspace(self, directory: Path) -> Loaded:
        """Return the workspace whose go.work lies in a directory: its modules are selected for together."""
        found = Loaded()
        work = self._read(directory / "go.work", read_gomod, found)
        if work is None:
            return found
        mains = []
        for use in work.uses:
            place = Path(os.path.normpath(directory / use))
            member = self._read(place / "go.mod", read_gomod, found)
            if member is not None:
                mains.append(Root(member, place))
        newest = max((each.gomod.go for each in mains), default="", key=go_order)
        first = replace(work, module="", go=work.go or newest)
        return self._made(found, directory, first, Replacements(tuple(mains), Root(first, directory)))

    def _made(self, found: Loaded, directory: Path, gomod: GoMod, roots: Replacements) -> Loaded:
        workspace = roots.work is not None
        mains = [each.gomod for each in roots.mains]
        selection = select_with(roots.mains, self.cache, roots.work)
        sums = self._sums(directory, roots, found)
        vendored = self._maybe(directory / "vendor" / "modules.txt", read_vendor, found)
        modules = tuple(self._retracted(each) for each in selection.modules)
        found.incomplete = tuple(selection.missing)
        found.selection = selection
        found.places = tuple(each.directory for each in roots.mains if each.directory is not None)
        found.unit = ModuleUnit(
            path=self._shown(directory / ("go.work" if workspace else "go.mod")),
            module=gomod.module,
            go_line=gomod.go,
            toolchain_line=gomod.toolchain,
            selected=_with_sums(modules, sums),
            required=_required(mains),
            replaces=tuple(each for each, _ in roots.all()),
            excludes=tuple(each for main in mains for each in main.excludes),
            retracts=tuple(each.why for each in gomod.retracts),
            sums=sums,
            vendored=modules_of(vendored) if vendored is not None else None,
            advisories=self._advisories(selection, gomod),
            lines=_lines(gomod),
            workspace=tuple(each.module for each in mains) if workspace else (),
            vendor_differs=vendor_differences(roots, vendored, directory) if vendored is not None else (),
            revision=revision(directory),
        )
        return found

    def _sums(self, directory: Path, roots: Replacements, found: Loaded) -> tuple[SumLine, ...] | None:
        """Return the hashes that count: a workspace takes those of its modules' go.sum and of go.work.sum together."""
        if roots.work is None:
            return self._maybe(directory / "go.sum", read_gosum, found)
        places = [each.directory / "go.sum" for each in roots.mains if each.directory is not None]
        read = [self._maybe(each, read_gosum, found) for each in (*places, directory / "go.work.sum")]
        known = [each for each in read if each is not None]
        return tuple(line for each in known for line in each) if known else None

    def _retracted(self, module: Module) -> Module:
        """Mark a version that a later release of its module takes back, where the cache has that release's go.mod."""
        if self.cache.root is None:
            return module
        why = self.cache.retraction(*stands_for(module))
        return replace(module, retracted=why) if why else module

    def _advisories(self, selection: Selection, gomod: GoMod) -> tuple[Advisory, ...]:
        found = [hit for each in selection.modules for hit in self.database.concerning(*stands_for(each))]
        return (*found, *self._of_go(gomod))

    def _of_go(self, gomod: GoMod) -> Iterator[Advisory]:
        """Give the standard library's advisories for the least Go that go.mod allows.

        A line such as ``go 1.24`` names no release; what even the last release of that line is open to counts then.
        """
        told = gomod.toolchain.removeprefix("go").partition("-")[0]
        least = told if names_a_release(told) else gomod.go
        asked = least if names_a_release(least) else f"{least}{_LAST}"
        if release_line(least):
            for each in (*self.database.concerning("stdlib", asked), *self.database.concerning("toolchain", asked)):
                yield replace(each, version=least, assumed=True)

    def _read(self, path: Path, reader: Callable[[str, str], T], found: Loaded) -> T | None:
        shown = self._shown(path)
        try:
            return reader(read_text(path), shown)
        except BadModuleFile as error:
            found.unhealthy.append(FileHealth(shown, "module", "failed", str(error).removeprefix(f"{shown}:")))
        except OSError as error:
            found.unhealthy.append(FileHealth(shown, "module", "failed", error.strerror or str(error)))
        except UnicodeDecodeError:
            found.unhealthy.append(FileHealth(shown, "module", "failed", "it is not UTF-8"))
        return None

    def _maybe(self, path: Path, reader: Callable[[str, str], T], found: Loaded) -> T | None:
        """Read a file that a module may lack."""
        return self._read(path, reader, found) if path.exists() else None

    def _shown(self, path: Path) -> str:
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()


def _required(mains: list[GoMod]) -> dict[str, str]:
    """Return the newest version that the main modules require of each path."""
    found: dict[str, str] = {}
    for each in (each for main in mains for each in main.requirements):
        if each.path not in found or newer(each.version, found[each.path]):
            found[each.path] = each.version
    return found


def _lines(gomod: GoMod) -> dict[str, int]:
    """Return where the file names a module, and its go and toolchain lines; these words are no modules' paths."""
    lines = {each.path: each.line for each in gomod.requirements}
    told = {"go": gomod.go_line, "toolchain": gomod.toolchain_line}
    return lines | {name: line for name, line in told.items() if line}


def _with_sums(modules: tuple[Module, ...], sums: tuple[SumLine, ...] | None) -> tuple[Module, ...]:
    hashes = {(each.path, each.version): each.hash for each in sums or () if not each.of_mod}
    return tuple(replace(each, sum=hashes.get(stands_for(each), "")) for each in modules)
