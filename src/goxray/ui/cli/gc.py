"""``goxray gc``: what the collector does, from a log, a run, a process; each subcommand has a file of its own."""

from __future__ import annotations

import click

from goxray.ui.cli.lazy import LazyCommands

COMMANDS = {
    "read": ("goxray.ui.cli.gc_read:read", "Read a log with gctrace lines of any Go version, 1.5 to 1.27."),
    "run": ("goxray.ui.cli.gc_run:run", "Run a command with gctrace on and read what it prints."),
    "watch": ("goxray.ui.cli.gc_watch:watch", "The collector's live counters of a process that nobody prepared."),
    "phases": ("goxray.ui.cli.gc_phases:phases", "When a map's memory becomes reusable, and when it leaves RSS."),
}


@click.group(
    cls=LazyCommands.of(COMMANDS),
    epilog="""\b
Examples:
  goxray gc read service.log                  every collection that the log tells of
  goxray gc run -- ./service -addr :8080      run it with gctrace on, and read that
  goxray gc watch $(pidof service)            heap, goal, cycles and RSS, ten times a second
  goxray gc phases --pid $(pidof service) --map main.cache.byUser""",
)
def gc() -> None:
    """What Go's collector does: from a log, from a run, or from a running process."""
