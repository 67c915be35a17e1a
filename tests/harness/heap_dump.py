"""Heap dumps of the Go runtime (runtime/debug.WriteHeapDump): each object with its pointers, as the runtime has them.

The format is that of runtime/heapdump.go, which writes it: records of a tag and numbers as varints. One thing there is
wrong and mended here: from Go 1.22 on, spans of small objects keep their pointer bits at their end (and with Green Tea
their marks too), and the dump lists slots that would lie on them as objects.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goxray.core.jit import kernel
from tests.harness.variants import Variant

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

_HEADER = b"go1.7 heap dump\n"
_EOF, _OBJECT, _OTHER, _TYPE, _GOROUTINE, _FRAME, _PARAMS, _FINALIZER, _ITAB = range(9)
_THREAD, _MEMSTATS, _QUEUED, _DATA, _BSS, _DEFER, _PANIC, _MEMPROF, _SAMPLE = range(9, 18)
_PAGE = 8192
_LEAST_P = 4096
_LARGEST_CLASS = 32768
_IN_SPAN = 512
"""The largest objects whose pointer bits, and marks under Green Tea, stand in their span: all spans of one page."""
_RESERVE = 128
"""Bytes at the end of such a span, once for the pointer bits and once for the marks (mheap.initSpan)."""


@dataclass(frozen=True)
class Segment:
    """The data or bss segment, or one stack frame: where its words of pointers are, and what they hold."""

    addr: int
    size: int
    slots: U64
    values: U64


@dataclass(frozen=True)
class Frame(Segment):
    """A frame of a goroutine's stack. ``continpc`` 0: it will not go on, and nothing in it is alive."""

    goid: int
    function: str
    pc: int
    continpc: int


