"""What ``goxray gc watch`` does, for programs."""

from __future__ import annotations

import os
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import MemoryFault, UsageError
from goxray.core.result import TargetInfo
from goxray.core.watch_result import WatchCost, WatchCycle, WatchGroup, WatchResult
from goxray.goruntime.runtime import Runtime
from goxray.target.cgroup import MemoryGroup, memory_group
from goxray.target.footprint import Footprint
from goxray.target.open import Target, cannot_look, open_target
from goxray.timeline.counters.axis import timeline_of
from goxray.timeline.counters.columns import columns_of, phase_of, row_of
from goxray.timeline.counters.cycles import CycleBook
from goxray.timeline.counters.reader import CounterReader
from goxray.timeline.counters.sampling import Recording, Sample, Sampler
from goxray.timeline.findings import find

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from goxray.core.timeline_result import Timeline

LEAST_INTERVAL = 0.001
_JUDGED = 1200
_JUDGE_EVERY = 2.0


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
            return _Watch(opened, allow_unverified).run(interval, duration, count, on_sample)
        except MemoryFault as fault:
            raise cannot_look(opened, fault) from fault


def _require_pid(target: str) -> None:
    if not target.strip().lstrip("+-").isdigit() and os.path.exists(target):
        raise UsageError(
            f"{target} is a file: only a running process has counters to watch",
            hint="give a pid; goxray heap FILE looks at one moment",
        )


class _Watch:
    def __init__(self, target: Target, allow_unverified: bool) -> None:
        self._target = target
        self._runtime = Runtime(target, allow_unverified=allow_unverified)
        assert target.pid is not None
        self._footprint = Footprint(target.pid)
        self._group = memory_group(target.pid)
        self._reader = CounterReader(self._runtime, clock_offset_ns=self._footprint.clock_offset_ns)

    def run(
        self,
        interval: float,
        duration: float | None,
        count: int | None,
        on_sample: Callable[[Seen], None] | None,
    ) -> WatchResult:
        with self._footprint:
            zero = self._reader.init_ns or time.monotonic_ns() + self._footprint.clock_offset_ns
            book = CycleBook(zero)

            judge = _Judge(zero, book)

            def seen(sample: Sample) -> None:
                cycles = book.add(sample.counters)
                if on_sample is not None:
                    found = judge.found(sample)
                    on_sample(Seen(row_of(sample, zero), phase_of(sample.counters), cycles, found))

            sampler = Sampler(self._reader, self._footprint, self._group)
            recording = sampler.run(interval, duration, count, seen)
            unix = time.time() - (time.monotonic_ns() + self._footprint.clock_offset_ns - zero) / 1e9
        return self._result(recording, book, interval, (zero, unix))

    def _result(self, recording: Recording, book: CycleBook, interval: float, zero: tuple[int, float]) -> WatchResult:
        target, samples = self._target, recording.samples
        columns = columns_of(samples, zero[0])
        notes = [*target.notes, *self._notes(samples)]
        started = self._reader.init_ns is not None
        name = f"{os.path.basename(target.exe)} ({target.pid})"
        timeline = find(timeline_of(name, columns, book.cycles, (started, zero[1]), notes))
        return WatchResult(
            target=TargetInfo("process", target.pid, target.exe),
            build=target.build(),
            interval_s=interval,
            elapsed_s=recording.elapsed_s,
            ended=recording.ended,
            columns=columns,
            phases=tuple(phase_of(sample.counters) for sample in samples),
            agreement=tuple(sample.counters.agreement for sample in samples),
            cycles=tuple(book.cycles),
            cycles_before=book.before,
            cycles_lost=book.lost,
            group=_group(self._group, samples),
            cost=_cost(recording),
            timelines=(timeline,),
            unverified=not self._runtime.layout.verified,
            notes=notes,
        )

    def _notes(self, samples: Sequence[Sample]) -> list[str]:
        notes = []
        if self._reader.missing:
            notes.append("not found in this program without symbols: " + ", ".join(self._reader.missing))
        if all(sample.rollup is None for sample in samples):
            notes.append("/proc/PID/smaps_rollup cannot be read: RSS is the kernel's quick count alone")
        if self._group is not None and not self._group.whole:
            notes.append("control groups above this container cannot be seen: their limits are not known")
        return notes


class _Judge:
    """Finds what the last samples tell, while they come in."""

    def __init__(self, zero: int, book: CycleBook) -> None:
        self._zero, self._book = zero, book
        self._samples: deque[Sample] = deque(maxlen=_JUDGED)
        self._due = time.monotonic() + _JUDGE_EVERY
        self._last: Timeline | None = None

    def found(self, sample: Sample) -> Timeline | None:
        self._samples.append(sample)
        if time.monotonic() >= self._due:
            columns = columns_of(self._samples, self._zero)
            first = float(columns["t_s"][0])
            cycles = [cycle for cycle in self._book.cycles[-_JUDGED:] if cycle.end_s >= first]
            self._last = find(timeline_of("", columns, cycles, (True, None)))
            self._due = time.monotonic() + _JUDGE_EVERY
        return self._last


def _group(group: MemoryGroup | None, samples: Sequence[Sample]) -> WatchGroup | None:
    if group is None:
        return None
    last = samples[-1].group
    return WatchGroup(group.version, group.path, group.whole, last.limit_at if last else None)


def _cost(recording: Recording) -> WatchCost:
    counters = [sample.counters for sample in recording.samples]
    walks = [sample.rollup.took_s for sample in recording.samples if sample.rollup is not None]
    return WatchCost(
        own_cpu_percent=100 * recording.cpu_s / max(recording.elapsed_s, 1e-9),
        read_us=float(np.median([each.took_ns for each in counters])) / 1e3,
        smaps_ms=max(walks) * 1e3 if walks else None,
        smaps_reads=len(walks),
        retried=sum(each.retries for each in counters),
        within_batch=sum(each.agreement == "within a batch" for each in counters),
        torn=sum(each.agreement == "torn" for each in counters),
        missed=recording.missed,
    )
