"""Compiling the kernels before a target is frozen: compiling takes seconds once a machine, loading milliseconds."""

from __future__ import annotations

import numpy as np

from goxray.core.jit import COMPILED
from goxray.heap import capture_kernels as kernels


def warm_up() -> None:
    """Call every kernel that runs inside a freeze on the smallest arrays of the right types."""
    if not COMPILED:
        return
    u64, u32, u8 = np.zeros(8, np.uint64), np.zeros(8, np.uint32), np.zeros(8, np.uint8)
    u16, i32, i64 = np.zeros(8, np.uint16), np.zeros(8, np.int32), np.zeros(8, np.int64)
    nothing = i64[:0]
    zero = np.uint64(0)
    kernels.settle_bits(u64.copy(), i64[:1], i32[:0], i32[:0])
    kernels.rank_words(u64, u32)
    kernels.list_slots(u64, i64[:1], u16)
    kernels.find_key(u64, np.uint64(1))
    kernels.unknown_types(u64, nothing, nothing, i64, u8, u64, i64, u16, u64, u64)
    kernels.extract_spans(
        u64, nothing, nothing, u8, u64, i64, i64, u8, u64, i64, u16, u64, i32, i64, i32, i64,
        zero, zero, u64[:0], u64, u32, i64, u8, u32, u32, u32, u64,
    )  # fmt: skip
    kernels.extract_piece(u64, 0, 0, 0, 0, u64, False, i32[:0], 0, zero, zero, u64, u32, i64, u8)
    kernels.side_words(u64, u64, i64, u8, 0, u64[:0], u64, u32, u32)
