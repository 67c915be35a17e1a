"""Which keys of the store count: those of which the log tells, as it tells of them.

The file of a key is not authenticated: whoever can write to the vault's directory can put one there, take one away,
rename it, or make a retired one active. So what it says counts only where the log says the same: how the key came,
under which name, and that it was not retired since. A key that was just unlocked needs no such word, for its
passphrase was known. Keys that are added by command are told to the log: they count, and everybody can see how they
came.
"""

from __future__ import annotations

from goxray.core.errors import BadKey
from goxray.vault import expiry, sm2
from goxray.vault.custody.vaults import Vault
from goxray.vault.keys import Stored
from goxray.vault.retention import State

_HINT = "if a command for it was cut off, give that again; else take its file out of the vault and look into it"


def state_of(vault: Vault) -> State:
    """Return what the log says, and for which keys it vouches.

    Raises:
        BadLog: The log cannot be read.
    """
    return expiry.state_of(vault.store.room("log"), {}, vault.store.id, state=State(vault.trusted()))[0]


def came(key_id: str, state: State) -> bool:
    """Say whether an entry of the log tells how a key came: made, added, or in the place of another one."""
    return key_id in state.keys.told and state.keys.told[key_id].came


def trusted(vault: Vault, state: State, unlocked: str = "") -> dict[str, sm2.Public]:
    """Return the public keys whose signatures count, by id: of which the log tells, and one that was unlocked."""
    return {key: public for key, public in vault.trusted().items() if key == unlocked or came(key, state)}


def own(vault: Vault, state: State, unlocked: str = "") -> list[Stored]:
    """Return the keys of one's own, active or not: those whose private part is here and that the log vouches for.

    An entry alone does not do: whoever can write to the directory can put a key there together with its entry.
    """
    known = state.keys.vouched | {unlocked}
    return [key for key in vault.keys.all() if key.private is not None and key.key_id in known]


def fault_of(key: Stored, state: State) -> str:
    """Return in words what of a key's file the log contradicts; empty where nothing."""
    told = state.keys.told.get(key.key_id)
    if told is None or not told.came:
        return f"no entry of the log says how the key {key.key_id} ({key.name}) came here"
    if told.name != key.name:
        return f"the key {key.key_id} is {key.name!r} by its file and {told.name!r} by the log"
    if key.retired is not None:
        return ""
    if told.retired:
        return f"the key {key.key_id} ({key.name}) is active by its file and was retired by the log"
    others = (
        each for each, one in state.keys.told.items() if each != key.key_id and one.name == key.name and one.active
    )
    other = next(others, "")
    return f"two keys are {key.name!r} by the log: {key.key_id}, and {other}, which was never retired" if other else ""


def check(key: Stored, state: State) -> None:
    """Refuse a key whose file the log contradicts.

    Raises:
        BadKey: It does.
    """
    fault = fault_of(key, state)
    if fault:
        raise BadKey(f"{fault}: it is not used", hint=_HINT)
