"""The bytes of a modelled map as they would stand in the memory of a real process.

Sources: internal/runtime/maps/{map,table,group}.go; the fields' offsets come from the layout data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.types import GoType
from goxray.layout import RuntimeLayout
from goxray.model.encode import encode
from goxray.model.shape import ModelShape
from goxray.model.swiss import state as s
from goxray.model.swiss.pools import Pool
from goxray.model.swiss.sizes import GROUPS_REFERENCE, HEADER, POINTER, TABLE
from goxray.model.swiss.state import I64, U8, Store

What = Literal["header", "directory", "table", "groups", "key object", "elem object"]


class Places(Protocol):
    """Where things stand in memory."""

    def of(self, what: What, number: int) -> int:
        """The address of a structure.

        Tables and their groups are numbered in the order of the directory, the group of a small map is groups 0,
        objects are numbered in the order in which they were made.
        """

    def data(self, content: bytes) -> int:
        """The address of what strings, slices and interfaces point to."""

    def type_word(self, go_type: GoType, empty: bool) -> int:
        """The first word of an interface that holds a value of this type; see goxray.model.encode.encode."""


@dataclass(frozen=True)
class Block:
    """One structure and its bytes; numbered as in :meth:`Places.of`."""

    what: What
    number: int
    content: bytes


def image(
    m: Store, layout: RuntimeLayout, shape: ModelShape, seed: int, keys: Pool, elems: Pool, places: Places
) -> list[Block]:
    """Return the map's header, directory, tables, groups and the objects that slots point to."""
    directory = m.directory[: m.scalar[s.DIR_LEN]]
    rows = directory[np.flatnonzero(np.diff(directory, prepend=-1))].tolist()
    number_of = {row: number for number, row in enumerate(rows)}
    out = [Block("header", 0, _header(m, layout, seed, places))]
    arrays = [(int(m.scalar[s.SMALL]), 1)] if m.scalar[s.SMALL] >= 0 else []
    if rows:
        words = [places.of("table", number_of[row]) for row in directory.tolist()]
        out.append(Block("directory", 0, np.array(words, np.uint64).tobytes()))
        out += [Block("table", n, _table(m, layout, row, places.of("groups", n))) for n, row in enumerate(rows)]
        arrays = [(int(m.tables[row, s.BASE]), int(m.tables[row, s.CAPACITY]) // s.SLOTS) for row in rows]
    writer = _Writer(m, layout, shape, keys, elems, places)
    for number, (first, count) in enumerate(arrays):
        out.append(Block("groups", number, writer.groups(first, count)))
    return out + writer.objects()


def _put(out: bytearray, layout: RuntimeLayout, struct: str, values: dict[str, int]) -> None:
    for name, value in values.items():
        field = layout.field(struct, name)
        out[field.offset : field.offset + field.size] = (value & (1 << 8 * field.size) - 1).to_bytes(
            field.size, "little"
        )


def _header(m: Store, layout: RuntimeLayout, seed: int, places: Places) -> bytes:
    scalar = m.scalar
    large = int(scalar[s.DIR_LEN]) > 0
    depth = int(scalar[s.DEPTH])
    pointer = 0
    if large or scalar[s.SMALL] >= 0:
        pointer = places.of("directory" if large else "groups", 0)
    values = {
        "used": int(scalar[s.USED]),
        "seed": seed,
        "dirPtr": pointer,
        "dirLen": int(scalar[s.DIR_LEN]),
        "globalDepth": depth,
        "globalShift": 64 - depth if large else 0,
        "clearSeq": int(scalar[s.CLEAR_SEQ]),
    }
    if layout.has(HEADER, "tombstonePossible"):
        values["tombstonePossible"] = int(scalar[s.TOMBSTONES])
    out = bytearray(layout.size(HEADER))
    _put(out, layout, HEADER, values)
    return bytes(out)


def _table(m: Store, layout: RuntimeLayout, row: int, groups: int) -> bytes:
    known = m.tables[row]
    out = bytearray(layout.size(TABLE))
    values = {
        "used": int(known[s.COUNT]),
        "capacity": int(known[s.CAPACITY]),
        "growthLeft": int(known[s.GROWTH_LEFT]),
        "localDepth": int(known[s.LOCAL_DEPTH]),
        "index": int(known[s.INDEX]),
    }
    _put(out, layout, TABLE, values)
    at = layout.field(TABLE, "groups").offset
    for name, value in (("data", groups), ("lengthMask", int(known[s.CAPACITY]) // s.SLOTS - 1)):
        field = layout.field(GROUPS_REFERENCE, name)
        out[at + field.offset : at + field.offset + POINTER] = value.to_bytes(POINTER, "little")
    return bytes(out)


@dataclass
class _Writer:
    """Writes slots; remembers the objects that they point to."""

    m: Store
    layout: RuntimeLayout
    shape: ModelShape
    keys: Pool
    elems: Pool
    places: Places

    def __post_init__(self) -> None:
        self._objects: dict[What, dict[int, bytes]] = {"key object": {}, "elem object": {}}

    def groups(self, first: int, count: int) -> bytes:
        """The bytes of ``count`` groups from arena group ``first`` on."""
        unit, m = self.shape.unit, self.m
        out = np.zeros((count, unit.unit_size), np.uint8)
        slots = slice(first * s.SLOTS, (first + count) * s.SLOTS)
        out[:, : s.SLOTS] = m.ctrl[slots].reshape(count, s.SLOTS)
        key_rows = self._rows(m.kv[slots], unit.key, self.keys, "key object" if unit.indirect_key else None)
        elem_rows = self._rows(m.ev[slots], unit.elem, self.elems, "elem object" if unit.indirect_elem else None)
        for i in range(s.SLOTS):
            key, elem = unit.keys_off + i * unit.key_stride, unit.elems_off + i * unit.elem_stride
            out[:, key : key + self.shape.key_size] = key_rows[i :: s.SLOTS]
            out[:, elem : elem + self.shape.elem_size] = elem_rows[i :: s.SLOTS]
        return out.tobytes()

    def _rows(self, numbers: I64, go_type: GoType, pool: Pool, by_pointer: What | None) -> U8:
        used, where = np.unique(numbers, return_inverse=True)
        if by_pointer is None:
            return self._encoded(used, go_type, pool)[where]
        objects = self.m.key_object if by_pointer == "key object" else self.m.elem_object
        contents = self._encoded(objects[used[used != 0]], go_type, pool)
        for number, content in zip(used[used != 0].tolist(), contents, strict=True):
            self._objects[by_pointer][number] = content.tobytes()
        words = [self.places.of(by_pointer, number) if number else 0 for number in used.tolist()]
        pointers: U8 = np.array(words, np.uint64).view(np.uint8).reshape(-1, POINTER)[where]
        return pointers

    def _encoded(self, numbers: I64, go_type: GoType, pool: Pool) -> NDArray[np.uint8]:
        return encode(
            go_type, pool.many(numbers), self.places.data, type_word=self.places.type_word, layout=self.layout
        )

    def objects(self) -> list[Block]:
        """The objects that slots written so far point to."""
        return [Block(what, n, content) for what, found in self._objects.items() for n, content in found.items()]
