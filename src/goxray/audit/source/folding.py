"""Constant expressions and their values, as the language has them: literals, names, iota, operators, conversions."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING

from goxray.audit.source.functions import function_node, writes
from goxray.audit.source.grammar import named, text_of
from goxray.audit.source.library import CONSTANTS

if TYPE_CHECKING:
    from tree_sitter import Node

    from goxray.audit.source.files import SourceFile
    from goxray.audit.source.resolve import Resolver
    from goxray.audit.source.scopes import Decl

Constant = str | int | float | bool

_DEEPEST = 40
_MOST_BITS = 512
"""Larger shifts than this are not worked out: untyped constants of Go compilers hold 512 bits."""

_LONGEST = 1 << 20
_LIBRARY_NAMES = frozenset(name.rpartition(".")[2] for name in CONSTANTS)
_CONVERSIONS = frozenset(
    {"string", "int", "int64", "uint64", "int32", "uint32", "uint", "uint16", "uint8", "byte", "float64"}
)


class Folder:
    """Folds constants of one package."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._writes: dict[tuple[str, int], dict[str, int]] = {}
        self._package_writes: dict[str, int] | None = None
        self._depth = 0
        self._iota: int | None = None

    def fold(self, file: SourceFile, node: Node) -> Constant | None:
        """Return a constant expression's value, and that of a local variable that is written once; None for others."""
        if self._depth > _DEEPEST:
            return None
        self._depth += 1
        try:
            return self._fold(file, bare(node))
        finally:
            self._depth -= 1

    def written_once(self, file: SourceFile, decl: Decl) -> bool:
        """Whether a local variable gets a value only where it is declared, and its address is not taken."""
        around = function_node(decl.node)
        if around is None:
            return False
        counts = self._writes.get((file.path, around.id))
        if counts is None:
            counts = self._writes[file.path, around.id] = writes(around)
        return counts.get(decl.name, 0) <= 1

    def _fold(self, file: SourceFile, node: Node) -> Constant | None:
        if node.type in ("identifier", "iota"):
            return self._name(file, node)
        if node.type == "binary_expression":
            return self._binary(file, node)
        if node.type == "unary_expression":
            return self._unary(file, node)
        if node.type == "type_conversion_expression":
            inner = node.child_by_field_name("operand")
            return self.fold(file, inner) if inner is not None else None
        if node.type == "call_expression":
            return self._conversion(file, node)
        if node.type == "selector_expression" and text_of(node.child_by_field_name("field")) in _LIBRARY_NAMES:
            return CONSTANTS.get(self._resolver.name(file, node))
        return literal(node)

    def _name(self, file: SourceFile, node: Node) -> Constant | None:
        if text_of(node) == "iota":
            return self._iota
        decl, where = self._resolver.local(file, node), file
        if decl is None:
            at_top = self._resolver.package.declared.get(text_of(node))
            if at_top is None or not self.settled(at_top.decl):
                return None
            decl, where = at_top.decl, at_top.file
        if decl.value is None or decl.count > 1:
            return None
        if decl.kind == "constant":
            outer, self._iota = self._iota, decl.iota
            try:
                return self.fold(where, decl.value)
            finally:
                self._iota = outer
        known = decl.kind == "variable" and (
            where is not file or function_node(decl.node) is None or self.written_once(where, decl)
        )
        return self.fold(where, decl.value) if known else None

    def settled(self, decl: Decl) -> bool:
        """Whether a package-level name keeps its value: a constant, or an unexported variable that nobody writes."""
        if decl.kind == "constant":
            return True
        if decl.kind != "variable" or decl.name[:1].isupper():
            return False
        if self._package_writes is None:
            self._package_writes = {}
            for file in self._resolver.package.files:
                for name, count in writes(file.root).items():
                    self._package_writes[name] = self._package_writes.get(name, 0) + count
        return self._package_writes.get(decl.name, 0) <= 1

    def _binary(self, file: SourceFile, node: Node) -> Constant | None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return None
        first = self.fold(file, left)
        return None if first is None else combined(_operator(node), first, self.fold(file, right))

    def _unary(self, file: SourceFile, node: Node) -> Constant | None:
        operand = node.child_by_field_name("operand")
        value = self.fold(file, operand) if operand is not None else None
        sign = text_of(node)[:1]
        if isinstance(value, bool):
            return not value if sign == "!" else None
        if isinstance(value, int | float):
            return -value if sign == "-" else value if sign == "+" else None
        return None

    def _conversion(self, file: SourceFile, node: Node) -> Constant | None:
        function = node.child_by_field_name("function")
        given = named(node.child_by_field_name("arguments"))
        if function is None or len(given) != 1:
            return None
        name = self._resolver.name(file, function)
        if name == "time.Duration" or name.removeprefix("builtin.") in _CONVERSIONS:
            return self.fold(file, given[0])
        return None


