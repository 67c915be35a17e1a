"""One finding of an audit on the page: place, message, evidence, and why it is accepted where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.render import audit_extras as extras
from goxray.render import audit_story as story
from goxray.render.html.markup import both, spans, text
from goxray.render.words import LANGS

if TYPE_CHECKING:
    from goxray.core.audit_result import AuditFinding, AuditResult, Place, Severity
    from goxray.core.words import Words
    from goxray.render.audit_story import Group


def worded(words: Words) -> str:
    """Return a text of a rule in both languages."""
    return spans({lang: story.said(words, lang) for lang in LANGS})


def badge(severity: Severity) -> str:
    """Return a severity as a coloured word."""
    return f'<span class="badge b-{severity}">{both(f"audit.risk.{severity}")}</span>'


def title_of(group: Group) -> str:
    """Return the title of a group's rule; empty where nothing describes it."""
    return worded(group.info.title) if group.info is not None else ""


def clause(group: Group) -> str:
    """Return the clause of a group, with a mark where nobody checked it."""
    if group.info is None:
        return text(group.findings[0].clause)
    known = group.info.clause
    return spans({lang: story.clause_text(known, lang) for lang in LANGS})


def state_of(finding: AuditFinding, result: AuditResult) -> str:
    """Return the states that a finding is in, as the filter names them."""
    if finding.suppressed is not None:
        return "held"
    return "open new" if result.compared and finding.new else "open"


def draw(finding: AuditFinding, result: AuditResult, *, with_fix: bool) -> str:
    """Return a finding as a list item; ``with_fix`` where its rule's others have another fix."""
    fix = f'<p class="fix"><b>{both("audit.fix")}</b> {worded(finding.fix)}</p>' if with_fix else ""
    return (
        f'<li class="finding" data-severity="{finding.severity}" data-rule="{text(finding.rule)}" '
        f'data-state="{state_of(finding, result)}">'
        f'<p class="where">{_where(finding.place)}{_marks(finding, result)}</p>'
        f"<p>{worded(finding.message)}</p>{_steps(finding)}{_held(finding)}{fix}</li>"
    )


def _where(place: Place) -> str:
    symbol = f' <code class="symbol">{text(place.symbol)}</code>' if place.symbol else ""
    return f'<code class="place">{text(story.place_text(place))}</code>{symbol}'


def _marks(finding: AuditFinding, result: AuditResult) -> str:
    marks = []
    if result.compared and finding.new and finding.suppressed is None:
        marks.append(f'<span class="tag new">{both("audit.new")}</span>')
    if finding.confidence != "high":
        marks.append(f'<span class="tag">{both(f"audit.confidence.{finding.confidence}")}</span>')
    return "".join(f" {mark}" for mark in marks)


def _steps(finding: AuditFinding) -> str:
    if not finding.steps:
        return ""
    items = "".join(f"<li>{_where(step.place)} {worded(step.says)}</li>" for step in finding.steps)
    n = len(finding.steps)
    return f"<details><summary>{both('audit.page.steps', n=n)}</summary><ol>{items}</ol></details>"


def _held(finding: AuditFinding) -> str:
    if finding.suppressed is None:
        return ""
    told = spans({lang: extras.held_text(finding, lang) for lang in LANGS})
    return f'<p class="held"><b>{both("audit.held.title")}</b> {told}</p>'
