"""A modelled classic map as the bytes that stand in memory, for given addresses of what it points to.

What the model cannot know is asked for: addresses. All else is determined, stale bytes too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.types import GoType
from goxray.model.classic import state as st
from goxray.model.classic.machine import Generation
from goxray.model.classic.sizes import EXTRA, HEADER
from goxray.model.classic.state import Buckets
from goxray.model.encode import encode

if TYPE_CHECKING:
    from goxray.model.classic.map import ClassicMap

Bytes = NDArray[np.uint8]
Part = Literal["key", "elem"]

_EXACT_BELOW = 16


class Addresses(Protocol):
    """Where things stand. ``old`` tells which of the two arrays; rows as in :mod:`goxray.model.classic.state`."""

    def array(self, old: bool) -> int:
        """Address of the bucket array."""

    def overflow(self, old: bool, row: int) -> int:
        """Address of an overflow bucket outside of the array."""

    def data(self, content: bytes) -> int:
        """Address of what a string, slice or interface points to."""

    def indirect(self, old: bool, row: int, slot: int, part: Part) -> int:
        """Address of a key or elem that is kept by pointer."""

    def type_word(self, go_type: GoType, empty: bool) -> int:
        """First word of an interface: the address of a type or an itab."""

    def extra(self) -> int:
        """Address of mapextra."""

    def lists(self, old: bool) -> int:
        """Address of the slice header of overflow buckets."""


@dataclass(frozen=True)
class ClassicImage:
    """The bytes of one map.

    ``header`` is uint8[size of hmap], ``known`` bool alike: all but noverflow from B = 16 up. ``extra`` is mapextra, or
    None. ``rows`` is uint8[N, bucket size]: the array, then overflow buckets of their own; ``own`` says how many are of
    the array. ``old_rows`` and ``old_own`` are the same of oldbuckets, without rows where there are none; its overflow
    buckets that nothing in the array leads to are left out, and ``old_numbers`` has the rows' own numbers.
    """

    header: Bytes
    known: NDArray[np.bool_]
    extra: Bytes | None
    rows: Bytes
    own: int
    old_rows: Bytes
    old_own: int
    old_numbers: st.I64


def image_of(owner: ClassicMap, addresses: Addresses, keys: Sequence[object], elems: Sequence[object]) -> ClassicImage:
    """Return the image of a map; ``keys`` and ``elems`` are what the numbers in its slots stand for."""
    head = owner.machine.head
    drawer = _Drawer(owner, addresses, keys, elems)
    header, known = _header(owner, addresses)
    now, before = owner.machine.cur, owner.machine.old
    reached = reached_rows(before, len(before.buckets.links))
    return ClassicImage(
        header, known, _extra(owner, addresses),
        drawer.rows(now, np.arange(int(head[st.USED])), old=False), now.own,
        drawer.rows(before, np.flatnonzero(reached), old=True), before.own, np.flatnonzero(reached),
    )  # fmt: skip


def reached_rows(generation: Generation[Buckets], used: int) -> NDArray[np.bool_]:
    """Which of the rows in use can be reached from the array, its preallocated part included: bool[used]."""
    reached = np.zeros(used, np.bool_)
    at = np.arange(min(generation.own, used))
    while at.size:
        reached[at] = True
        at = generation.buckets.links[at]
        at = at[at >= generation.own]
    return reached


def _put(out: Bytes, offset: int, size: int, value: int) -> None:
    out[offset : offset + size] = np.frombuffer(value.to_bytes(size, "little"), np.uint8)


def _header(owner: ClassicMap, addresses: Addresses) -> tuple[Bytes, NDArray[np.bool_]]:
    layout, head = owner.layout, owner.machine.head
    growing, made = bool(head[st.GROWING]), bool(head[st.OWN])
    values = {
        "count": int(head[st.COUNT]),
        "flags": int(head[st.FLAGS]),
        "B": int(head[st.LOG2]),
        "noverflow": int(head[st.NOVERFLOW]),
        "hash0": owner.seed,
        "buckets": addresses.array(False) if made else 0,
        "oldbuckets": addresses.array(True) if growing else 0,
        "nevacuate": int(head[st.NEVACUATE]),
        "extra": addresses.extra() if head[st.HAS_EXTRA] else 0,
    }
    if owner.has_clear_seq:
        values["clearSeq"] = owner.clear_seq
    out = np.zeros(layout.size(HEADER), np.uint8)
    known = np.ones(len(out), np.bool_)
    for name, value in values.items():
        offset, size = layout.offset(HEADER, name), layout.field_size(HEADER, name)
        _put(out, offset, size, value)
        if name == "noverflow" and head[st.LOG2] >= _EXACT_BELOW:
            known[offset : offset + size] = False
    return out, known


def _extra(owner: ClassicMap, addresses: Addresses) -> Bytes | None:
    layout, head = owner.layout, owner.machine.head
    if not head[st.HAS_EXTRA]:
        return None
    out = np.zeros(layout.size(EXTRA), np.uint8)
    bucket = owner.shape.unit.unit_size
    values = {
        "overflow": addresses.lists(False) if head[st.LISTED] != st.NIL else 0,
        "oldoverflow": addresses.lists(True) if head[st.OLD_LISTED] != st.NIL else 0,
        "nextOverflow": addresses.array(False) + int(head[st.NEXT]) * bucket if head[st.NEXT] != st.NIL else 0,
    }
    for name, value in values.items():
        _put(out, layout.offset(EXTRA, name), layout.field_size(EXTRA, name), value)
    return out


class _Drawer:
    """Draws rows of buckets."""

    def __init__(
        self, owner: ClassicMap, addresses: Addresses, keys: Sequence[object], elems: Sequence[object]
    ) -> None:
        self._owner = owner
        self._at = addresses
        self._keys, self._elems = keys, elems

    def rows(self, generation: Generation[Buckets], numbers: st.I64, *, old: bool) -> Bytes:
        """Draw the rows of these numbers."""
        unit = self._owner.shape.unit
        out = np.zeros((len(numbers), unit.unit_size), np.uint8)
        if not len(numbers):
            return out
        buckets = generation.buckets
        tops, keys, elems = buckets.tops[numbers], buckets.keys[numbers], buckets.elems[numbers]
        out[:, : st.SLOTS] = tops
        if unit.indirect_key:
            self._pointers(out, numbers, keys != 0, unit.keys_off, unit.key_stride, old, "key")
        else:
            self._values(out, keys, unit.key, self._keys, unit.keys_off, unit.key_stride)
        if unit.indirect_elem:
            moved = (tops == st.EVACUATED_X) | (tops == st.EVACUATED_Y)
            there = (tops >= st.MIN_TOPHASH) | moved & (keys != 0)
            self._pointers(out, numbers, there, unit.elems_off, unit.elem_stride, old, "elem")
        else:
            self._values(out, elems, unit.elem, self._elems, unit.elems_off, unit.elem_stride)
        self._links(out, generation, numbers, old)
        return out

    def _values(
        self, out: Bytes, numbers: st.I64, go_type: GoType, known: Sequence[object], offset: int, stride: int
    ) -> None:
        distinct, inverse = np.unique(np.abs(numbers), return_inverse=True)
        drawn = encode(
            go_type, [known[n] for n in distinct.tolist()], self._at.data,
            type_word=self._at.type_word, layout=self._owner.layout,
        )  # fmt: skip
        slots = drawn[inverse.reshape(numbers.shape)]
        slots[numbers < 0, : st.POINTER] = 0  # mapdelete_faststr clears the pointer and leaves the length
        out[:, offset : offset + st.SLOTS * stride] = slots.reshape(len(out), -1)

    def _pointers(
        self, out: Bytes, numbers: st.I64, full: NDArray[np.bool_], offset: int, stride: int, old: bool, part: Part
    ) -> None:
        for at, slot in np.argwhere(full).tolist():
            where = self._at.indirect(old, int(numbers[at]), slot, part)
            _put(out[at], offset + slot * stride, st.POINTER, where)

    def _links(self, out: Bytes, generation: Generation[Buckets], numbers: st.I64, old: bool) -> None:
        bucket = self._owner.shape.unit.unit_size
        array = self._at.array(old)
        links = generation.buckets.links[numbers]
        for at in np.flatnonzero(links != st.NIL).tolist():
            link = int(links[at])
            where = array if link == st.SENTINEL else array + link * bucket
            if link >= generation.own:
                where = self._at.overflow(old, link)
            _put(out[at], bucket - st.POINTER, st.POINTER, where)
