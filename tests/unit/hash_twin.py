"""Slow twins of Go's hash functions: one key at a time, plain integers and bytes, no tables, no arrays.

Written from runtime/asm_amd64.s and runtime/hash64.go on their own, to be compared with the kernels and with Go.
"""

from __future__ import annotations

MASK = (1 << 64) - 1
M5 = 0x1D8E4E27C47D124F


def times(a: int, b: int) -> int:
    """Product in AES's field, bit by bit."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0x100:
            a ^= 0x11B
        b >>= 1
    return product


def substitute(byte: int) -> int:
    """The S-box, from its definition: the inverse by search, then the affine map bit by bit."""
    inverse = next((x for x in range(256) if times(byte, x) == 1), 0)
    out = 0
    for bit in range(8):
        value = 0x63 >> bit & 1
        for step in (0, 4, 5, 6, 7):
            value ^= inverse >> ((bit + step) % 8) & 1
        out |= value << bit
    return out


SBOX = bytes(substitute(byte) for byte in range(256))


def aesenc(state: bytes, key: bytes) -> bytes:
    shifted = [SBOX[state[(4 * (column + row) + row) % 16]] for column in range(4) for row in range(4)]
    out = []
    for column in range(4):
        a = shifted[4 * column : 4 * column + 4]
        out += [times(a[r], 2) ^ times(a[(r + 1) % 4], 3) ^ a[(r + 2) % 4] ^ a[(r + 3) % 4] for r in range(4)]
    return xor(bytes(out), key)


def xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def self_rounds(state: bytes, count: int) -> bytes:
    for _ in range(count):
        state = aesenc(state, state)
    return state


def low(state: bytes) -> int:
    return int.from_bytes(state[:8], "little")


def word_aes(value: int, seed: int, schedule: bytes) -> int:
    state = seed.to_bytes(8, "little") + value.to_bytes(8, "little")
    for at in (0, 16, 32):
        state = aesenc(state, schedule[at : at + 16])
    return low(state)


def mem_aes(data: bytes, seed: int, schedule: bytes) -> int:
    size = len(data)
    plain = seed.to_bytes(8, "little") + (size & 0xFFFF).to_bytes(2, "little") * 4

    def start(lane: int) -> bytes:
        return self_rounds(xor(plain, schedule[16 * lane : 16 * lane + 16]), 1)

    if size == 0:
        return low(self_rounds(start(0), 1))
    if size <= 16:
        return low(self_rounds(xor(data.ljust(16, b"\0"), start(0)), 3))
    if size <= 128:
        half = 1 if size <= 32 else 2 if size <= 64 else 4
        pieces = [data[16 * k : 16 * k + 16] for k in range(half)]
        pieces += [data[size - 16 * k :][:16] for k in range(half, 0, -1)]
        states = [self_rounds(xor(piece, start(k)), 3) for k, piece in enumerate(pieces)]
    else:
        states = [xor(data[size - 128 + 16 * k :][:16], start(k)) for k in range(8)]
        for block in range((size - 1) // 128):
            states = [
                aesenc(self_rounds(state, 1), data[128 * block + 16 * k :][:16]) for k, state in enumerate(states)
            ]
        states = [self_rounds(state, 3) for state in states]
    result = 0
    for state in states:
        result ^= low(state)
    return result


def mix(a: int, b: int) -> int:
    product = a * b
    return product >> 64 ^ product & MASK


def word_portable(value: int, size: int, seed: int, keys: list[int]) -> int:
    return mix(M5 ^ size, mix(value ^ keys[1], value ^ seed ^ keys[0]))


def mem_portable(data: bytes, seed: int, keys: list[int]) -> int:
    def read(at: int, size: int = 8) -> int:
        return int.from_bytes(data[at : at + size], "little")

    size = len(data)
    seed ^= keys[0]
    b = 0
    if size == 0:
        return seed
    if size < 4:
        a = data[0] | data[size >> 1] << 8 | data[size - 1] << 16
    elif size <= 8:
        width = 8 if size == 8 else 4
        a, b = read(0, width), read(size - width, width)
    elif size <= 16:
        a, b = read(0), read(size - 8)
    else:
        at, left = 0, size
        if left > 48:
            lanes = [seed] * 3
            while left > 48:
                lanes = [
                    mix(read(at + 16 * k) ^ keys[k + 1], read(at + 16 * k + 8) ^ lane) for k, lane in enumerate(lanes)
                ]
                at, left = at + 48, left - 48
            seed = lanes[0] ^ lanes[1] ^ lanes[2]
        while left > 16:
            seed = mix(read(at) ^ keys[1], read(at + 8) ^ seed)
            at, left = at + 16, left - 16
        a, b = read(size - 16), read(size - 8)
    return mix(M5 ^ size, mix(a ^ keys[1], b ^ seed))
