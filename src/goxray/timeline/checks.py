"""The same figure from independent sources: they agree, or why they differ is told, or they differ.

Every comparison is made where both sources tell of the same time. What is taken for an explanation has to account for
the size of the difference, not only for its being there.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from goxray.core.timeline_result import CrossCheck
from goxray.timeline.findings.facts import MIB, held

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from goxray.core.timeline_result import Series, Source, Timeline, Verdict
    from goxray.timeline.pprof.sampling import Measured

_SAME = (
    "heap_goal", "heap_alloc", "heap_inuse", "heap_idle", "heap_released", "heap_objects", "sys", "memory_limit",
    "gc_cycles", "gc_forced_cycles", "goroutines", "procs",
)  # fmt: skip
"""Series that mean the same whoever tells of them. ``stacks`` is what was scanned in gctrace, what is in use elsewhere;
``heap_live`` and ``gc_cpu_percent`` are compared on their own."""

_CUT: dict[str, float] = {"bytes": float(MIB), "percent": 1.0}
"""By how much gctrace's figures may be too small: sizes are cut to whole MiB, shares to whole percents
(runtime/mgc.go, gcMarkTermination: ``work.heap0>>20``, ``int(memstats.gc_cpu_fraction * 100)``)."""

_EQUAL = 1e-9
_NEAR = 0.001
_CLOSE = 0.1
_MOVING = 0.01
_STEPS: dict[str, float] = {"bytes": 256.0 * 1024, "count": 256.0}
"""What a figure that always moves may differ by between two readings at one time: 1%, and so much in any case."""

_LITTLE = 4.0 * MIB

_CHANCE = 2.0
"""How many times its 95% error a profile may be off before it differs: by chance one profile in ten thousand."""


class _Told(NamedTuple):
    """A figure by one source: float64[N] times and values, which may be up to ``cut`` too small.

    ``holds`` says that a value stays until the next one; ``step`` is above 0 for a figure that always moves.
    Nothing is told of times after ``until_s``.
    """

    source: Source
    t_s: NDArray[np.float64]
    values: NDArray[np.float64]
    cut: float
    holds: bool
    step: float
    until_s: float = float("inf")


def check(timeline: Timeline, profiles: Sequence[Measured] = ()) -> tuple[CrossCheck, ...]:
    """Compare what independent sources on one axis say.

    Args:
        timeline: of one process, with the series and cycles of all its sources.
        profiles: the totals of ``inuse_space`` of the profiles on it, with their sampling errors
            (:func:`goxray.timeline.pprof.sampling.measured`); each is matched to its point by its value.
    """
    return (
        *_live_heap(timeline),
        *_profiles(timeline, profiles),
        *(each for name in _SAME for each in _same_figure(timeline, name)),
        *_cpu_share(timeline),
        *_pauses(timeline),
        *_resident(timeline),
        *_cgroup(timeline),
    )


def _same_figure(timeline: Timeline, name: str) -> Iterator[CrossCheck]:
    found = [series for series in timeline.series if series.name == name and series.source != "profile"]
    told = [_of_series(series) for series in found if len(series.t_s)]
    if name == "heap_goal":
        told = [each._replace(until_s=_last_start(timeline)) if each.source == "gctrace" else each for each in told]
    for one, other in combinations(told, 2):
        if one.source != other.source:
            yield from _compare(name, one, other)


def _last_start(timeline: Timeline) -> float:
    """Return when gctrace's last cycle began: the goal that it set at its end is not printed."""
    cycles = [each.start_s for each in timeline.intervals if each.track == "gc" and each.source == "gctrace"]
    return max(cycles, default=float("-inf"))


def _cpu_share(timeline: Timeline) -> Iterator[CrossCheck]:
    """Compare the collector's share of the CPU where it is the runtime's own, since the program's start."""
    sources: tuple[Source, ...] = ("gctrace", "expvar", "metrics")
    own = [each for each in timeline.series if each.name == "gc_cpu_percent" and each.source in sources]
    for one, other in combinations([_of_series(each) for each in own if len(each.t_s)], 2):
        yield from _compare("gc_cpu_percent", one, other)


def _of_series(series: Series) -> _Told:
    cut = _CUT.get(series.unit, 0.0) if series.source == "gctrace" else 0.0
    step = 0.0 if series.holds else _STEPS.get(series.unit, 0.0)
    return _Told(series.source, series.t_s, series.values, cut, series.holds, step)


def _live_by_cycle(timeline: Timeline) -> list[_Told]:
    """Return what each cycle left alive, by every source that tells of cycles or of gcController.heapMarked."""
    by_source: dict[Source, list[tuple[float, float]]] = {}
    for each in timeline.intervals:
        live = each.detail.get("heap_live")
        if each.track == "gc" and each.name == "cycle" and isinstance(live, int | float):
            by_source.setdefault(each.source, []).append((each.end_s, float(live)))
    told = []
    for source, points in by_source.items():
        t_s, values = np.array(sorted(points), dtype=np.float64).T
        told.append(_Told(source, t_s, values, float(MIB) if source == "gctrace" else 0.0, False, 0.0))
    marked = (each for each in timeline.series if each.name == "heap_live" and each.source == "metrics" and each.holds)
    return [*told, *map(_of_series, marked)]


