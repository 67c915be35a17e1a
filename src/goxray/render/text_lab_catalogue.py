"""``goxray lab list`` and ``lab show`` as text: experiments by topic; one with its claims, predicates and program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from rich.padding import Padding
from rich.text import Text

from goxray.render import lab_story as story
from goxray.render.columns import Pen, Piece
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.lab_figures import value_text
from goxray.render.safe import printable
from goxray.render.terminal import NARROWEST, facts_grid, finish, lay_line, make_console, print_line
from goxray.render.text_lab import INDENT, STYLES, encoded, marks
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from goxray.core.lab_result import Catalogue, ExperimentInfo, VersionVerdict
    from goxray.render.lab_story import Judged
    from goxray.render.options import RenderOptions

    Row = dict[str, Any]

SHOW = "show"
"""``RenderOptions.table`` of ``goxray lab show``: each experiment in full instead of a row."""

_TITLE = 24
_DIGEST = 12


def write_table(result: Catalogue, out: BinaryIO, options: RenderOptions) -> None:
    """Write the catalogue as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    text = render_show(result, options) if options.table == SHOW else render_list(result, options)
    out.write(encoded(text, options))


def render_list(result: Catalogue, options: RenderOptions) -> str:
    """Return the experiments by topic, with how many claims have which verdict."""
    console, lang = make_console(options), options.lang
    rows = story.judged(result)
    separator = " - " if options.ascii_only else " · "
    sums = [say("lab.experiments", lang, n=len(result.experiments)), say("lab.claims", lang, n=len(rows))]
    console.print(Text(separator.join(["goxray lab", *sums]), style="bold"))
    if not result.experiments:
        console.print(Text(say("lab.list.none", lang)))
        return finish(console, options)
    if any(row.overall for row in rows):
        console.print(Text(story.tell(rows, lang)))
    by_experiment: dict[str, list[Judged]] = {}
    for row in rows:
        by_experiment.setdefault(row.claim.experiment, []).append(row)
    _experiments(console, result.experiments, by_experiment, options)
    console.print()
    legend = say("lab.legend", lang, **marks(options))
    for told in (legend, say("lab.list.hint", lang)):
        console.print(Padding(Text(told, style="dim"), (0, 0, 0, len(INDENT))))
    return finish(console, options)


def _experiments(
    console: Console, every: Sequence[ExperimentInfo], by_experiment: dict[str, list[Judged]], options: RenderOptions
) -> None:
    lang, shown = options.lang, marks(options)

    def found(row: Row, _: Pen) -> Piece:
        counts = story.counts(by_experiment.get(row["it"].id, []))
        return Piece("  ".join(f"{n}{shown[verdict]}" for verdict, n in counts.items()), "bold")

    columns = [
        GridColumn(say("lab.col.experiment", lang), 0, lambda row, _: Piece(printable(row["it"].id), "cyan"), False),
        GridColumn(say("lab.col.claims", lang), 2, lambda row, pen: Piece(pen.count(len(row["it"].claims)))),
        GridColumn(say("lab.col.found", lang), 1, found, right=False),
        GridColumn(
            say("lab.col.title", lang), 3, lambda row, _: Piece(story.flowing(row["it"].title, lang)), False, _TITLE
        ),
    ]
    ordered = [each for inside in story.by_topic(every).values() for each in inside]
    fitted = fit(columns, [{"it": each} for each in ordered], options, max(options.width, NARROWEST) - len(INDENT))
    console.print()
    print_line(console, lay_line(INDENT, fitted, [Piece(each.header, "bold dim") for each in fitted]), options)
    for place, each in enumerate(ordered):
        if place == 0 or ordered[place - 1].topic != each.topic:
            heading = Text(printable(each.topic), style="bold")
            console.print(heading.append(f"  {story.topic_text(each.topic, lang)}", style="not bold dim"))
        print_line(console, lay_line(INDENT, fitted, [column.cells[place] for column in fitted]), options)


def render_show(result: Catalogue, options: RenderOptions) -> str:
    """Return each experiment in full: how it measures, its claims and what they came to, its files where asked for."""
    console, rows = make_console(options), story.judged(result)
    for place, experiment in enumerate(result.experiments):
        if place:
            console.print()
        _experiment(console, experiment, result, options)
        for row in rows:
            if row.claim.experiment == experiment.id:
                _claim(console, row, options)
    for name, text in result.sources.items():
        console.print()
        console.print(Text(f"--- {printable(name)}", style="bold"))
        for line in text.expandtabs(4).splitlines():
            console.file.write(printable(line) + "\n")
    return finish(console, options)


