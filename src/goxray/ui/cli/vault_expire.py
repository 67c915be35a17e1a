"""``goxray vault expire``: the end of what is due."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from goxray.ui.cli.passphrase import asking
from goxray.ui.cli.vault_params import key_option, passphrase_option, show, shown_options, vault_option, who_option

if TYPE_CHECKING:
    from goxray.render.words import Lang


@click.command(
    epilog="""\b
Examples:
  goxray vault expire --dry-run                    what would go today; needs no passphrase
  goxray vault expire --passphrase-file ~/.ops     every day, from a timer
  goxray vault expire --keep-ciphertext            what remains still verifies, and opens no more

\b
What it proves: the wrapped data key was overwritten and synced, by whom and when, signed. What it
cannot prove: that an SSD, a snapshot, a backup or a copy holds no old block. Such a copy opens
with a recipient's private key: rotate keys, and destroy old ones when all that was sealed for
them is due.
It refuses to run on a log that was changed, and after a step of the clock that nobody vouched
for.
Exit status: 0 done, also where nothing was due; 2 wrong usage, 3 refused or failed."""
)
@vault_option()
@click.option("--dry-run", is_flag=True, help="Only say what would be destroyed.")
@click.option("--keep-ciphertext", is_flag=True, help="Leave the files, without their keys.")
@key_option("The key of your own that signs tombstones")
@passphrase_option()
@who_option()
@shown_options()
def expire(
    place: Path | None,
    dry_run: bool,
    keep_ciphertext: bool,
    key: str,
    passphrase_file: str | None,
    who: str,
    fmt: str,
    lang: Lang,
) -> None:
    """Destroy what is due and not held: data keys first, then files, each with a signed tombstone in the log.

    A run that is killed is finished by the next one.
    """
    from goxray import api_vault

    with asking(passphrase_file) as ask:
        gone = api_vault.expire(place, ask=ask, dry_run=dry_run, keep_ciphertext=keep_ciphertext, key=key, who=who)
    show(gone, fmt, lang, place)
