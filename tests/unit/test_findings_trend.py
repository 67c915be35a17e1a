"""The forecast: its interval holds as often as it says, it is silent on noise, and a rise has to go on."""

from __future__ import annotations

import numpy as np
import pytest

from goxray.core.timeline_result import Interval, Series, Timeline, TimelineFinding
from goxray.timeline.findings import find
from goxray.timeline.findings.growth import rising
from goxray.timeline.findings.trend import binned, fit, meeting, student

MB = 1 << 20
TRIES = 300


def alike_noise(random: np.random.Generator, count: int, alike: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return noise of deviation 1 in which each figure repeats that much of the one before it."""
    fresh = random.normal(0, 1, count)
    made = np.empty(count)
    made[0] = fresh[0]
    for place in range(1, count):
        made[place] = alike * made[place - 1] + np.sqrt(1 - alike**2) * fresh[place]
    return made


@pytest.mark.parametrize(
    ("chance", "freedom", "value"),
    [(0.95, 5, 2.015), (0.95, 10, 1.812), (0.95, 30, 1.697), (0.995, 10, 3.169), (0.995, 30, 2.750), (0.975, 8, 2.306)],
)
def test_student_is_that_of_the_tables(chance: float, freedom: float, value: float) -> None:
    assert student(chance, freedom) == pytest.approx(value, abs=0.002)


def test_a_line_without_noise_is_found_exactly() -> None:
    t_s = np.arange(30.0)
    line = fit(t_s, 100 + 2 * t_s)
    assert line is not None
    assert [line.level, line.slope] == pytest.approx([158, 2])
    met = meeting(line, 200)
    assert met is not None
    assert (met.in_s, met.earliest_s, met.latest_s) == pytest.approx((21, 21, 21), abs=1e-6)
    assert meeting(line, 150) is None  # it is over that already


def test_ordinary_noise_gives_the_interval_of_the_textbook() -> None:
    """Where neighbours are not alike the fit is least squares: its variances by the formulas of a straight line."""
    random = np.random.default_rng(5)
    t_s = np.arange(60.0)
    values = 50 + t_s + 3 * alike_noise(random, 60, -0.5)
    line = fit(t_s, values)
    assert line is not None
    slope, level = np.polyfit(t_s - 59, values, 1)
    assert [line.slope, line.level] == pytest.approx([slope, level])
    noise = ((values - level - slope * (t_s - 59)) ** 2).sum() / 58
    spread = ((t_s - t_s.mean()) ** 2).sum()
    assert line.slope_var == pytest.approx(noise / spread)
    assert line.level_var == pytest.approx(noise * (1 / 60 + (59 - t_s.mean()) ** 2 / spread))


@pytest.mark.parametrize("alike", [0.0, 0.4, 0.7, 0.9])
@pytest.mark.parametrize("count", [24, 48, 96])
def test_ninety_percent_intervals_hold(count: int, alike: float) -> None:
    """Synthetic services that grow by 60 units under noise of 3: the true moment lies inside 9 times out of 10.

    With 300 tries, 90% is left by chance to 84% in one run of ten thousand; more than 90% is care, but an interval that
    always holds would be useless: its length is looked at below.
    """
    random = np.random.default_rng(count * 100 + int(alike * 10))
    t_s = np.arange(float(count))
    speed = 60 / count
    true = (200 - 100 - speed * (count - 1)) / speed
    inside = told = 0
    for _ in range(TRIES):
        line = fit(t_s, 100 + speed * t_s + 3 * alike_noise(random, count, alike))
        assert line is not None
        met = meeting(line, 200)
        if line.rises() and met is not None:
            told += 1
            inside += met.earliest_s <= true <= met.latest_s
    assert told > 0.95 * TRIES
    assert inside / told > 0.84


def test_an_interval_says_something() -> None:
    random = np.random.default_rng(8)
    t_s = np.arange(96.0)
    lengths = []
    for _ in range(50):
        line = fit(t_s, 100 + 0.625 * t_s + 3 * alike_noise(random, 96, 0.4))
        assert line is not None
        met = meeting(line, 200)
        assert met is not None
        lengths.append((met.latest_s - met.earliest_s) / met.in_s)
    assert np.median(lengths) < 0.5


@pytest.mark.parametrize("alike", [0.0, 0.7, 0.9])
def test_noise_is_no_growth(alike: float) -> None:
    random = np.random.default_rng(int(alike * 10))
    t_s = np.arange(96.0)
    found = sum(rising(t_s, 100 + 3 * alike_noise(random, 96, alike)) is not None for _ in range(TRIES))
    assert found / TRIES < 0.05  # half a percent is meant; it is more where neighbours are nearly the same


def test_a_random_walk_is_hardly_ever_growth() -> None:
    random = np.random.default_rng(3)
    t_s = np.arange(96.0)
    found = sum(rising(t_s, 100 + np.cumsum(random.normal(0, 1, 96))) is not None for _ in range(TRIES))
    assert found / TRIES < 0.06


def test_a_start_is_no_growth() -> None:
    t_s = np.arange(100.0)
    noise = np.random.default_rng(2).normal(0, 0.5, 100)
    filling = 100 * (1 - np.exp(-t_s / 8)) + noise
    assert rising(t_s, filling) is None
    stopped = np.minimum(t_s, 75) + noise  # it grew, and then it stopped
    assert rising(t_s, stopped) is None
    assert rising(t_s, t_s + noise) is not None


def test_outliers_weigh_nothing() -> None:
    random = np.random.default_rng(4)
    t_s = np.arange(5000.0)
    values = 100 + 0.01 * t_s + random.normal(0, 1, 5000)
    values[random.integers(0, 5000, 50)] = 1e6
    line = fit(*binned(t_s, values))
    assert line is not None
    assert line.slope == pytest.approx(0.01, rel=0.05)


def service(per_s: float, limit: float | None, *, cycles: int = 60, limit_name: str = "memory_limit") -> Timeline:
    """Return a service with a cycle a second, whose live heap grows from 100 MiB, and whose RSS is twice that."""
    t_s = np.arange(float(cycles))
    live = 100 * MB + per_s * t_s
    intervals = tuple(
        Interval("gc", "cycle", t - 0.1, t, "gctrace", {"heap_live": bytes_})
        for t, bytes_ in zip(t_s, live, strict=True)
    )
    series = [Series("rss", "bytes", "proc", t_s, 2 * live)]
    if limit is not None:
        series.append(Series(limit_name, "bytes", "counters", t_s[:1], np.array([limit]), holds=True))
    return Timeline("made", "program start", series=tuple(series), intervals=intervals)


def growth(timeline: Timeline) -> list[TimelineFinding]:
    """Return what the rules of growth find."""
    return [each for each in find(timeline).findings if each.rule.startswith("growth")]


def test_growth_meets_the_memory_limit() -> None:
    [finding] = growth(service(MB, 1000 * MB / 0.97 * 0.3))
    # 97% of the limit is 300 MiB; at the end 159 MiB are live, and each second brings one more.
    assert finding.rule == "growth-meets-limit"
    assert finding.severity == "serious"
    assert finding.figures["in_s"] == pytest.approx(300 - 159, rel=1e-6)
    assert finding.figures["now_bytes"] == pytest.approx(159 * MB)
    assert finding.figures["per_hour_bytes"] == pytest.approx(3600 * MB)


def test_growth_meets_the_cgroups_limit() -> None:
    [finding] = growth(service(MB, 500 * MB, limit_name="cgroup_limit"))
    assert finding.figures["in_s"] == pytest.approx((500 - 318) / 2, rel=1e-6)
    assert finding.figures["limit_bytes"] == 500 * MB


def test_growth_without_a_limit_is_a_note() -> None:
    [finding] = growth(service(MB, None))
    assert (finding.rule, finding.severity) == ("growth", "note")
    assert finding.figures["doubles_s"] == pytest.approx(159)
    [finding] = growth(service(MB, None, cycles=1400))
    assert finding.severity == "warning"  # seen for more than ten minutes


def test_too_little_too_slow_or_too_far_is_silent() -> None:
    assert not growth(service(MB, 400 * MB, cycles=23))
    assert not growth(service(0, 400 * MB))
    assert not growth(service(-MB, 400 * MB))
    assert not growth(service(MB, 10_000 * MB))
    assert not growth(service(0.001 * MB, None))


def looks(heap: np.ndarray[tuple[int], np.dtype[np.float64]], cycles: object, **more: object) -> Timeline:
    """Return looks at MemStats, a second apart, of which ``cycles`` counts the collections."""
    t_s = np.arange(float(len(heap)))
    series = [Series("heap_alloc", "bytes", "expvar", t_s, heap)]
    if cycles is not None:
        series.append(Series("gc_cycles", "count", "expvar", t_s, np.array(cycles, dtype=np.float64), holds=True))
    series += [
        Series(name, "bytes", "proc", t_s, np.array(values), holds=name.endswith("limit"))
        for name, values in more.items()
    ]
    return Timeline("made", "first record", series=tuple(series))


@pytest.mark.parametrize(("slope", "expected"), [(0.0, 0), (0.5 * MB, 1)], ids=["flat", "rising"])
@pytest.mark.parametrize("per_cycle", [1, 7])
def test_heap_alloc_is_looked_at_from_below(per_cycle: int, slope: float, expected: int) -> None:
    """Between collections the heap is a saw: its teeth are no growth, its lower edge is."""
    t_s = np.arange(600.0)
    saw = (t_s * 37 % 100 if per_cycle == 1 else 100 * (t_s % per_cycle) / per_cycle) * MB
    assert len(growth(looks(200 * MB + slope * t_s + saw, t_s // per_cycle))) == expected


def test_a_tooth_of_the_saw_is_no_growth() -> None:
    t_s = np.arange(600.0)
    assert not growth(looks(50 * MB + MB * t_s, t_s * 0 + 4))
    assert not growth(looks(50 * MB + MB * t_s, t_s // 200))
    assert not growth(looks(50 * MB + MB * t_s, None))


def test_rss_on_its_way_to_the_heaps_goal_is_no_growth() -> None:
    t_s = np.arange(60.0)
    grown = 100 * MB + MB * t_s
    assert not growth(looks(grown, t_s * 0 + 7, rss=grown, cgroup_limit=[300 * MB] * 60))
    [finding] = growth(looks(grown, t_s // 3, rss=grown, cgroup_limit=[300 * MB] * 60))
    assert finding.rule == "growth-meets-limit"


def test_a_held_value_counts_once() -> None:
    """Metrics are read far more often than cycles run: three steps up are three figures, not three hundred."""
    t_s = np.arange(300.0)
    series = Series("heap_live", "bytes", "metrics", t_s, 100 * MB + 20 * MB * (t_s // 100), holds=True)
    assert not growth(Timeline("made", "first record", series=(series,)))
