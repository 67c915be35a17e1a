"""Reads the runtime's counters of a process: what runtime.ReadMemStats and runtime/metrics would say.

The target is not stopped. One process_vm_readv copies the few ranges that the plan names; the words that move with a
cycle are copied first and again last. A read is taken when no cycle moved on under it and the heap's two sets of books
agree (gcController's and memstats.heapStats', as runtime.readmemstats_m compares them); else it is repeated at once.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import MemoryFault, ProcessGone
from goxray.goruntime.locate_gc import GcLocator
from goxray.timeline.counters.pacing import Pacer
from goxray.timeline.counters.places import VARIABLES, Plan, Raw
from goxray.timeline.counters.procs import Procs, Unflushed
from goxray.timeline.counters.reading import PAUSES, Agreement, Bookkeeper, Books, Counters, Phase, disagreement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goxray.goruntime.runtime import Runtime

TRIES = 16
"""Reads in a row; the books must agree to the byte in the first half, within BATCH for each P in the second."""
BATCH = 64 << 10
"""Bytes that one P moves between the two sets of books at a time: few spans of small objects are larger."""
_BREATH_S = 0.0002
"""A thread of the target may lose its processor between two updates: later tries wait for it, ever longer."""
_ESSENTIAL = ("runtime.memstats", "runtime.gcController", "runtime.mheap_")
_FRAME = ("numgc", "cycles", "phase", "sweepgen")


class _Kept(NamedTuple):
    """What the Ps keep to themselves. ``moved`` says that the heap has changed too much meanwhile."""

    unflushed: Unflushed | None
    goroutines: int | None
    moved: bool


_NOTHING = _Kept(None, None, False)


class CounterReader:
    """Reads a process's counters again and again; cheap, and reusable for polling.

    ``missing`` names the variables that could not be found (in stripped programs). ``init_ns`` is when the program
    started on CLOCK_MONOTONIC (runtime.runtimeInitTime), None where that cannot be found or main has not begun.

    Raises:
        StrippedBinary: memstats, gcController or mheap_ could not be found.
    """

    def __init__(self, runtime: Runtime, *, clock_offset_ns: int = 0) -> None:
        """``clock_offset_ns`` is how far the target's CLOCK_MONOTONIC is ahead of ours (time namespaces)."""
        self._runtime = runtime
        self._memory, self._layout = runtime.memory, runtime.layout
        self._clock_offset = clock_offset_ns
        self._pacer = Pacer(runtime.layout)
        self._bookkeeper = Bookkeeper(runtime.layout)
        layout = runtime.layout
        self._phases: dict[int, Phase] = {
            layout.const("GCoff"): "off",
            layout.const("GCmark"): "mark",
            layout.const("GCmarktermination"): "mark termination",
        }
        self._drained = layout.const("sweepDrainedMask")
        self._numgc = self._searched = 0
        self.look_up()
        self.init_ns: int | None = None
        self._recognise(self._plan.cut(self._copy()[0]))

    def look_up(self) -> None:
        """Find the variables. Without symbols runtime.work shows only after a cycle: it is looked for again then."""
        runtime = self._runtime
        shapes = None if runtime.target.binary.has_symtab else GcLocator(runtime)
        found = {name: runtime.symbol_or_none(name) or (shapes.find(name) if shapes else None) for name in VARIABLES}
        for name in _ESSENTIAL:
            found[name] = found[name] or runtime.symbol(name)
        self.missing = tuple(name for name, addr in found.items() if addr is None)
        self._plan = Plan(self._layout, found, self._whole(found))
        self._arrange()
        self._live = np.array([self._plan.addrs[name] for name in ("heap_in_use", "total_alloc")], np.uint64)
        self._procs = Procs(self._memory, self._layout) if found["runtime.allp"] is not None else None

    def _whole(self, found: Mapping[str, int | None]) -> dict[str, tuple[int, int]]:
        """The arrays of memstats that are read as they are."""
        base, layout = found["runtime.memstats"], self._layout
        assert base is not None
        stats = layout.offset("runtime.mstats", "heapStats") + layout.offset("runtime.consistentHeapStats", "stats")
        return {
            "books": (base + stats, self._bookkeeper.size),
            "pause_ns": (base + layout.offset("runtime.mstats", "pause_ns"), 8 * PAUSES),
            "pause_end": (base + layout.offset("runtime.mstats", "pause_end"), 8 * PAUSES),
        }

    def _arrange(self) -> None:
        """Put the frame's words before and behind the ranges of the plan."""
        plan = self._plan
        around = np.array([plan.addrs[name] for name in _FRAME if name in plan.addrs], np.uint64)
        words = np.full(len(around), 4, np.int64)
        self._starts = np.concatenate((around, plan.starts, around))
        self._sizes = np.concatenate((words, plan.sizes, words))
        self._lead = 4 * len(around)
        self._buffer = np.zeros(int(self._sizes.sum()), np.uint8)

    def read(self, *, caches: bool = True, patient: bool = True) -> Counters:
        """Read the counters now.

        With ``caches`` the Ps' caches are read too, which takes longer and makes ``heap_alloc`` exact. A ``patient``
        read waits up to some milliseconds for books that agree; one that is not gives up sooner.

        Raises:
            ProcessGone, PermissionRefused: the process cannot be read any more, or is another program (exec).
            MemoryFault: its memory is not what it was.
        """
        begin = time.monotonic_ns()
        retries = 0
        if "runtime.work" in self.missing and self._numgc > self._searched:
            self._searched = self._numgc
            self.look_up()
        while True:
            before = time.monotonic_ns()
            data, same = self._copy()
            after = time.monotonic_ns()
            raw = self._plan.cut(data)
            books = self._bookkeeper.books(data[self._plan.places["books"] :])
            agreement = _agreement(raw, books, same, retries)
            kept = self._kept(raw, caches) if agreement is not None else _NOTHING
            if agreement is not None and (not kept.moved or retries >= TRIES - 1):
                break
            retries += 1
            if patient and retries > TRIES // 2:
                time.sleep(_BREATH_S * (retries - TRIES // 2))
        agreement = "torn" if kept.moved else agreement
        self._numgc = raw.numgc
        self._recognise(raw)
        return self._counters((raw, books, data), agreement, (begin, (before + after) // 2, retries), kept)

    def _recognise(self, raw: Raw) -> None:
        """Whether this is still the run that we began with: exec keeps the pid, but starts the runtime anew."""
        if self.init_ns is None:
            self.init_ns = raw.init_time or None  # 0 until runtime.main begins
        elif raw.init_time != self.init_ns:
            raise ProcessGone("the process has become another program (exec) while it was being read")

    def _copy(self) -> tuple[NDArray[np.uint8], bool]:
        """One copy of all ranges, and whether the frame was the same before and after."""
        buffer, lead = self._buffer, self._lead
        holes = self._memory.read_runs(self._starts, self._sizes, buffer)
        if holes:
            raise MemoryFault(int(self._starts[0]), buffer.size)
        same = buffer[:lead].tobytes() == buffer[buffer.size - lead :].tobytes()
        return buffer[lead:], same

    def _kept(self, raw: Raw, caches: bool) -> _Kept:
        """What the Ps keep to themselves, and whether the heap has moved on since ``raw`` by more than a batch."""
        if self._procs is None or raw.allp is None or raw.allp_len is None:
            return _NOTHING
        self._procs.follow(raw.allp, raw.allp_len)
        if not caches:
            return _NOTHING
        unflushed, goroutines = self._procs.unflushed(), self._goroutines(raw, self._procs)
        words, _ = self._memory.gather(self._live, [0])
        in_use, allocated = words[:, 0].tolist()
        moved = max(abs(in_use - raw.heap_in_use), allocated - raw.total_alloc)
        return _Kept(unflushed, goroutines, moved > _slack(raw))

    def _counters(
        self,
        copied: tuple[Raw, Books, NDArray[np.uint8]],
        agreement: Agreement,
        when: tuple[int, int, int],
        kept: _Kept,
    ) -> Counters:
        raw, books, data = copied
        begin, middle, retries = when
        places = self._plan.places
        rings = [data[places[name] : places[name] + 8 * PAUSES] for name in ("pause_ns", "pause_end")]
        pauses = np.concatenate(rings).view(np.uint64).reshape(2, PAUSES)
        return Counters(
            at_ns=middle + self._clock_offset,
            took_ns=time.monotonic_ns() - begin,
            retries=retries,
            agreement=agreement,
            raw=raw,
            books=books,
            unflushed=kept.unflushed,
            goroutines=kept.goroutines,
            heap_goal=self._pacer.goal(raw),
            heap_trigger=self._pacer.trigger(raw),
            phase=self._phases.get(raw.phase) if raw.phase is not None else _phase_by_cycles(raw),
            sweep_done=None if raw.sweep_state is None else raw.sweep_state == self._drained,
            pauses=pauses,
        )

    def _goroutines(self, raw: Raw, procs: Procs) -> int | None:
        """runtime.NumGoroutine (runtime/proc.go, gcount)."""
        if raw.all_gs is None or raw.free_gs is None or raw.system_gs is None:
            return None
        free = raw.free_gs + (raw.free_gs_no_stack or 0) + procs.free_goroutines()
        return max(raw.all_gs - free - raw.system_gs, 1)


def _slack(raw: Raw) -> int:
    """The bytes by which books may differ: one batch for each P."""
    return BATCH * max(raw.gomaxprocs or raw.allp_len or 1, 1)


def _agreement(raw: Raw, books: Books, same: bool, retries: int) -> Agreement | None:
    """How well a read's parts fit together; None where another try is due."""
    off = disagreement(raw, books)
    if same and not off:
        return "exact"
    if same and retries >= TRIES // 2 and off <= _slack(raw):
        return "within a batch"
    return "torn" if retries == TRIES - 1 else None


def _phase_by_cycles(raw: Raw) -> Phase | None:
    """Whether a cycle is on, where runtime.gcphase cannot be found: work.cycles is ahead of numgc then."""
    if raw.cycles is None:
        return None
    return "off" if raw.cycles == raw.numgc else "mark"
