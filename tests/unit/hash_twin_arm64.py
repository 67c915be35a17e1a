"""Slow twin of arm64's AES hash: one key at a time, on bytes, instruction by instruction.

Written from runtime/asm_arm64.s (aeshashbody, memhash32, memhash64) and internal/runtime/maps/memhash_arm64.s on its
own, to be compared with the kernels.
"""

from __future__ import annotations

from tests.unit.hash_twin import SBOX, low, times, xor


def aese(state: bytes, key: bytes) -> bytes:
    """The key added, then bytes substituted and rows shifted."""
    mixed = xor(state, key)
    return bytes(SBOX[mixed[(4 * (column + row) + row) % 16]] for column in range(4) for row in range(4))


def aesmc(state: bytes) -> bytes:
    """The columns mixed."""
    out = []
    for column in range(4):
        a = state[4 * column : 4 * column + 4]
        out += [times(a[r], 2) ^ times(a[(r + 1) % 4], 3) ^ a[(r + 2) % 4] ^ a[(r + 3) % 4] for r in range(4)]
    return bytes(out)


def both(state: bytes, key: bytes) -> bytes:
    return aesmc(aese(state, key))


def word(value: int, size: int, seed: int, schedule: bytes, *, whole_seed: bool) -> int:
    if size == 4 and not whole_seed:
        state = seed.to_bytes(8, "little")[:4] + value.to_bytes(4, "little") + bytes(8)
    else:
        state = seed.to_bytes(8, "little") + value.to_bytes(8, "little")
    key = schedule[:16]
    return low(aese(both(both(state, key), key), key))


def gathered(data: bytes) -> bytes:
    """What aes0to15 loads: 8 bytes to lane D[0], 4 to S[2], 2 to H[6], 1 to B[14], by the bits of the length."""
    register, at = bytearray(16), 0
    for size, place in ((8, 0), (4, 8), (2, 12), (1, 14)):
        if len(data) & size:
            register[place : place + size] = data[at : at + size]
            at += size
    return bytes(register)


def mem(data: bytes, seed: int, schedule: bytes) -> int:
    size = len(data)
    plain = seed.to_bytes(8, "little") + size.to_bytes(8, "little")
    v = [both(schedule[16 * lane : 16 * lane + 16], plain) for lane in range(8)]
    if size == 0:
        return low(v[0])
    if size <= 16:
        state = gathered(data) if size < 16 else data
        return low(both(both(both(state, v[0]), v[0]), v[0]))
    if size <= 128:
        half = 16 if size <= 32 else 32 if size <= 64 else 64
        ends = data[:half] + data[size - half :]
        result = 0
        for lane in range(len(ends) // 16):
            piece = ends[16 * lane : 16 * lane + 16]
            result ^= low(aese(both(both(piece, v[lane]), v[lane]), v[lane]))
        return result
    block = data[size - 128 :]
    for turn in range((size - 1) >> 7):
        v = [both(state, block[16 * lane : 16 * lane + 16]) for lane, state in enumerate(v)]
        block = data[128 * turn : 128 * turn + 128]
        v = [both(state, block[16 * lane : 16 * lane + 16]) for lane, state in enumerate(v)]
    result = 0
    for lane, state in enumerate(v):
        piece = block[16 * lane : 16 * lane + 16]
        result ^= low(aese(both(both(state, piece), piece), piece))
    return result
