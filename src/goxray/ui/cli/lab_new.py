"""``goxray lab new``: an experiment of one's own to start from."""

from __future__ import annotations

import click

from goxray.render.safe import printable


@click.command(
    epilog="""\b
Examples:
  goxray lab new slice-growth
  goxray lab new slice-growth --in my-experiments
  goxray lab run slice-growth --experiments my-experiments --quick

\b
Exit status: 0 done, 2 wrong usage (the folder is there already, or the name is none)."""
)
@click.argument("name", metavar="ID")
@click.option(
    "--in", "where", metavar="DIR", default="experiments", show_default=True, help="Where to make the folder."
)
def new(name: str, where: str) -> None:
    """Write the folder DIR/ID with a claim.toml and a main.go that run as they are.

    ID is words in small letters with dashes between. docs/lab.md says what every key of claim.toml means.
    """
    from goxray import api_lab

    folder = api_lab.new(name, where)
    click.echo(f"wrote {printable(str(folder))}/claim.toml and main.go; run it with:")
    click.echo(f"  goxray lab run {printable(name)} --experiments {printable(where)} --quick")
