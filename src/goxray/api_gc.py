"""What ``goxray gc read`` and ``goxray gc run`` do, for programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from goxray.core import gctrace_result as g
from goxray.core.errors import UsageError
from goxray.core.gctrace_result import GcTraceResult
from goxray.timeline.findings import find
from goxray.timeline.gctrace.axis import to_timeline
from goxray.timeline.gctrace.reader import Read, read
from goxray.timeline.gctrace.run import run_traced
from goxray.timeline.gctrace.summary import sum_up, telling

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from goxray.core.gctrace_result import GcProcess, Scavenge
    from goxray.core.timeline_result import Timeline

__all__ = ["gc_read", "gc_run"]

Progress = Callable[[str, float], None]

_STDIN = "-"
MOST_ON_AXIS = 20_000
"""So many cycles of a process, its last ones, are put on the time axis and looked through for findings."""

_AXIS_NOTE = "gt.note.axis"


def gc_read(
    source: str | Path | BinaryIO,
    *,
    process: int | None = None,
    limit: int = 12,
    progress: Progress | None = None,
) -> GcTraceResult:
    """Read what Go's runtime printed of its collector (GODEBUG=gctrace=1, scavtrace=1, gcpacertrace=1) out of a log.

    Lines of any Go version from 1.5 on, among other output and of several processes; what cannot be read for certain
    is set aside with its line number and the reason.

    Args:
        source: a file's path (``-`` is standard input) or a binary stream; gzip and UTF-16 are unpacked.
        process: keep one process alone, by its number from 1.
        limit: how many cycles a table for people shows; the result has all.
        progress: is told what goes on, with the share done, 0 to 1, where the source is a file.

    Raises:
        UsageError: there is no such file or process, or the file cannot be read.
    """
    with _opened(source) as (stream, name):
        told = read(stream, on_block=None if progress is None else partial(_tell, progress, stream))
        return _one(_result(told, name, limit), process)


def _tell(progress: Progress, stream: BinaryIO) -> None:
    """Say how far a file is read."""
    try:
        size = os.fstat(stream.fileno()).st_size
        share = stream.tell() / size if size else 1.0
    except (OSError, ValueError):
        return
    progress("reading the log", min(share, 1.0))


def gc_run(
    command: Sequence[str],
    *,
    go_debug: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    limit: int = 12,
) -> GcTraceResult:
    """Run a command with gctrace on and read what it prints; returns when it has ended.

    The command has this process's standard input and output; what it writes to standard error goes to this process's,
    byte for byte. Signals that end programs are handed on to it. ``exit_code`` of the result is the command's, 128 + n
    where signal n ended it.

    Args:
        command: the program and its arguments.
        go_debug: more settings for GODEBUG, each as ``scavtrace=1``.
        environment: its environment; None: this process's. Its GODEBUG is kept, with gctrace=1 beside it.
        limit: how many cycles a table for people shows.

    Raises:
        UsageError: a setting makes no sense.
        CommandNotFound, CommandNotRun: the command cannot be started.
    """
    ended = run_traced(command, go_debug=go_debug, environment=environment)
    result = _result(ended.read, " ".join(command), limit)
    return replace(result, command=tuple(command), exit_code=ended.exit_code)


@contextmanager
def _opened(source: str | Path | BinaryIO) -> Iterator[tuple[BinaryIO, str]]:
    if not isinstance(source, (str, Path)):
        yield source, str(getattr(source, "name", "stream"))
        return
    if str(source) == _STDIN:
        yield sys.stdin.buffer, "standard input"
        return
    try:
        with open(source, "rb") as stream:
            yield stream, str(source)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"cannot read {source}: {reason}", hint="give a log file, or - for standard input") from error


def _result(told: Read, source: str, limit: int) -> GcTraceResult:
    processes = sum_up(told)
    return GcTraceResult(
        source=source,
        lines=told.lines,
        bytes=told.bytes,
        rows=told.rows,
        scavenges=told.scavenges,
        pacer=told.pacer,
        set_aside=told.set_aside,
        set_aside_total=told.set_aside_total,
        processes=processes,
        make_timelines=partial(_timelines, told.rows, told.scavenges, processes),
        notes=(*told.notes, *([_AXIS_NOTE] if any(one.cycles > MOST_ON_AXIS for one in processes) else [])),
        limit=limit,
        telling=telling(told.rows, limit),
    )


def _one(result: GcTraceResult, process: int | None) -> GcTraceResult:
    """Keep one process of several."""
    if process is None:
        return result
    count = len(result.processes)
    if not 1 <= process <= count:
        hint = f"it tells of {count}, numbered from 1" if count else "it has no line of GODEBUG=gctrace=1"
        raise UsageError(f"{result.source} has no process {process}", hint=hint)
    rows = result.rows[result.rows[:, g.PROCESS] == process]
    scavenges = tuple(one for one in result.scavenges if one.process == process)
    chosen = result.processes[process - 1 : process]
    return replace(
        result,
        rows=rows,
        scavenges=scavenges,
        pacer=tuple(one for one in result.pacer if one.process == process),
        processes=chosen,
        make_timelines=partial(_timelines, rows, scavenges, chosen),
        asked_process=process,
        telling=telling(rows, result.limit),
    )


def _timelines(
    rows: NDArray[np.int64], scavenges: Sequence[Scavenge], processes: Sequence[GcProcess]
) -> tuple[Timeline, ...]:
    made = []
    for process in processes:
        mine = rows if len(processes) == 1 else rows[rows[:, g.PROCESS] == process.process]
        given = [one for one in scavenges if one.process == process.process]
        if len(mine) > MOST_ON_AXIS:
            mine = mine[-MOST_ON_AXIS:]
            given = [one for one in given if one.line > mine[0, g.LINE]]
        made.append(find(to_timeline(process, mine, given)))
    return tuple(made)
