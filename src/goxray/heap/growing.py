"""Arrays that grow by appending, without holding everything twice when they are done."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_FORESEEN = 1 << 30


class Growing:
    """A one-dimensional array of ``dtype``; numpy grows large ones in place (realloc moves pages, not bytes).

    ``most`` items are made room for at once, where that many can be foreseen: room that nothing is written to costs no
    memory, and growing costs time.
    """

    def __init__(self, dtype: type[np.generic], most: int = 0) -> None:
        try:
            self._array: NDArray[Any] = np.empty(min(most, _FORESEEN), dtype)
        except MemoryError:  # where the system lends no more than it has
            self._array = np.empty(0, dtype)
        self._used = 0

    def __len__(self) -> int:
        return self._used

    def append(self, items: NDArray[Any]) -> None:
        """Add items at the end."""
        needed = self._used + len(items)
        if needed > len(self._array):
            self._array.resize(max(needed, self._used + self._used // 4, 1 << 12), refcheck=False)
        self._array[self._used : needed] = items
        self._used = needed

    def take(self) -> NDArray[Any]:
        """Return the array and give it up."""
        array, self._array = self._array, np.empty(0, self._array.dtype)
        array.resize(self._used, refcheck=False)
        self._used = 0
        return array