def _live_heap(timeline: Timeline) -> Iterator[CrossCheck]:
    for one, other in combinations(_live_by_cycle(timeline), 2):
        if other.source == "metrics":  # what the last cycle had marked when the sample was taken
            yield from _compare("live_heap", other, one._replace(holds=True), sampled=True)
        else:
            yield from _compare("live_heap", one, other)


def _compare(figure: str, one: _Told, other: _Told, *, sampled: bool = False) -> Iterator[CrossCheck]:
    """Compare two sources at each point of the one with fewer, or of ``one`` if that is sampled, while both tell.

    Equal within what gctrace cuts off: they agree. Between the values that the other had around that time: the figure
    moved between the readings. Else they differ, and the worst point is shown.
    """
    few, many = (one, other) if sampled or len(one.t_s) <= len(other.t_s) else (other, one)
    apart = float(np.median(np.diff(many.t_s))) if len(many.t_s) > 1 else 1.0
    last = min(float(many.t_s[-1]) + (apart if many.holds else 0.0), one.until_s, other.until_s)
    inside = (few.t_s >= many.t_s[0]) & (few.t_s <= last)
    if not inside.any():
        return
    t_s, values = few.t_s[inside], few.values[inside]
    match = _matching(many, t_s)
    near = many.values[np.clip(match[:, None] + np.arange(-2, 3), 0, len(many.t_s) - 1)]
    gap = _gap(few, many, values, many.values[match], many.values[match])
    beyond = _gap(few, many, values, near.min(axis=1), near.max(axis=1))
    room = np.maximum((_MOVING if few.step else _NEAR) * np.abs(values), few.step)
    verdict: Verdict = "differ"
    why = ""
    worst = int(np.argmax(beyond - room))
    if (gap <= _EQUAL * np.abs(values)).all():
        verdict, worst = "agree", len(values) - 1
    elif (beyond <= room).all():
        verdict, why, worst = "explained", "moved", int(np.argmax(gap))
    mine = float(values[worst])
    others = float(near[worst, np.argmin(np.abs(near[worst] - mine))] if why else many.values[match[worst]])
    swapped = few is other
    yield CrossCheck(
        figure,
        one.source,
        other.source,
        others if swapped else mine,
        mine if swapped else others,
        verdict,
        why,
        {"points_n": float(len(values)), "apart_s": apart} if why else {},
    )


