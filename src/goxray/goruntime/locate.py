"""The runtime's variables in a program without symbols, found by what must hold of them.

No instruction is looked at, so that this works alike on every architecture. Each variable has a shape that nothing
else in a program's data has: the module data names a table with a magic number and agrees with it on the number of
functions; the heap numbers its 136 lists of spans; the list of goroutines begins with the first one, and two more
variables repeat its length and place; the allocator's counters add up to the bytes of the spans.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import MemoryFault
from goxray.goruntime.locate_scan import Range, heap_stats, live_by_class, span_class_ladders, windows
from goxray.goruntime.spans import SpanTable, read_spans
from goxray.target.elf import PF_W

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.target.binary import Binary
    from goxray.target.memory import Memory

U64 = NDArray[np.uint64]

_WORD = 8
_MAGIC = 0xFFFFFFF0
"""All magic numbers of the table of functions are from here up (internal/abi, PCLnTabMagic)."""
_POINTER_SIZE = 8
_MOST_GOROUTINES = 1 << 26
_SAMPLE = 64
_GENERATIONS = 3
_OTHER_COUNTERS = ("enablegc", "mspan_sys", "mcache_sys", "gcMiscSys")
_MOST_STATUS = 0x2000


class Locator:
    """Finds runtime variables in ``memory`` of the program ``binary``, loaded ``bias`` bytes above its own addresses.

    Answers are addresses, None where nothing has the shape or where more than one thing has; they are remembered.
    """

    def __init__(self, memory: Memory, binary: Binary, bias: int, layout: RuntimeLayout) -> None:
        self._memory = memory
        self._layout = layout
        loads = binary.elf.loads()
        self._image = [(int(s["vaddr"]) + bias, int(s["vaddr"]) + int(s["memsz"]) + bias) for s in loads]
        written = loads[(loads["flags"] & PF_W) != 0]
        self._written = [(int(s["vaddr"]) + bias, int(s["vaddr"]) + int(s["memsz"]) + bias) for s in written]
        self._found: dict[str, int | None] = {}
        self._header = layout.const("mallocHeaderSize") if layout.has_const("mallocHeaderSize") else 0
        self._finders: dict[str, Callable[[], int | None]] = {
            "runtime.firstmoduledata": self._module_data,
            "runtime.mheap_": self._mheap,
            "runtime.allgs": self._allgs,
            "runtime.memstats": self._memstats,
        }

    def find(self, name: str) -> int | None:
        """The address of a variable, such as ``runtime.mheap_``; None where it cannot be told."""
        if name not in self._found:
            finder = self._finders.get(name)
            try:
                self._found[name] = finder() if finder is not None else None
            except MemoryFault:
                self._found[name] = None
        return self._found[name]

    # ---- the module data

    def _module_data(self) -> int | None:
        """The module data whose table of functions has the magic number and as many functions as it says."""
        at = self._layout.offset("runtime.moduledata", "pcHeader") // _WORD
        size = self._layout.size("runtime.moduledata")
        found: dict[int, None] = {}
        for start, words in windows(self._memory, self._written, size):
            usable = words[at : len(words) - (size // _WORD - at - 1)]
            inside = np.zeros(len(usable), np.bool_)
            for low, high in self._image:
                inside |= (usable >= np.uint64(low)) & (usable < np.uint64(high))
            places = np.flatnonzero(inside & (usable & np.uint64(7) == 0))
            heads, ok = self._memory.gather(usable[places], [0])
            for place in places[ok & _is_header(heads[:, 0])].tolist():
                if self._is_module(start + _WORD * place):
                    found[start + _WORD * place] = None
        return next(iter(found)) if len(found) == 1 else None

    def _is_module(self, addr: int) -> bool:
        try:
            return self._agrees_with_header(addr)
        except MemoryFault:
            return False

    def _agrees_with_header(self, addr: int) -> bool:
        def word(field: str, extra: int = 0) -> int:
            return self._memory.read_u64(addr + self._layout.offset("runtime.moduledata", field) + extra)

        def head(field: str) -> int:
            return self._memory.read_u64(header + self._layout.offset("runtime.pcHeader", field))

        header = word("pcHeader")
        if word("ftab", _WORD) != head("nfunc") + 1 or word("funcnametab") != header + head("funcnameOffset"):
            return False
        if word("pclntable") != header + head("pclnOffset") or word("pctab") != header + head("pctabOffset"):
            return False
        return (
            word("text") <= word("minpc") < word("maxpc") <= word("etext") and word("types") < word("etypes")
            and word("data") <= word("edata") and word("bss") <= word("ebss")
        )  # fmt: skip

    @cached_property
    def _data(self) -> list[Range]:
        """The main module's variables, where most of the runtime's own are first."""
        module = self.find("runtime.firstmoduledata")
        if module is None:
            return self._written
        offset, read = self._layout.offset, self._memory.read_u64
        pairs = (("noptrbss", "enoptrbss"), ("bss", "ebss"), ("data", "edata"), ("noptrdata", "enoptrdata"))
        return [tuple(read(module + offset("runtime.moduledata", f)) for f in pair) for pair in pairs]  # type: ignore[misc]

    # ---- the heap

    def _mheap(self) -> int | None:
        found = []
        for start, words in windows(self._memory, self._data, self._layout.size("runtime.mheap")):
            found += [start + _WORD * at for at in span_class_ladders(words, self._layout).tolist()]
        good = [addr for addr in dict.fromkeys(found) if self._has_spans(addr)]
        return good[0] if len(good) == 1 else None

    def _has_spans(self, mheap: int) -> bool:
        """Whether the list of all spans has as many pages in use as the heap counts (it may change meanwhile)."""
        at = mheap + self._layout.offset("runtime.mheap", "allspans")
        base, length, capacity = self._memory.read_words(at, 3)
        if not base or not 0 < length <= capacity < 1 << 40:
            return False
        first = self._memory.read_u64(base)
        span = self._memory.read_u64(first + self._layout.offset("runtime.mspan", "startAddr"))
        return span != 0 and span % self._layout.page_size == 0

    def _spans(self) -> SpanTable:
        mheap = self.find("runtime.mheap_")
        if mheap is None:
            return SpanTable.empty(self._layout.page_size)
        return read_spans(self._memory, self._layout, mheap)

    def _memstats(self) -> int | None:
        """The counters that add up to the heap's spans, and come nearest to their objects size class by size class."""
        spans, layout = self._spans(), self._layout
        in_heap = int(spans.pages.astype(np.int64).sum()) * layout.page_size
        classes = spans.span_class >> 1
        live = np.bincount(classes, weights=spans.alloc_count, minlength=len(layout.size_classes)).astype(np.int64)
        best: list[tuple[int, int]] = []
        lead = layout.offset("runtime.mstats", "heapStats") + layout.offset("runtime.consistentHeapStats", "stats")
        for start, words in windows(self._memory, self._data, layout.size("runtime.mstats")):
            for at in heap_stats(words, layout, in_heap).tolist():
                counted = live_by_class(words, at, layout)
                off = int(np.abs(counted - live)[1:].sum())
                best.append((off, start + _WORD * at - lead))
        best = sorted(each for each in set(best) if self._has_other_counters(each[1], len(spans)))
        if not best or best[0][0] > max(live[1:].sum() // 2, 1 << 14):
            return None
        return best[0][1] if len(best) == 1 or best[1][0] > best[0][0] else None

    def _has_other_counters(self, memstats: int, spans: int) -> bool:
        """Whether what follows the three generations fits: which is current, memory of the runtime's own, enablegc.

        Where a generation is empty the sums are right one generation too early as well. A chance find at the very end
        of the variables has nothing behind it.
        """
        try:
            return self._counters_fit(memstats, spans)
        except MemoryFault:
            return False

    def _counters_fit(self, memstats: int, spans: int) -> bool:
        at = {name: memstats + self._layout.offset("runtime.mstats", name) for name in _OTHER_COUNTERS}
        stats = memstats + self._layout.offset("runtime.mstats", "heapStats")
        current = self._memory.read_u32(stats + self._layout.offset("runtime.consistentHeapStats", "gen"))
        if current >= _GENERATIONS or self._memory.read_u8(at["enablegc"]) != 1:
            return False
        own = [self._memory.read_u64(at[name]) for name in _OTHER_COUNTERS[1:]]
        return all(0 < bytes_ < 1 << 47 for bytes_ in own) and own[0] >= spans * self._layout.size("runtime.mspan")

    # ---- goroutines

    def _allgs(self) -> int | None:
        """The slice of goroutines: allglen and allgptr repeat its length and address (runtime/proc.go)."""
        spans = self._spans()
        found: dict[int, tuple[int, int]] = {}
        for start, words in windows(self._memory, self._data, 2 * _WORD):
            base, length, capacity = words[:-2], words[1:-1], words[2:]
            likely = (base != 0) & (length > 0) & (length <= capacity) & (capacity < np.uint64(_MOST_GOROUTINES))
            at = np.flatnonzero(likely)
            ahead = base[at] - spans.locate(base[at]).base  # from 64 goroutines on there is a malloc header
            at = at[(ahead == 0) | (ahead == np.uint64(self._header))]
            for i in at.tolist():
                if self._are_gs(spans, int(base[i]), int(length[i])):
                    found[start + _WORD * i] = int(base[i]), int(length[i])
        good = [addr for addr, (base, length) in found.items() if self._repeated(base, length)]
        return good[0] if len(good) == 1 else None

    def _repeated(self, base: int, length: int) -> bool:
        """Whether the variables hold both words twice: in the slice, and in allgptr and allglen."""
        bases = lengths = 0
        for _, words in windows(self._memory, self._data, 0):
            bases += int((words == np.uint64(base)).sum())
            lengths += int((words == np.uint64(length)).sum())
        return bases > 1 and lengths > 1

    def _are_gs(self, spans: SpanTable, base: int, length: int) -> bool:
        layout = self._layout
        try:
            pointers = np.frombuffer(self._memory.read(base, _WORD * min(length, _SAMPLE)), np.uint64)
        except MemoryFault:
            return False
        located = spans.locate(pointers)
        if not (located.size >= layout.size("runtime.g")).all():
            return False
        at = [layout.offset("runtime.g", name) for name in ("stack.lo", "stack.hi", "goid")]
        words, ok = self._memory.gather(pointers, at)
        status_at = layout.offset("runtime.g", "atomicstatus")
        status, status_ok = self._memory.gather(pointers, [status_at & ~7])
        state = (status[:, 0] >> np.uint64(8 * (status_at & 7))) & np.uint64(0xFFFFFFFF)
        good = ok & status_ok & (words[:, 0] <= words[:, 1]) & (state < _MOST_STATUS)
        return bool(good.all()) and int(words[0, 2]) == 1 and len(set(words[:, 2].tolist())) == len(pointers)


def _is_header(words: U64) -> NDArray[np.bool_]:
    """Which words start a runtime.pcHeader: magic, two zero bytes, the instruction quantum, the pointer size."""
    magic = words & np.uint64(0xFFFFFFFF)
    rest = words >> np.uint64(32)
    quantum = (rest >> np.uint64(16)) & np.uint64(0xFF)
    good: NDArray[np.bool_] = (magic >= np.uint64(_MAGIC)) & (rest & np.uint64(0xFFFF) == 0)
    good &= np.isin(quantum, np.array([1, 2, 4], np.uint64)) & (rest >> np.uint64(24) == np.uint64(_POINTER_SIZE))
    return good
