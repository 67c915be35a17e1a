"""When two Go values written in Python are equal in Go (see goxray.model.encode)."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from goxray.core.errors import UsageError
from goxray.goruntime.types import POINTER_SHAPED, GoType, Kind
from goxray.model.encode_values import (
    FLOATS,
    NUMBERS,
    address,
    byte_row,
    check_number,
    elems_of,
    field_of,
    fits,
    held_by,
    shown,
    text_of,
    unhashable,
)
from goxray.model.shapes import is_comparable


def canonical(go_type: GoType, value: object) -> Hashable | None:
    """Return what stands for a value among keys: equal for values that are == in Go, None for what never is.

    +0 and -0 are equal, a NaN equals nothing, blank fields do not count, interfaces are equal where their dynamic types
    and values are. What is returned compares only within one type.

    Raises:
        GoxrayError: an interface holds what cannot be compared, with the runtime's words.
        UsageError: the value is none of that type.
    """
    kind = go_type.kind
    if kind in FLOATS:
        return _canonical_float(go_type, value)
    if kind in NUMBERS:
        return _canonical_number(go_type, value)
    if kind is Kind.STRING:
        return text_of(go_type, value)
    if kind in POINTER_SHAPED:
        return address(go_type, value)
    if kind is Kind.INTERFACE:
        return _canonical_held(go_type, value)
    if kind is Kind.STRUCT:
        pairs = [(f.type, field_of(go_type, value, i, f)) for i, f in enumerate(go_type.fields) if f.name != "_"]
    elif kind is Kind.ARRAY:
        elems = elems_of(go_type, value)
        if go_type.elem.kind is Kind.UINT8:
            return bytes(byte_row(go_type, elems))
        pairs = [(go_type.elem, each) for each in elems]
    else:
        raise unhashable(go_type)
    parts = [canonical(part, each) for part, each in pairs]
    return None if any(part is None for part in parts) else tuple(parts)


def _canonical_number(go_type: GoType, value: object) -> Hashable:
    if value is None:
        return 0
    check_number(go_type, value)
    if go_type.kind is not Kind.BOOL and not fits(value, np.dtype(NUMBERS[go_type.kind])):
        raise UsageError(f"{shown(value)} does not fit {go_type.name}")
    return int(value)  # type: ignore[call-overload, no-any-return]


def _canonical_float(go_type: GoType, value: object) -> Hashable | None:
    check_number(go_type, 0 if value is None else value)
    with np.errstate(over="ignore"):
        number = np.array([value or 0], NUMBERS[go_type.kind])[0].item()
    if number != number:
        return None
    return (number.real + 0.0, number.imag + 0.0) if isinstance(number, complex) else number + 0.0


def _canonical_held(go_type: GoType, value: object) -> Hashable | None:
    if value is None:
        return ()
    held = held_by(go_type, value)
    if not is_comparable(held.go_type):
        raise unhashable(held.go_type)
    inner = canonical(held.go_type, held.value)
    return None if inner is None else (held.go_type.key, inner)
