"""Routes in code: what is registered with net/http, chi, gin, echo, gorilla/mux and fiber."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from goxray.audit.health.program import Program, Spot, arguments, selected
from goxray.audit.health.routers import Router, Routers, joined
from goxray.audit.health.shapes import ANY, Route
from goxray.audit.scanned import PackageFiles
from goxray.audit.source.folding import bare
from goxray.audit.source.grammar import every, text_of
from goxray.core.audit_result import Place

if TYPE_CHECKING:
    from tree_sitter import Node

_UPPER = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "CONNECT")
_TITLE = {name.title(): name for name in _UPPER}
_VERBS: dict[str, dict[str, str]] = {
    "http": {"Handle": ANY, "HandleFunc": ANY},
    "chi": {**_TITLE, "Handle": ANY, "HandleFunc": ANY},
    "gin": {**{name: name for name in _UPPER}, "Any": ANY, "StaticFile": "GET"},
    "echo": {**{name: name for name in _UPPER}, "Any": ANY, "File": "GET"},
    "fiber": {**_TITLE, "All": ANY},
    "mux": {"Handle": ANY, "HandleFunc": ANY, "Path": ANY},
}
"""Methods whose first argument is a path, and the HTTP method they stand for."""

_NAMING: dict[str, dict[str, int]] = {
    "chi": {"Method": 0, "MethodFunc": 0},
    "gin": {"Handle": 0, "Match": 0},
    "echo": {"Add": 0, "Match": 0},
    "fiber": {"Add": 0},
}
"""Methods whose first argument is the HTTP method, or a slice of them, and whose second is the path."""

_BELOW = {"gin": {"Static", "StaticFS"}, "echo": {"Static", "StaticFS"}, "fiber": {"Static"}}
_MOUNTING = {"chi": {"Mount"}, "fiber": {"Mount", "Use"}}
_NAMES = {"PathPrefix"}.union(*_VERBS.values(), *_NAMING.values(), *_BELOW.values(), *_MOUNTING.values())
_CHAIN = frozenset(
    {"Methods", "Headers", "Queries", "Schemes", "Host", "Name", "Handler", "HandlerFunc", "HeadersRegexp"}
)


@dataclass
class Routes:
    """The routes found; ``not_followed`` are registrations whose path or prefix is no constant."""

    routes: list[Route] = field(default_factory=list)
    not_followed: list[Place] = field(default_factory=list)


def routes_of(packages: Sequence[PackageFiles]) -> Routes:
    """Return the routes that a module's packages register, tests aside, each once, by path and method."""
    program = Program(packages)
    routers = Routers(program)
    calls = [each for each in program.calls() if (chosen := selected(each.node)) is not None and chosen[1] in _NAMES]
    calls.sort(key=lambda each: (each.file.path, each.node.start_byte))
    mounting = {(spot.file.path, spot.node.start_byte, spot.node.end_byte) for spot in calls if _mounts(routers, spot)}
    found = Routes()
    seen: set[tuple[str, str, str]] = set()
    for spot in calls:
        if (spot.file.path, spot.node.start_byte, spot.node.end_byte) in mounting:
            continue
        for route in _registered(routers, spot):
            if route is None:
                found.not_followed.append(spot.file.place(spot.node))
            elif (route.method, route.path, route.router) not in seen:
                seen.add((route.method, route.path, route.router))
                found.routes.append(route)
    found.not_followed = list(dict.fromkeys(found.not_followed))
    found.routes.sort(key=lambda each: (each.path, each.method, each.router))
    return found


def _holders(routers: Routers, spot: Spot) -> tuple[list[Router], str]:
    """Return the routers that a call's method belongs to, and the method; http.HandleFunc is the default mux's."""
    chosen = selected(spot.node)
    if chosen is None:
        return [], ""
    operand, method = chosen
    if spot.room.resolver.imported(spot.file, operand) == "net/http":
        return [Router("http", ("net/http", 0), "")], method
    return routers.of(spot.to(operand)), method


def _mounts(routers: Routers, spot: Spot) -> bool:
    """Note that a call mounts a router below another; whether it does."""
    holders, method = _holders(routers, spot)
    given = arguments(spot.node)
    kinds = {each.kind for each in holders}
    handles = method == "Handle" and bool(kinds & {"http", "chi"})
    if len(given) < 2 or not (handles or any(method in _MOUNTING.get(kind, ()) for kind in kinds)):
        return False
    inner, text = spot.to(given[-1]), routers.program.text(spot.to(given[0]))
    strips = bare(inner.node)
    if strips.type == "call_expression" and _callee(spot, strips) == "net/http.StripPrefix":
        parts = arguments(strips)
        inner, text = spot.to(parts[-1]), routers.program.text(spot.to(parts[0]))
    elif handles:
        # Without StripPrefix the inner router sees whole paths.
        text = ""
    mounted = [each.made for each in routers.of(inner) if each.made is not None]
    chosen = selected(spot.node)
    holder = spot.to(chosen[0]) if chosen is not None and routers.of(spot.to(chosen[0])) else None
    for made in mounted:
        routers.mounts.setdefault(made, []).append((holder, text))
    return bool(mounted)


