"""What stands in the pointer words of a heap object of a type: the kind of each, what is behind it, how it is spelled.

Maps and channels are opened up too: the header, the table, the group or bucket are types of their own here, so that
every object of the heap has one, and the expression of a map's parts stays that of the map.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from goxray.goruntime.types import SLOTS_PER_UNIT, GoType, Kind

if TYPE_CHECKING:
    from goxray.goruntime.types import MapShape
    from goxray.layout import RuntimeLayout

_WORD = 8
_MAX_SLOTS = 1 << 16
_POINTER_PREFIX = "sync/atomic.Pointer["
_NODE_PREFIX, _INNER_PREFIX, _ENTRY_PREFIX = "internal/sync.node[", "internal/sync.indirect[", "internal/sync.entry["
_SELF = "{p}"
_TABLE = "internal/runtime/maps.table"
_REFERENCE = "internal/runtime/maps.groupsReference"
_HEADER = "header of "
"""Keeps what a map or channel points to apart from a variable of that type, which is a pointer to it."""


class SlotKind(enum.IntEnum):
    """How a pointer word leads on."""

    UNKNOWN = 0
    """Nothing is known of what is behind it (unsafe.Pointer)."""
    ONE = 1
    """One value of the target type."""
    MANY = 2
    """An array of values of the target type, perhaps from the middle on (a slice)."""
    BOX = 3
    """The data word of an interface: the word before it names the type."""
    FUNC = 4
    """A closure."""
    DIRECTORY = 5
    """Swiss Map.dirPtr: a group where dirLen is 0, else a directory of tables."""
    EITHER = 6
    """One value of the one type or the other: their sizes tell."""
    LOCAL = 7
    """A word of a stack frame: the size of what it points to and the function's variables tell."""


@dataclass(frozen=True)
class HeapType:
    """A type that heap objects have. ``size`` is in bytes, ``open`` lists its pointer words.

    ``text`` marks the bytes of strings, ``scheduler`` the runtime's own structures, which lead everywhere.
    """

    name: str
    size: int
    has_pointers: bool
    open: Callable[[], list[WordSlot]] = field(repr=False)
    scheduler: bool = False


@dataclass(frozen=True)
class WordSlot:
    """One pointer word of a value, or the same of each element of an array inside it.

    ``word`` counts 8 bytes from the value's start; there are ``count`` of them, ``step`` words apart. ``target`` is the
    type behind it (for DIRECTORY that of a group, and ``other`` that of the directory); ``form`` is the expression,
    ``{p}`` standing for the value's. ``length`` tells that the word behind it is the length of what it points to, in
    targets. For EITHER ``other`` is the other type. ``methods`` tells that the word before an interface's is an itab;
    ``pc`` is that of a frame.
    """

    word: int
    kind: SlotKind
    target: HeapType | None
    form: str
    other: HeapType | None = None
    length: bool = False
    methods: bool = False
    pc: int = 0
    count: int = 1
    step: int = 1

    @property
    def words(self) -> range:
        """Where the pointers stand, in words from the value's start."""
        return range(self.word, self.word + self.count * self.step, self.step)


def _nothing() -> list[WordSlot]:
    return []


TEXT = HeapType("string", 1, False, _nothing)
"""The bytes of a string."""


