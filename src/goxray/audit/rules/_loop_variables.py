"""Loop variables that outlive their round: what a go line below 1.22 makes one variable of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.source.grammar import ancestors, every, named, parse, text_of
from goxray.audit.source.scopes import Scopes

if TYPE_CHECKING:
    from tree_sitter import Node

_MAYBE = re.compile(r"\bfor\b[^{]*:=.*?(?:\bfunc\s*\(|&)", re.DOTALL)
_HEAD = "package p\n"


def outliving(text: str) -> Iterator[tuple[str, int]]:
    """Give (variable, line from 0) of the places in a function's text that keep a loop variable beyond its round.

    These are function literals that go or defer starts, that a ``Go`` method is given, or that are stored, and
    addresses that are stored. A variable that is declared again in the round (``v := v``) is another one.
    """
    if not _MAYBE.search(text):
        return
    root = parse((_HEAD + text).encode()).root_node
    scopes = Scopes()
    told: set[tuple[str, int]] = set()
    for loop in every(root, "for_statement"):
        names = _variables(loop)
        body = loop.child_by_field_name("body")
        if not names or body is None:
            continue
        for name, node in (*_captured(body, names), *_addressed(body, names)):
            place = name, node.start_point[0] - 1
            if _declared_by(scopes, node, name, loop) and place not in told:
                told.add(place)
                yield place


def _variables(loop: Node) -> frozenset[str]:
    """Return the variables that a loop's head declares."""
    for clause in named(loop):
        if clause.type == "range_clause" and any(each.type == ":=" for each in clause.children):
            return frozenset(text_of(each) for each in named(clause.child_by_field_name("left"))) - {"_"}
        if clause.type == "for_clause":
            first = clause.child_by_field_name("initializer")
            if first is not None and first.type == "short_var_declaration":
                return frozenset(text_of(each) for each in named(first.child_by_field_name("left"))) - {"_"}
    return frozenset()


def _captured(body: Node, names: frozenset[str]) -> Iterator[tuple[str, Node]]:
    for literal in every(body, "func_literal"):
        if _outlives(literal):
            inside = literal.child_by_field_name("body")
            for each in every(inside, "identifier") if inside is not None else ():
                if text_of(each) in names and not _names_another(each):
                    yield text_of(each), each


def _names_another(node: Node) -> bool:
    """Whether an identifier is a new variable's name where it is declared, or a field's in a composite literal."""
    around = node.parent
    if around is None or around.parent is None:
        return False
    if around.type == "literal_element" and around.parent.type == "keyed_element":
        return around == named(around.parent)[0]
    if around.type == "expression_list" and around.parent.type == "short_var_declaration":
        return around == around.parent.child_by_field_name("left")
    return around.type in ("var_spec", "parameter_declaration") and node != around.child_by_field_name("type")


def _addressed(body: Node, names: frozenset[str]) -> Iterator[tuple[str, Node]]:
    for each in every(body, "unary_expression"):
        operand = each.child_by_field_name("operand")
        address = text_of(each.child_by_field_name("operator")) == "&" and operand is not None
        if address and operand is not None and text_of(operand) in names and _stored(each):
            yield text_of(operand), operand


def _outlives(literal: Node) -> bool:
    call = literal.parent
    if call is None:
        return False
    if call.type == "call_expression":
        return call.parent is not None and call.parent.type in ("go_statement", "defer_statement")
    if call.type == "argument_list" and call.parent is not None:
        function = call.parent.child_by_field_name("function")
        if text_of(function.child_by_field_name("field") if function is not None else None) == "Go":
            return True
    return _stored(literal)


def _stored(node: Node) -> bool:
    """Whether a value goes into something that stays: ``append``, a field or element, a channel.

    A result does not count: with the return the loop ends, and no other round changes the variable.
    """
    for around in ancestors(node):
        if around.type == "call_expression":
            return text_of(around.child_by_field_name("function")) == "append"
        if around.type == "assignment_statement":
            return any(each.type != "identifier" for each in named(around.child_by_field_name("left")))
        if around.type == "send_statement":
            return True
        if around.type not in _PASSING:
            return False
    return False


_PASSING = frozenset(
    {"expression_list", "argument_list", "composite_literal", "literal_value", "literal_element", "keyed_element"}
    | {"unary_expression", "parenthesized_expression"}
)


def _declared_by(scopes: Scopes, node: Node, name: str, loop: Node) -> bool:
    """Whether an identifier means the variable of this very loop's head."""
    found = scopes.find(node, name)
    body = loop.child_by_field_name("body")
    return found is not None and body is not None and loop.start_byte <= found.node.start_byte < body.start_byte
