"""Leak suspects: what keeps a large part of the heap alive, and below it the place where the memory piles up.

As in Eclipse MAT, a suspect is one object that retains a share of all reachable bytes (10% unless told otherwise), or
many small ones with the same owner that reach that share together. Only the topmost objects of the dominator tree
count, not every link of a chain below; but where such an object's memory parts into large ones of different types or
owners that make up most of it, those are named instead, for then it is only what everything hangs on. Large ones of one
type and owner are the elements of a collection, and the collection is named.

The accumulation point is found by going down while one child holds at least 4/5 of its parent: it is the object where
the memory fans out. Where nothing fans out and each step leaves a little behind, it is a linked list: then the point is
the first object of the type that most stays behind at, and ``chain`` says how many of them follow each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from goxray.heap import suspects_kernels as kernels
from goxray.heap.graph import I32, I64, NONE, U32
from goxray.heap.suspects_kernels import Flags

SHARE = 0.1
"""The part of all reachable bytes from which on something is suspected."""
MOST = 2
"""An object is passed over for its large children if they hold one part in so many of it."""
FEW = 5
"""One part in so many of a suspect's bytes stays behind at a point: it fans out there."""
LEVELS = 64
"""How far down the members of an owner are followed."""


@dataclass(frozen=True)
class Suspect:
    """One object or the objects of one owner; numbers of objects, types and owners, -1 for none.

    ``object`` is the suspected one (-1: ``count`` objects of ``owner``), ``type`` its type or the one that retains most
    among many. ``share`` is retained bytes / all reachable bytes. ``point`` is the object where the memory piles up
    (-1: ``point_count`` objects of ``point_type``), ``point_bytes`` what it retains (they retain together),
    ``point_objects`` what hangs on it directly (types that are looked through left out) and ``member_type`` the type
    among these that retains most. ``chain`` is above 0 for a linked list: so many objects of ``point_type``, each
    holding the next.
    """

    kind: Literal["object", "owner"]
    object: int
    owner: int
    type: int
    count: int
    retained_bytes: int
    retained_objects: int
    share: float
    point: int
    point_type: int
    point_count: int
    point_bytes: int
    point_objects: int
    member_type: int
    chain: int = 0
    member_bytes: int = field(default=-1, compare=False)


@dataclass(frozen=True)
class Tree:
    """The dominator tree in preorder with what is known of its objects.

    ``order`` (uint32[reachable]) is from retained.tree_order(), ``held`` (int64[N]) and ``objects`` (uint32[N]) from
    retained.retained(); ``type_of`` and ``owner_of`` (int32[N]) number types and owners from 0, -1 for none.
    """

    order: U32
    held: I64
    objects: U32
    type_of: I32
    owner_of: I32


def find_suspects(
    tree: Tree, types: int, owners: int, share: float = SHARE, through: Flags | None = None
) -> list[Suspect]:
    """Return the suspects, the largest first.

    ``types`` and ``owners`` are how many of them are numbered. ``through`` (bool[types]) marks types that nobody thinks
    of as members (a map's tables and groups): the objects that hang on them count instead.

    Raises:
        ValueError: A type's or an owner's number is too large, or ``share`` is not above 0.
    """
    if share <= 0:
        raise ValueError(f"a share of {share}")
    for numbers, count in ((tree.type_of, types), (tree.owner_of, owners)):
        if len(numbers) and not (int(numbers.min()) >= -1 and int(numbers.max()) < count):
            raise ValueError(f"numbers up to {int(numbers.max())} of {count}")
    looked_through = np.zeros(types + 1, np.bool_)
    if through is not None:
        looked_through[:-1] = through
    search = _Search(tree, types, owners, share, looked_through)
    return sorted(search.run(), key=lambda one: (-one.retained_bytes, one.object, one.owner))


