"""Follows one map through its arrays: what it takes, what it gives up, and when it is let go itself."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import MemoryFault
from goxray.timeline.phases.places import ALIVE, SLOT_FREE, Places
from goxray.timeline.phases.tracker import Mark, Tracker

if TYPE_CHECKING:
    from collections.abc import Callable

    from goxray.core.phases_result import Cause
    from goxray.goruntime.runtime import Runtime
    from goxray.timeline.phases.cycles import Cycles
    from goxray.timeline.phases.pages import Pages
    from goxray.timeline.phases.places import Heap
    from goxray.timeline.phases.probe import Tick
    from goxray.timeline.phases.subject import HeaderLike, Holder, Subject

_SHARE = 2
"""Listing the blocks takes at most a third of one processor, and only while the arrays change."""
_HALF = 2
_TRIES = 3


class Follower:
    """Follows ``subject`` from the look ``now`` on.

    ``add`` takes the generations that it finds; ``other`` says which variables hold a map that its holder let go.
    ``let_go`` is True once the map itself has been given up; ``replaced_by`` is then the address of the map that its
    holder holds instead, 0 for none. ``current`` are the blocks that it has now; ``first_*`` and ``most_*`` are its
    bytes and entries when it was found and at the most. ``grown`` counts how often it gave up arrays for others.
    """

    def __init__(
        self,
        runtime: Runtime,
        heap: Heap,
        pages: Pages,
        subject: Subject,
        now: Tick,
        add: Callable[[Tracker], None],
        other: Callable[[Subject], Holder | None],
    ) -> None:
        self.subject = subject
        self.let_go = False
        self.replaced_by = 0
        self.grown = 0
        self._runtime, self._heap, self._pages, self._add = runtime, heap, pages, add
        self._other = other
        self._held = len(subject.holder.addresses()) if subject.holder else 0
        self._words = self._read_header()
        self.state: HeaderLike = subject.reader.state(self._words)
        self._identity = subject.reader.identity(self._words)
        self._tables = subject.reader.tables(self._words)
        self._listed_gen = 0
        self._listed = (self.state.arrays, self._tables)
        self.current = self._list()
        self._header = self.current.take(self.current.base == np.uint64(subject.addr))
        self._on_heap = len(self._header) > 0
        self.first_bytes = self.most_bytes = self.bytes
        self.first_entries = self.most_entries = self.state.entries
        self._peak = self.state.entries
        self._dirty: Tick | None = None
        self._next_list = 0
        self._judged = self._listed_gen  # the map was there before this was read
        self._alive_at = now
        self._growth: Tracker | None = None
        self._emptied: Tracker | None = None

    @property
    def bytes(self) -> int:
        """Bytes of the blocks that the map has now, as they were last listed."""
        return int(self.current.size.sum())

    def asked(self) -> tuple[int, ...]:
        """The words to read at each look: those that hold the map, then its header's."""
        held = self.subject.holder.addresses() if self.subject.holder else ()
        self._held = len(held)
        return (*held, *range(self.subject.addr, self.subject.addr + 8 * self.subject.reader.words, 8))

    def update(self, last: Tick, now: Tick, cycles: Cycles) -> None:
        """Take note of what changed between two looks."""
        holder = self.subject.holder
        if holder is not None and now.ok:
            value = holder.value(now.words[: self._held].tolist(), self._runtime.memory)
            if value != self.subject.addr:
                self.replaced_by = value
                other = self._other(self.subject)
                if other is None:
                    self._drop("replaced" if value else "dropped", Mark.between(last, now), last, now)
                else:
                    self.subject = replace(self.subject, holder=other)
                return
        if self._found_dead(now, cycles):
            return
        words = now.words[self._held :]
        if now.ok and len(words) == self.subject.reader.words:
            self._header_changed(words.copy(), last, now)

    # ---- the map itself

    def _drop(self, cause: Cause, mark: Mark, last: Tick, now: Tick, base_gen: int | None = None) -> None:
        words = now.words[self._held :]
        if now.ok and len(words) == len(self._words) and now.sweep_gen == last.sweep_gen:
            self._words = words.copy()
        if now.sweep_gen == last.sweep_gen:
            self._relist(self._dirty or last, now, dead=True)
        self.let_go = True
        places = self.current
        started = (last.started, now.started)
        gen = max(last.sweep_gen, self._listed_gen) if base_gen is None else base_gen
        tracker = Tracker(cause, self.subject.addr, places, mark, started, gen, self._still_there)
        tracker.entries = (self.state.entries, 0)
        if self._emptied is not None:
            self._emptied.closed = True
        self._give(tracker)

    def _found_dead(self, now: Tick, cycles: Cycles) -> bool:
        """Ask the collector: a header that a cycle found dead was let go before that cycle, seen or not.

        A map that does not leave its function has its header on the stack; its largest array answers then.
        """
        asked = self._header if self._on_heap else self.current.take(np.argsort(self.current.size)[-1:])
        if now.sweep_gen <= self._judged or not len(asked):
            return False
        verdict = int(self._heap.judge(asked, now.sweep_gen)[0])
        if verdict == ALIVE:
            self._judged, self._alive_at = now.sweep_gen, now
        if verdict < SLOT_FREE or (not self._on_heap and self._has_other_arrays()):
            return False
        before = self._alive_at
        start = cycles.start(now.sweep_gen // 2)
        least = before.num_gc
        mark = Mark(before.before, start.high if start else now.after, least, now.sweep_gen // 2 - 1, "inferred")
        self._drop("found dead", mark, before, now, self._judged)
        return True

    # ---- its arrays

    def _header_changed(self, words: np.ndarray[tuple[int], np.dtype[np.uint64]], last: Tick, now: Tick) -> None:
        reader, before = self.subject.reader, self.state
        if not self._on_heap and reader.identity(words) != self._identity:
            return  # a stack that was used for something else, or has moved
        if not np.array_equal(words, self._words):
            self._words = words
            self.state, self._identity = reader.state(words), reader.identity(words)
            tables = reader.tables(words)
            changed = self.state.arrays != before.arrays or not np.array_equal(tables, self._tables)
            self._tables = tables
            if changed and self._dirty is None:
                self._dirty = last
            self._entries_changed(before, last, now)
        if self._dirty is not None and time.monotonic_ns() >= self._next_list and self._relist(self._dirty, now):
            self._dirty = None

    def _relist(self, since: Tick, now: Tick, *, dead: bool = False) -> bool:
        """List the blocks anew; what is gone was given up between the looks ``since`` and ``now``.

        A ``dead`` map can still be walked while nothing has been swept; else what was known of it before must do. False
        where the listing did not come out whole.
        """
        used, known = time.thread_time_ns(), self._listed_gen
        listed = self._list()
        self._next_list = time.monotonic_ns() + _SHARE * (time.thread_time_ns() - used)
        if not self._is_whole(listed) or (dead and self._heap.sweep_gen() != now.sweep_gen):
            self._listed_gen = known
            return False
        gone = self.current.take(~np.isin(self.current.base, listed.base))
        gen = max(since.sweep_gen, known)
        self.current = listed
        self.most_bytes = max(self.most_bytes, self.bytes)
        if not len(gone):
            return True
        self.grown += 1
        emptied = self._emptied
        cause: Cause = "outgrown"
        if emptied is not None and not emptied.closed and not emptied.swept_alive:
            if emptied.marks["let go"].high >= since.after:
                emptied.without(gone, self._pages)
                cause = emptied.cause
            else:
                emptied.closed = True
        high, num_gc = self._heap.moment()
        mark = Mark(since.before, high, since.num_gc, num_gc)
        open_one = self._growth
        if open_one is not None and open_one.cause == cause and open_one.starts_after() > max(now.started, now.num_gc):
            open_one.add(gone, mark, now.started)
            open_one.prepare(self._pages)
            open_one.entries = (open_one.entries[0], self.state.entries)
            return True
        self._growth = Tracker(cause, self.subject.addr, gone, mark, (since.started, now.started), gen, _not_known)
        self._growth.entries = (self.state.entries, self.state.entries)
        self._give(self._growth)
        return True

    def _entries_changed(self, before: HeaderLike, last: Tick, now: Tick) -> None:
        """Take note of clears and of deletes that leave less than half: the map keeps its arrays in either case."""
        entries = self.state.entries
        self.most_entries = max(self.most_entries, entries)
        cleared = self.state.clears is not None and before.clears is not None and self.state.clears != before.clears
        if before.entries and not entries and before.overflows and not self.state.overflows:
            cleared = True
        if cleared and before.entries:
            self._keep("cleared", before.entries, last, now)
            self._dirty = self._dirty or last  # overflow buckets go, though the header names the same arrays
        elif entries < before.entries and (self._deleting() or entries * _HALF < self._peak):
            self._keep("emptied" if not entries else "deleted", self._peak, last, now)
        elif entries > before.entries:
            self._peak = max(self._peak, entries)

    def _deleting(self) -> bool:
        """Whether deletes are being followed that no whole cycle has come after."""
        open_one = self._emptied
        return open_one is not None and not open_one.closed and not open_one.swept_alive

    def _keep(self, cause: Cause, peak: int, last: Tick, now: Tick) -> None:
        self._peak = self.state.entries
        if self._emptied is not None and self._deleting() and cause != "cleared":
            self._emptied.moved(last, now)
            self._emptied.cause = cause
            self._emptied.entries = (self._emptied.entries[0], self.state.entries)
            return
        mark, gen = Mark.between(last, now), max(last.sweep_gen, self._listed_gen)
        started = (last.started, now.started)
        self._emptied = Tracker(cause, self.subject.addr, self.current, mark, started, gen, self._still_there)
        self._emptied.entries = (peak, self.state.entries)
        self._give(self._emptied)

    def _give(self, tracker: Tracker) -> None:
        tracker.prepare(self._pages)
        self._add(tracker)

    # ---- reading

    def _read_header(self) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        size = 8 * self.subject.reader.words
        return self._runtime.memory.read_array(self.subject.addr, size).view(np.uint64)

    def _list(self) -> Places:
        """List the blocks; ``_listed_gen`` is the heap's sweepgen then, if need be after more than one try."""
        places = Places.none()
        for _ in range(_TRIES):
            before = self._heap.sweep_gen()
            try:
                blocks = self.subject.reader.blocks(self.subject.addr, self._words, chains=True)
            except MemoryFault:
                return places
            places = self._heap.locate(blocks.addr, blocks.kind)
            self._listed = (self.state.arrays, self._tables)
            self._listed_gen = self._heap.sweep_gen()
            if self._listed_gen == before:
                break
        return places

    def _is_whole(self, listed: Places) -> bool:
        """Whether all that the header points to has been found in the heap, if the header lies there itself."""
        if not self._on_heap:
            return len(listed) > 0
        pointers = self.subject.reader.state(self._words).pointers
        end = listed.base + listed.size.astype(np.uint64)
        return all(bool(((listed.base <= np.uint64(word)) & (np.uint64(word) < end)).any()) for word in pointers)

    def _has_other_arrays(self) -> bool:
        """Whether the header names arrays that have not been listed yet: then what died was outgrown."""
        reader = self.subject.reader
        try:
            words = self._read_header()
        except MemoryFault:
            return False
        if reader.identity(words) != self._identity:
            return False
        return reader.state(words).arrays != self._listed[0] or not np.array_equal(
            reader.tables(words), self._listed[1]
        )

    def _still_there(self) -> bool:
        """Whether the header is still that of this map."""
        try:
            return self.subject.reader.identity(self._read_header()) == self._identity
        except MemoryFault:
            return False


def _not_known() -> bool:
    """Arrays have nothing that tells them from others in their place, and nothing reaches those that were outgrown."""
    return False
