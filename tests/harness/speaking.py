"""Go test programs that say one line of JSON about themselves and then wait for the end of their input."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Speaker:
    """A running program: ``said`` is what it said first, ``pid`` its process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.pid = process.pid
        self.said = self.hear()

    def hear(self) -> Any:
        """Return the next thing it says."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the program ended with status {self.process.wait(10)}"
        return json.loads(line)

    def tell(self, line: str) -> Any:
        """Give it a line of input and return what it answers."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.hear()

    def running(self) -> bool:
        """Tell whether it still runs."""
        return self.process.poll() is None


@contextmanager
def speaking(exe: Path, *arguments: str) -> Iterator[Speaker]:
    """Run a program until the end of the context; it is always ended."""
    process = subprocess.Popen([exe, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Speaker(process)
    finally:
        process.kill()
        process.communicate()
