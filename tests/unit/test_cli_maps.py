"""``goxray maps`` at the command line: what is asked for, where the answer goes, how the run ends."""

from __future__ import annotations

import csv
import json
import os
import pty
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from render_samples import grouped, single

from goxray.core.errors import NotAGoProgram, PermissionRefused
from goxray.core.result import Fault, MapsResult
from goxray.ui.cli.main import main
from tests.harness.inspect import cpu_of_children

Run = Callable[..., Result]


class FakeApi:
    """Stands where ``goxray.api.maps`` stands: remembers the question and gives a prepared answer."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answer: MapsResult | BaseException = grouped()

    def __call__(self, target: str, **options: Any) -> MapsResult:
        self.asked.append((target, options))
        options["progress"]("reading", 0.5)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    fake = FakeApi()
    monkeypatch.setattr("goxray.api.maps", fake)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "GOXRAY_LANG", "GOXRAY_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return fake


@pytest.fixture
def run(api: FakeApi) -> Run:
    def invoke(*arguments: str, env: dict[str, str] | None = None) -> Result:
        return CliRunner(env=env).invoke(main, ["maps", *arguments])

    return invoke


def test_the_defaults_ask_for_what_the_issue_says(api: FakeApi, run: Run) -> None:
    result = run("4242")
    assert result.exit_code == 0, result.stderr
    [(target, asked)] = api.asked
    asked.pop("progress")
    assert target == "4242"
    assert asked == {
        "exe": None,
        "group": "owner",
        "sort": "wasted",
        "limit": 20,
        "min_bytes": 0,
        "freeze": True,
        "verify": False,
        "show_keys": 0,
        "allow_unverified": False,
        "pictures": 0,
        "mask": ("all",),
        "mask_key": None,
    }
    assert result.stdout.startswith("goxray maps · /srv/shop/bin/sessions")
    assert result.stderr == ""


def test_every_option_reaches_the_inspection(api: FakeApi, run: Run) -> None:
    result = run(
        *("core.7", "--exe", "svc", "--group", "none", "--sort", "load", "--limit", "3", "--min-bytes", "64KiB"),
        *("--no-freeze", "--verify", "--show-keys", "2", "--allow-unverified", "--format", "json"),
    )
    assert result.exit_code == 0, result.stderr
    [(target, asked)] = api.asked
    asked.pop("progress")
    assert target == "core.7"
    assert asked == {
        "exe": "svc",
        "group": "none",
        "sort": "load",
        "limit": 3,
        "min_bytes": 65536,
        "freeze": False,
        "verify": True,
        "show_keys": 2,
        "allow_unverified": True,
        "pictures": 0,
        "mask": ("all",),
        "mask_key": None,
    }


@pytest.mark.parametrize(
    ("arguments", "limit"),
    [
        ((), 20),
        (("--limit", "0"), None),
        (("--format", "json"), None),
        (("--format", "csv"), None),
        (("--format", "html"), 1000),
        (("--format", "json", "--limit", "7"), 7),
    ],
)
def test_people_get_few_rows_and_programs_get_all(
    api: FakeApi, run: Run, arguments: tuple[str, ...], limit: int | None
) -> None:
    assert run("1", *arguments).exit_code == 0
    assert api.asked[0][1]["limit"] == limit
    assert api.asked[0][1]["pictures"] == (3 if "html" in arguments else 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Missing argument 'TARGET'"),
        (("1", "2"), "unexpected extra argument"),
        (("1", "--min-bytes", "ten"), "'ten' is not a size"),
        (("1", "--limit", "-1"), "--limit"),
        (("1", "--group", "colour"), "--group"),
        (("1", "--nonsense"), "--nonsense"),
    ],
)
def test_wrong_usage_is_one_line_and_a_hint(api: FakeApi, run: Run, arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == "" and api.asked == []
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("goxray: ") and words in lines[0]
    assert lines[1] == "hint: see goxray maps --help"


@pytest.mark.parametrize("suffix", ["json", "csv", "parquet", "arrow", "html", "txt"])
def test_a_file_is_written_whole_private_and_by_its_name(run: Run, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"maps.{suffix}"
    path.write_text("before")
    path.chmod(0o644)
    result = run("1", "-o", str(path))
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
    start = {"json": b'{\n  "schema"', "csv": b'"count"', "parquet": b"PAR1", "arrow": b"ARROW1"}
    expected = {**start, "html": b"<!doctype html>", "txt": b"goxray maps"}[suffix]
    assert path.read_bytes().startswith(expected)


def test_a_named_format_beats_the_file_s_name(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "maps.json"
    assert run("1", "-o", str(path), "--format", "csv").exit_code == 0
    assert len(list(csv.reader(path.open()))) == 7


def test_a_failed_look_leaves_the_old_file_and_no_other(api: FakeApi, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "maps.json"
    path.write_text("before")
    api.answer = PermissionRefused("no permission to read process 1", hint="sudo goxray maps 1")
    result = run("1", "-o", str(path))
    assert result.exit_code == 3
    assert result.stderr == "goxray: no permission to read process 1\nhint: sudo goxray maps 1\n"
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_found_before_the_look(api: FakeApi, run: Run, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere" / "maps.json"):
        result = run("1", "-o", str(path))
        assert result.exit_code == 2
        assert str(path) in result.stderr and "hint: " in result.stderr
    assert api.asked == []


def test_links_and_devices_keep_their_place(run: Run, tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    link.symlink_to(real)
    assert run("1", "-o", str(link)).exit_code == 0
    assert link.is_symlink() and json.loads(real.read_text())["schema"] == "goxray.maps/1"
    assert run("1", "-o", os.devnull, "--format", "csv").exit_code == 0
    assert not Path(os.devnull).is_file()
    assert '"schema"' in run("1", "-o", "-", "--format", "json").stdout


def test_faults_make_the_result_partial_or_with_verify_a_finding(api: FakeApi, run: Run) -> None:
    unread = [Fault(16, "bucket at 0x20 cannot be read")]
    api.answer = single(faults=unread)
    assert run("core.1").exit_code == 4
    api.answer = single(faults=unread, verified_maps=3)
    assert run("core.1", "--verify").exit_code == 4, "nothing broken, but something could not be read"
    api.answer = single(faults=[Fault(16, "header: count 3, full cells 4", violation=True)], verified_maps=3)
    assert run("core.1", "--verify").exit_code == 1
    api.answer = single(faults=[], verified_maps=3)
    assert run("core.1", "--verify").exit_code == 0


def test_what_the_output_cannot_say_is_said_on_stderr(api: FakeApi, run: Run, tmp_path: Path) -> None:
    api.answer = single()
    assert run("core.1").stderr == ""
    result = run("core.1", "--format", "csv")
    assert "UNVERIFIED" in result.stderr and "the control byte is no legal one and 1 more" in result.stderr
    assert "UNVERIFIED" in run("core.1", "-o", str(tmp_path / "maps.txt")).stderr


def test_language_and_colour_follow_options_and_environment(run: Run) -> None:
    assert "暂停" in run("1", "--lang", "zh").stdout
    assert "暂停" in run("1", env={"GOXRAY_LANG": "zh"}).stdout
    assert "\x1b[" not in run("1").stdout
    assert "\x1b[" in run("1", env={"FORCE_COLOR": "1"}).stdout
    assert "\x1b[" not in run("1", env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout
    assert "\x1b[" not in run("1", env={"FORCE_COLOR": "0"}).stdout
    assert max(len(line) for line in run("1", env={"COLUMNS": "80"}).stdout.splitlines()) <= 80


def test_known_errors_have_no_traceback_and_unknown_ones_say_whose_fault_it_is(api: FakeApi, run: Run) -> None:
    api.answer = NotAGoProgram("/bin/cat is\nno Go program", hint="give the pid of a Go program")
    result = run("1")
    assert result.exit_code == 3
    assert result.stderr == "goxray: /bin/cat is no Go program\nhint: give the pid of a Go program\n"
    api.answer = ZeroDivisionError("division by zero")
    result = run("1")
    assert result.exit_code == 3
    assert result.stderr.splitlines() == [
        "goxray: a bug in goxray (ZeroDivisionError: division by zero)",
        "hint: run it again with GOXRAY_DEBUG=1 for the traceback, and report both",
    ]
    shown = run("1", env={"GOXRAY_DEBUG": "1"}).stderr
    assert "Traceback" in shown and "a bug in goxray" in shown


def test_an_interrupt_ends_with_its_own_status(api: FakeApi, run: Run, tmp_path: Path) -> None:
    api.answer = KeyboardInterrupt()
    result = run("1", "-o", str(tmp_path / "maps.json"))
    assert result.exit_code == 130
    assert result.stderr.strip() == "goxray: interrupted; no process is left stopped, no file half-written"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fmt", ["parquet", "arrow", "html"])
def test_terminals_get_no_files(fmt: str) -> None:
    leader, follower = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "goxray", "maps", "1", "--format", fmt],
            stdout=follower,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    finally:
        os.close(leader)
        os.close(follower)
    assert done.returncode == 2
    assert done.stderr == f"goxray: {fmt} is not for terminals\nhint: write it to a file: -o maps.{fmt}\n"


PROGRAM = """
import sys, time
sys.path.insert(0, {tests!r})
import goxray.api, render_samples
def look(target, **options):
    print("looking", file=sys.stderr, flush=True)
    time.sleep({seconds})
    return render_samples.grouped()
