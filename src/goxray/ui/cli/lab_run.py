"""``goxray lab run``: experiments on real toolchains, and a verdict on each claim."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from goxray.render import FORMATS_OF, write
from goxray.ui.cli.answers import STATUS_PARTIAL, format_of
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option
from goxray.ui.cli.progress import Progress

if TYPE_CHECKING:
    from goxray.core.lab_result import LabResult
    from goxray.lab.observed import Mode
    from goxray.render.words import Lang


@click.command(
    epilog="""\b
Examples:
  goxray lab run map-hint --quick               one experiment, about a second for each Go version
  goxray lab run C000-46 C000-47 --go 1.23,1.27 two claims, on the newest installed of each line
  goxray lab run all --quick -o lab.html        the whole catalogue as a page
  goxray lab run --topic map-delete --thorough  until intervals are tight; loses nothing
  goxray lab run mine --experiments ./mine      an experiment of your own
  goxray lab run map-hint --keep-build ./try    its sources, to be run with plain `go run .`

\b
Nothing is fetched: `goxray lab toolchains --install 1.23.9` gets a toolchain.
Exit status: 0 done, 2 wrong usage, 3 failed, 4 interrupted or some experiments failed."""
)
@click.argument("names", nargs=-1, metavar="ID...")
@click.option(
    "--go",
    metavar="VERSIONS",
    default="",
    help="Release lines, releases or GOROOTs, as 1.23,1.27.3,~/sdk/go1.25. [default: what is there of"
    " 1.21,1.23,1.24,1.27]",
)
@click.option("--quick", is_flag=True, help="Few trials: seconds for each experiment.")
@click.option("--thorough", is_flag=True, help="Trials until the intervals are tight; goes on where a run ended.")
@click.option("--topic", metavar="T", default="", help="Only experiments of this topic.")
@click.option(
    "--experiments",
    "folders",
    metavar="DIR",
    multiple=True,
    help="A directory with experiments of your own; may be given more than once.",
)
@click.option("--results", metavar="DIR", help="Keep raw results there. [default: in goxray's cache]")
@click.option("--resume", is_flag=True, help="Count the trials that an earlier run of the same mode has kept.")
@click.option("--seed", type=int, metavar="N", help="Decides the order of the arms. [default: 1]")
@click.option("--keep-build", metavar="DIR", help="Write go.mod and sources of each build there too.")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["lab"]),
    help="How to write the result. [default: by -o's name, else table]",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@language_option()
def run(
    names: tuple[str, ...],
    go: str,
    quick: bool,
    thorough: bool,
    topic: str,
    folders: tuple[str, ...],
    results: str | None,
    resume: bool,
    seed: int | None,
    keep_build: str | None,
    fmt: str | None,
    output: str | None,
    lang: Lang,
) -> None:
    """Run experiments on several Go versions and say which claims hold on which.

    ID is an experiment, a claim (C000-46), an article (C000), or all. Each experiment is compiled with each toolchain
    and run again and again, its arms in random order, until the figures decide or the budget ends.
    """
    if not names and not topic:
        raise click.UsageError("name experiments, claims or a topic; all of them: goxray lab run all")
    if quick and thorough:
        raise click.UsageError("--quick and --thorough exclude each other")
    mode: Mode = "quick" if quick else "thorough" if thorough else "normal"
    fmt = format_of(fmt, output, FORMATS_OF["lab"], "lab")
    with opened(output) as out:
        from goxray import api_lab

        with Progress() as progress:
            result = api_lab.run(
                names,
                go=[each for each in go.replace(" ", ",").split(",") if each],
                mode=mode,
                topic=topic,
                folders=folders,
                results=results,
                progress=progress,
                seed=seed,
                resume=resume,
                keep_build=keep_build,
            )
        write(result, fmt, out, render_options(output, lang), "lab")
    _end(result, fmt, output)


def _end(result: LabResult, fmt: str, output: str | None) -> None:
    """Say on stderr what a reader of the output would miss, and leave with the run's status."""
    if fmt != "table" or output is not None:
        for fault in result.faults[:_MOST_FAULTS]:
            text = " ".join(fault.detail.split())[:_WIDTH]
            click.echo(f"goxray: {fault.experiment} go{fault.go_version}: {fault.reason}: {text}", err=True)
        if len(result.faults) > _MOST_FAULTS:
            click.echo(f"goxray: and {len(result.faults) - _MOST_FAULTS} more", err=True)
    if result.interrupted:
        click.echo("goxray: interrupted; what is kept counts when it goes on with --resume or --thorough", err=True)
    sys.stderr.flush()
    failed = [fault for fault in result.faults if fault.reason not in _EXPECTED]
    click.get_current_context().exit(STATUS_PARTIAL if failed or result.interrupted else 0)


_MOST_FAULTS = 10
_WIDTH = 200
_EXPECTED = frozenset({"no-tool", "cannot"})
"""A tool that is not on this machine is no failure of an experiment: its verdict says so."""
