"""One round of AES encryption on arrays of 128-bit states, as amd64's AESENC instruction does it.

A state is two uint64 arrays: its low and its high half, so bytes 0..7 and 8..15 (little-endian). Substitution, row
shift and column mixing fall together into table look-ups (FIPS 197, section 5.1); here each look-up takes two
neighbouring bytes at once. All functions keep the shape of the state's arrays.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

_HALF = np.uint64(32)
_FIELD = 0x11B  # x^8 + x^4 + x^3 + x + 1, the modulus of the field AES computes in


def _double(value: int) -> int:
    """``value`` times x in the field."""
    value <<= 1
    return value ^ _FIELD if value & 0x100 else value


def _substitutions() -> list[int]:
    """The S-box: each byte's inverse in the field, then an affine map."""
    powers = [1]
    while len(powers) < 255:
        powers.append(powers[-1] ^ _double(powers[-1]))  # powers of x + 1, which generate the field
    box = [0x63] * 256
    for exponent, value in enumerate(powers):
        inverse = powers[-exponent % 255]
        bits = inverse
        for turn in range(1, 5):
            bits ^= (inverse << turn | inverse >> (8 - turn)) & 0xFF
        box[value] = bits ^ 0x63
    return box


@cache
def _tables() -> tuple[Words, Words]:
    """For two bytes of one column, (rows 0, 1) and (rows 2, 3): what they add to two neighbouring columns.

    The row shift sends row r of column c to column c - r. So rows 0 and 1 of column c reach columns c and c - 1, rows 2
    and 3 reach c + 2 and c + 1 (modulo 4); the lower of the two stands in the entry's low half.
    """
    box = _substitutions()
    column = np.zeros((4, 256), np.uint64)  # column[r][b]: the mixed column of byte b in row r
    for byte, value in enumerate(box):
        twice = _double(value)
        mixed = twice | value << 8 | value << 16 | (twice ^ value) << 24
        for row in range(4):
            turn = 8 * row
            column[row, byte] = (mixed << turn | mixed >> (32 - turn)) & 0xFFFFFFFF
    first = np.arange(65536) & 0xFF
    second = np.arange(65536) >> 8
    upper = column[1][second] | column[0][first] << _HALF
    lower = column[3][second] | column[2][first] << _HALF
    return upper, lower


def _quarters(word: Words) -> list[NDArray[np.uint16]]:
    pairs = np.ascontiguousarray(word).view(np.uint16)
    return [pairs[k::4] for k in range(4)]


def aesenc(low: Words, high: Words, key_low: Words, key_high: Words) -> tuple[Words, Words]:
    """One round: states uint64[n] (low, high), round keys uint64[n] or [1]; the new (low, high)."""
    upper, lower = _tables()
    c0, c0b, c1, c1b = _quarters(low)
    c2, c2b, c3, c3b = _quarters(high)
    out_low = upper.take(c1, mode="wrap")  # columns 0, 1
    out_low ^= lower.take(c3b, mode="wrap")
    out_high = upper.take(c3, mode="wrap")  # columns 2, 3
    out_high ^= lower.take(c1b, mode="wrap")
    middle = upper.take(c2, mode="wrap")  # columns 1, 2
    middle ^= lower.take(c0b, mode="wrap")
    around = upper.take(c0, mode="wrap")  # columns 3, 0
    around ^= lower.take(c2b, mode="wrap")
    out_low ^= around >> _HALF
    out_low ^= middle << _HALF
    out_high ^= middle >> _HALF
    out_high ^= around << _HALF
    out_low ^= key_low
    out_high ^= key_high
    return out_low, out_high


def aesenc_low(low: Words, high: Words, key_low: Words) -> Words:
    """The low half of one round's result, for the last round of a hash."""
    upper, lower = _tables()
    c0, c0b, c1, _ = _quarters(low)
    c2, c2b, _, c3b = _quarters(high)
    out = upper.take(c1, mode="wrap")
    out ^= lower.take(c3b, mode="wrap")
    out ^= (upper.take(c0, mode="wrap") ^ lower.take(c2b, mode="wrap")) >> _HALF
    out ^= (upper.take(c2, mode="wrap") ^ lower.take(c0b, mode="wrap")) << _HALF
    out ^= key_low
    return out


@cache
def _box() -> NDArray[np.uint8]:
    return np.array(_substitutions(), np.uint8)


def substituted_low(low: Words, high: Words) -> Words:
    """The low half of a last round without a key: bytes substituted and rows shifted, columns left unmixed."""
    bytes_low = np.ascontiguousarray(low).view(np.uint8).reshape(-1, 8)
    bytes_high = np.ascontiguousarray(high).view(np.uint8).reshape(-1, 8)
    shifted = np.empty(bytes_low.shape, np.uint8)
    for place in range(8):  # row r of column c comes from column c + r
        source = (4 * (place // 4 + place % 4) + place % 4) % 16
        shifted[:, place] = bytes_low[:, source] if source < 8 else bytes_high[:, source - 8]
    return _box().take(shifted).view(np.uint64)[:, 0]
