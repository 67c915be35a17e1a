"""Lines one by one: each form of each version with values worked out by hand, and what is set aside and why."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from goxray import api_gc
from goxray.core.errors import UsageError
from goxray.core.gctrace_result import NO_GOAL_MB, GcTraceResult
from goxray.timeline.gctrace import blocks, odd, processes, reader, shapes
from goxray.timeline.gctrace.notices import read_pacer, read_scavenge

NEW = (
    b"gc 7 @1.250s 3%: 0.011+2.4+0.25 ms clock, 0.045+0.50/1.9/4.0+1.0 ms cpu, 9->10->6 MB, 11 MB goal, "
    b"1 MB stacks, 0 MB globals, 4 P"
)
NEXT = NEW.replace(b"gc 7 @1.250s", b"gc 8 @2.000s")
AFTER = NEW.replace(b"gc 7 @1.250s", b"gc 9 @2.500s")


def _read(log: bytes) -> GcTraceResult:
    return api_gc.gc_read(io.BytesIO(log))


def _cycle(line: bytes) -> dict[str, Any]:
    result = _read(line + b"\n")
    assert not result.set_aside
    [cycle] = result.cycles()
    return cycle


def _aside(log: bytes) -> list[tuple[int, str]]:
    return [(one.line, one.why) for one in _read(log).set_aside]


def test_go_1_18_and_later() -> None:
    assert _cycle(NEW) == {
        "n": 7, "t_s": 1.25, "cpu_percent": 3, "clock_ms": [0.011, 2.4, 0.25], "cpu_ms": [0.045, 0.5, 1.9, 4.0, 1.0],
        "heap_start_mb": 9, "heap_end_mb": 10, "heap_live_mb": 6, "goal_mb": 11, "stacks_mb": 1, "globals_mb": 0,
        "procs": 4, "forced": False, "line": 1, "process": 1, "scan_clock_ms": None, "sync_clock_ms": None,
        "scan_cpu_ms": None, "sync_cpu_ms": None, "leak_check": False,
    }  # fmt: skip


def test_goroutine_leaks_are_looked_for_from_go_1_26_on() -> None:
    cycle = _cycle(NEW.replace(b"3%: ", b"3% (checking for goroutine leaks): ") + b" (forced)")
    assert (cycle["leak_check"], cycle["forced"], cycle["cpu_percent"]) == (True, True, 3)


def test_gogc_off_has_no_goal() -> None:
    result = _read(NEW.replace(b"11 MB goal", b"17592186044415 MB goal") + b"\n")
    assert [cycle["goal_mb"] for cycle in result.cycles()] == [NO_GOAL_MB]
    assert result.processes[0].goal_mb is None
    assert "heap_goal" not in {series.name for series in result.timelines[0].series}


@pytest.mark.parametrize(
    "text",
    [
        NEW + b"\r\n",
        b"\xef\xbb\xbf" + NEW + b"\n",
        b"\x1b[2m" + NEW + b"\x1b[0m\n",
        b"progress 40%\rprogress 50%\r" + NEW + b"\n",
        b"\xfe\xfd\x80" + NEW + b"\n",
        json.dumps({"log": NEW.decode() + "\n", "stream": "stderr", "time": "2026-11-21T18:00:00Z"}).encode() + b"\n",
        json.dumps({"MESSAGE": NEW.decode(), "_PID": "7"}).encode() + b"\n",
        b"2026-11-21T18:00:00.000000000Z stderr F " + NEW + b"\n",
        b"Nov 21 18:00:00 host service[812]: " + NEW + b"\n",
        ("\ufeff" + NEW.decode() + "\r\n").encode("utf-16-le"),
        ("\ufeff" + NEW.decode() + "\r\n").encode("utf-16-be"),
        gzip.compress(NEW + b"\n"),
        gzip.compress(NEW[:50]) + gzip.compress(NEW[50:] + b"\n"),
    ],
    ids=[
        "crlf", "bom", "colours", "carriage-returns", "no-utf-8", "docker", "journald-json", "cri", "journald",
        "utf-16", "utf-16-be", "gzip", "gzip-members",
    ],
)  # fmt: skip
def test_a_line_in_any_dress(text: bytes) -> None:
    result = _read(text)
    assert not result.set_aside
    assert [cycle["n"] for cycle in result.cycles()] == [7]
    assert not next(iter(result.cycles()))["forced"]


def test_what_a_log_that_ends_there_leaves_open() -> None:
    """Behind P the runtime may still write (forced)."""
    assert [cycle["forced"] for cycle in _read(NEW).cycles()] == [None]
    assert [cycle["forced"] for cycle in _read(NEW + b" (forced)").cycles()] == [True]
    assert _aside(NEW + b" (for") == [(1, odd.TORN)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"0.011+", b"0.11+"),  # 4 processors' time of it is 0.045
        (b"+0.25 ms clock", b"+0.025 ms clock"),
        (b"+1.0 ms cpu", b"+1.3 ms cpu"),  # 5.2 processors, of which there are 4
        (b", 4 P", b", 3 P"),
    ],
    ids=["sweep", "mark", "cpu", "procs"],
)
def test_times_that_do_not_belong_together(old: bytes, new: bytes) -> None:
    assert _aside(NEW.replace(old, new) + b"\n") == [(1, shapes.TIMES)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"0.011+", b"0.0110+"), (b"0.011+", b"0.01+"), (b"0.011+", b".011+"), (b"2.4+", b"2+"), (b"2.4+", b"2.40+"),
        (b"2.4+", b"12.4+"), (b"1.250s", b"1.25s"), (b"1.250s", b"01.250s"), (b"gc 7", b"gc 07"), (b"9->", b"09->"),
        (b" MB goal", b" MiB goal"), (b"0.50/", b"0.50+"), (b"@1", b"@-1"), (b"3%", b"-3%"), (b"4 P", b"0 P"),
        (b"9->10->6", b"9->10"), (b"1 MB stacks, ", b""),
    ],
)  # fmt: skip
def test_what_the_runtime_does_not_print(old: bytes, new: bytes) -> None:
    headless = new in (b"gc 07", b"@-1")  # what is left of it does not say that it is a beginning
    assert _aside(NEW.replace(old, new) + b"\n") == [(1, odd.PIECE if headless else odd.TORN)]


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"9->", b"17592186044415->"), (b"2.4+", b"18446744073709+"), (b"11 MB goal", b"17592186044414 MB goal")],
)
def test_figures_below_zero_are_not_read(old: bytes, new: bytes) -> None:
    assert _aside(NEW.replace(old, new) + b"\n") == [(1, shapes.WRAPPED)]


def test_a_line_cut_in_two_is_put_together_where_one_way_alone_is_left() -> None:
    at = NEXT.index(b"3%")
    for talk in (b"hello\n", b"2026/11/21 18:00:00 hello\n", b"\n", b"a\nb\nc\n"):
        log = NEW + b"\n" + NEXT[:at] + talk + NEXT[at:] + b"\n" + AFTER + b"\n"
        result = _read(log)
        assert [cycle["n"] for cycle in result.cycles()] == [7, 8, 9]
        assert list(result.cycles())[1] == {**_cycle(NEXT), "line": 2}
        assert not result.set_aside


def test_a_line_cut_in_two_is_set_aside_where_two_ways_are_left() -> None:
    """9->10 and `1 file`, or 9->101 and ` file`: both are what a runtime prints."""
    at = NEXT.index(b"->6 MB")
    log = NEW + b"\n" + NEXT[:at] + b"1 file\n" + NEXT[at:] + b"\n" + AFTER + b"\n"
    assert [cycle["n"] for cycle in _read(log).cycles()] == [7, 9]
    assert _aside(log) == [(2, odd.TORN), (3, odd.PIECE)]


def test_what_the_lines_around_begin_with_tells_two_ways_apart() -> None:
    """9->10 and a date, not 9->102 and the rest of one: the program's other lines begin with that date."""
    at = NEXT.index(b"->6 MB")
    talk = b"2026/11/21 18:00:00 served\n"
    for around in (talk, b"2026/11/21 17:59:59 late\n"):
        log = NEW + b"\n" + NEXT[:at] + talk + NEXT[at:] + b"\n" + around + AFTER + b"\n"
        assert [cycle["heap_end_mb"] for cycle in _read(log).cycles()] == [10, 10, 10]
    for around in (b"", b"026/11/21 18:00:00 odd\n" + talk, b"2026 items\n"):
        log = NEW + b"\n" + NEXT[:at] + talk + NEXT[at:] + b"\n" + around + AFTER + b"\n"
        assert [cycle["n"] for cycle in _read(log).cycles()] == [7, 9]


