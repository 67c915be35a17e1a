"""Python values of Go types: what is accepted for each, and the errors for the rest (see goxray.model.encode)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import GoxrayError, UsageError
from goxray.goruntime.types import GoType, Kind, StructField

Bytes = NDArray[np.uint8]

NUMBERS: dict[Kind, type[np.generic]] = {
    Kind.BOOL: np.bool_,
    Kind.INT: np.int64,
    Kind.INT8: np.int8,
    Kind.INT16: np.int16,
    Kind.INT32: np.int32,
    Kind.INT64: np.int64,
    Kind.UINT: np.uint64,
    Kind.UINT8: np.uint8,
    Kind.UINT16: np.uint16,
    Kind.UINT32: np.uint32,
    Kind.UINT64: np.uint64,
    Kind.UINTPTR: np.uint64,
    Kind.FLOAT32: np.float32,
    Kind.FLOAT64: np.float64,
    Kind.COMPLEX64: np.complex64,
    Kind.COMPLEX128: np.complex128,
}
"""How NumPy calls Go's numbers."""

FLOATS = frozenset({Kind.FLOAT32, Kind.FLOAT64, Kind.COMPLEX64, Kind.COMPLEX128})
BYTES = (bytes, bytearray)


@dataclass(frozen=True)
class Iface:
    """What an interface holds: a value and its dynamic type, which is no interface."""

    go_type: GoType
    value: object


def put_numbers(go_type: GoType, values: Sequence[object] | NDArray[Any], out: Bytes) -> None:
    """Write numbers into ``out``, uint8[N, size].

    Raises:
        UsageError: a value is no number of that type.
    """
    wanted = np.dtype(NUMBERS[go_type.kind])
    if isinstance(values, np.ndarray):
        numbers = _converted(go_type, values, wanted)
    else:
        plain = [0 if value is None else value for value in values]
        for value in plain:
            check_number(go_type, value)
        try:
            with np.errstate(over="ignore"):
                numbers = np.array(plain, wanted)
        except OverflowError:
            bad = next(value for value in plain if not fits(value, wanted))
            raise UsageError(f"{shown(bad)} does not fit {go_type.name}") from None
    out[:] = np.ascontiguousarray(numbers).view(np.uint8).reshape(out.shape)


def check_number(go_type: GoType, value: object) -> None:
    """Raise UsageError unless the value is a number that the type could hold, its size apart."""
    kind = go_type.kind
    if kind is Kind.BOOL:
        good = isinstance(value, (bool, np.bool_)) or (isinstance(value, int) and value == 0)
    elif kind in (Kind.COMPLEX64, Kind.COMPLEX128):
        good = isinstance(value, (int, float, complex, np.number))
    elif kind in FLOATS:
        good = isinstance(value, (int, float, np.floating, np.integer))
    else:
        good = isinstance(value, (int, np.integer))
    if not good or (isinstance(value, bool) and kind is not Kind.BOOL):
        raise wrong(go_type, value)


def fits(value: object, wanted: np.dtype[Any]) -> bool:
    """Whether a whole number lies in the range of the dtype; False for dtypes of other numbers."""
    if wanted.kind not in "iu":
        return False
    info = np.iinfo(wanted)
    return isinstance(value, (int, np.integer)) and info.min <= int(value) <= info.max


def _converted(go_type: GoType, values: NDArray[Any], wanted: np.dtype[Any]) -> NDArray[Any]:
    """Convert an array of numbers to the type's own, refusing what does not fit."""
    if values.dtype == wanted:
        return values
    if values.ndim != 1 or values.dtype.kind not in ("iu" if wanted.kind in "iu" else "iufc"):
        raise UsageError(f"an array of {values.dtype} is none of {go_type.name}")
    if wanted.kind in "iu" and len(values):
        info = np.iinfo(wanted)
        for bound in (int(values.min()), int(values.max())):
            if not info.min <= bound <= info.max:
                raise UsageError(f"{bound} does not fit {go_type.name}")
    return values.astype(wanted)


def field_of(go_type: GoType, value: object, index: int, field: StructField) -> object:
    """Return one field's value of a struct, None (zero) where it is not told. Raises UsageError for other values."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        unknown = [name for name in value if go_type.field(str(name)) is None]
        if unknown:
            raise UsageError(f"{go_type.name} has no field {unknown[0]}")
        return value.get(field.name)
    if not isinstance(value, (list, tuple)) or len(value) != len(go_type.fields):
        raise wrong(go_type, value)
    return value[index]


def elems_of(go_type: GoType, value: object) -> Sequence[object]:
    """Return the elems of an array's value. Raises UsageError where it is none of that length."""
    if value is None:
        return bytes(go_type.length) if go_type.elem.kind is Kind.UINT8 else [None] * go_type.length
    good = isinstance(value, (list, tuple, np.ndarray)) or (
        isinstance(value, BYTES) and go_type.elem.kind in (Kind.UINT8, Kind.INT8)
    )
    if not good or len(value) != go_type.length:  # type: ignore[arg-type]
        raise wrong(go_type, value)
    return value  # type: ignore[return-value]


def byte_row(go_type: GoType, row: Sequence[object]) -> Sequence[int]:
    """Return the elems of an array of uint8 as numbers from 0 to 255. Raises UsageError for others."""
    if isinstance(row, BYTES):
        return row
    for each in row:
        if each is not None and (not isinstance(each, (int, np.integer)) or not 0 <= int(each) <= 0xFF):
            raise wrong(go_type.elem, each)
    return [int(each or 0) for each in row]  # type: ignore[call-overload]


def text_of(go_type: GoType, value: object) -> bytes:
    """Return the bytes of a string. Raises UsageError for what is none."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if value is None or isinstance(value, BYTES):
        return bytes(value or b"")
    raise wrong(go_type, value)


def address(go_type: GoType, value: object) -> int:
    """Return what a pointer-shaped value holds. Raises UsageError for what is no address."""
    if value is None:
        return 0
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and 0 <= value < 1 << 64:
        return int(value)
    raise wrong(go_type, value)


def wrong(go_type: GoType, value: object) -> UsageError:
    """Return the error for a value that is none of the type."""
    return UsageError(f"{shown(value)} is no value of {go_type.name}")


def shown(value: object) -> str:
    """Return a value for a message, cut to a readable length."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def held_by(go_type: GoType, value: object) -> Iface:
    """Return what an interface holds, where it holds something.

    Raises:
        UsageError: the value is not written as one of an interface.
    """
    if not isinstance(value, Iface) or value.go_type.kind is Kind.INTERFACE:
        raise UsageError(f"{shown(value)} is no value of {go_type.name}: an interface holds an Iface(type, value)")
    return value


_PATH = re.compile(r"[\w.~-]+/")


def unhashable(go_type: GoType) -> GoxrayError:
    """Return the error for a key whose interface holds such a value, in the words of Go's panic."""
    return GoxrayError(f"hash of unhashable type {_PATH.sub('', go_type.name)}", hint="Go panics here too")
