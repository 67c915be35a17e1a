"""Go types from the target's DWARF, through drgn: how the types of global and local variables are known.

Go's DWARF spells a map as a typedef ``map[K]V`` of a pointer to ``hash<K,V>`` (classic) or ``map<K,V>`` (Swiss),
a channel as a typedef of a pointer to ``hchan<T>``, an interface as a typedef of ``runtime.iface``/``runtime.eface``
(cmd/link/internal/ld/dwarf.go, synthesizemaptypes, synthesizechantypes).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from goxray.core.errors import CorruptMemory
from goxray.goruntime.types import COMPLEX64, COMPLEX128, FUNC, SLOTS_PER_UNIT, GoType, Kind, MapShape, StructField

if TYPE_CHECKING:
    import drgn

_BASIC = {
    "bool": Kind.BOOL,
    "int": Kind.INT,
    "int8": Kind.INT8,
    "int16": Kind.INT16,
    "int32": Kind.INT32,
    "int64": Kind.INT64,
    "uint": Kind.UINT,
    "uint8": Kind.UINT8,
    "uint16": Kind.UINT16,
    "uint32": Kind.UINT32,
    "uint64": Kind.UINT64,
    "uintptr": Kind.UINTPTR,
    "float32": Kind.FLOAT32,
    "float64": Kind.FLOAT64,
    "complex64": Kind.COMPLEX64,
    "complex128": Kind.COMPLEX128,
}
_INDIRECT_OVER = 128
"""Keys and elems above this many bytes are stored by pointer (abi.MapMaxKeyBytes)."""


class DwarfTypes:
    """Converts drgn types to GoType, each once."""

    def __init__(self) -> None:
        self._known: dict[str, GoType] = {}

    def convert(self, dtype: drgn.Type) -> GoType:
        """Return the Go type that a drgn type stands for."""
        name = go_name(dtype)
        found = self._known.get(name)
        if found is None:
            found = self._convert(dtype, name)
            self._known[name] = found
        return found

    def _convert(self, dtype: drgn.Type, name: str) -> GoType:
        import drgn

        key = ("dwarf", name)
        under = plain(dtype)
        kinds = drgn.TypeKind
        if under.kind == kinds.POINTER:
            return self._pointer(under, name)
        if under.kind == kinds.STRUCT:
            return self._struct(under, name, bare=dtype.kind == kinds.STRUCT)
        if under.kind == kinds.ARRAY:
            length = under.length or 0
            elem = self._guarded(lambda: under.type, COMPLEX128.size)
            return GoType(key, Kind.ARRAY, elem.size * length, name, origin="dwarf", length=length, elem=lambda: elem)
        if under.kind == kinds.FUNCTION:
            return GoType(key, Kind.FUNC, 8, name, origin="dwarf")
        if under.kind == kinds.VOID:
            return GoType(key, Kind.INVALID, 0, name, origin="dwarf")
        size = under.size or 0
        if under.kind == kinds.FLOAT:  # of any name: a defined type keeps none of what it is made from
            return GoType(key, Kind.FLOAT32 if size == 4 else Kind.FLOAT64, size, name, origin="dwarf")
        basic = _BASIC.get(str(getattr(under, "name", None)), Kind.UINTPTR if size == 8 else Kind.UINT8)
        return GoType(key, basic, size, name, origin="dwarf")

    def _pointer(self, under: drgn.Type, name: str) -> GoType:
        import drgn

        key = ("dwarf", name)
        target = under.type
        tag = (target.tag or "") if target.kind == drgn.TypeKind.STRUCT else ""
        if tag.startswith(("hash<", "map<")):
            return GoType(key, Kind.MAP, 8, name, origin="dwarf", map_shape=lambda: self._map_shape(target, tag))
        if tag.startswith("hchan<"):
            return GoType(key, Kind.CHAN, 8, name, origin="dwarf", elem=lambda: self._chan_elem(target))
        if target.kind == drgn.TypeKind.FUNCTION:
            return GoType(key, Kind.FUNC, 8, name, origin="dwarf")
        if target.kind == drgn.TypeKind.VOID:
            return GoType(key, Kind.UNSAFE_POINTER, 8, name, origin="dwarf")
        return GoType(key, Kind.POINTER, 8, name, origin="dwarf", elem=lambda: self.convert(target))

    def _struct(self, under: drgn.Type, name: str, *, bare: bool) -> GoType:
        """Convert what DWARF calls a struct; ``bare`` tells that no typedef names it, as is so with all strings."""
        key = ("dwarf", name)
        tag = under.tag or ""
        size = under.size or 0
        if tag in ("runtime.iface", "runtime.eface"):
            return GoType(key, Kind.INTERFACE, size, name, origin="dwarf", length=int(tag == "runtime.eface"))
        if tag == "string" or (bare and [m.name for m in under.members or ()] == ["str", "len"]):
            return GoType(key, Kind.STRING, size, name, origin="dwarf")
        if tag.startswith("[]") and size == 24:
            array = next(m for m in under.members if m.name == "array")
            return GoType(key, Kind.SLICE, size, name, origin="dwarf", elem=lambda: self._slice_elem(array))
        return GoType(key, Kind.STRUCT, size, name, origin="dwarf", fields=lambda: self._fields(under))

    def _slice_elem(self, array: drgn.TypeMember) -> GoType:
        return self._guarded(lambda: array.type.type, COMPLEX128.size)

    def _fields(self, under: drgn.Type) -> tuple[StructField, ...]:
        members = list(under.members or ())
        offsets = [m.bit_offset // 8 for m in members]
        room = [b - a for a, b in itertools.pairwise([*offsets, under.size or 0])]
        return tuple(
            StructField(m.name or "", offset, self._member(m, size))
            for m, offset, size in zip(members, offsets, room, strict=True)
        )

    def _member(self, member: drgn.TypeMember, room: int) -> GoType:
        return self._guarded(lambda: member.type, room)

    def _guarded(self, get: Callable[[], drgn.Type], room: int) -> GoType:
        """Convert a type that drgn may refuse: functions (TypeError) and complex numbers (BadDataError).

        Go's DWARF has both; of a complex number ``room``, the bytes it can take, tells the size.
        """
        import drgn

        try:
            return self.convert(get())
        except TypeError:
            return FUNC
        except drgn.BadDataError:
            return COMPLEX64 if room < COMPLEX128.size else COMPLEX128

    def _chan_elem(self, hchan: drgn.Type) -> GoType:
        sudog = plain(plain(hchan.member("recvq").type).member("first").type.type)
        return self._guarded(lambda: sudog.member("elem").type.type, COMPLEX128.size)

    def _map_shape(self, header: drgn.Type, tag: str) -> MapShape:
        if tag.startswith("hash<"):
            return self._classic_shape(header, tag)
        table = plain(header.member("dirPtr").type.type.type)
        group = plain(plain(table.member("groups").type).member("data").type.type)
        size = group.size or 0
        if group.has_member("slots"):
            slots_off = group.member("slots").bit_offset // 8
            slot = plain(plain(group.member("slots").type).type)
            key, elem = self._fields(slot)
            offsets = (slots_off, slots_off + elem.offset)
            return _shape("swiss", (key.type, elem.type), tag, size, offsets, (slot.size or 0, slot.size or 0))
        offsets = (group.member("keys").bit_offset // 8, group.member("elems").bit_offset // 8)
        types = self._halves(group, ("keys", "elems"), (*offsets, size))
        return _shape("swiss", types, tag, size, offsets, (types[0].size, types[1].size))

    def _classic_shape(self, header: drgn.Type, tag: str) -> MapShape:
        bucket = plain(header.member("buckets").type.type)
        names = ("keys", "values", "overflow")
        keys, values, overflow = (bucket.member(name).bit_offset // 8 for name in names)
        types = self._halves(bucket, names[:2], (keys, values, overflow))
        strides = (types[0].size, types[1].size)
        return _shape("classic", types, tag, bucket.size or 0, (keys, values), strides)

    def _halves(self, unit: drgn.Type, names: tuple[str, str], bounds: tuple[int, int, int]) -> tuple[GoType, GoType]:
        """The elem types of a unit's two arrays, which lie between the bounds (bytes)."""

        def half(name: str, low: int, high: int) -> GoType:
            return self._guarded(lambda: plain(unit.member(name).type).type, (high - low) // SLOTS_PER_UNIT)

        return half(names[0], bounds[0], bounds[1]), half(names[1], bounds[1], bounds[2])


def _shape(
    kind: Literal["classic", "swiss"],
    slots: tuple[GoType, GoType],
    tag: str,
    unit_size: int,
    offsets: tuple[int, int],
    strides: tuple[int, int],
) -> MapShape:
    """Make a shape of slot types, taking off the pointer that hides an oversized key or elem.

    The tag is ``map<K,V>``: a slot typed ``*K`` whose K is not itself spelled so in the tag is indirect.
    """
    key, elem = slots
    inner = tag[tag.index("<") + 1 : -1]
    key_indirect = _hides(key) and not inner.startswith(key.name + ",")
    elem_indirect = _hides(elem) and not inner.endswith("," + elem.name)
    noscan = not (has_pointers(key) or has_pointers(elem))
    return MapShape(
        kind, key.elem if key_indirect else key, elem.elem if elem_indirect else elem, unit_size,
        offsets[0], strides[0], offsets[1], strides[1], key_indirect, elem_indirect, noscan,
    )  # fmt: skip


def _hides(slot: GoType) -> bool:
    return slot.kind is Kind.POINTER and slot.elem.size > _INDIRECT_OVER


def has_pointers(go_type: GoType) -> bool:
    """Whether a value of the type holds any pointer word (what ``PtrBytes != 0`` says in the runtime)."""
    if go_type.kind is Kind.STRUCT:
        return any(has_pointers(f.type) for f in go_type.fields)
    if go_type.kind is Kind.ARRAY:
        return go_type.length > 0 and has_pointers(go_type.elem)
    return go_type.kind >= Kind.CHAN and go_type.kind is not Kind.INVALID


def plain(dtype: drgn.Type) -> drgn.Type:
    """Take the names off a drgn type: what its typedefs stand for."""
    import drgn

    while dtype.kind == drgn.TypeKind.TYPEDEF:
        dtype = dtype.type
    return dtype


def go_name(dtype: drgn.Type) -> str:
    """The Go spelling of a drgn type.

    Raises CorruptMemory for a type that Go's compiler never writes.
    """
    import drgn

    kinds = drgn.TypeKind
    if dtype.kind == kinds.TYPEDEF:
        return str(dtype.name)
    if dtype.kind == kinds.POINTER:
        return "unsafe.Pointer" if dtype.type.kind == kinds.VOID else "*" + go_name(dtype.type)
    if dtype.kind in (kinds.STRUCT, kinds.UNION, kinds.CLASS):
        return dtype.tag or "struct {...}"
    if dtype.kind == kinds.ARRAY:
        return f"[{dtype.length}]{go_name(dtype.type)}"
    if dtype.kind == kinds.FUNCTION:
        return "func"
    if dtype.kind == kinds.VOID:
        return "void"
    name = getattr(dtype, "name", None)
    if name is None:
        raise CorruptMemory(f"DWARF type without a name: {dtype}")
    return str(name)
