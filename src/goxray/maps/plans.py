"""What to follow in a value of a type: its pointer words that can lead to a map, flattened to offsets.

A type that can lead to no map (by its fields and what they point to) is not followed at all: that is what keeps a heap
of plain data cheap to walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from goxray.goruntime.types import GoType, Kind

SlotKind = Literal["pointer", "map", "slice", "iface", "eface", "chan", "func", "unsafe", "array", "pool"]

_INLINE_ARRAY = 32
_MAX_SLOTS = 512
_POINTER_PREFIX = "sync/atomic.Pointer["
_NODE_PREFIX = "internal/sync.node["
_KEPT_RUNTIME = frozenset({"runtime.p", "runtime.timers", "runtime.timer", "runtime.timeTimer", "runtime.timerWhen"})


@dataclass(frozen=True)
class Slot:
    """One place in a value that may lead to a map.

    ``offset`` in bytes from the value's start, ``type`` what is behind it (pointee, elem, or the map itself),
    ``form`` how the expression goes on from the value's (``{p}`` is the value), ``length`` an array's.
    """

    offset: int
    kind: SlotKind
    type: GoType | None
    form: str
    length: int = 0


class Plans:
    """Slots by type, and which types are worth following.

    ``lookalike_words`` are the pointer words of a map header and ``lookalike_size`` its slot's bytes: types with the
    same pointer words are followed too, so that what they are is known and they are not taken for maps.
    """

    def __init__(self, lookalike_words: frozenset[int], lookalike_size: int) -> None:
        self._words = lookalike_words
        self._size = lookalike_size
        self._slots: dict[str, tuple[Slot, ...]] = {}
        self._relevant: dict[str, bool] = {}
        self._lookalike: dict[str, bool] = {}

    def slots(self, go_type: GoType) -> tuple[Slot, ...]:
        """Return the slots of a value of the type that can lead to a map, in memory order."""
        found = self._slots.get(go_type.name)
        if found is None:
            found = tuple(s for s in flatten(go_type) if self._leads(s))
            self._slots[go_type.name] = found
        return found

    def relevant(self, go_type: GoType) -> bool:
        """Whether a value of the type can lead to a map or be mistaken for a map header."""
        if go_type.name not in self._relevant:
            self._explore(go_type)
        return self._relevant[go_type.name]

    def lookalike(self, go_type: GoType) -> bool:
        """Whether an object of the type has a map header's size class and pointer words."""
        known = self._lookalike.get(go_type.name)
        if known is None:
            fits = self._size - 16 < go_type.size <= self._size and go_type.kind in (Kind.STRUCT, Kind.ARRAY)
            known = fits and pointer_words(go_type) == self._words
            self._lookalike[go_type.name] = known
        return known

    def _leads(self, slot: Slot) -> bool:
        if slot.kind in ("map", "iface", "eface", "func", "unsafe", "pool"):
            return True
        return slot.type is not None and self.relevant(slot.type)

    def _explore(self, start: GoType) -> None:
        """Decide ``start`` and every undecided type behind it: relevance spreads backwards from what holds maps."""
        edges: dict[str, list[str]] = {}
        sources: list[str] = []
        pending, seen = [start], {start.name}
        while pending:
            here = pending.pop()
            direct = self.lookalike(here)
            for slot in flatten(here):
                behind = slot.type
                if slot.kind not in ("pointer", "slice", "chan", "array") or behind is None:
                    direct = True
                elif behind.name in self._relevant:
                    direct = direct or self._relevant[behind.name]
                else:
                    edges.setdefault(behind.name, []).append(here.name)
                    if behind.name not in seen:
                        seen.add(behind.name)
                        pending.append(behind)
            if direct:
                sources.append(here.name)
        for name in seen:
            self._relevant[name] = False
        while sources:
            name = sources.pop()
            if not self._relevant[name]:
                self._relevant[name] = True
                sources.extend(edges.get(name, ()))


def flatten(go_type: GoType, offset: int = 0, form: str = "{p}") -> list[Slot]:
    """Return every slot of a value of the type at ``offset``, nested structs and short arrays opened."""
    kind = go_type.kind
    if kind is Kind.STRUCT:
        return _flatten_struct(go_type, offset, form)
    if kind is Kind.ARRAY:
        return _flatten_array(go_type, offset, form)
    if kind is Kind.POINTER:
        behind = go_type.elem
        return [] if _pruned(behind) else [Slot(offset, "pointer", behind, form)]
    if kind is Kind.MAP:
        return [Slot(offset, "map", go_type, form)]
    if kind is Kind.SLICE:
        return [Slot(offset, "slice", go_type.elem, form + "[...]")]
    if kind is Kind.INTERFACE:
        return [Slot(offset, "eface" if go_type.length else "iface", None, form)]
    if kind is Kind.CHAN:
        return [Slot(offset, "chan", go_type.elem, "(<-" + form + ")")]
    if kind is Kind.FUNC:
        return [Slot(offset, "func", None, form)]
    if kind is Kind.UNSAFE_POINTER:
        return [Slot(offset, "unsafe", None, form)]
    return []


def _flatten_struct(go_type: GoType, offset: int, form: str) -> list[Slot]:
    if go_type.name.startswith(_POINTER_PREFIX) and go_type.fields[0].type.kind is Kind.ARRAY:
        behind = go_type.fields[0].type.elem.elem
        value = go_type.fields[-1]
        unknown = behind.name.startswith(_NODE_PREFIX)
        return [Slot(offset + value.offset, "unsafe" if unknown else "pointer", None if unknown else behind, form)]
    if go_type.name == "sync.Pool":
        local = go_type.field("local")
        return [Slot(offset + (local.offset if local else 0), "pool", None, form)]
    slots: list[Slot] = []
    for field in go_type.fields:
        if field.name != "_" and len(slots) < _MAX_SLOTS:
            slots += flatten(field.type, offset + field.offset, f"{form}.{field.name}")
    return slots


def _flatten_array(go_type: GoType, offset: int, form: str) -> list[Slot]:
    elem, length = go_type.elem, go_type.length
    if length == 0 or elem.size == 0:
        return []
    inside = flatten(elem, 0, form + "[...]")
    if not inside:
        return []
    if length * len(inside) > _INLINE_ARRAY:
        return [Slot(offset, "array", elem, form + "[...]", length)]
    return [
        Slot(offset + i * elem.size + s.offset, s.kind, s.type, s.form, s.length) for i in range(length) for s in inside
    ]


def _pruned(behind: GoType) -> bool:
    """The scheduler's and allocator's own structures lead everywhere and hold no map of the program's."""
    return behind.name.startswith("runtime.") and behind.name not in _KEPT_RUNTIME


def pointer_words(go_type: GoType, offset: int = 0) -> frozenset[int]:
    """Return the indexes of the 8-byte words of a value that hold pointers (its GC mask).

    The first word of an interface is no pointer to the collector (cmd/compile/internal/types, SetTypeBits).
    """
    kind, first = go_type.kind, offset // 8
    if kind is Kind.STRUCT:
        return frozenset().union(*(pointer_words(f.type, offset + f.offset) for f in go_type.fields))
    if kind is Kind.ARRAY:
        step = go_type.elem.size
        return frozenset().union(*(pointer_words(go_type.elem, offset + i * step) for i in range(go_type.length)))
    if kind is Kind.INTERFACE:
        return frozenset({first + 1})
    if kind in (Kind.POINTER, Kind.MAP, Kind.CHAN, Kind.FUNC, Kind.UNSAFE_POINTER, Kind.SLICE, Kind.STRING):
        return frozenset({first})
    return frozenset()
