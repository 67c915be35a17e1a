"""Names and types of expressions, qualified by import path, as far as the source says them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from goxray.audit.source.grammar import named, text_of
from goxray.audit.source.library import BASIC, BUILTINS, RESULTS
from goxray.audit.source.package import results_of
from goxray.audit.source.scopes import Decl

if TYPE_CHECKING:
    from tree_sitter import Node

    from goxray.audit.source.files import SourceFile
    from goxray.audit.source.package import Package

_DEEPEST = 12
_DEEPEST_TYPE = 50


class Resolver:
    """Answers for one package: what an expression names, and of which type it is. Empty means: not known."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._depth = 0
        self._inside = 0
        self._fields: dict[str, dict[str, tuple[SourceFile, Node]]] = {}

    def local(self, file: SourceFile, node: Node) -> Decl | None:
        """Return what an identifier refers to inside the function around it."""
        return self.package.scopes[file.path].find(node, text_of(node))

    def name(self, file: SourceFile, node: Node) -> str:
        """Return the qualified name that an expression mentions: ``net/http.Get``, ``.helper``, ``(T).Do``, ``?.x``.

        A local variable, a parameter or another expression has none: empty.
        """
        if file.exact is not None and (said := file.exact.name(_named_at(node))):
            return said
        if node.type in ("parenthesized_expression", "type_instantiation_expression", "generic_type"):
            inner = node.child_by_field_name("type") or (named(node)[0] if named(node) else None)
            return self.name(file, inner) if inner is not None else ""
        if node.type in ("identifier", "type_identifier"):
            return self._plain(file, node)
        if node.type in ("selector_expression", "qualified_type"):
            operand = node.child_by_field_name("operand") or node.child_by_field_name("package")
            field = node.child_by_field_name("field") or node.child_by_field_name("name")
            return self._selected(file, operand, text_of(field)) if operand is not None else ""
        return ""

    def imported(self, file: SourceFile, node: Node) -> str:
        """Return the import path that an identifier stands for; empty where it is none, or shadowed."""
        if node.type not in ("identifier", "package_identifier"):
            return ""
        if file.exact is not None:
            if (said := file.exact.imported(node.start_byte)) is not None:
                return said
            if file.exact.type(node.start_byte, node.end_byte) is not None:
                return ""
        path = file.names.get(text_of(node), "")
        return path if path and self.local(file, node) is None else ""

    def type_text(self, file: SourceFile, node: Node | None) -> str:
        """Return a type expression with its names qualified: ``*net/http.Client``, ``map[string].Session``.

        What is nested deeper than people nest types is left out.
        """
        if node is None or self._inside > _DEEPEST_TYPE:
            return ""
        self._inside += 1
        try:
            return self._type_text(file, node)
        finally:
            self._inside -= 1

    def _type_text(self, file: SourceFile, node: Node) -> str:
        if node.type in ("type_identifier", "identifier", "qualified_type"):
            return self._type_by_name(file, node)
        if node.type == "generic_type":
            return self.type_text(file, node.child_by_field_name("type"))
        if node.type == "pointer_type":
            return "*" + self.type_text(file, named(node)[0] if named(node) else None)
        if node.type in ("slice_type", "implicit_length_array_type"):
            return "[]" + self.type_text(file, node.child_by_field_name("element"))
        if node.type == "array_type":
            length = text_of(node.child_by_field_name("length"))
            return f"[{length}]" + self.type_text(file, node.child_by_field_name("element"))
        if node.type == "map_type":
            key = self.type_text(file, node.child_by_field_name("key"))
            return f"map[{key}]" + self.type_text(file, node.child_by_field_name("value"))
        if node.type == "channel_type":
            return "chan " + self.type_text(file, node.child_by_field_name("value"))
        if node.type == "parenthesized_type":
            return self.type_text(file, named(node)[0] if named(node) else None)
        return {"interface_type": "interface", "struct_type": "struct", "function_type": "func"}.get(node.type, "")

    def type_of(self, file: SourceFile, node: Node) -> str:
        """Return the type of an expression, empty where the source does not say it.

        Broken source can go in circles (``var a = b; var b = a``): beyond a depth nothing is known.
        """
        if file.exact is not None and (said := file.exact.type(node.start_byte, node.end_byte)):
            return said
        if self._depth > _DEEPEST:
            return ""
        self._depth += 1
        try:
            answer = _BY_KIND.get(node.type)
            return answer(self, file, node) if answer is not None else _LITERALS.get(node.type, "")
        finally:
            self._depth -= 1

    def result_type(self, file: SourceFile, call: Node, index: int) -> str:
        """Return the type of a call's result."""
        if file.exact is not None and (said := file.exact.result(call.start_byte, call.end_byte, index)):
            return said
        function = call.child_by_field_name("function")
        if function is None:
            return ""
        name = self.name(file, function)
        if name in ("builtin.new", "builtin.make"):
            given = named(call.child_by_field_name("arguments"))
            typed = self.type_text(file, given[0]) if given else ""
            return ("*" + typed if name == "builtin.new" else typed) if typed else ""
        if name in ("builtin.len", "builtin.cap", "builtin.copy"):
            return "int"
        if name.startswith("builtin.") and name.removeprefix("builtin.") in BASIC:
            return name.removeprefix("builtin.")
        own = self.package.function_named.get(_own(name))
        if own is not None:
            results = results_of(own.node)
            return self.type_text(own.file, results[index][1]) if index < len(results) else ""
        known = RESULTS.get(name, ())
        return known[index] if index < len(known) else ""

    def field_type(self, typed: str, field: str) -> str:
        """Return the type of a field of one of the package's own structs."""
        found = self._struct(typed.lstrip("*").removeprefix(".")).get(field)
        return self.type_text(*found) if found else ""

    def _type_by_name(self, file: SourceFile, node: Node) -> str:
        if file.exact is not None and (said := file.exact.type(node.start_byte, node.end_byte)):
            return said
        return self.name(file, node).removeprefix("builtin.")

    def _plain(self, file: SourceFile, node: Node) -> str:
        found = self._outside(file, text_of(node))
        return found if found and self.local(file, node) is None else ""

    def _outside(self, file: SourceFile, name: str) -> str:
        """Return what a name means where no function's scope declares it."""
        if name in self.package.declared or name in self.package.function_named:
            return f".{name}"
        if name in BUILTINS or name in BASIC:
            return f"builtin.{name}"
        if file.dots and name[:1].isupper():
            return f"{file.dots[0]}.{name}" if len(file.dots) == 1 else f"?.{name}"
        return ""

    def _selected(self, file: SourceFile, operand: Node, field: str) -> str:
        path = self.imported(file, operand)
        if path:
            return f"{path}.{field}"
        typed = self.type_of(file, operand).lstrip("*")
        return f"({typed}).{field}" if typed else f"?.{field}"

    def _type_of_name(self, file: SourceFile, node: Node) -> str:
        decl, where = self.local(file, node), file
        if decl is None:
            at_top = self.package.declared.get(text_of(node))
            if at_top is None:
                return {"true": "bool", "false": "bool"}.get(text_of(node), "")
            decl, where = at_top.decl, at_top.file
        if decl.type is not None and decl.kind != "type":
            prefix = "[]" if decl.node.type == "variadic_parameter_declaration" else ""
            return prefix + self.type_text(where, decl.type)
        if decl.value is None or decl.kind in ("type", "case"):
            return ""
        if decl.kind == "range":
            return _ranged(self.type_of(where, decl.value), decl.index)
        if decl.count > 1:
            if decl.value.type == "call_expression":
                return self.result_type(where, decl.value, decl.index)
            return self.type_of(where, decl.value) if decl.index == 0 else "bool"
        return self.type_of(where, decl.value)

    def _type_of_field(self, file: SourceFile, node: Node) -> str:
        operand = _child(node, "operand")
        if self.imported(file, operand):
            return _VARIABLES.get(self.name(file, node), "")
        return self.field_type(self.type_of(file, operand), text_of(node.child_by_field_name("field")))

    def _type_of_unary(self, file: SourceFile, node: Node) -> str:
        inner = self.type_of(file, _child(node, "operand"))
        operator = text_of(node.child_by_field_name("operator")) or text_of(node)[:1]
        if operator == "&":
            return f"*{inner}" if inner else ""
        if operator == "*":
            return inner.removeprefix("*")
        if operator == "<-":
            return inner.removeprefix("chan ")
        return inner

    def _type_of_inner(self, file: SourceFile, node: Node) -> str:
        return self.type_of(file, named(node)[0]) if named(node) else ""

    def _type_said(self, file: SourceFile, node: Node) -> str:
        return self.type_text(file, node.child_by_field_name("type"))

    def _type_of_call(self, file: SourceFile, node: Node) -> str:
        return self.result_type(file, node, 0)

    def _type_of_element(self, file: SourceFile, node: Node) -> str:
        return element_type(self.type_of(file, _child(node, "operand")))

    def _type_of_operand(self, file: SourceFile, node: Node) -> str:
        return self.type_of(file, _child(node, "operand"))

    def _type_of_binary(self, file: SourceFile, node: Node) -> str:
        operator = text_of(node.child_by_field_name("operator"))
        if operator in ("==", "!=", "<", "<=", ">", ">=", "&&", "||"):
            return "bool"
        return self.type_of(file, _child(node, "left"))

    def _struct(self, name: str) -> dict[str, tuple[SourceFile, Node]]:
        found = self._fields.get(name)
        if found is None:
            found = self._fields[name] = {}
            at_top = self.package.declared.get(name)
            if at_top is not None and at_top.decl.type is not None and at_top.decl.type.type == "struct_type":
                for field in _fields_of(at_top.decl.type):
                    typed = field.child_by_field_name("type")
                    names = [text_of(each) for each in field.children_by_field_name("name") if each.is_named]
                    for each in names or [text_of(typed).rpartition(".")[2].lstrip("*")]:
                        if typed is not None:
                            found[each] = (at_top.file, typed)
        return found


