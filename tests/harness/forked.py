"""goxray's command line run many times on changing input: each run is a fork of one process that has loaded it all.

Run as ``python -m tests.harness.forked``: reads one JSON list of arguments a line, writes one JSON object a line.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPO = Path(__file__).parents[2]
ROOM = 3 << 30
"""Address space that a run may take beyond what it starts with."""


@dataclass(frozen=True)
class Run:
    """How a run ended: ``status`` as a shell has it (negative: a signal; None: not in time), peak memory in bytes."""

    status: int | None
    err: str
    peak: int
    seconds: float


class Forks:
    """The process that forks; a run is given so many seconds."""

    def __init__(self, process: subprocess.Popen[str], seconds: float) -> None:
        self._process = process
        self._seconds = seconds

    def run(self, *arguments: str) -> Run:
        """Run goxray with these arguments."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([self._seconds, list(arguments)]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the process that forks has ended"
        return Run(**json.loads(line))


@contextmanager
def forks(seconds: float) -> Iterator[Forks]:
    """Start the process; it is ended with the context."""
    env = {**os.environ, "COLUMNS": "160", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "tests.harness.forked"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPO, env=env
    )  # fmt: skip
    try:
        yield Forks(process, seconds)
    finally:
        process.kill()
        process.communicate()


def _limit() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _child(arguments: list[str], err: int) -> None:
    from goxray.ui.cli.main import main

    os.dup2(err, 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _limit()
    status = 1
    try:
        main(arguments, prog_name="goxray")
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    finally:
        sys.stderr.flush()
        os._exit(status)


def _one(seconds: float, arguments: list[str]) -> dict[str, Any]:
    began = time.monotonic()
    with tempfile.TemporaryFile() as err:
        pid = os.fork()
        if not pid:
            _child(arguments, err.fileno())
        late = False
        while True:
            done, status, usage = os.wait4(pid, os.WNOHANG)
            if done:
                break
            if not late and time.monotonic() - began > seconds:
                late = True
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)
        err.seek(0)
        return {
            "status": None if late else os.waitstatus_to_exitcode(status),
            "err": err.read().decode(errors="replace"),
            "peak": usage.ru_maxrss * 1024,
            "seconds": time.monotonic() - began,
        }


def _serve() -> None:
    import pyarrow  # noqa: F401

    from goxray import api_heap  # noqa: F401
    from goxray.heap.warm import warm_up

    warm_up()
    for line in sys.stdin:
        seconds, arguments = json.loads(line)
        print(json.dumps(_one(seconds, arguments)), flush=True)


if __name__ == "__main__":
    _serve()
