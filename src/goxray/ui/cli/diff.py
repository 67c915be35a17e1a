"""``goxray diff``: what changed between two snapshots, processes or cores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from goxray.render import FORMATS_OF, write
from goxray.ui.cli.answers import format_of
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option
from goxray.ui.cli.progress import Progress

if TYPE_CHECKING:
    from goxray.render.words import Lang

_TABLES = {"owner": "owners", "type": "types", "maps": "maps"}
_ROWS, _ROWS_OF_ONE = 10, 30


@click.command(
    epilog="""\b
Examples:
  goxray diff monday.gox tuesday.gox
  goxray diff monday.gox $(pidof service) --by type
  goxray diff core.1 core.2 --exe ./service --format json | jq '.owners[0]'

\b
Exit status: 0 compared, 2 wrong usage, 3 failed."""
)
@click.argument("before")
@click.argument("after")
@click.option("--by", type=click.Choice(list(_TABLES)), help="Show this table alone.  [default: all; csv: owner]")
@click.option("--exe", metavar="FILE", help="The executable of those that are core dumps.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    help="At most N rows of each table; 0: all.  [default: table 10, with --by 30, else all]",
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["diff"]),
    help="How to write.  [default: by -o's suffix, else table]",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@click.option("--no-freeze", is_flag=True, help="Do not stop processes: figures may not belong together (racy).")
@click.option(
    "--allow-unverified", is_flag=True, help="Read Go versions whose layout nobody has checked; output is stamped."
)
@language_option()
def diff(
    before: str,
    after: str,
    by: str | None,
    exe: str | None,
    limit: int | None,
    fmt: str | None,
    output: str | None,
    no_freeze: bool,
    allow_unverified: bool,
    lang: Lang,
) -> None:
    """Compare BEFORE with AFTER: each a snapshot, a pid or a core dump.

    Owners and types are matched by their names, never by address, so the two may be different processes and builds of
    a program. Goroutines are matched by the function that they run.
    """
    fmt = format_of(fmt, output, FORMATS_OF["diff"], "diff")
    with opened(output) as out:
        from goxray import api

        with Progress() as progress:
            result = api.diff(
                before,
                after,
                exe=exe,
                limit=_limit(limit, fmt, by),
                freeze=not no_freeze,
                allow_unverified=allow_unverified,
                progress=progress,
            )
        table = None if by is None else _TABLES[by]
        write(result, fmt, out, replace(render_options(output, lang), table=table), "diff")


def _limit(limit: int | None, fmt: str, by: str | None) -> int | None:
    """Return the most rows of each table to ask for; None asks for all."""
    if limit is not None:
        return limit or None
    if fmt != "table":
        return None
    return _ROWS if by is None else _ROWS_OF_ONE
