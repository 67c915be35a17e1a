"""memhash without AES, on arrays (runtime/hash64.go, memhashFallback; later internal/runtime/maps/runtime_hash64.go).

``keys`` are the four words that enter the hash, uint64[4]; ``seeds`` are uint64[n] or [1].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.hashes.runs import Ints, Runs

Words = NDArray[np.uint64]

BOUNDS = (0, 3, 8, 16)  # longest run of each length class; longer ones are hashed in a loop
_LAST = 0x1D8E4E27C47D124F  # m5
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_WIDE = 48  # bytes of one round of the loop over three lanes
_NARROW = 16  # and of the loop over what these leave


def _mix(a: Words, b: Words) -> Words:
    """The two halves of the 128-bit product, xored."""
    a_low, a_high = a & _LOW, a >> _HALF
    b_low, b_high = b & _LOW, b >> _HALF
    cross = a_high * b_low + ((a_low * b_low) >> _HALF)
    other = a_low * b_high + (cross & _LOW)
    mixed: Words = (a * b) ^ (a_high * b_high + (cross >> _HALF) + (other >> _HALF))
    return mixed


def memhash_word(values: Words, size: int, seeds: Words, keys: Words) -> Words:
    """memhash32Fallback (``size`` 4) and memhash64Fallback (8): the key is one word, uint64[n]."""
    return _finish(values, values, np.array([size], np.int64), seeds ^ keys[0], keys)


def _finish(a: Words, b: Words, lengths: Ints, seeds: Words, keys: Words) -> Words:
    return _mix(lengths.astype(np.uint64) ^ np.uint64(_LAST), _mix(a ^ keys[1], b ^ seeds))


def memhash_runs(runs: Runs, seeds: Words, keys: Words) -> Words:
    """Hash runs (memhash) that all belong to one length class (:data:`BOUNDS`), the longest first.

    Args:
        runs: what to hash.
        seeds: uint64[runs.count] or [1].
        keys: uint64[4].

    Returns:
        uint64[n], n as broadcast from runs and seeds.
    """
    lengths = runs.lengths
    longest = int(lengths[0]) if lengths.size else 0
    seeds = seeds ^ keys[0]
    if longest == 0:
        return seeds
    if longest > _NARROW:
        return _long(runs, seeds, keys)
    low, high = runs.short()
    if longest <= 3:
        a, b = _up_to_three(low, lengths), np.zeros(1, np.uint64)
    elif longest <= 8:
        a, b = _up_to_eight(low, lengths)
    else:
        a, b = low, _last_word(low, high, lengths)
    return _finish(a, b, lengths, seeds, keys)


def _up_to_three(low: Words, lengths: Ints) -> Words:
    """First, middle and last byte of 1 to 3 bytes, as the low three bytes of a word."""
    byte = np.uint64(0xFF)
    size = lengths.astype(np.uint64)
    middle = (low >> (size >> np.uint64(1) << np.uint64(3))) & byte
    last = (low >> ((size - np.uint64(1)) << np.uint64(3))) & byte
    packed: Words = (low & byte) | middle << np.uint64(8) | last << np.uint64(16)
    return packed


def _up_to_eight(low: Words, lengths: Ints) -> tuple[Words, Words]:
    """For 4 to 7 bytes the first and the last four; for 8 the whole word, twice."""
    size = lengths.astype(np.uint64)
    whole = size == np.uint64(8)
    shift = np.where(whole, np.uint64(0), (size - np.uint64(4)) << np.uint64(3))
    return np.where(whole, low, low & _LOW), np.where(whole, low, (low >> shift) & _LOW)


def _last_word(low: Words, high: Words, lengths: Ints) -> Words:
    """The last 8 bytes of 9 to 16."""
    shift = (lengths.astype(np.uint64) - np.uint64(8)) << np.uint64(3)
    return (low >> (shift - np.uint64(8)) >> np.uint64(8)) | high << (np.uint64(64) - shift)


def _long(runs: Runs, seeds: Words, keys: Words) -> Words:
    """Runs of more than 16 bytes: 48 at a time over three lanes, then 16 at a time over one."""
    lengths = np.broadcast_to(runs.lengths, (runs.count,))
    lane = np.array(np.broadcast_to(seeds, (runs.count,)))
    rounds = (lengths - 1) // _WIDE
    wide = _active(rounds, 0)
    if wide:
        lane[:wide] = _three_lanes(runs, lane[:wide], rounds[:wide], keys)
    done = rounds * _WIDE
    left = lengths - done
    for step in (1, 2):
        more = np.flatnonzero(left > step * _NARROW)
        if more.size:
            at = done[more] + (step - 1) * _NARROW
            lane[more] = _mix(runs.at(at, more) ^ keys[1], runs.at(at + 8, more) ^ lane[more])
    return _finish(runs.tail(16, runs.count), runs.tail(8, runs.count), lengths, lane, keys)


def _active(rounds: Ints, step: int) -> int:
    """How many runs (sorted, the longest first) have more than ``step`` rounds to go."""
    return int(np.searchsorted(-rounds, -step, side="left"))


def _three_lanes(runs: Runs, lane: Words, rounds: Ints, keys: Words) -> Words:
    lanes = [lane.copy(), lane.copy(), lane.copy()]
    for step in range(int(rounds[0])):
        active = _active(rounds, step)
        for k, state in enumerate(lanes):
            at = step * _WIDE + 16 * k
            state[:active] = _mix(runs.head(at, active) ^ keys[k + 1], runs.head(at + 8, active) ^ state[:active])
    return lanes[0] ^ lanes[1] ^ lanes[2]
