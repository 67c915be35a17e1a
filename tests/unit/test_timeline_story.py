"""The sentences that all timeline commands share: figures, findings, cross-checks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from timeline_samples import MIB, one, two

from goxray.core.timeline_result import SERIES, TRACKS, CrossCheck, TimelineFinding
from goxray.render import timeline_story as story
from goxray.render.words import CATALOGUE


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("live_bytes", 30 * MIB, "30.0 MiB"),
        ("heap_live", 1536, "1.50 KiB"),
        ("pause_ms", 0.031, "31 µs"),
        ("pause_ms", 2.5, "2.50 ms"),
        ("wait_ms", 1500, "1.50 s"),
        ("wait_s", 0, "0 µs"),
        ("wait_s", 200, "3.33 min"),
        ("wait_s", 86_400, "24 h"),
        ("wait_s", -0.5, "-500 ms"),
        ("gc_percent", 41.5, "41.5%"),
        ("gc_cpu_percent", 0.25, "0.25%"),
        ("growth_ratio", 1.5, "1.50"),
        ("cycles_n", 12_345.0, "12,345"),
        ("gc_cycles", 3.0, "3"),
        ("whatever", 7.0, "7"),
        ("live_bytes", float("nan"), "–"),
        ("live_bytes", float("inf"), "–"),
    ],
)
def test_figures_are_written_by_their_unit(name: str, value: float, text: str) -> None:
    assert story.figure(name, value) == text


def test_places_have_the_digits_that_tell_them_apart() -> None:
    assert [story.at(t) for t in (0, 1.5034, 83.254, 4211.54)] == ["0.000 s", "1.503 s", "83.25 s", "4,211.5 s"]
    assert story.span(1.0, 1.0, "en") == "1.000 s"
    assert story.span(1.0, 12.5, "en") == "1.000 s to 12.50 s"


def test_findings_come_worst_first_and_several_processes_are_named() -> None:
    lines = story.findings_lines(one().timelines, "en")
    assert lines == [
        "[serious] 7.200 s: made up too (gc_percent 41.5%).",
        "[warning] 3.600 s to 6.000 s: made up (cycles_n 12, live_bytes 30.0 MiB).",
    ]
    assert story.findings_lines(two().timelines, "en")[0].startswith("service (pid 4242): [serious]")
    assert story.findings_lines(one().timelines, "en", most=1)[1] == "and 1 more finding; --format json has all"
    assert story.findings_lines(one().timelines, "zh")[0].startswith("[严重] 7.200 s：")


def test_a_rule_s_words_are_filled_from_its_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CATALOGUE, "tf.made up.title", ("{cycles_n} cycles in {lasting_s}", "{cycles_n}，{lasting_s}"))
    monkeypatch.setitem(CATALOGUE, "tf.made up.do", ("Raise {live_bytes} by {absent_bytes}.", "提高 {live_bytes}"))
    finding = one().timelines[0].findings[0]
    told = story.finding_words(finding, "en")
    assert (told.title, told.why, told.do) == ("12 cycles in 2.40 s", "", "Raise 30.0 MiB by –.")
    line = story.findings_lines([replace(one().timelines[0], findings=(finding,))], "en")[0]
    assert line == "[warning] 3.600 s to 6.000 s: 12 cycles in 2.40 s. Raise 30.0 MiB by –."


def test_a_rule_without_words_cannot_drive_a_terminal() -> None:
    finding = TimelineFinding("odd\x1b[31m", "note", 0, 1)
    assert "\x1b" not in story.findings_lines([replace(one().timelines[0], findings=(finding,))], "en")[0]


def test_checks_say_both_values_and_why_they_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CATALOGUE, "tc.lag", ("profiles lag {cycles_n} cycles", "滞后 {cycles_n} 次"))
    check = CrossCheck("heap_live", "profile", "counters", MIB, 2 * MIB, "explained", "lag", {"cycles_n": 2})
    again = replace(check, other="gctrace", figures={"cycles_n": 2})
    lines = story.check_lines([replace(one().timelines[0], checks=(check, again))], "en")
    assert lines == [
        "live heap: 1.00 MiB (profile), 2.00 MiB (counters): explained. profiles lag 2 cycles.",
        "live heap: 1.00 MiB (profile), 2.00 MiB (gctrace): explained.",
    ]
    assert story.check_lines(one().timelines, "en") == [
        "RSS: 60.0 MiB (proc), 75.0 MiB (cgroup): differ.", "1 comparison agrees: live heap.",
    ]  # fmt: skip
    assert story.check_lines(one().timelines, "zh")[1] == "1 项比较一致：存活堆。"


def test_every_series_and_track_has_a_name() -> None:
    assert {f"tl.series.{name}" for name in SERIES} == {key for key in CATALOGUE if key.startswith("tl.series.")}
    assert {f"tl.track.{name}" for name in TRACKS} == {key for key in CATALOGUE if key.startswith("tl.track.")}
    assert story.series_name("no such\x1b", "en") == "no such\\x1b"
