"""``goxray gc watch`` from end to end: on a Go program that works, ends, is no program; in a terminal and piped."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner

from goxray import api_watch
from goxray.core.errors import UsageError
from goxray.ui.cli.main import main
from tests.harness.counting import Counting, build, running

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "goxray.watch-1.json"
GOXRAY = [sys.executable, "-c", "from goxray.ui.cli.main import main; main(prog_name='goxray')"]
CTRL_C = "\x03"
POLL = "7"
"""Its number on x86-64."""

pytestmark = pytest.mark.xdist_group("watch-busy")


@pytest.fixture
def program() -> Iterator[Counting]:
    with running(build()) as started:
        yield started


def watch(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["gc", "watch", *arguments])
    return result.exit_code, result.output


def test_json_of_a_program_that_works(program: Counting, tmp_path: Path) -> None:
    program.ask("b")
    out = tmp_path / "watch.json"
    status, text = watch(str(program.pid), "--interval", "20ms", "--count", "15", "-o", str(out))
    program.ask("q")
    assert (status, text) == (0, "")
    document = json.loads(out.read_text())
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    told = program.ask("s")
    samples = document["samples"]
    assert len(samples["t_s"]) == 15 and document["ended"] == "asked"
    assert samples["t_s"] == sorted(samples["t_s"])
    assert samples["gc_cycles"][0] <= samples["gc_cycles"][-1] <= told["NumGC"]
    seen = len(document["cycles"]) + document["cycles_lost"]
    assert seen == samples["gc_cycles"][-1] - samples["gc_cycles"][0]
    assert document["cycles_before"] == samples["gc_cycles"][0]
    for cycle in document["cycles"]:
        assert cycle["pause_ms"] * 1e6 == pytest.approx(told["PauseNs"][(cycle["n"] + 255) % 256])
    assert samples["memory_limit"] == [None] * 15
    assert samples["gogc"] == [100] * 15
    assert document["zero"] == "program start"
    assert document["zero_unix_s"] + samples["t_s"][-1] == pytest.approx(os.stat(out).st_mtime, abs=60)


def test_the_library_calls_back_with_each_sample(program: Counting) -> None:
    seen: list[api_watch.Seen] = []
    result = api_watch.watch(str(program.pid), interval=0.002, count=5, on_sample=seen.append)
    assert [one.row["t_s"] for one in seen] == pytest.approx(result.columns["t_s"].tolist())
    assert [one.row["rss"] for one in seen] == result.columns["rss"].tolist()
    (timeline,) = result.timelines
    names = {series.name: series for series in timeline.series}
    assert {"heap_live", "heap_goal", "heap_released", "rss", "gogc", "goroutines"} <= names.keys()
    assert names["rss"].source == "proc" and names["heap_live"].source == "counters"
    assert names["heap_goal"].holds and not names["heap_live"].holds
    assert timeline.zero == "program start" and timeline.process == f"{Path(result.target.exe).name} ({program.pid})"


def test_forced_cycles_become_intervals_on_the_axis(program: Counting) -> None:
    commands = iter("gag")

    def act(_: api_watch.Seen) -> None:
        command = next(commands, None)
        if command is not None:
            program.ask(command)

    result = api_watch.watch(str(program.pid), interval=0.002, count=6, on_sample=act)
    (timeline,) = result.timelines
    whole = [interval for interval in timeline.intervals if interval.name == "cycle"]
    assert [interval.detail["forced"] for interval in whole] == [1, 1]
    assert [cycle.seen for cycle in result.cycles] == ["whole", "whole"]
    for interval in whole:
        inside = [part for part in timeline.intervals if part.detail["n"] == interval.detail["n"] and part != interval]
        assert [part.name for part in inside] == ["sweep termination", "concurrent mark", "mark termination"]
        edges = [interval.start_s, *(part.end_s for part in inside)]
        assert [part.start_s for part in inside] == edges[:-1] and edges[-1] == interval.end_s
        assert edges == sorted(edges)
    marks = [moment.at_s for moment in timeline.moments if moment.name == "mark end"]
    assert marks == [interval.end_s for interval in whole]


def test_a_process_that_ends_is_no_error(program: Counting, tmp_path: Path) -> None:
    taken = 0

    def act(_: api_watch.Seen) -> None:
        nonlocal taken
        taken += 1
        if taken == 3:
            program.process.kill()

    result = api_watch.watch(str(program.pid), interval=0.01, on_sample=act)
    assert result.ended == "process ended"
    assert len(result.phases) >= 3


def test_a_program_that_becomes_another_ends_the_recording(program: Counting) -> None:
    """exec keeps the pid, and here even every address; the runtime begins anew."""
    commands = iter("  x")

    def act(_: api_watch.Seen) -> None:
        if next(commands, " ") == "x":
            program.ask("x")

    result = api_watch.watch(str(program.pid), interval=0.002, count=50, on_sample=act)
    assert (result.ended, len(result.phases)) == ("process ended", 3)
    assert all(np.diff(result.columns["gc_cycles"]) >= 0)


def test_page_tables_are_left_alone_on_request(program: Counting) -> None:
    walked = api_watch.watch(str(program.pid), interval=0.002, count=2)
    left = api_watch.watch(str(program.pid), interval=0.002, count=2, smaps=False)
    assert (walked.cost.smaps_reads, left.cost.smaps_reads, left.notes) == (1, 0, [])
    assert walked.columns["smaps_rss"][0] > 0 and np.isnan(left.columns["smaps_rss"]).all()


def sleeps_between_samples(pid: int) -> bool:
    """Whether it has the target's status open and waits in poll(2): the loop is on."""
    with suppress(OSError):
        opened = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
        waits = Path(f"/proc/{pid}/syscall").read_text().split()[0] == POLL
        return waits and any(path.endswith("/status") for path in opened)
    return False


