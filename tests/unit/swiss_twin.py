"""A slow Swiss map, written from the algorithms of internal/runtime/maps, one key at a time.

Keys are integers; their hashes come from a keyed digest, so that a test can look a key up as the runtime would. Keys
below zero stand for NaNs: no lookup finds them and every hash of one is another.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from goxray.maps.verify_views import SmallGroups, SwissGroups, SwissMaps, SwissTables

EMPTY, DELETED = 0x80, 0xFE


def never_equal(key: int) -> bool:
    return key < 0


@dataclass
class Group:
    ctrl: list[int] = field(default_factory=lambda: [EMPTY] * 8)
    keys: list[int | None] = field(default_factory=lambda: [None] * 8)

    def first(self, *kinds: int) -> int | None:
        return next((i for i, c in enumerate(self.ctrl) if c in kinds), None)

    def full(self) -> Iterator[tuple[int, int]]:
        for i, c in enumerate(self.ctrl):
            if c < EMPTY:
                key = self.keys[i]
                assert key is not None
                yield i, key


def probe(hashed: int, groups: int) -> Iterator[int]:
    at, step = (hashed >> 7) % groups, 0
    while True:
        yield at
        step += 1
        at = (at + step) % groups


class Table:
    def __init__(self, capacity: int, index: int, depth: int) -> None:
        capacity = max(8, 1 << (capacity - 1).bit_length())
        self.groups = [Group() for _ in range(capacity // 8)]
        self.capacity, self.index, self.depth, self.used = capacity, index, depth, 0
        self.growth_left = self.most()

    def most(self) -> int:
        return self.capacity - 1 if self.capacity <= 8 else self.capacity * 7 // 8

    def find(self, key: int, hashed: int) -> tuple[int, int] | None:
        for at in probe(hashed, len(self.groups)):
            group = self.groups[at]
            for slot, held in group.full():
                if group.ctrl[slot] == hashed & 0x7F and held == key and not never_equal(key):
                    return at, slot
            if group.first(EMPTY) is not None:
                return None
        raise AssertionError

    def put_new(self, key: int, hashed: int) -> None:
        assert self.growth_left > 0
        for at in probe(hashed, len(self.groups)):
            slot = self.groups[at].first(EMPTY, DELETED)
            if slot is not None:
                self.set(at, slot, key, hashed)
                return

    def set(self, at: int, slot: int, key: int, hashed: int) -> None:
        self.groups[at].ctrl[slot] = hashed & 0x7F
        self.groups[at].keys[slot] = key
        self.growth_left -= 1
        self.used += 1

    def tombstones(self) -> int:
        return self.capacity * 7 // 8 - self.used - self.growth_left


class SwissTwin:
    """``prunes`` is the behaviour from Go 1.25 on: tombstones may be removed when a table is full of them."""

    def __init__(self, seed: int, hint: int = 0, most: int = 32, prunes: bool = True) -> None:
        self.random = random.Random(seed)
        self.most, self.prunes = most, prunes
        self.seed = self.random.getrandbits(64)
        self.used = self.depth = self.shift = 0
        self.group: Group | None = None
        self.directory: list[Table] = []
        self.tombstone_possible = False
        self.pruned = 0  # tombstones, over the map's life
        if hint > 8:
            target = hint * 8 // 7
            size = 1 << ((target + most - 1) // most - 1).bit_length()
            self.depth, self.shift = size.bit_length() - 1, 64 - (size.bit_length() - 1)
            self.directory = [Table(target // size, i, self.depth) for i in range(size)]

    # ---- hashes

    def hash(self, key: int) -> int:
        if never_equal(key):
            return self.random.getrandbits(64)
        digest = blake2b(key.to_bytes(8, "little"), digest_size=8, key=self.seed.to_bytes(8, "little")).digest()
        return int.from_bytes(digest, "little")

    def select(self, hashed: int) -> Table:
        return self.directory[0 if len(self.directory) == 1 else hashed >> self.shift]

    # ---- operations

    def put(self, key: int) -> None:
        hashed = self.hash(key)
        if not self.directory:
            if self.group is None:
                self.group = Group()
            if self._put_small(self.group, key, hashed):
                return
            self._to_table(self.group)
        while not self._put_in_table(self.select(hashed), key, hashed):
            pass

    def _put_small(self, group: Group, key: int, hashed: int) -> bool:
        if any(held == key and not never_equal(key) for _, held in group.full()):
            return True
        slot = group.first(EMPTY)
        if slot is None:
            return False
        group.ctrl[slot], group.keys[slot] = hashed & 0x7F, key
        self.used += 1
        return True

    def _to_table(self, group: Group) -> None:
        table = Table(16, 0, 0)
        for _, key in group.full():
            table.put_new(key, self.hash(key))
        self.directory, self.group, self.depth, self.shift = [table], None, 0, 64

    def _put_in_table(self, table: Table, key: int, hashed: int) -> bool:
        if table.find(key, hashed) is not None:
            return True
        spot: tuple[int, int] | None = None
        for at in probe(hashed, len(table.groups)):
            group = table.groups[at]
            dead, empty = group.first(DELETED), group.first(EMPTY)
            if dead is not None and (empty is None or dead < empty):
                spot = spot or (at, dead)
                continue
            if empty is not None:
                break
        if spot is not None:
            table.growth_left += 1
        else:
            assert empty is not None
            spot = at, empty
        if table.growth_left == 0 and self.prunes:
            self._prune(table)
        if table.growth_left > 0:
            table.set(*spot, key, hashed)
            self.used += 1
            return True
        self._rehash(table)
        return False

    def _prune(self, table: Table) -> None:
        if table.tombstones() * 10 < table.capacity:
            return
        needed = {i for i, group in enumerate(table.groups) if group.first(EMPTY) is not None}
        for i, group in enumerate(table.groups):
            for _, key in group.full():
                if not never_equal(key):
                    for at in probe(self.hash(key), len(table.groups)):
                        if at == i:
                            break
                        needed.add(at)
        cells = [
            (group, slot)
            for i, group in enumerate(table.groups)
            if i not in needed
            for slot, c in enumerate(group.ctrl)
            if c == DELETED
        ]
        if len(cells) * 10 < table.capacity:
            return
        for group, slot in cells:
            group.ctrl[slot] = EMPTY
            table.growth_left += 1
        self.pruned += len(cells)

    def _rehash(self, table: Table) -> None:
        keys = [key for group in table.groups for _, key in group.full()]
        if 2 * table.capacity <= self.most:
            bigger = Table(2 * table.capacity, table.index, table.depth)
            for key in keys:
                bigger.put_new(key, self.hash(key))
            self._install(bigger)
            return
        halves = [Table(self.most, -1, table.depth + 1) for _ in range(2)]
        for key in keys:
            hashed = self.hash(key)
            halves[hashed >> (64 - halves[0].depth) & 1].put_new(key, hashed)
        if table.depth == self.depth:
            self.directory = [t for t in self.directory for _ in range(2)]
            for t in {id(t): t for t in self.directory}.values():
                t.index *= 2
            self.depth, self.shift = self.depth + 1, self.shift - 1
        halves[0].index = table.index
        halves[1].index = table.index + (1 << (self.depth - halves[0].depth))
        for half in halves:
            self._install(half)

    def _install(self, table: Table) -> None:
        for i in range(1 << (self.depth - table.depth)):
            self.directory[table.index + i] = table

    def delete(self, key: int) -> None:
        hashed = self.hash(key)
        if not self.directory:
            for slot, held in [] if self.group is None else list(self.group.full()):
                if held == key and not never_equal(key):
                    assert self.group is not None
                    self.group.ctrl[slot], self.group.keys[slot] = EMPTY, None
                    self.used -= 1
        else:
            table = self.select(hashed)
            found = table.find(key, hashed)
            if found is not None:
                self._delete_in_table(table, *found)
        if self.used == 0:
            self.seed = self.random.getrandbits(64)

    def _delete_in_table(self, table: Table, at: int, slot: int) -> None:
        group = table.groups[at]
        if group.first(EMPTY) is not None:
            group.ctrl[slot] = EMPTY
            table.growth_left += 1
        else:
            group.ctrl[slot] = DELETED
            self.tombstone_possible = True
        group.keys[slot] = None
        table.used -= 1
        self.used -= 1

    def clear(self) -> None:
        if self.group is not None:
            self.group = Group()
        for table in self.directory:
            table.groups = [Group() for _ in table.groups]
            table.used, table.growth_left = 0, table.most()
        self.used, self.tombstone_possible = 0, False
        self.seed = self.random.getrandbits(64)

    # ---- what a reader of its memory would see

    def tables(self) -> list[Table]:
        return list({id(table): table for table in self.directory}.values())


def views(maps: list[SwissTwin]) -> tuple[SwissMaps, SwissTables, SwissGroups, SmallGroups]:
    headers = SwissMaps(
        used=ints([m.used for m in maps]),
        dir_len=ints([len(m.directory) for m in maps]),
        global_depth=ints([m.depth for m in maps]),
        global_shift=ints([m.shift for m in maps]),
        has_dir=np.array([bool(m.directory) or m.group is not None for m in maps], np.bool_),
        tombstone_possible=np.array([m.tombstone_possible for m in maps], np.bool_),
    )
    tables = [(i, m, t) for i, m in enumerate(maps) for t in m.tables()]
    headings = SwissTables(
        map=ints([i for i, _, _ in tables]),
        number=ints([next(at for at, other in enumerate(m.directory) if other is t) for _, m, t in tables]),
        repeats=ints([sum(other is t for other in m.directory) for _, m, t in tables]),
        used=ints([t.used for _, _, t in tables]),
        capacity=ints([t.capacity for _, _, t in tables]),
        growth_left=ints([t.growth_left for _, _, t in tables]),
        index=ints([t.index for _, _, t in tables]),
        local_depth=ints([t.depth for _, _, t in tables]),
        groups=ints([len(t.groups) for _, _, t in tables]),
    )
    rows = [(m, group) for _, m, t in tables for group in t.groups]
    small = [(i, m, m.group) for i, m in enumerate(maps) if m.group is not None]
    groups = SwissGroups(ints(range(len(tables))), *slots(rows))
    return headers, headings, groups, SmallGroups(ints([i for i, _, _ in small]), *slots([(m, g) for _, m, g in small]))


def slots(rows: list[tuple[SwissTwin, Group]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ctrl = np.array([group.ctrl for _, group in rows], np.uint8).reshape(-1, 8)
    hashes = np.zeros(ctrl.shape, np.uint64)
    known = np.zeros(ctrl.shape, np.bool_)
    for row, (owner, group) in enumerate(rows):
        for slot, key in group.full():
            hashes[row, slot], known[row, slot] = owner.hash(key), not never_equal(key)
    return ctrl, hashes, known


def ints(values: object) -> np.ndarray:
    return np.array(list(values), np.int64)  # type: ignore[call-overload]
