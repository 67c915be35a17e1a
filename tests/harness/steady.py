"""The Go program ``steady`` (tests/programs/steady): built once a test run, started, dumped and watched."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.harness import programs
from tests.harness.variants import SWISS, Variant

WORDS = 1 << 18
SOURCE = programs.PROGRAMS / "steady"
STEP = 0x9E3779B97F4A7C15


def table() -> NDArray[np.uint64]:
    """Return what the program's table holds."""
    return np.arange(WORDS, dtype=np.uint64) * np.uint64(STEP)


def build(variant: Variant = SWISS, *, cgo: bool = False, pie: bool = False, ldflags: str = "") -> Path:
    """Return the executable, built as asked."""
    return programs.build("steady", programs.Build(variant, cgo=cgo, pie=pie, ldflags=ldflags))


@dataclass(frozen=True)
class Steady:
    """The program running: ``counter``, ``table`` and ``heap`` are addresses in it."""

    process: subprocess.Popen[str]
    pid: int
    counter: int
    table: int
    heap: int


@contextmanager
def running(
    exe: Path, *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[Steady]:
    """Run the program; it is killed at the end."""
    process = subprocess.Popen(
        [exe, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=cwd,
        env=os.environ | dict(env or {}),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2),
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the program did not start"
        yield Steady(process, *map(int, line.split()))
    finally:
        process.kill()
        process.communicate()


def gcore(pid: int, directory: Path) -> Path:
    """Dump a running process with gdb's gcore."""
    prefix = directory / "gcore"
    done = subprocess.run(["gcore", "-o", str(prefix), str(pid)], capture_output=True, text=True)
    core = Path(f"{prefix}.{pid}")
    assert core.is_file(), done.stderr
    return core


def kernel_core(exe: Path, directory: Path, *, coredump_filter: int | None = None) -> tuple[Path, Steady]:
    """Run the program in an empty directory, let it crash, and return the core that the kernel wrote there.

    ``coredump_filter`` says which kinds of mappings go into it (core(5)); the default is the machine's.
    """
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    assert not pattern.startswith(("|", "/")), (
        f"core_pattern is {pattern!r}, but cores must lie where a program runs: sysctl -w kernel.core_pattern=core"
    )
    directory.mkdir()
    with running(exe, env={"GOTRACEBACK": "crash"}, cwd=directory) as steady:
        if coredump_filter is not None:
            Path(f"/proc/{steady.pid}/coredump_filter").write_text(hex(coredump_filter))
        steady.process.send_signal(signal.SIGABRT)
        steady.process.wait(20)
    (core,) = directory.iterdir()
    return core, steady


def threads_of(pid: int) -> dict[int, dict[str, str]]:
    """Return the fields of /proc/PID/task/*/status of the threads that stay long enough to be looked at."""
    found = {}
    for name in os.listdir(f"/proc/{pid}/task"):
        try:
            text = Path(f"/proc/{pid}/task/{name}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found[int(name)] = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    return found


def until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Wait for a condition; whether it came true in time, which is long: a machine may have other work."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.002)
    return True