def _experiment(console: Console, experiment: ExperimentInfo, result: Catalogue, options: RenderOptions) -> None:
    lang = options.lang
    separator = " - " if options.ascii_only else " · "
    head = ["goxray lab", printable(experiment.id), printable(experiment.topic)]
    console.print(Text(separator.join(head), style="bold"))
    console.print(Text(story.flowing(experiment.title, lang)))
    grid = facts_grid()
    grid.add_row(say("lab.label.how", lang), Text(story.flowing(experiment.about, lang)))
    grid.add_row(say("lab.label.decided", lang), Text(say(f"lab.method.{experiment.method}", lang)))
    versions = story.short_versions(story.versions_of(result)).values()
    on = f" --go {','.join(versions)}" if versions else ""
    grid.add_row(say("lab.label.run", lang), Text(f"goxray lab run {printable(experiment.id)}{on}"))
    digest = f"sha256 {experiment.source_sha256[:_DIGEST]}"
    grid.add_row(say("lab.label.files", lang), Text(f"{digest}; {say('lab.source.hint', lang)}", style="dim"))
    console.print(Padding(grid, (0, 0, 0, len(INDENT))))


def _claim(console: Console, row: Judged, options: RenderOptions) -> None:
    lang, info = options.lang, row.claim
    console.print()
    head = Text(printable(info.id), style="bold cyan")
    console.print(
        head.append("  ").append(say(f"lab.verdict.{row.verdict}", lang), style=f"bold {STYLES[row.verdict]}")
    )
    grid = facts_grid()
    grid.add_row(say("lab.label.claim", lang), Text(story.flowing(info.text, lang), style="bold"))
    section = say("lab.section", lang, article=printable(info.article), section=printable(info.section))
    grid.add_row(say("lab.label.section", lang), Text(section))
    for key, check in (("lab.label.says", False), ("lab.label.checks", True)):
        for place, each in enumerate(each for each in info.sayings if each.check is check):
            said = story.saying_text(each, lang)
            if each.says is not None:
                said = f"{said}{say('lab.join', lang)}{story.flowing(each.says, lang)}"
            grid.add_row("" if place else say(key, lang), Text(said))
    grid.add_row(say("lab.label.refuted_by", lang), Text(story.flowing(info.refuted_by, lang)))
    why = story.explain(row, lang)
    if why:
        grid.add_row(say("lab.label.why", lang), Text(why))
    console.print(Padding(grid, (0, 0, 0, len(INDENT))))
    if row.by_version:
        _versions(console, list(row.by_version.values()), options)


def _versions(console: Console, rows: Sequence[VersionVerdict], options: RenderOptions) -> None:
    lang = options.lang

    def figure(row: Row, _: Pen) -> Piece:
        return Piece(story.decided(row["it"], lang)[0], "bold")

    def model(row: Row, _: Pen) -> Piece:
        of = row["it"].deciding
        said = of is not None and of.predicted is not None
        return Piece(value_text(of.predicted, of.unit, exact=of.low == of.high) if said else "")

    def verdict(row: Row, _: Pen) -> Piece:
        return Piece(say(f"lab.verdict.{row['it'].verdict}", lang), STYLES[row["it"].verdict])

    columns = [
        GridColumn(say("lab.col.go", lang), 0, lambda row, _: Piece(printable(row["it"].go_version), "cyan"), False),
        GridColumn(say("lab.col.verdict", lang), 0, verdict, right=False),
        GridColumn(say("lab.col.figure", lang), 1, figure, right=False),
        GridColumn(say("lab.col.trials", lang), 2, lambda row, pen: Piece(pen.count(row["it"].trials))),
        GridColumn(
            say("lab.col.by", lang), 3, lambda row, _: Piece(say(f"lab.method.{row['it'].method}", lang)), False
        ),
    ]
    if any(row.deciding and row.deciding.predicted is not None for row in rows):
        columns.insert(3, GridColumn(say("lab.col.model", lang), 1, model))
    width = max(options.width, NARROWEST) - 2 * len(INDENT)
    fitted = fit(columns, [{"it": row} for row in rows], options, width)
    indent = INDENT * 2
    print_line(console, lay_line(indent, fitted, [Piece(each.header, "bold dim") for each in fitted]), options)
    for place in range(len(rows)):
        print_line(console, lay_line(indent, fitted, [each.cells[place] for each in fitted]), options)
