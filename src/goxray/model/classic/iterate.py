"""Ranging over a classic map that may change meanwhile (runtime/map.go, mapiterinit and mapiternext)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.model.classic import growth, kernels
from goxray.model.classic import state as st
from goxray.model.classic.machine import Generation
from goxray.model.classic.state import Buckets

if TYPE_CHECKING:
    from goxray.model.classic.map import ClassicMap

_NO_CHECK = -1


class Iteration:
    """One ``range`` over a map (runtime.hiter). ``word`` chooses where it starts; ``ended`` without a single entry."""

    def __init__(self, owner: ClassicMap, word: int) -> None:
        self._map = owner
        machine = owner.machine
        self.ended = not len(owner)
        if self.ended:
            return
        self._log2 = int(machine.head[st.LOG2])
        self._own = machine.cur
        machine.set_iterating()
        self._start = word & ((1 << self._log2) - 1)
        self._offset = word >> self._log2 & (st.SLOTS - 1)
        self._bucket = self._start
        self._wrapped = False
        self._at: tuple[Generation[Buckets], int] | None = None
        self._slot = 0
        self._check = _NO_CHECK
        self._clear_seq = owner.clear_seq
        self._epoch = owner.epoch

    def next(self) -> tuple[int, int] | None:
        """Return the key and elem of the next entry by their numbers, None at the end."""
        while True:
            if self._at is None and not self._enter():
                return None
            assert self._at is not None
            generation, row = self._at
            while self._slot < st.SLOTS:
                self._slot += 1
                found = self._entry(generation, row, (self._slot - 1 + self._offset) & (st.SLOTS - 1))
                if found is not None:
                    return found
            link = int(generation.buckets.links[row])
            self._at = None if link < 0 else (generation, link)
            self._slot = 0

    def _enter(self) -> bool:
        """Go on to the next bucket; False at the end."""
        machine = self._map.machine
        head = machine.head
        if self._bucket == self._start and self._wrapped:
            return False
        self._at, self._check = (self._own, self._bucket), _NO_CHECK
        if head[st.GROWING] and self._log2 == head[st.LOG2]:
            count = 1 << int(head[st.LOG2] - (0 if head[st.FLAGS] & st.SAME_SIZE else 1))
            before = self._bucket & (count - 1)
            if not growth.evacuated(machine.old.buckets, before):
                self._at, self._check = (machine.old, before), self._bucket
        self._bucket += 1
        if self._bucket == 1 << self._log2:
            self._bucket, self._wrapped = 0, True
        self._slot = 0
        return True

    def _entry(self, generation: Generation[Buckets], row: int, i: int) -> tuple[int, int] | None:
        """Return what a slot has for this iteration; None for nothing."""
        buckets, owner = generation.buckets, self._map
        top = int(buckets.tops[row, i])
        if top <= st.EMPTY_ONE or top == st.EVACUATED_EMPTY:
            return None
        name = int(buckets.names[row, i])
        if self._check != _NO_CHECK and not owner.machine.head[st.FLAGS] & st.SAME_SIZE:
            # Started while the map grew: the old bucket has what goes to two new ones.
            if name >= 0:
                hashed = self._hash(generation, row, i)
                if hashed & ((1 << self._log2) - 1) != self._check:
                    return None
            elif self._check >> (self._log2 - 1) != top & 1:
                return None
        moved = top in (st.EVACUATED_X, st.EVACUATED_Y)
        cleared = owner.has_clear_seq and self._clear_seq != owner.clear_seq
        if not cleared and (not moved or name < 0):
            return int(buckets.keys[row, i]), int(buckets.elems[row, i])
        return self._look_up(generation, row, i, name)

    def _look_up(self, generation: Generation[Buckets], row: int, i: int, name: int) -> tuple[int, int] | None:
        """Find where an entry stands now that the map has grown since (mapaccessK)."""
        machine = self._map.machine
        place = kernels.look_up(
            machine.cur.buckets, machine.old.buckets, machine.head, self._hash(generation, row, i), name
        )
        if place == st.NIL:
            return None
        buckets = machine.cur.buckets
        if place >= st.IN_OLD:
            buckets, place = machine.old.buckets, place - st.IN_OLD
        there = divmod(int(place), st.SLOTS)
        return int(buckets.keys[there]), int(buckets.elems[there])

    def _hash(self, generation: Generation[Buckets], row: int, i: int) -> int:
        if self._epoch == self._map.epoch:
            return int(generation.buckets.hashes[row, i])
        return self._map.hash_now(int(generation.buckets.keys[row, i]))

    def before_clear(self) -> None:
        """Keep what mapclear leaves behind where this iteration stands: overflow buckets of their own.

        Up to the version that counts clears, mapclear first marks every cell as empty.
        """
        if self._at is None:
            return
        generation, row = self._at
        machine = self._map.machine
        if generation is machine.cur and row >= generation.own:
            kept = st.with_room(generation.buckets, len(generation.buckets.links))
            self._at = (Generation(kept, generation.own), row)
        if not self._map.has_clear_seq and generation in (machine.cur, machine.old):
            self._at[0].buckets.tops[:] = st.EMPTY_REST
