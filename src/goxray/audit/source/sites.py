"""Where in its function a node stands: in a loop, behind go or defer, under a lock; where a literal goes to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from goxray.audit.source.functions import function_node
from goxray.audit.source.grammar import ancestors, every, named, parent_of, text_of
from goxray.audit.source.scopes import FUNCTIONS

if TYPE_CHECKING:
    from tree_sitter import Node

_LOCKS = {"Lock": 1, "Unlock": -1}
"""What guards a write: a lock for readers guards none."""


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
            call = parent_of(around)
            if call is not None and _type(parent_of(call)) == "go_statement":
                return True
    return False


def goroutine(node: Node) -> Node | None:
    """Return the innermost function literal around a node that runs as a goroutine.

    That is one of ``go func``, of ``g.Go(func ...)``, or an HTTP handler, which the server starts for each request.
    """
    for around in ancestors(node):
        if around.type == "func_literal" and (_starts(around) is not None or _handles(around)):
            return around
    return None


def started_in_loop(literal: Node) -> bool:
    """Whether a loop, or an HTTP server, starts the goroutine of a function literal: then several run it."""
    if _handles(literal):
        return True
    call = _starts(literal)
    return call is not None and in_loop(call)


def literal_line(node: Node) -> int:
    """Return the line of the function literal that a node stands in, 0 where it stands right in a function."""
    around = function_node(node)
    return around.start_point[0] + 1 if around is not None and around.type == "func_literal" else 0


def loops(node: Node) -> list[Node]:
    """Return the loops in whose bodies a node stands, in the innermost function around it, outermost first."""
    found: list[Node] = []
    inner = node
    for around in ancestors(node):
        if around.type in FUNCTIONS:
            break
        if around.type == "for_statement" and inner == around.child_by_field_name("body"):
            found.append(around)
        inner = around
    return found[::-1]


def guarded(node: Node, loop: Node) -> bool:
    """Whether a round of a loop may pass without reaching a node in it."""
    for around in ancestors(node):
        if around == loop:
            break
        if around.type in _BRANCHES:
            return True
    leaving = (each for kind in _LEAVING for each in every(loop, kind))
    return any(each.start_byte < node.start_byte for each in leaving)


def bound(loop: Node) -> Node | None:
    """Return what a loop runs over or up to: ``x`` of ``range x``, ``n`` of ``for i := 0; i < n; i++``."""
    for clause in named(loop):
        if clause.type == "range_clause":
            return clause.child_by_field_name("right")
        if clause.type == "for_clause":
            condition, update = clause.child_by_field_name("condition"), clause.child_by_field_name("update")
            counts = update is not None and update.type == "inc_statement"
            if counts and condition is not None and text_of(condition.child_by_field_name("operator")) in ("<", "<="):
                return condition.child_by_field_name("right")
    return None


_HANDLER = re.compile(r"\(\s*\w+\s+\w+\.ResponseWriter\s*,\s*\w+\s+\*\w+\.Request\s*,?\s*\)")


def _handles(literal: Node) -> bool:
    """Whether a function literal is an HTTP handler, by its parameters."""
    return _HANDLER.fullmatch(text_of(literal.child_by_field_name("parameters"))) is not None


_BRANCHES = frozenset({"if_statement", "expression_case", "default_case", "type_case", "communication_case"})
_LEAVING = ("continue_statement", "break_statement", "return_statement", "goto_statement")


def _starts(literal: Node) -> Node | None:
    """Return the call that starts a function literal as a goroutine."""
    call = parent_of(literal)
    outer = parent_of(call) if call is not None else None
    if call is None or outer is None:
        return None
    if call.type == "call_expression":
        return call if outer.type == "go_statement" else None
    if call.type == "argument_list":
        function = outer.child_by_field_name("function")
        named_go = function is not None and text_of(function.child_by_field_name("field")) == "Go"
        return outer if named_go else None
    return None


def statement_kind(call: Node) -> str:
    """Return ``go``, ``defer``, ``dropped`` (its results are used by nobody) or empty for a call."""
    return _STATEMENTS.get(_type(parent_of(call)), "")


_STATEMENTS = {"go_statement": "go", "defer_statement": "defer", "expression_statement": "dropped"}


def _type(node: Node | None) -> str:
    return node.type if node is not None else ""


def under_lock(node: Node) -> bool:
    """Whether a Lock was called before in the function and no Unlock since, deferred ones aside."""
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
        if statement_kind(call) != "defer" and not (change < 0 and _leaves(call, node)):
            held = max(0, held + change)
    return held > 0


def _leaves(call: Node, node: Node) -> bool:
    """Whether a call stands in a branch that ends the function or the round, apart from a node behind it."""
    for around in ancestors(call):
        if around.type == "block":
            if around.start_byte <= node.start_byte < around.end_byte:
                return False
            parts = named(around)
            statements = named(parts[-1]) if parts and parts[-1].type == "statement_list" else parts
            return bool(statements) and statements[-1].type in _LEAVING
    return False


def variable_of(node: Node) -> tuple[str, Node] | None:
    """Return the name and the declaring or assigning node of the variable that an expression is given to, or None."""
    value, holder = node, parent_of(node)
    while holder is not None and holder.type in ("unary_expression", "parenthesized_expression"):
        value, holder = holder, parent_of(holder)
    statement = parent_of(holder) if holder is not None else None
    if holder is None or holder.type != "expression_list" or statement is None:
        return None
    place = named(holder).index(value)
    if statement.type in ("short_var_declaration", "assignment_statement"):
        targets = named(statement.child_by_field_name("left"))
    elif statement.type == "var_spec":
        targets = [each for each in statement.children_by_field_name("name") if each.is_named]
    else:
        return None
    return (text_of(targets[place]), statement) if place < len(targets) else None
