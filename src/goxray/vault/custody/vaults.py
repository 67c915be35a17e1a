"""A vault as its deeds need it: the directory, its keys, its log, and who is at it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from goxray.core.errors import BadKey, BadLog, UsageError
from goxray.core.vault_result import VaultKey
from goxray.vault import clock, secrets, sm2, store
from goxray.vault.custody.people import Ask as Ask
from goxray.vault.custody.people import whoever as whoever
from goxray.vault.keys import KeyStore, Stored
from goxray.vault.log.chain import ENTRIES, Log
from goxray.vault.pkcs11 import Place as Token
from goxray.vault.pkcs11 import TokenKey
from goxray.vault.signed import Signer
from goxray.vault.store import Store

KEY_VARIABLE = "GOXRAY_VAULT_KEY"
"""Environment variable: the name or id of the key to use where a vault holds several of one's own."""

_KEY_FILE = re.compile(r"[0-9a-f]{32}\.key\.json")


@dataclass(frozen=True)
class Vault:
    """An open vault. It holds no secret: ``unlocked`` gives a private key for as long as a block runs."""

    store: Store
    keys: KeyStore

    @property
    def place(self) -> Path:
        """The vault's directory."""
        return self.store.place

    def log(self, signer: Signer | None = None) -> Log:
        """Return the vault's log, to be written to; heads are signed where there is a signer.

        Raises:
            BadLog: It was taken away: there are bundles, and no entries.
        """
        if not os.path.lexists(self.store.path("log", ENTRIES)) and self.store.names("bundles"):
            raise BadLog(
                f"the log of {self.place} is gone, and bundles are there: none is begun anew, for it told of them",
                hint="put log/ back from a copy of the vault; `goxray vault list` shows the bundles",
            )
        return Log(self.store.room("log"), signer, log_id=self.store.id)

    def trusted(self, only: Sequence[str] = ()) -> dict[str, sm2.Public]:
        """Return the public keys whose signatures count, by id: all of the vault's, or those that are asked for.

        Raises:
            UsageError: A key that is asked for is not here.
        """
        chosen = [self.keys.find(asked) for asked in only] if only else self.keys.all()
        return {key.key_id: key.public for key in chosen}

    def sound_keys(self) -> tuple[list[Stored], list[BadKey]]:
        """Return the keys whose files are in order, and what is wrong with the files of others."""
        found: list[Stored] = []
        faults: list[BadKey] = []
        for name in sorted(os.listdir(self.store.room("keys"))):
            if _KEY_FILE.fullmatch(name):
                try:
                    found.append(self.keys.read(name[:32]))
                except BadKey as error:
                    faults.append(error)
        return found, faults

    def own(self, asked: str = "") -> Stored:
        """Return the key of one's own to act with: the one asked for, else that of KEY_VARIABLE, else the only one.

        Raises:
            UsageError: There is none, or more than one and nobody said which.
        """
        asked = asked or os.environ.get(KEY_VARIABLE, "")
        if asked:
            return self.keys.find(asked)
        mine = [key for key in self.keys.all() if key.private is not None and key.retired is None]
        if len(mine) == 1:
            return mine[0]
        if mine:
            names = ", ".join(sorted(key.name for key in mine))
            raise UsageError(f"the vault holds several keys of your own: {names}", hint="say which with --key NAME")
        raise UsageError("the vault holds no active key of your own", hint="`goxray vault keys new NAME` makes one")

    @contextmanager
    def unlocked(self, key: Stored, ask: Ask, *, retired: bool = False) -> Iterator[sm2.Private]:
        """Ask for a key's passphrase and give its private part, which is closed and wiped behind the block.

        Raises:
            BadKey: The private part is not here, or the key is retired and may not be.
            WrongPassphrase: The passphrase does not open it.
        """
        self.keys.check_usable(key, retired=retired)
        passphrase = ask(key_row(key))
        try:
            private = self.keys.unlock(key, passphrase, retired=retired)
        finally:
            secrets.wipe(passphrase)
        try:
            yield private
        finally:
            private.close()

    @contextmanager
    def opener(self, key: Stored, ask: Ask) -> Iterator[sm2.Private | TokenKey]:
        """``unlocked`` to open what was sealed: also a key that stays in the token which the environment names.

        Its PIN is asked for in the place of the passphrase.

        Raises:
            BadKey: The private part is neither here nor in a token.
            WrongPassphrase: The passphrase does not open it, or the token does not take the PIN.
        """
        token = Token.named() if key.private is None else None
        if token is None:
            with self.unlocked(key, ask, retired=True) as private:
                yield private
            return
        pin = ask(key_row(key))
        try:
            with token.key(key.public, pin) as held:
                yield held
        finally:
            secrets.wipe(pin)


def open_vault(place: Path | None = None) -> Vault:
    """Open a vault, by default the user's own.

    Raises:
        BadVault: There is none, or it is open to others.
    """
    found = store.open_(place or store.default_place())
    return Vault(found, KeyStore(found.room("keys")))


def now() -> datetime:
    """Return the time, UTC."""
    return datetime.now(UTC)


def moment(wall_ns: int) -> str:
    """Return a time of the log as results write it, to the second: ``2026-11-22T02:00:00Z``."""
    return clock.text(wall_ns)[:19] + "Z"


def key_row(key: Stored) -> VaultKey:
    """Return what results tell of a key."""
    form = "%Y-%m-%dT%H:%M:%SZ"
    return VaultKey(
        id=key.key_id,
        name=key.name,
        state="active" if key.retired is None else "retired",
        own=key.private is not None,
        created=key.created.strftime(form),
        retired=key.retired.strftime(form) if key.retired else "",
        follows=key.follows or "",
    )
