"""Roots in global variables, by the modules' pointer masks (runtime/mgcmark.go, markrootBlock)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import MemoryFault
from goxray.goruntime.rootset import I32, I64, U64, RootBuilder, RootHolder

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

_WORD = 8
_CHUNK = 4 << 20
_MAX_NAME = 4096
_MAX_DOUBTED = 1 << 30
_SECTIONS = (("data", "edata", "gcdatamask"), ("bss", "ebss", "gcbssmask"))


def add_globals(runtime: Runtime, builder: RootBuilder) -> None:
    """Add the pointers in data and bss of every module that the runtime uses."""
    layout, memory = runtime.layout, runtime.memory
    for number, module in enumerate(runtime.modules):
        if memory.read_u8(module.addr + layout.offset("runtime.moduledata", "bad")):
            continue  # not among activeModules
        prefix = _module_name(runtime, module.addr) + ": " if number else ""
        for name, end, mask in _SECTIONS:
            low, high = (memory.read_u64(module.addr + layout.offset("runtime.moduledata", x)) for x in (name, end))
            _Section(runtime, builder, name, prefix, (low, high)).scan(
                module.addr + layout.offset("runtime.moduledata", mask)
            )


def _module_name(runtime: Runtime, module: int) -> str:
    """A plugin's path, or its module name."""
    for field in ("pluginpath", "modulename"):
        try:
            at, size = runtime.memory.read_words(module + runtime.layout.offset("runtime.moduledata", field), 2)
            if 0 < size <= _MAX_NAME:
                return runtime.memory.read(at, size).decode("utf-8", "replace")
        except MemoryFault:
            continue
    return "plugin"


class _Section:
    """One module's data or bss."""

    def __init__(self, runtime: Runtime, builder: RootBuilder, name: str, prefix: str, bounds: tuple[int, int]) -> None:
        self._runtime = runtime
        self._builder = builder
        self._name = name
        self._prefix = prefix
        self._low, self._high = bounds

    def scan(self, vector: int) -> None:
        """Scan with the mask that the bitvector at ``vector`` holds; one that is missing makes every word doubtful."""
        memory, layout = self._runtime.memory, self._runtime.layout
        raw = memory.read(vector, layout.size("runtime.bitvector"))
        count_at, bytes_at = (layout.offset("runtime.bitvector", name) for name in ("n", "bytedata"))
        count = int.from_bytes(raw[count_at : count_at + 4], "little")
        mask_at = int.from_bytes(raw[bytes_at : bytes_at + 8], "little")
        precise = mask_at != 0
        if not precise and self._high > self._low:
            self._builder.notes.append(f"{self._prefix}{self._name} has no pointer mask yet: every word was searched")
        end = min(self._high, self._low + (count * _WORD if precise else _MAX_DOUBTED))
        values: list[U64] = []
        slots: list[U64] = []
        faults = 0
        for begin in range(self._low, end, _CHUNK):
            stop = min(begin + _CHUNK, end) & ~(_WORD - 1)
            try:
                chosen = self._chosen(mask_at, count, begin, stop) if precise else np.arange((stop - begin) // _WORD)
                if not len(chosen):
                    continue
                words = memory.read_array(begin, stop - begin).view(np.uint64)[chosen]
            except MemoryFault:
                faults += 1
                continue
            kept = self._builder.in_heap(words, not precise)
            values.append(words[kept])
            slots.append(np.uint64(begin) + chosen[kept].astype(np.uint64) * np.uint64(_WORD))
        if faults:
            self._builder.notes.append(f"{faults} parts of {self._prefix}{self._name} could not be read")
        if values:
            found, at = np.concatenate(values), np.concatenate(slots)
            self._builder.add(found, at, self._holders(at), not precise)

    def _chosen(self, mask_at: int, count: int, begin: int, end: int) -> I64:
        """Words of ``[begin, end)`` whose mask bit is set."""
        first = (begin - self._low) // _WORD
        bits = min((end - begin) // _WORD, count - first)
        if bits <= 0:
            return np.zeros(0, np.int64)
        raw = self._runtime.memory.read_array(mask_at + first // 8, (bits + 7) // 8)
        found: NDArray[np.int64] = np.flatnonzero(np.unpackbits(raw, count=bits, bitorder="little"))
        return found

    def _holders(self, slots: U64) -> I32:
        """One holder a variable where there are symbols, one a word elsewhere."""
        if not len(slots):
            return np.zeros(0, np.int32)
        bias = self._runtime.target.bias
        names: list[str] = []
        if not self._prefix:
            symbols = self._runtime.target.binary.symbols_in(self._low - bias, self._high - bias)
            real = np.flatnonzero(symbols.sizes > 0)
            names = [symbols.names[i] for i in real.tolist()]
            addrs, sizes = symbols.addrs[real] + np.uint64(bias), symbols.sizes[real]
        if not names:
            return np.array([self._unnamed(slot) for slot in slots.tolist()], np.int32)
        which = np.searchsorted(addrs, slots, side="right").astype(np.int64) - 1
        safe = np.maximum(which, 0)
        known = (which >= 0) & (slots < addrs[safe] + sizes[safe])
        holders = np.full(len(slots), -1, np.int32)
        for number in np.unique(which[known]).tolist():
            holder = RootHolder("global", names[number], 0, 0, int(addrs[number]), int(sizes[number]))
            holders[known & (which == number)] = self._builder.hold(holder)
        for row in np.flatnonzero(~known).tolist():
            holders[row] = self._unnamed(int(slots[row]))
        return holders

    def _unnamed(self, slot: int) -> int:
        text = f"{self._prefix}{self._name}+{slot - self._low:#x}"
        return self._builder.hold(RootHolder("global", text, 0, 0, slot, _WORD))
