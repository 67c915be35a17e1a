"""Collections that ended between two reads of the counters.

Of the last one the runtime still has all that its gctrace line has, in runtime.work and gcController, until the next
begins (runtime/mgc.go, gcMarkTermination). Of those before it the ring of pauses has the end and the pause. The ring
counts Unix time; last_gc_unix and last_gc_nanotime, taken one right behind the other, carry it over to the axis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.core.watch_result import WatchCycle
from goxray.timeline.counters.reading import PAUSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.timeline.counters.reading import Counters


class CycleBook:
    """Keeps the cycles of a series of reads. ``zero_ns`` is second 0 of the axis on CLOCK_MONOTONIC."""

    def __init__(self, zero_ns: int) -> None:
        self._zero = zero_ns
        self._last: Counters | None = None
        self.cycles: list[WatchCycle] = []
        self.lost = 0
        self.before = 0

    def add(self, counters: Counters) -> Sequence[WatchCycle]:
        """Take the next read; return the cycles that ended since the one before."""
        last, self._last = self._last, counters
        if last is None:
            self.before = counters.raw.numgc
            return ()
        first, final = last.raw.numgc + 1, counters.raw.numgc
        if final < first:
            return ()
        self.lost += max(final - first + 1 - PAUSES, 0)
        first = max(first, final - PAUSES + 1)
        forced = _forced(last, counters)
        found = [self._ended(counters, n, forced) for n in range(first, final)]
        found.append(self._final(counters, forced))
        self.cycles += found
        return found

    def _seconds(self, ns: int) -> float:
        return (ns - self._zero) / 1e9

    def _ended(self, counters: Counters, n: int, forced: bool | None) -> WatchCycle:
        pause, end_unix = counters.pause(n)
        raw = counters.raw
        end = raw.last_gc_nanotime - (raw.last_gc_unix - end_unix)
        return WatchCycle(n=n, end_s=self._seconds(end), pause_ms=pause / 1e6, seen="end", forced=forced)

    def _final(self, counters: Counters, forced: bool | None) -> WatchCycle:
        """The last cycle, whole where the next one had not begun to overwrite it."""
        raw, n = counters.raw, counters.raw.numgc
        known = (raw.cycles, raw.t_sweep_term, raw.t_mark, raw.t_mark_term, raw.t_end, raw.heap0, raw.heap1, raw.heap2)
        if raw.cycles != n or counters.phase != "off" or raw.t_end != raw.last_gc_nanotime or None in known:
            return self._ended(counters, n, forced)
        assert raw.t_sweep_term is not None and raw.t_mark is not None and raw.t_mark_term is not None
        if not raw.t_sweep_term <= raw.t_mark <= raw.t_mark_term <= raw.t_end:
            # gcStart writes work.tSweepTerm before it counts the cycle: the next one had just begun.
            return self._ended(counters, n, forced)
        pause, _ = counters.pause(n)
        return WatchCycle(
            n=n,
            end_s=self._seconds(raw.t_end),
            pause_ms=pause / 1e6,
            seen="whole",
            forced=bool(raw.user_forced),
            start_s=self._seconds(raw.t_sweep_term),
            mark_s=self._seconds(raw.t_mark),
            mark_term_s=self._seconds(raw.t_mark_term),
            heap_start=raw.heap0,
            heap_end=raw.heap1,
            heap_live=raw.heap2,
            goal=raw.last_heap_goal,
            assist_cpu_ms=raw.assist_time / 1e6,
            dedicated_cpu_ms=(raw.dedicated_mark_time + raw.fractional_mark_time) / 1e6,
            idle_cpu_ms=raw.idle_mark_time / 1e6,
            procs=raw.maxprocs,
        )


def _forced(last: Counters, now: Counters) -> bool | None:
    """Whether the cycles between two reads were forced: all, none, or (None) some of them."""
    forced, all_ = now.raw.numforcedgc - last.raw.numforcedgc, now.raw.numgc - last.raw.numgc
    return True if forced == all_ else False if not forced else None
