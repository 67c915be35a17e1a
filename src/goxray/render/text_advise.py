"""``goxray advise`` as text for people: each finding with its reasons and code, then the forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Literal

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from goxray.render import advise_story as story
from goxray.render.columns import GAP
from goxray.render.safe import printable
from goxray.render.terminal import MOST_FAULTS, facts_grid, finish, make_console, note_rows
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from goxray.core.advise_result import AdviseResult, Finding
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

_INDENT = 4
_FORECAST_ROWS = 10
_SUMS = ("go", "now", "there", "change", "range", "maps")
_OWNERS = ("now", "there", "change", "maps", "entries", "owner", "type")
_RIGHT = frozenset({"maps", "entries", "now", "there", "change"})


def write_table(result: AdviseResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the advice as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_advice(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_advice(result: AdviseResult, options: RenderOptions) -> str:
    """Return the advice as text, with terminal colours where the options ask for them."""
    console, lang = make_console(options), options.lang
    if result.unverified:
        console.print(Text(story.unverified_line(result, lang), style="bold red"))
    separator = " - " if options.ascii_only else " · "
    console.print(Text(separator.join(["goxray advise", *story.headline(result, lang)]), style="bold"))
    console.print(Text(story.tell(result, lang)))
    for heading, numbered in story.sections(result.findings, lang):
        if heading:
            console.print()
            console.print(Text(heading, style="bold"))
        for number, finding in numbered:
            _finding(console, number, finding, options)
    hidden = result.findings_total - len(result.findings)
    if hidden > 0:
        console.print()
        console.print(Text(say("a.more", lang, n=hidden), style="dim"))
    if len(result.findings) > 1:
        console.print()
        console.print(Text(say("a.overlap", lang), style="dim"))
    if result.forecast:
        _forecast(console, result, options)
    _foot(console, result, options)
    return finish(console, options)


def _finding(console: Console, number: int, finding: Finding, options: RenderOptions) -> None:
    lang = options.lang
    said = story.words(finding, lang)
    console.print()
    title = Text(f"{number}".rjust(_INDENT - 2) + "  ", style="dim")
    console.print(title.append(said.title, style="not dim bold"))
    grid = facts_grid()
    grid.add_row(say("a.gain.label", lang), Text(story.with_spread(finding, lang), style="green"))
    where = printable(finding.owner) + (f"  {finding.addr:#x}" if finding.addr else "")
    grid.add_row(say("a.where", lang), Text(where, style="cyan"))
    grid.add_row(say("a.why", lang), Text(said.why))
    grid.add_row(say("a.change", lang), Text(said.change, style="bold"))
    grid.add_row(say("a.cost", lang), Text(said.cost))
    grid.add_row(say("a.wrong", lang), Text(said.when_wrong))
    grid.add_row(say("a.rule", lang), Text(finding.rule, style="dim"))
    console.print(Padding(grid, (0, 0, 0, _INDENT)))


def _forecast(console: Console, result: AdviseResult, options: RenderOptions) -> None:
    lang = options.lang
    console.print()
    console.print(Text(say("a.forecast.title", lang), style="bold"))
    console.print(Text(say("a.forecast.hint", lang), style="dim"))
    console.print(_rows(_SUMS, story.totals(result.forecast, lang), lang))
    largest = story.largest_changes(result.forecast, _FORECAST_ROWS)
    if largest:
        console.print()
        console.print(Text(say("a.forecast.most", lang, version=largest[0].go_version), style="dim"))
        console.print(_rows(_OWNERS, [story.single(row, lang) for row in largest], lang))


def _rows(names: Sequence[str], rows: Sequence[story.Row], lang: Lang) -> Table:
    table = Table(box=None, padding=(0, GAP, 0, 0), header_style="bold dim")
    for name in names:
        justify: Literal["left", "right"] = "right" if name in _RIGHT else "left"
        wide = name in {"type", "owner"}
        table.add_column(say(f"a.col.{name}", lang).upper(), justify=justify, no_wrap=not wide, overflow="fold")
    for row in rows:
        cells = {
            "go": row.go_version, "now": row.now, "there": row.there, "change": row.change, "range": row.range,
            "maps": row.maps, "entries": row.entries, "type": row.type, "owner": row.owner,
        }  # fmt: skip
        style = {"change": "yellow" if row.grows else "green"}
        table.add_row(*(Text(cells[name], style=style.get(name, "")) for name in names))
    return table


def _foot(console: Console, result: AdviseResult, options: RenderOptions) -> None:
    lang = options.lang
    grid = facts_grid()
    for place, fault in enumerate(result.faults[:MOST_FAULTS]):
        grid.add_row(say("faults.label", lang) if place == 0 else "", Text(printable(fault), style="red"))
    if len(result.faults) > MOST_FAULTS:
        grid.add_row("", Text(say("faults.more", lang, n=len(result.faults) - MOST_FAULTS), style="dim"))
    for label, text in note_rows(story.told_notes(result, lang), lang):
        grid.add_row(label, text)
    if grid.row_count:
        console.print()
        console.print(grid)
