"""Expressions followed to where they come from: single assignments, composite literals, simple helpers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from goxray.audit.facts import Call, Composite, Value, ValueKind
from goxray.audit.source.folding import Folder, bare
from goxray.audit.source.functions import function_around, only_return
from goxray.audit.source.grammar import every, named, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from goxray.audit.source.files import SourceFile
    from goxray.audit.source.resolve import Resolver

_DEEPEST = 10
_LONGEST = 1 << 12


class Follower:
    """Makes a Value of an expression's node. ``call_of`` makes the Call of a call's node (see unit.py)."""

    def __init__(self, resolver: Resolver, folder: Folder, call_of: Callable[[SourceFile, Node, int], Call]) -> None:
        self._resolver = resolver
        self._folder = folder
        self._call_of = call_of

    def value(self, file: SourceFile, node: Node, depth: int = 0) -> Value:
        """Return what an expression is, followed as far as one answer is certain."""
        node = bare(node)
        base = self._base(file, node)
        constant = self._folder.fold(file, node)
        if constant is not None:
            return replace(base, kind="constant", constant=constant)
        if text_of(node) == "nil":
            return replace(base, kind="nil")
        if depth > _DEEPEST:
            return base
        if node.type == "identifier":
            return self._of_name(file, node, depth, base)
        if node.type == "call_expression":
            return self._of_call(file, node, depth, base)
        if node.type == "unary_expression" and text_of(node)[:1] == "&":
            operand = bare(node.child_by_field_name("operand") or node)
            if operand.type == "composite_literal":
                return replace(base, kind="literal", literal=self.composite(file, operand, depth + 1))
        if node.type == "composite_literal":
            return replace(base, kind="literal", literal=self.composite(file, node, depth + 1))
        return replace(base, kind=_KINDS.get(node.type, "unknown"))

    def composite(self, file: SourceFile, node: Node, depth: int = 0) -> Composite:
        """Return a composite literal; fields that are set later are added in unit.py."""
        fields: dict[str, Value] = {}
        elements = []
        for each in named(node.child_by_field_name("body")):
            key, value = each.child_by_field_name("key"), each.child_by_field_name("value")
            if each.type == "keyed_element" and key is not None and value is not None:
                fields[text_of(key)] = self.value(file, value, depth + 1)
            elif depth <= _DEEPEST:
                elements.append(self.value(file, each, depth + 1))
        typed = self._resolver.type_text(file, node.child_by_field_name("type"))
        return Composite(typed, file.place(node, function_around(node)), fields, tuple(elements))

    def _of_call(self, file: SourceFile, node: Node, depth: int, base: Value) -> Value:
        """See through a helper of the package whose whole body is one return of a literal or constant."""
        function = node.child_by_field_name("function")
        name = self._resolver.name(file, function) if function is not None else ""
        own = self._resolver.package.function_named.get(name[1:]) if name.startswith(".") else None
        returned = only_return(own.node) if own is not None else None
        if own is not None and returned is not None:
            inner = self.value(own.file, returned, depth + 1)
            if inner.kind in ("constant", "literal", "nil"):
                return _through(inner, base)
        return replace(base, kind="call", call=self._call_of(file, node, depth + 1))

    def _of_name(self, file: SourceFile, node: Node, depth: int, base: Value) -> Value:
        decl = self._resolver.local(file, node)
        if decl is None:
            known = text_of(node) in self._resolver.package.function_named
            return replace(base, kind="function" if known else "variable")
        if decl.kind in ("parameter", "receiver"):
            return replace(base, kind="parameter")
        if decl.kind == "variable" and decl.value is not None and self._folder.written_once(file, decl):
            inner = self.value(file, decl.value, depth + 1)
            if decl.index == 0 or inner.kind == "call":
                return _through(inner, base)
        return replace(base, kind="variable")

    def _base(self, file: SourceFile, node: Node) -> Value:
        place = file.place(node, function_around(node))
        typed = self._resolver.type_of(file, node)
        return Value("unknown", text_of(node)[:_LONGEST], place, typed, names=_names(node))


_KINDS: dict[str, ValueKind] = {"func_literal": "function", "selector_expression": "variable"}


def _through(inner: Value, outer: Value) -> Value:
    """Return the value that a name or helper stands for, at the place where it is mentioned."""
    return replace(
        inner,
        text=outer.text,
        place=outer.place,
        type=outer.type or inner.type,
        names=outer.names | inner.names,
        origins=(*inner.origins, inner.place),
    )


def _names(node: Node) -> frozenset[str]:
    """Return the identifiers and field names that an expression mentions."""
    if node.type == "identifier":
        return frozenset({text_of(node)})
    found = {text_of(each) for each in every(node, "identifier")}
    return frozenset(found | {text_of(each) for each in every(node, "field_identifier")})
