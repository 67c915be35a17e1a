"""``goxray lab run``: what it refuses, what it passes on, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from goxray import api_lab
from goxray.core.lab_result import LabFault, LabResult, MachineInfo, Reason
from goxray.ui.cli.lab import COMMANDS
from goxray.ui.cli.main import main

EMPTY = LabResult("quick", ("1.23.9",), (), (), (), (), (), MachineInfo("Linux", "CPU", 2, 1 << 30), "", 1.0)


def lab(*words: str) -> Result:
    return CliRunner().invoke(main, ["lab", *words])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_lab_has_help_with_an_example(name: str) -> None:
    done = lab(name, "--help")
    assert done.exit_code == 0
    assert "Example" in done.stdout and f"  goxray lab {name}" in done.stdout
    assert max(len(text) for text in done.stdout.splitlines()) <= 100


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run"], "name experiments"),
        (["run", "map-hint", "--quick", "--thorough"], "exclude each other"),
        (["run", "no-such-thing"], "no-such-thing"),
        (["run", "C999"], "C999"),
        (["run", "all", "--topic", "cooking"], "no such topic: cooking"),
        (["run", "map-hint", "--experiments", "/nowhere"], "/nowhere"),
        (["run", "map-hint", "--format", "pdf"], "pdf"),
        (["run", "map-hint", "--seed", "x"], "x"),
    ],
)
def test_wrong_usage_ends_with_two_and_one_line(words: list[str], said: str) -> None:
    done = lab(*words)
    assert done.exit_code == 2, done.output
    assert said in done.stderr.splitlines()[0] and done.stderr.startswith("goxray: ")


def test_what_is_asked_for_reaches_the_facade(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[str, object] = {}

    def run(names: tuple[str, ...], **options: object) -> LabResult:
        asked.update(options, names=names)
        return EMPTY

    monkeypatch.setattr(api_lab, "run", run)
    done = lab(
        "run", "map-hint", "C000", "--go", "1.23, 1.27,/opt/go", "--thorough", "--topic", "map-gc", "--seed", "7",
        "--experiments", "a", "--experiments", "b", "--results", "r", "--resume", "--keep-build", "k",
        "--format", "json", "-o", str(tmp_path / "out.json"),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    asked.pop("progress")
    assert asked == {
        "names": ("map-hint", "C000"), "go": ["1.23", "1.27", "/opt/go"], "mode": "thorough", "topic": "map-gc",
        "seed": 7, "folders": ("a", "b"), "results": "r", "resume": True, "keep_build": "k",
    }  # fmt: skip
    assert (tmp_path / "out.json").read_text().startswith("{")
    lab("run", "--topic", "sync")
    assert asked["mode"] == "normal" and asked["names"] == () and asked["go"] == []


def ended(monkeypatch: pytest.MonkeyPatch, *reasons: Reason, interrupted: bool = False) -> Result:
    faults = tuple(LabFault("made", "1.23.9", reason, f"line one\nof {reason}") for reason in reasons)
    result = replace(EMPTY, faults=faults, interrupted=interrupted)
    monkeypatch.setattr(api_lab, "run", lambda *_, **__: result)
    return lab("run", "all", "--format", "json")


def test_the_status_tells_how_it_went(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ended(monkeypatch).exit_code == 0
    assert ended(monkeypatch, "no-tool").exit_code == 0, "a tool that is not there is no failure"
    assert ended(monkeypatch, interrupted=True).exit_code == 4
    failed = ended(monkeypatch, "no-tool", *["crashed"] * 20)
    assert failed.exit_code == 4
    lines = failed.stderr.splitlines()
    assert "goxray: made go1.23.9: crashed: line one of crashed" in lines and len(lines) == 11
    assert lines[-1] == "goxray: and 11 more"
