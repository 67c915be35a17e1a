"""``goxray vault init``: a new vault."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from goxray.ui.cli.passphrase import asking
from goxray.ui.cli.vault_params import passphrase_option, show, shown_options, vault_option, who_option

if TYPE_CHECKING:
    from goxray.render.words import Lang


@click.command(
    epilog="""\b
Examples:
  goxray vault init                                    in your data directory
  goxray vault init --name ops --keep incident=12m     incidents are kept for a year
  goxray vault init --vault ./evidence --passphrase-file ~/.ops.passphrase

\b
Periods: 12m calendar months, 3y years, 6m10d months and days. None may fall short of six calendar
months (180 days do). A passphrase has 8 bytes or more. Lost passphrases cannot be replaced: seal
what matters for a second key too.
Exit status: 0 done, 2 wrong usage, 3 failed."""
)
@vault_option()
@click.option("--name", metavar="NAME", default="owner", show_default=True, help="Name of the first key.")
@click.option(
    "--keep",
    metavar="CLASS=PERIOD",
    multiple=True,
    help="How long a class of evidence is kept; may be given more than once.  [default: default=6m]",
)
@passphrase_option()
@who_option()
@shown_options()
def init(
    place: Path | None,
    name: str,
    keep: tuple[str, ...],
    passphrase_file: str | None,
    who: str,
    fmt: str,
    lang: Lang,
) -> None:
    """Make a vault: a directory that only you can read, its first key, and how long it keeps what.

    The key signs what you seal and opens what was sealed for you. Its private part is stored under the passphrase
    (PBKDF2 with HMAC-SM3, SM4), which is asked for twice.
    """
    from goxray import api_vault

    with asking(passphrase_file) as ask:
        made = api_vault.init(place, ask=ask, name=name, keep=keep, who=who)
    show(made, fmt, lang, place)