def test_no_number_is_made_of_two_pieces() -> None:
    """gc 1 and 2 apples are not gc 12, whatever follows."""
    log = b"gc 12 apples\n" + NEW[4:] + b"\n"
    assert not len(_read(log).rows)
    assert _aside(log) == [(2, odd.PIECE)]


def test_the_end_of_a_cut_line_says_whether_it_was_forced() -> None:
    log = NEW + b"\n" + NEXT + b"hello\n (forced)\n" + AFTER + b"served\n\n"
    assert [(cycle["n"], cycle["forced"]) for cycle in _read(log).cycles()] == [(7, False), (8, True), (9, False)]


def test_an_end_on_a_line_of_its_own_belongs_to_the_cycle_before_it() -> None:
    other = NEW.replace(b"gc 7 @1", b"gc 41 @9")
    for between in (b"\n", b"\nserved\n"):
        log = NEW + b"\n" + NEXT + between + b" (forced)\n" + AFTER + b"\n"
        found = [(cycle["n"], cycle["forced"]) for cycle in _read(log).cycles()]
        assert found == [(7, False), (8, True), (9, False)]
        log = NEW + b"\n" + other + between + b" (forced)\n"
        assert _aside(log) == [(1, odd.MIXED), (2, odd.MIXED)]  # of two processes: it may be either's
    for talk in (b"restart (forced)\n", b"scav 1 KiB work, 2 KiB total, 3% util (forced)\n"):
        assert [cycle["forced"] for cycle in _read(NEXT + b"\n" + talk + AFTER + b"\n").cycles()] == [False, False]


