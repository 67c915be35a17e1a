"""Calls and assignments with where they stand, each part worked out when a rule asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.audit.facts import Assignment, Call, Value
from goxray.audit.source import sites
from goxray.audit.source.functions import function_around
from goxray.audit.source.grammar import every, named, text_of
from goxray.audit.source.late import late

if TYPE_CHECKING:
    from tree_sitter import Node

    from goxray.audit.source.files import SourceFile
    from goxray.audit.source.resolve import Resolver
    from goxray.audit.source.values import Follower


@late(
    callee=lambda it: it.by.callee(it.file, it.node),
    place=lambda it: it.file.place(it.node, it.function),
    args=lambda it: it.by.arguments(it.file, it.node, it.depth),
    receiver=lambda it: it.by.receiver(it.file, it.node, it.depth),
    function=lambda it: function_around(it.file, it.node),
    loop=lambda it: sites.in_loop(it.node),
    kind=lambda it: sites.statement_kind(it.node),
    deferred=lambda it: it.kind == "defer",
    go=lambda it: it.kind == "go",
    results_used=lambda it: it.kind == "",
)
class SitedCall(Call):
    """A call where it stands."""

    def __init__(self, by: Sites, file: SourceFile, node: Node, depth: int) -> None:
        self.__dict__.update(by=by, file=file, node=node, depth=depth)


@late(
    value=lambda it: it.by.follower.value(it.file, it.given, 1),
    place=lambda it: it.file.place(it.node, it.function),
    type=lambda it: it.by.assigned_type(it.file, it),
    index=lambda it: it.by.index(it.file, it.goal),
    function=lambda it: function_around(it.file, it.node),
    loop=lambda it: sites.in_loop(it.node),
    go=lambda it: sites.in_goroutine(it.node),
    through_pointer=lambda it: it.target.startswith("*"),
    locked=lambda it: sites.under_lock(it.node),
    shared=lambda it: it.goal.type == "index_expression" and it.by.shared(it.file, it.goal),
    many=lambda it: (literal := sites.goroutine(it.node)) is not None and sites.started_in_loop(literal),
    around=lambda it: sites.loops(it.node),
    loops=lambda it: tuple(each.start_point[0] + 1 for each in it.around),
    over=lambda it: it.by.over(it.file, it.around[-1]) if it.indexed and it.around else "",
    literal=lambda it: sites.literal_line(it.node),
    guarded=lambda it: it.indexed and bool(it.around) and sites.guarded(it.node, it.around[-1]),
)
class SitedAssignment(Assignment):
    """An assignment, or one of several of a statement, where it stands."""

    goal: Node
    indexed: bool

    def __init__(
        self, by: Sites, file: SourceFile, node: Node, *, goal: Node, target: str, given: Node, kind: str
    ) -> None:
        mine = self.__dict__
        mine["by"], mine["file"], mine["node"], mine["goal"], mine["given"] = by, file, node, goal, given
        mine["target"], mine["kind"], mine["indexed"] = target, kind, goal.type == "index_expression"


class Sites:
    """Works out the parts of calls and assignments of one package."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self.follower: Follower

    def call_of(self, file: SourceFile, node: Node, depth: int) -> Call:
        """Return the facts of a call's node."""
        return SitedCall(self, file, node, depth)

    def callee(self, file: SourceFile, call: Node) -> str:
        """Return the qualified name of what is called."""
        function = call.child_by_field_name("function")
        return self._resolver.name(file, function) if function is not None else ""

    def arguments(self, file: SourceFile, call: Node, depth: int) -> tuple[Value, ...]:
        """Return a call's arguments."""
        given = named(call.child_by_field_name("arguments"))
        return tuple(self.follower.value(file, each, depth + 1) for each in given)

    def receiver(self, file: SourceFile, call: Node, depth: int) -> Value | None:
        """Return the value before the dot of a method call."""
        function = call.child_by_field_name("function")
        if function is None or function.type != "selector_expression":
            return None
        operand = function.child_by_field_name("operand")
        if operand is None or self._resolver.imported(file, operand):
            return None
        return self.follower.value(file, operand, depth + 1)

    def assigned_type(self, file: SourceFile, made: SitedAssignment) -> str:
        """Return the type of what is assigned to: of the map or slice of ``m[k]``."""
        holder = made.goal.child_by_field_name("operand") if made.indexed else made.goal
        typed = self._resolver.type_of(file, holder if holder is not None else made.goal)
        return typed or (made.value.type if made.kind == "define" else "")

    def index(self, file: SourceFile, target: Node) -> Value | None:
        """Return the ``k`` of ``m[k]``."""
        index = target.child_by_field_name("index") if target.type == "index_expression" else None
        return self.follower.value(file, index, 1) if index is not None else None

    def shared(self, file: SourceFile, target: Node) -> bool:
        """Whether an assignment's root is seen outside the goroutine, or outside the function, that it stands in."""
        names = every(target, "identifier")
        if not names:
            return False
        decl, literal = self._resolver.local(file, names[0]), sites.goroutine(target)
        if decl is None:
            return text_of(names[0]) in self._resolver.package.declared
        if decl.kind == "receiver":
            return True  # A field of the receiver: whoever has the object has its map.
        return literal is not None and decl.node.start_byte < literal.start_byte

    def over(self, file: SourceFile, loop: Node) -> str:
        """Return what a loop runs over where its length is known before: no channel, no function."""
        end = sites.bound(loop)
        if end is None:
            return ""
        typed = self._resolver.type_of(file, end).lstrip("*")
        return text_of(end) if typed.startswith(("[", "map[")) or typed in ("int", "string") else ""
