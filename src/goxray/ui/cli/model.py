"""``goxray model``: Go's runtime as an executable model; ``model gc`` runs its allocator and collector."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from goxray.core.errors import UsageError
from goxray.render import FORMATS_OF, write
from goxray.ui.cli.answers import format_of
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option

if TYPE_CHECKING:
    from goxray.render.words import Lang

_OFF = -1
_HELP = """\
Predict what Go's allocator and collector do with SCENARIO, a file (- for standard input) or the text itself.

A scenario says what a program allocates, keeps, drops and waits for. The answer is the heap after each step, the
gctrace line of each collection, and pictures of the heap against its goal.

A scenario has one statement a line, or several with ; between them. # begins a comment.

\b
  alloc keep N x SIZE [scan|noscan] [as NAME]
                           N objects, held by a slice of pointers;
                           scan: their first word is a pointer
  alloc garbage N x SIZE [scan|noscan]
                           N objects that nobody keeps
  drop NAME [P%]           let go of all, or of the first P of each 100
  map NAME TYPE N [hint H] make a map and insert N keys
  insert NAME N            insert N more
  delete NAME P%           delete the first P of each 100 keys
  clear NAME               the builtin clear; drop NAME drops the map
  gc                       runtime.GC()
  freeosmemory             debug.FreeOSMemory()
  sleep TIME               10s, 500ms, 5m: the background works
  gogc N|off               debug.SetGCPercent
  memlimit SIZE|off        debug.SetMemoryLimit

Counts are 1000000, 1e6 or 1M, sizes 64B, 2KiB, 1MiB. As a file:

\b
  # a cache that is emptied
  alloc keep 1e6 x 64B scan as users
  alloc garbage 5e6 x 48B
  drop users 90%
  gc
  freeosmemory
"""


@click.group(
    epilog="""\b
Examples:
  goxray model gc heap.scenario
  goxray model gc 'alloc keep 1e6 x 64B; alloc garbage 10e6 x 32B; gc' --go 1.23,1.27"""
)
def model() -> None:
    """Run parts of Go's runtime as a model."""


def _gogc(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    if value.lower() == "off":
        return _OFF
    if not value.isascii() or not value.isdigit() or int(value) >= 1 << 31:
        raise click.BadParameter(f"{value!r} is no GOGC; write 100, 50 or off")
    return int(value)


def _memlimit(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
    if value is None or value.lower() == "off":
        return None
    from goxray.core.units import parse_size

    try:
        return parse_size(value)
    except UsageError as error:
        raise click.BadParameter(f"{error}; {error.hint}") from error


@model.command(
    help=_HELP,
    epilog="""\b
Examples:
  goxray model gc heap.scenario
  goxray model gc 'alloc keep 1e6 x 64B as users; drop users; gc; freeosmemory'
  goxray model gc heap.scenario --go 1.21,1.27 --gogc 50 --memlimit 512MiB
  goxray model gc heap.scenario -o heap.html
  goxray model gc heap.scenario --emit-go main.go && GOMAXPROCS=1 GODEBUG=gctrace=1 go run main.go

\b
Exit status: 0 done, 2 wrong usage (a line of the scenario that makes no sense), 3 failed.""",
)
@click.argument("scenario")
@click.option("--go", metavar="VERSIONS", default="1.23,1.27", show_default=True, help="Go versions, as 1.21,1.27.3.")
@click.option("--gogc", metavar="N", callback=_gogc, help="GOGC at the start, a percentage or off. [default: 100]")
@click.option("--memlimit", metavar="SIZE", callback=_memlimit, help="GOMEMLIMIT at the start. [default: off]")
@click.option(
    "--stopped", is_flag=True, help="Predict GODEBUG=gcstoptheworld=2: no figure but the scavenger's depends on timing."
)
@click.option("--emit-go", metavar="FILE.go", help="Write the Go program that runs the scenario, and predict nothing.")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["model-gc"]),
    help="How to write the result. [default: by -o's name, else table]",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@language_option()
def gc(
    scenario: str,
    go: str,
    gogc: int | None,
    memlimit: int | None,
    stopped: bool,
    emit_go: str | None,
    fmt: str | None,
    output: str | None,
    lang: Lang,
) -> None:
    """Predict what Go's allocator and collector do with a scenario; see its help."""
    if emit_go is not None:
        _emit(scenario, emit_go, gogc, memlimit)
        return
    fmt = format_of(fmt, output, FORMATS_OF["model-gc"], "model-gc")
    with opened(output) as out:
        from goxray import api

        versions = [name.strip() for name in go.split(",") if name.strip()]
        if not versions:
            raise UsageError("no Go version is named", hint="as in --go 1.23,1.27")
        result = api.model_gc(_text(scenario), go=versions, gogc=gogc, memlimit=memlimit, stopped=stopped)
        write(result, fmt, out, render_options(output, lang), "model-gc")


def _emit(scenario: str, place: str, gogc: int | None, memlimit: int | None) -> None:
    from goxray import api_model

    source = api_model.emit_go(_text(scenario), gogc=gogc, memlimit=memlimit, file=Path(place).name)
    with opened(place) as out:
        out.write(source.encode())


def _text(scenario: str) -> str:
    """Return the scenario's text: of the file of that name, of standard input, or what was given itself."""
    if scenario == "-":
        return sys.stdin.read()
    if not scenario.strip():
        raise UsageError("the scenario is empty", hint="give a file, or a scenario such as 'alloc keep 1e6 x 64B'")
    place = Path(scenario)
    try:
        if place.is_file():
            return place.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {scenario}: {error}", hint="give a text file or the scenario itself") from error
    if place.is_dir():
        raise UsageError(f"{scenario} is a directory", hint="give a text file or the scenario itself")
    if len(scenario.split()) < 2 and scenario not in ("gc", "freeosmemory"):
        raise UsageError(
            f"there is no file {scenario!r}", hint="give a file, or a scenario such as 'alloc keep 1e6 x 64B'"
        )
    return scenario
