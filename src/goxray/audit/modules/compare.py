"""A binary held against the source that it should come from: what was built differs from what the module files say.

``paired`` gives each binary its source. A run calls it once with every binary and every module or workspace that was
found below the audited paths, before rules see them; BLD007 then asks ``differences``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from goxray.audit.facts import BinaryUnit, ModuleUnit
from goxray.audit.modules.versions import older_go
from goxray.core.audit_result import BinaryFacts, Module

Kind = Literal["version", "replaced", "sum", "extra", "missing", "go", "revision", "modified"]

_DEVELOPED = "(devel)"


@dataclass(frozen=True)
class Difference:
    """One difference: ``source`` is what the module files say, ``binary`` what was built; empty for nothing.

    ``module`` is the module concerned; empty for the kinds ``go``, ``revision`` and ``modified``.
    """

    kind: Kind
    module: str
    source: str
    binary: str


def paired(binaries: Iterable[BinaryUnit], modules: Sequence[ModuleUnit]) -> tuple[BinaryUnit, ...]:
    """Return the binaries, each with the unit of its main module as ``source`` where one is among those audited.

    The main module's path decides. Where a workspace holds the module and the binary says that it was built in one
    (another module of the workspace is in it without a version), the workspace is its source, else the module itself.
    Where several modules have that path (a copy beside the original) none is taken: nobody can tell which.
    """
    return tuple(replace(each, source=_source(each.facts, modules)) for each in binaries)


def _source(facts: BinaryFacts, modules: Sequence[ModuleUnit]) -> ModuleUnit | None:
    main = next((each.path for each in facts.modules if each.main), "")
    if not main:
        return None
    plain = {each.path for each in facts.modules if not each.main and each.version == _DEVELOPED}
    together = [each for each in modules if main in each.workspace]
    alone = [each for each in modules if each.module == main and not each.workspace]
    if len(together) == 1 and (plain & set(together[0].workspace) or not alone):
        return together[0]
    return alone[0] if len(alone) == 1 else None


def differences(facts: BinaryFacts, source: ModuleUnit) -> tuple[Difference, ...]:
    """Return how a binary differs from its source, by kind as listed there, then by module.

    Modules that go.mod requires and the binary lacks are told (``missing``) for direct requirements alone: what is
    linked is what the program's packages import, and tests and tools need more.
    """
    own = {source.module, *source.workspace}
    built = {each.path: each for each in facts.modules if not each.main and each.path not in own}
    listed = {each.path: each for each in source.selected}
    found = [each for path in built.keys() & listed.keys() for each in _between(listed[path], built[path])]
    found += [Difference("extra", path, "", _spelled(built[path])) for path in built.keys() - listed.keys()]
    direct = {path for path, each in listed.items() if not each.indirect}
    found += [Difference("missing", path, _spelled(listed[path]), "") for path in direct - built.keys()]
    found += _of_the_build(facts, source)
    return tuple(sorted(found, key=lambda each: (_KINDS.index(each.kind), each.module)))


_KINDS: tuple[Kind, ...] = ("version", "replaced", "sum", "extra", "missing", "go", "revision", "modified")


def _between(listed: Module, built: Module) -> Iterator[Difference]:
    wanted, got = _replacement(listed), _replacement(built)
    if wanted != got:
        kind: Kind = "replaced" if listed.version == built.version else "version"
        yield Difference(kind, listed.path, _spelled(listed), _spelled(built))
    elif not wanted and listed.version != built.version:
        yield Difference("version", listed.path, listed.version, built.version)
    elif listed.sum and built.sum and listed.sum != built.sum:
        yield Difference("sum", listed.path, listed.sum, built.sum)


def _of_the_build(facts: BinaryFacts, source: ModuleUnit) -> Iterator[Difference]:
    least = source.toolchain_line if older_go(source.go_line, source.toolchain_line) else source.go_line
    if least and older_go(facts.go_version, least):
        yield Difference("go", "", least, facts.go_version)
    revision = facts.settings.get("vcs.revision", "")
    if revision and source.revision and revision != source.revision:
        yield Difference("revision", "", source.revision, revision)
    if facts.settings.get("vcs.modified") == "true":
        yield Difference("modified", "", "", revision)


def _replacement(module: Module) -> str:
    """Return what stands for a module; a directory has no version, which a binary spells ``(devel)``."""
    return module.replaced_by.removesuffix(_DEVELOPED).strip()


def _spelled(module: Module) -> str:
    instead = _replacement(module)
    return f"{module.version} => {instead}" if instead else module.version
