"""Cross-checks on series made by hand: what counts as the same, what explains a difference, and what does not."""

from __future__ import annotations

import re

import numpy as np
import pytest

from goxray.core.timeline_result import SERIES, CrossCheck, Interval, Moment, Series, Source, Timeline
from goxray.render.words import CATALOGUE
from goxray.timeline.checks import check
from goxray.timeline.pprof.sampling import Measured

MB = 1 << 20


def series(name: str, source: Source, values: list[float], *, every: float = 1.0, holds: bool = False) -> Series:
    """Return a series with a point every so many seconds."""
    t_s = np.arange(float(len(values))) * every
    return Series(name, SERIES[name], source, t_s, np.array(values), holds)


def checks(*found: Series, cycles: tuple[Interval, ...] = (), profiles: tuple[Measured, ...] = ()) -> list[CrossCheck]:
    """Return the cross-checks of a timeline with these series."""
    return list(check(Timeline("made", "program start", series=found, intervals=cycles), profiles))


def one(*found: Series) -> tuple[str, str]:
    """Return verdict and reason of the only cross-check."""
    [only] = checks(*found)
    return only.verdict, only.why


def test_the_same_values_agree() -> None:
    sys = series("sys", "expvar", [70.0 * MB, 80 * MB, 80 * MB])
    [found] = checks(sys, series("sys", "metrics", [70.0 * MB, 80 * MB, 80 * MB]))
    assert (found.figure, found.one, found.other) == ("sys", "expvar", "metrics")
    assert (found.value, found.other_value, found.verdict, found.why) == (80 * MB, 80 * MB, "agree", "")


def test_gctrace_cuts_to_whole_mebibytes() -> None:
    cycle = (Interval("gc", "cycle", 9.0, 9.1, "gctrace", {}),)
    for goal, verdict in ((77.0, "agree"), (77.999, "agree"), (79.0, "differ"), (76.5, "differ")):
        told = (
            series("heap_goal", "gctrace", [77.0 * MB] * 9, holds=True),
            series("heap_goal", "metrics", [goal * MB] * 9, holds=True),
        )
        [found] = checks(*told, cycles=cycle)
        assert found.verdict == verdict, goal


def test_gctraces_last_goal_is_past() -> None:
    """The goal that the last cycle set is in no line: what others say after it is not held against gctrace."""
    told = (
        series("heap_goal", "gctrace", [50.0 * MB, 50 * MB, 60 * MB], holds=True),
        series("heap_goal", "metrics", [50.0 * MB, 50 * MB, 60 * MB, 9 * MB, 9 * MB, 9 * MB], holds=True),
    )
    [found] = checks(*told, cycles=(Interval("gc", "cycle", 2.2, 2.3, "gctrace", {}),))
    assert found.verdict == "agree"


def test_what_moves_between_readings_is_explained() -> None:
    rising = [100.0 * MB + 5 * MB * n for n in range(20)]
    assert one(
        series("heap_alloc", "metrics", rising), series("heap_alloc", "expvar", [102.5 * MB, 122.5 * MB], every=4)
    ) == ("explained", "moved")
    assert one(
        series("heap_alloc", "metrics", rising), series("heap_alloc", "expvar", [150.0 * MB, 122.5 * MB], every=4)
    ) == ("differ", "")
    assert one(
        series("gc_cycles", "gctrace", [1, 2, 3, 4, 5, 6], holds=True), series("gc_cycles", "expvar", [2, 5], every=3)
    ) == ("explained", "moved")


def test_sources_of_other_times_are_not_compared() -> None:
    late = Series("sys", "bytes", "metrics", np.array([100.0, 101.0]), np.array([1.0, 1.0]))
    assert checks(series("sys", "expvar", [5.0, 5.0]), late) == []


def test_figures_that_share_a_name_only_are_not_compared() -> None:
    assert checks(series("stacks", "gctrace", [0.0, 0]), series("stacks", "expvar", [5.0 * MB, 5 * MB])) == []
    assert checks(series("gc_cpu_percent", "counters", [50.0]), series("gc_cpu_percent", "expvar", [5.0])) == []
    assert checks(series("sys", "expvar", [1.0]), series("sys", "expvar", [9.0 * MB])) == []


def test_shares_of_the_cpu_are_cut_to_whole_percents() -> None:
    for share, verdict in ((7.0, "agree"), (7.99, "agree"), (8.2, "differ")):
        found = one(series("gc_cpu_percent", "gctrace", [7.0] * 3), series("gc_cpu_percent", "metrics", [share] * 3))
        assert found[0] == verdict


def cycles(*live: float) -> tuple[Interval, ...]:
    """Return cycles of an execution trace, a second apart, that left so many MB alive."""
    return tuple(
        Interval("gc", "cycle", n, n + 0.1, "exec trace", {"heap_live": each * MB}) for n, each in enumerate(live)
    )


