"""The vault's directory: what stands where, who may read it, how files come and go.

The directory and everything in it belong to one user: directories have mode 0700, files 0600. A file appears whole or
not at all: it is written beside its place under a name that starts with ``.part-``, synced, linked to its name, and
the directory is synced. No file is overwritten, unless ``replace`` says so. Names are single words without
separators, so that nothing is written outside the directory, and links that lead elsewhere are not followed.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from goxray.core.errors import BadVault, UsageError
from goxray.vault import canonical

FORMAT = 1
ROOMS = ("bundles", "keys", "log")
ROOT_FILE = "vault.json"

_PART = ".part-"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
_ID = re.compile(r"[0-9a-f]{32}")
_WAIT_S = 0.02


def default_place() -> Path:
    """Return where a user's vault is unless another place is named: GOXRAY_VAULT, or in the user's data directory."""
    named = os.environ.get("GOXRAY_VAULT", "")
    if named:
        return Path(named)
    data = os.environ.get("XDG_DATA_HOME", "")
    return (Path(data) if os.path.isabs(data) else Path.home() / ".local" / "share") / "goxray" / "vault"


@dataclass(frozen=True, slots=True)
class Store:
    """A vault's directory that was looked at and found in order; ``id`` is random, 128 bits in hex."""

    place: Path
    id: str

    def room(self, name: str) -> Path:
        """Return one of the directories of ``ROOMS``."""
        if name not in ROOMS:
            raise UsageError(f"a vault has no room {name!r}")
        return self.place / name

    def path(self, room: str, name: str) -> Path:
        """Return where a file stands.

        Raises:
            UsageError: The name is not one word of letters, digits, ``.``, ``_`` and ``-``.
        """
        return self.room(room) / checked_name(name)

    def names(self, room: str) -> tuple[str, ...]:
        """Return the names of a room's whole files, sorted."""
        with os.scandir(self.room(room)) as found:
            return tuple(sorted(e.name for e in found if e.is_file(follow_symlinks=False) and _NAME.fullmatch(e.name)))

    @contextmanager
    def locked(self, *, shared: bool = False, patience_s: float | None = None) -> Iterator[None]:
        """Hold the vault's own lock: alone, or with others who only read. See ``locked``."""
        with locked(self.place / "lock", shared=shared, patience_s=patience_s):
            yield


def create(place: Path, vault_id: str) -> Store:
    """Make a vault at a place that does not exist or is an empty directory.

    A run that was killed halfway is taken up: only the last step, ``vault.json``, makes it a vault.

    Raises:
        BadVault: Something is there already, or it cannot be made.
    """
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_private(place)
        there = {name for name in os.listdir(place) if not name.startswith(_PART)}
        if ROOT_FILE in there:
            raise BadVault(f"{place} is a vault already", hint="name another directory, or use this one")
        if there - {*ROOMS, "lock"}:
            raise BadVault(f"{place} is not empty", hint="name a directory that does not exist")
        for room in ROOMS:
            (place / room).mkdir(mode=0o700, exist_ok=True)
            _check_private(place / room)
        write_new(place / ROOT_FILE, canonical.encode({"format": FORMAT, "vault": vault_id}) + b"\n")
    except OSError as error:
        raise BadVault(f"cannot make a vault at {place}: {error.strerror}", hint="name another directory") from error
    return Store(place, vault_id)


def open_(place: Path) -> Store:
    """Open the vault at a place.

    Raises:
        BadVault: There is none, it is open to others, or it is of a format that this goxray does not know.
    """
    try:
        _check_private(place)
        for room in ROOMS:
            _check_private(place / room)
        value = canonical.decode(read(place / ROOT_FILE, 4096).removesuffix(b"\n"))
    except FileNotFoundError:
        raise BadVault(f"{place} is no vault", hint="`goxray vault init` makes one") from None
    except OSError as error:
        raise BadVault(f"cannot open the vault {place}: {error.strerror}") from error
    except ValueError as error:
        raise BadVault(f"{place / ROOT_FILE} is damaged: {error}") from None
    if not isinstance(value, dict) or value.get("format") != FORMAT or not isinstance(value.get("vault"), str):
        raise BadVault(f"{place} is a vault of another format", hint="a newer goxray may open it")
    vault_id = str(value["vault"])
    if _ID.fullmatch(vault_id) is None:  # an empty one would let any log pass for this vault's
        raise BadVault(f"{place / ROOT_FILE} is damaged: the vault's id is not 32 hex digits")
    return Store(place, vault_id)


def checked_name(name: str) -> str:
    """Return a file's name if it is one harmless word.

    Raises:
        UsageError: It is not.
    """
    if _NAME.fullmatch(name) is None:
        raise UsageError(
            f"{name!r} cannot be the name of a file in a vault", hint="letters, digits, . _ - and at most 200 of them"
        )
    return name


def _check_private(place: Path) -> None:
    seen = os.lstat(place)
    if not stat.S_ISDIR(seen.st_mode):
        raise BadVault(f"{place} is no directory of its own", hint="links are not followed inside a vault")
    if seen.st_uid != os.geteuid():
        raise BadVault(f"{place} belongs to another user")
    if seen.st_mode & 0o077:
        raise BadVault(f"{place} is open to other users", hint=f"chmod 700 {place}")


