"""Each test has one name: every worker of a run collects the same tests, whenever it is started."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _collecting(seed: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests"]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed}, stdout=subprocess.PIPE, text=True
    )


def test_two_collections_find_the_same_tests() -> None:
    first = _collecting("1")
    time.sleep(1.1)  # times of a second's resolution differ
    second = _collecting("2")
    names = [collected.communicate()[0].splitlines() for collected in (first, second)]
    listed = [[line for line in lines if "::" in line] for lines in names]
    assert len(listed[0]) > 1000
    assert listed[0] == listed[1]
