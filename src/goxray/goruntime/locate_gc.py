"""The collector's variables in a program without symbols, found by what must hold of them.

Each is tied to something already found: gcController repeats the sums of memstats (runtime.readmemstats_m compares
them); work has the very nanosecond at which the last cycle ended and its number; allp lists Ps that number themselves
and whose caches hold spans of the right classes; sweep names the goroutine that runs bgsweep; sched allows ten thousand
threads and has numbered more goroutines than there are. What cannot be told stays unknown: nobody looks for
runtime.gcphase.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import MemoryFault
from goxray.goruntime.locate_scan import windows

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

_WORD = 8
_GENERATIONS = 3
_TRIES = 3
_ATTEMPTS = 8
_SHARES = (0.0, 1 / 32, 1 / 8)
"""By how much of the heap the sums of a program that allocates meanwhile may be off."""
_MOST_PROCS = 1 << 16
_SPAN_CLASSES = 136
_NO_MORE = (1 << 32) - 1
"""sweepClassDone (runtime/mgcsweep.go)."""
_SAMPLE = 4096
_FIRST_GOROUTINES = 64
"""The runtime's own are among the first: gcenable runs before main.main does."""
_MOST_THREADS = 10000
"""sched.maxmcount, unless debug.SetMaxThreads changed it (runtime/proc.go, schedinit)."""
_GCENABLE = ("runtime.gcenable.", "runtime.bgsweep", "runtime.bgscavenge")


