"""What the collector knows of a frame by its program counter: which words hold pointers, which stack objects it has.

Everything is relative to the frame's fp (the caller's stack pointer), so that one answer serves every frame stopped at
the same place. Source: runtime/stkframe.go (getStackMap), runtime/traceback.go (resolveInternal), runtime/mgcmark.go
(scanframeworker), runtime/symtab.go (pcdatavalue, funcdata, stackmapdata).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.goruntime.frameflags import ASYNC, INJECTED, NO_MAP, REFLECT, SIGPANIC, SP_WRITE, TOP, UNSAFE, VALID
from goxray.goruntime.gcprog import run_gc_program
from goxray.goruntime.rootset import I64

if TYPE_CHECKING:
    from goxray.goruntime.pclntab import FuncRecord, FunctionTable
    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory

WORD = 8
_ARGS_UNKNOWN = 0x80000000
"""internal/abi/symtab.go, ArgsSizeUnknown, as an unsigned number."""
_REFLECT_STUBS = frozenset({"reflect.makeFuncStub", "reflect.methodValueCall"})
_MAX_OBJECTS = 1 << 16
_MAX_MASK_WORDS = 1 << 27
_MAX_PROGRAM = 1 << 16
_NO_WORDS: I64 = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Machine:
    """How calls look on an architecture.

    ``min_frame`` are the bytes below a frame's arguments (MinFrameSize), 0 where CALL pushes the return address;
    ``align`` is StackAlign, ``frame_pointers`` runtime.framepointer_enabled, ``min_locals`` the size from which on
    a frame has locals, ``int_regs`` and ``float_regs`` internal/abi's IntArgRegs and FloatArgRegs.
    """

    min_frame: int
    align: int
    frame_pointers: bool
    min_locals: int
    int_regs: int
    float_regs: int

    @property
    def uses_lr(self) -> bool:
        """Whether a call leaves the return address in a register."""
        return self.min_frame > 0

    @property
    def injected_step(self) -> int:
        """Bytes of the small frame that a signal handler pushes before it fakes a call (link register machines)."""
        return -(-self.min_frame // self.align) * self.align


def machine_of(layout: RuntimeLayout) -> Machine:
    """The facts of the layout's architecture."""
    regs = (9, 15) if layout.goarch == "amd64" else (16, 16)
    if layout.has_const("IntArgRegs"):
        regs = (layout.const("IntArgRegs"), layout.const("FloatArgRegs"))
    if not layout.has_const("MinFrameSize"):
        return Machine(0, WORD, True, 0, *regs)
    least, align = layout.const("MinFrameSize"), layout.const("StackAlign")
    pointers = bool(layout.const("framepointer_enabled"))
    return Machine(least, align, pointers, align if layout.goarch == "arm64" else least, *regs)


@dataclass(frozen=True, slots=True)
class StackObject:
    """A variable in a frame whose address is taken: ``rel`` bytes from fp, ``size`` bytes, ``words`` hold pointers."""

    rel: int
    size: int
    words: I64


@dataclass(frozen=True, slots=True)
class PcInfo:
    """A frame stopped at one program counter; all places are relative to fp.

    ``delta`` is fp less sp. ``slots`` (int64) are the live pointer words of locals and arguments; ``objects`` the stack
    objects. ``varp`` ends the locals. ``args`` are the bytes of arguments for a conservative look.
    """

    flags: int
    delta: int = 0
    varp: int = 0
    args: int = 0
    slots: I64 = field(default_factory=lambda: _NO_WORDS)
    objects: tuple[StackObject, ...] = ()
    name: str = ""


NOWHERE = PcInfo(0)


def _reach(args: int) -> int:
    """How far a sound map of ``args`` bytes of arguments can reach: up to Go 1.21 assembly has it for two calls."""
    return 2 * args + 8 * WORD