def _matching(told: _Told, t_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return which of a source's points stands for each time: the latest of what holds, else the nearest."""
    after = np.searchsorted(told.t_s, t_s, side="right")
    before = np.maximum(after - 1, 0)
    after = np.minimum(after, len(told.t_s) - 1)
    nearer = np.abs(told.t_s[after] - t_s) < np.abs(told.t_s[before] - t_s)
    return np.where(nearer & (not told.holds), after, before)


def _gap(
    few: _Told, many: _Told, values: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far values lie outside of low to high; one that was cut stands for itself up to ``cut`` more."""
    return np.maximum(low - values - few.cut, values - high - many.cut)


def _profiles(timeline: Timeline, profiles: Sequence[Measured]) -> Iterator[CrossCheck]:
    """Compare heap profiles with what cycles left alive.

    Mallocs count towards the mark termination after next, frees of a sweep towards the next one; a cycle's figures are
    published when the following mark termination has started the world (runtime/mprof.go, memRecord, mProf_Flush). So
    a profile shows what the last cycle but one left alive; after runtime.GC, which publishes at its end
    (mProf_PostSweep), what the last one did.
    """
    cycles = next(iter(_live_by_cycle(timeline)), None)
    points = [series for series in timeline.series if series.name == "heap_live" and series.source == "profile"]
    if cycles is None:
        return
    for series in points:
        for at, value in zip(series.t_s.tolist(), series.values.tolist(), strict=True):
            measured = next((each for each in profiles if each.value == value), None)
            last = int(np.searchsorted(cycles.t_s, at, side="right")) - 1
            if measured is not None and last >= 1:
                yield _profile(cycles, last, measured)


def _profile(cycles: _Told, last: int, measured: Measured) -> CrossCheck:
    now, before = float(cycles.values[last]), float(cycles.values[last - 1])
    room = _CHANCE * measured.error
    figures = {"error_bytes": measured.error, "before_bytes": before, "lag_n": 1.0, "seen_n": measured.seen}

    def fits(live: float) -> bool:
        return live - room <= measured.value <= live + cycles.cut + room

    verdict: Verdict
    if fits(now):
        exact = abs(measured.value - now) <= max(cycles.cut, _NEAR * now)
        verdict, why = ("agree", "") if exact else ("explained", "sampled")
    else:
        verdict, why = ("explained", "profile-lags") if fits(before) else ("differ", "")
    return CrossCheck(
        "live_heap", "profile", cycles.source, measured.value, now, verdict, why, figures if why else {}
    )  # fmt: skip


def _pauses(timeline: Timeline) -> Iterator[CrossCheck]:
    """Compare the pauses of MemStats' ring with gctrace's two stops of the same cycles, all of them together."""
    ring = {
        each.detail["n"]: float(each.detail["pause_ms"])
        for each in timeline.moments
        if each.source == "expvar" and "pause_ms" in each.detail
    }
    cycles = [each for each in timeline.intervals if each.track == "gc" and each.source == "gctrace"]
    stops = [each for each in timeline.intervals if each.track == "stw" and each.source == "gctrace"]
    begins = np.array([each.start_s for each in stops])
    lengths = np.concatenate([[0.0], np.cumsum([1e3 * (each.end_s - each.start_s) for each in stops])])
    told = printed = 0.0
    common = 0
    for cycle in cycles:
        if cycle.detail.get("n") in ring:
            first = int(np.searchsorted(begins, cycle.start_s, side="left"))
            last = int(np.searchsorted(begins, cycle.end_s, side="right"))
            told += ring[cycle.detail["n"]]
            printed += float(lengths[last] - lengths[first])
            common += 1
    if not common:
        return
    verdict: Verdict
    verdict, why = ("agree", "") if abs(told - printed) <= _CLOSE * told else ("explained", "stop-clock")
    if printed < (1 - _CLOSE) * told:
        verdict, why = "differ", ""
    yield CrossCheck(
        "pauses", "expvar", "gctrace", told, printed, verdict, why, {"cycles_n": float(common)} if why else {}
    )  # fmt: skip


def _resident(timeline: Timeline) -> Iterator[CrossCheck]:
    """Compare what the runtime holds of the system's memory, Sys - HeapReleased, with the process's RSS."""
    rss = _first(timeline, "rss")
    for sys in (each for each in timeline.series if each.name == "sys" and len(each.t_s)):
        released = _first(timeline, "heap_released", sys.source)
        if rss is None or released is None:
            continue
        at = min(float(sys.t_s[-1]), float(rss.t_s[-1]))
        anon = _first(timeline, "rss_anon")
        held_bytes = _at(sys, at) - _at(released, at)
        weighs, of_it = _at(rss, at), _at(anon, at) if anon is not None else float("nan")
        if np.isnan(held_bytes) or np.isnan(weighs):
            continue
        verdict, why = _resident_verdict(held_bytes, weighs, of_it)
        parts = {"untouched": held_bytes - weighs, "files": weighs - of_it, "foreign": of_it - held_bytes}
        figures = {"difference_bytes": parts.get(why, weighs - held_bytes)} if why else {}
        yield CrossCheck("resident", sys.source, rss.source, held_bytes, weighs, verdict, why, figures)


def _resident_verdict(held_bytes: float, weighs: float, anon: float) -> tuple[Verdict, str]:
    """Return the verdict: RSS lacks pages that were never touched, and has the pages of files beside."""
    if abs(held_bytes - weighs) <= max(_LITTLE, _CLOSE * held_bytes):
        return "agree", ""
    if weighs < held_bytes:
        return "explained", "untouched"
    if np.isnan(anon):
        return "explained", "outside"
    return "explained", "files" if anon <= held_bytes + max(_LITTLE, _CLOSE * held_bytes) else "foreign"


def _cgroup(timeline: Timeline) -> Iterator[CrossCheck]:
    """Compare RSS with what the cgroup is charged for."""
    rss, group = _first(timeline, "rss"), _first(timeline, "cgroup_current")
    if rss is None or group is None:
        return
    at = min(float(rss.t_s[-1]), float(group.t_s[-1]))
    weighs, charged = _at(rss, at), _at(group, at)
    if np.isnan(weighs) or np.isnan(charged):
        return
    verdict: Verdict
    verdict, why = (
        ("agree", "") if abs(charged - weighs) <= max(_LITTLE, _CLOSE * weighs) else ("explained", "charged-more")
    )
    if verdict == "explained" and charged < weighs:
        why = "charged-less"
    yield CrossCheck(
        "charged", rss.source, group.source, weighs, charged, verdict, why,
        {"difference_bytes": abs(charged - weighs)} if why else {},
    )  # fmt: skip


def _first(timeline: Timeline, name: str, source: Source | None = None) -> Series | None:
    found = (each for each in timeline.series if each.name == name and len(each.t_s) and source in (None, each.source))
    return next(found, None)


def _at(series: Series, at: float) -> float:
    return float(held(series, np.array([at]))[0])
