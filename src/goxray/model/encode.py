"""Python values as the bytes that Go variables have in memory, and when two of them are equal in Go.

How values are written in Python:

==================================  ====================================================================================
Go                                  Python
==================================  ====================================================================================
bool, integers                      bool, int; a value that does not fit is refused
floats, complex numbers             float or int, complex; float32 is rounded as Go's conversion does it
string                              str (UTF-8) or bytes
array                               list or tuple of its elems; bytes for an array of bytes
struct                              tuple or list with a value for every field, blank ones too; or a dict by field
                                    name, in which what is missing is zero
slice                               list or tuple of its elems; bytes for a slice of bytes
pointer, chan, func, map            the address as int
interface                           :class:`Iface`, the dynamic type and its value
any of them                         None: the zero value (nil)
==================================  ====================================================================================

Padding is zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import UsageError
from goxray.goruntime.types import POINTER_SHAPED, GoType, Kind
from goxray.model.encode_equal import canonical
from goxray.model.encode_values import (
    BYTES,
    NUMBERS,
    Bytes,
    Iface,
    address,
    byte_row,
    elems_of,
    field_of,
    held_by,
    put_numbers,
    text_of,
    unhashable,
    wrong,
)
from goxray.model.gotypes_make import WORD, pointer_bytes

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout

Place = Callable[[bytes], int]
TypeWord = Callable[[GoType, bool], int]


def encode(
    go_type: GoType,
    values: Sequence[object] | NDArray[Any],
    place: Place,
    *,
    type_word: TypeWord | None = None,
    layout: RuntimeLayout | None = None,
) -> Bytes:
    """Return the bytes of Go variables that hold these values: uint8[N, size], little-endian.

    Args:
        go_type: the variables' type.
        values: N values as the module's text has them, or an array of numbers of N elems.
        place: puts bytes into memory and returns their address, never 0: what strings, slices and interfaces point to.
        type_word: the first word of an interface, by dynamic type and whether the interface is without methods: the
            address of a type or of an itab. Without it, the address of the type's name.
        layout: the build, where it matters which values stand in an interface's second word themselves; without it the
            rule of the versions before 1.26, which leaves out structs with a pointer and fields without size.

    Raises:
        UsageError: a value is none of that type; the message says which.
    """
    out = np.zeros((len(values), go_type.size), np.uint8)
    _Encoder(place, type_word or _names(place), layout).fill(go_type, values, out)
    return out


def check_values(go_type: GoType, values: Sequence[object] | NDArray[Any]) -> None:
    """See that all values are of that type.

    Raises:
        UsageError: a value is none of it; the message says which.
    """
    encode(go_type, values, lambda content: WORD)


def _names(place: Place) -> TypeWord:
    known: dict[object, int] = {}

    def word(go_type: GoType, empty: bool) -> int:
        if go_type.key not in known:
            known[go_type.key] = place(go_type.name.encode())
        return known[go_type.key]

    return word


@dataclass(frozen=True)
class _Encoder:
    """One call of :func:`encode`. ``out`` is uint8[N, size of the type], zero before."""

    place: Place
    type_word: TypeWord
    layout: RuntimeLayout | None

    def fill(self, go_type: GoType, values: Sequence[object] | NDArray[Any], out: Bytes) -> None:
        """Write the values of one type, one a row."""
        kind = go_type.kind
        if kind in NUMBERS:
            put_numbers(go_type, values, out)
        elif kind is Kind.STRUCT:
            for index, field in enumerate(go_type.fields):
                part = out[:, field.offset : field.offset + field.type.size]
                self.fill(field.type, [field_of(go_type, value, index, field) for value in values], part)
        elif kind is Kind.ARRAY:
            self._array(go_type, values, out)
        elif kind in POINTER_SHAPED:
            _put_words([address(go_type, value) for value in values], out, 0)
        elif kind is Kind.STRING:
            texts = [text_of(go_type, value) for value in values]
            _put_words([self.place(text) if text else 0 for text in texts], out, 0)
            _put_words([len(text) for text in texts], out, WORD)
        elif kind is Kind.SLICE:
            self._slice(go_type, values, out)
        elif kind is Kind.INTERFACE:
            self._interface(go_type, values, out)
        else:
            raise UsageError(f"values of {go_type.name} cannot be written")

    def _array(self, go_type: GoType, values: Sequence[object] | NDArray[Any], out: Bytes) -> None:
        elem, length = go_type.elem, go_type.length
        rows = [elems_of(go_type, value) for value in values]
        if elem.kind is Kind.UINT8:
            flat = b"".join(bytes(byte_row(go_type, row)) for row in rows)
            out[:] = np.frombuffer(flat, np.uint8).reshape(out.shape)
            return
        for index in range(length):
            part = out[:, index * elem.size : (index + 1) * elem.size]
            self.fill(elem, [row[index] for row in rows], part)

    def _slice(self, go_type: GoType, values: Sequence[object] | NDArray[Any], out: Bytes) -> None:
        addrs, lengths = [], []
        for value in values:
            if value is None:
                addrs.append(0)
                lengths.append(0)
                continue
            if not isinstance(value, (list, tuple, *BYTES)):
                raise wrong(go_type, value)
            rows = encode(go_type.elem, value, self.place, type_word=self.type_word, layout=self.layout)
            addrs.append(self.place(rows.tobytes()))
            lengths.append(len(value))
        _put_words(addrs, out, 0)
        _put_words(lengths, out, WORD)
        _put_words(lengths, out, 2 * WORD)

    def _interface(self, go_type: GoType, values: Sequence[object] | NDArray[Any], out: Bytes) -> None:
        for value, row in zip(values, out, strict=True):
            if value is None:
                continue
            held = held_by(go_type, value)
            inner = encode(held.go_type, [held.value], self.place, type_word=self.type_word, layout=self.layout)
            direct = is_direct(held.go_type, self.layout)
            data = inner.tobytes() if direct else self.place(inner.tobytes()).to_bytes(WORD, "little")
            word = self.type_word(held.go_type, bool(go_type.length))
            row[:] = np.frombuffer(word.to_bytes(WORD, "little") + data, np.uint8)


def is_direct(go_type: GoType, layout: RuntimeLayout | None) -> bool:
    """Whether an interface holds such a value in its second word itself (cmd/compile/internal/types, IsDirectIface).

    The flag moved to TFlag in the version that made it so for every type of one pointer word.
    """
    if layout is not None and layout.has_const("TFlagDirectIface"):
        return go_type.size == WORD and pointer_bytes(go_type) == WORD
    return go_type.is_direct


def _put_words(words: list[int], out: Bytes, offset: int) -> None:
    out[:, offset : offset + WORD] = np.array(words, np.uint64).view(np.uint8).reshape(len(words), WORD)


__all__ = ["NUMBERS", "Iface", "canonical", "check_values", "encode", "is_direct", "put_numbers", "unhashable"]
