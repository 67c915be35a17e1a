"""``goxray vault open``: a bundle back into a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    told,
    vault_option,
    who_option,
)

if TYPE_CHECKING:
    from goxray.render.words import Lang


@click.command(
    "open",
    epilog="""\b
Examples:
  goxray vault open 3f2a9c01                       into this directory
  goxray vault open service.log -o opened          by its name, where only one bundle has it
  goxray vault open from-shanghai.goxs -o opened   a file from elsewhere, sealed for your key
  goxray vault open 3f2a9c01 --as again.log --key audit

\b
Nothing is replaced, and nothing is written anywhere but in the directory of -o. Where anything
does not verify, no file appears. The signer must be a key of your vault: goxray vault keys add.
Exit status: 0 done, 2 wrong usage, 3 refused or failed.""",
)
@click.argument("bundle", metavar="BUNDLE", shell_complete=complete_bundles)
@vault_option()
@click.option(
    "-o",
    "--output",
    "directory",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=".",
    show_default=True,
    help="Directory for the new file; it is made if its parent is there.",
)
@click.option("--as", "name", metavar="NAME", default="", help="Name of the new file.  [default: the sealed one's]")
@key_option("The key of your own that opens")
@passphrase_option()
@who_option()
@shown_options()
def open_(
    bundle: str,
    place: Path | None,
    directory: Path,
    name: str,
    key: str,
    passphrase_file: str | None,
    who: str,
    fmt: str,
    lang: Lang,
) -> None:
    """Open BUNDLE into a new file, mode 0600: after its chunks, its end and its signature have verified.

    BUNDLE is an id, 8 digits or more of it, the name of what was sealed, or a .goxs file.
    """
    from goxray import api_vault

    with _directory(directory), asking(passphrase_file) as ask, told("opening") as progress:
        opened = api_vault.open_(place, bundle, directory, ask=ask, name=name, key=key, who=who, progress=progress)
    show(opened, fmt, lang, place)


@contextmanager
def _directory(place: Path) -> Iterator[None]:
    """Make the directory if only that one is missing; take it away again where nothing came into it."""
    try:
        place.mkdir(mode=0o700)
        made = True
    except OSError:  # it is there, or whoever writes there says what is wrong with it
        made = False
    try:
        yield
    except BaseException:
        if made:
            with suppress(OSError):
                place.rmdir()
        raise
