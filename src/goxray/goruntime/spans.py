"""The heap's spans: where every heap object of the target starts, how large its slot is, whether it is allocated.

Source: runtime/mheap.go (mheap.allspans, mspan), runtime/mbitmap.go (isFree), internal/runtime/gc (size classes).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import CorruptMemory
from goxray.goruntime.spancheck import believable

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory

U64 = NDArray[np.uint64]
_MAX_SPANS = 1 << 27
_CHUNK = 1 << 13
_MAX_PAGE_INDEX = 1 << 25


@dataclass(frozen=True)
class Located:
    """Where addresses fall: arrays of the same length as the addresses asked for.

    ``span`` is the index into the span table, -1 outside heap spans; ``base`` the start of the slot that holds
    the address and ``size`` its bytes, 0 outside.
    """

    span: NDArray[np.int64]
    base: U64
    size: NDArray[np.int64]


@dataclass(frozen=True)
class ManualSpans:
    """Spans that the runtime manages by hand: stacks, work buffers. Ascending by address, arrays of one length.

    ``start`` (uint64), ``size`` (int64, bytes of whole pages), ``elem_size`` (int64): bytes of one stack in a span of
    stacks, 0 in any other, since only runtime/stack.go sets it (stackpoolalloc, stackalloc; mspan.init clears it).
    """

    start: U64
    size: NDArray[np.int64]
    elem_size: NDArray[np.int64]


_NO_MANUAL = ManualSpans(np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.int64))


class SpanTable:
    """The mspans in use for heap objects, sorted by address; arrays of one length.

    ``start`` (uint64), ``pages``, ``elem_size`` (bytes a slot), ``nelems``, ``free_index``, ``alloc_count`` (int64),
    ``span_class`` (uint8: size class x 2 + noscan), ``alloc_bits``, ``mark_bits`` (uint64, addresses of the bitmaps),
    ``large_type`` (uint64: type descriptor of a large object with pointers, 0 where the version has none),
    ``specials`` (uint64, of its own length: the heads of those lists of specials that are not empty) and
    ``special_span`` (int64: the index of the span that each of these belongs to).
    ``manual`` are the spans that hold no heap objects. ``unsound`` counts mspans that were left out, since they could
    not be read or their fields make no sense together.
    """

    def __init__(self, columns: dict[str, NDArray[Any]], page_size: int, manual: ManualSpans = _NO_MANUAL) -> None:
        self.manual = manual
        self.unsound = 0
        self.start: U64 = columns["startAddr"]
        self.pages: NDArray[np.int32] = columns["npages"]
        self.elem_size: NDArray[np.int64] = columns["elemsize"]
        self.nelems: NDArray[np.int32] = columns["nelems"]
        self.free_index: NDArray[np.int32] = columns["freeindex"]
        self.alloc_count: NDArray[np.int32] = columns["allocCount"]
        self.alloc_before_cache: NDArray[np.int32] = columns["allocCountBeforeCache"]
        self.span_class: NDArray[np.uint8] = columns["spanclass"]
        self.alloc_bits: U64 = columns["allocBits"]
        self.mark_bits: U64 = columns["gcmarkBits"]
        self.sweep_gen: NDArray[np.uint32] = columns["sweepgen"]
        # In other spans, those of large objects without pointers too, the field is left over from earlier use
        # (runtime/malloc.go, mallocgc, sets it up to Go 1.23 only where there are pointers).
        large = self.span_class == 0
        self.large_type: U64 = np.where(large, columns.get("largeType", np.zeros_like(self.start)), 0).astype(np.uint64)
        self.special_span: NDArray[np.int64] = np.flatnonzero(columns["specials"])
        self.specials: U64 = columns["specials"][self.special_span]
        self.page_size = page_size
        self.end: U64 = self.start + self.pages.astype(np.uint64) * np.uint64(page_size)
        self._shift = np.uint64(page_size.bit_length() - 1)
        self._by_page = self._page_index()

    @classmethod
    def empty(cls, page_size: int) -> SpanTable:
        """Return a table without spans."""
        return cls({name: np.zeros(0, dtype) for name, dtype in _FIELDS.items()}, page_size)

    def __len__(self) -> int:
        return len(self.start)

    @property
    def by_page(self) -> NDArray[np.int32] | None:
        """Span index by heap page from the first span's on (int32, -1 for none); None where the heap is too spread."""
        return self._by_page

    @property
    def live_bytes(self) -> int:
        """Bytes in allocated slots: allocCount x elemsize over all spans in use."""
        return int((self.alloc_count * self.elem_size).sum())

    def locate(self, addrs: U64) -> Located:
        """Find the slot of each address (interior addresses too). Sorted input is fastest."""
        if not len(self):
            zero = np.zeros(len(addrs), np.int64)
            return Located(zero - 1, zero.astype(np.uint64), zero)
        span = self._span_of(addrs)
        safe = np.maximum(span, 0)
        inside = (span >= 0) & (addrs < self.end[safe])
        size = np.where(inside, self.elem_size[safe], 0)
        start = self.start[safe]
        step = np.maximum(size, 1).astype(np.uint64)
        index = (addrs - start) // step
        inside &= index < self.nelems[safe].astype(np.uint64)
        base = np.where(inside, start + index * step, 0).astype(np.uint64)
        return Located(np.where(inside, span, -1), base, np.where(inside, size, 0))

    def _page_index(self) -> NDArray[np.int32] | None:
        """Span index by heap page (int32, -1 for none), or None where the heap is spread too far for a table."""
        if not len(self):
            return None
        reach = int(self.end[-1] - self.start[0]) // self.page_size
        if reach > _MAX_PAGE_INDEX:
            return None
        index = np.full(reach, -1, np.int32)
        first = ((self.start - self.start[0]) >> self._shift).astype(np.int64)
        single = self.pages == 1
        index[first[single]] = np.flatnonzero(single)
        for span in np.flatnonzero(~single).tolist():
            index[first[span] : first[span] + self.pages[span]] = span
        return index

    def _span_of(self, addrs: U64) -> NDArray[np.int64]:
        if self._by_page is None:
            found: NDArray[np.int64] = np.searchsorted(self.start, addrs, side="right").astype(np.int64) - 1
            return found
        page = (addrs - self.start[0]) >> self._shift
        outside = page >= np.uint64(len(self._by_page))
        page[outside] = 0
        span: NDArray[np.int64] = self._by_page[page.astype(np.int64)].astype(np.int64)
        span[outside] = -1
        return span

    def slot_sizes(self, addrs: U64) -> NDArray[np.int64]:
        """Allocated bytes of the slot that holds each address; 0 for nil and for what is not on the heap."""
        return self.locate(addrs).size

    def allocated(self, chosen: NDArray[np.int64], memory: Memory) -> NDArray[np.bool_]:
        """Which slots of the ``chosen`` spans are allocated: bool[len(chosen), max nelems].

        A slot below freeindex is taken; one above is taken when its allocBits bit is set
        (runtime/mbitmap.go, isFree). Spans whose bitmap cannot be read count slots above freeindex as free.
        """
        width = int(self.nelems[chosen].max(initial=0))
        if not width:
            return np.zeros((len(chosen), 0), np.bool_)
        size = -(-width // 64) * 8
        bits, ok = memory.read_many(self.alloc_bits[chosen], size)
        bits[~ok] = 0
        taken = np.unpackbits(bits, axis=1, bitorder="little")[:, :width].astype(np.bool_)
        slot = np.arange(width)
        taken |= slot < self.free_index[chosen][:, None]
        taken &= slot < self.nelems[chosen][:, None]
        return taken


_FIELDS: dict[str, type[np.generic]] = {
    "startAddr": np.uint64,
    "npages": np.int32,
    "elemsize": np.int64,
    "nelems": np.int32,
    "freeindex": np.int32,
    "allocCount": np.int32,
    "allocCountBeforeCache": np.int32,
    "spanclass": np.uint8,
    "state": np.uint8,
    "allocBits": np.uint64,
    "gcmarkBits": np.uint64,
    "specials": np.uint64,
    "sweepgen": np.uint32,
    "largeType": np.uint64,
}
"""Fields of mspan that are read, and how they are kept: a heap of 4 GB has half a million spans."""
_MANUAL_FIELDS = ("startAddr", "npages", "elemsize")


def read_spans(memory: Memory, layout: RuntimeLayout, mheap: int) -> SpanTable:
    """Read every mspan in use from ``mheap_.allspans``; ``mheap`` is the address of runtime.mheap_.

    Raises CorruptMemory when the list is impossible.
    """
    at = mheap + layout.offset("runtime.mheap", "allspans")
    base, count = memory.read_u64(at), memory.read_u64(at + 8)
    if count > _MAX_SPANS:
        raise CorruptMemory(f"mheap_.allspans claims {count} spans")
    names = [name for name in _FIELDS if layout.has("runtime.mspan", name)]
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in names}
    manual: dict[str, list[NDArray[Any]]] = {name: [] for name in _MANUAL_FIELDS}
    in_use, by_hand = layout.const("mSpanInUse"), layout.const("mSpanManual")
    unsound = 0
    for first in range(0, count, _CHUNK):
        here = min(_CHUNK, count - first)
        pointers = np.frombuffer(memory.read(base + 8 * first, 8 * here), dtype=np.uint64)
        raw, ok = memory.read_many(pointers, layout.size("runtime.mspan"))
        raw = raw[ok]
        unsound += int((~ok).sum())
        columns = {name: _column(raw, layout, name) for name in names}
        keep = columns["state"] == in_use
        for name in names:
            parts[name].append(columns[name][keep])
        keep = columns["state"] == by_hand
        for name in _MANUAL_FIELDS:
            manual[name].append(columns[name][keep])
    order = np.argsort(_joined(parts["startAddr"], np.uint64), kind="stable")
    columns = {name: _joined(parts.pop(name), _FIELDS[name])[order] for name in names}
    sound = believable(columns, layout)
    if not sound.all():
        unsound += int((~sound).sum())
        columns = {name: column[sound] for name, column in columns.items()}
    table = SpanTable(columns, layout.const("pageSize"), _manual_spans(manual, layout.const("pageSize")))
    table.unsound = unsound
    return table


def _manual_spans(parts: dict[str, list[NDArray[Any]]], page_size: int) -> ManualSpans:
    start, pages, elem_size = (_joined(parts[name], _FIELDS[name]) for name in _MANUAL_FIELDS)
    order = np.argsort(start, kind="stable")
    return ManualSpans(start[order], pages[order].astype(np.int64) * page_size, elem_size[order])


def _joined(arrays: list[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype)


def _column(raw: NDArray[np.uint8], layout: RuntimeLayout, name: str) -> NDArray[Any]:
    """One field of the mspan records ``raw`` (uint8[N, sizeof mspan]), as it is kept."""
    offset = layout.offset("runtime.mspan", name)
    width = 1 if name == "state" else layout.field_size("runtime.mspan", name)
    data = np.ascontiguousarray(raw[:, offset : offset + width])
    return data.view(f"<u{width}").reshape(-1).astype(_FIELDS[name])
