"""From the roots by types to every map: breadth first, one step for all values reached the same way.

A step handles a (type, owner expression) pair with an array of addresses, so its cost is that of a few array
operations and one bulk read, however many values there are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import CorruptMemory, MemoryFault
from goxray.goruntime.types import GoType, Kind
from goxray.maps.addresses import AddressSet, Frontier, distinct
from goxray.maps.chains import Link, reach_alike
from goxray.maps.guesses import Guesser
from goxray.maps.headers import Headers, plausible, read_headers
from goxray.maps.plans import Plans, Slot
from goxray.maps.units import CHUNK, I64, U64, Units, runs, slot_addresses

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime
    from goxray.maps.census import Census, Sink
    from goxray.maps.exprs import Exprs
    from goxray.maps.found import FoundMaps

MAX_LEVELS = 20_000
REHEARSED_LEVELS = 200
_FEW = 64
_PATIENCE = 256
"""So many steps of fewer than so many values are taken before a chain is followed as a whole."""
_CLOSURE_DEPTH = 3
_UNSAFE_DEPTH = 10


T = TypeVar("T")


class Walker:
    """Walks from roots; fills ``found`` with types and owners. Queue :meth:`values`, then :meth:`run`.

    ``guesser`` follows what has no type. ``closure_entry`` gives the entry point of the closure that an owner
    expression stands for. ``contradicted`` says of some maps whether they cannot be of a type. With ``sample`` set,
    only so many values of each expression are followed, and maps are not counted: a rehearsal.
    """

    def __init__(self, runtime: Runtime, found: FoundMaps, census: Census, plans: Plans, exprs: Exprs) -> None:
        self.runtime = runtime
        self.found = found
        self.census = census
        self.plans = plans
        self.exprs = exprs
        self.unreadable = 0
        self.stopped_early = False
        self.closure_entry: dict[int, int] = {}
        self.contradicted: Callable[[GoType, Headers], NDArray[np.bool_]] = _never
        self.sample = 0
        self._small_steps: dict[int, int] = {}
        self.guesser = Guesser(self)
        self._values: dict[tuple[str, int], tuple[GoType, Frontier]] = {}
        self._headers: dict[tuple[str, int], tuple[GoType, Frontier]] = {}
        self._seen: dict[str, AddressSet] = {}
        self._dynamic: dict[int, GoType | None] = {}
        self._follow: dict[str, Callable[[Slot, int, U64, U64], None]] = {
            "pointer": self._pointer,
            "map": self._map,
            "slice": self._slice,
            "eface": self._interface,
            "iface": self._interface,
            "chan": self._chan,
            "func": self._func,
            "unsafe": self._unsafe,
            "pool": self._unsafe,
        }

    def values(self, go_type: GoType, expr: int, addrs: U64) -> None:
        """Queue values of a type: they stand at ``addrs`` and are denoted by ``expr``."""
        if len(addrs) and self.plans.relevant(go_type):
            entry = self._values.setdefault((go_type.name, expr), (go_type, Frontier()))
            entry[1].add(addrs)

    def map_headers(self, go_type: GoType, expr: int, addrs: U64) -> None:
        """Queue maps of a type by their headers' addresses."""
        if len(addrs):
            entry = self._headers.setdefault((go_type.name, expr), (go_type, Frontier()))
            entry[1].add(addrs)

    def untyped(self, expr: int, addrs: U64, depth: int) -> None:
        """Queue objects of unknown type, to be searched for maps ``depth`` objects deep."""
        self.guesser.queue(expr, addrs, depth)

    def run(self) -> None:
        """Walk until nothing new is reached."""
        for _ in range(REHEARSED_LEVELS if self.sample else MAX_LEVELS):
            values, self._values = self._values, {}
            headers, self._headers = self._headers, {}
            if not values and not headers and not self.guesser.pending:
                return
            for (_, expr), (go_type, frontier) in headers.items():
                addrs = frontier.drain()
                if self.sample:
                    self._guarded(self._rehearse_maps, go_type, expr, addrs[: self.sample])
                else:
                    self._guarded(self._visit_maps, go_type, expr, addrs)
            for (_, expr), (go_type, frontier) in values.items():
                addrs = frontier.drain()
                if self.sample:
                    addrs = addrs[: self.sample]
                for first in range(0, len(addrs), CHUNK):
                    self._guarded(self._visit, go_type, expr, addrs[first : first + CHUNK])
            self.guesser.step()
        self.stopped_early = True

    def _guarded(self, visit: Callable[[T, int, U64], None], what: T, expr: int, addrs: U64) -> None:
        """Visit values; a type whose description cannot be read costs these values only."""
        try:
            visit(what, expr, addrs)
        except (MemoryFault, CorruptMemory):
            self.unreadable += len(addrs)

    def _visit(self, go_type: GoType, expr: int, addrs: U64) -> None:
        seen = self._seen.get(go_type.name)
        if seen is None:
            seen = self._seen[go_type.name] = AddressSet()
        addrs = addrs[seen.add(addrs)]
        if 0 < len(addrs) < _FEW:
            addrs = self._whole_chain(go_type, expr, addrs, seen)
        addrs = addrs[self.runtime.holds_data(addrs)]
        if not len(addrs):
            return
        if self.plans.lookalike(go_type) and not self.exprs[expr].guessed:
            self.found.deny(addrs)
        slots = self.plans.slots(go_type)
        offsets = sorted({at for slot in slots for at in _words_of(slot)})
        words, ok = self.runtime.memory.gather(addrs, offsets)
        self.unreadable += int((~ok).sum())
        column = {offset: position for position, offset in enumerate(offsets)}
        for slot in slots:
            if slot.kind == "array":
                self._places(slot, expr, addrs + np.uint64(slot.offset))
                continue
            first = words[:, column[slot.offset]]
            second = words[:, column.get(slot.offset + 8, 0)]
            held = np.flatnonzero(first)
            if len(held):
                self._follow[slot.kind](slot, expr, first[held], second[held])

    def _whole_chain(self, go_type: GoType, expr: int, addrs: U64, seen: AddressSet) -> U64:
        """After many small steps through one type, take all that is left of the chain at once."""
        steps = self._small_steps[expr] = self._small_steps.get(expr, 0) + 1
        if steps % _PATIENCE or self.sample:
            return addrs
        ways = self._ways_on(go_type)
        if not ways:
            return addrs
        chain = reach_alike(self.runtime, go_type.size, ways, addrs)
        return distinct(np.concatenate([addrs, chain[seen.add(chain)]]))

    def _ways_on(self, go_type: GoType) -> list[Link]:
        """The pointers in a value that lead to values of the same type, interfaces that were seen to hold one too."""
        alike = [
            word
            for word, held in self._dynamic.items()
            if held is not None and go_type.name in (held.name, held.elem.name if held.kind is Kind.POINTER else "")
        ]
        ways = []
        for slot in self.plans.slots(go_type):
            if slot.kind == "pointer" and self._behind(slot).name == go_type.name:
                ways.append(Link(slot.offset))
            elif slot.kind in ("iface", "eface") and alike:
                ways.append(Link(slot.offset + 8, np.array(alike, np.uint64)))
        return ways

    def follow(self, slot: Slot, expr: int, first: U64, second: U64) -> None:
        """Follow one slot of some values of ``expr``: ``first`` and ``second`` are its words, no first word is nil."""
        self._guarded(lambda _, at, words: self._follow[slot.kind](slot, at, words, second), None, expr, first)

    def follow_array(self, slot: Slot, expr: int, addrs: U64) -> None:
        """Follow an array that stands at ``addrs``."""
        self._guarded(lambda _, at, places: self._places(slot, at, places), None, expr, addrs)

    def _behind(self, slot: Slot) -> GoType:
        assert slot.type is not None
        return slot.type

    def _pointer(self, slot: Slot, expr: int, pointers: U64, _: U64) -> None:
        behind = self._behind(slot)
        self.values(behind, self.exprs.child(expr, slot.form, behind.name), pointers)

    def _map(self, slot: Slot, expr: int, pointers: U64, _: U64) -> None:
        behind = self._behind(slot)
        self.map_headers(behind, self.exprs.child(expr, slot.form, behind.name), pointers)

    def _places(self, slot: Slot, expr: int, addrs: U64) -> None:
        self._elements(slot, expr, addrs, np.full(len(addrs), slot.length, np.int64))

    def _slice(self, slot: Slot, expr: int, pointers: U64, lengths: U64) -> None:
        size = max(1, self._behind(slot).size)
        located = self.runtime.spans.locate(pointers)
        room = np.where(located.span >= 0, (located.size + (located.base - pointers).view(np.int64)) // size, 1 << 16)
        self._elements(slot, expr, pointers, np.minimum(lengths.view(np.int64), room).clip(0))

    def _elements(self, slot: Slot, expr: int, starts: U64, counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        behind = self._behind(slot)
        if behind.size:
            child = self.exprs.child(expr, slot.form, behind.name)
            for _, addrs in runs(starts, counts, behind.size):
                self.values(behind, child, addrs)

    def _interface(self, slot: Slot, expr: int, words: U64, data: U64) -> None:
        for word in distinct(words).tolist():
            go_type = self._dynamic_type(word, slot.kind)
            if go_type is not None:
                self.boxed(go_type, expr, slot.form, data[words == word])

    def boxed(self, go_type: GoType, expr: int, form: str, data: U64) -> None:
        """Queue what interfaces of dynamic type ``go_type`` hold; ``data`` are their data words."""
        data = data[data != 0]
        if not self.plans.relevant(go_type) or not len(data):
            return
        form = f"{form}.({go_type.name})"
        if not self.runtime.types.is_direct(go_type):
            self.values(go_type, self.exprs.child(expr, form, go_type.name), data)
            return
        while go_type.kind in (Kind.STRUCT, Kind.ARRAY):
            if go_type.kind is Kind.STRUCT:
                field = next(f for f in go_type.fields if f.type.size)
                form, go_type = f"{form}.{field.name}", field.type
            else:
                form, go_type = f"{form}[0]", go_type.elem
        for slot in self.plans.slots(go_type):
            inner = Slot(0, slot.kind, slot.type, slot.form.replace("{p}", form), slot.length)
            self._follow[slot.kind](inner, expr, data, data)

    def _dynamic_type(self, word: int, kind: str) -> GoType | None:
        if word not in self._dynamic:
            runtime = self.runtime
            try:
                at = runtime.memory.read_u64(word + runtime.itab_type_offset) if kind == "iface" else word
                self._dynamic[word] = runtime.types.at(at)
            except (MemoryFault, CorruptMemory):
                self._dynamic[word] = None
        return self._dynamic[word]

    def _chan(self, slot: Slot, expr: int, channels: U64, _: U64) -> None:
        layout = self.runtime.layout
        offsets = [layout.offset("runtime.hchan", name) for name in ("dataqsiz", "buf")]
        words, ok = self.runtime.memory.gather(distinct(channels), offsets)
        words = words[ok & (words[:, 0] > 0) & (words[:, 0] < 1 << 32)]
        self._elements(slot, expr, words[:, 1], words[:, 0].view(np.int64))

    def _func(self, slot: Slot, expr: int, closures: U64, _: U64) -> None:
        closures = distinct(closures)
        closures = closures[self.runtime.spans.locate(closures).span >= 0]
        entries, ok = self.runtime.memory.gather(closures, [0])
        for pc in distinct(entries[ok, 0]).tolist():
            name = self.runtime.function_name(pc) or f"{pc:#x}"
            child = self.exprs.child(expr, f"{slot.form} (closure {name})", f"func {name}", guessed=True)
            self.closure_entry[child] = pc
            self.untyped(child, closures[ok & (entries[:, 0] == pc)], _CLOSURE_DEPTH)

    def _unsafe(self, slot: Slot, expr: int, pointers: U64, _: U64) -> None:
        self.untyped(self.exprs.child(expr, slot.form, "unsafe", guessed=True), pointers, _UNSAFE_DEPTH)

    def _visit_maps(self, go_type: GoType, expr: int, addrs: U64) -> None:
        follow = self._slots_follower(go_type, expr)
        for first in range(0, len(addrs), CHUNK):
            part = addrs[first : first + CHUNK]
            guessed = self.exprs[expr].guessed
            new = self.found.mark_typed(part, go_type, expr, guessed=guessed)
            if guessed and len(new):
                doubted = self.contradicted(go_type, self.found.headers.take(new))
                self.found.unmark(new[doubted])
                new = new[~doubted]
            if len(new):
                stale = (self.found.unit_size[new] > 0) & (self.found.unit_size[new] != go_type.map_shape.unit_size)
                self.census.forget(new[stale])
                self.census.scan(new, go_type.map_shape.unit_size, follow)
                if guessed:
                    wrong = self.census.disagreeing(new)
                    self.census.forget(wrong)
                    self.found.unmark(wrong)

    def entries(self, go_type: GoType, expr: int, numbers: I64) -> None:
        """Follow the keys and elems of candidates that are maps of a type by what their slots hold."""
        follow = self._slots_follower(go_type, expr)
        if follow is not None:
            scan, size = self.census.scan, go_type.map_shape.unit_size
            addrs = self.found.headers.addr[numbers]
            self._guarded(lambda _, __, ___: scan(numbers, size, follow), go_type, expr, addrs)

    def _rehearse_maps(self, go_type: GoType, expr: int, addrs: U64) -> None:
        """Follow the first slots of a few maps; nothing is marked or counted."""
        follow = self._slots_follower(go_type, expr)
        seen = self._seen.setdefault("map " + go_type.name, AddressSet())
        addrs = addrs[seen.add(addrs)]
        if follow is None or not len(addrs):
            return
        headers, ok = read_headers(self.runtime, addrs)
        headers = headers.take(ok & plausible(headers, self.runtime)).first_units()
        numbers = np.arange(len(headers.addr))
        self.census.occupancy(headers, go_type.map_shape.unit_size, numbers, follow)

    def _slots_follower(self, go_type: GoType, expr: int) -> Sink | None:
        """What queues the keys and elems of full slots that can lead to maps; None where none can."""
        shape = go_type.map_shape
        sides = []
        if self.plans.relevant(shape.key):
            sides.append((shape.key, "{p}(key)", shape.keys_off, shape.key_stride, shape.indirect_key))
        if self.plans.relevant(shape.elem):
            sides.append((shape.elem, "{p}[...]", shape.elems_off, shape.elem_stride, shape.indirect_elem))

        def follow(_: object, units: Units) -> None:
            for inner, form, offset, stride, indirect in sides:
                _, at = slot_addresses(units, units.full, offset, stride)
                if indirect and len(at):
                    words, ok = self.runtime.memory.gather(at, [0])
                    at = words[ok, 0]
                self.values(inner, self.exprs.child(expr, form, inner.name), at)

        return follow if sides else None


def _never(_: GoType, headers: Headers) -> NDArray[np.bool_]:
    return np.zeros(len(headers.addr), np.bool_)


def _words_of(slot: Slot) -> tuple[int, ...]:
    """Byte offsets of the words that following the slot needs."""
    if slot.kind == "array":
        return ()
    if slot.kind in ("slice", "eface", "iface"):
        return (slot.offset, slot.offset + 8)
    return (slot.offset,)
