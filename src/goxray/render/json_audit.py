"""``goxray audit --format json``: the schema ``goxray.audit/1``, stable in its keys and their meaning.

``findings`` holds what every reader wants and nothing else, in the language that was asked for; what stands behind
each is in ``evidence``, in the same order and in both languages.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.audit_result import AUDIT_SCHEMA_ID
from goxray.render.audit_story import counting, in_print, setting
from goxray.render.json_lab import finite
from goxray.render.json_maps import encode, members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.audit_result import AuditFinding, AuditResult, BinaryFacts, Clause, Debt, Place, RuleInfo
    from goxray.core.words import Words
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

RULES_SCHEMA_ID = "goxray.audit-rules/1"
FINDING_KEYS = (
    "rule", "severity", "confidence", "path", "line", "column", "symbol", "message", "clause", "fix", "fingerprint",
    "suppressed",
)  # fmt: skip


def write_json(result: AuditResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one JSON object in UTF-8; only a finding's message and fix depend on the language."""
    files = result.files
    report: dict[str, Any] = {
        "schema": AUDIT_SCHEMA_ID,
        "lang": options.lang,
        "roots": list(result.roots),
        "profile": result.profile,
        "policy": result.policy or None,
        "database_date": result.database_date or None,
        "compared": result.compared or None,
        "toolchain": result.toolchain or None,
        "files": {"parsed": files.parsed, "partial": files.partial, "failed": files.failed},
        "source": {"lines": files.lines, "bytes": files.bytes},
        "counting": len(counting(result)),
        "findings": [finding_row(each, options.lang) for each in result.findings],
        "evidence": [evidence_row(each) for each in result.findings],
        "unhealthy": [asdict(each) for each in result.unhealthy],
        "debts": [_debt(each) for each in result.debts],
        "binaries": [_binary(each) for each in result.binaries],
        "modules": [asdict(each) for each in result.modules],
        "certificates": [asdict(each) for each in result.certificates],
        "rules": [_rule(each) for each in result.rules],
        "notes": [both(each) for each in result.notes],
    }
    out.write(encode("{\n" + ",\n".join(members(report)) + "\n}\n"))


def write_rules_json(rules: Sequence[RuleInfo], out: BinaryIO, options: RenderOptions) -> None:
    """Write rules with all that their pages say, in both languages."""
    del options
    rows = [
        {
            **_rule(each),
            **{name: both(getattr(each, name)) for name in ("what", "why", "fix")},
            "bad": each.bad,
            "good": each.good,
        }
        for each in rules
    ]
    out.write(encode("{\n" + ",\n".join(members({"schema": RULES_SCHEMA_ID, "rules": rows})) + "\n}\n"))


def both(words: Words) -> dict[str, str]:
    """Return a text in both languages."""
    return {"en": words.en, "zh": in_print(words.zh)}


def one(words: Words, lang: Lang) -> str:
    """Return a text in one language."""
    return both(words)[lang]


def finding_row(each: AuditFinding, lang: Lang) -> dict[str, Any]:
    """Return a finding with the schema's keys and no others."""
    return {
        "rule": each.rule,
        "severity": each.severity,
        "confidence": each.confidence,
        "path": each.place.path,
        "line": each.place.line,
        "column": each.place.column,
        "symbol": each.place.symbol,
        "message": one(each.message, lang),
        "clause": each.clause,
        "fix": one(each.fix, lang),
        "fingerprint": each.fingerprint,
        "suppressed": each.suppressed is not None,
    }


def evidence_row(each: AuditFinding) -> dict[str, Any]:
    """Return what stands behind a finding."""
    return {
        "fingerprint": each.fingerprint,
        "message": both(each.message),
        "fix": both(each.fix),
        "end_line": each.place.end_line,
        "new": each.new,
        "suppression": asdict(each.suppressed) if each.suppressed else None,
        "steps": [{**_place(step.place), "says": both(step.says)} for step in each.steps],
    }


def _place(place: Place) -> dict[str, Any]:
    return {"path": place.path, "line": place.line, "column": place.column, "symbol": place.symbol}


def _debt(debt: Debt) -> dict[str, Any]:
    return {
        "name": debt.name,
        "value": finite(debt.value),
        "unit": debt.unit,
        "detail": both(debt.detail),
        "inputs": list(debt.inputs),
        "trend": [{"date": date, "value": finite(value)} for date, value in debt.trend],
    }


def _binary(binary: BinaryFacts) -> dict[str, Any]:
    """Return a binary's facts; what ``-ldflags -X`` put in may be a secret and is not told."""
    platforms = [{**asdict(fit), "why": both(fit.why), "name": both(fit.name)} for fit in binary.platforms]
    settings = {name: setting(value) for name, value in binary.settings.items()}
    return {**asdict(binary), "settings": settings, "platforms": platforms}


def _clause(clause: Clause) -> dict[str, Any]:
    return {
        "standard": clause.standard,
        "number": clause.number,
        "title": both(clause.title),
        "checked": clause.certain and clause.standard != "policy",
    }


def _rule(rule: RuleInfo) -> dict[str, Any]:
    return {
        "id": rule.id,
        "severity": rule.severity,
        "title": both(rule.title),
        "clause": _clause(rule.clause),
        "evidence": list(rule.evidence),
        "profiles": list(rule.profiles),
    }
