"""What a scan of source takes and gives: plain data, that goes to worker processes and into the cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from goxray.audit.marks import Mark
from goxray.audit.rule import Hit
from goxray.core.audit_result import FileHealth

if TYPE_CHECKING:
    from goxray.audit.types.exact import PackageTypes


@dataclass(frozen=True)
class PackageFiles:
    """A directory of Go files. ``path`` is relative to the audited root with ``/``, ``.`` for the root itself.

    ``files`` are names in ``directory``, sorted; those of tests are among them unless the run excludes them.
    ``exact`` is what the user's toolchain says of them, where it was asked.
    """

    path: str
    directory: Path
    files: tuple[str, ...]
    import_path: str = ""
    go_line: str = ""
    exact: PackageTypes | None = None

    def shown(self, name: str) -> str:
        """Return a file's path relative to the root."""
        return name if self.path in (".", "") else f"{self.path}/{name}"


@dataclass(frozen=True)
class PackageScan:
    """What was found in a directory: hits by rule id, path, line and column, and what became of every file.

    ``crypto_imports`` are the paths of cryptography that its files import, tests aside. ``references`` are those of
    the names asked for that its code mentions, tests aside. ``reused`` counts files whose facts came from the cache.
    A rule that failed is told by a health entry of the directory. ``marks`` are the comments that accept findings.
    """

    path: str
    hits: tuple[tuple[str, Hit], ...] = ()
    health: tuple[FileHealth, ...] = ()
    lines: int = 0
    bytes: int = 0
    reused: int = 0
    crypto_imports: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()
    marks: tuple[Mark, ...] = ()
