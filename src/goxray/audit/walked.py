"""What a walk takes and gives: plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from goxray.audit.scanned import PackageFiles
from goxray.core.audit_result import FileHealth


@dataclass(frozen=True)
class Found:
    """A file or directory, and what findings call it.

    Of a root ``shown`` is what stands before its files' paths, empty or ending with ``/``, and ``base`` what stands
    before them where they count from the policy's directory; None where the policy lies elsewhere.
    """

    path: Path
    shown: str
    base: str | None = None


@dataclass(frozen=True)
class FoundModule:
    """A directory with a go.mod or go.work (``workspace``); ``root`` is the audited directory it was found below.

    ``prefix`` stands before the paths relative to that root in findings, empty or ending with ``/``.
    """

    directory: Path
    root: Path
    prefix: str
    workspace: bool


@dataclass
class Tree:
    """What a walk found, each list in order of path. ``left_out`` counts what a rule of the walk passed over.

    Its keys: ``vendor``, ``testdata``, ``excluded``, ``ignored`` (the go command ignores it: names that begin with a
    dot or underscore), ``linked`` (symbolic links to directories), ``data`` (JSON too large to be configuration),
    ``objects`` (a linker's input), ``archives``, ``special`` (sockets, pipes, devices, links to nothing), ``other``
    (version control, node_modules).
    """

    roots: list[Found] = field(default_factory=list)
    """The directories that were walked."""
    packages: list[PackageFiles] = field(default_factory=list)
    modules: list[FoundModule] = field(default_factory=list)
    configs: list[Found] = field(default_factory=list)
    binaries: list[Found] = field(default_factory=list)
    unhealthy: list[FileHealth] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    loops: list[str] = field(default_factory=list)
    """Symbolic links to a directory above them."""
    named: set[str] = field(default_factory=set)
    """Executables that are a root themselves."""

    def from_policy(self, shown: str) -> str:
        """Return what a path of a finding is called from the policy's directory."""
        for root in sorted(self.roots, key=lambda each: -len(each.shown)):
            if shown.startswith(root.shown) and root.base is not None:
                return root.base + shown[len(root.shown) :]
        return shown

    @property
    def empty(self) -> bool:
        """Whether nothing was found that the audit reads."""
        return not (self.packages or self.modules or self.configs or self.binaries or self.unhealthy)


@dataclass(frozen=True)
class Choice:
    """What a walk passes over, and how it tells executables by their first bytes.

    ``exclude`` are patterns that count from a root, ``policy_exclude`` those that count from the policy's directory,
    ``home``, where a root lies there. ``top`` is the directory above which no go.mod is looked for; None: the file
    system's root.
    """

    exclude: tuple[str, ...] = ()
    policy_exclude: tuple[str, ...] = ()
    home: Path | None = None
    vendor: bool = False
    top: Path | None = None
    executable: Callable[[bytes], bool] = lambda head: head.startswith(b"\x7fELF")
