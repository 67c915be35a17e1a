"""``goxray sbom`` at the command line: a module, a binary, a process; formats, files, and how bad input ends."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from goxray.ui.cli.main import main
from tests.harness.programs import Build, build
from tests.harness.variants import SWISS
from tests.unit.cyclonedx_schema import faults

Run = Callable[..., Result]
PAYMENTS = Path(__file__).parents[1] / "programs" / "audited"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "none"))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    return lambda *words: CliRunner().invoke(main, ["sbom", *map(str, words)])


def test_a_module_as_cyclonedx(run: Run) -> None:
    done = run(PAYMENTS)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert faults(found) == []
    assert found["metadata"]["component"]["name"] == "example.cn/payments"
    names = [each["name"] for each in found["components"]]
    assert "github.com/tjfoc/gmsm" in names and "stdlib" in names
    assert run(PAYMENTS).stdout == done.stdout, "same input, same bytes"


def test_a_binary_and_a_file_to_write_to(run: Run, tmp_path: Path) -> None:
    program = build("steady", Build(SWISS))
    out = tmp_path / "steady.cdx.json"
    done = run(program, "-o", out)
    assert (done.exit_code, done.stdout) == (0, "")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    found = json.loads(out.read_text())
    assert faults(found) == []
    versions = {each["name"]: each["version"] for each in found["components"] if each["type"] != "cryptographic-asset"}
    assert versions["stdlib"] == versions["toolchain"] == SWISS.version
    assert found["metadata"]["component"]["hashes"][0]["alg"] == "SHA-256"


def test_the_time_comes_from_source_date_epoch(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert json.loads(run(PAYMENTS).stdout)["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    done = CliRunner().invoke(main, ["sbom", str(PAYMENTS)])
    assert done.exit_code == 2 and "SOURCE_DATE_EPOCH" in done.stderr


def test_goxray_s_own_schema(run: Run) -> None:
    found = json.loads(run(PAYMENTS, "--format", "json").stdout)
    assert (found["schema"], found["kind"], found["name"]) == ("goxray.sbom/1", "module", "example.cn/payments")


def test_what_cannot_be_read_ends_in_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    for target, status, says in (
        (tmp_path / "gone", 2, "there is no such file or directory"),
        (tmp_path, 2, "there is no go.mod and no go.work"),
        (tmp_path / "notes.txt", 3, "is not a Go program"),
        (2**31 - 1, 3, f"there is no process {2**31 - 1}"),
    ):
        done = run(target)
        assert done.exit_code == status, done.output
        lines = done.stderr.splitlines()
        assert says in lines[0] and lines[0].startswith("goxray: ") and len(lines) <= 2


def test_a_process_is_its_executable(run: Run) -> None:
    done = run(os.getpid())
    assert done.exit_code == 3 and "is not a Go program" in done.stderr, "the tests run on Python"