class _Search:
    """Goes through the levels of the tree where memory parts: below the virtual root, below what is passed over."""

    def __init__(self, tree: Tree, types: int, owners: int, share: float, through: Flags) -> None:
        self.tree = tree
        self.types = types
        self.owners = owners
        self.through = through
        self.arrays = (tree.order, tree.held, tree.objects)
        self.total = int(kernels.top_bytes(*self.arrays))
        self.threshold = max(1, int(np.ceil(self.total * share)))

    def run(self) -> list[Suspect]:
        """Return the suspects in the order in which they are found."""
        found = []
        levels = [(0, len(self.tree.order))]
        while levels:
            low, high = levels.pop()
            big, groups = self._parts(low, high)
            found += [self._owner(low, high, owner, count, held) for owner, count, held in groups]
            for place in big:
                suspect, fan = self._object(place)
                if fan >= 0 and self._only_passes_on(place, fan):
                    levels.append((fan + 1, self._end(fan)))
                else:
                    found.append(suspect)
        return found

    def _end(self, place: int) -> int:
        return place + int(self.tree.objects[self.tree.order[place]])

    def _parts(self, low: int, high: int) -> tuple[list[int], list[tuple[int, int, int]]]:
        """Return the places of large siblings, and (owner, count, retained bytes) of owners that are large together."""
        big = np.empty(self.total // self.threshold + 1, np.int64)
        sums, counts = np.zeros(self.owners + 1, np.int64), np.zeros(self.owners + 1, np.int64)
        found = kernels.siblings(*self.arrays, self.tree.owner_of, low, high, self.threshold, big, sums, counts)
        large = np.flatnonzero(sums[:-1] >= self.threshold).tolist()
        return big[:found].tolist(), [(owner, int(counts[owner]), int(sums[owner])) for owner in large]

    def _only_passes_on(self, place: int, fan: int) -> bool:
        """Tell whether most of what an object retains is in large ones of several kinds at its accumulation point."""
        tree = self.tree
        big = tree.order[self._parts(fan + 1, self._end(fan))[0]]
        kinds = set(zip(tree.type_of[big].tolist(), tree.owner_of[big].tolist(), strict=True))
        return len(kinds) > 1 and int(tree.held[big].sum()) * MOST >= int(tree.held[tree.order[place]])

    def _sums(self) -> tuple[I64, I64]:
        return np.zeros(self.types + 1, np.int64), np.zeros(self.types + 1, np.int64)

    def _commonest(self, sums: I64, counts: I64) -> int:
        """Return the type that retains most, the lowest number of equals; -1 for none."""
        best = int(np.argmax(sums)) if counts.any() else self.types
        return best if best < self.types else NONE

    def _object(self, place: int) -> tuple[Suspect, int]:
        """Return the object at a place as a suspect, and where its memory fans out (-1: in a linked list)."""
        tree = self.tree
        sums, counts = self._sums()
        first = np.zeros(self.types + 1, np.int64)
        fan, point, drop = kernels.descend(*self.arrays, tree.type_of, place, sums, counts, first)
        v = int(tree.order[place])
        chain = 0
        if drop * FEW < tree.held[v]:
            kind = self._commonest(sums, counts)
            fan, point, chain = NONE, int(first[kind]), int(counts[kind])
        p = int(tree.order[point])
        sums, counts = self._sums()
        kernels.members(*self.arrays, tree.type_of, self.through, point, sums, counts)
        return Suspect(
            kind="object",
            object=v,
            owner=int(tree.owner_of[v]),
            type=int(tree.type_of[v]),
            count=1,
            retained_bytes=int(tree.held[v]),
            retained_objects=int(tree.objects[v]),
            share=int(tree.held[v]) / self.total,
            point=p,
            point_type=int(tree.type_of[p]),
            point_count=1,
            point_bytes=int(tree.held[p]),
            point_objects=int(counts.sum()),
            member_type=int(tree.type_of[p]) if chain else self._commonest(sums, counts),
            chain=chain,
            member_bytes=int(sums.sum()),
        ), int(fan)

    def _owner(self, low: int, high: int, owner: int, count: int, held: int) -> Suspect:
        """Return the small siblings of one owner as a suspect."""
        tree = self.tree
        places = np.empty(count, np.int64)
        kernels.of_owner(*self.arrays, tree.owner_of, low, high, self.threshold, owner, places)
        sums, counts = self._sums()
        objects = int(kernels.by_type(*self.arrays, tree.type_of, places, sums, counts))
        kind = self._commonest(sums, counts)
        point_type, point_count, point_bytes, below = self._follow(places, kind, held)
        return Suspect(
            kind="owner",
            object=NONE,
            owner=owner,
            type=kind,
            count=count,
            retained_bytes=held,
            retained_objects=objects,
            share=held / self.total,
            point=NONE,
            point_type=point_type,
            point_count=point_count,
            point_bytes=point_bytes,
            point_objects=int(below[1].sum()),
            member_type=self._commonest(*below),
        )

    def _follow(self, places: I64, kind: int, held: int) -> tuple[int, int, int, tuple[I64, I64]]:
        """Go down from many objects at once while one type of what hangs on them holds at least 4/5 of their bytes.

        Returns the type where that ends, how many objects of it there are, what they retain, and what hangs on them by
        type.
        """
        tree = self.tree
        for level in range(LEVELS):
            below = self._sums()
            kernels.members_of_all(*self.arrays, tree.type_of, self.through, places, *below)
            next_kind = self._commonest(*below)
            next_held = int(below[0][next_kind])
            if level == LEVELS - 1 or next_kind == NONE or next_held * 5 < held * 4:
                break
            places, above = np.empty(int(below[1][next_kind]), np.int64), places
            kernels.of_type(tree.order, tree.objects, tree.type_of, self.through, above, next_kind, places)
            kind, held = next_kind, next_held
        return kind, len(places), held, below
