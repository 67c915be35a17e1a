"""What of a Go type matters to its hash: which bytes are memory, strings, floats, interfaces, and in which order.

The caller turns the target's types into shapes; :mod:`goxray.goruntime.hashes.plan` turns a shape into steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True)
class Memory:
    """``size`` bytes compared and hashed as they stand: integers, bools, pointers, channels.

    Also any type that the compiler flags as TFlagRegularMemory (internal/abi/type.go).
    """

    size: int


@dataclass(frozen=True)
class Float:
    """A float32 or float64: both zeros hash alike, a NaN has no fixed hash. ``size`` is 4 or 8 bytes."""

    size: Literal[4, 8]


@dataclass(frozen=True)
class Complex:
    """A complex64 or complex128: two floats. ``size`` is 8 or 16 bytes."""

    size: Literal[8, 16]


@dataclass(frozen=True)
class String:
    """A string header (pointer, length); the bytes it points to are what is hashed."""

    size: Literal[16] = 16


@dataclass(frozen=True)
class Interface:
    """An interface value: type or itab word, then the data word. ``empty`` tells ``any`` from one with methods."""

    empty: bool
    size: Literal[16] = 16


@dataclass(frozen=True)
class Field:
    """One field of a struct, ``offset`` in bytes. ``blank`` fields (named ``_``) are neither compared nor hashed."""

    offset: int
    shape: KeyShape
    blank: bool = False


@dataclass(frozen=True)
class Struct:
    """A struct of ``size`` bytes, padding included, with its fields in memory order.

    ``regular`` is the type's TFlagRegularMemory where the target says so, None to follow the compiler's own rule.
    The two part only for structs that reflect.StructOf made before it set the flag.
    """

    size: int
    fields: tuple[Field, ...]
    regular: bool | None = None


@dataclass(frozen=True)
class Array:
    """``count`` elems, each ``elem.size`` bytes, with nothing between them. ``regular`` as in :class:`Struct`."""

    count: int
    elem: KeyShape
    regular: bool | None = None

    @property
    def size(self) -> int:
        """Bytes of the whole array."""
        return self.count * self.elem.size


KeyShape: TypeAlias = Memory | Float | Complex | String | Interface | Struct | Array


def is_regular(shape: KeyShape) -> bool:
    """Whether values of the type are hashed as plain memory.

    Follows cmd/compile/internal/types (AlgType, setAlg): memory all through, no blank field, no padding. A
    struct of one field is what its field is; an array of no elems is plain memory of size 0.
    """
    match shape:
        case Memory():
            return True
        case Struct():
            return _regular_struct(shape) if shape.regular is None else shape.regular
        case Array():
            return (shape.count == 0 or is_regular(shape.elem)) if shape.regular is None else shape.regular
    return False


def _regular_struct(shape: Struct) -> bool:
    return all(
        not field.blank and is_regular(field.shape) and not is_padded(shape, index)
        for index, field in enumerate(shape.fields)
    )


def is_padded(shape: Struct, index: int) -> bool:
    """Whether unused bytes follow the ``index``-th field (cmd/compile/internal/types, IsPaddedField)."""
    field = shape.fields[index]
    end = shape.fields[index + 1].offset if index + 1 < len(shape.fields) else shape.size
    return field.offset + field.shape.size != end


def alignment(shape: KeyShape) -> int:
    """Bytes that the compiler aligns values of the type to (cmd/compile/internal/types, CalcSize)."""
    match shape:
        case Array():
            return alignment(shape.elem)
        case Struct():
            return max((alignment(field.shape) for field in shape.fields), default=1)
        case Complex():
            return shape.size // 2
        case Float():
            return shape.size
        case Memory():
            return min(8, shape.size & -shape.size) or 1
    return 8
