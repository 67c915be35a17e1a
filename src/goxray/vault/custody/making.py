"""Makes a vault: its directory, its first key, its policy of retention."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from goxray.core.errors import BadVault
from goxray.core.vault_result import VaultMade
from goxray.vault import libcrypto, secrets, sm4, store
from goxray.vault.custody import keyring, policies
from goxray.vault.custody.people import Ask, whoever
from goxray.vault.custody.vaults import Vault, key_row, now, open_vault
from goxray.vault.keys import KeyStore
from goxray.vault.log.chain import ENTRIES
from goxray.vault.log.entry import CREATED, MARK_LOST, TORN, Event
from goxray.vault.log.verify import verify
from goxray.vault.retention import Policy, policy_event

MADE = "vault-made"
_ID_BYTES = 16


def init(place: Path | None, *, ask: Ask, name: str = "owner", keep: Sequence[str] = (), who: str = "") -> VaultMade:
    """Make a vault. See ``goxray.api_vault.init``.

    What a run left that was killed, or stopped by a bad passphrase, is taken up: a vault without a key, whose log says
    at most that it was made. That entry comes before the key, so that no vault has a key and no log.
    """
    place = (place or store.default_place()).absolute()
    policy = policies.changed(Policy(), keep)
    library = libcrypto.load()
    sm4.best()
    if os.path.lexists(place / store.ROOT_FILE):
        _check_begun(open_vault(place))
    passphrase = ask(keyring.to_be_made(name))
    try:
        vault = _begun(place, bytes(library.random(_ID_BYTES)).hex())
        with vault.store.locked():
            _check_begun(vault)
            who = who or whoever()
            vault.log().append(Event(who, MADE, detail={"format": store.FORMAT, "vault": vault.store.id}))
            key = vault.keys.new(name, passphrase, now())
            with vault.keys.unlock(key, passphrase) as private:
                log = vault.log(private)
                log.append(keyring.key_event(who, keyring.NEW, key))
                log.append(policy_event(who, policy), sign=True)
    finally:
        secrets.wipe(passphrase)
    return VaultMade(str(vault.place), vault.store.id, key_row(key), policies.periods(policy))


def _begun(place: Path, vault_id: str) -> Vault:
    """Make the directory, or take up what is there without a key."""
    if os.path.lexists(place / store.ROOT_FILE):
        return open_vault(place)
    made = store.create(place, vault_id)
    return Vault(made, KeyStore(made.room("keys")))


def _check_begun(vault: Vault) -> None:
    """Refuse a vault that was made, and let one pass whose making was cut off before its key."""
    deeds = set[str]()
    if os.path.lexists(vault.store.room("log") / ENTRIES):
        verify(vault.store.room("log"), each=lambda placed: deeds.add(placed.line.entry.event.what))
    if deeds - {CREATED, MADE, TORN, MARK_LOST} or any(vault.sound_keys()):
        raise BadVault(f"{vault.place} is a vault already", hint="name another directory, or use this one")