@dataclass
class HeapDump:
    """A dump. ``addr`` (ascending) and ``size`` of N objects; object i has the pointers ``start[i]:start[i + 1]``.

    ``offset`` is where a pointer stands in its object, in bytes, and ``value`` what it holds (0 included). ``roots``
    are the data and bss segments.
    """

    addr: U64
    size: I64
    start: I64
    offset: I64
    value: U64
    segments: list[Segment] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    goroutines: dict[int, int] = field(default_factory=dict)
    threads: list[int] = field(default_factory=list)
    finalizers: list[tuple[int, int]] = field(default_factory=list)
    memstats: dict[str, int] = field(default_factory=dict)
    has_headers: bool = False

    @cached_property
    def header(self) -> I64:
        """Return the words of the malloc header at the start of each object: 0 or 1.

        Objects with pointers of more than 512 bytes have one, unless they are large; a slot of 32 KiB may be either,
        and then the first word tells: no pointer is there in a header.
        """
        first = np.append(self.offset, 0)[self.start[:-1]]
        pointers = np.diff(self.start) > 0
        small = (self.size < _LARGEST_CLASS) | ((self.size == _LARGEST_CLASS) & (first > 0))
        header: I64 = (self.has_headers & pointers & small & (self.size > _IN_SPAN)).astype(np.int64)
        return header

    def number(self, addrs: U64) -> I64:
        """Return the object that each address lies in, -1 for none."""
        at = np.searchsorted(self.addr, addrs, side="right").astype(np.int64) - 1
        safe = np.maximum(at, 0)
        inside = (at >= 0) & (addrs - self.addr[safe] < self.size[safe].astype(np.uint64))
        return np.where(inside, at, -1)

    def in_first_thread(self, slots: U64) -> NDArray[np.bool_]:
        """Tell which words lie in the first thread's m, a global that changes while nothing runs."""
        numbers = self.number(np.array(self.threads, np.uint64))
        size = int(self.size[numbers[numbers >= 0]].max())
        (first,) = [addr for addr, number in zip(self.threads, numbers.tolist(), strict=True) if number < 0]
        inside: NDArray[np.bool_] = (slots >= np.uint64(first)) & (slots < np.uint64(first + size))
        return inside

    @cached_property
    def edges(self) -> tuple[I64, I64, I64, I64]:
        """Return the pointers to objects as (from, word, to, words into): all that a collector would follow.

        Words count from the value's start, which is behind the malloc header.
        """
        source = np.repeat(np.arange(len(self.addr)), np.diff(self.start))
        target = self.number(self.value)
        kept = target >= 0
        source, target = source[kept], target[kept]
        into = ((self.value[kept] - self.addr[target]) // np.uint64(8)).astype(np.int64)
        return source, self.offset[kept] // 8 - self.header[source], target, into - self.header[target]

    @cached_property
    def changing(self) -> I64:
        """Return the objects that the runtime changes while no goroutine runs: every g, m and p.

        A p is known by its two caches, slices of the arrays right behind them (runtime2.go: deferpool, sudogcache).
        The first g and m are no heap objects.
        """
        source, word, target, into = self.edges
        itself = source[(source == target) & (into == word + 3) & (self.size[source] >= _LEAST_P)]
        found, times = np.unique(itself, return_counts=True)
        assert 0 < (times == 2).sum() <= (os.cpu_count() or 1)
        known = self.number(np.array([*self.goroutines.values(), *self.threads], np.uint64))
        return np.append(known[known >= 0], found[times == 2])


@kernel
def _varint(data: NDArray[np.uint8], at: int) -> tuple[int, int]:
    value = 0
    shift = 0
    while data[at] >= 128:
        value |= int(data[at] & 127) << shift
        shift += 7
        at += 1
    return value | int(data[at]) << shift, at + 1


@kernel
def _objects(data: NDArray[np.uint8], at: int, fill: bool, addr: I64, size: I64, content: I64, start: I64,
             offset: I64) -> tuple[int, int, int]:  # fmt: skip
    """Walk the object records from ``at``; return (objects, pointers, where the first other record starts)."""
    count = 0
    fields = 0
    while True:
        tag, after = _varint(data, at)
        if tag != 1:
            return count, fields, at
        where, after = _varint(data, after)
        length, after = _varint(data, after)
        if fill:
            addr[count], size[count], content[count], start[count] = where, length, after, fields
        after += length
        while True:
            kind, after = _varint(data, after)
            if kind == 0:
                break
            place, after = _varint(data, after)
            if fill:
                offset[fields] = place
            fields += 1
        count += 1
        at = after


class _Reader:
    """A cursor over the records that are few."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self.data = data
        self.at = len(_HEADER)
        assert bytes(data[: self.at]) == _HEADER

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = int(self.data[self.at])
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def numbers(self, count: int) -> list[int]:
        return [self.number() for _ in range(count)]

    def content(self) -> NDArray[np.uint8]:
        size = self.number()
        self.at += size
        return self.data[self.at - size : self.at]

    def text(self) -> str:
        return bytes(self.content()).decode()

    def segment(self, addr: int) -> tuple[int, int, U64, U64]:
        """Read contents and the list of their pointers; return what a Segment consists of."""
        content = self.content()
        offsets = []
        while self.number() != 0:
            offsets.append(self.number())
        places = np.array(offsets, np.int64)
        return addr, len(content), places.astype(np.uint64) + np.uint64(addr), _words(content, places)


def _words(data: NDArray[np.uint8], places: I64) -> U64:
    """Return the 8-byte words at these places."""
    found = np.zeros(len(places), np.uint64)
    for byte in range(8):
        found |= data[places + byte].astype(np.uint64) << np.uint64(8 * byte)
    return found


def read(path: Path, variant: Variant) -> HeapDump:
    """Read a dump that a program built as ``variant`` wrote."""
    data = np.fromfile(path, np.uint8)
    reader = _Reader(data)
    while data[reader.at] != _OBJECT:
        _skip(reader, reader.number())
    dump = _read_objects(reader)
    goid = 0
    while (tag := reader.number()) != _EOF:
        if tag == _GOROUTINE:
            goid = _goroutine(reader, dump)
        elif tag == _FRAME:
            _frame(reader, dump, goid)
        elif tag in (_DATA, _BSS):
            dump.segments.append(Segment(*reader.segment(reader.number())))
        elif tag == _THREAD:
            dump.threads.append(reader.numbers(3)[0])
        elif tag == _FINALIZER:
            dump.finalizers.append((reader.number(), reader.number()))
            reader.numbers(3)
        elif tag == _MEMSTATS:
            dump.memstats = dict(zip(_STATS, reader.numbers(_STATS_NUMBERS), strict=False))
        else:
            _skip(reader, tag)
    return _without_ends(dump, variant)


_STATS = (
    "alloc", "total_alloc", "sys", "lookups", "mallocs", "frees", "heap_alloc", "heap_sys", "heap_idle", "heap_inuse",
    "heap_released", "heap_objects", "stack_inuse", "stack_sys",
)  # fmt: skip
_STATS_NUMBERS = 24 + 256 + 1


def _skip(reader: _Reader, tag: int) -> None:
    """Pass over a record that is of no use here."""
    if tag == _PARAMS:
        reader.numbers(4)
        reader.content()
        reader.content()
        reader.number()
    elif tag == _TYPE:
        reader.numbers(2)
        reader.content()
        reader.number()
    elif tag == _MEMPROF:
        reader.numbers(2)
        for _ in range(reader.number()):
            reader.content()
            reader.content()
            reader.number()
        reader.numbers(2)
    else:
        reader.numbers({_ITAB: 2, _DEFER: 7, _PANIC: 6, _SAMPLE: 2, _QUEUED: 5}[tag])


def _read_objects(reader: _Reader) -> HeapDump:
    none = np.zeros(0, np.int64)
    count, fields, end = _objects(reader.data, reader.at, False, none, none, none, none, none)
    addr, size, content, start = (np.zeros(count, np.int64) for _ in range(4))
    offset = np.zeros(fields, np.int64)
    _objects(reader.data, reader.at, True, addr, size, content, start, offset)
    reader.at = end
    value = _words(reader.data, np.repeat(content, np.diff(np.append(start, fields))) + offset)
    whole = HeapDump(addr.view(np.uint64), size, np.append(start, fields), offset, value)
    return _chosen(whole, np.argsort(addr))


def _chosen(dump: HeapDump, objects: I64) -> HeapDump:
    """Return the dump with these objects, in this order."""
    counts = np.diff(dump.start)[objects]
    start = np.append(0, np.cumsum(counts))
    place = np.repeat(dump.start[:-1][objects] - start[:-1], counts) + np.arange(start[-1])
    return HeapDump(
        dump.addr[objects], dump.size[objects], start, dump.offset[place], dump.value[place], dump.segments,
        dump.frames, dump.goroutines, dump.threads, dump.finalizers, dump.memstats, dump.has_headers,
    )  # fmt: skip


def _goroutine(reader: _Reader, dump: HeapDump) -> int:
    addr, _, goid = reader.numbers(3)
    reader.numbers(5)
    reader.content()
    reader.numbers(4)
    dump.goroutines[goid] = addr
    return goid


def _frame(reader: _Reader, dump: HeapDump, goid: int) -> None:
    low = reader.number()
    reader.numbers(2)
    at = reader.at
    size = reader.number()
    content = reader.data[reader.at : reader.at + size]
    reader.at += size
    _, pc, continpc = reader.numbers(3)
    function = reader.text()
    offsets = []
    while reader.number() != 0:
        offsets.append(reader.number())
    places = np.array([place for place in offsets if 0 <= place <= size - 8], np.int64)
    assert at < reader.at
    dump.frames.append(
        Frame(
            low, size, places.astype(np.uint64) + np.uint64(low), _words(content, places), goid, function, pc, continpc
        )
    )


def _without_ends(dump: HeapDump, variant: Variant) -> HeapDump:
    """Drop what lies on the pointer bits or marks at the end of a span; fail where MemStats says otherwise."""
    bits = _RESERVE if variant.minor >= 22 and "noallocheaders" not in variant.experiments else 0
    green_tea = (
        "nogreenteagc" not in variant.experiments if variant.minor >= 26 else "greenteagc" in variant.experiments
    )
    marks = _RESERVE if green_tea else 0
    page = dump.addr // np.uint64(_PAGE)
    end = (dump.addr % np.uint64(_PAGE)).astype(np.int64) + dump.size
    small = dump.size <= _IN_SPAN
    with_marks = np.where(dump.size >= 16, marks, 0)
    inside, plain = end <= _PAGE - bits - with_marks, end <= _PAGE - with_marks
    # Between the limits lie objects without pointers, or what is none: then in every slot, and no pointer leads there.
    dump.has_headers = bits > 0
    _, of_page = np.unique(page, return_inverse=True)
    between = np.bincount(of_page, weights=small & plain & ~inside)[of_page]
    slots = (_PAGE - with_marks) // dump.size - (_PAGE - bits - with_marks) // dump.size
    used = np.isin(page, np.unique(page[small & inside]))
    scan = np.isin(page, np.unique(page[small & inside & (np.diff(dump.start) > 0)]))
    values = [dump.value, *(part.values for part in (*dump.segments, *dump.frames))]
    to = dump.number(np.concatenate(values))
    pointed = np.zeros(len(page), np.bool_)
    pointed[to[to >= 0]] = True
    known = np.isin(page, np.unique(page[small & plain & ~inside & pointed]))
    noscan = ~scan & (used | known | (between < slots))
    kept = np.flatnonzero(~small | inside | (noscan & plain))
    found = _chosen(dump, kept)
    counted = (len(found.addr), int(found.size.sum()))
    assert counted == (found.memstats["heap_objects"], found.memstats["heap_alloc"]), "the dump is not understood"
    return found
