"""A memory in which some bits are wrong."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from goxray.target.coalesce import Hole
from goxray.target.memory import Memory, Region


class FlippingMemory(Memory):
    """What another memory holds, with one bit in about ``rate`` bytes flipped, differently for each ``seed``."""

    def __init__(self, real: Memory, seed: int, rate: int) -> None:
        super().__init__()
        self._real = real
        self._random = np.random.default_rng(seed)
        self._rate = rate
        self.flipped = 0

    def _flip(self, out: NDArray[np.uint8]) -> None:
        if not out.size:
            return
        count = int(self._random.poisson(out.size / self._rate))
        at = self._random.integers(0, out.size, count)
        out[at] ^= np.uint8(1) << self._random.integers(0, 8, count).astype(np.uint8)
        self.flipped += count

    def _fill(self, starts: NDArray[np.uint64], sizes: NDArray[np.int64], out: NDArray[np.uint8]) -> list[Hole]:
        holes = self._real._fill(starts, sizes, out)
        self._flip(out[: int(sizes.sum())])
        return holes

    def _copy(self, addr: int, out: NDArray[np.uint8]) -> int:
        got = self._real._copy(addr, out)
        self._flip(out[:got])
        return got

    def regions(self) -> list[Region]:
        return self._real.regions()
