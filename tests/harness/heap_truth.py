"""What the Go program ``heaptruth`` says about its heap, and the running program."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.harness import heap_dump
from tests.harness.heap_dump import HeapDump
from tests.harness.programs import Build, build
from tests.harness.truth import ProgramError

START_SECONDS = 120
Record = dict[str, Any]


@dataclass
class HeapTruth:
    """What the program printed on the objects it made; the records by kind, see its say.go.

    ``ready`` is MemStats when it blocked: mallocs, frees, heap_objects, heap_alloc. ``dump`` is the heap dump that it
    wrote just before that.
    """

    records: dict[str, list[Record]] = field(default_factory=dict)
    ready: dict[str, int] = field(default_factory=dict)
    dumped: HeapDump | None = None

    @property
    def dump(self) -> HeapDump:
        """The heap as the runtime dumped it; only where the program was asked for one and has just collected."""
        assert self.dumped is not None, "there is no dump of this state"
        return self.dumped

    def of(self, kind: str) -> list[Record]:
        """Return the records of one kind; there must be some."""
        found = self.records.get(kind, [])
        assert found, f"the program said nothing of kind {kind}"
        return found


class HeapProgram:
    """The program ``heaptruth``, running: a context that always ends it.

    ``truth`` is what it said at first; the heap stays as it was then until it is told something.
    """

    def __init__(self, how: Build, *flags: str, dump: bool = True, cwd: Path | None = None) -> None:
        self.how = how
        self.exe = build("heaptruth", how)
        self._directory = tempfile.TemporaryDirectory(prefix="heaptruth-")
        self._path = Path(self._directory.name) / "dump"
        self._command = [str(self.exe), *([f"-dump={self._path}"] if dump else []), *flags]
        self._cwd = cwd
        self._dumps = dump
        self.truth = HeapTruth()

    def __enter__(self) -> HeapProgram:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            cwd=self._cwd, preexec_fn=_allow_cores, env={**os.environ, "GOTRACEBACK": "crash"},
        )  # fmt: skip
        self._watch = threading.Timer(START_SECONDS, self._process.kill)
        self._watch.start()
        try:
            self.truth = self._hear(self._dumps)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._watch.cancel()
        self._process.kill()
        self._process.communicate()
        self._directory.cleanup()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def running(self) -> bool:
        """Tell whether the process still runs."""
        return self._process.poll() is None

    def collect(self) -> HeapTruth:
        """Let it collect all garbage, dump and count again."""
        return self._tell("c", self._dumps)

    def leave_garbage(self) -> HeapTruth:
        """Let it drop objects that no collection has seen: records ``gone`` say where they are. No new dump."""
        return self._tell("g")

    def count(self) -> dict[str, int]:
        """Return MemStats as of now: unchanged, where the program was as quiet as it should be."""
        return self._tell("s").ready

    def crash(self) -> None:
        """Let the program abort; the kernel writes its core."""
        self._send("x")
        status = self._process.wait(START_SECONDS)
        assert status == -signal.SIGABRT, f"the program ended with {status}"

    def _tell(self, command: str, dumps: bool = False) -> HeapTruth:
        self._send(command)
        return self._hear(dumps)

    def _send(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def _hear(self, dumps: bool) -> HeapTruth:
        assert self._process.stdout is not None
        truth = HeapTruth()
        for line in self._process.stdout:
            record = json.loads(line)
            kind = record.pop("record")
            if kind == "ready":
                self._watch.cancel()
                truth.ready = record
                truth.dumped = heap_dump.read(self._path, self.how.variant) if dumps else None
                return truth
            truth.records.setdefault(kind, []).append(record)
        raise ProgramError(f"{self.exe.name} ended with {self._process.wait(10)}")


def _allow_cores() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
