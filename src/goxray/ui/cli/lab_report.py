"""``goxray lab report``: what all runs found, as a page or Markdown for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from goxray.core.errors import GoxrayError
from goxray.render import FORMATS_OF, write
from goxray.ui.cli.answers import format_of
from goxray.ui.cli.lab_params import folders_option, ids_argument, results_option, topic_option
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option

if TYPE_CHECKING:
    from goxray.render.words import Lang


@click.command(
    epilog="""\b
Examples:
  goxray lab report -o lab.html
  goxray lab report --lang zh -o lab.md
  goxray lab report --topic map-delete -o delete.html
  goxray lab report map-hint C003 -o some.html

\b
Exit status: 0 done, 2 wrong usage, 3 failed (nothing has been run yet)."""
)
@ids_argument(required=False)
@topic_option()
@folders_option()
@results_option()
@click.option(
    "--format", "fmt", type=click.Choice(FORMATS_OF["lab"]), help="How to write it. [default: by -o's name, else table]"
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE.html or FILE.md (mode 0600), also .json and .csv.")
@language_option()
def report(
    ids: tuple[str, ...],
    topic: str | None,
    folders: tuple[str, ...],
    results: str | None,
    fmt: str | None,
    output: str | None,
    lang: Lang,
) -> None:
    """Write a report of what the runs found: for each claim the verdict, the figure that decides, a plot, how to redo.

    ID names an experiment, a claim (C000-46) or an article (C000); without one all that was run is told of. Nothing is
    run: the report is made from the results that lab run has kept.
    """
    fmt = format_of(fmt, output, FORMATS_OF["lab"], "lab")
    with opened(output) as out:
        from goxray import api_lab

        found = api_lab.found(ids, topic=topic or "", folders=folders, results=results)
        if not found.verdicts:
            what = " ".join(ids) or "all"
            also = f" --topic {topic}" if topic else ""
            raise GoxrayError(
                f"nothing is kept of {what} as it is now", hint=f"run it first: goxray lab run {what}{also} --quick"
            )
        write(found, fmt, out, render_options(output, lang), "lab")
