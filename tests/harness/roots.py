"""The test program ``roots``, and the roots that were found in it, in a form to ask questions of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from goxray.goruntime.gcroots import GcRoots, collect_roots
from goxray.goruntime.goroutines import Frame
from goxray.goruntime.rootset import RootHolder
from goxray.goruntime.runtime import Runtime
from goxray.target.open import open_target

NODE_WORDS = 8


@dataclass(frozen=True)
class Expected:
    """What the program says of one object: the collector's view of it and who holds it."""

    name: str
    addr: int
    live: bool
    holder: str
    kind: str


@dataclass(frozen=True)
class Hit:
    """One root."""

    holder: RootHolder
    slot: int
    conservative: bool


def expected(said: dict[str, dict[str, object]]) -> list[Expected]:
    """The objects that the program speaks of."""
    return [
        Expected(name, int(str(row["addr"]), 16), bool(row["live"]), str(row["holder"]), str(row["kind"]))
        for name, row in said.items()
    ]


class Seen:
    """The roots of a target, with the state of the objects at that moment."""

    def __init__(self, runtime: Runtime) -> None:
        runtime.refresh()
        self.runtime = runtime
        self.roots: GcRoots = collect_roots(runtime)
        self.words, self.readable = runtime.memory.gather(self.roots.slot, [0])
        self.frames: dict[int, list[Frame]] = {g.goid: runtime.unwinder.frames(g) for g in runtime.goroutines()}
        self._rows: dict[int, list[int]] = {}
        for row, value in enumerate(self.roots.value.tolist()):
            self._rows.setdefault(value, []).append(row)
        self.taken = {
            value: bool(taken)
            for value, taken in zip(self.roots.value.tolist(), self.allocated(self.roots.value), strict=True)
        }

    def hits(self, addr: int) -> list[Hit]:
        """The roots that point to a node at an address or into it."""
        rows = [row for word in range(NODE_WORDS) for row in self._rows.get(addr + 8 * word, ())]
        return [self.hit(row) for row in rows]

    def hit(self, row: int) -> Hit:
        """One root by number."""
        holder = self.roots.holders[int(self.roots.holder[row])]
        return Hit(holder, int(self.roots.slot[row]), bool(self.roots.conservative[row]))

    def all(self) -> Iterator[tuple[int, Hit]]:
        """Every root: (value, root)."""
        for row, value in enumerate(self.roots.value.tolist()):
            yield value, self.hit(row)

    def allocated(self, addrs: np.ndarray) -> list[bool]:
        """Whether the slot at each address is allocated, one address at a time."""
        spans, memory = self.runtime.spans, self.runtime.memory
        found = []
        located = spans.locate(np.asarray(addrs, np.uint64))
        for span, base in zip(located.span.tolist(), located.base.tolist(), strict=True):
            if span < 0:
                found.append(False)
                continue
            slot = (base - int(spans.start[span])) // int(spans.elem_size[span])
            bit = memory.read_u8(int(spans.alloc_bits[span]) + slot // 8) >> slot % 8 & 1
            found.append(slot < int(spans.free_index[span]) or bool(bit))
        return found

    def running(self, function: str) -> set[int]:
        """The ids of goroutines that have a frame of the function."""
        return {goid for goid, frames in self.frames.items() if any(f.function == function for f in frames)}

    def stack_words(self, function: str) -> set[int]:
        """All words on the stacks of goroutines that have a frame of the function and stand still."""
        words: set[int] = set()
        for goid in self.running(function):
            start, end = self.frames[goid][0].start, self.frames[goid][-1].end
            words |= set(self.runtime.memory.read_words(start, (end - start) // 8))
        return words


@contextmanager
def looking(target: int | Path, exe: Path | None = None, *, freeze: bool = True) -> Iterator[Seen]:
    """Find the roots of a process or core, which stands still for that and then runs on."""
    with open_target(str(target), None if exe is None else str(exe)) as opened:
        runtime = Runtime(opened)
        with opened.freeze() if freeze else nullcontext():
            seen = Seen(runtime)
        yield seen
