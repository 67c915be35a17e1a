"""Kernels that go about the dominator tree in preorder: the children of the object at place p begin at p + 1.

Each next child is as many places on as the one before retains objects; so no lists of children are needed. Sums by
number have one place more, for objects without a number (-1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from goxray.core.jit import kernel
from goxray.heap.graph import I32, I64, U32

Number = int | np.signedinteger
Flags = NDArray[np.bool_]


@kernel
def top_bytes(order: U32, held: I64, objects: U32) -> Number:
    """Return what the children of the virtual root retain together: all reachable bytes."""
    total: Number = np.int64(0)
    at = np.int64(0)
    while at < len(order):
        total += held[order[at]]
        at += np.int64(objects[order[at]])
    return total


@kernel
def siblings(
    order: U32,
    held: I64,
    objects: U32,
    owner_of: I32,
    low: Number,
    high: Number,
    threshold: Number,
    big: I64,
    sums: I64,
    counts: I64,
) -> int:
    """Part the siblings at places low to high: the large ones' places to ``big``, the others summed by owner."""
    found = 0
    at = np.int64(low)
    while at < high:
        v = np.int64(order[at])
        if held[v] >= threshold:
            big[found] = at
            found += 1
        else:
            sums[owner_of[v]] += held[v]
            counts[owner_of[v]] += 1
        at += np.int64(objects[v])
    return found


@kernel
def of_owner(
    order: U32,
    held: I64,
    objects: U32,
    owner_of: I32,
    low: Number,
    high: Number,
    threshold: Number,
    owner: Number,
    places: I64,
) -> None:
    """Write the places of those siblings that are not large and have this owner."""
    found = 0
    at = np.int64(low)
    while at < high:
        v = np.int64(order[at])
        if held[v] < threshold and owner_of[v] == owner:
            places[found] = at
            found += 1
        at += np.int64(objects[v])


@kernel
def _largest(order: U32, held: I64, objects: U32, place: Number) -> Number:
    """Return the place of the child that retains most, -1 for no child."""
    at = place + 1
    end = place + np.int64(objects[order[place]])
    best: Number = np.int64(-1)
    most = np.int64(-1)
    while at < end:
        v = np.int64(order[at])
        if held[v] > most:
            most = held[v]
            best = at
        at += np.int64(objects[v])
    return best


@kernel
def descend(
    order: U32, held: I64, objects: U32, type_of: I32, place: Number, sums: I64, counts: I64, first: I64
) -> tuple[Number, Number, Number]:
    """Go down while one child holds at least 4/5 of its parent; return where that ends.

    Also returns the place with the largest drop on the way, and that drop: the bytes that stay behind at a step. What
    stays behind is summed by type; ``first`` becomes the first place of a type.
    """
    drop_at = place
    most: Number = np.int64(-1)
    while True:
        v = np.int64(order[place])
        below = _largest(order, held, objects, place)
        goes_on = below >= 0 and held[order[below]] * 5 >= held[v] * 4
        drop = held[v] - held[order[below]] if goes_on else held[v]
        if drop > most:
            most = drop
            drop_at = place
        kind = type_of[v]
        if counts[kind] == 0:
            first[kind] = place
        counts[kind] += 1
        sums[kind] += drop
        if not goes_on:
            return place, drop_at, most
        place = below


@kernel
def members(
    order: U32, held: I64, objects: U32, type_of: I32, through: Flags, place: Number, sums: I64, counts: I64
) -> None:
    """Sum up what hangs on the object at a place by type; objects of the types ``through`` stand for their children."""
    end = place + np.int64(objects[order[place]])
    at = place + 1
    while at < end:
        v = np.int64(order[at])
        kind = type_of[v]
        if through[kind]:
            at += 1
        else:
            sums[kind] += held[v]
            counts[kind] += 1
            at += np.int64(objects[v])


@kernel
def of_type(order: U32, objects: U32, type_of: I32, through: Flags, places: I64, kind: Number, below: I64) -> None:
    """Write the places of those objects of a type that hang on the objects at ``places``, as members() counts them."""
    found = 0
    for i in range(len(places)):
        end = places[i] + np.int64(objects[order[places[i]]])
        at = places[i] + 1
        while at < end:
            v = np.int64(order[at])
            if through[type_of[v]]:
                at += 1
                continue
            if type_of[v] == kind:
                below[found] = at
                found += 1
            at += np.int64(objects[v])


@kernel
def members_of_all(
    order: U32, held: I64, objects: U32, type_of: I32, through: Flags, places: I64, sums: I64, counts: I64
) -> None:
    """Sum up what hangs on the objects at ``places`` by type."""
    for i in range(len(places)):
        members(order, held, objects, type_of, through, places[i], sums, counts)


@kernel
def by_type(order: U32, held: I64, objects: U32, type_of: I32, places: I64, sums: I64, counts: I64) -> Number:
    """Sum up the objects at ``places`` themselves by type; return how many objects they retain."""
    total: Number = np.int64(0)
    for i in range(len(places)):
        v = np.int64(order[places[i]])
        sums[type_of[v]] += held[v]
        counts[type_of[v]] += 1
        total += np.int64(objects[v])
    return total
