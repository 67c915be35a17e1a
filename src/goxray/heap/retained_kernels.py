"""Kernels over the dominator tree (retained sizes, order, sums by group) and the graph (marks, predecessors)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from goxray.core.jit import kernel
from goxray.heap.graph import I32, I64, U32

Flags = NDArray[np.bool_]


@kernel
def begin(idom: I32, pending: I32, held: I64, objects: U32) -> None:
    """Count each object's children in ``pending``; an object alone retains itself, an unreachable one nothing."""
    for v in range(len(idom)):
        above = idom[v]
        if above == -2:
            held[v] = 0
            objects[v] = 0
            continue
        objects[v] = 1
        if above >= 0:
            pending[above] += 1


@kernel
def accumulate(idom: I32, pending: I32, held: I64, objects: U32) -> None:
    """Add what every object retains to its dominator.

    ``pending`` holds the children that are not added yet. An object is done when its last child is, and then its
    dominator is looked at: no stack and no order are needed.
    """
    for i in range(len(idom)):
        v = np.int64(i)
        while pending[v] == 0:
            pending[v] = -1
            above = np.int64(idom[v])
            if above < 0:
                break
            held[above] += held[v]
            objects[above] += objects[v]
            pending[above] -= 1
            v = above


@kernel
def children(idom: I32, first: U32, child: U32) -> None:
    """Fill CSR rows of children; ``first`` (uint32[N+2]) holds each row's end, row N the virtual root's."""
    objects = len(idom)
    for i in range(objects):
        v = objects - 1 - i
        above = np.int64(idom[v])
        if above == -2:
            continue
        row = objects if above < 0 else above
        at = np.int64(first[row]) - 1
        first[row] = at
        child[at] = v


@kernel
def place(idom: I32, objects: U32, at: I32, order: U32) -> None:
    """Write the objects in preorder of the dominator tree to ``order``; ``at`` (int32[N], all 0) is worked on.

    The place of an object follows from how many objects are in the subtrees before it. ``at[v] > 0``: v has its place,
    and that many objects, itself and what lies before it included, come before v's next child. ``at[v] < 0`` leads back
    down while the way up to the first object with a place is walked.
    """
    free = np.int64(0)
    for i in range(len(idom)):
        v = np.int64(i)
        if idom[v] == -2 or at[v] != 0:
            continue
        came = np.int64(-1)
        while v >= 0 and at[v] <= 0:
            at[v] = -2 - came
            came = v
            v = np.int64(idom[v])
        while came >= 0:
            place = free if v < 0 else np.int64(at[v])
            if v < 0:
                free += np.int64(objects[came])
            else:
                at[v] += np.int64(objects[came])
            v = came
            came = -2 - np.int64(at[v])
            order[place] = v
            at[v] = place + 1


@kernel
def group_sums(order: U32, held: I64, objects: U32, group: I32, until: I64, sums: I64) -> None:
    """Add to each group what its objects retain, without those below another object of the same group."""
    for at in range(len(order)):
        v = np.int64(order[at])
        g = np.int64(group[v])
        if g >= 0 and until[g] <= at:
            until[g] = at + np.int64(objects[v])
            sums[g] += held[v]


@kernel
def mark(start: U32, target: U32, roots: U32, marked: Flags, stack: U32) -> int:
    """Mark what the roots reach in ``marked`` (all false before); return the number of marked objects."""
    depth = 0
    count = 0
    for i in range(len(roots)):
        r = np.int64(roots[i])
        if marked[r]:
            continue
        marked[r] = True
        count += 1
        stack[depth] = r
        depth += 1
        while depth > 0:
            depth -= 1
            u = np.int64(stack[depth])
            for e in range(np.int64(start[u]), np.int64(start[u + 1])):
                v = np.int64(target[e])
                if not marked[v]:
                    marked[v] = True
                    count += 1
                    stack[depth] = v
                    depth += 1
    return count


@kernel
def count_into(target: U32, wanted: Flags) -> int:
    """Return how many edges lead to a wanted object."""
    count = 0
    for e in range(len(target)):
        if wanted[target[e]]:
            count += 1
    return count


@kernel
def into(start: U32, target: U32, wanted: Flags, source: U32, edge: U32) -> None:
    """Write the edges that lead to wanted objects, and the objects that they come from, in the order of edges."""
    at = 0
    for u in range(len(start) - 1):
        for e in range(np.int64(start[u]), np.int64(start[u + 1])):
            if wanted[target[e]]:
                source[at] = u
                edge[at] = e
                at += 1


@kernel
def all_inside(idom: I32, sources: I64, top: int, number: int, seen: I32) -> bool:
    """Tell whether all sources that are reachable lie in the dominator subtree of ``top``.

    ``seen`` (int32[N]) keeps what is known to lie inside as ``number``, so that a deep tree is climbed once.
    """
    seen[top] = number
    for i in range(len(sources)):
        v = sources[i]
        if idom[v] == -2:
            continue
        while v >= 0 and seen[v] != number:
            v = np.int64(idom[v])
        if v < 0:
            return False
        v = sources[i]
        while seen[v] != number:
            seen[v] = number
            v = np.int64(idom[v])
    return True
