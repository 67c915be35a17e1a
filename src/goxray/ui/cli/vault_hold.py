"""``goxray vault hold``: legal holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from goxray.ui.cli.passphrase import asking
from goxray.ui.cli.vault_params import (
    complete_bundles,
    key_option,
    passphrase_option,
    show,
    shown_options,
    vault_option,
    who_option,
)

if TYPE_CHECKING:
    from goxray.render.words import Lang


@click.command(
    epilog="""\b
Examples:
  goxray vault hold 3f2a9c01 --case court-2026-17 --why 'preservation order of 20 November'
  goxray vault hold 3f2a9c01 service.log --case audit-7 --why 'asked for by the supervisor'
  goxray vault hold 3f2a9c01 --case court-2026-17 --why 'case closed' --release

\b
A hold wins over every period. A bundle may be held for several cases; it is free when the last
one is released. Case and reason stand in the log, readable by who can read the vault.
Exit status: 0 done, 2 wrong usage, 3 failed; either all of the bundles are held or none."""
)
@click.argument("bundles", nargs=-1, required=True, metavar="BUNDLE...", shell_complete=complete_bundles)
@vault_option()
@click.option("--case", metavar="NAME", required=True, help="The hold's name.")
@click.option("--why", metavar="WHY", required=True, help="The reason, for the log.")
@click.option("--release", is_flag=True, help="Release the hold of that name instead.")
@key_option()
@passphrase_option()
@who_option()
@shown_options()
def hold(
    bundles: tuple[str, ...],
    place: Path | None,
    case: str,
    why: str,
    release: bool,
    key: str,
    passphrase_file: str | None,
    who: str,
    fmt: str,
    lang: Lang,
) -> None:
    """Hold bundles for a case: while a bundle is held, no expiry destroys it, however long it is due."""
    from goxray import api_vault

    with asking(passphrase_file) as ask:
        held = api_vault.hold(place, bundles, ask=ask, case=case, why=why, release=release, key=key, who=who)
    show(held, fmt, lang, place)
