"""Objects whose type is not known: closures, unsafe pointers, what a stack word points to.

They are searched conservatively: a word that is the address of a map's header holds that map; an interface is known by
its type word; a malloc header or a large object's span names the type outright (runtime/malloc.go, runtime/mbitmap.go).
Of smaller objects the runtime knows which words hold pointers, and no other word holds anything: numbers may equal
addresses, and what lies between a small object's end and its slot's is left over from earlier use of the memory
(mallocgcSmallScanNoHeader clears what was asked for, not the slot).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.maps.addresses import AddressSet, Frontier, distinct, find
from goxray.maps.object_masks import largest_masked, object_masks
from goxray.maps.units import CHUNK, I64, U64, runs

if TYPE_CHECKING:
    from goxray.goruntime.spans import Located
    from goxray.goruntime.types import GoType
    from goxray.maps.walker import Walker

_SEARCHED = 4096
"""Bytes of an object of unknown type that are searched."""
_HEADER = 8
_MAX_ELEMENTS = 1 << 20


class Guesser:
    """The untyped side of a :class:`~goxray.maps.walker.Walker`. ``array_form`` spells an elem of an array."""

    array_form = "{p}"

    def __init__(self, walker: Walker) -> None:
        self._walker = walker
        self._queue: dict[tuple[int, int], Frontier] = {}
        self._seen = AddressSet()
        self._largest = largest_masked(walker.runtime)

    @property
    def pending(self) -> bool:
        """Whether objects wait to be searched."""
        return bool(self._queue)

    def queue(self, expr: int, addrs: U64, depth: int) -> None:
        """Add objects (interior addresses too) to be searched ``depth`` objects deep."""
        if len(addrs) and depth >= 0:
            expr = self._walker.exprs.guess(expr)
            self._queue.setdefault((expr, depth), Frontier()).add(addrs)

    def step(self) -> None:
        """Search everything queued so far; what is found deeper is queued for the next step."""
        waiting, self._queue = self._queue, {}
        for (expr, depth), frontier in waiting.items():
            addrs = frontier.drain()
            for first in range(0, len(addrs), CHUNK):
                self._visit(expr, depth, addrs[first : first + CHUNK])

    def _visit(self, expr: int, depth: int, addrs: U64) -> None:
        spans = self._walker.runtime.spans
        located = spans.locate(addrs)
        base, first = np.unique(located.base, return_index=True)
        known = located.span[first] >= 0  # in a program that is just starting there are no spans at all
        base, first = base[known], first[known]
        keep = (spans.span_class[located.span[first]] & 1) == 0
        base, first = base[keep], first[keep]
        new = self._seen.add(base)
        base, span, size = base[new], located.span[first[new]], located.size[first[new]]
        typed = self._named_types(base, span, size)
        for type_addr in distinct(typed[typed != 0]).tolist():
            here = typed == type_addr
            if self._as_type(type_addr, expr, base[here], size[here], spans.large_type[span[here]] != 0):
                base, size, span, typed = base[~here], size[~here], span[~here], typed[~here]
        for slot in distinct(size).tolist():
            self._search(expr, depth, base[size == slot], span[size == slot], slot)

    def _named_types(self, base: U64, span: I64, size: I64) -> U64:
        """Address of the type descriptor that the allocator left with each object; 0 where it left none."""
        runtime = self._walker.runtime
        named = runtime.spans.large_type[span].copy()
        if runtime.layout.has_const("mallocHeaderSize"):
            small = runtime.layout.const("minSizeForMallocHeader")
            headed = np.flatnonzero((size > small) & (runtime.spans.span_class[span] >= 2) & (named == 0))
            words, ok = runtime.memory.gather(base[headed], [0])
            named[headed] = np.where(ok, words[:, 0], 0)
        return named

    def _as_type(self, type_addr: int, expr: int, base: U64, size: I64, large: NDArray[np.bool_]) -> bool:
        """Hand objects of a known elem type to the typed walk; False when the descriptor makes no sense."""
        walker = self._walker
        try:
            go_type = walker.runtime.types.at(type_addr)
        except (MemoryFault, CorruptMemory):
            return False
        if not go_type.size or not walker.plans.relevant(go_type):
            return bool(go_type.size)
        start = base + np.where(large, 0, _HEADER).astype(np.uint64)
        count = np.minimum((size - np.where(large, 0, _HEADER)) // go_type.size, _MAX_ELEMENTS)
        for form, here in (("{p}", count < 2), (self.array_form, count >= 2)):
            child = walker.exprs.child(expr, form, go_type.name) if here.any() else expr
            for _, addrs in runs(start[here], count[here], go_type.size):
                walker.values(go_type, child, addrs)
        return True

    def _search(self, expr: int, depth: int, base: U64, span: I64, slot: int) -> None:
        """Search objects in slots of one size for maps, interfaces, and objects to look into next."""
        walker, size = self._walker, min(slot, _SEARCHED)
        raw, ok = walker.runtime.memory.read_many(base, size)
        words, base, span = raw[ok].view(np.uint64), base[ok], span[ok]
        pointers = np.ones(words.shape, np.bool_)
        if slot <= self._largest:
            pointers = object_masks(walker.runtime, base, span, size)
        held = words[pointers & (words != 0)]
        hits = find(held, walker.found.headers.addr)
        walker.found.mark_held(distinct(hits[hits >= 0]), expr)
        self._interfaces(expr, words, pointers)
        if depth:
            rest = distinct(held[hits < 0])
            self.queue(expr, rest[walker.runtime.spans.locate(rest).span >= 0], depth - 1)

    def _interfaces(self, expr: int, words: U64, pointers: NDArray[np.bool_]) -> None:
        """Pairs of a type descriptor's address and a heap pointer are taken for interface values."""
        walker = self._walker
        types, data = words[:, :-1].reshape(-1), words[:, 1:].reshape(-1)
        is_type = np.flatnonzero(walker.runtime.in_type_data(types) & pointers[:, 1:].reshape(-1))
        if not len(is_type):
            return
        types, data = types[is_type], data[is_type]
        located: Located = walker.runtime.spans.locate(data)
        for word in distinct(types[located.span >= 0]).tolist():
            go_type = self._type_at(word)
            if go_type is not None:
                walker.boxed(go_type, expr, "{p}", data[(types == word) & (located.span >= 0)])

    def _type_at(self, word: int) -> GoType | None:
        try:
            return self._walker.runtime.types.at(word)
        except (MemoryFault, CorruptMemory):
            return None
