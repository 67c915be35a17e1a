"""One map of a scenario in the heap's model: its structure's objects, its keys, and what deleting frees."""

from __future__ import annotations

import random
from collections.abc import Sequence

from goxray.model.gc.emit import STRING_KEY_BYTES, key_type
from goxray.model.gc.maps import Change, Shared, SharedCalls, grower_of, pieces, shape_of
from goxray.model.gc.runtime import ModelRuntime
from goxray.model.gc.scenario import Statement
from goxray.model.heap.groups import Group

_SEED = 1


class MapInHeap:
    """A map while a scenario runs.

    What it is made of dies in the order in which it was made, size by size: an old table or bucket array goes before
    a newer one of the same size.
    """

    def __init__(self, runtime: ModelRuntime, statement: Statement, shared: dict[str, Shared]) -> None:
        self._runtime = runtime
        self._name, go_type = statement.name, statement.type
        layout = runtime.layout
        self._shape = shape_of(go_type, layout)
        if self._name not in shared:
            most = max(statement.hint, statement.count)
            shared[self._name] = Shared(grower_of(layout, self._shape, statement.hint, most), self._shape)
        self._grower: SharedCalls = shared[self._name].calls()
        self._rng = random.Random(_SEED)
        self._string_keys = key_type(go_type) == "string"
        self._keys: list[str] = []
        """Groups of what keys and elems keep apart from the map."""
        self._parts: set[str] = set()
        self.made = 0
        """Keys ever inserted: they are numbered from 0."""
        self._cleared = 0
        """How many of them there were when the map was last emptied."""
        self.live = 0
        self._enter(self._grower.begin())

    def insert(self, count: int) -> None:
        """Insert fresh keys."""
        apart = self._apart(count)
        for piece in pieces(self.live, count):
            for group, size, noscan in apart:
                self._runtime.heap.allocate(size, noscan, piece, [group])
            self._enter(self._grower.insert(piece))
            self.live += piece
            self.made += piece

    def _apart(self, count: int) -> list[tuple[Group, int, bool]]:
        """Return the groups that take what each of the next keys allocates beside the map's structure."""
        shape = self._shape
        kinds = [(STRING_KEY_BYTES, True)] if self._string_keys else []
        if shape.unit.indirect_key:
            kinds.append((shape.full_key_size, not shape.full_key_ptrdata))
        if shape.unit.indirect_elem:
            kinds.append((shape.full_elem_size, not shape.full_elem_ptrdata))
        found = []
        for size, noscan in kinds:
            place = f"{self._name} entries {len(self._keys)}"
            self._keys.append(place)
            found.append((self._runtime.groups.setdefault(place, Group(first=self.made)), size, noscan))
        return found

    def delete(self, percent: int) -> None:
        """Delete of each hundred keys the first ``percent``, by their numbers."""
        doomed = _below(self.made, percent)
        dead = self.made - self._cleared - self.live
        gone = max(doomed - _below(self._cleared, percent) - dead, 0)
        if self._string_keys:
            self._runtime.garbage = True
            self._runtime.heap.allocate(STRING_KEY_BYTES, True, doomed, [self._runtime.floating])
            self._runtime.garbage = False
        self._enter(self._grower.delete(gone))
        for place in self._keys:
            self._runtime.groups[place].thin(percent)
        self.live -= gone

    def clear(self) -> None:
        """Empty the map: its keys die, its structure stays."""
        self._enter(self._grower.clear())
        for place in self._keys:
            self._runtime.drop(place)
        self._keys.clear()
        self._cleared, self.live = self.made, 0

    def drop(self) -> None:
        """Let go of the map."""
        for place in [*self._parts, *self._keys]:
            self._runtime.drop(place)

    def _enter(self, changes: Sequence[Change]) -> None:
        groups, allocate = self._runtime.groups, self._runtime.heap.allocate_slot
        for what, size, noscan, count, gone, by_chance in changes:
            place = f"{self._name} {what}"
            if gone:
                groups[place].kill_some(count, self._rng) if by_chance else groups[place].kill_first(count)
                continue
            group = groups.get(place)
            if group is None:
                group = groups[place] = Group()
                self._parts.add(place)
            allocate(size, noscan, count, [group])


def _below(number: int, percent: int) -> int:
    """Return how many of the keys numbered from 0 to below ``number`` are among the first ``percent`` of a hundred."""
    return number // 100 * percent + min(number % 100, percent)
