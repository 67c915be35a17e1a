"""``--format perfetto``: Chrome's trace event JSON, which ui.perfetto.dev and chrome://tracing open.

The format is the published "Trace Event Format". Metadata events (``M``) name processes and tracks, complete events
(``X``) are intervals, instants (``i``) are moments, counters (``C``) are series. Times are microseconds, from the first
thing that is known. Both viewers take the complete events of a track for calls of a stack, so that only nested ones may
overlap: intervals that do stand on tracks of their own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from goxray import __version__
from goxray.core.timeline_result import pid_in
from goxray.render.safe import printable
from goxray.render.timeline_axis import axis_of, lanes_of, rows_of
from goxray.render.timeline_story import finding_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from goxray.core.timeline_result import HasTimelines, Timeline
    from goxray.render.options import RenderOptions
    from goxray.render.timeline_axis import Axis, Lane
    from goxray.render.words import Lang

    Event = dict[str, Any]

_MICRO = 1e6
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def write_perfetto(result: HasTimelines, out: BinaryIO, options: RenderOptions) -> None:
    """Write the timelines of a result as one JSON object in UTF-8, an event a line."""
    axis = axis_of(result.timelines)
    names, timed = _events(result.timelines, axis, options.lang)
    other = {
        "written_by": f"goxray {__version__}",
        "zero": ", ".join(dict.fromkeys(each.zero for each in result.timelines)),
        "zero_us": _micro(0.0, axis),
        "notes": [printable(note) for each in result.timelines for note in each.notes],
    }
    if getattr(result, "unverified", False):
        other["unverified"] = True
    if axis.zero_unix_s is not None:
        other["zero_unix_s"] = axis.zero_unix_s
    out.write(b'{"displayTimeUnit":"ms",\n"otherData":' + _encode(other) + b',\n"traceEvents":[')
    separator = b"\n"
    for event in (*names, *timed):
        out.write(separator + _encode(event))
        separator = b",\n"
    out.write(b"\n]}\n")


def _encode(value: Any) -> bytes:
    return _JSON.encode(value).encode("utf-8", "replace")


def _events(timelines: Sequence[Timeline], axis: Axis, lang: Lang) -> tuple[list[Event], list[Event]]:
    """Return the metadata, and all that has a time, in its order; what contains others before them."""
    pids = _pids(timelines)
    names: list[Event] = []
    timed: list[Event] = []
    for place, (timeline, pid) in enumerate(zip(timelines, pids, strict=True)):
        shift = axis.shifts[place]
        names += [
            _meta("process_name", pid, 0, name=printable(timeline.process)),
            _meta("process_sort_index", pid, 0, sort_index=place),
        ]
        tracks = _Tracks(pid, max(pids) + 1 + 1_000_000 * place)
        timed += _findings(timeline, tracks, shift, axis, lang)
        for lane in lanes_of(timeline):
            timed += _lane(lane, tracks, shift, axis)
        timed += _counters(timeline, pid, shift, axis)
        names += tracks.names
    timed.sort(key=lambda event: (event["ts"], -event.get("dur", 0)))
    return names, timed


def _pids(timelines: Sequence[Timeline]) -> list[int]:
    """Return a number for each process: its pid where its name tells it, else a free one from 1 up."""
    told = [pid_in(each.process) or 0 for each in timelines]
    pids: list[int] = []
    for pid in told:
        if not pid or pid in pids:
            pid = next(free for free in range(1, len(told) * 2 + 1) if free not in pids and free not in told)
        pids.append(pid)
    return pids


class _Tracks:
    """The tracks of one process: numbers that no other process uses, names in the order of drawing."""

    def __init__(self, pid: int, first: int) -> None:
        self.pid = pid
        self.names: list[Event] = []
        self._next = first
        self._known: dict[tuple[str, int], int] = {}

    def tid(self, name: str, row: int) -> int:
        """Return the number of a track's row."""
        if (name, row) not in self._known:
            tid = self._known[name, row] = self._next
            self._next += 1
            shown = name if row == 0 else f"{name} ({row + 1})"
            self.names += [
                _meta("thread_name", self.pid, tid, name=shown),
                _meta("thread_sort_index", self.pid, tid, sort_index=len(self._known)),
            ]
        return self._known[name, row]


