"""Choosing the layout of one build, or refusing it with a line that says why."""

from __future__ import annotations

from collections.abc import Iterable

from goxray.core.errors import UnsupportedArch, UnsupportedGo
from goxray.layout.data import ArchJson, VariantJson, assemble, load, load_arch
from goxray.layout.runtime import RuntimeLayout
from goxray.layout.version import GoVersion
from goxray.layout.versions import NEWEST, OLDEST, VersionRow, row_for

_ALLOW = "--allow-unverified reads it with the layout of the nearest version known, and stamps the result UNVERIFIED"


def layout_for(
    go_version: str, goarch: str, experiments: Iterable[str], *, allow_unverified: bool = False
) -> RuntimeLayout:
    """Return the layout of a build.

    Args:
        go_version: as the build information has it, ``go1.24.11``.
        goarch: ``amd64``.
        experiments: GOEXPERIMENT names that differ from the version's defaults, ``noswissmap``.
        allow_unverified: take the nearest known layout, marked ``verified=False``, for a version or a set of
            experiments that nobody has verified.

    Raises:
        UnsupportedGo: the version is too old, or not verified and not allowed.
        UnsupportedArch: the architecture's layout is not known.
    """
    version = GoVersion.parse(go_version)
    row, doubts = _row(version, go_version.strip())
    arch = _arch(row, goarch)
    wanted = frozenset(name.strip().lower() for name in experiments if name.strip())
    variants, unknown = _variants(arch, wanted)
    if unknown:
        doubts.append(f"nobody has verified {version} with GOEXPERIMENT={','.join(unknown)}")
    clashes = _clashes(variants)
    if clashes:
        doubts.append(f"nobody has verified {version} with GOEXPERIMENT={','.join(clashes)} together")
    if doubts and not allow_unverified:
        raise UnsupportedGo(doubts[0], hint=_ALLOW)
    return RuntimeLayout(
        version=version,
        goarch=goarch,
        experiments=wanted,
        verified=not doubts,
        patch_verified=not doubts and row.covers(version),
        hashing=row.hashing_on(goarch),
        facts=assemble(arch, variants),
        active=_active(arch, wanted),
        swiss=row.swiss,
    )


def _row(version: GoVersion, text: str) -> tuple[VersionRow, list[str]]:
    if version.line < OLDEST.line:
        oldest = ".".join(map(str, OLDEST.line))
        raise UnsupportedGo(
            f"{text} is too old: goxray reads programs built by Go {oldest} or newer",
            hint=f"build the program with Go {oldest} or newer",
        )
    row = row_for(version)
    if row is None:
        newest = ".".join(map(str, NEWEST.line))
        return NEWEST, [f"nobody has verified goxray with {text}: Go {newest} is the newest known"]
    return row, [] if version.released else [f"nobody has verified goxray with {text}, a version before its release"]


def _arch(row: VersionRow, goarch: str) -> ArchJson:
    arch = load_arch(row.file, goarch)
    if arch is None:
        known = ", ".join(load(row.file)["arches"])
        raise UnsupportedArch(
            f"programs for {goarch} cannot be read yet", hint=f"goxray reads programs for linux/{known}"
        )
    return arch


def _plain(name: str) -> str:
    return name.removeprefix("no")


def _known(arch: ArchJson) -> set[str]:
    switches = [*arch["neutral"], *(variant["experiment"] for variant in arch["variants"])]
    return set(arch["baseline"]) | {_plain(name) if _plain(name) in arch["baseline"] else name for name in switches}


def _variants(arch: ArchJson, wanted: frozenset[str]) -> tuple[list[VariantJson], list[str]]:
    """Return the variants that the experiments ask for, and the experiments that the data does not know."""
    known = _known(arch)
    unknown = sorted(name for name in wanted if name not in known and _plain(name) not in known)
    return [variant for variant in arch["variants"] if variant["experiment"] in wanted], unknown


def _clashes(variants: list[VariantJson]) -> list[str]:
    """Return the experiments that change the same thing: each was only measured alone."""
    owner: dict[tuple[str, str], str] = {}
    clashing: set[str] = set()
    for variant in variants:
        changed = [("structs", name) for name in variant.get("structs", {})]
        changed += [("constants", name) for name in variant.get("constants", {})]
        for key in changed:
            first = owner.setdefault(key, variant["experiment"])
            if first != variant["experiment"]:
                clashing |= {first, variant["experiment"]}
    return sorted(clashing)


def _active(arch: ArchJson, wanted: frozenset[str]) -> frozenset[str]:
    known = _known(arch)
    on = {name for name in wanted if name in known}
    off = {_plain(name) for name in wanted if name not in known}
    return frozenset((set(arch["baseline"]) | on) - off)
