"""Vaults for tests of custody: a key, a policy, real bundles, a clock that is set by hand."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from goxray.core.vault_result import BundleRow, VaultKey
from goxray.vault import expiry, keys, sm2, store
from goxray.vault.bundle.format import Content
from goxray.vault.bundle.place import new_file
from goxray.vault.bundle.seal import How, seal
from goxray.vault.custody import expiring, holding, keyring, policies
from goxray.vault.custody.vaults import Vault, open_vault
from goxray.vault.keys import KeyStore, Stored
from goxray.vault.log.chain import Log
from goxray.vault.retention import Policy, policy_event, seal_event
from goxray.vault.signed import Signer
from tests.unit.vault_logs import SECOND, HandClock

WORDS = b"correct horse"
ID = "5e" * 16


def utc(*moment: int) -> int:
    """Unix time in nanoseconds."""
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * SECOND


DEEDS = (expiring, holding, keyring, policies)
"""The facade imports them where they are needed; a test that forks has them before."""

START_NS = utc(2026, 8, 31, 4)
DUE_NS = utc(2027, 2, 28, 16)
"""When what was sealed on 31 August 2026, noon in China, may go: when February has ended there."""


def ask(key: VaultKey) -> bytearray:
    """Give the passphrase that all keys have here."""
    return bytearray(WORDS)


def never(key: VaultKey) -> bytearray:
    """Refuse to be asked."""
    raise AssertionError(f"nobody should be asked for {key.name}")


class House:
    """A vault with one key of one's own, whose private part is at hand; ``clock`` is that of its log."""

    def __init__(self, place: Path, clock: Any, vault_id: str = ID) -> None:
        store.create(place, vault_id)
        self.place = place
        self.clock = clock
        self.keys = KeyStore(place / "keys")
        self.key: Stored = self.keys.new("owner", bytearray(WORDS), datetime(2026, 8, 31, 4, tzinfo=UTC))
        self.private: sm2.Private = self.keys.unlock(self.key, bytearray(WORDS))
        self.log.append(keyring.key_event("li", keyring.NEW, self.key))
        self.log.append(policy_event("li", Policy()), sign=True)

    def copy(self, place: Path) -> House:
        """Copy the vault; its clock, which is the same one, stands where all that was sealed so far is due."""
        shutil.copytree(self.place, place)
        made = copy(self)
        made.place, made.keys = place, KeyStore(place / "keys")
        made.go_to(DUE_NS)
        return made

    @property
    def vault(self) -> Vault:
        """The vault as its deeds open it."""
        return open_vault(self.place)

    @property
    def log(self) -> Log:
        """The log, signed by the vault's key."""
        return self.vault.log(self.private)

    @property
    def known(self) -> dict[str, sm2.Public]:
        """The keys that are trusted."""
        return self.vault.trusted()

    def seal(self, content: bytes = b"evidence", kind: str = "default", name: str = "heap.log") -> str:
        """Seal a bundle, and return its id."""
        body = BytesIO()
        made = seal(BytesIO(content), body, Content(name, retention=kind), How([self.key.public], self.private))
        bundle = made.header.bundle.hex()
        with new_file(self.place / "bundles", bundle + expiry.SUFFIX) as out:
            out.write(body.getvalue())
        self.log.append(seal_event("li", bundle, kind, made.header_digest.hex()), sign=True)
        return bundle

    def path(self, bundle: str) -> Path:
        """Where a bundle stands."""
        return self.place / "bundles" / (bundle + expiry.SUFFIX)

    def go_to(self, wall_ns: int) -> None:
        """Let the time pass, as both clocks see it."""
        self.clock.since_ns += wall_ns - self.clock.wall_ns
        self.clock.wall_ns = wall_ns

    def wrong(self) -> list[tuple[str, str]]:
        """What the verifier of retention finds, in a log without faults."""
        found, report = expiry.audit(
            self.place / "log", expiry.present(self.vault.store), self.clock.wall_ns, self.known, ID
        )
        assert report.good, report.faults
        return [(each.kind, each.id) for each in found]

    def words(self, what: str) -> list[tuple[str, str]]:
        """Results and reasons of the log's entries of a kind, in order."""
        found: list[tuple[str, str]] = []

        def take(entry_what: str, result: str, why: object) -> None:
            if entry_what == what:
                found.append((result, str(why or "")))

        expiry.verify(
            self.place / "log",
            each=lambda placed: take(
                placed.line.entry.event.what, placed.line.entry.event.result, placed.line.entry.event.detail.get("why")
            ),
        )
        return found


@contextmanager
def quick_and_timed(monkeypatch: pytest.MonkeyPatch) -> Iterator[HandClock]:
    """Let new keys have few rounds, and every vault's log a clock that is set by hand.

    Nothing is lost here but what a test takes away, so nothing need reach a disk: a call to fsync is a step, and quick.
    """
    clock = HandClock(START_NS)

    def log(self: Vault, signer: Signer | None = None) -> Log:
        return Log(self.store.room("log"), signer, log_id=self.store.id, clock=clock)

    class Moment(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Moment:
            return cls.fromtimestamp(clock.wall_ns // SECOND, tz)

    with monkeypatch.context() as patched:
        patched.setattr("goxray.vault.bundle.seal.datetime", Moment)
        patched.setattr(os, "fsync", lambda number: None)
        patched.setattr(keys, "ROUNDS", 1000)
        patched.setattr(Vault, "log", log)
        yield clock


def cut(path: Path, size: int) -> None:
    """Cut a file."""
    with path.open("r+b") as file:
        file.truncate(size)


def change(path: Path, at: int, data: bytes) -> None:
    """Write bytes into a file."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def rows(found: Sequence[BundleRow]) -> list[tuple[str, str]]:
    """Ids and states of rows of bundles."""
    return [(each.id, each.state) for each in found]
