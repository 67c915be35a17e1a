"""The key store: one file a key, named by the key's id, in canonical JSON.

A key of one's own holds its private part sealed under a passphrase: PBKDF2 with HMAC-SM3 makes a key of SM4, which
seals the PKCS #8 bytes; the public part and how it was derived are bound to it as additional bytes. A key of somebody
else has no private part. Nothing here shows a private key: ``unlock`` gives an object that holds it inside libcrypto.

A key is active or retired. Retired ones still open what was sealed for them, and what they signed still verifies; they
sign nothing new. ``rotate`` makes a new key that names the one it follows. The state is not authenticated: whoever may
write to the store can delete a key as well. The log tells who changed what.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from goxray.core.errors import BadKey, BadVault, NotAuthentic, UsageError, WrongPassphrase
from goxray.vault import canonical, libcrypto, secrets, sm2, sm3, sm4, store
from goxray.vault.canonical import Json

FORMAT = 1
ROUNDS = 600_000
"""Rounds of PBKDF2 for new keys."""

ROUNDS_LIMIT = 20_000_000
"""Most rounds that are done for a file that asks for them: some ten seconds."""

PASSPHRASE_LEAST = 8
"""Shortest passphrase, bytes."""

ACTIVE, RETIRED = "active", "retired"
_LIST = "goxray vault keys list"
_SALT_BYTES = 16
_KDF = "PBKDF2-HMAC-SM3"
_ENDING = ".key.json"
_FILE_LIMIT = 16_384
_NAME = re.compile(r"[^\W_][\w .@-]{0,99}")
_ID = re.compile(r"[0-9a-f]{32}")
_ID_LIKE = re.compile(r"[0-9a-f]{8,}|[0-9a-f]{32}.*")  # such a name could be taken for an id
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_FIELDS = {"created", "follows", "format", "id", "name", "private", "public", "retired"}


@dataclass(frozen=True, slots=True)
class Locked:
    """A private part under its passphrase.

    Attributes:
        rounds: Of PBKDF2.
        salt: Of PBKDF2.
        nonce: Of SM4.
        suite: How it is sealed.
        sealed: The PKCS #8 bytes, sealed.
    """

    rounds: int
    salt: bytes
    nonce: bytes
    suite: sm4.Suite
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """A key of the store.

    Attributes:
        name: What people call it; several keys may share a name, of which one is active.
        public: Its public part.
        created: When it came into the store (UTC, whole seconds).
        retired: Since when it signs nothing new; None while it is active.
        follows: Id of the key in whose place it came.
        private: Its private part; None for somebody else's key.
    """

    name: str
    public: sm2.Public
    created: datetime
    retired: datetime | None
    follows: str | None
    private: Locked | None

    @property
    def key_id(self) -> str:
        """The id, 32 hex digits."""
        return self.public.key_id

    @property
    def state(self) -> str:
        """``active`` or ``retired``."""
        return ACTIVE if self.retired is None else RETIRED


class KeyStore:
    """The keys in a directory, which must exist. Each file comes whole or not at all.

    Names are looked at before a key is written: who adds keys from several processes holds a lock (``store.locked``).

    Args:
        folder: The directory; other files in it are left alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self, name: str, passphrase: bytearray, now: datetime) -> Stored:
        """Make a key and store it under the passphrase, which the caller wipes.

        Raises:
            UsageError: The name is taken by an active key or is none; the passphrase is too short.
            NotOffered: A library lacks an algorithm.
        """
        _check_name(name)
        if any(one.name == name and one.retired is None for one in self.all()):
            raise UsageError(f"an active key is named {name!r} already: rotate it, or choose another name")
        return self._make(name, passphrase, now, None)

    def add(self, name: str, public: sm2.Public, now: datetime) -> Stored:
        """Store somebody else's public key.

        Raises:
            UsageError: The name is taken by an active key or is none, or the key is here already.
        """
        _check_name(name)
        for one in self.all():
            if one.public == public:
                raise UsageError(f"the key {one.key_id} is here already, as {one.name!r}")
            if one.name == name and one.retired is None:
                raise UsageError(f"an active key is named {name!r} already: retire it, or choose another name")
        return self._put(Stored(name, public, _whole(now), None, None, None))

    def all(self) -> list[Stored]:
        """Return all keys, in the order in which they came; of one second, by id.

        Raises:
            BadKey: A file of a key is damaged; the message names it.
        """
        names = (path.name for path in self._folder.iterdir() if path.name.endswith(_ENDING))
        found = [self.read(name.removesuffix(_ENDING)) for name in names if _ID.fullmatch(name.removesuffix(_ENDING))]
        return sorted(found, key=lambda one: (one.created, one.key_id))

    def find(self, asked: str) -> Stored:
        """Return the key with this id or this beginning of an id (8 digits or more), or the active key of this name.

        Raises:
            UsageError: There is none, or more than one.
        """
        keys = self.all()
        named = [one for one in keys if one.name == asked and one.retired is None]
        begun = [one for one in keys if len(asked) >= 8 and one.key_id.startswith(asked)]
        found = {one.key_id: one for one in (*named, *begun)}
        followed = {one.follows for one in named}
        if len(found) > 1 and not begun:  # a rotation that was cut off between its two writes: the newer key counts
            found = {one.key_id: one for one in named if one.key_id not in followed}
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            raise UsageError(
                f"{asked!r} stands for {len(found)} keys: give more of the id", hint="goxray vault keys list"
            )
        old = any(one.name == asked for one in keys)
        told = f"the keys named {asked!r} are retired: name one by its id" if old else f"no key is named {asked!r}"
        raise UsageError(told, hint=_LIST)

    def unlock(self, key: Stored, passphrase: bytearray, *, retired: bool = False) -> sm2.Private:
        """Open a private part; close what comes back.

        Args:
            key: Which.
            passphrase: The caller wipes it.
            retired: Whether a retired key will do: to open what was sealed, not to sign.

        Raises:
            BadKey: The key has no private part here, is retired, or its file is damaged.
            WrongPassphrase: The passphrase does not open it.
        """
        held = self.check_usable(key, retired=retired)
        return _opened(key, held, passphrase)

    def check_usable(self, key: Stored, *, retired: bool = False) -> Locked:
        """Return the private part under its passphrase, of a key that may be unlocked: before anybody is asked for it.

        Raises:
            BadKey: The key has no private part here, or is retired and may not be.
        """
        if key.private is None:
            raise BadKey(f"the private part of {key.name!r} ({key.key_id}) is not in this store")
        if key.retired is not None and not retired:
            raise BadKey(f"{key.name!r} ({key.key_id}) is retired since {key.retired:%Y-%m-%d}: it signs nothing new")
        return key.private

    def change_passphrase(self, key: Stored, old: bytearray, new: bytearray) -> Stored:
        """Store a private part under another passphrase. Copies of the file still open with the old one: rotate then.

        Raises:
            BadKey: As for ``unlock``.
            WrongPassphrase: The old passphrase does not open it.
            UsageError: The new passphrase is too short.
        """
        _check_passphrase(new)
        with self.unlock(key, old, retired=True) as private:
            return self._put(replace(key, private=_locked(private, new, key.created)), instead=True)

    def rotate(
        self, key: Stored, passphrase: bytearray, now: datetime, between: Callable[[Stored], object] | None = None
    ) -> Stored:
        """Make a new key in the place of an active one of one's own, which is retired; return the new one.

        The new key is stored before the old one is retired: cut off in between, both are there and the new one counts.
        ``between`` is called with the new one before the old one is retired: what is still to be done with that.

        Raises:
            BadKey: The key is retired or somebody else's.
            UsageError: The passphrase is too short.
        """
        if key.private is None:
            raise BadKey(f"{key.name!r} ({key.key_id}) is somebody else's key: add the new one that its owner made")
        if key.retired is not None:
            raise BadKey(f"{key.name!r} ({key.key_id}) is retired since {key.retired:%Y-%m-%d}: nothing follows it")
        made = self._make(key.name, passphrase, now, key.key_id)
        if between is not None:
            between(made)
        self.retire(key, now)
        return made

    def retire(self, key: Stored, now: datetime) -> Stored:
        """Let a key sign nothing new; for one that is retired already, nothing changes."""
        return key if key.retired is not None else self._put(replace(key, retired=_whole(now)), instead=True)

    def _make(self, name: str, passphrase: bytearray, now: datetime, follows: str | None) -> Stored:
        _check_passphrase(passphrase)
        created = _whole(now)
        with sm2.generate() as private:
            locked = _locked(private, passphrase, created)
            return self._put(Stored(name, private.public, created, None, follows, locked))

    def _put(self, key: Stored, *, instead: bool = False) -> Stored:
        (store.replace if instead else store.write_new)(self._folder / (key.key_id + _ENDING), _encode(key))
        return key

    def read(self, key_id: str) -> Stored:
        """Return the key with this id, all of it; raises BadKey where its file is damaged."""
        path = self._folder / (key_id + _ENDING)
        try:
            key = _decode(canonical.decode(store.read(path, _FILE_LIMIT)))
        except (ValueError, KeyError, TypeError, BadKey, BadVault) as error:
            raise BadKey(f"{path} is no file of a key, or is damaged: {error}") from None
        except OSError as error:
            raise BadKey(f"cannot read the key in {path}: {error.strerror}") from None
        if key.key_id != key_id:
            raise BadKey(f"{path} is damaged: it holds the key {key.key_id}")
        return key


