"""``goxray audit`` as text for people: what was audited, findings by severity and rule, debt, platforms, the sum."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, BinaryIO

from rich.padding import Padding
from rich.text import Text

from goxray.render import audit_extras as extras
from goxray.render import audit_story as story
from goxray.render.audit_health import health_detail
from goxray.render.columns import Piece
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.safe import printable
from goxray.render.terminal import NARROWEST, facts_grid, finish, lay_line, make_console, print_line
from goxray.render.text_lab import encoded
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from goxray.core.audit_result import AuditFinding, AuditResult, Severity
    from goxray.render.audit_story import Group
    from goxray.render.columns import Pen
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

STYLES: dict[Severity, str] = {
    "critical": "bold white on red", "high": "bold red", "medium": "bold yellow", "low": "bold cyan", "info": "bold",
}  # fmt: skip
_RULE_INDENT, _INDENT, _UNDER = 2, 4, 6
_PER_RULE = 20
_HELD = 5
_UNHEALTHY = 10
_ASCII = str.maketrans({"✓": "+", "✗": "x", "→": ">", "▸": ">"})


def write_table(result: AuditResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the audit's report as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    text = render_audit(result, options)
    out.write(encoded(text.translate(_ASCII) if options.ascii_only else text, options))


def render_audit(result: AuditResult, options: RenderOptions) -> str:
    """Return the report as text, with terminal colours where the options ask for them."""
    console, lang = make_console(options), options.lang
    separator = " - " if options.ascii_only else " · "
    console.print(Text(separator.join(["goxray audit", *story.head(result, lang)]), style="bold"))
    console.print(Text(story.tell(result, lang)))
    console.print()
    _facts(console, result, options)
    found = list(story.groups(result, story.open_of(result)))
    severity: Severity | None = None
    for group in found:
        if group.severity != severity:
            severity = group.severity
            _severity(console, severity, found, lang)
        _group(console, group, result, options)
    if story.any_uncertain(found):
        console.print()
        console.print(Text(say("audit.uncertain", lang), style="dim"))
    _held(console, result, options)
    _debts(console, result, options)
    _binaries(console, result, options)
    if options.verbose:
        _modules(console, result, lang)
    _foot(console, result, lang)
    return finish(console, options)


def indented(console: Console, text: Text, indent: int) -> None:
    """Print a text that wraps under its own beginning."""
    console.print(Padding(text, (0, 0, 0, indent)))


def _facts(console: Console, result: AuditResult, options: RenderOptions) -> None:
    lang = options.lang
    grid = facts_grid()
    for label, told in story.facts(result, lang):
        grid.add_row(label, Text(told))
    shown = result.unhealthy if options.verbose else result.unhealthy[:_UNHEALTHY]
    for each in shown:
        state = say(f"audit.health.{each.status}", lang)
        line = Text(f"{state}  ", style="yellow" if each.status == "partial" else "red")
        detail = f"  {printable(health_detail(each.detail, lang))}" if each.detail else ""
        grid.add_row("", line.append(printable(each.path) + detail, style="default"))
    if len(result.unhealthy) > len(shown):
        grid.add_row("", Text(say("audit.health.more", lang, n=len(result.unhealthy) - len(shown)), style="dim"))
    for at, note in enumerate(result.notes):
        grid.add_row(say("audit.label.notes", lang) if at == 0 else "", Text(story.said(note, lang)))
    console.print(grid)


def _severity(console: Console, severity: Severity, found: Sequence[Group], lang: Lang) -> None:
    n = sum(len(each.findings) for each in found if each.severity == severity)
    console.print()
    console.print(Text.assemble((say(f"audit.risk.{severity}", lang).upper(), STYLES[severity]), f"  {n}"))


def _group(console: Console, group: Group, result: AuditResult, options: RenderOptions) -> None:
    lang = options.lang
    console.print()
    line = Text.assemble((printable(group.rule), STYLES[group.severity].replace(" on red", "").replace("white", "red")))
    if group.info is not None:
        line.append(f"  {story.said(group.info.title, lang)}", style="bold")
        line.append(f"  {story.clause_text(group.info.clause, lang)}", style="dim")
    else:
        line.append(f"  {printable(group.findings[0].clause)}", style="dim")
    indented(console, line, _RULE_INDENT)
    fix = story.shared_fix(group, lang)
    shown = group.findings if options.verbose else group.findings[:_PER_RULE]
    for alike in _alike(shown, options):
        for each in alike:
            indented(console, _place(each, result, lang), _INDENT)
        _message(console, alike[0], options)
        if fix is None:
            _fix(console, story.said(alike[0].fix, lang), _UNDER, lang)
    if len(group.findings) > len(shown):
        n = len(group.findings) - len(shown)
        indented(console, Text(say("audit.more", lang, n=n, rule=group.rule), style="dim"), _INDENT)
    if fix:
        _fix(console, fix, _INDENT, lang)


def _fix(console: Console, fix: str, indent: int, lang: Lang) -> None:
    indented(console, Text.assemble((f"{say('audit.fix', lang)}  ", "green"), fix), indent)


def _alike(findings: Sequence[AuditFinding], options: RenderOptions) -> list[list[AuditFinding]]:
    """Put findings together that say the same, so that it is said once; evidence keeps its finding to itself."""
    found: dict[tuple[str, str, str], list[AuditFinding]] = {}
    for each in findings:
        own = each.fingerprint if options.verbose and each.steps else ""
        found.setdefault((each.message.en, each.fix.en, own), []).append(each)
    return list(found.values())


def _place(finding: AuditFinding, result: AuditResult, lang: Lang) -> Text:
    line = Text(story.place_text(finding.place), style="cyan")
    if finding.place.symbol:
        line.append(f"  {printable(finding.place.symbol)}", style="dim")
    if result.compared and finding.new:
        line.append(f"  {say('audit.new', lang)}", style="bold magenta")
    if finding.confidence != "high":
        line.append(f"  {say(f'audit.confidence.{finding.confidence}', lang)}", style="dim italic")
    return line


def _message(console: Console, finding: AuditFinding, options: RenderOptions) -> None:
    lang = options.lang
    indented(console, Text(story.said(finding.message, lang)), _UNDER)
    for step in finding.steps if options.verbose else ():
        mark = "> " if options.ascii_only else "▸ "
        told = Text.assemble((mark, "dim"), (story.place_text(step.place), "cyan"), f"  {story.said(step.says, lang)}")
        indented(console, told, _UNDER + 2)


def _held(console: Console, result: AuditResult, options: RenderOptions) -> None:
    held, lang = story.held_of(result), options.lang
    if not held:
        return
    by = Counter(each.suppressed.by for each in held if each.suppressed)
    sums = [
        say("audit.held.sum", lang, count=by[name], by=say(f"audit.by.{name}", lang))
        for name in ("comment", "policy", "baseline")
        if by[name]
    ]
    console.print()
    title = Text(f"{say('audit.held.title', lang)}  {len(held)}", style="bold")
    console.print(title.append(f"  {('，' if lang == 'zh' else ', ').join(sums)}", style="not bold"))
    for line in _held_lines(held, options):
        indented(console, line, _RULE_INDENT)


def _held_lines(held: Sequence[AuditFinding], options: RenderOptions) -> Iterator[Text]:
    lang = options.lang
    if options.verbose:
        for each in held:
            line = Text.assemble((f"{printable(each.rule)}  ", "bold"), (story.place_text(each.place), "cyan"))
            yield line.append(f"  {extras.held_text(each, lang)}")
        return
    ending = [(each.suppressed.until, each) for each in held if each.suppressed and each.suppressed.until]
    if ending:
        date, first = min(ending, key=lambda pair: pair[0])
        place = story.place_text(first.place)
        yield Text(say("audit.held.next", lang, date=printable(date), rule=printable(first.rule), place=place))
    yield Text(say("audit.held.see", lang), style="dim")


def _debts(console: Console, result: AuditResult, options: RenderOptions) -> None:
    if not result.debts:
        return
    lang = options.lang
    _title(console, say("audit.debts.title", lang))
    grid = facts_grid()
    grid.columns[0].style = ""
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for debt in result.debts:
        values = [value for _, value in extras.trend(debt)]
        line = extras.sparkline(values, ascii_only=options.ascii_only) if len(values) > 1 else ""
        known = Text(extras.debt_value(debt, lang), style="bold" if debt.value is not None else "dim")
        detail = Text(extras.debt_detail(debt, lang), style="dim")
        grid.add_row(say(f"audit.debt.{debt.name}", lang), known, Text(line, style="cyan"), detail)
    indented_grid = Padding(grid, (0, 0, 0, _RULE_INDENT))
    console.print(indented_grid)


def _title(console: Console, title: str) -> None:
    console.print()
    console.print(Text(title, style="bold"))


def _binaries(console: Console, result: AuditResult, options: RenderOptions) -> None:
    if not result.binaries:
        return
    lang = options.lang
    _title(console, say("audit.binaries.title", lang))
    separator = " - " if options.ascii_only else " · "
    for each in result.binaries:
        indented(console, Text(printable(each.path), style="cyan"), _RULE_INDENT)
        indented(console, Text(separator.join(extras.binary_facts(each, lang))), _INDENT)
        crypto = extras.crypto_text(each, lang)
        if crypto:
            indented(console, Text(crypto, style="dim"), _INDENT)
        for note in each.notes:
            indented(console, Text(printable(note), style="dim"), _INDENT)
    rows = extras.platform_rows(result)
    if rows:
        _matrix(console, result, rows, options)


def _matrix(console: Console, result: AuditResult, rows: Sequence[extras.PlatformRow], options: RenderOptions) -> None:
    """Print the platforms, a row each with a column a binary, and under a row why a binary does not run there."""
    lang = options.lang
    _title(console, say("audit.platforms.title", lang))
    binaries = extras.with_platforms(result)
    columns = [
        GridColumn(say("audit.platform", lang), 0, lambda row, _: Piece(row["it"].platform.of(lang)), right=False),
        *(
            GridColumn(printable(each.path).rpartition("/")[2], at + 1, _cell(at), right=False, least=8)
            for at, each in enumerate(binaries)
        ),
    ]
    wide = max(options.width, NARROWEST) - _RULE_INDENT
    fitted = fit(columns, [{"it": row} for row in rows], options, wide)
    names = [column.header for column in columns]
    shown = [name if name.upper() == each.header else each.header for name, each in zip(names, fitted, strict=False)]
    heads = lay_line(" " * _RULE_INDENT, fitted, [Piece(name, "bold dim") for name in shown])
    print_line(console, heads, options)
    for at, row in enumerate(rows):
        print_line(console, lay_line(" " * _RULE_INDENT, fitted, [each.cells[at] for each in fitted]), options)
        for name, why in _reasons(row, [printable(each.path) for each in binaries], lang):
            indented(console, Text(f"{name}: {why}" if len(binaries) > 1 else why, style="dim"), _INDENT)


def _cell(at: int) -> Callable[[dict[str, extras.PlatformRow], Pen], Piece]:
    def cell(row: dict[str, extras.PlatformRow], _: Pen) -> Piece:
        known = row["it"].fits[at]
        if known is None:
            return Piece("-", "dim")
        return Piece("✓", "green") if known.fits else Piece("✗", "bold red")

    return cell


def _reasons(row: extras.PlatformRow, names: Sequence[str], lang: Lang) -> Iterator[tuple[str, str]]:
    for name, known in zip(names, row.fits, strict=True):
        why = story.said(known.why, lang) if known is not None else ""
        if known is not None and not known.fits and why:
            yield name, why


def _modules(console: Console, result: AuditResult, lang: Lang) -> None:
    if not result.modules:
        return
    _title(console, say("audit.modules.title", lang))
    numbers = extras.certificates(result)
    grid = facts_grid()
    grid.columns[0].style = ""
    grid.columns[0].no_wrap = False
    grid.columns[0].overflow = "fold"
    grid.add_column(overflow="fold", style="dim")
    for each in result.modules:
        notes = extras.module_notes(each, numbers, lang)
        grid.add_row(Text(printable(each.path)), Text(printable(each.version)), Text(notes))
    console.print(Padding(grid, (0, 0, 0, _RULE_INDENT)))


def _foot(console: Console, result: AuditResult, lang: Lang) -> None:
    console.print()
    found = story.counts(story.open_of(result))
    line = Text(story.would_fail(result, lang), style="green")
    if found:
        total = say("audit.tell.found", lang, n=sum(found.values()), counts=story.counts_text(found, lang))
        line = Text(total, style="bold")
        line.append(f"{'' if lang == 'zh' else ' '}{story.would_fail(result, lang)}", style="not bold")
    console.print(line)
