"""The graph with its roots: what holds roots (a global, a frame) stands behind the objects as one more node each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from goxray.heap.graph import I32, U32, U64, Edges

if TYPE_CHECKING:
    from goxray.goruntime.gcroots import GcRoots, RootHolder
    from goxray.heap.capture import Capture, Resolver, SideWords
    from goxray.heap.slots import HeapType

_FAR = np.uint64(1 << 32)


@dataclass
class RootedGraph:
    """Objects 0 .. N-1 and behind them the holders of roots, N .. N+H-1, with an edge for each root word.

    ``holders`` describe the latter. ``edges`` and ``side`` are as in Capture, for all of them; a root's ``word`` counts
    from the start of its global, and is 0 for frames and registers. ``slot`` (uint64) and ``conservative`` (bool) are
    those of the roots, in the order of their edges, which begin at ``first_root``.
    """

    objects: int
    holders: list[RootHolder]
    edges: Edges
    side: SideWords
    slot: U64
    conservative: NDArray[np.bool_]
    first_root: int

    @property
    def roots(self) -> U32:
        """The holders' numbers: everything is reached from them (uint32[H])."""
        return np.arange(self.objects, self.objects + len(self.holders), dtype=np.uint32)


@dataclass
class RootWords:
    """The roots as they were read: ``beside`` (uint64[R, 3]) are the word before each and the two after it.

    ``statics`` gives the types of values in module data that have no name (heap.statics), by address.
    """

    roots: GcRoots
    beside: U64
    statics: dict[int, HeapType]


def join(capture: Capture, resolver: Resolver, words: RootWords) -> RootedGraph:
    """Append the roots to a capture's graph; the capture's arrays are used up."""
    roots, count = words.roots, len(capture.objects)
    target, into = resolver.numbers_at(roots.value)
    order = np.lexsort((roots.slot, roots.holder))
    order = order[target[order] >= 0]
    holder = roots.holder[order]
    base = np.array([h.addr if h.kind == "global" else 0 for h in roots.holders], np.uint64)
    placed = base[holder] != 0
    word = np.where(placed, (roots.slot[order] - base[holder]) // np.uint64(8), 0).astype(np.uint32)
    extra = _children(capture, resolver, roots)
    holder = np.concatenate([holder, extra[0]])
    targets = np.concatenate([target[order].astype(np.uint32), extra[1]])
    blank = len(extra[0])
    order2 = np.argsort(holder, kind="stable")
    beside = np.concatenate([words.beside[order], np.zeros((blank, 3), np.uint64)])[order2]
    edges, first = capture.edges, len(capture.edges)
    start = np.zeros(count + len(roots.holders) + 1, np.uint32)
    start[: count + 1] = edges.start
    start[count + 1 :] = first + np.cumsum(np.bincount(holder, minlength=len(roots.holders)))
    edges.target = _extended(edges.target, targets[order2])
    edges.word = _extended(edges.word, np.concatenate([word, np.zeros(blank, np.uint32)])[order2])
    edges.into = _extended(edges.into, np.concatenate([into[order], np.zeros(blank, np.uint16)])[order2])
    edges.start = start
    _extend_side(capture.side, beside, first)
    return RootedGraph(
        objects=count,
        holders=roots.holders,
        edges=edges,
        side=capture.side,
        slot=np.concatenate([roots.slot[order], np.zeros(blank, np.uint64)])[order2],
        conservative=np.concatenate([roots.conservative[order], np.zeros(blank, np.bool_)])[order2],
        first_root=first,
    )


def _children(capture: Capture, resolver: Resolver, roots: GcRoots) -> tuple[I32, U32]:
    """What objects hold whose children are roots though they are not (runtime/mheap.go, gcScanFinalizer)."""
    found, _ = resolver.numbers_at(roots.from_objects)
    holders, targets = [np.zeros(0, np.int32)], [np.zeros(0, np.uint32)]
    start = capture.edges.start
    for number, holder in zip(found.tolist(), roots.from_holder.tolist(), strict=True):
        if number >= 0:
            held = capture.edges.target[start[number] : start[number + 1]]
            holders.append(np.full(len(held), holder, np.int32))
            targets.append(held)
    return np.concatenate(holders), np.concatenate(targets)


def _extended(array: NDArray[Any], items: NDArray[Any]) -> NDArray[Any]:
    """Append, in place where the array owns its memory: no second copy of a large one."""
    if array.base is not None:
        return np.concatenate([array, items])
    before = len(array)
    array.resize(before + len(items), refcheck=False)
    array[before:] = items
    return array


def _extend_side(side: SideWords, beside: U64, first: int) -> None:
    sized = np.flatnonzero((beside[:, 1] < _FAR) & ((beside[:, 1] > 0) | (beside[:, 2] < _FAR)))
    room = beside[sized, 2]
    side.length_edge = _extended(side.length_edge, (sized + first).astype(np.uint32))
    side.length = _extended(side.length, beside[sized, 1].astype(np.uint32))
    fits = (room >= beside[sized, 1]) & (room < _FAR)
    side.room = _extended(side.room, np.where(fits, room, 0).astype(np.uint32))
    boxed = np.flatnonzero(beside[:, 0])
    side.dynamic_edge = _extended(side.dynamic_edge, (boxed + first).astype(np.uint32))
    side.dynamic = _extended(side.dynamic, beside[boxed, 0])
