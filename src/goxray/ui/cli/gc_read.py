"""``goxray gc read``: a log with gctrace lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from goxray.render import FORMATS_OF, write
from goxray.ui.cli.answers import format_of
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option
from goxray.ui.cli.progress import Progress

if TYPE_CHECKING:
    from goxray.render.words import Lang


@click.command(
    epilog="""\b
Examples:
  goxray gc read service.log
  kubectl logs service-0 | goxray gc read -
  goxray gc read service.log.gz --process 2 --limit 30
  goxray gc read service.log -o cycles.parquet
  goxray gc read service.log -o gc.html
  goxray gc read service.log --format json | jq '.cycles[] | select(.clock_ms[2] > 10)'

\b
Exit status: 0 read (also where lines were set aside), 2 wrong usage, 3 failed."""
)
@click.argument("log", metavar="FILE|-")
@click.option("--process", type=click.IntRange(min=1), metavar="N", help="Show one process alone, by its number.")
@click.option(
    "--limit", type=click.IntRange(min=0), default=12, metavar="N", show_default=True, help="Cycles in the table."
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["gctrace"]),
    help="How to write the result. [default: by -o's name, else table]",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@language_option()
def read(log: str, process: int | None, limit: int, fmt: str | None, output: str | None, lang: Lang) -> None:
    """Read what Go's runtime printed of its collector out of FILE (- for standard input), among any other output.

    Lines of GODEBUG=gctrace=1, scavtrace=1 and gcpacertrace=1 of any Go version from 1.5 on, with anything before them
    (time stamps, container names), of several processes, torn by other output. What cannot be read for certain is set
    aside with its line number. Plain, gzip or UTF-16.
    """
    fmt = format_of(fmt, output, FORMATS_OF["gctrace"], "gc")
    with opened(output) as out:
        from goxray import api_gc

        with Progress() as progress:
            result = api_gc.gc_read(log, process=process, limit=limit, progress=progress)
        write(result, fmt, out, render_options(output, lang), "gctrace")