def bare(node: Node) -> Node:
    """Return an expression without the parentheses and element nodes around it."""
    while node.type in _AROUND:
        inner = node.named_child(0) if node.named_child_count == 1 else None
        if inner is None or inner.type == "comment":
            parts = named(node)
            if len(parts) != 1:
                break
            inner = parts[0]
        node = inner
    return node


_AROUND = frozenset({"parenthesized_expression", "literal_element"})


def literal(node: Node) -> Constant | None:
    """Return the value of a literal; None for anything else, and for one that is written wrongly."""
    text = text_of(node)
    if node.type in ("true", "false"):
        return node.type == "true"
    if node.type == "raw_string_literal":
        return text.strip("`").replace("\r", "")
    if node.type in ("interpreted_string_literal", "rune_literal"):
        return _quoted(text)
    if node.type == "int_literal":
        return _integer(text)
    if node.type == "float_literal":
        try:
            return float(text.replace("_", ""))
        except ValueError:
            return None
    return None


def combined(sign: str, left: Constant | None, right: Constant | None) -> Constant | None:
    """Return what an operator makes of two constants; None where it makes none, or one too large to keep."""
    if sign in _OF_TRUTHS and left is not None and right is not None:
        return _truth(sign, left, right)
    if isinstance(left, str) and isinstance(right, str):
        return left + right if sign == "+" and len(left) + len(right) <= _LONGEST else None
    if isinstance(left, bool) or isinstance(right, bool) or isinstance(left, str) or isinstance(right, str):
        return None
    if left is None or right is None:
        return None
    if sign in ("/", "%") and isinstance(left, int) and isinstance(right, int):
        return _divided(sign, left, right)
    if isinstance(left, int) and isinstance(right, int) and sign in _OF_INTEGERS:
        large = sign in ("<<", ">>") and not 0 <= right <= _MOST_BITS
        return None if large else _OF_INTEGERS[sign](left, right)
    if sign == "/" and right:
        return left / right
    return _OF_NUMBERS[sign](left, right) if sign in _OF_NUMBERS else None


def _truth(sign: str, left: Constant, right: Constant) -> bool | None:
    """Compare or join two constants; None where Go has no such operation."""
    truths = isinstance(left, bool), isinstance(right, bool)
    texts = isinstance(left, str), isinstance(right, str)
    if truths[0] != truths[1] or texts[0] != texts[1]:
        return None
    if sign in ("&&", "||") and not truths[0] or truths[0] and sign not in ("&&", "||", "==", "!="):
        return None
    return _OF_TRUTHS[sign](left, right)


_OF_TRUTHS: dict[str, Callable[[Constant, Constant], bool]] = {
    "&&": lambda left, right: bool(left and right),
    "||": lambda left, right: bool(left or right),
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_OF_INTEGERS: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}
_OF_NUMBERS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


def _operator(node: Node) -> str:
    return text_of(node.child_by_field_name("operator"))


def _divided(sign: str, left: int, right: int) -> int | None:
    """Divide as Go does: towards zero."""
    if right == 0:
        return None
    quotient = abs(left) // abs(right)
    quotient = quotient if (left < 0) == (right < 0) else -quotient
    return quotient if sign == "/" else left - quotient * right


def _integer(text: str) -> int | None:
    text = text.replace("_", "")
    try:
        if len(text) > 1 and text[0] == "0" and text[1].isdigit():
            return int(text, 8)
        return int(text, 0)
    except ValueError:
        return None


def _quoted(text: str) -> str | None:
    """Return the value of a quoted text: the escapes of Go are among those of Python."""
    if "\\" not in text and len(text) > 1 and text[0] == text[-1]:
        return text[1:-1].replace("\n", " ")
    try:
        value = ast.literal_eval(text.replace("\n", " "))
    except (ValueError, SyntaxError):
        return None
    return value if isinstance(value, str) else None
