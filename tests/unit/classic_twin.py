"""A slow classic map, written from the algorithms of runtime/map.go, one key at a time.

Keys are integers; below zero they stand for NaNs, which no lookup finds and which hash anew each time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from goxray.maps.verify_views import ClassicBuckets, ClassicMaps

REST, ONE, EVACUATED_X, EVACUATED_EMPTY, FIRST = 0, 1, 2, 4, 5
ITERATOR, OLD_ITERATOR, SAME_SIZE = 1, 2, 8


def never_equal(key: int) -> bool:
    return key < 0


def top_of(hashed: int) -> int:
    top = hashed >> 56
    return top + FIRST if top < FIRST else top


@dataclass
class Bucket:
    marks: list[int] = field(default_factory=lambda: [REST] * 8)
    keys: list[int | None] = field(default_factory=lambda: [None] * 8)
    overflow: Bucket | None = None

    def chain(self) -> Iterator[Bucket]:
        here: Bucket | None = self
        while here is not None:
            yield here
            here = here.overflow

    def cells(self) -> list[tuple[Bucket, int]]:
        return [(bucket, i) for bucket in self.chain() for i in range(8)]

    @property
    def evacuated(self) -> bool:
        return ONE < self.marks[0] < FIRST


class ClassicTwin:
    """``pointers``: the bucket type holds pointers, so that evacuated buckets are unlinked from their overflow."""

    def __init__(self, seed: int, hint: int = 0, pointers: bool = True) -> None:
        self.random = random.Random(seed)
        self.pointers = pointers
        self.seed = self.random.getrandbits(32)
        self.count = self.flags = self.b = self.noverflow = self.nevacuate = 0
        while self.over_load(hint):
            self.b += 1
        self.buckets: list[Bucket] | None = self.array(self.b) if self.b else None
        self.old: list[Bucket] | None = None

    @staticmethod
    def array(b: int) -> list[Bucket]:
        return [Bucket() for _ in range(1 << b)]

    def over_load(self, count: int) -> bool:
        return count > 8 and count > 13 * ((1 << self.b) // 2)

    def hash(self, key: int) -> int:
        if never_equal(key):
            return self.random.getrandbits(64)
        digest = blake2b(key.to_bytes(8, "little"), digest_size=8, key=self.seed.to_bytes(8, "little")).digest()
        return int.from_bytes(digest, "little")

    def old_size(self) -> int:
        return 1 << (self.b if self.flags & SAME_SIZE else self.b - 1)

    # ---- operations

    def put(self, key: int) -> None:
        hashed = self.hash(key)
        if self.buckets is None:
            self.buckets = self.array(0)
        while True:
            number = hashed & ((1 << self.b) - 1)
            self._grow_work(number)
            head = self.buckets[number]
            if self._find(head, key, hashed) is not None:
                return
            if self.old is None and (self.over_load(self.count + 1) or self.noverflow >= 1 << min(self.b, 15)):
                self._hash_grow()
                continue
            break
        free = next(((b, i) for b, i in head.cells() if b.marks[i] <= ONE), None)
        if free is None:
            free = self._new_overflow(list(head.chain())[-1]), 0
        bucket, i = free
        bucket.marks[i], bucket.keys[i] = top_of(hashed), key
        self.count += 1

    def _find(self, head: Bucket, key: int, hashed: int) -> tuple[Bucket, int] | None:
        for bucket, i in head.cells():
            if bucket.marks[i] == REST:
                return None
            if bucket.marks[i] == top_of(hashed) and bucket.keys[i] == key and not never_equal(key):
                return bucket, i
        return None

    def _new_overflow(self, bucket: Bucket) -> Bucket:
        bucket.overflow = Bucket()
        self.noverflow += 1
        return bucket.overflow

    def delete(self, key: int) -> None:
        if self.buckets is None or not self.count:
            return
        hashed = self.hash(key)
        number = hashed & ((1 << self.b) - 1)
        self._grow_work(number)
        head = self.buckets[number]
        found = self._find(head, key, hashed)
        if found is None:
            return
        cells = head.cells()
        at = next(i for i, (b, c) in enumerate(cells) if b is found[0] and c == found[1])
        found[0].marks[found[1]], found[0].keys[found[1]] = ONE, None
        if at + 1 == len(cells) or self._mark(cells[at + 1]) == REST:
            while at >= 0 and self._mark(cells[at]) == ONE:
                cells[at][0].marks[cells[at][1]] = REST
                at -= 1
        self.count -= 1
        if not self.count:
            self.seed = self.random.getrandbits(32)

    @staticmethod
    def _mark(cell: tuple[Bucket, int]) -> int:
        return cell[0].marks[cell[1]]

    def clear(self) -> None:
        if not self.count:
            return
        self.flags &= ~SAME_SIZE
        self.old, self.nevacuate, self.noverflow, self.count = None, 0, 0, 0
        self.seed = self.random.getrandbits(32)
        self.buckets = self.array(self.b)

    def iterate(self) -> None:
        """Start an iteration that is never finished."""
        if self.count:
            self.flags |= ITERATOR | OLD_ITERATOR

    # ---- growth

    def _hash_grow(self) -> None:
        bigger = 1
        if not self.over_load(self.count + 1):
            bigger, self.flags = 0, self.flags | SAME_SIZE
        iterating = self.flags & ITERATOR
        self.flags &= ~(ITERATOR | OLD_ITERATOR)
        if iterating:
            self.flags |= OLD_ITERATOR
        self.old = self.buckets
        self.b += bigger
        self.buckets = self.array(self.b)
        self.nevacuate = self.noverflow = 0

    def _grow_work(self, number: int) -> None:
        if self.old is not None:
            self._evacuate(number & (self.old_size() - 1))
        if self.old is not None:
            self._evacuate(self.nevacuate)

    def _evacuate(self, number: int) -> None:
        assert self.old is not None and self.buckets is not None
        head, size = self.old[number], self.old_size()
        if not head.evacuated:
            targets = [[self.buckets[number], 0]]
            if not self.flags & SAME_SIZE:
                targets.append([self.buckets[number + size], 0])
            for bucket, i in head.cells():
                top, key = bucket.marks[i], bucket.keys[i]
                if top <= ONE:
                    bucket.marks[i] = EVACUATED_EMPTY
                    continue
                assert top >= FIRST and key is not None
                second, top = self._direction(key, top, size)
                bucket.marks[i] = EVACUATED_X + second
                target = targets[second]
                if target[1] == 8:
                    target[:] = self._new_overflow(target[0]), 0  # type: ignore[arg-type]
                target[0].marks[target[1]], target[0].keys[target[1]] = top, key  # type: ignore[union-attr, index]
                target[1] += 1  # type: ignore[operator]
            if self.pointers and not self.flags & OLD_ITERATOR:
                head.overflow = None
        if number == self.nevacuate:
            self._advance(size)

    def _direction(self, key: int, top: int, size: int) -> tuple[int, int]:
        if self.flags & SAME_SIZE:
            return 0, top
        hashed = self.hash(key)
        if self.flags & ITERATOR and never_equal(key):
            return top & 1, top_of(hashed)
        return int(bool(hashed & size)), top

    def _advance(self, size: int) -> None:
        assert self.old is not None
        self.nevacuate += 1
        stop = min(self.nevacuate + 1024, size)
        while self.nevacuate != stop and self.old[self.nevacuate].evacuated:
            self.nevacuate += 1
        if self.nevacuate == size:
            self.old, self.flags = None, self.flags & ~SAME_SIZE


def views(maps: list[ClassicTwin], bucket_size: int = 144) -> tuple[ClassicMaps, ClassicBuckets]:
    sizes = ints([(1 << m.b) * bucket_size if m.buckets is not None else -1 for m in maps])
    olds = ints([m.old_size() * bucket_size if m.old is not None else -1 for m in maps])
    headers = ClassicMaps(
        count=ints([m.count for m in maps]),
        flags=ints([m.flags for m in maps]),
        b=ints([m.b for m in maps]),
        noverflow=ints([m.noverflow for m in maps]),
        nevacuate=ints([m.nevacuate for m in maps]),
        has_buckets=np.array([m.buckets is not None for m in maps], np.bool_),
        has_old=np.array([m.old is not None for m in maps], np.bool_),
        array_bytes=sizes,
        wanted_bytes=sizes.copy(),
        old_bytes=olds,
        wanted_old_bytes=olds.copy(),
    )
    rows = [
        (m, i, old, number, depth, bucket)
        for i, m in enumerate(maps)
        for old, array in ((True, m.old), (False, m.buckets))
        for number, head in enumerate(array or [])
        for depth, bucket in enumerate(head.chain())
    ]
    marks = np.array([row[5].marks for row in rows], np.uint8).reshape(-1, 8)
    hashes, known = np.zeros(marks.shape, np.uint64), np.zeros(marks.shape, np.bool_)
    for at, (m, _, _, _, _, bucket) in enumerate(rows):
        for cell, key in enumerate(bucket.keys):
            if key is not None and bucket.marks[cell] >= FIRST:
                hashes[at, cell], known[at, cell] = m.hash(key), not never_equal(key)
    return headers, ClassicBuckets(
        map=ints([row[1] for row in rows]),
        old=np.array([row[2] for row in rows], np.bool_),
        bucket=ints([row[3] for row in rows]),
        depth=ints([row[4] for row in rows]),
        tophash=marks,
        hashes=hashes,
        known=known,
    )


def ints(values: list[int]) -> np.ndarray:
    return np.array(values, np.int64)
