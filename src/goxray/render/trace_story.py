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
    """Maps at one address that grew: how often, and how many of it were splits of a table.

    ``old_slots`` are those before the first growth seen there, ``new_slots`` those behind the last; -1 where the events
    do not tell. Maps may have stood at an address one after another.
    """

    addr: int
    type: str
    owner: str
    growths: int
    splits: int
    old_slots: int
    new_slots: int


@dataclass(frozen=True)
class TypeRow:
    """Maps of one type: their growths, how many of those were splits of tables, and at how many addresses."""

    type: str
    growths: int
    splits: int
    addresses: int


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
        found.append(EventRow(event, len(times), first, last, sum(probe.lost for probe in probes if not probe.detail)))
    return found


def type_rows(result: TraceResult, most: int) -> tuple[list[TypeRow], int]:
    """Return the types whose maps grew most often, the first ``most`` of them, and how many there are."""
    events = result.events
    rows = np.flatnonzero(np.isin(events.event, numbers(*GROWTHS)))
    places, counts = np.unique(events.type[rows], return_counts=True)
    found = []
    for at in np.lexsort((places, -counts))[:most].tolist():
        mine = rows[events.type[rows] == places[at]]
        found.append(
            TypeRow(
                type=_type(events, int(mine[0])),
                growths=len(mine),
                splits=int((events.event[mine] == EVENTS.index("table split")).sum()),
                addresses=len(np.unique(events.map[mine])),
            )
        )
    return found, len(places)


def map_rows(result: TraceResult, most: int) -> tuple[list[MapRow], int]:
    """Return the addresses whose maps grew most often, the first ``most`` of them, and how many there are."""
    events = result.events
    rows = np.flatnonzero(np.isin(events.event, numbers(*GROWTHS)) & (events.map != 0))
    addrs, counts = np.unique(events.map[rows], return_counts=True)
    order = np.lexsort((addrs, -counts))[:most]
    return [_map_row(result, int(addrs[at]), rows[events.map[rows] == addrs[at]]) for at in order.tolist()], len(addrs)


def _map_row(result: TraceResult, addr: int, rows: np.ndarray) -> MapRow:
    events = result.events
    kinds = events.event[rows]
    return MapRow(
        addr=addr,
        type=_type(events, int(rows[0])),
        owner=result.owners.get(addr, ""),
        growths=len(rows),
        splits=int((kinds == EVENTS.index("table split")).sum()),
        old_slots=int(events.old_slots[rows[0]]) if kinds[0] == EVENTS.index("map grow") else -1,
        new_slots=_slots_now(events, rows),
    )


def _slots_now(events: TraceEvents, rows: np.ndarray) -> int:
    """Return the slots of a map behind its last growth: what the last ``map grow`` made, and what its tables gained.

    A classic map has no tables; of a Swiss map whose ``map grow`` was not seen only the table that grew is known.
    """
    begins = np.flatnonzero(events.event[rows] == EVENTS.index("map grow"))
    if not len(begins):
        return -1
    whole, tables = rows[begins[-1]], rows[begins[-1] + 1 :]
    gained = events.new_slots[tables] - events.old_slots[tables]
    return int(events.new_slots[whole] + gained.sum())


def _type(events: TraceEvents, row: int) -> str:
    place = int(events.type[row])
    return events.types[place] if place >= 0 else ""


def cycle_rows(result: TraceResult) -> list[CycleRow]:
    """Return the collections whose start was seen."""
    events = result.events
    starts = np.flatnonzero(events.event == EVENTS.index("gc start")).tolist()
    found = []
    for row, after in zip(starts, [*starts, len(events)][1:], strict=True):
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
        key = "tr.story.growth.split" if of["table split"] else "tr.story.growth"
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
    lost = result.lost
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
