"""The vault's masking key: 32 random bytes, so that equal values have equal tokens in all that one vault's owner masks.

It stands in ``keys/masking.json``: encrypted by SM2 for each active key of one's own, and signed by the one that wrote
the file. Whoever holds one of these keys opens it; nobody else can tell tokens by trying all telephone numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from goxray.core.errors import BadKey, BadVault, NotAuthentic
from goxray.vault import canonical, libcrypto, secrets, signed, sm2, store
from goxray.vault.canonical import Json
from goxray.vault.custody import acquaintance
from goxray.vault.custody.people import Ask, whoever
from goxray.vault.custody.refusals import told
from goxray.vault.custody.vaults import Vault, open_vault
from goxray.vault.log.entry import Event

FILE = "masking.json"
KIND = "masking key"
KEY_BYTES = 32
MADE, USED, SHARED = "masking-key-made", "masking-key-used", "masking-key-shared"
_FORMAT = 1
_LIMIT = 1 << 20


@contextmanager
def masking_key(place: Path | None, *, ask: Ask, key: str = "", who: str = "") -> Iterator[bytearray]:
    """Give the masking key, and log that it was used. See ``goxray.api_vault.masking_key``."""
    vault, who = open_vault(place), who or whoever()
    own = vault.own(key)
    detail: dict[str, Json] = {"id": own.key_id}
    with told(vault, who, USED, detail=detail), vault.unlocked(own, ask) as private:
        secret = obtain(vault, private, who)
        vault.log(private).append(Event(who, USED, detail=detail), sign=True)
    try:
        yield secret
    finally:
        secrets.wipe(secret)


def obtain(vault: Vault, private: sm2.Private, who: str) -> bytearray:
    """Return the masking key by an active key that is unlocked, and make it if there is none; the caller wipes it.

    Active keys of one's own that came since it was made get it too.

    Raises:
        BadVault: Its file is damaged.
        NotAuthentic: No key of one's own signed it.
        BadKey: It was not encrypted for this key.
    """
    with vault.store.locked():
        held = _read(vault, private)
        if held is None:
            secret = libcrypto.load().random(KEY_BYTES)
            _write(vault, private, who, secret, MADE)
        else:
            secret = _unwrapped(vault, held, private)
            if {public.key_id for public in _mine(vault, private)} - held.keys():
                _write(vault, private, who, secret, SHARED)
    return secret


def share(vault: Vault, private: sm2.Private, who: str, fresh: Sequence[sm2.Public]) -> None:
    """Encrypt the masking key for further keys, before the one that opens it is retired.

    Nothing is done where there is no masking key, or where that one does not open it either.

    Call it with the vault's lock held.

    Raises:
        BadVault: As for ``obtain``.
        NotAuthentic: As for ``obtain``.
        BadKey: As for ``obtain``.
    """
    held = _read(vault, private)
    if held is None or private.key_id not in held:
        return
    secret = _unwrapped(vault, held, private)
    try:
        _write(vault, private, who, secret, SHARED, fresh)
    finally:
        secrets.wipe(secret)


def _mine(vault: Vault, private: sm2.Private) -> list[sm2.Public]:
    """Return the active public keys of one's own: the one that is unlocked, and those that the log vouches for."""
    state = acquaintance.state_of(vault)
    mine = [key for key in acquaintance.own(vault, state, private.key_id) if key.retired is None]
    return [key.public for key in mine if key.key_id == private.key_id or not acquaintance.fault_of(key, state)]


def _path(vault: Vault) -> Path:
    return vault.store.path("keys", FILE)


def _write(
    vault: Vault, private: sm2.Private, who: str, secret: bytearray, what: str, fresh: Sequence[sm2.Public] = ()
) -> None:
    """Put the key's file in place and tell the log; a run that is killed in between leaves a good file."""
    publics = {public.key_id: public for public in (*_mine(vault, private), *fresh)}
    wrapped: dict[str, Json] = {key_id: public.encrypt(secret).hex() for key_id, public in publics.items()}
    payload: dict[str, Json] = {"format": _FORMAT, "keys": wrapped, "vault": vault.store.id}
    data = canonical.encode(signed.sign(KIND, payload, private)) + b"\n"
    (store.write_new if what == MADE else store.replace)(_path(vault), data)
    vault.log(private).append(Event(who, what, detail={"for": sorted(wrapped)}), sign=True)


def _read(vault: Vault, private: sm2.Private) -> Mapping[str, Json] | None:
    """Return the encrypted forms by the keys' ids, after the signature was checked; None where there is no file."""
    path = _path(vault)
    known = acquaintance.own(vault, acquaintance.state_of(vault), private.key_id)
    mine = {key.key_id: key.public for key in known}
    try:
        document = canonical.decode(store.read(path, _LIMIT).removesuffix(b"\n"))
        payload, good = signed.payload_of(document), signed.is_good(KIND, document, mine)
        keys = payload.get("keys")
        if payload.get("format") != _FORMAT or not isinstance(keys, dict):
            raise ValueError("of another format")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadVault(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise BadVault(f"{path} is damaged: {error}", hint="put the file back from a backup of the vault") from None
    if not good or payload.get("vault") != vault.store.id:
        raise NotAuthentic(
            f"{path} is not the masking key of this vault: no key of one's own signed it",
            hint="put the file back from a backup of the vault",
        )
    return keys


def _unwrapped(vault: Vault, held: Mapping[str, Json], private: sm2.Private) -> bytearray:
    wrapped = held.get(private.key_id)
    if not isinstance(wrapped, str):
        names = {key.key_id: key.name for key in vault.keys.all()}
        others = ", ".join(f"{names.get(key_id, '?')} ({key_id})" for key_id in sorted(held))
        raise BadKey(f"the masking key was not encrypted for {private.key_id}, but for {others}", hint="--key NAME")
    try:
        secret = private.decrypt(bytes.fromhex(wrapped))
    except ValueError:
        raise BadVault(f"{_path(vault)} is damaged: what should be hex is none") from None
    if len(secret) != KEY_BYTES:
        secrets.wipe(secret)
        raise NotAuthentic(f"{_path(vault)} holds a masking key of another length")
    return secret
