"""The pace of evacuation: how many old buckets are left after so many writes to a growing classic map.

Each write evacuates the old bucket that it hits, if that still stands, and the first one that still stands
(runtime/map.go, growWork, evacuate, advanceEvacuationMark). With U of N buckets left the hit one is among them with
chance U / N, whichever they are: U alone is a Markov chain. All is done after N / 2 writes at the earliest, after N at
the latest, and after about N ln 2.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from goxray.model.closed.chances import Chances, mixture, normal

_EXACT_UP_TO = 256
_SHARE = 0.5 * (1.5 - 2 * math.log(2))
"""Variance of the number of writes until all is done, for each bucket."""

_EARLY = 0.375
"""By how much the mean of that number stays below N ln 2, whatever N: the last bucket goes with a hit or without."""


@functools.lru_cache(256)
def buckets_left(buckets: int, writes: int) -> Chances:
    """How many of 2^k old ``buckets`` are not evacuated after so many writes."""
    if writes <= 0:
        return Chances.sure(buckets)
    if writes >= buckets:
        return Chances.sure(0)
    if buckets <= _EXACT_UP_TO:
        return _exact(buckets, writes)
    done = 1 - _chance_of_some(buckets, writes)
    if done > 1 - 1e-12:
        return Chances.sure(0)
    share = writes / buckets
    mean = 2 * buckets * math.exp(writes * math.log1p(-1 / buckets)) - buckets
    grown = math.exp(share)
    variance = buckets * 2 * (3 * (grown - 1) - (grown * grown - 1) / 2 - 2 * share) / grown**2
    left = normal(mean, max(variance, 1e-9))
    some = left.values > 0
    if not some.any():
        return Chances.sure(0)
    return mixture([(done, Chances.sure(0)), (1 - done, Chances.of(left.values[some], left.weights[some]))])


def evacuated_below(buckets: int, left: int, writes: int) -> int:
    """hmap.nevacuate with so many ``left``: behind the mark as many stand as no write has hit."""
    if left == 0:
        return buckets
    return max(0, min(buckets - left, round(buckets - left * math.exp(writes / buckets))))


def _chance_of_some(buckets: int, writes: int) -> float:
    late = (writes + 0.5 + _EARLY - buckets * math.log(2)) / math.sqrt(_SHARE * buckets)
    return 0.5 * math.erfc(late / math.sqrt(2))


def _exact(buckets: int, writes: int) -> Chances:
    chances = np.zeros(buckets + 1)
    chances[buckets] = 1.0
    hit = np.arange(buckets + 1) / buckets
    for _ in range(writes):
        after = np.zeros_like(chances)
        after[0] = chances[0]
        after[:-1] += (chances * (1 - hit))[1:]
        twice = (chances * hit)[1:]  # two go, or the only one left
        after[0] += twice[0]
        after[: buckets - 1] += twice[1:]
        chances = after
    kept = np.flatnonzero(chances)
    return Chances(kept.astype(np.int64), chances[kept])
