"""From syntax to types: what names stand for in one package, generic types with their arguments, constant lengths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from goxray.goruntime.types import GoType, Kind, MapShape
from goxray.layout.std_types import std_path, std_source
from goxray.model import gotypes_make as make
from goxray.model import gotypes_syntax as syntax
from goxray.model.gotypes_const import Constants
from goxray.model.gotypes_syntax import Source, TypeExpr
from goxray.model.gotypes_tree import last_of, read_file
from goxray.model.shapes import check_key, unit_of

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout

Env = Mapping[str, GoType]
"""What the type parameters of a generic declaration stand for."""

_NO_ENV: Env = {}
_LARGEST = 1 << 47  # bytes of a value: the address space of the machines that are modelled


class Scope:
    """The declarations of one package. A type is made when someone asks for it, once.

    ``beside`` are other packages that are known, by their names.
    """

    def __init__(
        self,
        layout: RuntimeLayout,
        package: str,
        files: Iterable[syntax.File],
        given: Mapping[str, GoType] | None = None,
    ) -> None:
        self.layout = layout
        self.package = package
        self._given = given or {}
        self._types: dict[str, syntax.TypeDecl] = {}
        self._imports: dict[str, dict[str, str]] = {}
        self._made: dict[tuple[str, ...], GoType] = {}
        self._making: list[tuple[str, ...]] = []
        self._std: dict[str, Scope | None] = {}
        self.beside: dict[str, Scope] = {}
        declared: list[syntax.ConstDecl] = []
        for file in files:
            self._imports[file.source.name] = dict(file.imports)
            declared += file.constants
            for each in file.types:
                self._declare(each)
        self.constants = Constants(declared)

    def _declare(self, decl: syntax.TypeDecl) -> None:
        before = self._types.setdefault(decl.name, decl)
        if before is not decl and decl.name != "_":
            line, column = before.pos
            raise decl.source.error(
                decl.pos, f"type {decl.name} is declared twice, first at {before.source.name}:{line}:{column}"
            )

    @property
    def names(self) -> list[str]:
        """The names of the types that are declared and need no arguments."""
        return [name for name, decl in self._types.items() if not decl.parameters and name != "_"]

    def declares(self, name: str) -> bool:
        """Whether the package declares a type of that name, generic or not."""
        return name in self._types

    def named(self, name: str) -> GoType:
        """Return a declared type that needs no arguments.

        Raises:
            KeyError: no such type is declared.
            GoSyntaxError: it cannot be made.
        """
        decl = self._types[name]
        return self._instance(decl, (), decl.source, decl.pos)

    # ---- names

    def resolve(self, expr: TypeExpr, source: Source, env: Env = _NO_ENV) -> GoType:
        """Return the type that an expression stands for.

        Raises:
            GoSyntaxError: a name is not declared, a length is not constant, or the like.
        """
        return _MAKERS[type(expr)](self, expr, source, env)

    def spell(self, expr: TypeExpr, source: Source, env: Env = _NO_ENV) -> str:
        """Return how Go spells the type, without making it: what it is made of may not be declared."""
        return _SPELLERS[type(expr)](self, expr, source, env)

    def _find(self, expr: syntax.Name, source: Source) -> tuple[Scope, syntax.TypeDecl] | GoType | None:
        """Return what a name stands for: a declaration and its package, a type that is known as it is, or None."""
        if expr.package and expr.package != self.package:
            qualified = f"{expr.package}.{expr.name}"
            return self._elsewhere(expr, source) or self._given.get(qualified) or _known(self._given, qualified)
        if expr.name in self._types:
            return self, self._types[expr.name]
        if expr.name in self._given:
            return self._given[expr.name]
        return None if expr.package else make.BASIC.get(expr.name)

    def _elsewhere(self, expr: syntax.Name, source: Source) -> tuple[Scope, syntax.TypeDecl] | GoType | None:
        path = self._imports.get(source.name, {}).get(expr.package) or std_path(expr.package)
        beside = self.beside.get(last_of(path) if path else expr.package) or self.beside.get(expr.package)
        if beside is not None and beside.declares(expr.name):
            return beside, beside._types[expr.name]
        if path == "unsafe":
            return make.BASIC.get(f"unsafe.{expr.name}")
        if path is None:
            return None
        if path not in self._std:
            self._std[path] = std_scope(path, self.layout)
        scope = self._std[path]
        return (scope, scope._types[expr.name]) if scope is not None and scope.declares(expr.name) else None

    def _named(self, expr: syntax.Name, source: Source, env: Env) -> GoType:
        if not expr.package and expr.name in env:
            return env[expr.name]
        found = self._find(expr, source)
        if found is None:
            shown = f"{expr.package}.{expr.name}" if expr.package else expr.name
            raise source.error(
                expr.pos, f"the type {shown} is not declared", f"pass --types FILE.go that declares it{_POINTER}"
            )
        if isinstance(found, GoType):
            return found
        scope, decl = found
        arguments = tuple(self.resolve(each, source, env) for each in expr.arguments)
        return scope._instance(decl, arguments, source, expr.pos)

    def _instance(
        self, decl: syntax.TypeDecl, arguments: tuple[GoType, ...], source: Source, pos: syntax.Pos
    ) -> GoType:
        if len(arguments) != len(decl.parameters):
            wanted = len(decl.parameters)
            raise source.error(pos, f"{decl.name} needs {wanted} type arguments, here are {len(arguments)}")
        key = (decl.name, *(each.name for each in arguments))
        if key in self._made:
            return self._made[key]
        if key in self._making:
            raise decl.source.error(decl.pos, f"{decl.name} holds itself without a pointer between: it has no size")
        self._making.append(key)
        try:
            env = dict(zip(decl.parameters, arguments, strict=True))
            under = self.resolve(decl.expr, decl.source, env)
            made = (
                under if decl.alias else make.renamed(under, self._full_name(decl, [each.name for each in arguments]))
            )
        finally:
            self._making.pop()
        self._made[key] = made
        return made

    def _full_name(self, decl: syntax.TypeDecl, arguments: list[str]) -> str:
        name = f"{self.package}.{decl.name}" if self.package else decl.name
        return f"{name}[{','.join(arguments)}]" if arguments else name

    def _spell_named(self, expr: syntax.Name, source: Source, env: Env) -> str:
        if not expr.package and expr.name in env:
            return env[expr.name].name
        found = self._find(expr, source)
        if isinstance(found, GoType):
            return found.name
        arguments = [self.spell(each, source, env) for each in expr.arguments]
        if found is None:
            shown = f"{expr.package}.{expr.name}" if expr.package else expr.name
            return f"{shown}[{','.join(arguments)}]" if arguments else shown
        scope, decl = found
        if decl.alias and len(decl.parameters) == len(expr.arguments):
            inner = {n: self.resolve(e, source, env) for n, e in zip(decl.parameters, expr.arguments, strict=True)}
            return scope.spell(decl.expr, decl.source, inner)
        return scope._full_name(decl, arguments)

    # ---- kinds

    def _pointer(self, expr: syntax.Pointer, source: Source, env: Env) -> GoType:
        return make.make_pointer(self.spell(expr.elem, source, env), lambda: self.resolve(expr.elem, source, env))

    def _slice(self, expr: syntax.Slice, source: Source, env: Env) -> GoType:
        return make.make_slice(self.spell(expr.elem, source, env), lambda: self.resolve(expr.elem, source, env))

    def _array(self, expr: syntax.Array, source: Source, env: Env) -> GoType:
        length = self.constants.length(expr.length, source)
        elem = self.resolve(expr.elem, source, env)
        if length * elem.size > _LARGEST:
            raise source.error(
                expr.pos, f"an array of {length} times {elem.size} bytes is larger than the address space"
            )
        return make.make_array(length, elem)

    def _map(self, expr: syntax.MapOf, source: Source, env: Env) -> GoType:
        def shape() -> MapShape:
            key = self.resolve(expr.key, source, env)
            check_key(key)
            return unit_of(key, self.resolve(expr.elem, source, env), self.layout)

        return make.make_map(self.spell(expr, source, env), shape)

    def _chan(self, expr: syntax.Chan, source: Source, env: Env) -> GoType:
        return make.make_chan(self.spell(expr, source, env), lambda: self.resolve(expr.elem, source, env))

    def _func(self, expr: syntax.Func, source: Source, env: Env) -> GoType:
        return make.make_func(self.spell(expr, source, env))

    def _struct(self, expr: syntax.StructOf, source: Source, env: Env) -> GoType:
        members = [
            make.Member(each.name, self.resolve(each.type, source, env), each.embedded, each.tag)
            for each in expr.fields
        ]
        made = make.make_struct(members)
        if made.size > _LARGEST:
            raise source.error(expr.pos, f"a struct of {made.size} bytes is larger than the address space")
        return made

    def _interface(self, expr: syntax.InterfaceOf, source: Source, env: Env) -> GoType:
        if expr.union is not None:
            raise source.error(expr.union, "an interface with a union is a constraint, no type of a variable")
        methods = bool(expr.methods)
        for each in expr.embedded:
            inner = self.resolve(each, source, env)
            if inner.kind is not Kind.INTERFACE:
                raise source.error(each.pos, f"{inner.name} is no interface")
            methods = methods or not inner.length
        return make.make_interface(self.spell(expr, source, env), methods)

    # ---- spelling

    def _spell_array(self, expr: syntax.Array, source: Source, env: Env) -> str:
        return f"[{self.constants.length(expr.length, source)}]{self.spell(expr.elem, source, env)}"

    def _spell_map(self, expr: syntax.MapOf, source: Source, env: Env) -> str:
        return f"map[{self.spell(expr.key, source, env)}]{self.spell(expr.elem, source, env)}"

    def _spell_chan(self, expr: syntax.Chan, source: Source, env: Env) -> str:
        elem = self.spell(expr.elem, source, env)
        wrapped = isinstance(expr.elem, syntax.Chan) and expr.elem.arrow == "<-chan" and expr.arrow == "chan"
        return f"{expr.arrow} ({elem})" if wrapped else f"{expr.arrow} {elem}"

    def _spell_func(self, expr: syntax.Func, source: Source, env: Env) -> str:
        return "func" + self._signature(expr, source, env)

    def _signature(self, expr: syntax.Func, source: Source, env: Env) -> str:
        parameters = [self.spell(each, source, env) for each in expr.parameters]
        if expr.variadic:
            parameters[-1] = f"...{parameters[-1]}"
        results = [self.spell(each, source, env) for each in expr.results]
        text = f"({', '.join(parameters)})"
        if not results:
            return text
        return f"{text} {results[0]}" if len(results) == 1 else f"{text} ({', '.join(results)})"

    def _spell_struct(self, expr: syntax.StructOf, source: Source, env: Env) -> str:
        parts = []
        for each in expr.fields:
            text = self.spell(each.type, source, env)
            text = text if each.embedded else f"{each.name} {text}"
            parts.append(f"{text} {make.quote(each.tag)}" if each.tag else text)
        return f"struct {{ {'; '.join(parts)} }}" if parts else "struct {}"

    def _spell_interface(self, expr: syntax.InterfaceOf, source: Source, env: Env) -> str:
        parts = [self.spell(each, source, env) for each in expr.embedded]
        parts = [each for each in parts if each != "interface {}"]
        parts += sorted(name + self._signature(func, source, env) for name, func in expr.methods)
        return f"interface {{ {'; '.join(parts)} }}" if parts else "interface {}"


_POINTER = "; only pointers to it can do without"


def _known(given: Mapping[str, GoType], qualified: str) -> GoType | None:
    """Return the type that is listed under its bare name and calls itself by the qualified one."""
    found = given.get(qualified.rpartition(".")[2])
    return found if found is not None and found.name.rpartition("/")[2] == qualified else None


def std_scope(path: str, layout: RuntimeLayout) -> Scope | None:
    """Return the well-known types of a package by its import path; None where none are known."""
    text = std_source(path, layout.version)
    return None if text is None else Scope(layout, path, [read_file(f"package {path}", text.encode())])


_MAKERS: dict[type, Callable[..., GoType]] = {
    syntax.Name: Scope._named,
    syntax.Pointer: Scope._pointer,
    syntax.Slice: Scope._slice,
    syntax.Array: Scope._array,
    syntax.MapOf: Scope._map,
    syntax.Chan: Scope._chan,
    syntax.Func: Scope._func,
    syntax.StructOf: Scope._struct,
    syntax.InterfaceOf: Scope._interface,
}
_SPELLERS: dict[type, Callable[..., str]] = {
    syntax.Name: Scope._spell_named,
    syntax.Pointer: lambda s, e, source, env: f"*{s.spell(e.elem, source, env)}",
    syntax.Slice: lambda s, e, source, env: f"[]{s.spell(e.elem, source, env)}",
    syntax.Array: Scope._spell_array,
    syntax.MapOf: Scope._spell_map,
    syntax.Chan: Scope._spell_chan,
    syntax.Func: Scope._spell_func,
    syntax.StructOf: Scope._spell_struct,
    syntax.InterfaceOf: Scope._spell_interface,
}
