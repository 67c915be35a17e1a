"""Many stacks cut into frames, as runtime/traceback.go's unwinder does for runtime/mgcmark.go's scanstack.

Stacks are walked side by side, one frame of each at a time; the few that are much deeper than the others are walked to
their end one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from goxray.goruntime.frameflags import (
    ASYNC,
    CONSERVATIVE,
    INJECTED,
    INNERMOST,
    NO_MAP,
    REFLECT,
    SIGPANIC,
    SP_WRITE,
    TOP,
    UNSAFE,
    VALID,
)
from goxray.goruntime.rootset import I64, U64, Flags
from goxray.goruntime.stackmaps import FrameMaps, PcInfo
from goxray.goruntime.stackread import Stacks

_WORD = 8
_FEW = 24
"""So many stacks cost less one by one than side by side."""
_TOP_BIT = 1 << 63


@dataclass
class Frames:
    """Frames of some stacks, one row each: the stack's number, the number of its information, the mode's bits, fp.

    ``stack``, ``info`` and ``mode`` are int64, ``fp`` uint64. ``lost`` (int64) are stacks whose walk ended before their
    end, and ``lost_at`` (uint64) the address from where on they are unknown.
    """

    stack: I64
    info: I64
    mode: I64
    fp: U64
    lost: I64
    lost_at: U64


class InfoTable:
    """What is known of the program counters met so far. A key is a program counter x 2, + 1 below a sigpanic."""

    def __init__(self, maps: FrameMaps) -> None:
        self.maps = maps
        self.infos: list[PcInfo] = []
        self.pcs: list[int] = []
        self._number: dict[int, int] = {}
        self._plain: dict[int, int] = {}
        self._deltas: list[int] = []
        self._plain_of = 0
        self._keys: U64 = np.zeros(0, np.uint64)
        self._rows: I64 = np.zeros((0, 3), np.int64)

    def number(self, key: int) -> int:
        """The number of a key's information, found out if need be."""
        known = self._number.get(key)
        if known is None:
            known = self._number[key] = len(self.infos)
            self.infos.append(self.maps.info(key >> 1, bool(key & 1)))
            self.pcs.append(key >> 1)
        return known

    def plain(self) -> tuple[dict[int, int], list[int]]:
        """Numbers by program counter of frames that are like any other, and the sizes of frames by number."""
        if self._plain_of < len(self.infos):
            for key, number in self._number.items():
                info = self.infos[number]
                ordinary = info.flags & ~(NO_MAP | UNSAFE | REFLECT) == VALID and not key & 1
                if ordinary and info.delta >= _WORD and not info.delta & 7:
                    self._plain[key >> 1] = number
            self._deltas = [info.delta for info in self.infos]
            self._plain_of = len(self.infos)
        return self._plain, self._deltas

    def rows(self, keys: U64) -> I64:
        """Number, frame size (fp less sp) and flags of each key: int64[N, 3]."""
        if len(self._keys) < len(self.infos):
            self._sort()
        at = np.searchsorted(self._keys, keys)
        fresh = at == len(self._keys)
        fresh[~fresh] = self._keys[at[~fresh]] != keys[~fresh]
        if fresh.any():
            for key in np.unique(keys[fresh]).tolist():
                self.number(key)
            self._sort()
            at = np.searchsorted(self._keys, keys)
        return self._rows[at]

    def _sort(self) -> None:
        keys, numbers = np.array(list(self._number), np.uint64), np.array(list(self._number.values()), np.int64)
        order = np.argsort(keys)
        self._keys = keys[order]
        facts = [(number, self.infos[number].delta, self.infos[number].flags) for number in numbers[order].tolist()]
        self._rows = np.array(facts, np.int64).reshape(-1, 3)


def cut(stacks: Stacks, table: InfoTable) -> Frames:
    """Cut stacks into frames, innermost first."""
    walk = _Walk(stacks, table)
    while len(walk.going) > _FEW:
        walk.step()
    single = _Single(stacks, table)
    for stack in walk.going.tolist():
        walk.finish(stack, single)
    return walk.done()


@dataclass
class _Parts:
    stack: list[I64] = field(default_factory=list)
    info: list[I64] = field(default_factory=list)
    mode: list[I64] = field(default_factory=list)
    fp: list[U64] = field(default_factory=list)

    def add(self, stack: I64, info: I64, mode: I64, fp: U64) -> None:
        self.stack.append(stack)
        self.info.append(info)
        self.mode.append(mode)
        self.fp.append(fp)


