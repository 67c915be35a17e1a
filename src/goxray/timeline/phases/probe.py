"""One look at a running program: the collector's counters, the words that hold the map, and the map's header.

All of it is one process_vm_readv call of a few dozen words; the program is not stopped. Sources: runtime/mstats.go
(numgc, numforcedgc, last_gc_nanotime), runtime/mgcpacer.go (markStartTime, heapLive, heapReleased), runtime/mgc.go
(gcphase), runtime/mheap.go (sweepgen).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

U64 = NDArray[np.uint64]

_CONTROLLER = {
    "mark_start": "markStartTime",
    "heap_live": "heapLive",
    "in_use": "heapInUse",
    "free": "heapFree",
    "released": "heapReleased",
}
_MASKS = {4: (1 << 32) - 1, 8: (1 << 64) - 1}


@dataclass(frozen=True, slots=True)
class Tick:
    """What one look found. Times are CLOCK_MONOTONIC in nanoseconds, as runtime.nanotime has them.

    ``before`` and ``after`` enclose the reading. ``num_gc`` cycles are complete, ``started`` have begun (while the
    world is stopped at the end of marking the newest may be missing); ``sweep_gen`` is 2 more after each marking.
    ``mark_start`` and ``last_gc`` are when the last cycle began and when the last complete one ended, 0 where not
    known. ``released`` bytes are with the OS, of ``grown`` in all that the heap ever took: what it has taken and not
    yet used counts as released too. ``words`` are those that the caller asked for; ``ok`` is False where one of them
    could not be read, and 0.
    """

    before: int
    after: int
    num_gc: int
    started: int
    forced: int
    sweep_gen: int
    mark_start: int
    last_gc: int
    heap_live: int
    released: int
    grown: int
    words: U64
    ok: bool

    def of(self, first: int, count: int) -> Tick:
        """Return the same look with ``count`` of its words."""
        return replace(self, words=self.words[first : first + count])


class Probe:
    """Reads ticks of one program."""

    def __init__(self, runtime: Runtime) -> None:
        self._memory = runtime.memory
        layout = runtime.layout
        self._places: list[tuple[str, int, int]] = []
        self._addrs: list[int] = []
        memstats = runtime.symbol("runtime.memstats")
        for name, field in (("num_gc", "numgc"), ("forced", "numforcedgc"), ("last_gc", "last_gc_nanotime")):
            self._add(
                name, memstats + layout.offset("runtime.mstats", field), layout.field_size("runtime.mstats", field)
            )
        self._add("sweep_gen", runtime.mheap + layout.offset("runtime.mheap", "sweepgen"), 4)
        controller = runtime.symbol_or_none("runtime.gcController")
        if controller is not None:
            for name, field in _CONTROLLER.items():
                self._add(name, controller + layout.offset("runtime.gcControllerState", field), 8)
        phase = runtime.symbol_or_none("runtime.gcphase")
        if phase is not None:
            self._add("phase", phase, 4)
        self.knows_starts = controller is not None and phase is not None
        self._fixed = np.array(self._addrs, np.uint64)
        self._asked: tuple[int, ...] = ()
        self._all = self._fixed

    def _add(self, name: str, addr: int, size: int) -> None:
        self._places.append((name, (addr & 7) * 8, _MASKS[size]))
        self._addrs.append(addr & ~7)

    def read(self, asked: tuple[int, ...]) -> Tick:
        """Look now; ``asked`` are the addresses of more words, on 8-byte borders.

        Raises:
            ProcessGone: the program has ended.
        """
        if asked != self._asked:
            self._asked = asked
            self._all = np.concatenate((self._fixed, np.array(asked, np.uint64)))
        before = time.monotonic_ns()
        words, ok = self._memory.gather(self._all, [0])
        after = time.monotonic_ns()
        known = len(self._fixed)
        raw = words[:known, 0].tolist()
        values = {name: raw[i] >> shift & mask for i, (name, shift, mask) in enumerate(self._places)}
        num_gc, mark_start = values["num_gc"], values.get("mark_start", 0)
        running = values.get("phase", 0) != 0 or mark_start > values["last_gc"]
        grown = sum(values.get(name, 0) for name in ("in_use", "free", "released"))
        return Tick(
            before, after, num_gc, num_gc + running, values["forced"], values["sweep_gen"], mark_start,
            values["last_gc"], values.get("heap_live", 0), values.get("released", 0),
            grown, words[known:, 0], bool(ok[known:].all()),
        )  # fmt: skip
