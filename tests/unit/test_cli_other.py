"""``goxray``, ``doctor``, ``completion`` and the progress line."""

from __future__ import annotations

import ast
import io
import json
import os
import shutil
import subprocess
import sys
import threading
import time

import pytest
from click.testing import CliRunner

from goxray import __version__
from goxray.core.checks import Check, Status
from goxray.core.errors import TargetError
from goxray.render.doctor import render_doctor, render_doctor_json
from goxray.render.options import RenderOptions
from goxray.render.words import Lang
from goxray.ui.cli import machine
from goxray.ui.cli.gc import COMMANDS as GC_COMMANDS
from goxray.ui.cli.main import COMMANDS, main
from goxray.ui.cli.progress import Progress, line
from tests.harness.steady import until

INFINITE = machine.resource.RLIM_INFINITY


def test_help_names_every_command_and_loads_none() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    assert all(f"\n  {name} " in result.stdout for name in COMMANDS)
    program = (
        "import sys; from goxray.ui.cli.main import main\n"
        "try: main(['--help'])\n"
        "finally: print([m for m in sys.modules if m.startswith('goxray.ui.cli.')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ast.literal_eval(done.stdout.splitlines()[-1]) == [
        f"goxray.ui.cli.{part}" for part in ("endings", "lazy", "main")
    ]


@pytest.mark.parametrize("name", [*COMMANDS, *(f"gc {name}" for name in GC_COMMANDS)])
def test_every_command_has_help_with_an_example(name: str) -> None:
    result = CliRunner().invoke(main, [*name.split(), "--help"])
    assert result.exit_code == 0
    assert "Example" in result.stdout and f"  goxray {name}" in result.stdout
    assert max(len(text) for text in result.stdout.splitlines()) <= 100


def test_an_output_without_room_is_no_bug() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "goxray", "audit", "rules"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 3
    assert done.stderr.splitlines()[0] == "goxray: cannot write the output: No space left on device"


def test_version_and_module() -> None:
    done = subprocess.run([sys.executable, "-m", "goxray", "--version"], capture_output=True, text=True)
    assert done.stdout == f"goxray {__version__}\n"


def test_an_unknown_command_is_wrong_usage() -> None:
    result = CliRunner().invoke(main, ["mops"])
    assert result.exit_code == 2
    assert "mops" in result.stderr and result.stderr.startswith("goxray: ")


def test_every_check_runs_and_freezing_a_child_works_here() -> None:
    checks = {check.name: check for check in machine.examine()}
    assert list(checks)[:4] == ["platform", "python", "freeze", "ptrace_scope"]
    assert checks["freeze"].status == "ok", checks["freeze"].found
    assert "go1.21.13" in checks["layouts"].found and "go1.27" in checks["layouts"].found
    for check in checks.values():
        assert check.status == "ok" or check.mend or check.name in ("platform", "perf_events")


def test_doctor_says_the_same_in_text_and_json() -> None:
    text, data = (CliRunner().invoke(main, ["doctor", "--format", fmt]) for fmt in ("table", "json"))
    report = json.loads(data.stdout)
    assert report["schema"] == "goxray.doctor/1"
    assert list(report["checks"][0]) == ["name", "status", "found", "needed_for", "mend"]
    assert text.exit_code == data.exit_code == (0 if report["ok"] else 1)
    assert all(check["name"] in text.stdout for check in report["checks"])


def test_a_missing_thing_ends_with_one_and_its_command_stays_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    command = "sudo sysctl -w kernel.yama.ptrace_scope=0 && " + "x" * 90
    checks = [Check("ptrace_scope", "missing", "it is 2", "all", command), Check("drgn", "ok", "here", "types")]
    monkeypatch.setattr(machine, "examine", lambda: checks)
    result = CliRunner(env={"COLUMNS": "60"}).invoke(main, ["doctor"])
    assert result.exit_code == 1
    assert result.stdout.startswith("1 thing keeps goxray from its main job here.")
    assert f"$ {command}\n" in result.stdout
    assert json.loads(render_doctor_json(checks))["ok"] is False


def test_the_verdict_counts() -> None:
    def first(*statuses: Status, lang: Lang = "en") -> str:
        checks = [Check(f"c{at}", status, "found", "need", "mend") for at, status in enumerate(statuses)]
        return render_doctor(checks, RenderOptions(lang=lang)).splitlines()[0]

    assert first("ok", "ok") == "This machine can do all that goxray does."
    assert first("ok", "warn") == "goxray works here; 1 thing could be better."
    assert first("warn", "warn", "missing", "missing") == "2 things keep goxray from its main job here."
    assert first("warn", "warn", lang="zh") == "goxray 可以在此运行；有 2 项可以改进。"


