"""Go's allocator, counted: spans, the lists of mcentral, one processor's mcache, and what sweeping gives back.

Every figure follows the runtime's own accounting: ``heap_live`` runs ahead of the objects because a span counts as used
when the cache takes it, tails of spans included (mcache.refill), and is put right when the cache is flushed
(mcache.releaseAll). Objects are counts in spans; nothing exists once for each object.

Source: runtime/malloc.go, runtime/mcache.go, runtime/mcentral.go, runtime/mgcsweep.go (sweepLocked.sweep).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from goxray.layout import RuntimeLayout
from goxray.model.heap.classes import SpanClass, SpanClasses
from goxray.model.heap.groups import Group
from goxray.model.heap.markbits import MarkBits, bitmap_bytes
from goxray.model.heap.pages import PageHeap
from goxray.model.heap.spansets import SpanSets

I64 = NDArray[np.int64]
_LARGE = 2  # span classes below this one hold large objects
NEVER_FULL = 1 << 62
"""Room that no allocation fills."""


class Allocator:
    """One heap with one processor.

    ``room`` tells how many more bytes ``heap_live`` may grow before a collection has to start; ``collect`` is called
    when it has.
    """

    def __init__(self, layout: RuntimeLayout, pages: PageHeap) -> None:
        self.classes = SpanClasses(layout)
        self.pages = pages
        self.page_size = layout.page_size
        self.bits = MarkBits()
        self._bitmap = np.array([bitmap_bytes(each.nelems) for each in self.classes.all], np.int64)
        number = len(self.classes.all)
        self._start = np.zeros(1024, np.int64)
        self._npages = np.zeros(1024, np.int64)
        self._class = np.zeros(1024, np.int64)
        self._count = np.zeros(1024, np.int64)
        self._spans = 0
        self.spans_alive = 0
        self.spans_peak = 0
        self.sets = SpanSets(number)
        self._full: list[list[int]] = [[] for _ in range(number)]
        self._partial: list[deque[int]] = [deque() for _ in range(number)]
        self.cache_swept_first = False
        """Whether spans of the cache are swept before those of the lists: where sweeping is concurrent the cache is
        flushed first (mcache.prepareForSweep), where the world is stopped it is flushed last (gcMarkTermination)."""
        self._cached: dict[int, tuple[int, int]] = {}
        self.last = -1
        """The span of the object allocated last, -1 where the program has let go of it (:meth:`let_go`)."""
        self.held: list[int] = []
        """While a collection starts: the spans of the objects that the program is at work on."""
        self.heap_live = 0
        self.in_use_pages = 0
        self.mallocs = 0
        self.frees = 0
        self.total_alloc = 0
        self.total_free = 0
        self.room: Callable[[], int] = lambda: NEVER_FULL
        self.collect: Callable[[], None] = lambda: None
        self.took: Callable[[int], None] = lambda pages: None
        """Called when spans have been taken, with the pages by which the heap has grown for them."""

    @property
    def heap_alloc(self) -> int:
        """Bytes of allocated slots, dead ones not yet swept included (MemStats.HeapAlloc)."""
        return self.total_alloc - self.total_free

    # --- allocating ---------------------------------------------------------------------------------------------

    def allocate(self, size: int, noscan: bool, count: int, groups: Sequence[Group] = ()) -> int:
        """Allocate ``count`` objects of ``size`` bytes, one after the other; returns how many slots they took.

        ``groups`` hold them alive; without any they are garbage, of which a collection finds alive only what the
        program has at hand: the object being made and the one before it.
        """
        if size == 0:
            return 0
        if noscan and size < self.classes.max_tiny:
            per_block = self.classes.tiny_per_block(size)
            blocks = -(-count // per_block)
            self.mallocs += count - blocks
            self.frees += count - blocks
            self._small(self.classes.tiny, blocks, groups)
            return blocks
        span_class = self.classes.of(size, noscan)
        if span_class.number < _LARGE:
            self._large(size, span_class, count, groups)
        else:
            self._small(span_class, count, groups)
        return count

    def _large(self, size: int, span_class: SpanClass, count: int, groups: Sequence[Group]) -> None:
        npages = -(-size // self.page_size)
        for _ in range(count):
            at = self.pages.take(npages)
            span = self._new_span(at, npages, span_class.number, 1)
            self._push_full(span_class.number, [span])
            self._hold(groups, span, 1)
            self.mallocs += 1
            self.total_alloc += npages * self.page_size
            self.heap_live += npages * self.page_size
            self._tell_growth()
            if self.room() <= 0:
                self._collect_holding(span)
            else:
                self.last = span

    def _small(self, span_class: SpanClass, count: int, groups: Sequence[Group]) -> None:
        number, size = span_class.number, span_class.elem_size
        self.mallocs += count
        left = count
        while left:
            span, free = self._cached.get(number, (-1, 0))
            if free:
                taken = min(free, left)
                self._count[span] += taken
                self._cached[number] = span, free - taken
                self._hold(groups, span, taken)
                self.total_alloc += taken * size
                self.last = span
                left -= taken
                continue
            if left > span_class.nelems and not self._partial[number]:
                left -= self._bulk(span_class, left, groups)
            if not left:
                return
            self._refill(span_class)
            left -= self._first_of_span(span_class, groups)

    def _first_of_span(self, span_class: SpanClass, groups: Sequence[Group]) -> int:
        """Allocate the object that made the cache ask for a span; a collection may start behind it (mallocgc)."""
        span, free = self._cached[span_class.number]
        self._count[span] += 1
        self._cached[span_class.number] = span, free - 1
        self._hold(groups, span, 1)
        self.total_alloc += span_class.elem_size
        if self.room() <= 0:
            self._collect_holding(span)
        else:
            self.last = span
        return 1

    def _bulk(self, span_class: SpanClass, left: int, groups: Sequence[Group]) -> int:
        """Fill whole fresh spans, as many as fit before a collection; returns how many objects that took."""
        number, npages, nelems = span_class.number, span_class.pages, span_class.nelems
        span_bytes = npages * self.page_size
        # The span whose refill reaches the trigger is left to the slow path: a collection starts within it.
        spans = min((left - 1) // nelems, (self.room() - 1) // span_bytes)
        if spans <= 0:
            return 0
        self._drop_cached(number)
        taken = 0
        for at, run in self.pages.take_run(npages, min(spans, 1 + 64 // npages)):
            first = self._spans
            self._new_spans(at, npages, number, nelems, run)
            self._push_full(number, range(first, first + run))
            for group in groups:
                group.add_run(first, run, nelems)
            self.heap_live += run * span_bytes
            self.total_alloc += run * nelems * span_class.elem_size
            taken += run * nelems
            self._tell_growth()
        self.last = self._spans - 1
        return taken

    def let_go(self) -> None:
        """The program no longer holds the object that it allocated last."""
        self.last = -1

    def _refill(self, span_class: SpanClass) -> None:
        number = span_class.number
        self._drop_cached(number)
        span = self._pop_partial(number) if self._partial[number] else self._fresh(span_class)
        used = int(self._count[span])
        self._cached[number] = span, span_class.nelems - used
        self.heap_live += span_class.pages * self.page_size - used * span_class.elem_size

    def _fresh(self, span_class: SpanClass) -> int:
        at = self.pages.take(span_class.pages)
        span = self._new_span(at, span_class.pages, span_class.number, 0)
        self._tell_growth()
        return span

    def _drop_cached(self, number: int) -> None:
        cached = self._cached.pop(number, None)
        if cached is not None:
            self._push(number, cached[0], full=not cached[1])

    def _push(self, number: int, span: int, *, full: bool) -> None:
        if full:
            self._push_full(number, [span])
        else:
            self.sets.push_partial(number)
            self._partial[number].append(span)

    def _push_full(self, number: int, spans: Sequence[int]) -> None:
        self.sets.push_full(number, len(spans))
        self._full[number].extend(spans)

    def _pop_partial(self, number: int) -> int:
        """Take the span that has been in the list longest (spanSet.pop claims the head)."""
        self.sets.pop_partial(number)
        return self._partial[number].popleft()

    def _tell_growth(self) -> None:
        grown, self.pages.grown = self.pages.grown, 0
        self.took(grown)

    @staticmethod
    def _hold(groups: Sequence[Group], span: int, count: int) -> None:
        for group in groups:
            group.add(span, count)

    def allocate_slots(self, number: int, count: int, groups: Sequence[Group]) -> None:
        """Allocate ``count`` slots of the span class ``number``."""
        self._small(self.classes.all[number], count, groups)

    def allocate_slot(self, size: int, noscan: bool, count: int, groups: Sequence[Group]) -> None:
        """Allocate ``count`` objects of which only the bytes of their slots are known."""
        number = self.classes.slot_class(size, noscan)
        if number < _LARGE:
            self._large(size, self.classes.all[number], count, groups)
        else:
            self._small(self.classes.all[number], count, groups)

    def adopt(self, page: int, pages: int, number: int, objects: int) -> int:
        """Take over a span that exists already, ``objects`` of its slots allocated; returns the span."""
        span = self._new_span(self.pages.take_at(page, pages), pages, number, objects)
        elem = self.classes.all[number].elem_size or pages * self.page_size
        self._push(number, span, full=objects == self.classes.all[number].nelems)
        self.total_alloc += objects * elem
        self.heap_live += objects * elem + pages * self.page_size - self.classes.all[number].nelems * elem
        return span

    # --- spans --------------------------------------------------------------------------------------------------

    def _new_span(self, at: int, npages: int, number: int, count: int) -> int:
        self._new_spans(at, npages, number, count, 1)
        return self._spans - 1

    def _new_spans(self, at: int, npages: int, number: int, count: int, run: int) -> None:
        first, last = self._spans, self._spans + run
        if last > len(self._start):
            self._make_room(last)
        self._start[first:last] = at if run == 1 else np.arange(at, at + run * npages, npages)
        self._npages[first:last] = npages
        self._class[first:last] = number
        self._count[first:last] = count
        self._spans = last
        self.bits.add(2 * run * int(self._bitmap[number]))
        self.in_use_pages += run * npages
        self.spans_alive += run
        self.spans_peak = max(self.spans_peak, self.spans_alive)

    def _make_room(self, needed: int) -> None:
        room = max(needed, 2 * len(self._start))
        for name in ("_start", "_npages", "_class", "_count"):
            grown = np.zeros(room, np.int64)
            old = getattr(self, name)
            grown[: len(old)] = old
            setattr(self, name, grown)

    # --- collecting ---------------------------------------------------------------------------------------------

    def _collect_holding(self, span: int) -> None:
        """Collect while the program holds the newest object, which lies in ``span``, and the one before it."""
        self.held = [self.last, span] if self.last >= 0 else [span]
        self.collect()
        self.last = self.held[-1]
        self.held = []

    def flush(self) -> None:
        """Empty the mcache, as runtime.ReadMemStats does (mcache.releaseAll): ``heap_live`` becomes exact again."""
        for number in sorted(self._cached):
            span, free = self._cached[number]
            self.heap_live -= free * self.classes.all[number].elem_size
            self._push(number, span, full=not free)
        self._cached.clear()

    def mark(self, groups: Iterable[Group], extra: Sequence[tuple[int, int]] = ()) -> I64:
        """Return how many live objects each span holds; ``extra`` are (span, objects) that something else holds."""
        live = np.zeros(self._spans, np.int64)
        found = [pair for pair in (group.live() for group in groups) if len(pair[0])]
        if found:
            spans = np.concatenate([pair[0] for pair in found])
            counts = np.concatenate([pair[1] for pair in found])
            live += np.bincount(spans, weights=counts, minlength=self._spans).astype(np.int64)
        for span, objects in extra:
            live[span] += objects
        return live

    def marked_bytes(self, live: I64) -> int:
        """Return the bytes of the slots that ``live`` counts."""
        return int((live * self._slot_bytes()).sum())

    def _slot_bytes(self) -> I64:
        sizes = np.array([each.elem_size for each in self.classes.all], np.int64)
        number = self._class[: self._spans]
        return np.where(number < _LARGE, self._npages[: self._spans] * self.page_size, sizes[number])

    def sweep(self, live: I64, groups: Iterable[Group]) -> None:
        """Free what is dead, span by span in the sweeper's order, and give empty spans back to the page heap.

        The order decides which partly filled span the allocator takes next: each class's full spans, then its partial
        ones, the oldest of each list first (mheap.nextSpanForSweep, spanSet.pop).
        """
        count = self._count[: self._spans]
        freed = count - live
        self.frees += int(freed.sum())
        self.total_free += int((freed * self._slot_bytes()).sum())
        dead: list[I64] = []
        self.sets.begin_sweep()
        for number, span_class in enumerate(self.classes.all):
            cached = self._cached.pop(number, None)
            order = [*self._full[number], *self._partial[number]]
            if cached:
                order.insert(0 if self.cache_swept_first else len(order), cached[0])
            if not order:
                continue
            # A span gets new mark bits even when nothing in it lives (sweepLocked.sweep).
            self.bits.add(len(order) * int(self._bitmap[number]))
            spans = np.array(order, np.int64)
            alive = live[spans]
            dead.append(spans[alive == 0])
            self._full[number] = spans[alive == span_class.nelems].tolist()
            self._partial[number] = deque(spans[(alive > 0) & (alive < span_class.nelems)].tolist())
            self.sets.swept(number, len(self._full[number]), len(self._partial[number]))
        count[:] = live
        if dead:
            self._free_spans(np.concatenate(dead))
        self._tidy(groups)

    def _free_spans(self, spans: I64) -> None:
        self.pages.give_many(self._start[spans], self._npages[spans])
        self.in_use_pages -= int(self._npages[spans].sum())
        self.spans_alive -= len(spans)

    def _tidy(self, groups: Iterable[Group]) -> None:
        """Renumber the spans when most numbers are of spans that are gone."""
        if self._spans < 4 * self.spans_alive + 4096:
            return
        kept = np.array(sorted(span for lists in (self._full, self._partial) for each in lists for span in each), int)
        numbers = np.full(self._spans, -1, np.int64)
        numbers[kept] = np.arange(len(kept))
        for name in ("_start", "_npages", "_class", "_count"):
            column = getattr(self, name)
            column[: len(kept)] = column[kept]
        self._spans = len(kept)
        self._full = [numbers[each].tolist() if each else [] for each in self._full]
        self._partial = [deque(numbers[np.array(each)].tolist() if each else ()) for each in self._partial]
        self.held = numbers[self.held].tolist() if self.held else []
        for group in groups:
            group.renumber(numbers)
