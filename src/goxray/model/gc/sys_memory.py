"""What the runtime takes from the system beside the heap: mspan structures, lists of spans, arena metadata, bitmaps.

Source: runtime/mfixalloc.go (fixalloc), runtime/malloc.go (persistentalloc), runtime/mheap.go (mheap.allocMSpanLocked,
recordspan, sysAlloc), runtime/mspanset.go.
"""

from __future__ import annotations

from goxray.layout import RuntimeLayout
from goxray.layout.starts import ProgramStart
from goxray.model.heap.markbits import ARENA_BYTES
from goxray.model.heap.spansets import SpanSets

_FIX_CHUNK = 16 << 10
_SPAN_CACHE_REFILL = 64
_WORD = 8
_PERSISTENT_CHUNK = 256 << 10
_FIRST_SPANS = (64 << 10) // _WORD
_LINE = 64


class SystemMemory:
    """Bytes of MemStats that are not the heap's: the program's start, and what grows with the number of spans.

    Small structures that live for ever come out of chunks of 256 KiB, of which the first is partly used when main
    starts.
    """

    def __init__(self, layout: RuntimeLayout, start: ProgramStart) -> None:
        self._mspan = layout.size("runtime.mspan")
        self._block = layout.size("runtime.spanSetBlock")
        # Blocks that tagged pointers lead to are padded to a multiple of their alignment; others stand in cache lines.
        self._block_align = max(_LINE, self._block & -self._block)
        self._arena = layout.size("runtime.heapArena")
        self._per_chunk = _FIX_CHUNK // self._mspan
        self._base = start.fixed_sys + start.gc_sys + start.other_sys + self._per_chunk * self._mspan
        self._early = start.mspan_bytes // self._mspan - _SPAN_CACHE_REFILL
        self._manual = sum(1 for span in start.spans if span.span_class < 0)
        self._used = _PERSISTENT_CHUNK - start.persistent_left
        self._chunks = 0
        self._span_chunks, self._blocks, self._spines = 1, 0, 0
        self._begun = False

    def total(self, spans: int, arenas: int, bit_arenas: int, sets: SpanSets) -> int:
        """Return the bytes for a heap with at most ``spans`` spans so far, and so many arenas and arenas of bitmaps."""
        self._grow(spans, sets)
        listed = _FIRST_SPANS
        while listed < spans:
            listed += listed // 2
        extra = (listed - _FIRST_SPANS) * _WORD + max(arenas - 1, 0) * self._arena
        extra += max(bit_arenas - 1, 0) * ARENA_BYTES
        return self._base + extra + self._chunks * _PERSISTENT_CHUNK

    def _grow(self, spans: int, sets: SpanSets) -> None:
        blocks, spines = sets.blocks, sets.spine_bytes
        if not self._begun:  # the lists that the start of main has are in its figures
            self._blocks, self._spines, self._begun = blocks, spines, True
        refills = max(-(-(spans + self._manual - self._early) // _SPAN_CACHE_REFILL), 1)
        structures = self._early + refills * _SPAN_CACHE_REFILL
        while self._span_chunks * self._per_chunk < structures:
            self._span_chunks += 1
            self._persist(self._per_chunk * self._mspan, _WORD)
        if spines > self._spines:
            self._persist(spines - self._spines, _LINE)
            self._spines = spines
        while self._blocks < blocks:
            self._blocks += 1
            self._persist(self._block, self._block_align)

    def _persist(self, size: int, align: int) -> None:
        self._used = -(-self._used // align) * align
        while self._used + size > _PERSISTENT_CHUNK:
            self._chunks += 1
            if size > _PERSISTENT_CHUNK:
                size -= _PERSISTENT_CHUNK
                continue
            self._used = max(align, _WORD)
        self._used += size
