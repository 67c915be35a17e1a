"""From what a watch saw to the result: events in seconds, windows between them, the phases one by one, a timeline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.phases_result import EVENTS, WINDOWS, Cycle, Generation, IsolatedPhase, PhaseEvent, PhaseWindow
from goxray.core.timeline_result import SERIES, Interval, Moment, Series, Timeline
from goxray.timeline.phases.tracker import KEPT_CAUSES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from goxray.core.phases_result import Only, PhaseName
    from goxray.core.timeline_result import Source
    from goxray.timeline.phases.tracker import Mark, Tracker
    from goxray.timeline.phases.watch import Activity, Watch

OF_PHASE: Mapping[str, frozenset[str]] = {
    "all": frozenset(EVENTS),
    "assign": frozenset({"let go"}),
    "gc": frozenset({"let go", "gc start", "mark end", "reusable"}),
    "release": frozenset({"mark end", "reusable", "reused", "scavenged", "out of rss"}),
}
"""The events that belong to each choice of ``--only``."""

_MOMENTS = {"gc start": "gc", "mark end": "mark", "reusable": "sweep", "scavenged": "scavenge", "out of rss": "os"}
_MOMENT_NAMES = {"reusable": "sweep done", "scavenged": "scavenge", "out of rss": "rss drop"}
_CAUSES = {"cleared": "clear", "deleted": "delete", "emptied": "delete", "outgrown": "map grow"}


class Story:
    """Tells one watch in seconds since ``zero`` (a CLOCK_MONOTONIC value in nanoseconds)."""

    def __init__(self, watch: Watch, zero: int, block_kinds: Sequence[str], only: Only) -> None:
        self._watch, self._zero, self._kinds, self._only = watch, zero, block_kinds, only

    def seconds(self, clock: int) -> float:
        """Return a clock value on the axis."""
        return (clock - self._zero) / 1e9

    # ---- generations

    def generations(self) -> tuple[Generation, ...]:
        """Return the generations in the order in which they were given up."""
        told = [each for each in self._watch.trackers if not each.mistaken and _says_something(each)]
        told.sort(key=lambda tracker: tracker.marks["let go"].high)
        return tuple(self._generation(number, tracker) for number, tracker in enumerate(told, 1))

    def _generation(self, number: int, tracker: Tracker) -> Generation:
        wanted = OF_PHASE[self._only]
        marks = _settled(tracker)
        events = {name: self._event(name, marks[name]) for name in EVENTS if name in marks and name in wanted}
        windows = [_window(name, events[a], events[b]) for name, (a, b) in WINDOWS.items() if {a, b} <= set(events)]
        kinds, counts = np.unique(tracker.places.kind, return_counts=True)
        dead = tracker.found_dead
        return Generation(
            number=number,
            cause=tracker.cause,
            addr=tracker.addr,
            outcome=tracker.outcome(),
            parts={self._kinds[kind]: count for kind, count in zip(kinds.tolist(), counts.tolist(), strict=True)},
            bytes=tracker.bytes(),
            events=tuple(sorted(events.values(), key=lambda event: (event.at_s, EVENTS.index(event.name)))),
            windows=tuple(windows),
            found_dead_by=dead[1] if dead else None,
            found_dead_least=dead[0] if dead else None,
            entries_before=tracker.entries[0],
            entries_after=tracker.entries[1],
        )

    def _event(self, name: str, mark: Mark) -> PhaseEvent:
        return PhaseEvent(
            name, self.seconds(mark.high), (mark.high - mark.low) / 1e9, mark.num_gc_high, mark.num_gc_low, mark.source
        )

    # ---- cycles and phases

    def cycles(self) -> tuple[Cycle, ...]:
        """Return the collections seen."""
        found = []
        for n, seen in sorted(self._watch.cycles.seen.items()):
            if seen.start is None:
                continue
            end = seen.end
            found.append(
                Cycle(
                    n, self.seconds(seen.start.high), (seen.start.high - seen.start.low) / 1e9,
                    self.seconds(end.high) if end else None, (end.high - end.low) / 1e9 if end else 0.0, seen.forced,
                )
            )  # fmt: skip
        return tuple(found)

    def phases(self) -> tuple[IsolatedPhase, ...]:
        """Return the three phases, each with what of the others fell into it."""
        watch = self._watch
        work = {
            "assign": _spans(watch.inserts + watch.growths),
            "gc": [
                (seen.start.low, seen.end.high if seen.end else watch.ended_at)
                for seen in watch.cycles.seen.values()
                if seen.start is not None
            ],
            "release": self._release(),
        }
        told = (self._assign(work), self._gc(work), self._released(work))
        return tuple(phase for phase in told if self._only in ("all", phase.name))

    def _release(self) -> list[tuple[int, int]]:
        """When memory that was found dead was swept, and when any memory was given back to the OS."""
        swept = []
        for tracker in self._watch.trackers:
            marks = tracker.marks
            if "reusable" in marks and "mark end" in marks:
                swept.append((marks["mark end"].high, max(marks["reusable"].high, marks["mark end"].high)))
        return swept + _spans(self._watch.releases)

    def _bounds(self, spans: list[tuple[int, int]]) -> tuple[float | None, float | None]:
        if not spans:
            return None, None
        return self.seconds(min(low for low, _ in spans)), self.seconds(max(high for _, high in spans))

    def _assign(self, work: Mapping[str, list[tuple[int, int]]]) -> IsolatedPhase:
        watch = self._watch
        figures = {
            "entries_added": float(sum(each.amount for each in watch.inserts)),
            "growths": float(sum(each.amount for each in watch.growths)),
            "bytes_outgrown": float(sum(int(t.places.size.sum()) for t in watch.trackers if t.cause == "outgrown")),
        }
        others = {
            "cycles": float(_overlaps(work["assign"], work["gc"])),
            "released_bytes": float(_amount(watch.releases, work["assign"])),
        }
        return self._phase("assign", work, figures, others)

    def _gc(self, work: Mapping[str, list[tuple[int, int]]]) -> IsolatedPhase:
        seen = [each for each in self._watch.cycles.seen.values() if each.start is not None]
        busy = sum((each.end.high - each.start.high) / 1e9 for each in seen if each.start and each.end)
        figures = {
            "cycles": float(len(seen)),
            "forced": float(sum(each.forced for each in seen)),
            "seconds_in_cycles": busy,
        }
        others = {
            "entries_added": float(_amount(self._watch.inserts, work["gc"])),
            "released_bytes": float(_amount(self._watch.releases, work["gc"])),
        }
        return self._phase("gc", work, figures, others)

    def _released(self, work: Mapping[str, list[tuple[int, int]]]) -> IsolatedPhase:
        given = [tracker.bytes() for tracker in self._watch.trackers if tracker.cause not in KEPT_CAUSES]
        figures = {
            "freed_bytes": float(sum(each.freed for each in given)),
            "scavenged_bytes": float(sum(each.scavenged for each in given)),
            "released_bytes": float(sum(each.amount for each in self._watch.releases)),
        }
        others = {
            "cycles": float(_overlaps(work["release"], work["gc"])),
            "entries_added": float(_amount(self._watch.inserts, work["release"])),
        }
        return self._phase("release", work, figures, others)

    def _phase(
        self,
        name: PhaseName,
        work: Mapping[str, list[tuple[int, int]]],
        figures: dict[str, float],
        others: dict[str, float],
    ) -> IsolatedPhase:
        start, end = self._bounds(work[name])
        alone = not any(others.values())
        return IsolatedPhase(name, start, end, alone, figures, others)

    # ---- the timeline

    def timeline(
        self, process: str, owner: str, notes: tuple[str, ...], *, known_zero: bool, zero_unix_s: float | None
    ) -> Timeline:
        """Return everything on one axis."""
        generations = self.generations()
        return Timeline(
            process=process,
            zero="program start" if known_zero else "first record",
            zero_unix_s=zero_unix_s,
            series=tuple(self._series()),
            intervals=tuple([*self._cycle_intervals(), *_window_intervals(generations, owner)]),
            moments=tuple(sorted(_moments(generations, owner), key=lambda moment: moment.at_s)),
            notes=notes,
        )

    def _series(self) -> list[Series]:
        samples = self._watch.samples
        sources: Mapping[str, Source] = {"rss": "proc", "map_entries": "maps", "map_bytes": "maps"}
        found = []
        for name, at in samples.at.items():
            t = (np.array(at, np.int64) - self._zero) / 1e9
            values = np.array(samples.value[name], np.float64)
            found.append(Series(name, SERIES[name], sources.get(name, "counters"), t, values, name == "gc_cycles"))
        return found

    def _cycle_intervals(self) -> list[Interval]:
        return [
            Interval(
                "gc", "cycle", cycle.start_s, cycle.end_s, "counters", {"n": cycle.n, "forced": float(cycle.forced)}
            )
            for cycle in self.cycles()
            if cycle.end_s is not None
        ]


def _says_something(tracker: Tracker) -> bool:
    """Deletes that were followed by growth or by the map's end before a cycle came are part of those."""
    return not tracker.closed or tracker.swept_alive


