"""One generation of blocks, followed from the moment when the map gave them up until the OS has their pages back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.core.phases_result import PhaseBytes
from goxray.timeline.phases.pages import KEPT, SCAVENGED, TAKEN, pages_of
from goxray.timeline.phases.places import ALIVE, GONE, SLOT_FREE, SLOT_REUSED, UNSWEPT

if TYPE_CHECKING:
    from collections.abc import Callable

    from goxray.core.phases_result import Cause, Outcome
    from goxray.timeline.phases.cycles import Cycles
    from goxray.timeline.phases.pages import Pages
    from goxray.timeline.phases.places import Heap, Places
    from goxray.timeline.phases.probe import Tick

_ONE_CYCLE = 2
"""By so much mheap.sweepgen grows in a cycle."""
_WHOLE = 100
"""All but one page in so many count as all: the last one may stay for long, in a span that a P has cached."""
_SHARE = 10
"""A look that takes long is made so many times its own cost apart: a tenth of one processor is the most."""
LET_GO = frozenset({"dropped", "replaced", "found dead"})
"""Causes with which the map itself is given up."""
KEPT_CAUSES = frozenset({"cleared", "emptied", "deleted"})
"""Causes after which the map still has its blocks."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An event of a generation: between two clock values (ns), with the cycles completed before and after."""

    low: int
    high: int
    num_gc_low: int
    num_gc_high: int
    source: Literal["runtime", "poll", "inferred"] = "poll"

    @classmethod
    def between(cls, last: Tick, now: Tick) -> Mark:
        """Return what two looks enclose."""
        return cls(last.before, now.after, last.num_gc, now.num_gc)


