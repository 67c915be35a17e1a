"""``goxray audit --format sarif``: SARIF 2.1.0, as code scanners' viewers read it.

Source: OASIS Standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections named below as §.
Braces in messages stay single although §3.11.5 wants them doubled: no message here has arguments, and the viewers that
people use show doubled ones as they are. Only what would read as a placeholder or a link is broken up.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray import __version__
from goxray.core.audit_result import SEVERITIES
from goxray.render import audit_story as story
from goxray.render.json_maps import encode
from goxray.render.md_audit_rules import page_lines
from goxray.render.safe import printable
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from goxray.core.audit_result import AuditFinding, AuditResult, FileHealth, Place, RuleInfo, Severity, Step
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
_LEVELS: dict[Severity, str] = {
    "critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note",
}  # fmt: skip
_SCORES: dict[Severity, str] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.5", "info": "0.5"}
"""``security-severity``: the middle of the range that viewers take for that word."""
_NOT_SECURITY = ("MAP", "TIME")
_LANGUAGES: dict[Lang, str] = {"en": "en-US", "zh": "zh-CN"}
_LINK = re.compile(r"\[([^\[\]]*)\]\(")
_PLACEHOLDER = re.compile(r"\{(?=\d+\})")
_UNRESERVED = frozenset(b"/-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_BINARY_TYPE = "application/octet-stream"


def write_sarif(result: AuditResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one SARIF log in UTF-8; messages and help are in the language of the options."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(result, options.lang)]}
    out.write(encode(json.dumps(log, ensure_ascii=False, indent=1, allow_nan=False) + "\n"))


def _run(result: AuditResult, lang: Lang) -> dict[str, Any]:
    rules = _rules(result)
    at = {rule.id: place for place, (rule, _) in enumerate(rules)}
    artifacts = _Artifacts(result)
    results = [_result(each, result, at, artifacts, lang) for each in result.findings]
    failed = [_notification(each, artifacts) for each in result.unhealthy]
    driver = {
        "name": "goxray",
        "version": __version__,
        "semanticVersion": __version__,
        "language": _LANGUAGES[lang],
        "rules": [_rule(rule, severity, lang) for rule, severity in rules],
    }
    return {
        "tool": {"driver": driver},
        "language": _LANGUAGES[lang],
        "automationDetails": {"id": f"goxray-audit/{result.profile}/"},
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {ROOT: {"description": {"text": "the directory that was audited"}}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": failed}],
        "artifacts": artifacts.rows(),
        "results": results,
        "properties": _properties(result),
    }


def _properties(result: AuditResult) -> dict[str, Any]:
    files = result.files
    return {
        "profile": result.profile,
        "policy": printable(result.policy),
        "databaseDate": printable(result.database_date),
        "compared": printable(result.compared),
        "files": {"parsed": files.parsed, "partial": files.partial, "failed": files.failed},
    }


# --- rules ------------------------------------------------------------------------------------------------------------


def _rules(result: AuditResult) -> list[tuple[RuleInfo, Severity]]:
    """Return the rules by id, each with its worst severity in this run: viewers rank a finding by its rule."""
    worst: dict[str, Severity] = {}
    for each in result.findings:
        known = worst.get(each.rule)
        if known is None or SEVERITIES.index(each.severity) > SEVERITIES.index(known):
            worst[each.rule] = each.severity
    return [(rule, worst.get(rule.id, rule.severity)) for rule in sorted(result.rules, key=lambda rule: rule.id)]


def _rule(rule: RuleInfo, severity: Severity, lang: Lang) -> dict[str, Any]:
    """Return a reportingDescriptor (§3.49)."""
    security = not rule.id.startswith(_NOT_SECURITY)
    properties: dict[str, Any] = {"tags": [*(["security"] if security else []), printable(str(rule.clause))]}
    if security:
        properties["security-severity"] = _SCORES[severity]
    properties |= {"precision": "high", "clauseChecked": rule.clause.certain and rule.clause.standard != "policy"}
    plain = [story.said(rule.what, lang), story.said(rule.why, lang), story.said(rule.fix, lang)]
    return {
        "id": rule.id,
        "shortDescription": {"text": _message(story.said(rule.title, lang))},
        "fullDescription": {"text": _message(plain[0])},
        "help": {
            "text": _message("\n".join(plain)),
            "markdown": "\n".join(page_lines(rule, lang)).strip() + "\n",
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": properties,
    }


# --- results ----------------------------------------------------------------------------------------------------------


def _result(
    each: AuditFinding, result: AuditResult, rules: dict[str, int], artifacts: _Artifacts, lang: Lang
) -> dict[str, Any]:
    """Return a result (§3.27)."""
    fix = f"{say('audit.fix', lang)}{'：' if lang == 'zh' else ': '}{story.said(each.fix, lang)}"
    row: dict[str, Any] = {"ruleId": each.rule}
    if each.rule in rules:
        row["ruleIndex"] = rules[each.rule]
    row |= {
        "level": _LEVELS[each.severity],
        "message": {"text": _message(f"{story.said(each.message, lang)}\n{fix}")},
        "locations": [_location(each.place, artifacts)],
        "partialFingerprints": {"primaryLocationLineHash": each.fingerprint, "goxray/v1": each.fingerprint},
        "suppressions": _suppressions(each),
    }
    if result.compared:
        row["baselineState"] = "new" if each.new else "unchanged"
    if each.steps:
        row["relatedLocations"] = [{"id": at + 1, **_step(step, artifacts, lang)} for at, step in enumerate(each.steps)]
        row["codeFlows"] = [_flow(each, artifacts, lang)]
    row["properties"] = {"severity": each.severity, "confidence": each.confidence, "clause": printable(each.clause)}
    return row


def _suppressions(each: AuditFinding) -> list[dict[str, Any]]:
    """Return suppressions (§3.35); an empty list says that there is none."""
    held = each.suppressed
    if held is None:
        return []
    row: dict[str, Any] = {
        "kind": "inSource" if held.by == "comment" else "external",
        "status": "accepted",
        "justification": printable(held.reason),
    }
    return [{**row, "properties": {"by": held.by, "until": printable(held.until)}}]


def _flow(each: AuditFinding, artifacts: _Artifacts, lang: Lang) -> dict[str, Any]:
    """Return the way of a value through the code (§3.36): the steps, then the finding."""
    places = [{"location": _step(step, artifacts, lang)} for step in each.steps]
    end = {
        "location": {**_location(each.place, artifacts), "message": {"text": _message(story.said(each.message, lang))}}
    }
    return {"threadFlows": [{"locations": [*places, end]}]}


def _step(step: Step, artifacts: _Artifacts, lang: Lang) -> dict[str, Any]:
    return {**_location(step.place, artifacts), "message": {"text": _message(story.said(step.says, lang))}}


def _location(place: Place, artifacts: _Artifacts) -> dict[str, Any]:
    """Return a location (§3.28). What has no line (a binary, a module) gets line 1: viewers show nothing else.

    Columns are UTF-16 code units (§3.14.17), which editors count; the standard knows none in bytes.
    """
    region: dict[str, int] = {"startLine": place.line or 1}
    if place.line and place.column:
        region["startColumn"] = place.utf16 or place.column
    if place.end_line > place.line > 0:
        region["endLine"] = place.end_line
    found: dict[str, Any] = {"physicalLocation": {"artifactLocation": artifacts.location(place.path), "region": region}}
    if place.symbol:
        found["logicalLocations"] = [{"fullyQualifiedName": printable(place.symbol)}]
    return found


def _notification(health: FileHealth, artifacts: _Artifacts) -> dict[str, Any]:
    """Return what became of a file that was not parsed whole (§3.58)."""
    what = say(f"audit.health.{health.status}", "en")
    text = f"{what}: {printable(health.path)}" + (f": {printable(health.detail)}" if health.detail else "")
    return {
        "level": "error" if health.status == "failed" else "warning",
        "message": {"text": _message(text)},
        "locations": [{"physicalLocation": {"artifactLocation": artifacts.location(health.path)}}],
    }


def _message(text: str) -> str:
    """Keep what others wrote from being read as a link (§3.11.6) or a placeholder (§3.11.5)."""
    return _PLACEHOLDER.sub("{ ", _LINK.sub(r"\\[\1\\](", text))


def uri(path: str) -> str:
    """Return a path as a URI: percent-encoded with the bytes that it has (RFC 3986), absolute ones as ``file://``."""
    raw = path.encode("utf-8", "surrogateescape")
    encoded = "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in raw)
    if path.startswith("/"):
        return f"file://{encoded}"
    return encoded.removeprefix("./") or "."


