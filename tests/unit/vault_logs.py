"""Logs of the vault for tests: a foreign SM2 key that signs, a clock that is set by hand, writers that are killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gmalg import SM2

from goxray.vault import sm2
from goxray.vault.clock import Clock, Reading
from goxray.vault.log.chain import ENTRIES, MARK, Log
from goxray.vault.log.entry import Event, Line, from_line
from goxray.vault.signed import Signer

START_NS = 1_788_000_000_000_000_000
"""A moment in 2026."""

SECOND = 1_000_000_000


class PeerPublic:
    """The public half of a key of another implementation."""

    def __init__(self, key: bytes, name: str) -> None:
        self._key = key
        self._name = name

    @property
    def key_id(self) -> str:
        return self._name

    def verify(self, message: bytes, signature: bytes, signer_id: bytes) -> bool:
        if len(signature) != 64:
            return False
        return bool(SM2(pk=self._key, uid=signer_id).verify(message, signature[:32], signature[32:]))


class PeerKey:
    """A private key of another implementation; ``signed`` counts what it signed."""

    def __init__(self, name: str = "ab" * 16) -> None:
        self._private, public = SM2().generate_keypair()
        self._point = public
        self.public = PeerPublic(public, name)
        self.signed = 0

    def sign(self, message: bytes, signer_id: bytes) -> bytes:
        self.signed += 1
        r, s = SM2(sk=self._private, uid=signer_id, pk=self._point).sign(message)
        return bytes(r.rjust(32, b"\0") + s.rjust(32, b"\0"))

    @property
    def known(self) -> dict[str, PeerPublic]:
        """The key as verifiers take it."""
        return {self.public.key_id: self.public}


class HandClock:
    """A clock that goes on by a second at each look, and can be set."""

    def __init__(self, wall_ns: int = START_NS, boot: str = "boot-1") -> None:
        self.wall_ns = wall_ns
        self.boot = boot
        self.since_ns = 100 * SECOND

    def __call__(self) -> Reading:
        self.wall_ns += SECOND
        self.since_ns += SECOND
        return Reading(self.wall_ns, self.boot, self.since_ns)


def event(number: int) -> Event:
    """An event that differs from all others."""
    return Event("li", "seal", "ok", f"{number:064x}", {"name": f"快照-{number}"})


def filled(
    place: Path, count: int, *, clock: Clock | None = None, signer: Signer | None = None, interval: int = 64
) -> Log:
    """A log with so many events."""
    place.mkdir(mode=0o700, exist_ok=True)
    log = Log(place, signer=signer, interval=interval, clock=clock or HandClock())
    for number in range(count):
        log.append(event(number))
    return log


def lines(place: Path) -> list[bytes]:
    """The log's lines, newlines included."""
    return (place / ENTRIES).read_bytes().splitlines(keepends=True)


def entries(place: Path) -> list[Line]:
    """The log's entries; each line must be one."""
    return [from_line(raw) for raw in lines(place)]


def state(place: Path) -> tuple[bytes, bytes]:
    """What the log's two files hold."""
    return (place / ENTRIES).read_bytes(), (place / MARK).read_bytes()


def restore(place: Path, files: tuple[bytes, bytes]) -> None:
    """Put the log's two files back."""
    (place / ENTRIES).write_bytes(files[0])
    (place / MARK).write_bytes(files[1])


def killed_at(step: int, share: float, act: Callable[[], object]) -> bool:
    """Fork a process that acts and is killed at its n-th step; say whether it was, or ended before that step.

    A step is a call that changes what a disk holds: open, write, pwrite, link, rename, unlink, mkdir or fsync. Before a
    write it is killed after that share of the bytes went out.
    """
    child = os.fork()
    if child == 0:
        try:
            _doom(step, share)
            act()
            os._exit(0)
        except BaseException:
            os._exit(70)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _doom(step: int, share: float) -> None:
    left = [step]
    real = {
        name: getattr(os, name)
        for name in ("open", "write", "pwrite", "link", "replace", "unlink", "mkdir", "fsync", "ftruncate")
    }

    def wrapped(name: str) -> Callable[..., Any]:
        def call(*words: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                if name in ("write", "pwrite"):
                    data = bytes(words[1])
                    real[name](words[0], data[: round(len(data) * share)], *words[2:])
                os.kill(os.getpid(), signal.SIGKILL)
            return real[name](*words, **more)

        return call

    for name in real:
        setattr(os, name, wrapped(name))


class LibraryKey:
    """A private key in libcrypto: many times faster than the foreign one."""

    def __init__(self) -> None:
        self._private = sm2.generate()
        self.public = self._private.public
        self.signed = 0

    def sign(self, message: bytes, signer_id: bytes) -> bytes:
        self.signed += 1
        return self._private.sign(message, signer_id)

    @property
    def known(self) -> dict[str, sm2.Public]:
        """The key as verifiers take it."""
        return {self.public.key_id: self.public}
