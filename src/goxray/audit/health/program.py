"""A module's packages that have to do with routers, and what an expression means across them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from goxray.audit.scanned import PackageFiles
from goxray.audit.source.files import SourceFile, load
from goxray.audit.source.folding import Folder, bare
from goxray.audit.source.functions import function_node
from goxray.audit.source.grammar import every, named, text_of
from goxray.audit.source.package import Func, Package
from goxray.audit.source.resolve import Resolver

if TYPE_CHECKING:
    from tree_sitter import Node

_ROUTERS = re.compile(
    rb'"(?:net/http|github\.com/(?:gin-gonic/gin|go-chi/chi|labstack/echo|gorilla/mux|gofiber/fiber)(?:/v\d+)?)"'
)
_HEAD = 1 << 16
_METHODS = {
    f"Method{name.title()}": name
    for name in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE")
}


@dataclass(frozen=True)
class Room:
    """A package with what answers questions about its names."""

    package: Package
    resolver: Resolver
    folder: Folder


@dataclass(frozen=True)
class Spot:
    """A node, and where it stands."""

    room: Room
    file: SourceFile
    node: Node

    def to(self, node: Node, file: SourceFile | None = None) -> Spot:
        """Return another node of the same package."""
        return Spot(self.room, file or self.file, node)

    @property
    def name(self) -> str:
        """The qualified name that the node mentions, with its own package's import path."""
        found = self.room.resolver.name(self.file, self.node)
        path = self.room.package.import_path
        return f"({path}{found[1:]}" if found.startswith("(.") else f"{path}{found}" if found[:1] == "." else found


class Program:
    """The packages, by import path; those without one by their directory."""

    def __init__(self, packages: Sequence[PackageFiles]) -> None:
        self.rooms: dict[str, Room] = {}
        for each in packages:
            if not any(_ROUTERS.search(_head(each.directory / name)) for name in each.files):
                continue
            package = Package(each.path, list(_loaded(each)), each.import_path or f"./{each.path}", each.go_line)
            resolver = Resolver(package)
            self.rooms[package.import_path] = Room(package, resolver, Folder(resolver))

    def calls(self) -> Iterator[Spot]:
        """Give every call, by package, file and line."""
        for spots in self._calls.values():
            yield from spots

    @cached_property
    def _calls(self) -> dict[str, list[Spot]]:
        found: dict[str, list[Spot]] = {}
        for room in self.rooms.values():
            for file in room.package.files:
                for node in every(file.root, "call_expression"):
                    function = node.child_by_field_name("function")
                    last = function.child_by_field_name("field") or function if function is not None else None
                    found.setdefault(text_of(last), []).append(Spot(room, file, node))
        return found

    def calls_of(self, function: Func, room: Room) -> Iterator[Spot]:
        """Give the calls of a function or method of these packages."""
        path = room.package.import_path
        wanted = f"({path}.{function.receiver}).{function.name}" if function.receiver else f"{path}.{function.name}"
        for spot in self._calls.get(function.name, ()):
            callee = spot.node.child_by_field_name("function")
            if callee is not None and spot.to(callee).name == wanted:
                yield spot

    def function(self, name: str) -> tuple[Room, Func] | None:
        """Return a function (``path.Name``) or method (``(path.Type).Name``) of these packages."""
        if name.startswith("("):
            typed, _, method = name[1:].partition(").")
            path, _, receiver = typed.rpartition(".")
            key = f"{receiver}.{method}"
        else:
            path, _, key = name.rpartition(".")
        room = self.rooms.get(path)
        found = room.package.function_named.get(key) if room is not None else None
        return (room, found) if room is not None and found is not None else None

    def text(self, spot: Spot) -> str | None:
        """Return an expression's text where it is constant, in whichever of the packages the constant stands."""
        node = bare(spot.node)
        folded = spot.room.folder.fold(spot.file, node)
        if isinstance(folded, str):
            return folded
        if node.type == "binary_expression" and text_of(node.child_by_field_name("operator")) == "+":
            sides = [node.child_by_field_name(side) for side in ("left", "right")]
            texts = [self.text(spot.to(side)) for side in sides if side is not None]
            return "".join(each for each in texts if each) if all(each is not None for each in texts) else None
        path, _, last = spot.to(node).name.rpartition(".")
        if path == "net/http":
            return _METHODS.get(last)
        room = self.rooms.get(path)
        declared = room.package.declared.get(last) if room is not None else None
        if room is None or declared is None or declared.decl.kind != "constant" or declared.decl.value is None:
            return None
        answer = room.folder.fold(declared.file, declared.decl.value)
        return answer if isinstance(answer, str) else None


def arguments(call: Node) -> list[Node]:
    """Return a call's arguments."""
    return named(call.child_by_field_name("arguments"))


def selected(call: Node) -> tuple[Node, str] | None:
    """Return (what stands before the dot, the name behind it) of a call's function; None for a plain one."""
    function = call.child_by_field_name("function")
    if function is None or function.type != "selector_expression":
        return None
    operand = function.child_by_field_name("operand")
    return (operand, text_of(function.child_by_field_name("field"))) if operand is not None else None


def returned(function: Func) -> Iterator[Node]:
    """Give the first expression of every return of a function, those of literals in it aside."""
    for each in every(function.node, "return_statement"):
        if function_node(each) == function.node and named(each):
            first = named(each)[0]
            yield named(first)[0] if first.type == "expression_list" else first


def _head(path: Path) -> bytes:
    """Return a file's beginning, which holds its imports; empty for what is no ordinary file or cannot be read."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as stream:
            return stream.read(_HEAD)
    except OSError:
        return b""


def _loaded(package: PackageFiles) -> Iterator[SourceFile]:
    for name in package.files:
        if not name.endswith("_test.go"):
            found = load(package.directory / name, package.shown(name))
            if isinstance(found, SourceFile):
                yield found