def test_lines_of_two_processes_in_one_another_are_set_aside() -> None:
    """gc 7 of one, gc 8 of the other: whose the rest is cannot be said."""
    log = b"gc 41 @9.000s " + NEW + b"\n" + b"5%: " + NEXT.partition(b"%: ")[2] + b"\n"
    assert not len(_read(log).rows)
    assert _aside(log) == [(1, odd.MIXED), (2, odd.PIECE)]


def test_a_cycle_between_the_pieces_of_another_line_is_set_aside() -> None:
    """The other process may have written its first pieces there, and this one's rest: both fit both."""
    at = NEW.index(b"3%")
    log = NEW[:at] + b"hello\n" + NEXT + b"\n" + NEW[at:].replace(b"4 P", b"9 P extra") + b"\n"
    assert not len(_read(log).rows)
    assert _aside(log) == [(1, odd.TORN), (2, odd.MIXED), (3, odd.PIECE)]


def test_a_number_that_does_not_fit_is_set_aside() -> None:
    log = b"\n".join(
        NEW.replace(b"gc 7 @1.250s", b"gc %d @%d.000s" % (n, at)) for n, at in ((1, 1), (2, 2), (33, 3), (4, 4), (5, 5))
    )
    assert [cycle["n"] for cycle in _read(log + b"\n").cycles()] == [1, 2, 4, 5]
    assert _aside(log + b"\n") == [(3, processes.ORDER)]


def test_a_line_that_comes_twice_counts_once() -> None:
    log = NEW + b"\n" + NEW + b"\n" + NEXT + b"\n" + NEXT + b"\n"
    assert [cycle["n"] for cycle in _read(log).cycles()] == [7, 8]
    assert _aside(log) == [(2, processes.REPEATED), (4, processes.REPEATED)]


def test_go_1_4_is_named() -> None:
    log = b"gc1(1): 1+0+86+2 us, 0 -> 0 MB, 21 (21-0) objects, 2 goroutines, 15/0/0 sweeps, 0(0) handoff\n"
    assert _aside(log) == [(1, odd.OLD)]


