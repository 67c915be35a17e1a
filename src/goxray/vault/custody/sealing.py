"""Seals evidence into a vault: a file, masked or as it is, or what a command writes while it writes it."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from goxray.core.errors import GoxrayError
from goxray.core.snapshot_schema import SNAPSHOT_SUFFIX
from goxray.core.vault_result import BundleSealed
from goxray.vault import secrets
from goxray.vault.bundle.format import Content
from goxray.vault.custody import maskkey, shelf
from goxray.vault.custody.handover import Handover, Outlet
from goxray.vault.custody.people import Ask, Progress
from goxray.vault.custody.taking import begin, failing, prepare, take
from goxray.vault.custody.vaults import open_vault

if TYPE_CHECKING:
    from goxray.vault.mask.choose import Chosen
    from goxray.vault.mask.content import Content as Masked

_PARALLEL = 32 << 20
"""From this many bytes on, masking in several processes is worth their start."""

_BUFFER = 1 << 18
_ZIP = b"PK\x03\x04"
_ANY_KEY = bytes(maskkey.KEY_BYTES)


def seal(
    place: Path | None,
    source: Path,
    *,
    ask: Ask,
    recipients: Sequence[str] = (),
    mask: Sequence[str] = (),
    retention: str = "default",
    name: str = "",
    kind: str = "",
    key: str = "",
    who: str = "",
    progress: Progress | None = None,
) -> BundleSealed:
    """Seal a file. See ``goxray.api_vault.seal``."""
    vault = open_vault(place)
    chosen = _chosen(mask)
    with shelf.reading(source, progress) as file:
        rules = chosen.names if chosen is not None and _masks(file, source, chosen) else ()
        content = Content(name or source.name, kind or _kind(file, source), mask=rules, retention=retention)
        taking = prepare(vault, content, recipients, key, who)
        with failing(taking), vault.unlocked(taking.own, ask) as private:
            policy = begin(taking, private)
            if chosen is None:
                return take(taking, private, file, policy)
            secret = maskkey.obtain(vault, private, taking.who)
            try:
                workers = 0 if file.size >= _PARALLEL else 1
                masked = _masked(file, source, chosen, secret, workers)
                made = take(taking, private, _Pulled(masked), policy)
                return replace(made, masked=masked.counts)
            finally:
                secrets.wipe(secret)


def _chosen(mask: Sequence[str]) -> Chosen | None:
    if not mask:
        return None
    from goxray.vault.mask import choose

    return choose.choose(mask)


def _masked(file: shelf.Reader, source: Path, chosen: Chosen, key: bytes | bytearray, workers: int = 1) -> Masked:
    from goxray.vault.mask import content

    return content.of_stream(file, source.name, chosen, key, workers=workers)


def _masks(file: shelf.Reader, source: Path, chosen: Chosen) -> bool:
    """Say whether a file of this kind holds anything to be masked; refuse one that cannot be."""
    masks = _masked(file, source, chosen, _ANY_KEY).masks
    file.seek(0)
    return masks


def _kind(file: shelf.Reader, source: Path) -> str:
    if source.suffix != SNAPSHOT_SUFFIX:
        return "file"
    begins = file.read(len(_ZIP))
    file.seek(0)
    return "snapshot" if begins == _ZIP else "file"


class _Pulled:
    """Masked content as sealing wants it."""

    def __init__(self, content: Masked) -> None:
        self._content = content

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill the buffer as far as possible and return how far; 0 at the end."""
        data = self._content.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class Sealing:
    """A bundle that is being sealed: what is written to ``sink`` is its content.

    Attributes:
        sink: Where the content goes; write only, and never on disk as it is.
    """

    def __init__(self, sink: BinaryIO) -> None:
        self.sink = sink
        self._sealed: BundleSealed | None = None

    @property
    def sealed(self) -> BundleSealed:
        """What became of it, behind the block that wrote the content.

        Raises:
            GoxrayError: The block has not ended, or nothing was sealed.
        """
        if self._sealed is None:
            raise GoxrayError("nothing was sealed so far")
        return self._sealed


@contextmanager
def sealing(
    place: Path | None,
    *,
    ask: Ask,
    name: str,
    kind: str,
    recipients: Sequence[str] = (),
    retention: str = "default",
    key: str = "",
    who: str = "",
) -> Iterator[Sealing]:
    """Seal what the block writes. See ``goxray.api_vault.sealing``."""
    vault = open_vault(place)
    taking = prepare(vault, Content(name, kind, retention=retention), recipients, key, who)
    with failing(taking), vault.unlocked(taking.own, ask) as private:
        policy = begin(taking, private)
        handover = Handover()
        sealer = _Sealer(handover, lambda: take(taking, private, Outlet(handover), policy))
        made = Sealing(io.BufferedWriter(handover, _BUFFER))
        sealer.start()
        try:
            yield made
            if not made.sink.closed:
                made.sink.flush()
        except BaseException as error:
            sealer.give_up(error)
            raise
        made._sealed = sealer.finish()


class _Sealer(threading.Thread):
    """Seals in a thread of its own what another one hands over.

    The private key that it signs with is closed behind the block, so both ways out of that wait for the thread.
    """

    def __init__(self, handover: Handover, work: Callable[[], BundleSealed]) -> None:
        super().__init__(name="goxray-sealing", daemon=True)
        self._handover = handover
        self._work = work
        self._cut = GoxrayError("what was to be sealed was not written to its end")
        self._made: BundleSealed | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        """Seal."""
        try:
            self._made = self._work()
        except BaseException as error:
            self._error = error
            self._handover.leave(
                error if isinstance(error, GoxrayError) else GoxrayError(f"sealing failed: {type(error).__name__}")
            )

    def give_up(self, error: BaseException) -> None:
        """Leave nothing of the bundle; where it was sealing that failed, say so instead of what came of it."""
        self._handover.cut(self._cut)
        self._wait()
        if isinstance(error, Exception) and self._error is not None and self._error is not self._cut:
            raise self._error from error

    def finish(self) -> BundleSealed:
        """Return the bundle, when all of its content was written."""
        self._handover.end()
        self._wait()
        if self._error is not None:
            raise self._error
        assert self._made is not None
        return self._made

    def _wait(self) -> None:
        interrupt: KeyboardInterrupt | None = None
        while self.is_alive():
            try:
                self.join()
            except KeyboardInterrupt as error:
                interrupt = error
                self._handover.cut(self._cut)
        if interrupt is not None:
            raise interrupt
