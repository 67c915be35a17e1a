"""One run of a real program, told by gctrace, its execution trace, two dumps and two heap profiles, compared."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from goxray.api_gc import gc_read
from goxray.core.timeline_result import Series, Timeline
from goxray.timeline import exectrace, metrics
from goxray.timeline.checks import check
from goxray.timeline.pprof.reader import read as read_profile
from goxray.timeline.pprof.sampling import measured
from tests.harness import told_program
from tests.harness.variants import Variant, params

if TYPE_CHECKING:
    from goxray.core.timeline_result import CrossCheck, Source

CLOCKED = (Variant("1.25.5"), Variant("1.27.3"))
"""From Go 1.25 on a trace knows the wall clock, as the dumps and profiles do: their axes need no guess."""

MB = 1 << 20


def on_wall_clock(*timelines: Timeline) -> Timeline:
    """Lay timelines that know the wall clock onto the first one's axis."""
    zero = timelines[0].zero_unix_s
    assert zero is not None
    series: list[Series] = []
    for each in timelines:
        assert each.zero_unix_s is not None
        series += [replace(one, t_s=one.t_s + (each.zero_unix_s - zero)) for one in each.series]
    return replace(timelines[0], series=tuple(series))


def compared(variant: Variant) -> list[CrossCheck]:
    """Return the cross-checks of one run: its trace, both dumps and both profiles."""
    told = told_program.run_once(variant.version)
    profiles = [read_profile(str(told.directory / name)) for name in ("forced.pprof", "lagging.pprof")]
    totals = [measured(profile) for profile in profiles]
    points = [
        Timeline(
            "profile",
            "first record",
            profile.time_ns / 1e9,
            (Series("heap_live", "bytes", "profile", np.zeros(1), np.array([total.value])),),
        )  # fmt: skip
        for profile, total in zip(profiles, totals, strict=True)
        if total is not None
    ]
    dumps = (metrics.read(told.directory / name) for name in ("metrics.jsonl", "expvar.jsonl"))
    joined = on_wall_clock(exectrace.read(told.trace), *dumps, *points)
    return list(check(joined, [total for total in totals if total is not None]))


@pytest.mark.parametrize("variant", params(CLOCKED))
def test_a_profile_is_of_the_last_cycle_but_one(variant: Variant) -> None:
    """Right after runtime.GC it is of that collection; after one that came by itself, of the one before."""
    prompt, late = (each for each in compared(variant) if each.one == "profile")
    assert prompt.verdict == "agree" or prompt.why == "sampled"
    assert (late.verdict, late.why) == ("explained", "profile-lags")
    assert late.other_value >= 25_600_000  # 256 blocks of 100,000 bytes were allocated in between
    assert late.value < 12 * MB
    assert late.figures["before_bytes"] == pytest.approx(late.value, abs=2 * late.figures["error_bytes"])


@pytest.mark.parametrize("variant", params(CLOCKED))
def test_dumps_and_traces_of_one_run_do_not_differ(variant: Variant) -> None:
    found = compared(variant)
    verdicts = {(each.figure, frozenset((each.one, each.other))): each.verdict for each in found}
    pairs: tuple[tuple[str, Source, Source], ...] = (
        ("live_heap", "exec trace", "metrics"),
        ("heap_goal", "exec trace", "metrics"),
        ("procs", "exec trace", "metrics"),
        ("heap_goal", "metrics", "expvar"),
        ("heap_alloc", "metrics", "expvar"),
        ("heap_inuse", "metrics", "expvar"),
        ("gc_cycles", "metrics", "expvar"),
        ("gc_forced_cycles", "metrics", "expvar"),
        ("gc_cpu_percent", "metrics", "expvar"),
    )
    for figure, one, other in pairs:
        assert verdicts[figure, frozenset((one, other))] in ("agree", "explained"), (figure, one, other)


@pytest.mark.parametrize("variant", params(CLOCKED))
def test_pauses_of_the_ring_are_those_of_gctrace(variant: Variant) -> None:
    """Cycles are matched by their numbers: no axis is needed."""
    told = told_program.run_once(variant.version)
    [timeline] = gc_read(io.BytesIO(told.gctrace.encode())).timelines
    ring = metrics.read(told.directory / "expvar.jsonl").moments
    [found] = (each for each in check(replace(timeline, moments=ring)) if each.figure == "pauses")
    assert found.value == pytest.approx(told.truth[-1]["PauseTotalNs"] / 1e6)
    assert found.verdict == "agree" or found.why == "stop-clock"
