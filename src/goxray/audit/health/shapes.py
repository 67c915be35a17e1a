"""Paths of routes in one shape, whatever the router's syntax, and the two sides held against each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from goxray.core.audit_result import Place

ANY = ""
"""The method of a route that takes every method."""

COLONS = frozenset({"gin", "echo", "fiber"})
"""Routers whose parameters begin with a colon; in the others' paths, and in OpenAPI, a colon is a letter."""

_BRACES = re.compile(r"\{(?:[^{}]|\{[^{}]*\})*\}")
_COLON = re.compile(r":\w+(?:<[^>]*>)?(?P<may>\??)")
_STAR = re.compile(r"(?:^|(?<=/))[*+]\w*")
_REST = "{*}"


@dataclass(frozen=True)
class Route:
    """A route in code; ``subtree`` where it takes every path below its own."""

    method: str
    path: str
    place: Place
    router: str
    subtree: bool = False


@dataclass
class ApiDrift:
    """Operations on one side only, as ``GET /users/{}``, and the prefix of the description that the code has."""

    matched: int = 0
    code_only: list[str] = field(default_factory=list)
    described_only: list[str] = field(default_factory=list)
    prefix: str = ""

    @property
    def count(self) -> int:
        """Operations on one side only."""
        return len(self.code_only) + len(self.described_only)


def shapes(path: str, router: str) -> list[str]:
    """Return a path's shapes: parameters as ``{}``, the rest of a path as ``{*}``; two where a parameter may lack."""
    path = _BRACES.sub(_of_braces, path)
    if router in COLONS:
        may = [found for found in _COLON.finditer(path) if found["may"]]
        path = _COLON.sub("{}", path)
        if may and path.endswith("/{}"):
            return [_tidy(path), _tidy(path.removesuffix("/{}"))]
    if router in COLONS or router == "chi":
        path = _STAR.sub(_REST, path)
    return [_tidy(path)]


def compare(routes: Sequence[Route], operations: Iterable[tuple[str, str]], prefixes: Sequence[str]) -> ApiDrift:
    """Hold the routes in code against a description's operations.

    A gateway may take the servers' prefix off, so each prefix and none is tried; what agrees most counts, the
    description's first in a draw.
    """
    operations = list(dict.fromkeys(operations))
    tried = [_compare(routes, operations, prefix) for prefix in dict.fromkeys([*prefixes, ""])]
    return min(tried, key=lambda each: each.count)


def _compare(routes: Sequence[Route], operations: Sequence[tuple[str, str]], prefix: str) -> ApiDrift:
    found = ApiDrift(prefix=prefix)
    used: set[Route] = set()
    for method, path in operations:
        (shape,) = shapes(prefix + path, "openapi")
        serving = [each for each in routes if _serves(each, method, shape)]
        exact = [each for each in serving if not each.subtree]
        used.update(exact or serving)
        if serving:
            found.matched += 1
        else:
            found.described_only.append(f"{method} {shape}")
    left = {f"{each.method or 'ANY'} {shapes(each.path, each.router)[0]}" for each in routes if each not in used}
    found.code_only = sorted(left)
    found.described_only.sort()
    return found


def _serves(route: Route, method: str, shape: str) -> bool:
    """Whether a route answers a method and path; GET of net/http answers HEAD too (net/http.ServeMux)."""
    answers = route.method in (ANY, method) or (route.router == "http" and (route.method, method) == ("GET", "HEAD"))
    return answers and any(_covers(each, shape, route.subtree) for each in shapes(route.path, route.router))


def _covers(pattern: str, shape: str, subtree: bool) -> bool:
    if pattern == shape:
        return True
    if pattern.endswith(f"/{_REST}"):
        return shape.startswith(pattern.removesuffix(_REST))
    return subtree and (shape + "/").startswith(pattern.rstrip("/") + "/")


def _of_braces(found: re.Match[str]) -> str:
    """Turn ``{id}``, ``{id:[0-9]+}``, ``{rest...}``, ``{$}`` into their shapes."""
    inner = found[0][1:-1]
    if inner == "$":
        return ""
    rest = inner.endswith("...") or inner.partition(":")[2] in (".*", ".+")
    return _REST if rest else "{}"


def _tidy(path: str) -> str:
    return re.sub(r"/{2,}", "/", "/" + path).rstrip("/") or "/"
