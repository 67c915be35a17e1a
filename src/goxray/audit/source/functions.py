"""The function around a node, and how often its local variables are written."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from goxray.audit.source.grammar import ancestors, kinds, named, text_of
from goxray.audit.source.package import receiver_type
from goxray.audit.source.scopes import FUNCTIONS

if TYPE_CHECKING:
    from tree_sitter import Node

    from goxray.audit.source.files import SourceFile


def function_node(node: Node) -> Node | None:
    """Return the innermost function, method or function literal around a node."""
    return next((each for each in ancestors(node) if each.type in FUNCTIONS), None)


def declaration_around(node: Node) -> Node | None:
    """Return the function or method declaration around a node: literals belong to the one they stand in."""
    return next((each for each in ancestors(node) if each.type in FUNCTIONS and each.type != "func_literal"), None)


def function_around(file: SourceFile, node: Node) -> str:
    """Return the name of the function around a node: ``serve``, ``(Cache).Get``, or empty at package level."""
    at = bisect_right(file.starts, node.start_byte) - 1
    name = file.around.get(at)
    if name is None:
        around = file.top[at] if at >= 0 else None
        if around is None or around.type == "ERROR":
            return _name(declaration_around(node))
        name = file.around[at] = _name(around if around.type in FUNCTIONS else None)
    return name


def _name(function: Node | None) -> str:
    if function is None:
        return ""
    name = text_of(function.child_by_field_name("name"))
    return f"({receiver_type(function)}).{name}" if function.type == "method_declaration" else name


def only_return(node: Node) -> Node | None:
    """Return the expression of a function whose whole body is one return of one expression."""
    statements = [each for part in named(node.child_by_field_name("body")) for each in named(part)]
    if len(statements) != 1 or statements[0].type != "return_statement":
        return None
    returned = [each for part in named(statements[0]) for each in named(part)]
    return returned[0] if len(returned) == 1 else None


def writes(node: Node) -> dict[str, int]:
    """Return how often each plain name is given a value inside a function; having its address taken counts as two.

    Names of inner scopes are not told from outer ones: then a value is followed more rarely, never wrongly.
    """
    counts: dict[str, int] = {}
    found = kinds(node, _STATEMENTS)
    for kind, field in _WRITING:
        for each in found.get(kind, ()):
            for name in named(each.child_by_field_name(field)) if field else [each]:
                _count(counts, name)
    for each in found.get("var_spec", ()):
        for name in each.children_by_field_name("name"):
            _count(counts, name)
    for each in found.get("unary_expression", ()):
        operand = each.child_by_field_name("operand")
        if operand is not None and operand.type == "identifier" and text_of(each)[:1] == "&":
            counts[text_of(operand)] = counts.get(text_of(operand), 0) + 2
    return counts


def field_writes(node: Node) -> frozenset[str]:
    """Return the names of fields that are assigned to, counted, or have their address taken."""
    found = kinds(node, _STATEMENTS)
    goals = [each for kind, field in _WRITING for one in found.get(kind, ()) for each in _goals(one, field)]
    goals += [
        operand
        for each in found.get("unary_expression", ())
        if text_of(each)[:1] == "&" and (operand := each.child_by_field_name("operand")) is not None
    ]
    return frozenset(text_of(each.child_by_field_name("field")) for each in goals if each.type == "selector_expression")


def _goals(node: Node, field: str) -> list[Node]:
    return named(node.child_by_field_name(field)) if field else named(node)[:1]


_WRITING = (
    ("short_var_declaration", "left"),
    ("assignment_statement", "left"),
    ("range_clause", "left"),
    ("receive_statement", "left"),
    ("inc_statement", ""),
    ("dec_statement", ""),
)
_STATEMENTS = (*(kind for kind, _ in _WRITING), "var_spec", "unary_expression")


def _count(counts: dict[str, int], node: Node) -> None:
    if node.type in ("inc_statement", "dec_statement"):
        node = named(node)[0]
    if node.type == "identifier":
        counts[text_of(node)] = counts.get(text_of(node), 0) + 1
