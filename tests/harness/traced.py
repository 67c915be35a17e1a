"""The Go program ``traced`` (tests/programs/traced) while goxray records its events."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from goxray.api_trace import trace
from goxray.core.trace_result import EVENTS, TraceResult
from tests.harness import programs
from tests.harness.speaking import Speaker
from tests.harness.variants import Variant

ALL = ("map", "gc", "sweep", "scavenge", "clear", "evacuate")


def build(variant: Variant, *, pie: bool = False, ldflags: str = "") -> Path:
    """Return the executable."""
    return programs.build("traced", programs.Build(variant, pie=pie, ldflags=ldflags))


@contextmanager
def running(*command: Path | str, errors: Path | None = None, **env: str) -> Iterator[Speaker]:
    """Run the program, or what starts it, until the end of the context; ``errors`` gets what its runtime prints."""
    with open(errors or os.devnull, "wb") as stderr:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True, env=os.environ | env
        )
    try:
        yield Speaker(process)
    finally:
        process.kill()
        process.communicate()


def settle(program: Speaker) -> None:
    """Wait until the background scavenger has nothing left to do."""
    same, before = 0, -1
    while same < 10:
        now = program.tell("gc 0")["ReleasedAfter"]
        same, before = (same + 1, before) if now == before else (0, now)
        time.sleep(0.01)


class Tracing:
    """A trace that goes on in a thread of its own until :meth:`end`."""

    def __init__(self, pid: int, events: Sequence[str] = ALL, **how: object) -> None:
        self._ready, self._over = threading.Event(), threading.Event()
        self._result: TraceResult | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(pid, events, how), daemon=True)
        self._thread.start()
        self._ready.wait(60)
        if self._error is not None:
            raise self._error

    def _run(self, pid: int, events: Sequence[str], how: dict[str, object]) -> None:
        try:
            self._result = trace(
                str(pid),
                events=events,
                interrupted=self._over.is_set,
                ready=self._ready.set,
                **how,  # type: ignore[arg-type]
            )
        except BaseException as error:
            self._error = error
            self._ready.set()

    def end(self) -> TraceResult:
        """End it and return what it found."""
        self._over.set()
        return self.wait()

    def wait(self) -> TraceResult:
        """Return what it found when it has ended by itself."""
        self._thread.join(120)
        if self._error is not None:
            raise self._error
        assert self._result is not None, "the trace did not end"
        return self._result


def rows(result: TraceResult, event: str, *, kind: str = "", maps: Sequence[str] = ()) -> np.ndarray:
    """Return the places of events of a name: of maps of one type, or of maps at given addresses."""
    events = result.events
    chosen = events.event == EVENTS.index(event)
    if kind:
        chosen &= events.type == (events.types.index(kind) if kind in events.types else -2)
    if maps:
        chosen &= np.isin(events.map, np.array([int(addr, 16) for addr in maps], np.uint64))
    return np.flatnonzero(chosen)
