"""Goroutines and their stacks (runtime/runtime2.go, g; runtime/traceback.go; runtime/stkframe.go)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.goruntime.positions import Position, RunningGoroutines

if TYPE_CHECKING:
    from goxray.goruntime.pclntab import FunctionTable
    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory
    from goxray.target.registers import Registers

_MAX_GOROUTINES = 1 << 26
_MAX_FRAMES = 1 << 12
_SCAN_BIT = 0x1000
_WORD = 8


@dataclass(frozen=True)
class Goroutine:
    """One goroutine that is not dead: its id, status (runtime._Grunning ...), stack bounds and where it stands.

    ``sp`` and ``pc`` are 0 when they cannot be known (running, and the target is not frozen): then the whole of
    ``[stack_lo, stack_hi)`` may be in use. ``lr`` is the link register on machines that have one (arm64, loong64): who
    called the innermost function, as long as that has not saved it in its frame; 0 elsewhere and where not needed.
    ``in_syscall`` says that the position is the one that entersyscall kept. ``addr`` is the g's own address, ``thread``
    the id of the thread that runs it (0 if none), and ``registers`` what all general registers hold where it runs on
    its own stack (behind a signal handler too): any of them may be a pointer.
    """

    goid: int
    status: int
    stack_lo: int
    stack_hi: int
    sp: int
    pc: int
    lr: int = 0
    in_syscall: bool = False
    addr: int = 0
    thread: int = 0
    registers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Frame:
    """One frame of a goroutine's stack: bytes ``[start, end)`` belong to ``function``, stopped at ``pc``.

    ``start`` and ``end`` are sp and fp of runtime/stkframe.go: the stack pointer inside the function and that of its
    caller (a call that a signal handler made up on arm64 and loong64 owns what the handler kept above it too). A frame
    may be empty on machines with a link register (a leaf without locals). On amd64 the return address is the last word
    of a frame, on arm64 and loong64 the first; there arm64's saved frame pointer lies in the word below ``start``.

    The others place what stack maps describe, as runtime/stkframe.go does:

    * ``varp``: the end of the locals; the locals' bitmap of n bits covers the n words up to it, and stack objects with
      a negative offset count from it.
    * ``argp``: the start of the arguments and results on the stack; the arguments' bitmap starts here, and stack
      objects with an offset of 0 or more count from it.
    * ``continpc``: where the function goes on, for looking up liveness (at ``continpc - 1``, or as index -1 where it is
      the function's entry); 0 if it never does, so that nothing in the frame is alive.
    * ``entry``: the function's entry point.
    * ``caller``: the program counter in the caller, 0 where the stack ends.

    All are 0 where the frame's size is not known (the last frame of a stack that cannot be unwound to its end): then
    only a conservative look at all its words is right. A frame with ``trapped`` was stopped between two instructions,
    by a signal whose handler made it look like a call of asyncPreempt or sigpanic: ``pc`` is no return address.
    """

    start: int
    end: int
    pc: int
    function: str
    varp: int = 0
    argp: int = 0
    continpc: int = 0
    entry: int = 0
    caller: int = 0
    trapped: bool = False

    @property
    def unwound(self) -> bool:
        """Whether the frame's bounds are known."""
        return self.argp != 0


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
    names = ("stack.lo", "stack.hi", "sched.sp", "sched.pc", "sched.lr", "syscallsp", "syscallpc", "goid", "m")
    offsets = [layout.offset("runtime.g", name) for name in names]
    words, ok = memory.gather(pointers, offsets)
    status_at = layout.offset("runtime.g", "atomicstatus")
    status, status_ok = memory.gather(pointers, [status_at & ~7])
    shift = np.uint64(8 * (status_at & 7))
    states = ((status[:, 0] >> shift) & np.uint64(0xFFFFFFFF)).astype(np.int64) & ~_SCAN_BIT
    dead = {layout.const(name) for name in ("Gidle", "Gdead", "Gdeadextra") if layout.has_const(name)}
    running = RunningGoroutines(memory, layout, threads)
    found = []
    good = ok & status_ok
    for addr, row, state in zip(pointers[good].tolist(), words[good].tolist(), states[good].tolist(), strict=True):
        if state in dead or row[1] <= row[0]:
            continue
        low, high, sp, pc, lr, syscall_sp, syscall_pc, goid, m = row
        place = Position(sp, pc, lr)
        if state == layout.const("Gsyscall") and syscall_sp:
            place = Position(syscall_sp, syscall_pc, in_syscall=True)
        elif state == layout.const("Grunning") and m:
            place = running.position(m, (low, high), place)
        if not low <= place.sp < high:
            place = Position(thread=place.thread)
        at = (place.sp, place.pc, place.lr, place.in_syscall)
        found.append(Goroutine(goid, state, low, high, *at, addr, place.thread, place.registers))
    return found


@dataclass(frozen=True)
class _Function:
    """What the function table says of a program counter; ``size`` is the frame's bytes there, -1 if unknown."""

    size: int
    name: str
    entry: int = 0
    func_id: int = 0
    flag: int = 0
    deferreturn: int = 0


_NOWHERE = _Function(-1, "")


@dataclass(frozen=True)
class _Step:
    """A frame about to be looked at: the function at ``pc`` with its stack pointer ``sp``.

    ``lr`` is who called it where that stands in no frame, else 0; ``callee`` the FuncID of what it called, -1 for the
    innermost.
    """

    sp: int
    pc: int
    lr: int
    trapped: bool = False
    callee: int = -1


class Unwinder:
    """Cuts stacks into frames by the pcsp tables; what they say is remembered by program counter."""

    def __init__(self, memory: Memory, functions: list[FunctionTable], layout: RuntimeLayout) -> None:
        self._memory = memory
        self._functions = functions
        self._known: dict[int, _Function] = {}
        self._min_frame = layout.const("MinFrameSize")
        self._uses_lr = self._min_frame > 0
        """runtime/traceback.go: a call leaves the return address in a register, not on the stack."""
        self._frame_pointers = bool(layout.const("framepointer_enabled"))
        align = layout.const("StackAlign")
        self._injected_step = -(-self._min_frame // align) * align
        self._fields = tuple(layout.offset("runtime._func", name) for name in ("funcID", "flag", "deferreturn"))
        self._top, self._sp_write = layout.const("FuncFlagTopFrame"), layout.const("FuncFlagSPWrite")
        self._cgocallback, self._sigpanic = layout.const("FuncID_cgocallback"), layout.const("FuncID_sigpanic")
        names = ("FuncID_sigpanic", "FuncID_asyncPreempt", "FuncID_debugCallV2")
        self._injected = {layout.const(name) for name in names}

    def describe(self, pc: int) -> tuple[int, str]:
        """Return (frame size in bytes or -1, function name) at ``pc``."""
        found = self._at(pc)
        return found.size, found.name

    def _at(self, pc: int) -> _Function:
        found = self._known.get(pc)
        if found is None:
            found = next((self._read(table, pc) for table in self._functions if table.covers(pc)), _NOWHERE)
            self._known[pc] = found
        return found

    def _read(self, table: FunctionTable, pc: int) -> _Function:
        func = table.func(pc)
        func_id, flag, deferreturn = self._fields
        return _Function(
            table.frame_size(pc),
            table.name(pc),
            table.entry(pc),
            self._memory.read_u8(func + func_id),
            self._memory.read_u8(func + flag),
            self._memory.read_u32(func + deferreturn),
        )

    def frames(self, goroutine: Goroutine) -> list[Frame]:
        """Return the goroutine's frames, innermost first; what cannot be unwound is one frame named ''.

        As unwinder.next and resolveInternal in runtime/traceback.go. The stack was unwound to its end where the last
        frame is :attr:`Frame.unwound`.
        """
        high = goroutine.stack_hi
        if not goroutine.sp:
            return [Frame(goroutine.stack_lo, high, 0, "")]
        frames: list[Frame] = []
        at: _Step | None = self._first(goroutine)
        while at is not None and at.sp < high and len(frames) < _MAX_FRAMES:
            found = self._at(at.pc if at.trapped or not frames else at.pc - 1)
            fp = at.sp + found.size + (0 if self._uses_lr else _WORD)
            if found.size < 0 or fp > high:
                frames.append(Frame(at.sp, high, at.pc, found.name))
                return frames
            caller = self._caller(found, at, fp, None if frames else goroutine)
            after = self._next(found, at, fp, caller)
            frames.append(self._frame(found, at, fp, caller, after.sp if after else fp))
            if found.flag & self._top:
                return frames
            at = after
        end = frames[-1].end if frames else goroutine.sp
        return frames if end >= high else [*frames, Frame(end, high, frames[-1].caller if frames else 0, "")]

    def _first(self, goroutine: Goroutine) -> _Step:
        if goroutine.pc:
            return _Step(goroutine.sp, goroutine.pc, goroutine.lr)
        # a call of a nil function: the caller's frame is the first
        return _Step(goroutine.sp + (0 if self._uses_lr else _WORD), self._word(goroutine.sp), 0)

    def _caller(self, found: _Function, at: _Step, fp: int, innermost: Goroutine | None) -> int:
        """The program counter in the caller; 0 at a stack's end, and where it cannot be told."""
        if found.flag & self._top:
            return 0
        # The function moves the stack pointer in ways that its table does not tell; cgocallback does so with care.
        if found.flag & self._sp_write and found.func_id != self._cgocallback and innermost is None:
            return 0
        if not self._uses_lr:
            return self._word(fp - _WORD)
        if (innermost is not None and at.sp < fp) or not at.lr:
            return self._word(at.sp)
        return at.lr

    def _next(self, found: _Function, at: _Step, fp: int, caller: int) -> _Step | None:
        """The caller's frame, None where there is none or no way to it."""
        if not caller or (caller == at.pc and fp == at.sp):
            return None
        trapped = found.func_id in self._injected
        if not trapped or not self._uses_lr:
            return _Step(fp, caller, 0, trapped, found.func_id)
        # The signal handler that made the call look like one kept the interrupted function's link register.
        kept, sp, pc, lr = self._word(fp), fp + self._injected_step, caller, 0
        interrupted = self._at(pc)
        if not interrupted.entry:
            pc = kept
        elif interrupted.size == 0:
            lr = kept
        return _Step(sp, pc, lr, trapped, found.func_id) if pc else None

    def _frame(self, found: _Function, at: _Step, fp: int, caller: int, end: int) -> Frame:
        varp = fp if self._uses_lr else fp - _WORD
        if varp > at.sp and self._frame_pointers:
            varp -= _WORD
        goes_on = at.pc
        if at.callee == self._sigpanic:
            goes_on = found.entry + found.deferreturn + 1 if found.deferreturn else 0
        argp = fp + self._min_frame
        return Frame(at.sp, end, at.pc, found.name, varp, argp, goes_on, found.entry, caller, at.trapped)

    def _word(self, addr: int) -> int:
        try:
            return self._memory.read_u64(addr)
        except MemoryFault:
            return 0
