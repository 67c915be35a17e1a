"""A module or workspace on disk as the facts that rules see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from goxray.audit.facts import Advisory, ModuleUnit, SumLine
from goxray.audit.modules.advisories import Database
from goxray.audit.modules.cache import ModuleCache
from goxray.audit.modules.gomod import GoMod, read_gomod
from goxray.audit.modules.selection import Selection, select_with
from goxray.audit.modules.sums import modules_of, read_gosum, read_vendor
from goxray.core.audit_result import FileHealth, Module
from goxray.core.errors import BadModuleFile

T = TypeVar("T")


@dataclass
class Loaded:
    """What a directory's module files gave: the unit, None where its go.mod is not understood, and what went wrong."""

    unit: ModuleUnit | None = None
    unhealthy: list[FileHealth] = field(default_factory=list)
    incomplete: tuple[str, ...] = ()
    """Dependencies whose go.mod was needed and is not on this machine."""


@dataclass(frozen=True)
class Loader:
    """Reads modules below ``root``; ``database`` and ``cache`` may be empty."""

    root: Path
    cache: ModuleCache
    database: Database

    def module(self, directory: Path) -> Loaded:
        """Return the module whose go.mod lies in a directory."""
        found = Loaded()
        gomod = self._read(directory / "go.mod", read_gomod, found)
        if gomod is None:
            return found
        return self._made(found, directory, gomod, (gomod,), ())

    def workspace(self, directory: Path) -> Loaded:
        """Return the workspace whose go.work lies in a directory: its modules are selected for together."""
        found = Loaded()
        work = self._read(directory / "go.work", read_gomod, found)
        if work is None:
            return found
        mains = []
        for use in work.uses:
            member = self._read(directory / use / "go.mod", read_gomod, found)
            if member is not None:
                mains.append(member)
        members = tuple(each.module for each in mains)
        first = replace_of(work, mains)
        return self._made(found, directory, first, (first, *mains), members)

    def _made(
        self, found: Loaded, directory: Path, gomod: GoMod, mains: tuple[GoMod, ...], members: tuple[str, ...]
    ) -> Loaded:
        selection = select_with(mains, self.cache)
        name = "go.work.sum" if members else "go.sum"
        sums = self._maybe(directory / name, read_gosum, found)
        vendored = self._maybe(directory / "vendor" / "modules.txt", read_vendor, found)
        modules = tuple(self._retracted(each) for each in selection.modules)
        found.incomplete = tuple(selection.missing)
        found.unit = ModuleUnit(
            path=self._shown(directory / ("go.work" if members else "go.mod")),
            module=gomod.module,
            go_line=gomod.go,
            toolchain_line=gomod.toolchain,
            selected=_with_sums(modules, sums),
            required={each.path: each.version for main in mains for each in main.requirements},
            replaces=tuple(each for main in mains for each in main.replaces),
            excludes=tuple(each for main in mains for each in main.excludes),
            retracts=tuple(each.why for each in gomod.retracts),
            sums=sums,
            vendored=modules_of(vendored) if vendored is not None else None,
            advisories=self._advisories(selection, gomod),
            lines={each.path: each.line for each in gomod.requirements},
            workspace=members,
        )
        return found

    def _retracted(self, module: Module) -> Module:
        """Mark a version that a later release of its module takes back, where the cache has that release's go.mod."""
        if self.cache.root is None:
            return module
        why = self.cache.retraction(module.path, module.version)
        return replace(module, retracted=why) if why else module

    def _advisories(self, selection: Selection, gomod: GoMod) -> tuple[Advisory, ...]:
        found = [hit for each in selection.modules for hit in self.database.concerning(*_stands_for(each))]
        release = gomod.toolchain.removeprefix("go") or gomod.go
        if release.count(".") == 2:
            found += self.database.concerning("stdlib", release)
        return tuple(found)

    def _read(self, path: Path, reader: Callable[[str, str], T], found: Loaded) -> T | None:
        shown = self._shown(path)
        try:
            return reader(path.read_text("utf-8"), shown)
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


def replace_of(work: GoMod, mains: list[GoMod]) -> GoMod:
    """Return a go.work as a main module without a name; where it has no go line the newest of its modules' counts."""
    lines = [each.go for each in mains if each.go]
    return replace(work, module="", go=work.go or max(lines, default=""))


def _with_sums(modules: tuple[Module, ...], sums: tuple[SumLine, ...] | None) -> tuple[Module, ...]:
    hashes = {(each.path, each.version): each.hash for each in sums or () if not each.of_mod}
    return tuple(replace(each, sum=hashes.get((each.path, each.version), "")) for each in modules)


def _stands_for(module: Module) -> tuple[str, str]:
    """Return path and version of the code that is built: the replacement's, where it is another module."""
    path, _, version = module.replaced_by.partition(" ")
    return (path, version) if version else (module.path, module.version)
