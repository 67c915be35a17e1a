"""Where passphrases come from: a file that only its owner can read, standard input, or the terminal without echo.

They are read straight into memory that can be wiped, and are wiped when the command is done with them. There is no
option that takes a passphrase itself: it would stand in the list of processes and in the shell's history.
"""

from __future__ import annotations

import os
import stat
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from goxray.core.errors import UsageError
from goxray.render.safe import printable

if TYPE_CHECKING:
    from goxray.core.vault_result import VaultKey

    Ask = Callable[[VaultKey], bytearray]

VARIABLE = "GOXRAY_PASSPHRASE_FILE"
"""Environment variable: the file that holds the passphrase, where --passphrase-file does not name one."""

LONGEST = 1024
"""Bytes that a passphrase may have."""

_STDIN = "-"
_TERMINAL = "/dev/tty"
_NO_TERMINAL = "name a file that only you can read: --passphrase-file FILE, or GOXRAY_PASSPHRASE_FILE"
_ID_SHOWN = 8
_LINE_END = ord("\n")

_lent: ContextVar[dict[str, bytearray] | None] = ContextVar("lent", default=None)
"""What a block around has asked for and lends: each passphrase is taken over by the first block that needs it too."""


@contextmanager
def asking(
    file: str | None = None,
    new_file: str | None = None,
    *,
    apart: bool = False,
    vault: Path | None = None,
    lends: bool = False,
) -> Iterator[Ask]:
    """Give what asks for passphrases, each once however often it is needed; all are wiped behind the block.

    A key that is still to be made has no id: its passphrase is asked for twice on a terminal, and read from
    ``new_file`` where there is one. The caller wipes what it gets: it is a copy.

    Args:
        file: The file with the passphrase; ``-`` is standard input. None is that of VARIABLE, if it is set.
        new_file: The same for keys that are to be made and for a passphrase that is to be set.
        apart: What is new never comes from ``file`` or VARIABLE: it takes the place of what they hold.
        vault: Where the keys are. A passphrase of another vault is not taken: one key may have several.
        lends: What is asked for here is not asked for again in a block within, for the same key of the same vault or
            from the same file. It is wiped behind the block that takes it.
    """
    found: dict[str, bytearray] = {}
    lent = _lent.get()
    where = "" if vault is None else f" in {os.path.realpath(vault)}"

    def ask(key: VaultKey) -> bytearray:
        given = file or os.environ.get(VARIABLE) or ""
        source = given if key.id else new_file or ("" if apart else given)
        if source == _STDIN and sys.stdin is not None and sys.stdin.isatty():
            source = ""
        known = f"file {source}" if source else f"key {key.id or f'to be made {key.name}'}{where}"
        if known not in found and lent is not None and known in lent:
            found[known] = lent[known]
            del lent[known]
        if known not in found:
            found[known] = _from_file(source) if source else _from_terminal(key)
        return bytearray(found[known])

    before = _lent.set(found) if lends else None
    try:
        yield ask
    finally:
        if before is not None:
            _lent.reset(before)
        for held in found.values():
            _wipe(held)


def _wipe(held: bytearray) -> None:
    held[:] = bytes(len(held))


# ---- files


def _from_file(path: str) -> bytearray:
    """Read a passphrase from a file: its one line.

    Raises:
        UsageError: It cannot be read, others can read it too, or it is not one line.
    """
    if path == _STDIN:
        return _one_line(_standard_input(), "standard input")
    shown = printable(path)
    try:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"cannot read the passphrase file {shown}: {error.strerror}", hint=_NO_TERMINAL) from None
    try:
        seen = os.fstat(number)
        if stat.S_ISDIR(seen.st_mode):
            raise UsageError(f"the passphrase file {shown} is a directory", hint=_NO_TERMINAL)
        if stat.S_ISREG(seen.st_mode) and seen.st_mode & 0o077:
            mode = stat.S_IMODE(seen.st_mode)
            raise UsageError(
                f"the passphrase file {shown} is open to other users (mode {mode:04o})", hint=f"chmod 600 {shown}"
            )
        return _one_line(number, f"the passphrase file {shown}")
    finally:
        os.close(number)


def _standard_input() -> int:
    try:
        return sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):  # there is no such object where it was closed
        raise UsageError("there is no standard input to read a passphrase from", hint=_NO_TERMINAL) from None


def _one_line(number: int, shown: str) -> bytearray:
    """Read all that there is, at most a line and its end, into memory that is made once and wiped."""
    room = bytearray(LONGEST + 3)
    length = 0
    try:
        with memoryview(room) as view:
            while length < len(room) and (got := os.readv(number, [view[length:]])):
                length += got
        for ending in b"\n\r":
            if length and room[length - 1] == ending:
                length -= 1
        if length > LONGEST:
            raise UsageError(f"{shown} is longer than a passphrase may be: {LONGEST} bytes")
        if not length:
            raise UsageError(f"{shown} holds no passphrase", hint="it is the file's one line")
        if room.find(b"\n", 0, length) >= 0 or room.find(b"\0", 0, length) >= 0:
            raise UsageError(f"{shown} holds more than one line", hint="a passphrase is the file's one line")
        return room[:length]
    except OSError as error:
        raise UsageError(f"cannot read {shown}: {error.strerror}") from None
    finally:
        _wipe(room)


# ---- the terminal


def _from_terminal(key: VaultKey) -> bytearray:
    """Ask on the terminal that the command runs in, also where its input and output are elsewhere."""
    name = printable(key.name)
    try:
        number = os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        what = f"the passphrase of {name} ({key.id[:_ID_SHOWN]})" if key.id else f"a passphrase for the new key {name}"
        raise UsageError(f"{what} is needed, and there is no terminal to ask on", hint=_NO_TERMINAL) from None
    try:
        if key.id:
            return _typed(number, f"Passphrase of {name} ({key.id[:_ID_SHOWN]}): ")
        return _typed_twice(number, name)
    finally:
        os.close(number)


def _typed_twice(number: int, name: str) -> bytearray:
    first = _typed(number, f"New passphrase for {name}: ")
    try:
        second = _typed(number, "The same again: ")
        same = first == second
        _wipe(second)
    except BaseException:
        _wipe(first)
        raise
    if not same:
        _wipe(first)
        raise UsageError("the two passphrases are not the same: nothing was done", hint="try again")
    return first


def _typed(number: int, prompt: str) -> bytearray:
    """Read a line that is not shown, and leave the terminal as it was however this ends."""
    before = termios.tcgetattr(number)
    quiet = [*before]
    quiet[3] = (before[3] | termios.ICANON | termios.ISIG) & ~termios.ECHO
    room = bytearray(LONGEST + 1)
    length = 0
    termios.tcsetattr(number, termios.TCSAFLUSH, quiet)
    try:
        os.write(number, prompt.encode("utf-8", "backslashreplace"))
        with memoryview(room) as view:
            while length < len(room) and (got := os.readv(number, [view[length:]])):
                length += got
                if room[length - 1] == _LINE_END:
                    length -= 1
                    break
        if not length:
            raise UsageError("no passphrase was given: nothing was done")
        if length > LONGEST:
            raise UsageError(f"a passphrase may have {LONGEST} bytes at most")
        return room[:length]
    finally:
        _wipe(room)
        with suppress(termios.error):
            termios.tcsetattr(number, termios.TCSAFLUSH, before)
        os.write(number, b"\n")
