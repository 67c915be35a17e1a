"""``goxray layout``: types from the command line or a file, and how they lie in memory in several builds."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from goxray.core.errors import UsageError
from goxray.core.layout_result import LayoutResult, TypeLayout
from goxray.model.builds import all_builds, build_layout
from goxray.model.gotypes import Declared, parse_file, parse_files, parse_type
from goxray.model.typelayout import merged, type_layout


def layout(
    types: Sequence[str] = (),
    *,
    files: Sequence[str | Path] = (),
    go: Sequence[str] = (),
    arch: str = "amd64",
) -> LayoutResult:
    """Say how values of Go types lie in memory, what of them is waste, and in which order fields would take least.

    Args:
        types: Go type expressions; none: all types that the files declare.
        files: Go files, or one directory of a package, that declare types.
        go: builds as :func:`goxray.model.builds.build_layout` takes them; none: every known one for maps, whose layout
            differs, and the newest for all else.
        arch: GOARCH.

    Raises:
        UsageError: a text is no type, or names one that is not declared; nothing to lay out; no such build.
        NotInstalled: the parser of Go is not installed on this machine.
    """
    if not types and not files:
        raise UsageError(
            "no type to lay out", hint="write one as Go does: 'struct{ a int8; b int64 }', or pass --types FILE.go"
        )
    declared = {build: _declared(files, build, arch) for build in go or [_newest(arch)]} if files else {}
    found: dict[str, list[TypeLayout]] = {}
    for build in go or [_newest(arch)]:
        for text in types or list(declared[build]):
            found.setdefault(text, []).append(_layout(text, build, arch, declared.get(build)))
    if not found:
        raise UsageError(f"{files[0]} declares no type that needs no arguments")
    if not go:
        for text, (newest,) in found.items():
            if newest.unit is not None:
                found[text] = _in_every_build(text, files, arch)
    return LayoutResult(tuple(each for group in found.values() for each in merged(group)))


def _newest(arch: str) -> str:
    """The newest release line without experiments."""
    return next(build for build in reversed(all_builds(arch)) if not build_layout(build, arch).experiments)


def _layout(text: str, build: str, arch: str, declared: Declared | None) -> TypeLayout:
    facts = build_layout(build, arch)
    return type_layout(parse_type(text, facts, declared), facts)


def _in_every_build(text: str, files: Sequence[str | Path], arch: str) -> list[TypeLayout]:
    """The layouts of a map type in all builds whose standard library has the types in it."""
    found = []
    for build in all_builds(arch):
        with suppress(UsageError):
            found.append(_layout(text, build, arch, _declared(files, build, arch) if files else None))
    return found


def _declared(files: Sequence[str | Path], build: str, arch: str) -> Declared:
    paths = [Path(each) for each in files]
    facts = build_layout(build, arch)
    return parse_file(paths[0], facts) if len(paths) == 1 else parse_files(paths, facts)