def _named_at(node: Node) -> int:
    """Return where the identifier that names an expression stands: the last one of a selector."""
    return (node.child_by_field_name("field") or node.child_by_field_name("name") or node).start_byte


def _fields_of(struct: Node) -> list[Node]:
    return [field for each in named(struct) for field in named(each) if field.type == "field_declaration"]


def _child(node: Node, field: str) -> Node:
    """Return a field's node; the node itself where a syntax error left it out, which then has no type."""
    return node.child_by_field_name(field) or node.children[0]


def _own(name: str) -> str:
    """Turn ``.f`` and ``(.T).m`` into the keys of Package.function_named."""
    if name.startswith("(."):
        receiver, _, method = name[2:].partition(").")
        return f"{receiver}.{method}"
    return name[1:] if name.startswith(".") else ""


def element_type(typed: str) -> str:
    """Return the element type of a map, slice or array type."""
    typed = typed.lstrip("*")
    if typed == "string":
        return "byte"
    depth = 0
    for at, letter in enumerate(typed):
        depth += (letter == "[") - (letter == "]")
        if letter == "]" and depth == 0:
            return typed[at + 1 :] if typed.startswith(("[", "map[")) else ""
    return ""


def _ranged(typed: str, index: int) -> str:
    if typed.startswith("map["):
        key = typed[4 : len(typed) - len(element_type(typed)) - 1]
        return key if index == 0 else element_type(typed)
    if typed.startswith("chan "):
        return typed.removeprefix("chan ") if index == 0 else ""
    if index == 0:
        return "int"
    return "rune" if typed == "string" else element_type(typed)


