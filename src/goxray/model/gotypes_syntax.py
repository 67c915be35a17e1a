"""The syntax of Go types and constants: what the parser makes of a text, and the resolver makes types of.

Positions are (line, column), both from 1; columns count bytes, as Go's own messages do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from goxray.core.errors import UsageError

Pos: TypeAlias = tuple[int, int]


class GoSyntaxError(UsageError):
    """A text is no Go type or no Go file; the message says where."""


@dataclass(frozen=True)
class Source:
    """Where a text comes from: the path of a file, or the words of a type expression."""

    name: str
    is_file: bool

    def error(self, pos: Pos, message: str, hint: str = "") -> GoSyntaxError:
        """Return an error about one place of the text."""
        line, column = pos
        if self.is_file:
            return GoSyntaxError(f"{self.name}:{line}:{column}: {message}", hint=hint)
        place = f"column {column}" if "\n" not in self.name else f"line {line}, column {column}"
        return GoSyntaxError(f"{' '.join(self.name.split())!r}, {place}: {message}", hint=hint)


# ---- constants


@dataclass(frozen=True)
class Number:
    """An integer constant, or a float or character that is one."""

    pos: Pos
    value: int


@dataclass(frozen=True)
class Text:
    """A string constant of that many bytes; its length is all that a type can depend on."""

    pos: Pos
    length: int


@dataclass(frozen=True)
class Constant:
    """A constant by its name; ``iota`` is one."""

    pos: Pos
    package: str
    name: str


@dataclass(frozen=True)
class Operation:
    """``left operator right``, or ``operator right`` where ``left`` is None."""

    pos: Pos
    operator: str
    left: ConstExpr | None
    right: ConstExpr


@dataclass(frozen=True)
class Call:
    """A conversion ``int(x)`` or ``len(x)``."""

    pos: Pos
    function: str
    argument: ConstExpr


@dataclass(frozen=True)
class Beyond:
    """A constant that is too much for this reader; the error is raised when someone needs its value."""

    pos: Pos
    error: GoSyntaxError


ConstExpr: TypeAlias = Number | Text | Constant | Operation | Call | Beyond


# ---- types


@dataclass(frozen=True)
class Name:
    """A type by its name, with type arguments where it is generic."""

    pos: Pos
    package: str
    name: str
    arguments: tuple[TypeExpr, ...] = ()


@dataclass(frozen=True)
class Pointer:
    """``*elem``."""

    pos: Pos
    elem: TypeExpr


@dataclass(frozen=True)
class Slice:
    """``[]elem``."""

    pos: Pos
    elem: TypeExpr


@dataclass(frozen=True)
class Array:
    """``[length]elem``."""

    pos: Pos
    length: ConstExpr
    elem: TypeExpr


@dataclass(frozen=True)
class MapOf:
    """``map[key]elem``."""

    pos: Pos
    key: TypeExpr
    elem: TypeExpr


@dataclass(frozen=True)
class Chan:
    """A channel; ``arrow`` is ``chan``, ``<-chan`` or ``chan<-``."""

    pos: Pos
    arrow: str
    elem: TypeExpr


@dataclass(frozen=True)
class Func:
    """A function type: parameters and results without their names; the last parameter may be variadic."""

    pos: Pos
    parameters: tuple[TypeExpr, ...]
    results: tuple[TypeExpr, ...]
    variadic: bool = False


@dataclass(frozen=True)
class FieldExpr:
    """One field of a struct; an embedded one is called like its type. ``tag`` is what stands between its quotes."""

    pos: Pos
    name: str
    type: TypeExpr
    embedded: bool = False
    tag: str = ""


@dataclass(frozen=True)
class StructOf:
    """A struct."""

    pos: Pos
    fields: tuple[FieldExpr, ...]


@dataclass(frozen=True)
class InterfaceOf:
    """An interface: its methods, the interfaces it embeds, and where a union of types stands in it, if one does."""

    pos: Pos
    methods: tuple[tuple[str, Func], ...]
    embedded: tuple[TypeExpr, ...]
    union: Pos | None = None


TypeExpr: TypeAlias = Name | Pointer | Slice | Array | MapOf | Chan | Func | StructOf | InterfaceOf


# ---- declarations


@dataclass(frozen=True)
class TypeDecl:
    """``type name[parameters] expr``, or with ``alias`` ``type name = expr``."""

    source: Source
    pos: Pos
    name: str
    parameters: tuple[str, ...]
    alias: bool
    expr: TypeExpr


@dataclass(frozen=True)
class ConstDecl:
    """One name of a const declaration with its own expression and iota."""

    source: Source
    pos: Pos
    name: str
    expr: ConstExpr
    iota: int


@dataclass(frozen=True)
class File:
    """What a Go file declares at its top level, as far as types depend on it.

    ``imports`` maps the name that the file uses to the path of a package.
    """

    source: Source
    package: str
    imports: Mapping[str, str]
    types: tuple[TypeDecl, ...] = field(default=())
    constants: tuple[ConstDecl, ...] = field(default=())
