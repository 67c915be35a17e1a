"""``goxray lab show``: one experiment in full."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from goxray.render import FORMATS_OF, write
from goxray.ui.cli.lab_params import asked_for, folders_option, ids_argument, results_option
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option

if TYPE_CHECKING:
    from goxray.core.lab_result import Catalogue
    from goxray.render.words import Lang


@click.command(
    epilog="""\b
Examples:
  goxray lab show map-hint
  goxray lab show C000-46                     one claim of it
  goxray lab show map-hint --source           with claim.toml and the program

\b
Exit status: 0 done, 2 wrong usage (there is no such experiment or claim)."""
)
@ids_argument(required=True)
@click.option("--source", is_flag=True, help="Show the experiment's files as well: claim.toml and the program.")
@folders_option()
@results_option()
@click.option("--format", "fmt", type=click.Choice(FORMATS_OF["lab-catalogue"]), default="table", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@language_option()
def show(
    ids: tuple[str, ...],
    source: bool,
    folders: tuple[str, ...],
    results: str | None,
    fmt: str,
    output: str | None,
    lang: Lang,
) -> None:
    """Show an experiment: how it measures, what each claim says, what would refute it, the last verdicts and figures.

    ID names an experiment, a claim (C000-46) or an article (C000). Nothing is run.
    """
    with opened(output) as out:
        from goxray import api_lab

        found = api_lab.catalogue(ids, folders=folders, results=results)
        shown = _only(found, ids, source)
        write(shown, fmt, out, replace(render_options(output, lang), table="show"), "lab-catalogue")


def _only(found: Catalogue, ids: tuple[str, ...], source: bool) -> Catalogue:
    """Keep the claims that are asked for, and the files where they are wanted."""
    claims = asked_for(ids, found.claims)
    names = {claim.id for claim in claims}
    return replace(
        found,
        claims=claims,
        known=tuple(row for row in found.known if row.claim in names),
        overall=tuple(row for row in found.overall if row.claim in names),
        sources=found.sources if source else {},
    )
