"""From what the rules found to findings: severity by policy, fingerprints, what somebody accepts, a fixed order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from goxray.audit.baseline import Baseline
from goxray.audit.binaries.platforms import matrix
from goxray.audit.fingerprint import fingerprints
from goxray.audit.marks import Mark
from goxray.audit.policy import Policy
from goxray.audit.rule import Hit
from goxray.audit.suppress import RULE as UNSUPPRESSED
from goxray.audit.suppress import by_baseline, by_marks, by_policy
from goxray.core.audit_result import SEVERITIES, AuditFinding, RuleInfo, Severity, Step
from goxray.core.errors import UsageError
from goxray.core.words import Words

_ARCHES = ("386", "amd64", "arm", "arm64", "loong64", "mips64", "mips64le", "ppc64", "ppc64le", "riscv64", "s390x")
"""Machines for servers that Go builds for (internal/goarch)."""


@dataclass(frozen=True)
class Court:
    """What findings are judged by: every rule of the catalogue, those that looked, the policy, the baseline, the day.

    ``policy_path`` is what the policy's file is called in findings about it, ``from_policy`` gives a finding's path as
    the policy's patterns see it.
    """

    rules: Mapping[str, RuleInfo]
    ran: frozenset[str]
    policy: Policy
    baseline: Baseline | None
    today: date
    policy_path: str = ""
    from_policy: Callable[[str], str] = str


def judge(
    hits: Iterable[tuple[str, Hit]], marks: Iterable[Mark], first: Mapping[str, int], court: Court
) -> tuple[list[AuditFinding], list[Words]]:
    """Return findings in order of path, line, column and rule, and notes on acceptances that concern nothing."""
    found = findings(hits, court)
    known = frozenset(court.rules)
    found, wrong = by_marks(found, marks, known=known, ran=court.ran, today=court.today, first=first)
    found += _unsuppressed(wrong, court)
    found, over, notes = by_policy(
        found, court.policy.accepted, court.today, path=court.policy_path, from_policy=court.from_policy
    )
    found += _unsuppressed(over, court)
    return sorted(by_baseline(found, court.baseline), key=_order), notes


def _unsuppressed(hits: Iterable[Hit], court: Court) -> list[AuditFinding]:
    """Make findings of suppressions that accept nothing, unless the policy turns that off."""
    off = UNSUPPRESSED.id in court.policy.disabled
    return [] if off else findings(((UNSUPPRESSED.id, hit) for hit in hits), court)


def findings(hits: Iterable[tuple[str, Hit]], court: Court) -> list[AuditFinding]:
    """Make findings of hits; nothing is accepted yet."""
    ordered = sorted(hits, key=_hit_order)
    return [_finding(rule, hit, mark, court) for (rule, hit), mark in zip(ordered, fingerprints(ordered), strict=True)]


def check_policy(policy: Policy, known: Mapping[str, RuleInfo]) -> None:
    """Complain about rules, platforms and machines that a policy names and that there are not.

    Raises:
        UsageError: there is no such thing; the message says where the policy names it.
    """
    for key, named_there, there, what in (
        ("platforms", policy.platforms, [each.id for each in matrix().platforms], "platform"),
        ("arches", policy.arches, _ARCHES, "GOARCH"),
    ):
        for each in named_there:
            if each not in there:
                where = policy.path or "the policy"
                raise UsageError(f"{where}: {key}: {each} is no {what}", hint=f"one of {', '.join(there)}")
    named = [("disabled", rule) for rule in sorted(policy.disabled)]
    named += [("severities", rule) for rule in policy.severities]
    named += [("accept", each.rule) for each in policy.accepted]
    for key, rule in named:
        if rule not in known:
            where = policy.path or "the policy"
            raise UsageError(f"{where}: {key}: there is no rule {rule}", hint="goxray audit rules lists them")


def _finding(rule: str, hit: Hit, mark: str, court: Court) -> AuditFinding:
    info = court.rules[rule]
    path = plain(hit.place.path)
    return AuditFinding(
        rule=rule,
        severity=_severity(info, hit, court.policy),
        confidence=hit.confidence,
        place=replace(hit.place, path=path),
        message=hit.message,
        clause=str(info.clause),
        fix=hit.fix or info.fix,
        fingerprint=mark,
        steps=tuple(_step(each) for each in hit.steps),
    )


def _step(step: Step) -> Step:
    return replace(step, place=replace(step.place, path=plain(step.place.path)))


def plain(path: str) -> str:
    r"""Return a path that can be written as UTF-8: bytes of a name that are none stand as ``\xff``."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _severity(info: RuleInfo, hit: Hit, policy: Policy) -> Severity:
    """Return a hit's severity: the policy's word for the rule holds, unless the hit is weaker than the rule's usual."""
    told = policy.severities.get(info.id)
    own = hit.severity or info.severity
    if told is None:
        return own
    weaker = _rank(own) < _rank(info.severity)
    return min(own, told, key=_rank) if weaker else told


def _rank(severity: Severity) -> int:
    return SEVERITIES.index(severity)


def reached(found: Iterable[AuditFinding], least: Severity) -> bool:
    """Whether a new finding that nobody accepts is as severe as ``least`` or more."""
    return any(each.suppressed is None and each.new and _rank(each.severity) >= _rank(least) for each in found)


def _hit_order(each: tuple[str, Hit]) -> tuple[str, int, int, str, str, str]:
    rule, hit = each
    return hit.place.path, hit.place.line, hit.place.column, rule, hit.place.symbol, hit.text


def _order(each: AuditFinding) -> tuple[str, int, int, str, str, str, str]:
    return (
        each.place.path,
        each.place.line,
        each.place.column,
        each.rule,
        each.place.symbol,
        each.message.en,
        each.fingerprint,
    )
