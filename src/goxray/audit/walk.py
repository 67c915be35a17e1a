"""What lies below the audited paths: packages, modules, configuration, executables. Nothing is opened as an archive."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from goxray.audit.config.reading import kind_of
from goxray.audit.modules.gomod import GoMod, read_gomod
from goxray.audit.modules.plain_file import read_text
from goxray.audit.patterns import covered
from goxray.audit.scanned import PackageFiles
from goxray.audit.walked import Choice, Found, FoundModule, Tree
from goxray.core.audit_result import Evidence, FileHealth
from goxray.core.errors import BadModuleFile, UsageError

__all__ = ["Choice", "Tree", "walk", "walk_named"]

_NEVER = frozenset({".git", ".hg", ".svn", ".jj", "node_modules"})
"""Directories that hold no file of the team's: version control and packages of another world."""

_DATA = 128 << 10
"""JSON files of more bytes are data, not configuration."""

_HINT = "name a module, a workspace, a Go binary, or a directory of them"
_HEAD = 64
_MODULE_FILES = frozenset({"go.mod", "go.work"})
_SUM_FILES = frozenset({"go.sum", "go.work.sum"})
_OBJECTS = frozenset({".syso", ".o", ".a"})
"""Object files and archives of them: a linker's input, which nobody runs."""

_ARCHIVES = (
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
)
"""How zip, gzip, bzip2, xz, zstd, 7z and rar begin."""

_STANDARD = "std"


def walk(roots: Sequence[Path], choice: Choice) -> Tree:
    """Find what the audit reads below several files and directories.

    One directory's files are called by their path below it; those of several directories have the directory's path as
    it was given before that. A file on its own is called by its path below a directory that is given too, else by its
    name. Symbolic links to directories are not followed, as the go command does not; a root itself may be one.

    Raises:
        UsageError: a root does not exist or cannot be read, or there is nothing below any that the audit reads.
    """
    named = [
        Found(path, shown, _base(path, choice.home)) for path, shown in _named([_existing(each) for each in roots])
    ]
    tree = walk_named(named, choice)
    if tree.empty:
        told = ", ".join(map(str, roots))
        raise UsageError(f"{told}: no Go package, go.mod, Go binary or configuration file there", hint=_HINT)
    return tree


def walk_named(roots: Sequence[Found], choice: Choice) -> Tree:
    """Find what the audit reads below directories, and take single files, that have their names already."""
    walker = _Walker(choice)
    for each in roots:
        if each.path.is_dir():
            walker.tree.roots.append(each)
            walker.directory(each)
        else:
            walker.alone(each.path, each.shown)
    tree = walker.tree
    tree.packages.sort(key=lambda each: each.path)
    tree.modules.sort(key=lambda each: (each.prefix, each.directory, each.workspace))
    tree.configs.sort(key=lambda each: each.shown)
    tree.binaries.sort(key=lambda each: each.shown)
    return tree


def _existing(root: Path) -> Path:
    try:
        return root.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else "it cannot be followed"
        raise UsageError(f"{root}: {said}", hint="name a module, a workspace or a binary") from error


def _base(root: Path, home: Path | None) -> str | None:
    """Return what stands before a root's paths where they count from the policy's directory."""
    if home is None or not root.is_relative_to(home):
        return None
    below = root.relative_to(home).as_posix()
    return "" if below == "." else f"{below}/"


def _named(roots: list[Path]) -> list[tuple[Path, str]]:
    """Return each root once with its prefix: directories first, in the order given, then files."""
    once = list(dict.fromkeys(roots))
    directories = [each for each in once if each.is_dir()]
    outer = [each for each in directories if not any(each != other and other in each.parents for other in directories)]
    found: list[tuple[Path, str]] = []
    taken: set[str] = set()
    for each in directories:
        above = next((other for other in outer if other in each.parents), None)
        base = dict(found).get(above, "") if above is not None else ""
        if above is not None:
            prefix = f"{base}{each.relative_to(above).as_posix()}/"
        else:
            prefix = "" if len(outer) == 1 else _free(f"{each.name or 'root'}/", taken)
        found.append((each, prefix))
    found.sort(key=lambda each: each[0] not in outer)
    for each in once:
        if not each.is_dir():
            above = next((other for other in outer if other in each.parents), None)
            inside = f"{dict(found)[above]}{each.relative_to(above).as_posix()}" if above is not None else ""
            found.append((each, inside or _free(each.name, taken)))
    return found


