"""Reads the objects of all spans in the order of their addresses and extracts their pointers.

Where the pointer bits of a span are depends on the version and the size of its objects: in the heap arena's bitmap
(Go 1.21), at the span's end (objects up to 512 bytes from 1.22 on), or in the type that the object's header or the
span names (runtime/mbitmap.go of each version; Go 1.22's is mbitmap_allocheaders.go).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.headerbits import arena_bitmap, arena_bits_at, span_bits_end
from goxray.heap import capture_kernels as kernels
from goxray.heap.bit_kernels import find_key
from goxray.heap.capture import Found
from goxray.heap.growing import Growing
from goxray.heap.masks import Masks

if TYPE_CHECKING:
    from collections.abc import Callable

    from goxray.goruntime.runtime import Runtime
    from goxray.heap.graph import I32, I64, U32, U64, Objects
    from goxray.layout import RuntimeLayout

_BATCH = 4 << 20
_PIECE_WORDS = _BATCH // 8
_MARGIN = 2
"""Words read on both sides of a piece of a large object: what stands beside its pointers."""


def header_above(layout: RuntimeLayout) -> int:
    """Return the bytes above which objects with pointers have a malloc header; 0 where the version has none."""
    return layout.const("minSizeForMallocHeader") if layout.has_const("mallocHeaderSize") else 0


class HeapReader:
    """Extracts pointers into ``found``; call :meth:`run` once. What they are: :class:`goxray.heap.capture.Capture`."""

    def __init__(self, runtime: Runtime, objects: Objects, ranges: U64, texts: U64) -> None:
        self._runtime = runtime
        self._objects = objects
        self._ranges = ranges
        self.masks = Masks(runtime)
        scan = (runtime.spans.span_class & 1) == 0
        self.found = Found(len(objects), int((np.diff(objects.first) * objects.elem_size)[scan].sum()) // 8)
        self.unreadable = 0
        self._typed_object, self._typed = Growing(np.uint32), Growing(np.int32)
        self._code_object, self._code = Growing(np.uint32), Growing(np.uint64)
        spans, layout = runtime.spans, runtime.layout
        self._in_arena = arena_bitmap(layout) is not None
        self._largest_in_span = header_above(layout)
        low = spans.start[0] if len(spans) else np.uint64(0)
        high = spans.end[-1] if len(spans) else np.uint64(0)
        self._bounds = kernels.Bounds(low, high, texts)
        self._shapes = kernels.Shapes(spans.elem_size, spans.span_class, spans.large_type, objects.first, objects.slot)
        self._room(_PIECE_WORDS + 2 * _MARGIN)

    def _room(self, words: int) -> None:
        self._data = np.empty(words, np.uint64)
        self._dynamic, self._length = np.empty(words, np.uint64), np.empty(words, np.uint32)
        self._spare = np.empty(words, np.uint32)
        self._out = kernels.Pointers(
            np.empty(words, np.uint64), np.empty(words, np.uint32), np.empty(words, np.int64), np.empty(words, np.uint8)
        )

    def typed(self) -> tuple[U32, I32]:
        """Return the objects whose type the allocator recorded, and its number in ``masks``."""
        return self._typed_object.take(), self._typed.take()

    def code(self) -> tuple[U32, U64]:
        """Return the objects that start with an address in the program's text, and that address."""
        return self._code_object.take(), self._code.take()

    def run(self, tell: Callable[[float], None]) -> None:
        """Read every span that may hold pointers."""
        spans = self._runtime.spans
        scan = np.flatnonzero(((spans.span_class & 1) == 0) & (np.diff(self._objects.first) > 0))
        sizes = (spans.end[scan] - spans.start[scan]).astype(np.int64)
        whole = max(1, int(sizes.sum()))
        done = at = 0
        while at < len(scan):
            total = np.cumsum(sizes[at : at + 4096])
            upto = at + max(1, int(np.searchsorted(total, _BATCH, side="right")))
            if sizes[at] > _BATCH:
                self._large(int(scan[at]), int(sizes[at]))
            else:
                self._batch(scan[at:upto], sizes[at:upto])
            done += int(sizes[at:upto].sum())
            at = upto
            tell(done / whole)

    def _batch(self, chosen: I64, sizes: I64) -> None:
        """Read some whole spans and extract their pointers."""
        spans = self._runtime.spans
        words = int(sizes.sum()) // 8
        holes = self._runtime.memory.read_runs(spans.start[chosen], sizes, self._data.view(np.uint8)[: 8 * words])
        self.unreadable += sum(high - low for low, high in holes)
        at = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)[:-1]]) // 8
        kind, bits, bits_at = self._bits(chosen, at, sizes)
        batch = kernels.Batch(self._data, at, chosen, kind, bits, bits_at)
        self._learn(batch)
        listed = kernels.Listed(self.found.count, self._spare, self._length, self._dynamic)
        self._keep(*kernels.extract_spans(batch, self._shapes, self._types(), self._bounds, self._out, listed))

    def _types(self) -> kernels.TypeMasks:
        masks = self.masks
        return kernels.TypeMasks(masks.keys, masks.numbers, masks.start, masks.words, masks.size)

    def _keep(self, edges: int, coded: int, typed: int) -> None:
        """Take over what a batch has left in the buffers: objects with code, then with types, then pointers."""
        self._code_object.append(self._spare[:coded])
        self._code.append(self._dynamic[:coded])
        rest = slice(len(self._spare) - typed, len(self._spare))
        self._typed_object.append(self._spare[rest][::-1])
        self._typed.append(self._length[rest][::-1].view(np.int32))
        self._emit(edges)

    def _emit(self, edges: int) -> None:
        out = self._out
        kernels.side_words(
            self._data,
            out.value,
            out.place,
            out.flags,
            edges,
            self._ranges,
            self._dynamic,
            self._length,
            self._spare,
        )
        part = slice(0, edges)
        self.found.add(out.value[part], out.word[part], self._dynamic[part], self._length[part], self._spare[part])

    def _bits(self, chosen: I64, at: I64, sizes: I64) -> tuple[NDArray[np.uint8], U64, I64]:
        """Say for each span where its pointer bits are: kind, the bitmap of its own, and the first bit in it."""
        runtime, spans = self._runtime, self._runtime.spans
        if self._in_arena:
            widths = sizes // 64
            bits = np.zeros(int(widths.sum()) // 8 + 1, np.uint64)
            where = arena_bits_at(runtime.memory, runtime.layout, runtime.mheap, spans.start[chosen])
            runtime.memory.read_runs(where, widths, bits.view(np.uint8)[: int(widths.sum())])
            first = np.concatenate([np.zeros(1, np.int64), np.cumsum(widths)[:-1]]) * 8
            return np.full(len(chosen), kernels.ARENA, np.uint8), bits, first
        small = spans.elem_size[chosen] <= self._largest_in_span
        ends = span_bits_end(runtime.layout, spans.elem_size[chosen], sizes)
        first = at * 64 + (ends - sizes // 64) * 8
        kind = np.where(small, kernels.IN_SPAN, kernels.HEADER).astype(np.uint8)
        return kind, self._data, first

    def _learn(self, batch: kernels.Batch) -> None:
        """Learn the types that headers and spans name."""
        if not (batch.kind == kernels.HEADER).any():
            return
        while True:
            count = kernels.unknown_types(batch, self._shapes, self.masks.keys, self._dynamic)
            if not count:
                return
            self.masks.add(self._dynamic[:count])

    def _large(self, span: int, size: int) -> None:
        """Extract the pointers of one large object, piece by piece."""
        spans, number = self._runtime.spans, int(self._objects.first[span])
        words = int(spans.elem_size[span]) // 8
        mask, type_words = np.zeros(0, np.int32), 0
        if not self._in_arena:
            self.masks.add(spans.large_type[span : span + 1])
            index = find_key(self.masks.keys, spans.large_type[span])
            if index < 0:
                return
            kind = int(self.masks.numbers[index])
            mask = self.masks.words[self.masks.start[kind] : self.masks.start[kind + 1]]
            type_words = int(self.masks.size[kind])
            self._typed_object.append(np.array([number], np.uint32))
            self._typed.append(np.array([kind], np.int32))
        for first in range(0, words, _PIECE_WORDS):
            last = min(first + _PIECE_WORDS, words)
            low, high = max(0, first - _MARGIN), min(words, last + _MARGIN)
            piece = self._data[: high - low]
            start = spans.start[span : span + 1] + np.uint64(8 * low)
            holes = self._runtime.memory.read_runs(start, np.array([8 * (high - low)]), piece.view(np.uint8))
            self.unreadable += sum(top - bottom for bottom, top in holes)
            bits = self._piece_bits(span, low, high) if self._in_arena else np.zeros(1, np.uint64)
            described = kernels.Piece(piece, low, words, self._in_arena, bits, mask, type_words)
            edges = kernels.extract_piece(described, first, last, self._bounds, self._out)
            self.found.count[number] += np.uint32(edges)
            self._emit(edges)

    def _piece_bits(self, span: int, low: int, high: int) -> U64:
        """Read the arena's bits of words ``low`` to ``high`` of a large object; bit 0 is word ``low`` rounded to 64."""
        runtime = self._runtime
        first = low // 64 * 64
        found = np.zeros(-(-(high - first) // 64) + 1, np.uint64)
        step = runtime.layout.const("heapArenaBytes") // 8
        base = int(runtime.spans.start[span]) // 8
        at = first
        while at < high:  # a large object may reach over several arenas, each with a bitmap of its own
            last = min(high, at + step - (base + at) % step)
            start = np.array([(base + at) * 8], np.uint64)
            where = arena_bits_at(runtime.memory, runtime.layout, runtime.mheap, start)
            width = -(-(last - at) // 64) * 8
            out = found[(at - first) // 64 :].view(np.uint8)[:width]
            runtime.memory.read_runs(where, np.array([width]), out)
            at = last
        return found
