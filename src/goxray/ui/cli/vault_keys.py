"""``goxray vault keys``: the keys that open, sign and are sealed for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from goxray.ui.cli.lazy import LazyCommands
from goxray.ui.cli.output import opened
from goxray.ui.cli.passphrase import asking
from goxray.ui.cli.vault_params import (
    complete_keys,
    new_passphrase_option,
    passphrase_option,
    show,
    shown_options,
    vault_option,
    who_option,
)

if TYPE_CHECKING:
    from goxray.core.vault_result import VaultKey
    from goxray.render.words import Lang

COMMANDS = {
    "list": ("goxray.ui.cli.vault_keys:list_", "Own and foreign, active and retired."),
    "new": ("goxray.ui.cli.vault_keys:new", "Make a key of your own."),
    "add": ("goxray.ui.cli.vault_keys:add", "Add somebody else's public key, or a certificate."),
    "rotate": ("goxray.ui.cli.vault_keys:rotate", "Make a new key in the place of one of your own."),
    "retire": ("goxray.ui.cli.vault_keys:retire", "Let a key sign nothing new, and seal nothing for it."),
    "passphrase": ("goxray.ui.cli.vault_keys:passphrase", "Put a key under another passphrase."),
    "export-public": ("goxray.ui.cli.vault_keys:export_public", "Write a public key, for who seals for it."),
}
_STATUS = "Exit status: 0 done, 2 wrong usage, 3 failed."


@click.group(
    cls=LazyCommands.of(COMMANDS),
    epilog="""\b
Examples:
  goxray vault keys list
  goxray vault keys new audit
  goxray vault keys export-public audit -o audit.pem
  goxray vault keys add shanghai shanghai.pem
  goxray vault keys rotate ops

\b
An id is from the SM3 digest of the public key: 32 digits. Commands take names, ids, or 8 digits.
Signatures of every key here count: compare a foreign key's id with its owner, by telephone say,
before you add it.""",
)
def keys() -> None:
    """List, make, add, rotate and retire keys.

    A key of your own signs what you seal and opens what was sealed for it; a foreign key has its public part alone:
    others are sealed for, and their signatures verified.
    """


@click.command(
    "list",
    epilog=f"""\b
Examples:
  goxray vault keys list
  goxray vault keys list --format json | jq -r '.keys[] | select(.own).id'

\b
{_STATUS}""",
)
@vault_option()
@shown_options()
def list_(place: Path | None, fmt: str, lang: Lang) -> None:
    """List the vault's keys: own or foreign, active or retired, and which key one came in place of."""
    from goxray import api_vault

    show(api_vault.keys_list(place), fmt, lang, place)


@click.command(
    epilog=f"""\b
Examples:
  goxray vault keys new audit
  goxray vault keys new spare --new-passphrase-file /media/usb/spare.passphrase

\b
A key of your own that is there lets the new one in: its passphrase is asked for first.
{_STATUS}"""
)
@click.argument("name", metavar="NAME")
@vault_option()
@passphrase_option()
@new_passphrase_option("Without it the new key takes that of --passphrase-file, or the terminal is asked.")
@who_option()
@shown_options()
def new(
    name: str,
    place: Path | None,
    passphrase_file: str | None,
    new_passphrase_file: str | None,
    who: str,
    fmt: str,
    lang: Lang,
) -> None:
    """Make a key of your own, named NAME, under a passphrase of its own."""
    from goxray import api_vault

    with asking(passphrase_file, new_passphrase_file) as ask:
        made = api_vault.keys_new(place, name, ask=ask, who=who)
    show(made, fmt, lang, place)


