"""A command run with gctrace on: its standard error passed on byte for byte, and read on the way."""

from __future__ import annotations

import io
import os
import queue
import select
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, cast

from goxray.core.errors import GoxrayError, UsageError
from goxray.timeline.gctrace.reader import Read, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object] | int | None

_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_CHUNK = 1 << 16
_WAITING = 512
_GRACE_S = 0.25
_BY_KERNEL = 0x80  # si_code of a signal from the terminal; kill sends 0 or less
_VARIABLE = "GODEBUG"
_COPY = "import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"


class CommandNotFound(GoxrayError):
    """There is no such command; the status is that of env and of shells."""

    exit_code = 127


class CommandNotRun(GoxrayError):
    """The command is there and cannot be started."""

    exit_code = 126


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed of its collector."""

    exit_code: int
    read: Read


def merged(present: str, wanted: Sequence[str]) -> str:
    """Return the value of GODEBUG with gctrace=1 and the wanted settings beside what is there already.

    A key that is wanted replaces the same key; gctrace keeps its value where it is on already.

    Raises:
        UsageError: a wanted setting is not ``key=value``.
    """
    settings = dict(_pair(one) for one in present.split(",") if "=" in one)
    if settings.get("gctrace", "0").strip() in ("", "0"):
        settings["gctrace"] = "1"
    for one in ",".join(wanted).split(","):
        if not one.strip():
            continue
        key, value = _pair(one)
        if not key or not value:
            raise UsageError(f"{one!r} is no setting of GODEBUG", hint="write --go-debug scavtrace=1")
        settings[key] = value
    return ",".join(f"{key}={value}" for key, value in settings.items())


def _pair(setting: str) -> tuple[str, str]:
    key, _, value = setting.partition("=")
    return key.strip(), value.strip()


def run_traced(
    command: Sequence[str], *, go_debug: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> Ended:
    """Run a command to its end; see :func:`goxray.api_gc.gc_run`."""
    if not command:
        raise UsageError("no command is given", hint="as in goxray gc run -- ./service")
    variables = dict(os.environ if environment is None else environment)
    variables[_VARIABLE] = merged(variables.get(_VARIABLE, ""), go_debug)
    with _Signals() as signals:
        child = _start(command, variables)
        signals.send_to(child)
        relay = _Relay(cast("BinaryIO", child.stderr))
        relay.start()
        code = signals.wait(child)
        relay.finish()
    return Ended(code if code >= 0 else 128 - code, relay.result())


def _start(command: Sequence[str], variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(list(command), env=variables, stderr=subprocess.PIPE, bufsize=0)
    except FileNotFoundError as error:
        raise CommandNotFound(f"there is no command {command[0]!r}", hint="give its path, as in ./service") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CommandNotRun(f"cannot run {command[0]!r}: {reason}", hint="give a program, and its arguments") from error


class _Signals:
    """Hands signals on to the child, and waits for it. Those of the terminal reach the child anyway: once is enough.

    In another thread than the main one there is nothing to hand on: signals go to the main thread.
    """

    def __init__(self) -> None:
        self._main = threading.current_thread() is threading.main_thread()
        self._early: list[int] = []
        self._before: dict[int, Handler] = {}
        self._mask: set[signal.Signals] | set[int] = set()

    def __enter__(self) -> _Signals:
        if self._main:
            for number in _FORWARDED:
                if signal.getsignal(number) != signal.SIG_IGN:  # as nohup wants it
                    self._before[number] = signal.signal(number, self._note)
        return self

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._early.append(number)

    def send_to(self, child: subprocess.Popen[bytes]) -> None:
        """From now on signals are waited for; those that came while the child was started go to it now."""
        if self._main:
            self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, [*self._before, signal.SIGCHLD])
        for number in self._early:
            child.send_signal(number)

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        """Wait for the child's end and return its status, negative for a signal."""
        if not self._main:
            return child.wait()
        awaited = [*self._before, signal.SIGCHLD]
        while child.poll() is None:
            told = signal.sigtimedwait(awaited, 0.5)
            if told is not None and told.si_signo != signal.SIGCHLD and told.si_code != _BY_KERNEL:
                child.send_signal(told.si_signo)
        return child.returncode

    def __exit__(self, *_: object) -> None:
        if self._main:
            for number, handler in self._before.items():
                signal.signal(number, handler)
            if self._mask is not None:
                while signal.sigtimedwait([*self._before, signal.SIGCHLD], 0):
                    pass
                signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)


@dataclass
class _Relay:
    """Passes the child's standard error on and lets a reader see it."""

    pipe: BinaryIO
    _chunks: queue.Queue[bytes] = field(default_factory=lambda: queue.Queue(_WAITING))
    _ended: threading.Event = field(default_factory=threading.Event)
    _told: list[Read | BaseException] = field(default_factory=list)

    def start(self) -> None:
        """Begin to pass on and to read."""
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._pass_on, self._read)]
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Take what the child wrote last; others that still hold its standard error keep one that works."""
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self.pipe.close()

    def result(self) -> Read:
        """Return what was read."""
        [told] = self._told
        if isinstance(told, BaseException):
            raise told
        return told

    def _pass_on(self) -> None:
        source = self.pipe.fileno()
        deaf = False
        while True:
            if self._ended.is_set() and not select.select([source], [], [], _GRACE_S)[0]:
                _leave_behind(self.pipe)
                break
            if not select.select([source], [], [], 0.1)[0]:
                continue
            chunk = os.read(source, _CHUNK)
            if not chunk:
                break
            deaf = deaf or not _written(chunk)
            self._chunks.put(chunk)
        self._chunks.put(b"")

    def _read(self) -> None:
        try:
            self._told.append(read(cast("BinaryIO", _Queued(self._chunks))))
        except BaseException as error:
            self._told.append(error)
            while self._chunks.get():
                pass


def _written(chunk: bytes) -> bool:
    """Write everything to standard error; False where nobody reads it any more."""
    rest = memoryview(chunk)
    try:
        while rest:
            rest = rest[os.write(2, rest) :]
    except OSError:
        return False
    return True


def _leave_behind(pipe: BinaryIO) -> None:
    """Let a process of its own pass on what children of the child may still write: without a reader they would die."""
    copier = shutil.which("cat")
    command = (
        [copier] if copier else [sys.executable, "-c", "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"]
    )
    with suppress(OSError):
        subprocess.Popen(command, stdin=pipe, stdout=2, start_new_session=True)


class _Queued(io.RawIOBase):
    """A queue of chunks as a stream."""

    def __init__(self, chunks: queue.Queue[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""
        self._over = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return what is there, at most ``size`` bytes; nothing at the end alone."""
        if not self._rest and not self._over:
            self._rest = self._chunks.get()
            self._over = not self._rest
        if size < 0:
            size = len(self._rest)
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken
