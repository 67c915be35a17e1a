"""What the page of an audit shows after the findings: figures of debt, platforms, binaries, rules, modules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from goxray.render import audit_extras as extras
from goxray.render import audit_story as story
from goxray.render.html.audit_finding import badge, worded
from goxray.render.html.markup import both, number, spans, text
from goxray.render.text_audit_rules import looks_at
from goxray.render.words import LANGS, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goxray.core.audit_result import AuditResult, Clause, Debt, Module, PlatformFit, RuleInfo
    from goxray.render.words import Lang

_WIDE, _HIGH, _EDGE = 200, 48, 5


def _part(key: str, body: str) -> str:
    return f'<section class="part"><h3>{both(key)}</h3>{body}</section>'


# --- debt -------------------------------------------------------------------------------------------------------------


def debts(result: AuditResult) -> str:
    """Return the figures of debt, a card each with its trend."""
    if not result.debts:
        return ""
    cards = "".join(_debt(debt) for debt in result.debts)
    return _part("audit.debts.title", f'<div class="debts">{cards}</div>')


def _debt(debt: Debt) -> str:
    value = spans({lang: extras.debt_value(debt, lang) for lang in LANGS})
    known = "" if debt.value is not None else " missing"
    return (
        f'<div class="debt{known}"><h4>{both(f"audit.debt.{debt.name}")}</h4><p class="value">{value}</p>'
        f'{_chart(debt)}<p class="quiet">{spans({lang: extras.debt_detail(debt, lang) for lang in LANGS})}</p></div>'
    )


def _chart(debt: Debt) -> str:
    """Return the trend as a line from nought, equal steps in time; the last dot is this run."""
    values = [value for _, value in extras.trend(debt)]
    if len(values) < 2:
        return f'<p class="quiet none">{both("audit.page.trend.none")}</p>' if debt.value is not None else ""
    top = max(*values, 0.0) or 1.0
    step = (_WIDE - 2 * _EDGE) / (len(values) - 1)
    points = [
        (number(_EDGE + at * step), number(_HIGH - _EDGE - value / top * (_HIGH - 2 * _EDGE)))
        for at, value in enumerate(values)
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    first, last = points[0][0], points[-1][0]
    area = f"{first},{_HIGH - _EDGE} {line} {last},{_HIGH - _EDGE}"
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="{3.5 if at == len(points) - 1 else 2}"/>' for at, (x, y) in enumerate(points)
    )
    told = " / ".join(_told(debt, lang) for lang in LANGS)
    return (
        f'<svg class="trend" viewBox="0 0 {_WIDE} {_HIGH}" role="img"><title>{text(told)}</title>'
        f'<polygon points="{area}"/><polyline points="{line}"/>{dots}</svg>'
        f'<p class="span quiet">{both("audit.page.since", date=debt.trend[0][0])}</p>'
    )


def _told(debt: Debt, lang: Lang) -> str:
    name = say(f"audit.debt.{debt.name}", lang)
    values = [extras.with_unit(value, debt.unit, lang) for _, value in extras.trend(debt)]
    return say("audit.page.trend", lang, **{"name": name, "from": values[0], "to": values[-1]})


# --- platforms and binaries -------------------------------------------------------------------------------------------


def platforms(result: AuditResult) -> str:
    """Return the platform matrix: a row a platform, a column a binary."""
    rows = extras.platform_rows(result)
    if not rows:
        return ""
    heads = "".join(
        f'<th scope="col"><code>{text(each.path.rpartition("/")[2])}</code></th>'
        for each in extras.with_platforms(result)
    )
    body = "".join(
        f'<tr><th scope="row">{worded(row.platform)}</th>{"".join(map(_fit, row.fits))}</tr>' for row in rows
    )
    return _part(
        "audit.platforms.title",
        f'<div class="scroll plain"><table class="matrix"><thead><tr><th scope="col">{both("audit.platform")}</th>'
        f"{heads}</tr></thead><tbody>{body}</tbody></table></div>",
    )


def _fit(fit: PlatformFit | None) -> str:
    if fit is None:
        return '<td class="quiet">–</td>'
    if fit.fits:
        return f'<td class="yes">✓ {both("audit.platform.fits")}</td>'
    why = f" <span>{worded(fit.why)}</span>" if fit.why.en else ""
    return f'<td class="no">✗ {both("audit.platform.not")}{why}</td>'


def binaries(result: AuditResult) -> str:
    """Return what each binary is."""
    if not result.binaries:
        return ""
    items = []
    for each in result.binaries:
        told = spans({lang: " · ".join(extras.binary_facts(each, lang)) for lang in LANGS})
        crypto = spans({lang: extras.crypto_text(each, lang) for lang in LANGS}) if each.crypto else ""
        digest = f'<p class="quiet digest">sha256 <code>{text(each.sha256)}</code></p>' if each.sha256 else ""
        notes = "".join(f'<p class="quiet">{text(note)}</p>' for note in each.notes)
        linked = f'<p class="quiet">{crypto}</p>' if crypto else ""
        items.append(f'<li><code class="place">{text(each.path)}</code><p>{told}</p>{linked}{notes}{digest}</li>')
    return _part("audit.binaries.title", f'<ul class="found binaries">{"".join(items)}</ul>')


# --- rules and modules ------------------------------------------------------------------------------------------------


def rules(result: AuditResult) -> str:
    """Return the rules behind the findings with their clauses, and the names of those that found nothing."""
    hit = {each.rule for each in result.findings}
    loud = [rule for rule in result.rules if rule.id in hit]
    quiet = [rule for rule in result.rules if rule.id not in hit]
    parts = []
    if loud:
        parts.append(_part("audit.page.rules", f'<div class="rules">{"".join(map(_rule, loud))}</div>'))
    if quiet:
        rows = "".join(
            f'<li><b>{text(rule.id)}</b> {worded(rule.title)} <span class="quiet">{_clause(rule.clause)}</span></li>'
            for rule in quiet
        )
        summary = f"<summary>{both('audit.page.quiet', n=len(quiet))}</summary>"
        parts.append(f'<section class="part"><details>{summary}<ul class="silent">{rows}</ul></details></section>')
    return "".join(parts)


def _clause(clause: Clause) -> str:
    return spans({lang: story.clause_text(clause, lang, mark="") for lang in LANGS})


def _rule(rule: RuleInfo) -> str:
    texts = "".join(
        f"<div><dt>{both(f'audit.rules.{name}')}</dt><dd>{worded(getattr(rule, name))}</dd></div>"
        for name in ("what", "why", "fix")
    )
    examples = "".join(
        f'<figure class="{name}"><figcaption>{both(f"audit.rules.{name}")}</figcaption>'
        f"<pre><code>{_lines(getattr(rule, name))}</code></pre></figure>"
        for name in ("bad", "good")
    )
    sure = both(story.certainty(rule.clause))
    looks = spans({lang: looks_at(rule, lang) for lang in LANGS})
    return (
        f'<article class="rule" id="rule-{text(rule.id)}"><header>{badge(rule.severity)}'
        f'<b class="id">{text(rule.id)}</b><h4>{worded(rule.title)}</h4></header>'
        f'<p class="clause">{_clause(rule.clause)} <span class="quiet">{sure} · {looks}</span></p>'
        f'<dl class="about">{texts}</dl><div class="pair">{examples}</div></article>'
    )


def _lines(code: str) -> str:
    return "\n".join(text(line.replace("\t", "    ")) for line in code.split("\n"))


def modules(result: AuditResult) -> str:
    """Return the build list as a table that is folded away."""
    if not result.modules:
        return ""
    heads = "".join(
        f'<th scope="col">{both(f"audit.page.{name}")}</th>' for name in ("module", "version", "licence", "note")
    )
    numbers = extras.certificates(result)
    rows = "".join(
        f"<tr><td><code>{text(each.path)}</code></td><td>{text(each.version)}</td><td>{text(each.licence)}</td>"
        f"<td>{_notes(each, numbers)}</td></tr>"
        for each in result.modules
    )
    head = f'<table class="modules"><thead><tr>{heads}</tr></thead>'
    table = f'<div class="scroll plain">{head}<tbody>{rows}</tbody></table></div>'
    summary = f"<summary>{both('audit.page.modules', n=len(result.modules))}</summary>"
    return f'<section class="part"><details>{summary}{table}</details></section>'


def _notes(module: Module, numbers: Mapping[tuple[str, str], str]) -> str:
    told = {lang: extras.module_notes(replace(module, licence=""), numbers, lang) for lang in LANGS}
    return spans(told)