@pytest.mark.parametrize(
    ("total", "error", "verdict", "why"),
    [
        (40.0, 1.0, "agree", ""),
        (40.5, 1.0, "explained", "sampled"),
        (38.1, 1.0, "explained", "sampled"),
        (37.9, 1.0, "differ", ""),
        (20.3, 1.0, "explained", "profile-lags"),
        (10.0, 1.0, "differ", ""),
        (60.0, 25.0, "explained", "sampled"),
    ],
)
def test_profiles_are_a_cycle_late_and_sampled(total: float, error: float, verdict: str, why: str) -> None:
    point = Series("heap_live", "bytes", "profile", np.array([2.5]), np.array([total * MB]))
    measured = Measured(total * MB, error * MB, 77.0)
    [found] = checks(point, cycles=cycles(10, 20, 40, 80), profiles=(measured,))
    assert (found.verdict, found.why) == (verdict, why)
    assert (found.value, found.other_value) == (total * MB, 40 * MB)  # the third cycle was the last one then
    if why:
        assert found.figures["before_bytes"] == 20 * MB
        assert found.figures["error_bytes"] == error * MB


def test_a_profile_without_its_error_is_not_judged() -> None:
    point = Series("heap_live", "bytes", "profile", np.array([2.5]), np.array([40.0 * MB]))
    assert checks(point, cycles=cycles(10, 20, 40)) == []


def test_live_heap_of_metrics_is_that_of_the_last_cycle() -> None:
    marked = Series(
        "heap_live", "bytes", "metrics", np.array([0.5, 1.5, 2.5]), np.array([10.0, 20, 40]) * MB, holds=True
    )
    [found] = checks(marked, cycles=cycles(10, 20, 40))
    assert (found.figure, found.verdict) == ("live_heap", "agree")


@pytest.mark.parametrize(
    ("printed", "verdict", "why"),
    [(1.0, "agree", ""), (0.95, "agree", ""), (1.6, "explained", "stop-clock"), (0.5, "differ", "")],
)
def test_pauses(printed: float, verdict: str, why: str) -> None:
    told = tuple(Interval("gc", "cycle", n, n + 0.5, "gctrace", {"n": n + 1}) for n in range(4))
    half = printed / 2 / 1e3
    stops = tuple(
        Interval("stw", "stop", at, at + half, "gctrace") for n in range(4) for at in (n + 0.0, n + 0.5 - half)
    )  # fmt: skip
    ends = tuple(Moment("gc", "mark end", n + 0.5, "expvar", {"n": n + 1, "pause_ms": 1.0}) for n in range(2))
    [found] = check(Timeline("made", "program start", intervals=(*told, *stops), moments=ends))
    assert (found.verdict, found.why) == (verdict, why)
    assert [found.value, found.other_value] == pytest.approx([2, 2 * printed])


@pytest.mark.parametrize(
    ("rss", "anon", "verdict", "why", "difference"),
    [
        (100, None, "agree", "", None),
        (108, None, "agree", "", None),
        (60, None, "explained", "untouched", 40),
        (140, 100, "explained", "files", 40),
        (190, 150, "explained", "foreign", 50),
        (140, None, "explained", "outside", 40),
    ],
)
def test_what_the_process_weighs(
    rss: float, anon: float | None, verdict: str, why: str, difference: float | None
) -> None:
    told = [
        series("sys", "counters", [150.0 * MB]),
        series("heap_released", "counters", [50.0 * MB]),
        series("rss", "proc", [rss * MB]),
    ]
    if anon is not None:
        told.append(series("rss_anon", "proc", [anon * MB]))
    [found] = checks(*told)
    assert (found.figure, found.value, found.other_value) == ("resident", 100 * MB, rss * MB)
    assert (found.verdict, found.why) == (verdict, why)
    if difference is not None:
        assert found.figures["difference_bytes"] == difference * MB


@pytest.mark.parametrize(
    ("charged", "verdict", "why"),
    [(104, "agree", ""), (200, "explained", "charged-more"), (60, "explained", "charged-less")],
)
def test_what_the_cgroup_is_charged_for(charged: float, verdict: str, why: str) -> None:
    told = (series("rss", "proc", [100.0 * MB]), series("cgroup_current", "cgroup", [charged * MB]))
    assert one(*told) == (verdict, why)


def test_every_reason_has_words_for_its_figures() -> None:
    reasons = {
        "moved": {"points_n", "apart_s"},
        "sampled": {"error_bytes", "before_bytes", "lag_n", "seen_n"},
        "profile-lags": {"error_bytes", "before_bytes", "lag_n", "seen_n"},
        "stop-clock": {"cycles_n"},
        **dict.fromkeys(
            ("untouched", "files", "foreign", "outside", "charged-more", "charged-less"), {"difference_bytes"}
        ),
    }
    for why, figures in reasons.items():
        for text in CATALOGUE[f"tc.{why}"]:
            assert set(re.findall(r"\{(\w+)\}", text)) <= figures
    assert {f"tc.{why}" for why in reasons} == {
        key for key in CATALOGUE if key.startswith("tc.") and not key.startswith("tc.figure.")
    }
