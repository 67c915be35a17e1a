"""What each span class holds: bytes of a slot, pages of a span, slots of a span.

Source: runtime/mheap.go (mheap.initSpan, spanClass), runtime/malloc.go (mallocgc), runtime/mbitmap.go
(heapBitsInSpan), runtime/mgcmark_greenteagc.go (gcUsesSpanInlineMarkBits).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from goxray.layout import RuntimeLayout

_GREEN_TEA = "greenteagc"
_MIN_INLINE_MARK_BITS = 16


@dataclass(frozen=True)
class SpanClass:
    """One span class: ``number`` is size class x 2 + noscan, ``elem_size`` bytes a slot, ``pages``, ``nelems`` a span.

    Large objects have the numbers 0 and 1 and a span of their own each: ``pages`` and ``elem_size`` are 0 there.
    """

    number: int
    elem_size: int
    pages: int
    nelems: int


class SpanClasses:
    """The span classes of one build, and which of them an allocation goes to."""

    def __init__(self, layout: RuntimeLayout) -> None:
        self.page_size = layout.page_size
        self.max_small = layout.const("maxSmallSize")
        self.max_tiny = layout.const("maxTinySize")
        self.header = layout.const("mallocHeaderSize") if layout.has_const("mallocHeaderSize") else 0
        self.header_over = layout.const("minSizeForMallocHeader") if self.header else 0
        inline_marks = _GREEN_TEA in layout.active
        self._inline = layout.size("runtime.spanInlineMarkBits") if inline_marks else 0
        self._sizes = [int(size) for size in layout.size_classes]
        self._class_of = {size: number for number, size in enumerate(self._sizes)}
        pages = [int(count) for count in layout.class_pages]
        self.all = [
            SpanClass(size_class * 2 + noscan, size, count, self._nelems(size, count, bool(noscan)))
            for size_class, (size, count) in enumerate(zip(self._sizes, pages, strict=True))
            for noscan in (0, 1)
        ]
        self.tiny = self.all[layout.const("tinySizeClass") * 2 + 1]

    def _nelems(self, size: int, pages: int, noscan: bool) -> int:
        if not size:
            return 1
        room = pages * self.page_size
        bits_in_span = bool(self.header) and size <= self.header_over
        reserve = self._inline if bits_in_span and size >= _MIN_INLINE_MARK_BITS else 0
        if bits_in_span and not noscan:
            reserve += room // 64  # one bit a word
        return (room - reserve) // size

    def of(self, size: int, noscan: bool) -> SpanClass:
        """Return the span class that an allocation of ``size`` bytes goes to; class 0 or 1 for a large object.

        Objects under 16 bytes without pointers go to the tiny allocator before this is asked.
        """
        if size > self.max_small - self.header:
            return self.all[int(noscan)]
        if self.header and not noscan and size > self.header_over:
            size += self.header
        return self.all[bisect_left(self._sizes, size, lo=1) * 2 + int(noscan)]

    def slot_class(self, size: int, noscan: bool) -> int:
        """Return the number of the span class whose slots have ``size`` bytes; 0 or 1 where none has."""
        return self._class_of.get(size, 0) * 2 + int(noscan)

    def per_slot(self, size: int, noscan: bool) -> int:
        """Return how many objects of ``size`` bytes, made in a row, share a slot: several if they are tiny."""
        return self.tiny_per_block(size) if noscan and size < self.max_tiny else 1

    def tiny_per_block(self, size: int) -> int:
        """Return how many objects of ``size`` bytes (1 to 15), made in a row, share one tiny block (mallocgcTiny)."""
        align = 8 if size % 8 == 0 else 4 if size % 4 == 0 else 2 if size % 2 == 0 else 1
        count, offset = 1, size
        while True:
            offset = -(-offset // align) * align
            if offset + size > self.max_tiny:
                return count
            count, offset = count + 1, offset + size
