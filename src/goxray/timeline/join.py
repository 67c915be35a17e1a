"""Several sources on one axis: which of them tell of one process, and how their seconds lie to each other.

Nothing is taken for the same process, and no axis is laid onto another, without a reason that the result names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from goxray.core.joined_result import JoinNote
from goxray.core.timeline_result import Series, Timeline, pid_in
from goxray.timeline.anchors import Clash, Fit, by_numbers, by_times

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from goxray.core.joined_result import Aligned, Identity
    from goxray.core.timeline_result import Interval, Moment

_UNLIKELY = 1e-3
_SAME_S = 1e-6
_START_S = 0.05  # two ways to tell a program's start differ by less
_CLOCKS_S = 2.0  # wall clocks of one moment, written by different means, are this close


@dataclass(frozen=True)
class Input:
    """One process as one source tells of it."""

    path: str
    timeline: Timeline
    pid: int | None = None

    @property
    def known_pid(self) -> int | None:
        """The pid that the source tells, or the name that it gives the process."""
        return self.pid if self.pid is not None else pid_in(self.timeline.process)


@dataclass(frozen=True)
class Placed:
    """Where an input went: see :class:`goxray.core.joined_result.JoinedSource`."""

    item: Input
    process: int
    identity: Identity
    aligned: Aligned
    shift_s: float = 0.0
    error_s: float | None = None
    cycles: int = 0


@dataclass(frozen=True)
class _Laid:
    """How one axis is laid onto another."""

    aligned: Aligned
    shift_s: float
    error_s: float | None
    cycles: int
    note: str = ""


@dataclass(frozen=True)
class Joined:
    """One timeline a process, where each input went (in the order of the inputs), and what the reader should know."""

    timelines: tuple[Timeline, ...]
    placed: tuple[Placed, ...]
    notes: tuple[JoinNote, ...]


def join(inputs: Sequence[Input], *, same_process: bool = False, offsets: Mapping[str, float] | None = None) -> Joined:
    """Put the inputs on one axis for each process that they tell of.

    Args:
        inputs: what each source tells of each process.
        same_process: all sources tell of one process, the caller says so.
        offsets: seconds to add to the axis of a source, by its path; they come before any other reason.
    """
    joiner = _Joiner(same_process, offsets or {})
    inputs = [replace(each, timeline=_possible(each.timeline)) for each in inputs]
    # What begins at the program's start makes the axis, the others are laid onto it.
    waiting = sorted(range(len(inputs)), key=lambda at: inputs[at].timeline.zero != "program start")
    while waiting:
        first = waiting.pop(0)
        joiner.begin(first, inputs[first])
        # One that cannot be laid onto this process may be when another has been added to it.
        while found := [at for at in waiting if joiner.add(at, inputs[at])]:
            waiting = [at for at in waiting if at not in found]
    return joiner.result()


def _possible(timeline: Timeline) -> Timeline:
    """Return a timeline without what ends before it starts: a look from outside may have mixed two collections."""
    kept = tuple(each for each in timeline.intervals if each.end_s >= each.start_s)
    return timeline if len(kept) == len(timeline.intervals) else replace(timeline, intervals=kept)


class _Joiner:
    def __init__(self, same_process: bool, offsets: Mapping[str, float]) -> None:
        self._same = same_process
        self._offsets = offsets
        self._groups: list[list[Placed]] = []
        self._placed: dict[int, Placed] = {}
        self._notes: list[JoinNote] = []

    def add(self, at: int, item: Input) -> bool:
        """Add an input to the last process, if it tells of it and can be laid onto its axis."""
        process, group = len(self._groups) - 1, self._groups[-1]
        if any(each.item.path == item.path for each in group):
            return False  # one source keeps its processes apart itself
        identity = self._identity(group, item)
        laid = None if identity is None else self._lay(group, item)
        if identity is None or laid is None:
            return False
        if laid.note:
            self._notes.append(JoinNote(laid.note, item.path, group[0].item.path, laid.shift_s))
        self._place(at, Placed(item, process, identity, laid.aligned, laid.shift_s, laid.error_s, laid.cycles))
        return True

    def begin(self, at: int, item: Input) -> None:
        """Begin a process of its own, and say why where there are others."""
        others = [group for group in self._groups if all(each.item.path != item.path for each in group)]
        same = next((group for group in others if self._identity(group, item) is not None), None)
        if same is not None:
            self._notes.append(JoinNote("not aligned", item.path, same[0].item.path))
        elif others:
            self._notes.append(JoinNote("own", item.path))
        shift = self._offsets.get(item.path)
        identity: Identity = "own" if self._groups else "first"
        self._groups.append([])
        aligned: Aligned = "first" if shift is None else "given"
        self._place(at, Placed(item, len(self._groups) - 1, identity, aligned, shift or 0.0))

    def _place(self, at: int, placed: Placed) -> None:
        self._groups[placed.process].append(placed)
        self._placed[at] = placed

    def _identity(self, group: Sequence[Placed], item: Input) -> Identity | None:
        """Return why the input tells of the group's process; None where nothing says so."""
        if self._same:
            return "said"
        pids = {each.item.known_pid for each in group} - {None}
        pid = item.known_pid
        if pid is not None and pids:
            return "pid" if pid in pids and not any(_starts_differ(each, item) for each in group) else None
        if any(_starts_differ(each, item) for each in group):
            return None
        for each in group:
            fit = by_numbers(each.item.timeline, item.timeline)
            if isinstance(fit, Clash):
                return None
            if fit is None:
                fit = by_times(each.item.timeline, item.timeline)
            if fit is not None and fit.chance <= _UNLIKELY and _fits_the_start(each, item, fit):
                return "cycles"
        return None

    def _lay(self, group: Sequence[Placed], item: Input) -> _Laid | None:
        """Return how the input's axis is laid onto the process' axis; None where nothing tells."""
        given = self._offsets.get(item.path)
        if given is not None:
            return _Laid("given", given, None, 0)
        found = [(each, _lay_onto(each.item.timeline, item.timeline)) for each in group]
        known = [(each, laid) for each, laid in found if laid is not None]
        if not known:
            return None
        order = ("program start", "wall clock", "cycle numbers", "cycle times")
        each, laid = min(known, key=lambda pair: (order.index(pair[1].aligned), pair[1].error_s or 0.0))
        return replace(laid, shift_s=laid.shift_s + each.shift_s)

    def result(self) -> Joined:
        """Return the joined timelines."""
        placed = tuple(self._placed[at] for at in sorted(self._placed))
        return Joined(tuple(_merged(group) for group in self._groups), placed, tuple(self._notes))


