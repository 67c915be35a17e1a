"""memhash with AES on amd64, on arrays (runtime/asm_amd64.s, aeshashbody; later internal/runtime/maps/memhash_amd64.s).

``schedule`` is the process's key schedule, 128 bytes as uint64[16]; ``seeds`` are uint64[n] or [1].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.hashes.aes import aesenc, aesenc_low
from goxray.goruntime.hashes.runs import Ints, Runs

Words = NDArray[np.uint64]
Lane = tuple[Words, Words]

BOUNDS = (0, 15, 16, 32, 64, 128)  # longest run of each length class; longer ones are hashed in a loop
BLOCK_SHIFT = 7  # that loop takes 128 bytes at a time, 16 for each of its eight lanes
LANES = 8
_LENGTH_MASK = 0xFFFF
_FOUR_TIMES = 0x0001_0001_0001_0001
_FEW = 512
"""So many runs at most have their eight lanes hashed in one call: for more of them the arrays would be large."""


def memhash_word(values: Words, seeds: Words, schedule: Words) -> Words:
    """memhash32 and memhash64: the key is one word (uint64[n]), a 32-bit key zero-extended."""
    low, high = np.broadcast_arrays(seeds, values)
    low, high = aesenc(low, high, schedule[0:1], schedule[1:2])
    low, high = aesenc(low, high, schedule[2:3], schedule[3:4])
    return aesenc_low(low, high, schedule[4:5])


def memhash_runs(runs: Runs, seeds: Words, schedule: Words) -> Words:
    """Hash runs (memhash) that all belong to one length class (:data:`BOUNDS`), the longest first.

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
        return aesenc_low(*lane, lane[0])
    if longest <= 16:
        return _last_three(_mixed(runs.short(), lane))
    pairs = next((half for half in (1, 2, 4) if longest <= 32 * half), 0)
    if not pairs:
        return _long(runs, seeds, schedule)
    lanes = [lane] + [_seeded(runs.lengths, seeds, schedule, k) for k in range(1, 2 * pairs)]
    result: Words | None = None
    for k, seeded in enumerate(lanes):
        data = read_lane(runs, k, pairs)
        hashed = _last_three(_mixed(data, seeded))
        result = hashed if result is None else result ^ hashed
    assert result is not None
    return result


def _seeded(lengths: Ints, seeds: Words, schedule: Words, lane: int) -> Lane:
    """The starting state of a lane: seed and length, mixed with the lane's 16 bytes of the schedule, scrambled."""
    shortest, longest = int(lengths[-1]), int(lengths[0])
    if seeds.size == 1 and longest - shortest < lengths.size:
        # With one seed the state depends on the length alone: make each once.
        table = _scrambled(np.arange(shortest, longest + 1), seeds, schedule, lane)
        index = lengths - shortest
        return table[0].take(index), table[1].take(index)
    return _scrambled(lengths, seeds, schedule, lane)


def _scrambled(lengths: Ints, seeds: Words, schedule: Words, lane: int) -> Lane:
    length = (lengths & _LENGTH_MASK).astype(np.uint64) * np.uint64(_FOUR_TIMES)
    low, high = np.broadcast_arrays(seeds ^ schedule[2 * lane], length ^ schedule[2 * lane + 1])
    return aesenc(low, high, low, high)


def _mixed(data: Lane, seeded: Lane) -> Lane:
    return data[0] ^ seeded[0], data[1] ^ seeded[1]


def read_lane(runs: Runs, lane: int, pairs: int) -> Lane:
    """16 bytes for a lane: the first half of the lanes reads from the start, the other half up to the end."""
    if lane < pairs:
        return runs.head(16 * lane, runs.count), runs.head(16 * lane + 8, runs.count)
    back = 16 * (2 * pairs - lane)
    return runs.tail(back, runs.count), runs.tail(back - 8, runs.count)


def _last_three(lane: Lane) -> Words:
    """Three rounds, each with the state as its own key; only the low half is the hash."""
    low, high = aesenc(*lane, *lane)
    low, high = aesenc(low, high, low, high)
    return aesenc_low(low, high, low)


def _long(runs: Runs, seeds: Words, schedule: Words) -> Words:
    """Runs of more than 128 bytes: eight lanes start from the last block, then take every block from the first on."""
    blocks = np.broadcast_to((runs.lengths - 1) >> BLOCK_SHIFT, (runs.count,))
    low, high = np.empty((2, LANES, runs.count), np.uint64)
    for k in range(LANES):
        back = 16 * (LANES - k)
        data = runs.tail(back, runs.count), runs.tail(back - 8, runs.count)
        low[k], high[k] = _mixed(data, _seeded(runs.lengths, seeds, schedule, k))
    for block in range(int(blocks[0])):
        active = int(np.searchsorted(-blocks, -block, side="left"))
        together = LANES if active <= _FEW else 1
        for k in range(0, LANES, together):
            some = slice(k, k + together)
            part = low[some, :active].ravel(), high[some, :active].ravel()
            part = aesenc(*part, *part)
            part = aesenc(*part, *_block_of(runs, (block << BLOCK_SHIFT) + 16 * k, together, active))
            low[some, :active], high[some, :active] = (half.reshape(together, active) for half in part)
    result = np.zeros(runs.count, np.uint64)
    for k in range(LANES):
        result ^= _last_three((low[k], high[k]))
    return result


def _block_of(runs: Runs, at: int, lanes: int, active: int) -> Lane:
    """The bytes that so many lanes take from offset ``at`` on, one lane behind the other."""
    low, high = ([runs.head(at + 16 * lane + half, active) for lane in range(lanes)] for half in (0, 8))
    return np.concatenate(low), np.concatenate(high)