def _settled(tracker: Tracker) -> dict[str, Mark]:
    """Return the marks with what they say of each other.

    A cycle does not find dead what was let go after it began (the write barrier shades what a pointer is taken from,
    runtime/mbarrier.go), and nothing is swept before the marking has ended.
    """
    marks = dict(tracker.marks)
    dead, let_go = tracker.found_dead, marks["let go"]
    if dead is None:
        return marks
    count = max(let_go.num_gc_low, min(let_go.num_gc_high, dead[1] - 1))
    start, end = marks.get("gc start"), marks.get("mark end")
    high = min(let_go.high, start.high) if start is not None else let_go.high
    marks["let go"] = replace(let_go, low=min(let_go.low, high), high=high, num_gc_high=count)
    if "reusable" in marks:
        low = max(marks["reusable"].low, end.low) if end is not None else marks["reusable"].low
        reusable = replace(marks["reusable"], low=low, num_gc_low=dead[0], num_gc_high=dead[1])
        marks["reusable"] = replace(reusable, high=max(reusable.high, low))
    for name, after in (("reused", "mark end"), ("scavenged", "reusable"), ("out of rss", "scavenged")):
        if name in marks and after in marks:
            low = min(max(marks[name].low, marks[after].low), marks[name].high)
            marks[name] = replace(marks[name], low=low)
    return marks


