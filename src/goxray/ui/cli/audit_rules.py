"""``goxray audit rules``: the catalogue, or some of its rules in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from goxray.render import FORMATS_OF, write
from goxray.ui.cli.answers import format_of
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option

if TYPE_CHECKING:
    from goxray.render.words import Lang


@click.command(
    "rules",
    epilog="""\b
Examples:
  goxray audit rules
  goxray audit rules CRY004                   one rule: what, why, clause, bad, good
  goxray audit rules --lang zh -o rules.md
  goxray audit rules --format json | jq '.rules[].id'

\b
A directory that is called rules is audited as ./rules.
Exit status: 0 done, 2 wrong usage (there is no such rule).""",
)
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["audit-rules"]),
    help="How to write it. [default: by -o's name, else table]",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@language_option()
def rules(ids: tuple[str, ...], fmt: str | None, output: str | None, lang: Lang) -> None:
    """Show the rules of the audit: what each looks for and where, its severity, and the clause that it serves.

    With an ID, all of that rule: why it matters, bad and good code, the fix. A clause with a star was not checked
    against the standard's own text.
    """
    fmt = format_of(fmt, output, FORMATS_OF["audit-rules"], "rules")
    with opened(output) as out:
        from goxray import api_audit

        write(api_audit.rules(ids), fmt, out, render_options(output, lang), "audit-rules")
