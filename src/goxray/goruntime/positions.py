"""Where a running goroutine stands: on its own stack, in the vdso, on the system stack, or behind a signal handler.

Sources: runtime/runtime2.go (g, m), runtime/signal_unix.go (handlers run on m.gsignal), runtime/defs_linux_*.go
(ucontext: what the kernel keeps of the interrupted code above the handler's frames).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import MemoryFault

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory
    from goxray.target.registers import Registers

_LARGEST_SIGNAL_STACK = 1 << 24
_UCONTEXT, _SIGCONTEXT = "runtime.ucontext", "runtime.sigcontext"
_AMD64 = (*(f"r{number}" for number in range(8, 16)), "rdi", "rsi", "rbp", "rbx", "rdx", "rax", "rcx", "rsp", "rip")


@dataclass(frozen=True)
class Position:
    """A goroutine's stack pointer, program counter and link register (0 where there is none); all 0 if unknown.

    ``thread`` is the thread that runs it, ``registers`` what all general registers hold there (empty if it runs none).
    """

    sp: int = 0
    pc: int = 0
    lr: int = 0
    in_syscall: bool = False
    thread: int = 0
    registers: tuple[int, ...] = ()


class RunningGoroutines:
    """Finds positions by the registers of the target's ``threads`` (by thread id); none while the target runs."""

    def __init__(self, memory: Memory, layout: RuntimeLayout, threads: Mapping[int, Registers]) -> None:
        self._memory = memory
        self._layout = layout
        self._threads = threads

    def position(self, m: int, stack: tuple[int, int], saved: Position) -> Position:
        """Where the goroutine of that ``stack`` stands, which the m at ``m`` runs; a position of 0 if unknown.

        ``saved`` is where it left its stack for another (runtime.g, sched).
        """
        low, high = stack
        try:
            tid = self._word(m, "procid")
            registers = self._threads.get(tid)
            if registers is None:
                return Position(thread=tid)
            if low <= registers.sp < high:
                return Position(registers.sp, registers.pc, registers.lr, thread=tid, registers=registers.gprs)
            behind = self._interrupted(self._word(m, "gsignal"), registers.sp)
            if behind is not None and low <= behind.sp < high:
                return Position(behind.sp, behind.pc, behind.lr, thread=tid, registers=behind.registers)
            vdso = self._word(m, "vdsoSP")
            if low <= vdso < high:  # called by way of the system stack, without a word in sched
                return Position(vdso, self._word(m, "vdsoPC"), thread=tid)
        except MemoryFault:
            return Position()
        return Position(saved.sp, saved.pc, saved.lr, thread=tid)

    def _word(self, m: int, field: str) -> int:
        return self._memory.read_u64(m + self._layout.offset("runtime.m", field))

    def _interrupted(self, gsignal: int, sp: int) -> Position | None:
        """What a signal interrupted, where ``sp`` lies on the signal stack of the g at ``gsignal``.

        The kernel put a ucontext above the handler's frames; it is known by the signal stack that it names. Of nested
        signals the outermost counts.
        """
        if not gsignal:
            return None
        low, high = (
            self._memory.read_u64(gsignal + self._layout.offset("runtime.g", name)) for name in ("stack.lo", "stack.hi")
        )
        if not low <= sp < high or high - low > _LARGEST_SIGNAL_STACK:
            return None
        start = sp & ~7
        words = np.frombuffer(self._memory.read(start, (high - start) & ~7), np.uint64)
        stack_at, size_at, link_at = (
            self._layout.offset(_UCONTEXT, name) // 8 for name in ("uc_stack.ss_sp", "uc_stack.ss_size", "uc_link")
        )
        for index in np.flatnonzero(words == np.uint64(low))[::-1].tolist():
            first = index - stack_at
            if first < 0 or first + size_at >= words.size:
                continue
            if int(words[first + size_at]) == high - low and not words[first + link_at]:
                found = self._context(start + 8 * first)
                if not low <= found.sp < high:
                    return found
        return None

    def _context(self, ucontext: int) -> Position:
        """The registers in the ucontext at that address."""
        at = ucontext + self._layout.offset(_UCONTEXT, "uc_mcontext")

        def read(name: str, index: int = 0) -> int:
            return self._memory.read_u64(at + self._layout.offset(_SIGCONTEXT, name) + 8 * index)

        if self._layout.has(_SIGCONTEXT, "rip"):
            return Position(read("rsp"), read("rip"), registers=tuple(read(name) for name in _AMD64))
        if self._layout.has(_SIGCONTEXT, "sc_regs"):
            general = tuple(read("sc_regs", index) for index in range(1, 32))
            return Position(general[2], read("sc_pc"), general[0], registers=(*general, read("sc_pc")))
        general = tuple(read("regs", index) for index in range(31))
        return Position(read("sp"), read("pc"), general[30], registers=(*general, read("sp"), read("pc")))
