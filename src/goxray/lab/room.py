"""Who may use the machine: many builds and counting experiments at once, or one timing experiment by itself.

File locks, so that two runs of the lab at once respect each other as well; the kernel drops them with the process.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from goxray.core.errors import UsageError

_STEP = 0.02


class Stopped(Exception):
    """The run was interrupted while it waited."""


@contextmanager
def locked(path: Path, *, shared: bool, stopping: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Hold a lock on a file, which is made where missing.

    Raises:
        Stopped: the run was interrupted before the lock was free.
        UsageError: the file cannot be made there.
    """
    number = _opened(path)
    try:
        _take(number, shared=shared, stopping=stopping)
        yield
    finally:
        os.close(number)


class Room:
    """The machine as a room: ``beside`` others, or ``alone``. Whoever waits to be alone is not overtaken."""

    def __init__(self, place: Path, stopping: Callable[[], bool] = lambda: False) -> None:
        self._door = place / "door.lock"
        self._room = place / "room.lock"
        self._stopping = stopping

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Work beside others; wait while somebody is alone, or waits to be."""
        with self._inside(shared=True):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Work alone: wait until everybody has left, and let nobody in."""
        with self._inside(shared=False):
            yield

    @contextmanager
    def _inside(self, *, shared: bool) -> Iterator[None]:
        number = _opened(self._room)
        try:
            with locked(self._door, shared=False, stopping=self._stopping):
                _take(number, shared=shared, stopping=self._stopping)
            yield
        finally:
            os.close(number)


def _opened(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror}", hint="set GOXRAY_CACHE to a directory you may write to"
        ) from error


def _take(number: int, *, shared: bool, stopping: Callable[[], bool]) -> None:
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    while True:
        try:
            fcntl.flock(number, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if stopping():
                raise Stopped from None
            time.sleep(_STEP)
