"""``goxray vault log``: who did what."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from goxray.core.errors import UsageError
from goxray.render.safe import printable
from goxray.ui.cli.lazy import LazyCommands
from goxray.ui.cli.output import opened
from goxray.ui.cli.passphrase import asking
from goxray.ui.cli.vault_params import (
    anchor_option,
    key_option,
    passphrase_option,
    show,
    shown_options,
    trust_option,
    vault_option,
    who_option,
)

if TYPE_CHECKING:
    from goxray.render.words import Lang

COMMANDS = {
    "show": ("goxray.ui.cli.vault_log:show_", "Who did what, when, with what result."),
    "verify": ("goxray.ui.cli.vault_log:verify_", "Is it as it was written? Needs no secret."),
    "export": ("goxray.ui.cli.vault_log:export", "Its signed heads, to be kept elsewhere."),
    "accept-clock": ("goxray.ui.cli.vault_log:accept_clock", "Vouch for a step of the clock."),
}
STATUS_FOUND = 1
_LAST = 50
_STATUS = "Exit status: 0 done, 2 wrong usage, 3 failed."


@click.group(
    cls=LazyCommands.of(COMMANDS),
    epilog="""\b
Examples:
  goxray vault log show --last 5
  goxray vault log export -o heads-2026-11-22.json
  goxray vault log verify --anchor heads-2026-11-22.json

\b
What it proves: the chain (SM3) shows accidents and careless hands; signed heads (SM2) show
changes by who has no key; the mark beside the log shows an end that was cut off, unless it was
put back too. Heads kept elsewhere show the rest: an older copy that was put back, entries that
were written anew with the key. So export often, to where the vault's owner cannot write. Who is
what the caller says: the log proves which key signed the next head, not who typed.""",
)
def log() -> None:
    """Show and verify the vault's log: who did what, when, with what result, to what; also what was refused."""


@click.command(
    "show",
    epilog=f"""\b
Examples:
  goxray vault log show
  goxray vault log show --last 5
  goxray vault log show --format json | jq '.entries[] | select(.result != "ok")'

\b
Nothing is verified here: goxray vault log verify does that.
{_STATUS}""",
)
@click.option(
    "--last",
    type=click.IntRange(min=0),
    metavar="N",
    default=None,
    help=f"The last N entries, 0: all.  [default: {_LAST} in a table, all in JSON]",
)
@vault_option()
@shown_options()
def show_(last: int | None, place: Path | None, fmt: str, lang: Lang) -> None:
    """Show entries of the log, oldest first: time (UTC), who, what, result, what it was done to."""
    from goxray import api_vault

    if last is None:
        last = _LAST if fmt == "table" else 0
    show(api_vault.log_show(place, last=last), fmt, lang, place)


@click.command(
    "verify",
    epilog="""\b
Examples:
  goxray vault log verify
  goxray vault log verify --anchor heads.json --trust ops

\b
Exit status: 0 nothing is wrong, 1 the log was changed, 2 wrong usage, 3 it cannot be verified.""",
)
@vault_option()
@trust_option()
@anchor_option()
@shown_options()
@click.pass_context
def verify_(
    ctx: click.Context, place: Path | None, trust: tuple[str, ...], anchors: tuple[Path, ...], fmt: str, lang: Lang
) -> None:
    """Verify the log alone: each entry in its place, each head signed, all that was exported still there.

    Needs no passphrase and writes nothing.
    """
    from goxray import api_vault

    found = api_vault.log_verify(place, trust=trust, anchors=anchors)
    show(found, fmt, lang, place)
    if not found.good:
        ctx.exit(STATUS_FOUND)


@click.command(
    epilog=f"""\b
Examples:
  goxray vault log export -o heads-2026-11-22.json
  goxray vault log export | ssh notary 'cat >> goxray-heads'

\b
It holds no secret: digests, numbers, times, signatures. A log that was changed is not exported.
{_STATUS}"""
)
@click.option(
    "-o", "--output", metavar="FILE", help="Write to FILE, which must not be there yet.  [default: standard output]"
)
@vault_option()
def export(output: str | None, place: Path | None) -> None:
    """Write the log's signed heads and its end, to be kept where the vault's owner cannot write."""
    from goxray import api_vault

    if output not in (None, "-") and os.path.lexists(output):
        raise UsageError(
            f"{printable(output)} is there already, and heads that were kept are not replaced",
            hint="choose another name: its date, for one",
        )
    heads = api_vault.log_export(place)
    with opened(output) as out:
        out.write(heads)


@click.command(
    "accept-clock",
    epilog=f"""\b
Examples:
  goxray vault log accept-clock 20 --why 'clock battery changed, set by NTP again'
  goxray vault log verify                          shows where the clock was set, and by how much

\b
ENTRY is the number of the entry behind the step. Find out first which time is right: a clock that
was set forward lets evidence go early.
{_STATUS}""",
)
@click.argument("entry", type=click.IntRange(min=1), metavar="ENTRY")
@click.option("--why", metavar="WHY", required=True, help="What happened, for the log.")
@vault_option()
@key_option()
@passphrase_option()
@who_option()
@shown_options()
def accept_clock(
    entry: int,
    why: str,
    place: Path | None,
    key: str,
    passphrase_file: str | None,
    who: str,
    fmt: str,
    lang: Lang,
) -> None:
    """Vouch for a step of the clock before ENTRY, so that expiry goes on."""
    from goxray import api_vault

    with asking(passphrase_file) as ask:
        done = api_vault.log_accept_clock(place, entry, why, ask=ask, key=key, who=who)
    show(done, fmt, lang, place)
