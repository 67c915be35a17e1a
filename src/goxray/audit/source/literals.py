"""Composite literals and zero values of a package, with the fields that are set after them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.source.functions import function_node
from goxray.audit.source.grammar import named, text_of
from goxray.audit.source.resolve import element_type
from goxray.audit.source.values import Followed, Made

if TYPE_CHECKING:
    from tree_sitter import Node

    from goxray.audit.facts import Composite, Value
    from goxray.audit.source.files import SourceFile
    from goxray.audit.source.package import Package
    from goxray.audit.source.resolve import Resolver
    from goxray.audit.source.values import Follower
    from goxray.audit.source.wanted import Wanted

_LISTS = frozenset({"slice_type", "array_type", "implicit_length_array_type", "map_type"})
_DEEPEST = 8
"""So many lists inside each other are looked into for inner literals without a type."""


class Literals:
    """Finds what is made of a type: ``T{}``, ``&T{}``, ``[]T{{}}``, ``new(T)``, ``var x T``."""

    def __init__(self, package: Package, resolver: Resolver, follower: Follower) -> None:
        self._package = package
        self._resolver = resolver
        self._follower = follower

    def of(self, file: SourceFile, wanted: Wanted) -> Iterator[Composite]:
        """Give those of a file: literals, then new, then var, each in the order of the text."""
        for node in file.index.nodes("composite_literal"):
            typed = node.child_by_field_name("type")
            said = self._resolver.type_text(file, typed)
            if wanted.match(said):
                yield self._follower.composite(file, node).given(self._later)
            if typed is not None and typed.type in _LISTS and _may_hold(said, wanted):
                yield from self._inner(self._follower.composite(file, node), wanted)
        for node in file.index.named("call_expression", ("new",)):
            function = node.child_by_field_name("function")
            typed_as = self._resolver.type_of(file, node) if text_of(function) == "new" else ""
            if wanted.match(typed_as.removeprefix("*")):
                yield Made(self._follower, file, node, typed_as[1:]).given(self._later)
        for node in file.index.nodes("var_spec"):
            said = self._resolver.type_text(file, node.child_by_field_name("type"))
            if wanted.match(said) and node.child_by_field_name("value") is None:
                for name in (each for each in node.children_by_field_name("name") if each.is_named):
                    yield Made(self._follower, file, node, said).given(self._later, (text_of(name), node))

    def _inner(self, made: Made, wanted: Wanted) -> Iterator[Composite]:
        """Give the inner literals that leave their type out, which the list around says."""
        for value in (*made.fields.values(), *made.elements):
            literal = value.literal if _leaves_out_type(value) else None
            if isinstance(literal, Made):
                if wanted.match(literal.type):
                    yield literal
                if _may_hold(literal.type, wanted):
                    yield from self._inner(literal, wanted)

    def _later(self, file: SourceFile, variable: str, statement: Node) -> dict[str, Value]:
        """Return the fields assigned after a statement, in its function or, for package variables, anywhere."""
        around = function_node(statement)
        found: dict[str, Value] = {}
        for other in self._package.files if around is None else (file,):
            for node in _between(other, statement, around):
                targets = named(node.child_by_field_name("left"))
                values = named(node.child_by_field_name("right"))
                for target, value in zip(targets, values, strict=False):
                    if target.type != "selector_expression":
                        continue
                    if text_of(target.child_by_field_name("operand")) == variable:
                        found[text_of(target.child_by_field_name("field"))] = self._follower.value(other, value, 1)
        return found


def _between(file: SourceFile, statement: Node, around: Node | None) -> list[Node]:
    """Return the assignments after a statement in the function around it; all of the file where there is none."""
    nodes = file.index.nodes("assignment_statement")
    if around is None:
        return nodes
    first = bisect_left(nodes, statement.end_byte, key=lambda each: each.start_byte)
    last = bisect_left(nodes, around.end_byte, key=lambda each: each.start_byte)
    return [node for node in nodes[first:last] if function_node(node) == around]


def _leaves_out_type(value: Value) -> bool:
    return isinstance(value, Followed) and value.said != "" and value.node.type == "literal_value"


def _may_hold(typed: str, wanted: Wanted) -> bool:
    """Whether the elements of a list, or those of lists in it, are of a wanted type."""
    for _ in range(_DEEPEST):
        typed = element_type(typed)
        if not typed:
            return False
        if wanted.match(typed.removeprefix("*")):
            return True
    return False
