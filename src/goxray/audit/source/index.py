"""The nodes of a file that rules ask for, found by one walk in C and kept by kind and by the last name they mention."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from goxray.audit.source.grammar import kinds, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

_KINDS = (
    "assignment_statement",
    "call_expression",
    "composite_literal",
    "dec_statement",
    "inc_statement",
    "interpreted_string_literal",
    "qualified_type",
    "raw_string_literal",
    "selector_expression",
    "short_var_declaration",
    "type_spec",
    "var_spec",
)
_PATTERNS = {
    "indexed": "(assignment_statement left: (expression_list (index_expression))) @indexed",
    "started": "(go_statement (call_expression) @started)",
    "counted": "[(inc_statement (index_expression)) (dec_statement (index_expression))] @counted",
}
"""Assignments to elements of maps and lists, ``m[k]++``, and calls of go statements."""
_PLAIN = frozenset({"identifier", "selector_expression", "qualified_type", "type_identifier"})
_OTHERS = ""
"""Where nodes stand whose name is not plain: ``(f)(x)``, ``f[T](x)``, ``fs[0]()``. No name is empty."""


class Index:
    """The index of one file. Lists are in the order of the text."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self._kinds: dict[str, list[Node]] | None = None
        self._more: dict[str, list[Node]] = {}
        self._last: dict[str, dict[str, list[Node]]] = {}

    def nodes(self, kind: str) -> list[Node]:
        """Return the nodes of a kind, or of one of the patterns below."""
        if kind in _KINDS or kind in _PATTERNS:
            if self._kinds is None:
                self._kinds = kinds(self._root, _KINDS, more=_PATTERNS)
            return self._kinds.get(kind, [])
        if kind not in self._more:
            self._more[kind] = kinds(self._root, (kind,)).get(kind, [])
        return self._more[kind]

    def named(self, kind: str, lasts: Iterable[str]) -> list[Node]:
        """Return calls, selectors or types whose last name is one of some, and those whose name is not plain."""
        if kind not in self._last:
            self._last[kind] = _by_last(self.nodes(kind), kind)
        by_last = self._last[kind]
        found = [node for last in (*lasts, _OTHERS) for node in by_last.get(last, ())]
        return sorted(found, key=lambda each: each.start_byte)

    @property
    def built(self) -> bool:
        """Whether the file was walked already."""
        return self._kinds is not None


def _by_last(nodes: list[Node], kind: str) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for node in nodes:
        name = node.child_by_field_name("function") if kind == "call_expression" else node
        found.setdefault(_OTHERS if name is None else _last(name), []).append(node)
    return found


def _last(name: Node) -> str:
    if name.type not in _PLAIN:
        return _OTHERS
    return text_of(name.child_by_field_name("field") or name.child_by_field_name("name") or name)