def _locked(private: sm2.Private, passphrase: bytearray, created: datetime) -> Locked:
    library = libcrypto.load()
    salt, nonce = bytes(library.random(_SALT_BYTES)), bytes(library.random(sm4.NONCE_BYTES))
    suite = sm4.best()
    plain = private.pkcs8()
    try:
        with secrets.Secret.of(bytearray(sm3.key_from(passphrase, salt, ROUNDS, sm4.KEY_BYTES))) as key:
            bound = _bound(private.public, created, ROUNDS, salt, suite)
            return Locked(ROUNDS, salt, nonce, suite, sm4.seal(key.view, nonce, bound, plain, suite))
    finally:
        secrets.wipe(plain)


def _opened(key: Stored, held: Locked, passphrase: bytearray) -> sm2.Private:
    bound = _bound(key.public, key.created, held.rounds, held.salt, held.suite)
    with secrets.Secret.of(bytearray(sm3.key_from(passphrase, held.salt, held.rounds, sm4.KEY_BYTES))) as secret:
        try:
            plain = sm4.open_secret(secret.view, held.nonce, bound, held.sealed, held.suite)
        except NotAuthentic:
            told = f"the passphrase does not open {key.name!r} ({key.key_id}), or its file was changed"
            raise WrongPassphrase(told) from None
    try:
        private = sm2.Private.from_pkcs8(plain)
    finally:
        secrets.wipe(plain)
    if private.public != key.public:
        private.close()
        raise BadKey(f"the private part of {key.name!r} ({key.key_id}) is that of another key")
    return private


