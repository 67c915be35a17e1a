"""``goxray binary``: what a Go executable is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from goxray.render import FORMATS_OF, write
from goxray.render.safe import printable
from goxray.ui.cli.answers import STATUS_PARTIAL, format_of
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option

if TYPE_CHECKING:
    from goxray.core.binary_result import BinaryReport
    from goxray.render.words import Lang

_MODULES = 20


@click.command(
    epilog="""\b
Examples:
  goxray binary ./service
  goxray binary service.exe service-darwin service-arm64
  goxray binary $(pidof service)
  goxray binary ./service --format json | jq '.binaries[0].platforms[] | select(.fits | not)'
  goxray binary bin/* --format json -o binaries.json

\b
Exit status: 0 done, 2 wrong usage, 3 failed (no Go program, damaged, out of reach),
4 some of several files could not be read."""
)
@click.argument("targets", nargs=-1, required=True, metavar="FILE|PID...")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=_MODULES,
    show_default=True,
    metavar="N",
    help="List at most N modules in the table; 0: all.",
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["binary"]),
    help="How to write the result. [default: by -o's name, else table]",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@language_option()
def binary(targets: tuple[str, ...], limit: int, fmt: str | None, output: str | None, lang: Lang) -> None:
    """Say what Go binaries are: Go version, modules, flags, linking, hardening, crypto, and the platforms they run on.

    Reads ELF, PE and Mach-O files of every machine, stripped ones too, without running them. Secrets that
    -ldflags -X set are masked.
    """
    fmt = format_of(fmt, output, FORMATS_OF["binary"], "binary")
    with opened(output) as out:
        from goxray import api_binary
        from goxray.core.binary_result import BinaryReport

        if len(targets) == 1:
            result = BinaryReport((api_binary.binary(targets[0]),), limit=limit)
        else:
            result = api_binary.binaries(targets, limit=limit)
        write(result, fmt, out, render_options(output, lang), "binary")
    _end(result, fmt, output)


def _end(result: BinaryReport, fmt: str, output: str | None) -> None:
    """Tell on stderr what a reader of the output itself would miss."""
    if fmt != "table" or output is not None:
        for failure in result.failures:
            click.echo(f"goxray: {printable(failure.error)}", err=True)
    click.get_current_context().exit(STATUS_PARTIAL if result.failures else 0)
