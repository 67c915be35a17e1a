"""``goxray gc run``: what seven Go versions print is what their programs measured; the command never notices."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from goxray import api_gc
from goxray.core.errors import UsageError
from goxray.timeline.gctrace.run import CommandNotFound, merged
from tests.harness import programs
from tests.harness.gctrace_truth import compare, compare_forced, compare_times, truths
from tests.harness.variants import BASELINES, Variant

RUN = [sys.executable, "-m", "goxray", "gc", "run"]
PATIENCE = 60.0
NEWEST = BASELINES[-1]


def _program(variant: Variant) -> str:
    return str(programs.build("gctrace", programs.Build(variant)))


def _environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("GODEBUG", "GOGC", "GOMEMLIMIT")}
    return kept | {"COLUMNS": "200", "NO_COLOR": "1"} | more


def _run(*words: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*RUN, *words], capture_output=True, timeout=PATIENCE, env=_environment(**more))


@pytest.mark.parametrize(
    "variant", [pytest.param(one, id=str(one), marks=pytest.mark.xdist_group(str(one))) for one in BASELINES]
)
def test_each_version_prints_what_its_program_measured(variant: Variant, tmp_path: Path) -> None:
    report = tmp_path / "gc.json"
    # gctrace=1 alone: with scavtrace=1 and gcpacertrace=1 both beside it the runtime may lock up by itself (seen with
    # 1.23 in any pipe). The corpus has the other lines.
    done = _run("-o", str(report), "--", _program(variant), "-free")
    assert done.returncode == 0, done.stderr
    told, total = truths(done.stdout.decode())
    document = json.loads(report.read_text())
    cycles = document["cycles"]
    assert document["set_aside_total"] == 0
    assert [cycle["n"] for cycle in cycles] == list(range(1, total["num_gc"] + 1))
    compare_forced(cycles, total)
    for truth in told:
        assert truth["metrics"]
        compare(cycles[truth["n"] - 1], truth)
    compare_times(cycles, told)
    assert len(document["processes"]) == 1
    assert document["exit_code"] == 0
    _passed_on(done.stderr, document)


def _passed_on(stderr: bytes, document: dict[str, list[dict[str, int]]]) -> None:
    """Every line that was read stands in standard error under its number, and nothing else is there."""
    lines = stderr.decode().split("\n")
    assert [cycle["line"] for cycle in document["cycles"]] == list(range(1, len(lines)))
    assert all(line.startswith("gc ") for line in lines[:-1])


@pytest.mark.xdist_group(str(NEWEST))
def test_the_report_comes_behind_what_the_command_said() -> None:
    done = _run("--", _program(NEWEST), "-exit", "7", "-cycles", "3")
    assert done.returncode == 7
    told, total = truths(done.stdout.decode())
    assert len(told) == 3
    said = done.stderr.decode()
    trace, _, report = said.partition("goxray gc run")
    assert len(re.findall(r"^gc \d+ @", trace, re.M)) == total["num_gc"]
    assert f"{total['num_gc']} collections in " in report


@pytest.mark.xdist_group(str(NEWEST))
def test_a_torn_log_is_read_right_while_it_is_written() -> None:
    """Two goroutines write without a rest: what is read is what the program measured."""
    command = [_program(NEWEST), "-talk", "2", "-cycles", "4", "-alone", "6"]
    script = (
        "import sys, json; from goxray import api_gc; r = api_gc.gc_run(sys.argv[1:]);"
        "print(json.dumps([list(r.cycles()), r.set_aside_total, len(r.processes)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *command], capture_output=True, timeout=PATIENCE, env=_environment()
    )
    *printed, result = done.stdout.decode().splitlines()
    cycles, aside, processes = json.loads(result)
    told, total = truths("\n".join(printed))
    found = {cycle["n"]: cycle for cycle in cycles}
    assert set(found) <= set(range(1, total["num_gc"] + 1))
    assert len(found) == total["num_gc"] or aside
    assert processes <= 1
    for truth in told:
        if truth["n"] in found:
            compare(found[truth["n"]], truth)


SAYS = "import os, sys; os.write(2, bytes(range(256)) * 300); os.write(1, b'out'); sys.exit(%s)"


def test_bytes_pass_through_as_they_are() -> None:
    done = _run("--", sys.executable, "-c", SAYS % 3)
    assert done.returncode == 3
    assert done.stdout == b"out"
    assert done.stderr.startswith(bytes(range(256)) * 300 + b"goxray gc run")
    assert b"printed no gctrace line" in done.stderr


def test_standard_input_is_the_commands(tmp_path: Path) -> None:
    done = subprocess.run(
        [*RUN, "-o", str(tmp_path / "gc.json"), "--", "cat"],
        input=b"to the command\0",
        capture_output=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"to the command\0", b"")


def test_json_goes_behind_the_commands_output() -> None:
    done = _run("--format", "json", "--", "echo", "first")
    first, _, document = done.stdout.partition(b"\n")
    assert first == b"first"
    assert json.loads(document)["command"] == ["echo", "first"]


@pytest.mark.parametrize(
    ("words", "status"),
    [(["kill", "-KILL"], 128 + 9), (["kill", "-TERM"], 128 + 15), (["exit"], 0)],
    ids=["kill", "term", "exit"],
)
def test_the_exit_code_is_the_commands(words: Sequence[str], status: int) -> None:
    target = "$$" if words[0] == "kill" else str(status)
    assert _run("--", "sh", "-c", " ".join([*words, target])).returncode == status


def test_what_cannot_be_run(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("no program")
    for command, status in (("no-such-command-anywhere", 127), (str(plain), 126), (str(tmp_path), 126)):
        done = _run("--", command)
        assert done.returncode == status
        assert len(done.stderr.splitlines()) == 2
    assert _run().returncode == 2
    with pytest.raises(CommandNotFound):
        api_gc.gc_run(["no-such-command-anywhere"])


def test_the_report_has_its_place_before_the_command_runs(tmp_path: Path) -> None:
    done = _run("-o", str(tmp_path / "no" / "such.json"), "--", "touch", str(tmp_path / "ran"))
    assert done.returncode == 2
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("present", "wanted", "value"),
    [
        ("", [], "gctrace=1"),
        ("madvdontneed=1,http2debug=1", [], "madvdontneed=1,http2debug=1,gctrace=1"),
        ("gctrace=2,x=1", [], "gctrace=2,x=1"),
        ("gctrace=0,x=1", [], "gctrace=1,x=1"),
        ("x=1", ["scavtrace=1,x=2", "y=3"], "x=2,gctrace=1,scavtrace=1,y=3"),
    ],
)
def test_godebug_is_kept(present: str, wanted: Sequence[str], value: str) -> None:
    assert merged(present, wanted) == value
    done = _run(*(f"--go-debug={one}" for one in wanted), "--", "sh", "-c", 'echo "$GODEBUG"', GODEBUG=present)
    assert done.stdout.decode() == value + "\n"


def test_a_setting_that_is_none() -> None:
    assert _run("--go-debug", "scavtrace", "--", "true").returncode == 2
    with pytest.raises(UsageError):
        merged("", ["=1"])


def test_children_of_the_command_keep_their_standard_error(tmp_path: Path) -> None:
    """The command ends and leaves a child behind, which says something later: it can, and nobody waits for it."""
    done, go = tmp_path / "done", tmp_path / "go"
    child = f"(while [ ! -e {go} ]; do sleep 0.05; done; echo late >&2; echo $? > {done}) & exit 5"
    reader, writer = os.pipe()
    running = subprocess.Popen([*RUN, "--", "sh", "-c", child], stderr=writer, stdout=subprocess.DEVNULL)
    os.close(writer)
    assert running.wait(PATIENCE) == 5
    go.touch()
    with open(reader, "rb") as stderr:
        said = stderr.read()
    assert said.endswith(b"late\n")
    assert b"goxray gc run" in said
    deadline = time.monotonic() + PATIENCE
    while not done.exists() or not done.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert done.read_text() == "0\n"


COUNTS = """
import os, signal, sys, time
got = []
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
    signal.signal(number, lambda number, frame: got.append(number))
