"""``goxray audit --format md``: the report as Markdown, for a comment on a change, a ticket or a wiki."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from goxray.render import audit_extras as extras
from goxray.render import audit_story as story
from goxray.render.audit_health import health_detail
from goxray.render.md_lab import plain
from goxray.render.safe import printable
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from goxray.core.audit_result import AuditFinding, AuditResult
    from goxray.render.audit_story import Group
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

_ROOM = 48_000
"""Characters for the findings: hosts cut or refuse comments of more than 65,536."""
_UNHEALTHY = 50
_HELD = 100


def write_md(result: AuditResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as Markdown in UTF-8, no longer than hosts take for a comment."""
    out.write(("\n".join(_lines(result, options.lang)) + "\n").encode("utf-8", "backslashreplace"))


def code(text: str) -> str:
    """Return foreign text as a code span that ends where it should."""
    shown = printable(text)
    if "`" not in shown:
        return f"`{shown}`" if shown else ""
    fence = "`"
    while fence in shown:
        fence += "`"
    return f"{fence} {shown} {fence}"


def _lines(result: AuditResult, lang: Lang) -> Iterator[str]:
    yield f"## {say('audit.page.name', lang)}"
    yield from ("", plain(" · ".join(story.head(result, lang))), "", f"**{plain(story.tell(result, lang))}**")
    yield from _sums(result, lang)
    yield ""
    colon = "：" if lang == "zh" else ": "
    yield from (f"- {label}{colon}{plain(told)}" for label, told in story.facts(result, lang))
    yield from _unhealthy(result, lang)
    yield from (f"- {plain(story.said(note, lang))}" for note in result.notes)
    found = list(story.groups(result, story.open_of(result)))
    yield from _findings(found, result, lang)
    if story.any_uncertain(found):
        yield from ("", plain(say("audit.uncertain", lang)))
    yield from _held(result, lang)
    yield from _debts(result, lang)
    yield from _binaries(result, lang)
    if found:
        yield from ("", plain(story.would_fail(result, lang)))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table; the cells are Markdown already."""
    yield ""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join(' --- ' for _ in heads)}|"
    yield from (f"| {' | '.join(cells)} |" for cells in rows)


def _sums(result: AuditResult, lang: Lang) -> Iterator[str]:
    states = [("open", story.open_of(result)), ("held", story.held_of(result))]
    if result.compared:
        states.insert(1, ("new", story.counting(result)))
    counted = {name: story.counts(found) for name, found in states}
    rows = [
        [say(f"audit.risk.{severity}", lang), *(str(counted[name].get(severity, "")) for name, _ in states)]
        for severity in story.WORST_FIRST
        if any(severity in each for each in counted.values())
    ]
    if rows:
        heads = [say("audit.rules.severity", lang), *(say(f"audit.page.state.{name}", lang) for name, _ in states)]
        yield from table(heads, rows)


def _unhealthy(result: AuditResult, lang: Lang) -> Iterator[str]:
    for each in result.unhealthy[:_UNHEALTHY]:
        detail = f" {plain(health_detail(each.detail, lang))}" if each.detail else ""
        yield f"  - {say(f'audit.health.{each.status}', lang)} {code(each.path)}{detail}"
    if len(result.unhealthy) > _UNHEALTHY:
        yield f"  - {say('audit.health.more', lang, n=len(result.unhealthy) - _UNHEALTHY)}"


def _findings(found: Sequence[Group], result: AuditResult, lang: Lang) -> Iterator[str]:
    """Yield the findings, worst first, for as long as there is room; what is left out is counted."""
    room, left, severity = _ROOM, 0, ""
    colon = "：" if lang == "zh" else ": "
    for group in found:
        lines = [] if group.severity == severity else ["", f"### {say(f'audit.risk.{group.severity}', lang)}"]
        lines += ["", f"#### {_group_title(group, lang)}", ""]
        fix = story.shared_fix(group, lang)
        end = ["", f"**{say('audit.fix', lang)}**{colon}{plain(fix)}"] if fix else []
        room -= sum(map(len, (*lines, *end)))
        shown: list[str] = []
        for each in group.findings:
            told = list(_finding(each, result, lang, with_fix=fix is None))
            room -= sum(len(line) + 1 for line in told)
            if room < 0:
                left += 1
                continue
            shown += told
        if shown:
            severity = group.severity
            yield from (*lines, *shown, *end)
    if left:
        yield from ("", say("audit.page.more", lang, n=left))


def _group_title(group: Group, lang: Lang) -> str:
    if group.info is None:
        return f"{plain(group.rule)} · {plain(group.findings[0].clause)}"
    title = f"{plain(group.rule)} {plain(story.said(group.info.title, lang))}"
    return f"{title} · {plain(story.clause_text(group.info.clause, lang))}"


def _finding(each: AuditFinding, result: AuditResult, lang: Lang, *, with_fix: bool) -> Iterator[str]:
    parts = [code(story.place_text(each.place))]
    if each.place.symbol:
        parts.append(code(each.place.symbol))
    if result.compared and each.new:
        parts.append(f"**{say('audit.new', lang)}**")
    colon = "：" if lang == "zh" else ": "
    message = plain(story.said(each.message, lang))
    if each.confidence != "high":
        sure = say(f"audit.confidence.{each.confidence}", lang)
        message += f"（{sure}）" if lang == "zh" else f" ({sure})"
    yield f"- {' '.join(parts)}{colon}{message}"
    for step in each.steps:
        yield f"  - {code(story.place_text(step.place))} {plain(story.said(step.says, lang))}"
    if with_fix:
        yield f"  - **{say('audit.fix', lang)}**{colon}{plain(story.said(each.fix, lang))}"


def _held(result: AuditResult, lang: Lang) -> Iterator[str]:
    held = story.held_of(result)
    if not held:
        return
    yield from ("", f"### {say('audit.held.title', lang)}", "")
    for each in held[:_HELD]:
        yield f"- {plain(each.rule)} {code(story.place_text(each.place))} {plain(extras.held_text(each, lang))}"
    if len(held) > _HELD:
        yield f"- {say('audit.page.more', lang, n=len(held) - _HELD)}"


def _debts(result: AuditResult, lang: Lang) -> Iterator[str]:
    if not result.debts:
        return
    yield from ("", f"### {say('audit.debts.title', lang)}")
    rows = []
    for debt in result.debts:
        values = [value for _, value in extras.trend(debt)]
        line = extras.sparkline(values) if len(values) > 1 else ""
        name = say(f"audit.debt.{debt.name}", lang)
        rows.append([name, plain(extras.debt_value(debt, lang)), line, plain(extras.debt_detail(debt, lang))])
    yield from table([say(f"audit.debts.{name}", lang) for name in ("figure", "value", "trend", "detail")], rows)


def _binaries(result: AuditResult, lang: Lang) -> Iterator[str]:
    if not result.binaries:
        return
    yield from ("", f"### {say('audit.binaries.title', lang)}", "")
    for each in result.binaries:
        yield f"- {code(each.path)} {plain(' · '.join(extras.binary_facts(each, lang)))}"
        crypto = extras.crypto_text(each, lang)
        if crypto:
            yield f"  - {plain(crypto)}"
    rows = extras.platform_rows(result)
    if not rows:
        return
    yield from ("", f"### {say('audit.platforms.title', lang)}")
    heads = [say("audit.platform", lang), *(plain(each.path) for each in extras.with_platforms(result))]
    body = []
    for row in rows:
        cells = [plain(row.platform.of(lang))]
        for fit in row.fits:
            why = f" {plain(story.said(fit.why, lang))}" if fit is not None and not fit.fits else ""
            cells.append("–" if fit is None else ("✓" if fit.fits else f"✗{why}"))
        body.append(cells)
    yield from table(heads, body)
