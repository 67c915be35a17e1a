"""A program that reads hostile input, run with bounds: time, memory, output; ended with all that it started."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_MOST_WORDS = 64 << 10
_MOST_OUTPUT = 2 << 30  # bytes
_MOST_MEMORY = 6 << 30  # bytes; half of the machine's where that is less


@dataclass(frozen=True)
class Ended:
    """``status`` is the exit status, None where the program did not end in time or could not be started.

    ``words`` is what it wrote to standard error, or why it has no status.
    """

    status: int | None
    words: str


def run(
    command: Sequence[str],
    where: Path,
    env: Mapping[str, str],
    out: Path,
    *,
    given: Path | None = None,
    timeout_s: float,
) -> Ended:
    """Run a program, its output in the file ``out``, its input from the file ``given``."""
    words = out.with_name(f"{out.name}.words")
    try:
        with open(given or os.devnull, "rb") as source, open(out, "wb") as target, open(words, "wb") as said:
            process = subprocess.Popen(
                list(command), cwd=where, env=dict(env), stdin=source, stdout=target, stderr=said,
                start_new_session=True,
            )  # fmt: skip
            status = _wait(process, timeout_s)
    except OSError as error:
        return Ended(None, f"{error.strerror}: {error.filename}")
    if status is None:
        return Ended(None, f"it did not end within {timeout_s:g} s")
    with open(words, "rb") as told:
        return Ended(status, told.read(_MOST_WORDS).decode(errors="replace").strip())


def _wait(process: subprocess.Popen[bytes], timeout_s: float) -> int | None:
    try:
        _bound(process.pid)
        return process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _bound(pid: int) -> None:
    """Limit a child's memory and files; where the kernel refuses, time bounds it all the same."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = ((resource.RLIMIT_DATA, min(_MOST_MEMORY, whole // 2)), (resource.RLIMIT_FSIZE, _MOST_OUTPUT))
    for which, most in limits:
        with suppress(OSError, ValueError):
            resource.prlimit(pid, which, (most, most))
