"""What hashing needs from the target beyond the key's own bytes: strings, and what interfaces hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.hashes.runs import Ints, Spans
from goxray.goruntime.hashes.shapes import KeyShape

Words = NDArray[np.uint64]
Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

_WORD = 8
_PADDING_WORDS = 3


@dataclass(frozen=True)
class Held:
    """The dynamic type of an interface: its shape, and whether the data word is the value itself (not its address)."""

    shape: KeyShape
    direct: bool


class KeyReader(Protocol):
    """Reads what keys point to. Every method reports per row what it could not read instead of raising."""

    def strings(self, addrs: Words, lengths: Ints) -> tuple[Spans, Flags]:
        """``lengths[i]`` bytes at ``addrs[i]``; ok[n] False where unreadable (those spans hold anything)."""

    def held(self, word: int, empty: bool) -> Held | None:
        """The type behind an interface's first word: a type's address when ``empty``, else an itab's.

        None where it cannot be resolved or its values cannot be hashed. The word is never 0.
        """


class WordMemory(Protocol):
    """The part of goxray.target.memory.Memory that :class:`MemoryKeyReader` uses."""

    def gather(self, addrs: Words, offsets: Sequence[int]) -> tuple[Words, Flags]:
        """Words[n, len(offsets)] at aligned addresses plus offsets, ok[n]."""


class MemoryKeyReader:
    """A :class:`KeyReader` over a target's memory."""

    def __init__(self, memory: WordMemory, held: Callable[[int, bool], Held | None]) -> None:
        """Read through ``memory``; ``held`` resolves an interface's first word as :meth:`KeyReader.held` does.

        Its answers are kept, so it is asked once for each type.
        """
        self._memory = memory
        self._resolve = held
        self._known: dict[tuple[int, bool], Held | None] = {}

    def strings(self, addrs: Words, lengths: Ints) -> tuple[Spans, Flags]:
        """See :meth:`KeyReader.strings`. Reads the aligned words that cover each string."""
        skew = (addrs & np.uint64(_WORD - 1)).astype(np.int64)
        counts = np.where(lengths > 0, (skew + lengths + _WORD - 1) // _WORD, 0)
        ends = np.cumsum(counts)
        firsts = ends - counts
        total = int(ends[-1]) if ends.size else 0
        words = np.zeros(total + _PADDING_WORDS, np.uint64)
        ok = np.ones(addrs.size, np.bool_)
        if total:
            step = np.arange(total) - np.repeat(firsts, counts)
            base = addrs - skew.astype(np.uint64)
            wanted = np.repeat(base, counts) + (step * _WORD).astype(np.uint64)
            found, readable = self._memory.gather(wanted, [0])
            words[:total] = found[:, 0]
            ok[np.repeat(np.arange(addrs.size), counts)[~readable]] = False
        return Spans(words, firsts * _WORD + np.where(lengths > 0, skew, 0), lengths), ok

    def held(self, word: int, empty: bool) -> Held | None:
        """See :meth:`KeyReader.held`."""
        at = (word, empty)
        if at not in self._known:
            self._known[at] = self._resolve(word, empty)
        return self._known[at]


def rows_of(spans: Spans, size: int) -> Bytes:
    """Spans that all have ``size`` bytes, as rows uint8[n, size]."""
    if not size:
        return np.zeros((spans.count, 0), np.uint8)
    flat = spans.words.view(np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(flat, size)
    return np.ascontiguousarray(windows[spans.starts])
