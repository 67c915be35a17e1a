"""vendor/modules.txt held against go.mod, as the go command checks it before it builds from a vendor directory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from goxray.audit.facts import Replace, VendorDifference
from goxray.audit.modules.gomod import Requirement
from goxray.audit.modules.replacing import Replacements, Root
from goxray.audit.modules.sums import Vendored
from goxray.audit.modules.versions import marks_explicit


def vendor_differences(
    replacements: Replacements, vendored: tuple[Vendored, ...], place: Path | None = None
) -> tuple[VendorDifference, ...]:
    """Return the modules of which vendor/modules.txt says something else than go.mod (or the modules of a workspace).

    ``place`` is the directory of go.work, from which the file's relative directories are told.

    Source: cmd/go/internal/modload, checkVendorConsistency.
    """
    required = [each for main in replacements.mains for each in main.gomod.requirements]
    marked = replacements.work is not None or all(marks_explicit(each.gomod.go) for each in replacements.mains)
    found = [*_of_requirements(required, vendored, marked)]
    found += _of_replacements(replacements, vendored, marked, place)
    wanted = {(each.path, each.version) for each in required}
    found += [
        VendorDifference(each.path, "", each.version)
        for each in vendored
        if each.explicit and each.packages and (each.path, each.version) not in wanted
    ]
    found += [
        VendorDifference(each.path, "", f"=> {each.replaced_by}")
        for each in vendored
        if each.replaced_by and replacements.of(each.path, each.version) is None
    ]
    return tuple(sorted({(each.module, each.gomod, each.vendor): each for each in found}.values(), key=_order))


def _order(each: VendorDifference) -> tuple[str, str, str]:
    return each.module, each.gomod, each.vendor


def _of_requirements(
    required: list[Requirement], vendored: tuple[Vendored, ...], marked: bool
) -> Iterator[VendorDifference]:
    """Before go 1.14 the file did not mark what go.mod requires: only versions can be compared then."""
    explicit = {(each.path, each.version) for each in vendored if each.explicit}
    versions = {each.path: each.version for each in vendored if each.packages or marked}
    for each in required:
        there = versions.get(each.path, "")
        wrong = (each.path, each.version) not in explicit if marked else there not in ("", each.version)
        if wrong:
            yield VendorDifference(each.path, each.version, there)


def _of_replacements(
    replacements: Replacements, vendored: tuple[Vendored, ...], marked: bool, place: Path | None
) -> Iterator[VendorDifference]:
    said = {(each.path, each.version): each.replaced_by for each in vendored if each.replaced_by}
    packages = {(each.path, each.version) for each in vendored if each.packages}
    own = {each.gomod.module for each in replacements.mains}
    for each, root in replacements.all():
        key = each.path, each.version
        if each.path in own and not each.version:
            continue
        found = replacements.of(*key) or (each, root)
        wanted = _canonical(*found, place)
        there = said.get(key, "")
        if there != wanted and (there or marked or key in packages):
            yield VendorDifference(each.path, f"=> {wanted}", f"=> {there}" if there else "")


def _canonical(each: Replace, root: Root, place: Path | None) -> str:
    """Return a replacement as the file spells it: directories of a workspace's modules are told from go.work's."""
    if each.new_version or not each.local or os.path.isabs(each.new_path):
        return f"{each.new_path} {each.new_version}".strip()
    if place is None or root.directory is None or root.directory == place:
        return each.new_path
    relative = os.path.relpath(root.directory / each.new_path, place).replace(os.sep, "/")
    return relative if relative.startswith("..") else f"./{relative}"
