"""What interfaces, closures and stack words hold: found out from the words themselves when the walk first asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import CorruptMemory, GoxrayError, MemoryFault
from goxray.goruntime.types import GoType, Kind
from goxray.heap import typing_kernels as kernels
from goxray.heap.graph import I32, NONE, U32, U64
from goxray.heap.slots import HeapType, HeapTypes, SlotKind, WordSlot

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime
    from goxray.heap.capture import Capture, SideWords
    from goxray.heap.typetable import TypeTable

_OPAQUE = frozenset({"*internal/runtime/maps.table", "*runtime.bmap"})
"""Types that parts of every map have: what leads to them says more than the allocator."""
_FUNCTION = 1 << 63
_LOW32 = (1 << 32) - 1


class Boxes:
    """Fills ``table.boxes``. ``dynamic`` and ``code`` (int32) number the distinct type words and code addresses."""

    def __init__(self, runtime: Runtime, types: HeapTypes, table: TypeTable, side: SideWords, capture: Capture) -> None:
        self._runtime = runtime
        self._types = types
        self._table = table
        self._capture = capture
        self.dynamic, self._words = number_words(side.dynamic)
        self.code, self._pcs = number_words(capture.code)
        self.code_object: U32 = capture.code_object
        self._units: dict[int, GoType] | None = None

    def recorded(self) -> list[int]:
        """Return the number of the heap type for each recorded type, -1 where it cannot be read."""
        numbers = []
        for addr in self._capture.type_addrs:
            heap_type = self._recorded_type(addr)
            numbers.append(NONE if heap_type is None else self._table.number(heap_type))
        return numbers

    def make(self, key: int) -> None:
        """Add the slot for one key of the kernel's."""
        function = bool(key & _FUNCTION)
        slot = self._table.slots[((key & ~_FUNCTION) >> 32) - 1]
        low = key & _LOW32
        if function:
            made: WordSlot | None = self._closure(slot, int(self._pcs[low - 1]))
        elif slot.kind is SlotKind.LOCAL:
            made = self._local(slot, low)
        else:
            made = self._interface(slot, int(self._words[low - 1]))
        self._table.boxes.put(key, self._table.unknown if made is None else self._table.add_slot(made))

    def _recorded_type(self, addr: int) -> HeapType | None:
        if self._units is None:
            self._units = self._map_units()
        owner = self._units.get(addr)
        try:
            if owner is not None:
                return self._types.map_units(owner)
            go_type = self._runtime.types.at(addr)
            return None if go_type.name in _OPAQUE else self._types.value(go_type)
        except (MemoryFault, CorruptMemory, UnicodeDecodeError):
            return None

    def _map_units(self) -> dict[int, GoType]:
        """Return map types by the descriptors of their buckets or groups, which the allocator records."""
        types = self._runtime.types
        found: dict[int, GoType] = {}
        for addr in types.map_type_addrs():
            try:
                found.setdefault(types.unit_addr(addr), types.at(addr))
            except (MemoryFault, CorruptMemory):
                continue
        return found

    def _interface(self, slot: WordSlot, word: int) -> WordSlot | None:
        go_type = self._dynamic_type(word, slot)
        return self._types.boxed(go_type, slot.form) if go_type is not None else None

    def _dynamic_type(self, word: int, slot: WordSlot) -> GoType | None:
        """The type that a type word names; where nothing tells an itab from a type, whichever it can be."""
        runtime = self._runtime
        tries = [slot.methods] if slot.kind is SlotKind.BOX else [True, False]
        for methods in tries:
            try:
                at = runtime.memory.read_u64(word + runtime.itab_type_offset) if methods else word
                if slot.kind is SlotKind.BOX or runtime.types.in_modules(at):
                    return runtime.types.at(at)
            except (MemoryFault, CorruptMemory, UnicodeDecodeError):
                continue
        return None

    def _closure(self, slot: WordSlot, pc: int) -> WordSlot:
        name = self._runtime.function_name(pc) or f"{pc:#x}"
        behind = HeapType(f"func {name}", 0, True, list)
        return WordSlot(slot.word, SlotKind.ONE, behind, f"{slot.form} (closure {name})")

    def _local(self, slot: WordSlot, size: int) -> WordSlot | None:
        """The one pointer variable of a frame's function whose target takes slots of that size.

        The scheduler's own structures are everywhere on stacks, and held by the scheduler.
        """
        found: dict[str, HeapType] = {}
        layout = self._runtime.layout
        try:
            variables = self._runtime.variables_at(slot.pc)
        except GoxrayError:
            return None
        for go_type in variables:
            behind = self._pointee(go_type)
            if behind is None or behind.scheduler:
                continue
            if layout.alloc_size(behind.size, not behind.has_pointers) == size:
                found[behind.name] = behind
        if len(found) != 1:
            return None
        behind = next(iter(found.values()))
        return WordSlot(0, SlotKind.ONE, behind, f"{slot.form} *{behind.name}")

    def _pointee(self, go_type: GoType) -> HeapType | None:
        if go_type.kind is Kind.POINTER:
            return self._types.value(go_type.elem)
        if go_type.kind is Kind.MAP:
            return self._types.map_header(go_type)
        return None


def number_words(words: U64) -> tuple[I32, U64]:
    """Number the distinct words; return each word's number (int32[N]) and the words by number (uint64[K])."""
    out = np.empty(len(words), np.int32)
    room = 1 << 12
    while True:
        keys, numbers = np.zeros(room, np.uint64), np.zeros(room, np.int32)
        distinct = np.zeros(room, np.uint64)
        known = kernels.index_words(words, keys, numbers, distinct, out, 0)
        if known >= 0:
            return out, distinct[:known]
        room *= 8
