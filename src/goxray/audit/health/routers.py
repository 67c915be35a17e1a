"""Which router an expression is, and below which prefixes: groups, sub-routers, mounts, helpers, parameters, fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from goxray.audit.health.program import Program, Spot, arguments, returned, selected
from goxray.audit.source.folding import bare
from goxray.audit.source.functions import declaration_around
from goxray.audit.source.grammar import every, named, text_of
from goxray.audit.source.package import parameters_in

if TYPE_CHECKING:
    from tree_sitter import Node

    from goxray.audit.source.scopes import Decl

_MOST_PREFIXES = 64

_PATHS = {
    "chi": r"github\.com/go-chi/chi(?:/v\d+)?",
    "gin": r"github\.com/gin-gonic/gin",
    "echo": r"github\.com/labstack/echo(?:/v\d+)?",
    "mux": r"github\.com/gorilla/mux",
    "fiber": r"github\.com/gofiber/fiber(?:/v\d+)?",
    "http": r"net/http",
}
_TYPES = re.compile(
    "|".join(
        f"(?P<{name}>{_PATHS[name]}\\.(?:{types}))"
        for name, types in (
            ("http", "ServeMux"),
            ("chi", "Router|Mux|Routes"),
            ("gin", "Engine|RouterGroup|IRouter|IRoutes"),
            ("echo", "Echo|Group"),
            ("mux", "Router|Route"),
            ("fiber", "App|Router|Group"),
        )
    )
)
_MAKERS = re.compile(
    "|".join(
        f"(?P<{name}>{_PATHS[name]}\\.(?:{makers}))"
        for name, makers in (
            ("http", "NewServeMux"),
            ("chi", "NewRouter|NewMux"),
            ("gin", "New|Default"),
            ("echo", "New"),
            ("mux", "NewRouter"),
            ("fiber", "New"),
        )
    )
)
_GROUPS = {
    "chi": {"Route": 0, "With": -1, "Group": -1},
    "gin": {"Group": 0, "Use": -1},
    "echo": {"Group": 0},
    "mux": {
        "PathPrefix": 0,
        **dict.fromkeys(("Subrouter", "Host", "Methods", "Headers", "Schemes", "Queries", "Name", "NewRoute"), -1),
        **dict.fromkeys(("StrictSlash", "SkipClean", "UseEncodedPath"), -1),
    },
    "fiber": {"Group": 0, "Use": -1},
    "http": {},
}
"""Methods that return a router: the number of the argument that is its prefix, -1 for none."""

_INSIDE = {"chi": {"Route": 0, "Group": -1}, "fiber": {"Route": 0}}
"""Methods that hand a router to a function literal."""

Made = tuple[str, int]
"""Where a router is made: file and byte."""


@dataclass(frozen=True)
class Router:
    """A router: where it is made (None: not known), what stands before its paths; None where that is not constant."""

    kind: str
    made: Made | None
    prefix: str | None

    def below(self, text: str | None) -> Router:
        """Return it with something added to its prefix."""
        if self.prefix is None or text is None:
            return replace(self, prefix=None)
        return replace(self, prefix=joined(self.prefix, text))


class Routers:
    """Follows expressions of a program to routers. ``mounts`` say below what a router made somewhere is mounted."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.mounts: dict[Made, list[tuple[Spot | None, str | None]]] = {}
        self._known: dict[tuple[str, int, int], list[Router]] = {}
        self._mounting: set[Made] = set()

    def of(self, spot: Spot) -> list[Router]:
        """Return the routers that an expression can be; none where it is none that is known."""
        node = bare(spot.node)
        if node.type == "unary_expression":
            node = bare(node.child_by_field_name("operand") or node)
        follow = _FOLLOW.get(node.type)
        if follow is None:
            return []
        key = (spot.file.path, node.start_byte, node.end_byte)
        if key not in self._known:
            # What is asked for again while it is worked out goes in circles: r = r.With(f).
            self._known[key] = []
            self._known[key] = list(dict.fromkeys(follow(self, spot.to(node))))[:_MOST_PREFIXES]
        return self._known[key]

    def prefixes(self, router: Router) -> list[str | None]:
        """Return every prefix below which a router's paths are reached."""
        mounts = self.mounts.get(router.made, []) if router.made is not None else []
        if router.made is None or not mounts or router.made in self._mounting:
            return [router.prefix]
        self._mounting.add(router.made)
        found: list[str | None] = []
        for holder, text in mounts:
            outer = [each for one in self.of(holder) for each in self.prefixes(one)] if holder else [""]
            for each in outer:
                whole = None if each is None or text is None else joined(each, text)
                found.append(None if whole is None or router.prefix is None else joined(whole, router.prefix))
        self._mounting.discard(router.made)
        return list(dict.fromkeys(found))[:_MOST_PREFIXES]

    def _of_call(self, spot: Spot) -> list[Router]:
        function = spot.node.child_by_field_name("function")
        name = spot.to(function).name if function is not None else ""
        maker = _MAKERS.fullmatch(name)
        if maker is not None:
            return [Router(str(maker.lastgroup), (spot.file.path, spot.node.start_byte), "")]
        own = self.program.function(name)
        if own is not None:
            room, func = own
            return [each for node in returned(func) for each in self.of(Spot(room, func.file, node))]
        chosen = selected(spot.node)
        if chosen is None:
            return []
        operand, method = chosen
        found = []
        for router in self.of(spot.to(operand)):
            place = _GROUPS[router.kind].get(method)
            if place is not None:
                found.append(router if place < 0 else router.below(self._argument(spot, place)))
        return found

    def _argument(self, spot: Spot, place: int) -> str | None:
        given = arguments(spot.node)
        return self.program.text(spot.to(given[place])) if place < len(given) else ""

    def _of_name(self, spot: Spot) -> list[Router]:
        decl = spot.room.resolver.local(spot.file, spot.node)
        if decl is None:
            return self._of_package(spot)
        if decl.kind == "parameter":
            return self._of_parameter(spot, decl)
        found = self.of(spot.to(decl.value)) if decl.value is not None and decl.index == 0 else []
        return found or self._assigned(spot, decl) or self._by_type(spot)

    def _of_package(self, spot: Spot) -> list[Router]:
        declared = spot.room.package.declared.get(text_of(spot.node))
        if declared is None:
            return []
        found = self.of(spot.to(declared.decl.value, declared.file)) if declared.decl.value is not None else []
        return found or self._assigned(spot, None) or self._by_type(spot)

    def _assigned(self, spot: Spot, decl: Decl | None) -> list[Router]:
        """Follow ``r = gin.New()`` for a variable that has no value where it is declared."""
        found: list[Router] = []
        for file in spot.room.package.files if decl is None else (spot.file,):
            for target, value in _targets(file.root):
                same = target.type == "identifier" and text_of(target) == text_of(spot.node)
                if same and spot.room.resolver.local(file, target) == decl:
                    found += self.of(spot.to(value, file))
        return found

    def _of_field(self, spot: Spot) -> list[Router]:
        """Follow a field to everything that its package gives it; ``pkg.Router`` to that package's variable."""
        path, _, last = spot.name.rpartition(".")
        room = self.program.rooms.get(path)
        declared = room.package.declared.get(last) if room is not None else None
        if room is not None and declared is not None and declared.decl.value is not None:
            return self.of(Spot(room, declared.file, declared.decl.value))
        if path == "net/http" and last == "DefaultServeMux":
            return [Router("http", ("net/http", 0), "")]
        field = text_of(spot.node.child_by_field_name("field"))
        found: list[Router] = []
        for file in spot.room.package.files:
            for target, value in _targets(file.root):
                chosen = target.child_by_field_name("field") if target.type == "selector_expression" else None
                if text_of(chosen) == field:
                    found += self.of(spot.to(value, file))
            for element in every(file.root, "keyed_element"):
                key, given = element.child_by_field_name("key"), element.child_by_field_name("value")
                if key is not None and given is not None and text_of(key) == field:
                    found += self.of(spot.to(given, file))
        return found or self._by_type(spot)

    def _of_parameter(self, spot: Spot, decl: Decl) -> list[Router]:
        """Follow a parameter: of a literal that a router is handed to, or of a function, to its callers' arguments."""
        owner = decl.node.parent.parent if decl.node.parent is not None else None
        if owner is not None and owner.type == "func_literal":
            return self._handed(spot.to(owner)) or self._by_type(spot)
        around = declaration_around(spot.node)
        func = next((each for each in spot.room.package.functions if each.node == around), None)
        if func is None or around is None:
            return self._by_type(spot)
        names = [name for name, _ in parameters_in(around.child_by_field_name("parameters"))]
        place = names.index(decl.name) if decl.name in names else len(names)
        found: list[Router] = []
        for call in self.program.calls_of(func, spot.room):
            given = arguments(call.node)
            found += self.of(call.to(given[place])) if place < len(given) else []
        return found or self._by_type(spot)

    def _handed(self, literal: Spot) -> list[Router]:
        listed = literal.node.parent
        call = listed.parent if listed is not None and listed.type == "argument_list" else None
        chosen = selected(call) if call is not None and call.type == "call_expression" else None
        if call is None or chosen is None:
            return []
        found = []
        for router in self.of(literal.to(chosen[0])):
            place = _INSIDE.get(router.kind, {}).get(chosen[1])
            if place is not None:
                found.append(router if place < 0 else router.below(self._argument(literal.to(call), place)))
        return found

    def _by_type(self, spot: Spot) -> list[Router]:
        """Return a router of which only the type is known: nobody here says where it comes from."""
        typed = spot.room.resolver.type_of(spot.file, spot.node).lstrip("*")
        found = _TYPES.fullmatch(typed)
        return [Router(str(found.lastgroup), None, "")] if found is not None else []


_FOLLOW: dict[str, Callable[[Routers, Spot], list[Router]]] = {
    "call_expression": Routers._of_call,
    "identifier": Routers._of_name,
    "selector_expression": Routers._of_field,
}


def _targets(root: Node) -> Iterator[tuple[Node, Node]]:
    """Give (target, value) of the assignments below a node."""
    for node in every(root, "assignment_statement"):
        left, right = named(node.child_by_field_name("left")), named(node.child_by_field_name("right"))
        if len(left) == len(right):
            yield from zip(left, right, strict=True)
        elif right:
            yield left[0], right[0]


def joined(prefix: str, text: str) -> str:
    """Return two parts of a path as one."""
    return f"{prefix.rstrip('/')}/{text.lstrip('/')}" if prefix and text else prefix or text