class FrameMaps:
    """Maps by program counter, decoded when first asked for."""

    def __init__(self, memory: Memory, layout: RuntimeLayout, functions: list[FunctionTable]) -> None:
        self._memory = memory
        self._layout = layout
        self._functions = functions
        self.machine = machine_of(layout)
        const, offset = layout.const, layout.offset
        self._ids = {
            const("FuncID_asyncPreempt"): INJECTED | ASYNC,
            const("FuncID_debugCallV2"): INJECTED | ASYNC,
            const("FuncID_sigpanic"): INJECTED | SIGPANIC,
        }
        self._cgocallback = const("FuncID_cgocallback")
        self._top, self._sp_write = const("FuncFlagTopFrame"), const("FuncFlagSPWrite")
        self._map_index, self._unsafe_point = const("PCDATA_StackMapIndex"), const("PCDATA_UnsafePoint")
        self._unsafe = const("UnsafePointUnsafe")
        self._locals, self._args = const("FUNCDATA_LocalsPointerMaps"), const("FUNCDATA_ArgsPointerMaps")
        self._objects = const("FUNCDATA_StackObjects")
        record = "runtime.stackObjectRecord"
        length = "ptrBytes" if layout.has(record, "ptrBytes") else "_ptrdata"
        self._record = tuple(offset(record, name) for name in ("off", "size", length, "gcdataoff"))
        self._record_size = layout.size(record)
        self._bits_at = offset("runtime.stackmap", "bytedata")
        self._masks: dict[tuple[int, int], I64] = {}
        self.regs_object = self._reflect_regs()

    def info(self, pc: int, below_sigpanic: bool) -> PcInfo:
        """What is known of frames at ``pc``: a return address, or where a goroutine (or a fault) stopped.

        ``below_sigpanic`` says that the function faulted there: it goes on at its deferreturn, or never.
        Reading errors make a frame without maps.
        """
        for table in self._functions:
            if table.covers(pc):
                try:
                    record = table.record(pc)
                    return NOWHERE if record is None else self._read(table, record, pc, below_sigpanic)
                except (MemoryFault, CorruptMemory):
                    return NOWHERE
        return NOWHERE

    def _read(self, table: FunctionTable, record: FuncRecord, pc: int, below_sigpanic: bool) -> PcInfo:
        machine = self.machine
        size = table.value(record, record.pcsp, pc)
        if size < 0:
            return NOWHERE
        delta = size + (0 if machine.uses_lr else WORD)
        varp = size - delta
        if size > 0 and machine.frame_pointers:
            varp -= WORD
        name = table.name(pc)
        flags = self._flags(record, name)
        args = record.args if record.args != _ARGS_UNKNOWN else 0
        at = pc
        if below_sigpanic:
            if not record.deferreturn:
                return PcInfo(flags, delta, varp, args, name=name)
            at = record.entry + record.deferreturn + 1
        index = -1
        if at != record.entry:
            at -= 1
            index = self._pcdata(table, record, self._map_index, at)
        if self._pcdata(table, record, self._unsafe_point, at) == self._unsafe:
            flags |= UNSAFE
        index = 0 if index == -1 else index
        local = _NO_WORDS
        if varp + delta > machine.min_locals:
            local, known = self._bitmap(record, self._locals, index)
            flags |= 0 if known else NO_MAP
            local = local[1:] - int(local[0]) * WORD + varp if len(local) else local
            local = local[local >= -delta]  # a damaged map must not reach out of the frame
        argument = _NO_WORDS
        if args >= WORD:
            argument, known = self._bitmap(record, self._args, index)
            flags |= 0 if known else NO_MAP
            argument = argument[1:][argument[1:] < _reach(args)] + machine.min_frame
        objects = self._stack_objects(table, record, varp, -delta)
        if sum(item.size for item in objects) > delta + _reach(args):
            raise CorruptMemory(f"stack objects of {name} are larger than its frame")
        return PcInfo(flags, delta, varp, args, np.concatenate([local, argument]), objects, name)

    def _flags(self, record: FuncRecord, name: str) -> int:
        flags = VALID | self._ids.get(record.func_id, 0)
        if record.flag & self._top:
            flags |= TOP
        if record.flag & self._sp_write and record.func_id != self._cgocallback:
            flags |= SP_WRITE
        if record.args == _ARGS_UNKNOWN and name in _REFLECT_STUBS:
            flags |= REFLECT
        return flags

    def _pcdata(self, table: FunctionTable, record: FuncRecord, number: int, pc: int) -> int:
        return table.value(record, record.pcdata[number], pc) if number < len(record.pcdata) else -1

    def _bitmap(self, record: FuncRecord, number: int, index: int) -> tuple[I64, bool]:
        """The number of bits and the byte offsets of set ones in a stackmap's bitmap ``index``; whether it exists."""
        address = record.funcdata[number] if number < len(record.funcdata) else 0
        if not address:
            return _NO_WORDS, False
        count, bits = struct.unpack("<ii", self._memory.read(address, 8))
        if count <= 0 or not 0 <= bits <= _MAX_MASK_WORDS:
            return _NO_WORDS, False
        if not bits:
            return np.zeros(1, np.int64), True
        if not 0 <= index < count:
            return _NO_WORDS, False
        width = (bits + 7) >> 3
        words = self.set_words(address + self._bits_at + index * width, bits)
        return np.concatenate([np.array([bits], np.int64), words]), True

    def set_words(self, address: int, bits: int) -> I64:
        """Byte offsets of the words whose bit is set in the mask of ``bits`` bits at ``address``."""
        raw = self._memory.read_array(address, (bits + 7) >> 3)
        return np.flatnonzero(np.unpackbits(raw, count=bits, bitorder="little")).astype(np.int64) * WORD

    def _stack_objects(self, table: FunctionTable, record: FuncRecord, varp: int, sp: int) -> tuple[StackObject, ...]:
        address = record.funcdata[self._objects] if self._objects < len(record.funcdata) else 0
        if not address:
            return ()
        count = self._memory.read_u64(address)
        if count > _MAX_OBJECTS:
            raise CorruptMemory(f"a function with {count} stack objects at {address:#x}")
        raw = self._memory.read(address + WORD, count * self._record_size)
        found = []
        for at in range(0, len(raw), self._record_size):
            off, size, length = (struct.unpack_from("<i", raw, at + field)[0] for field in self._record[:3])
            rel = off + (varp if off < 0 else self.machine.min_frame)
            if rel >= sp and size > 0:  # below sp: the frame has not been made yet
                mask = table.rodata + struct.unpack_from("<I", raw, at + self._record[3])[0]
                found.append(StackObject(rel, size, self._mask(mask, max(-size, min(length, size)))))
        return tuple(found)

    def _mask(self, address: int, length: int) -> I64:
        """Pointer words of a stack object; a negative ``length`` says that its mask is a GC program (up to Go 1.23)."""
        known = self._masks.get((address, length))
        if known is None:
            bits = abs(length) // WORD
            if bits > _MAX_MASK_WORDS:
                raise CorruptMemory(f"a stack object of {bits} words")
            if length < 0:
                known = np.flatnonzero(run_gc_program(self._program(address), bits)).astype(np.int64) * WORD
            else:
                known = self.set_words(address, bits)
            self._masks[address, length] = known
        return known

    def _program(self, address: int) -> bytes:
        """A GC program: its length in 4 bytes, then its instructions (cmd/compile/internal/reflectdata, dgcprog)."""
        size = self._memory.read_u32(address)
        if size > _MAX_PROGRAM:
            raise CorruptMemory(f"a GC program of {size} bytes at {address:#x}")
        return self._memory.read(address + 4, size)

    def _reflect_regs(self) -> StackObject:
        """The abi.RegArgs that reflect's stubs keep as their highest local (runtime/stkframe.go, stkobjinit)."""
        ints, floats = self.machine.int_regs, self.machine.float_regs
        size = (2 * ints + floats) * WORD + (ints + 7) // 8
        words = np.arange(ints + floats, 2 * ints + floats, dtype=np.int64) * WORD
        return StackObject(-(-(-size // WORD) * WORD), size, words)
