"""What ``goxray gc watch`` does, for programs."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import MemoryFault, UsageError
from goxray.core.result import TargetInfo
from goxray.core.watch_result import WatchCost, WatchCycle, WatchGroup, WatchResult
from goxray.goruntime.runtime import Runtime
from goxray.target.cgroup import memory_group
from goxray.target.footprint import Footprint
from goxray.target.open import Target, cannot_look, open_target
from goxray.timeline.counters.axis import timeline_of
from goxray.timeline.counters.columns import Recorder
from goxray.timeline.counters.cycles import CycleBook
from goxray.timeline.counters.reader import CounterReader
from goxray.timeline.counters.sampling import Course, Sample, Sampler
from goxray.timeline.findings import find

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from goxray.core.timeline_result import Timeline

LEAST_INTERVAL = 0.001
_JUDGED = 1200
_JUDGE_EVERY = 2.0
_NO_SMAPS = "/proc/PID/smaps_rollup cannot be read: RSS is the kernel's quick count alone"
_GROUPS_ABOVE = "control groups above this container cannot be seen: their limits are not known"
_KEYS = {_NO_SMAPS: "watch.note.no smaps", _GROUPS_ABOVE: "watch.note.groups"}
"""Notes under which timelines have them in the catalogue."""


@dataclass(frozen=True)
class Seen:
    """What a live view is told of each sample: its numbers by the names of WATCH_COLUMNS, the phase, new cycles.

    ``findings`` is what the last minutes tell, as a timeline that has nothing else; it is worked out now and then.
    """

    row: dict[str, float | None]
    phase: str | None
    cycles: Sequence[WatchCycle]
    findings: Timeline | None


def watch(
    target: str,
    *,
    interval: float = 0.1,
    duration: float | None = None,
    count: int | None = None,
    exe: str | None = None,
    smaps: bool = True,
    allow_unverified: bool = False,
    on_sample: Callable[[Seen], None] | None = None,
) -> WatchResult:
    """Read a running Go program's own memory counters at an interval, without stopping it.

    Args:
        target: a pid.
        interval: seconds between two samples, at least a thousandth.
        duration: seconds to watch; None: until ``count``, Ctrl-C or the end of the process.
        count: samples to take; None: no bound.
        exe: the executable, where the process's own is out of reach.
        smaps: read smaps_rollup now and then; the kernel walks the process's page tables for it, under a lock that
            mmap and munmap want too.
        allow_unverified: read Go versions whose layout nobody has checked.
        on_sample: called with each sample right after it was taken.

    Returns:
        the recording; ``timelines`` holds one timeline. It is returned too when Ctrl-C or the process's end cut it
        short, as long as there is one sample.

    Raises:
        UsageError: the target is no pid, or an argument makes no sense.
        NoSuchProcess, ProcessGone, PermissionRefused, NotAGoProgram, UnsupportedGo, StrippedBinary: as for maps.
    """
    if not (interval >= LEAST_INTERVAL and (duration is None or duration > 0) and (count is None or count > 0)):
        raise UsageError(
            f"cannot watch every {interval:g} s", hint="an interval is at least 1ms; --for and --count are above 0"
        )
    _require_pid(target)
    with open_target(target, exe) as opened:
        try:
            return _Watch(opened, allow_unverified, smaps).run(interval, duration, count, on_sample)
        except MemoryFault as fault:
            raise cannot_look(opened, fault) from fault


def _require_pid(target: str) -> None:
    if not target.strip().lstrip("+-").isdigit() and os.path.exists(target):
        raise UsageError(
            f"{target} is a file: only a running process has counters to watch",
            hint="give a pid; goxray heap FILE looks at one moment",
        )


class _Watch:
    def __init__(self, target: Target, allow_unverified: bool, smaps: bool) -> None:
        self._target = target
        self._runtime = Runtime(target, allow_unverified=allow_unverified)
        assert target.pid is not None
        self._footprint = Footprint(target.pid, smaps=smaps)
        self._group = memory_group(target.pid)
        self._reader = CounterReader(self._runtime, clock_offset_ns=self._footprint.clock_offset_ns)
        self._started = self._reader.init_ns is not None
        self._zero = self._reader.init_ns or time.monotonic_ns() + self._footprint.clock_offset_ns
        self._recorder = Recorder(self._zero)
        self._book = CycleBook(self._zero)

    def run(
        self, interval: float, duration: float | None, count: int | None, on_sample: Callable[[Seen], None] | None
    ) -> WatchResult:
        judge = _Judge(self._recorder, self._book)

        def seen(sample: Sample) -> None:
            cycles = self._book.add(sample.counters)
            row = self._recorder.add(sample)
            if on_sample is not None:
                on_sample(Seen(row, self._recorder.phases[-1], cycles, judge.found()))

        with self._footprint as footprint:
            sampler = Sampler(self._reader, footprint, self._group)
            course = sampler.run(interval, duration, count, seen)
            unix = time.time() - (time.monotonic_ns() + footprint.clock_offset_ns - self._zero) / 1e9
        return self._result(course, interval, unix)

    def _result(self, course: Course, interval: float, zero_unix: float) -> WatchResult:
        target, recorder, book = self._target, self._recorder, self._book
        columns = recorder.columns()
        count = len(columns["t_s"])
        notes = [*target.notes, *self._notes()]
        name = f"{os.path.basename(target.exe)} ({target.pid})"
        keys = [_KEYS.get(note, note) for note in notes]
        phases = tuple(recorder.phases[:count])
        timeline = find(timeline_of(name, columns, book.cycles, (self._started, zero_unix), keys, phases))
        return WatchResult(
            target=TargetInfo("process", target.pid, target.exe),
            build=target.build(),
            interval_s=interval,
            elapsed_s=course.elapsed_s,
            ended=course.ended,
            columns=columns,
            phases=phases,
            agreement=tuple(recorder.agreement[:count]),
            cycles=tuple(book.cycles),
            cycles_before=book.before,
            cycles_lost=book.lost,
            group=self._group_seen(),
            cost=_cost(course, recorder, columns),
            timelines=(timeline,),
            unverified=not self._runtime.layout.verified,
            notes=notes,
        )

    def _notes(self) -> list[str]:
        notes = []
        if self._reader.missing:
            notes.append("not found in this program without symbols: " + ", ".join(self._reader.missing))
        if not self._recorder.walks and self._footprint.smaps:
            notes.append(_NO_SMAPS)
        if self._group is not None and not self._group.whole:
            notes.append(_GROUPS_ABOVE)
        return notes

    def _group_seen(self) -> WatchGroup | None:
        group = self._group
        return None if group is None else WatchGroup(group.version, group.path, group.whole, self._recorder.limit_at)


class _Judge:
    """Finds what the last samples tell, while they come in."""

    def __init__(self, recorder: Recorder, book: CycleBook) -> None:
        self._recorder, self._book = recorder, book
        self._due = time.monotonic() + _JUDGE_EVERY
        self._last: Timeline | None = None

    def found(self) -> Timeline | None:
        if time.monotonic() >= self._due:
            columns = self._recorder.columns(_JUDGED)
            first = float(columns["t_s"][0])
            cycles = [cycle for cycle in self._book.cycles[-_JUDGED:] if cycle.end_s >= first]
            self._last = find(timeline_of("", columns, cycles, (True, None)))
            self._due = time.monotonic() + _JUDGE_EVERY
        return self._last


def _cost(course: Course, recorder: Recorder, columns: Mapping[str, NDArray[np.float64]]) -> WatchCost:
    return WatchCost(
        own_cpu_percent=100 * course.cpu_s / max(course.elapsed_s, 1e-9),
        read_us=float(np.median(columns["read_us"])),
        smaps_ms=recorder.longest_walk_s * 1e3 if recorder.walks else None,
        smaps_reads=recorder.walks,
        retried=int(columns["retries"].sum()),
        within_batch=recorder.agreement.count("within a batch"),
        torn=recorder.agreement.count("torn"),
        missed=course.missed,
    )