class _Walk:
    """Stacks side by side; arrays by stack say where each walk stands. ``going`` are those not at their end.

    ``pending`` is the link register that a signal handler saved, 0 for none; ``below`` is 1 below a sigpanic.
    """

    def __init__(self, stacks: Stacks, table: InfoTable) -> None:
        count = len(stacks.goroutines)
        self._stacks = stacks
        self._table = table
        self._machine = table.maps.machine
        self.sp, self.pc, self.lr = (
            np.array([getattr(g, name) for g in stacks.goroutines], np.uint64) for name in ("sp", "pc", "lr")
        )
        self.pending = np.zeros(count, np.uint64)
        self.below = np.zeros(count, np.uint64)
        self.mode = np.array([INNERMOST | g.anywhere for g in stacks.goroutines], np.int64)
        self.lost: Flags = self.sp == 0
        self.going: I64 = np.flatnonzero(self.sp != 0)
        self._parts = _Parts()
        self._skip_nil_calls()

    def _skip_nil_calls(self) -> None:
        """Start in the caller's frame where a nil function was called (runtime/traceback.go, initAt)."""
        called = self.going[self.pc[self.going] == 0]
        self.pc[called] = self._stacks.at_or_zero(called, self.sp[called])
        if self._machine.uses_lr:
            self.lr[called] = 0
        else:
            self.sp[called] += np.uint64(_WORD)

    def step(self) -> None:
        """One frame of every stack."""
        stray = self.pc[self.going] >= np.uint64(_TOP_BIT)
        self.lost[self.going[stray]] = True
        g = self.going[~stray]
        rows = self._table.rows(self.pc[g] * np.uint64(2) + self.below[g])
        if self._machine.uses_lr:
            again = self._settle(g, rows)
            self.going, g, rows = g[again], g[~again], rows[~again]
        else:
            self.going = g[:0]
        sp, flag = self.sp[g], rows[:, 2]
        fp = sp + rows[:, 1].view(np.uint64)
        fits = ((flag & VALID) != 0) & ((sp & np.uint64(7)) == 0) & (sp >= self._stacks.base[g])
        fits &= (fp <= self._stacks.high[g]) & (fp >= sp)
        self.lost[g[~fits]] = True
        g, rows, fp, flag = g[fits], rows[fits], fp[fits], flag[fits]
        doubt = np.where((flag & ASYNC) != 0, CONSERVATIVE, 0)
        self._parts.add(g, rows[:, 0], self.mode[g] | doubt, fp)
        self._advance(g, flag, fp, doubt)

    def _settle(self, g: I64, rows: I64) -> Flags:
        """Use link registers that signal handlers saved (runtime/traceback.go, next); which walks must look again."""
        pending = self.pending[g]
        self.pending[g] = 0
        again: Flags = (pending != 0) & ((rows[:, 2] & VALID) == 0)
        self.pc[g[again]] = pending[again]
        leaf = (pending != 0) & ~again & (rows[:, 1] == 0)
        self.lr[g[leaf]] = pending[leaf]
        return again

    def _advance(self, g: I64, flag: I64, fp: U64, doubt: I64) -> None:
        following, gives_up = self._callers(g, flag, fp)
        stuck = (following == self.pc[g]) & (fp == self.sp[g])
        self.lost[g[stuck | gives_up]] = True
        self.sp[g] = fp
        on = (following != 0) & ~stuck & ~gives_up
        g, fp, flag = g[on], fp[on], flag[on]
        self.mode[g] = doubt[on]
        self.below[g] = (flag & SIGPANIC) != 0
        self.pc[g], self.lr[g] = following[on], 0
        if self._machine.uses_lr:
            made_up = (flag & INJECTED) != 0
            self.pending[g[made_up]] = self._stacks.at_or_zero(g[made_up], fp[made_up])
            self.sp[g[made_up]] += np.uint64(self._machine.injected_step)
        self.going = np.concatenate([self.going, g])

    def _callers(self, g: I64, flag: I64, fp: U64) -> tuple[U64, Flags]:
        """Return addresses, 0 at a stack's end; which frames cannot tell (runtime/traceback.go, resolveInternal)."""
        innermost = (self.mode[g] & INNERMOST) != 0
        if self._machine.uses_lr:
            saved = (innermost & (self.sp[g] < fp)) | (self.lr[g] == 0)
            following = np.where(saved, self._stacks.at_or_zero(g, self.sp[g]), self.lr[g])
        else:
            following = self._stacks.at_or_zero(g, fp - np.uint64(_WORD))
        top = (flag & TOP) != 0
        gives_up = ((flag & SP_WRITE) != 0) & ~innermost & ~top
        following[top | gives_up] = 0
        return following, gives_up

    def finish(self, stack: int, single: _Single) -> None:
        """Walk one stack to its end."""
        single.start(self, stack)
        info, mode, fp = single.frames()
        self._parts.add(
            np.full(len(fp), stack, np.int64),
            np.array(info, np.int64),
            np.array(mode, np.int64),
            np.array(fp, np.uint64),
        )
        self.lost[stack], self.sp[stack] = single.lost, single.sp

    def done(self) -> Frames:
        """All frames, those of one stack together."""
        parts = self._parts
        none = np.zeros(0, np.int64)
        stack = np.concatenate([none, *parts.stack])
        order = np.argsort(stack, kind="stable")
        info, mode = (np.concatenate([none, *column])[order] for column in (parts.info, parts.mode))
        fp = np.concatenate([none.astype(np.uint64), *parts.fp])[order]
        lost = np.flatnonzero(self.lost)
        lost_at = np.where(self.sp == 0, self._stacks.low, self.sp)[lost]
        return Frames(stack[order], info, mode, fp, lost, lost_at)


