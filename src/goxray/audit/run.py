"""The run of the audit: what is there, what the rules say of it, and what of that is accepted or was there before."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from goxray.audit.baseline import Baseline
from goxray.audit.binaries.read import looks_executable, read_binary
from goxray.audit.certificates import certificates_of
from goxray.audit.difference import before
from goxray.audit.gather import Gathered, Means, Progress, active_rules, gather
from goxray.audit.judge import Court, check_policy, judge, plain
from goxray.audit.modules.advisories import Database, read_database, staleness
from goxray.audit.modules.cache import ModuleCache
from goxray.audit.policy import Policy
from goxray.audit.registry import all_rules
from goxray.audit.run_notes import notes_on
from goxray.audit.suppress import RULE as UNSUPPRESSED
from goxray.audit.walk import walk
from goxray.audit.walked import Choice, Tree
from goxray.core.audit_result import AuditFinding, AuditResult, Debt, FileCounts, FileHealth, Module, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.types.exact import ExactTypes


@dataclass(frozen=True)
class Request:
    """What to audit and how; see :func:`goxray.api_audit.audit`."""

    roots: tuple[Path, ...]
    policy: Policy
    today: date
    exclude: tuple[str, ...] = ()
    vendor: bool = False
    baseline: Baseline | None = None
    revision: str = ""
    types: bool = False
    go: str = ""
    vulndb: Path | None = None
    cover: Path | None = None
    openapi: Path | None = None
    manifests: tuple[Path, ...] = ()
    cache: Path | None = None
    jobs: int = 0
    progress: Progress = lambda _phase, _fraction: None


def catalogue() -> dict[str, RuleInfo]:
    """Return every rule by id, that about suppressions last."""
    return {each.info.id: each.info for each in all_rules()} | {UNSUPPRESSED.id: UNSUPPRESSED}


def run(request: Request) -> AuditResult:
    """Audit.

    Raises:
        UsageError: a root does not exist, nothing there can be audited, the policy names a rule that there is not, the
            revision means nothing.
        NotInstalled: the parser of Go source, or git for ``revision``, is not on this machine.
        ToolchainError: there is no toolchain for ``types``.
        GoxrayError: git failed.
    """
    known = catalogue()
    check_policy(request.policy, known)
    request.progress("files", 0.0)
    choice = _choice(request)
    tree = walk(request.roots, choice)
    database = read_database(request.vulndb) if request.vulndb is not None else Database()
    exact = _exact(request, tree)
    means = _means(request, database, exact)
    court = _court(request, known, tree)
    gathered = gather(tree, means)
    found, notes = judge(gathered.hits, gathered.marks, gathered.first, court)
    commits: list[str] = []
    if request.revision:
        found, commits = _against(request.revision, found, tree, gathered, means, court, choice)
    debts, told = _debts(request, tree, gathered, means)
    health = [*tree.unhealthy, *gathered.health, *database.unhealthy]
    modules = _modules(gathered)
    held = [*modules, *(module for each in gathered.binaries for module in each.facts.modules)]
    seen = notes_on(tree, gathered, request.baseline, found, compared=bool(request.revision), exact=exact is not None)
    aged = staleness(database, request.today) if request.vulndb is not None else None
    return AuditResult(
        roots=tuple(plain(str(each)) for each in request.roots),
        profile=request.policy.profile,
        rules=(*(each.info for each in active_rules(request.policy)), UNSUPPRESSED),
        findings=tuple(found),
        files=_counts(health, gathered),
        unhealthy=tuple(_unhealthy(health)),
        modules=modules,
        binaries=tuple(each.facts for each in gathered.binaries),
        debts=debts,
        database_date=database.date,
        database=request.vulndb is not None,
        policy=court.policy_path,
        notes=(*seen, *notes, *told, *(exact.notes if exact is not None else ()), *([aged] if aged else [])),
        reused=gathered.reused,
        toolchain=exact.toolchain if exact is not None else "",
        compared=_compared(request.revision, commits),
        certificates=certificates_of(held, request.policy),
    )


def _means(request: Request, database: Database, exact: ExactTypes | None) -> Means:
    """Return what the rules look with."""
    return Means(
        policy=request.policy,
        database=database,
        modules=ModuleCache.of_user(),
        read_binary=read_binary,
        exact=exact,
        cache=request.cache / "scan" if request.cache is not None else None,
        jobs=request.jobs,
        progress=request.progress,
    )


def _exact(request: Request, tree: Tree) -> ExactTypes | None:
    """Ask the user's toolchain about every module, where that is wanted."""
    if not request.types:
        return None
    from goxray.audit.types.gather import exact_types_of, places

    request.progress("types", 0.01)
    modules = [each.directory for each in tree.modules if not each.workspace]
    return exact_types_of(places(request.roots if tree.packages else (), modules), request.go)


