"""How a run ends when it does not end well: one line that says what, one that says what to do, and a status."""

from __future__ import annotations

import errno
import os
import sys
import traceback

import click

from goxray.core.errors import GoxrayError
from goxray.render.safe import printable

STATUS_USAGE = 2
STATUS_FAILED = 3
STATUS_INTERRUPTED = 130
STATUS_BROKEN_PIPE = 141  # as if SIGPIPE had ended the process

_DEBUG = "GOXRAY_DEBUG"
_PACKAGES = ("duckdb", "numba", "numpy", "pyarrow")
"""Not every machine has wheels of them: pyproject.toml asks for them only where it does."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the machine says of an output that has no room."""


class ReaderGone(Exception):
    """Whoever read the output has stopped reading, as ``head`` does."""


def ending(error: Exception) -> int:
    """Say on stderr why the run ended and return the exit status."""
    if isinstance(error, (ReaderGone, BrokenPipeError)):
        return _broken_pipe()
    if isinstance(error, click.exceptions.Abort):
        return _interrupted()
    if debugging() and not isinstance(error, click.ClickException):
        traceback.print_exception(error)
    if isinstance(error, click.ClickException):
        return _wrong_usage(error)
    if isinstance(error, GoxrayError):
        _say(str(error), error.hint)
        return error.exit_code
    if isinstance(error, MemoryError):
        _say("out of memory", "look at fewer rows: --group owner, --limit, --min-bytes")
        return STATUS_FAILED
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] in _PACKAGES:
        package = str(error.name).split(".")[0]
        _say(f"this command needs {package}, and it is not installed", f"{sys.executable} -m pip install {package}")
        return STATUS_FAILED
    return _unexpected(error)


def debugging() -> bool:
    """Return whether the user wants tracebacks (GOXRAY_DEBUG is set to anything but 0)."""
    return os.environ.get(_DEBUG, "0") not in ("", "0")


def _say(message: str, hint: str = "") -> None:
    lines = " ".join(message.split())
    click.echo(f"goxray: {printable(lines)}", err=True)  # it may quote what others wrote: names, certificates
    if hint:
        click.echo(f"hint: {printable(hint)}", err=True)


def _broken_pipe() -> int:
    _lose_output()
    return STATUS_BROKEN_PIPE


def _lose_output() -> None:
    """Nobody reads standard output: what is still buffered must not raise again while the interpreter shuts down."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _interrupted() -> int:
    _say("interrupted; no process is left stopped, no file half-written")
    return STATUS_INTERRUPTED


def _wrong_usage(error: click.ClickException) -> int:
    hint = ""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        hint = f"see {error.ctx.command_path} --help"
    _say(error.format_message(), hint)
    return STATUS_USAGE if isinstance(error, click.UsageError) else STATUS_FAILED


def _unexpected(error: Exception) -> int:
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, OSError) and error.filename is not None:
        _say(f"{error.strerror}: {error.filename}")
        return STATUS_FAILED
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        _say(f"cannot write the output: {error.strerror}", "make room, or name another place with -o")
        return STATUS_FAILED
    if isinstance(error, OSError) and error.errno == errno.EBADF:
        _lose_output()
        _say("cannot write the output: standard output is closed", "name a file with -o")
        return STATUS_FAILED
    _say(
        f"a bug in goxray ({what})",
        "" if debugging() else f"run it again with {_DEBUG}=1 for the traceback, and report both",
    )
    return STATUS_FAILED
