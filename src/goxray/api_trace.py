"""``goxray trace``: what a running Go program's maps, collector and scavenger do, as it happens. Part of api."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from goxray.core.errors import GoxrayError, NotAGoProgram, UsageError
from goxray.core.result import BuildInfo, TargetInfo
from goxray.core.trace_result import TraceResult
from goxray.target.binary import Binary
from goxray.target.open import load_bias, open_target
from goxray.target.perf_events import online_cpus
from goxray.target.process import ProcessMemory, auxiliary_vector
from goxray.timeline.findings import find
from goxray.timeline.gctrace.run import CommandNotFound, CommandNotRun
from goxray.timeline.uprobes.axis import timeline_of
from goxray.timeline.uprobes.decode import decode
from goxray.timeline.uprobes.events import DEFAULT_GROUPS, events_of
from goxray.timeline.uprobes.place import Program, place_all
from goxray.timeline.uprobes.record import Limits, Recorder

MOST_EVENTS = 1_000_000
"""Events kept by default; recording ends there."""

MOST_RATE = 200_000.0
"""Events of one name a second by default; one that comes more often loses its probe."""

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ZERO_TRIES, _ZERO_STEP = 40, 0.001
_EAGER = -15
_NS = 1e9

Started = Callable[["subprocess.Popen[bytes]"], None]


@dataclass(frozen=True)
class _Traced:
    """One process while it is traced: the program's file and what tells that it has ended."""

    pid: int
    exe: str
    ended: Callable[[], bool]
    exit_code: Callable[[], int | None]
    wake: int
    zero: _Zero
    from_start: bool = False

    def has_ended(self) -> bool:
        """Whether it has, after another look at when it started."""
        self.zero.look()
        return self.ended()


def trace(
    target: str | None = None,
    *,
    command: Sequence[str] = (),
    events: Sequence[str] = DEFAULT_GROUPS,
    seconds: float | None = None,
    count: int | None = MOST_EVENTS,
    rate: float | None = MOST_RATE,
    owners: bool = False,
    allow_unverified: bool = False,
    interrupted: Callable[[], bool] | None = None,
    ready: Callable[[], None] | None = None,
    started: Started | None = None,
) -> TraceResult:
    """Record events of a Go program by uprobes in its runtime's functions. Needs root and an amd64 kernel.

    Probes stand in the file of the program: other processes that run the same file stop at them for a moment too, and
    what they do is not recorded. They are gone when this returns, and when this process ends, however it does.

    Args:
        target: the pid of a running process, or
        command: a program and its arguments, which is started when the probes are set.
        events: groups of events, as GROUPS of timeline/uprobes/events.py names them.
        seconds: end after so long; None: when the program ends or ``interrupted`` says so.
        count: end after so many events; None: never.
        rate: an event that comes more often a second loses its probe; None: never.
        owners: look once at the end what holds the maps that events name; the process stops for that moment.
        allow_unverified: trace builds that nobody has verified; the result is marked.
        interrupted: asked several times a second whether to end.
        ready: told when the probes are set, before a command is started.
        started: told of the process that ``command`` became; it runs on if recording ends before it.

    Raises:
        UsageError: neither or both of target and command; no such group; not a running process.
        CommandNotFound, CommandNotRun: the command is not there, or cannot be started.
        PermissionRefused: the kernel does not let this user set probes.
        GoxrayError: the program cannot be read or probed; the message says why.
    """
    if bool(target) == bool(command):
        raise UsageError("name either a pid or a command", hint="goxray trace PID, or goxray trace -- CMD ARGS")
    wanted = events_of(tuple(events))
    limits = Limits(seconds, count, rate)
    how = _How(wanted, limits, owners, allow_unverified, interrupted or (lambda: False), ready)
    if target:
        return _trace_process(target, how)
    return _trace_command(command, how, started)


@dataclass(frozen=True)
class _How:
    """What is asked of a trace, whatever its target is."""

    events: frozenset[str]
    limits: Limits
    owners: bool
    allow_unverified: bool
    interrupted: Callable[[], bool]
    ready: Callable[[], None] | None

    def tell_ready(self) -> None:
        """Say that the probes are set."""
        if self.ready is not None:
            self.ready()


def _trace_process(target: str, how: _How) -> TraceResult:
    with open_target(target) as opened:
        if opened.kind != "process" or opened.pid is None:
            raise UsageError(f"{target} is a core dump: nothing happens in it any more", hint="give a process id")
        pid, exe, binary = opened.pid, opened.exe, opened.binary
        program = Program(binary, allow_unverified=how.allow_unverified)
        placed, notes = place_all(program, how.events)
        gone = os.pidfd_open(pid)
        try:
            with Recorder(binary.path, placed, how.limits, pid) as recorder:
                how.tell_ready()
                traced = _Traced(pid, exe, lambda: _readable(gone), lambda: None, gone, _Zero(program, pid))
                return _record(recorder, traced, program, how, notes)
        finally:
            os.close(gone)


def _trace_command(command: Sequence[str], how: _How, started: Started | None) -> TraceResult:
    path = shutil.which(command[0])
    if path is None:
        raise CommandNotFound(f"there is no command {command[0]!r}", hint="give its path, as in ./service")
    binary = _binary_of(path)
    try:
        program = Program(binary, allow_unverified=how.allow_unverified)
        placed, notes = place_all(program, how.events)
        with Recorder(path, placed, how.limits) as recorder:
            how.tell_ready()
            child = _start(command, path)
            if started is not None:
                started(child)
            recorder.pid = child.pid
            gone = os.pidfd_open(child.pid)
            try:
                zero = _Zero(program, child.pid)
                zero.look(tries=_ZERO_TRIES)
                traced = _Traced(
                    child.pid,
                    path,
                    lambda: child.poll() is not None,
                    lambda: _status(child),
                    gone,
                    zero,
                    from_start=True,
                )
                return _record(recorder, traced, program, how, notes)
            finally:
                os.close(gone)
    finally:
        binary.close()


