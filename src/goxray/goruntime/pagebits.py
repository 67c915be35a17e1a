"""The heap's address space by page: in a span, free, or free and returned to the OS.

Source: runtime/mpagealloc.go (pageAlloc), runtime/mpallocbits.go (pallocData), runtime/mpagecache.go (pageCache).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import CorruptMemory
from goxray.goruntime.ranges import NO_RANGES, Ranges, union

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

_WORD = 8
_MASK = (1 << 64) - 1
_MAX_CHUNKS = 1 << 22  # 16 TiB of heap
_MAX_PROCS = 1 << 16
_MAX_LIST = 1 << 20
_BLOCK = 1 << 12  # chunks looked at together: 16 GiB of heap
_CACHE_PAGES = 64
_FREE, _SCAVENGED = 1, 2


class PageBits:
    """Reads mheap_.pages of a target; every method raises MemoryFault or CorruptMemory where it cannot be read."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._memory = runtime.memory
        self._layout = runtime.layout
        self.at = runtime.mheap + runtime.layout.offset("runtime.mheap", "pages")

    def grown(self) -> Ranges:
        """mheap_.pages.inUse: the ranges that pageAlloc.grow was called for."""
        at = self.at + self._layout.offset("runtime.pageAlloc", "inUse")
        base, count = self._memory.read_words(at + self._layout.offset("runtime.addrRanges", "ranges"), 2)
        if count > _MAX_LIST:
            raise CorruptMemory(f"mheap_.pages.inUse claims {count} ranges")
        pointers = np.uint64(base) + np.arange(count, dtype=np.uint64) * np.uint64(
            self._layout.size("runtime.addrRange")
        )
        fields = [self._layout.offset("runtime.addrRange", name) for name in ("base", "limit")]
        words, ok = self._memory.gather(pointers, fields)
        return Ranges.of(words[ok, 0], words[ok, 1])

    def states(self, grown: Ranges) -> tuple[Ranges, Ranges]:
        """The pages that belong to no span: (kept, returned to the OS).

        A chunk of pallocChunkPages pages has two bitmaps, one behind the other (pallocData): allocated, scavenged.
        A page in a span is never marked as scavenged; one that is marked so and allocated pads the random start of the
        heap (markRandomPaddingPages) and counts as returned. Pages in the cache of a P are marked as allocated; the
        cache's own two bitmaps tell which of them are not.
        """
        kept: list[Ranges] = []
        gone: list[Ranges] = []
        chunks, caches = self.chunks(grown), self._page_caches()
        for first in range(0, len(chunks), _BLOCK):
            part = chunks[first : first + _BLOCK]
            state = self._state(part)
            self._open_caches(part, state, caches)
            kept.append(self._runs(part, state, _FREE))
            gone.append(self._runs(part, state, _SCAVENGED))
        return (union(kept), union(gone)) if kept else (NO_RANGES, NO_RANGES)

    def _state(self, chunks: U64) -> NDArray[np.uint8]:
        """The state of each page of the chunks: uint8[chunks, pages]."""
        width = self._layout.const("pallocChunkPages") // 8
        records, ok = self._memory.read_many(self._chunk_records(chunks, 2 * width), 2 * width)
        records[~ok, :width] = 0xFF
        taken = np.unpackbits(records[:, :width], axis=1, bitorder="little")
        gone = np.unpackbits(records[:, width:], axis=1, bitorder="little")
        return np.where(gone, _SCAVENGED, np.where(taken, 0, _FREE)).astype(np.uint8)

    def _open_caches(self, chunks: U64, state: NDArray[np.uint8], caches: list[tuple[int, int, int]]) -> None:
        """Put what the Ps' caches know into ``state``."""
        for base, free, scavenged in caches:
            row = int(np.searchsorted(chunks, np.uint64(self._chunk_of(base))))
            if row == len(chunks) or int(chunks[row]) != self._chunk_of(base):
                continue
            bits = np.unpackbits(np.array([free, scavenged], np.uint64).view(np.uint8), bitorder="little")
            first = (base // self._layout.page_size) % state.shape[1]
            here = state[row, first : first + _CACHE_PAGES]
            bits = bits.reshape(2, _CACHE_PAGES)[:, : len(here)]
            here[bits[0] == 1] = _FREE
            here[(bits[0] & bits[1]) == 1] = _SCAVENGED

    def chunks(self, grown: Ranges) -> U64:
        """The numbers of all chunks in use, ascending (runtime.chunkIndex)."""
        size = np.uint64(self._layout.const("pallocChunkBytes"))
        offset = np.uint64(self._layout.const("arenaBaseOffset") & _MASK)
        first, last = (grown.start - offset) // size, (grown.end - offset) // size
        edges = list(zip(first.tolist(), last.tolist(), strict=True))
        if any(high < low for low, high in edges) or sum(high - low for low, high in edges) > _MAX_CHUNKS:
            raise CorruptMemory(f"the heap claims {grown.bytes} bytes of address space")
        found = [np.arange(low, high, dtype=np.uint64) for low, high in edges]
        return np.concatenate(found) if found else np.zeros(0, np.uint64)

    def _chunk_of(self, addr: int) -> int:
        offset = self._layout.const("arenaBaseOffset") & _MASK
        return ((addr - offset) & _MASK) // self._layout.const("pallocChunkBytes")

    def _chunk_records(self, chunks: U64, size: int) -> U64:
        """Where the bitmaps of each chunk lie: pageAlloc.chunks is a table of pointers to tables."""
        blocks, ok = self._memory.gather(self.chunk_blocks(chunks), [0])
        second = np.uint64((1 << self._layout.const("pallocChunksL2Bits")) - 1)
        records: U64 = np.where(ok & (blocks[:, 0] != 0), blocks[:, 0] + (chunks & second) * np.uint64(size), 0)
        return records

    def chunk_blocks(self, chunks: U64) -> U64:
        """The addresses in pageAlloc.chunks that lead to the chunks."""
        first = chunks >> np.uint64(self._layout.const("pallocChunksL2Bits"))
        table = self.at + self._layout.offset("runtime.pageAlloc", "chunks")
        found: U64 = np.uint64(table) + first * np.uint64(_WORD)
        return found

    def _page_caches(self) -> list[tuple[int, int, int]]:
        """(base, free pages, scavenged pages) of each P's cache of 64 pages."""
        allp = self._runtime.symbol_or_none("runtime.allp")
        if allp is None:
            return []
        base, count = self._memory.read_words(allp, 2)
        if count > _MAX_PROCS:
            raise CorruptMemory(f"runtime.allp claims {count} Ps")
        at = self._layout.offset("runtime.p", "pcache")
        fields = [at + self._layout.offset("runtime.pageCache", name) for name in ("base", "cache", "scav")]
        words, ok = self._memory.gather(np.array(self._memory.read_words(base, count), np.uint64), fields)
        return [(row[0], row[1], row[2]) for row in words[ok].tolist() if row[0] and row[1]]

    def _runs(self, chunks: U64, state: NDArray[np.uint8], wanted: int) -> Ranges:
        """The ranges of pages in one state."""
        per_chunk, page = state.shape[1], np.uint64(self._layout.page_size)
        chosen = (state == wanted).reshape(-1).view(np.int8)
        breaks = np.zeros(len(chosen) + 1, np.bool_)
        breaks[:-1:per_chunk] = np.diff(chunks, prepend=chunks[0] - np.uint64(2)) != 1
        breaks[-1] = True
        before = np.concatenate(([0], chosen))
        after = np.concatenate((chosen, [0]))
        first = np.flatnonzero((after == 1) & ((before == 0) | breaks))
        last = np.flatnonzero((before == 1) & ((after == 0) | breaks))
        offset = np.uint64(self._layout.const("arenaBaseOffset") & _MASK)
        base = chunks * np.uint64(self._layout.const("pallocChunkBytes")) + offset

        def addr(pages: I64) -> U64:
            found: U64 = base[pages // per_chunk] + (pages % per_chunk).astype(np.uint64) * page
            return found

        return Ranges(addr(first), addr(last - 1) + page)
