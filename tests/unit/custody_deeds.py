"""Vaults for tests that go through the facade, as programs do: made, sealed into, looked at from outside."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from goxray import api_vault
from goxray.core.vault_result import BundleSealed, VaultKey, VaultVerified
from goxray.vault.log.chain import ENTRIES
from goxray.vault.log.entry import Entry, from_line

WORDS = b"correct horse"
WHO = "li@bank"


def ask(key: VaultKey) -> bytearray:
    """Give the passphrase that all keys have here."""
    return bytearray(WORDS)


def wrong(key: VaultKey) -> bytearray:
    """Give another passphrase."""
    return bytearray(b"battery staple")


def never(key: VaultKey) -> bytearray:
    """Refuse to be asked."""
    raise AssertionError(f"nobody should be asked for {key.name}")


@dataclass
class Asked:
    """Gives the passphrase, and keeps what it gave: it should have been wiped."""

    given: list[bytearray] = field(default_factory=list)

    def __call__(self, key: VaultKey) -> bytearray:
        self.given.append(bytearray(WORDS))
        return self.given[-1]

    @property
    def wiped(self) -> bool:
        return bool(self.given) and not any(any(each) for each in self.given)


@dataclass(frozen=True)
class Home:
    """A vault, and a directory beside it for evidence and for what is opened."""

    vault: Path
    beside: Path

    @classmethod
    def made(cls, root: Path) -> Home:
        """Make one; new keys should have few rounds."""
        home = cls(root / "vault", root / "beside")
        home.beside.mkdir()
        api_vault.init(home.vault, ask=ask, who=WHO, keep=("incident=3y",))
        return home

    def file(self, name: str, content: bytes) -> Path:
        path = self.beside / name
        path.write_bytes(content)
        return path

    def sealed(self, name: str = "heap.log", content: bytes = b"evidence", recipients: tuple[str, ...] = ()) -> str:
        """Seal a piece of evidence; return the bundle's id."""
        made = api_vault.seal(self.vault, self.file(name, content), ask=ask, who=WHO, recipients=recipients)
        return made.bundle.id

    def opened(self, bundle: str, name: str) -> bytes:
        """Open a bundle and return its content."""
        return Path(api_vault.open_(self.vault, bundle, self.beside, ask=ask, name=name, who=WHO).file).read_bytes()

    def path(self, bundle: str) -> Path:
        return self.vault / "bundles" / f"{bundle}.goxs"

    def standing(self) -> list[str]:
        """All names among the bundles, hidden ones too."""
        return sorted(os.listdir(self.vault / "bundles"))

    def entries(self, what: str = "") -> list[Entry]:
        """The log's entries of a kind, or all, read by their lines."""
        lines = (self.vault / "log" / ENTRIES).read_bytes().splitlines(keepends=True)
        found = [from_line(line).entry for line in lines if not line.endswith(b"#\n")]
        return [entry for entry in found if what in ("", entry.event.what)]

    def verified(self) -> VaultVerified:
        return api_vault.verify(self.vault)

    def wrong(self) -> list[tuple[str, str]]:
        """Kinds and ids of what the verifier finds, of bundles and of retention, in a log without faults."""
        found = self.verified()
        assert found.log is not None and found.log.good, found.log
        rows = [(each.kind, each.name) for each in found.bundles if each.fault]
        return rows + [(each.kind, each.id) for each in found.wrong]


def front_digest(path: Path) -> str:
    """SM3 of what stands before the key slots, by hashlib and the format's page: magic, length, header."""
    data = path.read_bytes()
    return hashlib.new("sm3", data[: 12 + int.from_bytes(data[8:12], "big")]).hexdigest()


def tree(place: Path) -> dict[str, tuple[int, int, int]]:
    """Name, mode, size and time of everything below."""
    found = {}
    for path in sorted(place.rglob("*")):
        seen = path.lstat()
        found[str(path.relative_to(place))] = (seen.st_mode, seen.st_size, seen.st_mtime_ns)
    return found


def seal_many(home: Home, source: Path, count: int) -> list[BundleSealed]:
    """Seal a file several times."""
    return [api_vault.seal(home.vault, source, ask=ask, who=WHO) for _ in range(count)]


def forked(work: Callable[[], object]) -> int:
    """Do something in a child process; return how it ended: 0, or the signal as a negative number."""
    child = os.fork()
    if not child:
        code = 70
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die() -> None:
    """End as a power cut ends a process."""
    os.kill(os.getpid(), signal.SIGKILL)


class Doom:
    """Kills this process at the n-th of the calls that change what is on disk."""

    def __init__(self, step: int, *calls: str) -> None:
        self._left = step
        self._calls = calls or ("write", "pwrite", "fsync", "link", "unlink")

    def _before(self, call: Callable[..., object]) -> Callable[..., object]:
        def counted(*given: object, **named: object) -> object:
            self._left -= 1
            if not self._left:
                die()
            return call(*given, **named)

        return counted

    def come(self) -> None:
        for name in self._calls:
            setattr(os, name, self._before(getattr(os, name)))
