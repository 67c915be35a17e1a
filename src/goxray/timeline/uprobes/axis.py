"""Events of a trace on the common time axis: moments, and collections between two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.core.timeline_result import Interval, Moment, Timeline
from goxray.core.trace_result import EVENTS, TRIGGERS, TraceEvents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Literal

    from numpy.typing import NDArray

MOST = 2000
"""Moments of one name that are drawn one by one; more are put together by time."""

_TRACK = {
    "gc start": "gc",
    "mark end": "mark",
    "sweep done": "sweep",
    "scavenge": "scavenge",
}
_GC_START, _MARK_END = EVENTS.index("gc start"), EVENTS.index("mark end")


def timeline_of(
    process: str,
    events: TraceEvents,
    owners: Mapping[int, str],
    *,
    zero: Literal["program start", "first record"],
    zero_unix_s: float | None,
    numbered: bool = False,
) -> Timeline:
    """Put events on an axis; ``numbered`` says that they are a program's from its start on, none lost."""
    moments: list[Moment] = []
    for number, name in enumerate(EVENTS):
        rows = np.flatnonzero(events.event == number)
        track = _TRACK.get(name, "map")
        if len(rows) <= MOST:
            moments += [
                Moment(track, name, float(events.t_s[row]), "uprobes", _detail(events, row, owners))
                for row in rows.tolist()
            ]
        else:
            moments += _together(track, name, events, rows)
    moments.sort(key=lambda moment: moment.at_s)
    return Timeline(
        process=process,
        zero=zero,
        zero_unix_s=zero_unix_s,
        moments=tuple(moments),
        intervals=tuple(_collections(events, numbered=numbered)),
    )


def _detail(events: TraceEvents, row: int, owners: Mapping[int, str]) -> dict[str, float | str]:
    address = int(events.map[row])
    place = int(events.type[row])
    trigger = int(events.trigger[row])
    found: dict[str, float | str] = {}
    if address:
        found["map"] = f"{address:#x}"
    if address in owners:
        found["owner"] = owners[address]
    if place >= 0:
        found["type"] = events.types[place]
    if trigger >= 0:
        found["trigger"] = TRIGGERS[trigger]
    for name in ("old_slots", "new_slots", "bytes"):
        value = int(getattr(events, name)[row])
        if value >= 0:
            found[name] = value
    return found


def _together(track: str, name: str, events: TraceEvents, rows: NDArray[np.int64]) -> Iterator[Moment]:
    """Put what happens within one MOST-th of the time that the events span into one moment."""
    at = events.t_s[rows]
    width = float(at[-1] - at[0]) / MOST
    bins = np.minimum(((at - at[0]) / width).astype(np.int64), MOST - 1) if width else np.zeros(len(at), np.int64)
    sizes = events.bytes[rows]
    for number in np.unique(bins).tolist():
        inside = bins == number
        detail: dict[str, float | str] = {"count": int(inside.sum())}
        if (sizes[inside] >= 0).any():
            detail["bytes"] = int(sizes[inside].sum())
        yield Moment(track, name, float(at[inside][0]), "uprobes", detail)


def _collections(events: TraceEvents, *, numbered: bool) -> Iterator[Interval]:
    """From each start of a collection to the end of its marking, where both were seen: the cycle, and its marking.

    Both begin and end while the world stands still, so that they differ from what gctrace prints by parts of those two
    stops. ``numbered``: the first one seen is the program's first.
    """
    rows = np.flatnonzero((events.event == _GC_START) | (events.event == _MARK_END)).tolist()
    number = 0
    for row, after in zip(rows, rows[1:], strict=False):
        if events.event[row] != _GC_START:
            continue
        number += 1
        if events.event[after] != _MARK_END:
            continue
        start, end = float(events.t_s[row]), float(events.t_s[after])
        trigger = int(events.trigger[row])
        detail: dict[str, float | str] = {"n": number} if numbered else {}
        if trigger >= 0:
            detail |= {"forced": float(TRIGGERS[trigger] == "forced"), "trigger": TRIGGERS[trigger]}
        yield Interval("gc", "cycle", start, end, "uprobes", detail)
        yield Interval("mark", "concurrent mark", start, end, "uprobes", detail)
