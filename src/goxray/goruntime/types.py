"""Go types as the target describes them, whether by the runtime's own type data or by DWARF.

A type is resolved lazily: fields and elems are looked up the first time someone asks, because a program
holds thousands of types and an inspection walks through a few hundred.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


class Kind(enum.IntEnum):
    """The kinds of internal/abi.Kind, with the runtime's own numbers (internal/abi/type.go)."""

    INVALID = 0
    BOOL = 1
    INT = 2
    INT8 = 3
    INT16 = 4
    INT32 = 5
    INT64 = 6
    UINT = 7
    UINT8 = 8
    UINT16 = 9
    UINT32 = 10
    UINT64 = 11
    UINTPTR = 12
    FLOAT32 = 13
    FLOAT64 = 14
    COMPLEX64 = 15
    COMPLEX128 = 16
    ARRAY = 17
    CHAN = 18
    FUNC = 19
    INTERFACE = 20
    MAP = 21
    POINTER = 22
    SLICE = 23
    STRING = 24
    STRUCT = 25
    UNSAFE_POINTER = 26


POINTER_SHAPED = frozenset({Kind.CHAN, Kind.FUNC, Kind.MAP, Kind.POINTER, Kind.UNSAFE_POINTER})
"""Kinds whose value is one pointer word."""

SLOTS_PER_UNIT = 8
"""Slots of a bucket or group (abi.MapBucketCount, abi.MapGroupSlots)."""


@dataclass(frozen=True)
class StructField:
    """One field of a struct: its name, byte offset, type, and whether it is embedded."""

    name: str
    offset: int
    type: GoType
    embedded: bool = False


@dataclass(frozen=True)
class MapShape:
    """How one map type lays out its unit: a bucket (classic) or a group (Swiss), eight slots each.

    All figures are bytes. Key i of a unit stands at ``keys_off + i * key_stride``, elem i at
    ``elems_off + i * elem_stride``; split and interleaved groups differ in these figures only.
    ``noscan`` tells that the unit holds no pointers. Sources: internal/abi/map*.go, runtime/map*.go.
    """

    kind: Literal["classic", "swiss"]
    key: GoType
    elem: GoType
    unit_size: int
    keys_off: int
    key_stride: int
    elems_off: int
    elem_stride: int
    indirect_key: bool
    indirect_elem: bool
    noscan: bool


class GoType:
    """A Go type. Two objects are the same type when ``key`` is equal; ``name`` is for people.

    ``size`` is in bytes. ``origin`` is where the description comes from. ``length`` is an array's;
    an interface type has length 1 when it has no methods (runtime.eface), else 0 (runtime.iface).
    """

    __slots__ = (
        "_elem",
        "_elem_of",
        "_fields",
        "_fields_of",
        "_map",
        "_map_of",
        "key",
        "kind",
        "length",
        "name",
        "origin",
        "size",
    )

    def __init__(
        self,
        key: object,
        kind: Kind,
        size: int,
        name: str,
        *,
        origin: Literal["runtime", "dwarf", "made"] = "made",
        length: int = 0,
        elem: Callable[[], GoType] | None = None,
        fields: Callable[[], tuple[StructField, ...]] | None = None,
        map_shape: Callable[[], MapShape] | None = None,
    ) -> None:
        self.key = key
        self.kind = kind
        self.size = size
        self.name = name
        self.origin = origin
        self.length = length
        self._elem_of = elem
        self._fields_of = fields
        self._map_of = map_shape
        self._elem: GoType | None = None
        self._fields: tuple[StructField, ...] | None = None
        self._map: MapShape | None = None

    def __repr__(self) -> str:
        return f"<GoType {self.name} {self.kind.name.lower()} {self.size}>"

    @property
    def elem(self) -> GoType:
        """What a pointer, slice, array or channel holds. Raises TypeError for other kinds."""
        if self._elem is None:
            if self._elem_of is None:
                raise TypeError(f"{self.name} has no elem")
            self._elem = self._elem_of()
        return self._elem

    @property
    def fields(self) -> tuple[StructField, ...]:
        """The fields of a struct in memory order; empty for other kinds."""
        if self._fields is None:
            self._fields = self._fields_of() if self._fields_of is not None else ()
        return self._fields

    @property
    def map_shape(self) -> MapShape:
        """How a map type lays out its units. Raises TypeError for other kinds."""
        if self._map is None:
            if self._map_of is None:
                raise TypeError(f"{self.name} is no map")
            self._map = self._map_of()
        return self._map

    def field(self, name: str) -> StructField | None:
        """Return the struct field of that name, or None."""
        return next((f for f in self.fields if f.name == name), None)

    @property
    def is_direct(self) -> bool:
        """Whether an interface holds such a value in its data word itself (runtime/iface.go).

        True for pointer-shaped types: one pointer word, possibly wrapped in one-field structs or one-elem arrays.
        """
        if self.kind in POINTER_SHAPED:
            return True
        if self.kind is Kind.STRUCT:
            sized = [f for f in self.fields if f.type.size]
            return self.size == 8 and len(self.fields) == 1 and len(sized) == 1 and sized[0].type.is_direct
        return self.kind is Kind.ARRAY and self.length == 1 and self.elem.is_direct


FUNC = GoType(("made", "func"), Kind.FUNC, 8, "func")
"""A function value whose signature is not told."""

COMPLEX64 = GoType(("made", "complex64"), Kind.COMPLEX64, 8, "complex64")
COMPLEX128 = GoType(("made", "complex128"), Kind.COMPLEX128, 16, "complex128")


def unknown_type(size: int) -> GoType:
    """The type of a variable of ``size`` bytes of which nothing else is known."""
    return GoType(("made", "unknown", size), Kind.INVALID, size, "?")
