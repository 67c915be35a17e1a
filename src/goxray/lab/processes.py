"""A program started for the lab: a session of its own, bounded output, and an end that leaves nothing behind.

It is started by a small program (``shim/main.go``), because a child's peak of resident memory begins with that of
whoever started it. Whatever still runs when it has ended, or when its time is over, is killed: the process group, and
every process that carries the mark which the program's environment had.
"""

from __future__ import annotations

import os
import secrets
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from goxray.core.lab_result import Reason

MARK = "GOXRAY_LAB_RUN"
_KEEP = 256 << 10  # bytes of each end of an output that are kept
_STEP = 0.05  # seconds between looks at the memory and the clock
_LINGER = 0.3  # seconds that a finished program's output may stay open, by children of its own
_PAGE = os.sysconf("SC_PAGE_SIZE")
_BLOCK = 1 << 16
_LONGEST_LINE = 1 << 16
_MOST_LINES = 8 << 20


@dataclass(frozen=True)
class Limits:
    """When a program is ended: after ``seconds``, above ``memory_bytes`` resident, or when ``stopping`` says so."""

    seconds: float
    memory_bytes: int
    stopping: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Ended:
    """How a program ended: see :class:`goxray.lab.trial.Process`. ``reason`` says why it was ended, or could not start.

    ``lines`` are those of its standard output that may hold figures, also where ``stdout`` leaves its middle out.
    A status other than 0 is no reason here: whether that is a failure is known only to the experiment.
    """

    status: int
    wall_s: float
    cpu_s: float
    max_rss: int
    loop_ns: int
    stdout: str
    stderr: str
    lines: str
    reason: Reason | None = None
    detail: str = ""


class Kept:
    """Both ends of an output of any length, and how much is left out between them."""

    def __init__(self, keep: int = _KEEP) -> None:
        self._keep = keep
        self._head = bytearray()
        self._tail = bytearray()
        self._lost = 0

    def add(self, data: bytes) -> None:
        """Take more of the output."""
        room = self._keep - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        surplus = len(self._tail) - self._keep
        if surplus > self._keep:
            del self._tail[:surplus]
            self._lost += surplus

    def text(self) -> str:
        """Return what is kept; a line says how many bytes are left out in the middle."""
        surplus = max(0, len(self._tail) - self._keep)
        lost = self._lost + surplus
        gap = f"\n[goxray: {lost} bytes left out]\n".encode() if lost else b""
        return (bytes(self._head) + gap + bytes(self._tail[surplus:])).decode("utf-8", "replace")


class Lines:
    """The lines of an output that may hold figures, wherever they stand in it; up to 8 MiB of them."""

    def __init__(self) -> None:
        self._open = b""
        self._found: list[bytes] = []
        self._room = _MOST_LINES

    def add(self, data: bytes) -> None:
        """Take more of the output."""
        *whole, self._open = (self._open + data).split(b"\n")
        self._open = self._open[-_LONGEST_LINE:]
        for line in whole:
            if line.startswith(b"{") and len(line) < min(self._room, _LONGEST_LINE):
                self._found.append(line)
                self._room -= len(line)

    def text(self) -> str:
        """Return the lines; one that the program did not end is torn and not among them."""
        return b"".join(line + b"\n" for line in self._found).decode("utf-8", "replace")


@dataclass
class _Watch:
    """What is known of a running program."""

    stdout: Kept = field(default_factory=Kept)
    lines: Lines = field(default_factory=Lines)
    stderr: Kept = field(default_factory=Kept)
    report: bytearray = field(default_factory=bytearray)
    reason: Reason | None = None
    detail: str = ""

    def wrote(self, data: bytes) -> None:
        """Take what the program wrote to its standard output."""
        self.stdout.add(data)
        self.lines.add(data)

    def line(self, word: str) -> list[str] | None:
        """Return the words after ``word`` of the starter's report, None where it has not said that yet."""
        for line in self.report.decode("utf-8", "replace").splitlines(keepends=True):
            if line.endswith("\n") and line.startswith(f"{word} "):
                return line.split()[1:]
        return None


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a measured program: the user's without Go's and the lab's settings, then ``extra``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GO", "LAB_"))}
    return kept | dict(extra)


