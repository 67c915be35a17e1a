"""From what a walk found to what the rules say of it: facts of every kind, each through the rules for its kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from goxray.audit.config import reading
from goxray.audit.facts import BinaryUnit, ConfigUnit, ModuleUnit
from goxray.audit.marks import Mark, marks_in
from goxray.audit.modules.advisories import Database
from goxray.audit.modules.cache import ModuleCache
from goxray.audit.modules.compare import paired
from goxray.audit.modules.imports import imports_of
from goxray.audit.modules.reach import in_binary, in_source, wanted
from goxray.audit.modules.unit import Loader
from goxray.audit.policy import Policy
from goxray.audit.registry import all_rules
from goxray.audit.rule import Hit, Rule
from goxray.audit.scan import PackageScan, scan
from goxray.audit.walked import FoundModule, Tree
from goxray.core.audit_result import Evidence, FileHealth
from goxray.core.errors import GoxrayError, NotAGoProgram

if TYPE_CHECKING:
    from goxray.audit.types.exact import ExactTypes

Progress = Callable[[str, float], None]
U = TypeVar("U", ConfigUnit, ModuleUnit, BinaryUnit)

_MODULE_LINE = re.compile(rb"^(?:module|go|use)\b", re.MULTILINE)


class ReadBinary(Protocol):
    """How an executable is read: path, and what findings call it."""

    def __call__(self, path: Path, shown: str) -> BinaryUnit:
        """Return the facts of an executable.

        Raises:
            NotAGoProgram: no Go build made it.
            GoxrayError: it cannot be read.
        """


@dataclass(frozen=True)
class Means:
    """What gathering needs beside the files: policy, advisories, the module cache, folders, and who is told."""

    policy: Policy
    database: Database
    modules: ModuleCache
    read_binary: ReadBinary
    exact: ExactTypes | None = None
    cache: Path | None = None
    jobs: int = 0
    progress: Progress = lambda _phase, _fraction: None


@dataclass
class Gathered:
    """What the rules found, and what became of every file. ``first`` is a file's line that stands for the whole file.

    ``foreign`` are executables that no Go build made. ``incomplete`` are modules whose go.mod is not on this machine.
    """

    hits: list[tuple[str, Hit]] = field(default_factory=list)
    health: list[FileHealth] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    sources: list[tuple[ModuleUnit, FoundModule]] = field(default_factory=list)
    """Modules and workspaces, with where each was found."""
    binaries: list[BinaryUnit] = field(default_factory=list)
    packages: dict[str, PackageScan] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)
    incomplete: set[str] = field(default_factory=set)

    @property
    def modules(self) -> list[ModuleUnit]:
        """The modules and workspaces."""
        return [unit for unit, _ in self.sources]

    @property
    def lines(self) -> int:
        """Lines of Go source."""
        return sum(each.lines for each in self.packages.values())

    @property
    def bytes(self) -> int:
        """Bytes of Go source."""
        return sum(each.bytes for each in self.packages.values())

    @property
    def reused(self) -> int:
        """Files whose facts came from the cache."""
        return sum(each.reused for each in self.packages.values())


def active_rules(policy: Policy) -> tuple[Rule, ...]:
    """Return the rules that a policy's profile has and that the policy does not turn off."""
    rules = all_rules()
    return tuple(each for each in rules if policy.profile in each.info.profiles and each.info.id not in policy.disabled)


def gather(tree: Tree, means: Means, *, known: Iterable[PackageScan] = ()) -> Gathered:
    """Run every rule over what a walk found.

    ``known`` are packages that are not scanned here and count as they were found elsewhere: a revision's that did not
    change.

    Raises:
        NotInstalled: Go source is there and the parser is not installed on this machine.
    """
    found = Gathered()
    rules = active_rules(means.policy)
    _load_modules(tree, means, found)
    _load_binaries(tree, means, found)
    _scan(tree, means, found)
    scans = [*found.packages.values(), *known]
    found.sources = [
        (_reached(_with_imports(unit, scans), where, tree, scans, means), where) for unit, where in found.sources
    ]
    found.binaries = list(paired(found.binaries, found.modules))
    found.hits += _of_modules(rules, means.policy, found)
    for binary in found.binaries:
        found.hits += _checked(rules, binary, means.policy, found.health, "binary")
    _configs(tree, means, rules, found)
    return found


def _of_modules(rules: Sequence[Rule], policy: Policy, found: Gathered) -> Iterator[tuple[str, Hit]]:
    """Give what module rules find; of a workspace only what none of its modules has already."""
    told: dict[str, set[tuple[str, str]]] = {}
    for unit in sorted(found.modules, key=lambda each: bool(each.workspace)):
        members = {key for member in unit.workspace for key in told.get(member, ())}
        for rule, hit in _checked(rules, unit, policy, found.health, "module"):
            told.setdefault(unit.module, set()).add((rule, hit.text))
            if (rule, hit.text) not in members:
                yield rule, hit


