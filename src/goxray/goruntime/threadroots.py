"""What threads hold: where running goroutines stand, registers, the runtime's own stacks.

The collector never looks here: when it scans, every goroutine is at a safe point. A target is stopped anywhere, so
that a pointer may be in a register, or on the system stack of a thread that does something for its goroutine. These
words are searched conservatively, for threads that hold a P (runtime.p) or are in C; a thread without one is parked or
in a system call, and its goroutine's maps tell everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import GoxrayError, MemoryFault
from goxray.goruntime.rootset import RootBuilder, RootHolder
from goxray.goruntime.rootvars import find_threads
from goxray.goruntime.stackread import Position

if TYPE_CHECKING:
    from goxray.goruntime.goroutines import Goroutine
    from goxray.goruntime.runtime import Runtime
    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory
    from goxray.target.registers import Registers

_MAX_SYSTEM_STACK = 16 << 20
_MAX_NEW_STACK = 1 << 20


@dataclass(frozen=True)
class Thread:
    """One M (runtime.m): its thread id, the goroutine it runs (address, 0 for none), whether it holds a P, is in C.

    ``system`` and ``signal`` are the bounds of the stacks of g0 and gsignal, (0, 0) for none.
    """

    tid: int
    curg: int
    has_p: bool
    in_c: bool
    system: tuple[int, int]
    signal: tuple[int, int]

    def on_signal_stack(self, registers: Registers) -> bool:
        """Whether the thread is handling a signal on its own stack for that."""
        return self.signal[0] <= registers.sp < self.signal[1]


def read_threads(runtime: Runtime) -> dict[int, Thread]:
    """Every M of the target by thread id (runtime.allm)."""
    memory, layout = runtime.memory, runtime.layout
    found: dict[int, Thread] = {}
    for addr in find_threads(runtime):
        try:
            thread = _thread(memory, layout, memory.read(addr, layout.size("runtime.m")))
        except MemoryFault:
            continue
        found[thread.tid] = thread
    return found


def _field(layout: RuntimeLayout, raw: bytes, name: str) -> int:
    place = layout.field("runtime.m", name)
    return int.from_bytes(raw[place.offset : place.offset + place.size], "little")


def _thread(memory: Memory, layout: RuntimeLayout, raw: bytes) -> Thread:
    def stack(name: str) -> tuple[int, int]:
        g = _field(layout, raw, name)
        if not g:
            return (0, 0)
        try:
            low, high = memory.read_words(g + layout.offset("runtime.g", "stack"), 2)
        except MemoryFault:
            return (0, 0)
        return (low, high)

    return Thread(
        tid=_field(layout, raw, "procid"),
        curg=_field(layout, raw, "curg"),
        has_p=_field(layout, raw, "p") != 0,
        in_c=_field(layout, raw, "incgo") != 0,
        system=stack("g0"),
        signal=stack("gsignal"),
    )


class ThreadRoots:
    """Positions of goroutines and roots of threads."""

    def __init__(self, runtime: Runtime, builder: RootBuilder) -> None:
        self._layout = runtime.layout
        self._memory = runtime.memory
        self._manual = runtime.spans.manual
        self._builder = builder
        self._running = runtime.layout.const("Grunning")
        self._copying = runtime.layout.const("Gcopystack")
        self._registers: Mapping[int, Registers] = runtime.target.threads()
        self._threads: dict[int, Thread] = {}
        with suppress(GoxrayError):
            self._threads = read_threads(runtime)
        if not self._threads:
            builder.notes.append("the list of threads could not be read: registers were searched of all of them")
        self.unstopped = 0

    def position(self, goroutine: Goroutine) -> Position | None:
        """Where the collector would start on a goroutine's stack; None where that is no stack."""
        if not self._is_stack(goroutine.stack_lo, goroutine.stack_hi):
            return None
        at = Position(goroutine.goid, goroutine.stack_lo, goroutine.stack_hi, goroutine.sp, goroutine.pc, goroutine.lr)
        if goroutine.status == self._copying:
            return replace(at, sp=0, pc=0, lr=0)
        if goroutine.status != self._running:
            return at
        registers = self._registers.get(goroutine.thread)
        thread = self._threads.get(goroutine.thread)
        if registers is None:
            self.unstopped += 1
            return replace(at, sp=0, pc=0, lr=0)
        if thread is not None and thread.on_signal_stack(registers):
            return replace(at, sp=0, pc=0, lr=0)
        return replace(at, running=True, anywhere=at.low <= registers.sp < at.high)

    def _is_stack(self, low: int, high: int) -> bool:
        """Whether the runtime has stacks there; a running target may have got some since its spans were read."""
        if (low | high) & 7 or not low < high:
            return False
        item = int(np.searchsorted(self._manual.start, np.uint64(low), side="right")) - 1
        if item >= 0 and high <= int(self._manual.start[item]) + int(self._manual.size[item]):
            return True
        return high - low <= _MAX_NEW_STACK and (high - low) & (high - low - 1) == 0

    def add_roots(self, goroutines: list[Goroutine]) -> None:
        """Add the registers and system stacks of threads that may hold pointers found nowhere else."""
        by_addr = {goroutine.addr: goroutine for goroutine in goroutines}
        for tid, registers in self._registers.items():
            thread = self._threads.get(tid)
            goroutine = by_addr.get(thread.curg) if thread is not None else None
            if not self._may_hold(thread, goroutine):
                continue
            goid = goroutine.goid if goroutine is not None else 0
            who = f"goroutine {goid}" if goid else f"thread {tid}"
            values = np.array(registers.gprs, np.uint64)
            holder = RootHolder("register", f"{who}: registers", registers.pc, goid)
            self._builder.add_words(values, np.zeros_like(values), holder, conservative=True)
            if thread is not None:
                self._system_stacks(thread, registers, goid)

    def _may_hold(self, thread: Thread | None, goroutine: Goroutine | None) -> bool:
        if thread is None or thread.in_c:
            return True
        return thread.has_p and (goroutine is None or goroutine.status in (self._running, self._copying))

    def _system_stacks(self, thread: Thread, registers: Registers, goid: int) -> None:
        """The used part of g0's stack, and of gsignal's with what the kernel saved there."""
        for (low, high), name in ((thread.signal, "signal stack"), (thread.system, "system stack")):
            if low <= registers.sp < high:
                begin = registers.sp & ~7
            elif name == "system stack" and thread.on_signal_stack(registers):
                begin = low & ~7
            else:
                continue
            try:
                raw = self._memory.read(begin, min((high & ~7) - begin, _MAX_SYSTEM_STACK))
            except MemoryFault:
                continue
            values = np.frombuffer(raw, np.uint64)
            slots = begin + np.arange(len(values), dtype=np.uint64) * np.uint64(8)
            holder = RootHolder("runtime", f"thread {thread.tid}: {name}", registers.pc, goid, begin, len(raw))
            self._builder.add_words(values, slots, holder, conservative=True)
