"""The vault's keys: made, added, rotated, retired. Who may sign and open is decided here, so all of it is logged.

Entries have the SM3 digest of the key's SubjectPublicKeyInfo as their object, whose first half is the key's id.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from goxray.core.errors import UsageError
from goxray.core.vault_result import KeysListed, VaultKey
from goxray.vault import expiry, key_deeds, secrets, sm2, sm3
from goxray.vault.canonical import Json
from goxray.vault.custody import acquaintance, maskkey
from goxray.vault.custody.people import Ask, whoever
from goxray.vault.custody.refusals import told
from goxray.vault.custody.vaults import KEY_VARIABLE, Vault, key_row, now, open_vault
from goxray.vault.keys import Stored
from goxray.vault.log.entry import Event
from goxray.vault.retention import State

if TYPE_CHECKING:
    from goxray.vault.custody.offered import Offered

NEW, ADDED, ROTATED, RETIRED = key_deeds.NEW, key_deeds.ADDED, key_deeds.ROTATED, key_deeds.RETIRED
PASSPHRASE = "key-passphrase"


def keys_list(place: Path | None = None) -> KeysListed:
    """Return all keys, oldest first. See ``goxray.api_vault.keys_list``."""
    vault = open_vault(place)
    keys = {key.key_id: key for key in vault.keys.all()}
    ordered = sorted(keys.values(), key=lambda key: (key.created, _generation(key, keys), key.key_id))
    return KeysListed(str(vault.place), tuple(key_row(key) for key in ordered))


def _generation(key: Stored, keys: Mapping[str, Stored]) -> int:
    """Return how many keys stand before one in the line of those that it follows: times are whole seconds."""
    seen, before = {key.key_id}, key.follows
    while before is not None and before in keys and before not in seen:
        seen.add(before)
        before = keys[before].follows
    return len(seen)


def keys_new(place: Path | None, name: str, *, ask: Ask, who: str = "") -> KeysListed:
    """Make a key of one's own, which another one lets in, if there is one. See ``goxray.api_vault.keys_new``.

    The one that is there signs the head of the entry that tells of the new one. Else whoever may write to the files
    could make a key, and what it signs would count.
    """
    vault, who = open_vault(place), who or whoever()
    with ExitStack() as held:
        before = _introducer(vault)
        if before is not None:
            held.enter_context(told(vault, who, NEW, detail={"name": name}))
        signer = before and held.enter_context(vault.unlocked(before, ask, retired=True))
        passphrase = ask(to_be_made(name))
        held.callback(secrets.wipe, passphrase)
        held.enter_context(vault.store.locked())
        made = vault.keys.new(name, passphrase, now())
        signer = signer or held.enter_context(vault.keys.unlock(made, passphrase))
        vault.log(signer).append(key_event(who, NEW, made), sign=True)
    return KeysListed(str(vault.place), (key_row(made),), "new")


def _introducer(vault: Vault) -> Stored | None:
    """Return the key of one's own that lets a new one in: that of KEY_VARIABLE, else the oldest that counts."""
    state, _ = expiry.state_of(vault.store.room("log"), {}, vault.store.id, state=State(vault.trusted()))
    mine = [key for key in vault.keys.all() if key.private is not None and key.key_id in state.counting]
    usual = os.environ.get(KEY_VARIABLE, "")
    mine.sort(key=lambda key: (key.retired is not None, usual not in (key.name, key.key_id)))
    return mine[0] if mine else None


def _unlogged(vault: Vault, name: str, public: sm2.Public) -> Stored | None:
    """Return a key that stands in the store under that name though the log was not told: its command was cut off."""
    found = [key for key in vault.keys.all() if key.name == name and key.retired is None and key.public == public]
    return found[0] if found and not acquaintance.came(public.key_id, acquaintance.state_of(vault)) else None


def to_be_made(name: str) -> VaultKey:
    """Return what is asked about a key that is still to be made: it has no id."""
    return VaultKey(id="", name=name, state="active", own=True, created="")


def key_event(who: str, what: str, key: Stored, **more: Json) -> Event:
    """Return the event of a deed with a key."""
    return Event(who, what, "ok", sm3.digest(key.public.spki()).hex(), {"id": key.key_id, "name": key.name, **more})


def keys_add(place: Path | None, name: str, file: Path, *, ca: Path | None = None, who: str = "") -> KeysListed:
    """Add somebody else's public key: what it signs counts from now on. See ``goxray.api_vault.keys_add``."""
    vault, who = open_vault(place), who or whoever()
    with told(vault, who, ADDED, detail={"file": file.name, "name": name}):
        offered = read_offered(file, ca, now())
        with vault.store.locked():
            made = _unlogged(vault, name, offered.public) or vault.keys.add(name, offered.public, now())
            vault.log().append(key_event(who, ADDED, made, **offered.detail()))
    return KeysListed(str(vault.place), (key_row(made),), "added")


