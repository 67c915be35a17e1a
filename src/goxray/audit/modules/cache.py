"""The go.mod files of dependencies, where the user's module cache has them. Read only; nothing is fetched."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

from goxray.audit.modules.gomod import GoMod, read_gomod
from goxray.audit.modules.plain_file import read_text
from goxray.audit.modules.versions import newer, newest, pseudo, valid
from goxray.core.errors import BadModuleFile

_UPPER = re.compile(r"[A-Z]")
_SAFE = re.compile(r"[\w.~+!@/-]+")


class ModuleCache:
    """A GOMODCACHE directory; None where the machine has none."""

    def __init__(self, root: Path | None) -> None:
        self.root = root
        self._read = lru_cache(maxsize=None)(self._load)

    @classmethod
    def of_user(cls) -> ModuleCache:
        """Return the user's: GOMODCACHE, else pkg/mod below the first of GOPATH, else below ~/go."""
        chosen = os.environ.get("GOMODCACHE")
        if not chosen:
            gopath = os.environ.get("GOPATH", "").split(os.pathsep)[0]
            chosen = str(Path(gopath) / "pkg" / "mod" if gopath else Path.home() / "go" / "pkg" / "mod")
        root = Path(chosen)
        return cls(root if root.is_dir() else None)

    def gomod(self, path: str, version: str) -> GoMod | None:
        """Return a dependency's go.mod, None where it is not there or is not understood."""
        return self._read(path, version)

    def retraction(self, path: str, version: str) -> str:
        """Return why a version was retracted, by the newest go.mod of its module in the cache; empty if it was not."""
        if self.root is None:
            return ""
        name = f"{escaped(path)}/@v"
        if not _SAFE.fullmatch(name) or ".." in name.split("/"):
            return ""
        folder = self.root / "cache" / "download" / name
        known = [each.name.removesuffix(".mod") for each in folder.glob("*.mod")] if folder.is_dir() else []
        latest = newest([each for each in known if valid(each) and pseudo(each) is None] or [version])
        gomod = self.gomod(path, latest)
        for each in gomod.retracts if gomod is not None else ():
            if not newer(each.low, version) and not newer(version, each.high):
                return each.why or "retracted by its authors"
        return ""

    def source(self, path: str, version: str) -> Path | None:
        """Return the directory of a dependency's source, None where it is not there."""
        name = f"{escaped(path)}@{escaped(version)}"
        if self.root is None or not _SAFE.fullmatch(name) or ".." in name.split("/"):
            return None
        found = self.root / name
        return found if found.is_dir() else None

    def _load(self, path: str, version: str) -> GoMod | None:
        name = f"{escaped(path)}/@v/{escaped(version)}.mod"
        if self.root is None or not _SAFE.fullmatch(name) or ".." in name.split("/"):
            return None
        try:
            text = read_text(self.root / "cache" / "download" / name)
            return read_gomod(text, f"{path}@{version}/go.mod")
        except (OSError, UnicodeDecodeError, BadModuleFile):
            return None


def escaped(text: str) -> str:
    """Return a path or version as file names of the cache have it: capitals as ``!`` and the small letter."""
    return _UPPER.sub(lambda found: "!" + found[0].lower(), text)
