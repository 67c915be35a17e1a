"""``goxray lab run`` as text for people: a row a claim, why the verdict is what it is, what went wrong, the sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from rich.padding import Padding
from rich.text import Text

from goxray.render import lab_story as story
from goxray.render.columns import Pen, Piece
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.lab_model_rows import model_text
from goxray.render.safe import printable
from goxray.render.terminal import MOST_FAULTS, NARROWEST, facts_grid, finish, lay_line, make_console, print_line
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.console import Console

    from goxray.core.lab_result import LabResult
    from goxray.render.lab_story import Judged
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

    Row = dict[str, Any]
    Cell = Callable[[Row, Pen], Piece]

INDENT = "  "
_MEASURE = 8
_LONG = 600
STYLES = {
    "SUPPORTED": "green", "REFUTED": "red", "CONDITIONAL": "yellow", "INCONCLUSIVE": "magenta", story.NOT_RUN: "dim",
}  # fmt: skip
_MARKS = {"SUPPORTED": "✓", "REFUTED": "✗", "CONDITIONAL": "~", "INCONCLUSIVE": "?", story.NOT_RUN: "-"}
_ASCII_MARKS = {**_MARKS, "SUPPORTED": "+", "REFUTED": "x"}
_ASCII = str.maketrans({"µ": "u", "×": "x", "→": ">", "–": "-"})


def write_table(result: LabResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the verdicts as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(encoded(render_lab(result, options), options))


def encoded(text: str, options: RenderOptions) -> bytes:
    """Return text as bytes for the reader's terminal."""
    if options.ascii_only:
        return text.translate(_ASCII).encode("ascii", "backslashreplace")
    return text.encode("utf-8", "backslashreplace")


def render_lab(result: LabResult, options: RenderOptions) -> str:
    """Return the verdicts as text, with terminal colours where the options ask for them."""
    console, lang = make_console(options), options.lang
    rows = story.judged(result)
    separator = " - " if options.ascii_only else " · "
    console.print(Text(separator.join(_headline(result, rows, lang)), style="bold"))
    if result.interrupted:
        console.print(Text(say("lab.interrupted", lang), style="yellow"))
    console.print(Text(story.tell(rows, lang)))
    if rows:
        console.print()
        print_claims(console, rows, story.versions_of(result), options)
    _foot(console, result, rows, options)
    return finish(console, options)


def _headline(result: LabResult, rows: Sequence[Judged], lang: Lang) -> list[str]:
    parts = ["goxray lab", say(f"lab.mode.{result.mode}", lang)]
    parts.append(say("lab.experiments", lang, n=len(result.experiments)))
    if result.versions:
        parts.append("Go " + " ".join(printable(version).removeprefix("go") for version in result.versions))
    if result.seconds:
        parts.append(duration(result.seconds))
    return parts


def duration(seconds: float) -> str:
    """Return a time in seconds, from ten minutes on in minutes."""
    return f"{seconds:.0f} s" if seconds < _LONG else f"{seconds / 60:.0f} min"


def clock(started: str) -> str:
    """Return a time in UTC without what nobody reads: ``2026-11-21 21:53 UTC``."""
    return f"{started[:16].replace('T', ' ')} UTC" if started[10:11] == "T" else started


def marks(options: RenderOptions) -> Mapping[str, str]:
    """Return one character for each verdict: it tells them apart without colours, too."""
    return _ASCII_MARKS if options.ascii_only else _MARKS


def print_claims(
    console: Console, rows: Sequence[Judged], versions: Sequence[str], options: RenderOptions, *, terse: bool = False
) -> None:
    """Print a row a claim with the verdict of each version, under it what is claimed and why; ``terse`` omits why."""
    lang = options.lang
    columns = _columns(versions, options)
    wide = max(options.width, NARROWEST) - len(INDENT)
    fitted = fit(columns, [{"it": row} for row in rows], options, wide)
    print_line(console, lay_line(INDENT, fitted, [Piece(each.header, "bold dim") for each in fitted]), options)
    under = len(INDENT) + fitted[0].width + 2
    for place, row in enumerate(rows):
        print_line(console, lay_line(INDENT, fitted, [each.cells[place] for each in fitted]), options)
        _under(console, Text(story.flowing(row.claim.text, lang)), under)
        if terse:
            continue
        for told in (story.figures_text(row, lang) if row.verdict == "CONDITIONAL" else "", story.explain(row, lang)):
            if told:
                _under(console, Text(told, style="dim"), under)
    told = say("lab.legend", lang, **marks(options))
    if any(not each.spoken_of for row in rows for each in row.by_version.values()):
        told += f"   {say('lab.aside', lang, mark=marks(options)['REFUTED'])}"
    console.print(Padding(Text(told, style="dim"), (0, 0, 0, len(INDENT))))


def _under(console: Console, text: Text, indent: int) -> None:
    console.print(Padding(text, (0, 0, 0, indent)))


def _columns(versions: Sequence[str], options: RenderOptions) -> list[GridColumn]:
    lang, shown = options.lang, marks(options)
    short = story.short_versions(versions)

    def verdict(row: Row, _: Pen) -> Piece:
        return Piece(say(f"lab.verdict.{row['it'].verdict}", lang), f"bold {STYLES[row['it'].verdict]}")

    return [
        GridColumn(say("lab.col.claim", lang), 0, lambda row, _: Piece(printable(row["it"].claim.id), "cyan"), False),
        *(GridColumn(short[version], 1, _mark(version, shown), right=False) for version in versions),
        GridColumn(say("lab.col.verdict", lang), 0, verdict, right=False),
        GridColumn(say("lab.col.figure", lang), 2, _decided(0, lang), right=False),
        GridColumn(say("lab.col.measure", lang), 3, _decided(1, lang), right=False, least=_MEASURE),
    ]


def _mark(version: str, shown: Mapping[str, str]) -> Cell:
    def cell(row: Row, _: Pen) -> Piece:
        known = row["it"].by_version.get(version)
        verdict = known.verdict if known else story.NOT_RUN
        aside = known is not None and not known.spoken_of
        return Piece(f"({shown[verdict]})" if aside else f" {shown[verdict]}", STYLES[verdict])

    return cell


def _decided(at: int, lang: Lang) -> Cell:
    """Return the cells of what decides (0), or of what that is (1)."""
    return lambda row, _: Piece(story.decided(row["it"].shown, lang)[at], "dim" if at else "")


def _foot(console: Console, result: LabResult, rows: Sequence[Judged], options: RenderOptions) -> None:
    lang = options.lang
    grid = facts_grid()
    for place, fault in enumerate(result.faults[:MOST_FAULTS]):
        label = say("faults.label", lang) if place == 0 else ""
        grid.add_row(label, Text(story.fault_text(fault, lang), style="red"))
    if len(result.faults) > MOST_FAULTS:
        grid.add_row("", Text(say("faults.more", lang, n=len(result.faults) - MOST_FAULTS), style="dim"))
    if any(row.overall for row in rows):
        decided = story.methods_text(rows, lang)
        if decided:
            grid.add_row(say("lab.label.decided", lang), Text(decided))
        model = model_text(result.measured, lang)
        if model:
            grid.add_row(say("lab.label.model", lang), Text(model))
        grid.add_row(say("lab.label.machine", lang), Text(story.machine_text(result.machine, lang)))
        if result.kept_in:
            grid.add_row(
                say("lab.label.results", lang), Text(say("lab.results", lang, place=printable(result.kept_in)))
            )
        grid.add_row(say("lab.label.report", lang), Text(say("lab.report", lang)))
    if grid.row_count:
        console.print()
        console.print(grid)
