"""What ``goxray timeline`` does, for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from goxray.core.errors import UsageError
from goxray.core.joined_result import JoinedSource, JoinNote, TimelineResult
from goxray.timeline import exectrace, metrics, stored
from goxray.timeline.checks import check
from goxray.timeline.findings import find
from goxray.timeline.join import Input, join
from goxray.timeline.pprof.reader import read as read_profile
from goxray.timeline.pprof.sampling import measured
from goxray.timeline.profile_points import timeline_of as points_of
from goxray.timeline.recognise import recognise

if TYPE_CHECKING:
    from goxray.core.joined_result import SourceKind
    from goxray.core.timeline_result import Timeline
    from goxray.timeline.join import Placed
    from goxray.timeline.pprof.sampling import Measured

    Progress = Callable[[str, float], None]

__all__ = ["timeline"]


@dataclass(frozen=True)
class _Read:
    """A source as it was read."""

    path: str
    kind: SourceKind
    inputs: tuple[Input, ...]
    measured: tuple[Measured, ...] = ()
    notes: tuple[JoinNote, ...] = ()


def timeline(
    sources: Sequence[str],
    *,
    same_process: bool = False,
    offsets: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> TimelineResult:
    """Put what several sources tell of one or several processes on one time axis.

    A source is a log with gctrace lines, an execution trace, a pprof profile, a dump of runtime/metrics or expvar, or
    what goxray's own commands wrote with ``--format json``; each is recognised by its content. Two of them are taken
    for one process where both name its pid or their collections coincide, and their axes are laid onto each other by
    the program's start, their wall clocks, or their collections: the result says by which.

    Args:
        sources: the files.
        same_process: all of them tell of one process.
        offsets: seconds to add to a source's own seconds, by its path: they come before any other reason.
        progress: is told what goes on, with the share done, 0 to 1.

    Raises:
        GoxrayError: a file cannot be read, is nothing that tells of a process, or the arguments make no sense.
    """
    tell = progress or (lambda _text, _share: None)
    _refuse(sources, offsets or {})
    read = []
    for at, path in enumerate(sources):
        tell(f"reading {path}", at / len(sources))
        read.append(_one(path))
    if same_process:
        for each in read:
            if len(each.inputs) > 1:
                raise UsageError(
                    f"{each.path} tells of {len(each.inputs)} processes: they cannot all be the same",
                    hint="leave --same-process out, or give one process of it alone (goxray gc read --process)",
                )
    tell("joining", 0.9)
    inputs = [item for each in read for item in each.inputs]
    joined = join(inputs, same_process=same_process, offsets=offsets)
    by_path = {each.path: each for each in read}
    told = [
        _judged(each, [by_path[placed.item.path] for placed in joined.placed if placed.process == process])
        for process, each in enumerate(joined.timelines)
    ]
    return TimelineResult(
        sources=tuple(_source(placed, by_path[placed.item.path].kind) for placed in joined.placed),
        timelines=tuple(told),
        notes=(*(note for each in read for note in each.notes), *joined.notes),
    )


def _judged(told: Timeline, read: Sequence[_Read]) -> Timeline:
    """Return a process' timeline with findings, and with what its sources say of the same figures compared."""
    profiles = [one for each in read for one in each.measured]
    return replace(find(told), checks=check(told, profiles))


def _refuse(sources: Sequence[str], offsets: Mapping[str, float]) -> None:
    """Refuse arguments that make no sense."""
    if not sources:
        raise UsageError("no source is named", hint="give a log, a trace, a dump or a profile")
    for path in sources:
        if list(sources).count(path) > 1:
            raise UsageError(f"{path} is given twice", hint="name each source once")
    for path in offsets:
        if path not in sources:
            raise UsageError(
                f"--offset names {path}, which is none of the sources", hint=f"one of {', '.join(sources)}"
            )


def _one(path: str) -> _Read:
    """Read one source by its kind."""
    kind = recognise(path)
    if kind == "pprof profile":
        return _profile(path)
    if kind == "gctrace log":
        return _log(path)
    return _Read(path, kind, tuple(_READERS[kind](path)))


def _log(path: str) -> _Read:
    from goxray.api_gc import gc_read

    found = gc_read(path)
    if not found.timelines:
        raise UsageError(
            f"{path} holds no whole gctrace line", hint="goxray gc read tells which lines it set aside, and why"
        )
    told = [
        replace(each, notes=(*each.notes, *(found.notes if at == 0 else ()))) for at, each in enumerate(found.timelines)
    ]
    notes = (JoinNote("set aside", path, f"{found.set_aside_total:,}"),) if found.set_aside_total else ()
    return _Read(path, "gctrace log", tuple(Input(path, each) for each in told), notes=notes)


def _stored(path: str) -> list[Input]:
    return [Input(path, each.timeline, each.pid) for each in stored.read(path)]


def _execution_trace(path: str) -> list[Input]:
    return [Input(path, exectrace.read(path))]


def _dump(path: str) -> list[Input]:
    return [Input(path, metrics.read(path))]


def _profile(path: str) -> _Read:
    profile = read_profile(path)
    found = measured(profile)
    inputs = (Input(path, points_of(path, profile)),)
    return _Read(path, "pprof profile", inputs, () if found is None else (found,))


_READERS: Mapping[SourceKind, Callable[[str], list[Input]]] = {
    "goxray.gctrace/1": _stored,
    "goxray.watch/1": _stored,
    "goxray.trace/1": _stored,
    "goxray.phases/1": _stored,
    "goxray.timeline/1": _stored,
    "execution trace": _execution_trace,
    "runtime/metrics": _dump,
    "expvar": _dump,
}


def _source(placed: Placed, kind: SourceKind) -> JoinedSource:
    told = placed.item.timeline
    covered = _covered(told)
    return JoinedSource(
        path=placed.item.path,
        kind=kind,
        told=told.process,
        process=placed.process,
        identity=placed.identity,
        aligned=placed.aligned,
        shift_s=placed.shift_s,
        error_s=placed.error_s,
        cycles=placed.cycles,
        start_s=None if covered is None else covered[0] + placed.shift_s,
        end_s=None if covered is None else covered[1] + placed.shift_s,
        points=sum(len(each.t_s) for each in told.series),
        events=len(told.intervals) + len(told.moments),
    )


def _covered(told: Timeline) -> tuple[float, float] | None:
    """Return the first and the last second that a timeline tells of; None where it tells of none."""
    edges = [float(edge) for each in told.series if len(each.t_s) for edge in (each.t_s[0], each.t_s[-1])]
    edges += [edge for each in told.intervals for edge in (each.start_s, each.end_s)]
    edges += [each.at_s for each in told.moments]
    return (min(edges), max(edges)) if edges else None
