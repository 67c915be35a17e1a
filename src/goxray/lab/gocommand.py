"""The ``go`` command run for the lab: its words and its status, killed with all that it started when time is over."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from goxray.target.toolchains import Toolchain

_STEP = 0.1
_MOST_TEXT = 1 << 20  # characters of a command's output that are kept


@dataclass(frozen=True)
class Said:
    """``status`` is the command's exit status, None where it was ended or could not be started: ``text`` says why."""

    status: int | None
    text: str
    seconds: float


def go(
    toolchain: Toolchain,
    arguments: Sequence[str],
    place: Path,
    *,
    env: Mapping[str, str],
    timeout_s: float,
    stopping: Callable[[], bool] = lambda: False,
) -> Said:
    """Run ``go ARGUMENTS`` in ``place`` with the toolchain's own environment and ``env`` on top."""
    cgo = env.get("CGO_ENABLED", "1" if "-race" in arguments else "0")
    environment = toolchain.environment(extra={**env, "CGO_ENABLED": cgo})
    started = time.monotonic()
    try:
        process = subprocess.Popen(
            [str(toolchain.go), *arguments],
            cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, text=True, errors="replace",
        )  # fmt: skip
    except OSError as error:
        return Said(None, f"cannot start {toolchain.go}: {error.strerror}", 0.0)
    why = ""
    text = ""
    while True:
        try:
            text, _ = process.communicate(timeout=_STEP)
            break
        except subprocess.TimeoutExpired:
            passed = time.monotonic() - started
            if stopping():
                why = "interrupted"
            elif passed > timeout_s:
                why = f"go {arguments[0]} did not end within {timeout_s:g} s"
            if why:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                break
    seconds = time.monotonic() - started
    return Said(None, why, seconds) if why else Said(process.returncode, text[:_MOST_TEXT], seconds)
