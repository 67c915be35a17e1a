"""Constant expressions, as far as the lengths of arrays need them: whole numbers of any size, as Go's are."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from goxray.model import gotypes_syntax as syntax
from goxray.model.gotypes_syntax import Source

_MOST_BITS = 512  # Go's compiler keeps whole constants of that many bits
_LONGEST = (1 << 63) - 1


def _quotient(left: int, right: int) -> int:
    """Division as Go does it, towards zero."""
    size = abs(left) // abs(right)
    return size if (left < 0) == (right < 0) else -size


_BINARY: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _quotient,
    "%": lambda a, b: a - b * _quotient(a, b),
    "<<": lambda a, b: a << b,
    ">>": lambda a, b: a >> b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&^": lambda a, b: a & ~b,
}
_UNARY: dict[str, Callable[[int], int]] = {"+": lambda a: a, "-": lambda a: -a, "^": lambda a: ~a}
_CONVERSIONS = frozenset(f"{sign}int{bits}" for sign in ("", "u") for bits in ("", "8", "16", "32", "64")) | {
    "uintptr",
    "byte",
    "rune",
}


def _whole(value: int | syntax.Text, expr: syntax.ConstExpr, source: Source) -> int:
    if not isinstance(value, int):
        raise source.error(expr.pos, "a whole number is expected here")
    return value


class Constants:
    """The constants of one package by name, worked out when someone asks."""

    def __init__(self, declared: Iterable[syntax.ConstDecl]) -> None:
        self._declared = {each.name: each for each in declared}
        self._asking: list[str] = []

    def length(self, expr: syntax.ConstExpr, source: Source) -> int:
        """Return the length of an array.

        Raises:
            GoSyntaxError: the expression is not constant, negative, or too large.
        """
        value = self._value(expr, source, None)
        if not isinstance(value, int):
            raise source.error(expr.pos, "the length of an array is a whole number")
        if not 0 <= value <= _LONGEST:
            raise source.error(expr.pos, f"{value} is no length of an array")
        return value

    def _value(self, expr: syntax.ConstExpr, source: Source, iota: int | None) -> int | syntax.Text:
        match expr:
            case syntax.Number():
                return expr.value
            case syntax.Text():
                return expr
            case syntax.Constant():
                return self._named(expr, source, iota)
            case syntax.Operation():
                return self._operation(expr, source, iota)
            case syntax.Call():
                return self._call(expr, source, iota)
            case syntax.Beyond():
                raise expr.error

    def _named(self, expr: syntax.Constant, source: Source, iota: int | None) -> int | syntax.Text:
        if expr.name == "iota" and iota is not None and not expr.package:
            return iota
        decl = None if expr.package else self._declared.get(expr.name)
        if decl is None:
            shown = f"{expr.package}.{expr.name}" if expr.package else expr.name
            raise source.error(
                expr.pos,
                f"the constant {shown} is not declared",
                "write the number, or pass --types FILE.go that declares it",
            )
        if expr.name in self._asking:
            raise decl.source.error(decl.pos, f"the constant {expr.name} refers to itself")
        self._asking.append(expr.name)
        try:
            return self._value(decl.expr, decl.source, decl.iota)
        finally:
            self._asking.pop()

    def _operation(self, expr: syntax.Operation, source: Source, iota: int | None) -> int | syntax.Text:
        right = self._value(expr.right, source, iota)
        if expr.left is None:
            if expr.operator not in _UNARY:
                raise source.error(expr.pos, f"{expr.operator!r} makes no whole number")
            return _UNARY[expr.operator](_whole(right, expr.right, source))
        left = self._value(expr.left, source, iota)
        if expr.operator == "+" and isinstance(left, syntax.Text) and isinstance(right, syntax.Text):
            return syntax.Text(expr.pos, left.length + right.length)
        return self._binary(expr, _whole(left, expr.left, source), _whole(right, expr.right, source), source)

    def _binary(self, expr: syntax.Operation, left: int, right: int, source: Source) -> int:
        if expr.operator not in _BINARY:
            raise source.error(expr.pos, f"{expr.operator!r} makes no whole number")
        if expr.operator in "/%" and not right:
            raise source.error(expr.pos, "division by zero")
        if expr.operator in ("<<", ">>") and not 0 <= right <= _MOST_BITS:
            raise source.error(expr.pos, f"a shift by {right}")
        value = _BINARY[expr.operator](left, right)
        if value.bit_length() > _MOST_BITS:
            raise source.error(expr.pos, "the constant is too large")
        return value

    def _call(self, expr: syntax.Call, source: Source, iota: int | None) -> int:
        value = self._value(expr.argument, source, iota)
        if expr.function == "len" and isinstance(value, syntax.Text):
            return value.length
        if expr.function in _CONVERSIONS and isinstance(value, int):
            return value
        raise source.error(expr.pos, f"{expr.function}(...) is too much for a constant here")
