"""From a map type to its unit, a bucket or a group, as each generation's compiler lays it out.

Sources: cmd/compile/internal/reflectdata/reflect.go (MapBucketType, needkeyupdate, hashMightPanic; up to 1.23), later
map_noswiss.go, map_swiss.go and map.go there (OldMapBucketType, SwissMapGroupType, MapGroupType);
cmd/compile/internal/walk/walk.go (mapfast); cmd/compile/internal/types/alg.go (IsComparable, IsReflexive).
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from goxray.core.errors import UsageError
from goxray.goruntime.types import SLOTS_PER_UNIT, GoType, Kind, MapShape
from goxray.model.gotypes_make import (
    BASIC,
    Member,
    align_of,
    make_array,
    make_pointer,
    make_struct,
    pointer_bytes,
)
from goxray.model.shape import FastKind, ModelShape

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout

_NOT_COMPARABLE = {Kind.FUNC: "a func", Kind.MAP: "a map", Kind.SLICE: "a slice"}
_FLOATS = frozenset({Kind.FLOAT32, Kind.FLOAT64, Kind.COMPLEX64, Kind.COMPLEX128})
_UPDATED = _FLOATS | {Kind.INTERFACE, Kind.STRING}
_FEW = {
    Kind.BOOL: 2,
    **dict.fromkeys((Kind.INT8, Kind.UINT8), 1 << 8),
    **dict.fromkeys((Kind.INT16, Kind.UINT16), 1 << 16),
    **dict.fromkeys((Kind.INT32, Kind.UINT32), 1 << 32),
}
_MANY = 1 << 40
"""More entries than any prediction is asked for."""
_SPLIT = "mapsplitgroup"
_WORDS: dict[int, tuple[FastKind, FastKind]] = {4: ("32", "32ptr"), 8: ("64", "64ptr")}


def map_shape(map_type: GoType, layout: RuntimeLayout) -> ModelShape:
    """Return how a build lays out a map type, whatever the build that the type was read from.

    Raises:
        UsageError: the type is no map, or its keys cannot be compared.
    """
    if map_type.kind is not Kind.MAP:
        raise UsageError(f"{map_type.name} is no map type", hint="write it as map[KEY]ELEM")
    known = map_type.map_shape
    return shape_of(known.key, known.elem, layout, map_type.name)


def shape_of(key: GoType, elem: GoType, layout: RuntimeLayout, name: str | None = None) -> ModelShape:
    """Return how a build lays out ``map[key]elem``.

    Raises:
        UsageError: values of the key's type cannot be compared.
    """
    check_key(key)
    unit = unit_of(key, elem, layout)
    stored_key, stored_elem = _stored(key, layout), _stored(elem, layout)
    return ModelShape(
        name=name or f"map[{key.name}]{elem.name}",
        unit=unit,
        key_size=stored_key.size,
        elem_size=stored_elem.size,
        full_key_size=key.size,
        full_elem_size=elem.size,
        key_ptrdata=pointer_bytes(stored_key),
        elem_ptrdata=pointer_bytes(stored_elem),
        full_key_ptrdata=pointer_bytes(key),
        full_elem_ptrdata=pointer_bytes(elem),
        unit_ptrdata=pointer_bytes(unit_type(key, elem, layout)),
        needs_key_update=any_leaf(key, _UPDATED),
        reflexive=not any_leaf(key, _FLOATS | {Kind.INTERFACE}),
        may_panic=any_leaf(key, frozenset({Kind.INTERFACE})),
        fast=fast_kind(key, elem, layout),
    )


def unit_type(key: GoType, elem: GoType, layout: RuntimeLayout) -> GoType:
    """Return the struct that is a map's unit: a bucket, or a group with interleaved or split slots."""
    slot_key, slot_elem = _stored(key, layout), _stored(elem, layout)
    if layout.map_kind == "classic":
        pointers = pointer_bytes(slot_key) or pointer_bytes(slot_elem)
        return make_struct(
            [
                Member("topbits", make_array(SLOTS_PER_UNIT, BASIC["uint8"])),
                Member("keys", make_array(SLOTS_PER_UNIT, slot_key)),
                Member("elems", make_array(SLOTS_PER_UNIT, slot_elem)),
                Member("overflow", BASIC["unsafe.Pointer" if pointers else "uintptr"]),
            ]
        )
    ctrl = Member("ctrl", BASIC["uint64"])
    if _SPLIT in layout.active:
        keys, elems = make_array(SLOTS_PER_UNIT, slot_key), make_array(SLOTS_PER_UNIT, slot_elem)
        return make_struct([ctrl, Member("keys", keys), Member("elems", elems)])
    slot = make_struct([Member("key", slot_key), Member("elem", slot_elem)])
    return make_struct([ctrl, Member("slots", make_array(SLOTS_PER_UNIT, slot))])


def unit_of(key: GoType, elem: GoType, layout: RuntimeLayout) -> MapShape:
    """Return a map's unit in bytes. The key's type is not checked."""
    unit = unit_type(key, elem, layout)
    limit_key, limit_elem = layout.const("MapMaxKeyBytes"), layout.const("MapMaxElemBytes")
    indirect = (key.size > limit_key, elem.size > limit_elem)
    noscan = pointer_bytes(unit) == 0
    places = [(field.offset, field.type.elem.size) for field in unit.fields[1:3] if field.type.kind is Kind.ARRAY]
    if len(places) == 2:
        (keys_off, key_stride), (elems_off, elem_stride) = places
    else:
        keys_off, key_stride = places[0]
        elems_off, elem_stride = keys_off + unit.fields[1].type.elem.fields[1].offset, key_stride
    return MapShape(
        layout.map_kind, key, elem, unit.size, keys_off, key_stride, elems_off, elem_stride, *indirect, noscan
    )


