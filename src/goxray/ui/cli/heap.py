"""``goxray heap``: the whole heap of a running Go program, a core dump or a snapshot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from goxray.core.errors import UsageError
from goxray.core.heap_schema import HEAP_TABLES
from goxray.render import FORMATS_OF, write
from goxray.render.masked import masked
from goxray.ui.cli.answers import end, format_of
from goxray.ui.cli.masking import masked_by, masking_options
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option
from goxray.ui.cli.progress import Progress

if TYPE_CHECKING:
    from goxray.render.words import Lang

# Rows of each table where nobody says how many: as many as people read. Programs that ask for one table get all of it.
_ROWS = {"table": 10, "html": 200, "json": 1000, "pprof": 1}
_ROWS_OF_ONE = 30
_TABLES = tuple(HEAP_TABLES)
_OF_ONE_TABLE = frozenset({"csv", "parquet", "arrow"})
_SECRET = "duplicates"


@click.command(
    epilog="""\b
Examples:
  goxray heap $(pidof service)
  goxray heap 4242 --table dominators --limit 50
  goxray heap 4242 -o heap.html
  goxray heap 4242 -o heap.pb.gz && go tool pprof -http : heap.pb.gz
  goxray heap core.4242 --exe ./service --format json | jq '.suspects'

\b
Exit status: 0 all was read, 2 wrong usage, 3 failed,
4 something could not be read (it is listed under faults)."""
)
@click.argument("target")
@click.option("--exe", metavar="FILE", help="The executable of a core dump or of a process whose file is out of reach.")
@click.option(
    "--limit",
    "--top",
    type=click.IntRange(min=0),
    metavar="N",
    help="At most N rows of each table; 0: all. [default: table 10, html 200, json 1000]",
)
@click.option(
    "--table",
    type=click.Choice(_TABLES),
    help="Show this table alone; csv, parquet and arrow hold one. [default for those: owners]",
)
@click.option(
    "--duplicates",
    is_flag=True,
    help="Look for equal strings and show them, personal data masked; the rest may still be secrets.",
)
@masking_options("--duplicates")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["heap"]),
    help="How to write the result. [default: by -o's name, else table]",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@click.option("--no-freeze", is_flag=True, help="Do not stop the process: figures may not belong together (racy).")
@click.option(
    "--allow-unverified", is_flag=True, help="Read Go versions whose layout nobody has checked; output is stamped."
)
@language_option()
def heap(
    target: str,
    exe: str | None,
    limit: int | None,
    table: str | None,
    duplicates: bool,
    what: tuple[str, ...],
    mask_key: Path | None,
    unmasked: bool,
    fmt: str | None,
    output: str | None,
    no_freeze: bool,
    allow_unverified: bool,
    lang: Lang,
) -> None:
    """Say who holds the memory of TARGET, a pid, a core dump or a snapshot (FILE.gox).

    Shows what each type, owner and object keeps alive, which of them look like leaks, how full maps, slices, channels
    and strings are, and where the resident memory of the process goes. The process is stopped only while what is needed
    is copied, and is never written to.
    """
    if table == _SECRET and not duplicates:
        raise UsageError("duplicate strings are shown only on request", hint="add --duplicates: they may be secrets")
    masks, key = masked_by(duplicates, what, mask_key, unmasked, ("strings that are shown", "--duplicates"))
    fmt = format_of(fmt, output, FORMATS_OF["heap"], "heap")
    # The file is opened first: a place that cannot be written to must not cost a look at the target.
    with opened(output) as out:
        from goxray import api

        with Progress() as progress:
            result = api.heap(
                target,
                exe=exe,
                limit=_limit(limit, fmt, table),
                freeze=not no_freeze,
                duplicates=duplicates,
                allow_unverified=allow_unverified,
                mask=masks,
                mask_key=key,
                progress=progress,
            )
        write(result, fmt, out, replace(render_options(output, lang), table=table), "heap")
    if table == _SECRET and fmt in _OF_ONE_TABLE and result.duplicates_masked is not None:
        click.echo(f"goxray: {masked(result.duplicates_masked, lang)}", err=True)
    end(result, fmt, output)


def _limit(limit: int | None, fmt: str, table: str | None) -> int | None:
    """Return the most rows of each table to ask for; None asks for all."""
    if limit is not None:
        return limit or None
    if fmt in _OF_ONE_TABLE:
        return None
    return _ROWS_OF_ONE if fmt == "table" and table is not None else _ROWS[fmt]
