"""The watch itself: look a thousand times a second, hand each look to whoever follows something, remember the rest."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from goxray.core.errors import MemoryFault, ProcessGone
from goxray.core.units import format_bytes, format_count
from goxray.target.pagemap import resident_bytes
from goxray.target.process import process_state
from goxray.timeline.phases.cycles import Cycles
from goxray.timeline.phases.follow import Follower
from goxray.timeline.phases.pages import Pages
from goxray.timeline.phases.places import Heap
from goxray.timeline.phases.probe import Probe
from goxray.timeline.phases.tracker import LET_GO
from goxray.timeline.phases.warm import warm

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime
    from goxray.timeline.phases.probe import Tick
    from goxray.timeline.phases.subject import Holder, Subject
    from goxray.timeline.phases.tracker import Tracker

Ended = Literal["complete", "time", "stopped", "target ended", "no map"]
_SAMPLE_NS = 5_000_000
_MOST_POINTS = 20_000
_MOST_GAPS = 200_000
_RSS_NS = 20_000_000
_SEARCH_SHARE = 2


@dataclass
class Activity:
    """What the map and the scavenger did between two looks: ``amount`` entries or bytes between two clock values."""

    low: int
    high: int
    amount: int
    times: int = 1


@dataclass
class Samples:
    """Figures over time, by name: clock values (ns) and values, one each time something changed."""

    at: dict[str, list[int]] = field(default_factory=dict)
    value: dict[str, list[int]] = field(default_factory=dict)

    def put(self, name: str, at: int, value: int) -> None:
        """Take a figure down, if it is not what it was."""
        known = self.value.setdefault(name, [])
        if known and known[-1] == value and len(known) > 1 and known[-2] == value:
            self.at[name][-1] = at
            return
        known.append(value)
        self.at.setdefault(name, []).append(at)

    def thin(self) -> bool:
        """Drop every other point of what has become too many; True if there was any."""
        many = [name for name, values in self.value.items() if len(values) > _MOST_POINTS]
        for name in many:
            self.at[name], self.value[name] = self.at[name][::2], self.value[name][::2]
        return bool(many)


@dataclass
class Request:
    """How to watch: ``interval_s`` between looks, for ``seconds`` at most, until ``until_complete`` or the end.

    ``find`` looks for the map, every ``find_every_s``, and returns None while there is none; ``find_again`` says that
    it goes on after one was let go. ``successor(subject, addr)`` makes a subject of the map that took another's place;
    ``other(subject)`` says which other variables hold a map that was let go by its holder; ``elsewhere(subject)`` makes
    a subject of one that outlived that all the same. ``stop`` tells that the user has
    had enough.
    """

    find: Callable[[], Subject | None]
    successor: Callable[[Subject, int], Subject]
    other: Callable[[Subject], Holder | None]
    elsewhere: Callable[[Subject], Subject]
    find_every_s: float = 0.0
    find_again: bool = False
    interval_s: float = 0.001
    seconds: float | None = None
    until_complete: bool = True
    stop: Callable[[], bool] = lambda: False
    tell: Callable[[str, float], None] = lambda _text, _share: None


class Pace:
    """When to search the heap again: every ``every_s``, and for at most a third of one processor.

    A search counts for what the cheaper of the last two took, the first for nothing: one that first meets a heap may
    load or compile what it needs, and a map that lives for a second must not be missed for that.
    """

    def __init__(self, every_s: float) -> None:
        self._every = int(every_s * 1e9)
        self._next = 0
        self._before = 0

    def due(self, clock: int) -> bool:
        """Whether it is time (CLOCK_MONOTONIC, ns)."""
        return clock >= self._next

    def searched(self, clock: int, spent: int) -> None:
        """Take note of a search that began at ``clock`` and took ``spent`` of a processor (ns)."""
        if self._every:
            self._next = clock + max(self._every, _SEARCH_SHARE * min(spent, self._before))
        self._before = spent


class Watch:
    """Watches one process. Afterwards its attributes hold what was seen.

    ``looks`` counts the looks, ``gaps`` are the times between them (ns; the first of many), ``longest`` the longest.
    """

    def __init__(self, runtime: Runtime, pid: int, request: Request) -> None:
        self.cycles = Cycles()
        self.trackers: list[Tracker] = []
        self.followers: list[Follower] = []
        self.samples = Samples()
        self.inserts: list[Activity] = []
        self.growths: list[Activity] = []
        self.releases: list[Activity] = []
        self.looks = 0
        self.longest = 0
        self.gaps: list[int] = []
        self.began = self.ended_at = time.monotonic_ns()
        self._runtime, self._pid, self._request = runtime, pid, request
        self._probe = Probe(runtime)
        self._heap = Heap(runtime)
        self._pages = Pages(runtime, pid)
        self._following: list[Follower] = []
        self._last: Tick | None = None
        self._pace = Pace(request.find_every_s)
        self._next_sample = self._next_rss = 0
        self._sample_ns = _SAMPLE_NS
        warm()

    def run(self) -> Ended:
        """Watch until something ends it."""
        try:
            return self._run()
        except ProcessGone:
            return "target ended"
        except MemoryFault:
            if process_state(self._pid) not in (None, "Z", "X"):
                raise
            return "target ended"
        finally:
            self.ended_at = time.monotonic_ns()
            self._pages.close()

    def _run(self) -> Ended:
        step = int(self._request.interval_s * 1e9)
        due = self.began
        while True:
            self._look()
            ended = self._over()
            if ended is not None:
                return ended
            due = max(due + step, time.monotonic_ns())
            time.sleep(max(0, due - time.monotonic_ns()) / 1e9)

    def _over(self) -> Ended | None:
        request = self._request
        if request.stop():
            return "stopped"
        if request.seconds is not None and time.monotonic_ns() - self.began > request.seconds * 1e9:
            return "time" if self.followers else "no map"
        given = [tracker for tracker in self.trackers if tracker.cause in LET_GO and not tracker.closed]
        if request.until_complete and given and all(tracker.complete for tracker in given):
            return "complete"
        return None

    def _look(self) -> None:
        asked = tuple(place for follower in self._following for place in follower.asked())
        now = self._probe.read(asked)
        last = self._last or now
        self.looks += 1
        self.longest = max(self.longest, now.before - last.before)
        if self._last is not None and self.looks < _MOST_GAPS:
            self.gaps.append(now.before - last.before)
        self._last = now
        self.cycles.update(last, now)
        self._follow(last, now)
        for tracker in self.trackers:
            if not tracker.complete:
                tracker.update(now, self.cycles, self._heap, self._pages)
        self._held_elsewhere(now)
        self._find(now)
        self._sample(last, now)

    # ---- maps

    def _follow(self, last: Tick, now: Tick) -> None:
        first = 0
        for follower in list(self._following):
            count = len(follower.asked())
            before, grown = follower.state.entries, follower.grown
            follower.update(last, now.of(first, count), self.cycles)
            first += count
            added = follower.state.entries - before
            _note(self.inserts, last, now, added)
            _note(self.growths, last, now, follower.grown - grown)
            if follower.let_go:
                self._following.remove(follower)
            if follower.replaced_by:
                self._adopt(self._request.successor(follower.subject, follower.replaced_by), now)
                follower.replaced_by = 0

    def _adopt(self, subject: Subject, now: Tick) -> None:
        follower = Follower(
            self._runtime, self._heap, self._pages, subject, now, self.trackers.append, self._request.other
        )
        self.followers.append(follower)
        self._following.append(follower)

    def _held_elsewhere(self, now: Tick) -> None:
        """What a whole cycle found reachable after its last known reference went is held by something else as well."""
        for tracker in self.trackers:
            if tracker.cause in LET_GO and not tracker.closed and tracker.swept_alive:
                tracker.withdrawn()
                known = next(each.subject for each in self.followers if each.subject.addr == tracker.addr)
                self._adopt(self._request.elsewhere(known), now)

    def _find(self, now: Tick) -> None:
        wanted = not self._following and (not self.followers or self._request.find_again)
        clock = time.monotonic_ns()
        if not wanted or not self._pace.due(clock):
            return
        used = time.thread_time_ns()
        subject = self._request.find()
        self._pace.searched(clock, time.thread_time_ns() - used)
        if subject is not None:
            self._adopt(subject, now)

    # ---- figures

    def _sample(self, last: Tick, now: Tick) -> None:
        _note(self.releases, last, now, now.released - last.released - max(0, now.grown - last.grown))
        if now.after < self._next_sample:
            return
        self._next_sample = now.after + self._sample_ns
        if self.samples.thin():
            self._sample_ns *= 2
        figures = {"heap_live": now.heap_live, "heap_released": now.released, "gc_cycles": now.num_gc}
        if self._following:
            figures["map_entries"] = sum(each.state.entries for each in self._following)
            figures["map_bytes"] = sum(each.bytes for each in self._following)
            entries, size = format_count(figures["map_entries"]), format_bytes(figures["map_bytes"])
            self._request.tell(f"watching {self._following[0].subject.owner}: {entries} entries, {size}", 0.0)
        elif self.followers:
            figures |= {"map_entries": 0, "map_bytes": 0}
            self._request.tell("watching the memory that was let go", 0.0)
        if now.after >= self._next_rss:
            self._next_rss = now.after + _RSS_NS
            figures["rss"] = resident_bytes(self._pid)
        for name, value in figures.items():
            self.samples.put(name, now.after, value)


def _note(kept: list[Activity], last: Tick, now: Tick, amount: int) -> None:
    """Take down that something rose; what goes on from look to look is one entry."""
    if amount <= 0:
        return
    if kept and kept[-1].high >= last.before:
        kept[-1] = Activity(kept[-1].low, now.after, kept[-1].amount + amount, kept[-1].times + 1)
        return
    kept.append(Activity(last.before, now.after, amount))
    if len(kept) > _MOST_POINTS:
        kept[:] = [_both(*kept[at : at + 2]) for at in range(0, len(kept), 2)]


def _both(one: Activity, other: Activity | None = None) -> Activity:
    """Return two activities as one that lasts from the start of the first to the end of the second."""
    if other is None:
        return one
    return Activity(one.low, other.high, one.amount + other.amount, one.times + other.times)
