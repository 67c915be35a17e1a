"""Functions by program counter, from the runtime's own table (runtime/symtab.go, moduledata.ftab).

Works in stripped programs too: the runtime needs the table for tracebacks.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Collection

    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory

_MAX_FUNCS = 1 << 24
_MAX_PCSP = 1 << 14
_MAX_TABLES = 64
_NO_FUNCDATA = (1 << 32) - 1
_RECORD_FIELDS = ("args", "deferreturn", "pcsp", "npcdata", "funcID", "flag", "nfuncdata")


@dataclass(frozen=True, slots=True)
class FuncRecord:
    """A runtime._func: what the runtime knows of one function.

    ``entry`` is the entry point, ``args`` the bytes of arguments and results on the stack (unsigned), ``pcsp`` and
    ``pcdata`` are offsets of tables for :meth:`FunctionTable.value`, ``funcdata`` addresses (0 for none);
    ``deferreturn``, ``func_id`` and ``flag`` are as the runtime has them.
    """

    entry: int
    args: int
    deferreturn: int
    pcsp: int
    func_id: int
    flag: int
    pcdata: tuple[int, ...]
    funcdata: tuple[int, ...]


class FunctionTable:
    """The functions of one module: entry points (uint64[N], ascending) and names, decoded when asked for."""

    def __init__(self, memory: Memory, layout: RuntimeLayout, moduledata: int) -> None:
        def word(field: str, extra: int = 0) -> int:
            return memory.read_u64(moduledata + layout.offset("runtime.moduledata", field) + extra)

        self._memory = memory
        self._text = word("text")
        self.start = word("minpc")
        self.end = word("maxpc")
        self._pclntable = word("pclntable")
        self._names, self._names_size = word("funcnametab"), word("funcnametab", 8)
        self._pctab, self._pctab_size = word("pctab"), word("pctab", 8)
        self._pcsp_off = layout.offset("runtime._func", "pcsp")
        self._quantum = memory.read_u8(word("pcHeader") + layout.offset("runtime.pcHeader", "minLC"))
        self._name_off = layout.offset("runtime._func", "nameOff")
        count = min(word("ftab", 8), _MAX_FUNCS)
        table = np.frombuffer(memory.read(word("ftab"), count * 8), dtype=np.uint32).reshape(-1, 2)
        self.entries: NDArray[np.uint64] = table[:, 0].astype(np.uint64) + np.uint64(self._text)
        self._func_offs = table[:, 1]
        self._known: dict[int, str] = {}
        self._gofunc, self.rodata = word("gofunc"), word("rodata")
        self._func_size = layout.size("runtime._func")
        self._fields = {name: layout.offset("runtime._func", name) for name in _RECORD_FIELDS}
        self._records: dict[int, FuncRecord] = {}

    def covers(self, pc: int) -> bool:
        """Whether the module's text holds ``pc``."""
        return self.start <= pc < self.end

    def entry(self, pc: int) -> int:
        """Return the entry point of the function that holds ``pc``; 0 outside the module."""
        index = self._index(pc)
        return int(self.entries[index]) if index >= 0 else 0

    def func(self, pc: int) -> int:
        """Return the address of the runtime._func of the function that holds ``pc``; 0 outside the module."""
        index = self._index(pc)
        return self._pclntable + int(self._func_offs[index]) if index >= 0 else 0

    def name(self, pc: int) -> str:
        """Return the name of the function that holds ``pc``; empty outside the module."""
        index = self._index(pc)
        if index < 0:
            return ""
        found = self._known.get(index)
        if found is None:
            func = self._pclntable + int(self._func_offs[index])
            offset = self._memory.read_u32(func + self._name_off)
            found = self._memory.read_cstring(self._names + offset)
            self._known[index] = found
        return found

    def entries_of(self, names: Collection[str]) -> dict[str, int]:
        """Return the entry points of the functions with these names; what the module does not have is left out."""
        offs = self._func_offs[:-1].astype(np.int64)  # the last entry only marks the end of the text
        table = self._memory.read_array(self._pclntable, int(offs.max(initial=0)) + self._name_off + 4)
        fields = table[offs[:, None] + self._name_off + np.arange(4)]
        at = fields.view(np.uint32).reshape(-1)
        text = b"\0" + self._memory.read(self._names, self._names_size)
        found = {}
        for name in names:
            place = text.find(b"\0" + name.encode() + b"\0")
            for index in np.flatnonzero(at == place).tolist() if place >= 0 else ():
                found[name] = int(self.entries[index])
        return found

    def frame_size(self, pc: int) -> int:
        """Return how many bytes the stack pointer stands below the return address at ``pc``; -1 where unknown.

        Decodes the function's pcsp table (runtime/symtab.go, pcvalue and step).
        """
        index = self._index(pc)
        if index < 0:
            return -1
        func = self._pclntable + int(self._func_offs[index])
        offset = self._memory.read_u32(func + self._pcsp_off)
        if not offset:
            return -1
        return self._value_at(offset, int(self.entries[index]), pc)

    def record(self, pc: int) -> FuncRecord | None:
        """Return what the runtime knows of the function that holds ``pc``; None outside the module.

        Source: runtime/runtime2.go, _func; runtime/symtab.go, pcdatastart and funcdata.
        """
        index = self._index(pc)
        if index < 0:
            return None
        found = self._records.get(index)
        if found is None:
            found = self._records[index] = self._read_record(index)
        return found

    def _read_record(self, index: int) -> FuncRecord:
        func = self._pclntable + int(self._func_offs[index])
        head = self._memory.read(func, self._func_size)

        def field(name: str, width: int = 4) -> int:
            at = self._fields[name]
            return int.from_bytes(head[at : at + width], "little")

        pcdata, funcdata = min(field("npcdata"), _MAX_TABLES), field("nfuncdata", 1)
        tail = self._memory.read(func + self._func_size, 4 * (pcdata + funcdata))
        offsets = struct.unpack(f"<{pcdata + funcdata}I", tail)
        return FuncRecord(
            entry=int(self.entries[index]),
            args=field("args"),
            deferreturn=field("deferreturn"),
            pcsp=field("pcsp"),
            func_id=field("funcID", 1),
            flag=field("flag", 1),
            pcdata=offsets[:pcdata],
            funcdata=tuple(0 if off == _NO_FUNCDATA else self._gofunc + off for off in offsets[pcdata:]),
        )

    def value(self, record: FuncRecord, offset: int, pc: int) -> int:
        """Return the value at ``pc`` of the function's table at ``offset`` of pctab; -1 where there is none.

        Source: runtime/symtab.go, pcvalue.
        """
        return self._value_at(offset, record.entry, pc) if offset else -1

    def _value_at(self, offset: int, entry: int, pc: int) -> int:
        address, at, value = self._pctab + offset, entry, -1
        data = self._memory.read(address, max(0, min(_MAX_PCSP, self._pctab_size - offset)))
        position, first = 0, True
        while position + 1 < len(data):
            delta, position = _varint(data, position)
            if not delta and not first:
                return -1
            first = False
            value += -(delta >> 1) - 1 if delta & 1 else delta >> 1
            step, position = _varint(data, position)
            at += step * self._quantum
            if pc < at:
                return value
        return -1

    def _index(self, pc: int) -> int:
        if not self.covers(pc):
            return -1
        return int(np.searchsorted(self.entries, np.uint64(pc), side="right")) - 1


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(data):
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
        shift += 7
    return value, position
