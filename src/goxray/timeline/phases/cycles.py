"""The collections between looks: which began and ended, when, and how surely that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goxray.timeline.phases.probe import Tick


@dataclass(slots=True)
class Between:
    """A time between two nanosecond clock values, equal where the runtime wrote it down."""

    low: int
    high: int

    @property
    def exact(self) -> bool:
        """Whether it is one moment."""
        return self.low == self.high


@dataclass(slots=True)
class Seen:
    """One cycle; ``start`` None where it had begun before the watch."""

    n: int
    start: Between | None = None
    end: Between | None = None
    forced: bool = False


class Cycles:
    """All cycles seen, by their number (1 is the program's first, as gctrace counts)."""

    def __init__(self) -> None:
        self.seen: dict[int, Seen] = {}

    def update(self, last: Tick, now: Tick) -> None:
        """Take note of what began and ended between two looks, one behind the other."""
        for n in range(last.started + 1, now.started + 1):
            seen = self._at(n)
            if seen.start is None:
                seen.start = self._start(n, last, now)
        for n in range(last.num_gc + 1, now.num_gc + 1):
            seen = self._at(n)
            if seen.start is None:
                seen.start = self._start(n, last, now)
            dated = n == now.num_gc and 0 < now.last_gc <= now.after
            seen.end = Between(now.last_gc, now.last_gc) if dated else Between(last.before, now.after)
        forced = now.forced - last.forced
        done = list(range(last.num_gc + 1, now.num_gc + 1))
        for n in done[-forced:] if forced > 0 else []:
            self._at(n).forced = True

    def start(self, n: int) -> Between | None:
        """When cycle ``n`` began."""
        seen = self.seen.get(n)
        return seen.start if seen else None

    def end(self, n: int) -> Between | None:
        """When the marking of cycle ``n`` was over and the world ran again."""
        seen = self.seen.get(n)
        return seen.end if seen else None

    def _at(self, n: int) -> Seen:
        return self.seen.setdefault(n, Seen(n))

    @staticmethod
    def _start(n: int, last: Tick, now: Tick) -> Between:
        # markStartTime is that of the newest cycle: of n only if nothing has begun since.
        if n == now.started and 0 < now.mark_start <= now.after:
            return Between(now.mark_start, now.mark_start)
        return Between(last.before, now.after)