def _stored(go_type: GoType, layout: RuntimeLayout) -> GoType:
    """Return what a slot holds: the value, or a pointer to it where it is too large."""
    # Keys and elems have had one limit in every version (internal/abi, MapMaxKeyBytes, MapMaxElemBytes).
    if go_type.size <= layout.const("MapMaxKeyBytes"):
        return go_type
    return make_pointer(go_type.name, lambda: go_type)


def check_key(key: GoType) -> None:
    """Refuse a key type that Go's compiler refuses.

    Raises:
        UsageError: the type cannot be compared; the message names the part that cannot.
    """
    bad = _incomparable(key)
    if bad is not None:
        where, what = bad
        part = f": its {where} is {what}" if where else f": it is {what}"
        raise UsageError(f"{key.name} cannot be the key of a map{part}", hint="Go compares keys with ==")


def is_comparable(go_type: GoType) -> bool:
    """Whether values of the type can be compared with == (what an interface in them holds may still not be)."""
    return _incomparable(go_type) is None


def _incomparable(go_type: GoType) -> tuple[str, str] | None:
    if go_type.kind in _NOT_COMPARABLE:
        return "", _NOT_COMPARABLE[go_type.kind]
    if go_type.kind is Kind.ARRAY:
        inside = _incomparable(go_type.elem)
        return None if inside is None else (f"elem{' ' + inside[0] if inside[0] else ''}", inside[1])
    if go_type.kind is Kind.STRUCT:
        for field in go_type.fields:
            inside = _incomparable(field.type)
            if inside is not None:
                return f"field {field.name}{'.' + inside[0] if inside[0] else ''}", inside[1]
    return None


def any_leaf(go_type: GoType, kinds: frozenset[Kind]) -> bool:
    """Whether the type, or a field or elem of it at any depth (blank ones and empty arrays too), is of such a kind."""
    if go_type.kind is Kind.ARRAY:
        return any_leaf(go_type.elem, kinds)
    if go_type.kind is Kind.STRUCT:
        return any(any_leaf(field.type, kinds) for field in go_type.fields)
    return go_type.kind in kinds


def fast_kind(key: GoType, elem: GoType, layout: RuntimeLayout) -> FastKind:
    """Return which of the specialised functions the compiler calls for a map (walk.mapfast)."""
    if elem.size > layout.const("MapMaxElemBytes"):
        return ""
    if is_string(key):
        return "str"
    if key.size not in _WORDS or not is_memory(key):
        return ""
    # A machine that is not trusted with unaligned loads does not read two halves as one word (reflectdata.AlgType).
    if layout.hashing.dialect == "aligned runs" and align_of(key) < min(8, key.size):
        return ""
    plain, pointers = _WORDS[key.size]
    return pointers if pointer_bytes(key) else plain


def is_string(go_type: GoType) -> bool:
    """Whether the compiler hashes and compares the type as a string: one, alone in a struct or an array (ASTRING)."""
    if go_type.kind is Kind.STRUCT:
        return len(go_type.fields) == 1 and go_type.fields[0].name != "_" and is_string(go_type.fields[0].type)
    if go_type.kind is Kind.ARRAY:
        return go_type.length == 1 and is_string(go_type.elem)
    return go_type.kind is Kind.STRING


def most_values(go_type: GoType) -> int | None:
    """Return how many different values of a type a map can hold as keys; None where no count of entries gets there.

    Bools, whole numbers of up to 32 bits, and what is built from such: other types have more values than a machine
    has memory for. So do floats: each NaN is a key of its own. Blank fields are no part of what is compared.
    """
    if go_type.kind is Kind.STRUCT:
        counts = [most_values(field.type) for field in go_type.fields if field.name != "_"]
    elif go_type.kind is Kind.ARRAY:
        one = 1 if not go_type.length else most_values(go_type.elem)
        counts = [one] if one == 1 else [one] * min(go_type.length, _MANY.bit_length())
    else:
        counts = [_FEW.get(go_type.kind)]
    known = [count for count in counts if count is not None]
    values = prod(known)
    return values if len(known) == len(counts) and values <= _MANY else None


def is_memory(go_type: GoType) -> bool:
    """Whether values of the type are equal where their bytes are (AMEM): no blanks, padding, floats, strings."""
    if go_type.kind is Kind.STRUCT:
        ends = [*(field.offset for field in go_type.fields[1:]), go_type.size]
        return all(
            field.name != "_" and field.offset + field.type.size == end and is_memory(field.type)
            for field, end in zip(go_type.fields, ends[: len(go_type.fields)], strict=True)
        )
    if go_type.kind is Kind.ARRAY:
        return not go_type.length or is_memory(go_type.elem)
    return go_type.kind not in _UPDATED and go_type.kind not in _NOT_COMPARABLE


__all__ = [
    "any_leaf",
    "check_key",
    "fast_kind",
    "is_comparable",
    "is_memory",
    "is_string",
    "map_shape",
    "most_values",
    "shape_of",
    "unit_of",
    "unit_type",
]