def _starts_differ(placed: Placed, item: Input) -> bool:
    """Return whether two timelines that count from their program's start name different times for it."""
    one, other = placed.item.timeline, item.timeline
    if not one.zero == other.zero == "program start" or one.zero_unix_s is None or other.zero_unix_s is None:
        return False
    return abs(one.zero_unix_s - other.zero_unix_s) > _CLOCKS_S


def _fits_the_start(placed: Placed, item: Input, fit: Fit) -> bool:
    """Return whether two timelines that both count from their program's start need no shift to coincide."""
    both = placed.item.timeline.zero == item.timeline.zero == "program start"
    return not both or abs(fit.shift_s) <= fit.error_s + _START_S


def _lay_onto(one: Timeline, other: Timeline) -> _Laid | None:
    """Return the shift to add to the other's seconds, by the best reason that there is."""
    fit = by_numbers(one, other)
    clash = isinstance(fit, Clash)
    numbers = None if isinstance(fit, Clash) else fit
    if one.zero == other.zero == "program start":
        off = clash or (numbers is not None and abs(numbers.shift_s) > numbers.error_s + _START_S)
        return _Laid("program start", 0.0, 0.0, numbers.cycles if numbers else 0, "cycles differ" if off else "")
    aligned: Aligned = "cycle numbers"
    if numbers is None and not clash:
        times = by_times(one, other)
        if times is not None and times.chance <= _UNLIKELY:
            numbers, aligned = times, "cycle times"
    if one.zero_unix_s is not None and other.zero_unix_s is not None:
        shift = other.zero_unix_s - one.zero_unix_s
        if numbers is None:
            return _Laid("wall clock", shift, None, 0, "cycles differ" if clash else "")
        if abs(shift - numbers.shift_s) <= numbers.error_s:
            return _Laid("wall clock", shift, numbers.error_s, numbers.cycles)
        # A wall clock is written to the second in many a log; the collections are dated to milliseconds.
        note = "clocks differ" if abs(shift - numbers.shift_s) > _CLOCKS_S else ""
        return _Laid(aligned, numbers.shift_s, numbers.error_s, numbers.cycles, note)
    return None if numbers is None else _Laid(aligned, numbers.shift_s, numbers.error_s, numbers.cycles)


