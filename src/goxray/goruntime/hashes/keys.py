"""What one process mixes into its hashes, and memhash over arrays with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.hashes import memhash_aes, memhash_arm64, memhash_portable
from goxray.goruntime.hashes.runs import Ints, Runs, Spans

Words = NDArray[np.uint64]

AES_MACHINES = ("amd64", "arm64")
"""Go's names of the machines whose maps may be hashed with AES."""

_SCHEDULE_WORDS = 16
_PORTABLE_WORDS = 4
# m1 to m4 of runtime/hash64.go, as long as it has them: the first salts hashkey[0], the others stand for the rest.
_SALT = (0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3)


@dataclass(frozen=True)
class HashKeys:
    """The random words one process hashes with. Make it with :meth:`aes` or :meth:`portable`.

    ``schedule`` is uint64[16] when the process hashes with AES, else None; ``words`` is uint64[4] when it does not.
    With AES ``goarch`` names the machine, and ``whole_seed`` how that of arm64 hashes 4 bytes.
    """

    schedule: Words | None
    words: Words
    goarch: str = "amd64"
    whole_seed: bool = True

    @classmethod
    def aes(cls, schedule: bytes, goarch: str = "amd64", *, whole_seed: bool = True) -> HashKeys:
        """Of an amd64 or arm64 process whose ``useAeshash`` is true: no other machine hashes with AES.

        Args:
            schedule: the 128 bytes of ``aeskeysched`` (runtime, later internal/runtime/maps).
            goarch: ``amd64`` or ``arm64``, whose hashes differ.
            whole_seed: whether all of the seed enters arm64's hash of 4 bytes, or its low half alone (before 1.27).

        Raises:
            ValueError: for any other size or machine.
        """
        if goarch not in AES_MACHINES:
            raise ValueError(f"no hash of {goarch} uses AES")
        if len(schedule) != 8 * _SCHEDULE_WORDS:
            raise ValueError(f"aeskeysched has 128 bytes, not {len(schedule)}")
        return cls(np.frombuffer(schedule, np.uint64), np.zeros(_PORTABLE_WORDS, np.uint64), goarch, whole_seed)

    @classmethod
    def portable(cls, hashkey: bytes, *, salted: bool) -> HashKeys:
        """Of a process that hashes without AES, on any 64-bit architecture.

        Args:
            hashkey: the 32 bytes of ``hashkey``.
            salted: whether this build's runtime/hash64.go mixes constants of its own (m1 to m4) with ``hashkey[0]`` and
                leaves the other three words unused; False where it uses all four words as they are.

        Raises:
            ValueError: for any other size.
        """
        if len(hashkey) != 8 * _PORTABLE_WORDS:
            raise ValueError(f"hashkey has 32 bytes, not {len(hashkey)}")
        words = np.frombuffer(hashkey, np.uint64)
        if salted:
            words = np.array((int(words[0]) ^ _SALT[0], *_SALT[1:]), np.uint64)
        return cls(None, words)

    def word(self, values: Words, size: int, seeds: Words) -> Words:
        """memhash32 (``size`` 4) or memhash64 (8) of words uint64[n]; ``seeds`` uint64[n] or [1]."""
        if self.schedule is not None:
            if self.goarch == "arm64":
                return memhash_arm64.memhash_word(values, size, seeds, self.schedule, whole_seed=self.whole_seed)
            return memhash_aes.memhash_word(values, seeds, self.schedule)
        return memhash_portable.memhash_word(values, size, seeds, self.words)

    def runs(self, runs: Runs, seeds: Words) -> Words:
        """Hash equally long runs (memhash); ``seeds`` uint64[n] or [1], the result alike or [n]."""
        if self.schedule is not None:
            if self.goarch == "arm64":
                return memhash_arm64.memhash_runs(runs, seeds, self.schedule)
            return memhash_aes.memhash_runs(runs, seeds, self.schedule)
        return memhash_portable.memhash_runs(runs, seeds, self.words)

    def strings(self, spans: Spans, seeds: Words) -> Words:
        """Hash strings of any lengths (strhash): uint64[spans.count]; ``seeds`` uint64[n] or [1]."""
        out = np.empty(spans.count, np.uint64)
        order = np.argsort(-spans.lengths, kind="stable")
        sorted_lengths = spans.lengths[order]
        bounds = memhash_aes.BOUNDS if self.schedule is not None else memhash_portable.BOUNDS
        first = 0
        for bound in (*reversed(bounds), -1):
            after = int(np.searchsorted(-sorted_lengths, -bound, side="left"))
            if after > first:
                chosen: Ints = order[first:after]
                picked = seeds if seeds.size == 1 else seeds[chosen]
                out[chosen] = self.runs(spans.pick(chosen), picked)
            first = after
        return out
