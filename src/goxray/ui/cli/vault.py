"""``goxray vault``: evidence that is kept, shown and destroyed; each subcommand has a file of its own."""

from __future__ import annotations

import click

from goxray.ui.cli.lazy import LazyCommands

COMMANDS = {
    "init": ("goxray.ui.cli.vault_init:init", "Make a vault: its directory, its first key, how long it keeps what."),
    "seal": ("goxray.ui.cli.vault_seal:seal", "Mask, encrypt and sign files into the vault."),
    "list": ("goxray.ui.cli.vault_list:list_", "What is in it, in which state, and until when it is kept."),
    "open": ("goxray.ui.cli.vault_open:open_", "Decrypt a bundle into a new file, after all of it has verified."),
    "verify": ("goxray.ui.cli.vault_verify:verify", "Check bundles, log and retention, without any secret."),
    "hold": ("goxray.ui.cli.vault_hold:hold", "Forbid that bundles are destroyed, or allow it again."),
    "expire": ("goxray.ui.cli.vault_expire:expire", "Destroy the keys of what is due, with a signed tombstone."),
    "policy": ("goxray.ui.cli.vault_policy:policy", "Show or set how long each class of evidence is kept."),
    "keys": ("goxray.ui.cli.vault_keys:keys", "Keys: list, make, add, rotate, retire, passphrase, export."),
    "log": ("goxray.ui.cli.vault_log:log", "Who did what: show, verify, export its heads, accept a clock step."),
}


@click.group(
    cls=LazyCommands.of(COMMANDS),
    epilog="""\b
Examples:
  goxray vault init --name ops                    once; the passphrase is asked for twice
  goxray vault seal service.log --mask all        mask, encrypt, sign, log, keep for six months
  goxray vault list                               what is there, and until when
  goxray vault open 3f2a9c01 -o opened            back into a file, for who has the key
  goxray vault verify                             is everything as it was sealed? needs no secret
  goxray vault expire --dry-run                   what may be destroyed today

\b
The vault is --vault DIR, else GOXRAY_VAULT, else goxray/vault in your data directory.
Passphrases are asked for on the terminal, or read with --passphrase-file.
Algorithms: SM2, SM3, SM4-GCM; `goxray doctor` says which library gives them here.
Exit status: 0 done, 1 verify found something, 2 wrong usage, 3 failed or refused.""",
)
def vault() -> None:
    """Keep evidence that may hold personal data: masked, sealed, logged, kept for its time, destroyed.

    A vault is a directory of your own. Everything needed later is in it, and nothing is sent anywhere.
    """