def moved(timeline: Timeline, shift_s: float) -> Timeline:
    """Return a timeline with its axis moved: each second has ``shift_s`` added."""
    if shift_s == 0:
        return timeline
    unix = timeline.zero_unix_s
    return replace(
        timeline,
        zero_unix_s=None if unix is None else unix - shift_s,
        series=tuple(replace(each, t_s=each.t_s + shift_s) for each in timeline.series),
        intervals=tuple(
            replace(each, start_s=each.start_s + shift_s, end_s=each.end_s + shift_s) for each in timeline.intervals
        ),
        moments=tuple(replace(each, at_s=each.at_s + shift_s) for each in timeline.moments),
        findings=tuple(
            replace(each, start_s=each.start_s + shift_s, end_s=each.end_s + shift_s) for each in timeline.findings
        ),
    )


def _merged(group: Sequence[Placed]) -> Timeline:
    """Return what all inputs of one process say, in the order of their times."""
    parts = [moved(each.item.timeline, each.shift_s) for each in group]
    first = parts[0]
    if len(parts) == 1:
        return first
    names = dict.fromkeys(part.process for part in parts)
    with_pid = [part.process for part in parts if pid_in(part.process) is not None]
    unix = next((part.zero_unix_s for part in parts if part.zero_unix_s is not None), None)
    intervals = _once([each for part in parts for each in part.intervals], lambda each: each.start_s)
    moments = _once([each for part in parts for each in part.moments], lambda each: each.at_s)
    return Timeline(
        process=with_pid[0] if with_pid else next(iter(names)),
        zero=first.zero,
        zero_unix_s=unix,
        series=tuple(_series([each for part in parts for each in part.series])),
        intervals=tuple(sorted(intervals, key=lambda each: (each.start_s, each.end_s))),
        moments=tuple(sorted(moments, key=lambda each: each.at_s)),
        findings=tuple(each for part in parts for each in part.findings),
        checks=tuple(each for part in parts for each in part.checks),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


_Event = TypeVar("_Event", "Interval", "Moment")


def _once(events: Sequence[_Event], start: Callable[[_Event], float]) -> list[_Event]:
    """Return events without those that another input has from the same source: a log and its own JSON, say."""
    seen = set()
    found = []
    for each in events:
        key = (each.track, each.name, each.source, round(start(each), 6), tuple(each.detail.items()))
        if key not in seen:
            seen.add(key)
            found.append(each)
    return found


def _series(all_series: Sequence[Series]) -> list[Series]:
    """Return the series; pieces of one figure that one source saw, told by several inputs, are put together."""
    held: dict[tuple[str, str], list[Series]] = {}
    for each in all_series:
        held.setdefault((each.name, each.source), []).append(each)
    found = []
    for pieces in held.values():
        if len(pieces) == 1:
            found.append(pieces[0])
            continue
        t_s = np.concatenate([each.t_s for each in pieces])
        values = np.concatenate([each.values for each in pieces])
        order = np.argsort(t_s, kind="stable")
        t_s, values = t_s[order], values[order]
        again = np.append(False, (np.diff(t_s) <= _SAME_S) & (np.diff(values) == 0))
        found.append(replace(pieces[0], t_s=t_s[~again], values=values[~again]))
    return found