@click.command(
    epilog=f"""\b
Examples:
  goxray vault keys add shanghai shanghai.pem
  goxray vault keys add supervisor supervisor.crt --ca root.crt

\b
FILE is a public SM2 key (PEM or DER) or an X.509 certificate with one. Without --ca nothing says
whose key it is but you: compare its id with its owner by another way.
{_STATUS}"""
)
@click.argument("name", metavar="NAME")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--ca", metavar="FILE", type=click.Path(path_type=Path), help="Certificate that must have issued FILE.")
@vault_option()
@who_option()
@shown_options()
def add(name: str, file: Path, ca: Path | None, place: Path | None, who: str, fmt: str, lang: Lang) -> None:
    """Add somebody else's public key as NAME: to seal for, and to verify signatures with."""
    from goxray import api_vault

    show(api_vault.keys_add(place, name, file, ca=ca, who=who), fmt, lang, place)


@click.command(
    epilog=f"""\b
Examples:
  goxray vault keys rotate ops
  goxray vault keys rotate ops --passphrase-file old --new-passphrase-file new

\b
What was sealed for the old key opens with the old key: keep its passphrase until all that is due.
{_STATUS}"""
)
@click.argument("name", metavar="NAME", shell_complete=complete_keys)
@vault_option()
@passphrase_option()
@new_passphrase_option("Without it the new key takes that of --passphrase-file, or the terminal is asked.")
@who_option()
@shown_options()
def rotate(
    name: str,
    place: Path | None,
    passphrase_file: str | None,
    new_passphrase_file: str | None,
    who: str,
    fmt: str,
    lang: Lang,
) -> None:
    """Make a new key in the place of NAME, which is retired: it opens what it opened, and signs nothing new."""
    from goxray import api_vault

    with asking(passphrase_file, new_passphrase_file) as ask:
        made = api_vault.keys_rotate(place, name, ask=ask, who=who)
    show(made, fmt, lang, place)


@click.command(
    epilog=f"""\b
Examples:
  goxray vault keys retire shanghai
  goxray vault keys retire 8a72c0e1 --who wang@ops

\b
{_STATUS}"""
)
@click.argument("name", metavar="NAME", shell_complete=complete_keys)
@vault_option()
@passphrase_option()
@who_option()
@shown_options()
def retire(name: str, place: Path | None, passphrase_file: str | None, who: str, fmt: str, lang: Lang) -> None:
    """Retire the key NAME: nothing is sealed for it any more, and one of your own signs nothing new."""
    from goxray import api_vault

    with asking(passphrase_file) as ask:
        done = api_vault.keys_retire(place, name, ask=ask, who=who)
    show(done, fmt, lang, place)


@click.command(
    epilog=f"""\b
Examples:
  goxray vault keys passphrase ops
  goxray vault keys passphrase ops --passphrase-file old --new-passphrase-file new

\b
Copies of the key's file still open with the old passphrase: if that one became known, rotate.
{_STATUS}"""
)
@click.argument("name", metavar="NAME", shell_complete=complete_keys)
@vault_option()
@passphrase_option()
@new_passphrase_option("Without it the terminal is asked, twice.")
@who_option()
@shown_options()
def passphrase(
    name: str,
    place: Path | None,
    passphrase_file: str | None,
    new_passphrase_file: str | None,
    who: str,
    fmt: str,
    lang: Lang,
) -> None:
    """Put the key NAME under another passphrase."""
    from goxray import api_vault

    with asking(passphrase_file, new_passphrase_file, apart=True) as ask:

        def ask_new(key: VaultKey) -> bytearray:
            return ask(replace(key, id=""))

        done = api_vault.keys_passphrase(place, name, ask=ask, ask_new=ask_new, who=who)
    show(done, fmt, lang, place)


@click.command(
    "export-public",
    epilog=f"""\b
Examples:
  goxray vault keys export-public ops -o ops.pem
  goxray vault keys export-public ops | openssl pkey -pubin -noout -text

\b
{_STATUS}""",
)
@click.argument("name", metavar="NAME", shell_complete=complete_keys)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE.  [default: standard output]")
@vault_option()
def export_public(name: str, output: str | None, place: Path | None) -> None:
    """Write the public part of the key NAME as PEM: for who seals for it, or verifies what it signed."""
    from goxray import api_vault

    pem = api_vault.keys_export(place, name)
    with opened(output) as out:
        out.write(pem)
