"""Kernels over the contents of strings."""

from __future__ import annotations

import numpy as np

from goxray.core.jit import bare_kernel
from goxray.heap.graph import I64, U8, U64

_FIRST = np.uint64(0xFF51AFD7ED558CCD)
_SECOND = np.uint64(0xC4CEB9FE1A85EC53)
_HALF = np.uint64(32)


@bare_kernel
def hash_runs(data: U8, at: I64, length: I64, seed: np.uint64, out: U64) -> None:
    """Write a hash of each run of ``length`` bytes of ``data`` from ``at`` on.

    Equal contents have equal hashes; unequal ones of one length have them once in 2**64 pairs, for a random seed.
    """
    for nth in range(len(at)):
        state = seed ^ np.uint64(length[nth])
        begin, size = at[nth], length[nth]
        whole = size & ~7
        for word in range(0, size, 8):
            value = np.uint64(0)
            for byte in range(8 if word < whole else size - whole):
                value |= np.uint64(data[begin + word + byte]) << np.uint64(8 * byte)
            state = (state ^ value) * _FIRST
            state = (state ^ (state >> _HALF)) * _SECOND
            state ^= state >> _HALF
        out[nth] = state