def _bound(public: sm2.Public, created: datetime, rounds: int, salt: bytes, suite: sm4.Suite) -> bytes:
    """Return the bytes that the seal of a private part binds."""
    return canonical.encode(
        {
            "created": created.strftime(_TIME),
            "format": FORMAT,
            "kdf": _KDF,
            "public": public.spki().hex(),
            "rounds": rounds,
            "salt": salt.hex(),
            "suite": suite.value,
        }
    )


def _encode(key: Stored) -> bytes:
    held = key.private
    return canonical.encode(
        {
            "created": key.created.strftime(_TIME),
            "follows": key.follows,
            "format": FORMAT,
            "id": key.key_id,
            "name": key.name,
            "private": None
            if held is None
            else {
                "kdf": _KDF,
                "nonce": held.nonce.hex(),
                "rounds": held.rounds,
                "salt": held.salt.hex(),
                "sealed": held.sealed.hex(),
                "suite": held.suite.value,
            },
            "public": key.public.spki().hex(),
            "retired": None if key.retired is None else key.retired.strftime(_TIME),
        }
    )


def _decode(value: Json) -> Stored:
    """Read a key; whatever is wrong comes as ValueError, KeyError or BadKey."""
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise ValueError(f"not of format {FORMAT}")
    if value.keys() != _FIELDS:
        raise ValueError("other fields than a key has")
    public = sm2.Public.from_spki(_hex(value, "public"))
    name, follows, retired, held = _text(value, "name"), value["follows"], value["retired"], value["private"]
    if not _NAME.fullmatch(name) or _ID_LIKE.fullmatch(name) or value["id"] != public.key_id:
        raise ValueError("its name or its id is not that of a key")  # else one key would be found by another's id
    if follows is not None and not _ID.fullmatch(_text(value, "follows")):
        raise ValueError("what it follows is no id of a key")
    if held is not None and not isinstance(held, dict):
        raise ValueError("its private part is no object")
    return Stored(
        name,
        public,
        _time(_text(value, "created")),
        None if retired is None else _time(_text(value, "retired")),
        None if follows is None else str(follows),
        None if held is None else _decode_private(held),
    )


def _decode_private(value: Mapping[str, Json]) -> Locked:
    rounds = value["rounds"]
    if not isinstance(rounds, int) or not 1 <= rounds <= ROUNDS_LIMIT or value["kdf"] != _KDF:
        raise ValueError("how its key is derived is not known here")
    suite = sm4.Suite(_text(value, "suite"))
    if len(value) != 6:
        raise ValueError("other fields than a private part has")
    return Locked(rounds, _hex(value, "salt"), _hex(value, "nonce"), suite, _hex(value, "sealed"))


def _text(value: Mapping[str, Json], field: str) -> str:
    found = value[field]
    if not isinstance(found, str):
        raise ValueError(f"its {field} is no text")
    return found


def _hex(value: Mapping[str, Json], field: str) -> bytes:
    text = _text(value, field)
    found = bytes.fromhex(text)
    if found.hex() != text:
        raise ValueError(f"its {field} is not in small hex digits")
    return found


def _time(text: str) -> datetime:
    found = datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    if found.strftime(_TIME) != text:
        raise ValueError("a time in another form")
    return found


def _whole(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(microsecond=0)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name for a key: up to 100 letters, digits, spaces and . _ @ -, a letter or digit first"
        )
    if _ID_LIKE.fullmatch(name):
        raise UsageError(f"{name!r} is no name for a key: it could be taken for an id")


def _check_passphrase(passphrase: bytearray) -> None:
    if len(passphrase) < PASSPHRASE_LEAST:
        raise UsageError(f"a passphrase has {PASSPHRASE_LEAST} bytes or more: it is all that guards a stolen file")
