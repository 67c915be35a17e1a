"""What rules see of a package: the SourceUnit of ``facts.py``, each fact made when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from goxray.audit.facts import Assignment, Call, Comparison, Composite, Field, Function, Import, Struct, Value
from goxray.audit.source import sites
from goxray.audit.source.folding import Folder
from goxray.audit.source.functions import function_around, function_node
from goxray.audit.source.grammar import every, named, text_of
from goxray.audit.source.package import Package, parameters_in, results_of
from goxray.audit.source.resolve import Resolver
from goxray.audit.source.values import Follower

if TYPE_CHECKING:
    from tree_sitter import Node

    from goxray.audit.source.files import SourceFile
    from goxray.core.audit_result import Place

_TEXTS = ("interpreted_string_literal", "raw_string_literal")


class Unit:
    """One package's facts; see :class:`goxray.audit.facts.SourceUnit`."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.resolver = Resolver(package)
        self._follower = Follower(self.resolver, Folder(self.resolver), self.call_of)
        self._nodes: dict[tuple[str, str], list[Node]] = {}
        self._assignments: dict[tuple[str, int], Assignment] = {}

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

    def calls(self, *patterns: str) -> Iterator[Call]:
        """Give the calls whose callee matches a pattern."""
        wanted = _Wanted(patterns)
        for file in self.package.files:
            if not wanted.possible(file):
                continue
            for node in self._every(file, "call_expression"):
                function = node.child_by_field_name("function")
                if function is not None and wanted.last(function):
                    name = self.resolver.name(file, function)
                    if wanted.match(name):
                        yield self.call_of(file, node, 0)

    def references(self, *patterns: str) -> Iterator[Value]:
        """Give mentions of qualified names (``crypto/tls.VersionTLS10``), calls excluded."""
        wanted = _Wanted(patterns)
        for file in self.package.files:
            if not wanted.possible(file):
                continue
            for kind in ("selector_expression", "qualified_type"):
                for node in self._every(file, kind):
                    if wanted.last(node) and not _called(node) and wanted.match(self.resolver.name(file, node)):
                        yield self._follower.value(file, node)

    def mentions(self, names: frozenset[str]) -> frozenset[str]:
        """Return those of some qualified names that the package mentions, called or not, tests aside."""
        wanted = _Wanted(tuple(names))
        found: set[str] = set()
        for file in self.package.files:
            if names and not file.is_test and wanted.possible(file):
                nodes = (each for kind in ("selector_expression", "qualified_type") for each in self._every(file, kind))
                found.update(self.resolver.name(file, node) for node in nodes if wanted.last(node))
        return names & found

    def literals(self, *patterns: str) -> Iterator[Composite]:
        """Give the composite literals whose type matches a pattern, and zero values made by var and new."""
        wanted = _Wanted(patterns)
        for file in self.package.files:
            if wanted.possible(file):
                yield from self._literals(file, wanted)

    def strings(self) -> Iterator[Value]:
        """Give every string constant with its folded value (each whole concatenation once)."""
        for file in self.package.files:
            for kind in _TEXTS:
                for node in self._every(file, kind):
                    if node.parent is None or node.parent.type in ("import_spec", "field_declaration"):
                        continue
                    whole = self._whole_text(file, node)
                    if whole is not None:
                        yield whole

    def structs(self) -> Iterator[Struct]:
        """Give the package's struct types."""
        methods: dict[str, set[str]] = {}
        for each in self.package.functions:
            if each.receiver:
                methods.setdefault(each.receiver, set()).add(each.name)
        for file in self.package.files:
            for spec in self._every(file, "type_spec"):
                typed = spec.child_by_field_name("type")
                if typed is not None and typed.type == "struct_type":
                    name = text_of(spec.child_by_field_name("name"))
                    fields = tuple(self._fields(file, typed))
                    yield Struct(name, file.place(spec), fields, frozenset(methods.get(name, ())))

    def assignments(
        self, *, indexed: bool = False, names: frozenset[str] | None = None, field: str = ""
    ) -> Iterator[Assignment]:
        """Give assignments and definitions, in the order of the text for each kind of statement."""
        for file in self.package.files:
            for node, target, value, kind in self._targets(file):
                if indexed and target.type != "index_expression":
                    continue
                if names is not None and text_of(target) not in names:
                    continue
                if field and text_of(target.child_by_field_name("field")) != field:
                    continue
                key = (file.path, target.start_byte)
                made = self._assignments.get(key)
                if made is None:
                    made = self._assignments[key] = self._assignment(file, node, target, value, kind)
                yield made

    def constants(self) -> Iterator[Assignment]:
        """Give every constant that is given a value where it is declared, as a definition."""
        for file in self.package.files:
            for node in self._every(file, "const_spec"):
                values = named(node.child_by_field_name("value"))
                names = [each for each in node.children_by_field_name("name") if each.is_named]
                for name, value in zip(names, values, strict=False):
                    yield self._assignment(file, node, name, value, "define")

    def comparisons(self) -> Iterator[Comparison]:
        """Give every == and !=."""
        for file in self.package.files:
            for node in self._every(file, "binary_expression"):
                operator = text_of(node.child_by_field_name("operator"))
                left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
                if operator in ("==", "!=") and left is not None and right is not None:
                    around = function_around(node)
                    first, second = self._follower.value(file, left), self._follower.value(file, right)
                    yield Comparison(operator, first, second, file.place(node, around), around)

    def functions(self) -> Iterator[Function]:
        """Give the package's functions and methods."""
        for each in self.package.functions:
            node, file = each.node, each.file
            given = node.child_by_field_name("parameters")
            yield Function(
                name=each.name,
                receiver=each.receiver,
                place=file.place(node),
                params=tuple((name, self.resolver.type_text(file, typed)) for name, typed in parameters_in(given)),
                results=tuple((name, self.resolver.type_text(file, typed)) for name, typed in results_of(node)),
                text=text_of(node),
                exported=each.name[:1].isupper(),
                directives=_directives(node),
            )

    def is_test(self, place: Place) -> bool:
        """Whether a place is in a _test.go file or below testdata."""
        return place.path.endswith("_test.go") or "testdata" in place.path.split("/")

    def call_of(self, file: SourceFile, node: Node, depth: int) -> Call:
        """Return the facts of a call's node."""
        function = node.child_by_field_name("function")
        kind = sites.statement_kind(node)
        receiver = None
        name = ""
        if function is not None:
            name = self.resolver.name(file, function)
            operand = function.child_by_field_name("operand") if function.type == "selector_expression" else None
            if operand is not None and not self.resolver.imported(file, operand):
                receiver = self._follower.value(file, operand, depth + 1)
        around = function_around(node)
        return Call(
            callee=name,
            place=file.place(node, around),
            args=tuple(
                self._follower.value(file, each, depth + 1) for each in named(node.child_by_field_name("arguments"))
            ),
            receiver=receiver,
            function=around,
            loop=sites.in_loop(node),
            deferred=kind == "defer",
            go=kind == "go",
            results_used=kind == "",
        )

    def _every(self, file: SourceFile, kind: str) -> list[Node]:
        found = self._nodes.get((file.path, kind))
        if found is None:
            found = self._nodes[file.path, kind] = every(file.root, kind)
        return found

    def _literals(self, file: SourceFile, wanted: _Wanted) -> Iterator[Composite]:
        for node in self._every(file, "composite_literal"):
            typed = self.resolver.type_text(file, node.child_by_field_name("type"))
            if wanted.match(typed):
                yield self._with_later(file, node, self._follower.composite(file, node))
        for node in self._every(file, "call_expression"):
            function = node.child_by_field_name("function")
            if text_of(function) == "new" and wanted.match(self.resolver.type_of(file, node).removeprefix("*")):
                made = Composite(self.resolver.type_of(file, node)[1:], file.place(node, function_around(node)))
                yield self._with_later(file, node, made)
        for node in self._every(file, "var_spec"):
            typed = self.resolver.type_text(file, node.child_by_field_name("type"))
            if node.child_by_field_name("value") is None and wanted.match(typed):
                for name in (each for each in node.children_by_field_name("name") if each.is_named):
                    made = Composite(typed, file.place(node, function_around(node)))
                    yield replace(made, variable=text_of(name), later=self._later(file, text_of(name), node))

    def _with_later(self, file: SourceFile, node: Node, made: Composite) -> Composite:
        target = sites.variable_of(node)
        if target is None:
            return made
        name, statement = target
        return replace(made, variable=name, later=self._later(file, name, statement))

    def _later(self, file: SourceFile, variable: str, statement: Node) -> dict[str, Value]:
        """Return the fields assigned after a statement, in its function or, for package variables, anywhere."""
        around = function_node(statement)
        found: dict[str, Value] = {}
        for other in self.package.files if around is None else (file,):
            for node in self._every(other, "assignment_statement"):
                if around is not None and (node.start_byte < statement.end_byte or function_node(node) != around):
                    continue
                targets = named(node.child_by_field_name("left"))
                values = named(node.child_by_field_name("right"))
                for target, value in zip(targets, values, strict=False):
                    if target.type != "selector_expression":
                        continue
                    if text_of(target.child_by_field_name("operand")) == variable:
                        found[text_of(target.child_by_field_name("field"))] = self._follower.value(other, value, 1)
        return found

    def _whole_text(self, file: SourceFile, node: Node) -> Value | None:
        """Return the value of the concatenation that a text begins; None where it stands further in one."""
        whole = node
        while whole.parent is not None and whole.parent.type in ("binary_expression", "parenthesized_expression"):
            parent = whole.parent
            joined = self._follower.value(file, parent)
            if not isinstance(joined.constant, str):
                break
            whole = parent
        value = self._follower.value(file, whole)
        first = next((each for kind in _TEXTS for each in every(whole, kind)), node)
        return value if first.start_byte >= node.start_byte and isinstance(value.constant, str) else None

    def _fields(self, file: SourceFile, struct: Node) -> Iterator[Field]:
        for part in named(struct):
            for node in named(part):
                if node.type != "field_declaration":
                    continue
                typed = self.resolver.type_text(file, node.child_by_field_name("type"))
                typed = "*" + typed if any(child.type == "*" for child in node.children) else typed
                tag = text_of(node.child_by_field_name("tag"))[1:-1]
                names = [text_of(each) for each in node.children_by_field_name("name") if each.is_named]
                for name in names or [typed.rpartition(".")[2].lstrip("*")]:
                    yield Field(name, typed, tag, file.place(node))

    def _targets(self, file: SourceFile) -> Iterator[tuple[Node, Node, Node, str]]:
        """Give (statement, target, value, kind) of every assignment and definition of a file."""
        for kind in ("short_var_declaration", "assignment_statement"):
            for node in self._every(file, kind):
                define = kind == "short_var_declaration"
                operator = "define" if define else text_of(node.child_by_field_name("operator"))
                targets, values = (named(node.child_by_field_name(side)) for side in ("left", "right"))
                for place, target in enumerate(targets):
                    value = values[min(place, len(values) - 1)] if values else node
                    yield node, target, value, "set" if operator == "=" else operator
        for node in self._every(file, "var_spec"):
            values = named(node.child_by_field_name("value"))
            names = [each for each in node.children_by_field_name("name") if each.is_named]
            for place, name in enumerate(names if values else []):
                yield node, name, values[min(place, len(values) - 1)], "define"

    def _assignment(self, file: SourceFile, node: Node, target: Node, value: Node, kind: str) -> Assignment:
        around = function_around(node)
        around_it = sites.loops(node)
        index = target.child_by_field_name("index") if target.type == "index_expression" else None
        holder = target.child_by_field_name("operand") if index is not None else target
        given = self._follower.value(file, value, 1)
        typed = self.resolver.type_of(file, holder if holder is not None else target)
        return Assignment(
            target=text_of(target),
            kind=kind,
            value=given,
            place=file.place(node, around),
            type=typed or (given.type if kind == "define" else ""),
            index=self._follower.value(file, index, 1) if index is not None else None,
            function=around,
            loop=sites.in_loop(node),
            go=sites.in_goroutine(node),
            locked=sites.under_lock(node),
            through_pointer=text_of(target).startswith("*"),
            shared=index is not None and self._shared(file, target),
            many=(literal := sites.goroutine(node)) is not None and sites.started_in_loop(literal),
            loops=tuple(each.start_point[0] + 1 for each in around_it),
            over=self._over(file, around_it[-1]) if around_it and index is not None else "",
            guarded=bool(around_it) and index is not None and sites.guarded(node, around_it[-1]),
        )

    def _shared(self, file: SourceFile, target: Node) -> bool:
        """Whether an assignment's root is seen outside the goroutine, or outside the function, that it stands in."""
        names = every(target, "identifier")
        if not names:
            return False
        decl, literal = self.resolver.local(file, names[0]), sites.goroutine(target)
        if decl is None:
            return text_of(names[0]) in self.package.declared
        return literal is not None and decl.node.start_byte < literal.start_byte

    def _over(self, file: SourceFile, loop: Node) -> str:
        """Return what a loop runs over where its length is known before: no channel, no function."""
        end = sites.bound(loop)
        if end is None:
            return ""
        typed = self.resolver.type_of(file, end).lstrip("*")
        return text_of(end) if typed.startswith(("[", "map[")) or typed in ("int", "string") else ""


