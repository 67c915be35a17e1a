"""What the runtime takes from the system beside the heap: mspan structures, arena metadata, bitmaps.

Source: runtime/mfixalloc.go (fixalloc), runtime/mheap.go (mheap.allocMSpanLocked, recordspan, sysAlloc).
"""

from __future__ import annotations

from goxray.layout import RuntimeLayout
from goxray.layout.starts import ProgramStart
from goxray.model.heap.markbits import ARENA_BYTES

_FIX_CHUNK = 16 << 10
_SPAN_CACHE_REFILL = 64
_WORD = 8
_SPANS_IN_BLOCK = 512
_BLOCK = 64 + _SPANS_IN_BLOCK * _WORD
_PERSISTENT_CHUNK = 256 << 10
_FIRST_SPANS = (64 << 10) // _WORD


class SystemMemory:
    """Bytes of MemStats that are not the heap's: the program's start, and what grows with the number of spans."""

    def __init__(self, layout: RuntimeLayout, start: ProgramStart) -> None:
        self._mspan = layout.size("runtime.mspan")
        self._arena = layout.size("runtime.heapArena")
        self._base = start.fixed_sys + start.gc_sys + start.other_sys
        self._early = start.mspan_bytes // self._mspan - _SPAN_CACHE_REFILL
        self._manual = sum(1 for span in start.spans if span.span_class < 0)

    def total(self, spans: int, arenas: int, bit_arenas: int) -> int:
        """Return the bytes for a heap with at most ``spans`` spans so far, and so many arenas and arenas of bitmaps."""
        refills = max(-(-(spans + self._manual - self._early) // _SPAN_CACHE_REFILL), 1)
        structures = self._early + refills * _SPAN_CACHE_REFILL
        per_chunk = _FIX_CHUNK // self._mspan
        listed = _FIRST_SPANS
        while listed < spans:
            listed += listed // 2
        extra = (listed - _FIRST_SPANS) * _WORD + max(arenas - 1, 0) * self._arena
        extra += max(bit_arenas - 1, 0) * ARENA_BYTES
        # Lists of spans take blocks of 512; small structures come out of chunks of 256 KiB (persistentalloc).
        extra += spans // _SPANS_IN_BLOCK * _BLOCK // _PERSISTENT_CHUNK * _PERSISTENT_CHUNK
        return self._base + extra + -(-structures // per_chunk) * per_chunk * self._mspan
