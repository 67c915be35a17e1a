"""Could these bytes be a value of this type? What a type says about pointers, lengths and tags, held against the heap.

A wrong type is told by what a value of it would have to point to: objects of the right slot size and pointer words,
strings and slices that end inside their arrays, interfaces with a type word, channels that name their elem. Numbers
tell little: a float64 that reads as a denormal, a negative number in an unsigned one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.goruntime.types import GoType, Kind
from goxray.maps.addresses import distinct
from goxray.maps.object_masks import largest_masked, object_masks
from goxray.maps.plans import pointer_words
from goxray.maps.units import U64

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

_LONGEST = 1 << 40
_LOWEST = np.uint64(1 << 16)
_ELEMS = 8
_HEADER = 8
_DEEPEST = 16
_LARGEST_TYPE = 1 << 40
_SMALLEST, _LARGEST = 1e-100, 1e100
_SMALLEST_32, _LARGEST_32 = 1e-30, 1e30
_NEGATIVE = {1: -1, 2: -256, 4: -(1 << 16), 8: -(1 << 31)}
"""By bytes: a signed number between this and -1 is likelier than an unsigned one with so many leading ones."""
_UNSIGNED = frozenset({Kind.UINT, Kind.UINT16, Kind.UINT32, Kind.UINT64})
_POINTERS = frozenset({Kind.POINTER, Kind.MAP, Kind.CHAN, Kind.FUNC, Kind.UNSAFE_POINTER})


class Judge:
    """Judges raw values; ``strict``: pointers to objects' starts are to objects of their own, and of known types.

    ``is_map(map type, header addresses)`` says which headers could be maps of that type.
    """

    def __init__(self, runtime: Runtime, is_map: Callable[[GoType, U64], Flags]) -> None:
        self._runtime = runtime
        self._is_map = is_map
        self.strict = False
        self._masks: dict[str, frozenset[int]] = {}
        self._types: dict[int, bool] = {}
        self._masked = largest_masked(runtime)
        module = [bound for m in runtime.modules for each in (m.types, *m.data) for bound in each]
        self._image = min(module), max(module)

    def fits(self, go_type: GoType, raw: Bytes) -> Flags:
        """Return bool[N]: which of the values ``raw`` (uint8[N, at least type size]) could be of the type."""
        try:
            return self._value(go_type, raw, 0)
        except (MemoryFault, CorruptMemory):
            return np.ones(len(raw), np.bool_)

    def _value(self, go_type: GoType, raw: Bytes, depth: int) -> Flags:
        kind, size = go_type.kind, go_type.size
        good: Flags = np.ones(len(raw), np.bool_)
        if depth > _DEEPEST or not size or not len(raw):
            return good
        if kind is Kind.STRUCT:
            for field in go_type.fields:
                good &= self._value(field.type, raw[:, field.offset :], depth + 1)
            return good
        if kind is Kind.ARRAY:
            step = go_type.elem.size
            for index in range(min(go_type.length, _ELEMS)):
                good &= self._value(go_type.elem, raw[:, index * step :], depth + 1)
            return good
        if kind is Kind.BOOL:
            return np.asarray(raw[:, 0] <= 1, np.bool_)
        if kind in _UNSIGNED or kind in (Kind.FLOAT32, Kind.FLOAT64, Kind.COMPLEX64, Kind.COMPLEX128):
            return _number(kind, size, raw)
        words = np.ascontiguousarray(raw[:, : size // 8 * 8]).view(np.uint64)
        return self._reference(go_type, words) if words.shape[1] else good

    def _reference(self, go_type: GoType, words: U64) -> Flags:
        kind, first = go_type.kind, words[:, 0]
        if kind is Kind.STRING:
            return self._array(first, words[:, 1], 1, noscan=None)
        if kind is Kind.SLICE:
            return self._slice(go_type.elem, words)
        if kind is Kind.INTERFACE:
            return self._interface(go_type, words)
        if kind is Kind.UNSAFE_POINTER:
            return np.asarray((first == 0) | ((first >= _LOWEST) & (not self.strict)), np.bool_)
        if kind not in _POINTERS:
            return np.ones(len(words), np.bool_)
        held = np.flatnonzero(first)
        good = np.ones(len(words), np.bool_)
        if kind is Kind.POINTER:
            good[held] = self._pointer(go_type.elem, first[held])
        elif kind is Kind.MAP:
            good[held] = self._is_map(go_type, first[held])
        elif kind is Kind.CHAN:
            good[held] = self._channel(go_type, first[held])
        else:
            entries, ok = self._runtime.memory.gather(first[held], [0])
            good[held] = ok & self._is_code(entries[:, 0])
        return good

    def _is_code(self, pcs: U64) -> Flags:
        good = np.zeros(len(pcs), np.bool_)
        for table in self._runtime.functions:
            good |= (pcs >= np.uint64(table.start)) & (pcs < np.uint64(table.end))
        return good

    def _in_image(self, addrs: U64) -> Flags:
        low, high = self._image
        good: Flags = (addrs >= np.uint64(min(low, *(t.start for t in self._runtime.functions)))) & (
            addrs < np.uint64(high)
        )
        return good

    def _array(self, first: U64, lengths: U64, step: int, *, noscan: bool | None) -> Flags:
        """Arrays of ``lengths`` elems of ``step`` bytes at ``first``: inside one heap slot, or in the program."""
        located = self._runtime.spans.locate(first)
        size = lengths * np.uint64(step)
        inside = (located.span >= 0) & (first + size <= located.base + located.size.astype(np.uint64))
        if noscan is not None:
            inside &= ((self._runtime.spans.span_class[located.span] & 1) == 1) == noscan
        good: Flags = (lengths < _LONGEST) & (inside | ((located.span < 0) & self._in_image(first)))
        good |= lengths == 0
        return good

    def _slice(self, elem: GoType, words: U64) -> Flags:
        first, length, capacity = words[:, 0], words[:, 1], words[:, 2]
        good = (length <= capacity) & (capacity < _LONGEST)
        if not elem.size:
            return good
        pointers = bool(self._pointer_words(elem))
        good &= self._array(first, np.where(good, capacity, 0), elem.size, noscan=not pointers) | (capacity == 0)
        located = self._runtime.spans.locate(first)
        lead = (first - located.base).astype(np.int64)
        whole = good & (located.span >= 0) & (capacity > 0)
        header = self._header(elem, located.size)
        at_start = whole & (lead == header)
        # an array allocated for the slice is rounded up to its slot; append hands the rest out as capacity
        wanted = (capacity.astype(np.int64) * elem.size)[at_start]
        slots = self._runtime.layout.alloc_sizes(wanted, not pointers)
        tiny = (slots < 16) & (located.size[at_start] == 16) & (not pointers)
        good[at_start] &= (slots == located.size[at_start]) | tiny
        return good

    def _header(self, elem: GoType, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
        layout = self._runtime.layout
        if not layout.has_const("mallocHeaderSize"):
            return np.zeros_like(sizes)
        headed = (sizes > layout.const("minSizeForMallocHeader")) & (sizes <= layout.const("maxSmallSize"))
        return np.where(headed & bool(self._pointer_words(elem)), _HEADER, 0)

    def _pointer(self, elem: GoType, addrs: U64) -> Flags:
        """Pointers to single values: objects of their own of the right slot size and pointer words, or parts of one."""
        spans, layout = self._runtime.spans, self._runtime.layout
        located = spans.locate(addrs)
        heap = located.span >= 0
        wanted = self._pointer_words(elem)
        slot = layout.alloc_size(elem.size, not wanted) if elem.size else 0
        lead = (addrs - located.base).astype(np.int64)
        noscan = (spans.span_class[located.span] & 1) == 1
        room = located.size - lead >= elem.size
        own = self.owned(elem, addrs) if elem.size else heap
        if not wanted:
            own |= heap & noscan & (slot <= 16) & (located.size == 16)
        part = heap & room & (~noscan | (not wanted)) & ((lead != 0) | ((located.size > 2 * slot) & (not self.strict)))
        part = self._part_alike(wanted, addrs, located.base, located.span, located.size, part)
        return own | part | (~heap & self._in_image(addrs)) | (elem.size == 0)

    def owned(self, elem: GoType, addrs: U64) -> Flags:
        """Which of ``addrs`` are starts of heap objects that hold just one value of a type."""
        located = self._runtime.spans.locate(addrs)
        wanted = self._pointer_words(elem)
        slot = self._runtime.layout.alloc_size(elem.size, not wanted)
        lead = (addrs - located.base).astype(np.int64)
        own = (located.span >= 0) & (lead == self._header(elem, located.size)) & (located.size == slot)
        own &= ((self._runtime.spans.span_class[located.span] & 1) == 1) == (not wanted)
        return self._alike(elem, located.base, located.span, own, slot)

    def _alike(self, elem: GoType, base: U64, span: NDArray[np.int64], own: Flags, slot: int) -> Flags:
        """Of objects of their own, those whose pointer bits are the type's."""
        wanted = self._pointer_words(elem)
        here = np.flatnonzero(own)
        if not wanted or not len(here):
            return own
        if slot > self._masked:
            words, ok = self._runtime.memory.gather(base[here], [0])
            key = elem.key
            if isinstance(key, tuple) and key[0] == "runtime" and slot <= self._runtime.layout.const("maxSmallSize"):
                own[here] = ok & (words[:, 0] == np.uint64(key[1]))
            return own
        masks = object_masks(self._runtime, base[here], span[here], slot)
        row = np.zeros(masks.shape[1], np.bool_)
        row[[w for w in wanted if w < len(row)]] = True
        own[here] = (masks == row).all(axis=1)
        return own

    def _part_alike(
        self, wanted: frozenset[int], addrs: U64, base: U64, span: NDArray[np.int64], size: NDArray[np.int64],
        part: Flags,
    ) -> Flags:  # fmt: skip
        """Of pointers into objects, those behind which the type's pointer words are the object's."""
        here = np.flatnonzero(part & (size <= self._masked) & (size <= 1 << 15))
        for slot in np.unique(size[here]).tolist():
            rows = here[size[here] == slot]
            noscan = (self._runtime.spans.span_class[span[rows]] & 1) == 1
            rows = rows[~noscan]
            if not len(rows) or not wanted:
                continue
            masks = object_masks(self._runtime, base[rows], span[rows], slot)
            lead = ((addrs[rows] - base[rows]) // np.uint64(8)).astype(np.int64)
            for word in wanted:
                at = lead + word
                part[rows] &= (at < masks.shape[1]) & masks[np.arange(len(rows)), np.minimum(at, masks.shape[1] - 1)]
        return part

    def _pointer_words(self, go_type: GoType) -> frozenset[int]:
        known = self._masks.get(go_type.name)
        if known is None:
            known = self._masks[go_type.name] = pointer_words(go_type)
        return known

    def _channel(self, go_type: GoType, addrs: U64) -> Flags:
        """Channels name the type of what they carry (runtime.hchan.elemtype)."""
        offset = self._runtime.layout.offset("runtime.hchan", "elemtype")
        words, ok = self._runtime.memory.gather(addrs, [offset])
        good = ok & (self._runtime.spans.locate(addrs).span >= 0)
        for word in np.unique(words[good, 0]).tolist():
            good &= (words[:, 0] != word) | (self._name_at(word) == go_type.elem.name)
        return good

    def _name_at(self, addr: int) -> str:
        try:
            return self._runtime.types.at(addr).name
        except (MemoryFault, CorruptMemory):
            return ""

    def _interface(self, go_type: GoType, words: U64) -> Flags:
        """Nil, or a type word that is a type (an itab of this very interface type) before a data word."""
        first = words[:, 0]
        good: Flags = (first == 0) & (words[:, 1] == 0)
        if go_type.length:
            return good | self._are_types(first)
        held = np.flatnonzero(first)
        offset = self._runtime.itab_type_offset
        inter = self._runtime.layout.offset("itab", "Inter" if self._runtime.layout.has("itab", "Inter") else "inter")
        tabs, ok = self._runtime.memory.gather(first[held], [inter, offset])
        key = go_type.key
        wanted = np.uint64(key[1]) if isinstance(key, tuple) and key[0] == "runtime" else tabs[:, 0]
        good[held] = ok & (tabs[:, 0] == wanted) & self._are_types(tabs[:, 1])
        return good

    def _are_types(self, words: U64) -> Flags:
        """Which words are addresses of type descriptors, in type data or, made by reflect, on the heap."""
        likely = self._runtime.in_type_data(words) | (self._runtime.spans.locate(words).span >= 0)
        good = np.zeros(len(words), np.bool_)
        for word in distinct(words[likely]).tolist():
            if word not in self._types:
                self._types[word] = self._is_type(word)
            if self._types[word]:
                good |= words == word
        return good

    def _is_type(self, addr: int) -> bool:
        layout, memory = self._runtime.layout, self._runtime.memory
        at = {name: addr + layout.offset("internal/abi.Type", name) for name in ("Size_", "PtrBytes", "Align_")}
        try:
            size, pointers = memory.read_u64(at["Size_"]), memory.read_u64(at["PtrBytes"])
            aligned = memory.read_u8(at["Align_"]) in (1, 2, 4, 8)
            return aligned and pointers <= size < _LARGEST_TYPE and bool(self._runtime.types.at(addr).name)
        except (MemoryFault, CorruptMemory):
            return False


def _number(kind: Kind, size: int, raw: Bytes) -> Flags:
    """Numbers that are not likelier something else."""
    data = np.ascontiguousarray(raw[:, :size])
    if kind in _UNSIGNED:
        values = data.view(f"<i{size}").reshape(-1)
        good: Flags = (values >= 0) | (values < _NEGATIVE[size])
        return good
    width = 4 if kind in (Kind.FLOAT32, Kind.COMPLEX64) else 8
    numbers = np.abs(data.view(f"<f{width}").reshape(len(raw), -1).astype(np.float64))
    low, high = (_SMALLEST_32, _LARGEST_32) if width == 4 else (_SMALLEST, _LARGEST)
    usual: Flags = (numbers == 0) | ~np.isfinite(numbers) | ((numbers >= low) & (numbers <= high))
    return np.asarray(usual.all(axis=1), np.bool_)
