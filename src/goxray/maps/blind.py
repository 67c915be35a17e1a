"""The walk where variables have no types: from words that hold pointers, by the heap's own records.

An object is known by the type that the allocator recorded with it, else by nothing; interfaces and channels name the
types of what they hold; a map is found by its header and known by its contents (:mod:`goxray.maps.untyped`). What is
known goes on by types (:mod:`goxray.maps.walker`), the rest word by word along the pointer bits, each object once, one
step for all objects at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.goruntime.types import GoType
from goxray.maps.addresses import AddressSet, distinct, find
from goxray.maps.found import UNKNOWN
from goxray.maps.guesses import Guesser
from goxray.maps.headers import Headers
from goxray.maps.interfaces import Interfaces
from goxray.maps.object_masks import object_masks
from goxray.maps.paths import DEEPER, ELEMS, Paths
from goxray.maps.plans import Slot
from goxray.maps.reach import Reach
from goxray.maps.swiss import SwissHeaders
from goxray.maps.units import I64, SLOTS, U64, Units
from goxray.maps.untyped import Resolver

if TYPE_CHECKING:
    from goxray.maps.walker import Walker

Flags = NDArray[np.bool_]

_PIECE = 512
"""Larger objects without a recorded type are taken for arrays, and read in pieces of so many bytes."""
_AT_ONCE = 1 << 14
_FEW = 2
_SMALL, _PATIENCE = 64, 256
"""So many steps of fewer than so many objects are taken before chains are followed as a whole."""


class BlindGuesser(Guesser):
    """The untyped side of a walker that has no typed globals; see the module."""

    array_form = "{p}[...]"

    def __init__(self, walker: Walker, resolver: Resolver) -> None:
        super().__init__(walker)
        self.paths = Paths(walker.exprs)
        self.resolver = resolver
        self._interfaces_by = Interfaces(walker.runtime)
        self._frontier: list[tuple[U64, I64]] = []
        self._maps: list[tuple[I64, I64]] = []
        self._visited = AddressSet()
        self._copies, self._originals = copies(walker.found.headers)
        self._later: list[tuple[I64, I64]] = []
        self._small_steps = 0
        self._classes: set[int] = set()

    @property
    def pending(self) -> bool:
        """Whether objects wait to be searched, or maps to be named."""
        return bool(self._frontier or self._maps or self._later)

    def queue(self, expr: int, addrs: U64, depth: int) -> None:
        """Add objects (interior addresses too) to be searched, with all that lies behind them."""
        del depth
        if len(addrs):
            path = self.paths.root(self._walker.exprs.guess(expr))
            self._frontier.append((addrs, np.full(len(addrs), path)))

    def step(self) -> None:
        """Take one step from everything queued; when nothing is, name the maps met, and go on behind them."""
        if self._frontier:
            parts, self._frontier = self._frontier, []
            addrs, paths = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
            self._visit(addrs, paths)
            self._patience(len(addrs))
        elif self._maps:
            maps, self._maps = self._maps, []
            self._settle(*(np.concatenate([part[side] for part in maps]) for side in (0, 1)))

        elif self._later:
            later, self._later = self._later, []
            number, paths = (np.concatenate([part[side] for part in later]) for side in (0, 1))
            unfit = self._walker.found.denied | self.resolver.rejected
            own = ~unfit[number] & unfit[self._originals[number]]
            self._maps.append((number[own], paths[own]))

    def _patience(self, count: int) -> None:
        """After many small steps, take what is left of the chains at once."""
        self._small_steps = self._small_steps + 1 if count < _SMALL else 0
        if self._small_steps < _PATIENCE or not self._frontier:
            if not self._small_steps:
                self._classes.clear()
            return
        reach = Reach(self._walker.runtime, self._classes)
        addrs, paths = (np.concatenate([part[side] for part in self._frontier]) for side in (0, 1))
        for path in distinct(paths).tolist():
            behind = reach.follow(addrs[paths == path])
            self._frontier.append((behind, np.full(len(behind), self.paths.child(path, DEEPER))))
        self._small_steps = 0

    def roots(self, words: U64, before: U64, paths: I64) -> None:
        """Follow words that hold pointers, ``before`` each the word in front of it, which may name its type."""
        held = words != 0
        words, before, paths = words[held], before[held], paths[held]
        boxed = self._boxed(before, words, paths)
        self._frontier.append((words[~boxed], paths[~boxed]))

    # ---- objects

    def _visit(self, addrs: U64, paths: I64) -> None:  # type: ignore[override]
        spans = self._walker.runtime.spans
        located = spans.locate(addrs)
        inside = np.flatnonzero((located.span >= 0) & ((spans.span_class[located.span] & 1) == 0))
        base, first = np.unique(located.base[inside], return_index=True)
        first = inside[first]
        new = self._visited.add(base)
        base, first = base[new], first[new]
        number = find(base, self._walker.found.headers.addr)
        is_map = (number >= 0) & (addrs[first] == base)
        unfit = self._walker.found.denied | self.resolver.rejected
        is_map[is_map] = ~unfit[number[is_map]]
        real = is_map & ~self._copies[np.maximum(number, 0)] if is_map.any() else is_map
        if real.any():
            self._maps.append((number[real], paths[first[real]]))
        if (is_map & ~real).any():
            self._later.append((number[is_map & ~real], paths[first[is_map & ~real]]))
        first, base = first[~is_map], base[~is_map]
        self._objects(base, located.span[first], located.size[first], paths[first])

    def _objects(self, base: U64, span: I64, size: I64, paths: I64) -> None:
        """Go on behind objects: by type where one is recorded, else word by word."""
        spans = self._walker.runtime.spans
        typed = self._named_types(base, span, size)
        self._classes.update(spans.span_class[span[typed == 0]].tolist())
        done = np.zeros(len(base), np.bool_)
        for type_addr in distinct(typed[typed != 0]).tolist():
            here = np.flatnonzero(typed == type_addr)
            for path in distinct(paths[here]).tolist():
                rows = here[paths[here] == path]
                large = spans.large_type[span[rows]] != 0
                done[rows] = self._as_type(type_addr, self.paths.expr(path), base[rows], size[rows], large)
        left = np.flatnonzero(~done)
        for slot in distinct(size[left]).tolist():
            rows = left[size[left] == slot]
            for start in range(0, len(rows), _AT_ONCE):
                some = rows[start : start + _AT_ONCE]
                self._by_words(base[some], span[some], slot, paths[some])

    def _by_words(self, base: U64, span: I64, size: int, paths: I64) -> None:
        if size <= _PIECE:
            self._piece(base, base, span, size, paths, array=False)
            return
        for row in range(len(base)):
            count = -(-size // _PIECE)
            for start in range(0, count, _AT_ONCE):
                steps = np.arange(start, min(count, start + _AT_ONCE), dtype=np.uint64)
                at = base[row] + steps * np.uint64(_PIECE)
                many = np.full(len(at), 0)
                self._piece(at, base[row] + many.astype(np.uint64), span[row] + many, min(_PIECE, size),
                            paths[row] + many, array=True)  # fmt: skip

    def _piece(self, at: U64, base: U64, span: I64, size: int, paths: I64, *, array: bool) -> None:
        """Follow the pointers in ``size`` bytes at each of ``at``, parts of the objects at ``base``."""
        runtime = self._walker.runtime
        raw, _ = runtime.memory.read_many(at, size)
        words = raw.view(np.uint64)
        slots = runtime.spans.elem_size[span]
        pointers = np.ones(words.shape, np.bool_)
        if int(slots[0]) <= self._largest:
            pointers = object_masks(runtime, at, span, size)
        row, column = np.nonzero(pointers & (words != 0))
        value, previous = words[row, column], np.maximum(column - 1, 0)
        # the type word of an interface is no pointer to the collector
        before = np.where((column > 0) & ~pointers[row, previous], words[row, previous], 0).astype(np.uint64)
        labels = np.full(len(row), ELEMS) if array else self._labels(row, column, value, len(at))
        inner = self.paths.children(paths[row], labels) if len(row) else row
        self._channels(at, words, paths)
        boxed = self._boxed(before, value, inner)
        self._frontier.append((value[~boxed], inner[~boxed]))

    def _labels(self, row: I64, column: I64, value: U64, rows: int) -> I64:
        """The offset of each word; ELEMS where all pointers of an object lead to slots of one kind."""
        spans = self._walker.runtime.spans
        located = spans.locate(value)
        kind = np.where(located.span >= 0, spans.span_class[located.span].astype(np.int64), 256)
        low, high = np.full(rows, 512), np.full(rows, -1)
        np.minimum.at(low, row, kind)
        np.maximum.at(high, row, kind)
        alike = (low == high) & (np.bincount(row, minlength=rows) >= _FEW)
        return np.where(alike[row], ELEMS, 8 * column)

    def _boxed(self, types: U64, data: U64, paths: I64) -> Flags:
        """Follow data words of interfaces by the type words in front of them; which they were."""
        walker = self._walker
        taken = np.zeros(len(types), np.bool_)
        for word, go_type in self._interfaces_by.types_of(types, walker.found.headers.addr, data):
            rows = np.flatnonzero(types == word)
            taken[rows] = True
            for path in distinct(paths[rows]).tolist():
                here = rows[paths[rows] == path]
                walker.boxed(go_type, self.paths.expr(path), "{p}", data[here])
        return taken

    def _channels(self, base: U64, words: U64, paths: I64) -> None:
        """Follow what channels hold: a runtime.hchan names its elem's type and size."""
        runtime, layout = self._walker.runtime, self._walker.runtime.layout
        at = layout.offset("runtime.hchan", "elemtype") // 8
        if words.shape[1] * 8 < layout.size("runtime.hchan"):
            return
        size_at = layout.offset("runtime.hchan", "elemsize") // 8
        likely = runtime.in_type_data(words[:, at])
        for index in np.flatnonzero(likely).tolist():
            go_type = self._type_at(int(words[index, at]))
            if go_type is not None and go_type.size == int(words[index, size_at]) & 0xFFFF:
                expr = self.paths.expr(int(paths[index]))
                slot = Slot(0, "chan", go_type, "(<-{p})")
                self._walker.follow(slot, expr, base[index : index + 1], base[index : index + 1])

    # ---- maps

    def _settle(self, numbers: I64, paths: I64) -> None:
        """Name the maps met, and go on behind their entries: by type, or by words where that stays open."""
        found, exprs = self._walker.found, self._walker.exprs
        keep = ~found.typed[numbers]
        numbers, paths = numbers[keep], paths[keep]
        owned = found.owner[numbers] != UNKNOWN
        for path in distinct(paths).tolist():
            found.mark_held(numbers[paths == path], self.paths.expr(path))
        fresh = (found.type_of[numbers] == UNKNOWN) & ~self._walker.census.done[numbers]
        self.resolver.resolve_some(numbers[fresh], {})
        lost = self.resolver.rejected[numbers]
        found.owner[numbers[lost & ~owned]] = UNKNOWN
        self._not_maps(numbers[lost], paths[lost])
        numbers, paths = numbers[~lost], paths[~lost]
        for kind in distinct(found.type_of[numbers]).tolist():
            here = found.type_of[numbers] == kind
            for path in distinct(paths[here]).tolist():
                some = numbers[here & (paths == path)]
                if kind == UNKNOWN:
                    self._entries(some, path)
                else:
                    expr = exprs.guess(self.paths.expr(path))
                    self._walker.entries(found.types[kind], expr, some)

    def _not_maps(self, numbers: I64, paths: I64) -> None:
        base = self._walker.found.headers.addr[numbers]
        located = self._walker.runtime.spans.locate(base)
        self._objects(base, located.span, located.size, paths)

    def _entries(self, numbers: I64, path: int) -> None:
        """Search the buckets or groups of maps of one unit size or several as objects of unknown type."""
        found, census = self._walker.found, self._walker.census
        inner = self.paths.child(path, ELEMS)
        sizes = np.where(found.unit_size[numbers] > 0, found.unit_size[numbers], SLOTS)
        for size in distinct(sizes.astype(np.int64)).tolist():
            some = numbers[sizes == size]

            def collect(_: object, units: Units) -> None:
                base = distinct(self._walker.runtime.spans.locate(units.addr).base)
                self._frontier.append((base, np.full(len(base), inner)))

            census.occupancy(found.headers.take(some), int(size), some, collect)

    def _type_at(self, word: int) -> GoType | None:
        try:
            return self._walker.runtime.types.at(word)
        except (MemoryFault, CorruptMemory):
            return None


def copies(headers: Headers) -> tuple[Flags, I64]:
    """Which headers (bool[N]) name the array of one at a lower address, and the row of the lowest one (int64[N]).

    No two maps share an array, and a copy mostly comes later. Where types are recorded with objects they tell copies
    apart; up to 1.21 nothing else does.
    """
    array = headers.dir_ptr if isinstance(headers, SwissHeaders) else headers.buckets
    order = np.lexsort((headers.addr, array))
    first = np.ones(len(array), np.bool_)
    first[1:] = (array[order[1:]] != array[order[:-1]]) | (array[order[1:]] == 0)
    original = np.zeros(len(array), np.int64)
    original[order] = order[np.maximum.accumulate(np.where(first, np.arange(len(array)), 0))] if len(array) else order
    return original != np.arange(len(array)), original