def _window(name: str, start: PhaseEvent, end: PhaseEvent) -> PhaseWindow:
    least = max(0, end.num_gc_least - start.num_gc)
    most = max(least, end.num_gc - start.num_gc_least)
    return PhaseWindow(
        name,
        start.name,
        end.name,
        start.at_s,
        max(start.at_s, end.at_s),
        start.resolution_s + end.resolution_s,
        most,
        least,
    )


def _spans(activities: list[Activity]) -> list[tuple[int, int]]:
    return [(each.low, each.high) for each in activities]


def _overlaps(spans: list[tuple[int, int]], others: list[tuple[int, int]]) -> int:
    """How many of ``others`` share time with one of ``spans``."""
    return sum(any(low < end and start < high for low, high in spans) for start, end in others)


def _amount(activities: list[Activity], spans: list[tuple[int, int]]) -> int:
    """How much of the activities fell into the spans, spread evenly over each of them."""
    total = 0.0
    for each in activities:
        length = max(each.high - each.low, 1)
        inside = sum(max(0, min(high, each.high) - max(low, each.low)) for low, high in spans)
        total += each.amount * min(1.0, inside / length)
    return round(total)


def _window_intervals(generations: tuple[Generation, ...], owner: str) -> list[Interval]:
    return [
        Interval(
            "map", window.name, window.start_s, window.end_s, "maps",
            {"owner": owner, "cause": generation.cause, "generation": generation.number, "cycles": window.cycles,
             "bytes": generation.bytes.blocks},
        )
        for generation in generations
        for window in generation.windows
        if not window.name.startswith("until")
    ]  # fmt: skip


def _moments(generations: tuple[Generation, ...], owner: str) -> list[Moment]:
    found = []
    for generation in generations:
        for event in generation.events:
            name = _MOMENT_NAMES.get(event.name, event.name)
            if event.name == "let go":
                name = _CAUSES.get(generation.cause, "dropped")
            track = _MOMENTS.get(event.name, "map")
            detail: dict[str, float | str] = {
                "owner": owner,
                "generation": generation.number,
                "resolution_s": event.resolution_s,
            }
            found.append(Moment(track, name, event.at_s, "maps", detail))
    return found
