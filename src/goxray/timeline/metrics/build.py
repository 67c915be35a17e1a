"""A timeline out of a dump's samples."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from goxray.core.timeline_result import SERIES, Moment, Series, Timeline
from goxray.timeline.metrics.names import ALL_CPU, GC_CPU, GC_IDLE, HOLD, MEMSTATS, METRICS, NO_LIMIT, PAUSES, SUMS
from goxray.timeline.metrics.parse import parse

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from goxray.core.timeline_result import Source
    from goxray.timeline.metrics.parse import Dump, Sample

_RING = 256
_NS = 1e9
_LIMITS = ("memory_limit", "gogc", "heap_goal")


class Pause(NamedTuple):
    """A cycle's pauses as MemStats has them: the cycle's number, when it ended, and how long the world was stopped."""

    n: int
    end_unix_ns: int
    lasted_ns: int


class _Axis(NamedTuple):
    """When each sample was: float64 seconds; ``zero_unix_ns`` is the wall clock at second 0, None: not known."""

    t_s: list[float]
    zero_unix_ns: int | None
    notes: list[str]


def read(path: str | os.PathLike[str]) -> Timeline:
    """Read a dump of runtime/metrics, of expvar or of Prometheus' text format.

    Second 0 is the first record: the earliest sample, or the earliest collection of MemStats' ring of the last 256.
    Those stand as moments ``mark end`` (details ``n``, ``pause_ms``) and in the series ``pause_ms``, at the times that
    PauseEnd has. Where only a histogram of pauses is there, the series has the longest pause since the sample before,
    as the upper edge of its bucket. Samples without a time stand at their LastGC, or one a second, and a note says so.

    Raises:
        BadMetrics: the file cannot be read, or has no sample.
    """
    dump = parse(path)
    samples, backward = _in_order(dump)
    epochs, restarts = _epochs(samples)
    pauses, missed = _pauses(samples, epochs)
    axis = _axis(samples, pauses)
    made = [
        *_metrics(samples, axis),
        *_memstats(samples, axis),
        *_pause_series(samples, axis, pauses),
    ]
    notes = [*dump.notes, *backward, *axis.notes, *_notes(samples, restarts, missed)]
    return Timeline(
        next((sample.process for sample in samples if sample.process), Path(path).name),
        "first record",
        None if axis.zero_unix_ns is None else axis.zero_unix_ns / _NS,
        tuple(series for series in made if len(series.t_s)),
        moments=(*_ends(axis, pauses), *(Moment("os", "restart", axis.t_s[at], "expvar") for at in restarts)),
        notes=tuple(notes),
    )


def _in_order(dump: Dump) -> tuple[tuple[Sample, ...], list[str]]:
    """Return the samples by time where all have one."""
    times = [sample.unix_s for sample in dump.samples]
    known = [moment for moment in times if moment is not None]
    if len(known) < len(times) or known == sorted(known):
        return dump.samples, []
    order = np.argsort(known, kind="stable")
    return tuple(dump.samples[place] for place in order.tolist()), ["the samples are not in the order of their times"]


def _count(sample: Sample) -> float | None:
    return sample.memstats.get("NumGC", sample.metrics.get("/gc/cycles/total:gc-cycles"))


def _epochs(samples: Sequence[Sample]) -> tuple[list[int], list[int]]:
    """Number the processes, and return where one begins: the count of cycles falls only when another one answers."""
    epochs = [0]
    restarts = []
    for place, (before, after) in enumerate(pairwise(map(_count, samples)), 1):
        fell = before is not None and after is not None and after < before
        epochs.append(epochs[-1] + fell)
        if fell:
            restarts.append(place)
    return epochs, restarts


def _pauses(samples: Sequence[Sample], epochs: Sequence[int]) -> tuple[list[Pause], int]:
    """Take the rings apart: cycle n stands at (n + 255) % 256 (runtime/mstats.go, MemStats.PauseNs).

    Return the pauses in order, and how many cycles between samples the ring had lost already.
    """
    found: dict[tuple[int, int], Pause] = {}
    missed = 0
    last, last_epoch = 0, -1
    for sample, epoch in zip(samples, epochs, strict=True):
        count = int(sample.memstats.get("NumGC", 0))
        if len(sample.pause_ns) != _RING or len(sample.pause_end) != _RING:
            continue
        oldest = max(1, count - _RING + 1)
        if epoch == last_epoch:
            missed += max(0, oldest - last - 1)
        for n in range(oldest, count + 1):
            at = (n + _RING - 1) % _RING
            if sample.pause_end[at] > 0:
                found[epoch, n] = Pause(n, int(sample.pause_end[at]), int(sample.pause_ns[at]))
        last, last_epoch = count, epoch
    return [found[key] for key in sorted(found)], missed


def _axis(samples: Sequence[Sample], pauses: Sequence[Pause]) -> _Axis:
    """Place the samples."""
    times = [sample.unix_s for sample in samples]
    known = [moment for moment in times if moment is not None]
    notes: list[str] = []
    if len(known) < len(times):
        last_gc = [sample.memstats.get("LastGC", 0.0) / _NS for sample in samples]
        if known:
            notes.append("some samples have no time; they are placed between their neighbours")
            known = _between(times)
        elif min(last_gc) > 0 and last_gc == sorted(last_gc):
            notes.append("the samples have no time of their own: each is placed at the end of its last collection")
            known = last_gc
        else:
            notes.append("the samples have no time: they are placed one a second, and no speed can be told from them")
            return _Axis([float(place) for place in range(len(samples))], None, notes)
    at_ns = [round(moment * _NS) for moment in known]
    zero = min([*at_ns, *(pause.end_unix_ns for pause in pauses)])
    return _Axis([(moment - zero) / _NS for moment in at_ns], zero, notes)


def _between(times: Sequence[float | None]) -> list[float]:
    places = [place for place, moment in enumerate(times) if moment is not None]
    values = [moment for moment in times if moment is not None]
    return [float(each) for each in np.interp(range(len(times)), places, values)]


def _series(name: str, source: Source, points: list[tuple[float, float]]) -> Series:
    t_s, values = (np.array([point[column] for point in points], dtype=np.float64) for column in (0, 1))
    return Series(name, SERIES[name], source, t_s, values, name in HOLD)


def _metrics(samples: Sequence[Sample], axis: _Axis) -> list[Series]:
    points: dict[str, list[tuple[float, float]]] = {}
    for sample, at in zip(samples, axis.t_s, strict=True):
        told = sample.metrics
        values = {series: told[name] for name, series in METRICS.items() if name in told}
        for series, parts in SUMS.items():
            if all(part in told for part in parts):
                values[series] = sum(told[part] for part in parts)
        if told.get(ALL_CPU, 0.0) > 0 and GC_CPU in told:
            values["gc_cpu_percent"] = 100 * (told[GC_CPU] - told.get(GC_IDLE, 0.0)) / told[ALL_CPU]
        for series, value in values.items():
            if series not in _LIMITS or value < NO_LIMIT:
                points.setdefault(series, []).append((at, value))
    return [_series(name, "metrics", found) for name, found in points.items()]


def _memstats(samples: Sequence[Sample], axis: _Axis) -> list[Series]:
    points: dict[str, list[tuple[float, float]]] = {}
    for sample, at in zip(samples, axis.t_s, strict=True):
        told = sample.memstats
        values = {series: told[name] for name, series in MEMSTATS.items() if name in told}
        if told.get("GCCPUFraction", -1.0) >= 0:
            values["gc_cpu_percent"] = 100 * told["GCCPUFraction"]
        for series, value in values.items():
            if series not in _LIMITS or value < NO_LIMIT:
                points.setdefault(series, []).append((at, value))
    return [_series(name, "expvar", found) for name, found in points.items()]


def _pause_series(samples: Sequence[Sample], axis: _Axis, pauses: Sequence[Pause]) -> list[Series]:
    zero = axis.zero_unix_ns
    if pauses and zero is not None:
        exact = [((pause.end_unix_ns - zero) / _NS, pause.lasted_ns / 1e6) for pause in pauses]
        return [_series("pause_ms", "expvar", sorted(exact))]
    name = next((name for name in PAUSES if any(name in sample.histograms for sample in samples)), None)
    if name is None:
        return []
    return [_series("pause_ms", "metrics", _longest(samples, axis, name))]


def _longest(samples: Sequence[Sample], axis: _Axis, name: str) -> list[tuple[float, float]]:
    """Return for each sample but the first the upper edge of the highest bucket that has counted since the one before.

    Of the last bucket, which has no upper edge, the lower one is taken.
    """
    found = []
    told = [
        (at, sample.histograms[name]) for at, sample in zip(axis.t_s, samples, strict=True) if name in sample.histograms
    ]
    for (_, before), (at, after) in pairwise(told):
        if before.bounds != after.bounds:
            continue
        new = [place for place, (a, b) in enumerate(zip(before.counts, after.counts, strict=True)) if b > a]
        if new:
            lower, upper = after.bounds[new[-1]], after.bounds[new[-1] + 1]
            found.append((at, 1e3 * (upper if math.isfinite(upper) else lower)))
    return found


def _ends(axis: _Axis, pauses: Sequence[Pause]) -> list[Moment]:
    if axis.zero_unix_ns is None:
        return []
    return [
        Moment(
            "gc",
            "mark end",
            (pause.end_unix_ns - axis.zero_unix_ns) / _NS,
            "expvar",
            {"n": float(pause.n), "pause_ms": pause.lasted_ns / 1e6},
        )  # fmt: skip
        for pause in pauses
    ]


def _notes(samples: Sequence[Sample], restarts: Sequence[int], missed: int) -> list[str]:
    used = {*METRICS, GC_CPU, GC_IDLE, ALL_CPU, *(part for parts in SUMS.values() for part in parts)}
    left = {name for sample in samples for name in (*sample.metrics, *sample.histograms)} - used - set(PAUSES)
    others = {name for sample in samples for name in sample.others}
    notes = []
    if left:
        notes.append(f"{len(left)} metrics of the runtime have no place on a time axis and are left out")
    if others:
        shown = ", ".join(sorted(others)[:3])
        notes.append(
            f"{len(others)} names are no metrics of the runtime and are left out: {shown}{', …' * (len(others) > 3)}"
        )
    if restarts:
        notes.append(f"the counters begin again {len(restarts)} times: the dump is of {len(restarts) + 1} processes")
    if missed:
        notes.append(f"{missed:,} collections between samples are not told of: MemStats keeps the last {_RING}")
    return notes