def _free(name: str, taken: set[str]) -> str:
    """Return a name that is not taken yet: ``app``, ``app-2``, ``app-3``."""
    plain, slash = name.rstrip("/"), "/" if name.endswith("/") else ""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{plain}-{number}{slash}"
    taken.add(free)
    return free


class _Walker:
    """One walk; directories are visited once, however they are reached."""

    def __init__(self, choice: Choice) -> None:
        self.tree = Tree()
        self._choice = choice
        self._visited: set[tuple[int, int]] = set()
        self._mods: dict[Path, GoMod | None] = {}

    def directory(self, root: Found) -> None:
        """Walk a directory. A pattern of the policy that means the root itself does not hold: the root was named."""
        above = (root.base or "").rstrip("/")
        policy = tuple(each for each in self._choice.policy_exclude if not above or not covered((each,), above))
        waiting = [(root.path, root.shown, False)]
        while waiting:
            here, shown, hidden = waiting.pop()
            entries = self._entries(here, shown)
            go_files: list[str] = []
            below: list[tuple[Path, str, bool]] = []
            for entry in entries:
                name = f"{shown}{entry.name}"
                if self._excluded(name.removeprefix(root.shown), root, policy):
                    self.tree.left_out["excluded"] += 1
                elif self._is_directory(entry, name):
                    if self._enters(entry.name):
                        below.append((Path(entry.path), f"{name}/", hidden or entry.name.startswith((".", "_"))))
                elif entry.name.endswith(".go"):
                    go_files += self._go_file(entry, name, hidden)
                else:
                    self._other(entry, name, root, hidden)
            if go_files:
                self.tree.packages.append(self._package(here, shown.rstrip("/") or ".", go_files))
            waiting += reversed(below)

    def alone(self, path: Path, shown: str) -> None:
        """Take one file that was named."""
        if not path.is_file():
            self._cannot(shown, _what(path.stat().st_mode))
        elif path in {each.path for each in (*self.tree.binaries, *self.tree.configs)}:
            return
        elif path.suffix == ".go":
            self._go_alone(path, shown)
        elif path.name in _MODULE_FILES:
            prefix = shown.removesuffix(path.name)
            self.tree.modules.append(FoundModule(path.parent, path.parent, prefix, path.name == "go.work"))
        elif self._choice.executable(self._head(path, shown)):
            self.tree.binaries.append(Found(path, shown))
            self.tree.named.add(shown)
        elif kind_of(shown) is not None:
            self.tree.configs.append(Found(path, shown))
        elif self._head(path, shown).startswith(_ARCHIVES):
            raise UsageError(f"{path} is an archive, and goxray opens none", hint="unpack it and name the directory")
        else:
            raise UsageError(f"{path} is nothing that the audit reads", hint=_HINT)

    def _go_alone(self, path: Path, shown: str) -> None:
        """Take a Go file that was named: into its package where another file of it was met before."""
        for number, each in enumerate(self.tree.packages):
            if each.directory == path.parent:
                files = tuple(sorted({*each.files, path.name}))
                self.tree.packages[number] = replace(each, files=files)
                return
        self.tree.packages.append(self._package(path.parent, shown.rpartition("/")[0] or ".", [path.name]))

    def _excluded(self, path: str, root: Found, policy: tuple[str, ...]) -> bool:
        """Whether a path below a root is left out by the run or by the policy's patterns."""
        return covered(self._choice.exclude, path) or covered(policy, (root.base or "") + path)

    def _entries(self, here: Path, shown: str) -> list[os.DirEntry[str]]:
        try:
            met = here.stat()
            if (met.st_dev, met.st_ino) in self._visited:
                return []
            self._visited.add((met.st_dev, met.st_ino))
            with os.scandir(here) as entries:
                return sorted(entries, key=lambda each: each.name)
        except OSError as error:
            self._cannot(shown.rstrip("/") or ".", f"the directory cannot be read: {error.strerror}")
            return []

    def _is_directory(self, entry: os.DirEntry[str], shown: str) -> bool:
        """Whether to treat an entry as a directory; a link to one is told and is none."""
        try:
            if not entry.is_symlink():
                return entry.is_dir()
            if not entry.is_dir():
                return False
            target = Path(os.path.realpath(entry.path))
        except OSError:
            return False
        if target == Path(entry.path).parent or target in Path(entry.path).parents:
            self.tree.loops.append(shown)
        else:
            self.tree.left_out["linked"] += 1
        return False

    def _enters(self, name: str) -> bool:
        if name in _NEVER:
            self.tree.left_out["other"] += 1
        elif name == "testdata":
            self.tree.left_out["testdata"] += 1
        elif name == "vendor" and not self._choice.vendor:
            self.tree.left_out["vendor"] += 1
        else:
            return True
        return False

    def _go_file(self, entry: os.DirEntry[str], shown: str, hidden: bool) -> Iterator[str]:
        if not self._regular(entry, shown, "source"):
            return
        if hidden or entry.name.startswith((".", "_")):
            self.tree.left_out["ignored"] += 1
        else:
            yield entry.name

    def _other(self, entry: os.DirEntry[str], shown: str, root: Found, hidden: bool) -> None:
        """Sort a file that is not Go source to where it belongs."""
        module = entry.name in _MODULE_FILES
        kind = None if module else kind_of(shown)
        wanted: Evidence | None = "module" if module else "config" if kind is not None else None
        if not self._regular(entry, shown, wanted):
            return
        here = Path(entry.path)
        if module and hidden:
            self.tree.left_out["ignored"] += 1
        elif module:
            self.tree.modules.append(FoundModule(here.parent, root.path, root.shown, entry.name == "go.work"))
        elif kind == "json" and entry.stat().st_size > _DATA:
            self.tree.left_out["data"] += 1
        elif kind is not None:
            self.tree.configs.append(Found(here, shown))
        elif here.suffix in _OBJECTS:
            self.tree.left_out["objects"] += 1
        elif entry.name not in _SUM_FILES:
            head = self._head(here, shown)
            if self._choice.executable(head):
                self.tree.binaries.append(Found(here, shown))
            elif head.startswith(_ARCHIVES):
                self.tree.left_out["archives"] += 1

    def _regular(self, entry: os.DirEntry[str], shown: str, wanted: Evidence | None) -> bool:
        """Whether an entry is a file or a link to one; what is neither is told where its name asks to be read."""
        if entry.is_symlink() and _leads_to_directory(entry):
            return False
        try:
            mode = entry.stat().st_mode
        except OSError as error:
            said = "a symbolic link to nothing" if entry.is_symlink() else error.strerror or str(error)
            mode = 0
        else:
            said = _what(mode)
        if stat.S_ISREG(mode):
            return True
        if wanted is None:
            self.tree.left_out["special"] += 1
        else:
            self._cannot(shown, said, wanted)
        return False

    def _head(self, path: Path, shown: str) -> bytes:
        """Return a file's first bytes; one that cannot be read is told."""
        try:
            number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            with os.fdopen(number, "rb", buffering=0) as file:
                return file.read(_HEAD) or b""
        except OSError as error:
            self._cannot(shown, f"it cannot be read: {error.strerror}", "binary")
            return b""

    def _cannot(self, shown: str, said: str, kind: Evidence = "source") -> None:
        self.tree.unhealthy.append(FileHealth(shown, kind, "failed", said))

    def _package(self, directory: Path, shown: str, files: Sequence[str]) -> PackageFiles:
        """Return a package with the import path and go line of the module that it lies in, where one does."""
        for above in (directory, *directory.parents):
            gomod = self._gomod(above)
            if gomod is not None:
                below = directory.relative_to(above).as_posix()
                parts = [] if gomod.module == _STANDARD else [gomod.module]
                parts += [below] if below != "." else []
                return PackageFiles(shown, directory, tuple(files), "/".join(parts), gomod.go)
            if above == self._choice.top:
                break
        return PackageFiles(shown, directory, tuple(files))

    def _gomod(self, directory: Path) -> GoMod | None:
        """Return a directory's go.mod, None where there is none or it is not understood (whoever reads it says so)."""
        if directory not in self._mods:
            try:
                self._mods[directory] = read_gomod(read_text(directory / "go.mod"))
            except (OSError, UnicodeDecodeError, BadModuleFile):
                self._mods[directory] = None
        return self._mods[directory]


def _leads_to_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _what(mode: int) -> str:
    """Say what kind of thing is there instead of a file."""
    kinds = {stat.S_IFSOCK: "a socket", stat.S_IFIFO: "a pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}
    return f"{kinds.get(stat.S_IFMT(mode), 'something else')}, not a file"
