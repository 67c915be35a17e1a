"""The bundles of a vault as they stand there, and what results tell of them. Only their fronts are read here."""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from goxray.core.errors import BadBundle, GoxrayError, UsageError
from goxray.core.vault_result import BundleRow, BundleState
from goxray.vault import store
from goxray.vault.bundle.format import Header
from goxray.vault.bundle.passing import Passing
from goxray.vault.bundle.place import plain_file
from goxray.vault.bundle.verify import Front, read_front
from goxray.vault.custody.people import Progress
from goxray.vault.custody.vaults import Vault, moment
from goxray.vault.expiry import SUFFIX
from goxray.vault.retention import Kept

ROOM = "bundles"
_BUNDLE = re.compile(r"[0-9a-f]{32}" + re.escape(SUFFIX))
_PART = re.compile(r"\.[0-9a-f]{16}\.part")
_STALE_S = 60.0


@dataclass(frozen=True)
class Standing:
    """A bundle's file in a vault: ``id`` by its name, ``size`` in bytes; ``front``, or why it cannot be read."""

    id: str
    size: int
    front: Front | None = None
    fault: GoxrayError | None = None

    @property
    def live(self) -> bool:
        """Say whether a key slot is there that was not destroyed."""
        return self.front is not None and self.front.destroyed < len(self.front.slots)


class Reader(Passing):
    """A plain file, and somebody who is told how far it was read."""

    def __init__(self, number: int, progress: Progress | None = None) -> None:
        super().__init__(number)
        self.size = os.fstat(number).st_size
        self._progress = progress
        self._done = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read at most ``size`` bytes."""
        data = super().read(-1 if size is None else size)
        self._tell(len(data or b""))
        return data or b""

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer as far as one read does."""
        count = super().readinto(buffer)
        self._tell(count)
        return count

    def _tell(self, count: int) -> None:
        self._done += count
        if self._progress is not None and count:
            self._progress(min(self._done, self.size), self.size)


@contextmanager
def reading(path: Path, progress: Progress | None = None, *, inside: bool = False) -> Iterator[Reader]:
    """Open a plain file; ``inside`` a vault, where links are not followed.

    Raises:
        UsageError: It cannot be opened, or is no plain file.
    """
    with Reader(plain_file(path, follow=not inside), progress) as file:
        yield file


def path_of(vault: Vault, bundle: str) -> Path:
    """Return where a bundle stands."""
    return vault.store.path(ROOM, bundle + SUFFIX)


def ids(vault: Vault) -> tuple[str, ...]:
    """Return the ids of the bundles whose file is there, by the files' names, sorted."""
    return tuple(name.removesuffix(SUFFIX) for name in vault.store.names(ROOM) if _BUNDLE.fullmatch(name))


def strays(vault: Vault) -> tuple[str, ...]:
    """Return the names of what stands among the bundles and is none: links, directories, files of other names."""
    good = {bundle + SUFFIX for bundle in ids(vault)}
    return tuple(sorted(name for name in os.listdir(vault.store.room(ROOM)) if name not in good and not _is_part(name)))


def look(vault: Vault, bundle: str) -> Standing | None:
    """Read a bundle's front; None where its file is not there (any more)."""
    path = path_of(vault, bundle)
    try:
        size = os.lstat(path).st_size
    except FileNotFoundError:
        return None
    try:
        with reading(path, inside=True) as source:
            return Standing(bundle, size, front_of(source, bundle))
    except (GoxrayError, OSError) as error:
        if not os.path.lexists(path):
            return None
        told = error if isinstance(error, GoxrayError) else UsageError(f"cannot read {path}: {error}")
        return Standing(bundle, size, fault=told)


def front_of(source: BinaryIO, bundle: str) -> Front:
    """Read a front, which must be that of the bundle after which the file is named.

    Raises:
        BadBundle: It is that of another one, or none.
        NotAuthentic: A key slot is not the one that was sealed.
    """
    front = read_front(source)
    if front.header.bundle.hex() != bundle:
        raise BadBundle(f"the file {bundle}{SUFFIX} holds another bundle, {front.header.bundle.hex()}")
    return front


def fits(front: Front, kept: Kept) -> bool:
    """Say whether a bundle is the one that the log knows by that id."""
    return front.digest.hex() == kept.digest


def key_names(vault: Vault) -> dict[str, str]:
    """Return the names of the vault's keys by their ids, of those that can be read."""
    return {key.key_id: key.name for key in vault.sound_keys()[0]}


def row(header: Header, names: Mapping[str, str], state: BundleState, size: int) -> BundleRow:
    """Return what a bundle's header tells of it."""
    content = header.content
    return BundleRow(
        id=header.bundle.hex(),
        state=state,
        name=content.name,
        kind=content.kind,
        retention=content.retention,
        created=header.created,
        signer=names.get(header.signer, header.signer),
        recipients=tuple(names.get(key, key) for key, _ in header.recipients),
        mask=tuple(content.mask),
        file_bytes=size,
    )


def told(here: Standing | None, kept: Kept | None, names: Mapping[str, str], now_ns: int) -> BundleRow:
    """Return what is known of a bundle: by its file, by the log, or by both; one of them is there."""
    state = state_of(here, kept, now_ns)
    known = (here is not None and here.id) or (kept is not None and kept.id) or ""
    made = BundleRow(id=known, state=state, file_bytes=here.size if here is not None else 0)
    if here is not None and here.front is not None:
        made = row(here.front.header, names, state, here.size)
    if kept is None:
        return made
    return replace(
        made,
        retention=kept.kind,
        created=made.created or moment(kept.sealed_ns),
        due=moment(kept.due_ns),
        holds=tuple(sorted(kept.holds)),
        ended=moment(kept.tombstone.at.wall_ns) if kept.tombstone is not None else "",
    )


def state_of(here: Standing | None, kept: Kept | None, now_ns: int) -> BundleState:
    """Return how a bundle stands, as ``goxray.core.vault_result`` says."""
    if kept is None:
        return "stranger" if here is not None and here.front is not None else "damaged"
    if kept.tombstone is not None:
        return "destroyed"
    if kept.begun is not None:
        return "begun"
    if here is None:
        return "missing"
    if here.front is None or not fits(here.front, kept):
        return "damaged"
    if not here.live:
        return "missing"
    if kept.holds:
        return "held"
    return "due" if kept.may_go(now_ns) else "kept"


def sweep(vault: Vault) -> None:
    """Remove what killed runs left half-written among the bundles; call it with the vault's lock held.

    There is something only where the file system has no nameless files. Who writes holds a lock on the file.
    """
    room = vault.store.room(ROOM)
    store.sweep(room)
    for name in os.listdir(room):
        if _PART.fullmatch(name):
            with suppress(OSError):
                _sweep_one(room / name)


def _sweep_one(path: Path) -> None:
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if time.time() - os.fstat(number).st_mtime > _STALE_S:  # just made, its writer may not hold the lock yet
            os.unlink(path)
    finally:
        os.close(number)


def _is_part(name: str) -> bool:
    return name.startswith(".part-") or _PART.fullmatch(name) is not None