class _Single:
    """One stack at a time, in plain Python: the same walk as :class:`_Walk`."""

    def __init__(self, stacks: Stacks, table: InfoTable) -> None:
        self._stacks = stacks
        self._table = table
        self._uses_lr = table.maps.machine.uses_lr
        self._step = table.maps.machine.injected_step
        self.lost = False
        self.sp = 0

    def start(self, walk: _Walk, stack: int) -> None:
        """Take over a walk."""
        self._words, self._base, self._high = self._stacks.one(stack)
        self.sp, self._pc, self._lr = (int(column[stack]) for column in (walk.sp, walk.pc, walk.lr))
        self._pending, self._below = int(walk.pending[stack]), int(walk.below[stack])
        self._mode = int(walk.mode[stack])
        self.lost = False

    def frames(self) -> tuple[list[int], list[int], list[int]]:
        """Numbers of information, modes and fps of the rest of the stack."""
        infos: list[int] = []
        modes: list[int] = []
        fps: list[int] = []
        going = True
        while going:
            if not (self._mode or self._below or self._uses_lr):
                self._plain_calls(infos, fps)
                modes += [0] * (len(infos) - len(modes))
            if self._pc >= _TOP_BIT:
                self.lost = True
                break
            number = self._table.number(self._pc * 2 + self._below)
            info = self._table.infos[number]
            if self._pending and self._settle(info):
                continue
            fp = self.sp + info.delta
            if not info.flags & VALID or self.sp & 7 or not self._base <= self.sp <= fp <= self._high:
                self.lost = True
                break
            infos.append(number)
            modes.append(self._mode | (CONSERVATIVE if info.flags & ASYNC else 0))
            fps.append(fp)
            going = self._advance(info.flags, fp)
        return infos, modes, fps

    def _plain_calls(self, infos: list[int], fps: list[int]) -> None:
        """The frames from here on that only hold a return address on the stack: deep recursion is made of them."""
        numbers, deltas = self._table.plain()
        words, base, high, sp, pc = self._words, self._base, self._high, self.sp, self._pc
        if sp < base or sp & 7:
            return
        while pc in numbers:
            number = numbers[pc]
            fp = sp + deltas[number]
            if fp > high:
                break
            following = words[(fp - _WORD - base) >> 3]
            if not following or following >= _TOP_BIT:
                break
            infos.append(number)
            fps.append(fp)
            sp, pc = fp, following
        self.sp, self._pc = sp, pc

    def _settle(self, info: PcInfo) -> bool:
        saved, self._pending = self._pending, 0
        if not info.flags & VALID:
            self._pc = saved
            return True
        if not info.delta:
            self._lr = saved
        return False

    def _advance(self, flags: int, fp: int) -> bool:
        following = self._caller(flags, fp)
        stuck = following == self._pc and fp == self.sp
        self.lost = stuck or following < 0
        self.sp = fp
        if following <= 0 or stuck:
            return False
        self._mode = CONSERVATIVE if flags & ASYNC else 0
        self._below = 1 if flags & SIGPANIC else 0
        self._pc, self._lr = following, 0
        if self._uses_lr and flags & INJECTED:
            self._pending = self._word(fp)
            self.sp = fp + self._step
        return True

    def _caller(self, flags: int, fp: int) -> int:
        """The return address; 0 at the stack's end, -1 where the frame cannot tell."""
        innermost = self._mode & INNERMOST
        if flags & TOP:
            return 0
        if flags & SP_WRITE and not innermost:
            return -1
        if not self._uses_lr:
            return self._word(fp - _WORD)
        saved = (innermost and self.sp < fp) or not self._lr
        return self._word(self.sp) if saved else self._lr

    def _word(self, addr: int) -> int:
        inside = self._base <= addr < self._high and not addr & 7
        return int(self._words[(addr - self._base) >> 3]) if inside else 0
