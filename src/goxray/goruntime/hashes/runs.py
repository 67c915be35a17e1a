"""Where the bytes to hash stand: equal runs cut out of rows, or strings of any length one behind another.

Both give the same reads, so that one kernel serves both. Host and targets are little-endian.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

_SHORT = 16


class Runs(Protocol):
    """Runs of bytes to hash, all of one length class, the longest first.

    ``upto`` limits a read to the first so many runs: those that a loop has still to work on.
    """

    @property
    def count(self) -> int:
        """How many runs there are."""

    @property
    def lengths(self) -> Ints:
        """Their lengths in bytes: int64[count], or [1] when all are equal."""

    def short(self) -> tuple[Words, Words]:
        """The whole run as two words, bytes past its end zero; for runs of at most 16 bytes."""

    def head(self, offset: int, upto: int) -> Words:
        """The 8 bytes at ``offset`` from the start of each run."""

    def tail(self, back: int, upto: int) -> Words:
        """The 8 bytes that start ``back`` bytes before the end of each run."""

    def at(self, offsets: Ints, index: Ints) -> Words:
        """The 8 bytes at ``offsets[i]`` from the start of run ``index[i]``."""


@dataclass(frozen=True)
class RowRuns:
    """``size`` bytes at ``offset`` of every row of ``rows`` (uint8[n, width], the last axis contiguous)."""

    rows: Bytes
    offset: int
    size: int

    @property
    def count(self) -> int:
        """Rows."""
        return int(self.rows.shape[0])

    @property
    def lengths(self) -> Ints:
        """The one length."""
        return np.array([self.size], np.int64)

    def short(self) -> tuple[Words, Words]:
        """See :class:`Runs`."""
        if self.size == _SHORT:
            return self.head(0, self.count), self.head(8, self.count)
        if self.size == 8:
            return self.head(0, self.count), np.zeros(self.count, np.uint64)
        padded = np.zeros((self.count, _SHORT), np.uint8)
        padded[:, : self.size] = self.rows[:, self.offset : self.offset + self.size]
        words = padded.view(np.uint64)
        return words[:, 0], words[:, 1]

    def head(self, offset: int, upto: int) -> Words:
        """See :class:`Runs`."""
        start = self.offset + offset
        return self.rows[:upto, start : start + 8].view(np.uint64)[:, 0]

    def tail(self, back: int, upto: int) -> Words:
        """See :class:`Runs`."""
        return self.head(self.size - back, upto)

    def at(self, offsets: Ints, index: Ints) -> Words:
        """See :class:`Runs`. The offsets of equal runs are equal."""
        return self.head(int(offsets[0]), self.count)[index]


@dataclass(frozen=True)
class Spans:
    """Strings in one buffer of words: string i is bytes ``starts[i]`` to ``starts[i] + lengths[i]`` of it.

    ``words`` is uint64 and must reach at least 16 bytes past the last string, with any content.
    """

    words: Words
    starts: Ints
    lengths: Ints

    @property
    def count(self) -> int:
        """Strings."""
        return int(self.starts.shape[0])

    def pick(self, index: Ints) -> Spans:
        """The strings of that index, in its order."""
        return Spans(self.words, self.starts[index], self.lengths[index])

    def short(self) -> tuple[Words, Words]:
        """See :class:`Runs`."""
        low = self.head(0, self.count) & _mask(self.lengths)
        high = self.head(8, self.count) & _mask(self.lengths - 8)
        return low, high

    def head(self, offset: int, upto: int) -> Words:
        """See :class:`Runs`."""
        return self._load(self.starts[:upto] + offset)

    def tail(self, back: int, upto: int) -> Words:
        """See :class:`Runs`."""
        return self._load(self.starts[:upto] + self.lengths[:upto] - back)

    def at(self, offsets: Ints, index: Ints) -> Words:
        """See :class:`Runs`."""
        return self._load(self.starts[index] + offsets)

    def _load(self, at: Ints) -> Words:
        index = at >> 3
        shift = ((at & 7) << 3).astype(np.uint64)
        low = self.words.take(index) >> shift
        # A shift by 64 is undefined: shift twice, so that an aligned word takes nothing from its neighbour.
        high = (self.words.take(index + 1) << (np.uint64(63) - shift)) << np.uint64(1)
        return low | high


def _mask(lengths: Ints) -> Words:
    """Masks that keep the low ``lengths`` bytes of a word; none below 1, all from 8 on."""
    bits = (np.clip(lengths, 0, 8) << 3).astype(np.uint64)
    ones = np.uint64(0xFFFFFFFFFFFFFFFF)
    return np.where(bits == 0, np.uint64(0), ones >> (np.uint64(64) - np.maximum(bits, np.uint64(8))))


def spans_of(texts: list[bytes]) -> Spans:
    """The strings of a list as spans, for small numbers of them."""
    lengths = np.array([len(text) for text in texts], np.int64)
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1])) if texts else np.zeros(0, np.int64)
    data = b"".join(texts)
    return Spans(np.frombuffer(data + bytes(24 - len(data) % 8), np.uint64), starts.astype(np.int64), lengths)
