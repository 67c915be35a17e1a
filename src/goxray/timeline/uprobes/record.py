"""Recording: probes set, their hits drained until something ends it, too frequent ones taken away."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.trace_result import Ending, ProbeReport
from goxray.target.perf_events import Hits, Uprobe, Uprobes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from goxray.timeline.uprobes.place import Placed

_TICK = 0.1
_WINDOW = 1.0


@dataclass(frozen=True)
class Limits:
    """When recording ends by itself and when a probe does.

    ``seconds`` after the start and ``count`` events end it (None: nothing does); an event that comes more than
    ``rate`` times a second, over one second, loses its probes.
    """

    seconds: float | None = None
    count: int | None = None
    rate: float | None = None


@dataclass
class Recorder:
    """Probes in the file at ``path``, whose hits by process ``pid`` are kept. Close it, or use it in a ``with``.

    The probes are set and record from the start on, so that a process can be started after that: set ``pid`` then.
    """

    path: str
    placed: Sequence[Placed]
    limits: Limits
    pid: int = 0
    start_ns: int = 0
    end_ns: int = 0
    ending: Ending = "interrupted"
    stopped: dict[int, int] = field(default_factory=dict)
    _kept: list[Hits] = field(default_factory=list)
    _events: int = 0
    _window: tuple[float, list[int]] = (0.0, [])

    def __post_init__(self) -> None:
        self.uprobes = Uprobes([Uprobe(self.path, each.offset) for each in self.placed])
        self._own = np.zeros(len(self.placed), np.int64)
        self._seen = np.zeros(len(self.placed), np.int64)
        self._tells = np.array([not each.source.detail for each in self.placed], np.bool_)
        self.start_ns = time.monotonic_ns()
        self.uprobes.enable()
        self._window = (time.monotonic(), [0] * len(self.placed))

    def run(self, ended: Callable[[], bool], interrupted: Callable[[], bool], wake: int | None = None) -> None:
        """Record until the target has ended, the user interrupts, or a limit is reached.

        Args:
            ended: whether the target has.
            interrupted: whether the user wants an end.
            wake: a descriptor that becomes readable when one of both may have changed.
        """
        if wake is not None:
            self.uprobes.also_wake(wake)
        until = self.start_ns + self.limits.seconds * 1e9 if self.limits.seconds is not None else float("inf")
        while True:
            gone, asked = ended(), interrupted()  # before the last draining: what it did before it ended is kept
            self._drain()
            self._watch_rate()
            now = time.monotonic_ns()
            over = self._over(gone=gone, asked=asked, late=now >= until)
            if over is not None:
                self.ending = over
                break
            self.uprobes.wait(min(_TICK, max(0.0, (until - now) / 1e9)))
        self.uprobes.disable()
        self.end_ns = time.monotonic_ns()
        self._drain()

    def _over(self, *, gone: bool, asked: bool, late: bool) -> Ending | None:
        reasons: tuple[tuple[bool, Ending], ...] = (
            (gone, "target ended"),
            (asked, "interrupted"),
            (late, "time"),
            (self.limits.count is not None and self._events >= self.limits.count, "count"),
        )
        return next((ending for true, ending in reasons if true), None)

    def _drain(self) -> None:
        for hits in self.uprobes.drain():
            self._seen += np.bincount(hits.probe, minlength=len(self.placed))
            own = hits.of_process(self.pid)
            count = np.bincount(own.probe, minlength=len(self.placed))
            self._own += count
            self._events += int(count[self._tells].sum())
            self._kept.append(own)

    def _watch_rate(self) -> None:
        """Take away the probes of an event that came too often since a second ago."""
        began, before = self._window
        passed = time.monotonic() - began
        if self.limits.rate is None or passed < _WINDOW:
            return
        counts = self.uprobes.counts()
        self._window = (time.monotonic(), counts)
        often = {
            each.source.event
            for each, now, then in zip(self.placed, counts, before, strict=True)
            if (now - then) / passed > self.limits.rate
        }
        for index, each in enumerate(self.placed):
            if each.source.event in often and index not in self.stopped:
                self.stopped[index] = time.monotonic_ns()
                self.uprobes.remove(index)

    def hits(self) -> Hits:
        """Return the process's hits by time, at most as many events as were asked for."""
        joined = Hits.joined(self._kept)
        if self.limits.count is None or self._events <= self.limits.count:
            return joined
        number = np.cumsum(self._tells[joined.probe])
        # details of the last event come behind it, on its goroutine: those of others do no harm
        return joined.where(number <= self.limits.count)

    def reports(self, zero_ns: int) -> list[ProbeReport]:
        """Say how each probe fared."""
        return [
            ProbeReport(
                event=each.source.event,
                function=each.source.function,
                address=each.address,
                offset=each.offset,
                place=each.how,
                hits=total,
                lost=total - int(self._seen[index]),
                others=int(self._seen[index] - self._own[index]),
                stopped_at_s=(self.stopped[index] - zero_ns) / 1e9 if index in self.stopped else None,
                detail=each.source.detail,
            )
            for index, (each, total) in enumerate(zip(self.placed, self.uprobes.counts(), strict=True))
        ]

    def close(self) -> None:
        """Take the probes away."""
        self.uprobes.close()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
