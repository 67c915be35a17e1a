"""Stacks of many goroutines at once: read in bulk, cut into frames.

The frames are those of runtime/traceback.go's unwinder as the collector uses it (runtime/mgcmark.go, scanstack).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import MemoryFault
from goxray.goruntime.rootset import I32, I64, U64, Flags
from goxray.goruntime.stackkernels import (
    BASE,
    BELOW,
    ENDED,
    FIRST,
    HIGH,
    INNERMOST,
    LOST,
    LOW,
    LR,
    MODE,
    PC,
    SP,
    STATE,
    UNKNOWN_PC,
    WALKING,
    walk,
)
from goxray.goruntime.stackmaps import FrameMaps, PcInfo

if TYPE_CHECKING:
    from goxray.target.memory import Memory

_WORD = 8
_BULK = 1 << 20
_FRAMES_AT_ONCE = 1 << 16
_LEAST = 256


@dataclass(frozen=True)
class Position:
    """A goroutine as the walk needs it: ``[low, high)`` is its stack, ``sp`` and ``pc`` where it stands.

    ``sp`` is 0 where that is not known. ``running`` says that it did not stop by itself: frames at places where maps
    do not hold are searched word by word. ``anywhere`` says that it stands between two instructions: so is its
    innermost frame. ``lr`` is the link register, 0 for none.
    """

    goid: int
    low: int
    high: int
    sp: int
    pc: int
    lr: int = 0
    running: bool = False
    anywhere: bool = False


@dataclass
class Stacks:
    """The used parts of some goroutines' stacks: ``words`` and ``place`` as the kernels take them.

    ``goroutines`` are those that could be read; ``unread`` counts the others.
    """

    goroutines: list[Position]
    words: U64
    place: U64
    unread: int

    def at(self, stack: NDArray[np.integer], addrs: U64) -> U64:
        """The words at addresses of the given stacks (uint64)."""
        number = self.place[stack, FIRST] + ((addrs - self.place[stack, BASE]) >> np.uint64(3))
        found: U64 = self.words[number.astype(np.int64)]
        return found

    def holds(self, stack: NDArray[np.integer], addrs: U64) -> Flags:
        """Which whole words at addresses lie in the part that was read."""
        inside: Flags = (addrs >= self.place[stack, BASE]) & (addrs < self.place[stack, HIGH])
        inside &= (addrs & np.uint64(7)) == 0
        return inside


def read_stacks(memory: Memory, goroutines: list[Position]) -> Stacks:
    """Read the used part of each stack, many in one call.

    Stacks are powers of two in size (runtime/stack.go, stackalloc), so what is used is read from their upper end in
    pieces of few sizes.
    """
    low = np.array([g.low for g in goroutines], np.uint64)
    high = np.array([g.high for g in goroutines], np.uint64)
    begin = np.array([g.sp or g.low for g in goroutines], np.uint64) & ~np.uint64(7)
    used = (high - begin).astype(np.int64)
    size = np.maximum(1 << np.ceil(np.log2(np.maximum(used, 1))).astype(np.int64), _LEAST)
    size = np.where((size > _BULK) | (size > (high - low).astype(np.int64)), used, size)
    parts: list[U64] = []
    first = np.full(len(goroutines), -1, np.int64)
    done = 0
    for width in np.unique(size).tolist():
        rows = np.flatnonzero(size == width)
        if width > _BULK:
            for row in rows.tolist():
                try:
                    parts.append(memory.read_array(int(high[row]) - width, width).view(np.uint64))
                except MemoryFault:
                    continue
                first[row] = done
                done += width // _WORD
            continue
        raw, ok = memory.read_many(high[rows] - np.uint64(width), width)
        parts.append(np.ascontiguousarray(raw).view(np.uint64).reshape(-1))
        first[rows] = np.where(ok, done + np.arange(len(rows)) * (width // _WORD), -1)
        done += len(rows) * (width // _WORD)
    kept = np.flatnonzero(first >= 0)
    words = np.concatenate(parts) if parts else np.zeros(0, np.uint64)
    place = np.zeros((len(kept), 4), np.uint64)
    place[:, FIRST], place[:, BASE] = first[kept], high[kept] - size[kept].astype(np.uint64)
    place[:, LOW], place[:, HIGH] = low[kept], high[kept]
    return Stacks([goroutines[i] for i in kept.tolist()], words, place, len(goroutines) - len(kept))


@dataclass
class Frames:
    """Frames of some stacks, one row each: the stack's number, the number of its information, the mode's bits, fp.

    ``lost`` are stacks whose walk ended before their end, and ``lost_at`` the address from where on they are unknown.
    """

    stack: I32
    info: I32
    mode: I32
    fp: U64
    lost: I64
    lost_at: U64


class InfoTable:
    """What is known of the program counters met so far, in rows that kernels can use."""

    def __init__(self, maps: FrameMaps) -> None:
        self.maps = maps
        self.infos: list[PcInfo] = []
        self.pcs: list[int] = []
        self.keys: U64 = np.zeros(0, np.uint64)
        self.rows: I64 = np.zeros((0, 3), np.int64)

    @property
    def flags(self) -> I64:
        """Flags by number of information."""
        return np.array([info.flags for info in self.infos], np.int64)

    def learn(self, keys: list[int]) -> None:
        """Add program counters, each x 2 + 1 below a sigpanic."""
        first = len(self.infos)
        for key in keys:
            self.infos.append(self.maps.info(key >> 1, bool(key & 1)))
            self.pcs.append(key >> 1)
        fresh = [[first + number, info.delta, info.flags] for number, info in enumerate(self.infos[first:])]
        every = np.concatenate([self.keys, np.array(keys, np.uint64)])
        rows = np.concatenate([self.rows, np.array(fresh, np.int64).reshape(-1, 3)])
        order = np.argsort(every)
        self.keys, self.rows = every[order], rows[order]


def cut(stacks: Stacks, table: InfoTable) -> Frames:
    """Cut stacks into frames, innermost first."""
    machine = table.maps.machine
    count = len(stacks.goroutines)
    at, how = np.zeros((count, 4), np.uint64), np.zeros((count, 3), np.uint8)
    for column, name in ((SP, "sp"), (PC, "pc"), (LR, "lr")):
        at[:, column] = np.array([getattr(g, name) for g in stacks.goroutines], np.uint64)
    how[:, MODE] = INNERMOST | np.array([g.anywhere for g in stacks.goroutines], np.uint8)
    how[:, STATE] = np.where(at[:, SP] == 0, LOST, WALKING)
    _nil_calls(stacks, at, machine.uses_lr)
    facts = np.array([machine.uses_lr, machine.injected_step], np.int64)
    out, out_fp = np.zeros((_FRAMES_AT_ONCE, 3), np.int32), np.zeros(_FRAMES_AT_ONCE, np.uint64)
    rows, ends = [], []
    while True:
        found = walk(stacks.words, stacks.place, facts, table.keys, table.rows, at, how, out, out_fp)
        rows.append(out[:found].copy())
        ends.append(out_fp[:found].copy())
        waiting = how[:, STATE] == UNKNOWN_PC
        if waiting.any():
            table.learn(np.unique(at[waiting, PC] * np.uint64(2) + how[waiting, BELOW].astype(np.uint64)).tolist())
            how[waiting, STATE] = WALKING
        elif found < _FRAMES_AT_ONCE:
            break
    frames = np.concatenate(rows)
    lost = np.flatnonzero(how[:, STATE] != ENDED)
    lost_at = np.where(at[:, SP] == 0, stacks.place[:, LOW], at[:, SP])[lost]
    return Frames(frames[:, 0].copy(), frames[:, 1].copy(), frames[:, 2].copy(), np.concatenate(ends), lost, lost_at)


def _nil_calls(stacks: Stacks, at: U64, uses_lr: bool) -> None:
    """Start in the caller's frame where a nil function was called (runtime/traceback.go, initAt)."""
    for g in np.flatnonzero((at[:, PC] == 0) & (at[:, SP] != 0)).tolist():
        sp = at[g, SP : SP + 1].copy()
        if stacks.holds(np.array([g]), sp)[0]:
            at[g, PC] = stacks.at(np.array([g]), sp)[0]
            at[g, LR] = 0
            at[g, SP] += np.uint64(0 if uses_lr else _WORD)
