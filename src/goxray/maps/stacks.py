"""Maps that goroutine stacks hold: by a pointer in a frame, or with the header in the frame itself.

Stacks are searched conservatively, word by word, from the saved stack pointer up; what lies below is dead. The frame
of a word names the function (:class:`goxray.goruntime.goroutines.Unwinder`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import CorruptMemory, MemoryFault, StrippedBinary
from goxray.goruntime.goroutines import Frame, Goroutine
from goxray.goruntime.types import GoType, Kind
from goxray.maps.addresses import distinct, find
from goxray.maps.found import UNKNOWN
from goxray.maps.units import I64, U64

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime
    from goxray.maps.walker import Walker

_DEPTH = 3
_MANY = 64
"""So many goroutines in one function are named together."""


@dataclass
class StackWords:
    """The live part of one goroutine's stack: ``words`` (uint64) from address ``start`` on."""

    goroutine: Goroutine
    start: int
    words: U64
    frames: list[Frame] = field(default_factory=list)

    def frame_of(self, position: int, runtime: Runtime) -> Frame:
        """The frame that the word at ``position`` belongs to."""
        if not self.frames:
            self.frames = runtime.unwinder.frames(self.goroutine)
        addr = self.start + 8 * position
        return next((f for f in self.frames if f.start <= addr < f.end), self.frames[-1])


class StackSearch:
    """Searches every goroutine's stack; ``hints`` collects map types of holding functions by candidate."""

    def __init__(self, runtime: Runtime, walker: Walker) -> None:
        self._runtime = runtime
        self._walker = walker
        self.hints: dict[int, tuple[GoType, ...]] = {}
        self.unread = 0
        self.unwalked = 0
        self.goroutines_lost = False
        self.stacks = self._read()
        self._alike = self._common_functions()

    def _read(self) -> list[StackWords]:
        found: list[StackWords] = []
        try:
            goroutines = self._runtime.goroutines()
        except (MemoryFault, CorruptMemory, StrippedBinary):
            self.goroutines_lost = True
            return found
        for goroutine in goroutines:
            start = (goroutine.sp or goroutine.stack_lo) & ~7
            self.unwalked += not goroutine.sp
            try:
                raw = self._runtime.memory.read(start, (goroutine.stack_hi - start) & ~7)
            except MemoryFault:
                self.unread += 1
                continue
            found.append(StackWords(goroutine, start, np.frombuffer(raw, np.uint64)))
        return found

    def attribute(self) -> None:
        """Give owners to the maps that stacks hold: directly first, then through objects of unknown type."""
        found = self._walker.found
        held: dict[int, list[tuple[StackWords, Frame]]] = {}
        for stack in self.stacks:
            index = find(stack.words, found.headers.addr)
            for position in np.flatnonzero(index >= 0).tolist():
                number = int(index[position])
                if found.owner[number] == UNKNOWN or found.type_of[number] == UNKNOWN:
                    held.setdefault(number, []).append((stack, stack.frame_of(position, self._runtime)))
        for number, places in held.items():
            self._hold(number, places)
        if (found.owner == UNKNOWN).any():
            self._through_objects()
            self._walker.run()

    def _hold(self, number: int, places: list[tuple[StackWords, Frame]]) -> None:
        """Name the best of the frames whose words point to a map.

        Words of returned calls linger in the frames of later ones, mostly the runtime's own (where a goroutine
        parks): a function that has a map variable is the holder before any other, the runtime is the last.
        """
        hints: tuple[GoType, ...] = ()
        for _, frame in places:
            hints += self.map_locals(frame)
        if hints:
            self.hints[number] = hints
        stack, frame = min(places, key=lambda place: self._rank(place[1]))
        self._walker.found.mark_held(np.array([number]), self.expr(stack.goroutine, frame))

    def _rank(self, frame: Frame) -> int:
        own = frame.function.startswith(("runtime.", "internal/"))
        return 2 * own + (not self.map_locals(frame))

    def expr(self, goroutine: Goroutine, frame: Frame) -> int:
        """The owner expression of a frame; many goroutines that stand in one function share one."""
        name = frame.function or "unknown function"
        who = "*" if name in self._alike else str(goroutine.goid)
        return self._walker.exprs.root(f"goroutine {who}: {name} (stack)", "", guessed=True)

    def _through_objects(self) -> None:
        """Follow the heap pointers of frames: typed where a local variable's type fits the object, else as unknown.

        Frames that are alike are followed together: a step of the walk costs the same for one as for ten thousand.
        """
        groups: dict[tuple[int, int], tuple[Frame, list[U64]]] = {}
        for stack in self.stacks:
            near = self._in_reach(stack.words)
            for frame, positions in self._by_frame(stack, near) if len(near) else ():
                key = (self.expr(stack.goroutine, frame), frame.pc)
                groups.setdefault(key, (frame, []))[1].append(stack.words[positions])
        for (expr, _), (frame, parts) in groups.items():
            self._follow(expr, frame, distinct(np.concatenate(parts)))

    def _in_reach(self, words: U64) -> I64:
        """Positions of words that lie within the heap."""
        spans = self._runtime.spans
        if not len(spans):
            return np.zeros(0, np.int64)
        return np.flatnonzero((words >= spans.start[0]) & (words < spans.end[-1]))

    def _follow(self, expr: int, frame: Frame, words: U64) -> None:
        """Queue what the words of like frames point to."""
        located = self._runtime.spans.locate(words)
        held = (located.span >= 0) & (find(words, self._walker.found.headers.addr) < 0)
        words, base, sizes = words[held], located.base[held], located.size[held]
        for behind in self._pointer_locals(frame):
            size = self._runtime.layout.alloc_size(behind.size, False)
            lead = words - base
            fits = (sizes == size) & ((lead == 0) | (lead == 8))
            child = self._walker.exprs.child(expr, f"{{p}} *{behind.name}", behind.name)
            self._walker.values(behind, child, words[fits])
        self._walker.untyped(expr, words, _DEPTH)

    def _common_functions(self) -> frozenset[str]:
        """Functions that so many goroutines stand in, at whatever depth, that naming each tells nothing."""
        if len(self.stacks) < _MANY:
            return frozenset()
        counts: Counter[str] = Counter()
        for stack in self.stacks:
            stack.frame_of(0, self._runtime)
            counts.update({frame.function or "unknown function" for frame in stack.frames})
        return frozenset(name for name, count in counts.items() if count >= _MANY)

    def _by_frame(self, stack: StackWords, positions: I64) -> list[tuple[Frame, I64]]:
        stack.frame_of(0, self._runtime)
        starts = np.array([f.start for f in stack.frames], np.int64)
        which = np.clip(np.searchsorted(starts, stack.start + 8 * positions, side="right") - 1, 0, None)
        return [(stack.frames[i], positions[which == i]) for i in distinct(which).tolist()]

    def map_locals(self, frame: Frame) -> tuple[GoType, ...]:
        """The map types of a function's variables, by its DWARF."""
        return tuple(t for t in self._runtime.variables_at(frame.pc) if t.kind is Kind.MAP)

    def _pointer_locals(self, frame: Frame) -> list[GoType]:
        found = {}
        for go_type in self._runtime.variables_at(frame.pc):
            if go_type.kind is Kind.POINTER and go_type.elem.size > 8 and self._walker.plans.relevant(go_type.elem):
                found[go_type.elem.name] = go_type.elem
        return list(found.values())
