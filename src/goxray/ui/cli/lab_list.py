"""``goxray lab list``: the catalogue of experiments and what earlier runs found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from goxray.render import FORMATS_OF, write
from goxray.ui.cli.lab_params import folders_option, ids_argument, results_option, topic_option
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option

if TYPE_CHECKING:
    from goxray.render.words import Lang


@click.command(
    "list",
    epilog="""\b
Examples:
  goxray lab list
  goxray lab list --topic map-delete
  goxray lab list C003                        what one article says
  goxray lab list --format json | jq '.claims[].text.en'

\b
Exit status: 0 done, 2 wrong usage.""",
)
@ids_argument(required=False)
@topic_option()
@folders_option()
@results_option()
@click.option("--format", "fmt", type=click.Choice(FORMATS_OF["lab-catalogue"]), default="table", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@language_option()
def list_(
    ids: tuple[str, ...],
    topic: str | None,
    folders: tuple[str, ...],
    results: str | None,
    fmt: str,
    output: str | None,
    lang: Lang,
) -> None:
    """List the experiments by topic: how many claims each puts to the test, and the last verdicts.

    ID names an experiment, a claim (C000-46) or an article (C000); without one all are listed. Nothing is run.
    """
    with opened(output) as out:
        from goxray import api_lab

        found = api_lab.catalogue(ids, topic=topic or "", folders=folders, results=results)
        write(found, fmt, out, render_options(output, lang), "lab-catalogue")
