"""``goxray timeline``: several sources of one or several processes on one time axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click

from goxray.render import FORMATS_OF, write
from goxray.ui.cli.answers import format_of
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option
from goxray.ui.cli.progress import Progress

if TYPE_CHECKING:
    from goxray.render.words import Lang


def _offsets(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    for value in values:
        path, sign, text = value.rpartition("=")
        try:
            seconds = float(text.removesuffix("s"))
        except ValueError:
            seconds = math.nan
        if not sign or not path or not math.isfinite(seconds):
            raise click.BadParameter(f"{value!r} is no FILE=SECONDS, as in gc.log=-1.5")
        found[path] = seconds
    return found


@click.command(
    epilog="""\b
Examples:
  goxray timeline gc.log                              what a log tells, as the collector's own log
  goxray timeline gc.log watch.json heap.pb.gz        which of them are one process is found out
  goxray timeline gc.log trace.out -o timeline.html   a page with one axis that zooms
  goxray timeline a.log b.log -o all.trace.json       for ui.perfetto.dev or chrome://tracing
  goxray timeline gc.log vars.json --same-process --offset vars.json=12.5

\b
Exit status: 0 done, 2 wrong usage, 3 failed (a file that cannot be read or tells of no process)."""
)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option(
    "--same-process", is_flag=True, help="All sources tell of one process, whether or not they show it themselves."
)
@click.option(
    "--offset",
    "offsets",
    metavar="FILE=SECONDS",
    multiple=True,
    callback=_offsets,
    help="Seconds to add to a source's own seconds; may be given more than once. [default: found out]",
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["timeline"]),
    help="How to write the result. [default: by -o's name, else table]",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@language_option()
def timeline(
    sources: tuple[str, ...],
    same_process: bool,
    offsets: dict[str, float],
    fmt: str | None,
    output: str | None,
    lang: Lang,
) -> None:
    """Put what each SOURCE tells of a process on one time axis.

    A source is a log with gctrace lines, an execution trace (Go 1.22 on), a pprof profile, a dump of runtime/metrics
    or expvar, or what goxray gc read, gc watch, gc phases, trace and timeline wrote with --format json. Each is
    recognised by its content.

    Sources are taken for one process where both name its pid or their collections coincide. Their seconds are laid
    onto each other by the program's start, else by their wall clocks, else by their collections; the report says by
    which, and what nothing tells stays apart.
    """
    fmt = format_of(fmt, output, FORMATS_OF["timeline"], "timeline")
    with opened(output) as out:
        from goxray import api_timeline

        with Progress() as progress:
            result = api_timeline.timeline(sources, same_process=same_process, offsets=offsets, progress=progress)
        write(result, fmt, out, render_options(output, lang), "timeline")
