"""What hangs on one bucket array of a classic map for so many overflow buckets, as functions of their number.

The first ones stand behind the array (runtime/map.go, makeBucketArray), the others are objects of their own. A map
without pointers also keeps a list of all of them, which append lets grow (createOverflow, newoverflow).
"""

from __future__ import annotations

import numpy as np

from goxray.model.classic.sizes import Sizes
from goxray.model.closed.chances import I64

_POINTER = 8


class Hanging:
    """The costs beside an array of 2^log2 buckets; every method takes int64[N] and gives int64[N]."""

    def __init__(self, sizes: Sizes, log2: int) -> None:
        array = sizes.array(log2)
        self._sizes = sizes
        self.spare = array.rows - array.buckets
        """Overflow buckets that come with the array."""

    def apart(self, number: I64) -> I64:
        """Overflow buckets that are objects of their own."""
        return np.maximum(0, number - self.spare)

    def bytes(self, number: I64) -> I64:
        """Bytes of them and of their list."""
        return self.apart(number) * self._sizes.overflow + self._list(number, self._arrays[:, 1], self._header)

    def scan(self, number: I64) -> I64:
        """Bytes of that which the collector looks through."""
        own = self.apart(number) * self._sizes.overflow_scan
        return own + self._list(number, self._arrays[:, 2], _POINTER)

    def mallocs(self, number: I64) -> I64:
        """Allocations: overflow buckets, the list's header and each of its arrays."""
        return self.apart(number) + self._list(number, np.arange(len(self._arrays)), 1)

    def total(self, number: I64) -> I64:
        """Bytes allocated, arrays that the list has outgrown included."""
        spent = np.cumsum(self._arrays[:, 1]) if self._sizes.noscan else self._arrays[:, 1]
        return self.apart(number) * self._sizes.overflow + self._list(number, spent, self._header)

    def peak(self, number: I64) -> I64:
        """The most held on the way: the list's last array was filled from the one before, which was held until then."""
        held = self.bytes(number)
        if not self._sizes.noscan:
            return held
        at = np.searchsorted(self._arrays[:, 0], number)
        before = np.maximum(at - 1, 0)
        copied = self.apart(np.minimum(self._arrays[before, 0] + 1, number)) * self._sizes.overflow
        copied += self._arrays[at, 1] + self._arrays[before, 1] + self._header
        return np.where(number > 0, np.maximum(held, copied), held)

    @property
    def _arrays(self) -> I64:
        return self._sizes.lists

    @property
    def _header(self) -> int:
        return self._sizes.list_header

    def _list(self, number: I64, of_array: I64, header: int) -> I64:
        if not self._sizes.noscan:
            return np.zeros_like(number)
        found: I64 = of_array[np.searchsorted(self._arrays[:, 0], number)] + header
        return np.where(number > 0, found, 0)