def _meta(what: str, pid: int, tid: int, **args: Any) -> Event:
    return {"ph": "M", "name": what, "pid": pid, "tid": tid, "ts": 0, "args": args}


def _lane(lane: Lane, tracks: _Tracks, shift: float, axis: Axis) -> Iterator[Event]:
    name = printable(" ".join(filter(None, [lane.track, lane.owner, f"({lane.source})" if lane.source else ""])))
    ranges = [(_micro(each.start_s + shift, axis), _micro(each.end_s + shift, axis)) for each in lane.intervals]
    for interval, (start, end), row in zip(lane.intervals, ranges, rows_of(ranges), strict=True):
        yield _complete(interval.name, lane.track, (start, end), tracks, name, row) | {
            "args": _details(interval.detail, interval.source)
        }
    for moment in lane.moments:
        yield {
            "ph": "i", "s": "t", "name": printable(moment.name), "cat": lane.track, "pid": tracks.pid,
            "tid": tracks.tid(name, 0), "ts": _micro(moment.at_s + shift, axis),
            "args": _details(moment.detail, moment.source),
        }  # fmt: skip


def _complete(name: str, track: str, when: tuple[float, float], tracks: _Tracks, thread: str, row: int) -> Event:
    start, end = when
    return {
        "ph": "X", "name": printable(name), "cat": track, "pid": tracks.pid, "tid": tracks.tid(thread, row),
        "ts": start, "dur": round(max(end - start, 0.0), 3),
    }  # fmt: skip


def _details(detail: Mapping[str, float | str], source: str) -> dict[str, float | str]:
    """Return what the viewer shows of an event; a number that JSON does not have is left out."""
    kept: dict[str, float | str] = {"source": source}
    for key, value in detail.items():
        if isinstance(value, str):
            kept[printable(key)] = printable(value)
        elif np.isfinite(value):
            kept[printable(key)] = int(value) if float(value).is_integer() else float(value)
    return kept


def _findings(timeline: Timeline, tracks: _Tracks, shift: float, axis: Axis, lang: Lang) -> Iterator[Event]:
    found = sorted(timeline.findings, key=lambda each: (each.start_s, -each.end_s))
    ranges = [(_micro(each.start_s + shift, axis), _micro(each.end_s + shift, axis)) for each in found]
    for finding, when, row in zip(found, ranges, rows_of(ranges), strict=True):
        told = finding_words(finding, lang)
        said = {"severity": told.severity, "why": told.why, "do": told.do}
        yield _complete(told.title, "finding", when, tracks, "findings", row) | {
            "args": {**{name: text for name, text in said.items() if text}, **_details(finding.figures, "goxray")}
        }


def _counters(timeline: Timeline, pid: int, shift: float, axis: Axis) -> Iterator[Event]:
    several = _several(each.name for each in timeline.series)
    for series in timeline.series:
        name = f"{series.name} ({series.source})" if series.name in several else series.name
        for t_s, value in zip(series.t_s.tolist(), series.values.tolist(), strict=True):
            if np.isfinite(value) and np.isfinite(t_s):
                told = int(value) if value.is_integer() else value
                yield {
                    "ph": "C", "name": printable(name), "pid": pid, "tid": 0, "ts": _micro(t_s + shift, axis),
                    "args": {series.unit: told},
                }  # fmt: skip


def _several(names: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    again: set[str] = set()
    for name in names:
        (again if name in seen else seen).add(name)
    return again


def _micro(second: float, axis: Axis) -> float:
    """Return microseconds from the first thing that is known, to the nanosecond; whole ones as a whole number."""
    micro = round(max(second - min(axis.start_s, 0.0), 0.0) * _MICRO, 3)
    return int(micro) if micro.is_integer() else micro
