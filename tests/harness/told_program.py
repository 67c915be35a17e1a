"""The Go program ``told``: what it writes down in each form, and what Go's own reader makes of its traces."""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from goxray.target import toolchains
from tests.harness import programs
from tests.harness.variants import Variant

READER = "1.27.3"
"""The Go version whose reader of traces is taken as the truth: it knows every format since 1.22."""

_READER_PACKAGE = "internal/trace/goxraydump"


@dataclass(frozen=True)
class Told:
    """Where one run of the program left its files."""

    version: str
    directory: Path
    truth: tuple[dict[str, Any], ...]
    gctrace: str

    @property
    def trace(self) -> Path:
        """The execution trace."""
        return self.directory / "trace.out"

    @property
    def flight(self) -> Path:
        """The flight recorder's trace; only Go 1.25 and later write one."""
        return self.directory / "flight.out"


def executable(version: str) -> Path:
    """Return the program, built by that toolchain."""
    return programs.build("told", programs.Build(Variant(version)))


def run(version: str, directory: Path, debug: str = "gctrace=1") -> Told:
    """Let the program write its sources into a directory."""
    done = subprocess.run(
        [executable(version), "sources", directory], env=os.environ | {"GODEBUG": debug}, check=True,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    truth = tuple(json.loads(line) for line in (directory / "truth.jsonl").read_text().splitlines())
    return Told(version, directory, truth, done.stderr)


@cache
def run_once(version: str) -> Told:
    """Return the one run of a version that this process's tests share."""
    directory = Path(tempfile.mkdtemp(prefix="goxray-told-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return run(version, directory)


def forget() -> None:
    """Let the next test have runs of its own: a test that is run once more would only read the same files again."""
    run_once.cache_clear()
    trouble.cache_clear()


@dataclass(frozen=True)
class Trouble:
    """What a program said while it had a trouble: gctrace on standard error, looks at itself on standard output."""

    gctrace: str
    looks: str


@cache
def trouble(version: str, mode: str, debug: str = "", attempt: int = 0) -> Trouble:
    """Let the program have that trouble, once for each attempt; ``debug`` is for GODEBUG."""
    del attempt  # part of what is remembered
    settings = ",".join(filter(None, ("gctrace=1", debug)))
    done = subprocess.run(
        [executable(version), "trouble", mode], env=os.environ | {"GODEBUG": settings}, check=True,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return Trouble(done.stderr, done.stdout)


@cache
def trace_reader() -> Path:
    """Return Go's own reader of traces as a program (tests/programs/tracedump), built as part of the standard library.

    Its package is internal: an overlay puts our file where the compiler allows the import.
    """
    toolchain = Variant(READER).toolchain()
    source = programs.PROGRAMS / "tracedump" / "main.go"
    name = f"tracedump-{programs.source_hash(source.parent)}"
    directory = toolchains.cache_dir() / "test-programs" / name
    directory.mkdir(parents=True, exist_ok=True)
    out = directory / READER
    with open(f"{out}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not out.exists():
            overlay = directory / "overlay.json"
            placed = toolchain.root / "src" / _READER_PACKAGE / "main.go"
            overlay.write_text(json.dumps({"Replace": {str(placed): str(source)}}))
            partial = f"{out}.partial"
            subprocess.run(
                [toolchain.go, "build", f"-overlay={overlay}", "-o", partial, _READER_PACKAGE],
                env=toolchain.environment(), check=True, timeout=300,
            )  # fmt: skip
            os.replace(partial, out)
    return out


def go_test_traces() -> list[Path]:
    """Return Go's own test traces: odd ones that were made by hand, and long ones of programs under stress."""
    root = toolchains.cache_dir() / "toolchains" / READER / "go"
    return sorted((root / "src/internal/trace/testdata/tests").glob("*.test"))


def to_binary(test: Path, out: Path) -> Path:
    """Turn one of Go's own test traces into a binary one."""
    subprocess.run([trace_reader(), test, out], check=True, timeout=60)
    return out


@dataclass(frozen=True)
class Line:
    """An event as Go's reader has it; ``time`` in nanoseconds, ``rest`` what stands behind its name.

    ``moved``: its time is 1 ns behind the event's before it, as the reader gives it to one that it shows later than the
    trace says (internal/trace/reader.go, ReadEvent: ``r.lastTs + 1``).
    """

    time: int
    moved: bool
    thread: int
    goroutine: int
    what: str
    name: str
    rest: tuple[str, ...]


class Refused(Exception):
    """Go's own reader refuses a trace."""


def read_by_go(trace: Path) -> list[Line]:
    """Return the events of the collector and the heap that Go's own reader finds in a trace.

    Raises:
        Refused: it cannot read it to its end.
    """
    done = subprocess.run([trace_reader(), trace], check=False, capture_output=True, text=True, timeout=60)
    found = []
    for line in done.stdout.splitlines():
        if line.startswith("error"):
            raise Refused(line)
        time, moved, thread, _, goroutine, what, name, *rest = line.split("\t")
        found.append(Line(int(time), moved == "moved", int(thread), int(goroutine), what, name, tuple(rest)))
    return found