_BY_KIND: dict[str, Callable[[Resolver, SourceFile, Node], str]] = {
    "binary_expression": Resolver._type_of_binary,
    "call_expression": Resolver._type_of_call,
    "composite_literal": Resolver._type_said,
    "identifier": Resolver._type_of_name,
    "index_expression": Resolver._type_of_element,
    "parenthesized_expression": Resolver._type_of_inner,
    "selector_expression": Resolver._type_of_field,
    "slice_expression": Resolver._type_of_operand,
    "type_assertion_expression": Resolver._type_said,
    "type_conversion_expression": Resolver._type_said,
    "unary_expression": Resolver._type_of_unary,
}
_LITERALS = {
    "interpreted_string_literal": "string",
    "raw_string_literal": "string",
    "rune_literal": "rune",
    "int_literal": "int",
    "float_literal": "float64",
    "true": "bool",
    "false": "bool",
    "func_literal": "func",
}
_VARIABLES = {
    "encoding/base64.RawStdEncoding": "*encoding/base64.Encoding",
    "encoding/base64.RawURLEncoding": "*encoding/base64.Encoding",
    "encoding/base64.StdEncoding": "*encoding/base64.Encoding",
    "encoding/base64.URLEncoding": "*encoding/base64.Encoding",
    "net/http.DefaultClient": "*net/http.Client",
    "net/http.DefaultServeMux": "*net/http.ServeMux",
    "os.Stdout": "*os.File",
    "os.Stderr": "*os.File",
    "crypto/rand.Reader": "io.Reader",
}
