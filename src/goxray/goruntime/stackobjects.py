"""Stack objects: variables in frames whose address is taken. Pointers into the stack keep them alive.

Source: runtime/mgcstack.go; the last part of runtime/mgcmark.go, scanstack.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.rootset import I64, U64, expand
from goxray.goruntime.stackmaps import PcInfo, StackObject
from goxray.goruntime.stackread import Stacks
from goxray.goruntime.stackwalk import Frames

PRECISE, DOUBTED = 1, 2
"""How a stack object was found to be alive: by a pointer, by a word that looks like one."""
_ROUNDS = 64
"""Rounds side by side; chains that are longer are followed one object at a time."""


class StackObjects:
    """The stack objects of some frames, by address; arrays of one length.

    ``start`` (uint64) and ``size`` (int64) are where they lie, ``frame`` and ``stack`` (int64) whose they are, ``live``
    (uint8) is 0 until :meth:`mark` finds them. The objects are those that ``infos`` give for ``rows`` of ``frames``,
    and ``more``: (row, object).
    """

    def __init__(
        self,
        stacks: Stacks,
        frames: Frames,
        infos: list[PcInfo],
        rows: I64,
        more: list[tuple[int, StackObject]],
    ) -> None:
        self._stacks = stacks
        every = [item for info in infos for item in info.objects] + [item for _, item in more]
        known: dict[int, int] = {}
        masks: list[I64] = [np.zeros(0, np.int64)]
        for each in every:
            if known.setdefault(id(each.words), len(masks)) == len(masks):
                masks.append(each.words)
        mask = np.array([known[id(each.words)] for each in every], np.int64)
        rel = np.array([each.rel for each in every], np.int64)
        size = np.array([each.size for each in every], np.int64)
        counts = np.array([len(info.objects) for info in infos], np.int64)
        begin = np.cumsum(counts) - counts
        number = frames.info[rows]
        which, place = expand(counts[number])
        last = np.arange(len(every) - len(more), len(every))
        item = np.concatenate([begin[number[which]] + place, last])
        frame = np.concatenate([rows[which], np.array([row for row, _ in more], np.int64)])
        start = (frames.fp[frame].view(np.int64) + rel[item]).view(np.uint64)
        order = np.argsort(start, kind="stable")
        item = item[order]
        self.start, self.size, self.frame, self._mask = start[order], size[item], frame[order], mask[item]
        self.stack = frames.stack[self.frame]
        self.live: NDArray[np.uint8] = np.zeros(len(item), np.uint8)
        self._count = np.array([len(words) for words in masks], np.int64)
        self._first = np.cumsum(self._count) - self._count
        self._words = np.concatenate(masks)

    def __len__(self) -> int:
        return len(self.start)

    def mark(self, stack: I64, pointers: U64, value: int) -> None:
        """Mark what pointers into stacks lead to, directly and through other stack objects, with ``value``."""
        for _ in range(_ROUNDS):
            if not len(pointers) or not len(self.start):
                return
            found = np.unique(self._at(stack, pointers))
            found = found[(found >= 0) & (self.live[found] == 0)]
            self.live[found] = value
            item, _, values = self.words(found)
            own = self._stacks.own(self.stack[item], values)
            stack, pointers = self.stack[item[own]], values[own]
        self._mark_slowly(stack, pointers, value)

    def words(self, items: I64) -> tuple[I64, U64, U64]:
        """The pointer words of some objects that were read: (object, address, value)."""
        which, place = expand(self._count[self._mask[items]])
        item = items[which]
        addr = self.start[item] + self._words[self._first[self._mask[item]] + place].astype(np.uint64)
        inside = self._stacks.holds(self.stack[item], addr)
        item, addr = item[inside], addr[inside]
        return item, addr, self._stacks.at(self.stack[item], addr)

    def _at(self, stack: I64, pointers: U64) -> I64:
        """The object that each pointer leads to, -1 for none."""
        item = np.searchsorted(self.start, pointers, side="right").astype(np.int64) - 1
        safe = np.maximum(item, 0)
        inside = (item >= 0) & (self.stack[safe] == stack)
        inside &= pointers - self.start[safe] < self.size[safe].astype(np.uint64)
        return np.where(inside, item, -1)

    def _mark_slowly(self, stack: I64, pointers: U64, value: int) -> None:
        starts, sizes = self.start.tolist(), self.size.tolist()
        work = list(zip(stack.tolist(), pointers.tolist(), strict=True))
        while work:
            g, pointer = work.pop()
            item = bisect_right(starts, pointer) - 1
            if item < 0 or self.stack[item] != g or pointer - starts[item] >= sizes[item] or self.live[item]:
                continue
            self.live[item] = value
            low, high = int(self._stacks.low[g]), int(self._stacks.high[g])
            _, _, values = self.words(np.array([item], np.int64))
            work += [(g, word) for word in values.tolist() if low <= word < high]
