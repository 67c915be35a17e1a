"""The loop that looks at a process at an interval, and what one look sees."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goxray.core.errors import MemoryFault, ProcessGone

if TYPE_CHECKING:
    from goxray.core.watch_result import Ended
    from goxray.target.cgroup import GroupMemory, MemoryGroup
    from goxray.target.footprint import Footprint, Rollup, Weight
    from goxray.timeline.counters.reader import CounterReader
    from goxray.timeline.counters.reading import Counters

GROUP_EVERY = 1.0
"""Seconds between looks at the limits of the control groups; what the own group uses is read every time."""


@dataclass(frozen=True)
class Sample:
    """One look: ``rollup`` is None where smaps_rollup was not due, ``group`` where there is no group to be seen."""

    counters: Counters
    weight: Weight
    rollup: Rollup | None
    group: GroupMemory | None
    group_current: int | None


@dataclass
class Course:
    """How a recording went. ``taken`` counts samples, ``missed`` moments for which goxray came too late."""

    taken: int = 0
    ended: Ended = "asked"
    missed: int = 0
    elapsed_s: float = 0.0
    cpu_s: float = 0.0


class Sampler:
    """Looks at one process again and again."""

    def __init__(self, reader: CounterReader, footprint: Footprint, group: MemoryGroup | None) -> None:
        self._reader, self._footprint, self._group = reader, footprint, group
        self._limits: GroupMemory | None = None
        self._limits_due = 0.0

    def look(self) -> Sample:
        """Take one look.

        Raises:
            ProcessGone: the process has ended.
            MemoryFault: it has become another program.
        """
        counters = self._reader.read()
        weight = self._footprint.weigh()
        current = None
        if self._group is not None:
            now = time.monotonic()
            if now >= self._limits_due:
                self._limits = self._group.read()
                self._limits_due = now + GROUP_EVERY
            current = self._group.current()
        return Sample(counters, weight, self._footprint.rollup(), self._limits, current)

    def run(
        self, interval: float, duration: float | None, count: int | None, on_sample: Callable[[Sample], None]
    ) -> Course:
        """Look every ``interval`` seconds, for ``duration`` seconds or ``count`` times, or until the process ends.

        The first look is taken at once. Ctrl-C ends the recording early.

        Raises:
            ProcessGone, PermissionRefused, MemoryFault: the very first look fails.
            KeyboardInterrupt: there is no sample yet.
        """
        course = Course()
        begin, used = time.monotonic(), time.process_time()
        try:
            self._loop(course, begin, interval, (duration, count), on_sample)
        except KeyboardInterrupt:
            if not course.taken:
                raise
            course.ended = "interrupted"
        course.elapsed_s = time.monotonic() - begin
        course.cpu_s = time.process_time() - used
        return course

    def _loop(
        self,
        course: Course,
        begin: float,
        interval: float,
        until: tuple[float | None, int | None],
        on_sample: Callable[[Sample], None],
    ) -> None:
        duration, count = until
        turn = 0
        while True:
            try:
                sample = self.look()
            except (ProcessGone, MemoryFault):
                if not course.taken:
                    raise
                course.ended = "process ended"
                return
            on_sample(sample)
            course.taken += 1
            if count is not None and course.taken >= count:
                return
            now = time.monotonic() - begin
            late = int(now / interval) - turn
            course.missed += max(late, 0)
            turn += max(late, 0) + 1
            if duration is not None and turn * interval > duration:
                self._rest(course, begin + duration)
                return
            if self._rest(course, begin + turn * interval):
                return

    def _rest(self, course: Course, until: float) -> bool:
        """Sleep until then; True when the process has ended first."""
        if self._footprint.wait(until - time.monotonic()):
            course.ended = "process ended"
            return True
        return False