def test_other_output_is_not_set_aside() -> None:
    log = b"gc 12 apples\ngcc 1.2\nthe gc 4 you\nscvg is a word\nscav too\npacer: on\nGC forced by me\nMB goal, 4 P\n"
    result = _read(log)
    assert (result.lines, result.set_aside, len(result.rows)) == (8, (), 0)


def test_a_line_of_more_than_a_mebibyte(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its end is read, its beginning is not kept; lines keep their numbers."""
    monkeypatch.setattr(blocks, "LONGEST", 20_000)
    log = NEW + b"\n" + b"x" * 60_000 + b" " + NEXT + b"\n" + AFTER + b"\n" + NEW[:30] + b"y" * 50_000 + b"\n"
    read = reader.read(io.BytesIO(log), block=8192)
    assert [(row[0], row[24]) for row in read.rows.tolist()] == [(7, 1), (8, 2), (9, 3)]
    assert [(one.line, one.why) for one in read.set_aside] == [(4, odd.LONG)]
    assert read.lines == 4


def test_a_damaged_gzip_file_is_read_as_far_as_it_goes() -> None:
    lines = b"".join(NEW.replace(b"gc 7 @1", b"gc %d @%d" % (n, n)) + b"\n" for n in range(1, 2000))
    packed = gzip.compress(lines)
    result = _read(packed[: len(packed) // 2])
    assert 100 < len(result.rows) < 1999
    assert result.notes and "ends early" in result.notes[0]
    with pytest.raises(UsageError, match="not a gzip file"):
        _read(b"\x1f\x8bnothing of it")


def test_how_far_a_file_is_read(tmp_path: Path) -> None:
    place = tmp_path / "gc.log"
    place.write_bytes(b"".join(NEW.replace(b"gc 7 @1", b"gc %d @%d" % (n, n)) + b"\n" for n in range(1, 500)))
    told: list[float] = []
    with open(place, "rb") as log:
        read = reader.read(log, block=10_000, on_block=lambda: api_gc._tell(lambda _, share: told.append(share), log))
    assert len(read.rows) == 499
    assert len(told) > 5
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert api_gc.gc_read(io.BytesIO(NEW), progress=lambda _, share: told.append(-share)).lines == 1
    assert told[-1] == 1.0  # a stream that is no file has no size


def test_nothing_at_all() -> None:
    result = _read(b"")
    assert (result.lines, result.bytes, len(result.rows), result.processes, result.timelines) == (0, 0, 0, (), ())


SCAVENGES = [
    ("scvg0: inuse: 3, idle: 1, sys: 5, released: 2, consumed: 3 (MB)", "scvg", False, False,
     {"number": 0, "inuse_mb": 3, "idle_mb": 1, "sys_mb": 5, "released_total_mb": 2, "consumed_mb": 3}),
    ("scvg12: 4 MB released", "scvg", False, False, {"number": 12, "released_mb": 4}),
    ("scvg-1: 4 MB released", "scvg", True, False, {"number": -1, "released_mb": 4}),
    ("scvg: 0 MB released", "scvg", False, False, {"released_mb": 0}),
    ("forced scvg: 24 MB released", "scvg", True, False, {"released_mb": 24}),
    ("forced scvg: inuse: 1, idle: 62, sys: 63, released: 62, consumed: 1 (MB)", "scvg", True, False,
     {"inuse_mb": 1, "idle_mb": 62, "sys_mb": 63, "released_total_mb": 62, "consumed_mb": 1}),
    ("scav 19744 KiB work, 63896 KiB total, 99% util (forced)", "scav", True, False,
     {"work_kib": 19744, "total_kib": 63896, "util_percent": 99}),
    ("scav 8 0 KiB work, 44048 KiB total, 6% util", "scav", False, False,
     {"number": 8, "work_kib": 0, "total_kib": 44048, "util_percent": 6}),
    ("scav 8 1 KiB work, 4 KiB total, 6% util [controller reset]", "scav", False, True,
     {"number": 8, "work_kib": 1, "total_kib": 4, "util_percent": 6}),
    ("scav 2088 KiB work (bg), 192 KiB work (eager), 3152 KiB now, 62% util", "scav", False, False,
     {"work_kib": 2088, "eager_kib": 192, "total_kib": 3152, "util_percent": 62}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "forced", "reset", "figures"), SCAVENGES, ids=range(len(SCAVENGES)))
def test_scavenger_lines(text: str, kind: str, forced: bool, reset: bool, figures: dict[str, int]) -> None:
    one = read_scavenge(text, 3)
    assert one is not None
    assert (one.line, one.kind, one.forced, one.controller_reset, one.figures) == (3, kind, forced, reset, figures)
    result = _read(b"web-1 | " + text.encode() + b"\r\n")
    assert [found.figures for found in result.scavenges] == [figures]


@pytest.mark.parametrize(
    "text",
    [
        "scvg0: inuse: 3, idle: 1, sys: 5, released: 2, consumed: 5 (MB)",  # 5 - 2 is 3
        "scvg0: inuse: 3, idle: 1, sys: 5, released: 2",
        "scvg0: 04 MB released",
        "scav 8 8 0 KiB work, 44048 KiB total, 6% util",
        "scav 8 KiB work (bg), 8 KiB total, 6% util",
        "scav 8 0 KiB work, 44048 KiB total, 6% util (forced) [controller reset]",
        "pacer: assist ratio=+1.5e+000 (scan 0 MB in 4->5 MB) workers=0",
        "pacer: assist ratio=0.5 (scan 0 MB in 14->22 MB) workers=0+1[controller reset]",
        "pacer: 25% CPU (25 exp.) for 1+2 B work (3 B exp.) in 1 B -> 2 B (∆goal 1, cons/mark +1.000000e+000)",
    ],
)
def test_torn_notices_are_set_aside(text: str) -> None:
    assert _aside(text.encode() + b"\n") == [(1, odd.TORN)]


PACER = [
    ("pacer: assist ratio=+4.363680e-003 (scan 0 MB in 14->22 MB) workers=0+1", "assist", False,
     {"assist_ratio": 0.00436368, "scan_mb": 0, "heap_mb": 14, "goal_mb": 22, "dedicated": 0, "fractional": 1}),
    ("pacer: assist ratio=+4.363680e-003 (scan 0 MB in 14->22 MB) workers=0++2.500000e-001", "assist", False,
     {"assist_ratio": 0.00436368, "scan_mb": 0, "heap_mb": 14, "goal_mb": 22, "dedicated": 0, "fractional": 0.25}),
    ("pacer: assist ratio=2.432281494140625 (scan 0 MB in 4->4 MB) workers=0+0.25", "assist", False,
     {"assist_ratio": 2.432281494140625, "scan_mb": 0, "heap_mb": 4, "goal_mb": 4, "dedicated": 0, "fractional": 0.25}),
    ("pacer: H_m_prev=2236962 h_t=+8.750000e-001 H_T=4194304 h_a=+1.039795e+000 H_a=4562944 h_g=+1.508545e+000 "
     "H_g=5611520 u_a=+2.500000e-001 u_g=+3.000000e-001 W_a=33592 goalΔ=+6.335451e-001 actualΔ=-1.647950e-001 "
     "u_a/u_g=+8.333333e-001", "cycle", False,
     {"H_m_prev": 2236962, "h_t": 0.875, "H_T": 4194304, "h_a": 1.039795, "H_a": 4562944, "h_g": 1.508545,
      "H_g": 5611520, "u_a": 0.25, "u_g": 0.3, "W_a": 33592, "goal_delta": 0.6335451, "actual_delta": -0.164795,
      "u_ratio": 0.8333333}),
    ("pacer: 41% CPU (25 exp.) for 46960+7744+224304 B work (279344 B exp.) in 20810952 B -> 21027728 B "
     "(∆goal -288256, cons/mark +4.937355e-001)[controller reset]", "cost", True,
     {"cpu_percent": 41, "cpu_expected": 25, "heap_work": 46960, "stack_work": 7744, "globals_work": 224304,
      "work_expected": 279344, "trigger": 20810952, "live": 21027728, "goal_delta": -288256, "cons_mark": 0.4937355}),
    ("pacer: sweep done at heap size 12MB; allocated 1MB during sweep; swept 2591 pages at +2.828002e-004 pages/byte",
     "sweep", False, {"heap_mb": 12, "allocated_mb": 1, "pages": 2591, "pages_per_byte": 0.0002828002}),
    ("pacer: sweep done at heap size 29MB; allocated 0MB of spans; swept 3752 pages at 1.5e-05 pages/byte",
     "sweep", False, {"heap_mb": 29, "spans_mb": 0, "pages": 3752, "pages_per_byte": 1.5e-05}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "reset", "figures"), PACER, ids=range(len(PACER)))
def test_pacer_lines(text: str, kind: str, reset: bool, figures: dict[str, float]) -> None:
    one = read_pacer(text, 5)
    assert one is not None
    assert (one.line, one.kind, one.controller_reset, one.figures) == (5, kind, reset, figures)
    assert [found.figures for found in _read(text.encode() + b"\n").pacer] == [figures]


def test_a_restarted_program_began_at_another_time() -> None:
    first, again = (NEW.replace(b"gc 7 @1.250s", b"gc 1 @%d.000s" % at) for at in (5, 1))
    log = b"2026-11-21T18:00:05Z " + first + b"\n2026-11-21T18:09:01Z " + again + b"\n"
    one, other = _read(log).processes
    assert (one.restart_of, other.restart_of) == (None, 1)
    assert one.zero_unix_s is not None
    assert other.zero_unix_s is None


@pytest.mark.parametrize(
    ("prefix", "name", "clock"),
    [
        (b"", "", None),
        (b"web-1  | ", "web-1", None),
        (b"2026-11-21T18:00:02.500000000Z stderr F ", "stderr F", 1795284002.5),
        (b"2026-11-21 19:00:02,500+01:00 ", "", 1795284002.5),
        (b"2026-11-21 18:00:02 ", "", None),
        (b"Nov 21 18:00:02 host app[812]: ", "host app[812]", None),
        (b"\x1b[36mweb-1 | \x1b[0m", "web-1", None),
        (b"2026-13-41T18:00:02Z ", "", None),
    ],
)
def test_what_stands_before_a_line(prefix: bytes, name: str, clock: float | None) -> None:
    """The cycle began 1.25 s after the start and took 2.661 ms: so long before the time of its line the start lies."""
    [process] = _read(prefix + NEW + b"\n").processes
    assert process.name == name
    assert process.zero_unix_s == (None if clock is None else pytest.approx(clock - 1.252661, abs=1e-6))


def test_text_that_a_program_left_on_the_line_is_no_name() -> None:
    """A program that prints dots: some of its cycles stand behind one."""
    for dots in (b".", b". ", b"@1"):
        log = b"".join(
            (dots if n % 3 == 1 else b"") + NEW.replace(b"gc 7 @1.250s", b"gc %d @%d.000s" % (n, n)) + b"\n"
            for n in range(1, 40)
        )
        [process] = _read(log).processes
        assert (process.cycles, process.missing, process.name) == (39, 0, "")


def test_a_process_does_not_go_on_under_another_name() -> None:
    """web-2 begins when web-1 has ended, with a greater number: it is another one all the same."""
    cycles = ((b"web-1", 1), (b"web-1", 2), (b"web-1", 3), (b"web-2", 500), (b"web-2", 501), (b"web-2", 502))
    log = b"".join(
        name + b" | " + NEW.replace(b"gc 7 @1.250s", b"gc %d @%d.000s" % (n, n)) + b"\n" for name, n in cycles
    )
    assert [(one.name, one.cycles, one.missing) for one in _read(log).processes] == [("web-1", 3, 0), ("web-2", 3, 0)]


def test_many_named_processes_side_by_side() -> None:
    """A cluster's log: more of them than can be followed at once without their names."""
    log = b"".join(
        b"pod-%d | " % pod + NEW.replace(b"gc 7 @1.250s", b"gc %d @%d.000s" % (n, n)) + b"\n"
        for n in range(1, 5)
        for pod in range(700)
    )
    processes = _read(log).processes
    assert [(one.name, one.cycles) for one in processes] == [(f"pod-{pod}", 4) for pod in range(700)]
