"""memhash with AES on arm64, on arrays (runtime/asm_arm64.s, aeshashbody; later internal/runtime/maps/memhash_arm64.s).

arm64's AESE adds the key first, substitutes and shifts; AESMC mixes the columns. AESE and AESMC of a state and a key
are what amd64's AESENC makes of their sum, without a key after it. A lane ends with AESE alone, except for short runs.

``schedule`` is the process's key schedule, 128 bytes as uint64[16]; ``seeds`` are uint64[n] or [1].
"""

from __future__ import annotations

import numpy as np

from goxray.goruntime.hashes.aes import aesenc, aesenc_low, substituted_low
from goxray.goruntime.hashes.memhash_aes import BLOCK_SHIFT, LANES, Lane, Words, read_lane
from goxray.goruntime.hashes.runs import Ints, Runs

_NO_KEY = np.zeros(1, np.uint64)
_HALF = np.uint64(32)


def memhash_word(values: Words, size: int, seeds: Words, schedule: Words, *, whole_seed: bool) -> Words:
    """memhash32 (``size`` 4) and memhash64 (8): the key is one word (uint64[n]), a 32-bit key zero-extended.

    ``whole_seed`` says whether all of the seed enters memhash32; without it (up to Go 1.26) only its low half.
    """
    low, high = np.broadcast_arrays(seeds, values)
    if size == 4 and not whole_seed:
        low, high = (low & np.uint64(0xFFFFFFFF)) | high << _HALF, np.zeros_like(high)
    return _end((low, high), (schedule[0:1], schedule[1:2]))


def memhash_runs(runs: Runs, seeds: Words, schedule: Words) -> Words:
    """Hash runs (memhash) that all belong to one length class (memhash_aes.BOUNDS), the longest first.

    Args:
        runs: what to hash.
        seeds: uint64[runs.count] or [1].
        schedule: uint64[16].

    Returns:
        uint64[n], n as broadcast from runs and seeds; [1] for empty runs with one seed.
    """
    longest = int(runs.lengths[0]) if runs.lengths.size else 0
    lane = _seeded(runs.lengths, seeds, schedule, 0)
    if longest == 0:
        return lane[0]
    if longest <= 16:
        low, high = _added(_spread(runs.short(), runs.lengths), lane)
        return aesenc_low(*aesenc(*aesenc(low, high, *lane), *lane), _NO_KEY)
    pairs = next((half for half in (1, 2, 4) if longest <= 32 * half), 0)
    if not pairs:
        return _long(runs, seeds, schedule)
    lanes = [lane] + [_seeded(runs.lengths, seeds, schedule, k) for k in range(1, 2 * pairs)]
    result: Words = _NO_KEY
    for k, seeded in enumerate(lanes):
        result = result ^ _end(read_lane(runs, k, pairs), seeded)
    return result


def _spread(short: Lane, lengths: Ints) -> Lane:
    """The bytes of runs below 16: eight at place 0, four at 8, two at 12 and one at 14, as the length's bits say."""
    low, high = short
    sizes = lengths.astype(np.uint64)

    def when(bit: int, value: Words, other: Words) -> Words:
        chosen: Words = np.where(sizes & np.uint64(bit), value, other)
        return chosen

    rest = when(8, high, low)
    spread = when(4, rest & np.uint64(0xFFFFFFFF), _NO_KEY)
    rest = when(4, rest >> _HALF, rest)
    spread = spread | when(2, rest & np.uint64(0xFFFF), _NO_KEY) << _HALF
    rest = when(2, rest >> np.uint64(16), rest)
    spread = spread | when(1, rest & np.uint64(0xFF), _NO_KEY) << np.uint64(48)
    whole = sizes == np.uint64(16)
    return np.where(whole, low, when(8, low, _NO_KEY)), np.where(whole, high, spread)


def _seeded(lengths: Ints, seeds: Words, schedule: Words, lane: int) -> Lane:
    """The starting state of a lane: seed and length, added to the lane's 16 bytes of the schedule, one round."""
    low, high = np.broadcast_arrays(seeds ^ schedule[2 * lane], lengths.astype(np.uint64) ^ schedule[2 * lane + 1])
    return aesenc(low, high, _NO_KEY, _NO_KEY)


def _added(data: Lane, key: Lane) -> Lane:
    low, high = np.broadcast_arrays(data[0] ^ key[0], data[1] ^ key[1])
    return low, high


def _end(data: Lane, key: Lane) -> Words:
    """The key added three times, with a round after each; the last leaves the columns unmixed."""
    low, high = _added(data, key)
    return substituted_low(*aesenc(*aesenc(low, high, *key), *key))


def _long(runs: Runs, seeds: Words, schedule: Words) -> Words:
    """Runs of more than 128 bytes: eight lanes take the last block, then every block from the first on, twice each."""
    blocks = np.broadcast_to((runs.lengths - 1) >> BLOCK_SHIFT, (runs.count,))
    result: Words = _NO_KEY
    for k in range(LANES):
        seeded = _seeded(runs.lengths, seeds, schedule, k)
        low, high = (np.array(np.broadcast_to(half, (runs.count,))) for half in seeded)
        back = 16 * (LANES - k)
        data_low, data_high = runs.tail(back, runs.count).copy(), runs.tail(back - 8, runs.count).copy()
        for block in range(int(blocks[0])):
            active = int(np.searchsorted(-blocks, -block, side="left"))
            at = (block << BLOCK_SHIFT) + 16 * k
            part = _added((low[:active], high[:active]), (data_low[:active], data_high[:active]))
            fresh = runs.head(at, active), runs.head(at + 8, active)
            low[:active], high[:active] = aesenc(*aesenc(*part, *fresh), _NO_KEY, _NO_KEY)
            data_low[:active], data_high[:active] = fresh
        result = result ^ _end((low, high), (data_low, data_high))
    return result