def _scan(tree: Tree, means: Means, found: Gathered) -> None:
    def told(done: int, of: int) -> None:
        means.progress("source", 0.1 + 0.8 * done / max(of, 1))

    scans = scan(
        tree.packages,
        means.policy,
        jobs=means.jobs,
        cache=means.cache,
        wanted=wanted(found.modules),
        exact=means.exact,
        progress=told,
    )
    for each in scans:
        found.packages[each.path] = each
        found.hits += each.hits
        found.health += each.health
        found.marks += each.marks


def _load_modules(tree: Tree, means: Means, found: Gathered) -> None:
    for each in tree.modules:
        means.progress("modules", 0.02)
        loader = Loader(each.root, means.modules, means.database)
        loaded = loader.workspace(each.directory) if each.workspace else loader.module(each.directory)
        found.incomplete.update(loaded.incomplete)
        found.health += [replace(health, path=each.prefix + health.path) for health in loaded.unhealthy]
        if loaded.unit is not None:
            unit = replace(loaded.unit, path=each.prefix + loaded.unit.path)
            found.sources.append((unit, each))
            found.health.append(FileHealth(unit.path, "module", "parsed"))
            _comments_of(each, unit.path, found)


def _comments_of(module: FoundModule, shown: str, found: Gathered) -> None:
    """Read the comments of a go.mod or go.work, and which of its lines stands for the whole file."""
    try:
        text = (module.directory / ("go.work" if module.workspace else "go.mod")).read_bytes()
    except OSError:
        return
    found.marks += marks_in(text, shown)
    match = _MODULE_LINE.search(text)
    found.first[shown] = text.count(b"\n", 0, match.start()) + 1 if match else 1


def _load_binaries(tree: Tree, means: Means, found: Gathered) -> None:
    for each in tree.binaries:
        means.progress(f"binary {each.shown}", 0.05)
        try:
            found.binaries.append(in_binary(means.read_binary(each.path, each.shown), means.database))
        except GoxrayError as error:
            if isinstance(error, NotAGoProgram) and each.shown not in tree.named:
                found.foreign.append(each.shown)
                continue
            said = str(error).removeprefix(f"{each.shown}: ").removeprefix(f"{each.shown} ")
            found.health.append(FileHealth(each.shown, "binary", "failed", said))
        else:
            found.health.append(FileHealth(each.shown, "binary", "parsed"))


def _configs(tree: Tree, means: Means, rules: Sequence[Rule], found: Gathered) -> None:
    for number, each in enumerate(tree.configs):
        means.progress("configuration", 0.9 + 0.1 * number / len(tree.configs))
        unit, health = _read_config(each.path, each.shown)
        found.health.append(health)
        if unit is not None:
            found.hits += _checked(rules, unit, means.policy, found.health, "config")
            found.marks += marks_in(unit.text.encode("utf-8", "surrogatepass"), each.shown)


def _read_config(path: Path, shown: str) -> tuple[ConfigUnit | None, FileHealth]:
    """Read a configuration file. One that is not understood (a template, say) is looked at as plain text."""
    loaded = reading.load(path, shown)
    if isinstance(loaded, ConfigUnit):
        return loaded, FileHealth(shown, "config", "parsed")
    kind = reading.kind_of(shown)
    try:
        raw = path.read_bytes() if path.stat().st_size <= reading.LARGEST else b"\0"
    except OSError:
        return None, loaded
    if b"\0" in raw or kind is None:
        return None, loaded
    unit = ConfigUnit(shown, kind, raw.decode("utf-8", "replace"), {}, (), {})
    return unit, replace(loaded, status="partial", detail=f"{loaded.detail}; it was looked at as plain text")


def _with_imports(unit: ModuleUnit, scans: Iterable[PackageScan]) -> ModuleUnit:
    """Tell a module which packages of cryptography its own packages import."""
    base = unit.path.rpartition("/")[0]
    below = (each for each in scans if not base or each.path == base or each.path.startswith(f"{base}/"))
    return replace(unit, imports_crypto=frozenset(path for each in below for path in each.crypto_imports))


def _reached(
    unit: ModuleUnit, where: FoundModule, tree: Tree, scans: Iterable[PackageScan], means: Means
) -> ModuleUnit:
    """Mark a module's advisories by what its packages mention and import; without any nothing is read for it."""
    if not unit.advisories:
        return unit
    base = unit.path.rpartition("/")[0]
    below = [each for each in scans if not base or each.path == base or each.path.startswith(f"{base}/")]
    return in_source(unit, below, imports_of(unit, tree.packages, where.directory, means.modules))


def _checked(
    rules: Sequence[Rule], unit: U, policy: Policy, health: list[FileHealth], kind: Evidence
) -> Iterator[tuple[str, Hit]]:
    """Give what the rules for a kind of facts find; a rule that fails costs its own hits there, and is told."""
    for rule in rules:
        check: Callable[[U, Policy], Iterator[Hit]] | None = getattr(rule, kind)
        if check is None:
            continue
        try:
            yield from [(rule.info.id, hit) for hit in check(unit, policy)]
        except Exception as error:  # A mistake in one rule may not end the audit of everything else.
            said = f"{rule.info.id} failed here and found nothing: {type(error).__name__}: {error}"
            health.append(FileHealth(unit.path, kind, "partial", said))