def read_offered(file: Path, ca: Path | None, at: datetime) -> Offered:
    """Read a public key or a certificate. See ``goxray.vault.custody.offered.read``."""
    from goxray.vault.custody import offered  # what reads certificates is heavy to import, and seldom needed

    return offered.read(file, ca, at)


def trusted(vault: Vault, trust: Sequence[str] = ()) -> dict[str, sm2.Public]:
    """Return the keys whose signatures count, by id: the vault's, or those named: names, ids, files of public keys.

    Raises:
        UsageError: One is neither in the vault nor a file.
        BadEncoding: A file holds no key.
    """
    if not trust:
        return vault.trusted()
    found = {}
    for asked in trust:
        public = _named(vault, asked)
        found[public.key_id] = public
    return found


def _named(vault: Vault, asked: str) -> sm2.Public:
    try:
        return vault.keys.find(asked).public
    except UsageError:
        file = Path(asked)
        if not file.is_file():
            raise
        return read_offered(file, None, now()).public


def keys_export(place: Path | None, name: str) -> bytes:
    """Return a public key as PEM. See ``goxray.api_vault.keys_export``."""
    return open_vault(place).keys.find(name).public.pem().encode()


def keys_retire(place: Path | None, name: str, *, ask: Ask, who: str = "") -> KeysListed:
    """Let a key sign nothing new, and seal nothing for it. See ``goxray.api_vault.keys_retire``.

    The key itself signs that, if it is one's own; else the only one of one's own does.
    """
    vault, who = open_vault(place), who or whoever()
    key = vault.keys.find(name)
    if key.retired is not None:
        raise UsageError(f"{key.name!r} ({key.key_id}) is retired already, since {key.retired:%Y-%m-%d}")
    own = key if key.private is not None else vault.own()
    with (
        told(vault, who, RETIRED, _object(key), _detail(key)),
        vault.unlocked(own, ask) as private,
        vault.store.locked(),
    ):
        made = vault.keys.retire(vault.keys.find(key.key_id), now())
        vault.log(private).append(key_event(who, RETIRED, made), sign=True)
    return KeysListed(str(vault.place), (key_row(made),), "retired")


def keys_passphrase(place: Path | None, name: str, *, ask: Ask, ask_new: Ask, who: str = "") -> KeysListed:
    """Put a key under another passphrase. See ``goxray.api_vault.keys_passphrase``."""
    vault, who = open_vault(place), who or whoever()
    key = vault.keys.find(name)
    vault.keys.check_usable(key, retired=True)
    old = ask(key_row(key))
    try:
        new = ask_new(key_row(key))
        try:
            with told(vault, who, PASSPHRASE, _object(key), _detail(key)), vault.store.locked():
                made = vault.keys.change_passphrase(vault.keys.find(key.key_id), old, new)
                with vault.keys.unlock(made, new, retired=True) as private:
                    signer = private if made.retired is None else None
                    vault.log(signer).append(key_event(who, PASSPHRASE, made), sign=signer is not None)
        finally:
            secrets.wipe(new)
    finally:
        secrets.wipe(old)
    return KeysListed(str(vault.place), (key_row(made),), "passphrase")


def keys_rotate(place: Path | None, name: str, *, ask: Ask, who: str = "") -> KeysListed:
    """Make a new key in the place of one of one's own. See ``goxray.api_vault.keys_rotate``.

    The old key signs the entry that names the new one, the last that it signs, and is retired after that. A rotation
    that was cut off is finished, and no further key is made.
    """
    vault, who = open_vault(place), who or whoever()
    found = vault.keys.find(name)
    old = _cut_off(vault, found) or found
    with told(vault, who, ROTATED, _object(old), _detail(old)), vault.unlocked(old, ask) as private:

        def hand_over(made: Stored) -> None:
            maskkey.share(vault, private, who, [made.public])
            vault.log(private).append(key_event(who, ROTATED, made, follows=old.key_id), sign=True)

        passphrase = ask(to_be_made(old.name)) if old == found else bytearray()
        try:
            with vault.store.locked():
                new = _rotated(vault, vault.keys.find(old.key_id), passphrase, hand_over)
        finally:
            secrets.wipe(passphrase)
    rows = (key_row(new), key_row(vault.keys.find(old.key_id)))
    return KeysListed(str(vault.place), rows, "rotated")


def _cut_off(vault: Vault, key: Stored) -> Stored | None:
    """Return the active key in whose place a key came, if a rotation was cut off before that one was retired."""
    return next((one for one in vault.keys.all() if one.key_id == key.follows and one.retired is None), None)


def _rotated(vault: Vault, old: Stored, passphrase: bytearray, hand_over: Callable[[Stored], None]) -> Stored:
    begun = next((one for one in vault.keys.all() if one.follows == old.key_id and one.retired is None), None)
    if begun is None:
        return vault.keys.rotate(old, passphrase, now(), hand_over)
    hand_over(begun)
    vault.keys.retire(old, now())
    return begun


def _object(key: Stored) -> str:
    return sm3.digest(key.public.spki()).hex()


def _detail(key: Stored) -> dict[str, Json]:
    return {"id": key.key_id, "name": key.name}