def _start(command: Sequence[str], path: str) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(list(command), executable=path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CommandNotRun(f"cannot run {command[0]!r}: {reason}", hint="give a program, and its arguments") from error


def _binary_of(path: str) -> Binary:
    try:
        return Binary(path)
    except NotAGoProgram as error:
        raise NotAGoProgram(
            str(error), hint="name the Go program itself: what a script starts is traced by its pid"
        ) from None


def _record(recorder: Recorder, traced: _Traced, program: Program, how: _How, notes: Sequence[str]) -> TraceResult:
    with _eager():
        recorder.run(traced.has_ended, how.interrupted, traced.wake)
    hits, zero = recorder.hits(), traced.zero.at_ns
    start = zero if zero is not None else int(hits.at_ns[0]) if len(hits.at_ns) else recorder.start_ns
    probes = recorder.reports(start)
    recorder.close()  # before anything that takes long: the target runs without probes from here on
    bias = int(hits.ip[0]) - recorder.placed[int(hits.probe[0])].address if len(hits.ip) else 0
    found = decode(
        hits,
        recorder.placed,
        program.layout,
        zero_ns=start,
        type_name=lambda addr: program.type_name(addr - bias),
        whole=not any(probe.lost for probe in probes),
    )
    more = _later_processors(recorder)
    binary = program.binary
    said: Literal["program start", "first record"] = "program start" if zero is not None else "first record"
    names, unnamed = _owners(traced, found.map, how) if how.owners else ({}, [])
    from_start = traced.from_start and not any(probe.lost for probe in probes)
    line = timeline_of(
        f"{os.path.basename(traced.exe)} (pid {traced.pid})",
        found,
        names,
        zero=said,
        zero_unix_s=time.time() - (time.monotonic_ns() - start) / _NS,
        numbered=from_start,
    )
    return TraceResult(
        target=TargetInfo("process", traced.pid, traced.exe),
        build=BuildInfo(binary.go_version, binary.goos, binary.arch, tuple(binary.experiments)),
        unverified=not program.layout.verified,
        zero=said,
        start_s=(recorder.start_ns - start) / _NS,
        end_s=(recorder.end_ns - start) / _NS,
        ending=recorder.ending,
        events=found,
        probes=tuple(probes),
        throttled=recorder.uprobes.throttled,
        exit_code=traced.exit_code(),
        from_start=from_start,
        owners=names,
        timelines=(find(line),),
        notes=(*notes, *more, *unnamed),
    )


def _later_processors(recorder: Recorder) -> list[str]:
    """Say which processors came on while events were recorded: each has its own events, opened at the start."""
    later = sorted(set(online_cpus()) - set(recorder.uprobes.cpus))
    if not later:
        return []
    return [f"processors {', '.join(map(str, later))} came on while events were recorded: those on them are not here"]


def _owners(traced: _Traced, maps: NDArray[np.uint64], how: _How) -> tuple[Mapping[int, str], list[str]]:
    """Name what holds these maps of the process now; the second answer says why that cannot be told."""
    from goxray.goruntime.runtime import Runtime
    from goxray.maps.inspect import Inspector
    from goxray.maps.rows import build_rows
    from goxray.model.closed.rebuilt import Rebuilder

    try:
        with open_target(str(traced.pid)) as target:
            runtime = Runtime(target, allow_unverified=how.allow_unverified)
            runtime.globals()
            inspector = Inspector(runtime)
            inspector.rehearse()
            with target.freeze():
                findings = inspector.look(racy=False)
            rows = build_rows(findings, runtime.layout, Rebuilder(runtime.layout), detail=False)
    except GoxrayError as error:
        return {}, [f"what holds the maps is not known: {error}"]
    named = np.flatnonzero(np.isin(rows.addr, maps) & (rows.owner_of >= 0))
    return {int(rows.addr[row]): rows.owners[rows.owner_of[row]] for row in named.tolist()}, []


@contextmanager
def _eager() -> Iterator[None]:
    """Read the buffers before others get the processor, so that they do not run over on a busy machine."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, min(before, _EAGER))
    try:
        yield
    finally:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, before)


def _readable(fd: int) -> bool:
    return bool(select.select([fd], [], [], 0)[0])


def _status(child: subprocess.Popen[bytes]) -> int | None:
    """A shell's number for how a child ended; None while it runs."""
    code = child.poll()
    return 128 - code if code is not None and code < 0 else code


class _Zero:
    """When a process's runtime started: runtime.runtimeInitTime, by CLOCK_MONOTONIC; ``at_ns`` is None until known.

    A program that has just been started sets it a moment later (runtime/proc.go, main), and loses it with its memory
    when it ends: it is looked at until it is there.
    """

    def __init__(self, program: Program, pid: int) -> None:
        self.at_ns: int | None = None
        self._memory = ProcessMemory(pid)
        self._address: int | None = None
        variable = program.start_variable()
        with suppress(GoxrayError):
            if variable is not None:
                self._address = variable + load_bias(program.binary, auxiliary_vector(pid))

    def look(self, *, tries: int = 1) -> None:
        """Look at it several times, a millisecond apart, until it is there."""
        for left in reversed(range(tries)):
            if self.at_ns is not None or self._address is None:
                return
            try:
                found = self._memory.read_u64(self._address)
            except GoxrayError:
                return
            if 0 < found <= time.monotonic_ns():
                self.at_ns = found
            elif left:
                time.sleep(_ZERO_STEP)
