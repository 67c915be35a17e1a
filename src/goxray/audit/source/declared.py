"""Functions and struct types of a package, each part worked out when a rule asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.facts import Field, Function, Struct
from goxray.audit.source.grammar import named, text_of
from goxray.audit.source.late import late
from goxray.audit.source.package import parameters_in, results_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from goxray.audit.source.files import SourceFile
    from goxray.audit.source.package import Func
    from goxray.audit.source.resolve import Resolver

_Typed = list[tuple[str, "Node"]]


@late(
    place=lambda it: it.file.place(it.node),
    params=lambda it: it.types(parameters_in(it.node.child_by_field_name("parameters"))),
    results=lambda it: it.types(results_of(it.node)),
    text=lambda it: text_of(it.node),
    directives=lambda it: _directives(it.above),
)
class DeclaredFunction(Function):
    """A function or method."""

    resolver: Resolver
    file: SourceFile

    def __init__(self, resolver: Resolver, func: Func) -> None:
        self.__dict__.update(resolver=resolver, file=func.file, node=func.node, above=func.above, name=func.name)
        self.__dict__.update(receiver=func.receiver, exported=func.name[:1].isupper())

    def types(self, given: _Typed) -> tuple[tuple[str, str], ...]:
        """Return names with their types qualified."""
        return tuple((name, self.resolver.type_text(self.file, typed)) for name, typed in given)


def _directives(above: tuple[Node, ...]) -> tuple[str, ...]:
    """Return the //go: lines among the comments right above a function."""
    lines = (text_of(each) for each in above)
    return tuple(line[2:].strip() for line in lines if line.startswith("//go:"))


@late(
    name=lambda it: text_of(it.node.child_by_field_name("name")),
    place=lambda it: it.file.place(it.node),
    fields=lambda it: tuple(_fields(it.resolver, it.file, it.typed)),
)
class DeclaredStruct(Struct):
    """A struct type."""

    def __init__(
        self, resolver: Resolver, file: SourceFile, spec: Node, typed: Node, *, methods: frozenset[str]
    ) -> None:
        self.__dict__.update(resolver=resolver, file=file, node=spec, typed=typed, methods=methods)


@late(
    name=lambda it: it.type.rpartition(".")[2].lstrip("*"),
    type=lambda it: ("*" if it.pointer else "") + it.resolver.type_text(it.file, it.typed),
    tag=lambda it: text_of(it.node.child_by_field_name("tag"))[1:-1],
    place=lambda it: it.file.place(it.node),
    typed=lambda it: it.node.child_by_field_name("type"),
    pointer=lambda it: any(child.type == "*" for child in it.node.children),
)
class DeclaredField(Field):
    """A field; one that is embedded has the name of its type."""

    def __init__(self, resolver: Resolver, file: SourceFile, node: Node) -> None:
        self.__dict__.update(resolver=resolver, file=file, node=node)

    def called(self, name: str) -> DeclaredField:
        """Tell the name of a field that has one."""
        self.__dict__["name"] = name
        return self


def _fields(resolver: Resolver, file: SourceFile, struct: Node) -> Iterator[Field]:
    for part in named(struct):
        for node in named(part):
            if node.type != "field_declaration":
                continue
            names = [text_of(each) for each in node.children_by_field_name("name") if each.is_named]
            for name in names:
                yield DeclaredField(resolver, file, node).called(name)
            if not names:
                yield DeclaredField(resolver, file, node)
