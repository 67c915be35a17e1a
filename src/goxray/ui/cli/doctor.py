"""``goxray doctor``: what this machine can do, and the command that mends what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option

if TYPE_CHECKING:
    from goxray.render.words import Lang

_STATUS_MISSING = 1


@click.command(
    epilog="""\b
Examples:
  goxray doctor
  goxray doctor --format json | jq -r '.checks[] | select(.status != "ok") | .mend'

\b
Exit status: 0 goxray can do its main job here, 1 something that it needs is missing."""
)
@click.option("--format", "fmt", type=click.Choice(["table", "json"]), default="table", show_default=True)
@language_option()
def doctor(fmt: str, lang: Lang) -> None:
    """Check this machine: rights, kernel settings, tools, Go toolchains, verified Go versions.

    Stops and reads a child process of its own to see what the kernel really allows; touches nothing else.
    """
    from goxray.render.doctor import render_doctor, render_doctor_json
    from goxray.ui.cli.machine import examine

    checks = examine()
    options = render_options(None, lang)
    text = render_doctor_json(checks) if fmt == "json" else render_doctor(checks, options)
    with opened(None) as out:
        out.write(text.encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))
    if any(check.status == "missing" for check in checks):
        click.get_current_context().exit(_STATUS_MISSING)
