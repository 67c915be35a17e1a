"""The page of ``goxray audit``: what came out, the findings with filters, debt, platforms, and the rules behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from goxray.render import audit_story as story
from goxray.render.audit_health import health_detail
from goxray.render.html import audit_more as more
from goxray.render.html.audit_finding import badge, clause, draw, state_of, title_of, worded
from goxray.render.html.markup import attribute, both, spans, text
from goxray.render.html.shell import Shell, write_shell
from goxray.render.words import LANGS, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from goxray.core.audit_result import AuditResult, Severity
    from goxray.render.audit_story import Group
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

_PREFIX = "r0"
_MOST = 3000
_MOST_UNHEALTHY = 200


def write_html(result: AuditResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as one self-contained HTML file in UTF-8."""
    found = list(story.groups(result, result.findings))
    parts = [
        f'<section class="report audit" id="{_PREFIX}" aria-labelledby="{_PREFIX}-name">',
        f'<header class="of"><h2 id="{_PREFIX}-name">{both("audit.page.name")}</h2>{_chips(result)}</header>',
        f'<p class="story">{spans({lang: story.tell(result, lang) for lang in LANGS})}</p>',
        _stats(result),
        _about(result),
        _findings(found, result, options.lang),
        more.debts(result),
        more.platforms(result),
        more.binaries(result),
        more.rules(result),
        more.modules(result),
        "</section>",
    ]
    shell = Shell(
        "audit",
        "audit.page.title",
        ", ".join(result.roots),
        "".join(parts),
        styles=("page.css", "audit.css"),
        scripts=("page.js", "audit.js"),
    )
    write_shell(shell, out, options)


def _chips(result: AuditResult) -> str:
    heads = {lang: story.head(result, lang) for lang in LANGS}
    items = "".join(f"<li>{spans({lang: heads[lang][at] for lang in LANGS})}</li>" for at in range(len(heads["en"])))
    return f'<ul class="chips">{items}</ul>'


def _stats(result: AuditResult) -> str:
    found = story.counts(story.open_of(result))
    tiles = [
        f'<div class="stat s-{severity}{"" if severity in found else " nought"}">'
        f"<dt>{both(f'audit.risk.{severity}')}</dt><dd>{found.get(severity, 0)}</dd></div>"
        for severity in story.WORST_FIRST
    ]
    others = [("held", len(story.held_of(result)))]
    if result.compared:
        others.insert(0, ("new", len(story.counting(result))))
    tiles += [
        f'<div class="stat{"" if n else " nought"}"><dt>{both(f"audit.page.state.{name}")}</dt><dd>{n}</dd></div>'
        for name, n in others
    ]
    failing = spans({lang: story.would_fail(result, lang) for lang in LANGS})
    return f'<dl class="stats">{"".join(tiles)}</dl><p class="quiet gate">{failing}</p>'


def _about(result: AuditResult) -> str:
    told = {lang: story.facts(result, lang) for lang in LANGS}
    rows = "".join(
        f"<div><dt>{spans({lang: told[lang][at][0] for lang in LANGS})}</dt>"
        f"<dd>{spans({lang: told[lang][at][1] for lang in LANGS})}</dd></div>"
        for at in range(len(told["en"]))
    )
    notes = "".join(f"<li>{worded(note)}</li>" for note in result.notes)
    return (
        f'<section class="part"><h3>{both("audit.page.about")}</h3><dl class="about">{rows}</dl>'
        f"{f'<ul>{notes}</ul>' if notes else ''}{_unhealthy(result)}</section>"
    )


def _unhealthy(result: AuditResult) -> str:
    if not result.unhealthy:
        return ""
    items = "".join(
        f'<li class="h-{each.status}"><span class="state">{both(f"audit.health.{each.status}")}</span> '
        f'<code>{text(each.path)}</code> <span class="quiet">'
        f"{spans({lang: health_detail(each.detail, lang) for lang in LANGS})}</span></li>"
        for each in result.unhealthy[:_MOST_UNHEALTHY]
    )
    if len(result.unhealthy) > _MOST_UNHEALTHY:
        items += f"<li>{both('audit.page.more', n=len(result.unhealthy) - _MOST_UNHEALTHY)}</li>"
    return f'<h4>{both("audit.page.health")}</h4><ul class="health">{items}</ul>'


