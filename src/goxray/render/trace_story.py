"""What the events of a trace come to: by name, by map, by collection. Adds up columns, measures nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.trace_result import EVENTS, TRIGGERS
from goxray.core.units import format_bytes, format_count
from goxray.render.words import say

if TYPE_CHECKING:
    from goxray.core.trace_result import TraceEvents, TraceResult
    from goxray.render.words import Lang

GROWTHS = ("map grow", "table grow", "table split")


@dataclass(frozen=True)
class EventRow:
    """One kind of event: how often, and when first and last (None where never)."""

    event: str
    count: int
    first_s: float | None
    last_s: float | None
    lost: int


@dataclass(frozen=True)
class MapRow:
    """One map that grew: how often, how many of it were splits of a table, and the most slots that an event named."""

    addr: int
    type: str
    owner: str
    growths: int
    splits: int
    first_slots: int
    most_slots: int


@dataclass(frozen=True)
class CycleRow:
    """One collection, as far as its events were seen: seconds, None for what was not."""

    start_s: float
    trigger: str
    mark_s: float | None
    sweep_s: float | None
    scavenged: int


def numbers(*events: str) -> list[int]:
    """Return the numbers of events."""
    return [EVENTS.index(event) for event in events]


def event_rows(result: TraceResult) -> list[EventRow]:
    """Return a row for each event that was traced."""
    found = []
    for event in EVENTS:
        probes = [probe for probe in result.probes if probe.event == event]
        if not probes:
            continue
        times = result.events.t_s[result.events.event == EVENTS.index(event)]
        first, last = (float(times[0]), float(times[-1])) if len(times) else (None, None)
        found.append(EventRow(event, len(times), first, last, sum(probe.lost for probe in probes)))
    return found


def map_rows(result: TraceResult) -> list[MapRow]:
    """Return the maps that grew, those that grew most often first."""
    events = result.events
    rows = np.flatnonzero(np.isin(events.event, numbers(*GROWTHS)) & (events.map != 0))
    addrs, first, inverse, counts = np.unique(
        events.map[rows], return_index=True, return_inverse=True, return_counts=True
    )
    splits = np.bincount(
        inverse.reshape(-1), weights=events.event[rows] == EVENTS.index("table split"), minlength=len(addrs)
    )
    most = np.zeros(len(addrs), np.int64)
    np.maximum.at(most, inverse.reshape(-1), events.new_slots[rows])
    order = np.lexsort((addrs, -most, -counts))
    return [
        MapRow(
            addr=int(addrs[at]),
            type=_type(events, int(rows[first[at]])),
            owner=result.owners.get(int(addrs[at]), ""),
            growths=int(counts[at]),
            splits=int(splits[at]),
            first_slots=int(events.old_slots[rows[first[at]]]),
            most_slots=int(most[at]),
        )
        for at in order.tolist()
    ]


def _type(events: TraceEvents, row: int) -> str:
    place = int(events.type[row])
    return events.types[place] if place >= 0 else ""


def cycle_rows(result: TraceResult) -> list[CycleRow]:
    """Return the collections whose start was seen."""
    events = result.events
    starts = np.flatnonzero(events.event == EVENTS.index("gc start")).tolist()
    found = []
    for row, after in zip(starts, [*starts[1:], len(events)], strict=True):
        inside = slice(row, after)
        kinds, times = events.event[inside], events.t_s[inside]
        mark, sweep = (_first(kinds, times, name) for name in ("mark end", "sweep done"))
        scavenged = events.bytes[inside][kinds == EVENTS.index("scavenge")]
        trigger = int(events.trigger[row])
        start = float(events.t_s[row])
        found.append(
            CycleRow(
                start_s=start,
                trigger=TRIGGERS[trigger] if trigger >= 0 else "",
                mark_s=mark - start if mark is not None else None,
                sweep_s=sweep - mark if mark is not None and sweep is not None and sweep >= mark else None,
                scavenged=int(scavenged.sum()),
            )
        )
    return found


def _first(kinds: np.ndarray, times: np.ndarray, event: str) -> float | None:
    at = np.flatnonzero(kinds == EVENTS.index(event))
    return float(times[at[0]]) if len(at) else None


def tell(result: TraceResult, lang: Lang) -> str:
    """Return in one sentence what happened."""
    events = result.events
    counts = np.bincount(events.event, minlength=len(EVENTS)).tolist()
    of = dict(zip(EVENTS, counts, strict=True))
    parts = []
    grown = sum(of[name] for name in GROWTHS)
    if grown:
        maps = len(np.unique(events.map[np.isin(events.event, numbers(*GROWTHS))]))
        swiss = any(probe.event == "table split" for probe in result.probes)
        key = "tr.story.growth" if swiss else "tr.story.growth.classic"
        parts.append(say(key, lang, grown=grown, maps=maps, splits=of["table split"]))
    if of["gc start"]:
        parts.append(say("tr.story.gc", lang, n=of["gc start"]))
    if of["scavenge"]:
        given = int(events.bytes[events.event == EVENTS.index("scavenge")].sum())
        parts.append(say("tr.story.scavenge", lang, n=of["scavenge"], bytes=format_bytes(given)))
    parts += [say(f"tr.story.{name}", lang, n=of[name]) for name in ("clear", "evacuate") if of[name]]
    if not parts:
        return say("tr.story.none", lang)
    text = "; ".join(parts) + "." if lang == "en" else "；".join(parts) + "。"
    lost = sum(row.lost for row in event_rows(result))
    joint = " " if lang == "en" else ""
    cut = any(probe.stopped_at_s is not None for probe in result.probes)
    ends = [*([say("tr.lost", lang, n=lost)] if lost else []), *([say("tr.cut", lang)] if cut else [])]
    return joint.join([text, *(ends or [say("tr.whole", lang)])])


def notes(result: TraceResult, lang: Lang) -> list[str]:
    """Return what a reader should know besides."""
    found = []
    stopped = {probe.event: probe.stopped_at_s for probe in result.probes if probe.stopped_at_s is not None}
    found += [say("tr.stopped", lang, event=event, s=f"{at:.1f}") for event, at in stopped.items()]
    others = sum(probe.others for probe in result.probes)
    if others:
        found.append(say("tr.others", lang, n=others))
    if result.throttled:
        found.append(say("tr.throttled", lang, n=result.throttled))
    if result.zero != "program start":
        found.append(say("tr.zero", lang))
    return [*found, *result.notes]


def seconds(value: float | None, dash: str) -> str:
    """Write a time in seconds with what digits matter."""
    return dash if value is None else f"{value:,.3f} s"


def length(value: float | None, dash: str) -> str:
    """Write how long something took."""
    if value is None:
        return dash
    return f"{value * 1e3:.2f} ms" if value < 1 else f"{value:.2f} s"


def rate(row: EventRow, result: TraceResult) -> str:
    """Write how often an event came in a second of recording."""
    span = result.end_s - result.start_s
    return format_count(round(row.count / span)) if span > 0 and row.count / span >= 10 else f"{row.count / span:.1f}"
