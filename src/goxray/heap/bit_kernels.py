"""Kernels over bitmaps and tables: which slots are objects, how many stand before one, where a key is.

Bit n of a bitmap is bit n % 64 of its word n // 64, as the runtime keeps them (runtime/mbitmap.go).
"""

from __future__ import annotations

import numpy as np

from goxray.core.jit import kernel
from goxray.heap.graph import I32, I64, U16, U32, U64

Number = int | np.integer

_ONE = np.uint64(1)
_WORD_BITS = np.uint64(63)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@kernel
def has_bit(bits: U64, index: Number) -> bool:
    """Whether bit ``index`` of a bitmap is set."""
    return bool((bits[index >> 6] >> (np.uint64(index) & _WORD_BITS)) & _ONE != np.uint64(0))


@kernel
def popcount(word: np.uint64) -> np.int64:
    """Return the number of bits set."""
    x = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    x = x + (x >> np.uint64(8))
    x = x + (x >> np.uint64(16))
    return np.int64((x + (x >> np.uint64(32))) & np.uint64(127))


@kernel
def settle_bits(bits: U64, place: I64, nelems: I32, free_index: I32) -> None:
    """Turn allocBits into "is allocated": slots below freeindex are, slots from nelems on are not.

    Source: runtime/mbitmap.go, mspan.isFree.
    """
    for span in range(len(nelems)):
        first = place[span]
        for word in range(place[span + 1] - first):
            low = word * 64
            taken = bits[first + word]
            below = free_index[span] - low
            if below >= 64:
                taken = np.uint64(0xFFFFFFFFFFFFFFFF)
            elif below > 0:
                taken |= (_ONE << np.uint64(below)) - _ONE
            inside = nelems[span] - low
            if inside < 64:
                taken &= (_ONE << np.uint64(inside)) - _ONE
            bits[first + word] = taken


@kernel
def rank_words(bits: U64, rank: U32) -> int:
    """Fill ``rank`` with the number of bits set before each word; return how many there are."""
    total = 0
    for word in range(len(bits)):
        rank[word] = total
        total += int(popcount(bits[word]))
    return total


@kernel
def list_slots(bits: U64, place: I64, slot: U16) -> None:
    """Write the slot number of every bit set, span by span."""
    out = 0
    for span in range(len(place) - 1):
        first = place[span]
        for word in range(first, place[span + 1]):
            rest = bits[word]
            while rest != np.uint64(0):
                low = popcount((rest & (~rest + _ONE)) - _ONE)
                slot[out] = (word - first) * 64 + low
                out += 1
                rest &= rest - _ONE


@kernel
def find_key(keys: U64, key: np.uint64) -> np.int64:
    """Return the place of a key in an open-addressed table (its length a power of two), -1 where it is not."""
    mask = np.uint64(len(keys) - 1)
    at = (key * _SPREAD) >> np.uint64(32) & mask
    while keys[at] != np.uint64(0):
        if keys[at] == key:
            return np.int64(at)
        at = (at + _ONE) & mask
    return np.int64(-1)