@pytest.mark.parametrize(
    ("scope", "capable", "status"),
    [
        (None, False, "ok"),
        (0, False, "ok"),
        (1, True, "ok"),
        (1, False, "missing"),
        (2, True, "ok"),
        (2, False, "missing"),
        (3, True, "missing"),
    ],
)
def test_yama(scope: int | None, capable: bool, status: str) -> None:
    check = machine.scope_check(scope, capable)
    assert check.status == status
    assert (check.mend == "sudo sysctl -w kernel.yama.ptrace_scope=0") == (status == "missing" and scope != 3)


@pytest.mark.parametrize(
    ("limits", "status", "mend"),
    [
        ((INFINITE, INFINITE), "ok", ""),
        ((0, INFINITE), "warn", "ulimit -c unlimited"),
        ((4096, 8192), "warn", "sudo prlimit --pid $$ --core=unlimited"),
    ],
)
def test_core_limits(limits: tuple[int, int], status: str, mend: str) -> None:
    check = machine.core_limit_check(limits)
    assert (check.status, check.mend) == (status, mend)


@pytest.mark.parametrize(
    ("pattern", "status"),
    [
        ("core", "ok"),
        ("/cores/core.%e.%p", "ok"),
        ("|/usr/lib/systemd/systemd-coredump %P", "ok"),
        ("|/usr/share/apport/apport %p", "warn"),
        (None, "warn"),
    ],
)
def test_core_patterns(pattern: str | None, status: str) -> None:
    assert machine.core_pattern_check(pattern).status == status


def test_other_machines_are_told_what_they_lack(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.platform_check("Linux", "aarch64").status == "warn"
    assert machine.platform_check("Linux", "riscv64").status == "missing"
    assert machine.gcore_check(None).mend == "apt-get install gdb"
    assert machine.uprobe_check(False).status == "warn"
    monkeypatch.setattr(machine.os, "geteuid", lambda: 1000)
    assert machine.perf_check("4", False).mend == "sudo sysctl -w kernel.perf_event_paranoid=1"
    assert machine.perf_check("1", False).status == machine.perf_check("4", True).status == "ok"


@pytest.mark.parametrize(("contained", "mend"), [(True, "--cap-add=SYS_PTRACE"), (False, "sudo ")])
def test_a_kernel_that_refuses_is_reported(monkeypatch: pytest.MonkeyPatch, contained: bool, mend: str) -> None:
    def refuse() -> float:
        raise TargetError("ptrace is forbidden here")

    monkeypatch.setattr(machine, "_freeze_a_child", refuse)
    check = machine.freeze_check(False, contained)
    assert check.status == "missing" and "ptrace is forbidden here" in check.found and mend in check.mend


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0 and "_GOXRAY_COMPLETE" in result.stdout
    if shutil.which(shell):
        checked = subprocess.run([shell, "-n"], input=result.stdout, text=True, capture_output=True)
        assert checked.returncode == 0, checked.stderr


def test_completion_knows_options() -> None:
    environment = {
        **os.environ,
        "_GOXRAY_COMPLETE": "bash_complete",
        "COMP_WORDS": "goxray maps --so",
        "COMP_CWORD": "2",
    }
    done = subprocess.run([sys.executable, "-m", "goxray"], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "plain,--sort"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_shows_after_its_patience_and_cleans_up() -> None:
    terminal = Terminal()
    with Progress(terminal, patience=0.05) as progress:
        progress("reading", 0.25)
        assert until(lambda: "reading" in terminal.getvalue())
    text = terminal.getvalue()
    assert " 25%  reading" in text
    assert text.endswith("\r\x1b[K")


def test_progress_is_silent_when_quick_or_not_on_a_terminal() -> None:
    quick, pipe = Terminal(), io.StringIO()
    with Progress(quick) as progress:
        progress("reading", 0.5)
    with Progress(pipe, patience=0.0) as progress:
        progress("reading", 0.5)
        time.sleep(0.2)
    assert quick.getvalue() == pipe.getvalue() == ""


def test_a_paused_terminal_does_not_hold_up_the_work() -> None:
    class Paused(Terminal):
        def write(self, text: str) -> int:
            resumed.wait(30)
            return len(text)

    resumed = threading.Event()
    began = time.monotonic()
    with Progress(Paused(), patience=0.0) as progress:
        for step in range(100):
            progress("reading", step / 100)
            time.sleep(0.002)
    took = time.monotonic() - began
    resumed.set()
    assert took < 25, "it waited for the terminal"


def test_the_line_is_as_long_as_the_share() -> None:
    assert line("x", 0.5, 3.2) == "[============            ]  50%  x  3 s"
    assert line("x", -1, 0).startswith("[ ") and line("x", 7, 0).startswith("[========================] 100%")