def _debts(
    request: Request, tree: Tree, gathered: Gathered, means: Means
) -> tuple[tuple[Debt, ...], tuple[Words, ...]]:
    """Return the figures of debt of the modules audited, and what is to be told of them; none of binaries alone."""
    from goxray.audit.health.figures import HealthInputs, measure

    if not tree.packages and not tree.modules:
        return (), ()
    roots = [(unit.module, where.directory) for unit, where in gathered.sources if unit.module]
    selected = [module for unit in gathered.modules for module in unit.selected]
    advisories = [advisory for unit in gathered.modules for advisory in unit.advisories if not advisory.assumed]
    told: list[Words] = []
    cached = means.modules.root
    inputs = HealthInputs(
        root=tree.roots[0].path if tree.roots else request.roots[0].resolve(),
        today=request.today,
        module_roots=tuple(roots),
        packages=tuple(tree.packages),
        modules=tuple(dict.fromkeys(selected)) if gathered.modules else None,
        advisories=tuple(advisories) if request.vulndb is not None else None,
        database_date=means.database.date,
        lines=gathered.lines,
        releases=(cached / "cache" / "download",) if cached is not None else (),
        cover=request.cover,
        manifests=request.manifests,
        openapi=request.openapi,
        store=request.cache / "trend" if request.cache is not None else None,
    )
    return measure(inputs, told.append), tuple(told)


def _choice(request: Request) -> Choice:
    home = Path(os.path.realpath(request.policy.path)).parent if request.policy.path else None
    return Choice(
        exclude=request.exclude,
        policy_exclude=request.policy.exclude,
        home=home,
        vendor=request.vendor,
        executable=looks_executable,
    )


def _court(request: Request, known: dict[str, RuleInfo], tree: Tree) -> Court:
    return Court(
        rules=known,
        ran=frozenset(each.info.id for each in active_rules(request.policy)),
        policy=request.policy,
        baseline=request.baseline,
        today=request.today,
        policy_path=_policy_path(request),
        from_policy=tree.from_policy,
    )


def _policy_path(request: Request) -> str:
    """Return what the policy's file is called: its path from the first directory, so that it is the same anywhere."""
    if not request.policy.path:
        return ""
    folder = next((each for each in request.roots if each.is_dir()), request.roots[0].parent)
    return plain(Path(os.path.relpath(os.path.realpath(request.policy.path), folder.resolve())).as_posix())


def _against(
    name: str,
    found: Iterable[AuditFinding],
    tree: Tree,
    gathered: Gathered,
    means: Means,
    court: Court,
    choice: Choice,
) -> tuple[list[AuditFinding], list[str]]:
    """Mark the findings that a revision has too as old ones."""
    with tempfile.TemporaryDirectory(prefix="goxray-audit-") as folder:
        old = before(tree, name, choice, Path(folder).resolve())
        unchanged = [scan for path, scan in gathered.packages.items() if path in old.packages]
        kept = [each for each in old.tree.packages if each.path not in old.packages]
        old.tree.packages = kept
        kept_then = means.cache.with_name("before") if means.cache is not None else None
        apart = replace(means, exact=None, cache=kept_then, progress=lambda _phase, _fraction: None)
        then = gather(old.tree, apart, known=unchanged)
    had = {each.fingerprint for each in judge(then.hits, then.marks, then.first, court)[0]}
    same = {plain(each) for each in old.same}
    marked = [replace(each, new=each.place.path not in same and each.fingerprint not in had) for each in found]
    return marked, old.commits


def _compared(name: str, commits: list[str]) -> str:
    """Return the revision's name with the commit that it means now."""
    short = sorted({each[:12] for each in commits})
    return f"{name} ({', '.join(short)})" if name else ""


def _worst(health: Iterable[FileHealth]) -> dict[tuple[str, str], FileHealth]:
    """Return one entry for each file: the worst."""
    rank = ("parsed", "partial", "failed")
    worst: dict[tuple[str, str], FileHealth] = {}
    for each in health:
        key = (each.path, each.kind)
        if key not in worst or rank.index(each.status) > rank.index(worst[key].status):
            worst[key] = each
    return worst


def _counts(health: Iterable[FileHealth], gathered: Gathered) -> FileCounts:
    status = [each.status for each in _worst(health).values()]
    return FileCounts(
        parsed=status.count("parsed"),
        partial=status.count("partial"),
        failed=status.count("failed"),
        lines=gathered.lines,
        bytes=gathered.bytes,
    )


def _unhealthy(health: Iterable[FileHealth]) -> list[FileHealth]:
    """Return what did not go well, every line once, in order of path."""
    found = {replace(each, path=plain(each.path), detail=plain(each.detail)): None for each in health}
    wrong = [each for each in found if each.status != "parsed"]
    return sorted(wrong, key=lambda each: (each.path, each.kind, each.status, each.detail))


def _modules(gathered: Gathered) -> tuple[Module, ...]:
    """Return the modules of all build lists, each version once, main ones first."""
    every = [module for unit in gathered.modules for module in unit.selected]
    every += [Module(unit.module, "", main=True) for unit in gathered.modules if unit.module]
    found: dict[tuple[str, str], Module] = {}
    for each in every:
        found.setdefault((each.path, each.version), each)
    return tuple(sorted(found.values(), key=lambda each: (not each.main, each.path, each.version)))
