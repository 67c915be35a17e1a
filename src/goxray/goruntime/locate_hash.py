"""The random words that a program hashes map keys with, found without symbols by trying them.

They stand in memory that holds no pointers, random to the last bit (runtime/alg.go, alginit; later
internal/runtime/maps). Every run of words there that looks random is tried on keys whose mark in their map is known:
the right ones give every mark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.hashes import HashKeys, HashPlan, KeyReader, hash_keys
from goxray.goruntime.hashes.keys import AES_MACHINES
from goxray.goruntime.locate_scan import Range, windows

if TYPE_CHECKING:
    from goxray.layout import RuntimeLayout
    from goxray.target.memory import Memory

U64 = NDArray[np.uint64]

_WORD = 8
_SCHEDULE, _HASHKEY = 16, 4
"""Words of aeskeysched and of hashkey."""
_FEWEST_BITS, _MOST_BITS = 12, 52
"""So many of 64 random bits are set, but once in ten million words."""
_ENOUGH = 10
"""So many marks of seven bits or more do not agree by chance, whatever is tried."""
_MOST_TRIALS = 1 << 14
_LONGEST = 256


@dataclass(frozen=True)
class Trial:
    """Keys of one type (uint8[N, size]) with their maps' seeds (uint64[N]) and their marks (uint8[N])."""

    plan: HashPlan
    keys: NDArray[np.uint8]
    seeds: U64
    marks: NDArray[np.uint8]


def find_hash_keys(
    memory: Memory,
    layout: RuntimeLayout,
    ranges: list[Range],
    trials: Sequence[Trial],
    marks: Callable[[U64], NDArray[np.uint8]],
    reader: KeyReader,
) -> HashKeys | None:
    """Return the words in ``ranges`` under which the keys of a trial have their marks; None where there are none.

    ``marks`` makes marks of hashes. Several trials may be given of which only some have the right type: one that agrees
    throughout will do.
    """
    usable = [trial for trial in trials if len(trial.keys) >= _ENOUGH]
    if not usable:
        return None
    for count, keys in _random_runs(memory, ranges, layout):
        if count > _MOST_TRIALS:
            return None
        if any(_agree(trial, keys, marks, reader) for trial in usable):
            return keys
    return None


def _agree(trial: Trial, keys: HashKeys, marks: Callable[[U64], NDArray[np.uint8]], reader: KeyReader) -> bool:
    for part in (slice(0, 2), slice(2, None)):
        hashes, known = hash_keys(
            trial.plan, trial.keys[part], trial.seeds[part], keys, reader, longest_string=_LONGEST
        )
        if not (known & (marks(hashes) == trial.marks[part])).all():
            return False
    return True


def _random_runs(memory: Memory, ranges: list[Range], layout: RuntimeLayout) -> Iterator[tuple[int, HashKeys]]:
    """Yield runs of random words as keys, with their number: schedules first, since they are rare."""
    count = 0
    for length in (_SCHEDULE, _HASHKEY) if layout.goarch in AES_MACHINES else (_HASHKEY,):
        for _, words in windows(memory, ranges, length * _WORD):
            bits = np.bitwise_count(words)
            random = (bits >= _FEWEST_BITS) & (bits <= _MOST_BITS) & (words >> np.uint64(48) != 0)
            if len(words) < length:
                continue
            whole = np.convolve(random, np.ones(length, np.int64), "valid") == length
            for at in np.flatnonzero(whole).tolist():
                count += 1
                yield count, _as_keys(words[at : at + length].tobytes(), layout)


def _as_keys(raw: bytes, layout: RuntimeLayout) -> HashKeys:
    if len(raw) == _SCHEDULE * _WORD:
        return HashKeys.aes(raw, layout.goarch, whole_seed=layout.hashing.whole_seed)
    return HashKeys.portable(raw, salted=layout.hashing.salted)
