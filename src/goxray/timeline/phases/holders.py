"""Who holds a map: every word of the program's variables, heap and stacks that is its header's address."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.timeline.phases.subject import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goxray.goruntime.runtime import Runtime

U64 = NDArray[np.uint64]

_PIECE = 4 << 20
_MOST = 64
_MOST_LEVELS, _MOST_OBJECTS, _PATIENCE = 6, 8, 2.0

Wanted = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class HeldBy:
    """Addresses of words: in variables, in heap objects that can hold pointers, in stacks and other runtime memory."""

    variables: tuple[int, ...]
    objects: tuple[int, ...]
    stacks: tuple[int, ...]

    @property
    def watchable(self) -> tuple[int, ...]:
        """Words that keep what they hold alive: a stack's words may be left over."""
        return self.variables + self.objects


def find_holders(runtime: Runtime, addr: int) -> HeldBy:
    """Search the memory that the spans (read them anew first) and the modules' data cover; the program runs on."""
    manual = runtime.spans.manual
    found = _pointing(runtime, ((addr, addr + 1),))
    stacks = _search(runtime, ((addr, addr + 1),), _joined(manual.start, manual.start + manual.size.astype(np.uint64)))
    return HeldBy(*found, stacks)


def chain_from(runtime: Runtime, addr: int, held: HeldBy) -> list[Level]:
    """Return the levels from the words that hold a map up to variables, as far as they are found in reasonable time.

    Each level takes a search of the whole heap.
    """
    levels = [Level(held.watchable, ((addr, addr + 1),))]
    objects, began = held.objects if not held.variables else (), time.monotonic()
    while objects and len(levels) < _MOST_LEVELS and time.monotonic() - began < _PATIENCE:
        located = runtime.spans.locate(np.array(objects[:_MOST_OBJECTS], np.uint64))
        ends = located.base + located.size.astype(np.uint64)
        ranges = tuple(sorted(set(zip(located.base.tolist(), ends.tolist(), strict=True))))
        variables, objects = _pointing(runtime, ranges)
        objects = tuple(word for word in objects if not any(low <= word < high for low, high in ranges))
        if not variables and not objects:
            break
        levels.append(Level(variables + objects, ranges))
        objects = () if variables else objects
    return levels


def _pointing(runtime: Runtime, ranges: Wanted) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Words of variables and of heap objects that lie in one of the ranges."""
    spans = runtime.spans
    scan = (spans.span_class & 1) == 0
    variables = _search(runtime, ranges, (bound for module in runtime.modules for bound in module.data[1:3]))
    objects = _search(runtime, ranges, _joined(spans.start[scan], spans.end[scan]))
    return variables, _allocated(runtime, objects)


def find_variables(runtime: Runtime, addr: int) -> tuple[int, ...]:
    """Return the words of variables that can hold pointers and hold this one: they keep it alive for certain."""
    return _search(runtime, ((addr, addr + 1),), (bound for module in runtime.modules for bound in module.data[1:3]))


def variable_names(runtime: Runtime, words: tuple[int, ...]) -> tuple[str, ...]:
    """Return the names of the variables that words belong to; an address where no variable is known there."""
    names = []
    for word in words:
        known = (each.name for each in runtime.globals() if each.addr <= word < each.addr + max(each.type.size, 1))
        names.append(next(known, f"{word:#x}"))
    return tuple(names)


def _allocated(runtime: Runtime, words: tuple[int, ...]) -> tuple[int, ...]:
    """Those in slots that are taken: what was freed keeps its contents until it is used again."""
    located = runtime.spans.locate(np.array(words, np.uint64))
    kept = []
    for word, span, base, size in zip(words, located.span, located.base, located.size, strict=True):
        taken = runtime.spans.allocated(np.array([span]), runtime.memory)[0]
        slot = int(base - runtime.spans.start[span]) // max(int(size), 1)
        if span >= 0 and taken[slot]:
            kept.append(word)
    return tuple(kept)


def _joined(start: U64, end: U64) -> Iterator[tuple[int, int]]:
    """Neighbouring ranges as one: a heap of small spans is read in few calls."""
    if not len(start):
        return
    breaks = np.flatnonzero(start[1:] != end[:-1]) + 1
    first = np.concatenate(([0], breaks))
    last = np.concatenate((breaks, [len(start)])) - 1
    yield from zip(start[first].tolist(), end[last].tolist(), strict=True)


def _search(runtime: Runtime, wanted: Wanted, ranges: Iterator[tuple[int, int]]) -> tuple[int, ...]:
    """Addresses of at most _MOST words in ``ranges`` that lie in one of the ``wanted`` ranges (sorted)."""
    first, last = np.uint64(wanted[0][0]), np.uint64(wanted[-1][1])
    found: list[int] = []
    for low, high in ranges:
        low, high = -(-low // 8) * 8, high // 8 * 8
        for start in range(low, high, _PIECE):
            size = min(_PIECE, high - start)
            buffer = np.zeros(size, np.uint8)
            runtime.memory.read_runs(np.array([start], np.uint64), np.array([size], np.int64), buffer)
            words = buffer.view(np.uint64)
            near = np.flatnonzero((words >= first) & (words < last)).tolist()
            found += [start + 8 * at for at in near if any(begin <= int(words[at]) < end for begin, end in wanted)]
            if len(found) >= _MOST:
                return tuple(found[:_MOST])
    return tuple(found)
