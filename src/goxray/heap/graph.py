"""The object graph in arrays: objects by number, their pointers as one list, the roots.

Objects are numbered 0 .. N-1 by address. Everything that analyses the heap (dominators, owners, paths) works on these
numbers; addresses come back only for what is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

NONE = -1
"""No object, no type, no owner."""


@dataclass
class Objects:
    """Every allocated heap object.

    ``first`` (int64[S+1]) is the number of the first object of each span, ``slot`` (uint16[N]) an object's index in
    its span; ``start`` (uint64[S]), ``elem_size`` (int64[S]) and ``noscan`` (bool[S]) describe the spans, which are
    sorted by address and may hold no object at all.
    """

    first: I64
    slot: U16
    start: U64
    elem_size: I64
    noscan: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.slot)

    def span_of(self, numbers: NDArray[np.integer]) -> I64:
        """Return the span of each object."""
        return np.searchsorted(self.first, numbers, side="right").astype(np.int64) - 1

    def addrs(self, numbers: NDArray[np.integer]) -> U64:
        """Return the address of each object (uint64)."""
        span = self.span_of(numbers)
        steps = self.slot[numbers].astype(np.uint64) * self.elem_size[span].astype(np.uint64)
        addrs: U64 = self.start[span] + steps
        return addrs

    def sizes(self, numbers: NDArray[np.integer] | None = None) -> I64:
        """Return the bytes of each object's slot (int64); of all objects where no numbers are given."""
        if numbers is None:
            return np.repeat(self.elem_size, np.diff(self.first))
        return self.elem_size[self.span_of(numbers)]

    def numbers_at(self, addrs: U64) -> I64:
        """Return the number of the object whose slot holds each address, -1 where there is none."""
        if not len(self.start):
            return np.full(len(addrs), NONE, np.int64)
        span = np.searchsorted(self.start, addrs, side="right").astype(np.int64) - 1
        safe = np.maximum(span, 0)
        slot = ((addrs - self.start[safe]) // self.elem_size[safe].astype(np.uint64)).astype(np.int64)
        found = np.full(len(addrs), NONE, np.int64)
        for at in np.flatnonzero((span >= 0) & (slot < 1 << 16)).tolist():
            low, high = int(self.first[span[at]]), int(self.first[span[at] + 1])
            here = low + int(np.searchsorted(self.slot[low:high], slot[at]))
            if here < high and int(self.slot[here]) == int(slot[at]):
                found[at] = here
        return found


@dataclass
class Edges:
    """The pointers between objects: those of object i are numbers ``start[i]`` to ``start[i + 1]`` (uint32[N+1]).

    ``target`` (uint32[E]) is the object pointed to. ``word`` (uint32[E]) is where the pointer stands in its object, in
    words of 8 bytes from the value's start (behind the malloc header, where there is one); ``into`` (uint16[E]) how
    many words behind the target's value's start it is pointed to, 65,535 for more.
    """

    start: U32
    target: U32
    word: U32
    into: U16

    def __len__(self) -> int:
        return len(self.target)


@dataclass
class Roots:
    """The pointers from outside the heap: one row a root word that points to an object.

    ``target`` (uint32[R]) is the object, ``into`` (uint16[R]) as in Edges, ``slot`` (uint64[R]) the address of the
    word (0: a register), ``holder`` (int32[R]) indexes the holders of goruntime.gcroots.GcRoots, ``conservative``
    (bool[R]) tells that nothing says that the word is a pointer.
    """

    target: U32
    into: U16
    slot: U64
    holder: I32
    conservative: NDArray[np.bool_]