os.write(2, b"ready\\n")
while not got: time.sleep(0.02)
time.sleep(0.3)
print("got", *[int(one) for one in got])
sys.exit(9)
"""


def _read_until(fd: int, mark: bytes) -> bytes:
    said = b""
    deadline = time.monotonic() + PATIENCE
    while mark not in said:
        assert time.monotonic() < deadline
        if select.select([fd], [], [], 0.2)[0]:
            try:
                chunk = os.read(fd, 4096)
            except OSError:  # the other end of a terminal is gone
                chunk = b""
            if not chunk:
                break
            said += chunk
    return said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1], ids=["int", "term", "usr1"])
def test_a_signal_reaches_the_command_once_and_the_report_comes(number: signal.Signals) -> None:
    running = subprocess.Popen(
        [*RUN, "--", sys.executable, "-c", COUNTS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )
    assert running.stderr is not None
    assert running.stdout is not None
    _read_until(running.stderr.fileno(), b"ready\n")
    running.send_signal(number)
    out, said = running.communicate(timeout=PATIENCE)
    assert out == b"got %d\n" % number
    assert b"goxray gc run" in said
    assert running.returncode == 9


def test_ctrl_c_reaches_the_command_once_and_the_report_comes() -> None:
    """The terminal sends it to both; goxray hands on none of its own."""
    terminal, end = pty.openpty()

    def take_terminal() -> None:
        fcntl.ioctl(end, termios.TIOCSCTTY, 0)

    running = subprocess.Popen(
        [*RUN, "--", sys.executable, "-c", COUNTS],
        stdin=end,
        stdout=end,
        stderr=end,
        start_new_session=True,
        preexec_fn=take_terminal,
    )
    os.close(end)
    _read_until(terminal, b"ready\r\n")
    os.write(terminal, b"\x03")
    said = _read_until(terminal, b"printed no gctrace line")
    assert re.search(rb"got 2\r\n", said)
    assert b"goxray gc run" in said
    assert running.wait(PATIENCE) == 9
    os.close(terminal)
