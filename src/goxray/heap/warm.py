"""Compiling the kernels before a target is frozen: compiling takes seconds once a machine, loading milliseconds."""

from __future__ import annotations

import numpy as np

from goxray.core.jit import COMPILED
from goxray.heap import bit_kernels as bits
from goxray.heap import capture_kernels as kernels
from goxray.heap import contents_kernels, resolve_kernels


def warm_up(*, contents: bool = False) -> None:
    """Call every kernel that runs inside a freeze on the smallest arrays of the right types.

    ``contents``: also those that compare strings.
    """
    if not COMPILED:
        return
    u64, u32, u8 = np.zeros(8, np.uint64), np.zeros(8, np.uint32), np.zeros(8, np.uint8)
    u16, i32, i64 = np.zeros(8, np.uint16), np.zeros(8, np.int32), np.zeros(8, np.int64)
    nothing, none = i64[:0], i32[:0]
    bits.settle_bits(u64.copy(), i64[:1], none, none)
    bits.rank_words(u64, u32)
    bits.list_slots(u64, i64[:1], u16)
    bits.find_key(u64, np.uint64(1))
    batch = kernels.Batch(u64, nothing, nothing, u8, u64, nothing)
    shapes = kernels.Shapes(i64, u8, u64, i64, u16)
    masks = kernels.TypeMasks(u64, i32, i64, i32, i64)
    bounds = kernels.Bounds(np.uint64(0), np.uint64(0), u64[:0])
    out = kernels.Pointers(u64, u32, i64, u8)
    kernels.unknown_types(batch, shapes, u64, u64)
    kernels.extract_spans(batch, shapes, masks, bounds, out, kernels.Listed(u32, u32, u32, u64))
    kernels.extract_piece(kernels.Piece(u64, 0, 0, False, u64, none, 0), 0, 0, bounds, out)
    kernels.side_words(u64, u64, i64, u8, 0, u64[:0], u64, u32, u32)
    if contents:
        resolve_kernels.locate_block(
            u64[:0],
            resolve_kernels.Index(none, np.zeros((1, 6), np.uint64), np.zeros((1, 2), np.uint64)),
            resolve_kernels.Block(nothing.copy(), nothing.copy(), u16[:0]),
        )
        contents_kernels.hash_runs(u8, nothing, nothing, np.uint64(0), u64)
