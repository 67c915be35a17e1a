"""How one map type is laid out in one build, as the compiler would lay it out.

Source: cmd/compile/internal/reflectdata (MapBucketType, MapGroupType, mapfast), internal/abi/map*.go, runtime/type.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from goxray.goruntime.types import MapShape

FastKind = Literal["", "32", "32ptr", "64", "64ptr", "str"]


@dataclass(frozen=True)
class ModelShape:
    """A map type's unit (bucket or group of eight slots) and the flags its operations look at.

    ``unit`` is the layout in bytes. ``key_size`` and ``elem_size`` are a slot's (8 where kept by pointer), their
    ``full_`` twins the types' own. ``unit_ptrdata`` is the unit's PtrBytes: the bytes up to the end of its last
    pointer, 0 when it has none. ``key_ptrdata`` and ``elem_ptrdata`` are those of the types as stored in the slot.
    ``needs_key_update``: assigning to an equal key writes the key again (floats, strings, interfaces).
    ``reflexive``: k == k for every key (no floats inside). ``may_panic``: hashing may panic (interfaces).
    ``fast``: which of the specialised functions the compiler calls (walk.mapfast), empty for the generic ones.
    """

    name: str
    unit: MapShape
    key_size: int
    elem_size: int
    full_key_size: int
    full_elem_size: int
    key_ptrdata: int
    elem_ptrdata: int
    full_key_ptrdata: int
    full_elem_ptrdata: int
    unit_ptrdata: int
    needs_key_update: bool
    reflexive: bool
    may_panic: bool
    fast: FastKind
