"""A bill of materials: of a module or workspace by its files and imports, of a binary by what it says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from goxray.audit.binaries.crypto import algorithms, packages
from goxray.audit.facts import BinaryUnit, ModuleUnit
from goxray.audit.modules.cache import ModuleCache
from goxray.audit.modules.imports import Imports, imports_of
from goxray.audit.modules.licences import licence_of
from goxray.audit.modules.replacing import stands_for
from goxray.audit.modules.unit import Loaded
from goxray.audit.modules.versions import names_a_release, older_go
from goxray.audit.scanned import PackageFiles
from goxray.core.audit_result import Module
from goxray.core.sbom_result import BillOfMaterials, CryptoPart, Part, Scope

_DEVELOPED = "(devel)"


def bill_of_source(
    unit: ModuleUnit, loaded: Loaded, walked: Sequence[PackageFiles], directory: Path, cache: ModuleCache
) -> BillOfMaterials:
    """Return what a module or workspace is made of.

    Args:
        unit: its facts.
        loaded: what they were made from.
        walked: the packages below its directory.
        directory: where its go.mod or go.work lies.
        cache: the user's module cache, for licences, imports and the dependencies' requirements.
    """
    imports = imports_of(unit, walked, directory, cache)
    edges = loaded.selection.edges
    parts = _once(
        replace(
            _part(each, _directory(each, directory, unit, cache)),
            scope=_scope(each.path, unit.selected, imports),
            requires=_among(edges.get(each.path), unit.selected),
        )
        for each in unit.selected
    )
    least = unit.toolchain_line.removeprefix("go") or unit.go_line
    return BillOfMaterials(
        kind="workspace" if unit.workspace else "module",
        name=unit.module or directory.resolve().name,
        version="",
        go_version=unit.go_line if older_go(least, unit.go_line) else least,
        go_assumed=True,
        parts=parts,
        direct=tuple(each.path for each in unit.selected if not each.indirect),
        crypto=_crypto(path for path in imports.importers if not _own(path, unit)),
        complete=imports.whole and not loaded.incomplete and all(each.requires is not None for each in parts),
        revision=unit.revision,
        members=unit.workspace,
    )


def bill_of_binary(unit: BinaryUnit, cache: ModuleCache) -> BillOfMaterials:
    """Return what a binary is made of. It does not say which module wanted which: the module cache may."""
    facts = unit.facts
    linked = tuple(each for each in facts.modules if not each.main)
    main = next((each for each in facts.modules if each.main), Module(facts.main_path, ""))
    parts = _once(
        replace(
            _part(each, cache.source(*stands_for(each))),
            scope="required",
            requires=_among(_required(each, cache), linked),
        )
        for each in linked
    )
    release = facts.go_version.removeprefix("go")
    crypto = [each for each in _crypto(packages(unit.functions)) if each.name in facts.crypto]
    named = {each.name for each in crypto}
    crypto += [CryptoPart(each, library=True) for each in facts.crypto if each not in named]
    return BillOfMaterials(
        kind="binary",
        name=main.path or Path(facts.path).name,
        version="" if main.version == _DEVELOPED else main.version,
        go_version=release if names_a_release(release) else facts.go_version,
        parts=parts,
        direct=tuple(each.path for each in parts),
        crypto=tuple(crypto),
        complete=False,
        subject=facts.main_path if facts.main_path != main.path else "",
        revision=facts.settings.get("vcs.revision", ""),
        sha256=facts.sha256,
        size=facts.size,
        os=facts.os,
        arch=facts.arch,
        settings=tuple(sorted(facts.settings.items())),
    )


def _once(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Return each part once, by path and version: one fork may stand for several modules."""
    found: dict[tuple[str, str], Part] = {}
    for each in parts:
        found.setdefault((each.path, each.version), each)
    return tuple(found[key] for key in sorted(found))


def _part(module: Module, source: Path | None) -> Part:
    path, version = stands_for(module)
    other = (path, version) != (module.path, module.version)
    directory = "" if other else module.replaced_by.removesuffix(_DEVELOPED).strip()
    return Part(
        path=path,
        version="" if version == _DEVELOPED else version,
        sum="" if directory else module.sum,
        replaces=f"{module.path} {module.version}".strip() if other else "",
        directory=directory,
        licence=licence_of(source) if source is not None else "",
        indirect=module.indirect,
    )


def _directory(module: Module, root: Path, unit: ModuleUnit, cache: ModuleCache) -> Path | None:
    if module.replaced_by and " " not in module.replaced_by:
        return root / module.replaced_by
    vendored = root / "vendor" / module.path
    return vendored if unit.vendored is not None and vendored.is_dir() else cache.source(*stands_for(module))


def _scope(path: str, modules: Iterable[Module], imports: Imports) -> Scope:
    """A package belongs to the module with the longest path that begins it."""
    others = [each.path for each in modules if each.path != path and each.path.startswith(f"{path}/")]
    for package in imports.importers:
        inner = any(package == each or package.startswith(f"{each}/") for each in others)
        if (package == path or package.startswith(f"{path}/")) and not inner:
            return "required"
    return "excluded" if imports.whole else ""


def _required(module: Module, cache: ModuleCache) -> tuple[str, ...] | None:
    gomod = cache.gomod(*stands_for(module))
    return None if gomod is None else tuple(each.path for each in gomod.requirements)


def _among(paths: Iterable[str] | None, modules: Iterable[Module]) -> tuple[str, ...] | None:
    """Return those of some required paths that are parts, by the path of what stands for them."""
    if paths is None:
        return None
    built: Mapping[str, str] = {each.path: stands_for(each)[0] for each in modules}
    return tuple(sorted({built[path] for path in paths if path in built}))


def _own(package: str, unit: ModuleUnit) -> bool:
    mine = {unit.module, *unit.workspace} - {""}
    return any(package == each or package.startswith(f"{each}/") for each in mine)


def _crypto(linked: Iterable[str]) -> tuple[CryptoPart, ...]:
    found: dict[str, set[str]] = {}
    for package in linked:
        for name in algorithms([package]):
            found.setdefault(name, set()).add(package)
    return tuple(CryptoPart(name, tuple(sorted(found[name]))) for name in sorted(found))