goxray.api.maps = look
from goxray.ui.cli.main import main
main(["maps", "1", *{arguments!r}])
"""


def started(seconds: float, *arguments: str) -> subprocess.Popen[str]:
    program = PROGRAM.format(tests=str(Path(__file__).parent), seconds=seconds, arguments=list(arguments))
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None and process.stderr.readline() == "looking\n"
    return process


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_leaves_nothing_behind(number: int, status: int, tmp_path: Path) -> None:
    process = started(60, "-o", str(tmp_path / "maps.json"))
    assert len(list(tmp_path.iterdir())) == 1
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == status
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_leaves_early_hears_no_complaint() -> None:
    process = started(0.3, "--format", "json")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    assert process.wait(30) == 141
    assert errors == ""


def test_help_answers_at_once() -> None:
    took = []
    for _ in range(3):
        began = cpu_of_children()
        done = subprocess.run([sys.executable, "-m", "goxray", "maps", "--help"], capture_output=True, text=True)
        took.append(cpu_of_children() - began)
        assert done.returncode == 0 and "goxray maps core.4242 --exe ./service --verify" in done.stdout
    assert min(took) < 1.0


def test_what_shown_keys_are_masked_by_reaches_the_inspection(api: FakeApi, run: Run, tmp_path: Path) -> None:
    key = tmp_path / "mask.key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    assert (
        run("4242", "--show-keys", "1", "--mask", "phone,ip", "--mask", "ref=id", "--mask-key", str(key)).exit_code == 0
    )
    assert run("4242", "--show-keys", "1", "--unmasked").exit_code == 0
    asked = [options for _, options in api.asked]
    assert [(each["mask"], each["mask_key"]) for each in asked] == [
        (("phone,ip", "ref=id"), bytearray(b"\xab" * 32)),
        (None, None),
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--unmasked",), "--unmasked is for keys that are shown"),
        (("--mask", "phone"), "--mask is for keys that are shown"),
        (("--show-keys", "1", "--mask", "phone", "--unmasked"), "--mask and --unmasked contradict"),
        (("--show-keys", "1", "--mask-key", "absent"), "the key file absent cannot be read"),
    ],
)
def test_masking_that_makes_no_sense_is_refused(api: FakeApi, run: Run, options: tuple[str, ...], said: str) -> None:
    done = run("4242", *options)
    assert done.exit_code == 2 and said in done.stderr and api.asked == []
