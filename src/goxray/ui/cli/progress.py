"""A progress line on stderr for whatever takes longer than a second.

A thread of its own draws it: the work only leaves word of how far it is. So a terminal that is paused (Ctrl-S) or slow
never holds up goxray while the target stands still.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from types import TracebackType

_PATIENCE = 1.0  # seconds before anything is shown
_INTERVAL = 0.1
_BAR = 24


class Progress:
    """A context manager; call it with the phase's name and the fraction done (0..1)."""

    def __init__(self, stream: TextIO | None = None, *, patience: float = _PATIENCE) -> None:
        """Draw on ``stream`` (stderr by default) if it is a terminal, after ``patience`` seconds."""
        self._stream = sys.stderr if stream is None else stream
        self._patience = patience
        self._state = ("", 0.0)
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, phase: str, fraction: float) -> None:
        """Leave word of how far the work is; never blocks."""
        self._state = (phase, fraction)

    def __enter__(self) -> Progress:
        """Start to watch."""
        if self._stream.isatty():
            self._thread = threading.Thread(target=self._draw, name="progress", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the line, without waiting for a terminal that does not take it."""
        self._done.set()
        if self._thread is not None:
            self._thread.join(timeout=1.0)

    def _draw(self) -> None:
        began = time.monotonic()
        if self._done.wait(self._patience):
            return
        while not self._done.wait(_INTERVAL):
            phase, fraction = self._state
            self._stream.write(f"\r\x1b[K{line(phase, fraction, time.monotonic() - began)}")
            self._stream.flush()
        self._stream.write("\r\x1b[K")
        self._stream.flush()


def line(phase: str, fraction: float, seconds: float) -> str:
    """Return the line for a moment: bar, share done, phase, seconds passed."""
    share = min(max(fraction, 0.0), 1.0)
    full = round(share * _BAR)
    return f"[{'=' * full}{' ' * (_BAR - full)}] {share * 100:3.0f}%  {phase}  {seconds:.0f} s"