class _Artifacts:
    """The files that results speak of (§3.24), in the order in which they are first named."""

    def __init__(self, result: AuditResult) -> None:
        self._binaries = {each.path: each for each in result.binaries}
        self._places: dict[str, int] = {}
        for path in (*_paths(result.findings), *(each.path for each in result.unhealthy), *self._binaries):
            self._places.setdefault(path, len(self._places))

    def location(self, path: str) -> dict[str, Any]:
        """Return an artifactLocation (§3.4) for one of the files."""
        base = {} if path.startswith("/") else {"uriBaseId": ROOT}
        return {"uri": uri(path), **base, "index": self._places[path]}

    def rows(self) -> list[dict[str, Any]]:
        """Return the artifacts; binaries with what identifies them."""
        return [self._row(path) for path in self._places]

    def _row(self, path: str) -> dict[str, Any]:
        row: dict[str, Any] = {"location": self.location(path)}
        binary = self._binaries.get(path)
        if binary is None:
            return row
        row |= {"mimeType": _BINARY_TYPE, "roles": ["analysisTarget"]}
        if binary.size:
            row["length"] = binary.size
        if binary.sha256:
            row["hashes"] = {"sha-256": binary.sha256}
        return row


def _paths(findings: Sequence[AuditFinding]) -> Iterable[str]:
    for each in findings:
        yield each.place.path
        yield from (step.place.path for step in each.steps)
