"""The audit for the interfaces: a run, the catalogue of rules, baselines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from goxray.core.audit_result import PROFILES, AuditResult, Profile, RuleInfo, Severity
from goxray.core.errors import UsageError

if TYPE_CHECKING:
    from goxray.audit.policy import Policy

__all__ = ["AuditOptions", "audit", "baseline_text", "reached", "rules"]

Progress = Callable[[str, float], None]


class AuditOptions(TypedDict, total=False):
    """How to audit; what is left out has the value in brackets.

    Attributes:
        profile: Which demands hold (the policy's, else ``default``).
        policy: A goxray.toml (the one of the first directory, or of the first file's where no directory is named, or
            the nearest one above it up to the root of its repository).
        exclude: Patterns of paths that are left out (:func:`goxray.audit.patterns.covers`), beside the policy's.
        vendor: Look at the code of vendor directories too (no).
        baseline: A file with findings that are accepted: of :func:`baseline_text`, or a report as JSON.
        diff: A git revision; findings that it has already are marked as old.
        types: Ask the user's Go toolchain for exact types (no).
        go: Which one: a release, a GOROOT or a ``go`` command (the user's).
        vulndb: A directory with OSV files, as the Go vulnerability database exports them.
        cover: A profile of ``go test -coverprofile``, for the figures of debt.
        openapi: An OpenAPI file, held against the routes in code.
        manifests: Rendered manifests of two or more environments, held against each other.
        cache: Keep what was found in goxray's cache directory, and use what an earlier run kept there (yes).
        jobs: Worker processes; 0 for as many as there are processors (0).
        today: The day that decides which suppressions have run out (the machine's date).
        progress: Called with a phase and the fraction done.
    """

    profile: Profile | None
    policy: str | Path | None
    exclude: Sequence[str]
    vendor: bool
    baseline: str | Path | None
    diff: str
    types: bool
    go: str
    vulndb: str | Path | None
    cover: str | Path | None
    openapi: str | Path | None
    manifests: Sequence[str | Path]
    cache: bool
    jobs: int
    today: date | None
    progress: Progress | None


def audit(paths: Sequence[str | Path], **given: Unpack[AuditOptions]) -> AuditResult:
    """Hold modules, workspaces and Go binaries against the rules of regulated systems. Nothing is run or fetched.

    ``paths`` are modules, workspaces, directories, binaries, single files; see :class:`AuditOptions` for the rest.

    Raises:
        UsageError: a path, file, pattern, revision or rule that was named means nothing.
        NotInstalled: the parser of Go source, or git for ``diff``, is not on this machine.
        ToolchainError: there is no toolchain for ``types``.
    """
    from goxray.audit.baseline import read_baseline
    from goxray.audit.run import Request, run
    from goxray.target.toolchains import cache_dir

    if not paths:
        raise UsageError("nothing to audit", hint="name a module, a workspace or a Go binary: goxray audit .")
    baseline = _path(given.get("baseline"))
    request = Request(
        roots=tuple(Path(each) for each in paths),
        policy=_policy(paths, given.get("policy"), given.get("profile")),
        today=given.get("today") or date.today(),
        exclude=tuple(given.get("exclude", ())),
        vendor=given.get("vendor", False),
        baseline=read_baseline(baseline) if baseline is not None else None,
        revision=given.get("diff", ""),
        types=given.get("types", False),
        go=given.get("go", ""),
        vulndb=_path(given.get("vulndb")),
        cover=_path(given.get("cover")),
        openapi=_path(given.get("openapi")),
        manifests=tuple(Path(each) for each in given.get("manifests", ())),
        cache=cache_dir() / "audit" if given.get("cache", True) else None,
        jobs=given.get("jobs", 0),
    )
    progress = given.get("progress")
    return run(replace(request, progress=progress) if progress is not None else request)


def rules(names: Sequence[str] = ()) -> tuple[RuleInfo, ...]:
    """Return the catalogue by id, or the rules named.

    Raises:
        UsageError: there is no such rule.
    """
    from goxray.audit.run import catalogue

    known = catalogue()
    for name in names:
        if name.upper() not in known:
            raise UsageError(f"there is no rule {name}", hint="goxray audit rules lists them")
    wanted = {name.upper() for name in names}
    return tuple(info for rule, info in known.items() if not wanted or rule in wanted)


def baseline_text(result: AuditResult) -> str:
    """Return a baseline of a run's findings: those that neither a comment nor the policy accepts."""
    from goxray.audit import baseline

    return baseline.baseline_text(result.findings)


def reached(result: AuditResult, severity: Severity) -> bool:
    """Whether a finding that nobody accepts, and that is new where a revision was compared with, is so severe."""
    from goxray.audit import judge

    return judge.reached(result.findings, severity)


def _policy(paths: Sequence[str | Path], policy: str | Path | None, profile: Profile | None) -> Policy:
    from goxray.audit.policy import Policy
    from goxray.audit.policyfile import find_policy, read_policy

    place = Path(policy) if policy is not None else None
    if place is None:
        first = next((Path(each) for each in paths if Path(each).is_dir()), Path(paths[0]).parent)
        place = find_policy(first.resolve())
    found = read_policy(place) if place is not None else Policy()
    if profile is None:
        return found
    if profile not in PROFILES:
        raise UsageError(f"{profile} is no profile", hint=f"one of {', '.join(PROFILES)}")
    return replace(found, profile=profile)


def _path(given: str | Path | None) -> Path | None:
    return Path(given) if given is not None else None
