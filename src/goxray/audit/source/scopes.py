"""What a name means where it stands: Go's block scopes, with the declarations of each block found once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from goxray.audit.source.grammar import ancestors, named, parent_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

DeclKind = Literal["variable", "constant", "parameter", "receiver", "result", "range", "function", "type", "case"]

FUNCTIONS = frozenset({"function_declaration", "method_declaration", "func_literal"})
_SIMPLE = frozenset({"short_var_declaration", "var_declaration", "const_declaration", "type_declaration"})
_STATEMENTS = frozenset({"statement_list"})


@dataclass(frozen=True)
class Decl:
    """A declaration: ``type`` and ``value`` are its nodes where it has them.

    ``index`` of ``count`` says which name of ``a, b := f()`` it is: where there is one value for several names, that
    value's result is meant. ``begins`` is the byte from which the name holds. ``iota`` counts a constant's place.
    """

    name: str
    kind: DeclKind
    node: Node
    begins: int
    type: Node | None = None
    value: Node | None = None
    index: int = 0
    count: int = 1
    iota: int = 0


_Block = dict[str, list[Decl]]


class Scopes:
    """The block scopes of one file. ``find`` looks from the inside out and stops at the file's own level."""

    def __init__(self) -> None:
        self._chains: dict[int, tuple[_Block, ...]] = {}
        """By node: the blocks that declare something, from that node outwards."""

    def find(self, node: Node, name: str) -> Decl | None:
        """Return what an identifier refers to inside its function; None where nothing declares it there."""
        at = node.start_byte
        for block in self._chain(node):
            for decl in reversed(block.get(name, ())):
                if decl.begins <= at:
                    return decl
        return None

    def _chain(self, node: Node) -> tuple[_Block, ...]:
        """Return the blocks around a node. Those of the node right around are worked out from those around that."""
        first = parent_of(node)
        at_once = self._chains.get(first.id) if first is not None else ()
        if at_once is not None:
            return at_once
        missing = []
        chain: tuple[_Block, ...] = ()
        for around in ancestors(node):
            known = self._chains.get(around.id)
            if known is not None:
                chain = known
                break
            if around.type != "source_file":
                missing.append(around)
        for around in reversed(missing):
            block: _Block = {}
            for decl in declared(around):
                block.setdefault(decl.name, []).append(decl)
            if block:
                chain = (block, *chain)
            self._chains[around.id] = chain
        return chain


def declared(node: Node) -> list[Decl]:
    """Return what a node declares for the nodes inside it."""
    if node.type in _STATEMENTS:
        return [decl for child in node.named_children if child.type in _SIMPLE for decl in of_statement(child)]
    if node.type in FUNCTIONS:
        return _of_function(node)
    if node.type == "for_statement":
        return [decl for child in node.named_children if child.type.endswith("clause") for decl in _of_clause(child)]
    if node.type == "type_switch_statement":
        alias = node.child_by_field_name("alias")
        found = [Decl(text_of(each), "case", each, each.start_byte) for each in named(alias)]
        return found + _of_initializer(node)
    if node.type == "communication_case":
        return _of_receive(node.child_by_field_name("communication"))
    return _of_initializer(node)


def of_statement(node: Node) -> list[Decl]:
    """Return what a declaring statement declares; a name holds from the statement's end on."""
    if node.type == "short_var_declaration":
        return _pairs(node.child_by_field_name("left"), node.child_by_field_name("right"), node, "variable")
    if node.type == "var_declaration":
        specs = [each for child in named(node) for each in (named(child) if child.type == "var_spec_list" else [child])]
        return [decl for spec in specs if spec.type == "var_spec" for decl in _of_spec(spec, "variable")]
    if node.type == "const_declaration":
        return of_constants(node)
    if node.type == "type_declaration":
        return [
            Decl(
                text_of(spec.child_by_field_name("name")),
                "type",
                spec,
                node.start_byte,
                spec.child_by_field_name("type"),
            )
            for spec in named(node)
        ]
    return []


def of_constants(node: Node) -> list[Decl]:
    """Return a const declaration's names; a spec without values repeats the one before, as the language has it."""
    found: list[Decl] = []
    last: Node | None = None
    last_type: Node | None = None
    for iota, spec in enumerate(each for each in named(node) if each.type == "const_spec"):
        values = spec.child_by_field_name("value")
        if values is not None:
            last, last_type = values, spec.child_by_field_name("type")
        names = spec.children_by_field_name("name")
        given = named(last)
        for index, name in enumerate(each for each in names if each.is_named):
            value = given[index] if index < len(given) else None
            found.append(Decl(text_of(name), "constant", name, spec.end_byte, last_type, value, iota=iota))
    return found


def _of_spec(spec: Node, kind: DeclKind) -> list[Decl]:
    names = [each for each in spec.children_by_field_name("name") if each.is_named]
    values = named(spec.child_by_field_name("value"))
    return _match(names, values, spec.end_byte, kind, spec.child_by_field_name("type"))


def _pairs(left: Node | None, right: Node | None, statement: Node, kind: DeclKind) -> list[Decl]:
    names = [each for each in named(left) if each.type == "identifier"]
    if len(names) != len(named(left)):
        return []
    return _match(names, named(right), statement.end_byte, kind, None)


def _match(names: list[Node], values: list[Node], begins: int, kind: DeclKind, typed: Node | None) -> list[Decl]:
    found = []
    for index, name in enumerate(names):
        single = len(values) == 1 and len(names) > 1
        value = values[0] if single else values[index] if index < len(values) else None
        place, count = (index, len(names)) if single else (0, 1)
        found.append(Decl(text_of(name), kind, name, begins, typed, value, place, count))
    return found


def _of_function(node: Node) -> list[Decl]:
    found = []
    fields: tuple[tuple[str, DeclKind], ...] = (
        ("receiver", "receiver"),
        ("parameters", "parameter"),
        ("result", "result"),
    )
    for field, kind in fields:
        for each in named(node.child_by_field_name(field)):
            if each.type in ("parameter_declaration", "variadic_parameter_declaration"):
                typed = each.child_by_field_name("type")
                names = [name for name in each.children_by_field_name("name") if name.is_named]
                found += [Decl(text_of(name), kind, each, node.start_byte, typed) for name in names]
    return found


def _of_clause(clause: Node) -> list[Decl]:
    if clause.type == "for_clause":
        first = clause.child_by_field_name("initializer")
        return of_statement(first) if first is not None else []
    if clause.type == "range_clause" and any(child.type == ":=" for child in clause.children):
        over = clause.child_by_field_name("right")
        names = named(clause.child_by_field_name("left"))
        return [
            Decl(text_of(name), "range", name, clause.end_byte, None, over, index, len(names))
            for index, name in enumerate(names)
        ]
    return []


def _of_initializer(node: Node) -> list[Decl]:
    first = node.child_by_field_name("initializer") if node.type.endswith("_statement") else None
    return of_statement(first) if first is not None and first.type in _SIMPLE else []


def _of_receive(node: Node | None) -> list[Decl]:
    if node is None or node.type != "receive_statement" or not any(child.type == ":=" for child in node.children):
        return []
    return _pairs(node.child_by_field_name("left"), node.child_by_field_name("right"), node, "variable")
