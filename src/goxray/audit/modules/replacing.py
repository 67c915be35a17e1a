"""Which module stands for another: the replace directives of go.mod and go.work, in the go command's order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from goxray.audit.facts import Replace
from goxray.audit.modules.gomod import GoMod
from goxray.audit.modules.versions import valid
from goxray.core.audit_result import Module


@dataclass(frozen=True)
class Root:
    """A go.mod or go.work that a selection starts from, and the directory it lies in where it lies in one."""

    gomod: GoMod
    directory: Path | None = None


@dataclass(frozen=True)
class Replacements:
    """The replace directives of main modules; those of a go.work go first, whatever versions they name.

    Source: cmd/go/internal/modload, replacementFrom. Of several modules of a workspace the last one's counts; the go
    command wants them to agree.
    """

    mains: tuple[Root, ...]
    work: Root | None = None

    def of(self, path: str, version: str) -> tuple[Replace, Root] | None:
        """Return the directive that replaces a module's version, with the file that holds it; None for none."""
        if self.work is not None:
            found = _replacement(self.work.gomod, path, version)
            if found is not None:
                return found, self.work
        last = None
        for main in self.mains:
            found = _replacement(main.gomod, path, version)
            if found is not None:
                last = found, main
        return last

    def spelled(self, path: str, version: str) -> str:
        """Return ``path version`` or the directory of what stands for a module; empty where nothing does."""
        found = self.of(path, version)
        return "" if found is None else f"{found[0].new_path} {found[0].new_version}".strip()

    def directory(self, path: str, version: str) -> Path | None:
        """Return the directory that stands for a module, None where none does or nobody can tell where it is."""
        found = self.of(path, version)
        if found is None or not found[0].local or found[1].directory is None:
            return None
        return Path(os.path.normpath(found[1].directory / found[0].new_path))

    def all(self) -> Iterator[tuple[Replace, Root]]:
        """Give every directive with the file that holds it, those of modules first."""
        for root in (*self.mains, *([self.work] if self.work is not None else [])):
            for each in root.gomod.replaces:
                yield each, root


def stands_for(module: Module) -> tuple[str, str]:
    """Return path and version of the code that is built: the replacement's, where it is another module.

    A directory stands for the version that it replaces: what is known of that version is the nearest there is.
    """
    path, _, version = module.replaced_by.partition(" ")
    return (path, version) if valid(version) else (module.path, module.version)


def _replacement(gomod: GoMod, path: str, version: str) -> Replace | None:
    """A directive for this very version goes before one for all versions; of equal ones the last counts."""
    found = None
    for each in gomod.replaces:
        fits = each.path == path and each.version in ("", version)
        if fits and (found is None or each.version or not found.version):
            found = each
    return found
