"""Standard streams that the caller closed: one line or none, no bug, and nothing printed into a file's number."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

GOXRAY = [sys.executable, "-c", "from goxray.ui.cli.main import main; main(prog_name='goxray')"]


def run(words: list[str], closed: str) -> subprocess.CompletedProcess[str]:
    """Run goxray by a shell that closes streams."""
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh", *GOXRAY, *words]
    environment = {**os.environ, "GOXRAY_VAULT": os.devnull}
    return subprocess.run(shell, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL, timeout=60)


@pytest.mark.parametrize("words", [["--help"], ["completion", "bash"], ["lab", "list", "--format", "json"]])
def test_output_that_nobody_can_get_is_told(words: list[str]) -> None:
    done = run(words, ">&-")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "goxray: cannot write the output: standard output is closed\nhint: name a file with -o\n"


def test_messages_that_nobody_wants_change_nothing() -> None:
    assert (run(["--version"], "2>&-").returncode, run(["nosuch"], "2>&-").returncode) == (0, 2)
    assert run(["--version"], "2>&-").stdout == run(["--version"], "").stdout


def test_all_of_them_closed_and_the_file_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "claims.json"
    done = run(["lab", "list", "--format", "json", "-o", str(out)], "<&- >&- 2>&-")
    assert done.returncode == 0
    assert out.read_text() == run(["lab", "list", "--format", "json"], "").stdout


def test_a_passphrase_from_a_closed_input_is_refused(tmp_path: Path) -> None:
    place = str(tmp_path / "vault")
    done = run(["vault", "init", "--vault", place, "--passphrase-file", "-"], "<&-")
    assert done.returncode == 2 and done.stderr.startswith("goxray: there is no standard input")


def test_nothing_to_mask_from_a_closed_input() -> None:
    done = run(["mask", "--once"], "<&-")
    assert done.returncode == 2 and done.stderr.startswith("goxray: there is nothing to mask: standard input is closed")
