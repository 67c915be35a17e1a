"""``goxray trace``: how it reads its command line, ends, and what it says when it cannot begin."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from trace_samples import probe, trace_result

from goxray import api_trace
from goxray.core.errors import GoxrayError, UsageError
from goxray.core.trace_result import TraceResult
from goxray.target import toolchains
from goxray.ui.cli.main import main
from goxray.ui.cli.trace import _Asking, _split


class Recorded:
    """What api_trace.trace was asked, and what it shall answer."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        self.target: str | None = None
        self.answer: TraceResult = replace(trace_result(), exit_code=None)
        self.child: Any = None

    def trace(self, target: str | None, **asked: Any) -> TraceResult:
        self.target, self.asked = target, asked
        if self.child is not None:
            asked["started"](self.child)
        return self.answer


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorded]:
    found = Recorded()
    monkeypatch.setattr(api_trace, "trace", found.trace)
    yield found


def goxray(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["trace", *arguments], standalone_mode=False)


def status(result: Result) -> int:
    assert not isinstance(result.exception, AssertionError), result.exception
    if isinstance(result.exception, GoxrayError):
        return result.exception.exit_code
    return int(result.return_value or 0)


def test_a_pid_and_options_behind_it(recorded: Recorded) -> None:
    result = goxray("4242", "--for", "2.5", "--events", "gc, map", "--count", "0", "--max-rate", "0", "--owners")
    assert recorded.target == "4242"
    asked = recorded.asked
    assert (asked["seconds"], asked["count"], asked["rate"], asked["owners"]) == (2.5, None, None, True)
    assert (asked["events"], asked["command"]) == (["gc", "map"], ())
    assert "Maps that grew most" in result.stdout


def test_a_command_with_options_of_its_own(recorded: Recorded) -> None:
    goxray("--format", "json", "--", "./service", "--for", "ever", "-o", "x")
    assert recorded.target is None
    assert recorded.asked["command"] == ("./service", "--for", "ever", "-o", "x")
    assert recorded.asked["count"] == 1_000_000


def test_the_table_of_a_command_leaves_its_output_alone(recorded: Recorded) -> None:
    result = goxray("--", "./service")
    assert result.stdout == ""
    assert "goxray trace" in result.stderr
    json.loads(goxray("--format", "json", "--", "./service").stdout)


def test_a_number_is_a_pid_and_a_path_a_command() -> None:
    assert _split(("42",)) == ("42", ())
    assert _split(("./42",)) == (None, ("./42",))
    assert _split(("42", "43")) == (None, ("42", "43"))
    with pytest.raises(UsageError):
        _split(())


@pytest.mark.parametrize(
    ("probes", "expected"),
    [
        ((probe("map grow", "f", 1),), 0),
        ((probe("map grow", "f", 1, lost=1),), 4),
        ((probe("map grow", "f", 1, stopped_at_s=1.0),), 4),
        ((probe("map grow", "f", 1, lost=1, detail=True),), 0),
    ],
)
def test_status_says_whether_all_was_received(recorded: Recorded, probes: Any, expected: int) -> None:
    recorded.answer = replace(recorded.answer, probes=probes)
    assert status(goxray("4242")) == expected


class Child:
    """A command that has been started and ends with ``code``."""

    def __init__(self, code: int) -> None:
        self.code = code
        self.signals: list[int] = []

    def wait(self) -> int:
        return self.code

    def send_signal(self, number: int) -> None:
        self.signals.append(number)


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (3, 3), (-9, 137)])
def test_a_command_that_outlives_recording_is_waited_for(recorded: Recorded, code: int, expected: int) -> None:
    recorded.child = Child(code)
    recorded.answer = replace(recorded.answer, probes=(probe("map grow", "f", 1, lost=1),))
    assert status(goxray("--", "./service")) == expected


def test_signals_end_recording_or_reach_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goxray.ui.cli.trace._in_foreground", lambda: True)
    alone = _Asking()
    alone.interrupt(2, None)
    assert alone.ended()
    child = Child(0)
    ask = _Asking()
    ask.started(child)  # type: ignore[arg-type]
    ask.interrupt(2, None)
    assert not ask.ended() and child.signals == [], "the terminal has told it"
    ask.terminate(15, None)
    assert not ask.ended() and child.signals == [15]
    ask.interrupt(2, None)
    assert ask.ended()


@pytest.mark.parametrize(
    ("arguments", "expected", "says"),
    [
        ((), 2, "nothing to trace"),
        (("--events", "maps", "4242"), 2, "no such events: 'maps'"),
        (("--", "./nothing-of-that-name"), 127, "there is no command"),
        (("--", "sh", "-c", "true"), 3, "is not a Go program"),
        (("4194303",), 3, "there is no process"),
        (("--for", "0", "1"), 2, "x>0"),
    ],
)
def test_what_cannot_begin_is_one_line(arguments: tuple[str, ...], expected: int, says: str) -> None:
    done = subprocess.run([sys.executable, "-m", "goxray", "trace", *arguments], capture_output=True, text=True)
    assert done.returncode == expected, done.stderr
    assert says in done.stderr.splitlines()[0]
    assert len(done.stderr.splitlines()) <= 2
    assert done.stdout == ""


def test_other_machines_are_refused(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text("package main\nfunc main() {}\n")
    (tmp_path / "go.mod").write_text("module example.com/x\n\ngo 1.21\n")
    found = toolchains.find("1.23.9")
    assert found is not None
    found.build(tmp_path, tmp_path / "x", env={"GOARCH": "arm64"})
    with pytest.raises(GoxrayError, match="amd64 programs only") as caught:
        api_trace.trace(command=[str(tmp_path / "x")])
    assert caught.value.exit_code == 3
    assert "goxray gc watch" in caught.value.hint


def test_either_a_pid_or_a_command() -> None:
    for asked in ({}, {"target": "1", "command": ["x"]}):
        with pytest.raises(UsageError, match="either a pid or a command"):
            api_trace.trace(**asked)  # type: ignore[arg-type]


def test_a_core_is_no_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"nothing")
    with pytest.raises(GoxrayError):
        api_trace.trace(str(tmp_path / "file"))