class HeapTypes:
    """Makes heap types of Go types, for one layout."""

    def __init__(self, layout: RuntimeLayout, is_direct: Callable[[GoType], bool]) -> None:
        self._layout = layout
        self.is_direct = is_direct
        self._known: dict[str, HeapType] = {}

    def value(self, go_type: GoType) -> HeapType:
        """Return the type of an object that holds one value."""
        known = self._known.get(go_type.name)
        if known is None:
            scheduler = go_type.name.startswith("runtime.")
            known = HeapType(
                go_type.name, go_type.size, _pointers(go_type), lambda: self.flatten(go_type), scheduler=scheduler
            )
            self._known[go_type.name] = known
        return known

    def array(self, elem: GoType) -> HeapType:
        """Return the type of the array behind a slice."""
        return self.repeated(self.value(elem), f"[...]{elem.name}")

    def repeated(self, elem: HeapType, name: str) -> HeapType:
        """Return the type of an object that holds many values of a heap type."""
        known = self._known.get(name)
        if known is None:
            known = HeapType(name, elem.size, elem.has_pointers, elem.open, scheduler=elem.scheduler)
            self._known[name] = known
        return known

    def boxed(self, go_type: GoType, form: str) -> WordSlot | None:
        """Return how an interface's data word leads to a value of its dynamic type; None where it holds no pointer."""
        form = f"{form}.({go_type.name})"
        if not self.is_direct(go_type):
            return WordSlot(1, SlotKind.ONE, self.value(go_type), form)
        slots = self.flatten(go_type)
        if _words_in(slots) != 1:
            return None
        slot = slots[0]
        return WordSlot(1, slot.kind, slot.target, slot.form.replace(_SELF, form), slot.other)

    def flatten(self, go_type: GoType, offset: int = 0, form: str = _SELF) -> list[WordSlot]:
        """Return every pointer word of a value; arrays and structs inside are opened."""
        kind, word = go_type.kind, offset // _WORD
        if kind is Kind.STRUCT:
            return self._struct(go_type, offset, form)
        if kind is Kind.ARRAY:
            return self._array(go_type, offset, form)
        if kind is Kind.SLICE:
            return [WordSlot(word, SlotKind.MANY, self.array(go_type.elem), form + "[...]", length=True)]
        if kind is Kind.STRING:
            return [WordSlot(word, SlotKind.MANY, TEXT, form, length=True)]
        if kind is Kind.INTERFACE:
            return [WordSlot(word + 1, SlotKind.BOX, None, form, methods=not go_type.length)]
        if kind is Kind.FUNC:
            return [WordSlot(word, SlotKind.FUNC, None, form)]
        if kind is Kind.UNSAFE_POINTER:
            return [WordSlot(word, SlotKind.UNKNOWN, None, form)]
        behind = self._behind(go_type)
        return [WordSlot(word, SlotKind.ONE, behind, form)] if behind else []

    def _behind(self, go_type: GoType) -> HeapType | None:
        """What a value that is one plain pointer points to."""
        if go_type.kind is Kind.POINTER:
            return self.value(go_type.elem)
        if go_type.kind is Kind.MAP:
            return self.map_header(go_type)
        return self._chan(go_type) if go_type.kind is Kind.CHAN else None

    def _struct(self, go_type: GoType, offset: int, form: str) -> list[WordSlot]:
        if go_type.name.startswith(_POINTER_PREFIX) and go_type.fields[0].type.kind is Kind.ARRAY:
            behind, value = go_type.fields[0].type.elem.elem, go_type.fields[-1]
            word = (offset + value.offset) // _WORD
            if behind.name.startswith(_NODE_PREFIX):
                return [self._trie_node(behind.name, word, form)]
            return [WordSlot(word, SlotKind.ONE, self.value(behind), form)]
        slots: list[WordSlot] = []
        room = _MAX_SLOTS
        for each in go_type.fields:
            if room > 0:
                inside = self.flatten(each.type, offset + each.offset, f"{form}.{each.name}")
                room -= _words_in(inside)
                slots += inside
        return slots

    def _trie_node(self, name: str, word: int, form: str) -> WordSlot:
        """A node of the trie behind sync.Map: an entry or an inner node (internal/sync/hashtriemap.go).

        No type leads from a node to either. An entry of sync.Map holds two interfaces behind its flag and its chain;
        inner nodes are known from the root's type.
        """
        inner = self._known.get(name.replace(_NODE_PREFIX, _INNER_PREFIX, 1))
        if inner is None or "[interface {},interface {}]" not in name:
            return WordSlot(word, SlotKind.UNKNOWN, None, form)
        title = name.replace(_NODE_PREFIX, _ENTRY_PREFIX, 1)
        entry = self._known.get(title)
        if entry is None:
            entry = HeapType(title, 6 * _WORD, True, lambda: self._trie_entry(name))
            self._known[title] = entry
        return WordSlot(word, SlotKind.EITHER, entry, form, inner)

    def _trie_entry(self, name: str) -> list[WordSlot]:
        chain = self._trie_node(name, 1, _SELF)
        key = WordSlot(3, SlotKind.BOX, None, _SELF + "(key)")
        return [chain, key, WordSlot(5, SlotKind.BOX, None, _SELF + "[...]")]

    def _array(self, go_type: GoType, offset: int, form: str) -> list[WordSlot]:
        elem = go_type.elem
        if not go_type.length or not elem.size:
            return []
        inside = self.flatten(elem, 0, form + "[...]")
        count = min(go_type.length, _MAX_SLOTS // max(1, _words_in(inside)))
        return [each for slot in inside for each in _repeated(slot, count, offset, elem.size)]

    # ---- channels

    def _chan(self, go_type: GoType) -> HeapType:
        known = self._known.get(_HEADER + go_type.name)
        if known is None:
            elem, size = go_type.elem, self._layout.size("runtime.hchan")
            known = HeapType(go_type.name, size, True, lambda: self._chan_slots(elem))
            self._known[_HEADER + go_type.name] = known
        return known

    def _chan_slots(self, elem: GoType) -> list[WordSlot]:
        """A channel's buffer; senders and receivers wait in the scheduler's own structures."""
        buffer = self._layout.offset("runtime.hchan", "buf") // _WORD
        return [WordSlot(buffer, SlotKind.MANY, self.array(elem), f"(<-{_SELF})")]

    # ---- maps

    def map_header(self, go_type: GoType) -> HeapType:
        """Return the type of a map's header."""
        known = self._known.get(_HEADER + go_type.name)
        if known is None:
            size = self._layout.size("map" if self._layout.map_kind == "swiss" else "runtime.hmap")
            known = HeapType(go_type.name, size, True, lambda: self._map_slots(go_type))
            self._known[_HEADER + go_type.name] = known
        return known

    def _map_slots(self, go_type: GoType) -> list[WordSlot]:
        if self._layout.map_kind == "swiss":
            return self._swiss_header(go_type)
        return self._classic_header(go_type)

    def _swiss_header(self, go_type: GoType) -> list[WordSlot]:
        layout = self._layout
        group = self.map_units(go_type)
        groups = layout.offset(_TABLE, "groups") + layout.offset(_REFERENCE, "data")
        table = HeapType(
            f"{go_type.name} (table)",
            layout.size(_TABLE),
            True,
            lambda: [WordSlot(groups // _WORD, SlotKind.MANY, group, _SELF)],
        )
        directory = HeapType(
            f"{go_type.name} (directory)", _WORD, True, lambda: [WordSlot(0, SlotKind.ONE, table, _SELF)]
        )
        word = layout.offset("map", "dirPtr") // _WORD
        return [WordSlot(word, SlotKind.DIRECTORY, group, _SELF, directory)]

    def _classic_header(self, go_type: GoType) -> list[WordSlot]:
        layout, buckets = self._layout, self.map_units(go_type)
        array = HeapType(
            f"{go_type.name} (overflow list)", _WORD, True, lambda: [WordSlot(0, SlotKind.MANY, buckets, _SELF)]
        )
        header = HeapType(
            f"{go_type.name} (overflow list header)", 24, True, lambda: [WordSlot(0, SlotKind.MANY, array, _SELF)]
        )

        def extra_slots() -> list[WordSlot]:
            names = (("overflow", SlotKind.ONE, header), ("oldoverflow", SlotKind.ONE, header))
            found = [
                WordSlot(layout.offset("runtime.mapextra", name) // _WORD, kind, target, _SELF)
                for name, kind, target in names
            ]
            at = layout.offset("runtime.mapextra", "nextOverflow") // _WORD
            return [*found, WordSlot(at, SlotKind.MANY, buckets, _SELF)]

        extra = HeapType(f"{go_type.name} (extra)", layout.size("runtime.mapextra"), True, extra_slots)
        found = [
            WordSlot(layout.offset("runtime.hmap", name) // _WORD, SlotKind.MANY, buckets, _SELF)
            for name in ("buckets", "oldbuckets")
        ]
        return [*found, WordSlot(layout.offset("runtime.hmap", "extra") // _WORD, SlotKind.ONE, extra, _SELF)]

    def map_units(self, go_type: GoType) -> HeapType:
        """Return the type of a map's groups or buckets; an object holds one or many."""
        shape = go_type.map_shape
        what = "groups" if shape.kind == "swiss" else "buckets"
        name = f"{go_type.name} ({what})"
        known = self._known.get(name)
        if known is None:
            known = HeapType(name, shape.unit_size, not shape.noscan, lambda: self._unit_slots(shape, known_as))
            self._known[name] = known
        known_as = known
        return known

    def _unit_slots(self, shape: MapShape, unit: HeapType) -> list[WordSlot]:
        found: list[WordSlot] = []
        sides = (
            (shape.key, shape.keys_off, shape.key_stride, shape.indirect_key, _SELF + "(key)"),
            (shape.elem, shape.elems_off, shape.elem_stride, shape.indirect_elem, _SELF + "[...]"),
        )
        for go_type, offset, stride, indirect, form in sides:
            for slot in range(SLOTS_PER_UNIT):
                at = offset + slot * stride
                if indirect:
                    found.append(WordSlot(at // _WORD, SlotKind.ONE, self.value(go_type), form))
                else:
                    found += self.flatten(go_type, at, form)
        if shape.kind == "classic" and not shape.noscan:
            found.append(WordSlot(shape.unit_size // _WORD - 1, SlotKind.MANY, unit, _SELF))
        return sorted(found, key=lambda slot: slot.word)


def _words_in(slots: list[WordSlot]) -> int:
    return sum(slot.count for slot in slots)


def _repeated(slot: WordSlot, count: int, offset: int, size: int) -> list[WordSlot]:
    """Repeat a slot of an array's element for ``count`` elements of ``size`` bytes, the first at ``offset``.

    One slot says it for all where they are evenly spaced: an element's own slot is one, or runs on into the next one's.
    """
    words = size // _WORD
    if size % _WORD == 0 and slot.count == 1:
        return [replace(slot, word=offset // _WORD + slot.word, count=count, step=words)] if count else []
    if size % _WORD == 0 and slot.count * slot.step == words:
        return [replace(slot, word=offset // _WORD + slot.word, count=count * slot.count)] if count else []
    return [replace(slot, word=(offset + i * size) // _WORD + slot.word) for i in range(count)]


def _pointers(go_type: GoType) -> bool:
    """Whether values of a type hold pointers."""
    kind = go_type.kind
    if kind is Kind.STRUCT:
        return any(_pointers(each.type) for each in go_type.fields)
    if kind is Kind.ARRAY:
        return go_type.length > 0 and _pointers(go_type.elem)
    return kind in _WITH_POINTERS


_WITH_POINTERS = frozenset(
    {
        Kind.POINTER, Kind.SLICE, Kind.STRING, Kind.INTERFACE, Kind.MAP, Kind.CHAN, Kind.FUNC, Kind.UNSAFE_POINTER,
    }
)  # fmt: skip
