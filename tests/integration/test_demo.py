"""The example service and the demo around it, on a small load: it shows true figures and leaves nothing running."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from goxray.target import toolchains
from tools import demo


@pytest.mark.parametrize("version", [toolchains.VERSIONS[0], toolchains.VERSIONS[-1]])
def test_the_example_keeps_its_promises(version: str) -> None:
    toolchain = toolchains.install(version)
    for command in ("vet", "test"):
        done = subprocess.run(
            [str(toolchain.go), command, "./..."],
            cwd=demo.REPO / "examples" / "sessions",
            env=toolchain.environment(),
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Shrink the demo's load and let it write its report elsewhere; return the report's path."""
    report = tmp_path / "demo-report.html"
    for name, value in (("LOGINS", 5000), ("USERS", 500), ("TTL_SECONDS", 4), ("REPORT", report)):
        monkeypatch.setattr(demo, name, value)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(demo.REPO / "src"), os.environ.get("PYTHONPATH", "")]))
    return report


def services() -> set[str]:
    """Return the pids of the example that run now."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                link = os.readlink(entry / "exe")
            except OSError:
                continue
            if "goxray-demo-" in link:
                found.add(entry.name)
    return found


@pytest.mark.xdist_group("sessions")
def test_the_demo_shows_what_the_service_itself_says(small: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = services()
    assert demo.main() == 0
    told = capfd.readouterr().out
    assert told.count(": the same") == 2 and "NOT the same" not in told
    assert len(re.findall(r"^▸ .* main\.sessions\.byToken\b", told, re.MULTILINE)) == 2
    for holder in (
        r"main\.users\.byName\[\.\.\.\]\.Tags",
        r"main\.limits\.limiter\S*",
        r"goroutine \d+: main\.tally \(stack\)",
    ):
        assert len(re.findall(rf"^  {holder} +\d+ maps? +\d+ entr", told, re.MULTILINE)) == 2, holder
    for version in demo.VERSIONS:
        assert f"go{version} linux/amd64 · stopped for" in told
    page = small.read_text()
    assert page.count('<svg class="treemap"') == page.count('<svg class="cells"') == 2
    assert services() <= before


@pytest.mark.xdist_group("sessions")  # it counts the processes of that name, which the tests of documents start too
def test_a_demo_that_fails_stops_what_it_started(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(self: demo.Service) -> None:
        raise demo.DemoError("the load cannot be made")

    before = services()
    monkeypatch.setattr(demo.Service, "log_in", fail)
    assert demo.main() == 1
    assert capsys.readouterr().err == "demo: the load cannot be made\n"
    assert services() <= before
    assert not small.exists()