class _Wanted:
    """Patterns of qualified names, with quick looks that spare most nodes the slow one."""

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._exact = frozenset(each for each in patterns if "*" not in each)
        self._open = tuple(each for each in patterns if "*" in each)
        self._lasts = frozenset(each.rpartition(".")[2] for each in patterns)
        self._any_last = any("*" in each for each in self._lasts)

    def possible(self, file: SourceFile) -> bool:
        return self._any_last or any(file.holds(last.encode()) for last in self._lasts)

    def last(self, node: Node) -> bool:
        if self._any_last:
            return True
        name = node.child_by_field_name("field") or node.child_by_field_name("name") or node
        return text_of(name).rpartition(".")[2] in self._lasts or node.type not in _PLAIN

    def match(self, name: str) -> bool:
        return bool(name) and (name in self._exact or any(fnmatchcase(name, each) for each in self._open))


_PLAIN = frozenset({"identifier", "selector_expression", "qualified_type"})


def _called(node: Node) -> bool:
    return node.parent is not None and node.parent.child_by_field_name("function") == node


def _directives(node: Node) -> tuple[str, ...]:
    """Return the //go: lines right above a function."""
    found = []
    above = node.prev_sibling
    while above is not None and above.type == "comment":
        if text_of(above).startswith("//go:"):
            found.append(text_of(above)[2:].strip())
        above = above.prev_sibling
    return tuple(reversed(found))
