"""A file that has its name only when it is whole: nothing half-written is left behind, and nothing is replaced."""

from __future__ import annotations

import errno
import io
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from goxray.core.errors import GoxrayError, UsageError
from goxray.vault.bundle.passing import Leaving, Passing

_MODE = 0o600
_NO_UNNAMED = {errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL}
"""What kernels and file systems say that know no O_TMPFILE (open(2))."""


@contextmanager
def new_file(directory: Path, name: str) -> Iterator[BinaryIO]:
    """Give a file to write; it appears as ``directory/name``, mode 0600, when the block ends without an error.

    The file has no name before (O_TMPFILE), so that not even a killed process leaves anything. Where the file system
    has no such files, a hidden one stands beside until then. The directory is opened once: what its path means later
    does not matter. A link of that name is not followed.

    Args:
        directory: Where; it must be there.
        name: A plain file name.

    Raises:
        UsageError: There is no such directory, or there is something of that name already.
        GoxrayError: The file cannot be written.
    """
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise UsageError(f"{name!r} is no plain file name")
    shown = directory / name
    try:
        at = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(
            f"cannot write to {directory}: {error.strerror}", hint="name a directory that is there"
        ) from None
    try:
        _refuse_if_there(name, at, shown)
        number, beside = _unnamed_or_beside(directory, at, shown)
        try:
            with Leaving(number) as raw, io.BufferedWriter(raw) as out:
                yield out
                out.flush()
                raw.settle()
                _name_it(out.fileno(), beside, name, at, shown)
        except OSError as error:
            raise _unwritten(shown, error) from None
        finally:
            if beside:
                with suppress(OSError):
                    os.unlink(beside, dir_fd=at)
        os.fsync(at)
    finally:
        os.close(at)


@contextmanager
def readable(path: Path) -> Iterator[io.FileIO]:
    """Open a file for reading; a name that waits (a pipe) is refused.

    Raises:
        UsageError: It cannot be opened, or is no plain file.
    """
    with Passing(plain_file(path)) as file:
        yield file


def plain_file(path: Path, *, follow: bool = True) -> int:
    """Open a plain file for reading and return its number; ``follow`` says whether a link may lead to it.

    Raises:
        UsageError: It cannot be opened, or is no plain file: a name that waits (a pipe) is not waited for.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    try:
        number = os.open(path, flags)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise UsageError(f"cannot read {path}: it is no plain file")
    return number


def _refuse_if_there(name: str, at: int, shown: Path) -> None:
    """Say early what ``_name_it`` would say at the end."""
    with suppress(FileNotFoundError):
        os.stat(name, dir_fd=at, follow_symlinks=False)
        raise _there(shown)


def _there(shown: Path) -> UsageError:
    return UsageError(
        f"{shown} is there already, and evidence is not replaced", hint="choose another name or directory"
    )


def _unnamed_or_beside(directory: Path, at: int, shown: Path) -> tuple[int, str]:
    """Return an open file, and its name for the time being: empty where it has none."""
    try:
        number = os.open(".", os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, _MODE, dir_fd=at)
        if os.path.exists(f"/proc/self/fd/{number}"):  # it is given its name through there, which a jail may lack
            return number, ""
        os.close(number)
    except OSError as error:
        if error.errno not in _NO_UNNAMED:
            raise _unwritten(shown, error) from None
    beside = f".{secrets.token_hex(8)}.part"
    try:
        return os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, _MODE, dir_fd=at), beside
    except OSError as error:
        raise _unwritten(shown, error) from None


def _name_it(number: int, beside: str, name: str, at: int, shown: Path) -> None:
    """Give the whole file its name, in one step that fails where the name is taken (linkat(2))."""
    try:
        if beside:
            os.link(beside, name, src_dir_fd=at, dst_dir_fd=at, follow_symlinks=False)
        else:
            os.link(f"/proc/self/fd/{number}", name, dst_dir_fd=at, follow_symlinks=True)
    except FileExistsError:
        raise _there(shown) from None
    except OSError as error:
        raise _unwritten(shown, error) from None


def _unwritten(shown: Path, error: OSError) -> GoxrayError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    hint = "make room there; nothing of it was left" if full else "choose a directory that you can write"
    return GoxrayError(f"cannot write {shown}: {error.strerror}", hint=hint)
