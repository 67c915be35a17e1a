"""Numbers for Go values: what the arrays of the engine hold instead of keys and elems.

0 is the zero value of the type. Values of up to eight bytes that are plain numbers are their own bits; others are
numbered as they come, and those that no slot holds any more are forgotten from time to time.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.types import GoType, Kind
from goxray.model.encode import NUMBERS, canonical, put_numbers
from goxray.model.swiss.state import I64, ODD

UNKNOWN = -2
"""The identity of a key that the map cannot hold, because no assign has brought it."""

_FLOATS: dict[Kind, np.dtype[Any]] = {Kind.FLOAT32: np.dtype("<f4"), Kind.FLOAT64: np.dtype("<f8")}
_COMPLEX = frozenset({Kind.COMPLEX64, Kind.COMPLEX128})

Values = Sequence[object] | NDArray[Any]


class Pool(Protocol):
    """Values of one type, by number."""

    def put(self, values: Values) -> I64:
        """Return the numbers of values, int64[N]."""

    def get(self, number: int) -> object:
        """Return the value of a number."""

    def many(self, numbers: I64) -> Values:
        """Return the values of numbers."""

    def size(self) -> int:
        """How many values are kept; 0 where none need to be."""

    def keep(self, numbers: I64) -> I64:
        """Forget all values but these (ascending, each once); return their new numbers."""


class NumberPool:
    """Plain numbers: a number is the value's bytes, little-endian, as int64."""

    def __init__(self, go_type: GoType) -> None:
        self._type = go_type
        self._dtype = np.dtype(NUMBERS[go_type.kind])

    def put(self, values: Values) -> I64:
        """See :class:`Pool`."""
        rows = np.zeros((len(values), 8), np.uint8)
        put_numbers(self._type, values, rows[:, : self._type.size])
        out: I64 = rows.view(np.int64).reshape(-1)
        return out

    def get(self, number: int) -> object:
        """See :class:`Pool`."""
        return self.many(np.array([number], np.int64))[0]

    def many(self, numbers: I64) -> list[object]:
        """See :class:`Pool`."""
        rows = np.ascontiguousarray(numbers).view(np.uint8).reshape(-1, 8)[:, : self._type.size]
        found: list[object] = np.ascontiguousarray(rows).view(self._dtype).reshape(-1).tolist()
        return found

    def size(self) -> int:
        """See :class:`Pool`."""
        return 0

    def keep(self, numbers: I64) -> I64:
        """See :class:`Pool`."""
        return numbers


class ValuePool:
    """Any other values: numbered from 1 on. None stands for the zero value, as in goxray.model.encode."""

    def __init__(self) -> None:
        self._values: list[object] = [None]

    def put(self, values: Values) -> I64:
        """See :class:`Pool`."""
        first = len(self._values)
        self._values.extend(values)
        return np.arange(first, first + len(values))

    def get(self, number: int) -> object:
        """See :class:`Pool`."""
        return self._values[number]

    def many(self, numbers: I64) -> list[object]:
        """See :class:`Pool`."""
        return [self._values[number] for number in numbers.tolist()]

    def size(self) -> int:
        """See :class:`Pool`."""
        return len(self._values)

    def keep(self, numbers: I64) -> I64:
        """See :class:`Pool`."""
        kept = [number for number in numbers.tolist() if number]
        self._values = [None, *(self._values[number] for number in kept)]
        return np.arange(len(numbers)) + (len(kept) + 1 - len(numbers))


def pool_of(go_type: GoType) -> Pool:
    """Return a pool for values of a type."""
    if go_type.kind in NUMBERS and go_type.kind not in _COMPLEX:
        return NumberPool(go_type)
    return ValuePool()


class Identities:
    """Which keys are equal in Go (==): equal ones have one number, ODD is one that is not equal to itself."""

    def __init__(self, go_type: GoType) -> None:
        self._type = go_type
        self._known: dict[Hashable, int] = {}
        self._next = 1
        self._plain = go_type.kind in NUMBERS and go_type.kind not in _COMPLEX
        self._float = _FLOATS.get(go_type.kind)

    def of(self, keys: Values, numbers: I64 | None, *, new: bool) -> I64:
        """Return the identities of keys, int64[N].

        ``numbers`` are those of a NumberPool where the keys have one; ``new`` tells to number keys not seen so far.

        Raises:
            GoxrayError: an interface holds what cannot be compared, with the runtime's words.
        """
        if self._plain and numbers is not None:
            return self._of_numbers(numbers)
        return np.array([self._of_one(key, new) for key in keys], np.int64)

    def _of_numbers(self, numbers: I64) -> I64:
        if self._float is None:
            return numbers
        rows = np.ascontiguousarray(numbers).view(np.uint8).reshape(-1, 8)[:, : self._type.size]
        values = np.ascontiguousarray(rows).view(self._float).reshape(-1)
        out = np.where(values == 0, 0, numbers)  # +0 and -0 are equal
        return np.where(np.isnan(values), ODD, out)

    def _of_one(self, key: object, new: bool) -> int:
        stands_for = canonical(self._type, key)
        if stands_for is None:
            return ODD
        found = self._known.get(stands_for)
        if found is not None:
            return found
        if not new:
            return UNKNOWN
        self._known[stands_for] = self._next
        self._next += 1
        return self._next - 1

    def size(self) -> int:
        """How many keys are known."""
        return len(self._known)

    def keep(self, identities: set[int]) -> None:
        """Forget all keys but these."""
        self._known = {key: number for key, number in self._known.items() if number in identities}
