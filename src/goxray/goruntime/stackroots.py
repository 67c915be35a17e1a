"""Roots on goroutine stacks, as runtime/mgcmark.go's scanstack and scanframeworker find them.

Frames give the words that their pointer maps name, word by word where there is no map to trust. A pointer into the
goroutine's own stack keeps the stack object there alive, whose pointers are roots in turn.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import MemoryFault
from goxray.goruntime.frameflags import CONSERVATIVE, NO_MAP, REFLECT, UNSAFE
from goxray.goruntime.rootset import I32, I64, U64, Flags, RootBuilder, RootHolder, expand
from goxray.goruntime.stackmaps import FrameMaps, StackObject
from goxray.goruntime.stackobjects import DOUBTED, PRECISE, StackObjects
from goxray.goruntime.stackread import Position, Stacks, read_stacks
from goxray.goruntime.stackwalk import Frames, InfoTable, cut

if TYPE_CHECKING:
    from goxray.target.memory import Memory

_WORD = 8
_MAX_ARG_BITS = 1 << 16
_DEEP = 1000
"""From so many frames on, frames of a stack at the same place share a holder."""


@dataclass(frozen=True)
class ExtraWord:
    """A word outside the frames that the collector scans with a goroutine's stack (a defer's function ...)."""

    value: int
    slot: int
    text: str
    conservative: bool = False


@dataclass
class _Words:
    """Words found on stacks: the stack, the frame (-1 for none) and the address of each, and its value."""

    stack: I64
    frame: I64
    addr: U64
    value: U64

    def pick(self, chosen: NDArray[np.generic]) -> _Words:
        return _Words(self.stack[chosen], self.frame[chosen], self.addr[chosen], self.value[chosen])


class StackRoots:
    """Finds the roots on stacks; counts what it could not do exactly."""

    def __init__(self, memory: Memory, maps: FrameMaps, builder: RootBuilder) -> None:
        self.memory = memory
        self.maps = maps
        self.table = InfoTable(maps)
        self.builder = builder
        self.frames = 0
        self.unread = 0
        self.lost = 0
        self.unknown = 0
        self.unmapped = 0

    def scan(self, goroutines: list[Position], extras: dict[int, list[ExtraWord]]) -> None:
        """Add the roots of some goroutines; ``extras`` are further words by goroutine id."""
        stacks = read_stacks(self.memory, goroutines)
        frames = cut(stacks, self.table)
        self.unread += stacks.unread
        self.unknown += sum(not g.sp for g in stacks.goroutines)
        self.lost += len(frames.lost) - sum(not g.sp for g in stacks.goroutines)
        self.frames += len(frames.stack)
        _Scan(self, stacks, frames, extras).run()

    def hold_frame(self, goid: int, number: int, fp: int) -> int:
        """Add the holder for a frame of a goroutine; ``number`` is that of its information."""
        info = self.table.infos[number]
        text = f"goroutine {goid}: {info.name} (stack)"
        return self.builder.hold(
            RootHolder("goroutine", text, self.table.pcs[number], goid, fp - info.delta, info.delta)
        )


class _Scan:
    """One batch of stacks."""

    def __init__(self, roots: StackRoots, stacks: Stacks, frames: Frames, extras: dict[int, list[ExtraWord]]) -> None:
        self._roots = roots
        self._stacks = stacks
        self._frames = frames
        self._extras = extras
        self._infos = roots.table.infos
        flags = np.array([info.flags for info in self._infos], np.int64)
        self._flags = flags[frames.info]
        self._holders: dict[int, int] = {}
        self._spoken_for = self._share_holders()
        running = np.array([g.running for g in stacks.goroutines], np.bool_)
        bare = (self._flags & NO_MAP) != 0
        bare |= ((self._flags & UNSAFE) != 0) & running[frames.stack]
        asynchronous = (frames.mode & CONSERVATIVE) != 0
        roots.unmapped += int((bare & ~asynchronous).sum())
        self._doubted: Flags = asynchronous | bare
        self._seeds: list[tuple[I64, U64, bool]] = []

    def run(self) -> None:
        words, objects = self._mapped()
        self._take(words, conservative=False)
        self._take(self._word_by_word(), conservative=True)
        self._take_extras()
        self._trace(objects)

    # ---- words of frames

    def _mapped(self) -> tuple[_Words, StackObjects]:
        """The words that pointer maps name, and the stack objects, of frames with maps."""
        rows = np.flatnonzero(~self._doubted)
        parts = [self._by_map(rows)]
        more: list[tuple[int, StackObject]] = []
        for row in rows[(self._flags[rows] & REFLECT) != 0].tolist():
            words, item = self._reflect(row)
            parts.append(words)
            more += [] if item is None else [(row, item)]
        return _joined(parts), StackObjects(self._stacks, self._frames, self._infos, rows, more)

    def _by_map(self, rows: I64) -> _Words:
        slots = [info.slots for info in self._infos]
        counts = np.array([len(part) for part in slots], np.int64)
        begin = np.cumsum(counts) - counts
        flat = np.concatenate(slots) if slots else np.zeros(0, np.int64)
        info = self._frames.info[rows]
        which, place = expand(counts[info])
        return self._words(rows[which], flat[begin[info[which]] + place])

    def _words(self, frames: I64, rel: I64) -> _Words:
        """Words of frames at byte offsets from their fp; those outside what was read are left out."""
        addr = (self._frames.fp[frames].view(np.int64) + rel).view(np.uint64)
        stack = self._frames.stack[frames]
        inside = self._stacks.holds(stack, addr)
        if not inside.all():
            frames, stack, addr = frames[inside], stack[inside], addr[inside]
        return _Words(stack, frames, addr, self._stacks.at(stack, addr))

    def _word_by_word(self) -> _Words:
        """Every word of frames without trusted maps, of their arguments, and of stacks that could not be unwound."""
        frames = self._frames
        rows = np.flatnonzero(self._doubted)
        parts = []
        if len(rows):
            infos = [self._infos[number] for number in frames.info[rows].tolist()]
            delta = np.array([info.delta for info in infos], np.int64)
            varp = np.array([info.varp for info in infos], np.int64)
            room = np.maximum(self._stacks.high[frames.stack[rows]] - frames.fp[rows], 0).astype(np.int64)
            args = np.minimum(np.array([info.args for info in infos], np.int64), room)
            which, place = expand(np.maximum(varp + delta, 0) // _WORD)
            parts.append(self._words(rows[which], place * _WORD - delta[which]))
            which, place = expand(args // _WORD)
            parts.append(self._words(rows[which], place * _WORD + self._roots.maps.machine.min_frame))
        begin = np.maximum(frames.lost_at & ~np.uint64(7), self._stacks.base[frames.lost])
        size = np.maximum(self._stacks.high[frames.lost].view(np.int64) - begin.view(np.int64), 0)
        which, place = expand(size // _WORD)
        stack = frames.lost[which]
        addr = begin[which] + (place * _WORD).astype(np.uint64)
        parts.append(_Words(stack, np.full(len(stack), -1, np.int64), addr, self._stacks.at(stack, addr)))
        return _joined(parts)

    def _reflect(self, row: int) -> tuple[_Words, StackObject | None]:
        """Arguments and registers of a stub of reflect's, which only the call itself describes (argMapInternal)."""
        info, fp, stack = self._infos[self._frames.info[row]], int(self._frames.fp[row]), self._frames.stack[row]
        machine = self._roots.maps.machine
        none = self._words(np.zeros(0, np.int64), np.zeros(0, np.int64))
        first = fp - info.delta + machine.min_frame
        if first >= fp - (0 if machine.uses_lr else _WORD):
            return none, None  # not started yet: no frame, no arguments
        places = np.array([first, first + 4 * _WORD], np.uint64)
        number = np.full(2, stack)
        if not self._stacks.holds(number, places).all():
            return none, None
        context, valid = self._stacks.at(number, places).tolist()
        try:
            _, vector, size = self._roots.memory.read_words(context, 3)
            count, bits = struct.unpack("<i4xQ", self._roots.memory.read(vector, 16))
            if not valid & 0xFF:
                count = min(count, size // _WORD)
            words = np.zeros(0, np.int64)
            if 0 < count <= _MAX_ARG_BITS:
                words = self._roots.maps.set_words(bits, count) + machine.min_frame
        except MemoryFault:
            return none, None
        regs = self._roots.maps.regs_object
        item = StackObject(info.varp + regs.rel, regs.size, regs.words)
        return self._words(np.full(len(words), row), words), item

    # ---- stack objects

    def _trace(self, objects: StackObjects) -> None:
        """Follow pointers into the stacks; exact ones first, as the runtime does."""
        for value, doubted in ((PRECISE, False), (DOUBTED, True)):
            chosen = [(stack, seed) for stack, seed, conservative in self._seeds if conservative == doubted]
            if chosen:
                objects.mark(np.concatenate([s for s, _ in chosen]), np.concatenate([p for _, p in chosen]), value)
        for value, doubted in ((PRECISE, False), (DOUBTED, True)):
            item, addr, values = objects.words(np.flatnonzero(objects.live == value))
            words = _Words(objects.stack[item], objects.frame[item], addr, values)
            self._take(words, conservative=doubted, follow=False)

    # ---- what becomes of a word

    def _take(self, words: _Words, *, conservative: bool, follow: bool = True) -> None:
        """Keep words that point into the heap as roots, and those into their own stack to be followed."""
        own = self._stacks.own(words.stack, words.value)
        if follow and own.any():
            inside = words.pick(own)
            self._seeds.append((inside.stack, inside.value, conservative))
        builder = self._roots.builder
        kept = builder.in_heap(words.value, conservative)
        if len(kept):
            words = words.pick(kept)
            builder.add(words.value, words.addr, self._holders_of(words), conservative)

    def _holders_of(self, words: _Words) -> I32:
        """Holder numbers: one holder a frame, one a stack for what lies in no known frame."""
        key = -1 - words.stack.astype(np.int64)
        framed = words.frame >= 0
        key[framed] = self._spoken_for[words.frame[framed]]
        unique, inverse = np.unique(key, return_inverse=True)
        fresh = [number for number in unique.tolist() if number not in self._holders]
        rows = [number for number in fresh if number >= 0]
        frames = self._frames
        facts = zip(rows, *(column[rows].tolist() for column in (frames.stack, frames.info, frames.fp)), strict=True)
        for row, stack, info, fp in facts:
            self._holders[row] = self._roots.hold_frame(self._stacks.goroutines[stack].goid, info, fp)
        for number in fresh:
            if number < 0:
                self._holders[number] = self._roots.builder.hold(self._rest(-1 - number))
        numbers = np.array([self._holders[number] for number in unique.tolist()], np.int32)
        return numbers[inverse]

    def _share_holders(self) -> I64:
        """The frame whose holder each frame uses: its own, but one for all at the same place in a very deep stack."""
        frames = self._frames
        own = np.arange(len(frames.stack))
        deep = np.bincount(frames.stack, minlength=1)[frames.stack] > _DEEP if len(own) else np.zeros(0, np.bool_)
        if deep.any():
            key = frames.stack * len(self._infos) + frames.info
            _, first, inverse = np.unique(key[deep], return_index=True, return_inverse=True)
            own[deep] = own[deep][first[inverse]]
        return own

    def _rest(self, stack: int) -> RootHolder:
        goroutine = self._stacks.goroutines[stack]
        start = goroutine.sp or goroutine.low
        text = f"goroutine {goroutine.goid}: unknown function (stack)"
        return RootHolder("goroutine", text, 0, goroutine.goid, start, goroutine.high - start)

    def _take_extras(self) -> None:
        for number, goroutine in enumerate(self._stacks.goroutines):
            for extra in self._extras.get(goroutine.goid, ()):
                value = np.array([extra.value], np.uint64)
                if goroutine.low <= extra.value < goroutine.high:
                    self._seeds.append((np.array([number], np.int64), value, extra.conservative))
                    continue
                holder = RootHolder("goroutine", f"goroutine {goroutine.goid}: {extra.text}", 0, goroutine.goid)
                slots = np.array([extra.slot], np.uint64)
                self._roots.builder.add_words(value, slots, holder, extra.conservative)


def _joined(parts: list[_Words]) -> _Words:
    return _Words(
        np.concatenate([part.stack for part in parts]),
        np.concatenate([part.frame for part in parts]),
        np.concatenate([part.addr for part in parts]),
        np.concatenate([part.value for part in parts]),
    )