@contextmanager
def locked(path: Path, *, shared: bool = False, patience_s: float | None = None) -> Iterator[None]:
    """Hold a lock file: alone, or together with others who only read.

    The kernel gives the lock back when the process ends, however it ends. Each call opens the file anew, so threads
    wait for each other too. ``patience_s`` bounds the waiting; None waits as long as it takes. A shared lock on a
    file system that cannot be written, where the lock file is absent, is no lock: nobody writes there.

    Raises:
        BadVault: Somebody else held it for longer than that, or the file cannot be opened.
    """
    number = _lock_file(path, shared=shared)
    try:
        if number >= 0:
            _take(number, path, fcntl.LOCK_SH if shared else fcntl.LOCK_EX, patience_s)
        yield
    finally:
        if number >= 0:
            os.close(number)


def _lock_file(path: Path, *, shared: bool) -> int:
    flags = os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, flags | os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        if shared:
            try:
                return os.open(path, flags | os.O_RDONLY)
            except FileNotFoundError:
                return -1
            except OSError:
                pass
        raise BadVault(f"cannot lock {path}: {error.strerror}") from error


def _take(number: int, path: Path, kind: int, patience_s: float | None) -> None:
    if patience_s is None:
        fcntl.flock(number, kind)
        return
    end = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(number, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= end:
                raise BadVault(f"{path} is held by another process", hint="wait until it has ended") from None
            time.sleep(_WAIT_S)


def read(path: Path, limit: int) -> bytes:
    """Return a whole file of at most ``limit`` bytes; a link is not followed.

    Raises:
        BadVault: It is longer, or no regular file.
        OSError: It cannot be read.
    """
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(number).st_mode):  # before anything else: fdopen of a directory leaves it open
        os.close(number)
        raise BadVault(f"{path} is no file")
    with os.fdopen(number, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise BadVault(f"{path} has more than {limit} bytes")
    return data


def write_new(path: Path, data: bytes) -> None:
    """Put a new file in place, whole and synced.

    Raises:
        BadVault: The name is taken.
        OSError: It cannot be written.
    """
    with incoming(path) as file:
        file.write(data)


def replace(path: Path, data: bytes) -> None:
    """Put a file in the place of another one, whole and synced: a reader finds the old one or the new one.

    Raises:
        OSError: It cannot be written.
    """
    _written(path, lambda file: file.write(data), os.replace)


@contextmanager
def incoming(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write to; when the block ends without an error it stands at ``path``, synced, else nothing does.

    Raises:
        BadVault: The name is taken.
        OSError: It cannot be written.
    """
    checked_name(path.name)
    if os.path.lexists(path):
        raise BadVault(f"{path} exists already")
    part = _part_of(path)
    with _part_file(part) as file:
        yield file
        _settle(file, part, path, _link_new)


def _written(path: Path, fill: Callable[[BinaryIO], object], settle: Callable[[Path, Path], None]) -> None:
    checked_name(path.name)
    part = _part_of(path)
    with _part_file(part) as file:
        fill(file)
        _settle(file, part, path, settle)


def _part_of(path: Path) -> Path:
    return path.with_name(f"{_PART}{os.getpid()}-{os.urandom(8).hex()}")


@contextmanager
def _part_file(part: Path) -> Iterator[BinaryIO]:
    number = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            yield file
    finally:
        with suppress(FileNotFoundError):
            os.unlink(part)


def _settle(file: BinaryIO, part: Path, path: Path, place: Callable[[Path, Path], None]) -> None:
    file.flush()
    os.fsync(file.fileno())
    place(part, path)
    sync_directory(path.parent)


def _link_new(part: Path, path: Path) -> None:
    try:
        os.link(part, path, follow_symlinks=False)
    except FileExistsError:
        raise BadVault(f"{path} exists already") from None


def sync_directory(place: Path) -> None:
    """Make the names in a directory last: a file that was synced may else be nameless after a power cut."""
    number = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sweep(place: Path) -> int:
    """Remove the parts that killed writers left in a directory, and return how many; call it with the lock held."""
    parts = [name for name in os.listdir(place) if name.startswith(_PART)]
    for name in parts:
        os.unlink(place / name)
    if parts:
        sync_directory(place)
    return len(parts)


def destroy(path: Path) -> int:
    """Overwrite a file with random bytes, sync it, and take it away; return how many bytes it had.

    On a disk that writes in place the old bytes are gone. On an SSD, and on file systems that copy on write or keep
    snapshots, they may survive where no program can reach them: nobody can prove that they do not. What is destroyed
    should therefore never have stood there in the open (keys are stored wrapped).

    Raises:
        BadVault: It is a link, a directory, or has further names.
        OSError: It cannot be written or removed.
    """
    number = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(number, "wb") as file:
        seen = os.fstat(number)
        if not stat.S_ISREG(seen.st_mode) or seen.st_nlink != 1:
            raise BadVault(f"{path} is no plain file with one name: its content may stand elsewhere too")
        left = seen.st_size
        while left:
            left -= file.write(os.urandom(min(left, 1 << 20)))
        file.flush()
        os.fsync(number)
    os.unlink(path)
    sync_directory(path.parent)
    return seen.st_size
