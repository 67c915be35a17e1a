"""Interface values in untyped memory: a type descriptor's or itab's address in front of a pointer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.goruntime.types import GoType, Kind
from goxray.maps.addresses import distinct, member
from goxray.maps.units import U64

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime


class Interfaces:
    """Tells type words from other words; what it learns of a word is kept."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: dict[int, GoType | None] = {}
        layout = runtime.layout
        self._inter_at = layout.offset("itab", "Inter" if layout.has("itab", "Inter") else "inter")
        self._hash_at = layout.offset("itab", "Hash" if layout.has("itab", "Hash") else "hash")
        self._type_hash_at = layout.offset("internal/abi.Type", "Hash")

    def types_of(self, words: U64, headers: U64, data: U64) -> Iterator[tuple[int, GoType]]:
        """Yield (word, dynamic type) for the distinct type words among ``words``.

        A descriptor that reflect made lies on the heap: it is believed only where ``data``, the words behind, has
        a map's header (``headers``, sorted).
        """
        runtime = self._runtime
        plain = distinct(words[runtime.in_type_data(words)])
        for word in plain.tolist():
            go_type = self._dynamic(word, word)
            if go_type is not None:
                yield word, go_type
        rest = (words >= np.uint64(1 << 16)) & (words & np.uint64(7) == 0) & ~runtime.in_type_data(words)
        on_heap = np.zeros(len(words), np.bool_)
        on_heap[rest] = runtime.spans.locate(words[rest]).span >= 0
        yield from self._itabs(distinct(words[rest & ~on_heap]))
        made = words[on_heap & member(data, headers)]
        for word in distinct(made).tolist():
            go_type = self._dynamic(word, word)
            if go_type is not None and go_type.kind is Kind.MAP and go_type.size == 8:
                yield word, go_type

    def _itabs(self, words: U64) -> Iterator[tuple[int, GoType]]:
        """The words that are itabs: their two types are types, and they repeat the second one's hash."""
        runtime = self._runtime
        fresh = np.array([w for w in words.tolist() if w not in self._known], np.uint64)
        offsets = [self._inter_at, runtime.itab_type_offset, self._hash_at & ~7]
        tabs, ok = runtime.memory.gather(fresh, offsets)
        ok &= runtime.in_type_data(tabs[:, 0]) & runtime.in_type_data(tabs[:, 1])
        for word in fresh[~ok].tolist():
            self._known[word] = None
        kept = tabs[ok]
        for word, (_, described, hashes) in zip(fresh[ok].tolist(), kept.tolist(), strict=True):
            self._known[word] = self._if_hash(described, hashes >> 8 * (self._hash_at & 7) & 0xFFFFFFFF)
        for word in words.tolist():
            go_type = self._known[word]
            if go_type is not None:
                yield word, go_type

    def _if_hash(self, described: int, wanted: int) -> GoType | None:
        try:
            if self._runtime.memory.read_u32(described + self._type_hash_at) != wanted:
                return None
            return self._runtime.types.at(described)
        except (MemoryFault, CorruptMemory):
            return None

    def _dynamic(self, word: int, addr: int) -> GoType | None:
        if word not in self._known:
            try:
                self._known[word] = self._runtime.types.at(addr)
            except (MemoryFault, CorruptMemory):
                self._known[word] = None
        return self._known[word]
