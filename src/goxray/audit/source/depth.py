"""How deep a file is nested: what no people write would keep the parser's queries busy for hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

DEEPEST = 3000
"""Levels. Go's own library has at most a thousand: tables written as one long concatenation (x/text/unicode/norm)."""

_STEP = 500


def too_deep(root: Node) -> bool:
    """Whether a tree has nodes more than ``DEEPEST`` + 500 levels deep; between that and ``DEEPEST`` it may say either.

    It looks at every 500th node, in the order of the text. All that is below a node follows it directly in that order;
    so below a node at level ``DEEPEST``, with 500 levels or more under it, one is looked at for certain.
    """
    cursor = root.walk()
    for number in range(0, root.descendant_count, _STEP):
        cursor.goto_descendant(number)
        if cursor.depth > DEEPEST:
            return True
    return False
