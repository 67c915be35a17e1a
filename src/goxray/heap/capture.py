"""What is copied of a heap while its program stands still: every object, every pointer, and the words beside pointers.

Only what the analysis needs is kept, in arrays: object contents are read once, in the order of their addresses, and
forgotten. Resolving pointers to objects, types and owners comes later, when the program runs again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.heap import bit_kernels
from goxray.heap import resolve_kernels as kernels
from goxray.heap.graph import I32, I64, U16, U32, U64, Edges, Objects
from goxray.heap.growing import Growing
from goxray.heap.spanbits import SpanBits

if TYPE_CHECKING:
    from goxray.goruntime.spans import SpanTable

_MAX_EDGES = (1 << 32) - 1
_BLOCK = 4096
"""Pointers that are looked up at a time, so that their cache misses overlap."""


@dataclass
class SideWords:
    """The words beside pointers, by the pointer's edge number (ascending).

    ``length_edge`` (uint32) with ``length`` and ``room`` (uint32): the word after the pointer and the one after that,
    where they can be a length and a capacity (``room`` 0: no capacity; not both are 0). ``dynamic_edge`` (uint32) with
    ``dynamic`` (uint64): the word before the pointer, where it can be an interface's type word.
    """

    length_edge: U32
    length: U32
    room: U32
    dynamic_edge: U32
    dynamic: U64


@dataclass
class Capture:
    """The heap at one moment.

    ``code_object`` (uint32) with ``code`` (uint64): objects whose first word is an address in the program's text, as
    that of a closure is. ``typed_object`` (uint32) with ``typed`` (int32): objects whose type the allocator recorded,
    and its index in ``type_addrs``. ``dead_bytes`` and ``dead_objects`` (int64[S]) count, for each span, allocated
    slots that the last collection has found dead and that are not swept yet. ``unreadable`` counts bytes of objects
    that could not be read.
    """

    objects: Objects
    edges: Edges
    side: SideWords
    code_object: U32
    code: U64
    typed_object: U32
    typed: I32
    type_addrs: list[int]
    dead_bytes: I64
    dead_objects: I64
    unreadable: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass
class RawEdges:
    """Pointers as they stand in memory: object i has ``count[i]`` (uint32[N]) of ``value`` (uint64), in order."""

    value: U64
    word: U32
    count: U32
    side: SideWords


class Found:
    """Collects what the reader extracts, batch by batch, of so many objects with at most ``most`` pointers."""

    def __init__(self, objects: int, most: int = 0) -> None:
        self.count: U32 = np.zeros(objects, np.uint32)
        self._value, self._word = Growing(np.uint64, most), Growing(np.uint32, most)
        beside = most // 2  # what stands beside a pointer is none
        self._length_edge, self._length = Growing(np.uint32, beside), Growing(np.uint32, beside)
        self._room = Growing(np.uint32, beside)
        self._dynamic_edge, self._dynamic = Growing(np.uint32, beside), Growing(np.uint64, beside)

    def add(self, value: U64, word: U32, dynamic: U64, length: U32, room: U32) -> None:
        """Append a batch of pointers with the words beside them (all of one length)."""
        first = len(self._value)
        if first + len(value) > _MAX_EDGES:
            raise OverflowError("more than 4,294,967,295 pointers")
        self._value.append(value)
        self._word.append(word)
        sized = np.flatnonzero(length | room)
        self._length_edge.append((sized + first).astype(np.uint32))
        self._length.append(length[sized])
        self._room.append(room[sized])
        boxed = np.flatnonzero(dynamic)
        self._dynamic_edge.append((boxed + first).astype(np.uint32))
        self._dynamic.append(dynamic[boxed])

    def done(self) -> RawEdges:
        """Return everything and give it up."""
        side = SideWords(
            self._length_edge.take(),
            self._length.take(),
            self._room.take(),
            self._dynamic_edge.take(),
            self._dynamic.take(),
        )
        return RawEdges(self._value.take(), self._word.take(), self.count, side)


class Resolver:
    """Finds objects by address: what the kernels need of the spans.

    Objects with pointers of more than ``header_above`` bytes (0: no such version) that share their span have a malloc
    header of one word.
    """

    def __init__(self, spans: SpanTable, bits: SpanBits, header_above: int) -> None:
        index = spans.by_page
        self.by_page: I32 = np.zeros(0, np.int32) if index is None else index
        elem = np.maximum(spans.elem_size, 1).astype(np.uint64)
        # slot = offset * magic >> 32, exact for what a span of small objects can hold (runtime/mheap.go, divMul)
        magic = np.where(spans.nelems == 1, np.uint64(0), np.uint64(0xFFFFFFFF) // elem + np.uint64(1))
        nelems, place = spans.nelems.astype(np.uint64), bits.place[:-1].astype(np.uint64)
        lead = headed(spans, header_above).astype(np.uint64)
        self.spans: NDArray[np.uint64] = np.stack([spans.start, magic, nelems, place, elem, lead], axis=1)
        self.slots: NDArray[np.uint64] = np.stack([bits.allocated, bits.rank.astype(np.uint64)], axis=1)

    def index(self) -> kernels.Index:
        """Return the arrays as the kernels take them."""
        return kernels.Index(self.by_page, self.spans, self.slots)

    def numbers_at(self, pointers: U64) -> tuple[I64, U16]:
        """Return the object that each pointer points to (-1: none) and how many words into it (65,535 for more)."""
        block = self.locate(pointers)
        return block.found, block.into

    def locate(self, pointers: U64) -> kernels.Block:
        """Return the object of each pointer, how many words into it, and the bytes from there to its end."""
        block = _block(len(pointers))
        kernels.locate_block(pointers, self.index(), block)
        return block


def _block(size: int) -> kernels.Block:
    return kernels.Block(np.empty(size, np.int64), np.empty(size, np.int64), np.zeros(size, np.uint16))


def resolve(raw: RawEdges, resolver: Resolver) -> tuple[Edges, SideWords]:
    """Turn pointers into object numbers; uses ``raw`` up."""
    target = raw.value.view(np.uint32)
    into = np.empty(len(raw.value), np.uint16)
    side = raw.side
    beside = kernels.Beside(side.length_edge, side.length, side.room, side.dynamic_edge, side.dynamic)
    words = kernels.Words(raw.value, raw.word, raw.count, target, into)
    kept, lengths, dynamics = kernels.resolve(
        words, beside, resolver.index(), _block(_BLOCK), np.zeros(kernels.CURSORS, np.int64)
    )
    del beside, words
    start = np.zeros(len(raw.count) + 1, np.uint32)
    np.cumsum(raw.count, out=start[1:])
    del target
    raw.value.resize(-(-kept // 2), refcheck=False)  # in place: a copy would need the room twice
    word, raw.word, raw.count = raw.word, np.zeros(0, np.uint32), np.zeros(0, np.uint32)
    word.resize(kept, refcheck=False)
    into.resize(kept, refcheck=False)
    target = raw.value.view(np.uint32)[:kept]
    raw.value = np.zeros(0, np.uint64)  # the view alone keeps it, until a longer one takes its place
    for lengthy in (side.length_edge, side.length, side.room):
        lengthy.resize(lengths, refcheck=False)
    side.dynamic_edge.resize(dynamics, refcheck=False)
    side.dynamic.resize(dynamics, refcheck=False)
    return Edges(start, target, word, into), side


def headed(spans: SpanTable, header_above: int) -> NDArray[np.bool_]:
    """Return which spans' objects begin with a malloc header (runtime/malloc.go, mallocHeaderSize)."""
    if not header_above:
        return np.zeros(len(spans), np.bool_)
    scan = (spans.span_class & 1) == 0
    found: NDArray[np.bool_] = (spans.elem_size > header_above) & scan & (spans.span_class >= 2)
    return found


def object_table(spans: SpanTable, bits: SpanBits) -> Objects:
    """Number the allocated slots of all spans."""
    slot = np.empty(bits.total, np.uint16)
    bit_kernels.list_slots(bits.allocated, bits.place, slot)
    ends = np.append(bits.rank, np.uint32(bits.total)).astype(np.int64)
    return Objects(ends[bits.place], slot, spans.start, spans.elem_size, (spans.span_class & 1) == 1)
