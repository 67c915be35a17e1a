"""Tree-sitter's grammar of Go, and queries over it: what runs over every node runs in C."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from goxray.core.errors import NotInstalled

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Parser, Query, Tree

_NONE: Mapping[str, str] = {}

MISSING = "Go source cannot be read here: the packages tree-sitter and tree-sitter-go are not installed"


@cache
def _language() -> Language:
    try:
        import tree_sitter
        import tree_sitter_go
    except ImportError as error:
        raise NotInstalled(MISSING, hint="pip install tree-sitter tree-sitter-go") from error
    return tree_sitter.Language(tree_sitter_go.language())


@cache
def _parser() -> Parser:
    language = _language()
    import tree_sitter

    return tree_sitter.Parser(language)


@cache
def _query(text: str) -> Query:
    language = _language()
    import tree_sitter

    return tree_sitter.Query(language, text)


def parse(text: bytes) -> Tree:
    """Parse a Go file; errors stand in the tree.

    Raises:
        NotInstalled: the parser is not installed on this machine.
    """
    return _parser().parse(text)


def every(node: Node, kind: str) -> list[Node]:
    """Return the nodes of one kind below a node, itself included, in the order of the text."""
    import tree_sitter

    found = tree_sitter.QueryCursor(_query(f"({kind}) @it")).captures(node).get("it", [])
    return sorted(found, key=lambda each: each.start_byte)


def kinds(node: Node, wanted: tuple[str, ...], more: Mapping[str, str] = _NONE) -> dict[str, list[Node]]:
    """Return the nodes of several kinds below a node by kind, in the order of the text; one walk finds them all.

    ``more`` are patterns of the parser's query language by the name that they give their nodes.
    """
    import tree_sitter

    patterns = [f"({kind}) @{kind}" for kind in wanted]
    query = _query("\n".join((*patterns, *more.values())))
    found = tree_sitter.QueryCursor(query).captures(node)
    return {kind: sorted(nodes, key=lambda each: each.start_byte) for kind, nodes in found.items()}


_PARENTS: dict[int, Node] = {}
"""Parents by a node's id. An entry keeps its tree, so that no other node gets that id as long as it is here."""

_MOST_PARENTS = 1 << 22
"""So many are kept: those of the largest package that people write."""

_DEEPEST = 1000
"""So many nodes around a node are looked at: the parser finds a parent by going down from the root."""


def parent_of(node: Node) -> Node | None:
    """Return the node right around a node; asked for again, it costs nothing."""
    number = node.id
    try:
        return _PARENTS[number]
    except KeyError:
        found = node.parent
        if found is not None:  # A root has nothing to keep its tree by: its number may be another node's one day.
            if len(_PARENTS) >= _MOST_PARENTS:
                _PARENTS.clear()
            _PARENTS[number] = found
        return found


def forget_parents() -> None:
    """Let go of the trees that :func:`parent_of` was asked about."""
    _PARENTS.clear()


def ancestors(node: Node) -> Iterator[Node]:
    """Give the nodes around a node, the nearest first; at most a thousand, which no code that people write has."""
    around = parent_of(node)
    for _ in range(_DEEPEST):
        if around is None:
            return
        yield around
        around = parent_of(around)


def text_of(node: Node | None) -> str:
    """Return a node's text; empty for none."""
    text = node.text if node is not None else None
    return text.decode("utf-8", "replace") if text is not None else ""


def named(node: Node | None) -> list[Node]:
    """Return a node's named children without comments."""
    return [] if node is None else [each for each in node.named_children if each.type != "comment"]
