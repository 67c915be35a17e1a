"""The file that holds a masking key: 32 random bytes in hexadecimal, one line, for its owner's eyes only."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from goxray.core.errors import BadKey, UsageError

KEY_BYTES = 32
_LARGEST = 4096
_NEW = "goxray mask --new-key FILE makes one"


def fresh() -> bytes:
    """Return a new key: 32 bytes from the random generator that the library takes its keys from."""
    return AESGCM.generate_key(8 * KEY_BYTES)


def new(path: Path) -> bytes:
    """Make a key file with mode 0600 and return its key. What is there already is never written over.

    Raises:
        UsageError: there is something of that name, or it cannot be made there.
    """
    key = fresh()
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise UsageError(
            f"{path} is there already, and a key is never written over", hint="use it: --key, or name a new file"
        ) from None
    except OSError as error:
        raise UsageError(f"cannot make {path}: {error.strerror}", hint="name a file in a directory of yours") from None
    try:
        with os.fdopen(number, "wb") as file:
            file.write(key.hex().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise
    return key


def read(path: Path) -> bytearray:
    """Return the key of a key file, to be wiped after use.

    Raises:
        UsageError: it cannot be read, or others than its owner can read it.
        BadKey: it holds no key.
    """
    try:
        with open(path, "rb", buffering=0) as file:
            about = os.fstat(file.fileno())
            if stat.S_ISREG(about.st_mode) and about.st_mode & 0o077:
                raise UsageError(
                    f"{path} can be read by others (mode {stat.S_IMODE(about.st_mode):04o}): with the key anybody can"
                    " try all telephone numbers against the tokens",
                    hint=f"chmod 600 {path}",
                )
            held = file.read(_LARGEST) or b""
    except OSError as error:
        raise UsageError(f"the key file {path} cannot be read: {error.strerror}", hint=_NEW) from None
    try:
        key = bytearray.fromhex(held.decode("ascii"))
    except ValueError:
        key = bytearray()
    if len(key) != KEY_BYTES:
        raise BadKey(f"{path} holds no masking key: {2 * KEY_BYTES} hexadecimal digits", hint=_NEW)
    return key
