"""Pointer masks of types: which words of a value the collector follows (internal/abi/type.go, Type.GCData)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.goruntime.types import GoType, Kind
from goxray.heap.graph import I32, I64, U64

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

_WORD = 8
_MAX_WORDS = 1 << 28
_SPREAD = 0x9E3779B97F4A7C15


class Masks:
    """Masks by the address of the type descriptor, numbered as they are met.

    For kernels: ``keys`` (uint64[H], open addressed, 0 for empty) and ``numbers`` (int32[H]) find a type;
    ``start`` (int64[M+1]) cuts ``words`` (int32, the pointer words of each type, ascending) and ``size`` (int64[M]) is
    a type's words. ``addrs`` (list of M) are the descriptors. A type that cannot be read has no pointer words.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        layout = runtime.layout
        self._size_at = layout.offset("internal/abi.Type", "Size_")
        self._bytes_at = layout.offset("internal/abi.Type", "PtrBytes")
        self._data_at = layout.offset("internal/abi.Type", "GCData")
        self._flag_at = layout.offset("internal/abi.Type", "TFlag")
        on_demand = "TFlagGCMaskOnDemand"
        self._on_demand = layout.const(on_demand) if layout.has_const(on_demand) else 0
        self.addrs: list[int] = []
        self.unreadable = 0
        self._known: dict[int, int] = {}
        self._masks: list[I32] = []
        self._sizes: list[int] = []
        self._rebuild()

    def add(self, addrs: U64) -> None:
        """Learn the types whose descriptors stand at ``addrs``."""
        for addr in np.unique(addrs).tolist():
            if addr and addr not in self._known:
                try:
                    size, mask = self._read(addr)
                except (MemoryFault, CorruptMemory):
                    size, mask = 0, np.zeros(0, np.int32)
                    self.unreadable += 1
                self._known[addr] = len(self.addrs)
                self.addrs.append(addr)
                self._sizes.append(size)
                self._masks.append(mask)
        self._rebuild()

    def _rebuild(self) -> None:
        lengths = np.array([len(mask) for mask in self._masks], np.int64)
        self.start: I64 = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        self.words: I32 = np.concatenate([*self._masks, np.zeros(0, np.int32)]).astype(np.int32)
        self.size: I64 = np.array(self._sizes, np.int64)
        room = 1 << max(4, (2 * len(self.addrs)).bit_length())
        self.keys: U64 = np.zeros(room, np.uint64)
        self.numbers: I32 = np.full(room, -1, np.int32)
        for number, addr in enumerate(self.addrs):
            at = (((addr * _SPREAD) & ((1 << 64) - 1)) >> 32) & (room - 1)
            while self.keys[at]:
                at = (at + 1) & (room - 1)
            self.keys[at], self.numbers[at] = addr, number

    def _read(self, addr: int) -> tuple[int, I32]:
        """Return the words of the type at ``addr`` and which of them hold pointers."""
        memory = self._runtime.memory
        size = memory.read_u64(addr + self._size_at)
        pointers = memory.read_u64(addr + self._bytes_at)
        if size % _WORD or pointers > size or size >= _MAX_WORDS * _WORD:
            raise CorruptMemory(f"a type of {size} bytes with {pointers} pointer bytes at {addr:#x}")
        data = memory.read_u64(addr + self._data_at)
        if self._on_demand and memory.read_u8(addr + self._flag_at) & self._on_demand:
            data = memory.read_u64(data)
            if not data:  # no collection has needed the mask yet (runtime/type.go, getGCMaskOnDemand)
                return size // _WORD, pointer_words(self._runtime.types.at(addr))
        count = pointers // _WORD
        raw = memory.read_array(data, -(-count // 8)) if count else np.zeros(0, np.uint8)
        bits = np.unpackbits(raw, bitorder="little")[:count]
        return size // _WORD, np.flatnonzero(bits).astype(np.int32)


def pointer_words(go_type: GoType) -> I32:
    """Return the words of a value that hold pointers, ascending (int32).

    The first word of an interface is no pointer to the collector (cmd/compile/internal/types, SetTypeBits).
    """
    kind = go_type.kind
    if kind is Kind.STRUCT:
        parts = [pointer_words(f.type) + np.int32(f.offset // _WORD) for f in go_type.fields]
        return np.concatenate([*parts, np.zeros(0, np.int32)]).astype(np.int32)
    if kind is Kind.ARRAY:
        inside = pointer_words(go_type.elem)
        if not len(inside):
            return inside
        steps = np.arange(go_type.length, dtype=np.int32) * np.int32(go_type.elem.size // _WORD)
        words: I32 = (steps[:, None] + inside[None, :]).reshape(-1)
        return words
    if kind is Kind.INTERFACE:
        return np.array([1], np.int32)
    if kind in (Kind.POINTER, Kind.MAP, Kind.CHAN, Kind.FUNC, Kind.UNSAFE_POINTER, Kind.SLICE, Kind.STRING):
        return np.array([0], np.int32)
    return np.zeros(0, np.int32)
