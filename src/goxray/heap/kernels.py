"""Compiles the kernels of the graph analysis before they are needed.

numba compiles a kernel when it is first called and keeps the machine code on disk; where that is not there yet,
compiling takes a minute that a frozen target must not wait for.
"""

from __future__ import annotations

import numpy as np

from goxray.heap.dominators import dominators
from goxray.heap.paths import shortest_paths
from goxray.heap.retained import (
    dominated_children,
    freed_by_cut,
    reachable,
    retained,
    retained_by_group,
    tree_order,
)
from goxray.heap.suspects import Tree, find_suspects


def warm_up() -> None:
    """Run every kernel of dominators, retained, suspects and paths on a graph of seven objects.

    The types of the arrays are those of heap.graph: writable and contiguous. For other ones (read-only arrays of a
    mapped file too) numba compiles again.
    """
    start = np.array([0, 2, 4, 6, 7, 7, 7, 7], np.uint32)
    target = np.array([1, 2, 2, 4, 1, 5, 6], np.uint32)
    roots = np.array([0, 3], np.uint32)
    idom = dominators(start, target, roots)
    held, objects = retained(idom, np.ones(7, np.int64))
    order = tree_order(idom, objects)
    group = np.array([0, 0, 0, 1, 1, 1, 1], np.int32)
    retained_by_group(order, held, objects, group, 2)
    dominated_children(idom)
    reachable(start, target, roots)
    freed_by_cut(start, target, roots, idom, [(0, 1), (3, 6)])
    shortest_paths(start, target, roots, np.array([6]), 2)
    find_suspects(Tree(order, held, objects, group, group), 2, 2)
    _suspect_an_owner()


def _suspect_an_owner() -> None:
    """Two small objects of one owner, each with all its bytes in an array."""
    idom = np.array([-1, -1, 0, 1], np.int32)
    held, objects = retained(idom, np.array([1, 1, 9, 9]))
    group = np.array([0, 0, 1, 1], np.int32)
    find_suspects(Tree(tree_order(idom, objects), held, objects, group, group), 2, 2, share=0.6)
