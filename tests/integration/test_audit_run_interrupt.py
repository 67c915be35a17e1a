"""An audit that is interrupted, once or twice at once, ends and leaves no process and no file behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.steady import until

FUNCTION = "func f{n}(m map[string]int, keys []string) {{\n\tfor _, k := range keys {{\n\t\tm[k]++\n\t}}\n}}\n"
PACKAGES, FUNCTIONS = 60, 600
"""Some 4 MB: scanned by processes, for longer than a signal takes."""


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _deaf(pid: int) -> bool:
    """Whether a process ignores interrupts: what scans does so once it has begun."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    (ignored,) = [line.split()[1] for line in status.splitlines() if line.startswith("SigIgn:")]
    return bool(int(ignored, 16) & (1 << (signal.SIGINT - 1)))


def _scanning(pid: int) -> bool:
    below = _children(pid)
    return len(below) >= 3 and all(map(_deaf, below))


@pytest.mark.parametrize("times", [1, 2])
def test_it_ends_and_leaves_nothing(tmp_path: Path, times: int) -> None:
    text = "".join(FUNCTION.format(n=number) for number in range(FUNCTIONS))
    for number in range(PACKAGES):
        (tmp_path / "svc" / f"p{number}").mkdir(parents=True)
        (tmp_path / "svc" / f"p{number}" / "x.go").write_text(f"package p{number}\n\n{text}")
    out = tmp_path / "out"
    out.mkdir()
    command = [sys.executable, "-m", "goxray", "audit", str(tmp_path / "svc"), "--format", "json"]
    run = subprocess.Popen(
        [*command, "-o", str(out / "report.json"), "--no-cache"], stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        until(lambda: _scanning(run.pid) or run.poll() is not None)
        below = _children(run.pid)
        assert len(below) >= 3, "it ended before it could be interrupted"
        for _ in range(times):
            os.kill(run.pid, signal.SIGINT)
        _, said = run.communicate(timeout=120)
        assert run.returncode == 130 and b"interrupted" in said and b"Traceback" not in said
        assert until(lambda: not any(Path(f"/proc/{each}").exists() for each in below))
        assert list(out.iterdir()) == []
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