class GcLocator:
    """Finds variables of a runtime by shape: their addresses, or None where nothing or more than one thing fits."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime, self._memory, self._layout = runtime, runtime.memory, runtime.layout
        self._data = list(runtime.modules[0].data)
        self._finders: dict[str, Callable[[], int | None]] = {
            "runtime.gcController": self._controller,
            "runtime.work": self._work,
            "runtime.allp": self._allp,
            "runtime.allglen": self._allglen,
            "runtime.sweep": self._sweep,
            "runtime.sched": self._sched,
        }

    def find(self, name: str) -> int | None:
        """Look for a variable, again at every call: some show only after the first cycle."""
        finder = self._finders.get(name)
        for _ in range(_TRIES if finder is not None else 0):
            try:
                found = finder() if finder is not None else None
            except MemoryFault:
                continue
            if found is not None:
                return found
        return None

    def _controller(self) -> int | None:
        """gcController: to the byte where the program stands still a moment, else what comes near all its sums."""
        for share in _SHARES:
            for _ in range(_ATTEMPTS):
                found = self._near(self._sums(), share)
                if len(found) == 1:
                    return found[0]
        return None

    def _sums(self) -> dict[str, int]:
        """What gcController's fields should be, by memstats.heapStats."""
        layout = self._layout
        start = self._runtime.symbol("runtime.memstats") + layout.offset("runtime.mstats", "heapStats")
        start += layout.offset("runtime.consistentHeapStats", "stats")
        raw = self._memory.read_array(start, _GENERATIONS * layout.size("runtime.heapStatsDelta"))
        words = raw.view(np.uint64).reshape(_GENERATIONS, -1).sum(axis=0, dtype=np.uint64)

        def column(field: str) -> U64:
            first = layout.offset("runtime.heapStatsDelta", field) // _WORD
            part: U64 = words[first : first + len(layout.size_classes)]
            return part

        sizes = layout.size_classes.astype(np.uint64)
        return {
            "heapInUse": int(column("inHeap")[0]),
            "totalAlloc": int(column("largeAlloc")[0]) + int(column("smallAllocCount") @ sizes),
            "totalFree": int(column("largeFree")[0]) + int(column("smallFreeCount") @ sizes),
            "heapReleased": int(column("released")[0]),
        }

    def _near(self, wanted: dict[str, int], share: float) -> list[int]:
        """Where a gcController could start whose fields lie within a share of the heap of what is wanted."""
        layout = self._layout
        size = layout.size("runtime.gcControllerState")
        at = {name: layout.offset("runtime.gcControllerState", name) // _WORD for name in wanted}
        slack = int(wanted["heapInUse"] * share)
        found = []
        for start, words in windows(self._memory, self._data, size):
            signed = words.view(np.int64)
            places: I64 = np.arange(max(len(words) - size // _WORD + 1, 0), dtype=np.int64)
            for name, value in wanted.items():
                places = places[np.abs(signed[places + at[name]] - value) <= slack]
            found += [start + _WORD * place for place in places.tolist()]
        return [addr for addr in dict.fromkeys(found) if self._sets_goals(addr)]

    def _sets_goals(self, addr: int) -> bool:
        """Whether GOGC, the limit and the marked heap make sense."""

        def word(field: str) -> int:
            return self._memory.read_u64(addr + self._layout.offset("runtime.gcControllerState", field))

        limit, mapped = word("memoryLimit"), word("mappedReady")
        return 0 < limit < 1 << 63 and word("heapInUse") <= mapped < 1 << 47 and word("heapMarked") < 1 << 47

    def _work(self) -> int | None:
        """The workType whose cycle ended when memstats says that the last one did; None before the first."""
        layout = self._layout
        stats = self._runtime.symbol("runtime.memstats")
        ended = self._memory.read_u64(stats + layout.offset("runtime.mstats", "last_gc_nanotime"))
        count = self._memory.read_u32(stats + layout.offset("runtime.mstats", "numgc"))
        if not ended:
            return None
        end = layout.offset("runtime.workType", "tEnd")
        found = []
        for start, words in windows(self._memory, self._data, 0):
            for place in np.flatnonzero(words == np.uint64(ended)).tolist():
                addr = start + _WORD * place - end
                if self._is_work(addr, count, ended):
                    found.append(addr)
        return found[0] if len(found) == 1 else None

    def _is_work(self, addr: int, count: int, ended: int) -> bool:
        def word(field: str) -> int:
            return self._memory.read_u64(addr + self._layout.offset("runtime.workType", field))

        cycles = self._memory.read_u32(addr + self._layout.offset("runtime.workType", "cycles"))
        procs = self._memory.read_u32(addr + self._layout.offset("runtime.workType", "maxprocs"))
        if cycles not in (count, count + 1) or not 0 < procs <= _MOST_PROCS:
            return False
        start = word("tSweepTerm")
        in_order = start > ended or start <= word("tMark") <= word("tMarkTerm") <= ended
        return in_order and max(word("heap0"), word("heap1"), word("heap2")) < 1 << 47

    def _allp(self) -> int | None:
        """A slice of Ps: number i has the id i, and its cache holds spans of the classes that they should have."""
        found = []
        for start, words in windows(self._memory, self._data, 2 * _WORD):
            base, length, capacity = words[:-2], words[1:-1], words[2:]
            likely = (base != 0) & (base & np.uint64(7) == 0) & (length > 0) & (length <= capacity)
            places = np.flatnonzero(likely & (capacity <= np.uint64(_MOST_PROCS)))
            places = places[self._may_hold_ps(base[places])].tolist()
            found += [start + _WORD * at for at in places if self._are_ps(int(base[at]), int(length[at]))]
        found = [addr for addr in found if not self._is_snapshot(addr)]
        return found[0] if len(found) == 1 else None

    def _may_hold_ps(self, bases: U64) -> NDArray[np.bool_]:
        """Which arrays begin with the address of something that could be a P: it names a cache."""
        first, there = self._memory.gather(bases, [0])
        caches, ok = self._memory.gather(first[:, 0], [self._layout.offset("runtime.p", "mcache")])
        named: NDArray[np.bool_] = there & ok & (caches[:, 0] != 0) & (caches[:, 0] & np.uint64(7) == 0)
        return named

    def _is_snapshot(self, addr: int) -> bool:
        """Whether this slice is the copy of allp that a thread keeps while it looks for work (m.allpSnapshot)."""
        layout = self._layout
        if not layout.has("runtime.m", "allpSnapshot"):
            return False
        thread = addr - layout.offset("runtime.m", "allpSnapshot")
        try:
            g0 = self._memory.read_u64(thread + layout.offset("runtime.m", "g0"))
            return self._memory.read_u64(g0 + layout.offset("runtime.g", "m")) == thread
        except MemoryFault:
            return False

    def _are_ps(self, base: int, length: int) -> bool:
        try:
            ps = np.array(self._memory.read_words(base, length), np.uint64)
            layout = self._layout
            ids, ok = self._memory.read_many(ps + np.uint64(layout.offset("runtime.p", "id")), 4)
            if not ok.all() or ids.view("<i4").reshape(-1).tolist() != list(range(length)):
                return False
            caches, ok = self._memory.gather(ps, [layout.offset("runtime.p", "mcache")])
            return bool(ok.all()) and self._has_spans(int(caches[0, 0]))
        except MemoryFault:
            return False

    def _has_spans(self, cache: int) -> bool:
        """Whether each span in a cache is of the class of its place, or the one empty span that fills the others."""
        alloc = self._layout.field("runtime.mcache", "alloc")
        spans = np.array(self._memory.read_words(cache + alloc.offset, alloc.size // _WORD), np.uint64)
        at = self._layout.offset("runtime.mspan", "spanclass")
        classes, ok = self._memory.read_many(spans + np.uint64(at), 1)
        empty = np.bincount(np.unique(spans, return_inverse=True)[1]).argmax()
        right = classes[:, 0] == np.arange(len(spans))
        return bool(ok.all()) and bool((right | (spans == np.unique(spans)[empty])).all())

    def _allglen(self) -> int | None:
        """The length in the slice allgs, which runtime.allglen repeats."""
        allgs = self._runtime.symbol_or_none("runtime.allgs")
        return None if allgs is None else allgs + _WORD

    def _sweep(self) -> int | None:
        """The sweepdata of the first goroutine that gcenable starts: it runs bgsweep, the second one bgscavenge."""
        runtime, layout = self._runtime, self._layout
        allgs = runtime.symbol_or_none("runtime.allgs")
        if allgs is None:
            return None
        base, count = self._memory.read_words(allgs, 2)
        gs = np.array(self._memory.read_words(base, min(count, _FIRST_GOROUTINES)), np.uint64)
        facts, ok = self._memory.gather(gs, [layout.offset("runtime.g", name) for name in ("startpc", "goid")])
        rows = zip(facts[ok, 1].tolist(), facts[ok, 0].tolist(), gs[ok].tolist(), strict=True)
        started = sorted((goid, g) for goid, pc, g in rows if runtime.function_name(pc + 1).startswith(_GCENABLE))
        if len(started) != 2:
            return None
        held = layout.offset("runtime.sweepdata", "g")
        found = [
            start + _WORD * place - held
            for start, words in windows(self._memory, self._data, 0)
            for place in np.flatnonzero(words == np.uint64(started[0][1])).tolist()
        ]
        found = [addr for addr in found if self._is_sweep(addr)]
        return found[0] if len(found) == 1 else None

    def _is_sweep(self, addr: int) -> bool:
        """Whether flag, number of sweepers and index of lists make sense; a thread's m names its goroutine too."""
        layout, memory = self._layout, self._memory
        at = {name: addr + layout.offset("runtime.sweepdata", name) for name in ("parked", "active", "centralIndex")}
        sweepers = memory.read_u32(at["active"]) & ~layout.const("sweepDrainedMask")
        index = memory.read_u32(at["centralIndex"])
        in_turn = index <= 2 * _SPAN_CLASSES or index == _NO_MORE
        return memory.read_u8(at["parked"]) <= 1 and sweepers <= _MOST_PROCS and in_turn

    def _sched(self) -> int | None:
        """The schedt with the default limit of threads whose counts of goroutines, threads and Ps make sense."""
        layout = self._layout
        allgs = self._runtime.symbol_or_none("runtime.allgs")
        if allgs is None:
            return None
        base, count = self._memory.read_words(allgs, 2)
        gs = np.array(self._memory.read_words(base, min(count, _SAMPLE)), np.uint64)
        ids, ok = self._memory.gather(gs, [layout.offset("runtime.g", "goid")])
        last = int(ids[ok].max(initial=0))
        limit = layout.offset("runtime.schedt", "maxmcount")
        found = []
        for start, words in windows(self._memory, self._data, layout.size("runtime.schedt")):
            threads = words.view(np.uint32)
            places = np.flatnonzero(threads == np.uint32(_MOST_THREADS)) * 4 - limit
            found += [start + at for at in places[(places >= 0) & (places % _WORD == 0)].tolist()]
        found = [addr for addr in dict.fromkeys(found) if self._is_sched(addr, last, count)]
        return found[0] if len(found) == 1 else None

    def _is_sched(self, addr: int, last: int, goroutines: int) -> bool:
        def number(field: str) -> int:
            place = self._layout.field("runtime.schedt", field)
            return int.from_bytes(self._memory.read(addr + place.offset, place.size), "little", signed=True)

        try:
            threads = number("mnext")
            counted = 0 <= number("nmidle") <= threads <= _MOST_THREADS and 0 < number("ngsys") <= goroutines
            return counted and last <= number("goidgen") < 1 << 48 and 0 < number("procresizetime") < 1 << 62
        except MemoryFault:
            return False
