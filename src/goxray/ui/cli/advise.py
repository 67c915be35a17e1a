"""``goxray advise``: what to change in a Go program, and what that gains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from goxray.render import FORMATS_OF, write
from goxray.render.safe import printable
from goxray.ui.cli.answers import STATUS_PARTIAL, format_of
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option, size
from goxray.ui.cli.progress import Progress

if TYPE_CHECKING:
    from goxray.core.advise_result import AdviseResult
    from goxray.render.words import Lang

_STATUS_FOUND = 1
_ROWS = {"table": 20, "md": 50, "html": 200, "json": None}


@click.command(
    epilog="""\b
Examples:
  goxray advise $(pidof service)
  goxray advise core.4242 --exe ./service -o advice.html
  goxray advise before.gox --go 1.26,1.27
  curl -so heap.pb.gz localhost:6060/debug/pprof/heap && goxray advise heap.pb.gz
  goxray advise 4242 --min-gain 1MiB --fail-on 100MiB --format json

\b
Exit status: 0 done, 1 a finding gains as much as --fail-on says, 2 wrong usage, 3 failed,
4 something could not be read (it is listed under faults)."""
)
@click.argument("target")
@click.option("--exe", metavar="FILE", help="The executable of a core dump or of a process whose file is out of reach.")
@click.option(
    "--go",
    metavar="VERSIONS",
    default="",
    help="Go versions of the forecast, as 1.26,1.27:mapsplitgroup. [default: every line that is known]",
)
@click.option(
    "--top",
    "--limit",
    "limit",
    type=click.IntRange(min=0),
    metavar="N",
    help="At most N findings; 0: all. [default: table 20, md 50, html 200, json all]",
)
@click.option(
    "--min-gain",
    default="4KiB",
    show_default=True,
    callback=size,
    metavar="BYTES",
    help="Leave out findings that gain less.",
)
@click.option(
    "--fail-on",
    callback=lambda ctx, param, value: None if value is None else size(ctx, param, value),
    metavar="BYTES",
    help="End with exit status 1 when a finding gains so many bytes.",
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["advise"]),
    help="How to write the result. [default: by -o's name, else table]",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@click.option("--no-freeze", is_flag=True, help="Do not stop the process: figures may not belong together (racy).")
@click.option(
    "--allow-unverified", is_flag=True, help="Read Go versions whose layout nobody has checked; output is stamped."
)
@language_option()
def advise(
    target: str,
    exe: str | None,
    go: str,
    limit: int | None,
    min_gain: int,
    fail_on: int | None,
    fmt: str | None,
    output: str | None,
    no_freeze: bool,
    allow_unverified: bool,
    lang: Lang,
) -> None:
    """Say what to change in TARGET: a pid, a core dump, a snapshot (FILE.gox) or a heap profile (pprof).

    Each finding says what, where, how many bytes it gains by prediction, the code change in Go, what that costs, and
    when the advice is wrong. The forecast says what the same maps would take on other Go versions.
    """
    fmt = format_of(fmt, output, FORMATS_OF["advise"], "advise")
    # The file is opened first: a place that cannot be written to must not cost a look at the target.
    with opened(output) as out:
        from goxray import api

        with Progress() as progress:
            result = api.advise(
                target,
                exe=exe,
                go=tuple(part.strip() for part in go.split(",") if part.strip()),
                min_gain=min_gain,
                freeze=not no_freeze,
                allow_unverified=allow_unverified,
                progress=progress,
            )
        write(_cut(result, limit, fmt), fmt, out, render_options(output, lang), "advise")
    _end(result, fmt, output, fail_on)


def _cut(result: AdviseResult, limit: int | None, fmt: str) -> AdviseResult:
    """Keep the findings to show; whether one fails the run is a matter of all.

    People see first what gives memory back; JSON keeps the order of the schema.
    """
    from dataclasses import replace

    from goxray.render.advise_story import memory_first

    most = _ROWS[fmt] if limit is None else (limit or None)
    found = result.findings if fmt == "json" else memory_first(result.findings)
    return replace(result, findings=found[:most])


def _end(result: AdviseResult, fmt: str, output: str | None, fail_on: int | None) -> None:
    """Say on stderr what a reader of the output itself would miss, and leave with the run's status."""
    if fmt != "table" or output is not None:
        if result.unverified:
            click.echo(f"goxray: UNVERIFIED: nobody has checked the layout of {result.go_version}", err=True)
        if result.faults:
            many = f" and {len(result.faults) - 1:,} more" if len(result.faults) > 1 else ""
            click.echo(f"goxray: fault: {printable(result.faults[0])}{many}", err=True)
    over = fail_on is not None and any(finding.gain_bytes >= fail_on for finding in result.findings)
    status = _STATUS_FOUND if over else STATUS_PARTIAL if result.faults else 0
    click.get_current_context().exit(status)
