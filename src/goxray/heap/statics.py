"""Values that the linker put into data or bss without a name of their own: what ``var store = &Store{}`` points to.

They are roots like any global, and only the globals that point to them can say what they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from goxray.heap.graph import I64, U64
from goxray.heap.slots import HeapType, HeapTypes, SlotKind

if TYPE_CHECKING:
    from goxray.goruntime.gcroots import GcRoots
    from goxray.goruntime.runtime import Runtime

_WORD = 8
_ROUNDS = 8
_MAX_WORDS = 1 << 22


@dataclass(frozen=True)
class Static:
    """One such value: where it stands, its bytes, its type, and the expression of what points to it."""

    addr: int
    size: int
    type: HeapType
    text: str


@dataclass
class _Pointers:
    """Pointer words in module data: their addresses, and what each would make of a value it points to."""

    addr: U64
    made: list[tuple[HeapType, str, bool]]


class Statics:
    """Prepared before the freeze (types cost time), looked up inside it by :meth:`find`."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._types = HeapTypes(runtime.layout, runtime.types.is_direct)
        named = [g for g in runtime.globals() if g.type is not None]
        self._starts = np.sort(np.array([g.addr for g in named], np.uint64))
        addrs: list[int] = []
        made: list[tuple[HeapType, str, bool]] = []
        for each in named:
            if not each.name.startswith("runtime."):
                self._list(self._types.value(each.type), each.addr, each.name, addrs, made)
        self._first = _Pointers(np.array(addrs, np.uint64), made)

    def _list(
        self, kind: HeapType, base: int, text: str, addrs: list[int], made: list[tuple[HeapType, str, bool]]
    ) -> None:
        for slot in kind.open():
            if slot.target is not None and slot.kind in (SlotKind.ONE, SlotKind.MANY):
                words = slot.words[: max(0, _MAX_WORDS - len(addrs))]
                addrs += [base + _WORD * word for word in words]
                made += [(slot.target, slot.form.replace("{p}", text), slot.length)] * len(words)

    def find(self) -> list[Static]:
        """Return the nameless values that globals point to, and those that they point to in turn."""
        found: dict[int, Static] = {}
        pointers = self._first
        for _ in range(_ROUNDS):
            fresh = [s for s in self._behind(pointers) if s.addr not in found]
            if not fresh:
                break
            addrs: list[int] = []
            made: list[tuple[HeapType, str, bool]] = []
            for static in fresh:
                if static.addr not in found:
                    found[static.addr] = static
                    for at in range(0, static.size, max(_WORD, static.type.size)):
                        self._list(static.type, static.addr + at, static.text, addrs, made)
            pointers = _Pointers(np.array(addrs, np.uint64), made)
        return list(found.values())

    def _behind(self, pointers: _Pointers) -> list[Static]:
        """What pointer words point to in module data, where no global of its own begins."""
        if not len(pointers.addr):
            return []
        words, _ = self._runtime.memory.gather(pointers.addr, [0, 8])
        where: I64 = np.flatnonzero(self._runtime.in_module_data(words[:, 0]) & (words[:, 0] != 0))
        found = []
        for index in where.tolist():
            addr, length = int(words[index, 0]), int(words[index, 1])
            kind, text, many = pointers.made[index]
            size = kind.size * (min(length, _MAX_WORDS) if many else 1)
            nearest = int(np.searchsorted(self._starts, np.uint64(addr)))
            if kind.has_pointers and (nearest == len(self._starts) or int(self._starts[nearest]) != addr):
                found.append(Static(addr, size, kind, text))
        return found


def name_roots(roots: GcRoots, statics: list[Static]) -> dict[int, HeapType]:
    """Give the roots inside nameless values to holders of their own, in place; return the type at each's address."""
    statics = sorted(statics, key=lambda s: s.addr)
    starts = np.array([s.addr for s in statics], np.uint64)
    if not len(starts):
        return {}
    at = np.searchsorted(starts, roots.slot, side="right") - 1
    ends = np.array([s.addr + s.size for s in statics], np.uint64)
    nameless = np.array(["+0x" in h.text and h.kind == "global" for h in roots.holders], np.bool_)
    inside = (at >= 0) & (roots.slot < ends[np.maximum(at, 0)])
    inside &= nameless[roots.holder] if len(nameless) else False
    kinds: dict[int, HeapType] = {}
    for number in np.unique(at[inside]).tolist():
        static = statics[number]
        here = inside & (at == number)
        model = roots.holders[int(roots.holder[np.flatnonzero(here)[0]])]
        roots.holders.append(replace(model, text=static.text, addr=static.addr, size=static.size))
        roots.holder[here] = len(roots.holders) - 1
        kinds[static.addr] = static.type
    return kinds
