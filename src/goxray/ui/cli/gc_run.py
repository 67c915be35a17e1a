"""``goxray gc run``: a command run with gctrace on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from goxray.render import FORMATS_OF, write
from goxray.ui.cli.answers import format_of
from goxray.ui.cli.output import on_stderr, opened, options_on, render_options
from goxray.ui.cli.params import language_option

if TYPE_CHECKING:
    from goxray.render.words import Lang


@click.command(
    context_settings={"ignore_unknown_options": False, "allow_interspersed_args": False},
    epilog="""\b
Examples:
  goxray gc run -- ./service -addr :8080
  goxray gc run --go-debug scavtrace=1 -- ./service
  goxray gc run -o gc.html -- ./batch input.csv > output.csv
  goxray gc run --format json -o gc.json -- go test ./...

\b
Exit status: that of the command, 128 + n where signal n ended it; 127 no such
command, 126 it cannot be run, 2 wrong usage.""",
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- CMD [ARGS]...")
@click.option("--go-debug", multiple=True, metavar="K=V", help="Set this in GODEBUG too; may be given more than once.")
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
def run(
    command: tuple[str, ...], go_debug: tuple[str, ...], limit: int, fmt: str | None, output: str | None, lang: Lang
) -> None:
    """Run CMD with GODEBUG=gctrace=1 and tell what its collector did when it has ended.

    What GODEBUG says already is kept. CMD has the terminal to itself: its input, output and standard error pass through
    unchanged, the trace lines too, and signals reach it (Ctrl-C ends CMD, then the report comes). The table is written
    to standard error, so that a pipe gets CMD's output alone; other formats go to -o FILE, or to standard output behind
    what CMD wrote there.
    """
    fmt = format_of(fmt, output, FORMATS_OF["gctrace"], "gc")
    beside = fmt == "table" and output is None
    with on_stderr() if beside else opened(output) as out:
        from goxray import api_gc

        result = api_gc.gc_run(command, go_debug=go_debug, limit=limit)
        options = options_on(sys.stderr, lang) if beside else render_options(output, lang)
        write(result, fmt, out, options, "gctrace")
    click.get_current_context().exit(result.exit_code or 0)
