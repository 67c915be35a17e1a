"""Where in its function a node stands: in a loop, behind go or defer, under a lock; where a literal goes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.audit.source.functions import function_node
from goxray.audit.source.grammar import ancestors, every, named, text_of
from goxray.audit.source.scopes import FUNCTIONS

if TYPE_CHECKING:
    from tree_sitter import Node

_LOCKS = {"Lock": 1, "RLock": 1, "Unlock": -1, "RUnlock": -1}


def in_loop(node: Node) -> bool:
    """Whether a node is in a for statement of the innermost function around it (not in what runs once before it)."""
    inner = node
    for around in ancestors(node):
        if around.type in FUNCTIONS:
            return False
        if around.type == "for_statement" and inner == around.child_by_field_name("body"):
            return True
        inner = around
    return False


def in_goroutine(node: Node) -> bool:
    """Whether a node is in a function literal that a go statement starts."""
    for around in ancestors(node):
        if around.type == "func_literal":
            call = around.parent
            if call is not None and call.parent is not None and call.parent.type == "go_statement":
                return True
    return False


def statement_kind(call: Node) -> str:
    """Return ``go``, ``defer``, ``dropped`` (its results are used by nobody) or empty for a call."""
    parent = call.parent
    kinds = {"go_statement": "go", "defer_statement": "defer", "expression_statement": "dropped"}
    return kinds.get(parent.type, "") if parent is not None else ""


def under_lock(node: Node) -> bool:
    """Whether a Lock or RLock was called before in the function and no Unlock since, deferred ones aside."""
    around = function_node(node)
    if around is None:
        return False
    held = 0
    for call in every(around, "call_expression"):
        if call.start_byte >= node.start_byte:
            break
        function = call.child_by_field_name("function")
        if function is None or function.type != "selector_expression" or function_node(call) != around:
            continue
        change = _LOCKS.get(text_of(function.child_by_field_name("field")), 0)
        if statement_kind(call) != "defer":
            held = max(0, held + change)
    return held > 0


def variable_of(node: Node) -> tuple[str, Node] | None:
    """Return the name and the declaring or assigning node of the variable that an expression is given to, or None."""
    value, holder = node, node.parent
    while holder is not None and holder.type in ("unary_expression", "parenthesized_expression"):
        value, holder = holder, holder.parent
    if holder is None or holder.type != "expression_list" or holder.parent is None:
        return None
    statement = holder.parent
    place = named(holder).index(value)
    if statement.type in ("short_var_declaration", "assignment_statement"):
        targets = named(statement.child_by_field_name("left"))
    elif statement.type == "var_spec":
        targets = [each for each in statement.children_by_field_name("name") if each.is_named]
    else:
        return None
    return (text_of(targets[place]), statement) if place < len(targets) else None
