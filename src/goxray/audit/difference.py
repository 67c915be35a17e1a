"""What a revision had already: its findings, made from its own files, for ``--diff REV``.

Only packages and files that differ are looked at a second time. Their files are written, as git keeps them, into a
directory of this run's own; the work tree is not touched.
"""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass, field, replace
from pathlib import Path

from goxray.audit.modules.gomod import GoMod, read_gomod
from goxray.audit.repository import Blob, Revision, object_of, revision
from goxray.audit.scanned import PackageFiles
from goxray.audit.walk import walk_named
from goxray.audit.walked import Choice, Found, Tree
from goxray.core.errors import BadModuleFile, UsageError

_MODULE_FILES = frozenset({"go.mod", "go.sum", "go.work", "go.work.sum"})
_VENDORED = "vendor/modules.txt"
_LARGEST = 8 << 20
"""Larger files are read by no reader of the audit."""


@dataclass
class Before:
    """A revision's side: what to gather again (``tree``), and what has not changed.

    ``same`` are paths of files, ``packages`` of packages, as findings call them; ``commits`` the commits by root.
    """

    tree: Tree
    same: set[str] = field(default_factory=set)
    packages: set[str] = field(default_factory=set)
    commits: list[str] = field(default_factory=list)


def before(tree: Tree, name: str, choice: Choice, into: Path) -> Before:
    """Return what a revision had of what a walk found, its files written below ``into``.

    Raises:
        UsageError: no directory is audited, one is in no git repository, or the name means no commit there.
        NotInstalled: there is no git on this machine.
        GoxrayError: git failed.
    """
    if not tree.roots:
        raise UsageError("--diff compares directories of a git repository", hint="name the module's directory as well")
    found = Before(Tree())
    mirrors = []
    for number, root in enumerate(tree.roots):
        if any(other.path in root.path.parents for other in tree.roots):
            continue
        one = _Root(root, revision(root.path, name), tree)
        found.commits.append(one.revision.commit)
        one.sort_out(found)
        top = into / str(number)
        one.write(top)
        mirrors.append((top, replace(root, path=top / root.path.relative_to(one.revision.top))))
    for top, mirror in mirrors:
        mirror.path.mkdir(parents=True, exist_ok=True)
        here = walk_named([mirror], replace(choice, top=top))
        found.tree.packages += here.packages
        found.tree.modules += here.modules
        found.tree.configs += here.configs
    return found


class _Root:
    """One audited directory beside the same directory of a revision."""

    def __init__(self, root: Found, made: Revision, tree: Tree) -> None:
        self._root = root
        self.revision = made
        self._tree = tree
        self._inside = "" if root.path == made.top else f"{root.path.relative_to(made.top).as_posix()}/"
        self._files = made.files(made.top)
        self._names: dict[str, set[str]] = {}
        for name in self._files:
            above, _, last = name.rpartition("/")
            self._names.setdefault(above, set()).add(last)
        self._wanted: set[str] = set()

    def sort_out(self, found: Before) -> None:
        """Tell what has not changed, and note which of the revision's files are needed."""
        self._wanted |= {name for name in self._files if self._of_modules(name)}
        moved = self._modules_moved()
        for package in self._tree.packages:
            if not package.directory.is_relative_to(self._root.path):
                continue
            above = self._above(package)
            old = {each for each in self._names.get(above, ()) if each.endswith(".go") and each[0] not in "._"}
            names = {each: posixpath.join(above, each) for each in package.files}
            whole = all(self._same(package.directory / each, name) for each, name in names.items())
            if not moved and whole and not old - self._passed_over(package) - set(package.files):
                found.packages.add(package.path)
                found.same.update(package.shown(each) for each in package.files)
            else:
                self._wanted |= {posixpath.join(above, each) for each in old}
        for each in (*self._tree.configs, *self._tree.binaries):
            name = self._name(each.path)
            if name is not None and self._same(each.path, name):
                found.same.add(each.shown)
            elif name is not None and each in self._tree.configs:
                self._wanted.add(name)

    def write(self, top: Path) -> None:
        """Write the files that are needed below a directory."""
        names = sorted(name for name in self._wanted if name in self._files and self._files[name].size <= _LARGEST)
        for name, text in zip(names, self.revision.read([self._files[each] for each in names]), strict=True):
            place = top / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text)

    def _passed_over(self, package: PackageFiles) -> set[str]:
        """Return the names in a package's directory that are there and that the walk did not take."""
        try:
            return set(os.listdir(package.directory)) - set(package.files)
        except OSError:
            return set()

    def _above(self, package: PackageFiles) -> str:
        inside = package.directory.relative_to(self.revision.top).as_posix()
        return "" if inside == "." else inside

    def _name(self, path: Path) -> str | None:
        """Return a file's name in the revision; None for one that lies elsewhere."""
        if not path.is_relative_to(self._root.path):
            return None
        return path.relative_to(self.revision.top).as_posix()

    def _of_modules(self, name: str) -> bool:
        """Whether a file says something of modules below the audited directory, or of the one that it lies in."""
        above, _, last = name.rpartition("/")
        if not (last in _MODULE_FILES or f"/{name}".endswith(f"/{_VENDORED}")):
            return False
        return name.startswith(self._inside) or self._inside.startswith(f"{above}/" if above else "")

    def _same(self, path: Path, name: str) -> bool:
        blob = self._files.get(name)
        try:
            if blob is None or path.stat().st_size != blob.size:
                return False
            return object_of(path.read_bytes(), blob) == blob.object
        except OSError:
            return False

    def _modules_moved(self) -> bool:
        """Whether a go.mod has come or gone, or has another path or go line: all its packages look different then."""
        mods = [name for name in self._files if name.rpartition("/")[2] == "go.mod" and self._of_modules(name)]
        blobs: list[Blob] = [self._files[name] for name in mods]
        now = {str(each.directory) for each in self._tree.modules if not each.workspace}
        for name, text in zip(mods, self.revision.read(blobs), strict=True):
            path = self.revision.top / name
            now.discard(str(path.parent))
            if path.is_file() and _means(text) != _means(path.read_bytes()):
                return True
            if not path.is_file():
                return True
        return any(Path(each).is_relative_to(self._root.path) for each in now)


def _means(text: bytes) -> tuple[str, str]:
    """Return a go.mod's path and go line; for one that is not understood its text."""
    try:
        found: GoMod = read_gomod(text.decode("utf-8"))
    except (BadModuleFile, UnicodeDecodeError):
        return text.decode("utf-8", "replace"), ""
    return found.module, found.go
