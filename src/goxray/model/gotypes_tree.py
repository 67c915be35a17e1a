"""From Go text to its syntax, by tree-sitter's grammar of Go."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from goxray.core.errors import NotInstalled
from goxray.model import gotypes_syntax as syntax
from goxray.model.gotypes_syntax import Pos, Source

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_HEAD = "package p\ntype _ =\n"
_HEAD_LINES = 2
_NUMBERS = frozenset({"int_literal", "float_literal"})
_STRINGS = frozenset({"raw_string_literal", "interpreted_string_literal"})


@cache
def _parser() -> Parser:
    try:
        import tree_sitter
        import tree_sitter_go
    except ImportError as error:
        raise NotInstalled(
            "Go types cannot be read here: the packages tree-sitter and tree-sitter-go are not installed",
            hint="pip install tree-sitter tree-sitter-go",
        ) from error
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_go.language()))


def read_type(text: str) -> tuple[Source, syntax.TypeExpr]:
    """Return the syntax of one type expression.

    Raises:
        GoSyntaxError: the text is none; the message says where.
        NotInstalled: the parser is not installed on this machine.
    """
    source = Source(text, is_file=False)
    if not text.strip():
        raise source.error((1, 1), "a Go type is missing", _EXAMPLE)
    root = _parser().parse(f"{_HEAD}{text}\n".encode()).root_node
    reader = _Reader(source, _HEAD_LINES)
    reader.check(root, "this is not a Go type", _EXAMPLE)
    declared = [node for node in root.named_children if node.type != "comment"]
    specs = [spec for node in declared[1:] for spec in node.named_children if spec.type != "comment"]
    if len(declared) != 2 or len(specs) != 1:
        where = declared[2] if len(declared) > 2 else declared[-1]
        raise source.error(reader.pos(where), "one Go type is expected, here begins something else", _EXAMPLE)
    return source, reader.type(reader.child(specs[0], "type"))


_EXAMPLE = "write a type as Go does: 'map[string]*T', 'struct{ id uint64; name string }'"


def read_file(name: str, text: bytes) -> syntax.File:
    """Return what a Go file declares at its top level.

    Raises:
        GoSyntaxError: the text is no Go file; the message says where.
        NotInstalled: the parser is not installed on this machine.
    """
    source = Source(name, is_file=True)
    root = _parser().parse(text).root_node
    reader = _Reader(source, 0)
    package = ""
    imports: dict[str, str] = {}
    types: list[syntax.TypeDecl] = []
    constants: list[syntax.ConstDecl] = []
    for node in root.named_children:
        if node.type in ("function_declaration", "method_declaration", "comment"):
            continue  # what stands in functions is not looked at, right or wrong
        reader.check(node, "this is not Go", "gofmt says what is wrong")
        if node.type == "package_clause":
            package = _text(node.named_children[0])
        elif node.type == "import_declaration":
            imports.update(reader.imports(node))
        elif node.type == "type_declaration":
            types += reader.types(node)
        elif node.type == "const_declaration":
            constants += reader.constants(node)
    if not package:
        raise source.error((1, 1), "no Go file: it has no package clause")
    return syntax.File(source, package, imports, tuple(types), tuple(constants))


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)


class _Reader:
    """Turns nodes of one text into syntax; ``skipped`` lines at its start are not the user's."""

    def __init__(self, source: Source, skipped: int) -> None:
        self._source = source
        self._skipped = skipped
        self._kinds: dict[str, Callable[[Node], syntax.TypeExpr]] = {
            "type_identifier": self._name,
            "qualified_type": self._name,
            "generic_type": self._generic,
            "pointer_type": lambda n: syntax.Pointer(self.pos(n), self.type(self._last(n))),
            "slice_type": lambda n: syntax.Slice(self.pos(n), self.type(self.child(n, "element"))),
            "array_type": self._array,
            "map_type": self._map,
            "channel_type": self._chan,
            "function_type": self._func,
            "struct_type": self._struct,
            "interface_type": self._interface,
            "parenthesized_type": lambda n: self.type(self._last(n)),
            "type_elem": self._element,
        }

    def pos(self, node: Node) -> Pos:
        """Where a node begins in the user's text."""
        row, column = node.start_point
        return max(row + 1 - self._skipped, 1), column + 1

    def check(self, node: Node, message: str, hint: str) -> None:
        """Refuse a tree with errors in it, at the first of them."""
        if not node.has_error:
            return
        for each in _walk(node):
            if each.is_missing:
                raise self._source.error(self.pos(each), f"{message}: {each.type!r} is missing here", hint)
            if each.is_error and not any(child.has_error for child in each.children):
                raise self._source.error(self._past_head(each), message, hint)
        raise self._source.error(self.pos(node), message, hint)

    def _past_head(self, node: Node) -> Pos:
        """Where an error begins that may reach back into the lines before the text: at the last thing understood."""
        if node.start_point[0] >= self._skipped:
            return self.pos(node)
        row, column = node.end_point
        return max(row + 1 - self._skipped, 1), column + 1 if row >= self._skipped else 1

    def child(self, node: Node, field: str) -> Node:
        """The child of that field of the grammar."""
        found = node.child_by_field_name(field)
        if found is None:
            raise self._source.error(self.pos(node), f"{field} is missing here")
        return found

    def _last(self, node: Node) -> Node:
        return [child for child in node.named_children if child.type != "comment"][-1]

    def type(self, node: Node) -> syntax.TypeExpr:
        """The type expression that a node stands for."""
        read = self._kinds.get(node.type)
        if read is None:
            raise self._source.error(self.pos(node), f"{_text(node)!r} is no type of a variable")
        return read(node)

    # ---- kinds of types

    def _name(self, node: Node) -> syntax.Name:
        if node.type == "qualified_type":
            package, name = self.child(node, "package"), self.child(node, "name")
            return syntax.Name(self.pos(node), _text(package), _text(name))
        return syntax.Name(self.pos(node), "", _text(node))

    def _generic(self, node: Node) -> syntax.Name:
        bare = self._name(self.child(node, "type"))
        arguments = self.child(node, "type_arguments").named_children
        given = tuple(self.type(argument) for argument in arguments if argument.type != "comment")
        return syntax.Name(bare.pos, bare.package, bare.name, given)

    def _element(self, node: Node) -> syntax.TypeExpr:
        parts = [child for child in node.named_children if child.type != "comment"]
        if len(parts) != 1:
            raise self._source.error(self.pos(node), "a union of types is no type of a variable")
        return self.type(parts[0])

    def _array(self, node: Node) -> syntax.Array:
        length = self._late(self.child(node, "length"))
        return syntax.Array(self.pos(node), length, self.type(self.child(node, "element")))

    def _map(self, node: Node) -> syntax.MapOf:
        key, value = self.type(self.child(node, "key")), self.type(self.child(node, "value"))
        return syntax.MapOf(self.pos(node), key, value)

    def _chan(self, node: Node) -> syntax.Chan:
        arrow = "".join(child.type for child in node.children if child.type in ("<-", "chan"))
        return syntax.Chan(self.pos(node), arrow, self.type(self.child(node, "value")))

    def _func(self, node: Node) -> syntax.Func:
        parameters, variadic = self._parameters(self.child(node, "parameters"))
        result = node.child_by_field_name("result")
        if result is None:
            results: tuple[syntax.TypeExpr, ...] = ()
        elif result.type == "parameter_list":
            results = self._parameters(result)[0]
        else:
            results = (self.type(result),)
        return syntax.Func(self.pos(node), parameters, results, variadic)

    def _parameters(self, node: Node) -> tuple[tuple[syntax.TypeExpr, ...], bool]:
        found: list[syntax.TypeExpr] = []
        variadic = False
        for child in node.named_children:
            if child.type == "comment":
                continue
            variadic = child.type == "variadic_parameter_declaration"
            names = len(child.children_by_field_name("name"))
            found += [self.type(self.child(child, "type"))] * max(1, names - self._commas(child))
        return tuple(found), variadic

    def _commas(self, node: Node) -> int:
        """Commas that the grammar gives the field ``name`` too."""
        return sum(child.type == "," for child in node.children_by_field_name("name"))

    def _struct(self, node: Node) -> syntax.StructOf:
        fields: list[syntax.FieldExpr] = []
        for child in self._last(node).named_children:
            if child.type == "field_declaration":
                fields += self._fields(child)
        self._refuse_twice([(each.name, each.pos) for each in fields], "field")
        return syntax.StructOf(self.pos(node), tuple(fields))

    def _fields(self, node: Node) -> list[syntax.FieldExpr]:
        tag_node = node.child_by_field_name("tag")
        tag = self.string(tag_node) if tag_node is not None else ""
        own = self.type(self.child(node, "type"))
        names = [each for each in node.children_by_field_name("name") if each.is_named]
        if names:
            return [syntax.FieldExpr(self.pos(each), _text(each), own, False, tag) for each in names]
        if not isinstance(own, syntax.Name):
            raise self._source.error(self.pos(node), "an embedded field is a type name or a pointer to one")
        embedded = syntax.Pointer(self.pos(node), own) if node.children[0].type == "*" else own
        return [syntax.FieldExpr(self.pos(node), own.name, embedded, True, tag)]

    def _interface(self, node: Node) -> syntax.InterfaceOf:
        methods: list[tuple[str, syntax.Func]] = []
        embedded: list[syntax.TypeExpr] = []
        union: Pos | None = None
        for child in node.named_children:
            if child.type == "method_elem":
                methods.append((_text(self.child(child, "name")), self._func(child)))
            elif child.type == "type_elem":
                parts = [part for part in child.named_children if part.type != "comment"]
                if len(parts) == 1 and parts[0].type in self._kinds:
                    embedded.append(self.type(parts[0]))
                else:
                    union = self.pos(child)
        return syntax.InterfaceOf(self.pos(node), tuple(methods), tuple(embedded), union)

    def _refuse_twice(self, named: list[tuple[str, Pos]], what: str) -> None:
        seen: set[str] = set()
        for name, pos in named:
            if name in seen and name != "_":
                raise self._source.error(pos, f"{what} {name} is declared twice")
            seen.add(name)

    # ---- constants

    def _late(self, node: Node) -> syntax.ConstExpr:
        """The same, but what is wrong with it is told when its value is needed: other types of the file have theirs."""
        try:
            return self.constant(node)
        except syntax.GoSyntaxError as error:
            return syntax.Beyond(self.pos(node), error)

    def constant(self, node: Node) -> syntax.ConstExpr:
        """The constant expression that a node stands for."""
        pos = self.pos(node)
        if node.type in _NUMBERS:
            return syntax.Number(pos, self._number(node))
        if node.type == "rune_literal":
            return syntax.Number(pos, ord(self.string(node)))
        if node.type in _STRINGS:
            return syntax.Text(pos, len(self.string(node).encode()))
        if node.type in ("identifier", "iota"):
            return syntax.Constant(pos, "", _text(node))
        if node.type == "selector_expression":
            package, name = self.child(node, "operand"), self.child(node, "field")
            return syntax.Constant(pos, _text(package), _text(name))
        return self._compound(node, pos)

    def _compound(self, node: Node, pos: Pos) -> syntax.ConstExpr:
        if node.type == "parenthesized_expression":
            return self.constant(self._last(node))
        if node.type == "unary_expression":
            operand = self.constant(self.child(node, "operand"))
            return syntax.Operation(pos, _text(self.child(node, "operator")), None, operand)
        if node.type == "binary_expression":
            left, right = self.constant(self.child(node, "left")), self.constant(self.child(node, "right"))
            return syntax.Operation(pos, _text(self.child(node, "operator")), left, right)
        if node.type in ("call_expression", "type_conversion_expression"):
            function = self.child(node, "function")
            arguments = self.child(node, "arguments").named_children
            if function.type == "identifier" and len(arguments) == 1:
                return syntax.Call(pos, _text(function), self.constant(arguments[0]))
        raise self._source.error(pos, f"{_text(node)!r} is too much for a constant here", _CONSTANTS)

    def _number(self, node: Node) -> int:
        text = _text(node).replace("_", "")
        if text[0] == "0" and text.isdigit():
            return int(text, 8)
        try:
            return int(text, 0)
        except ValueError:
            pass
        try:
            value = Fraction(text) if "p" not in text.lower() else Fraction(float.fromhex(text))
        except ValueError:
            value = Fraction(1, 2)
        if value.denominator != 1:
            raise self._source.error(self.pos(node), f"{text} is no whole number")
        return int(value)

    def string(self, node: Node) -> str:
        """What a string or character literal holds."""
        text = _text(node)
        if text.startswith("`"):
            return text[1:-1].replace("\r", "")
        try:
            return str(ast.literal_eval(text))
        except (SyntaxError, ValueError) as error:
            raise self._source.error(self.pos(node), f"{text} is no Go literal") from error

    # ---- declarations

    def imports(self, node: Node) -> dict[str, str]:
        """The packages of an import declaration by the names that the file uses."""
        found = {}
        for each in _walk(node):
            if each.type == "import_spec":
                path = self.string(self.child(each, "path"))
                name = each.child_by_field_name("name")
                found[_text(name) if name is not None else last_of(path)] = path
        return found

    def types(self, node: Node) -> Iterator[syntax.TypeDecl]:
        """The declarations of one ``type`` keyword."""
        for spec in node.named_children:
            if spec.type not in ("type_spec", "type_alias"):
                continue
            parameters = spec.child_by_field_name("type_parameters")
            names = tuple(
                _text(name)
                for one in (parameters.named_children if parameters is not None else ())
                if one.type == "type_parameter_declaration"
                for name in one.children_by_field_name("name")
                if name.is_named
            )
            name = self.child(spec, "name")
            expr = self.type(self.child(spec, "type"))
            yield syntax.TypeDecl(self._source, self.pos(name), _text(name), names, spec.type == "type_alias", expr)

    def constants(self, node: Node) -> Iterator[syntax.ConstDecl]:
        """The constants of one ``const`` keyword; one that is too much for a type's length says so when asked."""
        iota = -1
        values: list[Node] = []
        for spec in [each for each in node.named_children if each.type == "const_spec"]:
            iota += 1
            own = spec.child_by_field_name("value")
            if own is not None:
                values = [each for each in own.named_children if each.type != "comment"]
            names = [each for each in spec.children_by_field_name("name") if each.is_named]
            for name, value in zip(names, values, strict=False):
                yield syntax.ConstDecl(self._source, self.pos(name), _text(name), self._late(value), iota)


_CONSTANTS = "numbers, named constants, len of a string, and operators are understood"


def last_of(path: str) -> str:
    """Return the name that a package of this path most likely has: its last part, without a version."""
    parts = path.split("/")
    if len(parts) > 1 and parts[-1][:1] == "v" and parts[-1][1:].isdigit():
        parts.pop()
    return parts[-1].split(".")[0] if parts[-1].startswith("gopkg.in") else parts[-1]
