"""Types, slots and expressions in arrays, as the typing kernel needs them; filled when the kernel first asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.heap.graph import I32, I64, NONE, U8, U64
from goxray.heap.slots import HeapType, SlotKind, WordSlot

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout

_WORD = 8
_MAX_WORDS = 1 << 20
_MAX_BYTES = 1 << 47
"""No value is larger than an address space; damaged type data may say otherwise."""
_SPREAD = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


class Table:
    """A map from uint64 to int32, open addressed; ``keys`` and ``values`` are what kernels look into."""

    def __init__(self) -> None:
        self.keys: U64 = np.zeros(1 << 10, np.uint64)
        self.values: I32 = np.full(1 << 10, NONE, np.int32)
        self._count = 0

    def put(self, key: int, value: int) -> None:
        """Add a pair; the key (not 0) must be new."""
        if 2 * self._count >= len(self.keys):
            self._grow()
        self._count += 1
        at = self._place(key)
        self.keys[at], self.values[at] = key, value

    def _place(self, key: int) -> int:
        mask = len(self.keys) - 1
        at = ((key * _SPREAD & _MASK) >> 32) & mask
        while self.keys[at]:
            at = (at + 1) & mask
        return at

    def _grow(self) -> None:
        used = np.flatnonzero(self.keys)
        keys, values = self.keys[used].tolist(), self.values[used].tolist()
        self.keys = np.zeros(4 * len(self.keys), np.uint64)
        self.values = np.full(len(self.keys), NONE, np.int32)
        for key, value in zip(keys, values, strict=True):
            at = self._place(key)
            self.keys[at], self.values[at] = key, value


class _Column:
    """An int column that grows; ``array`` is a view of what is used."""

    def __init__(self, dtype: type[np.generic]) -> None:
        self._room = np.zeros(1 << 10, dtype)
        self.used = 0

    def add(self, values: list[int] | I32) -> None:
        while self.used + len(values) > len(self._room):
            self._room = np.concatenate([self._room, np.zeros_like(self._room)])
        self._room[self.used : self.used + len(values)] = values
        self.used += len(values)

    @property
    def array(self) -> I64:
        view: I64 = self._room[: self.used]
        return view


class TypeTable:
    """Heap types and their slots by number.

    For types: ``words`` (int32: 8-byte words of a value, 0 where it is no multiple), ``fit`` (int64: bytes of the slot
    that one value takes), ``place`` (int64: where its words begin in ``slot_at``, -1 while it is not opened).
    ``slot_at`` (int32) is the slot number of each word or -1. For slots: ``kind`` (uint8, SlotKind), ``target`` and
    ``other`` (int32 types), ``length`` (uint8). ``boxes`` maps slot << 32 | dynamic type's or function's number to the
    slot that it makes of the interface or function. The elements of an array inside a value share their slots.
    """

    def __init__(self, layout: RuntimeLayout) -> None:
        self._layout = layout
        self.types: list[HeapType] = []
        self.slots: list[WordSlot] = []
        self.boxes = Table()
        self._numbers: dict[tuple[str, int], int] = {}
        self._words, self._fit, self._place = _Column(np.int32), _Column(np.int64), _Column(np.int64)
        self._scheduler = _Column(np.uint8)
        self._slot_at = _Column(np.int32)
        self._kind, self._length = _Column(np.uint8), _Column(np.uint8)
        self._target, self._other = _Column(np.int32), _Column(np.int32)
        self.unreadable = 0
        self.unknown = self.add_slot(WordSlot(0, SlotKind.UNKNOWN, None, "{p}"))

    def number(self, heap_type: HeapType) -> int:
        """Return the number of a type, a new one where it is seen for the first time."""
        key = (heap_type.name, heap_type.size)  # a channel and a variable that holds it have one name
        known = self._numbers.get(key)
        if known is None:
            known = self._numbers[key] = len(self.types)
            self.types.append(heap_type)
            whole = heap_type.size % _WORD == 0 and heap_type.size // _WORD <= _MAX_WORDS
            self._words.add([heap_type.size // _WORD if whole else 0])
            size = min(heap_type.size, _MAX_BYTES)
            self._fit.add([self._layout.alloc_size(size, not heap_type.has_pointers)])
            self._place.add([NONE])
            self._scheduler.add([int(heap_type.scheduler)])
        return known

    def add_slot(self, slot: WordSlot) -> int:
        """Return the number of a new slot."""
        self.slots.append(slot)
        self._kind.add([int(slot.kind)])
        self._length.add([int(slot.length)])
        self._target.add([self.number(slot.target) if slot.target else NONE])
        self._other.add([self.number(slot.other) if slot.other else NONE])
        return len(self.slots) - 1

    def open(self, number: int) -> None:
        """Lay out a type's words. A type whose description cannot be read has no slots."""
        words = int(self._words.array[number])
        if self._place.array[number] != NONE:
            return
        try:
            slots = self.types[number].open()
        except (MemoryFault, CorruptMemory):
            slots = []
            self.unreadable += 1
        layout: I32 = np.full(words, NONE, np.int32)
        for slot in slots:
            if slot.word < words:
                layout[slot.word : slot.words.stop : slot.step] = self.add_slot(slot)
        self._place.array[number] = self._slot_at.used
        self._slot_at.add(layout)

    def words_of(self, number: int) -> int:
        """Return the words of a type's value; 0 where they do not count."""
        return int(self._words.array[number])

    def slot_of(self, number: int, word: int) -> int:
        """Return the slot at a word of a type's value; -1 where there is none."""
        self.open(number)
        if not 0 <= word < int(self._words.array[number]):
            return NONE
        return int(self._slot_at.array[int(self._place.array[number]) + word])

    def arrays(self) -> tuple[I32, I64, I64, U8, I32, U8, I32, I32, U8]:
        """Return the arrays in the kernel's order; they are stale after the next change."""
        return (
            self._words.array,
            self._fit.array,
            self._place.array,
            self._scheduler.array,
            self._slot_at.array,
            self._kind.array,
            self._target.array,
            self._other.array,
            self._length.array,
        )  # type: ignore[return-value]
