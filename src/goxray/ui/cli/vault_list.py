"""``goxray vault list``: what is in the vault."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from goxray.core.errors import UsageError
from goxray.ui.cli.vault_params import show, shown_options, vault_option

if TYPE_CHECKING:
    from goxray.core.vault_result import VaultListed
    from goxray.render.words import Lang

_DUE = frozenset({"due", "begun"})
_GONE = frozenset({"destroyed"})


@click.command(
    "list",
    epilog="""\b
Examples:
  goxray vault list                     what is there, what needs a look first
  goxray vault list --due               what the next expire destroys
  goxray vault list --all               with what was destroyed
  goxray vault list --format json | jq '.bundles[] | select(.state != "kept")'

\b
States: kept; due (may be destroyed); held (a legal hold forbids it); end begun (an expiry was
killed); destroyed; MISSING (gone without a tombstone); stranger (the log does not know it);
DAMAGED (its front cannot be read). Content is not looked at: goxray vault verify does that.
Exit status: 0 done, 2 wrong usage, 3 failed.""",
)
@vault_option()
@click.option("--due", is_flag=True, help="Only what may be destroyed now.")
@click.option("--all", "everything", is_flag=True, help="Also what was destroyed.")
@shown_options()
def list_(place: Path | None, due: bool, everything: bool, fmt: str, lang: Lang) -> None:
    """List the bundles of the vault, worst first, as their headers and the log tell of them.

    Needs no passphrase and writes nothing.
    """
    if due and everything:
        raise UsageError("--due and --all exclude each other")
    from goxray import api_vault

    show(_chosen(api_vault.list_(place), due=due, everything=everything), fmt, lang, place)


def _chosen(listed: VaultListed, *, due: bool, everything: bool) -> VaultListed:
    if everything:
        return listed
    rows = tuple(row for row in listed.bundles if (row.state in _DUE if due else row.state not in _GONE))
    return replace(listed, bundles=rows, left_out=len(listed.bundles) - len(rows))
