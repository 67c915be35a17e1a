"""Kernels of the search for shortest paths: all edges turned round, and a breadth-first search along them."""

from __future__ import annotations

import numpy as np

from goxray.core.jit import kernel
from goxray.heap.graph import I32, U32

UNSEEN = -1
END = -2
BARRED = -3


@kernel
def turn(start: U32, target: U32, first: U32, source: U32) -> None:
    """Write each object's predecessors, ascending; ``first`` (uint32[N+1], 0) becomes where they begin."""
    for e in range(len(target)):
        first[target[e]] += np.uint32(1)
    total = np.uint32(0)
    for v in range(len(first)):
        total += first[v]
        first[v] = total
    for i in range(len(start) - 1):
        u = len(start) - 2 - i
        for e in range(np.int64(start[u]), np.int64(start[u + 1])):
            at = first[target[e]] - np.uint32(1)
            first[target[e]] = at
            source[at] = u


@kernel
def search_back(first: U32, source: U32, ends: U32, after: I32, queue: U32) -> int:
    """Find all objects from which ``ends`` are reached, the nearest first; return how many.

    ``after`` (int32[N], UNSEEN or BARRED before) becomes each object's next one on a shortest path, END for the ends
    themselves. ``queue`` (uint32[N]) holds the objects in the order in which they were found.
    """
    found = 0
    for i in range(len(ends)):
        if after[ends[i]] == UNSEEN:
            after[ends[i]] = END
            queue[found] = ends[i]
            found += 1
    done = 0
    while done < found:
        v = np.int64(queue[done])
        done += 1
        for at in range(np.int64(first[v]), np.int64(first[v + 1])):
            u = source[at]
            if after[u] == UNSEEN:
                after[u] = v
                queue[found] = u
                found += 1
    return found


@kernel
def steps(after: I32, v: int) -> int:
    """Return how many objects a path has from v to its end."""
    count = 1
    while after[v] >= 0:
        v = after[v]
        count += 1
    return count


@kernel
def walk(after: I32, v: int, path: U32) -> None:
    """Write the objects of a path from v to its end."""
    for i in range(len(path)):
        path[i] = v
        v = after[v]
