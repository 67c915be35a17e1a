"""Whether the vulnerable functions of an advisory are reached: named in source, or linked into a binary.

How a run uses it:

1. ``wanted(units)`` are the names for ``scan(..., wanted=...)``: each package's ``references`` then tells those that
   its code mentions.
2. ``in_source(unit, scans, imports)`` marks a module's advisories by them and by what its packages import
   (``imports_of``).
3. ``in_binary(unit, database)`` finds a binary's advisories, by its modules and the Go that built it, and marks them by
   its function table.

Three answers: ``True`` (called or mentioned, linked), ``False`` (nobody imports the package, or nobody mentions the
functions), ``None`` where nobody can tell. An advisory of which nothing is known stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache

from goxray.audit.facts import Advisory, BinaryUnit, ModuleUnit
from goxray.audit.modules.advisories import STANDARD_LIBRARY, Database
from goxray.audit.modules.imports import Imports, is_standard
from goxray.audit.modules.replacing import stands_for
from goxray.audit.modules.versions import names_a_release, tells_inlined
from goxray.audit.scanned import PackageScan
from goxray.core.audit_result import BinaryFacts

_WHOLE = "*"
_ESCAPED = re.compile(r"%([0-9a-f]{2})")
_ARGUMENTS = re.compile(r"\[[^\[\]]*\]")


def wanted(units: Iterable[ModuleUnit | BinaryUnit]) -> frozenset[str]:
    """Return the names under which source mentions the advisories' functions, as facts spell them.

    A method whose receiver's type the source does not tell is ``?.Name``.
    """
    found: set[str] = set()
    for unit in units:
        for advisory in unit.advisories:
            for symbol in advisory.symbols:
                package, name = split(symbol, advisory.module)
                found |= set(_spelled(package, name))
    return frozenset(found)


def split(symbol: str, module: str) -> tuple[str, str]:
    """Part a symbol of a module's advisory into import path and name: ``x.org/m/html`` and ``Tokenizer.Next``.

    The module's path tells where a dot belongs to the path: ``gopkg.in/yaml.v3.Unmarshal``.
    """
    if symbol.startswith(f"{module}."):
        return module, symbol[len(module) + 1 :]
    head, slash, tail = symbol.rpartition("/")
    package, _, name = tail.partition(".")
    return head + slash + package, name


def _spelled(package: str, name: str) -> tuple[str, ...]:
    if name == _WHOLE:
        return ()
    receiver, dot, method = name.partition(".")
    return (f"({package}.{receiver}).{method}", f"?.{method}") if dot else (f"{package}.{name}",)


def in_source(unit: ModuleUnit, scans: Iterable[PackageScan], imports: Imports) -> ModuleUnit:
    """Return a module's unit with its advisories marked by what its own source mentions and imports."""
    mentioned = {name for each in scans for name in each.references}
    marked = tuple(_by_source(each, mentioned, imports) for each in unit.advisories)
    return replace(unit, advisories=marked)


def _by_source(advisory: Advisory, mentioned: set[str], imports: Imports) -> Advisory:
    loose = False
    for symbol in advisory.symbols:
        package, name = split(symbol, advisory.module)
        names = _spelled(package, name)
        if not names and imports.by_own(package):
            return replace(advisory, reached=True, by=package)
        if names and names[0] in mentioned:
            return replace(advisory, reached=True, by=symbol)
        loose = loose or any(each in mentioned for each in names[1:])
    return replace(advisory, reached=None if loose else _by_imports(advisory, imports))


def _by_imports(advisory: Advisory, imports: Imports) -> bool | None:
    """Say what imports alone tell; the standard library's own are not known."""
    if not imports.whole or advisory.module in STANDARD_LIBRARY:
        return None
    packages = {split(each, advisory.module)[0] for each in advisory.symbols}
    if not packages:
        below = f"{advisory.module}/"
        used = any(path == advisory.module or path.startswith(below) for path in imports.importers)
        return None if used else False
    return None if any(imports.by_others(each) for each in packages) else False


def in_binary(unit: BinaryUnit, database: Database) -> BinaryUnit:
    """Return a binary's unit with the advisories that concern it, marked by its function table."""
    index = _Index(unit.functions)
    known = advisories_of(unit.facts, database)
    return replace(unit, advisories=tuple(_by_functions(each, index, unit.facts) for each in known))


def advisories_of(facts: BinaryFacts, database: Database) -> tuple[Advisory, ...]:
    """Return the advisories of a binary's modules and of the standard library of the Go that built it."""
    found = [hit for each in facts.modules for hit in database.concerning(*stands_for(each))]
    release = facts.go_version.removeprefix("go").partition("-")[0]
    if names_a_release(release):
        found += database.concerning("stdlib", release)
    return tuple(found)


class _Index:
    """A binary's functions by package and name, as advisories spell them: closures, generics and pointers aside."""

    def __init__(self, functions: Sequence[str] | frozenset[str]) -> None:
        self.names: set[tuple[str, str]] = set()
        self.packages: set[str] = set()
        for each in functions:
            package, name = parted(each)
            if name:
                self.packages.add(package)
                receiver, _, rest = name.partition(".")
                self.names |= {(package, receiver), (package, f"{receiver}.{rest.partition('.')[0]}")}
        # Names that a tool scrambled tell nothing of what is not there.
        self.readable = ("main", "main") in self.names and "runtime" in self.packages


def parted(function: str) -> tuple[str, str]:
    """Part a function's name in the table into import path and plain name (cmd/internal/objabi, PathToPrefix).

    ``gopkg.in/yaml%2ev3.(*Decoder).Decode`` gives ``gopkg.in/yaml.v3`` and ``Decoder.Decode``; a method value's
    ``-fm`` and type arguments fall away. Names that the compiler makes up have no package.
    """
    plain = function
    while "[" in plain and (shorter := _ARGUMENTS.sub("", plain)) != plain:
        plain = shorter
    head, slash, tail = plain.rpartition("/")
    package, dot, name = tail.partition(".")
    if not dot or ":" in plain or package.startswith(("(", "_cgo")):
        return "", ""
    name = name.replace("(*", "").replace(")", "").removesuffix("-fm")
    return _path(head + slash + package), name


@cache
def _path(escaped: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), escaped)


def _by_functions(advisory: Advisory, index: _Index, facts: BinaryFacts) -> Advisory:
    goos = facts.os
    if not index.readable:
        return advisory
    if advisory.goos and goos and goos not in advisory.goos:
        return replace(advisory, reached=False)
    if not advisory.symbols:
        below = f"{advisory.module}/"
        there = any(each == advisory.module or each.startswith(below) for each in index.packages)
        standard = advisory.module == "stdlib" and any(is_standard(each) for each in index.packages)
        return replace(advisory, reached=None if there or standard else False)
    for symbol in advisory.symbols:
        package, name = split(symbol, advisory.module)
        if (name == _WHOLE and package in index.packages) or (package, name) in index.names:
            return replace(advisory, reached=True, by=symbol)
    linked = {split(each, advisory.module)[0] for each in advisory.symbols} & index.packages
    return replace(advisory, reached=None if linked and not tells_inlined(facts.go_version) else False)
