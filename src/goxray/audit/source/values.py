"""Expressions followed to where they come from: single assignments, composite literals, simple helpers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from goxray.audit.facts import Call, Composite, Value, ValueKind
from goxray.audit.source import sites
from goxray.audit.source.folding import Constant, Folder, bare, literal
from goxray.audit.source.functions import field_writes, function_around, only_return
from goxray.audit.source.grammar import kinds, named, text_of
from goxray.audit.source.late import late
from goxray.audit.source.resolve import Resolver, element_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from goxray.audit.source.files import SourceFile

_FindLater: TypeAlias = "Callable[[SourceFile, str, Node], dict[str, Value]]"

_DEEPEST = 10
_LONGEST = 1 << 12


class _Origin(NamedTuple):
    """What an expression comes to. ``through`` is the value that a name or helper stands for."""

    kind: ValueKind
    constant: Constant | None = None
    literal: Composite | None = None
    call: Call | None = None
    through: Value | None = None


@late(
    node=lambda it: bare(it.given),
    text=lambda it: text_of(it.node)[:_LONGEST],
    place=lambda it: it.file.place(it.node, function_around(it.file, it.node)),
    type=lambda it: it.by.type_of(it),
    names=lambda it: _names(it.node) | (it.origin.through.names if it.origin.through else frozenset()),
    origins=lambda it: (*it.origin.through.origins, it.origin.through.place) if it.origin.through else (),
    origin=lambda it: it.by.origin(it),
    kind=lambda it: it.origin.kind,
    constant=lambda it: it.origin.constant,
    literal=lambda it: it.origin.literal,
    call=lambda it: it.origin.call,
)
class Followed(Value):
    """An expression's value: followed when somebody asks what it is."""

    by: Follower
    file: SourceFile
    node: Node
    depth: int
    said: str
    origin: _Origin

    def __init__(self, by: Follower, file: SourceFile, node: Node, depth: int, said: str) -> None:
        mine = self.__dict__
        mine["by"], mine["file"], mine["given"], mine["depth"], mine["said"] = by, file, node, depth, said


@late(
    fields=lambda it: it.parts[0],
    elements=lambda it: it.parts[1],
    parts=lambda it: it.by.parts(it.file, it.body, it.depth, it.type),
    place=lambda it: it.file.place(it.node, function_around(it.file, it.node)),
    goal=lambda it: sites.variable_of(it.node) if it.find_later else None,
    variable=lambda it: it.goal[0] if it.goal else "",
    later=lambda it: it.find_later(it.file, *it.goal) if it.goal else {},
)
class Made(Composite):
    """A composite literal, or a zero value made by var and new, whose fields are followed when somebody asks."""

    def __init__(
        self, by: Follower, file: SourceFile, node: Node, typed: str, *, body: Node | None = None, depth: int = 0
    ) -> None:
        self.__dict__.update(by=by, file=file, node=node, type=typed, body=body, depth=depth, find_later=None)

    def given(self, find_later: _FindLater, goal: tuple[str, Node] | None = None) -> Made:
        """Tell who finds the fields that are set afterwards to the variable that it is given to.

        ``goal`` is that variable and its declaration, where the literal's place does not tell them.
        """
        self.__dict__["find_later"] = find_later
        if goal is not None:
            self.__dict__["goal"] = goal
        return self


