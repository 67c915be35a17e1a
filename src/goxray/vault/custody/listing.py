"""What is in a vault: the fronts of its bundles, and what the log says of them. Nothing is written."""

from __future__ import annotations

from pathlib import Path

from goxray.core.errors import BadLog
from goxray.core.vault_result import VaultListed
from goxray.vault import clock
from goxray.vault.custody import journal, policies, shelf
from goxray.vault.custody.vaults import Vault, open_vault
from goxray.vault.retention import State


def list_(place: Path | None = None) -> VaultListed:
    """Return what is in a vault, in the order of sealing. See ``goxray.api_vault.list_``.

    The log's chain is looked at, its signatures are not: that is what ``verify`` does.
    """
    vault = open_vault(place)
    with vault.store.locked(shared=True):
        state, good = _state(vault)
        here = {each.id: each for each in (shelf.look(vault, bundle) for bundle in shelf.ids(vault)) if each}
    names, now_ns = shelf.key_names(vault), clock.now().wall_ns
    known = sorted(state.kept.values(), key=lambda kept: kept.sequence)
    rows = [shelf.told(here.get(kept.id), kept, names, now_ns) for kept in known]
    others = [each for name, each in sorted(here.items()) if name not in state.kept]
    rows += [shelf.told(each, None, names, now_ns) for each in others]
    return VaultListed(str(vault.place), vault.store.id, tuple(rows), policies.periods(state.policy), good)


def _state(vault: Vault) -> tuple[State, bool]:
    try:
        state, report = journal.checked(vault, {})
    except BadLog:
        return State(), False
    return state, report.good