class Tracker:
    """Follows one generation. ``marks`` are its events by the names of EVENTS."""

    def __init__(
        self,
        cause: Cause,
        addr: int,
        places: Places,
        let_go: Mark,
        started: tuple[int, int],
        base_gen: int,
        same: Callable[[], bool],
    ) -> None:
        """Begin; ``started`` are the cycles begun by the two looks around the event.

        ``base_gen`` is the heap's sweepgen when the blocks were certainly there; ``same`` says whether what lies there
        now are these very blocks, as far as can be told.
        """
        self.cause: Cause = cause
        self.addr = addr
        self.places = places
        self.marks: dict[str, Mark] = {"let go": let_go}
        self.entries = (0, 0)
        self.resident_before = 0
        self.found_dead: tuple[int, int] | None = None
        self.closed = self.mistaken = False
        self._started, self._same = started, same
        self._base_gen = base_gen
        self._verdict = np.full(len(places), UNSWEPT, np.uint8)
        self._alive_gen = np.full(len(places), base_gen, np.int64)
        self._pages: NDArray[np.uint64] = np.zeros(0, np.uint64)
        self._pairs = (np.zeros(0, np.int64), np.zeros(0, np.int64))
        self._page_state = np.zeros(0, np.uint8)
        self._resident = np.zeros(0, np.int64)
        self._next_judge = self._next_pages = 0
        self._last_judge: Tick | None = None
        self._last_pages: Tick | None = None
        self._reused_slots = np.zeros(len(places), np.bool_)

    def add(self, places: Places, mark: Mark, started: int) -> None:
        """More blocks were given up, before any cycle has begun that could find these: they belong together."""
        old = self.marks["let go"]
        self.marks["let go"] = Mark(old.low, mark.high, old.num_gc_low, mark.num_gc_high)
        self._started = (self._started[0], started)
        self.places = self.places.joined(places)
        self._verdict = np.concatenate((self._verdict, np.full(len(places), UNSWEPT, np.uint8)))
        self._alive_gen = np.concatenate((self._alive_gen, np.full(len(places), self._base_gen, np.int64)))
        self._reused_slots = np.concatenate((self._reused_slots, np.zeros(len(places), np.bool_)))
        self._pages = np.zeros(0, np.uint64)

    def without(self, places: Places, pages: Pages) -> None:
        """Some of the blocks were given up after all: they belong to another generation."""
        kept = ~np.isin(self.places.base, places.base)
        self.places = self.places.take(kept)
        self._verdict, self._alive_gen = self._verdict[kept], self._alive_gen[kept]
        self._reused_slots = self._reused_slots[kept]
        self.prepare(pages)

    def moved(self, last: Tick, now: Tick) -> None:
        """The event came later after all: deletes go on."""
        self.marks = {"let go": Mark.between(last, now)}
        self._started = (last.started, now.started)
        self._base_gen = last.sweep_gen
        self._alive_gen[:] = last.sweep_gen

    def withdrawn(self) -> None:
        """Nothing was let go: something else still holds it."""
        self.closed = self.mistaken = True

    @property
    def freed(self) -> NDArray[np.bool_]:
        """Which blocks are, or were, reusable."""
        found: NDArray[np.bool_] = self._verdict >= SLOT_FREE
        return found

    @property
    def swept_alive(self) -> bool:
        """Whether a whole cycle, begun after the event, has found every block reachable."""
        if not len(self._verdict) or not (self._verdict == ALIVE).all():
            return False
        return bool((self._alive_gen // 2 >= self.starts_after()).all())

    def starts_after(self) -> int:
        """The first cycle that began after the event, as far as is known."""
        return max(self._started[1], self.marks["let go"].num_gc_high) + 1

    # ---- following

    def update(self, now: Tick, cycles: Cycles, heap: Heap, pages: Pages) -> None:
        """Look at the blocks where something can have happened to them."""
        if self.closed:
            return
        clock, used = time.monotonic_ns(), time.thread_time_ns()
        if now.sweep_gen > self._base_gen and clock >= self._next_judge and self._to_judge(now).any():
            self._judge(now, heap)
            self._next_judge = clock + _SHARE * (time.thread_time_ns() - used)
        self._collector_marks(cycles)
        used = time.thread_time_ns()
        if self.freed.any() and clock >= self._next_pages:
            self._look_at_pages(now, heap, pages)
            self._next_pages = clock + _SHARE * (time.thread_time_ns() - used)

    def prepare(self, pages: Pages) -> None:
        """Find the pages that the blocks lie on, and what of them is in RAM before anything happens."""
        self._pages, *pairs = pages_of(self.places, pages.size)
        self._pairs = (pairs[0], pairs[1])
        self._page_state = np.full(len(self._pages), TAKEN, np.uint8)
        self._resident = pages.resident(self._pages)
        self.resident_before = int(self._resident.sum())

    def _to_judge(self, now: Tick) -> NDArray[np.bool_]:
        waiting: NDArray[np.bool_] = (self._verdict == UNSWEPT) | (
            (self._verdict == ALIVE) & (self._alive_gen < now.sweep_gen)
        )
        return waiting

    def _judge(self, now: Tick, heap: Heap) -> None:
        chosen = np.flatnonzero(self._to_judge(now))
        verdict = heap.judge(self.places.take(chosen), now.sweep_gen)
        # After two markings a block that is alive may be another object, in the place of one that the first found dead.
        doubtful = (verdict == ALIVE) & (now.sweep_gen - self._alive_gen[chosen] > _ONE_CYCLE)
        if doubtful.any() and not self._same():
            verdict[doubtful] = SLOT_REUSED
        alive = chosen[verdict == ALIVE]
        self._verdict[alive] = ALIVE
        fresh = verdict >= SLOT_FREE
        if fresh.any():
            dead = chosen[fresh]
            newest = max(now.sweep_gen, heap.sweep_gen())
            least = int(self._alive_gen[dead].max()) // 2 + 1
            if self.found_dead is not None:
                least = max(least, self.found_dead[0])
            self.found_dead = (min(least, newest // 2), newest // 2)
            self._verdict[dead] = verdict[fresh]
            self._reused_slots[dead] |= verdict[fresh] == SLOT_REUSED
            if self.freed.all():
                self._mark("reusable", self._last_judge, heap)
        self._alive_gen[alive] = now.sweep_gen
        # What this cycle's sweep has not come to will be freed by it, if at all, before another cycle can begin.
        waiting = chosen[verdict == UNSWEPT]
        self._alive_gen[waiting] = np.maximum(self._alive_gen[waiting], now.sweep_gen - 2)
        self._last_judge = now

    def _mark(self, name: str, last: Tick | None, heap: Heap) -> None:
        """Something is seen that was not yet there at the look ``last``; it may have been read long after the tick."""
        if name not in self.marks:
            let_go, (high, num_gc) = self.marks["let go"], heap.moment()
            low, least = (last.before, last.num_gc) if last is not None else (let_go.low, let_go.num_gc_low)
            self.marks[name] = Mark(max(low, let_go.low), high, least, num_gc)

    def _collector_marks(self, cycles: Cycles) -> None:
        """Date the next start of a cycle, and the end of the marking that found the blocks dead."""
        first = self.starts_after()
        if self.found_dead is not None and self.found_dead[0] == self.found_dead[1]:
            first = min(first, self.found_dead[1])
        start = cycles.start(first)
        if start is not None:
            source: Literal["runtime", "poll"] = "runtime" if start.exact else "poll"
            self.marks["gc start"] = Mark(start.low, start.high, first - 1, first - 1, source)
        last = self.found_dead[1] if self.found_dead is not None else first
        end = cycles.end(last)
        if end is not None:
            source = "runtime" if end.exact else "poll"
            self.marks["mark end"] = Mark(end.low, end.high, last, last, source)

    def _look_at_pages(self, now: Tick, heap: Heap, pages: Pages) -> None:
        if not len(self._pages):
            self.prepare(pages)
        slots = np.flatnonzero((self._verdict == SLOT_FREE) | (self._verdict == SLOT_REUSED))
        if len(slots):
            verdict = heap.judge(self.places.take(slots), now.sweep_gen)
            self._reused_slots[slots] |= (verdict == SLOT_REUSED) | (verdict == ALIVE)
            self._verdict[slots[verdict == GONE]] = GONE
        try:
            self._page_state = pages.states(self._pages)
        except (MemoryFault, CorruptMemory):
            return
        self._resident = pages.resident(self._pages)
        gone = self._gone_pages()
        if self._reused_slots.any() or (gone & (self._page_state == TAKEN)).any():
            self._mark("reused", self._last_pages, heap)
        loose = gone & (self._page_state != TAKEN)
        if self.freed.all() and loose.any():
            spare = int(loose.sum()) // _WHOLE
            if int((self._page_state[loose] == KEPT).sum()) <= spare:
                self._mark("scavenged", self._last_pages, heap)
            if "scavenged" in self.marks and int(self._resident[loose].sum()) <= spare * pages.size:
                self._mark("out of rss", self._last_pages, heap)
        self._last_pages = now

    def _gone_pages(self) -> NDArray[np.bool_]:
        """Which pages belonged to spans that were given back whole."""
        block, page = self._pairs
        gone = np.zeros(len(self._pages), np.bool_)
        gone[page[self._verdict[block] == GONE]] = True
        return gone

    # ---- the outcome

    def bytes(self) -> PhaseBytes:
        """Return what has become of the blocks' memory so far."""
        size, freed = self.places.size, self.freed
        page = self._page_bytes()
        gone = self._gone_pages() if len(self._pages) else np.zeros(0, np.bool_)
        loose = gone & (self._page_state != TAKEN)
        in_slots = freed & (self._verdict != GONE)
        return PhaseBytes(
            blocks=int(size.sum()),
            freed=int(size[freed].sum()),
            alive=int(size[self._verdict == ALIVE].sum()),
            unswept=int(size[self._verdict == UNSWEPT].sum()),
            reused=int((gone & (self._page_state == TAKEN)).sum()) * page
            + int(size[self._reused_slots & in_slots].sum()),
            kept=int((gone & (self._page_state == KEPT)).sum()) * page,
            scavenged=int((gone & (self._page_state == SCAVENGED)).sum()) * page,
            in_slots=int(size[in_slots].sum()),
            resident_before=self.resident_before,
            resident=int(self._resident[loose].sum()),
        )

    def _page_bytes(self) -> int:
        steps = np.diff(self._pages)
        return int(steps.min()) if len(steps) else 0

    def outcome(self) -> Outcome:
        """How far it has come; of memory that is free, what has become of the most of it."""
        if "out of rss" in self.marks:
            return "returned"
        if "reusable" in self.marks:
            found = self.bytes()
            fates: list[tuple[int, Outcome]] = [
                (found.kept, "reusable"), (found.scavenged, "scavenged"), (found.reused, "reused"),
            ]  # fmt: skip
            return max(fates, key=lambda fate: fate[0])[1]
        if self.swept_alive or self.cause in KEPT_CAUSES:
            return "held"
        return "marked" if "mark end" in self.marks else "waiting"

    @property
    def complete(self) -> bool:
        """Whether nothing more can be expected of it."""
        if self.closed or "out of rss" in self.marks or (self.cause in KEPT_CAUSES and self.swept_alive):
            return True
        if not len(self.places) or not self.freed.all() or not len(self._pages):
            return False
        loose = self._gone_pages() & (self._page_state != TAKEN)
        return not loose.any() and "reused" in self.marks
