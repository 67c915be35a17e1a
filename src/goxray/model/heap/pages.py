"""The page heap: which pages are free, which of those are with the operating system, and how the heap grows.

Pages are numbered from the first one of the heap; neighbouring arenas lie one behind the other, as the runtime's hints
have it on 64-bit Linux. Two bytes a page tell everything, and searching runs through them in C.

Source: runtime/mpagealloc.go (pageAlloc), runtime/mpagecache.go (pageCache), runtime/mheap.go (mheap.grow,
mheap.allocSpan), runtime/mgcscavenge.go (pageAlloc.scavenge, findScavengeCandidate, scavChunkData).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from goxray.layout import RuntimeLayout

CACHE_PAGES = 64
"""Pages of a pageCache (runtime.pageCachePages)."""

_FREE, _USED, _CACHED = 0, 1, 2
_HIGH_OCCUPANCY = 0.96875
_HUGE_PAGE_BYTES = 2 << 20


class PageHeap:
    """All pages of the heap.

    ``mapped`` counts the pages that the heap has taken from its arenas, ``free`` those that are in no span and still
    backed by memory, ``released`` those in no span and given back (or never used). What is in spans is the rest.

    Args:
        layout: the build.
        pad_chunks: chunks left out at the start of the first arena (runtime.randomizeHeapBase), 0 where the build
            does not choose its base at random.
        pad_pages: pages of the first chunk that are never given out, for the same reason.
    """

    def __init__(self, layout: RuntimeLayout, pad_chunks: int = 0, pad_pages: int = 0) -> None:
        self.page_size = layout.page_size
        self.chunk = layout.const("pallocChunkPages")
        self.arena = layout.const("heapArenaBytes") // self.page_size
        self._huge = _HUGE_PAGE_BYTES // self.page_size
        self._used = bytearray()
        self._scavenged = bytearray()
        self._search = 0
        self._cache_base = -1
        self._cache_left = 0
        self._pad_chunks = pad_chunks
        self.padding = pad_pages
        self._arena_end = 0
        self.free = 0
        self.released = 0
        self.grown = 0
        """Pages by which the heap has grown since somebody last looked (mheap.allocSpan, growth)."""
        self._in_use: list[int] = []
        self._before: list[int] = []
        self._stamp: list[int] = []
        self._generation = 0

    @property
    def mapped(self) -> int:
        """Pages that the heap has taken from its arenas."""
        return len(self._used)

    @property
    def arenas(self) -> int:
        """Arenas that the heap has reserved."""
        return self._arena_end // self.arena

    @property
    def cached(self) -> int:
        """Free pages that the processor's page cache hides from the scavenger and from large allocations."""
        return self._cache_left

    # --- taking pages -------------------------------------------------------------------------------------------

    def take(self, pages: int) -> int:
        """Take ``pages`` neighbouring pages for a span and return the first (mheap.allocSpan).

        Spans of less than a quarter of the page cache come from there if it has room for them.
        """
        if pages < CACHE_PAGES // 4:
            if not self._cache_left:
                self._fill_cache()
            at = self._from_cache(pages)
            if at >= 0:
                return at
        at = self._find(pages)
        if at < 0:
            self._grow(pages)
            at = self._find(pages)
        self._mark(at, pages, _USED)
        self._settle(at, pages)
        if pages == 1 or at == self._search:
            self._search = at + pages
        return at

    def take_at(self, at: int, pages: int) -> int:
        """Take the pages from ``at`` on, counted from the first page that the heap gives out; returns their number."""
        at += self.padding
        while at + pages > len(self._used):
            self._grow(pages)
        self._mark(at, pages, _USED)
        self._settle(at, pages)
        return at

    def take_run(self, pages: int, most: int) -> Iterator[tuple[int, int]]:
        """Take ``most`` spans of ``pages`` pages each; yields (first page, number of spans) of what lies together.

        The same pages in the same order as that many calls of :meth:`take`.
        """
        left = most
        while left:
            if pages >= CACHE_PAGES // 4 or not self._cache_left:
                yield self.take(pages), 1
                left -= 1
                continue
            at = self._used.find(b"\2" * pages, self._cache_base, self._cache_base + CACHE_PAGES)
            if at < 0:
                yield self.take(pages), 1
                left -= 1
                continue
            end = self._run_end(at)
            count = min((end - at) // pages, left)
            self._leave_cache(at, count * pages)
            yield at, count
            left -= count

    def _run_end(self, at: int) -> int:
        piece = self._used[at : self._cache_base + CACHE_PAGES]
        return at + len(piece) - len(piece.lstrip(b"\2"))

    def _from_cache(self, pages: int) -> int:
        if not self._cache_left:
            return -1
        at = self._used.find(b"\2" * pages, self._cache_base, self._cache_base + CACHE_PAGES)
        if at >= 0:
            self._leave_cache(at, pages)
        return at

    def _leave_cache(self, at: int, pages: int) -> None:
        self._used[at : at + pages] = b"\1" * pages
        self._cache_left -= pages
        self._settle(at, pages)

    def _fill_cache(self) -> None:
        first = self._used.find(b"\0", self._search)
        if first < 0:
            self._search = len(self._used)
            return
        base = first - first % CACHE_PAGES
        piece = self._used[base : base + CACHE_PAGES]
        self._cache_left = piece.count(_FREE)
        self._used[base : base + CACHE_PAGES] = piece.replace(b"\0", b"\2")
        self._cache_base = base
        self._count(base, self._cache_left)
        self._search = base + CACHE_PAGES - 1

    def flush_cache(self) -> None:
        """Give the page cache's pages back to the page heap (pageCache.flush)."""
        if not self._cache_left:
            return
        base = self._cache_base
        piece = self._used[base : base + CACHE_PAGES]
        self._used[base : base + CACHE_PAGES] = piece.replace(b"\2", b"\0")
        self._count(base, -self._cache_left)
        self._cache_left = 0
        self._search = min(self._search, base)

    def _find(self, pages: int) -> int:
        return self._used.find(bytes(pages), self._search)

    def _mark(self, at: int, pages: int, state: int) -> None:
        self._used[at : at + pages] = bytes((state,)) * pages
        self._count(at, pages if state else -pages)

    def _settle(self, at: int, pages: int) -> None:
        """Count pages that a span now owns: those that were released are committed again (sysUsed)."""
        scavenged = self._scavenged.count(1, at, at + pages)
        if scavenged:
            self._scavenged[at : at + pages] = bytes(pages)
        self.released -= scavenged
        self.free -= pages - scavenged

    def _grow(self, pages: int) -> None:
        ask = -(-pages // self.chunk) * self.chunk
        first = not self._used
        base = len(self._used) + self._pad_chunks * self.chunk
        if base + ask > self._arena_end:
            self._arena_end += -(-ask // self.arena) * self.arena
        start = len(self._used)
        self._used += bytes(ask)
        self._scavenged += b"\1" * ask
        chunks = ask // self.chunk
        self._in_use += [0] * chunks
        self._before += [0] * chunks
        self._stamp += [self._generation] * chunks
        self.released += ask
        self.grown += ask
        self._search = min(self._search, start)
        if first and self.padding:
            self._mark(0, self.padding, _USED)

    # --- giving pages back --------------------------------------------------------------------------------------

    def give(self, at: int, pages: int) -> None:
        """Free the pages of a span (mheap.freeSpanLocked)."""
        self._mark(at, pages, _FREE)
        self.free += pages
        self._search = min(self._search, at)

    def give_many(self, at: NDArray[np.int64], pages: NDArray[np.int64]) -> None:
        """Free the pages of many spans: ``at`` and ``pages`` are arrays of one length."""
        if not len(at):
            return
        order = np.argsort(at)
        at, pages = at[order], pages[order]
        breaks = np.flatnonzero(at[1:] != at[:-1] + pages[:-1]) + 1
        starts = at[np.concatenate(([0], breaks))]
        last = np.concatenate((breaks - 1, [len(at) - 1]))
        for start, end in zip(starts.tolist(), (at[last] + pages[last]).tolist(), strict=True):
            self.give(start, end - start)

    def _count(self, at: int, pages: int) -> None:
        """Keep each chunk's count of pages in use, now and at its highest since the last collection."""
        left, sign = abs(pages), 1 if pages > 0 else -1
        while left:
            chunk = at // self.chunk
            here = min(left, (chunk + 1) * self.chunk - at)
            if self._stamp[chunk] != self._generation:
                self._before[chunk] = self._in_use[chunk]
                self._stamp[chunk] = self._generation
            self._in_use[chunk] += sign * here
            at, left = at + here, left - here

    # --- the scavenger's side -----------------------------------------------------------------------------------

    def next_generation(self) -> None:
        """Begin a new generation of the scavenger's index (scavengeIndex.nextGen), at mark termination."""
        self._generation += 1

    def release(self, pages: int | None, force: bool) -> int:
        """Release free pages to the operating system, the highest first, and return how many (pageAlloc.scavenge).

        Args:
            pages: how many at least; None for all.
            force: take dense chunks too, as debug.FreeOSMemory and the memory limit do.
        """
        done = 0
        for chunk in range(len(self._in_use) - 1, -1, -1):
            if not self._eligible(chunk, force):
                continue
            while pages is None or done < pages:
                released = self._release_in(chunk, None if pages is None else pages - done)
                if not released:
                    break
                done += released
            if pages is not None and done >= pages:
                break
        return done

    def releasable(self) -> int:
        """Return how many free pages the background scavenger may release now."""
        found = 0
        for chunk in range(len(self._in_use)):
            if self._eligible(chunk, force=False):
                low, high = chunk * self.chunk, (chunk + 1) * self.chunk
                taken = np.frombuffer(self._used[low:high], np.uint8)
                gone = np.frombuffer(self._scavenged[low:high], np.uint8)
                found += int(((taken == _FREE) & (gone == 0)).sum())
        return found

    def _eligible(self, chunk: int, force: bool) -> bool:
        if force:
            return True
        dense = self.chunk * _HIGH_OCCUPANCY
        before = self._before[chunk] if self._stamp[chunk] == self._generation else self._in_use[chunk]
        return self._in_use[chunk] < dense and before < dense

    def _release_in(self, chunk: int, most: int | None) -> int:
        """Release the highest run of free, unreleased pages of a chunk, at most ``most`` but whole huge pages."""
        low, high = chunk * self.chunk, (chunk + 1) * self.chunk
        taken = np.frombuffer(self._used, np.uint8, self.chunk, low)
        gone = np.frombuffer(self._scavenged, np.uint8, self.chunk, low)
        candidates = np.flatnonzero((taken == _FREE) & (gone == 0))
        del taken, gone
        if not len(candidates):
            return 0
        gaps = np.flatnonzero(np.diff(candidates) > 1)
        start = int(candidates[gaps[-1] + 1]) if len(gaps) else int(candidates[0])
        end = int(candidates[-1]) + 1
        run_start = start
        if most is not None and end - start > most:
            start = end - most
            below = start - start % self._huge
            if -(-start // self._huge) * self._huge <= end and below >= run_start:
                start = below
        assert low + end <= high
        self._scavenged[low + start : low + end] = b"\1" * (end - start)
        self.released += end - start
        self.free -= end - start
        return end - start
