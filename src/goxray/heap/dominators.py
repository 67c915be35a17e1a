"""Immediate dominators of every object: which one object all ways from the roots to it go through.

The method is semi-NCA (L. Georgiadis, Linear-Time Algorithms for Dominators and Related Problems, 2005) on a virtual
root above everything that a root points to. Two changes make it fit heaps of many million objects. Objects without
pointers, mostly more than half, and objects that point only to those stay out of it: their dominator is the nearest
common one of all that point to them. And climbs in the dominator tree take jumps, because a linked list makes that tree
as deep as the heap has objects.
"""

from __future__ import annotations

import numpy as np

from goxray.heap import dominators_kernels as kernels
from goxray.heap.graph import I32, U32

ROOT = -1
"""Dominated by no object: a root points to it, or independent ways lead to it."""
UNREACHABLE = -2


def check_graph(start: U32, target: U32, roots: U32) -> int:
    """Return the number of objects of a graph.

    Raises:
        ValueError: The arrays do not fit together, so that kernels would read beyond them.
    """
    objects = len(start) - 1
    if objects < 0 or int(start[0]) != 0 or int(start[-1]) != len(target):
        raise ValueError("start must begin with 0 and end with the number of edges")
    if objects >= 1 << 31 or len(target) >= 1 << 31:
        raise ValueError("a graph may have up to 2^31 - 1 objects and edges")
    for numbers, what in ((target, "an edge"), (roots, "a root")):
        if len(numbers) and int(numbers.max()) >= objects:
            raise ValueError(f"{what} leads to object {int(numbers.max())} of {objects}")
    return objects


def dominators(start: U32, target: U32, roots: U32) -> I32:
    """Return the immediate dominator of every object (int32[N]).

    The pointers of object i are ``target[start[i]:start[i + 1]]`` (uint32[N+1], uint32[E]), ``roots`` (uint32[R]) are
    the objects that roots point to; both may hold an object several times. The answer is an object number, -1 for an
    object that no other object dominates, and -2 for one that no root reaches. Time is close to linear, memory beside
    the arguments 4 bytes an object, 24 an object with pointers, 8 a pointer to what another pointer led to before.

    Raises:
        ValueError: The arrays do not fit together.
    """
    out = np.empty(check_graph(start, target, roots), np.int32)
    done = np.zeros(len(out) // 32 + 1, np.uint32)
    inner = kernels.prepare(start, target, out, done) + 1
    vertex, parent, head = (np.empty(inner, np.int32) for _ in range(3))
    extra = np.empty(len(target), np.int64)  # only the pages that are written take memory
    count, _ = kernels.number(start, target, roots, out, done, vertex, parent, extra)
    kernels.root_pointers(roots, out, head, count)
    if len(target):
        _, far, _ = kernels.core_pointers(start, target, out, parent, head, extra)
        link = np.empty(inner, np.int64)
        kernels.semidominators(parent, head, extra, link, count)
        kernels.immediate(parent, head, link, count)
        kernels.fold(parent, link, extra, far, out)
        far = kernels.twigs(start, target, out, vertex, parent, link, extra, count)
        kernels.fold(parent, link, extra, far, out)
    kernels.name(parent, vertex, out)
    return out
