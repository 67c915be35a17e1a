"""``goxray maps``: every map of a running Go program or core dump."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from goxray.core.errors import UsageError
from goxray.render import FORMATS, NOT_FOR_TERMINALS, write
from goxray.render.safe import printable
from goxray.ui.cli.masking import masked_by, masking_options
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option, size
from goxray.ui.cli.progress import Progress

if TYPE_CHECKING:
    from goxray.core.result import Grouping, MapsResult
    from goxray.render.words import Lang

Sorting = Literal["wasted", "bytes", "entries", "load"]

# Rows that are shown where nobody says: as many as people read, and all for programs.
_ROWS = {"table": 20, "html": 1000}
_PICTURES = 3
_SUFFIXES = {".json": "json", ".csv": "csv", ".parquet": "parquet", ".arrow": "arrow", ".html": "html", ".htm": "html"}
_STATUS_FOUND, _STATUS_PARTIAL = 1, 4
_KEYS = ("keys that are shown", "--show-keys N")


@click.command(
    epilog="""\b
Examples:
  goxray maps $(pidof service)
  goxray maps 4242 --group none --sort bytes --limit 50
  goxray maps 4242 -o report.html
  goxray maps core.4242 --exe ./service --verify
  goxray maps 4242 --format json | jq '.maps[] | select(.load < 0.1) | .owner'

\b
Exit status: 0 all was read, 1 --verify found a broken invariant, 2 wrong usage, 3 failed,
4 something could not be read (it is listed under faults)."""
)
@click.argument("target")
@click.option("--exe", metavar="FILE", help="The executable of a core dump or of a process whose file is out of reach.")
@click.option(
    "--group",
    type=click.Choice(["owner", "type", "none"]),
    default="owner",
    show_default=True,
    help="One row for all maps held the same way, of the same type, or for each map.",
)
@click.option(
    "--sort",
    type=click.Choice(["wasted", "bytes", "entries", "load"]),
    default="wasted",
    show_default=True,
    help="What the first row has most of; load: least.",
)
@click.option(
    "--limit", type=click.IntRange(min=0), metavar="N", help="At most N rows; 0: all. [default: table 20, html 1000]"
)
@click.option(
    "--min-bytes", callback=size, default="0", metavar="SIZE", help="Leave out rows smaller than 64KiB, 10MB, 1g ..."
)
@click.option(
    "--format", "fmt", type=click.Choice(FORMATS), help="How to write the result. [default: by -o's name, else table]"
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@click.option("--no-freeze", is_flag=True, help="Do not stop the process: figures may not belong together (racy).")
@click.option("--verify", is_flag=True, help="Recompute every map's invariants and name what breaks them.")
@click.option(
    "--show-keys",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Show N keys and elems of each listed map, personal data masked; the rest may still be secrets.",
)
@masking_options("--show-keys")
@click.option(
    "--allow-unverified", is_flag=True, help="Read Go versions whose layout nobody has checked; output is stamped."
)
@language_option()
def maps(
    target: str,
    exe: str | None,
    group: Grouping,
    sort: Sorting,
    limit: int | None,
    min_bytes: int,
    fmt: str | None,
    output: str | None,
    no_freeze: bool,
    verify: bool,
    show_keys: int,
    what: tuple[str, ...],
    mask_key: Path | None,
    unmasked: bool,
    allow_unverified: bool,
    lang: Lang,
) -> None:
    """Count every map in TARGET, the pid of a running Go program, a core dump or a snapshot (FILE.gox).

    Shows for each owner how many slots its maps have, how many hold an entry, what they take and what rebuilding them
    would give back. The process is stopped only while what is needed is copied, and is never written to.
    """
    fmt = fmt or _format_of(output)
    _refuse_on_terminal(fmt, output)
    masks, key = masked_by(show_keys > 0, what, mask_key, unmasked, _KEYS)
    # The file is opened first: a place that cannot be written to must not cost a look at the target.
    with opened(output) as out:
        from goxray import api

        with Progress() as progress:
            result = api.maps(
                target,
                exe=exe,
                group=group,
                sort=sort,
                limit=_limit(limit, fmt),
                min_bytes=min_bytes,
                freeze=not no_freeze,
                verify=verify,
                show_keys=show_keys,
                allow_unverified=allow_unverified,
                pictures=_PICTURES if fmt == "html" else 0,
                mask=masks,
                mask_key=key,
                progress=progress,
            )
        write(result, fmt, out, render_options(output, lang))
    _warn(result, fmt, output)
    click.get_current_context().exit(_status(result))


def _format_of(output: str | None) -> str:
    return _SUFFIXES.get(Path(output).suffix.lower(), "table") if output else "table"


def _refuse_on_terminal(fmt: str, output: str | None) -> None:
    if fmt in NOT_FOR_TERMINALS and output is None and sys.stdout.isatty():
        raise UsageError(f"{fmt} is not for terminals", hint=f"write it to a file: -o maps.{fmt}")


def _limit(limit: int | None, fmt: str) -> int | None:
    """Return the most rows to ask for; None asks for all."""
    if limit is None:
        return _ROWS.get(fmt)
    return limit or None


def _warn(result: MapsResult, fmt: str, output: str | None) -> None:
    """Say on stderr what a reader of the output itself would miss: it is a file, or has no place for it."""
    if fmt == "table" and output is None:
        return
    if result.unverified:
        click.echo(f"goxray: UNVERIFIED: nobody has checked the layout of {result.build.go_version}", err=True)
    if result.faults:
        first = result.faults[0]
        many = f" and {len(result.faults) - 1:,} more" if len(result.faults) > 1 else ""
        click.echo(f"goxray: fault at {first.addr:#x}: {printable(first.what)}{many}", err=True)


def _status(result: MapsResult) -> int:
    if any(fault.violation for fault in result.faults):
        return _STATUS_FOUND
    return _STATUS_PARTIAL if result.faults else 0
