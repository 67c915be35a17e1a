"""The Go builds that can be modelled, by the short names that people write: ``1.23``, ``1.25:noswissmap``."""

from __future__ import annotations

import re
from functools import cache

from goxray.core.errors import UnsupportedGo, UsageError
from goxray.layout import VERSIONS, RuntimeLayout, layout_for

_BUILD = re.compile(r"(?:go)?(\d+)\.(\d+)(?:\.(\d+))?(?::([a-z0-9,]+))?")
_EXPERIMENTS = ("noswissmap", "mapsplitgroup")
"""GOEXPERIMENT names that change the layout of maps."""


class NoSuchBuild(UsageError, UnsupportedGo):
    """A build that somebody typed is not known: there is no target here that could be read nevertheless."""


@cache
def build_layout(text: str, arch: str = "amd64") -> RuntimeLayout:
    """Return the layout of a build.

    Args:
        text: ``1.23`` (the newest release of the line that was verified), ``1.23.9`` or ``go1.23.9``, each with
            GOEXPERIMENT names behind a colon: ``1.25:noswissmap``, ``1.27:mapsplitgroup``; commas separate several.
        arch: GOARCH, one of ``amd64``, ``arm64``, ``loong64``.

    Raises:
        UsageError: the text names no build; NoSuchBuild where the version or an experiment is not known.
        UnsupportedArch: the architecture is not known.
    """
    match = _BUILD.fullmatch(text.strip().lower())
    if match is None:
        raise UsageError(f"not a Go build: {text!r}", hint="write 1.23, 1.23.9, 1.25:noswissmap or 1.27:mapsplitgroup")
    major, minor, patch, experiments = match.groups()
    line = (int(major), int(minor))
    if patch is None:
        patch = str(next((row.last_verified for row in VERSIONS if row.line == line), 0))
    names = [name for name in (experiments or "").split(",") if name]
    try:
        return layout_for(f"go{major}.{minor}.{patch}", arch, names)
    except UnsupportedGo as error:
        raise NoSuchBuild(f"no such Go build: {text.strip()} ({error})", hint=_known()) from error


def _known() -> str:
    lines = ", ".join(".".join(map(str, row.line)) for row in VERSIONS)
    return f"known are {lines}, with experiments behind a colon: 1.25:noswissmap, 1.27:mapsplitgroup"


def build_name(layout: RuntimeLayout) -> str:
    """Return the name of a build as :func:`build_layout` takes it, ``1.25.5:noswissmap``."""
    version = str(layout.version).removeprefix("go")
    return ":".join([version, *([",".join(sorted(layout.experiments))] if layout.experiments else [])])


@cache
def all_builds(arch: str = "amd64") -> tuple[str, ...]:
    """Return the name of every build whose maps are laid out in a way of its own, oldest first."""
    found = []
    for row in VERSIONS:
        line = ".".join(map(str, row.line))
        plain = build_layout(line, arch)
        found.append(line)
        found += [f"{line}:{name}" for name in _EXPERIMENTS if _exists(plain, f"{line}:{name}", name, arch)]
    return tuple(found)


def _exists(plain: RuntimeLayout, text: str, experiment: str, arch: str) -> bool:
    try:
        other = build_layout(text, arch)
    except UnsupportedGo:
        return False
    return other.map_kind != plain.map_kind or experiment in other.active