class Follower:
    """Makes a Value of an expression's node. ``call_of`` makes the Call of a call's node (see unit.py)."""

    def __init__(self, resolver: Resolver, folder: Folder, call_of: Callable[[SourceFile, Node, int], Call]) -> None:
        self._resolver = resolver
        self._folder = folder
        self._call_of = call_of
        self._field_writes: frozenset[str] | None = None

    def value(self, file: SourceFile, node: Node, depth: int = 0, said: str = "") -> Value:
        """Return what an expression is, followed as far as one answer is certain.

        ``said`` is the type that the literal around says its elements have.
        """
        return Followed(self, file, node, depth, said)

    def text(self, file: SourceFile, node: Node) -> Value | None:
        """Return the value of a text that stands alone; None where it is written wrongly."""
        constant = literal(node)
        if not isinstance(constant, str):
            return None
        value = Followed(self, file, node, 0, "")
        value.__dict__.update(origin=_Origin("constant", constant))
        return value

    def composite(self, file: SourceFile, node: Node, depth: int = 0) -> Made:
        """Return a composite literal; whose variable it is, and fields that are set later, are told in unit.py."""
        typed = self._resolver.type_text(file, node.child_by_field_name("type"))
        return Made(self, file, node, typed, body=node.child_by_field_name("body"), depth=depth)

    def parts(
        self, file: SourceFile, body: Node | None, depth: int, typed: str
    ) -> tuple[dict[str, Value], tuple[Value, ...]]:
        """Return the fields by name, and the other elements, of a literal of a type."""
        said = element_type(typed)
        fields: dict[str, Value] = {}
        elements = []
        for each in named(body):
            keyed = each.type == "keyed_element"
            key, value = (each.child_by_field_name(part) if keyed else None for part in ("key", "value"))
            if key is not None and value is not None:
                fields[text_of(key)] = self.value(file, value, depth + 1, said)
            elif depth <= _DEEPEST:
                elements.append(self.value(file, each, depth + 1, said))
        return fields, tuple(elements)

    def type_of(self, value: Followed) -> str:
        """Return a value's type, as written where it stands or else where it comes from."""
        typed = value.said if value.node.type == "literal_value" else self._resolver.type_of(value.file, value.node)
        if typed or value.origin.through is None:
            return typed
        return value.origin.through.type

    def origin(self, value: Followed) -> _Origin:
        """Follow an expression; an inner literal without its type is of the type that the outer one says."""
        file, node, depth = value.file, value.node, value.depth
        if node.type == "literal_value":
            typed = value.said.removeprefix("*")
            return _Origin("literal", literal=Made(self, file, node, typed, body=node, depth=depth + 1))
        constant = self._folder.fold(file, node)
        if constant is not None:
            return _Origin("constant", constant)
        if node.type == "nil" or text_of(node) == "nil":
            return _Origin("nil")
        if depth > _DEEPEST:
            return _Origin("unknown")
        if node.type in _FOLLOWED:
            return _FOLLOWED[node.type](self, file, node, depth)
        if node.type == "unary_expression" and text_of(node)[:1] == "&":
            operand = bare(node.child_by_field_name("operand") or node)
            if operand.type == "composite_literal":
                return _Origin("literal", literal=self.composite(file, operand, depth + 1))
        if node.type == "composite_literal":
            return _Origin("literal", literal=self.composite(file, node, depth + 1))
        return _Origin("function" if node.type == "func_literal" else "unknown")

    def _of_call(self, file: SourceFile, node: Node, depth: int) -> _Origin:
        """See through a helper of the package whose whole body is one return of a literal or constant."""
        function = node.child_by_field_name("function")
        name = self._resolver.name(file, function) if function is not None else ""
        own = self._resolver.package.function_named.get(name[1:]) if name.startswith(".") else None
        returned = only_return(own.node) if own is not None else None
        if own is not None and returned is not None:
            inner = self.value(own.file, returned, depth + 1)
            if inner.kind in ("constant", "literal", "nil"):
                return _through(inner)
        return _Origin("call", call=self._call_of(file, node, depth + 1))

    def _of_name(self, file: SourceFile, node: Node, depth: int) -> _Origin:
        decl = self._resolver.local(file, node)
        if decl is None:
            known = text_of(node) in self._resolver.package.function_named
            return _Origin("function" if known else "variable")
        if decl.kind in ("parameter", "receiver"):
            return _Origin("parameter")
        if decl.kind == "variable" and decl.value is not None and self._folder.written_once(file, decl):
            inner = self.value(file, decl.value, depth + 1)
            if decl.index == 0 or inner.kind == "call":
                return _through(inner)
        return _Origin("variable")

    def _of_field(self, file: SourceFile, node: Node, depth: int) -> _Origin:
        """Follow a field of a literal that nothing in the package can have given another value."""
        operand, field = node.child_by_field_name("operand"), text_of(node.child_by_field_name("field"))
        if operand is None or self._resolver.imported(file, operand):
            return _Origin("variable")
        made = self._literal_of(file, bare(operand), depth + 1)
        given = made.fields.get(field) if made is not None else None
        if made is None or given is None or self._may_change(file, operand, made, field):
            return _Origin("variable")
        return _through(given)

    def _literal_of(self, file: SourceFile, node: Node, depth: int) -> Composite | None:
        """Return the literal that an expression stands for, a variable of the package that keeps it included."""
        if node.type == "identifier" and self._resolver.local(file, node) is None:
            at_top = self._resolver.package.declared.get(text_of(node))
            if at_top is None or at_top.decl.value is None or at_top.decl.count > 1:
                return None
            kept = self._folder.settled(at_top.decl)
            return self.value(at_top.file, at_top.decl.value, depth).literal if kept else None
        return self.value(file, node, depth).literal

    def _may_change(self, file: SourceFile, operand: Node, made: Composite, field: str) -> bool:
        """Whether a field is written somewhere, or an exported one is in reach of other packages' code.

        Names of fields are not told apart by their types: then a value is followed more rarely, never wrongly.
        """
        package = self._resolver.package
        if self._field_writes is None:
            self._field_writes = frozenset(name for each in package.files for name in field_writes(each.root))
        if field in self._field_writes:
            return True
        shared = self._resolver.type_of(file, operand).startswith("*")
        own = made.type.removeprefix(".")
        return field[:1].isupper() and (shared or any(each.receiver == own for each in package.functions))


_FOLLOWED: dict[str, Callable[[Follower, SourceFile, Node, int], _Origin]] = {
    "call_expression": Follower._of_call,
    "identifier": Follower._of_name,
    "selector_expression": Follower._of_field,
}


def _through(inner: Value) -> _Origin:
    return _Origin(inner.kind, inner.constant, inner.literal, inner.call, inner)


def _names(node: Node) -> frozenset[str]:
    """Return the identifiers and field names that an expression mentions."""
    if node.type == "identifier":
        return frozenset({text_of(node)})
    if node.child_count == 0:
        return frozenset()
    found = kinds(node, ("identifier", "field_identifier"))
    return frozenset(text_of(each) for nodes in found.values() for each in nodes)
