"""Who holds a map: every word of the program's variables, heap and stacks that is its header's address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goxray.goruntime.runtime import Runtime

U64 = NDArray[np.uint64]

_PIECE = 4 << 20
_MOST = 64


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
    spans = runtime.spans
    scan = (spans.span_class & 1) == 0
    manual = spans.manual
    variables = find_variables(runtime, addr)
    objects = _search(runtime, addr, _joined(spans.start[scan], spans.end[scan]))
    stacks = _search(runtime, addr, _joined(manual.start, manual.start + manual.size.astype(np.uint64)))
    return HeldBy(variables, _allocated(runtime, objects), stacks)


def find_variables(runtime: Runtime, addr: int) -> tuple[int, ...]:
    """Return the words of variables that can hold pointers and hold this one: they keep it alive for certain."""
    return _search(runtime, addr, (bound for module in runtime.modules for bound in module.data[1:3]))


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


def _search(runtime: Runtime, addr: int, ranges: Iterator[tuple[int, int]]) -> tuple[int, ...]:
    wanted = np.uint64(addr)
    found: list[int] = []
    for low, high in ranges:
        low, high = -(-low // 8) * 8, high // 8 * 8
        for start in range(low, high, _PIECE):
            size = min(_PIECE, high - start)
            buffer = np.zeros(size, np.uint8)
            runtime.memory.read_runs(np.array([start], np.uint64), np.array([size], np.int64), buffer)
            found += (start + 8 * np.flatnonzero(buffer.view(np.uint64) == wanted)).tolist()
            if len(found) >= _MOST:
                return tuple(found[:_MOST])
    return tuple(found)
