"""``goxray why``: what keeps an object, or the objects of a type, alive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from goxray.render import FORMATS_OF, write
from goxray.ui.cli.answers import end, format_of
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option
from goxray.ui.cli.progress import Progress

if TYPE_CHECKING:
    from goxray.render.words import Lang

_PATHS = 5


@click.command(
    epilog="""\b
Examples:
  goxray why $(pidof service) 0xc000123450
  goxray why 4242 main.Session --paths 3
  goxray why core.4242 '*main.Session' --exe ./service --format json

\b
Exit status: 0 all was read, 2 wrong usage, 3 failed,
4 something could not be read (it is listed under faults)."""
)
@click.argument("target")
@click.argument("what", metavar="ADDR|TYPE")
@click.option("--exe", metavar="FILE", help="The executable of a core dump or of a process whose file is out of reach.")
@click.option(
    "--paths",
    type=click.IntRange(min=1),
    default=_PATHS,
    show_default=True,
    metavar="N",
    help="At most N ways from the roots, the shortest first.",
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["why"]),
    help="How to write the result. [default: by -o's name, else table]",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@click.option("--no-freeze", is_flag=True, help="Do not stop the process: figures may not belong together (racy).")
@click.option(
    "--allow-unverified", is_flag=True, help="Read Go versions whose layout nobody has checked; output is stamped."
)
@language_option()
def why(
    target: str,
    what: str,
    exe: str | None,
    paths: int,
    fmt: str | None,
    output: str | None,
    no_freeze: bool,
    allow_unverified: bool,
    lang: Lang,
) -> None:
    """Say why something in TARGET (a pid, a core dump or FILE.gox) is alive.

    ADDR is an address inside an object, as 0xc000123450; TYPE a Go type, as main.Session, *main.Session or
    'map[string]int'. Shows the shortest ways from variables, stacks and finalizers as Go expressions, what each object
    on them keeps alive, and what would be freed if a reference were cut.
    """
    fmt = format_of(fmt, output, FORMATS_OF["why"], "why")
    with opened(output) as out:
        from goxray import api

        with Progress() as progress:
            result = api.why(
                target,
                what,
                exe=exe,
                paths=paths,
                freeze=not no_freeze,
                allow_unverified=allow_unverified,
                progress=progress,
            )
        write(result, fmt, out, render_options(output, lang), "why")
    end(result, fmt, output)
