"""Patterns of qualified names that a rule asks for, with quick looks that spare most nodes the slow one."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from goxray.audit.source.grammar import parent_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from goxray.audit.source.files import SourceFile

_PACKAGE = re.compile(r"[^*()]*[^*().]\.\*")
"""Everything of one package: ``crypto/md5.*``. Only a file that imports it can mention that."""

_FEW = 8
"""For so many names a file's bytes are searched before its nodes are listed; for more the list is cheaper."""


class Wanted:
    """Some patterns; ``*`` stands for anything."""

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._exact = frozenset(each for each in patterns if "*" not in each)
        self._open = tuple(each for each in patterns if "*" in each)
        self._lasts = frozenset(each.rpartition(".")[2] for each in patterns)
        self._packages = frozenset(each[:-2] for each in self._open if _PACKAGE.fullmatch(each))
        self._any_last = any("*" in each.rpartition(".")[2] for each in self._open if each[:-2] not in self._packages)
        self._all = "*" in self._open
        self._known: dict[str, bool] = {}

    def possible(self, file: SourceFile) -> bool:
        """Whether a file may mention what is wanted."""
        if self._any_last or self._imported_in(file):
            return True
        return any(file.holds(last.encode()) for last in self._lasts if last != "*")

    def among(self, file: SourceFile, kind: str) -> list[Node]:
        """Return the nodes of a kind (calls, selectors, types) that may mention what is wanted."""
        if self._any_last or self._imported_in(file):
            return file.index.nodes(kind)
        if not file.index.built and len(self._lasts) <= _FEW and not self.possible(file):
            return []
        return file.index.named(kind, self._lasts)

    def _imported_in(self, file: SourceFile) -> bool:
        """Whether a file imports, or may by its types know, a package of which everything is wanted."""
        if not self._packages:
            return False
        return file.exact is not None or any(each.path in self._packages for each in file.imports)

    def plain(self, file: SourceFile) -> list[Node]:
        """Return the names without a dot that may mention what is wanted: what a dot import takes in."""
        nodes = (node for kind in ("identifier", "type_identifier") for node in file.index.nodes(kind))
        return [node for node in nodes if text_of(node) in self._lasts and _stands_alone(node)]

    def match(self, name: str) -> bool:
        """Whether a qualified name is wanted."""
        if not name:
            return False
        found = self._known.get(name)
        if found is None:
            found = self._all or name in self._exact or any(fnmatchcase(name, each) for each in self._open)
            self._known[name] = found
        return found


def _stands_alone(node: Node) -> bool:
    """Whether a name is no part of ``x.name``, and no key of a literal: those are fields."""
    around = parent_of(node)
    if around is None or around.type in ("selector_expression", "qualified_type"):
        return False
    outer = parent_of(around) if around.type == "literal_element" else None
    return outer is None or outer.type != "keyed_element" or outer.child_by_field_name("key") != around
