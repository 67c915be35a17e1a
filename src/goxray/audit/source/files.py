"""A Go file, read and parsed: its imports, its directives, and how well the parser understood it."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from goxray.audit.facts import Import
from goxray.audit.source.depth import DEEPEST, too_deep
from goxray.audit.source.grammar import every, named, parse, text_of
from goxray.audit.source.index import Index
from goxray.core.audit_result import FileHealth, Place

if TYPE_CHECKING:
    from tree_sitter import Node

    from goxray.audit.types.exact import FileTypes

LARGEST = 8 << 20
"""Files of more bytes than this are not parsed: no Go file that people write comes near, and its tree would not fit."""

_VERSION_SUFFIX = re.compile(r"v\d+")


@dataclass
class SourceFile:
    """One Go file. ``path`` is relative to the audited root; positions are bytes into ``text``."""

    path: str
    text: bytes
    root: Node
    health: FileHealth
    exact: FileTypes | None = None
    """What the user's toolchain says of its names and types, where it was asked and fits this text."""

    @cached_property
    def names(self) -> dict[str, str]:
        """What this file's imports are called: local name to import path."""
        plain = (each for each in self.imports if each.name not in (".", "_"))
        return {each.name or default_name(each.path): each.path for each in plain}

    @cached_property
    def dots(self) -> tuple[str, ...]:
        """Import paths whose names this file takes in with a dot."""
        return tuple(each.path for each in self.imports if each.name == ".")

    @cached_property
    def index(self) -> Index:
        """The nodes that rules ask for."""
        return Index(self.root)

    @cached_property
    def top(self) -> list[Node]:
        """The package clause, the imports and the declarations."""
        return self.root.named_children

    @cached_property
    def starts(self) -> list[int]:
        """Where each of those begins."""
        return [each.start_byte for each in self.top]

    @cached_property
    def around(self) -> dict[int, str]:
        """Names of functions by their place in ``top``, as far as somebody asked."""
        return {}

    @cached_property
    def package(self) -> str:
        """The name in the package clause, empty where there is none."""
        for node in self.top:
            if node.type == "package_clause":
                return text_of(named(node)[0]) if named(node) else ""
        return ""

    @cached_property
    def is_test(self) -> bool:
        """Whether it is a test or test data."""
        return self.path.endswith("_test.go") or "testdata" in self.path.split("/")

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Every import, as written."""
        return tuple(self._imports())

    def holds(self, part: bytes) -> bool:
        """Whether its text, or a name or type that the toolchain told of it, holds these bytes."""
        return part in self.text or (self.exact is not None and self.exact.mentions(part))

    def place(self, node: Node, symbol: str = "") -> Place:
        """Return where a node stands; lines and columns (in bytes) count from 1."""
        row, column = node.start_point
        before = self.text[node.start_byte - column : node.start_byte]
        utf16 = 0 if before.isascii() else len(before.decode("utf-8", "replace").encode("utf-16-le")) // 2 + 1
        return Place(self.path, row + 1, column + 1, node.end_point[0] + 1, symbol, utf16)

    def _imports(self) -> list[Import]:
        found = []
        for node in self.top:
            if node.type != "import_declaration":
                continue
            for spec in every(node, "import_spec"):
                path = text_of(spec.child_by_field_name("path")).strip('"`')
                found.append(Import(path, text_of(spec.child_by_field_name("name")), self.place(spec)))
        return found


def load(path: Path, shown: str) -> SourceFile | FileHealth:
    """Read and parse a file; what cannot be read or is no text comes back as its health.

    Raises:
        NotInstalled: the parser is not installed on this machine.
    """
    text = read(path, shown)
    return text if isinstance(text, FileHealth) else checked(text, shown)


def read(path: Path, shown: str) -> bytes | FileHealth:
    """Read a file; what cannot be read or is no text comes back as its health. It may change or go at any moment."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return FileHealth(shown, "source", "failed", "no ordinary file")
            text = file.read(LARGEST + 1)
    except OSError as error:
        return FileHealth(shown, "source", "failed", error.strerror or str(error))
    if len(text) > LARGEST:
        detail = f"larger than {LARGEST:,} bytes, the limit for a Go file: not looked at"
        return FileHealth(shown, "source", "failed", detail)
    if b"\0" in text:
        return FileHealth(shown, "source", "failed", "it holds zero bytes: no Go source")
    return text


def checked(text: bytes, shown: str) -> SourceFile | FileHealth:
    """Parse a file's text; what is nested deeper than people write comes back as its health."""
    made = parsed(text, shown)
    if too_deep(made.root):
        detail = f"nested more than {DEEPEST:,} levels deep, as no people write: not looked at"
        return FileHealth(shown, "source", "failed", detail)
    return made


def parsed(text: bytes, shown: str) -> SourceFile:
    """Parse a file's text."""
    root = parse(text).root_node
    wrong = _wrong(text, root)
    if wrong is None:
        return SourceFile(shown, text, root, FileHealth(shown, "source", "parsed"))
    return SourceFile(shown, text, root, FileHealth(shown, "source", "partial", f"{wrong}; the rest was looked at"))


def _wrong(text: bytes, root: Node) -> str | None:
    """Say what is wrong with a file and where, the first thing that is."""
    found = []
    if root.has_error:
        found.append((_first_error(root).start_point[0] + 1, "not understood"))
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        found.append((text.count(b"\n", 0, error.start) + 1, "no UTF-8"))
    return "line {}: {}".format(*min(found)) if found else None


def default_name(path: str) -> str:
    """Return the package name that an import path usually stands for: its last part without a version or go- prefix."""
    parts = path.split("/")
    if len(parts) > 1 and _VERSION_SUFFIX.fullmatch(parts[-1]):
        parts.pop()
    last = re.sub(r"\.v\d+$", "", parts[-1])
    last = last.removeprefix("go-").removesuffix("-go").removesuffix(".go")
    return last.replace("-", "_")


def _first_error(node: Node) -> Node:
    """Return the first node that is an error or is missing."""
    while True:
        for child in node.children:
            if child.has_error or child.is_missing:
                if child.type == "ERROR" or child.is_missing:
                    return child
                node = child
                break
        else:
            return node
