"""One Go package: what its files declare at their own level, and which directory and module it belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from goxray.audit.source.files import SourceFile
from goxray.audit.source.grammar import named, text_of
from goxray.audit.source.scopes import Decl, Scopes, of_statement

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True)
class Declared:
    """A package-level declaration and the file that it stands in."""

    file: SourceFile
    decl: Decl


@dataclass(frozen=True)
class Func:
    """A function or method: ``receiver`` is the receiver's type name without pointer and parameters, or empty."""

    file: SourceFile
    node: Node
    name: str
    receiver: str
    above: tuple[Node, ...] = ()
    """The comments right above."""


class Package:
    """A directory's files that share a package clause (tests of another package, ``x_test``, make one of their own)."""

    def __init__(self, path: str, files: Sequence[SourceFile], import_path: str = "", go_line: str = "") -> None:
        self.path = path
        self.files = tuple(files)
        self.import_path = import_path
        self.go_line = go_line
        self.scopes = {file.path: Scopes() for file in self.files}

    @cached_property
    def declared(self) -> dict[str, Declared]:
        """Constants, variables and types by name."""
        found = {}
        for file in self.files:
            for node in file.top:
                for decl in of_statement(node):
                    found[decl.name] = Declared(file, decl)
        return found

    @cached_property
    def functions(self) -> tuple[Func, ...]:
        """Functions and methods in the order of the files."""
        return tuple(self._functions())

    @cached_property
    def function_named(self) -> dict[str, Func]:
        """Functions by name, methods as ``Type.name``."""
        return {f"{each.receiver}.{each.name}" if each.receiver else each.name: each for each in self.functions}

    def _functions(self) -> Iterator[Func]:
        for file in self.files:
            above: list[Node] = []
            for node in file.top:
                if node.type == "comment":
                    above.append(node)
                    continue
                if node.type in ("function_declaration", "method_declaration"):
                    receiver = receiver_type(node) if node.type == "method_declaration" else ""
                    yield Func(file, node, text_of(node.child_by_field_name("name")), receiver, tuple(above))
                above = []


def receiver_type(node: Node) -> str:
    """Return the name of a method's receiver type."""
    for each in named(node.child_by_field_name("receiver")):
        typed = each.child_by_field_name("type")
        while typed is not None and typed.type in ("pointer_type", "generic_type", "parenthesized_type"):
            typed = typed.child_by_field_name("type") or (named(typed)[0] if named(typed) else None)
        return text_of(typed)
    return ""


def results_of(node: Node) -> list[tuple[str, Node]]:
    """Return a function's results as (name or empty, type node)."""
    result = node.child_by_field_name("result")
    if result is None:
        return []
    if result.type != "parameter_list":
        return [("", result)]
    return parameters_in(result)


def parameters_in(node: Node | None) -> list[tuple[str, Node]]:
    """Return the parameters of a list as (name or empty, type node); one entry a name."""
    found = []
    for each in named(node):
        typed = each.child_by_field_name("type")
        if typed is not None:
            names = [name for name in each.children_by_field_name("name") if name.is_named]
            found += [(text_of(name), typed) for name in names] or [("", typed)]
    return found
