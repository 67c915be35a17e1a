"""The sentences that all timeline commands share: figures, findings, cross-checks."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from timeline_samples import MIB, one, two

from goxray.core.timeline_result import SERIES, TRACKS, CrossCheck, TimelineFinding
from goxray.render import timeline_story as story
from goxray.render.timeline_notes import KNOWN, notes_of
from goxray.render.words import CATALOGUE
from goxray.render.words_timeline import TIMELINE_WORDS


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


@pytest.mark.parametrize(
    ("note", "zh"),
    [
        ("line 7 is set aside: no JSON", "第 7 行未予采用：no JSON"),
        ("the counters begin again 1 times: the dump is of 2 processes", "计数器重新开始了 1 次：该转储来自 2 个进程"),
        (
            "the last 1,204 bytes, from byte 80 on, cannot be read: a \x1b",
            "自第 80 字节起的最后 1,204 字节无法读取：a \\x1b",
        ),
        ("gt.note.axis", CATALOGUE["gt.note.axis"][1]),
        ("something new\x1b", "something new\\x1b"),
    ],
)
def test_notes_of_sources_are_told_in_the_reader_s_language(note: str, zh: str) -> None:
    timeline = replace(one().timelines[0], notes=(note,))
    assert notes_of(timeline, "zh") == [zh]
    english = CATALOGUE[note][0] if note in CATALOGUE else note.replace("\x1b", "\\x1b")
    assert notes_of(timeline, "en") == [english]


def test_every_known_note_comes_from_a_reader() -> None:
    """The patterns fit the words that stand in the readers: a note that was reworded there is noticed here."""
    rooms = Path(__file__).parents[2] / "src" / "goxray" / "timeline"
    source = "\n".join(path.read_text() for room in ("metrics", "exectrace") for path in (rooms / room).rglob("*.py"))
    source += (rooms / "stored.py").read_text()
    plain = re.sub(r"\{[^{}]*\}", "#", source)
    for pattern, key in KNOWN:
        words = re.sub(r"\(\?P<\w+>[^)]*\)", "#", pattern.pattern)
        fixed = max(words.split("#"), key=len).strip()
        assert fixed in plain, (key, fixed)


def test_no_words_of_the_timeline_are_left_over() -> None:
    """Each key stands in the code, by itself or as what an f-string begins with."""
    root = Path(__file__).parents[2] / "src" / "goxray"
    code = "\n".join(path.read_text() for path in root.rglob("*.py") if path.name != "words_timeline.py")
    for key in TIMELINE_WORDS:
        stem = re.sub(r"\.(once|same|one)$", "", key)
        head = stem.rpartition(".")[0]
        assert f'"{stem}"' in code or f"'{stem}'" in code or f"{head}.{{" in code, key
