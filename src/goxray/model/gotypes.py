"""Go types from Go text: type expressions as people write them, and the declarations of simple Go files.

What comes out are :class:`goxray.goruntime.types.GoType` of origin ``made``, laid out as the compiler does it for
64-bit machines (:mod:`goxray.model.gotypes_make`). What lies behind a pointer, slice, channel, map or function is
looked up when someone asks, so that ``map[string]*T`` needs no declaration of ``T``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goxray.core.errors import UsageError
from goxray.goruntime.types import GoType
from goxray.model.gotypes_make import align_of, pointer_bytes, pointer_mask
from goxray.model.gotypes_scope import Scope
from goxray.model.gotypes_tree import read_file, read_type

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout

__all__ = ["Declared", "align_of", "parse_file", "parse_files", "parse_type", "pointer_bytes", "pointer_mask"]


class Declared(Mapping[str, GoType]):
    """The types that the files of one package declare, by their names in it; each is made when it is asked for.

    Generic types are not listed, but :func:`parse_type` knows them, and the constants of the files too.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __getitem__(self, name: str) -> GoType:
        bare = name.removeprefix(f"{self.scope.package}.")
        if bare not in self.scope.names:
            raise KeyError(name)
        return self.scope.named(bare)

    def __iter__(self) -> Iterator[str]:
        return iter(self.scope.names)

    def __len__(self) -> int:
        return len(self.scope.names)


def parse_type(text: str, layout: RuntimeLayout, declared: Mapping[str, GoType] | None = None) -> GoType:
    """Return the type that a Go type expression stands for.

    Args:
        text: ``map[string]*T``, ``struct{ a int8; b int64 }``, ``[16]byte``, ``time.Time``, ``Pair[string, int]``, ...
        layout: the build that maps and types of the standard library are laid out for.
        declared: what names stand for; from :func:`parse_file`, or any mapping.

    Raises:
        GoSyntaxError: the text is no type, or names one that is not declared where its size is needed; the message says
            where, the hint what to do.
        NotInstalled: the parser of Go is not installed on this machine.
    """
    scope = declared.scope if isinstance(declared, Declared) else Scope(layout, "", (), declared)
    try:
        source, expr = read_type(text)
        return scope.resolve(expr, source)
    except RecursionError:
        raise UsageError("the type is nested too deeply, or an alias refers to itself") from None


def parse_file(path: Path, layout: RuntimeLayout) -> Declared:
    """Return the types that a Go file declares; of a directory, all its files but the tests.

    Raises:
        GoSyntaxError: the file is no Go, or declares a type twice.
        UsageError: the file cannot be read.
        NotInstalled: the parser of Go is not installed on this machine.
    """
    return parse_files([path], layout)


def parse_files(paths: Sequence[Path], layout: RuntimeLayout) -> Declared:
    """Return the types that several files or directories declare. Raises what :func:`parse_file` does.

    The first file's package is the one whose types go by their bare names; those of others are called ``other.T``.
    """
    files = []
    for path in (file for each in paths for file in _files_of(each)):
        try:
            text = path.read_bytes()
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror or error}") from error
        files.append(read_file(str(path), text))
    names = list(dict.fromkeys(file.package for file in files))
    scopes = [Scope(layout, name, [file for file in files if file.package == name]) for name in names]
    for scope in scopes:
        scope.beside = {other.package: other for other in scopes if other is not scope}
    return Declared(scopes[0] if scopes else Scope(layout, "", ()))


def _files_of(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(each for each in path.glob("*.go") if not each.name.endswith("_test.go"))
    if not found:
        raise UsageError(f"{path} holds no Go files")
    return found
