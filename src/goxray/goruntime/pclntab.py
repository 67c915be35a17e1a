"""Functions by program counter, from the runtime's own table (runtime/symtab.go, moduledata.ftab).

Works in stripped programs too: the runtime needs the table for tracebacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory

_MAX_FUNCS = 1 << 24
_MAX_PCSP = 1 << 14


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
        self._names = word("funcnametab")
        self._pctab, self._pctab_size = word("pctab"), word("pctab", 8)
        self._pcsp_off = layout.offset("runtime._func", "pcsp")
        self._quantum = memory.read_u8(word("pcHeader") + layout.offset("runtime.pcHeader", "minLC"))
        self._name_off = layout.offset("runtime._func", "nameOff")
        count = min(word("ftab", 8), _MAX_FUNCS)
        table = np.frombuffer(memory.read(word("ftab"), count * 8), dtype=np.uint32).reshape(-1, 2)
        self.entries: NDArray[np.uint64] = table[:, 0].astype(np.uint64) + np.uint64(self._text)
        self._func_offs = table[:, 1]
        self._known: dict[int, str] = {}

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
        address, at, value = self._pctab + offset, int(self.entries[index]), -1
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
