"""``goxray audit rules``: the catalogue as a table, one rule as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from rich.text import Text

from goxray.render import audit_story as story
from goxray.render.columns import Piece
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.safe import printable
from goxray.render.terminal import NARROWEST, facts_grid, finish, lay_line, make_console, print_line
from goxray.render.text_audit import STYLES, indented
from goxray.render.text_lab import encoded
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from rich.console import Console

    from goxray.core.audit_result import RuleInfo
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

_INDENT = 4
_LEAST = 24


def write_table(rules: Sequence[RuleInfo], out: BinaryIO, options: RenderOptions) -> None:
    """Write rules: one as a page, several as a table."""
    console = make_console(options)
    if len(rules) == 1:
        _page(console, rules[0], options)
    else:
        _table(console, rules, options)
    out.write(encoded(finish(console, options), options))


def looks_at(rule: RuleInfo, lang: Lang) -> str:
    """Return what a rule looks at, in words."""
    return ("、" if lang == "zh" else ", ").join(say(f"audit.evidence.{each}", lang) for each in rule.evidence)


def clause_key(rule: RuleInfo) -> str:
    """Return a clause as a narrow table has it, without its title."""
    told = printable(str(rule.clause))
    return told if rule.clause.certain else f"{told}*"


def _table(console: Console, rules: Sequence[RuleInfo], options: RenderOptions) -> None:
    lang = options.lang
    title = Text(say("audit.rules.title", lang), style="bold")
    console.print(title.append(f"  {say('audit.rules.count', lang, n=len(rules))}", style="not bold"))
    console.print()

    def severity(row: dict[str, Any], _: Any) -> Piece:
        return Piece(say(f"audit.severity.{row['it'].severity}", lang), STYLES[row["it"].severity].split(" on ")[0])

    columns = [
        GridColumn(say("audit.rules.id", lang), 0, lambda row, _: Piece(printable(row["it"].id), "bold"), False),
        GridColumn(say("audit.rules.severity", lang), 1, severity, False),
        GridColumn(
            say("audit.rules.name", lang), 2, lambda row, _: Piece(story.said(row["it"].title, lang)), False, _LEAST
        ),
        GridColumn(say("audit.rules.clause", lang), 3, lambda row, _: Piece(clause_key(row["it"]), "dim"), False),
        GridColumn(say("audit.rules.evidence", lang), 4, lambda row, _: Piece(looks_at(row["it"], lang), "dim"), False),
    ]
    fitted = fit(columns, [{"it": rule} for rule in rules], options, max(options.width, NARROWEST))
    print_line(console, lay_line("", fitted, [Piece(each.header, "bold dim") for each in fitted]), options)
    for at in range(len(rules)):
        print_line(console, lay_line("", fitted, [each.cells[at] for each in fitted]), options)
    console.print()
    if not all(rule.clause.certain for rule in rules):
        console.print(Text(say("audit.uncertain", lang), style="dim"))
    console.print(Text(say("audit.rules.see", lang), style="dim"))


def _page(console: Console, rule: RuleInfo, options: RenderOptions) -> None:
    lang = options.lang
    console.print(Text.assemble((printable(rule.id), "bold"), f"  {story.said(rule.title, lang)}"))
    console.print()
    grid = facts_grid()
    severity = Text(say(f"audit.severity.{rule.severity}", lang), style=STYLES[rule.severity])
    grid.add_row(say("audit.rules.severity", lang), severity)
    grid.add_row(say("audit.rules.clause", lang), Text(story.clause_in_full(rule.clause, lang)))
    grid.add_row(say("audit.rules.evidence", lang), Text(looks_at(rule, lang)))
    grid.add_row(say("audit.rules.profiles", lang), Text(", ".join(rule.profiles)))
    for name in ("what", "why", "fix"):
        grid.add_row(say(f"audit.rules.{name}", lang), Text(story.said(getattr(rule, name), lang)))
    console.print(grid)
    for name, style in (("bad", "red"), ("good", "green")):
        console.print()
        console.print(Text(say(f"audit.rules.{name}", lang), style=f"bold {style}"))
        for line in getattr(rule, name).split("\n"):
            indented(console, Text(printable(line.replace("\t", "    "))), _INDENT)
