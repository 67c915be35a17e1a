"""``goxray profile``: what a pprof profile says, and what of a heap profile is map memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import click

from goxray.core.errors import UsageError
from goxray.render import FORMATS_OF, write
from goxray.ui.cli.answers import format_of
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option
from goxray.ui.cli.progress import Progress

if TYPE_CHECKING:
    from goxray.core.profile_result import ProfileSort
    from goxray.render.words import Lang

_ROWS = {"table": 15, "html": 200, "json": 1000}
_OF_ONE_TABLE = frozenset({"csv", "parquet"})


@click.command(
    epilog="""\b
Examples:
  curl -so heap.pb.gz localhost:6060/debug/pprof/heap && goxray profile heap.pb.gz --exe ./service
  curl -s localhost:6060/debug/pprof/goroutine | goxray profile -
  goxray profile after.pb.gz --base before.pb.gz          what grew in between
  goxray profile heap.pb.gz --sample alloc_space --sort cum --top 30
  goxray profile heap.pb.gz --exe ./service --pid 4242   which maps these lines' memory is
  goxray profile 'goroutine?debug=1'                      the text form, too
  goxray profile cpu.pb.gz -o cpu.html

\b
Exit status: 0 done, 2 wrong usage, 3 the file is no profile, or is damaged."""
)
@click.argument("file")
@click.option("--base", metavar="FILE", help="Another profile of the same kind, to subtract.")
@click.option(
    "--sample", metavar="TYPE", help="The figures to show, as inuse_space. [default: the profile's own choice]"
)
@click.option(
    "--top",
    "--limit",
    "top",
    type=click.IntRange(min=0),
    metavar="N",
    help="At most N rows of each table; 0: all. [default: table 15, html 200, json 1000]",
)
@click.option(
    "--sort",
    type=click.Choice(("flat", "cum")),
    default="flat",
    show_default=True,
    help="Order by what a function has itself, or with all that it calls.",
)
@click.option("--lines", is_flag=True, help="One row a line, not a function.")
@click.option(
    "--exe", metavar="FILE", help="The executable: it tells which memory is a map's. [default: as the profile names it]"
)
@click.option(
    "--maps", metavar="TARGET", help="Set the maps of a pid, core dump or snapshot beside the lines they grew at."
)
@click.option("--pid", type=click.IntRange(min=1), metavar="PID", help="The same as --maps PID.")
@click.option(
    "--table", type=click.Choice(("top", "maps")), help="The table to write as csv or parquet. [default: top]"
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["profile"]),
    help="How to write the result. [default: by -o's name, else table]",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@language_option()
def profile(
    file: str,
    base: str | None,
    sample: str | None,
    top: int | None,
    sort: str,
    lines: bool,
    exe: str | None,
    maps: str | None,
    pid: int | None,
    table: str | None,
    fmt: str | None,
    output: str | None,
    lang: Lang,
) -> None:
    """Read a pprof profile of any kind: totals, top functions, and what of a heap profile is map memory.

    FILE may be -, standard input. Protobuf or the text form of debug=1, packed by gzip or not; the totals are those of
    go tool pprof.
    """
    if maps is not None and pid is not None:
        raise UsageError("--maps and --pid say the same twice", hint="leave out one")
    fmt = format_of(fmt, output, FORMATS_OF["profile"], "profile")
    if table is not None and fmt not in _OF_ONE_TABLE:
        raise UsageError("--table is for csv and parquet, which hold one table", hint="leave it out")
    with opened(output) as out:
        from goxray import api_profile

        with Progress() as progress:
            result = api_profile.profile(
                file,
                base=base,
                sample=sample,
                top=(_ROWS.get(fmt) if top is None else top) or None,
                sort=cast("ProfileSort", sort),
                lines=lines,
                exe=exe,
                maps=maps if pid is None else str(pid),
                progress=progress,
            )
        write(result, fmt, out, replace(render_options(output, lang), table=table), "profile")