def run(shim: Path, command: Sequence[str], env: Mapping[str, str], place: Path, limits: Limits) -> Ended:
    """Run a program in ``place`` to its end and tell about it; it never raises for what the program does."""
    mark = secrets.token_hex(8)
    report, report_in = os.pipe()
    life_out, life = os.pipe()
    hidden = {f"_{name}": value for name, value in {**env, MARK: mark}.items()}
    started = time.monotonic()
    try:
        process = subprocess.Popen(
            [str(shim), str(report_in), str(life_out), *command],
            cwd=place, env=hidden, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, pass_fds=(report_in, life_out),
        )  # fmt: skip
    except OSError as error:
        for each in (report, report_in, life_out, life):
            os.close(each)
        return Ended(127, 0.0, 0.0, 0, 0, "", "", "", "crashed", f"cannot start it: {error.strerror}")
    os.close(report_in)
    os.close(life_out)
    watch = _Watch()
    clean = False
    try:
        clean = _follow(process, report, watch, limits, started)
    finally:
        _end(process, mark, thorough=not clean)
        os.close(report)
        os.close(life)
    return _ended(watch, time.monotonic() - started)


def _follow(process: subprocess.Popen[bytes], report: int, watch: _Watch, limits: Limits, started: float) -> bool:
    """Take what the program writes until it has ended or must end; return whether nothing of it is left open."""
    assert process.stdout is not None and process.stderr is not None
    with selectors.DefaultSelector() as selector:
        for place, sink in ((process.stdout.fileno(), watch.wrote), (process.stderr.fileno(), watch.stderr.add)):
            selector.register(place, selectors.EVENT_READ, sink)
        selector.register(report, selectors.EVENT_READ, watch.report.extend)
        ended_at = None
        while selector.get_map():
            for key, _ in selector.select(_STEP):
                data = os.read(key.fd, _BLOCK)
                key.data(data)
                if not data:
                    selector.unregister(key.fd)
            now = time.monotonic()
            if ended_at is None and (watch.line("end") is not None or watch.line("failed") is not None):
                ended_at = now
            if ended_at is not None:
                if now - ended_at > _LINGER:
                    return False
            elif _must_end(watch, limits, now - started):
                return False
    return ended_at is not None


def _must_end(watch: _Watch, limits: Limits, passed: float) -> bool:
    if limits.stopping():
        watch.reason, watch.detail = "not-run", "interrupted"
    elif passed > limits.seconds:
        watch.reason, watch.detail = "timed-out", f"it did not end within {limits.seconds:g} s"
    elif _resident(watch.line("pid")) > limits.memory_bytes:
        watch.reason, watch.detail = "crashed", f"ended above {limits.memory_bytes >> 20} MiB of memory"
    return watch.reason is not None


def _resident(pid: list[str] | None) -> int:
    if pid is None:
        return 0
    try:
        return int(Path(f"/proc/{pid[0]}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0


def _end(process: subprocess.Popen[bytes], mark: str, *, thorough: bool) -> None:
    """Kill what is left of the program's group, and of what left the group; then take leave of it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    process.wait()
    if thorough:
        for pid in marked(mark):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def marked(mark: str) -> list[int]:
    """Return the processes whose environment holds the mark of one run."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError):
                if wanted in Path(f"/proc/{name}/environ").read_bytes():
                    found.append(int(name))
    return found


def _ended(watch: _Watch, wall_s: float) -> Ended:
    outputs = watch.stdout.text(), watch.stderr.text(), watch.lines.text()
    told = watch.line("end")
    failed = watch.line("failed")
    if told is None or len(told) != 6:
        reason: Reason = watch.reason or "crashed"
        detail = watch.detail or (f"cannot start it: {' '.join(failed)}" if failed else "its starter ended too early")
        return Ended(137, wall_s, 0.0, 0, 0, *outputs, reason, detail)
    status, number, wall, cpu, peak, loop = map(int, told)
    return Ended(
        128 + number if number else status,
        wall / 1e9,
        cpu / 1e9,
        peak << 10,
        loop,
        *outputs,
        watch.reason,
        watch.detail,
    )
