"""Objects that live and die together: a count in each span, so that millions of them cost a few arrays."""

from __future__ import annotations

import math
import random
from array import array
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]

_BIRTH = 0.5
"""How the moment of a table's death goes along with that of its birth, as a correlation."""


class Group:
    """Objects allocated one after the other, and how many of them each span holds.

    Objects are numbered in the order of their allocation, so that part of them can die: :meth:`thin`. Tiny objects are
    counted in blocks of ``per_slot`` objects, which live as long as one of those does. ``first`` is the number of the
    first object.
    """

    def __init__(self, per_slot: int = 1, first: int = 0) -> None:
        self._per_slot = per_slot
        self._first = first
        self._spans = array("q")
        self._counts = array("q")
        self._alive: tuple[I64, I64] | None = None
        self.total = 0
        """Objects allocated into the group."""
        self.dead_percent = 0
        self.dead_first = 0
        self._dead: list[int] = []
        self._older: list[int] = []

    def add(self, span: int, count: int) -> None:
        """Add the next ``count`` objects, which lie in ``span``."""
        self._alive = None
        self.total += count
        if self._spans and self._spans[-1] == span:
            self._counts[-1] += count
            return
        self._spans.append(span)
        self._counts.append(count)

    def add_run(self, first: int, spans: int, count: int) -> None:
        """Add ``spans`` spans numbered from ``first``, with the next ``count`` objects in each."""
        self._alive = None
        self.total += spans * count
        self._spans.extend(range(first, first + spans))
        self._counts.extend([count] * spans)

    def thin(self, percent: int) -> None:
        """Let die of each hundred objects the first ``percent``, by their numbers; what is dead stays dead."""
        self.dead_percent = max(percent, self.dead_percent)
        self._alive = None

    def kill_first(self, count: int) -> None:
        """Let the ``count`` oldest living objects die; not to be mixed with :meth:`thin`."""
        self.dead_first = min(self.dead_first + count, self.total)
        self._alive = None

    def kill_some(self, count: int, rng: random.Random) -> None:
        """Let ``count`` living objects die, by chance, those of an older generation before any of a newer one.

        When all of one generation are dead, those that live then are the next. Within a generation who came earlier
        tends to go earlier (:func:`_order_of_death`). Not to be mixed with the other ways.
        """
        for _ in range(count):
            if not self._older:
                dead = set(self._dead)
                self._older = _order_of_death([each for each in range(self.total) if each not in dead], rng)
            self._dead.append(self._older.pop())
        self._alive = None

    def live(self) -> tuple[I64, I64]:
        """Return spans and how many live objects of the group each holds; a span may occur more than once."""
        if self._alive is None:
            spans = np.array(self._spans, dtype=np.int64)
            counts = np.array(self._counts, dtype=np.int64)
            if self.dead_percent:
                ends = np.cumsum(counts)
                alive = _alive_below(self.dead_percent, self._per_slot, self._first)
                counts = _survivors_below(ends, alive) - _survivors_below(ends - counts, alive)
            elif self._dead:
                ends = np.cumsum(counts)
                dead = np.sort(np.array(self._dead, np.int64))
                counts = counts - (np.searchsorted(dead, ends) - np.searchsorted(dead, ends - counts))
            elif self.dead_first:
                counts = np.clip(np.cumsum(counts) - self.dead_first, 0, counts)
            self._alive = spans[counts > 0], counts[counts > 0]
        return self._alive

    def renumber(self, numbers: I64) -> None:
        """Call the spans by new numbers: ``numbers[old]`` is the new one, -1 for a span that is gone."""
        self._spans = array("q", numbers[np.array(self._spans, dtype=np.int64)].tobytes())
        self._alive = None


class Floating(Group):
    """Objects allocated while a collection marks: they live until the next one, whoever holds them."""

    recording = False

    def forget(self) -> None:
        """Begin anew: nobody records, nothing is held."""
        self.__init__()  # type: ignore[misc]
        self.recording = False

    def add(self, span: int, count: int) -> None:
        """Add objects, while a collection marks."""
        if self.recording:
            super().add(span, count)

    def add_run(self, first: int, spans: int, count: int) -> None:
        """Add spans of objects, while a collection marks."""
        if self.recording:
            super().add_run(first, spans, count)


def _order_of_death(born: list[int], rng: random.Random) -> list[int]:
    """Return objects in the order in which tables that split let go of them, the last first; ``born`` is by age.

    A table that splits at c entries begins with half of its parent's, give or take sqrt(c)/2, and splits when the rest
    has come, which takes as many keys of its own, give or take sqrt(c/2). Its birth, the parent's split, is uncertain
    by sqrt(c)/2 of those keys. That is c/4 of the whole variance c: a correlation of a half.
    """
    normal = NormalDist()
    moment = {
        each: _BIRTH * normal.inv_cdf((place + 0.5) / len(born)) + math.sqrt(1 - _BIRTH**2) * rng.gauss(0, 1)
        for place, each in enumerate(born)
    }
    return sorted(born, key=moment.__getitem__, reverse=True)


def _alive_below(percent: int, per_slot: int, first: int) -> I64:
    """How many slots survive :meth:`Group.thin` below each place of the pattern, which repeats from its last place on.

    A slot dies when all its objects do, of which each hundred lose the first ``percent``.
    """
    objects = first + np.arange(100 * per_slot // math.gcd(100, per_slot)).reshape(-1, per_slot)
    survives = (objects % 100 >= percent).any(axis=1)
    return np.concatenate(([0], np.cumsum(survives))).astype(np.int64)


def _survivors_below(ends: I64, alive: I64) -> I64:
    """How many of the slots numbered from 0 to below each of ``ends`` survive, by the pattern of survivors."""
    whole, rest = np.divmod(ends, len(alive) - 1)
    survivors: I64 = whole * alive[-1] + alive[rest]
    return survivors
