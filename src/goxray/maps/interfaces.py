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
        self._tabs: dict[int, GoType | None] = {}
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
        likely = words[(words >= np.uint64(1 << 16)) & (words < np.uint64(1 << 48)) & (words & np.uint64(7) == 0)]
        candidates = distinct(likely)
        heap = runtime.spans.locate(candidates).span >= 0
        outside = candidates[~heap]
        tabs = dict(self._itabs(outside))  # 1.27 keeps itabs among the type data
        yield from tabs.items()
        for word in outside[runtime.in_type_data(outside)].tolist():
            go_type = None if word in tabs else self._dynamic(word)
            if go_type is not None:
                yield word, go_type
        made = (
            candidates[heap & member(candidates, distinct(words[member(data, headers)]))] if heap.any() else outside[:0]
        )
        for word in made.tolist():
            go_type = self._dynamic(word)
            if go_type is not None and go_type.kind is Kind.MAP and go_type.size == 8:
                yield word, go_type

    def _itabs(self, words: U64) -> Iterator[tuple[int, GoType]]:
        """The words that are itabs: their two types are types, and they repeat the second one's hash."""
        runtime = self._runtime
        fresh = np.array([w for w in words.tolist() if w not in self._tabs], np.uint64)
        offsets = [self._inter_at, runtime.itab_type_offset, self._hash_at & ~7]
        tabs, ok = runtime.memory.gather(fresh, offsets)
        ok &= runtime.in_type_data(tabs[:, 0]) & runtime.in_type_data(tabs[:, 1])
        for word in fresh[~ok].tolist():
            self._tabs[word] = None
        kept = tabs[ok]
        for word, (_, described, hashes) in zip(fresh[ok].tolist(), kept.tolist(), strict=True):
            self._tabs[word] = self._if_hash(described, hashes >> 8 * (self._hash_at & 7) & 0xFFFFFFFF)
        for word in words.tolist():
            go_type = self._tabs[word]
            if go_type is not None:
                yield word, go_type

    def _if_hash(self, described: int, wanted: int) -> GoType | None:
        try:
            if self._runtime.memory.read_u32(described + self._type_hash_at) != wanted:
                return None
            return self._runtime.types.at(described)
        except (MemoryFault, CorruptMemory):
            return None

    def _dynamic(self, word: int) -> GoType | None:
        if word not in self._known:
            try:
                self._known[word] = self._runtime.types.at(word)
            except (MemoryFault, CorruptMemory):
                self._known[word] = None
        return self._known[word]
