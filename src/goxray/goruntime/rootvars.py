"""The runtime's variables that lead to roots: by symbol, and in stripped programs by what they point to.

A list of blocks that holds nothing need not be found: it has no roots.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import MemoryFault
from goxray.goruntime.rootset import U64

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

_WORD = 8
_CHUNK = 4 << 20
_MAX_PROCESSORS = 1 << 16
_MAX_BLOCKS = 1 << 20
_MAX_THREADS = 1 << 20


@dataclass(frozen=True)
class BlockShape:
    """A block of a linked list: where its link, its count of items (uint32) and its first item are.

    An item has ``size`` bytes, a block at most ``most`` of them; ``fn`` is the offset of an item's function value.
    """

    link: int
    count: int
    first: int
    size: int
    most: int
    fn: int


def words_of_data(runtime: Runtime, overlap: int = 0) -> Iterator[tuple[int, U64]]:
    """The words of the main module's data and bss in pieces: (address, uint64 array).

    Each piece but the last of a range is followed by ``overlap`` words of the next one.
    """
    for low, high in runtime.modules[0].data:
        for begin in range(low & ~7, high & ~7, _CHUNK):
            end = min(begin + _CHUNK + overlap * _WORD, high & ~7)
            try:
                yield begin, runtime.memory.read_array(begin, end - begin).view(np.uint64)
            except MemoryFault:
                continue


def find_blocks(runtime: Runtime, name: str, offset: int, shape: BlockShape) -> int | None:
    """The address of the word that heads a list of blocks: at ``offset`` of a variable, or told by the blocks."""
    start = runtime.symbol_or_none(name)
    if start is not None:
        return start + offset
    best: tuple[int, int] | None = None
    memory = runtime.memory
    for begin, words in words_of_data(runtime):
        at = np.flatnonzero((words != 0) & ((words & np.uint64(7)) == 0))
        at = at[runtime.spans.locate(words[at]).span < 0]
        heads, ok = memory.gather(words[at], [shape.link, shape.count & ~7])
        count = (heads[:, 1] >> np.uint64(8 * (shape.count & 7))) & np.uint64(0xFFFFFFFF)
        likely = ok & (count <= shape.most) & ((heads[:, 0] & np.uint64(7)) == 0)
        for place in at[likely].tolist():
            length = _chain(runtime, int(words[place]), shape)
            if length and (best is None or length > best[0]):
                best = length, begin + _WORD * place
    return best[1] if best else None


def _chain(runtime: Runtime, block: int, shape: BlockShape) -> int:
    """The number of blocks in a list; 0 where one is none, or where none holds an item."""
    memory = runtime.memory
    seen: set[int] = set()
    items = 0
    try:
        while block and block not in seen and len(seen) < _MAX_BLOCKS:
            seen.add(block)
            count = memory.read_u32(block + shape.count)
            if count > shape.most:
                return 0
            raw = np.frombuffer(memory.read(block + shape.first, count * shape.size), np.uint64)
            fns = raw.reshape(count, shape.size // _WORD)[:, shape.fn // _WORD]
            if not _are_functions(runtime, fns[fns != 0]):
                return 0
            items += int((fns != 0).sum())
            block = memory.read_u64(block + shape.link)
    except MemoryFault:
        return 0
    return len(seen) if items else 0


def _are_functions(runtime: Runtime, values: U64) -> bool:
    """Whether all are function values: pointers to a word that is an address in a program's text."""
    code, ok = runtime.memory.gather(values, [0])
    inside: NDArray[np.bool_] = np.zeros(len(values), np.bool_)
    for table in runtime.functions:
        inside |= (code[:, 0] >= np.uint64(table.start)) & (code[:, 0] < np.uint64(table.end))
    return bool((ok & inside).all())


def find_processors(runtime: Runtime) -> U64:
    """The addresses of all Ps (runtime.allp); none where the list cannot be told."""
    start = runtime.symbol_or_none("runtime.allp")
    if start is not None:
        list_at, count = runtime.memory.read_words(start, 2)
        return np.frombuffer(runtime.memory.read(list_at, min(count, _MAX_PROCESSORS) * _WORD), np.uint64)
    best = np.zeros(0, np.uint64)
    for _, words in words_of_data(runtime, 2):
        base, length, room = words[:-2], words[1:-1], words[2:]
        at = np.flatnonzero((length > len(best)) & (length <= room) & (room <= _MAX_PROCESSORS) & (base != 0))
        at = at[runtime.spans.locate(base[at]).span >= 0]
        for place in at.tolist():
            if length[place] > len(best):
                best = _processors(runtime, int(base[place]), int(length[place]), best)
    return best


def _processors(runtime: Runtime, base: int, count: int, otherwise: U64) -> U64:
    """The pointers at ``base`` if they are Ps: large enough objects, numbered by their place."""
    layout = runtime.layout
    try:
        pointers = np.frombuffer(runtime.memory.read(base, count * _WORD), np.uint64)
    except MemoryFault:
        return otherwise
    if not (runtime.spans.locate(pointers).size >= layout.size("runtime.p")).all():
        return otherwise
    id_at = layout.offset("runtime.p", "id")
    words, ok = runtime.memory.gather(pointers, [id_at & ~7, layout.offset("runtime.p", "mcache")])
    ids = (words[:, 0] >> np.uint64(8 * (id_at & 7))) & np.uint64(0xFFFFFFFF)
    return pointers if bool((ok & (ids == np.arange(count, dtype=np.uint64)) & (words[:, 1] != 0)).all()) else otherwise


def find_threads(runtime: Runtime) -> list[int]:
    """The addresses of all Ms (runtime.allm); none where the list cannot be told."""
    start = runtime.symbol_or_none("runtime.allm")
    if start is not None:
        return _linked(runtime, runtime.memory.read_u64(start))
    layout, memory, best = runtime.layout, runtime.memory, list[int]()
    g0, m = layout.offset("runtime.m", "g0"), layout.offset("runtime.g", "m")
    for _, words in words_of_data(runtime):
        found = np.unique(words[(words != 0) & ((words & np.uint64(7)) == 0)])
        found = found[runtime.spans.locate(found).size >= layout.size("runtime.m")]
        own, ok = memory.gather(found, [g0])
        back, back_ok = memory.gather(own[:, 0], [m])
        for addr in found[ok & back_ok & (back[:, 0] == found)].tolist():
            chain = _linked(runtime, addr)
            best = chain if len(chain) > len(best) else best
    return best


def _linked(runtime: Runtime, addr: int) -> list[int]:
    link = runtime.layout.offset("runtime.m", "alllink")
    found: dict[int, None] = {}
    while addr and addr not in found and len(found) < _MAX_THREADS:
        found[addr] = None
        try:
            addr = runtime.memory.read_u64(addr + link)
        except MemoryFault:
            break
    return list(found)
