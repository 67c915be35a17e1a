"""``goxray vault verify``: everything that can be checked without a secret."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from goxray.ui.cli.vault_params import (
    anchor_option,
    complete_bundles,
    show,
    shown_options,
    told,
    trust_option,
    vault_option,
)

if TYPE_CHECKING:
    from goxray.render.words import Lang

STATUS_FOUND = 1


@click.command(
    epilog="""\b
Examples:
  goxray vault verify                              the whole vault
  goxray vault verify 3f2a9c01                     one bundle of it
  goxray vault verify --anchor heads.json          against heads that were kept elsewhere
  goxray vault verify from-ops.goxs --trust ops.pem     a file and a key, no vault at all
  goxray vault verify --vault /mnt/copy --format json | jq .good

\b
Checked are each bundle (structure, digests, signature, signer), the log (chain, signed heads,
clock), and that nothing was destroyed early and everything due was. That an older copy of the
whole vault was put back is only seen with --anchor: heads of the log that were kept elsewhere.
Exit status: 0 nothing is wrong, 1 something is, 2 wrong usage, 3 it cannot be verified."""
)
@click.argument("bundles", nargs=-1, metavar="[BUNDLE]...", shell_complete=complete_bundles)
@vault_option()
@trust_option()
@anchor_option()
@shown_options()
@click.pass_context
def verify(
    ctx: click.Context,
    bundles: tuple[str, ...],
    place: Path | None,
    trust: tuple[str, ...],
    anchors: tuple[Path, ...],
    fmt: str,
    lang: Lang,
) -> None:
    """Verify the vault or single bundles: is everything as it was sealed, and was the law kept?

    Needs no passphrase and writes nothing, so an auditor can run it on a copy. BUNDLE is an id, 8 digits or more
    of it, or a .goxs file.
    """
    from goxray import api_vault

    with told("verifying") as progress:
        found = api_vault.verify(place, bundles, trust=trust, anchors=anchors, progress=progress)
    show(found, fmt, lang, place)
    if not found.good:
        ctx.exit(STATUS_FOUND)
