"""``goxray lab``: published claims put to the test on real Go; each subcommand has a file of its own."""

from __future__ import annotations

import click

from goxray.ui.cli.lazy import LazyCommands

COMMANDS = {
    "list": ("goxray.ui.cli.lab_list:list_", "The catalogue: experiments and claims, and what earlier runs found."),
    "run": ("goxray.ui.cli.lab_run:run", "Run experiments on several Go versions and judge the claims."),
    "show": ("goxray.ui.cli.lab_show:show", "One experiment: its claims, its program, its last verdicts."),
    "report": ("goxray.ui.cli.lab_report:report", "A report of what the runs found: HTML or Markdown, en or zh."),
    "new": ("goxray.ui.cli.lab_new:new", "Write an experiment of your own to start from."),
    "toolchains": ("goxray.ui.cli.lab_toolchains:toolchains", "The Go toolchains that are here; --install V gets one."),
}


@click.group(
    cls=LazyCommands.of(COMMANDS),
    epilog="""\b
Examples:
  goxray lab list --topic map-delete          what is claimed about delete
  goxray lab run map-hint --quick             one experiment, on the installed toolchains
  goxray lab run C000-46 --go 1.23,1.27       one claim, before and after Swiss maps
  goxray lab run all --quick                  the whole catalogue, under 40 minutes on 2 cores
  goxray lab report -o lab.html               what all runs found, for people""",
)
def lab() -> None:
    """Put published claims on Go to the test: a small program, real toolchains, an honest verdict."""
