"""What rules see of a package: the SourceUnit of ``facts.py``, each fact made when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.facts import Assignment, Call, Comparison, Composite, Function, Import, Struct, Value
from goxray.audit.source.assigned import Assigned, indexed_in, sited
from goxray.audit.source.declared import DeclaredFunction, DeclaredStruct
from goxray.audit.source.folding import Folder
from goxray.audit.source.functions import function_around
from goxray.audit.source.grammar import every, named, parent_of, text_of
from goxray.audit.source.literals import Literals
from goxray.audit.source.package import Package
from goxray.audit.source.resolve import Resolver
from goxray.audit.source.sited import SitedAssignment, Sites
from goxray.audit.source.values import Follower
from goxray.audit.source.wanted import Wanted

if TYPE_CHECKING:
    from tree_sitter import Node

    from goxray.audit.source.files import SourceFile
    from goxray.core.audit_result import Place

_TEXTS = ("interpreted_string_literal", "raw_string_literal")
_JOINING = ("binary_expression", "parenthesized_expression")
_MENTIONS = ("selector_expression", "qualified_type")


class Unit:
    """One package's facts; see :class:`goxray.audit.facts.SourceUnit`."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.resolver = Resolver(package)
        self._sites = Sites(self.resolver)
        self._follower = self._sites.follower = Follower(self.resolver, Folder(self.resolver), self._sites.call_of)
        self._literals = Literals(package, self.resolver, self._follower)
        self._made: dict[tuple[str, ...], list[Composite]] = {}
        self._calls: dict[int, Call] = {}
        self._strings: dict[int, Value | None] = {}
        self._structs: list[Struct] | None = None
        self._functions: list[Function] | None = None
        self._indexed: list[SitedAssignment] | None = None
        self._assigned: Assigned | None = None

    def let_go(self) -> None:
        """Undo the circle among what works out facts, so that all of them go as soon as nobody holds the unit."""
        del self._sites.follower

    @property
    def path(self) -> str:
        """The package's directory relative to the root."""
        return self.package.path

    @property
    def import_path(self) -> str:
        """The package's import path where a go.mod tells it, else empty."""
        return self.package.import_path

    @property
    def go_line(self) -> str:
        """The ``go`` line of the module around, else empty."""
        return self.package.go_line

    def imports(self) -> Iterator[Import]:
        """Give every import of every file."""
        for file in self.package.files:
            yield from file.imports

    def calls(self, *patterns: str, go: bool = False) -> Iterator[Call]:
        """Give the calls whose callee matches a pattern; ``go`` those of go statements alone."""
        wanted = Wanted(patterns)
        for file in self.package.files:
            for node in file.index.nodes("started") if go else wanted.among(file, "call_expression"):
                call = self._calls.get(node.id)
                if call is None:
                    call = self._calls[node.id] = self._sites.call_of(file, node, 0)
                if wanted.match(call.callee):
                    yield call

    def references(self, *patterns: str) -> Iterator[Value]:
        """Give mentions of qualified names (``crypto/tls.VersionTLS10``), calls excluded."""
        wanted = Wanted(patterns)
        for file in self.package.files:
            for node in self._mentioning(file, wanted):
                if not _called(node) and wanted.match(self.resolver.name(file, node)):
                    yield self._follower.value(file, node)

    def mentions(self, names: frozenset[str]) -> frozenset[str]:
        """Return those of some qualified names that the package mentions, called or not, tests aside."""
        wanted = Wanted(tuple(names))
        files = [file for file in self.package.files if names and not file.is_test]
        found = {self.resolver.name(file, node) for file in files for node in self._mentioning(file, wanted)}
        return names & found

    def literals(self, *patterns: str) -> Iterator[Composite]:
        """Give the composite literals whose type matches a pattern, and zero values made by var and new."""
        if patterns not in self._made:
            wanted = Wanted(patterns)
            files = [file for file in self.package.files if wanted.possible(file)]
            self._made[patterns] = [made for file in files for made in self._literals.of(file, wanted)]
        yield from self._made[patterns]

    def strings(self, *parts: str) -> Iterator[Value]:
        """Give every string constant with its folded value (each whole concatenation once).

        ``parts`` asks for those that may hold one of some texts: most others are then left out, and cost nothing.
        """
        for file in self.package.files:
            for kind in _TEXTS:
                for node in file.index.nodes(kind):
                    around = parent_of(node)
                    if around is None or around.type in ("import_spec", "field_declaration"):
                        continue
                    if parts and around.type not in _JOINING and not _may_hold(node, parts):
                        continue
                    if node.id not in self._strings:
                        self._strings[node.id] = self._whole_text(file, node, around)
                    whole = self._strings[node.id]
                    if whole is not None:
                        yield whole

    def structs(self) -> Iterator[Struct]:
        """Give the package's struct types."""
        if self._structs is None:
            self._structs = list(self._struct_types())
        yield from self._structs

    def _struct_types(self) -> Iterator[Struct]:
        methods: dict[str, set[str]] = {}
        for each in self.package.functions:
            if each.receiver:
                methods.setdefault(each.receiver, set()).add(each.name)
        for file in self.package.files:
            for spec in file.index.nodes("type_spec"):
                typed = spec.child_by_field_name("type")
                if typed is not None and typed.type == "struct_type":
                    own = frozenset(methods.get(text_of(spec.child_by_field_name("name")), ()))
                    yield DeclaredStruct(self.resolver, file, spec, typed, methods=own)

    def assignments(
        self, *, indexed: bool = False, names: frozenset[str] | None = None, field: str = ""
    ) -> Iterator[Assignment]:
        """Give assignments and definitions, in the order of the text for each kind of statement."""
        if indexed and names is None and not field:
            if self._indexed is None:
                self._indexed = indexed_in(self._sites, self.package.files)
            yield from self._indexed
            return
        if self._assigned is None:
            self._assigned = Assigned(self._sites, self.package.files)
        for made in self._assigned.to(names):
            if indexed and not made.indexed:
                continue
            if field and text_of(made.goal.child_by_field_name("field")) != field:
                continue
            yield made

    def constants(self) -> Iterator[Assignment]:
        """Give every constant that is given a value where it is declared, as a definition."""
        for file in self.package.files:
            for node in file.index.nodes("const_spec"):
                values = named(node.child_by_field_name("value"))
                names = [each for each in node.children_by_field_name("name") if each.is_named]
                for name, value in zip(names, values, strict=False):
                    yield sited(self._sites, file, node, name, value, "define")

    def comparisons(self) -> Iterator[Comparison]:
        """Give every == and !=."""
        for file in self.package.files:
            for node in file.index.nodes("binary_expression"):
                operator = text_of(node.child_by_field_name("operator"))
                left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
                if operator in ("==", "!=") and left is not None and right is not None:
                    around = function_around(file, node)
                    first, second = self._follower.value(file, left), self._follower.value(file, right)
                    yield Comparison(operator, first, second, file.place(node, around), around)

    def functions(self) -> Iterator[Function]:
        """Give the package's functions and methods."""
        if self._functions is None:
            self._functions = list(self._declared())
        yield from self._functions

    def _declared(self) -> Iterator[Function]:
        return (DeclaredFunction(self.resolver, each) for each in self.package.functions)

    def is_test(self, place: Place) -> bool:
        """Whether a place is in a _test.go file or below testdata."""
        return place.path.endswith("_test.go") or "testdata" in place.path.split("/")

    def _whole_text(self, file: SourceFile, node: Node, around: Node | None) -> Value | None:
        """Return the value of the concatenation that a text begins; None where it stands further in one."""
        if around is None or around.type not in _JOINING:
            return self._follower.text(file, node)
        whole = node
        while around is not None and around.type in _JOINING:
            joined = self._follower.value(file, around)
            if not isinstance(joined.constant, str):
                break
            whole, around = around, parent_of(around)
        value = self._follower.value(file, whole)
        first = next((each for kind in _TEXTS for each in every(whole, kind)), node)
        return value if first.start_byte >= node.start_byte and isinstance(value.constant, str) else None

    def _mentioning(self, file: SourceFile, wanted: Wanted) -> list[Node]:
        found = [node for kind in _MENTIONS for node in wanted.among(file, kind)]
        return found + wanted.plain(file) if file.dots else found


def _called(node: Node) -> bool:
    around = parent_of(node)
    return around is not None and around.type == "call_expression" and around.child_by_field_name("function") == node


def _may_hold(text: Node, parts: tuple[str, ...]) -> bool:
    """Whether a text as it is written holds one of some parts, or escapes that might stand for them."""
    written = text_of(text)
    return "\\" in written or any(part in written for part in parts)
