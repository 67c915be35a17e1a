"""The assignments and definitions of a package, found once and kept by what they assign to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from goxray.audit.source.grammar import named, text_of
from goxray.audit.source.sited import SitedAssignment, Sites

if TYPE_CHECKING:
    from tree_sitter import Node

    from goxray.audit.source.files import SourceFile

_Given = tuple["Node", "Node", "Node", str]
"""A statement, what it assigns to, what it assigns, and the kind of the assignment."""


class Assigned:
    """The assignments of some files: file by file, definitions, assignments, counts, then var, as the text has them."""

    def __init__(self, sites: Sites, files: Iterable[SourceFile]) -> None:
        self._all: list[SitedAssignment] = []
        self._places: dict[str, list[int]] = {}
        for file in files:
            for each in (*_definitions(file), *_all_assigned(file), *_counted(file), *_variables(file)):
                made = sited(sites, file, *each)
                self._places.setdefault(made.target, []).append(len(self._all))
                self._all.append(made)

    def to(self, names: Iterable[str] | None) -> list[SitedAssignment]:
        """Return the assignments to some targets (as written); all of them where no names are given."""
        if names is None:
            return self._all
        return [self._all[at] for at in sorted(at for name in set(names) for at in self._places.get(name, ()))]


def indexed_in(sites: Sites, files: Iterable[SourceFile]) -> list[SitedAssignment]:
    """Return the assignments of some files to elements of maps and lists alone."""
    found = []
    for file in files:
        given = [each for node in file.index.nodes("indexed") for each in _assigned(node)]
        found += [sited(sites, file, *each) for each in (*given, *_counted(file))]
    return [each for each in found if each.indexed]


def sited(sites: Sites, file: SourceFile, node: Node, goal: Node, given: Node, kind: str) -> SitedAssignment:
    """Return one assignment of a statement."""
    return SitedAssignment(sites, file, node, goal=goal, target=text_of(goal), given=given, kind=kind)


def _definitions(file: SourceFile) -> Iterator[_Given]:
    for node in file.index.nodes("short_var_declaration"):
        yield from _sides(node, "define")


def _all_assigned(file: SourceFile) -> Iterator[_Given]:
    for node in file.index.nodes("assignment_statement"):
        yield from _assigned(node)


def _assigned(node: Node) -> Iterator[_Given]:
    operator = text_of(node.child_by_field_name("operator"))
    yield from _sides(node, "set" if operator == "=" else operator)


def _counted(file: SourceFile) -> Iterator[_Given]:
    """Give ``m[k]++`` and ``m[k]--``, which write to an element as an assignment does."""
    for node in file.index.nodes("counted"):
        (target,) = named(node)[:1]
        yield node, target, target, "++" if node.type == "inc_statement" else "--"


def _sides(node: Node, kind: str) -> Iterator[_Given]:
    values = named(node.child_by_field_name("right"))
    for place, target in enumerate(named(node.child_by_field_name("left"))):
        yield node, target, values[min(place, len(values) - 1)] if values else node, kind


def _variables(file: SourceFile) -> Iterator[_Given]:
    for node in file.index.nodes("var_spec"):
        values = named(node.child_by_field_name("value"))
        names = [each for each in node.children_by_field_name("name") if each.is_named]
        for place, name in enumerate(names if values else []):
            yield node, name, values[min(place, len(values) - 1)], "define"