def ended_by(program: Counting, number: int) -> tuple[int, str, str]:
    """Watch with no end in sight and send a signal once the loop is on; exit status and streams."""
    process = subprocess.Popen(
        [*GOXRAY, "gc", "watch", str(program.pid), "--interval", "20ms"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not sleeps_between_samples(process.pid):
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
def test_signals_end_the_recording_with_its_report(program: Counting, number: int) -> None:
    status, out, err = ended_by(program, number)
    assert (status, err) == (0, "")
    assert f"pid {program.pid}" in out and "Stopped by Ctrl-C; the process runs on." in out
    assert program.ask("s")["NumGC"] > 0


def in_terminal(pid: int, keys: str, columns: int, rows: int, env: Mapping[str, str]) -> tuple[int, str]:
    """Run it in a terminal of a size, press keys once the chart shows; exit status and everything that was drawn."""
    child, master = pty.fork()
    if child == 0:
        os.execve(sys.executable, [*GOXRAY, "gc", "watch", str(pid), "--interval", "10ms"], {**os.environ, **env})
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    drawn, pressed = "", False
    while True:
        assert select.select([master], [], [], 60)[0], drawn
        try:
            piece = os.read(master, 1 << 16)
        except OSError:
            break
        if not piece:
            break
        drawn += piece.decode("utf-8", "replace")
        if not pressed and drawn.count("Ctrl-C stops watching") >= 3:
            pressed = True
            if keys:
                os.write(master, keys.encode())
            else:
                os.kill(pid, signal.SIGKILL)
    os.close(master)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), drawn


@pytest.mark.parametrize(("columns", "rows"), [(100, 40), (40, 12)], ids=["wide", "narrow"])
def test_the_live_chart_gives_way_to_the_report(program: Counting, columns: int, rows: int) -> None:
    env = {"TERM": "xterm-256color", "NO_COLOR": "1", "GOXRAY_LANG": "en"}
    env.update({"COLUMNS": "", "LINES": ""})
    status, drawn = in_terminal(program.pid, CTRL_C, columns, rows, env)
    assert status == 0
    before, _, after = drawn.partition("Stopped by Ctrl-C")
    assert "heap live" in before and "RSS" in before and "Figures" not in before
    assert "Figures" in after
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h") == 1
    assert "\x1b[3" not in drawn and "\x1b[1;3" not in drawn


def test_the_live_chart_ends_with_the_process(program: Counting) -> None:
    status, drawn = in_terminal(program.pid, "", 80, 30, {"TERM": "xterm", "GOXRAY_LANG": "en"})
    assert status == 0
    assert "The process ended." in drawn
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h") == 1


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["4194303"], 3, "there is no process 4194303"),
        (["no-such-thing"], 2, "neither a pid nor a file"),
        ([__file__], 2, "only a running process has counters to watch"),
        (["1", "--interval", "fast"], 2, "is no length of time"),
        (["1", "--interval", "10us"], 2, "an interval is at least 1ms"),
        (["1", "--for", "0s"], 2, "are above 0"),
        (["1", "--count", "0"], 2, "--count"),
    ],
)
def test_bad_input_is_one_clear_line(arguments: list[str], status: int, says: str) -> None:
    done = subprocess.run([*GOXRAY, "gc", "watch", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == status
    assert says in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == "" and len(done.stderr.splitlines()) <= 2


def test_a_program_that_is_not_go() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        try:
            done = subprocess.run(
                [*GOXRAY, "gc", "watch", str(process.pid)], capture_output=True, text=True, timeout=60
            )
        finally:
            process.kill()
    assert done.returncode == 3
    assert "not a Go program" in done.stderr or "no Go" in done.stderr


def test_arguments_of_the_library_are_checked() -> None:
    wrong: list[dict[str, Any]] = [{"interval": 0.0}, {"interval": float("nan")}, {"duration": -1.0}, {"count": 0}]
    for arguments in wrong:
        with pytest.raises(UsageError):
            api_watch.watch("1", **arguments)