def _callee(spot: Spot, call: Node) -> str:
    function = call.child_by_field_name("function")
    return spot.to(function).name if function is not None else ""


def _registered(routers: Routers, spot: Spot) -> Iterator[Route | None]:
    """Give the routes of a call; None for one whose path cannot be told."""
    holders, method = _holders(routers, spot)
    for router in holders:
        if router.kind == "mux":
            yield from _of_gorilla(routers, spot, router, method)
            continue
        given = [spot.to(each) for each in arguments(spot.node)]
        below = method in _BELOW.get(router.kind, ()) or method in _MOUNTING.get(router.kind, ())
        naming = _NAMING.get(router.kind, {}).get(method)
        verbs: list[str] | None = None
        if naming is not None and len(given) > 2:
            verbs = _verbs(routers.program, given.pop(naming))
        elif method in _VERBS[router.kind] and len(given) > (router.kind == "http"):
            verbs = [_VERBS[router.kind][method]]
        elif below and len(given) > 1 and (method != "Use"):
            verbs = [ANY if method == "Mount" else "GET"]
        else:
            continue
        yield from _made(routers, spot, router, verbs, given[0], below)


def _made(
    routers: Routers, spot: Spot, router: Router, verbs: list[str] | None, path: Spot, below: bool
) -> Iterator[Route | None]:
    text = routers.program.text(path)
    if text is None or verbs is None:
        yield None
        return
    place = spot.file.place(spot.node)
    for prefix in routers.prefixes(router):
        for verb in verbs:
            if prefix is None:
                yield None
            elif router.kind == "http":
                yield _of_pattern(prefix, text, place)
            else:
                yield Route(verb, joined(prefix, text), place, router.kind, below)


def _of_pattern(prefix: str, text: str, place: Place) -> Route:
    """Take a pattern of net/http apart: ``[METHOD ][HOST]/[PATH]``; one that ends in a slash takes all below."""
    verb, blank, rest = text.partition(" ")
    verb, rest = (verb, rest.strip()) if blank else (ANY, text)
    path = "/" + rest.partition("/")[2]
    return Route(verb, joined(prefix, path), place, "http", path.endswith("/") and not path.endswith("{$}"))


def _of_gorilla(routers: Routers, spot: Spot, router: Router, method: str) -> Iterator[Route | None]:
    """Give the routes of ``r.HandleFunc(path, f).Methods("GET")`` and of ``r.Methods("GET").Path(path).Handler(h)``."""
    given = [spot.to(each) for each in arguments(spot.node)]
    outer = list(_chain_above(spot.node))
    below = method == "PathPrefix"
    handled = any(name in ("Handler", "HandlerFunc") for name, _ in outer)
    if not given or (method not in _VERBS["mux"] and not below) or ((below or method == "Path") and not handled):
        return
    verbs: list[str] | None = []
    for name, call in (*outer, *_chain_below(spot.node)):
        if name == "Methods" and verbs is not None:
            texts = [routers.program.text(spot.to(each)) for each in arguments(call)]
            known = [each.upper() for each in texts if each is not None]
            verbs = [*verbs, *known] if len(known) == len(texts) else None
    yield from _made(routers, spot, router, [ANY] if verbs == [] else verbs, given[0], below)


def _chain_above(call: Node) -> Iterator[tuple[str, Node]]:
    """Give the calls that are chained to a call: ``.Methods(...)`` behind it, and so on."""
    node = call
    while node.parent is not None and node.parent.type == "selector_expression" and node.parent.parent is not None:
        outer = node.parent.parent
        name = text_of(node.parent.child_by_field_name("field"))
        if outer.type != "call_expression" or name not in _CHAIN:
            return
        yield name, outer
        node = outer


def _chain_below(call: Node) -> Iterator[tuple[str, Node]]:
    chosen = selected(call)
    while chosen is not None and chosen[0].type == "call_expression":
        call = chosen[0]
        chosen = selected(call)
        if chosen is not None and chosen[1] in _CHAIN:
            yield chosen[1], call


def _verbs(program: Program, spot: Spot) -> list[str] | None:
    """Return the HTTP methods that an argument names: one, or a slice of them; None where one is no constant."""
    node = bare(spot.node)
    nodes = [each for body in every(node, "literal_value")[:1] for each in body.named_children] or [node]
    texts = [program.text(spot.to(each)) for each in nodes if each.type != "comment"]
    return [each.upper() for each in texts if each is not None] if all(texts) else None