# --- findings ---------------------------------------------------------------------------------------------------------


def _findings(found: Sequence[Group], result: AuditResult, lang: Lang) -> str:
    title = f'<h3 id="{_PREFIX}-found">{both("audit.page.findings")}</h3>'
    head = f'<section class="part findings" aria-labelledby="{_PREFIX}-found">{title}'
    if not found:
        return f'{head}<p class="good">{both("audit.tell.none")}</p></section>'
    left = max(len(result.findings) - _MOST, 0)
    hidden = f'<p class="quiet">{both("audit.page.more", n=left)}</p>' if left else ""
    nothing = f'<p class="quiet" data-audit-nothing hidden>{both("audit.page.nothing")}</p>'
    notes = f'<p class="quiet">{both("audit.uncertain")}</p>' if story.any_uncertain(found) else ""
    return f"{head}{_tools(found, result, lang)}{''.join(_groups(found, result))}{nothing}{hidden}{notes}</section>"


def _groups(found: Sequence[Group], result: AuditResult) -> Iterator[str]:
    room = _MOST
    for group in found:
        shown = group.findings[:room]
        room -= len(shown)
        if not shown:
            return
        fix = story.shared_fix(group, "en") is not None
        items = "".join(draw(each, result, with_fix=not fix) for each in shown)
        shared = f'<p class="fix"><b>{both("audit.fix")}</b> {worded(group.findings[0].fix)}</p>' if fix else ""
        yield (
            f'<section class="group g-{group.severity}"><header>{badge(group.severity)}'
            f'<a class="id" href="#rule-{text(group.rule)}">{text(group.rule)}</a>'
            f"<h4>{title_of(group)}</h4>"
            f'<span class="quiet">{clause(group)}</span></header>{shared}<ul class="found">{items}</ul></section>'
        )


def _tools(found: Sequence[Group], result: AuditResult, lang: Lang) -> str:
    severities = [(name, {at: say(f"audit.risk.{name}", at) for at in LANGS}) for name in _severities(found)]
    rules = [(name, dict.fromkeys(LANGS, name)) for name in sorted({group.rule for group in found})]
    present = {name for each in result.findings for name in state_of(each, result).split()}
    states = [
        (name, {at: say(f"audit.page.state.{name}", at) for at in LANGS})
        for name in ("open", "new", "held")
        if name in present
    ]
    picks = "".join(
        _pick(name, choices, lang) for name, choices in (("severity", severities), ("rule", rules), ("state", states))
    )
    shown = " ".join(
        f'data-{at}-data-shown="{text(say("audit.page.shown", at, shown="{shown}", total="{total}"))}"' for at in LANGS
    )
    return (
        '<div class="tools"><input type="search" data-audit-filter '
        f"{attribute('placeholder', 'audit.page.filter', lang)} "
        f"{attribute('aria-label', 'audit.page.filter', lang)}>{picks}"
        f'<span role="status" class="quiet" {shown}></span></div>'
    )


def _severities(found: Sequence[Group]) -> list[Severity]:
    return list(dict.fromkeys(group.severity for group in found))


def _pick(name: str, choices: Sequence[tuple[str, dict[Lang, str]]], lang: Lang) -> str:
    """Return a choice; an option's text is an attribute that the script swaps, for options hold no elements."""
    label = attribute("aria-label", f"audit.page.pick.{name}.label", lang)
    first = attribute("label", f"audit.page.pick.{name}", lang)
    options = "".join(
        f'<option value="{text(value)}" label="{text(said[lang])}" '
        + " ".join(f'data-{at}-label="{text(said[at])}"' for at in LANGS)
        + f">{text(said[lang])}</option>"
        for value, said in choices
    )
    shown = text(say(f"audit.page.pick.{name}", lang))
    return f'<select data-audit-pick="{name}" {label}><option value="" {first}>{shown}</option>{options}</select>'
