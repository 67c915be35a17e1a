"""What objects keep alive: retained sizes, the dominator tree downwards, sums by type or owner, what a cut frees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from goxray.heap import retained_kernels as kernels
from goxray.heap.dominators import ROOT, UNREACHABLE, check_graph
from goxray.heap.graph import I32, I64, U32

Numbers = NDArray[np.integer]
SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")


def retained(idom: I32, sizes: Numbers, *, reuse: bool = False) -> tuple[I64, U32]:
    """Return the retained bytes (int64[N]) and retained objects (uint32[N]) of every object.

    An object retains itself and all that it dominates: what a collection would free if nothing pointed to it any more.
    ``idom`` is what dominators() returned, ``sizes`` (any integers, [N]) the objects' own bytes. Unreachable objects
    retain nothing. Linear; memory beside arguments and results 4 bytes an object. With ``reuse`` the sizes (int64 then)
    are overwritten by the retained bytes: one array less.

    Raises:
        ValueError: There is not one size an object.
    """
    if len(sizes) != len(idom):
        raise ValueError(f"{len(sizes)} sizes for {len(idom)} objects")
    held = np.asarray(sizes, np.int64) if reuse else np.array(sizes, np.int64)
    objects = np.empty(len(idom), np.uint32)
    pending = np.zeros(len(idom), np.int32)
    kernels.begin(idom, pending, held, objects)
    kernels.accumulate(idom, pending, held, objects)
    return held, objects


def dominated_children(idom: I32) -> tuple[U32, U32]:
    """Return the dominator tree downwards as ``first`` (uint32[N+2]) and ``child`` (uint32[reachable]).

    The children of object i are ``child[first[i]:first[i + 1]]``, ascending; row N has those of the virtual root.
    """
    objects = len(idom)
    reached = idom[idom != UNREACHABLE]
    counts = np.bincount(np.where(reached == ROOT, objects, reached), minlength=objects + 1)
    first = np.empty(objects + 2, np.uint32)
    np.cumsum(counts, out=first[:-1], dtype=np.uint32)
    first[-1] = len(reached)
    child = np.empty(len(reached), np.uint32)
    kernels.children(idom, first, child)
    return first, child


def tree_order(idom: I32, objects: U32) -> U32:
    """Return the reachable objects in preorder of the dominator tree (uint32[reachable]).

    ``objects`` are the retained objects: the subtree of the object at place p takes the places up to p + its retained
    objects. Memory beside arguments and result: 4 bytes an object.
    """
    order = np.empty(int(np.count_nonzero(idom != UNREACHABLE)), np.uint32)
    kernels.place(idom, objects, np.zeros(len(idom), np.int32), order)
    return order


def retained_by_group(order: U32, held: I64, objects: U32, group: I32, groups: int) -> I64:
    """Return the bytes that the objects of each group retain together (int64[groups]), nothing counted twice.

    ``order`` is from tree_order(), ``held`` and ``objects`` from retained(); ``group`` (int32[N]) has a number from 0
    to groups - 1, or a negative one for none: types, or owners. An object below another one of its group in the
    dominator tree is part of what that one retains. Objects that only the group's members together keep alive are in no
    member's retained bytes and so not in the sum either.

    Raises:
        ValueError: A group's number is too large.
    """
    if len(group) and int(group.max()) >= groups:
        raise ValueError(f"group {int(group.max())} of {groups}")
    sums = np.zeros(groups, np.int64)
    kernels.group_sums(order, held, objects, group, np.zeros(groups, np.int64), sums)
    return sums


def reachable(start: U32, target: U32, roots: U32) -> NDArray[np.bool_]:
    """Return which objects the roots reach (bool[N]); the graph as in dominators().

    Raises:
        ValueError: The arrays do not fit together.
    """
    objects = check_graph(start, target, roots)
    marked = np.zeros(objects, np.bool_)
    kernels.mark(start, target, roots, marked, np.empty(objects, np.uint32))
    return marked


@dataclass(frozen=True)
class Incoming:
    """Edges that lead to some objects, in the order of edges: edge number, object it comes from, object it leads to."""

    edge: U32
    source: U32
    target: U32

    def to(self, number: int) -> U32:
        """Return the objects that point to one object, one for each edge."""
        found: U32 = self.source[self.target == number]
        return found


def predecessors(start: U32, target: U32, of: Numbers) -> Incoming:
    """Return all edges into the objects ``of``, by going over all edges once.

    Raises:
        ValueError: The arrays do not fit together.
    """
    objects = check_graph(start, target, np.asarray(of).astype(np.uint32))
    wanted = np.zeros(objects, np.bool_)
    wanted[of] = True
    count = kernels.count_into(target, wanted)
    source, edge = np.empty(count, np.uint32), np.empty(count, np.uint32)
    kernels.into(start, target, wanted, source, edge)
    return Incoming(edge, source, target[edge])


def freed_by_cut(start: U32, target: U32, roots: U32, idom: I32, cuts: list[tuple[int, int]]) -> NDArray[np.bool_]:
    """Tell for each edge (u, v) whether cutting it alone frees v, and with it all that v retains (bool[cuts]).

    u is -1 for the root word that points to v. Where u points to v twice, cutting one of the two frees nothing. An
    edge from what v itself keeps alive, or from garbage, does not hold v. Where v is not freed nothing is: whatever the
    edge holds is reached through v.

    Raises:
        ValueError: The arrays do not fit together, or there is no such edge.
    """
    tops = np.array([v for _, v in cuts], np.int64)
    incoming = predecessors(start, target, tops)
    by_target = np.argsort(incoming.target, kind="stable")
    sources = incoming.source[by_target].astype(np.int64)
    low, high = (np.searchsorted(incoming.target[by_target], tops, side) for side in SIDES)
    ordered_roots = np.sort(roots)
    rooted = np.subtract(*(np.searchsorted(ordered_roots, tops, side) for side in reversed(SIDES)))
    seen = np.zeros(len(idom), np.int32)
    freed = np.zeros(len(cuts), np.bool_)
    for i, (u, v) in enumerate(cuts):
        others = _without(sources[low[i] : high[i]], u)
        others_rooted = int(rooted[i]) - (u == ROOT)
        if others is None or others_rooted < 0:
            raise ValueError(f"no edge leads from {u} to {v}")
        held = idom[v] != UNREACHABLE and (u == ROOT or idom[u] != UNREACHABLE)
        freed[i] = held and not others_rooted and kernels.all_inside(idom, others, v, i + 1, seen)
    return freed


def _without(sources: I64, u: int) -> I64 | None:
    """Return the sources without one edge from u; None if there is no such edge."""
    if u == ROOT:
        return sources
    mine = np.flatnonzero(sources == u)
    return np.delete(sources, mine[0]) if len(mine) else None
