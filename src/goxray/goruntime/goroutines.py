"""Goroutines and their stacks (runtime/runtime2.go, g; runtime/traceback.go)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import CorruptMemory, MemoryFault

if TYPE_CHECKING:
    from goxray.goruntime.pclntab import FunctionTable
    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory
    from goxray.target.registers import Registers

_MAX_GOROUTINES = 1 << 26
_MAX_FRAMES = 1 << 12
_SCAN_BIT = 0x1000
_RETURN_SLOT = 8
"""amd64: CALL pushes the return address above the callee's frame."""


@dataclass(frozen=True)
class Goroutine:
    """One goroutine that is not dead: its id, status (runtime._Grunning ...), stack bounds and where it stands.

    ``sp`` and ``pc`` are 0 when they cannot be known (running, and the target is not frozen): then the whole of
    ``[stack_lo, stack_hi)`` may be in use.
    """

    goid: int
    status: int
    stack_lo: int
    stack_hi: int
    sp: int
    pc: int


@dataclass(frozen=True)
class Frame:
    """One frame of a goroutine's stack: bytes ``[start, end)`` belong to ``function``, stopped at ``pc``."""

    start: int
    end: int
    pc: int
    function: str


def read_goroutines(
    memory: Memory, layout: RuntimeLayout, allgs: int, threads: Mapping[int, Registers]
) -> list[Goroutine]:
    """Read every goroutine that has a stack; ``allgs`` is the address of runtime.allgs.

    ``threads`` gives the registers of running ones (by thread id); empty when the target is not frozen.
    Raises CorruptMemory when the list is impossible.
    """
    base, count = memory.read_u64(allgs), memory.read_u64(allgs + 8)
    if count > _MAX_GOROUTINES:
        raise CorruptMemory(f"runtime.allgs claims {count} goroutines")
    pointers = np.frombuffer(memory.read(base, 8 * count), dtype=np.uint64)
    names = ("stack.lo", "stack.hi", "sched.sp", "sched.pc", "syscallsp", "syscallpc", "goid", "m")
    offsets = [layout.offset("runtime.g", name) for name in names]
    words, ok = memory.gather(pointers, offsets)
    status_at = layout.offset("runtime.g", "atomicstatus")
    status, status_ok = memory.gather(pointers, [status_at & ~7])
    shift = np.uint64(8 * (status_at & 7))
    states = ((status[:, 0] >> shift) & np.uint64(0xFFFFFFFF)).astype(np.int64) & ~_SCAN_BIT
    dead = {layout.const(name) for name in ("Gidle", "Gdead", "Gdeadextra") if layout.has_const(name)}
    found = []
    for row, state in zip(words[ok & status_ok].tolist(), states[ok & status_ok].tolist(), strict=True):
        if state in dead or row[1] <= row[0]:
            continue
        sp, pc = _position(memory, layout, state, row, threads)
        found.append(Goroutine(row[6], state, row[0], row[1], sp, pc))
    return found


def _position(
    memory: Memory, layout: RuntimeLayout, state: int, row: list[int], threads: Mapping[int, Registers]
) -> tuple[int, int]:
    """Where a goroutine stands: its own saved registers unless it is on a thread right now."""
    low, high, sp, pc, syscall_sp, syscall_pc, _, m = row
    if state == layout.const("Gsyscall") and syscall_sp:
        sp, pc = syscall_sp, syscall_pc
    elif state == layout.const("Grunning") and m:
        try:
            registers = threads.get(memory.read_u64(m + layout.offset("runtime.m", "procid")))
        except MemoryFault:
            registers = None
        if registers is not None and low <= registers.sp < high:
            sp, pc = registers.sp, registers.pc
        elif registers is None:
            sp = pc = 0
    return (sp, pc) if low <= sp < high else (0, 0)


class Unwinder:
    """Cuts stacks into frames by the pcsp tables; frame sizes are remembered by program counter."""

    def __init__(self, memory: Memory, functions: list[FunctionTable]) -> None:
        self._memory = memory
        self._functions = functions
        self._known: dict[int, tuple[int, str]] = {}

    def describe(self, pc: int) -> tuple[int, str]:
        """Return (frame size in bytes or -1, function name) at ``pc``."""
        found = self._known.get(pc)
        if found is None:
            found = (-1, "")
            for table in self._functions:
                if table.covers(pc):
                    found = (table.frame_size(pc), table.name(pc))
            self._known[pc] = found
        return found

    def frames(self, goroutine: Goroutine) -> list[Frame]:
        """Return the goroutine's frames, innermost first; what cannot be unwound is one frame named ''."""
        if not goroutine.sp:
            return [Frame(goroutine.stack_lo, goroutine.stack_hi, 0, "")]
        frames: list[Frame] = []
        sp, pc, lookup = goroutine.sp, goroutine.pc, goroutine.pc
        while len(frames) < _MAX_FRAMES and sp < goroutine.stack_hi:
            size, name = self.describe(lookup)
            slot = sp + size
            if size < 0 or slot + _RETURN_SLOT > goroutine.stack_hi:
                frames.append(Frame(sp, goroutine.stack_hi, pc, name))
                return frames
            frames.append(Frame(sp, slot + _RETURN_SLOT, pc, name))
            try:
                pc = self._memory.read_u64(slot)
            except MemoryFault:
                return frames
            sp, lookup = slot + _RETURN_SLOT, pc - 1
        return frames
