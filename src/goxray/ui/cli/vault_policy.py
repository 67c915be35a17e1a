"""``goxray vault policy``: how long what is kept."""

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
  goxray vault policy                              what counts now
  goxray vault policy audit=3y incident=12m        set two classes
  goxray vault policy default=7m                   every class that is not named

\b
Months are calendar months: what was sealed on 31 August for six of them may go when February is
over. Six months are 181 to 184 days, so that 180 days always fall short; a period that can fall
short of six months is refused. Longer periods count for all that is kept, shorter ones only for
what is sealed from now on.
Exit status: 0 done, 2 wrong usage, 3 failed."""
)
@click.argument("changes", nargs=-1, metavar="[CLASS=PERIOD]...")
@vault_option()
@key_option()
@passphrase_option()
@who_option()
@shown_options()
def policy(
    changes: tuple[str, ...],
    place: Path | None,
    key: str,
    passphrase_file: str | None,
    who: str,
    fmt: str,
    lang: Lang,
) -> None:
    """Show how long each class of evidence is kept, or set it; a change is a signed entry of the log."""
    from goxray import api_vault

    with asking(passphrase_file) as ask:
        shown = api_vault.policy(place, changes, ask=ask, key=key, who=who)
    show(shown, fmt, lang, place)
